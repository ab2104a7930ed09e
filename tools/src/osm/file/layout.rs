//! The layout of a `.navosm` file: its header and its sections.
//!
//! All numbers are little-endian. The header is written last, so that a file that was not finished has none:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `navosm\r\n` |
//! | 4 | format version |
//! | 4 | number of sections |
//! | 8 | length of the file, bytes |
//! | 4 | number of rows |
//! | 4 | number of distinct tags |
//! | 24 each, room for 64 | code, CRC-32, offset and length of each section; offsets are multiples of eight |
//! | 4 | CRC-32 of the header up to here |
//!
//! What each section holds stands at [`Section`].

use super::bytes::{u32_at, u64_at};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// First bytes of a file.
pub(super) const MAGIC: [u8; 8] = *b"navosm\r\n";
/// Version of the layout that this program writes, and the only one that it reads.
pub const FORMAT_VERSION: u32 = 1;
const MAX_SECTIONS: usize = 64;
const ENTRY_BYTES: usize = 24;
const TABLE_AT: usize = 32;
const CRC_AT: usize = TABLE_AT + MAX_SECTIONS * ENTRY_BYTES;
/// Bytes before the first section.
pub(super) const HEADER_BYTES: usize = (CRC_AT + 4).next_multiple_of(8);
/// Sections of names begin at this code.
const NAMES_CODE: u32 = 32;
/// How many there can be.
const NAME_PARTS: u32 = 32;

/// A part of an index file. Columns are in the order of rows; most are cut into blocks of 32 rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Section {
    /// [`Meta`](super::Meta) as JSON.
    Meta,
    /// A packed Hilbert R-tree (`geo-index`) over the boxes of the blocks of rows, in units of 2e-7 degrees.
    Tree,
    /// Latitude and longitude of each row's point, 1e-7 degrees, 32 bits each.
    Points,
    /// How far each row's box reaches from its point.
    Boxes,
    /// OSM ids and versions.
    Ids,
    /// For each key, sorted by name, its first tag, its number of rows, and where its rows and its name lie.
    Keys,
    /// The names of keys, one after the other.
    KeyNames,
    /// The values of the tags, sorted by key, then value.
    Values,
    /// The numbers of the most frequent tags, which have short codes.
    CommonTags,
    /// The tags of each row.
    RowTags,
    /// The rows of each tag.
    TagRows,
    /// The rows of each key that has several values.
    KeyRows,
    /// The shapes.
    Shapes,
    /// Row and level of each administrative area, sorted by row.
    Areas,
    /// What [`names`](crate::osm::names) keeps there; below 32.
    Names(u8),
}

impl Section {
    /// The number that stands for it in a file; it never changes.
    #[inline]
    const fn code(self) -> u32 {
        match self {
            Self::Meta => 1,
            Self::Tree => 2,
            Self::Points => 3,
            Self::Boxes => 4,
            Self::Ids => 5,
            Self::Keys => 6,
            Self::KeyNames => 7,
            Self::Values => 8,
            Self::CommonTags => 9,
            Self::RowTags => 10,
            Self::TagRows => 11,
            Self::KeyRows => 12,
            Self::Shapes => 13,
            Self::Areas => 14,
            Self::Names(part) => NAMES_CODE + part as u32 % NAME_PARTS,
        }
    }

    fn from_code(code: u32) -> Option<Self> {
        Some(match code {
            1 => Self::Meta,
            2 => Self::Tree,
            3 => Self::Points,
            4 => Self::Boxes,
            5 => Self::Ids,
            6 => Self::Keys,
            7 => Self::KeyNames,
            8 => Self::Values,
            9 => Self::CommonTags,
            10 => Self::RowTags,
            11 => Self::TagRows,
            12 => Self::KeyRows,
            13 => Self::Shapes,
            14 => Self::Areas,
            NAMES_CODE.. if code - NAMES_CODE < NAME_PARTS => Self::Names((code - NAMES_CODE) as u8),
            _ => return None,
        })
    }
}

impl std::fmt::Display for Section {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

/// Why an index cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MapError {
    /// The file cannot be read.
    #[error("{}: cannot read the map index: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A folder where a file is needed.
    #[error("{}: this is a folder, and a map index is a file that ends in .navosm", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// The first bytes are not those of an index.
    #[error(
        "{}: this is not a finished map index (it does not begin with `navosm`); `navig index osm EXTRACT.osm.pbf` makes one",
        .path.display()
    )]
    NotAMap {
        /// The file.
        path: PathBuf,
    },
    /// Written by another version of navig.
    #[error(
        "{}: the map index has format {found}, and this navig reads {FORMAT_VERSION}; make it anew with `navig index osm EXTRACT.osm.pbf`",
        .path.display()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Format version of the file.
        found: u32,
    },
    /// The file does not have the length that its header says.
    #[error(
        "{}: the map index has {length} bytes of {expected}; copy it again, or make it anew with `navig index osm EXTRACT.osm.pbf`",
        .path.display()
    )]
    Length {
        /// The file.
        path: PathBuf,
        /// What the header says, bytes.
        expected: u64,
        /// What is there, bytes.
        length: u64,
    },
    /// The content is not what was written.
    #[error(
        "{}: the map index is damaged in its {section} ({what}); make it anew with `navig index osm EXTRACT.osm.pbf`",
        .path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// `header`, or the name of the section.
        section: String,
        /// What is wrong there.
        what: String,
    },
    /// The machine's numbers are big-endian.
    #[error("map indexes need a little-endian machine")]
    BigEndian,
    /// The file cannot be written.
    #[error("{}: cannot write the map index: {source}", .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No space is left for the file.
    #[error("{}: the disk is full; the unfinished map index was removed", .path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// Another process writes an index of the same name.
    #[error("{}: another process is writing this map index now", .path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// More than the format can number.
    #[error("{}: the extract has more than {limit} {what}; cut it into smaller ones with `osmium extract`", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Of what there are too many.
        what: &'static str,
        /// How many the format can hold.
        limit: u64,
    },
    /// Temporary data cannot be kept.
    #[error(transparent)]
    Sort(#[from] super::SortError),
}

impl MapError {
    pub(super) fn damaged(path: &Path, section: impl std::fmt::Display, what: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), section: section.to_string(), what: what.into() }
    }

    pub(super) fn unwritable(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::Unwritable { path, source },
        }
    }
}

/// Where a section lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) section: Section,
    pub(super) crc: u32,
    /// Bytes from the start of the file.
    pub(super) offset: u64,
    /// Bytes.
    pub(super) length: u64,
}

/// What a header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) rows: u32,
    pub(super) tags: u32,
    pub(super) length: u64,
    pub(super) entries: Vec<Entry>,
    ranges: [(usize, usize); MAX_SECTIONS],
}

impl Layout {
    pub(super) fn new(rows: u32, tags: u32, length: u64, entries: Vec<Entry>) -> Self {
        let mut ranges = [(0, 0); MAX_SECTIONS];
        for entry in &entries {
            ranges[entry.section.code() as usize] = (entry.offset as usize, (entry.offset + entry.length) as usize);
        }
        Self { rows, tags, length, entries, ranges }
    }

    /// Where a section lies, bytes; empty for one that the file does not have.
    #[inline]
    pub(super) fn range(&self, section: Section) -> Range<usize> {
        let (start, end) = self.ranges[section.code() as usize];
        start..end
    }

    pub(super) fn header(&self) -> Vec<u8> {
        let mut header = Vec::with_capacity(HEADER_BYTES);
        header.extend_from_slice(&MAGIC);
        header.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        header.extend_from_slice(&(self.entries.len() as u32).to_le_bytes());
        header.extend_from_slice(&self.length.to_le_bytes());
        header.extend_from_slice(&self.rows.to_le_bytes());
        header.extend_from_slice(&self.tags.to_le_bytes());
        for entry in &self.entries {
            header.extend_from_slice(&entry.section.code().to_le_bytes());
            header.extend_from_slice(&entry.crc.to_le_bytes());
            header.extend_from_slice(&entry.offset.to_le_bytes());
            header.extend_from_slice(&entry.length.to_le_bytes());
        }
        header.resize(CRC_AT, 0);
        header.extend_from_slice(&crc32fast::hash(&header).to_le_bytes());
        header.resize(HEADER_BYTES, 0);
        header
    }

    /// Reads and checks a header: afterwards all sections lie inside the file.
    pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Self, MapError> {
        if cfg!(target_endian = "big") {
            return Err(MapError::BigEndian);
        }
        if bytes.get(..MAGIC.len()) != Some(MAGIC.as_slice()) {
            return Err(MapError::NotAMap { path: path.to_owned() });
        }
        let damaged = |what: &str| MapError::damaged(path, "header", what);
        let cut = || damaged("it is cut off");
        let version = u32_at(bytes, 8).ok_or_else(cut)?;
        if version != FORMAT_VERSION {
            return Err(MapError::Version { path: path.to_owned(), found: version });
        }
        let header = bytes.get(..HEADER_BYTES).ok_or_else(cut)?;
        if u32_at(header, CRC_AT) != Some(crc32fast::hash(&header[..CRC_AT])) {
            return Err(damaged("its checksum is wrong"));
        }
        let number = |at| u32_at(header, at).ok_or_else(cut);
        let (count, rows, tags) = (number(12)? as usize, number(24)?, number(28)?);
        let expected = u64_at(header, 16).ok_or_else(cut)?;
        if expected != bytes.len() as u64 {
            return Err(MapError::Length { path: path.to_owned(), expected, length: bytes.len() as u64 });
        }
        if count > MAX_SECTIONS {
            return Err(damaged("it names too many sections"));
        }
        let entry = |i| Self::entry(header, i, expected).ok_or_else(|| damaged("a section lies outside of the file"));
        let entries = (0..count).map(entry).collect::<Result<Vec<_>, _>>()?;
        Ok(Self::new(rows, tags, expected, entries))
    }

    fn entry(header: &[u8], i: usize, file_length: u64) -> Option<Entry> {
        let at = TABLE_AT + i * ENTRY_BYTES;
        let section = Section::from_code(u32_at(header, at)?)?;
        let (offset, length) = (u64_at(header, at + 8)?, u64_at(header, at + 16)?);
        let inside = offset >= HEADER_BYTES as u64 && offset % 8 == 0 && offset.checked_add(length)? <= file_length;
        inside.then_some(Entry { section, crc: u32_at(header, at + 4)?, offset, length })
    }
}

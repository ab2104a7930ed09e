//! The layout of a `.navgaz` file: where each number lies, and the checks that opening makes.
//!
//! All integers are little-endian; nothing is aligned. A header names the sections, and every section but the
//! strings and the name index is an array of records of one size:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `navgaz\r\n` |
//! | 4 | format version |
//! | 4 | number of sections |
//! | 32 | SHA-256 of all that follows |
//! | 8 each | offset and length of each section, bytes from the start of the file |
//!
//! Places are grouped by country. Within a country they stand in the order of a balanced k-d tree over unit
//! vectors: the middle of a range is its root, and the record names the axis that it splits.

use sha2::{Digest, Sha256};
use std::ops::Range;

/// First bytes of a file.
pub(super) const MAGIC: [u8; 8] = *b"navgaz\r\n";
/// Version of the layout that this program reads and writes.
pub(super) const VERSION: u32 = 1;
/// Bytes before the table of sections.
pub(super) const HEADER_BYTES: usize = 48;
const DIGEST_AT: Range<usize> = 16..48;
/// "None" in a 16-bit index.
pub(super) const NONE: u16 = u16::MAX;
/// Ranges of at most this many places are leaves of the k-d tree.
pub(super) const LEAF_PLACES: usize = 8;
/// Latitudes and longitudes are stored in units of 1e-5 degrees, the precision of the source.
pub(super) const UNITS_PER_DEGREE: f64 = 1e5;

/// The parts of a file, in their order in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Strings,
    Continents,
    Countries,
    Admin1,
    Admin2,
    TimeZones,
    Places,
    /// An `fst` map from folded name to its rank.
    Names,
    /// For each rank a posting, or the offset of several in [`Section::Postings`].
    Ranks,
    Postings,
    /// Subdivision ids of the country outlines with the admin-1 unit each stands for, sorted by id.
    Subdivisions,
}

impl Section {
    pub(super) const ALL: [Self; 11] = [
        Self::Strings,
        Self::Continents,
        Self::Countries,
        Self::Admin1,
        Self::Admin2,
        Self::TimeZones,
        Self::Places,
        Self::Names,
        Self::Ranks,
        Self::Postings,
        Self::Subdivisions,
    ];

    /// Size of one record, bytes.
    pub(super) fn record_bytes(self) -> usize {
        match self {
            Self::Strings | Self::Names => 1,
            Self::Ranks | Self::Postings => 4,
            Self::Continents | Self::TimeZones | Self::Subdivisions => 8,
            Self::Admin1 | Self::Admin2 => 20,
            Self::Places => 32,
            Self::Countries => 52,
        }
    }
}

/// Why a gazetteer cannot be opened.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum GazetteerError {
    /// The first bytes are not those of a gazetteer.
    #[error("this is not a navig gazetteer: it does not begin with `navgaz`")]
    NotAGazetteer,
    /// Written by another version of navig.
    #[error(
        "the gazetteer has format {found}, and this navig reads {VERSION}; make it anew with data/gazetteer/build.py"
    )]
    Version {
        /// Format version of the file.
        found: u32,
    },
    /// Shorter than its table of sections says.
    #[error(
        "the gazetteer is cut off: section {section} ends at byte {end} of {length}; make it anew with data/gazetteer/build.py"
    )]
    Truncated {
        /// Name of the section.
        section: String,
        /// Where the section should end, bytes.
        end: u64,
        /// Length of the file, bytes.
        length: usize,
    },
    /// A section whose length is no whole number of records, or a table of sections of the wrong size.
    #[error("the gazetteer is damaged in section {section}; make it anew with data/gazetteer/build.py")]
    Layout {
        /// Name of the section.
        section: String,
    },
    /// The content is not what was written.
    #[error(
        "the gazetteer is damaged: its SHA-256 is not the one in its header; make it anew with data/gazetteer/build.py"
    )]
    Checksum,
}

/// Where the sections of a file lie; every range is inside the file.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    ranges: [Range<usize>; Section::ALL.len()],
}

impl Layout {
    /// Reads and checks the header and the table of sections, in time proportional to the number of sections.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, GazetteerError> {
        if bytes.get(..MAGIC.len()) != Some(MAGIC.as_slice()) {
            return Err(GazetteerError::NotAGazetteer);
        }
        let truncated =
            |section: &str, end| GazetteerError::Truncated { section: section.to_owned(), end, length: bytes.len() };
        let table_end = HEADER_BYTES + 8 * Section::ALL.len();
        if bytes.len() < table_end {
            return Err(truncated("header", table_end as u64));
        }
        match u32_at(bytes, 8) {
            VERSION => {}
            found => return Err(GazetteerError::Version { found }),
        }
        if u32_at(bytes, 12) as usize != Section::ALL.len() {
            return Err(GazetteerError::Layout { section: "header".to_owned() });
        }
        let mut ranges: [Range<usize>; Section::ALL.len()] = Default::default();
        for (i, section) in Section::ALL.into_iter().enumerate() {
            let at = HEADER_BYTES + 8 * i;
            let (start, length) = (u32_at(bytes, at) as usize, u32_at(bytes, at + 4) as usize);
            let end = start as u64 + length as u64;
            if end > bytes.len() as u64 {
                return Err(truncated(&format!("{section:?}"), end));
            }
            if start < table_end || length % section.record_bytes() != 0 {
                return Err(GazetteerError::Layout { section: format!("{section:?}") });
            }
            ranges[i] = start..start + length;
        }
        Ok(Self { ranges })
    }

    /// Where a section lies, bytes.
    pub(super) fn range(&self, section: Section) -> Range<usize> {
        self.ranges[section as usize].clone()
    }

    /// Number of records in a section.
    pub(super) fn count(&self, section: Section) -> usize {
        self.ranges[section as usize].len() / section.record_bytes()
    }
}

/// Puts a header and a table of sections before the sections.
pub(super) fn assemble(sections: &[Vec<u8>; Section::ALL.len()]) -> Vec<u8> {
    let mut file = Vec::new();
    file.extend_from_slice(&MAGIC);
    file.extend_from_slice(&VERSION.to_le_bytes());
    file.extend_from_slice(&(Section::ALL.len() as u32).to_le_bytes());
    file.resize(HEADER_BYTES, 0);
    let mut start = HEADER_BYTES + 8 * Section::ALL.len();
    for section in sections {
        file.extend_from_slice(&(start as u32).to_le_bytes());
        file.extend_from_slice(&(section.len() as u32).to_le_bytes());
        start += section.len();
    }
    for section in sections {
        file.extend_from_slice(section);
    }
    let digest = Sha256::digest(&file[HEADER_BYTES..]);
    file[DIGEST_AT].copy_from_slice(&digest);
    file
}

/// Compares the content with the digest in the header.
pub(super) fn verify(bytes: &[u8]) -> Result<(), GazetteerError> {
    let content = bytes.get(HEADER_BYTES..).ok_or(GazetteerError::NotAGazetteer)?;
    if bytes.get(DIGEST_AT) == Some(Sha256::digest(content).as_slice()) {
        Ok(())
    } else {
        Err(GazetteerError::Checksum)
    }
}

/// The 32-bit number at a byte; 0 beyond the end.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes)
}

/// The 16-bit number at a byte; 0 beyond the end.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).and_then(|b| b.try_into().ok()).map_or(0, u16::from_le_bytes)
}

/// The text of `length` bytes at a byte; empty beyond the end and where it is not UTF-8.
pub(super) fn text_at(strings: &[u8], at: usize, length: usize) -> &str {
    strings.get(at..at + length).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or_default()
}

/// What a name stands for, in 32 bits: two for the kind of target, two for the kind of name, 24 for the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Posting {
    pub(super) kind: TargetKind,
    pub(super) name: NameKind,
    pub(super) index: u32,
}

/// Which table a posting points into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum TargetKind {
    Country,
    Admin1,
    Admin2,
    Place,
}

/// How a name came to be in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum NameKind {
    Main,
    Alternate,
    Transliterated,
}

/// Set in a rank entry that is the offset of a list of postings, not a posting.
pub(super) const LIST: u32 = 1 << 31;

impl Posting {
    pub(super) fn pack(self) -> u32 {
        (self.kind as u32) << 28 | (self.name as u32) << 24 | (self.index & 0x00ff_ffff)
    }

    pub(super) fn unpack(bits: u32) -> Self {
        let kind = match bits >> 28 & 3 {
            0 => TargetKind::Country,
            1 => TargetKind::Admin1,
            2 => TargetKind::Admin2,
            _ => TargetKind::Place,
        };
        let name = match bits >> 24 & 3 {
            0 => NameKind::Main,
            1 => NameKind::Alternate,
            _ => NameKind::Transliterated,
        };
        Self { kind, name, index: bits & 0x00ff_ffff }
    }
}

//! Header and table of sections.
//!
//! ```text
//! "NAVGUIDE"  version u32  sections u32  ( id u32  crc u32  offset u64  length u64 )*  crc of all before u32
//! ```
//!
//! Numbers are little-endian.

use super::BookError;
use std::path::Path;

/// Files of another format are refused.
pub const FORMAT_VERSION: u32 = 1;

const MAGIC: &[u8; 8] = b"NAVGUIDE";
const ENTRY_BYTES: usize = 24;
/// More sections than any version has; a damaged count asks for no more memory than this.
const MOST_SECTIONS: u32 = 64;

/// A part of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub(super) enum Section {
    /// [`super::Meta`] as JSON.
    Meta = 1,
    /// Records, one JSON object after the other.
    Records = 2,
    /// Where each record begins, and the end of the last: u32 each.
    RecordStarts = 3,
    /// Rows of `dimensions` signed bytes.
    Vectors = 4,
    /// What a row's bytes are multiplied with: f32 each; 0 for a row without a vector.
    Scales = 5,
    /// From a word's stem to the place of its postings: an `fst` map.
    Words = 6,
    /// For each stem the number of rows, then row (as difference) and count: LEB128.
    Postings = 7,
    /// Words per row: u16 each.
    Lengths = 8,
}

/// Where a section lies.
#[derive(Debug, Clone, Copy)]
struct Entry {
    id: u32,
    crc: u32,
    offset: u64,
    length: u64,
}

/// The table of sections of a file.
#[derive(Debug)]
pub(super) struct Layout(Vec<Entry>);

impl Layout {
    /// Puts sections together behind their header.
    pub(super) fn assemble(sections: &[(Section, Vec<u8>)]) -> Vec<u8> {
        let header = MAGIC.len() + 8 + sections.len() * ENTRY_BYTES + 4;
        let mut out = Vec::with_capacity(header + sections.iter().map(|(_, b)| b.len() + 8).sum::<usize>());
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        out.extend_from_slice(&(sections.len() as u32).to_le_bytes());
        let mut at = (header as u64).next_multiple_of(8);
        for (section, bytes) in sections {
            out.extend_from_slice(&(*section as u32).to_le_bytes());
            out.extend_from_slice(&crc32fast::hash(bytes).to_le_bytes());
            out.extend_from_slice(&at.to_le_bytes());
            out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
            at = (at + bytes.len() as u64).next_multiple_of(8);
        }
        out.extend_from_slice(&crc32fast::hash(&out).to_le_bytes());
        for (_, bytes) in sections {
            out.resize(out.len().next_multiple_of(8), 0);
            out.extend_from_slice(bytes);
        }
        out
    }

    /// Reads the table and checks that every section lies in the file.
    pub(super) fn read(bytes: &[u8], path: &Path) -> Result<Self, BookError> {
        let foreign = || BookError::Foreign { path: path.to_owned() };
        let damaged = |what: &str| BookError::damaged(path, what);
        if bytes.get(..8).ok_or_else(foreign)? != MAGIC {
            return Err(foreign());
        }
        let found = u32_at(bytes, 8).ok_or_else(foreign)?;
        if found != FORMAT_VERSION {
            return Err(BookError::Version { path: path.to_owned(), found, known: FORMAT_VERSION });
        }
        let count = u32_at(bytes, 12).filter(|n| *n <= MOST_SECTIONS).ok_or_else(|| damaged("no table of sections"))?;
        let end = 16 + count as usize * ENTRY_BYTES;
        let sum = u32_at(bytes, end).ok_or_else(|| damaged("it is cut off"))?;
        if crc32fast::hash(&bytes[..end]) != sum {
            return Err(damaged("the header's checksum is wrong"));
        }
        let mut entries = Vec::new();
        for at in (16..end).step_by(ENTRY_BYTES) {
            let entry = entry_at(bytes, at).ok_or_else(|| damaged("it is cut off"))?;
            if entry.offset.checked_add(entry.length).is_none_or(|end| end > bytes.len() as u64) {
                return Err(damaged("it is cut off"));
            }
            entries.push(entry);
        }
        Ok(Self(entries))
    }

    /// A checksum over the checksums of all sections.
    pub(super) fn sum(&self) -> u32 {
        let sums: Vec<u8> = self.0.iter().flat_map(|e| e.crc.to_le_bytes()).collect();
        crc32fast::hash(&sums)
    }

    /// The bytes of a section; none when the file lacks it.
    pub(super) fn bytes<'b>(&self, section: Section, bytes: &'b [u8]) -> &'b [u8] {
        self.0.iter().find(|e| e.id == section as u32).map_or(&[], |e| slice(bytes, e))
    }

    /// Compares the bytes of some sections, or of all, with their checksums.
    pub(super) fn verify(&self, only: Option<&[Section]>, bytes: &[u8], path: &Path) -> Result<(), BookError> {
        let asked = |e: &&Entry| only.is_none_or(|only| only.iter().any(|s| *s as u32 == e.id));
        match self.0.iter().filter(asked).find(|e| crc32fast::hash(slice(bytes, e)) != e.crc) {
            Some(entry) => Err(BookError::damaged(path, format!("the checksum of section {} is wrong", entry.id))),
            None => Ok(()),
        }
    }
}

/// `read` has checked the range.
fn slice<'b>(bytes: &'b [u8], entry: &Entry) -> &'b [u8] {
    bytes.get(entry.offset as usize..(entry.offset + entry.length) as usize).unwrap_or_default()
}

fn entry_at(bytes: &[u8], at: usize) -> Option<Entry> {
    Some(Entry {
        id: u32_at(bytes, at)?,
        crc: u32_at(bytes, at + 4)?,
        offset: u64_at(bytes, at + 8)?,
        length: u64_at(bytes, at + 16)?,
    })
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

pub(super) fn f32_at(bytes: &[u8], at: usize) -> Option<f32> {
    Some(f32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// Appends a number in LEB128.
pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes a number in LEB128 from the front.
pub(super) fn take_varint(bytes: &mut &[u8]) -> Option<u32> {
    let mut value = 0u32;
    for shift in (0..32).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u32::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

//! The distinct tags: keys by name, and under each its values, so that the tags of a key are a range of numbers.
//!
//! ```text
//! Keys      u32 first tag, u32 rows, u64 where its rows lie in KeyRows (or all ones: those of its only tag),
//!           u32 where its name lies in KeyNames, u32 length of its name     for each key
//! Values    varint length and the bytes of the value                        for each tag, in blocks of 16
//! ```

use super::blocks::{self, Blocks};
use super::bytes::{Cursor, u32_at, u64_at};
use std::ops::Range;

/// Bytes of a record of [`Section::Keys`](super::Section::Keys).
pub(super) const KEY_BYTES: usize = 24;
/// In place of an offset: the key has one tag, whose rows are its own.
pub(super) const ONLY_TAG: u64 = u64::MAX;

/// A key as it stands in the file.
#[derive(Debug, Clone)]
pub(super) struct Key<'b> {
    pub(super) name: &'b str,
    /// The numbers of its tags.
    pub(super) tags: Range<u32>,
    /// Number of rows that have the key.
    pub(super) rows: u32,
    /// Where its rows lie, or [`ONLY_TAG`].
    pub(super) rows_at: u64,
}

/// The distinct tags of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dictionary<'b> {
    keys: &'b [u8],
    names: &'b [u8],
    values: Blocks<'b>,
    tags: u32,
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

impl<'b> Dictionary<'b> {
    #[inline]
    pub(super) fn new(keys: &'b [u8], names: &'b [u8], values: &'b [u8], tags: u32) -> Self {
        Self { keys, names, values: Blocks::new(values, (tags as usize).div_ceil(blocks::TAGS)), tags }
    }

    /// Number of keys.
    pub(super) fn keys(self) -> usize {
        self.keys.len() / KEY_BYTES
    }

    /// A key by its number.
    pub(super) fn key(self, key: usize) -> Option<Key<'b>> {
        let record = self.keys.get(KEY_BYTES.checked_mul(key)?..)?.get(..KEY_BYTES)?;
        let first = u32_at(record, 0)?;
        let end = u32_at(self.keys, KEY_BYTES * (key + 1)).unwrap_or(self.tags);
        let tags = first..end.min(self.tags).max(first);
        Some(Key { name: self.key_name(key), tags, rows: u32_at(record, 4)?, rows_at: u64_at(record, 8)? })
    }

    #[inline]
    fn key_name(self, key: usize) -> &'b str {
        let record = self.keys.get(KEY_BYTES * key..).unwrap_or_default();
        let range = u32_at(record, 16).zip(u32_at(record, 20));
        let name = range.and_then(|(at, length)| self.names.get(at as usize..)?.get(..length as usize));
        name.map(text).unwrap_or_default()
    }

    /// A key by its name.
    pub(super) fn find_key(self, name: &str) -> Option<Key<'b>> {
        let at = partition_point(self.keys(), |key| self.key_name(key) < name);
        self.key(at).filter(|key| key.name == name)
    }

    /// The name of the key of a tag.
    #[inline]
    pub(super) fn key_of(self, tag: u32) -> &'b str {
        let after = partition_point(self.keys(), |key| u32_at(self.keys, KEY_BYTES * key).is_some_and(|t| t <= tag));
        after.checked_sub(1).map(|key| self.key_name(key)).unwrap_or_default()
    }

    /// The value of a tag.
    #[inline]
    pub(super) fn value(self, tag: u32) -> &'b str {
        let mut rest = Cursor(self.values.get(tag as usize / blocks::TAGS));
        for _ in 0..tag as usize % blocks::TAGS {
            rest.sized();
        }
        rest.sized().map(text).unwrap_or_default()
    }

    /// The values of a range of tags, in order.
    pub(super) fn values(self, tags: Range<u32>) -> impl Iterator<Item = (u32, &'b str)> {
        let mut rest = Cursor(&[]);
        let begin = tags.start;
        tags.map(move |tag| {
            if tag == begin || (tag as usize).is_multiple_of(blocks::TAGS) {
                rest = Cursor(self.values.get(tag as usize / blocks::TAGS));
                for _ in 0..tag as usize % blocks::TAGS {
                    rest.sized();
                }
            }
            (tag, rest.sized().map(text).unwrap_or_default())
        })
    }

    /// The number of a tag.
    pub(super) fn find(self, key: &Key, value: &str) -> Option<u32> {
        let length = (key.tags.end - key.tags.start) as usize;
        let at = partition_point(length, |i| self.value(key.tags.start + i as u32) < value) as u32;
        let tag = key.tags.start + at;
        (key.tags.contains(&tag) && self.value(tag) == value).then_some(tag)
    }
}

/// The first number up to a length for which something no longer holds.
fn partition_point(length: usize, mut holds: impl FnMut(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, length);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

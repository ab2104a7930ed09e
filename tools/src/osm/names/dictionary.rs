//! A sorted map from keys to numbers that is read in place and that damaged bytes cannot make panic or run for ever.
//!
//! The maps of the `fst` crate are as small, but trust their bytes: a damaged one panics unless its checksum was taken
//! first, which reads all of it. Here every sixteenth key begins a block and is written whole, and a look-up is a binary
//! search over blocks.
//!
//! ```text
//! entry...  u64 place of each block  u64 number of blocks      (little-endian)
//! entry   = varint bytes shared with the key before (0 in the first of a block), varint further bytes, these, varint number
//! ```

use super::varint;
use std::io;

/// Keys of a block.
const BLOCK_KEYS: usize = 16;
/// Longest key, bytes.
const MAX_KEY_BYTES: usize = 4096;

/// Writes a dictionary, key by key in rising order.
pub(super) struct DictionaryWriter<W> {
    out: W,
    written: u64,
    keys: usize,
    last: Vec<u8>,
    entry: Vec<u8>,
    blocks: Vec<u8>,
}

impl<W: FnMut(&[u8]) -> io::Result<()>> DictionaryWriter<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, written: 0, keys: 0, last: Vec::new(), entry: Vec::new(), blocks: Vec::new() }
    }

    pub(super) fn insert(&mut self, key: &[u8], value: u64) -> io::Result<()> {
        if self.keys.is_multiple_of(BLOCK_KEYS) {
            self.blocks.extend_from_slice(&self.written.to_le_bytes());
            self.last.clear();
        }
        let shared = self.last.iter().zip(key).take_while(|(a, b)| a == b).count();
        varint::put(shared as u64, &mut self.entry);
        varint::put((key.len() - shared) as u64, &mut self.entry);
        self.entry.extend_from_slice(&key[shared..]);
        varint::put(value, &mut self.entry);
        (self.out)(&self.entry)?;
        self.written += self.entry.len() as u64;
        self.keys += 1;
        self.last.truncate(shared);
        self.last.extend_from_slice(&key[shared..]);
        self.entry.clear();
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        let blocks = self.blocks.len() as u64 / 8;
        self.blocks.extend_from_slice(&blocks.to_le_bytes());
        (self.out)(&self.blocks)
    }
}

/// A dictionary over bytes that [`DictionaryWriter`] wrote.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dictionary<'a> {
    entries: &'a [u8],
    blocks: &'a [u8],
}

impl<'a> Dictionary<'a> {
    /// Reads bytes in place. Bytes that are no dictionary are an empty one.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let split = || {
            let (rest, count) = bytes.split_last_chunk()?;
            let length = usize::try_from(u64::from_le_bytes(*count)).ok()?.checked_mul(8)?;
            rest.split_at_checked(rest.len().checked_sub(length)?)
        };
        let (entries, blocks) = split().unwrap_or_default();
        Self { entries, blocks }
    }

    /// The number of a key.
    pub(super) fn get(&self, key: &[u8]) -> Option<u64> {
        let mut cursor = self.seek(key);
        cursor.next().filter(|_| cursor.key == key)
    }

    /// A cursor before the first key that is not below this one.
    pub(super) fn seek(&self, key: &[u8]) -> Cursor<'a> {
        let count = self.blocks.len() / 8;
        let (mut low, mut high) = (0, count);
        // The last block whose first key is not above the key may hold it.
        while low < high {
            let middle = low + (high - low) / 2;
            let first = self.block(middle).and_then(first_key).unwrap_or_default();
            if first <= key { low = middle + 1 } else { high = middle }
        }
        let rest = self.block(low.saturating_sub(1)).unwrap_or_default();
        let mut cursor = Cursor { rest, key: Vec::with_capacity(64), ahead: None };
        while let Some(value) = cursor.next() {
            if cursor.key.as_slice() >= key {
                cursor.ahead = Some(value);
                break;
            }
        }
        cursor
    }

    fn block(&self, index: usize) -> Option<&'a [u8]> {
        let at = self.blocks.get(8 * index..8 * index + 8).and_then(|b| <[u8; 8]>::try_from(b).ok())?;
        self.entries.get(usize::try_from(u64::from_le_bytes(at)).ok()?..)
    }
}

fn first_key(mut block: &[u8]) -> Option<&[u8]> {
    varint::take(&mut block)?;
    let length = usize::try_from(varint::take(&mut block)?).ok()?;
    block.get(..length)
}

/// Goes through the keys of a dictionary.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
    key: Vec<u8>,
    /// The number of the key, when it was not returned yet.
    ahead: Option<u64>,
}

impl Cursor<'_> {
    /// The key whose number was returned last.
    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }

    fn entry(&mut self) -> Option<u64> {
        let shared = usize::try_from(varint::take(&mut self.rest)?).ok()?;
        let length = usize::try_from(varint::take(&mut self.rest)?).ok()?;
        let (further, rest) = self.rest.split_at_checked(length)?;
        if shared > self.key.len() || shared + length > MAX_KEY_BYTES {
            return None;
        }
        self.key.truncate(shared);
        self.key.extend_from_slice(further);
        self.rest = rest;
        varint::take(&mut self.rest)
    }
}

impl Iterator for Cursor<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let value = self.ahead.take().or_else(|| self.entry());
        if value.is_none() {
            self.rest = &[];
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn written(map: &BTreeMap<Vec<u8>, u64>) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = DictionaryWriter::new(|b: &[u8]| {
            bytes.extend_from_slice(b);
            Ok(())
        });
        for (key, value) in map {
            writer.insert(key, *value).expect("memory");
        }
        writer.finish().expect("memory");
        bytes
    }

    fn maps() -> impl Strategy<Value = BTreeMap<Vec<u8>, u64>> {
        prop::collection::btree_map(prop::collection::vec(97u8..100, 0..6), any::<u64>(), 0..80)
    }

    proptest! {
        #[test]
        fn it_is_the_map_that_was_written(map in maps(), key in prop::collection::vec(97u8..100, 0..6)) {
            let bytes = written(&map);
            let dictionary = Dictionary::new(&bytes);
            prop_assert_eq!(dictionary.get(&key), map.get(&key).copied());
            let mut cursor = dictionary.seek(&key);
            for (key, value) in map.range(key..) {
                prop_assert_eq!(cursor.next(), Some(*value));
                prop_assert_eq!(cursor.key(), key.as_slice());
            }
            prop_assert_eq!(cursor.next(), None);
        }

        #[test]
        fn damaged_bytes_do_not_panic(
            map in maps(),
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..10),
            keep in any::<prop::sample::Index>(),
        ) {
            let mut bytes = written(&map);
            for (at, byte) in damage {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            for bytes in [&bytes[..], &bytes[..keep.index(bytes.len())]] {
                let dictionary = Dictionary::new(bytes);
                dictionary.get(b"ab");
                prop_assert!(dictionary.seek(b"").count() <= bytes.len());
            }
        }
    }
}

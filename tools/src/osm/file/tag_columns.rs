//! The dictionary of tags, the tags of rows and the rows of tags, while they are written.

use super::blocks;
use super::bytes::{put_varint, u32_at};
use super::columns::BlockWriter;
use super::dictionary::{Dictionary, KEY_BYTES, ONLY_TAG};
use super::interner::{Interned, Interner, Numbers};
use super::rows::put_rows;
use super::sections::{SectionFile, SectionSink};
use super::{MapError, Record, Row, Section, Sorter};
use crate::osm::features;
use crate::osm::names::NameBuilder;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io::Write;

/// How many of the most frequent tags have codes of their own: with those of all other tags behind them, the first 128
/// codes take one byte and the others of these two.
const COMMON_TAGS: usize = 8192;
/// Rows of one key that are kept as a list before they become a bit for each row of the index.
const LISTED_ROWS: usize = 1 << 16;

/// A tag of a row.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct TagRow {
    tag: u32,
    row: u32,
}

impl Record for TagRow {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.tag.to_le_bytes());
        out.extend_from_slice(&self.row.to_le_bytes());
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let record = Self { tag: u32_at(bytes, 0)?, row: u32_at(bytes, 4)? };
        *bytes = bytes.get(8..)?;
        Some(record)
    }
}

/// Writes the sections of tags.
pub(super) struct TagColumns {
    tags: u32,
    /// [`Section::Keys`]; the counts and places of rows are filled in at the end.
    keys: Vec<u8>,
    key_names: Vec<u8>,
    codes: HashMap<u32, u32>,
    row_tags: BlockWriter,
    block: Vec<u8>,
    block_rows: usize,
    tag_rows: Sorter<TagRow>,
}

impl TagColumns {
    /// Writes the dictionary, and tells the final numbers of tags.
    pub(super) fn begin(
        sink: &mut SectionSink,
        interner: Interner,
        memory_bytes: usize,
    ) -> Result<(Self, Numbers), MapError> {
        let mut dictionary = DictionaryWriter::begin(sink)?;
        let numbers = interner.finish(|tag, interned| dictionary.tag(sink, tag, interned))?;
        let Written { keys, key_names, common } = dictionary.end(sink)?;
        let columns = Self {
            tags: numbers.count,
            keys,
            key_names,
            codes: common.into_iter().zip(0..).collect(),
            row_tags: BlockWriter::begin(sink, Section::RowTags)?,
            block: Vec::new(),
            block_rows: 0,
            tag_rows: sink.sorter(memory_bytes),
        };
        Ok((columns, numbers))
    }

    /// Takes in the next row with its tags, ascending.
    pub(super) fn row(&mut self, sink: &SectionSink, row: Row, tags: &[u32]) -> Result<(), MapError> {
        if self.block_rows == blocks::ROWS {
            self.end_block(sink)?;
        }
        let mut codes = Vec::with_capacity(3 * tags.len());
        for &tag in tags {
            let code = self.codes.get(&tag).copied().map_or(self.codes.len() as u64 + u64::from(tag), u64::from);
            put_varint(&mut codes, code);
            self.tag_rows.push(TagRow { tag, row: row.0 })?;
        }
        put_varint(&mut self.block, codes.len() as u64);
        self.block.extend_from_slice(&codes);
        self.block_rows += 1;
        Ok(())
    }

    fn end_block(&mut self, sink: &SectionSink) -> Result<(), MapError> {
        self.row_tags.put(sink, &self.block)?;
        self.block.clear();
        self.block_rows = 0;
        Ok(())
    }

    /// Writes the rows of tags and keys, feeds the tags that are names to their builder, and gives the number of tags.
    pub(super) fn end(mut self, sink: &mut SectionSink, rows: u32, names: &mut NameBuilder) -> Result<u32, MapError> {
        if self.block_rows > 0 {
            self.end_block(sink)?;
        }
        self.row_tags.end(sink)?;
        let (keys, values) = (self.keys.clone(), sink.read(Section::Values)?);
        let dictionary = Dictionary::new(&keys, &self.key_names, values.bytes(), self.tags);
        let mut name = |tag, rows: &[u32]| {
            let named = features::names_of(std::iter::once((dictionary.key_of(tag), dictionary.value(tag))));
            for (kind, text) in named {
                rows.iter().try_for_each(|&row| names.push(row, kind.code(), text))?;
            }
            Ok::<_, MapError>(())
        };
        let mut writer = RowsWriter::begin(sink, self.keys, rows)?;
        let mut of_tag = Vec::new();
        let mut tag = 0;
        for tag_row in self.tag_rows.finish()? {
            let tag_row = tag_row?;
            // Every tag has rows.
            if tag_row.row >= rows || tag_row.tag >= self.tags || tag_row.tag - tag > 1 {
                return Err(sink.temporary(std::io::Error::from(std::io::ErrorKind::InvalidData)));
            }
            if tag_row.tag != tag {
                name(tag, &of_tag)?;
                writer.tag(sink, tag, &of_tag)?;
                of_tag.clear();
                tag = tag_row.tag;
            }
            of_tag.push(tag_row.row);
        }
        if self.tags > 0 {
            name(tag, &of_tag)?;
            writer.tag(sink, tag, &of_tag)?;
        }
        let keys = writer.end(sink, self.tags)?;
        sink.put(Section::Keys, &keys)?;
        sink.put(Section::KeyNames, &self.key_names)?;
        Ok(self.tags)
    }
}

/// What is known when the dictionary is written.
struct Written {
    /// [`Section::Keys`] without the rows.
    keys: Vec<u8>,
    key_names: Vec<u8>,
    /// The most frequent tags, the most frequent first.
    common: Vec<u32>,
}

/// Writes keys and values.
struct DictionaryWriter {
    values: BlockWriter,
    block: Vec<u8>,
    keys: Vec<u8>,
    key_names: Vec<u8>,
    last_key: Option<std::sync::Arc<str>>,
    /// The most frequent tags so far, the least frequent on top.
    common: BinaryHeap<Reverse<(u32, Reverse<u32>)>>,
}

impl DictionaryWriter {
    fn begin(sink: &SectionSink) -> Result<Self, MapError> {
        Ok(Self {
            values: BlockWriter::begin(sink, Section::Values)?,
            block: Vec::new(),
            keys: Vec::new(),
            key_names: Vec::new(),
            last_key: None,
            common: BinaryHeap::new(),
        })
    }

    fn tag(&mut self, sink: &SectionSink, tag: u32, interned: &Interned) -> Result<(), MapError> {
        if (tag as usize).is_multiple_of(blocks::TAGS) && tag > 0 {
            self.values.put(sink, &self.block)?;
            self.block.clear();
        }
        put_varint(&mut self.block, interned.value.len() as u64);
        self.block.extend_from_slice(interned.value.as_bytes());
        if self.last_key.as_deref() != Some(&*interned.key) {
            self.keys.extend_from_slice(&tag.to_le_bytes());
            self.keys.extend_from_slice(&[0; 12]);
            self.keys.extend_from_slice(&(self.key_names.len() as u32).to_le_bytes());
            self.keys.extend_from_slice(&(interned.key.len() as u32).to_le_bytes());
            self.key_names.extend_from_slice(interned.key.as_bytes());
            self.last_key = Some(interned.key.clone());
        }
        self.common.push(Reverse((interned.uses, Reverse(tag))));
        if self.common.len() > COMMON_TAGS {
            self.common.pop();
        }
        Ok(())
    }

    fn end(mut self, sink: &mut SectionSink) -> Result<Written, MapError> {
        if !self.block.is_empty() {
            self.values.put(sink, &self.block)?;
        }
        self.values.end(sink)?;
        let common: Vec<u32> =
            self.common.into_sorted_vec().into_iter().map(|Reverse((_, Reverse(tag)))| tag).collect();
        let bytes: Vec<u8> = common.iter().flat_map(|tag| tag.to_le_bytes()).collect();
        sink.put(Section::CommonTags, &bytes)?;
        Ok(Written { keys: self.keys, key_names: self.key_names, common })
    }
}

/// Writes the rows of tags, and those of keys.
struct RowsWriter {
    tag_rows: BlockWriter,
    block: Vec<u8>,
    key_rows: SectionFile,
    keys: Vec<u8>,
    key: usize,
    of_key: KeyRows,
    rows: u32,
}

/// The rows of one key, in order only where few.
enum KeyRows {
    Listed(Vec<u32>),
    Bits(Vec<u64>),
}

impl RowsWriter {
    fn begin(sink: &SectionSink, keys: Vec<u8>, rows: u32) -> Result<Self, MapError> {
        Ok(Self {
            tag_rows: BlockWriter::begin(sink, Section::TagRows)?,
            block: Vec::new(),
            key_rows: sink.begin(Section::KeyRows)?,
            keys,
            key: 0,
            of_key: KeyRows::Listed(Vec::new()),
            rows,
        })
    }

    fn first_tag(&self, key: usize) -> Option<u32> {
        u32_at(&self.keys, KEY_BYTES * key)
    }

    fn tag(&mut self, sink: &SectionSink, tag: u32, rows: &[u32]) -> Result<(), MapError> {
        if self.first_tag(self.key + 1) == Some(tag) {
            self.end_key(sink, tag)?;
            self.key += 1;
        }
        if (tag as usize).is_multiple_of(blocks::TAGS) && tag > 0 {
            self.tag_rows.put(sink, &self.block)?;
            self.block.clear();
        }
        put_rows(&mut self.block, rows);
        if let KeyRows::Listed(listed) = &self.of_key
            && listed.len() + rows.len() > LISTED_ROWS
        {
            let mut bits = vec![0; (self.rows as usize).div_ceil(64)];
            listed.iter().for_each(|&row| bits[row as usize / 64] |= 1 << (row % 64));
            self.of_key = KeyRows::Bits(bits);
        }
        match &mut self.of_key {
            KeyRows::Listed(listed) => listed.extend_from_slice(rows),
            KeyRows::Bits(bits) => rows.iter().for_each(|&row| bits[row as usize / 64] |= 1 << (row % 64)),
        }
        Ok(())
    }

    /// Writes the rows of the key that ends before a tag.
    fn end_key(&mut self, sink: &SectionSink, next_tag: u32) -> Result<(), MapError> {
        let listed = match std::mem::replace(&mut self.of_key, KeyRows::Listed(Vec::new())) {
            KeyRows::Listed(mut listed) => {
                listed.sort_unstable();
                listed.dedup();
                listed
            }
            KeyRows::Bits(bits) => {
                let has = |row: &u32| bits[*row as usize / 64] >> (row % 64) & 1 == 1;
                (0..self.rows).filter(has).collect()
            }
        };
        let only = self.first_tag(self.key).is_some_and(|first| first + 1 == next_tag);
        let at = if only { ONLY_TAG } else { self.key_rows.written() };
        if !only {
            let mut list = Vec::new();
            put_rows(&mut list, &listed);
            self.key_rows.write_all(&list).map_err(|e| sink.temporary(e))?;
        }
        let record = &mut self.keys[KEY_BYTES * self.key..][4..16];
        record[..4].copy_from_slice(&(listed.len() as u32).to_le_bytes());
        record[4..].copy_from_slice(&at.to_le_bytes());
        Ok(())
    }

    /// Gives the keys.
    fn end(mut self, sink: &mut SectionSink, tags: u32) -> Result<Vec<u8>, MapError> {
        if tags > 0 {
            self.end_key(sink, tags)?;
            self.tag_rows.put(sink, &self.block)?;
        }
        self.tag_rows.end(sink)?;
        sink.end(self.key_rows)?;
        Ok(self.keys)
    }
}

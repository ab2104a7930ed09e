//! An index that is open.

use super::blocks::{self, Blocks};
use super::bytes::Cursor;
use super::dictionary::{Dictionary, Key, ONLY_TAG};
use super::layout::{HEADER_BYTES, Layout};
use super::places::{self, BoxReader};
use super::rows::{Rows, take_rows};
use super::{MapError, Meta, Section, shapes, tree};
use crate::map_memory::Memory;
use crate::osm::names::NameIndex;
use crate::osm::object::{BoxE7, OsmId, OsmKind, PointE7, Shape};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// An object of an index, by its place on the Hilbert curve: near rows mostly lie near each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row(pub u32);

/// What has a fixed size of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// Which element of OpenStreetMap it is.
    pub id: OsmId,
    /// Its version; 0 where the extract had none.
    pub version: u32,
    /// A point on it.
    pub at: PointE7,
    /// The box around it.
    pub bounds: BoxE7,
}

/// What is given for a row that a damaged file does not have.
const NOWHERE: PointE7 = PointE7 { lat: 0, lon: 0 };
const NOTHING: OsmId = OsmId { kind: OsmKind::Node, number: 0 };

/// An index file that is open: mapped into memory, and read where it is asked.
///
/// Opening checks the header and [`Meta`]; [`Map::verify`] checks all. A file that is damaged elsewhere gives empty
/// answers, wrong answers or `n0` at 0,0, but never ends the program.
#[derive(Debug)]
pub struct Map {
    path: PathBuf,
    memory: Memory,
    layout: Layout,
    meta: Meta,
    spread_m2: OnceLock<f64>,
}

impl Map {
    /// Opens an index.
    ///
    /// # Errors
    /// [`MapError`] when it cannot be read, is none, is of another format, is cut off, or its header is damaged.
    pub fn open(path: &Path) -> Result<Self, MapError> {
        let unreadable = |source| MapError::Unreadable { path: path.to_owned(), source };
        // Opening a pipe would wait for a writer.
        let kind = std::fs::metadata(path).map_err(unreadable)?;
        if kind.is_dir() {
            return Err(MapError::Folder { path: path.to_owned() });
        }
        if !kind.is_file() {
            return Err(unreadable(io::Error::other("it is no ordinary file")));
        }
        let file = File::open(path).map_err(unreadable)?;
        if kind.len() < HEADER_BYTES as u64 {
            // Too short to be one, and an empty file cannot be mapped.
            return Self::new(path, Memory::copy(&std::fs::read(path).map_err(unreadable)?));
        }
        Self::new(path, Memory::map(&file).map_err(unreadable)?)
    }

    /// Opens an index that lies in memory; `name` stands for its path in messages.
    ///
    /// # Errors
    /// [`MapError`] as for [`Map::open`].
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, MapError> {
        Self::new(Path::new(name), Memory::copy(bytes))
    }

    fn new(path: &Path, memory: Memory) -> Result<Self, MapError> {
        let layout = Layout::read(path, memory.bytes())?;
        let bytes = memory.bytes().get(layout.range(Section::Meta)).unwrap_or_default();
        let damaged = |what: String| MapError::damaged(path, Section::Meta, what);
        let crc = layout.entries.iter().find(|entry| entry.section == Section::Meta).map(|entry| entry.crc);
        if crc != Some(crc32fast::hash(bytes)) {
            return Err(damaged("its checksum is wrong".to_owned()));
        }
        let meta = serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
        Ok(Self { path: path.to_owned(), memory, layout, meta, spread_m2: OnceLock::new() })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the index comes from.
    #[must_use]
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.layout.rows
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Size of the file, bytes.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        self.layout.length
    }

    /// The sections with their sizes, bytes.
    pub fn sections(&self) -> impl Iterator<Item = (Section, u64)> + '_ {
        self.layout.entries.iter().map(|entry| (entry.section, entry.length))
    }

    /// The bytes of a section, which begin at a multiple of eight; empty when the file does not have it.
    #[inline]
    #[must_use]
    pub fn section(&self, section: Section) -> &[u8] {
        self.memory.bytes().get(self.layout.range(section)).unwrap_or_default()
    }

    /// The area over which the objects spread, m²: worked out by whoever asks first, and kept, for it takes a look at
    /// thousands of objects and never changes.
    pub(in crate::osm) fn spread_m2(&self, work_out: impl FnOnce(&Self) -> f64) -> f64 {
        *self.spread_m2.get_or_init(|| work_out(self))
    }

    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Number of blocks of rows.
    #[inline]
    pub(super) fn row_blocks(&self) -> usize {
        (self.len() as usize).div_ceil(blocks::ROWS)
    }

    #[inline]
    fn block(&self, section: Section, row: Row) -> &[u8] {
        Blocks::new(self.section(section), self.row_blocks()).get(row.0 as usize / blocks::ROWS)
    }

    /// An entry of a column in which each begins with its length.
    #[inline]
    fn sized(&self, section: Section, row: Row) -> &[u8] {
        let mut rest = Cursor(self.block(section, row));
        for _ in 0..row.0 as usize % blocks::ROWS {
            rest.sized();
        }
        rest.sized().unwrap_or_default()
    }

    /// Id, version, point and box of a row.
    #[must_use]
    pub fn object(&self, row: Row) -> Item {
        let (id, version) = self.identity(row);
        Item { id, version, at: self.at(row), bounds: self.bounds(row) }
    }

    /// Id of a row.
    #[must_use]
    pub fn id(&self, row: Row) -> OsmId {
        self.identity(row).0
    }

    fn identity(&self, row: Row) -> (OsmId, u32) {
        let known = (row.0 < self.len()).then(|| self.block(Section::Ids, row));
        known.and_then(|block| places::ids(block).nth(row.0 as usize % blocks::ROWS)).unwrap_or((NOTHING, 0))
    }

    /// The row of an element. All ids are read, some milliseconds for a million rows.
    #[must_use]
    pub fn find(&self, id: OsmId) -> Option<Row> {
        let blocks = Blocks::new(self.section(Section::Ids), self.row_blocks());
        let rows = (0..self.row_blocks()).flat_map(|block| {
            let rows = places::ids(blocks.get(block)).take(blocks::ROWS);
            rows.zip((block * blocks::ROWS) as u32..)
        });
        rows.filter(|&(_, row)| row < self.len()).find(|((found, _), _)| *found == id).map(|(_, row)| Row(row))
    }

    /// A point on a row's object.
    #[inline]
    #[must_use]
    pub fn at(&self, row: Row) -> PointE7 {
        places::point(self.section(Section::Points), row.0).unwrap_or(NOWHERE)
    }

    /// The box around a row's object.
    #[inline]
    #[must_use]
    pub fn bounds(&self, row: Row) -> BoxE7 {
        let mut reader = BoxReader::new(self.block(Section::Boxes, row));
        reader.skip(row.0 as usize % blocks::ROWS);
        reader.next(self.at(row))
    }

    /// The geometry of a row's object; a point where the file is damaged.
    #[must_use]
    pub fn shape(&self, row: Row) -> Shape {
        shapes::shape(self.stored_shape(row), self.at(row)).unwrap_or(Shape::Point)
    }

    pub(super) fn stored_shape(&self, row: Row) -> &[u8] {
        self.sized(Section::Shapes, row)
    }

    #[inline]
    pub(super) fn dictionary(&self) -> Dictionary<'_> {
        let (keys, names) = (self.section(Section::Keys), self.section(Section::KeyNames));
        Dictionary::new(keys, names, self.section(Section::Values), self.layout.tags)
    }

    /// The numbers of a row's tags, ascending.
    pub(super) fn tag_numbers(&self, row: Row) -> impl Iterator<Item = u32> + Clone + '_ {
        let common = self.section(Section::CommonTags);
        let count = common.len() as u64 / 4;
        let mut rest = Cursor(self.sized(Section::RowTags, row));
        std::iter::from_fn(move || {
            let code = rest.varint()?;
            match code.checked_sub(count) {
                Some(tag) => u32::try_from(tag).ok(),
                None => super::bytes::u32_at(common, 4 * code as usize),
            }
        })
    }

    /// The tags of a row, sorted by key.
    pub fn tags(&self, row: Row) -> impl Iterator<Item = (&str, &str)> + Clone + '_ {
        let dictionary = self.dictionary();
        self.tag_numbers(row).map(move |tag| (dictionary.key_of(tag), dictionary.value(tag)))
    }

    /// The value that a key has at a row.
    #[must_use]
    pub fn tag(&self, row: Row, key: &str) -> Option<&str> {
        let dictionary = self.dictionary();
        let tags = dictionary.find_key(key)?.tags;
        self.tag_numbers(row).find(|tag| tags.contains(tag)).map(|tag| dictionary.value(tag))
    }

    /// The rows that have a key, or a key with a value.
    #[must_use]
    pub fn with_tag(&self, key: &str, value: Option<&str>) -> Rows<'_> {
        let dictionary = self.dictionary();
        let rows = dictionary.find_key(key).and_then(|key| match value {
            Some(value) => self.tag_rows(dictionary.find(&key, value)?),
            None => self.key_rows(&key),
        });
        rows.unwrap_or_else(Rows::none)
    }

    fn tag_rows(&self, tag: u32) -> Option<Rows<'_>> {
        self.rows_of_tags(tag..tag.checked_add(1)?).next()
    }

    fn tag_row_blocks(&self) -> Blocks<'_> {
        Blocks::new(self.section(Section::TagRows), (self.layout.tags as usize).div_ceil(blocks::TAGS))
    }

    pub(super) fn key_rows(&self, key: &Key) -> Option<Rows<'_>> {
        if key.rows_at == ONLY_TAG {
            return self.tag_rows(key.tags.start);
        }
        let mut rest = Cursor(self.section(Section::KeyRows).get(usize::try_from(key.rows_at).ok()?..)?);
        take_rows(&mut rest, self.len())
    }

    /// The keys, sorted, each with the number of rows that have it.
    pub fn keys(&self) -> impl Iterator<Item = (&str, u32)> + '_ {
        let dictionary = self.dictionary();
        (0..dictionary.keys()).filter_map(move |key| dictionary.key(key)).map(|key| (key.name, key.rows))
    }

    /// The values of a key, sorted, each with the number of rows that have it.
    pub fn values(&self, key: &str) -> impl Iterator<Item = (&str, u32)> + '_ {
        let dictionary = self.dictionary();
        let tags = dictionary.find_key(key).map(|key| key.tags).unwrap_or_default();
        let rows = self.rows_of_tags(tags.clone());
        dictionary.values(tags).zip(rows).map(|((_, value), rows)| (value, rows.len() as u32))
    }

    /// The rows of each of some tags that follow each other.
    pub(super) fn rows_of_tags(&self, tags: Range<u32>) -> impl Iterator<Item = Rows<'_>> {
        let blocks = self.tag_row_blocks();
        let (mut rest, first) = (Cursor(&[]), tags.start);
        tags.map(move |tag| {
            let passed = tag as usize % blocks::TAGS;
            if tag == first || passed == 0 {
                rest = Cursor(blocks.get(tag as usize / blocks::TAGS));
                for _ in 0..passed {
                    take_rows(&mut rest, 0);
                }
            }
            take_rows(&mut rest, self.len()).unwrap_or_else(Rows::none)
        })
    }

    /// The names of the objects.
    #[must_use]
    pub fn names(&self) -> NameIndex<'_> {
        NameIndex::new(|part| self.section(Section::Names(part as u8)))
    }

    /// The rows whose boxes meet a box, ascending.
    pub fn in_box(&self, within: BoxE7) -> impl Iterator<Item = Row> + '_ {
        let found = tree::search(self.section(Section::Tree), self.row_blocks(), within);
        found.unwrap_or_default().into_iter().flat_map(move |block| self.block_in_box(block, within))
    }

    /// The rows of one block whose boxes meet a box.
    fn block_in_box(&self, block: u32, within: BoxE7) -> impl Iterator<Item = Row> + '_ {
        let first = block * blocks::ROWS as u32;
        let mut boxes = BoxReader::new(self.block(Section::Boxes, Row(first)));
        let rows = first..(first + blocks::ROWS as u32).min(self.len());
        rows.map(Row).filter(move |&row| {
            let b = boxes.next(self.at(row));
            b.south <= within.north && within.south <= b.north && b.west <= within.east && within.west <= b.east
        })
    }
}

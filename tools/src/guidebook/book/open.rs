//! A guidebook that is read in place.

use super::layout::{Layout, Section, f32_at, take_varint, u16_at, u32_at};
use super::{BookError, Entry, Meta, Vector};
use crate::evidence::RegionShare;
use crate::geo::{LatLon, Level, RegionCode};
use crate::guidebook::Passage;
use crate::map_memory::Memory;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

/// An open guidebook. Opening reads the header, the head and the map of words only.
#[derive(Debug)]
pub struct Book {
    path: PathBuf,
    memory: Memory,
    layout: Layout,
    meta: Meta,
    rows: usize,
}

/// A passage as it stands in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Number of its source in [`Meta::sources`].
    #[serde(rename = "s")]
    pub source: u16,
    /// What is said.
    #[serde(rename = "t")]
    pub text: String,
    /// Outermost first.
    #[serde(rename = "h", default, skip_serializing_if = "Vec::is_empty")]
    pub headings: Vec<String>,
    /// Region, as `level:code`, and share.
    #[serde(rename = "r", default, skip_serializing_if = "BTreeMap::is_empty")]
    regions: BTreeMap<String, f64>,
    /// The picture that it captions.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Path in the source, or address.
    #[serde(rename = "p", default, skip_serializing_if = "String::is_empty")]
    pub page: String,
    /// The place that it was said of.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub at: Option<LatLon>,
    /// Whether it is a whole description.
    #[serde(rename = "w", default, skip_serializing_if = "std::ops::Not::not")]
    pub whole: bool,
    /// How sure its author is.
    #[serde(rename = "c", default = "one", skip_serializing_if = "is_one")]
    pub sure: f64,
}

fn one() -> f64 {
    1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_one(value: &f64) -> bool {
    *value == 1.0
}

impl Record {
    pub(super) fn of(entry: &Entry) -> Self {
        let Passage { text, headings, regions, image, page } = entry.passage.clone();
        Self {
            source: entry.source,
            text,
            headings,
            regions: regions.into_iter().map(|s| (s.region.to_string(), s.share)).collect(),
            image,
            page,
            at: entry.at,
            whole: entry.whole,
            sure: entry.sure,
        }
    }

    /// Where it holds.
    pub fn regions(&self) -> impl Iterator<Item = RegionShare> + '_ {
        self.regions.iter().filter_map(|(key, share)| Some(RegionShare { region: region_of(key)?, share: *share }))
    }

    pub(super) fn into_entry(self, vector: Option<Vector>) -> Entry {
        let regions = self.regions().collect();
        let Self { source, text, headings, image, page, at, whole, sure, .. } = self;
        Entry { source, passage: Passage { text, headings, regions, image, page }, at, whole, sure, vector }
    }
}

/// The region of `level:code`.
pub(crate) fn region_of(key: &str) -> Option<RegionCode> {
    let (level, code) = key.split_once(':')?;
    let level = Level::ALL.into_iter().find(|l| l.name() == level)?;
    Some(RegionCode { level, code: code.to_owned() })
}

impl Book {
    /// Maps a file into memory and reads its head.
    ///
    /// # Errors
    /// [`BookError`] when it cannot be read, is something else, of another format, or cut off.
    pub fn open(path: &Path) -> Result<Self, BookError> {
        let file = File::open(path).map_err(BookError::read(path))?;
        // A mapping of nothing fails on some systems.
        let empty = file.metadata().map_err(BookError::read(path))?.len() == 0;
        let memory = if empty { Memory::Linked(&[]) } else { Memory::map(&file).map_err(BookError::read(path))? };
        Self::new(path, memory)
    }

    /// A guidebook inside the executable; `name` stands for its path.
    ///
    /// # Errors
    /// [`BookError`] as for a file.
    pub fn linked(name: &str, bytes: &'static [u8]) -> Result<Self, BookError> {
        Self::new(Path::new(name), Memory::Linked(bytes))
    }

    /// A guidebook of bytes in memory.
    ///
    /// # Errors
    /// [`BookError`] as for a file.
    pub fn of_bytes(name: &str, bytes: &[u8]) -> Result<Self, BookError> {
        Self::new(Path::new(name), Memory::copy(bytes))
    }

    fn new(path: &Path, memory: Memory) -> Result<Self, BookError> {
        let bytes = memory.bytes();
        let layout = Layout::read(bytes, path)?;
        // The map of words trusts its bytes; what else is damaged is found where it is read.
        layout.verify(Some(&[Section::Meta, Section::Words]), bytes, path)?;
        let meta: Meta = serde_json::from_slice(layout.bytes(Section::Meta, bytes))
            .map_err(|e| BookError::damaged(path, format!("its head does not read: {e}")))?;
        let rows = (layout.bytes(Section::RecordStarts, bytes).len() / 4).saturating_sub(1);
        let sizes_fit = layout.bytes(Section::Lengths, bytes).len() == 2 * rows
            && layout.bytes(Section::Vectors, bytes).len() == rows * meta.dimensions
            && (meta.dimensions == 0 || layout.bytes(Section::Scales, bytes).len() == 4 * rows);
        if !sizes_fit {
            return Err(BookError::damaged(path, "its columns differ in length"));
        }
        Ok(Self { path: path.to_owned(), layout, meta, rows, memory })
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it says of itself.
    #[must_use]
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Passages.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// What tells this guidebook from others: its name, size and checksum of the table of sections.
    #[must_use]
    pub fn identity(&self) -> (String, u64, u32) {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (name, self.bytes(), self.layout.sum())
    }

    /// Size of the file, bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.memory.bytes().len() as u64
    }

    /// Compares every byte with its checksum.
    ///
    /// # Errors
    /// [`BookError::Damaged`] names the section.
    pub fn verify(&self) -> Result<(), BookError> {
        self.layout.verify(None, self.memory.bytes(), &self.path)
    }

    /// A passage by its row; `None` beyond the last, and where the file is damaged.
    #[must_use]
    pub fn record(&self, row: usize) -> Option<Record> {
        let starts = self.section(Section::RecordStarts);
        let (from, to) = (u32_at(starts, 4 * row)? as usize, u32_at(starts, 4 * (row + 1))? as usize);
        serde_json::from_slice(self.section(Section::Records).get(from..to)?).ok()
    }

    /// The vector of a row; `None` where there is none.
    #[must_use]
    pub fn vector(&self, row: usize) -> Option<Vector> {
        let scale = f32_at(self.section(Section::Scales), 4 * row).filter(|s| *s > 0.0)?;
        let dimensions = self.meta.dimensions;
        let bytes = self.section(Section::Vectors).get(row * dimensions..(row + 1) * dimensions)?;
        Some(Vector { bytes: bytes.iter().map(|b| *b as i8).collect(), scale })
    }

    /// The cosine of every row with a vector, -1 to 1; 0 for rows without one. Empty when the vectors are of another
    /// embedder.
    #[must_use]
    pub fn cosines(&self, query: &Vector, embedder: &str) -> Vec<f32> {
        if self.meta.embedder.as_deref() != Some(embedder) || query.bytes.len() != self.meta.dimensions {
            return Vec::new();
        }
        let rows = self.section(Section::Vectors).chunks_exact(self.meta.dimensions);
        let scales = self.section(Section::Scales).chunks_exact(4);
        rows.zip(scales).map(|(row, scale)| query.dot(row, f32_at(scale, 0).unwrap_or(0.0))).collect()
    }

    /// Rows that hold a stem, with how often.
    #[must_use]
    pub fn postings(&self, stem: &str) -> Vec<(usize, u32)> {
        let map = fst::Map::new(self.section(Section::Words)).ok();
        let Some(at) = map.and_then(|map| map.get(stem)) else { return Vec::new() };
        let mut bytes = self.section(Section::Postings).get(at as usize..).unwrap_or_default();
        let count = take_varint(&mut bytes).unwrap_or(0) as usize;
        let mut rows = Vec::with_capacity(count.min(self.rows));
        let mut row = 0usize;
        for _ in 0..count.min(self.rows) {
            let (Some(step), Some(times)) = (take_varint(&mut bytes), take_varint(&mut bytes)) else { break };
            row += step as usize;
            if row >= self.rows {
                break;
            }
            rows.push((row, times));
        }
        rows
    }

    /// Words of a row.
    #[must_use]
    pub fn words_in(&self, row: usize) -> u16 {
        u16_at(self.section(Section::Lengths), 2 * row).unwrap_or(0)
    }

    fn section(&self, section: Section) -> &[u8] {
        self.layout.bytes(section, self.memory.bytes())
    }
}

//! Writing an index in bounded memory.
//!
//! ```text
//! push:    object -> provisional tag numbers (interner) -> placed object -> sorter along the Hilbert curve
//! finish:  interner -> final tag numbers, dictionary
//!          sorter -> rows -> columns, and (tag, row) -> sorter -> rows of tags and keys
//!          sections -> file beside the destination -> rename
//! ```

use super::areas::admin_level;
use super::columns::Columns;
use super::interner::Interner;
use super::placed::Placed;
use super::sections::{Part, SectionFile, SectionSink, folder_of};
use super::tag_columns::TagColumns;
use super::{MapError, Meta, Row, Section, Sorter};
use crate::osm::names::{NameBuilder, NamePart};
use crate::osm::object::{BoxE7, Object};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How an index is written.
#[derive(Debug, Clone)]
pub struct WriterOptions {
    /// About how much memory the writer may take, bytes.
    pub memory_bytes: usize,
    /// The folder for temporary data, up to about twice the size of the index; beside the index when none is named.
    pub temp_dir: Option<PathBuf>,
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self { memory_bytes: 512 << 20, temp_dir: None }
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The index.
    pub path: PathBuf,
    /// Number of rows.
    pub rows: u32,
    /// Number of distinct tags.
    pub tags: u32,
    /// Size of the file, bytes.
    pub bytes: u64,
    /// The sections with their sizes, bytes.
    pub sections: Vec<(Section, u64)>,
}

/// Takes objects in any order and writes an index of them. Nothing bears the name of the index before it is whole.
#[derive(Debug)]
pub struct Writer {
    part: Part,
    sink: SectionSink,
    memory_bytes: usize,
    interner: Interner,
    placed: Sorter<Placed>,
    bounds: Option<BoxE7>,
    dest: PathBuf,
}

impl Writer {
    /// Begins an index.
    ///
    /// # Errors
    /// [`MapError`] when its folder cannot be written, or another process writes the same index.
    pub fn create(dest: &Path, options: &WriterOptions) -> Result<Self, MapError> {
        let part = Part::create(dest)?;
        let temp_dir = options.temp_dir.as_deref().unwrap_or(folder_of(dest));
        let memory_bytes = options.memory_bytes;
        Ok(Self {
            part,
            sink: SectionSink::new(dest, temp_dir),
            memory_bytes,
            interner: Interner::new(temp_dir, memory_bytes / 8),
            placed: Sorter::new(temp_dir, memory_bytes / 2),
            bounds: None,
            dest: dest.to_owned(),
        })
    }

    /// Takes in an object. No id may come twice.
    ///
    /// # Errors
    /// [`MapError`] when temporary data cannot be kept.
    pub fn push(&mut self, object: &Object) -> Result<(), MapError> {
        let bounds = object.bounds.union(object.at.into());
        self.bounds = Some(self.bounds.map_or(bounds, |all| all.union(bounds)));
        let mut tags: Vec<u32> = object.tags.iter().map(|(key, value)| self.interner.number(key, value)).collect();
        tags.sort_unstable();
        tags.dedup();
        let level = admin_level(object.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        self.placed.push(Placed::new(object, bounds, level, self.interner.generation(), &tags))?;
        Ok(self.interner.end_object()?)
    }

    /// Writes the index and gives it its name.
    ///
    /// # Errors
    /// [`MapError`] when the disk is full or something cannot be written; then nothing is left behind.
    pub fn finish(self, meta: Meta) -> Result<Summary, MapError> {
        let Self { part, mut sink, memory_bytes, interner, placed, bounds, dest } = self;
        let rows = u32::try_from(placed.len()).ok().filter(|&rows| rows < u32::MAX);
        let rows = rows.ok_or_else(|| too_large(&dest, "objects"))?;
        let (mut tags, numbers) = TagColumns::begin(&mut sink, interner, memory_bytes / 4)?;
        let mut columns = Columns::begin(&sink)?;
        let mut own_tags = Vec::new();
        for (placed, row) in placed.finish()?.zip(0..) {
            let placed = placed?;
            let parts = placed.parts().ok_or_else(|| damaged(&sink))?;
            own_tags.clear();
            for number in parts.tags() {
                own_tags.push(numbers.get(parts.generation, number).ok_or_else(|| damaged(&sink))?);
            }
            own_tags.sort_unstable();
            tags.row(&sink, Row(row), &own_tags)?;
            columns.row(&sink, Row(row), &parts)?;
        }
        drop(numbers);
        columns.end(&mut sink)?;
        let mut names = NameBuilder::new(sink.temp_dir(), memory_bytes / 2);
        let tag_count = tags.end(&mut sink, rows, &mut names)?;
        write_names(&mut sink, names)?;
        let bounds = bounds.map(|b| [b.south, b.west, b.north, b.east]);
        let meta = Meta { bounds, navig_version: env!("CARGO_PKG_VERSION").to_owned(), ..meta };
        let json = serde_json::to_vec(&meta).map_err(|e| MapError::unwritable(&dest, e.into()))?;
        sink.put(Section::Meta, &json)?;
        let layout = sink.finish(part, rows, tag_count)?;
        let sections = layout.entries.iter().map(|entry| (entry.section, entry.length)).collect();
        Ok(Summary { path: dest, rows, tags: tag_count, bytes: layout.length, sections })
    }
}

/// Writes the sections of names.
fn write_names(sink: &mut SectionSink, names: NameBuilder) -> Result<(), MapError> {
    let mut files: Vec<SectionFile> = Vec::new();
    let begin = |part: NamePart| sink.begin(Section::Names(part as u8));
    let result = names.finish(&mut |part, bytes| {
        let section = Section::Names(part as u8);
        if files.last().is_none_or(|last| last.section() != section) {
            files.push(begin(part).map_err(io::Error::other)?);
        }
        files.last_mut().map_or(Ok(()), |file| file.write_all(bytes))
    });
    result.map_err(|e| sink.temporary(e))?;
    files.into_iter().try_for_each(|file| sink.end(file))
}

pub(super) fn too_large(dest: &Path, what: &'static str) -> MapError {
    MapError::TooLarge { path: dest.to_owned(), what, limit: u64::from(u32::MAX) - 1 }
}

/// Temporary data does not read as it was written.
fn damaged(sink: &SectionSink) -> MapError {
    sink.temporary(std::io::Error::from(std::io::ErrorKind::InvalidData))
}

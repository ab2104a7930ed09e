//! A guidebook in the making.

use super::layout::{Layout, Section, put_varint};
use super::{Book, BookError, Embed, EmbedError, Kind, Meta, Record, SourceMeta, Vector};
use crate::geo::LatLon;
use crate::geo::fold::fold;
use crate::guidebook::Passage;
use crate::guidebook::find::words::stems;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::Path;

/// Texts that go to the embedder at once: enough to sort by length, and few enough that progress is seen.
const BATCH: usize = 256;
/// Rows and bytes of records are counted in 32 bits.
const MOST_BYTES: usize = u32::MAX as usize;

/// A passage with what the index needs to know of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Number of its source.
    pub source: u16,
    /// What is said and where it holds.
    pub passage: Passage,
    /// The place that it was said of, for traces.
    pub at: Option<LatLon>,
    /// Whether it is a whole description and not one idea of it.
    pub whole: bool,
    /// How sure its author is, above 0 to 1.
    pub sure: f64,
    /// Its vector; none before [`Draft::embed`], and without an embedder.
    pub vector: Option<Vector>,
}

/// Passages and their sources, before they are a file.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    kind: Kind,
    embedder: Option<(String, usize)>,
    sources: Vec<SourceMeta>,
    entries: Vec<Entry>,
}

impl Draft {
    /// An empty guidebook.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self { kind, ..Self::default() }
    }

    /// What a guidebook holds, vectors included, to be changed.
    ///
    /// # Errors
    /// [`BookError::Damaged`] when a record does not read.
    pub fn of(book: &Book) -> Result<Self, BookError> {
        let meta = book.meta();
        let mut draft = Self::new(meta.kind);
        draft.sources = meta.sources.clone();
        draft.embedder = meta.embedder.clone().map(|id| (id, meta.dimensions));
        for row in 0..book.len() {
            let record = book.record(row).ok_or_else(|| BookError::damaged(book.path(), format!("record {row}")))?;
            draft.entries.push(record.into_entry(book.vector(row)));
        }
        Ok(draft)
    }

    /// The sources, in the order of their numbers.
    #[must_use]
    pub fn sources(&self) -> &[SourceMeta] {
        &self.sources
    }

    /// The passages.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Takes a source out; whether there was one of that name.
    pub fn remove(&mut self, name: &str) -> bool {
        let Some(at) = self.sources.iter().position(|s| s.name == name) else { return false };
        self.sources.remove(at);
        let at = at as u16;
        self.entries.retain(|e| e.source != at);
        self.entries.iter_mut().filter(|e| e.source > at).for_each(|e| e.source -= 1);
        true
    }

    /// Puts a source in, in place of the one of its name. A text that the old one had keeps its vector; within the source a
    /// text counts once, for all the regions that it was said of.
    pub fn put(&mut self, mut source: SourceMeta, entries: Vec<Entry>) {
        let mut known: HashMap<String, Vector> = HashMap::new();
        for entry in &self.entries {
            if let Some(vector) = &entry.vector {
                known.entry(entry.passage.text.clone()).or_insert_with(|| vector.clone());
            }
        }
        self.remove(&source.name);
        let number = self.sources.len() as u16;
        let mut merged: Vec<Entry> = Vec::with_capacity(entries.len());
        let mut at: HashMap<(String, bool, Option<String>), usize> = HashMap::new();
        for mut entry in entries {
            entry.source = number;
            entry.vector = entry.vector.or_else(|| known.get(&entry.passage.text).cloned());
            // What was said of one place twice counts once, and of two places twice.
            let place = entry.at.map(|_| entry.passage.page.clone());
            match at.get(&(fold(&entry.passage.text), entry.whole, place.clone())) {
                Some(&same) => merge(&mut merged[same], entry),
                None => {
                    at.insert((fold(&entry.passage.text), entry.whole, place), merged.len());
                    merged.push(entry);
                }
            }
        }
        // As a file keeps them, so that what is read again is what was put in.
        for entry in &mut merged {
            entry.passage.regions.sort_by_cached_key(|share| share.region.to_string());
        }
        source.passages = merged.len() as u64;
        self.sources.push(source);
        self.entries.extend(merged);
    }

    /// How many passages lack a vector of an embedder; none do when there is no embedder to ask.
    #[must_use]
    pub fn lacks_vectors(&self, embedder: Option<&dyn Embed>) -> usize {
        match (embedder, &self.embedder) {
            (None, _) => 0,
            (Some(asked), Some((id, _))) if id == asked.id() => {
                self.entries.iter().filter(|e| e.vector.is_none()).count()
            }
            _ => self.entries.len(),
        }
    }

    /// Makes the vectors that are missing; all of them when the embedder is another one. `progress` hears done and total, and
    /// says whether to go on; what is done when it ends early is kept.
    ///
    /// # Errors
    /// [`EmbedError`], when the model fails.
    pub fn embed(
        &mut self,
        embedder: &dyn Embed,
        progress: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<(), EmbedError> {
        let identity = (embedder.id().to_owned(), embedder.dimensions());
        if self.embedder.as_ref() != Some(&identity) {
            self.entries.iter_mut().for_each(|e| e.vector = None);
            self.embedder = Some(identity);
        }
        let mut missing: Vec<usize> = (0..self.entries.len()).filter(|&i| self.entries[i].vector.is_none()).collect();
        // Texts of one length need no padding.
        missing.sort_by_key(|&i| self.entries[i].passage.text.len());
        let total = missing.len();
        let mut done = 0;
        for batch in missing.chunks(BATCH) {
            if !progress(done, total) {
                return Ok(());
            }
            let texts: Vec<&str> = batch.iter().map(|&i| self.entries[i].passage.text.as_str()).collect();
            let vectors = embedder.embed(&texts)?;
            for (&i, vector) in batch.iter().zip(vectors) {
                self.entries[i].vector = Vector::of(&vector);
            }
            done += batch.len();
        }
        progress(done, total);
        Ok(())
    }

    /// Writes the file; it gets its name when it is whole.
    ///
    /// # Errors
    /// [`BookError::Io`] when it cannot be written, [`BookError::TooLarge`] beyond four gigabytes of text.
    pub fn write(&self, path: &Path) -> Result<(), BookError> {
        let bytes = self.bytes(path)?;
        let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = beside(folder).map_err(BookError::written(path))?;
        file.write_all(&bytes).map_err(BookError::written(path))?;
        file.as_file().sync_all().map_err(BookError::written(path))?;
        file.persist(path).map_err(|e| BookError::written(path)(e.error))?;
        Ok(())
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// [`BookError::TooLarge`] beyond four gigabytes of text.
    pub fn bytes(&self, path: &Path) -> Result<Vec<u8>, BookError> {
        let (mut records, mut starts) = (Vec::new(), Vec::new());
        for entry in &self.entries {
            starts.extend_from_slice(&(records.len() as u32).to_le_bytes());
            serde_json::to_writer(&mut records, &Record::of(entry)).map_err(|e| BookError::written(path)(e.into()))?;
            records.push(b'\n');
            if records.len() > MOST_BYTES {
                let what = "more than 4 GB of text".to_owned();
                return Err(BookError::TooLarge { path: path.to_owned(), what });
            }
        }
        starts.extend_from_slice(&(records.len() as u32).to_le_bytes());
        let Words { map: words, postings, lengths } = self.words(path)?;
        let mean_words = lengths.iter().map(|&n| f32::from(n)).sum::<f32>() / lengths.len().max(1) as f32;
        let meta = self.meta(mean_words);
        let meta = serde_json::to_vec(&meta).map_err(|e| BookError::written(path)(e.into()))?;
        let (vectors, scales) = self.vectors();
        Ok(Layout::assemble(&[
            (Section::Meta, meta),
            (Section::Records, records),
            (Section::RecordStarts, starts),
            (Section::Vectors, vectors),
            (Section::Scales, scales),
            (Section::Words, words),
            (Section::Postings, postings),
            (Section::Lengths, lengths.iter().flat_map(|n| n.to_le_bytes()).collect()),
        ]))
    }

    fn meta(&self, mean_words: f32) -> Meta {
        let mut masses: [BTreeMap<String, f64>; 2] = Default::default();
        for entry in &self.entries {
            for share in &entry.passage.regions {
                *masses[usize::from(entry.whole)].entry(share.region.to_string()).or_default() +=
                    share.share * entry.sure;
            }
        }
        let [mass, mass_whole] = masses;
        Meta {
            kind: self.kind,
            navig_version: env!("CARGO_PKG_VERSION").to_owned(),
            embedder: self.embedder.as_ref().map(|(id, _)| id.clone()),
            dimensions: self.embedder.as_ref().map_or(0, |(_, n)| *n),
            sources: self.sources.clone(),
            mean_words,
            mass,
            mass_whole,
        }
    }

    fn vectors(&self) -> (Vec<u8>, Vec<u8>) {
        let Some((_, dimensions)) = self.embedder else { return (Vec::new(), Vec::new()) };
        let mut bytes = Vec::with_capacity(dimensions * self.entries.len());
        let mut scales = Vec::with_capacity(4 * self.entries.len());
        for entry in &self.entries {
            let end = bytes.len() + dimensions;
            let scale = match &entry.vector {
                Some(vector) if vector.bytes.len() == dimensions => {
                    bytes.extend(vector.bytes.iter().map(|b| *b as u8));
                    vector.scale
                }
                _ => 0.0,
            };
            bytes.resize(end, 0);
            scales.extend_from_slice(&scale.to_le_bytes());
        }
        (bytes, scales)
    }

    fn words(&self, path: &Path) -> Result<Words, BookError> {
        let stems: Vec<Vec<String>> = self.entries.par_iter().map(|e| stems(&e.passage.text)).collect();
        let lengths = stems.iter().map(|s| s.len().min(usize::from(u16::MAX)) as u16).collect();
        let mut rows: BTreeMap<&str, Vec<(u32, u32)>> = BTreeMap::new();
        for (row, stems) in stems.iter().enumerate() {
            for stem in stems {
                let list = rows.entry(stem).or_default();
                match list.last_mut() {
                    Some((last, count)) if *last == row as u32 => *count += 1,
                    _ => list.push((row as u32, 1)),
                }
            }
        }
        let mut postings = Vec::new();
        let mut map = fst::MapBuilder::memory();
        for (stem, list) in rows {
            map.insert(stem, postings.len() as u64).map_err(|e| BookError::damaged(path, e.to_string()))?;
            put_varint(&mut postings, list.len() as u32);
            let mut before = 0;
            for (row, count) in list {
                put_varint(&mut postings, row - before);
                put_varint(&mut postings, count);
                before = row;
            }
        }
        let map = map.into_inner().map_err(|e| BookError::damaged(path, e.to_string()))?;
        Ok(Words { map, postings, lengths })
    }
}

/// The lexical half of a file.
struct Words {
    /// From a stem to the place of its postings.
    map: Vec<u8>,
    postings: Vec<u8>,
    /// Words per row.
    lengths: Vec<u16>,
}

/// A file beside the one that will be, with the rights that any new file of the user has.
fn beside(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    let builder = {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666))
    };
    builder.tempfile_in(folder)
}

/// Adds what is said of other regions to the same text.
fn merge(into: &mut Entry, other: Entry) {
    into.sure = into.sure.max(other.sure);
    into.vector = into.vector.take().or(other.vector);
    for share in other.passage.regions {
        match into.passage.regions.iter_mut().find(|s| s.region == share.region) {
            Some(same) => same.share = same.share.max(share.share),
            None => into.passage.regions.push(share),
        }
    }
}

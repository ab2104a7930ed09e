//! Writing an index of names, sorted within a budget of memory.

use super::dictionary::DictionaryWriter;
use super::grams::{Gram, grams_of_name, weight};
use super::index::BLOCK_NAMES;
use super::spelling::{MAX_CHARS, folded, forms_of_folded};
use super::varint;
use super::{NameKinds, NamePart};
use crate::osm::features::NameKind;
use crate::osm::file::{Record, SortError, Sorter};
use std::io;
use std::path::Path;

/// A name as one object bears it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Bearing {
    folded: Box<str>,
    text: Box<str>,
    row: u32,
    kind: u8,
}

/// A form of a name.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Form {
    form: Box<str>,
    name: u32,
}

/// A gram of a name.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct GramOf {
    gram: Gram,
    name: u32,
}

/// Takes in the names of all objects and writes the parts of a [`NameIndex`](super::NameIndex).
#[derive(Debug)]
pub struct NameBuilder {
    bearings: Sorter<Bearing>,
    forms: Sorter<Form>,
    grams: Sorter<GramOf>,
}

/// Where the parts go: the bytes of one part come one after the other, part by part in the order of [`NamePart::ALL`].
/// A part without bytes never comes.
type Sink<'s> = &'s mut dyn FnMut(NamePart, &[u8]) -> io::Result<()>;

impl NameBuilder {
    /// Sorts with about this much memory, bytes, and what is more in unnamed files in a folder.
    #[must_use]
    pub fn new(folder: &Path, budget_bytes: usize) -> Self {
        let share = budget_bytes / 3;
        Self {
            bearings: Sorter::new(folder, share),
            forms: Sorter::new(folder, share),
            grams: Sorter::new(folder, share),
        }
    }

    /// Takes in a name of the object in a row, with the [code](NameKind::code) of its kind. Of a text without letters and digits the signs count; an empty one is no name.
    ///
    /// # Errors
    /// [`SortError`] when the folder cannot be written.
    pub fn push(&mut self, row: u32, kind: u8, text: &str) -> Result<(), SortError> {
        let folded = folded(text);
        if folded.is_empty() {
            return Ok(());
        }
        let end = text.char_indices().nth(MAX_CHARS).map_or(text.len(), |(at, _)| at);
        let text = text[..end].trim();
        self.bearings.push(Bearing { folded: folded.into(), text: text.into(), row, kind })
    }

    /// Writes all parts.
    ///
    /// # Errors
    /// What the sink says, and [`SortError`] for the folder.
    pub fn finish(self, sink: Sink<'_>) -> io::Result<()> {
        let Self { bearings, mut forms, mut grams } = self;
        let mut names = Names::default();
        let mut group: Vec<Bearing> = Vec::new();
        for bearing in bearings.finish()? {
            let bearing = bearing?;
            if group.first().is_some_and(|first| first.folded != bearing.folded) {
                names.push(&group, &mut forms, &mut grams)?;
                group.clear();
                names.flush(sink)?;
            }
            group.push(bearing);
        }
        if !group.is_empty() {
            names.push(&group, &mut forms, &mut grams)?;
        }
        names.finish(sink)?;
        write_forms(forms, sink)?;
        write_grams(grams, sink)
    }
}

/// The parts that have something for each name.
#[derive(Default)]
struct Names {
    count: u32,
    /// Bytes of `Names` that are not yet written, and how many are.
    pending: Vec<u8>,
    written: u64,
    blocks: Vec<u8>,
    weights: Vec<u8>,
}

impl Names {
    /// Adds the name that several objects bear.
    fn push(&mut self, bearings: &[Bearing], forms: &mut Sorter<Form>, grams: &mut Sorter<GramOf>) -> io::Result<()> {
        let Some(first) = bearings.first() else { return Ok(()) };
        let name = self.count;
        self.count = self.count.checked_add(1).ok_or_else(|| io::Error::other("more than 2^32 names"))?;
        if (name as usize).is_multiple_of(BLOCK_NAMES) {
            self.blocks.extend_from_slice(&(self.written + self.pending.len() as u64).to_le_bytes());
        }
        let text = most_frequent(bearings);
        let mut rows: Vec<u32> = bearings.iter().map(|b| b.row).collect();
        rows.sort_unstable();
        rows.dedup();
        let kinds: NameKinds = bearings.iter().filter_map(|b| NameKind::from_code(b.kind)).collect();
        let mut body = Vec::with_capacity(text.len() + 8);
        varint::put(text.len() as u64, &mut body);
        body.extend_from_slice(text.as_bytes());
        varint::put(kinds.bits().into(), &mut body);
        varint::put_list(&rows, &mut body);
        varint::put(body.len() as u64, &mut self.pending);
        self.pending.extend_from_slice(&body);

        let own = grams_of_name(&first.folded);
        self.weights.push(weight(&first.folded, own.len()));
        for gram in own {
            grams.push(GramOf { gram, name })?;
        }
        for form in forms_of_folded(&first.folded) {
            forms.push(Form { form: form.into(), name })?;
        }
        Ok(())
    }

    fn flush(&mut self, sink: Sink<'_>) -> io::Result<()> {
        if self.pending.len() >= 1 << 16 { self.write(sink) } else { Ok(()) }
    }

    fn write(&mut self, sink: Sink<'_>) -> io::Result<()> {
        sink(NamePart::Names, &self.pending)?;
        self.written += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }

    fn finish(mut self, sink: Sink<'_>) -> io::Result<()> {
        if !self.pending.is_empty() {
            self.write(sink)?;
            sink(NamePart::Blocks, &self.blocks)?;
            sink(NamePart::Weights, &self.weights)?;
        }
        Ok(())
    }
}

/// The text that most of them write; they are sorted by it.
fn most_frequent(bearings: &[Bearing]) -> &str {
    let runs = bearings.chunk_by(|a, b| a.text == b.text);
    let longest = runs.rev().max_by_key(|run| run.len()).unwrap_or(bearings);
    longest.first().map_or("", |b| &b.text)
}

fn write_forms(forms: Sorter<Form>, sink: Sink<'_>) -> io::Result<()> {
    let mut lists = Vec::new();
    let mut map = DictionaryWriter::new(|bytes: &[u8]| sink(NamePart::Forms, bytes));
    let mut names: Vec<u32> = Vec::new();
    let mut form: Box<str> = "".into();
    let mut end = |form: &str, names: &mut Vec<u32>, lists: &mut Vec<u8>| -> io::Result<()> {
        let value = match names[..] {
            [] => return Ok(()),
            [one] => u64::from(one) << 1,
            _ => {
                let at = lists.len() as u64;
                varint::put_list(names, lists);
                at << 1 | 1
            }
        };
        names.clear();
        map.insert(form.as_bytes(), value)
    };
    for next in forms.finish()? {
        let next = next?;
        if next.form != form {
            end(&form, &mut names, &mut lists)?;
            form = next.form;
        }
        if names.last() != Some(&next.name) {
            names.push(next.name);
        }
    }
    end(&form, &mut names, &mut lists)?;
    map.finish()?;
    if lists.is_empty() { Ok(()) } else { sink(NamePart::Lists, &lists) }
}

fn write_grams(grams: Sorter<GramOf>, sink: Sink<'_>) -> io::Result<()> {
    // Grams are few, so their map waits in memory for the postings; these come first.
    let mut dictionary = Vec::new();
    let mut map = DictionaryWriter::new(|bytes: &[u8]| {
        dictionary.extend_from_slice(bytes);
        Ok(())
    });
    let mut postings: Vec<u8> = Vec::new();
    let mut names: Vec<u32> = Vec::new();
    let mut gram = None;
    let mut end = |gram: Option<Gram>, names: &mut Vec<u32>, postings: &mut Vec<u8>| -> io::Result<()> {
        let Some(gram) = gram else { return Ok(()) };
        let (key, length) = gram.key();
        map.insert(&key[..length], postings.len() as u64)?;
        varint::put_list(names, postings);
        names.clear();
        Ok(())
    };
    for next in grams.finish()? {
        let next = next?;
        if gram != Some(next.gram) {
            end(gram, &mut names, &mut postings)?;
            gram = Some(next.gram);
        }
        names.push(next.name);
    }
    end(gram, &mut names, &mut postings)?;
    map.finish()?;
    sink(NamePart::Grams, &dictionary)?;
    if postings.is_empty() { Ok(()) } else { sink(NamePart::Postings, &postings) }
}

fn put_text(text: &str, out: &mut Vec<u8>) {
    varint::put(text.len() as u64, out);
    out.extend_from_slice(text.as_bytes());
}

fn take_text(bytes: &mut &[u8]) -> Option<Box<str>> {
    let length = usize::try_from(varint::take(bytes)?).ok()?;
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(std::str::from_utf8(text).ok()?.into())
}

fn take_u32(bytes: &mut &[u8]) -> Option<u32> {
    u32::try_from(varint::take(bytes)?).ok()
}

impl Record for Bearing {
    fn heap_bytes(&self) -> usize {
        self.folded.len() + self.text.len()
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_text(&self.folded, out);
        put_text(&self.text, out);
        varint::put(self.row.into(), out);
        out.push(self.kind);
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let (folded, text, row) = (take_text(bytes)?, take_text(bytes)?, take_u32(bytes)?);
        let (kind, rest) = bytes.split_first()?;
        *bytes = rest;
        Some(Self { folded, text, row, kind: *kind })
    }
}

impl Record for Form {
    fn heap_bytes(&self) -> usize {
        self.form.len()
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_text(&self.form, out);
        varint::put(self.name.into(), out);
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self { form: take_text(bytes)?, name: take_u32(bytes)? })
    }
}

impl Record for GramOf {
    fn encode(&self, out: &mut Vec<u8>) {
        varint::put(self.gram.0, out);
        varint::put(self.name.into(), out);
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self { gram: Gram(varint::take(bytes)?), name: take_u32(bytes)? })
    }
}

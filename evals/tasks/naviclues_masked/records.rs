//! What is asked, and what is searched: records, guidebook lines, the clue book; all masked.

use anyhow::{Context, Result};
use navig::embedder::Embedder;
use navig::eval::run::{Answer, Line};
use navig::eval::samples::Sample;
use navig::guesser::Weights;
use navig::locate::Asker;
use navig_tools::geo::{Gazetteer, LatLon, Level, RegionCode};
use navig_tools::guidebook::book::{Book, Draft, Embed, EmbedError, Entry, Kind, SourceMeta};
use navig_tools::guidebook::{Library, Passage, clues};
use rayon::prelude::*;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Parts that the records are split into.
const FOLDS: u64 = 5;

#[derive(Deserialize)]
struct Raw {
    clues: String,
    image_path: String,
    location: Location,
}

#[derive(Deserialize)]
struct Location {
    lat: f64,
    lng: f64,
    country: String,
}

/// A record of the benchmark, masked.
pub(super) struct Record {
    words: String,
    country: String,
    fold: u64,
    image: String,
    at: LatLon,
}

/// Country names as word prefixes, so that words for their people go too.
pub(super) struct Mask(Vec<String>);

impl Mask {
    fn new(countries: &BTreeSet<String>) -> Self {
        let stem = |c: &String| {
            let letters: Vec<char> = c.chars().collect();
            letters[..letters.len().min(4.max(letters.len().saturating_sub(2)))]
                .iter()
                .collect::<String>()
                .to_lowercase()
        };
        let mut stems: Vec<String> = countries.iter().map(stem).collect();
        stems.sort_by_key(|s| std::cmp::Reverse(s.chars().count()));
        Self(stems)
    }

    /// As the regular expression `\b(stem|…)\w*` replaced by "it".
    fn apply(&self, text: &str) -> String {
        let lower: Vec<char> = text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect();
        let chars: Vec<char> = text.chars().collect();
        let stems: Vec<Vec<char>> = self.0.iter().map(|s| s.chars().collect()).collect();
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let (mut out, mut at) = (String::new(), 0);
        while at < chars.len() {
            let begins = is_word(chars[at]) && (at == 0 || !is_word(chars[at - 1]));
            let found = stems.iter().find(|s| begins && lower[at..].starts_with(s));
            match found {
                Some(stem) => {
                    at += stem.len();
                    while at < chars.len() && is_word(chars[at]) {
                        at += 1;
                    }
                    out.push_str("it");
                }
                None => {
                    out.push(chars[at]);
                    at += 1;
                }
            }
        }
        out
    }
}

/// The file of the records.
pub(super) fn list(data: &Path) -> PathBuf {
    data.join("naviclues/filtered_clues.jsonl")
}

pub(super) fn records(data: &Path) -> Result<(Vec<Record>, Mask)> {
    let path = list(data);
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let lines: Vec<Raw> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let mask = Mask::new(&lines.iter().map(|l| l.location.country.clone()).collect());
    let records = lines.iter().map(|line| {
        let digest = Sha256::digest(&line.image_path);
        // The hash as a number, halved, modulo 5: 2^64 is 1 modulo 5, and so is each byte's 256.
        let bits = digest.iter().enumerate().map(|(i, b)| u64::from(if i + 1 == digest.len() { b & 0xfe } else { *b }));
        // Half of an even number modulo 5 is three times it.
        let fold = bits.sum::<u64>() % FOLDS * 3 % FOLDS;
        Ok(Record {
            words: mask.apply(&line.clues),
            country: line.location.country.clone(),
            fold,
            image: line.image_path.clone(),
            at: LatLon::new(line.location.lat, line.location.lng)?,
        })
    });
    Ok((records.collect::<Result<_>>()?, mask))
}

/// The code of each country's name, by the places of its records where the name is unknown.
pub(super) fn codes(records: &[Record]) -> Result<HashMap<String, String>> {
    let gazetteer = Gazetteer::embedded();
    let mut codes: HashMap<String, String> = HashMap::new();
    for record in records {
        if codes.contains_key(&record.country) {
            continue;
        }
        let named = gazetteer.resolve_region(&record.country).ok().filter(|r| r.level == Level::Country);
        let there = || gazetteer.chain(record.at).at(Level::Country).map(|r| r.region_code());
        let code = named.or_else(there).with_context(|| format!("{}: no such country", record.country))?;
        codes.insert(record.country.clone(), code.code);
    }
    Ok(codes)
}

fn entry(text: String, regions: Vec<RegionCode>, page: &str) -> Entry {
    let shares = regions.into_iter().map(|region| navig_tools::evidence::RegionShare { region, share: 1.0 });
    let passage = Passage { text, headings: Vec::new(), regions: shares.collect(), image: None, page: page.to_owned() };
    Entry { source: 0, passage, at: None, whole: false, sure: 1.0, vector: None }
}

/// The guidebook lines, tagged by navig's own reader, then masked.
pub(super) fn guidebook(data: &Path, mask: &Mask, embedder: &dyn Embed) -> Result<Draft> {
    let path = data.join("guidebook/text_descriptions.txt");
    let read = navig_tools::guidebook::read_source(&path, &navig_tools::guidebook::Limits::default(), &mut |_| {})?;
    let entries = read.passages.into_iter().filter(|p| !p.regions.is_empty()).map(|mut passage| {
        passage.text = mask.apply(&passage.text);
        Entry { source: 0, passage, at: None, whole: false, sure: 1.0, vector: None }
    });
    let mut draft = Draft::new(Kind::Guidebook);
    draft.put(SourceMeta { name: "guidebook lines".to_owned(), ..SourceMeta::default() }, entries.collect());
    embed(&mut draft, embedder)?;
    Ok(draft)
}

/// The clue book, masked as everything else.
pub(super) fn clue_book(mask: &Mask, embedder: &dyn Embed) -> Result<Draft> {
    let mut entries = Draft::of(&clues::book())?.entries().to_vec();
    for entry in &mut entries {
        let masked = mask.apply(&entry.passage.text);
        if masked != entry.passage.text {
            entry.vector = None;
            entry.passage.text = masked;
        }
        entry.passage.headings.clear();
    }
    let mut draft = Draft::new(Kind::Guidebook);
    draft.put(SourceMeta { name: "clue book".to_owned(), ..SourceMeta::default() }, entries);
    embed(&mut draft, embedder)?;
    Ok(draft)
}

fn embed(draft: &mut Draft, embedder: &dyn Embed) -> Result<()> {
    Ok(draft.embed(embedder, &mut |done, total| {
        eprint!("\rembedding {done} of {total}   ");
        true
    })?)
}

/// Four folds as traces.
fn memory(records: &[Record], codes: &HashMap<String, String>, fold: u64) -> Vec<Entry> {
    let mut entries = Vec::new();
    for record in records.iter().filter(|r| r.fold != fold) {
        let country = || vec![RegionCode::country(&codes[&record.country])];
        for part in navig_tools::described::clauses(&record.words) {
            entries.push(Entry { at: Some(record.at), ..entry(part, country(), &record.image) });
        }
        let words = record.words.split_whitespace().collect::<Vec<_>>().join(" ");
        let whole = entry(words, country(), &record.image);
        entries.push(Entry { at: Some(record.at), whole: true, ..whole });
    }
    entries
}

/// The answer to every record, with the other folds as memory.
pub(super) fn ask(
    records: &[Record],
    codes: &HashMap<String, String>,
    books: &[&Draft],
    embedder: &Arc<dyn Embed>,
) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for fold in 0..FOLDS {
        let mut experts = Draft::new(Kind::Traces);
        let source = SourceMeta { name: "experts".to_owned(), ..SourceMeta::default() };
        experts.put(source, memory(records, codes, fold));
        embed(&mut experts, embedder.as_ref())?;
        let open = |draft: &Draft| Ok(Book::of_bytes("memory", &draft.bytes(Path::new("memory"))?)?);
        let books = books.iter().copied().chain([&experts]).map(open).collect::<Result<Vec<_>>>()?;
        let asker = Asker::new(Arc::new(Library::new(books, Some(embedder.clone()))), Vec::new(), Weights::embedded())?;
        let of_fold: Vec<(usize, &Record)> = records.iter().enumerate().filter(|(_, r)| r.fold == fold).collect();
        lines.par_extend(of_fold.par_iter().map(|(index, record)| {
            let country = Some(codes[&record.country].clone());
            let sample = Sample { id: record.image.clone(), at: record.at, country, cluster: None };
            let result = asker.ask(&record.words);
            let seconds = result.timings_ms.values().sum::<f64>() / 1000.0;
            Line::of(*index, &sample, seconds, Answer::Asked(Box::new(result)))
        }));
        eprint!("\rfold {} of {FOLDS}             ", fold + 1);
    }
    eprintln!();
    lines.sort_by_key(|line| line.index);
    Ok(lines)
}

/// An embedder that remembers: folds share most of their texts.
pub(super) struct Cached {
    inner: Embedder,
    known: Mutex<HashMap<String, Vec<f32>>>,
}

impl Cached {
    pub(super) fn new(inner: Embedder) -> Self {
        Self { inner, known: Mutex::default() }
    }
}

impl Embed for Cached {
    fn id(&self) -> &str {
        self.inner.id()
    }

    fn dimensions(&self) -> usize {
        self.inner.dimensions()
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mut known = self.known.lock().expect("nobody panics while holding it");
        let missing: Vec<&str> = texts.iter().copied().filter(|t| !known.contains_key(*t)).collect();
        let made = self.inner.embed(&missing)?;
        known.extend(missing.iter().map(|t| (*t).to_owned()).zip(made));
        Ok(texts.iter().map(|t| known[*t].clone()).collect())
    }
}

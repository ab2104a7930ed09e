//! Masked NaviClues: which country do an expert's words describe, once its name is masked?
//!
//! ```text
//! cargo run --release --example naviclues_masked -- EMBEDDER_FOLDER [--data FOLDER] [--fit]
//! ```
//!
//! The protocol: 568 reasoning texts, each with the place of its picture. Names of the countries that occur, and words that
//! begin like them, become "it", in the questions and in what is searched. Five folds by the SHA-256 of the picture's path:
//! four are memory (`traces.find`), the fifth is asked; guidebook lines are masked and searched by `guidebook.find` with the clue book.
//! The whole chain answers: retrieval, clue book, rules, posterior. `--fit` looks for lambdas that fit better, by coordinate descent
//! on the log-likelihood of the true country over all folds, and goes on with these. The table gives the share of records whose country is
//! the first, among the first 5, among the first 10; then the same without each source; then the calibration error of the
//! country probabilities with the weights of `data/weights.toml`, and after temperature scaling fitted on the other folds.
//!
//! The records are not ours, and stay where they are: FOLDER is `../shared/data` unless set.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the table is what the program is for")]

use anyhow::{Context, Result};
use navig::embedder::Embedder;
use navig::guesser::Weights;
use navig::locate::Asker;
use navig_tools::evidence::Evidence;
use navig_tools::geo::Gazetteer;
use navig_tools::geo::{LatLon, Level, RegionCode};
use navig_tools::guidebook::book::{Book, Draft, Embed, Entry, Kind, SourceMeta};
use navig_tools::guidebook::{Library, Passage, clues};
use rayon::prelude::*;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

const FOLDS: u64 = 5;
const TOPS: [usize; 3] = [1, 5, 10];
/// Bins of the expected calibration error (Guo et al. 2017, "On Calibration of Modern Neural Networks").
const BINS: usize = 15;

#[derive(Deserialize)]
struct Line {
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
struct Record {
    words: String,
    country: String,
    fold: u64,
    image: String,
    at: LatLon,
}

/// Codes of countries with their probabilities, the most probable first.
type Countries = Vec<(String, f64)>;

/// What one record was answered: evidence, and the true country's code.
struct Asked {
    fold: u64,
    truth: String,
    evidence: Vec<Evidence>,
}

fn main() -> Result<()> {
    let options = Options::read()?;
    let embedder: Arc<dyn Embed> = Arc::new(Cached::new(Embedder::load(&options.embedder)?));
    let (records, mask) = records(&options.data)?;
    let codes = codes(&records)?;
    eprintln!("{} records, {} countries", records.len(), codes.len());
    let guide = guidebook(&options.data, &mask, embedder.as_ref())?;
    let clue_book = clue_book(&mask, embedder.as_ref())?;
    eprintln!("{} guidebook lines, {} sentences of the clue book", guide.entries().len(), clue_book.entries().len());
    let asked = ask(&records, &codes, &[&guide, &clue_book], &embedder)?;
    let weights = if options.fit { fit(&asked)? } else { Weights::embedded() };
    let weigher = Weigher::new(weights)?;
    println!("| sources | top 1 | top 5 | top 10 | share of top 1 |\n|---|---|---|---|---|");
    let all = weigher.countries(&asked, &|_| true);
    let whole = top(&asked, &all);
    row("all", whole, None);
    for (name, kinds) in SOURCES {
        let kept = |kind: &str| !kinds.contains(&kind);
        row(&format!("without {name}"), top(&asked, &weigher.countries(&asked, &kept)), Some(whole[0]));
    }
    for (name, kinds) in SOURCES {
        let kept = |kind: &str| kinds.contains(&kind);
        row(&format!("{name} alone"), top(&asked, &weigher.countries(&asked, &kept)), None);
    }
    calibration(&asked, &all);
    Ok(())
}

/// What is left out in turn: a name, and the kinds of evidence.
const SOURCES: [(&str, &[&str]); 4] = [
    ("guidebooks", &["guidebook"]),
    ("experts' traces", &["traces", "traces-whole"]),
    (
        "what is said outright",
        &[
            "described-region",
            "described-language",
            "described-script",
            "described-driving-side",
            "described-hemisphere",
        ],
    ),
    (
        "places and signs",
        &["described-place", "web-domain", "phone-number", "place-name", "region-name", "language", "country-name"],
    ),
];

fn row(name: &str, shares: [f64; 3], of: Option<f64>) {
    let [a, b, c] = shares.map(|s| format!("{:.1} %", 100.0 * s));
    let due = of.map_or_else(String::new, |of| format!("{:+.1}", 100.0 * (of - shares[0])));
    println!("| {name} | {a} | {b} | {c} | {due} |");
}

struct Options {
    embedder: PathBuf,
    data: PathBuf,
    fit: bool,
}

impl Options {
    fn read() -> Result<Self> {
        let mut words = std::env::args().skip(1);
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut options = Self { embedder: PathBuf::new(), data: root.join("../shared/data"), fit: false };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--data" => options.data = words.next().context("--data needs a folder")?.into(),
                "--fit" => options.fit = true,
                folder => options.embedder = folder.into(),
            }
        }
        anyhow::ensure!(options.embedder.is_dir(), "name the folder of the asset 'embedder'");
        Ok(options)
    }
}

/// Country names as word prefixes, so that words for their people go too.
struct Mask(Vec<String>);

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

fn records(data: &Path) -> Result<(Vec<Record>, Mask)> {
    let path = data.join("naviclues/filtered_clues.jsonl");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let lines: Vec<Line> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
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
fn codes(records: &[Record]) -> Result<HashMap<String, String>> {
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
fn guidebook(data: &Path, mask: &Mask, embedder: &dyn Embed) -> Result<Draft> {
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
fn clue_book(mask: &Mask, embedder: &dyn Embed) -> Result<Draft> {
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

/// The evidence of every record, with the other folds as memory.
fn ask(
    records: &[Record],
    codes: &HashMap<String, String>,
    books: &[&Draft],
    embedder: &Arc<dyn Embed>,
) -> Result<Vec<Asked>> {
    let mut asked = Vec::new();
    for fold in 0..FOLDS {
        let mut experts = Draft::new(Kind::Traces);
        let source = SourceMeta { name: "experts".to_owned(), ..SourceMeta::default() };
        experts.put(source, memory(records, codes, fold));
        embed(&mut experts, embedder.as_ref())?;
        let open = |draft: &Draft| Ok(Book::of_bytes("memory", &draft.bytes(Path::new("memory"))?)?);
        let books = books.iter().copied().chain([&experts]).map(open).collect::<Result<Vec<_>>>()?;
        let asker = Asker::new(Arc::new(Library::new(books, Some(embedder.clone()))), Vec::new(), Weights::embedded())?;
        let of_fold: Vec<&Record> = records.iter().filter(|r| r.fold == fold).collect();
        asked.par_extend(of_fold.par_iter().map(|record| Asked {
            fold,
            truth: codes[&record.country].clone(),
            evidence: asker.evidence(&record.words),
        }));
        eprint!("\rfold {} of {FOLDS}             ", fold + 1);
    }
    eprintln!();
    Ok(asked)
}

/// Weighs evidence under some weights.
struct Weigher(Asker);

impl Weigher {
    fn new(weights: Weights) -> Result<Self> {
        Ok(Self(Asker::new(Arc::default(), Vec::new(), weights)?))
    }

    /// The countries of each record with their probabilities, the most probable first, by the kinds of evidence that are kept.
    fn countries(&self, asked: &[Asked], kept: &(dyn Fn(&str) -> bool + Sync)) -> Vec<Countries> {
        let answer = |asked: &Asked| {
            let evidence: Vec<Evidence> = asked.evidence.iter().filter(|e| kept(&e.finding.kind)).cloned().collect();
            self.0.countries(&evidence).into_iter().map(|link| (link.code, link.probability)).collect()
        };
        asked.par_iter().map(answer).collect()
    }
}

fn top(asked: &[Asked], answers: &[Countries]) -> [f64; 3] {
    TOPS.map(|k| {
        let hit = |(asked, answer): &(&Asked, &Countries)| answer.iter().take(k).any(|(c, _)| *c == asked.truth);
        asked.iter().zip(answers).filter(hit).count() as f64 / asked.len() as f64
    })
}

/// Expected calibration error of the first country's probability, with each probability to a power and normalised.
fn ece(asked: &[&Asked], answers: &[&Countries], power: f64) -> f64 {
    let mut bins = vec![(0.0, 0.0, 0usize); BINS];
    for (asked, answer) in asked.iter().zip(answers) {
        let scaled = scaled(answer, power);
        let Some((code, p)) = answer.first().zip(scaled.first()).map(|((code, _), p)| (code, *p)) else { continue };
        let bin = &mut bins[((p * BINS as f64) as usize).min(BINS - 1)];
        bin.0 += p;
        bin.1 += f64::from(u8::from(*code == asked.truth));
        bin.2 += 1;
    }
    let n = asked.len() as f64;
    bins.iter().map(|(p, hits, count)| if *count > 0 { (p - hits).abs() / n } else { 0.0 }).sum()
}

fn scaled(answer: &[(String, f64)], power: f64) -> Vec<f64> {
    let raised: Vec<f64> = answer.iter().map(|(_, p)| p.powf(power)).collect();
    let sum: f64 = raised.iter().sum();
    raised.into_iter().map(|p| p / sum).collect()
}

/// Mean negative log-likelihood of the truth, nats.
fn nats(asked: &[&Asked], answers: &[&Countries], power: f64) -> f64 {
    let of = |(asked, answer): (&&Asked, &&Countries)| {
        let at = answer.iter().position(|(code, _)| *code == asked.truth);
        -at.map_or(1e-5, |at| scaled(answer, power)[at]).max(1e-5).ln()
    };
    asked.iter().zip(answers).map(of).sum::<f64>() / asked.len() as f64
}

/// The power that fits best.
fn temperature(asked: &[&Asked], answers: &[&Countries]) -> f64 {
    let powers = (4..=40).map(|i| f64::from(i) * 0.05);
    powers.min_by(|a, b| nats(asked, answers, *a).total_cmp(&nats(asked, answers, *b))).unwrap_or(1.0)
}

fn calibration(asked: &[Asked], answers: &[Countries]) {
    let every: Vec<&Asked> = asked.iter().collect();
    let all: Vec<&Countries> = answers.iter().collect();
    let before = ece(&every, &all, 1.0);
    let mut scaled_answers: Vec<Countries> = answers.to_vec();
    let mut powers = Vec::new();
    for fold in 0..FOLDS {
        let (train, of_train): (Vec<&Asked>, Vec<&Countries>) =
            asked.iter().zip(answers).filter(|(a, _)| a.fold != fold).unzip();
        let power = temperature(&train, &of_train);
        powers.push(power);
        for (i, answer) in answers.iter().enumerate().filter(|(i, _)| asked[*i].fold == fold) {
            let new = scaled(answer, power);
            scaled_answers[i] = answer.iter().zip(new).map(|((code, _), p)| (code.clone(), p)).collect();
        }
    }
    let after: Vec<&Countries> = scaled_answers.iter().collect();
    println!(
        "\ncalibration error of the first country: {before:.3} with the weights as they are ({:.2} nats), {:.3} after",
        nats(&every, &all, 1.0),
        ece(&every, &after, 1.0)
    );
    println!("temperature scaling on the other folds ({:.2} nats; powers {powers:.2?})", nats(&every, &after, 1.0));
}

/// Fits the lambdas of the kinds by coordinate descent on the log-likelihood, and prints them.
fn fit(asked: &[Asked]) -> Result<Weights> {
    let kinds: BTreeSet<&str> = asked.iter().flat_map(|a| &a.evidence).map(|e| e.finding.kind.as_str()).collect();
    let mut lambdas: BTreeMap<String, f64> =
        kinds.iter().map(|k| ((*k).to_owned(), Weights::embedded().lambda(k))).collect();
    let score = |lambdas: &BTreeMap<String, f64>| -> Result<(f64, [f64; 3])> {
        let weigher = Weigher::new(Weights::embedded().with_lambdas(lambdas))?;
        let answers = weigher.countries(asked, &|_| true);
        let every: Vec<&Asked> = asked.iter().collect();
        Ok((nats(&every, &answers.iter().collect::<Vec<_>>(), 1.0), top(asked, &answers)))
    };
    let (mut best, tops) = score(&lambdas)?;
    println!("start {best:.4} nats, top {tops:.3?}");
    for step in [0.3, 0.1] {
        for kind in &kinds {
            for change in [step, -step] {
                loop {
                    let mut tried = lambdas.clone();
                    let value = (tried[*kind] + change).clamp(0.0, 2.0);
                    if (value - tried[*kind]).abs() < 1e-9 {
                        break;
                    }
                    tried.insert((*kind).to_owned(), value);
                    let (nats, tops) = score(&tried)?;
                    if nats >= best - 1e-4 {
                        break;
                    }
                    (best, lambdas) = (nats, tried);
                    println!("{kind} = {value:.2}: {nats:.4} nats, top {tops:.3?}");
                }
            }
        }
    }
    lambdas.iter().for_each(|(kind, value)| println!("{kind} = {value:.2}"));
    Ok(Weights::embedded().with_lambdas(&lambdas))
}

/// An embedder that remembers: folds share most of their texts.
struct Cached {
    inner: Embedder,
    known: Mutex<HashMap<String, Vec<f32>>>,
}

impl Cached {
    fn new(inner: Embedder) -> Self {
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

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, navig_tools::guidebook::book::EmbedError> {
        let mut known = self.known.lock().expect("nobody panics while holding it");
        let missing: Vec<&str> = texts.iter().copied().filter(|t| !known.contains_key(*t)).collect();
        let made = self.inner.embed(&missing)?;
        known.extend(missing.iter().map(|t| (*t).to_owned()).zip(made));
        Ok(texts.iter().map(|t| known[*t].clone()).collect())
    }
}

//! Masked NaviClues: which country do an expert's words describe, once its name is masked?
//!
//! ```text
//! cargo run --release --example naviclues_masked -- EMBEDDER_FOLDER [--data FOLDER] [--evidence FILE]
//! ```
//!
//! The protocol: 568 reasoning texts, each with the place of its picture. Names of the countries that occur, and words that
//! begin like them, become "it", in the questions and in what is searched. Five folds by the SHA-256 of the picture's path:
//! four are memory (`traces.find`), the fifth is asked; guidebook lines are masked and searched by `guidebook.find` with the
//! clue book. The whole chain answers: retrieval, clue book, rules, posterior.
//!
//! The first table gives the share of records whose country is the first, among the first 5, among the first 10, with the
//! powers of `data/weights.toml`, and with powers that are fitted on the other four folds; each without a source, and by a source
//! alone, under the powers of the table. The second gives the calibration error of the country probabilities, as they are
//! and after temperature scaling on the other folds, beside what honest probabilities
//! would have by chance. Last come the powers that fit all folds best.
//!
//! The records are not ours, and stay where they are: FOLDER is `../shared/data` unless set. FILE keeps the evidence of all
//! records, and is read instead of asking again when it is there.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the tables are what the program is for")]

mod fit;
mod records;
mod score;

use anyhow::{Context, Result};
use fit::Table;
use navig::embedder::Embedder;
use navig::guesser::Weights;
use navig::locate::Asker;
use navig_tools::evidence::Evidence;
use navig_tools::guidebook::book::Embed;
use rayon::prelude::*;
use records::{Asked, Cached, FOLDS};
use score::{Countries, calibration, nats, tempered, top};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is left out in turn: a name, and what its kinds of evidence begin with.
const SOURCES: [(&str, &[&str]); 4] = [
    ("guidebooks and clue book", &["guidebook"]),
    ("experts' traces", &["traces"]),
    ("what is said outright of regions, scripts, traffic", &["described-"]),
    (
        "places, words and signs that are quoted",
        &["place-", "region-", "country-", "web-", "phone-", "language", "script", "letters"],
    ),
];

fn main() -> Result<()> {
    let options = Options::read()?;
    let asked = options.evidence()?;
    let table_powers = Weigher::new(Weights::embedded())?;
    let all = table_powers.countries(&asked, &|_| true);

    println!("| sources | top 1 | top 5 | top 10 | share of top 1 |\n|---|---|---|---|---|");
    let whole = top(&asked, &all);
    row("all", whole, None);
    let counts = |kinds: &'static [&str]| move |kind: &str| kinds.iter().any(|k| kind.starts_with(k));
    for (name, kinds) in SOURCES {
        let without = table_powers.countries(&asked, &|kind| !counts(kinds)(kind));
        row(&format!("without {name}"), top(&asked, &without), Some(whole[0]));
    }
    for (name, kinds) in SOURCES {
        row(&format!("{name} alone"), top(&asked, &table_powers.countries(&asked, &counts(kinds))), None);
    }

    let kinds = asked.iter().flat_map(|a| &a.evidence).map(|e| e.finding.kind.clone());
    let (even, alone) = kinds.map(|kind| ((kind.clone(), 1.0), (kind, BTreeMap::new()))).unzip();
    let even = Weigher::new(Weights::embedded().with(&even, &alone))?;
    let table = Table::new(&asked, &|evidence| even.weigh(evidence));
    let fitted = fitted_on_other_folds(&asked, &table)?;
    row("all, powers fitted on the other folds", top(&asked, &fitted), None);

    println!("\n| probabilities of the first country | calibration error | of honest ones | nats |\n|---|---|---|---|");
    for (name, answers) in [("powers of the table", &all), ("powers fitted on the other folds", &fitted)] {
        calibration_row(name, &asked, answers);
        let (scaled, powers) = tempered(&asked, answers);
        calibration_row(&format!("{name}, then to the power {powers:.2?}"), &asked, &scaled);
    }

    println!("\npowers that fit all folds best, how often the kind occurs:");
    let fitted = table.fit(None);
    for (kind, power) in fitted.lambda {
        let times = asked.iter().flat_map(|a| &a.evidence).filter(|e| e.finding.kind == kind).count();
        println!("{kind} = {power:.2}  # {times}");
    }
    for (kind, others) in fitted.crowd {
        others.into_iter().for_each(|(of, exponent)| println!("crowd.{kind}.{of} = {exponent:.2}"));
    }
    println!("prior.described = {:.2}", fitted.described);
    Ok(())
}

fn row(name: &str, shares: [f64; 3], of: Option<f64>) {
    let [a, b, c] = shares.map(|s| format!("{:.1} %", 100.0 * s));
    let due = of.map_or_else(String::new, |of| format!("{:+.1}", 100.0 * (of - shares[0])));
    println!("| {name} | {a} | {b} | {c} | {due} |");
}

fn calibration_row(name: &str, asked: &[Asked], answers: &[Countries]) {
    if let Some(found) = calibration(asked, answers) {
        println!("| {name} | {:.3} | {:.3} | {:.3} |", found.error, found.error_by_chance, nats(asked, answers));
    }
}

/// The answers to each fold with powers that are fitted on the others.
fn fitted_on_other_folds(asked: &[Asked], table: &Table) -> Result<Vec<Countries>> {
    let mut answers = vec![Countries::new(); asked.len()];
    for fold in 0..FOLDS {
        let fitted = table.fit(Some(fold));
        let mut weights = Weights::embedded().with(&fitted.lambda, &fitted.crowd);
        weights.prior.described = fitted.described;
        let weigher = Weigher::new(weights)?;
        answers.par_iter_mut().zip(asked).filter(|(_, asked)| asked.fold == fold).for_each(|(answer, asked)| {
            *answer = weigher.weigh(&asked.evidence);
        });
    }
    Ok(answers)
}

/// Weighs evidence under some weights.
struct Weigher(Asker);

impl Weigher {
    fn new(weights: Weights) -> Result<Self> {
        Ok(Self(Asker::new(Arc::default(), Vec::new(), weights)?))
    }

    /// The countries with their probabilities, the most probable first.
    fn weigh(&self, evidence: &[Evidence]) -> Countries {
        self.0.countries(evidence).into_iter().map(|link| (link.code, link.probability)).collect()
    }

    /// Those of each record, by the kinds of evidence that are kept.
    fn countries(&self, asked: &[Asked], kept: &(dyn Fn(&str) -> bool + Sync)) -> Vec<Countries> {
        let answer = |asked: &Asked| {
            let evidence: Vec<Evidence> = asked.evidence.iter().filter(|e| kept(&e.finding.kind)).cloned().collect();
            self.weigh(&evidence)
        };
        asked.par_iter().map(answer).collect()
    }
}

struct Options {
    embedder: PathBuf,
    data: PathBuf,
    evidence: Option<PathBuf>,
}

impl Options {
    fn read() -> Result<Self> {
        let mut words = std::env::args().skip(1);
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut options = Self { embedder: PathBuf::new(), data: root.join("../shared/data"), evidence: None };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--data" => options.data = words.next().context("--data needs a folder")?.into(),
                "--evidence" => options.evidence = Some(words.next().context("--evidence needs a file")?.into()),
                folder => options.embedder = folder.into(),
            }
        }
        anyhow::ensure!(options.embedder.is_dir(), "name the folder of the asset 'embedder'");
        Ok(options)
    }

    /// What is answered to each record: asked, or kept from an earlier run.
    fn evidence(&self) -> Result<Vec<Asked>> {
        if let Some(kept) = self.evidence.as_ref().filter(|file| file.exists()) {
            let text = std::fs::read(kept).with_context(|| kept.display().to_string())?;
            return serde_json::from_slice(&text).with_context(|| kept.display().to_string());
        }
        let embedder: Arc<dyn Embed> = Arc::new(Cached::new(Embedder::load(&self.embedder)?));
        let (records, mask) = records::records(&self.data)?;
        let codes = records::codes(&records)?;
        eprintln!("{} records, {} countries", records.len(), codes.len());
        let guide = records::guidebook(&self.data, &mask, embedder.as_ref())?;
        let clue_book = records::clue_book(&mask, embedder.as_ref())?;
        eprintln!(
            "{} guidebook lines, {} sentences of the clue book",
            guide.entries().len(),
            clue_book.entries().len()
        );
        let asked = records::ask(&records, &codes, &[&guide, &clue_book], &embedder)?;
        if let Some(file) = &self.evidence {
            std::fs::write(file, serde_json::to_vec(&asked)?).with_context(|| file.display().to_string())?;
        }
        Ok(asked)
    }
}

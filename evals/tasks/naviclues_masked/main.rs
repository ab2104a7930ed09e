//! Masked NaviClues: which country do an expert's words describe, once its name is masked?
//!
//! ```text
//! cargo run --release --example naviclues_masked -- EMBEDDER_FOLDER --out RUN [--data FOLDER]
//! navig eval score RUN
//! navig eval ablate RUN
//! navig eval calibrate RUN
//! ```
//!
//! The protocol: 568 reasoning texts, each with the place of its picture. Names of the countries that occur, and words that
//! begin like them, become "it", in the questions and in what is searched. Five folds by the SHA-256 of the picture's path:
//! four are memory (`traces.find`), the fifth is asked; guidebook lines are masked and searched by `guidebook.find` with the
//! clue book. The whole chain answers: retrieval, clue book, rules, posterior. The answers are a run like any other.
//!
//! The records are not ours, and stay where they are: FOLDER is `../shared/data` unless set.

#![expect(clippy::print_stderr, reason = "whoever waits wants to see how far it is")]

mod records;

use anyhow::{Context, Result};
use navig::embedder::Embedder;
use navig::eval::run::{Answerer, Facts, Folder, RUN_SCHEMA, TaskFacts};
use navig::guesser::Weights;
use navig_tools::guidebook::book::Embed;
use records::Cached;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn main() -> Result<()> {
    let Options { embedder, data, out } = Options::read()?;
    let embedder: Arc<dyn Embed> = Arc::new(Cached::new(Embedder::load(&embedder)?));
    let (records, mask) = records::records(&data)?;
    let facts = facts(&data, records.len(), embedder.id())?;
    let mut run = Folder::open(&out, &facts, &|_| None)?;
    if run.count() < records.len() {
        let codes = records::codes(&records)?;
        eprintln!("{} records, {} countries", records.len(), codes.len());
        let guide = records::guidebook(&data, &mask, embedder.as_ref())?;
        let clue_book = records::clue_book(&mask, embedder.as_ref())?;
        let (lines, sentences) = (guide.entries().len(), clue_book.entries().len());
        eprintln!("{lines} guidebook lines, {sentences} sentences of the clue book");
        for line in records::ask(&records, &codes, &[&guide, &clue_book], &embedder)? {
            run.add(&line)?;
        }
    }
    run.finish()?;
    eprintln!("the run is in {}", out.display());
    Ok(())
}

fn facts(data: &Path, samples: usize, embedder: &str) -> Result<Facts> {
    let path = records::list(data);
    let list = std::fs::read(&path).with_context(|| path.display().to_string())?;
    let settings = json!({
        "navig": env!("CARGO_PKG_VERSION"),
        "weights": Weights::embedded().sha256,
        "embedder": embedder,
    });
    let list_sha256 = Sha256::digest(list).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Facts {
        schema: RUN_SCHEMA.to_owned(),
        task: TaskFacts { name: "naviclues_masked".to_owned(), version: "1".to_owned(), list_sha256, samples },
        answerer: Answerer::navig(settings.as_object().context("an object")?),
        shard: None,
    })
}

struct Options {
    embedder: PathBuf,
    data: PathBuf,
    out: PathBuf,
}

impl Options {
    fn read() -> Result<Self> {
        let mut words = std::env::args().skip(1);
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut options = Self { embedder: PathBuf::new(), data: root.join("../shared/data"), out: PathBuf::new() };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--data" => options.data = words.next().context("--data needs a folder")?.into(),
                "--out" => options.out = words.next().context("--out needs a folder")?.into(),
                folder => options.embedder = folder.into(),
            }
        }
        anyhow::ensure!(options.embedder.is_dir(), "name the folder of the asset 'embedder'");
        anyhow::ensure!(!options.out.as_os_str().is_empty(), "name the folder of the run with --out");
        Ok(options)
    }
}

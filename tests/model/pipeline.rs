//! The whole way of a photo with a real engine: `navig locate` on a tiny random model.

use crate::random_model;
use crate::script::photo;
use navig::ledger::{LocateResult, RESULT_SCHEMA, Record, verify_file};
use navig::model::{Ask, Local, LocalOptions, Picture, PromptStamp, Quant, Sampling, Stage, Turn, VisionModel};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use tempfile::TempDir;

/// The model of all tests of this file.
pub(crate) fn tiny() -> &'static Path {
    static TINY: OnceLock<TempDir> = OnceLock::new();
    let folder = TINY.get_or_init(|| {
        let folder = TempDir::new().expect("a temporary folder");
        random_model::write(&"tiny".parse().expect("a shape"), 7, folder.path()).expect("writes");
        folder
    });
    folder.path()
}

/// A folder with a photo and a home.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(TempDir::new().expect("a temporary folder"));
        std::fs::write(desk.at("photo.png"), photo()).expect("writes");
        desk
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn locate(&self, more: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_navig"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("NAVIG_")) {
            command.env_remove(name);
        }
        let xdg = ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"].map(|name| (name, self.at("home")));
        command.current_dir(self.0.path()).env("HOME", self.at("home")).envs(xdg).env("NAVIG_OFFLINE", "true");
        let fixed = ["locate", "photo.png", "--no-reader", "--format", "json", "--quant", "none", "--clues", "2"];
        command.args(fixed).args(more).output().expect("runs")
    }

    /// The result on the tiny model, and the records of its ledger.
    fn with_tiny(&self, more: &[&str]) -> (LocateResult, Vec<Record>) {
        let model = tiny().to_str().expect("UTF-8");
        let output = self.locate(&[&["--model", model], more].concat());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 1)), "{stderr}");
        let result: LocateResult =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|e| unreachable!("{e}: {stderr}"));
        let ledger = result.ledger.clone().expect("is kept");
        let records = verify_file(Path::new(&ledger)).expect("the chain holds");
        (result, records)
    }
}

fn stages(records: &[Record]) -> BTreeSet<String> {
    let asked = records.iter().filter_map(|record| match record {
        Record::Ask { request, .. } => request["stage"].as_str().map(str::to_owned),
        _ => None,
    });
    asked.collect()
}

#[test]
fn a_result_is_valid_and_its_ledger_holds_every_question_and_reply() {
    let (result, records) = Desk::new().with_tiny(&[]);
    assert_eq!(result.schema, RESULT_SCHEMA);
    assert!(result.model.as_deref().is_some_and(|model| model.ends_with(" none")), "{:?}", result.model);
    let (mut asks, mut ends) = (0, 0);
    for record in &records {
        match record {
            Record::Ask { ask, request, .. } => {
                asks += 1;
                assert_eq!(*ask, asks);
                assert_eq!(request["prompt"]["sha256"].as_str().map(str::len), Some(64));
                assert_eq!(request["turns"][0]["pictures"][0]["sha256"].as_str().map(str::len), Some(64));
            }
            Record::Reply { text, cost, .. } => {
                ends += 1;
                assert!(serde_json::from_str::<serde_json::Value>(text).is_ok() && cost.prompt_tokens > 100, "{text}");
            }
            Record::AskFailure { message, .. } => unreachable!("{message}"),
            _ => {}
        }
    }
    assert!(asks >= 3 && ends == asks, "{asks} asked, {ends} replied");
    assert!(stages(&records).is_superset(&["reasoner", "searcher", "guesser"].map(str::to_owned).into()));
    let country = result.evidence.iter().find(|e| e.finding.kind == "model-country");
    assert!(country.is_some(), "the model's word is evidence: {:?}", result.evidence);
}

#[test]
fn switches_do_what_they_say() {
    let desk = Desk::new();
    let (_, without_tools) = desk.with_tiny(&["--no-tools"]);
    assert_eq!(stages(&without_tools), ["reasoner", "guesser"].map(str::to_owned).into());
    let (_, without_reasoner) = desk.with_tiny(&["--no-reasoner", "--no-tools"]);
    assert_eq!(stages(&without_reasoner), ["guesser"].map(str::to_owned).into());
    let (weighed, _) = desk.with_tiny(&["--no-reasoner", "--no-tools"]);
    let (raw, records) = desk.with_tiny(&["--no-reasoner", "--no-tools", "--guesser", "model"]);
    let said = records.iter().find_map(|record| match record {
        Record::Reply { text, .. } => serde_json::from_str::<serde_json::Value>(text).ok(),
        _ => None,
    });
    let said = said.expect("a reply");
    assert!((raw.point.lat() - said["lat"].as_f64().expect("a number")).abs() < 1e-6, "{said} {}", raw.point);
    assert_ne!(raw.point, weighed.point, "a random model's word does not move the posterior to where it points");
    let output = desk.locate(&["--model", "off", "--guesser", "model"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no model to ask"));
}

#[test]
fn a_recorded_conversation_gives_the_same_answer_again() {
    let desk = Desk::new();
    desk.with_tiny(&["--no-tools"]);
    // The photo is done, and is done again: a recording of nothing helps nobody.
    let (first, _) = desk.with_tiny(&["--record", "talk.jsonl", "--no-tools"]);
    let again = desk.locate(&["--record", "talk.jsonl", "--model", tiny().to_str().expect("UTF-8")]);
    assert_eq!(again.status.code(), Some(2), "a recording is not written over");
    let replayed = desk.locate(&["--replay", "talk.jsonl", "--no-tools"]);
    let second: LocateResult = serde_json::from_slice(&replayed.stdout).expect("a result");
    assert_eq!((&second.chain, second.point, &second.evidence), (&first.chain, first.point, &first.evidence));
    let other = desk.locate(&["--replay", "talk.jsonl", "--no-tools", "--text", "Bern", "-v"]);
    let other: LocateResult = serde_json::from_slice(&other.stdout).expect("the photo is still answered");
    assert!(other.evidence.iter().all(|e| e.source.tool != "guesser"), "another question has no recorded answer");
}

#[test]
fn without_a_model_the_output_says_so() {
    let desk = Desk::new();
    let output = desk.locate(&[]);
    let result: LocateResult = serde_json::from_slice(&output.stdout).expect("a result");
    assert_eq!(result.model, None);
    let output = desk.locate(&["--report", "page.html"]);
    assert!(matches!(output.status.code(), Some(0 | 1)));
    let page = std::fs::read_to_string(desk.at("page.html")).expect("a page");
    assert!(page.contains("none looked at the photo"));
}

#[test]
fn a_model_that_cannot_be_loaded_is_told_with_its_file() {
    let desk = Desk::new();
    let broken = desk.at("broken");
    std::fs::create_dir(&broken).expect("creates");
    for file in std::fs::read_dir(tiny()).expect("reads") {
        let file = file.expect("an entry");
        if file.file_type().expect("a type").is_file() {
            std::fs::copy(file.path(), broken.join(file.file_name())).expect("copies");
        }
    }
    let weights = broken.join("model.safetensors");
    let whole = std::fs::read(&weights).expect("reads");
    std::fs::write(&weights, &whole[..whole.len() / 2]).expect("writes");
    let output = desk.locate(&["--model", broken.to_str().expect("UTF-8")]);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && stderr.contains("model.safetensors"), "{stderr}");
    std::fs::remove_file(broken.join("tokenizer.json")).expect("removes");
    std::fs::write(&weights, &whole).expect("writes");
    let output = desk.locate(&["--model", broken.to_str().expect("UTF-8")]);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && stderr.contains("tokenizer.json"), "{stderr}");
}

fn ask(pictures: Vec<Picture>, max_tokens: usize) -> Ask {
    Ask {
        stage: Stage::Check,
        prompt: PromptStamp { id: "t".to_owned(), version: "1".to_owned(), sha256: "0".repeat(64) },
        system: "You look.".to_owned(),
        turns: vec![Turn::user(pictures, "What is it?")],
        schema: json!({
            "type": "object", "additionalProperties": false, "required": ["word"],
            "properties": { "word": { "type": "string", "minLength": 12, "maxLength": 24 } }
        }),
        sampling: Sampling { max_tokens, temperature: 0.0 },
        probes: Vec::new(),
    }
}

/// The engine panics on sides below 32 px and on long strips; none of them may reach it. A reply at its limit is an error
/// of its own, and the engine goes on after both.
#[tokio::test]
async fn pictures_of_any_shape_are_answered_and_a_cut_reply_is_told() {
    let folder = navig::model::ModelFolder::open(tiny()).expect("opens");
    let options = LocalOptions { quant: Quant::None, ..LocalOptions::default() };
    let model = Local::load(&folder, &options).await.expect("loads");
    for (width, height) in [(1, 1), (31, 31), (20, 4000), (5000, 20), (640, 480)] {
        let picture = Picture::fit("photo", &image::RgbImage::new(width, height), model.card().picture_px);
        let reply = model.ask(&ask(vec![picture], 64)).await;
        assert!(reply.is_ok(), "{width} x {height}: {reply:?}");
    }
    let cut = model.ask(&ask(vec![], 5)).await;
    assert!(matches!(cut, Err(navig::model::ModelError::Cut { tokens: 5, .. })), "{cut:?}");
    assert!(model.ask(&ask(vec![], 64)).await.is_ok());
}

#[tokio::test]
async fn a_quantised_form_is_written_once_and_read_again() {
    let desk = Desk::new();
    let copy = desk.at("copy");
    random_model::write(&"tiny".parse().expect("a shape"), 7, &copy).expect("writes");
    let folder = navig::model::ModelFolder::open(&copy).expect("opens");
    let file = Local::quantize(&folder, Quant::Q8_0).await.expect("quantises");
    assert_eq!(Local::quantize(&folder, Quant::Q8_0).await.expect("is there"), file);
    let leftovers = std::fs::read_dir(&copy).expect("reads").flatten();
    assert!(leftovers.into_iter().all(|e| !e.file_name().to_string_lossy().starts_with(".quantising")));
    let options = LocalOptions { quant: Quant::Q8_0, ..LocalOptions::default() };
    let read = Local::load(&folder, &options).await.expect("loads the written form");
    let fresh = Local::load(&navig::model::ModelFolder::open(tiny()).expect("opens"), &options).await.expect("loads");
    let (a, b) =
        (read.ask(&ask(vec![], 64)).await.expect("replies"), fresh.ask(&ask(vec![], 64)).await.expect("replies"));
    assert_eq!(a.text, b.text);
}

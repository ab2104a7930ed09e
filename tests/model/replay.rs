//! Recordings: what was asked once is answered for ever, and nothing else is.

use crate::asks::{ask, picture, probing};
use async_trait::async_trait;
use navig::model::{Ask, Card, Cost, ModelError, OptionScore, Recorder, Replay, Reply, Scores, VisionModel};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A model that says what it was told to say.
struct Scripted {
    card: Card,
    outcomes: Mutex<VecDeque<Result<Reply, ModelError>>>,
}

impl Scripted {
    fn shared(outcomes: impl IntoIterator<Item = Result<Reply, ModelError>>) -> Arc<dyn VisionModel> {
        let card = Card {
            name: "tiny q4k".to_owned(),
            identity: "tiny 0123".to_owned(),
            runs_on: "CPU, 2 threads".to_owned(),
            picture_px: 320 * 320,
            note: Some("nobody has tried this model".to_owned()),
        };
        Arc::new(Self { card, outcomes: Mutex::new(outcomes.into_iter().collect()) })
    }
}

#[async_trait]
impl VisionModel for Scripted {
    fn card(&self) -> &Card {
        &self.card
    }

    async fn ask(&self, _: &Ask) -> Result<Reply, ModelError> {
        self.outcomes.lock().expect("not poisoned").pop_front().expect("the script goes on")
    }
}

fn reply(json: Value) -> Reply {
    let scores =
        Scores { options: vec![OptionScore { option: "Chile".to_owned(), p: 0.1 + 0.2 }], other: 0.7, shared: 0.0 };
    let cost = Cost { prompt_tokens: 120, completion_tokens: 9, total_ms: 1234.5678, prompt_ms: 1000.1 };
    Reply { text: json.to_string(), json, scores: vec![Some(scores), None], cost }
}

fn chile() -> Reply {
    reply(json!({ "country": "Chile", "lat": -33.45, "note": "\u{1b}[2J\n\u{202e}" }))
}

struct Recording {
    _dir: tempfile::TempDir,
    path: PathBuf,
}

/// A recording of these questions, each with what came of it.
async fn recording(conversation: Vec<(Ask, Result<Reply, ModelError>)>) -> Recording {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("conversation.jsonl");
    let (asks, outcomes): (Vec<_>, Vec<_>) = conversation.into_iter().unzip();
    let recorder = Recorder::create(&path, Scripted::shared(outcomes)).expect("a new file");
    assert_eq!(recorder.card().name, "tiny q4k");
    for (number, ask) in asks.iter().enumerate() {
        let _ = recorder.ask(ask).await;
        assert_eq!(
            fs::read_to_string(&path).expect("it is there").lines().count(),
            number + 2,
            "each is written at once"
        );
    }
    Recording { _dir: dir, path }
}

fn open(path: &Path) -> Replay {
    Replay::open(path).expect("a good recording")
}

#[tokio::test]
async fn what_was_recorded_comes_back() {
    let conversation =
        vec![(ask("Where?"), Ok(chile())), (probing("And?", &["Chile"]), Ok(reply(json!({ "country": "Peru" }))))];
    let recording = recording(conversation).await;
    let replay = open(&recording.path);
    let card = replay.card();
    assert_eq!((card.name.as_str(), card.picture_px, card.note.is_some()), ("tiny q4k", 320 * 320, true));
    assert_eq!(card.runs_on, "a recording, made on CPU, 2 threads");
    assert!(card.identity.starts_with("recording ") && card.identity.ends_with(" of tiny 0123"), "{}", card.identity);
    assert_eq!(replay.unused(), 2);
    // Jobs may ask in another order.
    let peru = replay.ask(&probing("And?", &["Chile"])).await.expect("recorded");
    assert_eq!(peru, reply(json!({ "country": "Peru" })));
    assert_eq!(replay.unused(), 1);
    assert_eq!(replay.ask(&ask("Where?")).await.expect("recorded"), chile());
    assert_eq!(replay.unused(), 0);

    let lines = fs::read_to_string(&recording.path).expect("it is there");
    let lines: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    assert_eq!(lines[0]["schema"], "navig.conversation/1");
    assert_eq!(lines[1]["ask"]["turns"][0]["pictures"][0]["sha256"], json!(picture("photo").sha256));
}

#[tokio::test]
async fn equal_questions_are_answered_in_their_order_and_no_oftener() {
    let answers = ["Chile", "Peru", "Chile"].map(|c| reply(json!({ "country": c })));
    let conversation = answers.iter().map(|a| (ask("Where?"), Ok(a.clone()))).collect();
    let recording = recording(conversation).await;
    let replay = open(&recording.path);
    for answer in answers {
        assert_eq!(replay.ask(&ask("Where?")).await.expect("recorded"), answer);
    }
    let error = replay.ask(&ask("Where?")).await.expect_err("a fourth time").to_string();
    assert!(error.ends_with("it has this one 3 times, and all were asked already"), "{error}");
    let error = replay.ask(&ask("Who?")).await.expect_err("nothing is left").to_string();
    assert!(error.ends_with("all of its questions were asked already"), "{error}");
}

#[tokio::test]
async fn errors_come_back_as_they_were() {
    let errors = || {
        vec![
            ModelError::Cut { tokens: 64, text: "{\"country\":\"Chi".to_owned() },
            ModelError::Unparsable { reason: "not an object".to_owned(), text: "[\u{1b}]".to_owned() },
            ModelError::Server { url: "http://127.0.0.1:8000/v1".to_owned(), reason: "503".to_owned() },
            ModelError::TimeOut { seconds: 300 },
            ModelError::Engine("channel closed".to_owned()),
        ]
    };
    let recording = recording(errors().into_iter().map(|e| (ask("Where?"), Err(e))).collect()).await;
    let replay = open(&recording.path);
    for error in errors() {
        let again = replay.ask(&ask("Where?")).await.expect_err("it was an error");
        assert_eq!(format!("{again:?}"), format!("{error:?}"));
    }
}

#[tokio::test]
async fn a_changed_question_is_told_apart_at_its_place() {
    let other = Ask { system: "Another text.".to_owned(), ..ask("Is there a sea?") };
    let recording = recording(vec![(other, Ok(chile())), (ask("Where?"), Ok(chile()))]).await;
    let changed = |change: fn(&mut Ask)| {
        let mut ask = ask("Where?");
        change(&mut ask);
        ask
    };
    let cases: [(Ask, &str); 6] = [
        (changed(|a| a.turns[2].text += "!"), r#"turns[2].text: recorded "Where?", asked "Where?!""#),
        (changed(|a| a.system.clear()), r#"system: recorded "You look at photos.", asked """#),
        (changed(|a| a.sampling.temperature = 0.5), "sampling.temperature: recorded 0.0, asked 0.5"),
        (changed(|a| a.schema["required"] = json!([])), r#"schema.required[0]: recorded "country", asked nothing"#),
        (changed(|a| a.prompt.version = "2".to_owned()), r#"prompt.version: recorded "1", asked "2""#),
        (
            changed(|a| a.turns[0].pictures[0] = picture("crop-1")),
            r#"turns[0].pictures[0].id: recorded "photo", asked "crop-1""#,
        ),
    ];
    let replay = open(&recording.path);
    for (ask, difference) in cases {
        let error = replay.ask(&ask).await.expect_err("it was never asked");
        let ModelError::NotRecorded { path, difference: told } = &error else { unreachable!("{error}") };
        assert_eq!((path, told.as_str()), (&recording.path, difference));
    }
    assert_eq!(replay.unused(), 2, "a wrong question uses nothing up");
    assert!(replay.ask(&ask("Where?")).await.is_ok());
}

#[tokio::test]
async fn a_recording_is_never_written_over() {
    let recording = recording(vec![(ask("Where?"), Ok(chile()))]).await;
    let before = fs::read(&recording.path).expect("it is there");
    let Err(error) = Recorder::create(&recording.path, Scripted::shared([])) else {
        unreachable!("it was written over")
    };
    assert!(error.to_string().ends_with("is there already; a recording needs a new file"), "{error}");
    assert_eq!(fs::read(&recording.path).expect("it is there"), before);
}

#[tokio::test]
async fn a_bad_recording_is_refused_with_its_line() {
    let good = recording(vec![(ask("Where?"), Ok(chile()))]).await;
    let text = fs::read_to_string(&good.path).expect("it is there");
    let (header, entry) = text.split_once('\n').expect("two lines");
    let edited = |from: &str, to: &str| {
        assert!(entry.contains(from), "{from} is not in {entry}");
        format!("{header}\n{}", entry.replace(from, to))
    };
    let cases: [(String, usize, &str); 8] = [
        (String::new(), 1, "EOF while parsing"),
        ("{\"schema\":1}\n".to_owned(), 1, "invalid type"),
        (
            text.replace("navig.conversation/1", "navig.conversation/2"),
            1,
            "it is 'navig.conversation/2', and this navig reads 'navig.conversation/1'",
        ),
        (format!("{header}\n\n{}", &entry[..entry.len() / 2]), 3, "EOF while parsing"),
        (format!("{header}\n{{\"ask\":{{}}}}\n"), 2, "either a reply or an error"),
        (
            edited("\"reply\":", "\"error\":{\"kind\":\"cut\",\"tokens\":1,\"text\":\"\"},\"reply\":"),
            2,
            "either a reply or an error",
        ),
        (
            edited("\"json\":{\"country\":\"Chile\"", "\"json\":{\"country\":\"Peru\""),
            2,
            "the text of the reply and its JSON differ",
        ),
        (format!("{header}\n{{\"ask\":{{}},\"error\":{{\"kind\":\"tired\"}}}}\n"), 2, "unknown variant `tired`"),
    ];
    for (text, line, why) in cases {
        let path = good.path.with_extension("bad");
        fs::write(&path, text).expect("writes");
        let error = Replay::open(&path).expect_err("a bad recording").to_string();
        assert!(error.starts_with(&format!("{}:{line}: ", path.display())) && error.contains(why), "{error}");
    }
    fs::write(&good.path, b"\xff\xfe\n").expect("writes");
    assert!(matches!(Replay::open(&good.path), Err(ModelError::Recording { line: 1, .. })));
    let error = Replay::open(&good.path.with_extension("gone")).expect_err("no file").to_string();
    assert!(error.contains("cannot be read"), "{error}");
}

//! A vision model that says what a test wants it to say, and the photo that it is asked about.

use async_trait::async_trait;
use navig::ledger::{LocateResult, Record};
use navig::locate::{Input, Locator, Plan};
use navig::model::{Ask, Card, Cost, ModelError, Recorder, Replay, Reply, Stage, VisionModel};
use navig::prompt::Prompts;
use navig::vision::{Vision, VisionOptions};
use navig_tools::guidebook::Library;
use std::collections::VecDeque;
use std::io::Cursor;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::runtime::Runtime;

/// What is said, by stage and in order.
type Lines = VecDeque<(Stage, Result<String, ModelError>)>;

/// A model with lines to say.
pub(crate) struct Script {
    lines: Mutex<Lines>,
    asked: Mutex<Vec<Ask>>,
    card: Card,
}

impl Script {
    fn new(lines: Lines) -> Self {
        let card = Card {
            name: "script".to_owned(),
            identity: "script".to_owned(),
            runs_on: "a test".to_owned(),
            picture_px: 320 * 320,
            note: None,
        };
        Self { lines: Mutex::new(lines), asked: Mutex::default(), card }
    }

    /// Lines that nobody asked for.
    pub(crate) fn left(case: &Case) -> usize {
        case.last.lock().expect("no test panicked").as_ref().map_or(0, |s| s.lines.lock().expect("whole").len())
    }
}

#[async_trait]
impl VisionModel for Script {
    fn card(&self) -> &Card {
        &self.card
    }

    async fn ask(&self, ask: &Ask) -> Result<Reply, ModelError> {
        // A blank picture is asked about once; checks come or not as the candidates part.
        match ask.stage {
            Stage::Prior => return Err(ModelError::Engine("the script says nothing of blank pictures".to_owned())),
            Stage::Verifier => return reply("{\"1\":\"no\"}"),
            _ => self.asked.lock().expect("whole").push(ask.clone()),
        }
        let line = self.lines.lock().expect("whole").pop_front();
        let (stage, line) = line.unwrap_or((ask.stage, Err(ModelError::Engine("the script is at its end".to_owned()))));
        assert_eq!(stage, ask.stage, "the script expects another question");
        reply(&line?)
    }
}

fn reply(text: &str) -> Result<Reply, ModelError> {
    let json = serde_json::from_str(text)
        .map_err(|e| ModelError::Unparsable { reason: e.to_string(), text: text.to_owned() })?;
    let cost = Cost { prompt_tokens: 10, completion_tokens: 5, ..Cost::default() };
    Ok(Reply { text: text.to_owned(), json, scores: Vec::new(), cost })
}

/// A conversation about one photo.
pub(crate) struct Case {
    lines: Vec<(Stage, Result<String, String>)>,
    cut: Option<String>,
    text: Vec<String>,
    options: VisionOptions,
    library: Arc<Library>,
    last: Mutex<Option<Arc<Script>>>,
}

impl Case {
    pub(crate) fn new(lines: impl IntoIterator<Item = (Stage, Result<String, ModelError>)>) -> Self {
        let mut cut = None;
        let lines = lines
            .into_iter()
            .map(|(stage, line)| {
                let line = line.map_err(|e| {
                    if let ModelError::Cut { text, .. } = &e {
                        cut = Some(text.clone());
                    }
                    match e {
                        ModelError::Engine(words) => words,
                        other => other.to_string(),
                    }
                });
                (stage, line)
            })
            .collect();
        Self {
            lines,
            cut,
            text: vec![],
            options: VisionOptions::default(),
            library: Arc::default(),
            last: Mutex::default(),
        }
    }

    pub(crate) fn with_text(mut self, text: &str) -> Self {
        self.text.push(text.to_owned());
        self
    }

    pub(crate) fn with_library(mut self, library: Library) -> Self {
        self.library = Arc::new(library);
        self
    }

    pub(crate) fn with_rounds(self, rounds: usize) -> Self {
        self.with_options(|o| o.rounds = rounds)
    }

    pub(crate) fn with_options(mut self, change: impl FnOnce(&mut VisionOptions)) -> Self {
        change(&mut self.options);
        self
    }

    /// What the model was asked in the last run, the blank picture and the checks left out.
    pub(crate) fn asked(&self) -> Vec<Ask> {
        let last = self.last.lock().expect("whole");
        last.as_ref().map(|script| script.asked.lock().expect("whole").clone()).unwrap_or_default()
    }

    /// Runs the conversation, recorded; then replays the recording, and sees that all comes out the same.
    pub(crate) fn run(&self) -> (LocateResult, Vec<Record>) {
        let lines = self.lines.iter().map(|(stage, line)| {
            let line = line.clone().map_err(|words| match &self.cut {
                Some(text) if words.contains("cut at") => ModelError::Cut { tokens: 9, text: text.clone() },
                _ => ModelError::Engine(words),
            });
            (*stage, line)
        });
        let script = Arc::new(Script::new(lines.collect()));
        *self.last.lock().expect("whole") = Some(script.clone());
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("talk.jsonl");
        let recorder = Recorder::create(&file, script).expect("records");
        let (result, records) = self.locate(Arc::new(recorder), &dir.path().join("first"));
        let replay = Replay::open(&file).expect("reads");
        let (again, _) = self.locate(Arc::new(replay), &dir.path().join("second"));
        assert_eq!((&again.chain, again.point, &again.evidence), (&result.chain, result.point, &result.evidence));
        (result, records)
    }

    /// Runs the conversation with another model.
    pub(crate) fn locate_with(
        &self,
        model: Arc<dyn VisionModel>,
        runtime: Arc<Runtime>,
    ) -> (LocateResult, Vec<Record>) {
        let ledgers = tempfile::tempdir().expect("a temporary folder");
        self.locate_in(model, runtime, ledgers.path())
    }

    fn locate(&self, model: Arc<dyn VisionModel>, ledgers: &Path) -> (LocateResult, Vec<Record>) {
        self.locate_in(model, runtime(), ledgers)
    }

    fn locate_in(
        &self,
        model: Arc<dyn VisionModel>,
        runtime: Arc<Runtime>,
        ledgers: &Path,
    ) -> (LocateResult, Vec<Record>) {
        let vision = Vision::new(model, Prompts::embedded(), self.options.clone(), None, runtime);
        let plan = Plan { user_text: self.text.clone(), ledger_dir: Some(ledgers.to_owned()), ..Plan::default() };
        let locator = Locator::new(
            plan,
            navig::guesser::Weights::embedded(),
            None,
            Arc::default(),
            self.library.clone(),
            Some(vision),
        )
        .expect("sets up");
        let input = Input::Bytes { name: "photo.png".to_owned(), bytes: photo().into() };
        let result = locator.locate(&input).expect("locates").result;
        let ledger = result.ledger.clone().expect("is kept");
        let records = navig::ledger::verify_file(Path::new(&ledger)).expect("the chain holds");
        (result, records)
    }
}

fn runtime() -> Arc<Runtime> {
    Arc::new(tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads"))
}

/// A picture with an edge in it.
pub(crate) fn photo() -> Vec<u8> {
    let pixel = |x: u32, y: u32| image::Rgb([(x % 256) as u8, (y % 256) as u8, if x > 200 { 220 } else { 40 }]);
    let mut bytes = Cursor::new(Vec::new());
    image::RgbImage::from_fn(640, 480, pixel).write_to(&mut bytes, image::ImageFormat::Png).expect("encodes");
    bytes.into_inner()
}

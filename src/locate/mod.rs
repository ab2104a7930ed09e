//! From one photo to one result: import, observe, search, weigh, decide, and keep the ledger.

mod ask;
mod basis;
mod batch;
mod hints;
mod input;
mod inputs;

pub use ask::{ASK_SCHEMA, AskResult, Asker};
pub use batch::{Outcome, Tally, run};
pub use hints::{HintError, Hints};
pub use input::Input;
pub use inputs::{InputError, Inputs};

use crate::guesser::{self, Guess, Places, Said, Weights, guess, guess_as_said};
use crate::ledger::{self, Hint, LedgerError, LocateResult, Log, PhotoFacts, RESULT_SCHEMA, Record};
use crate::photo::{self, Photo, PhotoError};
use crate::reader::{Reader, Reading, TextLine};
use crate::reasoner;
use crate::searcher::{Scene, Searcher};
use crate::vision::{Answerer, Session, Vision};
use basis::Basis;
use navig_tools::clue::{Clue, ClueKind, Crop};
use navig_tools::evidence::Evidence;
use navig_tools::geo::{Gazetteer, Level};
use navig_tools::guidebook::Library;
use navig_tools::osm::Maps;
use navig_tools::tool::ToolError;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// The ledger schema that this version writes.
const LEDGER_SCHEMA: &str = "navig.ledger/1";

/// Why a photo was not located. Everything else is a warning in its result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocateError {
    /// It could not be imported.
    #[error(transparent)]
    Photo(#[from] PhotoError),
    /// Its ledger could not be kept.
    #[error("the ledger could not be kept: {0}")]
    Ledger(#[from] LedgerError),
    /// The tools could not be set up.
    #[error(transparent)]
    Tool(#[from] ToolError),
}

/// What the user asked for, the same for every photo of a run.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Whether the file's metadata is kept out of the evidence.
    pub ignore_metadata: bool,
    /// What the user says about the place.
    pub hints: Vec<Hint>,
    /// Words that the user reads in the photo.
    pub user_text: Vec<String>,
    /// Limits on what is decoded.
    pub limits: photo::Limits,
    /// Where ledgers are kept; `None` keeps none, and nothing is resumed.
    pub ledger_dir: Option<PathBuf>,
    /// Whether a finished ledger of the same inputs is ignored.
    pub fresh: bool,
    /// Said in every result, such as why no text was read.
    pub warnings: Vec<String>,
}

/// A result, and whether it was taken from a finished ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Located {
    /// The result.
    pub result: LocateResult,
    /// Whether nothing had to be done again.
    pub reused: bool,
}

/// Locates photos under one plan. Built once, shared between threads.
pub struct Locator {
    plan: Plan,
    places: Places,
    maps: Arc<Maps>,
    weights: Weights,
    searcher: Searcher,
    reader: Option<Reader>,
    vision: Option<Vision>,
    basis: Basis,
    inputs_sha256: String,
}

impl Locator {
    /// A locator; without a reader no text is looked for, without maps nothing is looked up on them, and without a vision
    /// model nobody looks, nor are guidebooks asked about what is seen. The folder for ledgers is made, so that a run which could not keep what it finds does not begin.
    ///
    /// # Errors
    /// [`LocateError::Tool`] when the tools cannot be set up, [`LocateError::Ledger`] when the folder cannot be made.
    pub fn new(
        plan: Plan,
        weights: Weights,
        reader: Option<Reader>,
        maps: Arc<Maps>,
        library: Arc<Library>,
        vision: Option<Vision>,
    ) -> Result<Self, LocateError> {
        if let Some(folder) = &plan.ledger_dir {
            ledger::prepare(folder)?;
        }
        let searcher = Searcher::new(maps.clone(), library.clone())?;
        let basis = Basis::of(&plan, &weights, &searcher, reader.as_ref(), &maps, &library, vision.as_ref());
        let inputs_sha256 = basis.sha256();
        let places = Places::new(Gazetteer::embedded(), maps.clone(), &weights);
        Ok(Self { plan, places, maps, weights, searcher, reader, vision, basis, inputs_sha256 })
    }

    /// The same locator with its ledgers in a folder, which is made.
    ///
    /// # Errors
    /// [`LocateError::Ledger`] when it cannot be made.
    pub fn with_ledgers(mut self, folder: PathBuf) -> Result<Self, LocateError> {
        ledger::prepare(&folder)?;
        self.plan.ledger_dir = Some(folder);
        Ok(self)
    }

    /// Everything but the photo and the build of this program that its answers depend on, by name.
    #[must_use]
    pub fn basis(&self) -> &serde_json::Map<String, serde_json::Value> {
        &self.basis.0
    }

    /// Locates one photo, or takes the result from its finished ledger when neither photo nor plan has changed.
    ///
    /// # Errors
    /// [`LocateError`] when the photo cannot be imported or its ledger cannot be kept.
    pub fn locate(&self, input: &Input) -> Result<Located, LocateError> {
        if let Some(result) = self.finished(input) {
            return Ok(Located { result, reused: true });
        }
        let mut clock = Clock::default();
        let photo = input.open(&self.plan.limits)?;
        clock.lap("import");
        let mut log = Log::default();
        let facts = PhotoFacts {
            path: photo.path.clone(),
            sha256: photo.sha256.clone(),
            width: photo.width,
            height: photo.height,
        };
        self.open_ledger(&mut log, &facts);

        let mut warnings = self.observe(&photo, &mut log);
        warnings.extend(self.plan.warnings.iter().cloned());
        clock.lap("read");
        let metadata = if self.plan.ignore_metadata { Vec::new() } else { photo::findings(&photo.claims) };
        self.searcher.search(metadata, &mut log);
        clock.lap("search");
        let looked = self.look(&photo, &mut log, &mut warnings, &mut clock);
        let (mut ledger, clues, evidence) = log.into_parts();
        let guess = self.guess(&evidence, &looked);
        clock.lap("weigh");

        let path = self.ledger_path(&facts.sha256);
        let result = LocateResult {
            schema: RESULT_SCHEMA.to_owned(),
            navig: env!("CARGO_PKG_VERSION").to_owned(),
            photo: facts,
            verdict: guess.verdict,
            chain: guess.chain,
            point: guess.point,
            radius_km: guess.radius_km,
            map_areas: if guess.verdict.level == Some(Level::City) {
                self.maps.areas_at(guess.point)
            } else {
                Vec::new()
            },
            candidates: guess.candidates,
            clues,
            evidence,
            hints: self.plan.hints.clone(),
            model: match (&looked, &self.vision) {
                (Looked::Seen(_), Some(vision)) => Some(vision.model().card().name.clone()),
                _ => None,
            },
            model_cost: ledger.cost(),
            warnings,
            timings_ms: clock.laps,
            ledger: path.as_ref().map(|p| p.display().to_string()),
        };
        if let Some(path) = path {
            ledger.add(Record::Result { result: Box::new(result.clone()) });
            ledger::save(&ledger, &path)?;
        }
        Ok(Located { result, reused: false })
    }

    /// What the vision model sees, searches and says; all of it goes on record, and a stage without a reply is gone without.
    fn look(&self, photo: &Photo, log: &mut Log, warnings: &mut Vec<String>, clock: &mut Clock) -> Looked {
        let (Some(vision), Some(pixels)) = (&self.vision, &photo.pixels) else { return Looked::Nobody };
        let options = vision.options();
        let session = Session::begin(vision, guesser::prior(vision));
        clock.lap("blank");
        let reader = self.reader.as_ref();
        let scene = Scene { pixels, picture: session.picture("photo", pixels), reader };
        let judge = |evidence: &[Evidence]| self.weigh(evidence).candidates;
        if options.reasoner {
            reasoner::look(&session, &scene.picture, scene.frame(), log);
            clock.lap("reason");
            let sight = options.tools.then_some((&session, &scene));
            self.searcher.look_up(sight, log);
            clock.lap("look up");
        }
        if options.tools && options.rounds > 0 {
            // The last round is the check of candidates.
            self.searcher.explore(&session, &scene, options.rounds - 1, &judge, log);
            clock.lap("explore");
            self.searcher.verify(&session, &scene, &judge(log.evidence()), log);
            clock.lap("verify");
        }
        let said = guesser::ask_model(&session, &scene.picture, &judge(log.evidence()), log);
        clock.lap("answer");
        warnings.extend(session.warning());
        if session.has_replied() { Looked::Seen(said) } else { Looked::Nobody }
    }

    fn weigh(&self, evidence: &[Evidence]) -> Guess {
        guess(&self.places, evidence, &self.plan.hints, &self.weights)
    }

    fn guess(&self, evidence: &[Evidence], looked: &Looked) -> Guess {
        let raw = self.vision.as_ref().is_some_and(|v| v.options().answerer == Answerer::Model);
        match looked {
            Looked::Seen(said) if raw => {
                guess_as_said(&self.places, evidence, &self.plan.hints, &self.weights, said.as_ref())
            }
            _ => self.weigh(evidence),
        }
    }

    fn open_ledger(&self, log: &mut Log, facts: &PhotoFacts) {
        log.add(Record::Photo {
            schema: LEDGER_SCHEMA.to_owned(),
            navig: env!("CARGO_PKG_VERSION").to_owned(),
            weights_sha256: self.weights.sha256.clone(),
            inputs_sha256: self.inputs_sha256.clone(),
            photo: facts.clone(),
        });
        for hint in &self.plan.hints {
            log.add(Record::Hint { hint: hint.clone() });
        }
    }

    /// Everything that is seen without a vision model: metadata claims, the user's words, lines of text. Returns what went
    /// wrong without stopping it.
    fn observe(&self, photo: &Photo, log: &mut Log) -> Vec<String> {
        let mut warnings = photo.notes.clone();
        let mut clues: Vec<Clue> = Vec::new();
        if !self.plan.ignore_metadata {
            clues.extend(photo.claims.iter().map(photo::Claim::clue));
        }
        clues.extend(self.plan.user_text.iter().enumerate().map(|(i, text)| Clue {
            id: format!("u{}", i + 1),
            kind: ClueKind::UserText,
            text: text.clone(),
            crop: None,
            confidence: 1.0,
        }));
        match self.read(photo) {
            Ok(reading) => {
                if reading.truncated > 0 {
                    warnings.push(format!("{} boxes of text were left out: the photo has too many", reading.truncated));
                }
                for reread in &reading.rereads {
                    log.add(Record::Reread { clue: format!("t{}", reread.line + 1), was: reread.was.clone() });
                }
                clues.extend(reading.lines.iter().enumerate().map(|(i, line)| text_clue(i + 1, line, photo)));
            }
            Err(message) => {
                log.failure(None, message.clone());
                warnings.push(message);
            }
        }
        clues.into_iter().for_each(|clue| log.clue(clue));
        warnings
    }

    fn read(&self, photo: &Photo) -> Result<Reading, String> {
        match (&self.reader, &photo.pixels) {
            (Some(reader), Some(pixels)) => reader.reading(pixels).map_err(|e| format!("no text was read: {e}")),
            _ => Ok(Reading::default()),
        }
    }

    /// Where the ledger of a photo lies under this plan.
    fn ledger_path(&self, photo_sha256: &str) -> Option<PathBuf> {
        let folder = self.plan.ledger_dir.as_ref()?;
        Some(folder.join(format!("{}-{}.jsonl", &photo_sha256[..16], &self.inputs_sha256[..8])))
    }

    /// The result of a finished ledger for the same photo and the same plan; a broken ledger counts as none.
    fn finished(&self, input: &Input) -> Option<LocateResult> {
        if self.plan.fresh || self.plan.ledger_dir.is_none() {
            return None;
        }
        let path = self.ledger_path(&input.sha256(&self.plan.limits)?)?;
        let mut result = path.exists().then(|| ledger::read_result(&path).ok()).flatten()?;
        // A model that never replied may reply now.
        if self.vision.is_some() && result.model.is_none() {
            return None;
        }
        result.photo.path = input.name();
        Some(result)
    }
}

/// Whether a vision model looked, and what it answered.
enum Looked {
    /// There is none, or it never replied, or the photo has no pixels.
    Nobody,
    /// It looked; without an answer it failed to give one.
    Seen(Option<Said>),
}

/// A line of text as the clue of a number, its box inside the photo.
fn text_clue(number: usize, line: &TextLine, photo: &Photo) -> Clue {
    let (x, y, width, height) = line.bounds();
    let (x, y) = (x.min(photo.width - 1), y.min(photo.height - 1));
    let (width, height) = (width.min(photo.width - x), height.min(photo.height - y));
    Clue {
        id: format!("t{number}"),
        kind: ClueKind::Text,
        text: line.text.clone(),
        crop: Some(Crop { id: format!("c{number}"), x, y, width, height }),
        confidence: f64::from(line.confidence),
    }
}

/// Milliseconds per stage.
struct Clock {
    last: Instant,
    laps: BTreeMap<String, f64>,
}

impl Default for Clock {
    fn default() -> Self {
        Self { last: Instant::now(), laps: BTreeMap::new() }
    }
}

impl Clock {
    fn lap(&mut self, stage: &str) {
        let now = Instant::now();
        let ms = (now - self.last).as_secs_f64() * 1000.0;
        self.laps.insert(stage.to_owned(), (ms * 10.0).round() / 10.0);
        self.last = now;
    }
}

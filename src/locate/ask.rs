//! From words alone to a place: what somebody describes, looked up and weighed as what is seen in a photo would be.

use super::Clock;
use crate::guesser::{Places, Weights, countries, guess};
use crate::ledger::{Candidate, ChainLink, Hint, Log, RadiusKm, Record, Verdict};
use crate::searcher::Searcher;
use navig_tools::clue::{Clue, ClueKind};
use navig_tools::described::clauses;
use navig_tools::evidence::Evidence;
use navig_tools::geo::{Gazetteer, LatLon};
use navig_tools::guidebook::{Cited, Library};
use navig_tools::osm::Maps;
use navig_tools::tool::ToolError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The value of [`AskResult::schema`].
pub const ASK_SCHEMA: &str = "navig.ask/1";

/// Clues of one description; what comes after them is left out, and said.
const MOST_CLUES: usize = 64;

/// Where a description fits, how sure that is, and why (`navig.ask/1`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AskResult {
    /// Always `navig.ask/1`.
    pub schema: String,
    /// Version of navig that wrote it.
    pub navig: String,
    /// What was asked.
    pub words: String,
    /// Whether it was located, and how deep.
    pub verdict: Verdict,
    /// The regions that hold `point`, the widest first, each with its posterior probability.
    pub chain: Vec<ChainLink>,
    /// The best guess, also when abstaining.
    pub point: LatLon,
    /// Radius around `point` that holds half, and nine tenths, of the posterior.
    pub radius_km: RadiusKm,
    /// The most probable countries, the first first, down to one in ten thousand.
    pub countries: Vec<ChainLink>,
    /// Clusters of hypotheses, the most probable first.
    pub candidates: Vec<Candidate>,
    /// The parts of the description.
    pub clues: Vec<Clue>,
    /// What tools made of them.
    pub evidence: Vec<Evidence>,
    /// Passages that are nearest to each clue.
    pub passages: Vec<Cited>,
    /// What the user said besides.
    pub hints: Vec<Hint>,
    /// What went wrong on the way without stopping it.
    pub warnings: Vec<String>,
    /// Milliseconds per stage.
    pub timings_ms: BTreeMap<String, f64>,
}

/// Answers descriptions. Built once, shared between threads.
pub struct Asker {
    places: Places,
    weights: Weights,
    searcher: Searcher,
    hints: Vec<Hint>,
}

impl Asker {
    /// An asker over guidebooks, with what the user knows besides.
    ///
    /// # Errors
    /// [`ToolError`] when the tools cannot be set up.
    pub fn new(library: Arc<Library>, hints: Vec<Hint>, weights: Weights) -> Result<Self, ToolError> {
        let maps: Arc<Maps> = Arc::default();
        let places = Places::new(Gazetteer::embedded(), maps.clone(), &weights).described(&weights);
        Ok(Self { places, searcher: Searcher::new(maps, library)?, weights, hints })
    }

    /// Where a description fits.
    #[must_use]
    pub fn ask(&self, words: &str) -> AskResult {
        let mut clock = Clock::default();
        let mut warnings = Vec::new();
        let log = self.look_up(words, &mut warnings);
        clock.lap("look up");
        let (ledger, clues, evidence) = log.into_parts();
        let mut passages: Vec<Cited> = Vec::new();
        for record in ledger.records() {
            match record {
                Record::Answer { answer, .. } => {
                    passages.extend(serde_json::from_value::<Vec<Cited>>(answer.data.clone()).unwrap_or_default());
                }
                Record::Failure { message, .. } => warnings.push(message.clone()),
                _ => {}
            }
        }
        let guess = guess(&self.places, &evidence, &self.hints, &self.weights);
        clock.lap("weigh");
        AskResult {
            schema: ASK_SCHEMA.to_owned(),
            navig: env!("CARGO_PKG_VERSION").to_owned(),
            words: words.to_owned(),
            verdict: guess.verdict,
            chain: guess.chain,
            point: guess.point,
            radius_km: guess.radius_km,
            countries: guess.countries,
            candidates: guess.candidates,
            clues,
            evidence,
            passages,
            hints: self.hints.clone(),
            warnings,
            timings_ms: clock.laps,
        }
    }

    /// The evidence of a description, not yet weighed.
    #[must_use]
    pub fn evidence(&self, words: &str) -> Vec<Evidence> {
        self.look_up(words, &mut Vec::new()).into_parts().2
    }

    /// The most probable countries under evidence and the asker's weights, the first first.
    #[must_use]
    pub fn countries(&self, evidence: &[Evidence]) -> Vec<ChainLink> {
        countries(&self.places, evidence, &self.hints, &self.weights)
    }

    fn look_up(&self, words: &str, warnings: &mut Vec<String>) -> Log {
        let mut parts = clauses(words);
        if parts.len() > MOST_CLUES {
            warnings.push(format!("the description has {} parts; the first {MOST_CLUES} were taken", parts.len()));
            parts.truncate(MOST_CLUES);
        }
        let mut log = Log::default();
        for (i, text) in parts.into_iter().enumerate() {
            let id = format!("d{}", i + 1);
            log.clue(Clue { id, kind: ClueKind::Described, text, crop: None, confidence: 1.0 });
        }
        self.searcher.look_up(None, &mut log);
        log
    }
}

//! Reasons with what they rest on: the claim, the clues and the crops behind an evidence id.

use super::words;
use crate::ledger::{Hint, LocateResult, Reason};
use navig_tools::clue::Clue;
use navig_tools::evidence::Finding;
use serde::Serialize;
use std::collections::HashMap;

/// A reason whose id has been looked up.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cited {
    /// Id of the evidence or hint.
    pub(super) id: String,
    /// What it says.
    pub(super) claim: String,
    /// Where it was seen.
    pub(super) spots: Vec<Spot>,
    /// How it weighs, bans.
    pub(super) bans: f64,
}

/// A crop and the clue that was seen in it, by id.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Spot {
    pub(super) crop: String,
    pub(super) clue: String,
}

/// Looks up the evidence behind reasons.
pub(super) struct Citations<'a> {
    hints: &'a [Hint],
    evidence: HashMap<&'a str, &'a Finding>,
    crops: HashMap<&'a str, &'a str>,
}

impl<'a> Citations<'a> {
    pub(super) fn new(result: &'a LocateResult) -> Self {
        let evidence = result.evidence.iter().map(|e| (e.id.as_str(), &e.finding)).collect();
        let crop = |clue: &'a Clue| Some((clue.id.as_str(), clue.crop.as_ref()?.id.as_str()));
        let crops = result.clues.iter().filter_map(crop).collect();
        Self { hints: &result.hints, evidence, crops }
    }

    /// What a reason says. An id that is neither evidence nor a hint is shown bare: it is a fact about the ledger.
    pub(super) fn cite(&self, reason: &Reason) -> Cited {
        let Reason { evidence: id, bans } = reason;
        let finding = self.evidence.get(id.as_str());
        let hint =
            || self.hints.iter().find(|hint| hint.id == *id).map(|hint| format!("you said {}", words::hint(hint)));
        let claim = finding.map(|finding| finding.claim.clone()).or_else(hint).unwrap_or_else(|| id.clone());
        let spot = |clue: &String| {
            let crop = self.crops.get(clue.as_str())?;
            Some(Spot { crop: (*crop).to_owned(), clue: clue.clone() })
        };
        let spots = finding.map(|finding| finding.clues.iter().filter_map(spot).collect()).unwrap_or_default();
        Cited { id: id.clone(), claim, spots, bans: *bans }
    }
}

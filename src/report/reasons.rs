//! Reasons with what they rest on: the claim, the clues and the crops behind an evidence id.

use super::words;
use crate::ledger::{LocateResult, Reason};
use std::collections::HashMap;

/// A reason whose id has been looked up.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cited {
    /// Id of the evidence or hint.
    pub(super) id: String,
    /// What it says.
    pub(super) claim: String,
    /// Ids of the crops where it was seen.
    pub(super) crops: Vec<String>,
    /// How it weighs, bans.
    pub(super) bans: f64,
}

/// Looks up the evidence behind reasons.
pub(super) struct Citations<'a> {
    result: &'a LocateResult,
    evidence: HashMap<&'a str, usize>,
    crops: HashMap<&'a str, &'a str>,
}

impl<'a> Citations<'a> {
    pub(super) fn new(result: &'a LocateResult) -> Self {
        let evidence = result.evidence.iter().enumerate().map(|(i, e)| (e.id.as_str(), i)).collect();
        let crops = result
            .clues
            .iter()
            .filter_map(|clue| clue.crop.as_ref().map(|crop| (clue.id.as_str(), crop.id.as_str())))
            .collect();
        Self { result, evidence, crops }
    }

    /// What a reason says. An id that is neither evidence nor a hint is shown bare: it is a fact about the ledger.
    pub(super) fn cite(&self, reason: &Reason) -> Cited {
        let evidence = self.evidence.get(reason.evidence.as_str()).map(|&i| &self.result.evidence[i]);
        let claim = match evidence {
            Some(evidence) => evidence.finding.claim.clone(),
            None => match self.result.hints.iter().find(|h| h.id == reason.evidence) {
                Some(hint) => format!("you said {}", words::hint(hint)),
                None => reason.evidence.clone(),
            },
        };
        let clues = evidence.map(|e| e.finding.clues.as_slice()).unwrap_or_default();
        let crops = clues.iter().filter_map(|id| self.crops.get(id.as_str()).map(|&crop| crop.to_owned())).collect();
        Cited { id: reason.evidence.clone(), claim, crops, bans: reason.bans }
    }
}

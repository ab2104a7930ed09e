//! One sample of a run: where it was taken, what was answered, and all that speaks for it.

use crate::eval::samples::Sample;
use crate::ledger::{Candidate, ChainLink, Hint, LocateResult, RadiusKm, Verdict};
use crate::locate::AskResult;
use crate::model::Cost;
use navig_tools::evidence::Evidence;
use navig_tools::geo::LatLon;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A line of `samples.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Place in the task's list, from 0.
    pub index: usize,
    /// As the list has it.
    pub id: String,
    /// Where it was taken.
    pub at: LatLon,
    /// Its country as the list has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// What it is drawn together with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Wall-clock time that the answer took, s; 0 for answers of others.
    #[serde(default)]
    pub seconds: f64,
    /// What was answered.
    pub answer: Answer,
}

/// What was answered to a sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// navig located the photo (`navig.result/1`).
    Located(Box<LocateResult>),
    /// navig answered a description (`navig.ask/1`).
    Asked(Box<AskResult>),
    /// Another system named a point.
    Point(LatLon),
    /// There is none, and why.
    Failed(String),
}

/// What navig answered, whichever way it was asked.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// Whether it was located, and how deep.
    pub verdict: Verdict,
    /// The named regions with their probabilities.
    pub chain: &'a [ChainLink],
    /// The best guess.
    pub point: LatLon,
    /// How far the truth may lie from it.
    pub radius_km: RadiusKm,
    /// Rivals.
    pub candidates: &'a [Candidate],
    /// What was found.
    pub evidence: &'a [Evidence],
    /// What the user said.
    pub hints: &'a [Hint],
    /// Whether words were asked about instead of a photo: the prior is another.
    pub described: bool,
}

/// The number of each line's cluster, from 0 in the order of their first lines; a sample that names none is one by itself.
pub fn clusters<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Vec<usize> {
    let mut numbers: HashMap<(bool, &str), usize> = HashMap::new();
    let number = |line: &'a Line| {
        let next = numbers.len();
        let own = line.cluster.as_deref().map_or((false, line.id.as_str()), |cluster| (true, cluster));
        *numbers.entry(own).or_insert(next)
    };
    lines.into_iter().map(number).collect()
}

impl Line {
    /// The line of a sample.
    #[must_use]
    pub fn of(index: usize, sample: &Sample, seconds: f64, answer: Answer) -> Self {
        let Sample { id, at, country, cluster } = sample.clone();
        Self { index, id, at, country, cluster, seconds, answer }
    }

    /// The point that was answered.
    #[must_use]
    pub fn point(&self) -> Option<LatLon> {
        match &self.answer {
            Answer::Located(result) => Some(result.point),
            Answer::Asked(result) => Some(result.point),
            Answer::Point(point) => Some(*point),
            Answer::Failed(_) => None,
        }
    }

    /// What navig answered; none when it failed, or another system answered.
    #[must_use]
    pub fn given(&self) -> Option<Given<'_>> {
        match &self.answer {
            Answer::Located(r) => Some(Given {
                verdict: r.verdict,
                chain: &r.chain,
                point: r.point,
                radius_km: r.radius_km,
                candidates: &r.candidates,
                evidence: &r.evidence,
                hints: &r.hints,
                described: false,
            }),
            Answer::Asked(r) => Some(Given {
                verdict: r.verdict,
                chain: &r.chain,
                point: r.point,
                radius_km: r.radius_km,
                candidates: &r.candidates,
                evidence: &r.evidence,
                hints: &r.hints,
                described: true,
            }),
            Answer::Point(_) | Answer::Failed(_) => None,
        }
    }

    /// What the vision model cost, where one was asked.
    #[must_use]
    pub fn model_cost(&self) -> Option<Cost> {
        match &self.answer {
            Answer::Located(result) => result.model_cost,
            _ => None,
        }
    }

    /// Why there is no answer.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        match &self.answer {
            Answer::Failed(reason) => Some(reason),
            _ => None,
        }
    }
}

//! `navig.result/1`: the conclusion of a ledger, in the form that programs read.

use crate::model::Cost;
use navig_tools::clue::Clue;
use navig_tools::evidence::{Evidence, Likelihood};
use navig_tools::geo::{Chain, LatLon, Level};
use navig_tools::osm::search::AreaName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The value of [`LocateResult::schema`].
pub const RESULT_SCHEMA: &str = "navig.result/1";

/// Where one photo was taken, how sure that is, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LocateResult {
    /// Always `navig.result/1`.
    pub schema: String,
    /// Version of navig that wrote it.
    pub navig: String,
    /// Which file.
    pub photo: PhotoFacts,
    /// Whether it was located, and how deep.
    pub verdict: Verdict,
    /// The regions that hold `point`, the widest first, each with its posterior probability; down to the verdict's level,
    /// and at least to the most probable country, which is then a guess.
    pub chain: Vec<ChainLink>,
    /// The best guess, also when abstaining.
    pub point: LatLon,
    /// Radius around `point` that holds half, and nine tenths, of the posterior.
    pub radius_km: RadiusKm,
    /// Administrative areas of the installed maps that hold `point`, the widest first; empty where no map has any, or
    /// when no town could be named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub map_areas: Vec<AreaName>,
    /// Clusters of hypotheses, the most probable first.
    pub candidates: Vec<Candidate>,
    /// What was seen.
    pub clues: Vec<Clue>,
    /// What tools made of it.
    pub evidence: Vec<Evidence>,
    /// What the user said.
    pub hints: Vec<Hint>,
    /// Name of the vision model that looked at the photo; absent when none did.
    pub model: Option<String>,
    /// What its questions and replies cost together; absent when it was asked nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_cost: Option<Cost>,
    /// What went wrong on the way without stopping it, such as a missing reader.
    pub warnings: Vec<String>,
    /// Milliseconds per stage.
    pub timings_ms: BTreeMap<String, f64>,
    /// Path of the ledger file, when one was kept.
    pub ledger: Option<String>,
}

/// Which file was located.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PhotoFacts {
    /// As the user wrote it; `-` for standard input.
    pub path: String,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
    /// Width of the upright photo, px.
    pub width: u32,
    /// Height of the upright photo, px.
    pub height: u32,
}

/// Whether there is an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictKind {
    /// The posterior supports a region.
    Located,
    /// It supports none well enough.
    Abstained,
}

/// The verdict on one photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// Whether there is an answer.
    pub kind: VerdictKind,
    /// The deepest level whose probability passes its threshold; absent when abstained.
    pub level: Option<Level>,
}

/// A region of the answer with its probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChainLink {
    /// How deep the region lies.
    pub level: Level,
    /// Its code; see [`navig_tools::geo::RegionCode`].
    pub code: String,
    /// Its name.
    pub name: String,
    /// Posterior probability that the camera stood inside it.
    pub probability: f64,
}

/// Radii around the answer's point, km.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RadiusKm {
    /// Holds half of the posterior.
    pub p50: f64,
    /// Holds nine tenths of it.
    pub p90: f64,
}

/// A cluster of hypotheses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    /// 1 for the most probable.
    pub rank: usize,
    /// Posterior mass of the cluster.
    pub probability: f64,
    /// Its most probable point.
    pub point: LatLon,
    /// The regions that hold the point.
    pub chain: Chain,
    /// What speaks for it, the strongest first.
    pub evidence_for: Vec<Reason>,
    /// What speaks against it, the strongest first.
    pub evidence_against: Vec<Reason>,
}

/// How one piece of evidence weighs on one candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// Id of the evidence.
    pub evidence: String,
    /// Weighed log-likelihood ratio of the candidate against the prior's average place, in bans (powers of ten):
    /// 1 is ten times, -1 a tenth.
    pub bans: f64,
}

/// What the user said about the place; kept apart from what the photo says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Hint {
    /// Unique within one photo, such as `h1`.
    pub id: String,
    /// Which flag it came from.
    pub kind: HintKind,
    /// As the user wrote it.
    pub text: String,
    /// How it weighs; a note for `--text`, whose words are clues.
    pub likelihood: Likelihood,
}

/// Which flag a hint came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HintKind {
    /// `--country`
    Country,
    /// `--bbox`
    Bbox,
    /// `--near`
    Near,
    /// `--not`
    Not,
    /// `--text`
    Text,
}

/// A result that says nothing, for tests.
#[cfg(test)]
pub(crate) fn abstained(path: &str, sha256: &str) -> LocateResult {
    LocateResult {
        schema: RESULT_SCHEMA.to_owned(),
        navig: "0".to_owned(),
        photo: PhotoFacts { path: path.to_owned(), sha256: sha256.to_owned(), width: 4, height: 3 },
        verdict: Verdict { kind: VerdictKind::Abstained, level: None },
        chain: vec![],
        point: LatLon::new(0.1 + 0.2, -0.0).expect("valid"),
        radius_km: RadiusKm { p50: 1.0, p90: 2.0 },
        map_areas: Vec::new(),
        candidates: vec![],
        clues: vec![],
        evidence: vec![],
        hints: vec![],
        model: None,
        model_cost: None,
        warnings: vec![],
        timings_ms: BTreeMap::new(),
        ledger: None,
    }
}

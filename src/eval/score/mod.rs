//! How good answers are: the arithmetic of a benchmark, without files, photos or models.
//!
//! ```text
//! Outcome...  ->  accuracy(outcomes, draws)   distances, hits, score, with bootstrap intervals
//! (p, hit)... ->  Calibration                 whether probabilities are honest
//!             ->  selective                   how the risk falls when only sure answers are given
//! ```
//!
//! Two readings of every distance metric are given, because papers differ in which one they mean and seldom say: *compatible*
//! counts an answer that is missing or does not read as one that is [`MISSING_KM`] off, *answered* leaves it out.

mod bootstrap;
pub mod calibration;
pub mod selective;

pub use bootstrap::{Draws, Estimate};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Distances that count as right, km, by what they are called: street, city, region, country, continent.
pub const THRESHOLDS_KM: [(&str, f64); 5] =
    [("street", 1.0), ("city", 25.0), ("region", 200.0), ("country", 750.0), ("continent", 2500.0)];
/// What an answer counts that is missing or does not read, km.
pub const MISSING_KM: f64 = 10_000.0;
/// Quantiles of the distance that are given.
pub const QUANTILES: [f64; 4] = [0.25, 0.5, 0.75, 0.9];
/// Distance at which the score has fallen to `1/e`, km.
const SCORE_KM: f64 = 1492.7;
const BEST_SCORE: f64 = 5000.0;

/// The score of a distance: `5000 exp(-d / 1492.7 km)`, as the game GeoGuessr gives it on its map of the world.
#[must_use]
pub fn score(distance_km: f64) -> f64 {
    BEST_SCORE * (-distance_km / SCORE_KM).exp()
}

/// One sample, as far as its distance goes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Great-circle distance of the answer from the truth, km, not negative; none when there is no answer that reads.
    pub distance_km: Option<f64>,
    /// Samples of one cluster (one photographer, one place) are drawn together.
    pub cluster: u32,
}

/// Metrics of the distance over one set of answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Accuracy {
    /// Samples that count.
    pub n: usize,
    /// Share within each of [`THRESHOLDS_KM`], the limit included.
    pub within: [Estimate; THRESHOLDS_KM.len()],
    /// Mean of [`score`].
    pub score: Estimate,
    /// Mean distance, km.
    pub mean_km: Estimate,
    /// [`QUANTILES`] of the distance, km, with linear interpolation (Hyndman and Fan 1996, type 7).
    pub quantiles_km: [Estimate; QUANTILES.len()],
}

/// Both readings of the metrics, and the share of answers that are missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Distances {
    /// Every sample; a missing answer counts as [`MISSING_KM`].
    pub compatible: Accuracy,
    /// Samples with an answer; none when no sample has one.
    pub answered: Option<Accuracy>,
    /// Share of samples without an answer that reads.
    pub missing: Estimate,
}

/// The metrics of a set of outcomes, with 95 % intervals by the bootstrap; none for no outcomes.
#[must_use]
pub fn distances(outcomes: &[Outcome], draws: Draws) -> Option<Distances> {
    bootstrap::scored(outcomes, &[], draws).map(|(distances, _)| distances)
}

/// Means of columns, a value a sample, with 95 % intervals by the bootstrap; `clusters` has the number of each sample's cluster, from 0 without
/// holes. Without samples a mean is 0.
#[must_use]
pub fn means(columns: &[Vec<f64>], clusters: &[usize], draws: Draws) -> Vec<Estimate> {
    bootstrap::means(columns, clusters, draws)
}

/// A share of samples: per outcome whether it counts, and whether it holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ratio(pub Vec<Option<bool>>);

/// The metrics with the shares of some ratios, under the same draws; each ratio has as many values as there are outcomes. The
/// share of a ratio in which nothing counts is 0. None for no outcomes.
#[must_use]
pub fn scored(outcomes: &[Outcome], ratios: &[Ratio], draws: Draws) -> Option<(Distances, Vec<Estimate>)> {
    bootstrap::scored(outcomes, ratios, draws)
}

#[cfg(test)]
mod tests;

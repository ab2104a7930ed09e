//! From evidence to an answer: hypotheses, likelihoods, posterior, decision.
//!
//! ```text
//! log P(h | E) = log prior(h) + sum over items of power * log L(h) + const
//! L(h)         = (1 - background) * fit(h) / E_prior[fit] + background
//! ```
//!
//! `L` is a ratio against the prior's average place: `E_prior[L] = 1`. An item's power is the lambda of its kind, less what
//! other items repeat of it (`[crowd]`), and, for all but the most informative item of a group, times the group's echo: one text
//! counts once. `background` is the finding's own, its odds times the factor of the kind. Fine evidence is
//! gated by coarse evidence through the product, and a namesake falls or stands by what else was seen.
//!
//! - [`weights`]: the numbers, from `data/weights.toml`
//! - [`hypotheses`]: gazetteer places with their prior, and the points that evidence proposes
//! - [`field`]: one likelihood over all hypotheses
//! - [`posterior`]: all of them together
//! - [`decide`]: the chain, the point, the radius
//! - [`candidates`]: clusters with their reasons
//! - [`said`]: the vision model as one more witness

mod candidates;
mod decide;
mod field;
mod hypotheses;
mod posterior;
mod region;
mod said;
mod weights;

pub use hypotheses::Places;
pub use said::{Said, ask_model, bare_question, prior};
pub use weights::{Changes, Crowd, EMBEDDED as EMBEDDED_WEIGHTS, RadiusWeights, Weights, WeightsError, is_of};

use crate::ledger::{Candidate, ChainLink, Hint, RadiusKm, Verdict};
use hypotheses::Hypotheses;
use navig_tools::evidence::{Evidence, Likelihood};
use navig_tools::geo::LatLon;
use posterior::Posterior;
use std::collections::HashMap;

/// Countries below this share of the posterior are not listed.
const LEAST_COUNTRY: f64 = 1e-4;

/// What the evidence adds up to.
#[derive(Debug, Clone, PartialEq)]
pub struct Guess {
    /// Whether there is an answer, and how deep.
    pub verdict: Verdict,
    /// The named regions with their probabilities.
    pub chain: Vec<ChainLink>,
    /// The best guess.
    pub point: LatLon,
    /// How far the truth may lie from it.
    pub radius_km: RadiusKm,
    /// Rivals, the first included.
    pub candidates: Vec<Candidate>,
    /// The most probable countries, down to one in ten thousand.
    pub countries: Vec<ChainLink>,
}

/// One thing to weigh: an id for the reasons, what groups with it, and the power of its likelihood.
struct Item<'a> {
    id: &'a str,
    group: &'a str,
    power: f64,
    /// Factor on the odds of its background.
    background: f64,
    likelihood: &'a Likelihood,
}

/// Weighs evidence and hints over the places of the gazetteer and the points that they propose.
///
/// Hints are weighed in full, each as its own group. Nothing to weigh gives the prior: an abstention.
#[must_use]
pub fn guess(places: &Places, evidence: &[Evidence], hints: &[Hint], weights: &Weights) -> Guess {
    weigh(places, evidence, hints, weights, None)
}

/// The model's own answer instead of the posterior's: its point, and its chain as far as the point lies in it. Radii and
/// candidates are the posterior's, which the model does not give. Without an answer it is the posterior's guess, abstained.
#[must_use]
pub fn guess_as_said(
    places: &Places,
    evidence: &[Evidence],
    hints: &[Hint],
    weights: &Weights,
    said: Option<&Said>,
) -> Guess {
    let nothing = Said { point: None, chain: Vec::new() };
    weigh(places, evidence, hints, weights, Some(said.unwrap_or(&nothing)))
}

/// All countries that are possible, the most probable first, without an answer or candidates: for whoever compares weights.
#[must_use]
pub fn countries(places: &Places, evidence: &[Evidence], hints: &[Hint], weights: &Weights) -> Vec<ChainLink> {
    let items = items(evidence, hints, weights);
    let hypotheses = Hypotheses::new(places, items.iter().map(|i| i.likelihood), weights);
    Posterior::new(&hypotheses, &items, weights).leading_countries(f64::MIN_POSITIVE)
}

/// A guess without radius and rivals, which cost half of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Brief {
    /// Whether there is an answer, and how deep.
    pub verdict: Verdict,
    /// The named regions with their probabilities.
    pub chain: Vec<ChainLink>,
    /// The best guess.
    pub point: LatLon,
    /// The most probable countries, down to one in ten thousand.
    pub countries: Vec<ChainLink>,
}

/// As [`guess`], in brief: for whoever weighs much evidence again.
#[must_use]
pub fn brief(places: &Places, evidence: &[Evidence], hints: &[Hint], weights: &Weights) -> Brief {
    let items = items(evidence, hints, weights);
    let hypotheses = Hypotheses::new(places, items.iter().map(|i| i.likelihood), weights);
    let posterior = Posterior::new(&hypotheses, &items, weights);
    let decide::Decision { verdict, chain, point } = decide::decide(&posterior, weights);
    Brief { verdict, chain, point, countries: posterior.leading_countries(LEAST_COUNTRY) }
}

fn weigh(places: &Places, evidence: &[Evidence], hints: &[Hint], weights: &Weights, said: Option<&Said>) -> Guess {
    let items = items(evidence, hints, weights);
    let hypotheses = Hypotheses::new(places, items.iter().map(|i| i.likelihood), weights);
    let posterior = Posterior::new(&hypotheses, &items, weights);
    let decision = match said {
        None => decide::decide(&posterior, weights),
        Some(said) => decide::as_said(&posterior, weights, said),
    };
    let candidates = candidates::list(&posterior, weights);
    let countries = posterior.leading_countries(LEAST_COUNTRY);
    Guess {
        verdict: decision.verdict,
        chain: decision.chain,
        point: decision.point,
        radius_km: decide::radii(&posterior, weights, decision.point),
        candidates,
        countries,
    }
}

fn items<'a>(evidence: &'a [Evidence], hints: &'a [Hint], weights: &Weights) -> Vec<Item<'a>> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    evidence.iter().for_each(|e| *counts.entry(&e.finding.kind).or_default() += 1);
    let of_evidence = evidence.iter().map(|e| Item {
        id: &e.id,
        group: &e.finding.group,
        power: weights.power(&e.finding.kind, &counts),
        background: weights.background(&e.finding.kind),
        likelihood: &e.finding.likelihood,
    });
    let of_hints =
        hints.iter().map(|h| Item { id: &h.id, group: &h.id, power: 1.0, background: 1.0, likelihood: &h.likelihood });
    of_evidence.chain(of_hints).collect()
}

#[cfg(test)]
mod tests;

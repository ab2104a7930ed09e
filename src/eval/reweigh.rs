//! Stored evidence, weighed again: what would have been answered under other weights, or without a part of it.

use super::run::Given;
use crate::guesser::{Brief, Guess, Places, Weights, brief, guess};
use navig_tools::evidence::Evidence;
use navig_tools::geo::Gazetteer;
use std::sync::{Arc, OnceLock};

/// Probability that a country has at least, so that one surprise does not outweigh all else.
const LEAST: f64 = 1e-4;

/// Weighs evidence of photos and of descriptions under one table of weights.
pub struct Weigher {
    weights: Weights,
    photos: Places,
    described: Places,
    /// What nothing at all says, of a photo and of a description.
    nothing: [OnceLock<Brief>; 2],
}

impl Weigher {
    /// Under some weights. Boundaries of maps are not looked at: a point that evidence proposes gets its regions from the gazetteer.
    #[must_use]
    pub fn new(weights: Weights) -> Self {
        let places = |weights: &Weights| Places::new(Gazetteer::embedded(), Arc::default(), weights);
        let (photos, described) = (places(&weights), places(&weights).described(&weights));
        Self { weights, photos, described, nothing: Default::default() }
    }

    /// The weights.
    #[must_use]
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    fn places(&self, given: &Given<'_>) -> &Places {
        if given.described { &self.described } else { &self.photos }
    }

    /// The answer to the evidence that is kept, without its radius and rivals.
    #[must_use]
    pub fn brief(&self, given: &Given<'_>, kept: &dyn Fn(&Evidence) -> bool) -> Brief {
        let evidence: Vec<Evidence> = given.evidence.iter().filter(|e| kept(e)).cloned().collect();
        if evidence.is_empty() && given.hints.is_empty() {
            let nothing = &self.nothing[usize::from(given.described)];
            return nothing.get_or_init(|| brief(self.places(given), &[], &[], &self.weights)).clone();
        }
        brief(self.places(given), &evidence, given.hints, &self.weights)
    }

    /// The whole answer to all of the evidence.
    #[must_use]
    pub fn guess(&self, given: &Given<'_>) -> Guess {
        guess(self.places(given), given.evidence, given.hints, &self.weights)
    }

    /// The answer of a photo about which nothing is known.
    #[must_use]
    pub fn prior(&self) -> Brief {
        brief(&self.photos, &[], &[], &self.weights)
    }
}

/// How surprising a country is under an answer, nats: `-ln P(country)`, at most that of one in ten thousand.
#[must_use]
pub fn nats(answer: &Brief, country: &str) -> f64 {
    -answer.countries.iter().find(|link| link.code == country).map_or(LEAST, |link| link.probability.max(LEAST)).ln()
}

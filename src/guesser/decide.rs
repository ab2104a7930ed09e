//! The chain that the posterior supports, the point, and the radius.

use super::hypotheses::Hypothesis;
use super::posterior::Posterior;
use super::region::RegionKey;
use super::said::Said;
use super::weights::Weights;
use crate::ledger::{ChainLink, RadiusKm, Verdict, VerdictKind};
use navig_tools::geo::{LatLon, Level, Region};
use std::collections::HashMap;

/// How many of the most probable hypotheses may become the point, and how many pull at it.
const POINT_CHOICES: usize = 128;
const POINT_WITNESSES: usize = 1500;

/// The part of a guess that is about its best answer.
pub(super) struct Decision {
    pub(super) verdict: Verdict,
    pub(super) chain: Vec<ChainLink>,
    pub(super) point: LatLon,
    pub(super) radius_km: RadiusKm,
}

/// Names regions from the continent down while they pass their thresholds, and the most probable country in any case;
/// the point is picked inside the last of them.
pub(super) fn decide(posterior: &Posterior<'_>, weights: &Weights) -> Decision {
    let continents = posterior.hypotheses.continents();
    let best = best_chain(posterior, weights);
    let passing = best.iter().take_while(|b| b.probability >= weights.threshold(b.key.level())).count();
    let to_country = best.iter().take_while(|b| b.key.level() <= Level::Country).count();
    let named = &best[..passing.max(to_country)];
    let point = medoid(posterior, weights, named.last().map(|b| b.key));
    // Outlines are simplified, so that a place near a border may lie outside the outline of its own country.
    let at_point = posterior.hypotheses.gazetteer().chain_ids(point);
    let holds = named.iter().take_while(|b| b.key.holds(&at_point, continents)).count();
    let verdict = match named[..passing.min(holds)].last() {
        Some(deepest) => Verdict { kind: VerdictKind::Located, level: Some(deepest.key.level()) },
        None => Verdict { kind: VerdictKind::Abstained, level: None },
    };
    let chain = named[..holds].iter().map(|b| b.link(posterior)).collect();
    Decision { verdict, chain, point, radius_km: radii(posterior, point) }
}

/// The model's answer in the form of a decision: its chain is cut at the deepest region that holds its point.
pub(super) fn as_said(posterior: &Posterior<'_>, weights: &Weights, said: &Said) -> Decision {
    let Some(point) = said.point else {
        let verdict = Verdict { kind: VerdictKind::Abstained, level: None };
        return Decision { verdict, ..decide(posterior, weights) };
    };
    let gazetteer = posterior.hypotheses.gazetteer();
    let at_point = gazetteer.chain(point);
    let holds = said.chain.iter().take_while(|(region, _)| at_point.passes(region));
    let chain: Vec<ChainLink> = holds
        .filter_map(|(code, probability)| {
            let Region { level, code, name } = gazetteer.region(code)?;
            Some(ChainLink { level, code, name, probability: *probability })
        })
        .collect();
    let verdict = match chain.last() {
        Some(deepest) => Verdict { kind: VerdictKind::Located, level: Some(deepest.level) },
        None => Verdict { kind: VerdictKind::Abstained, level: None },
    };
    Decision { verdict, chain, point, radius_km: radii(posterior, point) }
}

/// A region with its posterior mass.
struct Best {
    key: RegionKey,
    probability: f64,
}

impl Best {
    fn link(&self, posterior: &Posterior<'_>) -> ChainLink {
        let Region { level, code, name } = {
            let hypotheses = posterior.hypotheses;
            self.key.describe(hypotheses.continents(), hypotheses.gazetteer())
        };
        ChainLink { level, code, name, probability: self.probability.min(1.0) }
    }
}

/// The most probable country, and from there down at each level the most probable region inside the one above; a level
/// that most of the mass lacks is skipped. Above the country stands its continent, unless another one is sure enough to
/// be named: then the country is the best of that one.
fn best_chain(posterior: &Posterior<'_>, weights: &Weights) -> Vec<Best> {
    let mut members: Vec<usize> = (0..posterior.p.len()).filter(|&i| posterior.p[i] > 0.0).collect();
    let mut continent = best_region(posterior, &members, Level::Continent);
    if continent.as_ref().is_none_or(|c| c.probability < weights.threshold(Level::Continent)) {
        let country = best_region(posterior, &members, Level::Country).map(|best| best.key);
        let inside = |&i: &usize| country.is_some_and(|key| posterior.inside(key, i));
        let witness: Vec<usize> = members.iter().copied().filter(inside).take(1).collect();
        let key = best_region(posterior, &witness, Level::Continent).map(|best| best.key);
        let mass = |key| members.iter().filter(|&&i| posterior.inside(key, i)).map(|&i| posterior.p[i]).sum();
        continent = key.map(|key| Best { key, probability: mass(key) });
    }
    let mut chain = Vec::new();
    let mut above = continent;
    for level in &Level::ALL[1..] {
        if let Some(best) = above.take() {
            members.retain(|&i| posterior.inside(best.key, i));
            chain.push(best);
        }
        above = best_region(posterior, &members, *level);
    }
    chain.extend(above);
    chain
}

/// The region of a level that holds most of the mass of some hypotheses; `None` when most of it lies in none.
fn best_region(posterior: &Posterior<'_>, members: &[usize], level: Level) -> Option<Best> {
    let continents = posterior.hypotheses.continents();
    let region = |i: usize| RegionKey::of_chain(&posterior.hypotheses.get(i).chain, level, continents);
    let mut mass: HashMap<Option<RegionKey>, f64> = HashMap::new();
    // Places are sorted by country and cell, so that neighbours mostly share their region: one look-up a run.
    for run in members.chunk_by(|&a, &b| region(a) == region(b)) {
        *mass.entry(region(run[0])).or_default() += run.iter().map(|&i| posterior.p[i]).sum::<f64>();
    }
    let (key, probability) = mass.into_iter().max_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)))?;
    Some(Best { key: key?, probability })
}

/// The hypothesis inside a region with the least expected distance to the others there, distances capped.
fn medoid(posterior: &Posterior<'_>, weights: &Weights, inside: Option<RegionKey>) -> LatLon {
    let hypotheses = posterior.hypotheses;
    let members = (0..hypotheses.len()).filter(|&i| inside.is_none_or(|region| posterior.inside(region, i)));
    let witnesses = posterior.top(members, POINT_WITNESSES);
    let cost = |choice: usize| -> f64 {
        let choice = hypotheses.get(choice);
        let pull = |&w: &usize| posterior.p[w] * choice.distance_km(hypotheses.get(w)).min(weights.point.cap_km);
        witnesses.iter().map(pull).sum()
    };
    let choices = witnesses.iter().take(POINT_CHOICES).map(|&i| (i, cost(i)));
    let best = choices.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(i, _)| i);
    hypotheses.get(best).at
}

/// Quantiles of a Rayleigh distribution of scale 1 in the middle of ten equal parts: how far from its centre a
/// camera stands in a place whose spread is 1 km.
const RAYLEIGH: [f64; 10] = [0.320, 0.570, 0.759, 0.928, 1.093, 1.264, 1.449, 1.665, 1.948, 2.448];

/// The distances from a point that hold 50 % and 90 % of the posterior, each place smeared by its spread.
fn radii(posterior: &Posterior<'_>, point: LatLon) -> RadiusKm {
    let mut histogram = Histogram::default();
    let centre = Hypothesis::point(point);
    for (h, &p) in posterior.hypotheses.iter().zip(&posterior.p) {
        if p < 1e-9 {
            continue;
        }
        let km = h.distance_km(&centre);
        if km > 20.0 * h.spread_km {
            histogram.add(km, p);
        } else {
            let part = p / RAYLEIGH.len() as f64;
            RAYLEIGH.iter().for_each(|k| histogram.add(km.hypot(k * h.spread_km), part));
        }
    }
    RadiusKm { p50: histogram.quantile(0.5), p90: histogram.quantile(0.9) }
}

/// Mass by distance, in bins that are 0.5 % wide from 1 m to the antipode: sorting every place would cost more.
struct Histogram(Vec<f64>);

impl Default for Histogram {
    fn default() -> Self {
        Self(vec![0.0; Self::BINS])
    }
}

impl Histogram {
    const LEAST_KM: f64 = 0.001;
    const STEP: f64 = 0.005;
    const BINS: usize = 3372;

    fn add(&mut self, km: f64, mass: f64) {
        let bin = (km / Self::LEAST_KM).max(1.0).ln() / Self::STEP;
        self.0[(bin as usize).min(Self::BINS - 1)] += mass;
    }

    /// The middle of the bin in which the share is reached, km.
    fn quantile(&self, share: f64) -> f64 {
        let due = share * self.0.iter().sum::<f64>();
        let mut sum = 0.0;
        let reached = self.0.iter().position(|mass| {
            sum += mass;
            sum >= due
        });
        Self::LEAST_KM * ((reached.unwrap_or(Self::BINS - 1) as f64 + 0.5) * Self::STEP).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_true_to_half_a_percent_from_a_metre_to_the_antipode() {
        for km in [0.002, 0.5, 37.0, 20_015.0] {
            let mut histogram = Histogram::default();
            histogram.add(km, 0.6);
            histogram.add(20_015.0, 0.4);
            assert!((histogram.quantile(0.5) / km - 1.0).abs() < 0.005, "{km}: {}", histogram.quantile(0.5));
        }
    }
}

//! The chain that the posterior supports, the point, and the radius.

use super::posterior::Posterior;
use super::region::RegionKey;
use super::weights::Weights;
use crate::ledger::{ChainLink, RadiusKm, Verdict, VerdictKind};
use navig_tools::geo::{LatLon, Level, Region};
use std::collections::HashMap;

/// How many of the most probable hypotheses may become the point, and how many pull at it.
const POINT_CHOICES: usize = 256;
const POINT_WITNESSES: usize = 3000;

/// The part of a guess that is about its best answer.
pub(super) struct Decision {
    pub(super) verdict: Verdict,
    pub(super) chain: Vec<ChainLink>,
    pub(super) point: LatLon,
    pub(super) radius_km: RadiusKm,
}

/// Names regions from the continent down while they pass their thresholds, then picks the point inside the last.
pub(super) fn decide(posterior: &Posterior<'_>, weights: &Weights) -> Decision {
    let continents = posterior.hypotheses.continents();
    let best = best_chain(posterior);
    let passing = best.iter().take_while(|b| b.probability >= weights.threshold(b.key.level())).count();
    let inside = best[..passing].last().map(|b| b.key);
    let point = medoid(posterior, weights, inside);
    // Outlines are simplified, so that a place near a border may lie outside the outline of its own country.
    let at_point = posterior.hypotheses.gazetteer().chain_ids(point);
    let holds = best[..passing].iter().take_while(|b| b.key.holds(&at_point, continents)).count();
    let verdict = match best[..holds].last() {
        Some(deepest) => Verdict { kind: VerdictKind::Located, level: Some(deepest.key.level()) },
        None => Verdict { kind: VerdictKind::Abstained, level: None },
    };
    let named = match verdict.kind {
        VerdictKind::Located => &best[..holds],
        VerdictKind::Abstained => {
            let to_country = best.iter().take_while(|b| b.key.level() <= Level::Country).count();
            &best[..to_country]
        }
    };
    let chain = named.iter().map(|b| b.link(posterior)).collect();
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

/// At each level the most probable region inside the one chosen above; a level that most of the mass lacks is skipped.
fn best_chain(posterior: &Posterior<'_>) -> Vec<Best> {
    let continents = posterior.hypotheses.continents();
    let mut members: Vec<usize> = (0..posterior.p.len()).filter(|&i| posterior.p[i] > 0.0).collect();
    let mut chain = Vec::new();
    for level in Level::ALL {
        let mut mass: HashMap<Option<RegionKey>, f64> = HashMap::new();
        for &i in &members {
            *mass.entry(RegionKey::of_chain(&posterior.hypotheses.get(i).chain, level, continents)).or_default() +=
                posterior.p[i];
        }
        let best = mass.into_iter().max_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        let Some((Some(key), probability)) = best else { continue };
        members.retain(|&i| key.holds(&posterior.hypotheses.get(i).chain, continents));
        chain.push(Best { key, probability });
    }
    chain
}

/// The hypothesis inside a region with the least expected distance to the others there, distances capped.
fn medoid(posterior: &Posterior<'_>, weights: &Weights, inside: Option<RegionKey>) -> LatLon {
    let hypotheses = posterior.hypotheses;
    let members = (0..hypotheses.len())
        .filter(|&i| inside.is_none_or(|region| region.holds(&hypotheses.get(i).chain, hypotheses.continents())));
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
    let mut distances: Vec<(f64, f64)> = Vec::new();
    for (h, &p) in posterior.hypotheses.iter().zip(&posterior.p) {
        if p < 1e-9 {
            continue;
        }
        let km = h.at.distance_km(point);
        if km > 20.0 * h.spread_km {
            distances.push((km, p));
        } else {
            let part = p / RAYLEIGH.len() as f64;
            distances.extend(RAYLEIGH.map(|k| (km.hypot(k * h.spread_km), part)));
        }
    }
    distances.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = distances.iter().map(|d| d.1).sum();
    let quantile = |share: f64| {
        let mut sum = 0.0;
        let reached = distances.iter().find(|(_, p)| {
            sum += p;
            sum >= share * total
        });
        reached.or(distances.last()).map_or(0.0, |d| d.0)
    };
    RadiusKm { p50: quantile(0.5), p90: quantile(0.9) }
}

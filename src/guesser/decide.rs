//! The chain that the posterior supports, the point, and the radius.

use super::hypotheses::{Chord2, Hypothesis};
use super::posterior::Posterior;
use super::region::{ContinentIndex, RegionKey};
use super::said::Said;
use super::weights::{RadiusWeights, Weights};
use crate::ledger::{ChainLink, RadiusKm, Verdict, VerdictKind};
use navig_tools::geo::gazetteer::CountryIndex;
use navig_tools::geo::{EARTH_RADIUS_KM, LatLon, Level, Region};
use std::collections::{BTreeMap, HashMap};
use std::f64::consts::PI;

/// How many of the most probable hypotheses may become the point, and how many pull at it.
const POINT_CHOICES: usize = 128;
const POINT_WITNESSES: usize = 1500;

/// The part of a guess that is about its best answer.
pub(super) struct Decision {
    pub(super) verdict: Verdict,
    pub(super) chain: Vec<ChainLink>,
    pub(super) point: LatLon,
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
    Decision { verdict, chain, point }
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
    Decision { verdict, chain, point }
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
    let continents = posterior.hypotheses.continents();
    let mut continent = best_wide(posterior, Level::Continent, None);
    if continent.as_ref().is_none_or(|c| c.probability < weights.threshold(Level::Continent)) {
        let country = best_wide(posterior, Level::Country, None);
        let of = country.and_then(|best| best.key.continent(continents));
        continent = of.and_then(|of| best_wide(posterior, Level::Continent, Some(of)));
    }
    let of = continent.as_ref().and_then(|best| best.key.continent(continents));
    let mut above = best_wide(posterior, Level::Country, of);
    let mut members: Vec<usize> = members(posterior, above.as_ref().or(continent.as_ref()).map(|best| best.key));
    members.retain(|&i| posterior.p[i] > 0.0);
    let mut chain: Vec<Best> = continent.into_iter().collect();
    for level in &Level::ALL[2..] {
        if let Some(best) = above.take() {
            members.retain(|&i| posterior.inside(best.key, i));
            chain.push(best);
        }
        above = best_region(posterior, &members, *level);
    }
    chain.extend(above);
    chain
}

/// The hypotheses inside a region; all without one.
fn members(posterior: &Posterior<'_>, inside: Option<RegionKey>) -> Vec<usize> {
    let hypotheses = posterior.hypotheses;
    match inside {
        None => (0..hypotheses.len()).collect(),
        Some(key) => match key.country(hypotheses.gazetteer()) {
            Some(country) => hypotheses.of_country(country).filter(|&i| posterior.inside(key, i)).collect(),
            None => (0..hypotheses.len()).filter(|&i| posterior.inside(key, i)).collect(),
        },
    }
}

/// The continent or the country, of a continent where one is given, that holds most of the mass; none when most lies in none.
fn best_wide(posterior: &Posterior<'_>, level: Level, of: Option<ContinentIndex>) -> Option<Best> {
    let continents = posterior.hypotheses.continents();
    let mut mass: BTreeMap<Option<RegionKey>, f64> = BTreeMap::new();
    for (i, p) in posterior.countries().iter().enumerate().filter(|(_, p)| **p > 0.0) {
        let index = CountryIndex(i as u16);
        if of.is_some_and(|continent| continents.of(index) != continent) {
            continue;
        }
        let key = match level {
            Level::Continent => RegionKey::Continent(continents.of(index)),
            _ => RegionKey::Country(index),
        };
        *mass.entry(Some(key)).or_default() += p;
    }
    if of.is_none() {
        mass.insert(None, 1.0 - mass.values().sum::<f64>());
    }
    let (key, probability) = mass.into_iter().max_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)))?;
    Some(Best { key: key?, probability })
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
    let witnesses: Vec<usize> = match inside {
        None => posterior.leaders().iter().copied().take(POINT_WITNESSES).collect(),
        Some(_) => posterior.top(members(posterior, inside).into_iter(), POINT_WITNESSES),
    };
    let cap_km = weights.point.cap_km;
    let cap = Chord2::of_km(cap_km);
    let units: Vec<[f32; 3]> = witnesses.iter().map(|&w| hypotheses.get(w).unit()).collect();
    let mut chords = vec![Chord2(0.0); units.len()];
    // What pulls least is what spares most of the cap: only near witnesses need an arc.
    let mut cost = |choice: usize| -> f64 {
        hypotheses.get(choice).chords2(&units, &mut chords);
        let near = chords.iter().zip(&witnesses).filter(|(chord, _)| **chord < cap);
        -near.map(|(chord, &w)| posterior.p[w] * (cap_km - chord.km())).sum::<f64>()
    };
    let choices = witnesses.iter().take(POINT_CHOICES).map(|&i| (i, cost(i)));
    let best = choices.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(i, _)| i);
    hypotheses.get(best).at
}

/// Quantiles of a Rayleigh distribution of scale 1 in the middle of ten equal parts: how far from its centre a
/// camera stands in a place whose spread is 1 km.
const RAYLEIGH: [f64; 10] = [0.320, 0.570, 0.759, 0.928, 1.093, 1.264, 1.449, 1.665, 1.948, 2.448];

/// The distances from a point that hold 50 % and 90 % of the posterior, each place smeared by its spread, times the factors of the
/// table.
pub(super) fn radii(posterior: &Posterior<'_>, weights: &Weights, point: LatLon) -> RadiusKm {
    let mut histogram = Histogram::default();
    let centre = Hypothesis::point(point);
    for (h, &p) in posterior.hypotheses.iter().zip(&posterior.p) {
        if p < 1e-9 {
            continue;
        }
        let chord = h.chord2(&centre).0;
        let spread = (h.spread_km / EARTH_RADIUS_KM) as f32;
        if chord > 400.0 * spread * spread {
            histogram.add(Chord2(chord), p);
        } else {
            let part = p / RAYLEIGH.len() as f64;
            // So near, the sphere is flat.
            let smeared = RAYLEIGH.map(|k| Chord2(chord + (k as f32 * spread).powi(2)));
            smeared.into_iter().for_each(|chord| histogram.add(chord, part));
        }
    }
    let RadiusWeights { p50, p90 } = weights.radius;
    // No point is farther than the antipode.
    let scaled = |share: f64, factor: f64| (factor * histogram.quantile(share)).min(PI * EARTH_RADIUS_KM);
    let p90 = scaled(0.9, p90);
    RadiusKm { p50: scaled(0.5, p50).min(p90), p90 }
}

/// Mass by distance from 1 m to the antipode: sorting every place would cost more. A bin has the squared chords that agree in their
/// exponent and the first seven bits of their mantissa, which makes it 0.2 to 0.4 % wide in distance.
struct Histogram(Vec<f64>);

impl Default for Histogram {
    fn default() -> Self {
        Self(vec![0.0; Self::BINS])
    }
}

impl Histogram {
    const SHIFT: u32 = 16;
    /// The bin of 2^-46, where 1 m lies: (10^-3 km / R)^2.
    const FIRST: u32 = (127 - 46) << 7;
    /// Up to that of 4, the antipode's.
    const BINS: usize = ((129 << 7) - Self::FIRST + 1) as usize;

    fn add(&mut self, chord: Chord2, mass: f64) {
        let bin = (chord.0.to_bits() >> Self::SHIFT).saturating_sub(Self::FIRST);
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
        let bin = Self::FIRST + reached.unwrap_or(Self::BINS - 1) as u32;
        Chord2(f32::from_bits((bin << Self::SHIFT) | 1 << (Self::SHIFT - 1))).km()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_true_to_half_a_percent_from_a_metre_to_the_antipode() {
        for km in [0.002, 0.5, 37.0, 20_015.0] {
            let mut histogram = Histogram::default();
            histogram.add(Chord2::of_km(km), 0.6);
            histogram.add(Chord2::of_km(20_015.0), 0.4);
            assert!((histogram.quantile(0.5) / km - 1.0).abs() < 0.005, "{km}: {}", histogram.quantile(0.5));
        }
    }
}

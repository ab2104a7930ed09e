//! Rivals: clusters of hypotheses, each with what speaks for and against it.

use super::posterior::Posterior;
use super::weights::Weights;
use crate::ledger::{Candidate, Reason};
use navig_tools::geo::Level;

/// Clusters around peaks that some evidence supports, then, for the mass that no cluster took, whole countries.
pub(super) fn list(posterior: &Posterior<'_>, weights: &Weights) -> Vec<Candidate> {
    let mut taken = vec![false; posterior.p.len()];
    let mut clusters = spots(posterior, weights, &mut taken);
    clusters.extend(countries(posterior, weights, &taken));
    clusters.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    clusters.truncate(weights.candidates.max);
    clusters.iter().enumerate().map(|(i, cluster)| cluster.candidate(i + 1, posterior)).collect()
}

/// A peak, the mass around it, and how deep all of it lies in one region.
struct Cluster {
    peak: usize,
    probability: f64,
    deepest: Level,
}

impl Cluster {
    fn candidate(&self, rank: usize, posterior: &Posterior<'_>) -> Candidate {
        let peak = posterior.hypotheses.get(self.peak);
        let mut chain = posterior.hypotheses.gazetteer().describe(peak.chain);
        chain.0.retain(|region| region.level <= self.deepest);
        let reasons = posterior.reasons(self.peak).into_iter();
        let (evidence_for, evidence_against) = reasons
            .map(|(id, bans)| Reason { evidence: id.to_owned(), bans })
            .partition(|reason: &Reason| reason.bans > 0.0);
        Candidate {
            rank,
            probability: self.probability.min(1.0),
            point: peak.at,
            chain,
            evidence_for,
            evidence_against,
        }
    }
}

/// Peaks within a country with the hypotheses around them.
fn spots(posterior: &Posterior<'_>, weights: &Weights, taken: &mut [bool]) -> Vec<Cluster> {
    let mut clusters = Vec::new();
    for &peak in posterior.leaders() {
        if clusters.len() == weights.candidates.max {
            break;
        }
        if taken[peak] || !is_spot(posterior, peak) {
            continue;
        }
        let around = posterior.hypotheses.within(posterior.hypotheses.get(peak).at, weights.candidates.cluster_km);
        let members: Vec<usize> = around.into_iter().map(|(i, _)| i).filter(|&i| !taken[i]).collect();
        let probability: f64 = members.iter().map(|&i| posterior.p[i]).sum();
        if probability >= weights.candidates.min_probability {
            members.into_iter().for_each(|i| taken[i] = true);
            clusters.push(Cluster { peak, probability, deepest: Level::City });
        }
    }
    clusters
}

/// Whether evidence singles this place out among those of its country: its share of the country's posterior is more
/// than ten times its share of the country's prior.
fn is_spot(posterior: &Posterior<'_>, index: usize) -> bool {
    let place = posterior.hypotheses.get(index);
    match place.chain.country {
        Some(country) => {
            let prior = posterior.hypotheses.prior_of(country);
            posterior.p[index] * prior > 10.0 * place.prior * posterior.country(country)
        }
        None => true,
    }
}

/// Whole countries for the mass that no cluster took.
fn countries(posterior: &Posterior<'_>, weights: &Weights, taken: &[bool]) -> Vec<Cluster> {
    let mut by_country: Vec<Option<Cluster>> = Vec::new();
    by_country.resize_with(posterior.hypotheses.continents().countries(), || None);
    for (i, h) in posterior.hypotheses.iter().enumerate() {
        let p = posterior.p[i];
        let Some(country) = h.chain.country else { continue };
        if p <= 0.0 || taken[i] {
            continue;
        }
        let fresh = || Cluster { peak: i, probability: 0.0, deepest: Level::Country };
        let cluster = by_country[usize::from(country.0)].get_or_insert_with(fresh);
        cluster.probability += p;
        if p > posterior.p[cluster.peak] {
            cluster.peak = i;
        }
    }
    by_country.into_iter().flatten().filter(|c| c.probability >= weights.candidates.min_probability).collect()
}

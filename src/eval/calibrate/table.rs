//! Every finding as likelihoods of countries.
//!
//! The posterior over 235,000 places is too slow to be asked some thousand times for each sample. What is judged are countries, and a country's
//! likelihood is that of its places by their prior: so each finding is weighed alone once, and then the posterior is a sum over some 250
//! countries. Findings that tell parts of one country apart are taken as independent there; whoever uses the result weighs in full.

use super::held_out::Sample;
use crate::guesser::{Changes, Crowd, Places, Weights, countries, is_of};
use navig_tools::evidence::{Evidence, Likelihood};
use navig_tools::geo::Gazetteer;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Exponents of the prior that are tried, in hundredths.
pub(super) const EXPONENTS: std::ops::RangeInclusive<u32> = 30..=100;
const EXPONENT_STEP: usize = 5;
/// Smallest probability of a country.
const LEAST: f64 = 1e-9;

/// All samples.
pub(super) struct Table {
    /// Exponents, and the prior of the countries under each.
    pub(super) priors: Vec<(f64, Vec<f64>)>,
    pub(super) kinds: Vec<String>,
    /// Pairs of a kind and a name of kinds that repeat it.
    pub(super) crowds: Vec<(usize, String)>,
    pub(super) records: Vec<Record>,
}

/// A sample.
pub(super) struct Record {
    pub(super) fold: usize,
    pub(super) truth: usize,
    pub(super) described: bool,
    /// `ln(1 + others)` for each of the crowds.
    pub(super) ln_others: Vec<f64>,
    /// Findings of one group together.
    pub(super) groups: Vec<Vec<Item>>,
}

/// A finding.
pub(super) struct Item {
    pub(super) kind: usize,
    /// How well it fits each country, on average 1 under the table's prior; of an area its likelihood.
    pub(super) fit: Vec<f64>,
    /// Probability that it has nothing to do with the place; none for areas, which have odds.
    pub(super) background: Option<f64>,
}

impl Table {
    /// Weighs each finding of the samples alone, under the prior of a table. Samples that were taken in no country are left out.
    pub(super) fn new(samples: &[Sample<'_>], base: &Weights) -> Self {
        let gazetteer = Gazetteer::embedded();
        let codes: Vec<&str> = gazetteer.countries().map(|(_, country)| country.code).collect();
        let index = |code: &str| codes.binary_search(&code).ok();
        let plain = plain(base, samples);
        let places = |weights: &Weights| Places::new(gazetteer, Arc::default(), weights);
        let by_country = |places: &Places, evidence: &[Evidence]| {
            let mut p = vec![LEAST; codes.len()];
            for link in countries(places, evidence, &[], &plain) {
                index(&link.code).into_iter().for_each(|i| p[i] = link.probability.max(LEAST));
            }
            p
        };
        let exponents = EXPONENTS.step_by(EXPONENT_STEP).map(|hundredths| f64::from(hundredths) / 100.0);
        let priors = exponents
            .map(|exponent| {
                let changed = base.clone().with(&Changes { exponent: Some(exponent), ..Changes::default() });
                (exponent, by_country(&places(&changed), &[]))
            })
            .collect();
        let [photos, described] = [places(base), places(base).described(base)];
        let [photo_prior, described_prior] = [by_country(&photos, &[]), by_country(&described, &[])];
        let kinds: BTreeSet<&str> =
            samples.iter().flat_map(|s| s.given.evidence).map(|e| e.finding.kind.as_str()).collect();
        let kinds: Vec<String> = kinds.into_iter().map(str::to_owned).collect();
        let kind_of = |kind: &str| kinds.binary_search_by(|known| known.as_str().cmp(kind)).unwrap_or(0);
        let crowds = crowds(base.crowd(), &kinds);
        let record = |sample: &Sample<'_>| {
            let truth = index(sample.truth.country()?)?;
            let (places, prior) =
                if sample.given.described { (&described, &described_prior) } else { (&photos, &photo_prior) };
            let mut groups: BTreeMap<&str, Vec<Item>> = BTreeMap::new();
            for evidence in sample.given.evidence {
                if matches!(evidence.finding.likelihood, Likelihood::Note) {
                    continue;
                }
                let weighed = by_country(places, std::slice::from_ref(evidence));
                let ratio = weighed.iter().zip(prior).map(|(p, prior)| p / prior);
                let background = background(&evidence.finding.likelihood);
                let fit = match background {
                    Some(b) => ratio.map(|ratio| ((ratio - b) / (1.0 - b)).max(0.0)).collect(),
                    None => ratio.collect(),
                };
                let item = Item { kind: kind_of(&evidence.finding.kind), fit, background };
                groups.entry(&evidence.finding.group).or_default().push(item);
            }
            let items = |name: &str| sample.given.evidence.iter().filter(|e| is_of(&e.finding.kind, name)).count();
            let others = |(kind, of): &(usize, String)| {
                let others = items(of).saturating_sub(usize::from(is_of(&kinds[*kind], of)));
                (1.0 + others as f64).ln()
            };
            Some(Record {
                fold: sample.fold,
                truth,
                described: sample.given.described,
                ln_others: crowds.iter().map(others).collect(),
                groups: groups.into_values().collect(),
            })
        };
        let records = samples.par_iter().filter_map(record).collect();
        Self { priors, records, crowds, kinds }
    }

    /// How often each kind occurs.
    pub(super) fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for item in self.records.iter().flat_map(|record| record.groups.iter().flatten()) {
            *counts.entry(self.kinds[item.kind].clone()).or_default() += 1;
        }
        counts
    }

    /// The samples that have a kind of finding.
    pub(super) fn having(&self, kind: usize) -> Vec<usize> {
        let has = |record: &Record| record.groups.iter().flatten().any(|item| item.kind == kind);
        (0..self.records.len()).filter(|&i| has(&self.records[i])).collect()
    }
}

/// The table with every power and every factor at 1, so that a finding that is weighed alone shows what it says by itself.
fn plain(base: &Weights, samples: &[Sample<'_>]) -> Weights {
    let kinds: BTreeSet<&String> = samples.iter().flat_map(|s| s.given.evidence).map(|e| &e.finding.kind).collect();
    let ones: BTreeMap<String, f64> = kinds.into_iter().map(|kind| (kind.clone(), 1.0)).collect();
    let alone: Crowd = ones.keys().map(|kind| (kind.clone(), BTreeMap::new())).collect();
    base.clone().with(&Changes { lambda: ones.clone(), background: ones, crowd: alone, ..Changes::default() })
}

fn crowds(table: &Crowd, kinds: &[String]) -> Vec<(usize, String)> {
    let known = |kind: &String| kinds.binary_search(kind).ok();
    let rows = table.iter().filter_map(|(kind, of)| Some((known(kind)?, of)));
    rows.flat_map(|(kind, of)| of.keys().map(move |name| (kind, name.clone()))).collect()
}

fn background(likelihood: &Likelihood) -> Option<f64> {
    match likelihood {
        Likelihood::Regions { background, .. } | Likelihood::Points { background, .. } => Some(*background),
        Likelihood::Area { .. } | Likelihood::Note => None,
    }
}

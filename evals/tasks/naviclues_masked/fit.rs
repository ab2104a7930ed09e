//! Powers of the kinds of evidence that fit best.
//!
//! The posterior over 235,000 places is too slow to be asked some thousand times for each of 568 records. What is wanted are
//! countries, and a country's likelihood is that of its places by their prior: so each item is weighed alone once, and then the
//! posterior is a sum over some 250 countries. Items that tell parts of one country apart are taken as independent there.

use super::records::Asked;
use super::score::Countries;
use navig::guesser::{Crowd, Weights, is_of};
use navig_tools::evidence::Evidence;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Smallest ratio of a country's likelihood to the mean.
const LEAST_RATIO: f64 = 1e-4;
/// Steps of the descent, the coarse first.
const STEPS: [f64; 3] = [0.2, 0.05, 0.02];
/// Fitted powers are pulled towards this, by so many nats a record per square of the difference: a kind that hardly occurs stays
/// there.
const START: f64 = 0.5;
const PULL: f64 = 0.002;
/// Kinds, and the kinds whose items may repeat what theirs say.
const CROWDS: [(&str, &str); 5] = [
    ("guidebook", "guidebook"),
    ("guidebook", "described"),
    ("traces", "traces"),
    ("traces", "described"),
    ("traces-whole", "described"),
];
/// A step that gains less, nats a record, is not made.
const LEAST_GAIN: f64 = 1e-5;

/// Evidence of all records, as likelihoods of countries.
pub(super) struct Table {
    ln_prior: Vec<f64>,
    records: Vec<Record>,
    kinds: Vec<String>,
}

/// Powers that fit.
pub(super) struct Fitted {
    pub(super) lambda: BTreeMap<String, f64>,
    pub(super) crowd: Crowd,
    /// Power of the prior of countries.
    pub(super) described: f64,
}

/// The numbers that are fitted, each between 0 and 1.
struct Powers<'a> {
    kinds: &'a [f64],
    crowds: &'a [f64],
    prior: f64,
}

impl<'a> Powers<'a> {
    fn of(values: &'a [f64]) -> Self {
        let (rest, prior) = values.split_at(values.len() - 1);
        let (kinds, crowds) = rest.split_at(rest.len() - CROWDS.len());
        Self { kinds, crowds, prior: prior[0] }
    }
}

struct Record {
    truth: usize,
    fold: u64,
    /// Logarithm of 1 and how many items repeat one, by the rows of [`CROWDS`].
    ln_others: [f64; CROWDS.len()],
    /// Items of one group together.
    groups: Vec<Vec<Item>>,
}

struct Item {
    kind: usize,
    /// `ln L` of each country.
    ln: Vec<f64>,
    /// What it says over the prior, nats.
    information: f64,
}

impl Table {
    /// Weighs each item alone by `weigh`, which gives the countries of some evidence with every power at 1, and that of the
    /// prior as in the table of weights.
    pub(super) fn new(asked: &[Asked], weigh: &(dyn Fn(&[Evidence]) -> Countries + Sync)) -> Self {
        let prior = weigh(&[]);
        let codes: Vec<String> = prior.iter().map(|(code, _)| code.clone()).collect();
        let at: BTreeMap<&str, usize> = codes.iter().enumerate().map(|(i, code)| (code.as_str(), i)).collect();
        let prior: Vec<f64> = prior.iter().map(|(_, p)| *p).collect();
        let kinds: BTreeSet<&str> = asked.iter().flat_map(|a| &a.evidence).map(|e| e.finding.kind.as_str()).collect();
        let kinds: Vec<String> = kinds.into_iter().map(str::to_owned).collect();
        let record = |asked: &Asked| {
            let mut groups: BTreeMap<&str, Vec<Item>> = BTreeMap::new();
            for evidence in &asked.evidence {
                let mut ratio = vec![LEAST_RATIO; codes.len()];
                for (code, p) in weigh(std::slice::from_ref(evidence)) {
                    if let Some(&i) = at.get(code.as_str()) {
                        ratio[i] = (p / prior[i]).max(LEAST_RATIO);
                    }
                }
                let information = ratio.iter().zip(&prior).map(|(r, p)| p * r * r.ln()).sum();
                let kind = kinds.binary_search(&evidence.finding.kind).unwrap_or(0);
                let ln = ratio.into_iter().map(f64::ln).collect();
                groups.entry(&evidence.finding.group).or_default().push(Item { kind, ln, information });
            }
            let truth = at.get(asked.truth.as_str()).copied().unwrap_or(0);
            let items = |name: &str| asked.evidence.iter().filter(|e| is_of(&e.finding.kind, name)).count();
            let ln_others = CROWDS.map(|(kind, of)| {
                let others = items(of).saturating_sub(usize::from(is_of(kind, of)));
                (1.0 + others as f64).ln()
            });
            Record { truth, fold: asked.fold, ln_others, groups: groups.into_values().collect() }
        };
        let records = asked.par_iter().map(record).collect();
        Self { ln_prior: prior.iter().map(|p| p.ln()).collect(), records, kinds }
    }

    /// Powers by kind, fitted on all folds but one, or on all.
    pub(super) fn fit(&self, without: Option<u64>) -> Fitted {
        let table = Weights::embedded();
        let (echo, described) = (table.group.echo, table.prior.described);
        let loss = |values: &[f64]| {
            let pull: f64 = values.iter().map(|value| (value - START).powi(2)).sum();
            let powers = Powers::of(values);
            // The prior at hand has been taken to the power of the table.
            let prior = powers.prior / described;
            self.nats(&Powers { prior, ..powers }, echo, without) + PULL * pull
        };
        let mut values = vec![START; self.kinds.len() + CROWDS.len() + 1];
        let mut best = loss(&values);
        for step in STEPS {
            loop {
                let before = best;
                for i in 0..values.len() {
                    for change in [step, -step] {
                        let old = values[i];
                        values[i] = (old + change).clamp(0.0, 1.0);
                        let tried = loss(&values);
                        if tried < best - LEAST_GAIN {
                            best = tried;
                        } else {
                            values[i] = old;
                        }
                    }
                }
                if before - best < LEAST_GAIN {
                    break;
                }
            }
        }
        let powers = Powers::of(&values);
        let mut crowd = Crowd::new();
        for ((kind, of), exponent) in CROWDS.into_iter().zip(powers.crowds) {
            crowd.entry(kind.to_owned()).or_default().insert(of.to_owned(), *exponent);
        }
        let lambda = self.kinds.iter().cloned().zip(powers.kinds.iter().copied()).collect();
        Fitted { lambda, crowd, described: powers.prior }
    }

    /// Mean negative log-likelihood of the truth.
    fn nats(&self, powers: &Powers<'_>, echo: f64, without: Option<u64>) -> f64 {
        let records: Vec<&Record> = self.records.iter().filter(|r| Some(r.fold) != without).collect();
        let sum: f64 = records.par_iter().map(|record| self.nats_of(record, powers, echo)).sum();
        sum / records.len() as f64
    }

    fn nats_of(&self, record: &Record, powers: &Powers<'_>, echo: f64) -> f64 {
        let mut of_kind = powers.kinds.to_vec();
        for (i, (kind, _)) in CROWDS.into_iter().enumerate() {
            if let Ok(at) = self.kinds.binary_search_by(|known| known.as_str().cmp(kind)) {
                of_kind[at] *= (-powers.crowds[i] * record.ln_others[i]).exp();
            }
        }
        let mut total: Vec<f64> = self.ln_prior.iter().map(|ln| powers.prior * ln).collect();
        for group in &record.groups {
            let strength = |item: &Item| of_kind[item.kind] * item.information;
            let strongest = (0..group.len()).max_by(|&a, &b| strength(&group[a]).total_cmp(&strength(&group[b])));
            for (i, item) in group.iter().enumerate() {
                let power = of_kind[item.kind] * if Some(i) == strongest { 1.0 } else { echo };
                total.iter_mut().zip(&item.ln).for_each(|(t, ln)| *t += power * ln);
            }
        }
        let peak = total.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = total.iter().map(|t| (t - peak).exp()).sum();
        sum.ln() + peak - total[record.truth]
    }
}

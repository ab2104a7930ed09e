//! The numbers of the table that are most probable, given the samples and what the table said before.
//!
//! Each number has a normal prior around its present value, so that a kind that hardly occurs stays where reasons have put it, and the sum of
//! the samples' surprises and of these is brought down one number at a time, in steps that grow finer.

use super::table::{Item, Record, Table};
use crate::guesser::{Changes, Crowd, Weights};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Steps of the descent, the coarse first, in units of each number's own.
const STEPS: [f64; 4] = [4.0, 2.0, 1.0, 0.5];
/// A move that gains less, nats in all, is not made.
const LEAST_GAIN: f64 = 0.01;

/// A number that is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Knob {
    /// Power of a kind.
    Lambda(usize),
    /// Logarithm of the factor on the odds of a kind's background.
    Background(usize),
    /// Exponent of a crowd.
    Crowd(usize),
    Echo,
    /// Place among the exponents of the prior.
    Exponent,
    Described,
}

impl Knob {
    /// Standard deviation of its prior, the unit of its steps, and its range.
    fn scale(self, table: &Table) -> (f64, f64, [f64; 2]) {
        match self {
            Self::Lambda(_) | Self::Crowd(_) | Self::Described => (0.25, 0.05, [0.0, 1.0]),
            Self::Background(_) => (0.7, 0.25, [-3.0, 3.0]),
            Self::Echo => (0.15, 0.05, [0.0, 1.0]),
            // A place is 0.05. The table's own was fitted on thousands of coordinates, so that some photos move it by little.
            Self::Exponent => (0.4, 1.0, [0.0, (table.priors.len() - 1) as f64]),
        }
    }

    /// The finest step that there is.
    fn least_step(self) -> f64 {
        if self == Self::Exponent { 1.0 } else { 0.0 }
    }

    /// Whether likelihoods change with it, and not only their powers.
    fn moves_likelihoods(self) -> bool {
        matches!(self, Self::Background(_) | Self::Exponent | Self::Described)
    }
}

/// Fits all numbers that the samples speak to, on all folds but one, or on all.
pub(super) fn fit(table: &Table, base: &Weights, without: Option<usize>) -> Changes {
    let knobs = knobs(table);
    let start = Values::of(table, base);
    let mut values = start.clone();
    let counts = |i: &usize| Some(table.records[*i].fold) != without;
    let all: Vec<usize> = (0..table.records.len()).filter(counts).collect();
    let touched: Vec<Vec<usize>> = knobs
        .iter()
        .map(|knob| match knob {
            Knob::Lambda(kind) | Knob::Background(kind) => table.having(*kind).into_iter().filter(counts).collect(),
            Knob::Crowd(crowd) => table.having(table.crowds[*crowd].0).into_iter().filter(counts).collect(),
            Knob::Echo | Knob::Exponent | Knob::Described => all.clone(),
        })
        .collect();
    let weigh = |values: &Values, records: &[usize]| -> Vec<Weighed> {
        records.par_iter().map(|&i| Weighed::of(table, &table.records[i], values)).collect()
    };
    let mut now: Vec<Weighed> = weigh(&values, &all_of(table));
    for step in STEPS {
        loop {
            let mut gained = 0.0;
            for (knob, records) in knobs.iter().zip(&touched) {
                let (deviation, unit, [least, most]) = knob.scale(table);
                let pull = |value: f64| ((value - start.get(*knob)) / deviation).powi(2) / 2.0;
                for direction in [1.0, -1.0] {
                    let old = values.get(*knob);
                    let new = (old + direction * step.max(knob.least_step()) * unit).clamp(least, most);
                    if new == old {
                        continue;
                    }
                    values.set(*knob, new);
                    let tried: Vec<Weighed> = if knob.moves_likelihoods() {
                        weigh(&values, records)
                    } else {
                        records.par_iter().map(|&i| now[i].again(table, &table.records[i], &values)).collect()
                    };
                    let before: f64 = records.iter().map(|&i| now[i].nats).sum::<f64>() + pull(old);
                    let gain = before - tried.iter().map(|weighed| weighed.nats).sum::<f64>() - pull(new);
                    if gain > LEAST_GAIN {
                        records.iter().zip(tried).for_each(|(&i, weighed)| now[i] = weighed);
                        gained += gain;
                        break;
                    }
                    values.set(*knob, old);
                }
            }
            if gained <= LEAST_GAIN {
                break;
            }
        }
    }
    values.changes(table, &start)
}

fn knobs(table: &Table) -> Vec<Knob> {
    let kinds = 0..table.kinds.len();
    let with_background = |kind: &usize| {
        let items = table.records.iter().flat_map(|record| record.groups.iter().flatten());
        items.filter(|item| item.kind == *kind).any(|item| item.background.is_some())
    };
    let mut knobs: Vec<Knob> = kinds.clone().map(Knob::Lambda).collect();
    knobs.extend(kinds.filter(with_background).map(Knob::Background));
    knobs.extend((0..table.crowds.len()).map(Knob::Crowd));
    knobs.push(Knob::Echo);
    // Each prior is fitted where something is asked under it.
    knobs.extend(table.records.iter().any(|r| !r.described).then_some(Knob::Exponent));
    knobs.extend(table.records.iter().any(|r| r.described).then_some(Knob::Described));
    knobs
}

/// The numbers at some moment.
#[derive(Debug, Clone)]
struct Values {
    lambda: Vec<f64>,
    background: Vec<f64>,
    crowd: Vec<f64>,
    echo: f64,
    exponent: f64,
    described: f64,
}

impl Values {
    fn of(table: &Table, base: &Weights) -> Self {
        let exponents = table.priors.iter().enumerate();
        let off = |exponent: f64| (exponent - base.prior.exponent).abs();
        let exponent = exponents.min_by(|a, b| off(a.1.0).total_cmp(&off(b.1.0))).map_or(0, |(i, _)| i);
        let crowd = |(kind, of): &(usize, String)| base.crowd()[&table.kinds[*kind]][of];
        Self {
            lambda: table.kinds.iter().map(|kind| base.lambda(kind)).collect(),
            background: table.kinds.iter().map(|kind| base.background(kind).ln()).collect(),
            crowd: table.crowds.iter().map(crowd).collect(),
            echo: base.group.echo,
            exponent: exponent as f64,
            described: base.prior.described,
        }
    }

    fn get(&self, knob: Knob) -> f64 {
        match knob {
            Knob::Lambda(kind) => self.lambda[kind],
            Knob::Background(kind) => self.background[kind],
            Knob::Crowd(crowd) => self.crowd[crowd],
            Knob::Echo => self.echo,
            Knob::Exponent => self.exponent,
            Knob::Described => self.described,
        }
    }

    fn set(&mut self, knob: Knob, value: f64) {
        let slot = match knob {
            Knob::Lambda(kind) => &mut self.lambda[kind],
            Knob::Background(kind) => &mut self.background[kind],
            Knob::Crowd(crowd) => &mut self.crowd[crowd],
            Knob::Echo => &mut self.echo,
            Knob::Exponent => &mut self.exponent,
            Knob::Described => &mut self.described,
        };
        *slot = value;
    }

    /// What is another number than it was.
    fn changes(&self, table: &Table, start: &Self) -> Changes {
        let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
        let changed = |new: f64, old: f64| (new != old).then(|| rounded(new));
        let by_kind = |new: &[f64], old: &[f64], of: &dyn Fn(f64) -> f64| -> BTreeMap<String, f64> {
            let pairs = table.kinds.iter().zip(new.iter().zip(old));
            pairs
                .filter(|(_, (new, old))| new != old)
                .map(|(kind, (new, _))| (kind.clone(), rounded(of(*new))))
                .collect()
        };
        // A kind's row of crowds is replaced as a whole.
        let mut crowd = Crowd::new();
        for ((kind, of), exponent) in table.crowds.iter().zip(&self.crowd) {
            crowd.entry(table.kinds[*kind].clone()).or_default().insert(of.clone(), rounded(*exponent));
        }
        Changes {
            lambda: by_kind(&self.lambda, &start.lambda, &|value| value),
            background: by_kind(&self.background, &start.background, &f64::exp),
            crowd: if self.crowd == start.crowd { Crowd::new() } else { crowd },
            exponent: changed(table.priors[self.exponent as usize].0, table.priors[start.exponent as usize].0),
            described: changed(self.described, start.described),
            echo: changed(self.echo, start.echo),
            ..Changes::default()
        }
    }
}

fn all_of(table: &Table) -> Vec<usize> {
    (0..table.records.len()).collect()
}

/// A sample under some numbers.
#[derive(Clone)]
struct Weighed {
    /// Surprise at its true country.
    nats: f64,
    /// What does not move with powers, so that these are tried at the price of a sum.
    likelihoods: Arc<Likelihoods>,
}

/// The prior and the likelihoods of a sample's findings, by country.
struct Likelihoods {
    ln_prior: Vec<f64>,
    /// By group.
    findings: Vec<Vec<Finding>>,
}

struct Finding {
    /// What it says over the prior, nats.
    information: f64,
    /// Logarithm of its likelihood of each country.
    ln: Vec<f64>,
}

impl Weighed {
    fn of(table: &Table, record: &Record, values: &Values) -> Self {
        let mut prior = table.priors[values.exponent as usize].1.clone();
        if record.described {
            prior.iter_mut().for_each(|p| *p = p.powf(values.described));
        }
        let sum: f64 = prior.iter().sum();
        prior.iter_mut().for_each(|p| *p /= sum);
        let item = |item: &Item| {
            let mean: f64 = item.fit.iter().zip(&prior).map(|(fit, p)| fit * p).sum();
            let background = item.background.map_or(0.0, |own| {
                let factor = values.background[item.kind].exp();
                own * factor / (1.0 - own + own * factor)
            });
            let ratio = item.fit.iter().map(|fit| (1.0 - background) * fit / mean + background);
            let mut information = 0.0;
            let ln = ratio.zip(&prior).map(|(ratio, p)| {
                let ln = ratio.max(1e-12).ln();
                information += p * ratio * ln;
                ln
            });
            let ln: Vec<f64> = ln.collect();
            Finding { information, ln }
        };
        let findings = record.groups.iter().map(|group| group.iter().map(item).collect()).collect();
        let ln_prior = prior.iter().map(|p| p.ln()).collect();
        Self { nats: 0.0, likelihoods: Arc::new(Likelihoods { ln_prior, findings }) }.again(table, record, values)
    }

    /// The same under other powers.
    fn again(&self, table: &Table, record: &Record, values: &Values) -> Self {
        let Likelihoods { ln_prior, findings } = &*self.likelihoods;
        let mut of_kind = values.lambda.clone();
        for ((kind, _), (exponent, ln_others)) in table.crowds.iter().zip(values.crowd.iter().zip(&record.ln_others)) {
            of_kind[*kind] *= (-exponent * ln_others).exp();
        }
        let mut total = ln_prior.clone();
        for (group, weighed) in record.groups.iter().zip(findings) {
            let strength = |i: usize| of_kind[group[i].kind] * weighed[i].information;
            let strongest = (0..group.len()).max_by(|&a, &b| strength(a).total_cmp(&strength(b)).then(b.cmp(&a)));
            for (i, Finding { ln, .. }) in weighed.iter().enumerate() {
                let echo = if Some(i) == strongest { 1.0 } else { values.echo };
                let power = of_kind[group[i].kind] * echo;
                total.iter_mut().zip(ln).for_each(|(total, ln)| *total += power * ln);
            }
        }
        let peak = total.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = total.iter().map(|total| (total - peak).exp()).sum();
        Self { nats: sum.ln() + peak - total[record.truth], likelihoods: self.likelihoods.clone() }
    }
}

//! Answers to samples that took no part in a fit, and what they teach and show.

use crate::eval::reweigh::{Weigher, nats};
use crate::eval::run::Given;
use crate::eval::score::calibration::{Calibration, Said};
use crate::eval::score::{Draws, Estimate, means};
use crate::eval::scores::truth::Truth;
use crate::guesser::{Changes, RadiusWeights, Weights};
use navig_tools::geo::{LatLon, Level};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Ranges of probability in which calibration is judged.
const BINS: usize = 10;
/// Thresholds that are tried, in hundredths.
const THRESHOLDS: std::ops::RangeInclusive<u32> = 30..=95;
/// What moving a threshold from the table's costs, per sample and square of the move: few samples move nothing far.
const PULL: f64 = 0.5;

/// A sample that is fitted on.
pub(super) struct Sample<'a> {
    /// Which run.
    pub(super) set: usize,
    /// Where it was taken.
    pub(super) at: LatLon,
    pub(super) truth: Truth,
    pub(super) cluster: &'a str,
    pub(super) fold: usize,
    pub(super) given: Given<'a>,
}

/// What one sample is answered, before thresholds and factors.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    nats: f64,
    /// Place of the true country among the probable ones, from 0; none when it is not among them.
    rank: Option<usize>,
    /// The best region of each level from the continent down, with its probability and whether it is right; levels at which the photo was
    /// taken in no region are left out.
    links: Vec<(Level, f64, bool)>,
    km: f64,
    p50_km: f64,
    p90_km: f64,
}

/// How the answers to a run do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetJudged {
    /// Samples.
    pub n: usize,
    /// Mean surprise at the true country, nats.
    pub nats: f64,
    /// Calibration error of the countries, and what honest probabilities would have on average.
    pub country_error: [f64; 2],
    /// Share whose country is the most probable one, among the first 5, among the first 10.
    pub country_among: [f64; 3],
    /// Share whose country is named.
    pub country_named: f64,
    /// Share that names a wrong region.
    pub over_claimed: f64,
    /// Share that the 50 % radius holds.
    pub p50_holds: f64,
    /// Share that the 90 % radius holds.
    pub p90_holds: f64,
}

/// The answers to some samples under a table; the others stay empty.
pub(super) fn answers(
    samples: &[Sample<'_>],
    weights: &Weights,
    which: &(dyn Fn(&Sample<'_>) -> bool + Sync),
) -> Vec<Answer> {
    let as_is = Weigher::new(weights.clone());
    let levels = Level::ALL.map(|level| (level, 0.0)).into();
    let to_the_end = Weigher::new(weights.clone().with(&Changes { levels, ..Changes::default() }));
    let answer = |sample: &Sample<'_>| {
        if !which(sample) {
            return Answer::default();
        }
        let guess = as_is.guess(&sample.given);
        let whole = to_the_end.brief(&sample.given, &|_| true);
        let link = |link: &crate::ledger::ChainLink| {
            sample.truth.is(link.level, &link.code).map(|right| (link.level, link.probability, right))
        };
        let country = sample.truth.country().unwrap_or_default();
        Answer {
            nats: nats(&whole, country),
            rank: whole.countries.iter().position(|link| link.code == country),
            links: whole.chain.iter().filter_map(link).collect(),
            km: guess.point.distance_km(sample.at),
            p50_km: guess.radius_km.p50,
            p90_km: guess.radius_km.p90,
        }
    };
    samples.par_iter().map(answer).collect()
}

/// Samples that teach: those of other folds than one.
fn taught<'a>(
    samples: &'a [Sample<'_>],
    answers: &'a [Answer],
    without: Option<usize>,
) -> impl Iterator<Item = (&'a Sample<'a>, &'a Answer)> {
    samples.iter().zip(answers).filter(move |(sample, _)| Some(sample.fold) != without)
}

/// The threshold of each level. The table's own states the price of a wrong name, `t / (1 - t)` right ones; the fitted threshold is where names
/// at that price are worth most.
pub(super) fn levels(
    samples: &[Sample<'_>],
    answers: &[Answer],
    base: &Weights,
    without: Option<usize>,
) -> BTreeMap<Level, f64> {
    let fitted = |level: Level| {
        let own = base.threshold(level);
        let price = own / (1.0 - own);
        let said: Vec<(f64, bool)> = taught(samples, answers, without)
            .filter_map(|(_, answer)| answer.links.iter().find(|(l, ..)| *l == level).map(|(_, p, right)| (*p, *right)))
            .collect();
        let worth = |threshold: f64| {
            let named =
                said.iter().filter(|(p, _)| *p >= threshold).map(|(_, right)| if *right { 1.0 } else { -price });
            named.sum::<f64>() / said.len().max(1) as f64 - PULL * (threshold - own).powi(2)
        };
        let tried = THRESHOLDS.map(|hundredths| f64::from(hundredths) / 100.0);
        let best =
            tried.max_by(|a, b| worth(*a).total_cmp(&worth(*b)).then((b - own).abs().total_cmp(&(a - own).abs())));
        best.unwrap_or(own)
    };
    Level::ALL.into_iter().map(|level| (level, fitted(level))).collect()
}

/// Factors on the radii by conformal calibration (Vovk, Gammerman and Shafer 2005): the `ceil((n + 1) q)`-th smallest ratio of the distance to the
/// radius, times which the radius holds a new photo with probability `q`. Photos teach it, where there are any, and descriptions do not.
pub(super) fn radius(
    samples: &[Sample<'_>],
    answers: &[Answer],
    base: &Weights,
    without: Option<usize>,
) -> RadiusWeights {
    let photos = samples.iter().any(|sample| !sample.given.described);
    let factor = |share: f64, of: &dyn Fn(&Answer) -> f64| {
        let teaching = taught(samples, answers, without).filter(|(sample, _)| !photos || !sample.given.described);
        let mut ratios: Vec<f64> = teaching.map(|(_, answer)| answer.km / of(answer)).collect();
        ratios.sort_by(f64::total_cmp);
        let rank = ((ratios.len() + 1) as f64 * share).ceil() as usize;
        ratios.get(rank.saturating_sub(1).min(ratios.len().saturating_sub(1))).copied().unwrap_or(1.0).max(1e-3)
    };
    RadiusWeights {
        p50: base.radius.p50 * factor(0.5, &|answer| answer.p50_km),
        p90: base.radius.p90 * factor(0.9, &|answer| answer.p90_km),
    }
}

/// How answers do under the thresholds and radii of a table, which may be another for each fold; they were computed with the radii of `base`.
pub(super) fn judge<'w>(
    samples: &[Sample<'_>],
    answers: &[Answer],
    base: &Weights,
    table: &dyn Fn(usize) -> &'w Weights,
) -> Vec<SetJudged> {
    let sets = samples.iter().map(|sample| sample.set + 1).max().unwrap_or(0);
    (0..sets).map(|set| judge_set(samples, answers, base, table, set)).collect()
}

fn judge_set<'w>(
    samples: &[Sample<'_>],
    answers: &[Answer],
    base: &Weights,
    table: &dyn Fn(usize) -> &'w Weights,
    set: usize,
) -> SetJudged {
    let of: Vec<(&Sample<'_>, &Answer)> = samples.iter().zip(answers).filter(|(sample, _)| sample.set == set).collect();
    let n = of.len().max(1) as f64;
    let share =
        |holds: &dyn Fn(&Sample<'_>, &Answer) -> bool| of.iter().filter(|(s, a)| holds(s, a)).count() as f64 / n;
    let named = |sample: &Sample<'_>, answer: &Answer| -> Vec<(Level, bool)> {
        let passing = answer.links.iter().take_while(|(level, p, _)| *p >= table(sample.fold).threshold(*level));
        passing.map(|(level, _, right)| (*level, *right)).collect()
    };
    let country = |answer: &Answer| answer.links.iter().find(|(level, ..)| *level == Level::Country).copied();
    let said: Vec<Said> =
        of.iter().filter_map(|(_, answer)| country(answer)).map(|(_, p, right)| Said { p, right }).collect();
    let calibration = Calibration::of(&said, BINS);
    SetJudged {
        n: of.len(),
        nats: of.iter().map(|(_, answer)| answer.nats).sum::<f64>() / n,
        country_error: calibration.map_or([0.0; 2], |found| [found.error, found.error_by_chance]),
        country_among: [1, 5, 10].map(|first| share(&|_, answer| answer.rank.is_some_and(|rank| rank < first))),
        country_named: share(&|s, a| named(s, a).iter().any(|(level, _)| *level == Level::Country)),
        over_claimed: share(&|s, a| named(s, a).iter().any(|(_, right)| !right)),
        p50_holds: share(&|s, a| a.km <= a.p50_km * table(s.fold).radius.p50 / base.radius.p50),
        p90_holds: share(&|s, a| a.km <= a.p90_km * table(s.fold).radius.p90 / base.radius.p90),
    }
}

/// What the second answers save of the surprise at the true country, for each run.
pub(super) fn saves(samples: &[Sample<'_>], before: &[Answer], after: &[Answer]) -> Vec<Estimate> {
    let sets = samples.iter().map(|sample| sample.set + 1).max().unwrap_or(0);
    let of = |set: usize| {
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let (mut column, mut clusters) = (Vec::new(), Vec::new());
        for ((sample, a), b) in samples.iter().zip(before).zip(after).filter(|((s, _), _)| s.set == set) {
            let next = numbers.len();
            clusters.push(*numbers.entry(sample.cluster).or_insert(next));
            column.push(a.nats - b.nats);
        }
        means(&[column], &clusters, Draws::default())[0]
    };
    (0..sets).map(of).collect()
}

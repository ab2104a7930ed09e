//! The bootstrap (Efron 1979): the metrics again on many samples drawn from the sample.
//!
//! A draw of a million outcomes is a million random numbers, and nothing else in it needs to be slow. Outcomes are sorted by distance
//! once; a draw is then how often each was taken, and every metric is a sum over that in sorted order: a threshold is a prefix, a
//! quantile is where the prefix reaches its rank. Nothing is gathered or sorted again.
//!
//! Draw `d` takes for its `i`-th place the cluster with the number `(random >> 32) * clusters >> 32`, where `random` is the
//! `d * clusters + i`-th output of SplitMix64 (Steele, Lea and Flood 2014, "Fast Splittable Pseudorandom Number Generators") from the
//! seed. Draws are thereby the same on any machine and in any order, and can be repeated elsewhere, as `evals/bench/score` does.

use super::{Accuracy, Distances, MISSING_KM, Outcome, QUANTILES, Ratio, THRESHOLDS_KM, score};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Quantiles of the draws that bound an interval.
const INTERVAL: [f64; 2] = [0.025, 0.975];
/// Outcomes whose counts are summed together, so that a quantile is found without walking over all.
const BLOCK: usize = 1024;
const METRICS: usize = THRESHOLDS_KM.len() + 2 + QUANTILES.len();

/// How many draws, and from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Draws {
    /// Draws; with none an interval is its value.
    pub count: usize,
    /// Where the random numbers begin.
    pub seed: u64,
}

impl Default for Draws {
    fn default() -> Self {
        Self { count: 1000, seed: 0 }
    }
}

/// A value with its 95 % interval: the 2.5 and 97.5 % quantiles of the draws.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// Of the sample itself.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Outcomes in the order of their distance.
struct Sorted {
    /// Distances, missing ones as [`MISSING_KM`], and their scores.
    km: Vec<f64>,
    scores: Vec<f64>,
    /// Which cluster each belongs to, numbered from 0.
    cluster: Vec<u32>,
    clusters: usize,
    /// Where the missing ones lie: behind all answers of the same distance.
    missing: std::ops::Range<usize>,
    /// Where each threshold ends.
    ends: [usize; THRESHOLDS_KM.len()],
}

/// The metrics of one sample: all of it, and its answers; and the share of the missing.
#[derive(Clone, Copy)]
struct Metrics {
    compatible: [f64; METRICS],
    answered: [f64; METRICS],
    missing: f64,
}

pub(super) fn scored(outcomes: &[Outcome], ratios: &[Ratio], draws: Draws) -> Option<(Distances, Vec<Estimate>)> {
    if outcomes.is_empty() {
        return None;
    }
    let (sorted, order) = Sorted::new(outcomes);
    let columns: Vec<Masks> = ratios.iter().map(|ratio| Masks::new(ratio, &order)).collect();
    let shares = |taken: &[u16]| -> Vec<f64> {
        let all = if columns.is_empty() { 0 } else { taken.chunks(BLOCK).map(total).sum() };
        columns.iter().map(|masks| masks.share(taken, all)).collect()
    };
    let ones = vec![1; outcomes.len()];
    let (whole, whole_shares) = (sorted.metrics(&ones), shares(&ones));
    let (drawn, drawn_shares): (Vec<Metrics>, Vec<Vec<f64>>) = (0..draws.count)
        .into_par_iter()
        .map_init(Taken::default, |taken, draw| {
            sorted.draw(taken, draw, draws.seed);
            (sorted.metrics(&taken.outcomes), shares(&taken.outcomes))
        })
        .unzip();
    let estimates = whole_shares.iter().enumerate().map(|(i, value)| {
        // A share of nothing has no value; a ratio that counts nothing at all is 0.
        let value = if value.is_finite() { *value } else { 0.0 };
        estimate(value, drawn_shares.iter().map(|shares| shares[i]).collect())
    });
    let estimates = estimates.collect();
    let n = outcomes.len();
    let answers = n - sorted.missing.len();
    let of_answers =
        || accuracy(answers, &whole.answered, &|metric| drawn.iter().map(|m| m.answered[metric]).collect());
    let distances = Distances {
        compatible: accuracy(n, &whole.compatible, &|metric| drawn.iter().map(|m| m.compatible[metric]).collect()),
        answered: (answers > 0).then(of_answers),
        missing: estimate(whole.missing, drawn.iter().map(|m| m.missing).collect()),
    };
    Some((distances, estimates))
}

/// A ratio in an order of the outcomes, as masks of how often each was taken.
struct Masks {
    /// What counts; none where all do.
    of: Option<Vec<u16>>,
    holds: Vec<u16>,
}

impl Masks {
    fn new(Ratio(values): &Ratio, order: &[u32]) -> Self {
        let masks = |is: &dyn Fn(Option<bool>) -> bool| -> Vec<u16> {
            order.iter().map(|&i| if is(values[i as usize]) { u16::MAX } else { 0 }).collect()
        };
        let of = values.iter().any(Option::is_none).then(|| masks(&|value| value.is_some()));
        Self { of, holds: masks(&|value| value == Some(true)) }
    }

    /// The share among outcomes that were taken so often, `all` together.
    fn share(&self, taken: &[u16], all: u64) -> f64 {
        times(taken, &self.holds) as f64 / self.of.as_ref().map_or(all, |of| times(taken, of)) as f64
    }
}

/// How often the outcomes under a mask were taken.
fn times(taken: &[u16], mask: &[u16]) -> u64 {
    let blocks = taken.chunks(BLOCK).zip(mask.chunks(BLOCK));
    let of = |(taken, mask): (&[u16], &[u16])| -> u64 {
        u64::from(taken.iter().zip(mask).map(|(&n, &mask)| u32::from(n & mask)).sum::<u32>())
    };
    blocks.map(of).sum()
}

fn accuracy(n: usize, whole: &[f64; METRICS], drawn: &dyn Fn(usize) -> Vec<f64>) -> Accuracy {
    let of = |metric: usize| estimate(whole[metric], drawn(metric));
    let sums = THRESHOLDS_KM.len();
    Accuracy {
        n,
        within: std::array::from_fn(of),
        score: of(sums),
        mean_km: of(sums + 1),
        quantiles_km: std::array::from_fn(|i| of(sums + 2 + i)),
    }
}

/// Draws in which a metric has no value, because no answer was taken, say nothing on it.
fn estimate(value: f64, mut drawn: Vec<f64>) -> Estimate {
    drawn.retain(|v| v.is_finite());
    drawn.sort_unstable_by(f64::total_cmp);
    let [low, high] =
        INTERVAL.map(|q| if drawn.is_empty() { value } else { interpolated(q, drawn.len(), |i| drawn[i]) });
    Estimate { value, low, high }
}

/// The quantile `q` of `n` sorted values, between the two nearest ranks.
fn interpolated(q: f64, n: usize, at: impl Fn(usize) -> f64) -> f64 {
    let rank = q * (n - 1) as f64;
    let below = rank.floor() as usize;
    let (low, high) = (at(below), at((below + 1).min(n - 1)));
    low + (high - low) * (rank - below as f64)
}

/// How often each cluster, and each outcome, was taken.
#[derive(Default)]
struct Taken {
    clusters: Vec<u16>,
    outcomes: Vec<u16>,
}

impl Sorted {
    /// And which outcome stands where.
    fn new(outcomes: &[Outcome]) -> (Self, Vec<u32>) {
        let km = |o: &Outcome| o.distance_km.unwrap_or(MISSING_KM);
        let mut places: Vec<u32> = (0..outcomes.len() as u32).collect();
        let of = |place: &u32| &outcomes[*place as usize];
        places.par_sort_by(|a, b| {
            let (a, b) = (of(a), of(b));
            km(a).total_cmp(&km(b)).then(a.distance_km.is_none().cmp(&b.distance_km.is_none()))
        });
        let order: Vec<&Outcome> = places.iter().map(of).collect();
        let mut numbers: HashMap<u32, u32> = HashMap::new();
        // Clusters are numbered by their first outcome as it was given, so that a draw does not hang on the distances.
        for outcome in outcomes {
            let next = numbers.len() as u32;
            numbers.entry(outcome.cluster).or_insert(next);
        }
        let sorted: Vec<f64> = order.iter().map(|o| km(o)).collect();
        let from = order.partition_point(|o| km(o) < MISSING_KM || km(o) == MISSING_KM && o.distance_km.is_some());
        let missing = from..from + order.iter().filter(|o| o.distance_km.is_none()).count();
        let sorted = Self {
            scores: sorted.iter().map(|km| score(*km)).collect(),
            cluster: order.iter().map(|o| numbers[&o.cluster]).collect(),
            clusters: numbers.len(),
            missing,
            ends: THRESHOLDS_KM.map(|(_, limit)| sorted.partition_point(|km| *km <= limit)),
            km: sorted,
        };
        (sorted, places)
    }

    fn draw(&self, taken: &mut Taken, draw: usize, seed: u64) {
        draw_clusters(&mut taken.clusters, self.clusters, draw, seed);
        taken.outcomes.clear();
        taken.outcomes.extend(self.cluster.iter().map(|&cluster| taken.clusters[cluster as usize]));
    }

    /// The metrics of a sample in which each outcome was taken so often.
    fn metrics(&self, taken: &[u16]) -> Metrics {
        let blocks: Vec<u64> = taken.chunks(BLOCK).map(total).collect();
        let until = |end: usize| blocks[..end / BLOCK].iter().sum::<u64>() + total(&taken[end / BLOCK * BLOCK..end]);
        let all = until(taken.len());
        let before = until(self.missing.start);
        let missing = until(self.missing.end) - before;
        let (scores, km) = (dot(taken, &self.scores), dot(taken, &self.km));
        let hits = self.ends.map(until);
        let at = |rank: u64| self.km[position(taken, &blocks, rank)];
        let metrics = |n: u64, scores: f64, km: f64, at: &dyn Fn(u64) -> f64| {
            let mut out = [f64::NAN; METRICS];
            if n > 0 {
                let values = hits.into_iter().map(|hits| hits as f64 / n as f64);
                let values = values.chain([scores / n as f64, km / n as f64]);
                let quantiles = QUANTILES.map(|q| interpolated(q, n as usize, |rank| at(rank as u64)));
                out.iter_mut().zip(values.chain(quantiles)).for_each(|(slot, value)| *slot = value);
            }
            out
        };
        let without = missing as f64;
        Metrics {
            compatible: metrics(all, scores, km, &at),
            // Of the answers alone, ranks from `before` on lie behind the missing ones.
            answered: metrics(
                all - missing,
                scores - without * score(MISSING_KM),
                km - without * MISSING_KM,
                &|rank| at(if rank < before { rank } else { rank + missing }),
            ),
            missing: missing as f64 / all as f64,
        }
    }
}

/// Means of columns over samples of clusters that are numbered from 0, drawn as outcomes are.
pub(super) fn means(columns: &[Vec<f64>], clusters: &[usize], draws: Draws) -> Vec<Estimate> {
    let count = clusters.iter().max().map_or(0, |last| last + 1);
    let mut members = vec![0.0; count];
    clusters.iter().for_each(|&cluster| members[cluster] += 1.0);
    let sums: Vec<Vec<f64>> = columns
        .iter()
        .map(|column| {
            let mut sums = vec![0.0; count];
            column.iter().zip(clusters).for_each(|(value, &cluster)| sums[cluster] += value);
            sums
        })
        .collect();
    let means = |taken: &[u16]| -> Vec<f64> {
        let n = dot(taken, &members);
        sums.iter().map(|sums| dot(taken, sums) / n).collect()
    };
    let whole = means(&vec![1; count]);
    let drawn: Vec<Vec<f64>> = (0..draws.count)
        .into_par_iter()
        .map_init(Vec::new, |taken, draw| {
            draw_clusters(taken, count, draw, draws.seed);
            means(taken)
        })
        .collect();
    let value = |value: f64| if value.is_finite() { value } else { 0.0 };
    let of = |(i, mean): (usize, &f64)| estimate(value(*mean), drawn.iter().map(|means| means[i]).collect());
    whole.iter().enumerate().map(of).collect()
}

/// How often each of some clusters is taken by a draw.
fn draw_clusters(taken: &mut Vec<u16>, clusters: usize, draw: usize, seed: u64) {
    taken.clear();
    taken.resize(clusters, 0);
    let first = (draw as u64).wrapping_mul(clusters as u64);
    for i in 0..clusters as u64 {
        let random = splitmix64(seed, first.wrapping_add(i));
        let cluster = ((random >> 32) * clusters as u64) >> 32;
        // A cluster that is taken 65,535 times is never seen: it has the odds of a coin that falls on one side for a month.
        let times = &mut taken[cluster as usize];
        *times = times.saturating_add(1);
    }
}

/// How many were taken. A block has at most [`BLOCK`] outcomes, so 32 bits hold it.
fn total(block: &[u16]) -> u64 {
    u64::from(block.iter().map(|&n| u32::from(n)).sum::<u32>())
}

/// The sum of values, each as often as it was taken; in several sums side by side, as processors add.
fn dot(taken: &[u16], values: &[f64]) -> f64 {
    const SUMS: usize = 16;
    let mut sums = [0.0; SUMS];
    let (taken, values) = (taken.chunks_exact(SUMS), values.chunks_exact(SUMS));
    let rest: f64 = taken.remainder().iter().zip(values.remainder()).map(|(&n, v)| f64::from(n) * v).sum();
    for (taken, values) in taken.zip(values) {
        for ((sum, &n), v) in sums.iter_mut().zip(taken).zip(values) {
            *sum += f64::from(n) * v;
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// The outcome that holds a rank of a sample.
fn position(taken: &[u16], blocks: &[u64], rank: u64) -> usize {
    let mut left = rank;
    let mut block = 0;
    while left >= blocks[block] {
        left -= blocks[block];
        block += 1;
    }
    let mut at = block * BLOCK;
    while left >= u64::from(taken[at]) {
        left -= u64::from(taken[at]);
        at += 1;
    }
    at
}

/// The output number `index` of SplitMix64 from `seed`.
fn splitmix64(seed: u64, index: u64) -> u64 {
    let mut z = seed.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

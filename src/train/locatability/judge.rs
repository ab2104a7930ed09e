//! Whether scores know what they claim to: whether photos that score high are those that were answered near.

use super::{Score, is_kept};
use serde::Serialize;
use std::collections::HashMap;
use std::path::Path;

/// Distance up to which an answer is near, km: the country level of the benchmarks.
pub const NEAR_KM: f64 = 750.0;
/// Quantile of the normal distribution for 95 %.
const Z: f64 = 1.959_963_985;
/// Thresholds of a sweep: 0, 0.05 and so on to 1.
const STEPS: u32 = 20;

/// A photo's score, and how it was answered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Its score.
    pub score: f64,
    /// Whether the answer lies within [`NEAR_KM`]; no answer does not.
    pub near: bool,
}

/// A photo of a run, as far as scores are judged by it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answered<'a> {
    /// Its picture, named as the scores name it.
    pub picture: &'a Path,
    /// Distance of the answer from the truth, km; none when there is no answer.
    pub distance_km: Option<f64>,
}

/// Scores and answers brought together.
#[derive(Debug, Clone, PartialEq)]
pub struct Joined {
    /// Photos that have both, in the order of the run.
    pub outcomes: Vec<Outcome>,
    /// Photos of the run that have no score.
    pub unscored: usize,
}

/// Brings together by picture; of two scores of a picture the later counts. All scores should be of one way and one [`Score::by`].
#[must_use]
pub fn join(scores: &[Score], run: &[Answered<'_>]) -> Joined {
    let by_picture: HashMap<&Path, f64> = scores.iter().map(|s| (s.picture.as_path(), s.value)).collect();
    let outcome = |a: &Answered<'_>| {
        let near = a.distance_km.is_some_and(|km| km <= NEAR_KM);
        by_picture.get(a.picture).map(|&score| Outcome { score, near })
    };
    let outcomes: Vec<Outcome> = run.iter().filter_map(outcome).collect();
    Joined { unscored: run.len() - outcomes.len(), outcomes }
}

/// How well scores tell near answers from far ones.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Auc {
    /// The probability that a near one scores higher than a far one: 1 is perfect, 0.5 is chance.
    pub value: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Photos that were answered near.
    pub near: usize,
    /// Photos that were not.
    pub far: usize,
}

/// The area under the ROC curve, as the statistic of Mann and Whitney (1947) over the number of pairs; equal scores count a half.
///
/// The interval has the variance of Hanley and McNeil (1982) at its own ends and not at the value, by the score method (Newcombe 2006,
/// "Confidence intervals for an effect size measure based on the Mann-Whitney statistic, part 2", method 5): it stays in [0, 1], and
/// does not close to a point when the value is 1. Photos count as independent; several of one place make it too narrow.
///
/// None when all were answered near, or none was.
#[must_use]
pub fn auc(outcomes: &[Outcome]) -> Option<Auc> {
    let near = outcomes.iter().filter(|o| o.near).count();
    let far = outcomes.len() - near;
    if near == 0 || far == 0 {
        return None;
    }
    let ranks = midranks(&outcomes.iter().map(|o| o.score).collect::<Vec<_>>());
    let sum: f64 = ranks.iter().zip(outcomes).filter(|(_, o)| o.near).map(|(rank, _)| rank).sum();
    let (m, n) = (near as f64, far as f64);
    let value = (sum - m * (m + 1.0) / 2.0) / (m * n);
    Some(Auc { value, low: bound(value, 0.0, m, n), high: bound(value, 1.0, m, n), near, far })
}

/// The value between `value` and `end` from which `value` is just 95 % likely to come.
fn bound(value: f64, end: f64, m: f64, n: f64) -> f64 {
    let far_off = |a: f64| {
        let others = (m + n) / 2.0 - 1.0;
        let variance = a * (1.0 - a) * (1.0 + others * ((1.0 - a) / (2.0 - a) + a / (1.0 + a))) / (m * n);
        (a - value).abs() > Z * variance.sqrt()
    };
    let (mut inside, mut outside) = (value, end);
    for _ in 0..60 {
        let middle = f64::midpoint(inside, outside);
        if far_off(middle) { outside = middle } else { inside = middle }
    }
    inside
}

/// What a threshold keeps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Kept {
    /// The threshold.
    pub threshold: f64,
    /// Share of all photos that are kept.
    pub kept: f64,
    /// Share of the kept ones that were answered near; none when none is kept.
    pub near: Option<f64>,
}

/// What thresholds from 0 to 1 keep, in steps of 0.05; empty for no outcomes.
#[must_use]
pub fn sweep(outcomes: &[Outcome]) -> Vec<Kept> {
    if outcomes.is_empty() {
        return Vec::new();
    }
    let at = |step: u32| {
        let threshold = f64::from(step) / f64::from(STEPS);
        let kept: Vec<&Outcome> = outcomes.iter().filter(|o| is_kept(o.score, threshold)).collect();
        let near = kept.iter().filter(|o| o.near).count() as f64;
        let share = kept.len() as f64 / outcomes.len() as f64;
        Kept { threshold, kept: share, near: (!kept.is_empty()).then_some(near / kept.len() as f64) }
    };
    (0..=STEPS).map(at).collect()
}

/// The rank correlation of Spearman (1904), with the mean rank for equal values; none when the lists differ in length, or one of them
/// has only equal values.
#[must_use]
pub fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.len() != b.len() {
        return None;
    }
    let (a, b) = (midranks(a), midranks(b));
    let mean = (a.len() as f64 + 1.0) / 2.0;
    let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
    let spread = (product(&a, &a) * product(&b, &b)).sqrt();
    (spread > 0.0).then(|| product(&a, &b) / spread)
}

/// Ranks from 1; equal values have the mean of theirs.
fn midranks(values: &[f64]) -> Vec<f64> {
    // One zero: a score of -0 is no lower than one of 0.
    let value = |i: usize| values[i] + 0.0;
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| value(i).total_cmp(&value(j)));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for equal in order.chunk_by(|&i, &j| value(i).total_cmp(&value(j)).is_eq()) {
        let rank = before as f64 + (equal.len() as f64 + 1.0) / 2.0;
        equal.iter().for_each(|&i| ranks[i] = rank);
        before += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::super::Statistics;
    use super::*;
    use proptest::prelude::*;
    use std::path::PathBuf;

    fn outcomes(of: &[(f64, bool)]) -> Vec<Outcome> {
        of.iter().map(|&(score, near)| Outcome { score, near }).collect()
    }

    fn value(of: &[(f64, bool)]) -> Option<f64> {
        auc(&outcomes(of)).map(|auc| auc.value)
    }

    #[test]
    fn pairs_in_order_count_one_and_equal_ones_a_half() {
        assert_eq!(value(&[(0.3, true), (0.2, true), (0.1, false), (0.2, false)]), Some(0.875));
        assert_eq!(value(&[(0.1, true), (0.9, false)]), Some(0.0));
        assert_eq!(value(&[(-0.0, true), (0.0, false)]), Some(0.5));
        assert_eq!(value(&[(0.3, true), (0.2, true)]), None);
        assert_eq!(value(&[]), None);
    }

    #[test]
    fn the_interval_of_a_perfect_score_is_no_point_and_narrows_with_more() {
        let perfect = |n: u32| {
            let of: Vec<(f64, bool)> = (0..n).flat_map(|_| [(0.9, true), (0.1, false)]).collect();
            auc(&outcomes(&of)).expect("both kinds are there")
        };
        let (few, many) = (perfect(5), perfect(500));
        assert_eq!((few.value, few.high, few.near, few.far), (1.0, 1.0, 5, 5));
        assert!(few.low < 0.75 && many.low > 0.98, "{few:?} {many:?}");
    }

    /// Normal scores, one deviation apart: the true area is the normal distribution's at `1 / sqrt 2`, 0.7602.
    #[test]
    fn the_interval_holds_the_true_area_about_as_often_as_it_says() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut normal = || (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
        let held = (0..1000).filter(|_| {
            let of: Vec<(f64, bool)> = (0..30).flat_map(|_| [(normal() + 1.0, true), (normal(), false)]).collect();
            let auc = auc(&outcomes(&of)).expect("both kinds are there");
            (auc.low..=auc.high).contains(&0.7602)
        });
        let held = held.count();
        assert!((930..=970).contains(&held), "{held}");
    }

    #[test]
    fn ranks_correlate_as_known() {
        let known = spearman(&[1.0, 2.0, 3.0, 4.0, 5.0], &[5.0, 6.0, 7.0, 8.0, 7.0]).expect("ranks differ");
        assert!((known - 8.0 / 95f64.sqrt()).abs() < 1e-12, "{known}");
        assert_eq!(spearman(&[1.0, 2.0, 9.0], &[3.0, 2.0, 1.0]), Some(-1.0));
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(spearman(&[1.0], &[1.0, 2.0]), None);
    }

    #[test]
    fn a_sweep_begins_with_all_and_the_limit_is_kept() {
        let swept = sweep(&outcomes(&[(0.4, true), (0.39, false), (0.9, true), (0.0, false)]));
        assert_eq!(swept.len(), 21);
        assert_eq!(swept[0], Kept { threshold: 0.0, kept: 1.0, near: Some(0.5) });
        assert_eq!(swept[8], Kept { threshold: 0.4, kept: 0.5, near: Some(1.0) });
        assert_eq!(swept[20], Kept { threshold: 1.0, kept: 0.0, near: None });
        assert!(sweep(&[]).is_empty());
    }

    #[test]
    fn a_photo_without_an_answer_is_far_and_one_without_a_score_is_counted() {
        let statistics = Statistics { sharpness: 0.6, edges: 0.6, colours: 0.6, sky: 0.0 };
        let score = |picture: &str| Score::picture(PathBuf::from(picture), picture.to_owned(), statistics);
        let scores = [score("a"), score("b"), score("other")];
        let run = [("a", Some(750.0)), ("b", None), ("c", Some(1.0))];
        let run = run.map(|(picture, distance_km)| Answered { picture: Path::new(picture), distance_km });
        let joined = join(&scores, &run);
        assert_eq!(
            (joined.outcomes.iter().map(|o| o.near).collect::<Vec<_>>(), joined.unscored),
            (vec![true, false], 1)
        );
    }

    proptest! {
        #[test]
        fn the_area_is_that_of_all_pairs_and_scales_do_not_matter(of in prop::collection::vec((0u8..6, any::<bool>()), 2..40)) {
            let of: Vec<(f64, bool)> = of.into_iter().map(|(score, near)| (f64::from(score) / 5.0, near)).collect();
            let (near, far): (Vec<_>, Vec<_>) = of.iter().partition(|(_, near)| *near);
            prop_assume!(!near.is_empty() && !far.is_empty());
            let won = |a: f64, b: f64| if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 };
            let pairs: f64 = near.iter().flat_map(|(a, _)| far.iter().map(move |(b, _)| won(*a, *b))).sum();
            let auc = auc(&outcomes(&of)).expect("both kinds are there");
            prop_assert!((auc.value - pairs / (near.len() * far.len()) as f64).abs() < 1e-12);
            prop_assert!(0.0 <= auc.low && auc.low <= auc.value && auc.value <= auc.high && auc.high <= 1.0);
            let scaled: Vec<(f64, bool)> = of.iter().map(|&(score, near)| ((3.0 * score).exp() - 40.0, near)).collect();
            prop_assert_eq!(value(&scaled), Some(auc.value));
            let constant: Vec<(f64, bool)> = of.iter().map(|&(_, near)| (0.3, near)).collect();
            prop_assert_eq!(value(&constant), Some(0.5));
            let turned: Vec<(f64, bool)> = of.iter().map(|&(score, near)| (score, !near)).collect();
            prop_assert!((value(&turned).expect("both") + auc.value - 1.0).abs() < 1e-12);
        }
    }
}

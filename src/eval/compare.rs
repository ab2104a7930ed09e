//! Two runs or more on the same samples: what differs beyond chance, and which photos flipped, with the evidence of both sides.
//!
//! Two answerers are always there besides: one that names the best constant point for these samples, and the prior, which has seen no photo.
//! Whoever is no better than these has learned nothing from the pictures.

use super::reweigh::Weigher;
use super::run::{Given, Line, Run, clusters};
use super::score::{Draws, Estimate, MISSING_KM, THRESHOLDS_KM, means, score};
use crate::ledger::Reason;
use navig_tools::geo::LatLon;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::PathBuf;

/// The value of [`Comparison::schema`].
pub const COMPARISON_SCHEMA: &str = "navig.comparison/1";

/// Points that are tried as the constant answer.
const CONSTANTS: usize = 500;
/// Reasons that are shown of each side.
const REASONS: usize = 4;

/// What differs between runs (`navig.comparison/1`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// Always `navig.comparison/1`.
    pub schema: String,
    /// Name and version of the benchmark.
    pub task: String,
    /// Samples that all runs have.
    pub n: usize,
    /// Samples that some runs have and others do not; they do not count.
    pub left_out: usize,
    /// The runs as they were given, then the best constant point and the prior.
    pub sides: Vec<Side>,
    /// Each run but the first against the first.
    pub differences: Vec<Difference>,
}

/// One answerer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Side {
    /// Who answers, and in which folder.
    pub name: String,
    /// Share within each of the thresholds.
    pub within: [Estimate; THRESHOLDS_KM.len()],
    /// Mean score.
    pub score: Estimate,
}

/// A run against the first, sample by sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// Name of the run.
    pub name: String,
    /// Difference of the shares within each of the thresholds; positive where this run is better.
    pub within: [Estimate; THRESHOLDS_KM.len()],
    /// Difference of the mean scores.
    pub score: Estimate,
    /// Samples that only this run has right within 750 km.
    pub won: usize,
    /// Samples that only the first run has right.
    pub lost: usize,
    /// Of both, the most changed first.
    pub flips: Vec<Flip>,
}

/// A sample that is right within 750 km on one side only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Flip {
    /// Which sample.
    pub id: String,
    /// Where the photo was taken.
    pub at: LatLon,
    /// The answer of the first run.
    pub before: Shown,
    /// The answer of this run.
    pub after: Shown,
}

/// An answer with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Shown {
    /// Distance from the truth, km; none when there is no answer.
    pub km: Option<f64>,
    /// What is named, with probabilities.
    pub names: String,
    /// The strongest reasons for and against the first candidate, in words.
    pub reasons: Vec<String>,
}

/// Why runs cannot be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// They are of different benchmarks.
    #[error("{} and {} are runs of different lists: {one_task} and {other_task}", one.display(), other.display())]
    Tasks {
        /// A run.
        one: PathBuf,
        /// Its benchmark.
        one_task: String,
        /// Another run.
        other: PathBuf,
        /// Its benchmark.
        other_task: String,
    },
    /// They have no sample in common.
    #[error("the runs have no sample in common")]
    Apart,
}

/// Compares runs with the first of them.
///
/// # Errors
/// [`CompareError`] when they are not of one list, or have no sample in common.
pub fn compare(runs: &[Run], weigher: &Weigher, draws: Draws, flips: usize) -> Result<Comparison, CompareError> {
    let Some((first, others)) = runs.split_first() else { return Err(CompareError::Apart) };
    if let Some(other) = others.iter().find(|run| run.facts.task.list_sha256 != first.facts.task.list_sha256) {
        let task = |run: &Run| format!("{} {}", run.facts.task.name, run.facts.task.version);
        let (one_task, other_task) = (task(first), task(other));
        return Err(CompareError::Tasks { one: first.path.clone(), one_task, other: other.path.clone(), other_task });
    }
    let lines = common(runs);
    let n = lines.first().map_or(0, Vec::len);
    if n == 0 {
        return Err(CompareError::Apart);
    }
    let clusters = clusters(lines[0].iter().copied());
    let kms: Vec<Vec<f64>> = lines.iter().map(|lines| distances(lines)).collect();
    let truth: Vec<LatLon> = lines[0].iter().map(|line| line.at).collect();
    let names = names(runs);
    let mut sides: Vec<Side> =
        names.iter().zip(&kms).map(|(name, kms)| side(name, &columns(kms), &clusters, draws)).collect();
    for (name, point) in
        [("the best constant point", constant(&truth)), ("the prior, no photo seen", weigher.prior().point)]
    {
        let kms: Vec<f64> = truth.iter().map(|at| at.distance_km(point)).collect();
        sides.push(side(&format!("{name}: {point}"), &columns(&kms), &clusters, draws));
    }
    let difference = |i: usize| {
        let (before, after) = (columns(&kms[0]), columns(&kms[i]));
        let differences: Vec<Vec<f64>> =
            before.iter().zip(&after).map(|(a, b)| a.iter().zip(b).map(|(a, b)| b - a).collect()).collect();
        let Side { name, within, score } = side(&names[i], &differences, &clusters, draws);
        let flipped = flipped(&kms[0], &kms[i]);
        let won = flipped.iter().filter(|&&at| kms[i][at] < kms[0][at]).count();
        let flip = |&at: &usize| Flip {
            id: lines[0][at].id.clone(),
            at: truth[at],
            before: shown(lines[0][at]),
            after: shown(lines[i][at]),
        };
        let shown = flipped.iter().take(flips).map(flip).collect();
        Difference { name, within, score, won, lost: flipped.len() - won, flips: shown }
    };
    Ok(Comparison {
        schema: COMPARISON_SCHEMA.to_owned(),
        task: format!("{} {}", first.facts.task.name, first.facts.task.version),
        n,
        left_out: runs.iter().map(|run| run.lines.len()).max().unwrap_or(n) - n,
        differences: (1..runs.len()).map(difference).collect(),
        sides,
    })
}

/// The lines of the samples that all runs have, in the order of the list.
fn common(runs: &[Run]) -> Vec<Vec<&Line>> {
    let mut counts: HashMap<usize, usize> = HashMap::new();
    runs.iter().flat_map(|run| &run.lines).for_each(|line| *counts.entry(line.index).or_default() += 1);
    let of = |run: &'_ Run| -> Vec<usize> {
        (0..run.lines.len()).filter(|&i| counts[&run.lines[i].index] == runs.len()).collect()
    };
    runs.iter().map(|run| of(run).into_iter().map(|i| &run.lines[i]).collect()).collect()
}

fn distances(lines: &[&Line]) -> Vec<f64> {
    lines.iter().map(|line| line.point().map_or(MISSING_KM, |point| point.distance_km(line.at))).collect()
}

/// Runs of one answerer are told apart by their folders.
fn names(runs: &[Run]) -> Vec<String> {
    runs.iter().map(|run| format!("{} in {}", run.facts.answerer.name(), run.path.display())).collect()
}

/// Whether each distance is within each threshold, as 1 or 0, and the scores.
fn columns(kms: &[f64]) -> Vec<Vec<f64>> {
    let within = THRESHOLDS_KM.map(|(_, limit)| kms.iter().map(|km| f64::from(u8::from(*km <= limit))).collect());
    let scores = kms.iter().map(|km| score(*km)).collect();
    within.into_iter().chain([scores]).collect()
}

fn side(name: &str, columns: &[Vec<f64>], clusters: &[usize], draws: Draws) -> Side {
    let means = means(columns, clusters, draws);
    Side { name: name.to_owned(), within: std::array::from_fn(|i| means[i]), score: means[THRESHOLDS_KM.len()] }
}

/// The point among those of the samples, of which there is one at least, that scores best as the answer to all. Of many samples, every so-many-th is tried.
fn constant(truth: &[LatLon]) -> LatLon {
    let step = truth.len().div_ceil(CONSTANTS);
    let tried: Vec<LatLon> = truth.iter().copied().step_by(step).collect();
    let worth = |point: &LatLon| truth.iter().map(|at| score(at.distance_km(*point))).sum::<f64>();
    let worths: Vec<f64> = tried.par_iter().map(worth).collect();
    let best = (0..tried.len()).max_by(|&a, &b| worths[a].total_cmp(&worths[b]).then(b.cmp(&a)));
    tried[best.unwrap_or(0)]
}

/// Samples that are right within 750 km on one side only, the most changed by score first.
fn flipped(before: &[f64], after: &[f64]) -> Vec<usize> {
    let limit = THRESHOLDS_KM[3].1;
    let mut flipped: Vec<usize> = (0..before.len()).filter(|&i| (before[i] <= limit) != (after[i] <= limit)).collect();
    let change = |i: usize| (score(before[i]) - score(after[i])).abs();
    flipped.sort_by(|&a, &b| change(b).total_cmp(&change(a)).then(a.cmp(&b)));
    flipped
}

/// An answer in words.
#[must_use]
pub fn shown(line: &Line) -> Shown {
    let km = line.point().map(|point| point.distance_km(line.at));
    let Some(given) = line.given() else {
        let names = match (line.point(), line.failure()) {
            (Some(point), _) => point.to_string(),
            (None, reason) => format!("no answer: {}", reason.unwrap_or("it does not read")),
        };
        return Shown { km, names, reasons: Vec::new() };
    };
    let links = given.chain.iter().map(|link| format!("{} {:.0} %", link.name, 100.0 * link.probability));
    let names = links.collect::<Vec<_>>().join(" > ");
    Shown { km, names, reasons: reasons(&given) }
}

/// The strongest reasons for and against the first candidate.
fn reasons(given: &Given<'_>) -> Vec<String> {
    let Some(first) = given.candidates.first() else { return Vec::new() };
    let mut reasons: Vec<&Reason> = first.evidence_for.iter().chain(&first.evidence_against).collect();
    reasons.sort_by(|a, b| b.bans.abs().total_cmp(&a.bans.abs()));
    let words = |reason: &&Reason| {
        let evidence = given.evidence.iter().find(|evidence| evidence.id == reason.evidence);
        let claim = evidence.map(|evidence| evidence.finding.claim.as_str());
        let hint = given.hints.iter().find(|hint| hint.id == reason.evidence).map(|hint| hint.text.as_str());
        format!("×{:.2} {}", 10f64.powf(reason.bans), claim.or(hint).unwrap_or(&reason.evidence))
    };
    reasons.iter().take(REASONS).map(words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::run::{Answer, Answerer, Facts, RUN_SCHEMA, TaskFacts};
    use crate::eval::samples::Sample;
    use crate::guesser::Weights;

    fn run(name: &str, list: &str, answers: &[Option<(f64, f64)>]) -> Run {
        let task =
            TaskFacts { name: "t".to_owned(), version: "1".to_owned(), list_sha256: list.to_owned(), samples: 4 };
        let answerer = Answerer::Other { file: name.to_owned(), sha256: "0".to_owned() };
        let line = |(index, answer): (usize, &Option<(f64, f64)>)| {
            let at = LatLon::new(48.0 + index as f64, 16.0).expect("valid");
            let sample = Sample { id: format!("{index}.jpg"), at, country: None, cluster: None };
            let answer = match answer {
                Some((lat, lon)) => Answer::Point(LatLon::new(*lat, *lon).expect("valid")),
                None => Answer::Failed("does not read".to_owned()),
            };
            Line::of(index, &sample, 0.0, answer)
        };
        Run {
            path: name.into(),
            facts: Facts { schema: RUN_SCHEMA.to_owned(), task, answerer, shard: None },
            lines: answers.iter().enumerate().map(line).collect(),
            unfinished: false,
        }
    }

    const DRAWS: Draws = Draws { count: 200, seed: 0 };

    #[test]
    fn wins_and_losses_are_counted_and_baselines_are_always_there() {
        let weigher = Weigher::new(Weights::embedded());
        let a = run("a", "x", &[Some((48.0, 16.0)), Some((0.0, 0.0)), None, Some((51.0, 16.0))]);
        let b = run("b", "x", &[Some((48.0, 16.0)), Some((49.0, 16.1)), Some((50.0, 16.0)), None]);
        let found = compare(&[a.clone(), b], &weigher, DRAWS, 2).expect("compares");
        assert_eq!((found.n, found.left_out, found.sides.len()), (4, 0, 4));
        let difference = &found.differences[0];
        assert_eq!((difference.won, difference.lost, difference.flips.len()), (2, 1, 2));
        assert!((difference.within[3].value - 0.25).abs() < 1e-12);
        assert!(difference.within[3].low < 0.0 && difference.within[3].high > 0.25);
        assert_eq!(difference.flips[0].before.names.contains("no answer"), difference.flips[0].before.km.is_none());
        assert!(found.sides[2].name.starts_with("the best constant point: 49"), "{}", found.sides[2].name);
        assert!(found.sides[3].name.starts_with("the prior"));
        let same = compare(&[a.clone(), a], &weigher, DRAWS, 2).expect("compares");
        assert_eq!(same.differences[0].score, Estimate::default());
    }

    #[test]
    fn only_common_samples_of_one_list_count() {
        let weigher = Weigher::new(Weights::embedded());
        let a = run("a", "x", &[None, None, Some((50.0, 16.0))]);
        let b = run("b", "x", &[None, None]);
        let found = compare(&[a.clone(), b], &weigher, DRAWS, 2).expect("compares");
        assert_eq!((found.n, found.left_out), (2, 1));
        let other = run("c", "y", &[None]);
        assert!(matches!(compare(&[a.clone(), other], &weigher, DRAWS, 2), Err(CompareError::Tasks { .. })));
        let empty = run("d", "x", &[]);
        assert!(matches!(compare(&[a, empty], &weigher, DRAWS, 2), Err(CompareError::Apart)));
    }
}

//! How good answers are: hits, likelihood, calibration.

use super::records::{Asked, FOLDS};
use navig::eval::score::calibration::{Calibration, Said};

/// Codes of countries with their probabilities, the most probable first.
pub(super) type Countries = Vec<(String, f64)>;

/// Answers count as right when the country is among so many.
const TOPS: [usize; 3] = [1, 5, 10];
/// Bins of the calibration error.
const BINS: usize = 10;
/// Probability of a country that an answer leaves out.
const LEAST: f64 = 1e-5;

/// Shares of records whose country is the first, among the first 5, among the first 10.
pub(super) fn top(asked: &[Asked], answers: &[Countries]) -> [f64; 3] {
    TOPS.map(|k| {
        let hit = |(asked, answer): &(&Asked, &Countries)| answer.iter().take(k).any(|(c, _)| *c == asked.truth);
        asked.iter().zip(answers).filter(hit).count() as f64 / asked.len() as f64
    })
}

/// How honest the probabilities of the first countries are; none without answers.
pub(super) fn calibration(asked: &[Asked], answers: &[Countries]) -> Option<Calibration> {
    let first = |(asked, answer): (&Asked, &Countries)| {
        answer.first().map(|(code, p)| Said { p: *p, right: *code == asked.truth })
    };
    Calibration::of(&asked.iter().zip(answers).filter_map(first).collect::<Vec<_>>(), BINS)
}

/// Mean negative log-likelihood of the truth, nats.
pub(super) fn nats(asked: &[Asked], answers: &[Countries]) -> f64 {
    asked.iter().zip(answers).map(|(asked, answer)| of_one(asked, answer)).sum::<f64>() / asked.len() as f64
}

fn of_one(asked: &Asked, answer: &Countries) -> f64 {
    let p = answer.iter().find(|(code, _)| *code == asked.truth).map_or(LEAST, |(_, p)| *p);
    -p.max(LEAST).ln()
}

/// Each answer's probabilities to the power that fits the other folds best (temperature scaling), and the powers.
pub(super) fn tempered(asked: &[Asked], answers: &[Countries]) -> (Vec<Countries>, Vec<f64>) {
    let powers: Vec<f64> = (8..=40).map(|i| f64::from(i) * 0.05).collect();
    let scaled: Vec<Vec<Countries>> =
        powers.iter().map(|power| answers.iter().map(|answer| to_power(answer, *power)).collect()).collect();
    let best = |fold: u64| {
        let loss = |answers: &Vec<Countries>| -> f64 {
            asked.iter().zip(answers).filter(|(a, _)| a.fold != fold).map(|(asked, answer)| of_one(asked, answer)).sum()
        };
        (0..powers.len()).min_by(|&a, &b| loss(&scaled[a]).total_cmp(&loss(&scaled[b]))).unwrap_or(0)
    };
    let best: Vec<usize> = (0..FOLDS).map(best).collect();
    let of = |(i, asked): (usize, &Asked)| scaled[best[asked.fold as usize]][i].clone();
    (asked.iter().enumerate().map(of).collect(), best.iter().map(|&i| powers[i]).collect())
}

fn to_power(answer: &Countries, power: f64) -> Countries {
    let sum: f64 = answer.iter().map(|(_, p)| p.powf(power)).sum();
    answer.iter().map(|(code, p)| (code.clone(), p.powf(power) / sum)).collect()
}

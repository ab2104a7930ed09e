//! Whether probabilities are honest: of what is said with 70 %, 70 % should hold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that was said with a probability, and whether it held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Said {
    /// The probability, 0 to 1.
    pub p: f64,
    /// Whether it was right.
    pub right: bool,
}

/// A range of probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Bin {
    /// How much was said with a probability in it.
    pub n: usize,
    /// Mean probability; 0 for an empty bin.
    pub said: f64,
    /// Share that held; 0 for an empty bin.
    pub held: f64,
}

/// How honest probabilities are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Calibration {
    /// Ranges of equal width from 0 to 1.
    pub bins: Vec<Bin>,
    /// Expected calibration error: the mean over all that was said of how far its bin is off (Naeini, Cooper and Hauskrecht 2015,
    /// "Obtaining Well Calibrated Probabilities Using Bayesian Binning").
    pub error: f64,
    /// What the error would be on average if every probability were right, by chance in so few: the sum over the bins of the mean
    /// absolute deviation of a normal distribution with the variance of the bin's hits.
    pub error_by_chance: f64,
    /// Mean squared difference of the probability from 1 or 0 (Brier 1950).
    pub brier: f64,
}

impl Calibration {
    /// Of what was said, in so many bins; none when nothing was said.
    #[must_use]
    pub fn of(said: &[Said], bins: usize) -> Option<Self> {
        if said.is_empty() || bins == 0 {
            return None;
        }
        let mut sums = vec![(0usize, 0.0, 0.0, 0.0); bins];
        for s in said {
            // Of a last bin that is open at 1, a probability of 1 would fall out.
            let bin = &mut sums[((s.p * bins as f64) as usize).min(bins - 1)];
            bin.0 += 1;
            bin.1 += s.p;
            bin.2 += f64::from(u8::from(s.right));
            bin.3 += s.p * (1.0 - s.p);
        }
        let n = said.len() as f64;
        let error = sums.iter().map(|(_, p, hits, _)| (p - hits).abs()).sum::<f64>() / n;
        let chance = sums.iter().map(|(.., variance)| (variance * 2.0 / std::f64::consts::PI).sqrt()).sum::<f64>() / n;
        let brier = said.iter().map(|s| (s.p - f64::from(u8::from(s.right))).powi(2)).sum::<f64>() / n;
        let bin = |(n, p, hits, _): (usize, f64, f64, f64)| {
            let of = |sum: f64| if n > 0 { sum / n as f64 } else { 0.0 };
            Bin { n, said: of(p), held: of(hits) }
        };
        Some(Self { bins: sums.into_iter().map(bin).collect(), error, error_by_chance: chance, brier })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(p: f64, right: usize, wrong: usize) -> impl Iterator<Item = Said> {
        (0..right + wrong).map(move |i| Said { p, right: i < right })
    }

    #[test]
    fn what_holds_as_often_as_it_is_said_has_no_error() {
        let honest: Vec<Said> = said(0.25, 25, 75).chain(said(0.75, 75, 25)).chain(said(1.0, 9, 0)).collect();
        let calibration = Calibration::of(&honest, 10).expect("something was said");
        assert!(calibration.error < 1e-12 && calibration.error_by_chance > 0.03);
        assert_eq!(calibration.bins.iter().map(|b| b.n).sum::<usize>(), 209);
        assert_eq!((calibration.bins[9].n, calibration.bins[9].held), (9, 1.0));
    }

    #[test]
    fn boasting_is_an_error() {
        let boasts: Vec<Said> = said(0.95, 50, 50).collect();
        let calibration = Calibration::of(&boasts, 10).expect("something was said");
        assert!((calibration.error - 0.45).abs() < 1e-12);
        assert!((calibration.brier - (0.05f64.powi(2) + 0.95f64.powi(2)) / 2.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_said_is_nothing_to_judge() {
        assert_eq!(Calibration::of(&[], 10), None);
        assert_eq!(Calibration::of(&[Said { p: 0.5, right: true }], 0), None);
    }
}

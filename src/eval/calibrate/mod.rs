//! Fitting the table of weights on labelled runs: powers and backgrounds of kinds, the prior, thresholds of levels, factors on radii.
//!
//! ```text
//! runs -> Table (each finding as likelihoods of countries)   -> fit        powers, backgrounds, crowding, echo, prior
//!      -> Weigher under these, on samples of the other folds -> levels     thresholds by the price of a wrong name
//!                                                            -> radius     conformal factors
//! ```
//!
//! The measure is the surprise at the true country, nats, a proper scoring rule: it is least for who says what they believe and is right.
//! Everything that is reported was computed on samples that took no part in the fit: each fold by what the others taught. Nothing is
//! drawn, so the same runs give the same table.

mod fit;
mod held_out;
mod table;
mod write;

pub use held_out::SetJudged;
pub use write::{WriteError, written};

use super::run::Run;
use super::score::Estimate;
use super::scores::truth::truths;
use crate::guesser::{Changes, Weights};
use fit::fit;
use held_out::{Sample, answers, judge, levels, radius};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use table::Table;

/// What a calibration comes to.
#[derive(Debug, Clone)]
pub struct Calibrated {
    /// What is replaced in the table, fitted on all samples.
    pub changes: Changes,
    /// How often each kind of evidence occurs.
    pub counts: std::collections::BTreeMap<String, usize>,
    /// Samples of each run under the table as it was, and under what the other folds taught.
    pub judged: Judgement,
}

/// The table before and after, on samples that took no part in the fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// Parts that the samples were split into, by cluster.
    pub folds: usize,
    /// Each run under the table as it was.
    pub before: Vec<SetJudged>,
    /// And under what the other folds taught.
    pub after: Vec<SetJudged>,
    /// What the second saves of the surprise at the true country, nats a sample, for each run.
    pub saves: Vec<Estimate>,
}

/// Why nothing can be fitted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrateError {
    /// There is no evidence to weigh.
    #[error("the runs hold no evidence: run navig itself on a benchmark ('navig eval run')")]
    NoEvidence,
    /// There are too few clusters to hold any out.
    #[error("the runs have {found} samples or clusters of them, and {folds} folds need as many at least")]
    TooFew {
        /// How many there are.
        found: usize,
        /// How many are needed.
        folds: usize,
    },
}

/// Fits a table to labelled runs of navig, and judges it on held-out folds. `progress` hears what is done next.
///
/// # Errors
/// [`CalibrateError`] when there is nothing to fit on.
pub fn calibrate(
    runs: &[Run],
    base: &Weights,
    folds: usize,
    progress: &dyn Fn(&str),
) -> Result<Calibrated, CalibrateError> {
    let samples = samples(runs, folds);
    if samples.iter().all(|sample| sample.given.evidence.is_empty()) {
        return Err(CalibrateError::NoEvidence);
    }
    let mut clusters: Vec<&str> = samples.iter().map(|sample| sample.cluster).collect();
    clusters.sort_unstable();
    clusters.dedup();
    if clusters.len() < folds {
        return Err(CalibrateError::TooFew { found: clusters.len(), folds });
    }
    progress("weighing each finding alone");
    let table = Table::new(&samples, base);
    let before = answers(&samples, base, &|_| true);
    // What each sample is answered by who has not seen its fold.
    let mut after = before.clone();
    for fold in 0..folds {
        progress(&format!("fold {} of {folds}", fold + 1));
        let fitted = base.clone().with(&fit(&table, base, Some(fold)));
        let held = answers(&samples, &fitted, &|sample| sample.fold == fold);
        after.iter_mut().zip(held).zip(&samples).filter(|(_, s)| s.fold == fold).for_each(|((a, b), _)| *a = b);
    }
    progress("all folds");
    let mut changes = fit(&table, base, None);
    changes.levels = levels(&samples, &after, base, None);
    changes.radius = Some(radius(&samples, &after, base, None));
    let learnt = |fold: usize| {
        let (levels, radius) = (levels(&samples, &after, base, Some(fold)), radius(&samples, &after, base, Some(fold)));
        base.clone().with(&Changes { levels, radius: Some(radius), ..Changes::default() })
    };
    let tables: Vec<Weights> = (0..folds).map(learnt).collect();
    let judged = Judgement {
        folds,
        saves: held_out::saves(&samples, &before, &after),
        before: judge(&samples, &before, base, &|_| base),
        after: judge(&samples, &after, base, &|fold| &tables[fold]),
    };
    Ok(Calibrated { changes, counts: table.counts(), judged })
}

/// The samples that navig answered, each with its fold: that of its cluster, so that what was taken together is held out together.
fn samples(runs: &[Run], folds: usize) -> Vec<Sample<'_>> {
    let mut samples = Vec::new();
    for (set, run) in runs.iter().enumerate() {
        for (line, truth) in run.lines.iter().zip(truths(&run.lines)) {
            let Some(given) = line.given() else { continue };
            let cluster = line.cluster.as_deref().unwrap_or(&line.id);
            let digest = Sha256::digest(cluster);
            let fold = digest.iter().take(8).fold(0u64, |number, byte| number << 8 | u64::from(*byte));
            samples.push(Sample { set, at: line.at, truth, cluster, fold: (fold % folds as u64) as usize, given });
        }
    }
    samples
}

#[cfg(test)]
mod tests;

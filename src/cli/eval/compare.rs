//! `navig eval compare` and `navig eval ablate`.

use super::DrawFlags;
use crate::cli::equipment;
use crate::cli::output::{self, Form};
use crate::cli::progress::{Bar, Unit};
use crate::cli::{Call, Exit, Failure};
use crate::eval::ablate::ablate;
use crate::eval::compare::compare;
use crate::eval::reweigh::Weigher;
use crate::eval::run;
use crate::report;
use clap::Parser;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

/// Photos that are shown of those that flipped.
const FLIPS: usize = 10;

/// Compare runs of one benchmark, sample by sample
#[derive(Debug, Parser)]
#[command(after_long_help = "\
The first run is the one that the others are held against. Only samples that all runs have count;
differences come with the intervals of a paired bootstrap. The best constant point and the prior,
which has seen no photo, are always shown beside. Photos that are right within 750 km on one side
only are shown with the evidence of both.

Examples:
  navig eval compare runs/photos-before runs/photos-after
  navig eval compare runs/theirs runs/ours --flips 50 --format json")]
pub(in crate::cli) struct Compare {
    /// Runs; one alone is held against the constant point and the prior
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    /// Photos that are shown of those that flipped
    #[arg(long, value_name = "N", default_value_t = FLIPS)]
    flips: usize,
    #[command(flatten)]
    draws: DrawFlags,
    /// How to print; JSON is navig.comparison/1
    #[arg(long, value_enum, default_value_t)]
    format: Form,
}

/// Say what each tool and each kind of evidence is worth
#[derive(Debug, Parser)]
#[command(after_long_help = "\
The evidence that a run has stored is weighed again without each tool, and without each kind of
evidence, and with it alone; no tool and no model is asked. 'Raised' counts the photos on which it
made the true country more probable.

Examples:
  navig eval ablate runs/photos-1a2b3c4d
  navig eval ablate runs/photos-1a2b3c4d --format json")]
pub(in crate::cli) struct Ablate {
    /// A run of navig
    #[arg(value_name = "RUN")]
    run: PathBuf,
    #[command(flatten)]
    draws: DrawFlags,
    /// How to print; JSON is navig.ablation/1
    #[arg(long, value_enum, default_value_t)]
    format: Form,
}

impl Compare {
    /// Of runs that were just made, for people.
    #[cfg(feature = "train")]
    pub(super) fn of(runs: Vec<PathBuf>, draws: DrawFlags) -> Self {
        Self { runs, flips: FLIPS, draws, format: Form::Text }
    }

    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let runs = self.runs.iter().map(|path| run::read(path)).collect::<Result<Vec<_>, _>>()?;
        let comparison = compare(&runs, &weigher(call)?, self.draws.draws(), self.flips)?;
        output::print(|out| match self.format {
            Form::Text => write!(out, "{}", report::comparison(&comparison)),
            Form::Json => output::json(out, &comparison),
        })?;
        Ok(Exit::Answered)
    }
}

impl Ablate {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let run = run::read(&self.run)?;
        if run.lines.iter().all(|line| line.given().is_none()) {
            let path = self.run.display();
            return Err(Failure::Usage(format!(
                "{path}: these are another system's answers, which come without evidence"
            )));
        }
        let bar = (!call.quiet).then(|| Bar::new(Unit::Photos, run.lines.len() as u64));
        let done = AtomicU64::new(0);
        let progress = || {
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            bar.iter().for_each(|bar| bar.position(done));
        };
        let ablation = ablate(&run, &weigher(call)?, self.draws.draws(), &progress);
        drop(bar);
        output::print(|out| match self.format {
            Form::Text => write!(out, "{}", report::ablation(&ablation)),
            Form::Json => output::json(out, &ablation),
        })?;
        Ok(Exit::Answered)
    }
}

/// Under the weights that the settings name.
fn weigher(call: Call) -> Result<Weigher, Failure> {
    Ok(Weigher::new(equipment::weights(&call.settings(Vec::new())?)?))
}

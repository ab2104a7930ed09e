//! `navig eval`.

mod calibrate;
mod compare;
mod leak;
mod run;
mod score;

use super::{Call, Exit, Failure, output};
use crate::eval::run::Run;
use crate::eval::score::Draws;
use crate::eval::scores::{Answers, Scores, scores};
use crate::eval::task::Task;
use clap::{Args, Parser, Subcommand};
use std::borrow::Cow;
#[cfg(feature = "train")]
use std::{ffi::OsString, path::Path};

/// Run benchmarks, score answers, and find what each piece of evidence is worth
#[derive(Debug, Subcommand)]
pub(super) enum Typed {
    Tasks(Tasks),
    Run(Box<run::Typed>),
    Score(score::Typed),
    Compare(compare::Compare),
    Ablate(compare::Ablate),
    Calibrate(calibrate::Typed),
    Leak(leak::Typed),
    Merge(run::Merge),
}

/// List the benchmarks that navig knows
#[derive(Debug, Parser)]
#[command(after_long_help = "\
navig carries no list and no photo: each line says where to get them. A benchmark of your own is a
file like those in evals/tasks, given by its path.

Examples:
  navig eval tasks")]
pub(super) struct Tasks {}

/// How intervals are made.
#[derive(Debug, Clone, Copy, Args)]
struct DrawFlags {
    /// Draws of the bootstrap, at most 100,000
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(..=100_000))]
    draws: u32,
}

impl DrawFlags {
    fn draws(self) -> Draws {
        Draws { count: self.draws as usize, ..Draws::default() }
    }
}

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        match self {
            Self::Tasks(Tasks {}) => list(),
            Self::Run(typed) => typed.run(call),
            Self::Score(typed) => typed.run(call),
            Self::Compare(typed) => typed.run(call),
            Self::Ablate(typed) => typed.run(call),
            Self::Calibrate(typed) => typed.run(call),
            Self::Leak(typed) => typed.run(call),
            Self::Merge(typed) => typed.run(call),
        }
    }
}

/// Runs a benchmark twice, the second time with `more` flags, and compares the two: `flags` are those of 'navig eval run'.
#[cfg(feature = "train")]
pub(super) fn before_and_after(
    flags: &[OsString],
    more: &[OsString],
    out: &Path,
    draws: u32,
    call: Call,
) -> Result<Exit, Failure> {
    let mut runs = Vec::new();
    for (name, more) in [("before", &[][..]), ("after", more)] {
        let path = out.join(name);
        let own =
            [OsString::from("run"), "--out".into(), path.clone().into(), "--draws".into(), draws.to_string().into()];
        let words = own.into_iter().chain(flags.iter().cloned()).chain(more.iter().cloned());
        let typed = run::Typed::try_parse_from(words).map_err(Failure::Arguments)?;
        match typed.run(call)? {
            Exit::Interrupted => return Ok(Exit::Interrupted),
            _ => runs.push(path),
        }
    }
    compare::Compare::of(runs, DrawFlags { draws }).run(call)
}

fn list() -> Result<Exit, Failure> {
    output::print(|out| {
        for (i, task) in Task::embedded().iter().enumerate() {
            let gap = if i > 0 { "\n" } else { "" };
            writeln!(out, "{gap}{} {}\n  {}", task.name, task.version, task.about)?;
            writeln!(out, "  List: {}. {}\n  Photos: {}", task.list.file.display(), task.licence, task.pictures)?;
        }
        Ok(())
    })?;
    Ok(Exit::Answered)
}

/// What the answers of a run are worth.
fn scores_of(run: &Run, draws: Draws) -> Result<Scores, Failure> {
    let mut warnings = Vec::new();
    if run.unfinished {
        let (done, all) = (run.lines.len(), run.facts.task.samples);
        warnings.push(format!("the run is not finished: {done} of {all} samples have an answer, and only they count"));
    } else if run.lines.len() < run.facts.task.samples {
        warnings.push(format!("a part of the task: {} of {} samples", run.lines.len(), run.facts.task.samples));
    }
    let failed = run.lines.iter().filter_map(|line| Some(format!("{}: {}", line.id, line.failure()?)));
    warnings.extend(failed);
    let answers = Answers { lines: Cow::Borrowed(&run.lines), strangers: 0, warnings };
    let task = &run.facts.task;
    Ok(scores(&task.name, &task.version, &run.facts.answerer.name(), &answers, draws)?)
}

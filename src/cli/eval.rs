//! `navig eval`.

use super::output;
use super::{Call, Exit, Failure};
use crate::eval::samples::{Columns, predictions};
use crate::eval::score::Draws;
use crate::eval::scores::scores;
use crate::eval::task::Task;
use crate::report;
use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Score answers on benchmarks
#[derive(Debug, Subcommand)]
pub(super) enum Typed {
    Tasks(Tasks),
    Score(Score),
}

/// List the benchmarks that navig knows
#[derive(Debug, Parser)]
#[command(after_long_help = "\
navig carries no list and no photo: each line says where to get them. A benchmark of your own is a
file like those in evals/tasks, given by its path.

Examples:
  navig eval tasks")]
pub(super) struct Tasks {}

/// Score anybody's answers to a benchmark
#[derive(Debug, Parser)]
#[command(after_long_help = "\
The answers are CSV or JSONL with an id, a latitude and a longitude; the usual names of columns are
known, and an id may have folders before it. A sample without an answer, or whose answer does not
read, counts as 10,000 km, and the metrics of the answers alone stand beside. Intervals are
bootstrapped, by author where the benchmark names authors.

Examples:
  navig eval score im2gps3k answers.csv --data lists
  navig eval score mine.toml answers.jsonl --format json
  navig eval score gws15k answers.csv --data lists --format markdown")]
pub(super) struct Score {
    /// A benchmark by name ('navig eval tasks'), or a file that describes one
    #[arg(value_name = "TASK")]
    task: String,
    /// The answers
    #[arg(value_name = "FILE")]
    answers: PathBuf,
    /// The folder that holds the benchmark's list
    #[arg(long, value_name = "DIR", default_value = ".")]
    data: PathBuf,
    /// Draws of the bootstrap, at most 100,000
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(..=100_000))]
    draws: u32,
    /// How to print; JSON is navig.scores/1
    #[arg(long, value_enum, default_value_t)]
    format: Form,
}

/// How scores are printed.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Form {
    /// For people
    #[default]
    Text,
    /// One row of a table
    Markdown,
    /// For programs
    Json,
}

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        match self {
            Self::Tasks(Tasks {}) => list(),
            Self::Score(typed) => typed.run(call),
        }
    }
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

impl Score {
    fn run(self, call: Call) -> Result<Exit, Failure> {
        let task = Task::open(&self.task)?;
        let samples = task.samples(&self.data)?;
        let answers = predictions(&self.answers, &Columns::default())?;
        let draws = Draws { count: self.draws as usize, ..Draws::default() };
        let scores = scores(&task, &samples, &self.answers.display().to_string(), &answers, draws)?;
        if !call.quiet && !matches!(self.format, Form::Text) {
            scores.warnings.iter().for_each(output::say);
        }
        output::print(|out| match self.format {
            Form::Text => write!(out, "{}", report::scores(&scores)),
            Form::Markdown => write!(out, "{}", report::scores_row(&scores)),
            Form::Json => output::json(out, &scores),
        })?;
        Ok(Exit::Answered)
    }
}

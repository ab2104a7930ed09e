//! `navig eval score`.

use super::{DrawFlags, scores_of};
use crate::cli::progress::{Bar, Unit};
use crate::cli::{Call, Exit, Failure, output};
use crate::eval::run;
use crate::eval::samples::{Columns, predictions};
use crate::eval::scores::{answers, scores};
use crate::eval::task::Task;
use crate::report;
use clap::{Parser, ValueEnum};
use std::path::{Path, PathBuf};

/// Score a run again, or anybody's answers to a benchmark
#[derive(Debug, Parser)]
#[command(after_long_help = "\
A run is a folder that 'navig eval run' made; nothing is run again. Answers of others are CSV or
JSONL with an id, a latitude and a longitude; the usual names of columns are known, and an id may
have folders before it. A sample without an answer, or whose answer does not read, counts as
10,000 km, and the metrics of the answers alone stand beside. Intervals are bootstrapped, by author
where the benchmark names authors.

Examples:
  navig eval score runs/photos-1a2b3c4d
  navig eval score runs/photos-1a2b3c4d --format markdown
  navig eval score im2gps3k answers.csv --data lists
  navig eval score mine.toml answers.jsonl --format json")]
pub(in crate::cli) struct Typed {
    /// A run, or a benchmark by name ('navig eval tasks') or by a file that describes one
    #[arg(value_name = "RUN|TASK")]
    of: String,
    /// Answers of others to the benchmark
    #[arg(value_name = "FILE")]
    answers: Option<PathBuf>,
    /// The folder that holds the benchmark's list
    #[arg(long, value_name = "DIR", default_value = ".")]
    data: PathBuf,
    #[command(flatten)]
    draws: DrawFlags,
    /// How to print; JSON is navig.scores/1
    #[arg(long, value_enum, default_value_t)]
    format: Form,
    /// Print a row for a table of systems: samples, intervals, version and commit
    #[arg(long, conflicts_with = "format")]
    leaderboard: bool,
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
        let form = if self.leaderboard { Form::Markdown } else { self.format };
        let bar = (!call.quiet).then(|| Bar::new(Unit::Seconds, 0));
        bar.iter().for_each(|bar| bar.message("scoring"));
        let draws = self.draws.draws();
        let scores = match &self.answers {
            Some(file) => {
                let task = Task::open(&self.of)?;
                let (samples, given) =
                    rayon::join(|| task.samples(&self.data), || predictions(file, &Columns::default()));
                let (samples, given) = (samples?, given?);
                let from = file.display().to_string();
                let answers = answers(&task.name, &samples, &from, &given)?;
                scores(&task.name, &task.version, &from, &answers, draws)?
            }
            None if Path::new(&self.of).is_dir() => scores_of(&run::read(Path::new(&self.of))?, draws)?,
            None => {
                let of = &self.of;
                return Err(Failure::Usage(format!(
                    "'{of}' is no folder of a run; to score answers to a benchmark, name their file: navig eval score {of} FILE"
                )));
            }
        };
        drop(bar);
        if !call.quiet && !matches!(form, Form::Text) {
            scores.warnings.iter().for_each(output::say);
        }
        output::print(|out| match form {
            Form::Text => write!(out, "{}", report::scores(&scores)),
            Form::Markdown => write!(out, "{}", report::scores_row(&scores)),
            Form::Json => output::json(out, &scores),
        })?;
        Ok(Exit::Answered)
    }
}

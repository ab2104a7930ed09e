//! `navig eval calibrate`.

use crate::cli::progress::{Bar, Unit};
use crate::cli::{Call, Exit, Failure, output};
use crate::eval::calibrate::{Judgement, SetJudged, calibrate, written};
use crate::eval::run;
use crate::guesser::{EMBEDDED_WEIGHTS, Weights};
use crate::report::visible;
use crate::whole::write_atomically;
use clap::Parser;
use std::io;
use std::path::PathBuf;

/// Fit the weights of evidence on runs
#[derive(Debug, Parser)]
#[command(after_long_help = "\
Powers and backgrounds of the kinds of evidence, the prior, the thresholds of levels and the factors
on radii are fitted on runs of navig, whose samples say where they were taken. Every figure that is
printed was computed on samples that took no part in the fit: each fold by what the others taught.
Numbers that the samples say little about stay as they are. Nothing is drawn by chance: the same
runs give the same table.

Examples:
  navig eval calibrate runs/photos-1a2b3c4d
  navig eval calibrate runs/photos-1a2b3c4d runs/clues --weights data/weights.toml -o fitted.toml")]
pub(in crate::cli) struct Typed {
    /// Runs of navig on benchmarks
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    /// The table to begin with; the one that navig carries unless set
    #[arg(long, value_name = "FILE.toml")]
    weights: Option<PathBuf>,
    /// Write the fitted table here
    #[arg(short, long, value_name = "FILE.toml")]
    output: Option<PathBuf>,
    /// Parts of the samples, each held out once
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(2..=100))]
    folds: u64,
}

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let text = match &self.weights {
            Some(file) => std::fs::read_to_string(file)
                .map_err(|source| Failure::Input { what: file.display().to_string(), source })?,
            None => EMBEDDED_WEIGHTS.to_owned(),
        };
        let base = Weights::parse(&text)?;
        let runs = self.runs.iter().map(|path| run::read(path)).collect::<Result<Vec<_>, _>>()?;
        let bar = (!call.quiet).then(|| Bar::new(Unit::Seconds, 0));
        let progress = |what: &str| bar.iter().for_each(|bar| bar.message(what));
        let folds = usize::try_from(self.folds).unwrap_or(5);
        let calibrated = calibrate(&runs, &base, folds, &progress)?;
        drop(bar);
        let today = jiff::Zoned::now().date().to_string();
        let table = written(&text, &calibrated, &runs, &today)?;
        if let Some(file) = &self.output {
            write_atomically(file, table.as_bytes())?;
        }
        let names: Vec<String> =
            runs.iter().map(|run| format!("{} {}", run.facts.task.name, run.facts.task.version)).collect();
        output::print(|out| print(out, &names, &calibrated.judged))?;
        if !call.quiet {
            match &self.output {
                Some(file) => output::say(format_args!("the fitted table is in {}", file.display())),
                None => output::say("nothing is written; -o FILE keeps the fitted table"),
            }
        }
        Ok(Exit::Answered)
    }
}

fn print(out: &mut dyn io::Write, names: &[String], judged: &Judgement) -> io::Result<()> {
    writeln!(out, "On samples held out, {} folds:", judged.folds)?;
    for (((name, before), after), saves) in names.iter().zip(&judged.before).zip(&judged.after).zip(&judged.saves) {
        writeln!(out, "\n  {:<36}{:<12}after", format!("{}, {} samples", visible(name), before.n), "before")?;
        let mut row = |name: &str, of: &dyn Fn(&SetJudged) -> String| {
            writeln!(out, "  {name:<36}{:<12}{}", of(before), of(after))
        };
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        row("surprise at the true country, nats", &|set| format!("{:.3}", set.nats))?;
        for (i, name) in ["country right", "country among the first 5", "country among the first 10"].iter().enumerate()
        {
            row(name, &|set| percent(set.country_among[i]))?;
        }
        row("calibration error of countries", &|set| format!("{:.3}", set.country_error[0]))?;
        row("  of honest probabilities, by chance", &|set| format!("{:.3}", set.country_error[1]))?;
        row("country named", &|set| percent(set.country_named))?;
        row("names a wrong region", &|set| percent(set.over_claimed))?;
        row("50 % radius holds", &|set| percent(set.p50_holds))?;
        row("90 % radius holds", &|set| percent(set.p90_holds))?;
        writeln!(out, "  saves {:.3} nats a sample ({:.3} to {:.3})", saves.value, saves.low, saves.high)?;
    }
    Ok(())
}

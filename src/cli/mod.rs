//! The command line.
//!
//! Arguments come in two stages: the structs that clap derives hold what was typed, and each verb turns them once into
//! what they mean, so that nothing behind this module sees a string that was not checked. A verb parses and prints;
//! what it prints is worked out elsewhere.
//!
//! Results go to standard output, everything else to standard error.

mod ask;
mod assets;
mod audit;
mod completions;
mod config;
mod doctor;
mod equipment;
mod eval;
mod exit;
mod index;
mod interrupt;
mod locate;
mod man;
mod model;
mod output;
mod progress;
mod region;
mod search;
mod tools;
#[cfg(feature = "train")]
mod train;
mod worker;

pub use exit::{Exit, Failure, exit_code};
#[cfg(feature = "train")]
pub use train::TrainFailure;

use crate::settings::{Flag, Key, Settings};
use clap::{ArgAction, Parser, Subcommand};
use std::ffi::OsString;
use tracing_subscriber::EnvFilter;

/// Says where a photo was taken, how sure it is, and why, on your own machine.
///
/// navig reads what a photo tells about its place (metadata, the text in the picture, signs), weighs all of it, and
/// names the continent, country, region, city and point, each with a probability and with reasons that can be
/// checked. Nothing is uploaded.
#[derive(Debug, Parser)]
#[command(
    name = "navig",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_long_help = EXITS
)]
pub struct Args {
    /// Say more on standard error; twice for every step
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    verbose: u8,
    /// Say nothing on standard error but errors
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Fetch nothing from the network
    #[arg(long, global = true)]
    offline: bool,
    #[command(subcommand)]
    verb: Verb,
}

const EXITS: &str = "\
Exit codes:
  0    answered
  1    abstained, or a check found something wrong
  2    wrong usage or settings
  3    some inputs failed; the others are done
  4    a needed asset is missing; the message names the command that gets it
  130  interrupted; the same command goes on from there

Settings: flags, then NAVIG_* variables, then ./navig.toml, then the user's navig/config.toml, then defaults;
`navig config show` prints each with where it came from.";

#[derive(Debug, Subcommand)]
enum Verb {
    Locate(Box<locate::Typed>),
    Worker(Box<worker::Typed>),
    Ask(ask::Typed),
    Region(region::Typed),
    Search(Box<search::Typed>),
    #[command(subcommand)]
    Index(index::Typed),
    #[command(subcommand)]
    Tools(tools::Typed),
    #[command(subcommand)]
    Assets(assets::Typed),
    #[command(subcommand)]
    Model(model::Typed),
    #[command(subcommand)]
    Audit(audit::Typed),
    #[command(subcommand)]
    Eval(eval::Typed),
    #[cfg(feature = "train")]
    #[command(subcommand)]
    Train(train::Typed),
    Doctor(doctor::Typed),
    #[command(subcommand)]
    Config(config::Typed),
    Completions(completions::Typed),
    Man(man::Typed),
}

/// What every verb may need to know about how it was called.
#[derive(Debug, Clone, Copy)]
struct Call {
    verbose: bool,
    quiet: bool,
    offline: bool,
}

impl Call {
    /// The settings in force, with the flags of a verb above those that all verbs share.
    fn settings(self, mut flags: Vec<Flag>) -> Result<Settings, Failure> {
        if self.offline {
            flags.push(Flag { key: Key::Offline, name: "--offline", value: "true".into() });
        }
        Ok(Settings::load(flags)?)
    }
}

impl Args {
    /// Reads the command line.
    ///
    /// # Errors
    /// [`Failure::Arguments`], also for `--help` and `--version`, which clap counts as errors.
    pub fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, Failure> {
        Self::try_parse_from(words.into_iter().map(shield)).map_err(Failure::Arguments)
    }

    /// Does what was asked, and returns how it ended.
    ///
    /// # Errors
    /// [`Failure`], when there is nothing to show.
    pub fn run(self) -> Result<Exit, Failure> {
        log_to_stderr(self.verbose, self.quiet);
        let call = Call { verbose: self.verbose > 0, quiet: self.quiet, offline: self.offline };
        match self.verb {
            Verb::Locate(typed) => typed.run(call),
            Verb::Worker(typed) => typed.run(call),
            Verb::Ask(typed) => typed.run(call),
            Verb::Region(typed) => typed.run(call),
            Verb::Search(typed) => typed.run(call),
            Verb::Index(typed) => typed.run(call),
            Verb::Tools(typed) => typed.run(call),
            Verb::Assets(typed) => typed.run(call),
            Verb::Model(typed) => typed.run(call),
            Verb::Audit(typed) => typed.run(),
            Verb::Eval(typed) => typed.run(call),
            #[cfg(feature = "train")]
            Verb::Train(typed) => typed.run(call),
            Verb::Doctor(typed) => typed.run(call),
            Verb::Config(typed) => typed.run(call),
            Verb::Completions(typed) => typed.run(),
            Verb::Man(typed) => typed.run(),
        }
    }
}

/// A position south of the equator begins with a hyphen and is no flag: a space before it tells clap so, and whoever
/// reads numbers passes over it.
fn shield(word: OsString) -> OsString {
    let is_position = |text: &str| {
        let numbers = text.strip_prefix('-').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'));
        numbers.is_some_and(|n| n.contains(',') && n.chars().all(|c| c.is_ascii_digit() || ".,-+ eE".contains(c)))
    };
    match word.to_str() {
        Some(text) if is_position(text) => format!(" {text}").into(),
        _ => word,
    }
}

/// `NAVIG_LOG` takes the filters of `tracing` and wins over `-v` and `-q`.
fn log_to_stderr(verbose: u8, quiet: bool) {
    let level = match (quiet, verbose) {
        (true, _) => "error",
        (false, 0) => "warn",
        (false, 1) => "navig=info,warn",
        (false, _) => "navig=debug,navig_tools=debug,info",
    };
    let filter = std::env::var("NAVIG_LOG").ok().and_then(|text| EnvFilter::try_new(text).ok());
    tracing_subscriber::fmt()
        .with_env_filter(filter.unwrap_or_else(|| EnvFilter::new(level)))
        .with_writer(anstream::stderr)
        .without_time()
        .with_target(false)
        .init();
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_contradict_nothing() {
        Args::command().debug_assert();
    }

    #[test]
    fn positions_are_no_flags_and_flags_are_no_positions() {
        let shielded = |word: &str| shield(word.into()) != word;
        for position in ["-33.86,151.2", "-.5,-70", "-21,176,-12,-178", "-1e1,2"] {
            assert!(shielded(position), "{position}");
        }
        for other in ["-", "-v", "--near", "-o", "-1", "33,-70", "-photo,1.jpg", "-1,2.jpg"] {
            assert!(!shielded(other), "{other}");
        }
    }
}

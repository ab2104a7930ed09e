//! `navig locate`, once it is known what was meant: get the reader, locate, print, count.

use super::Request;
use super::destination::Destination;
use crate::assets::Store;
use crate::cli::interrupt::Interrupt;
use crate::cli::progress::{Bar, Unit};
use crate::cli::{Call, Exit, Failure, assets, exit, output};
use crate::guidebooks;
use crate::locate::{self, Input, Located, Locator, Outcome, Tally};
use crate::maps::Shelf;
use crate::photo::Limits;
use crate::reader::{Reader, ReaderModels, Tesseract};
use crate::report::Format;
use crate::settings::{self, Settings};
use navig_tools::guidebook::Library;
use std::sync::Arc;

/// The asset that holds the models of the text reader.
const READER: &str = "reader";

/// Locates what a request asks for.
pub(super) fn run(request: Request, call: Call) -> Result<Exit, Failure> {
    let Request { inputs, mut plan, format, output, report, maps, vision, settings } = request;
    let reader = reader(&settings, call)?;
    if reader.is_none() && settings.reader {
        plan.warnings.push("no text was read: the text reader is not installed, and 'offline' is set".to_owned());
    }
    let mut outlets = vec![Destination::open(output.as_deref(), format, inputs.batch, call.verbose)?];
    if let Some(path) = &report {
        outlets.push(Destination::open(Some(path), Format::Html, inputs.batch, call.verbose)?);
    }
    for problem in &inputs.problems {
        output::say(problem);
    }
    let (maps, failures) = Shelf::of(&settings).for_tools(&maps)?;
    failures.iter().for_each(output::say);
    // A photo whose finished ledger is used again has no conversation to record.
    plan.fresh |= vision.records();
    let vision = vision.open(&settings, call)?;
    let library = library(&settings, vision.is_some())?;
    let locator = Locator::new(plan, reader, Arc::new(maps), Arc::new(library), vision)?;
    let interrupt = Interrupt::watch("stopping after the photo in hand; press Ctrl-C again to stop at once");
    let mut show = Show { outlets, inputs: &inputs.photos, limits: settings.limits, bar: bar(&inputs.photos, call) };
    let jobs = settings.jobs.get();
    let tally = locate::run(&locator, &inputs.photos, jobs, interrupt.flag(), |outcome| show.outcome(outcome))?;
    let Show { outlets, bar, .. } = show;
    drop(bar);
    outlets.into_iter().try_for_each(Destination::finish)?;
    if inputs.batch && !call.quiet {
        output::say(summary(&tally, inputs.problems.len()));
    }
    Ok(exit_of(&tally, inputs.problems.len()))
}

/// The guidebooks; nobody asks them when nobody looks, and then none is opened.
fn library(settings: &Settings, looked: bool) -> Result<Library, Failure> {
    if !looked {
        return Ok(Library::default());
    }
    let (library, said) = guidebooks::library(settings)?;
    said.iter().for_each(output::say);
    Ok(library)
}

/// The text reader, fetched on first use; `None` when the settings do without, or refuse the network.
fn reader(settings: &Settings, call: Call) -> Result<Option<Reader>, Failure> {
    if !settings.reader {
        return Ok(None);
    }
    let store = Store::open(settings);
    let folder = match store.folder(READER) {
        Ok(folder) => folder,
        Err(_) if settings.offline => {
            output::say("no text will be read: the text reader is not installed, and 'offline' is set");
            return Ok(None);
        }
        Err(_) => {
            let megabytes = store.asset(READER)?.bytes() as f64 / 1e6;
            if !call.quiet {
                output::say(format_args!("fetching the text reader, {megabytes:.0} MB, once"));
            }
            assets::pull(&store, READER, None, call.quiet)?
        }
    };
    let reader = Reader::load(&ReaderModels::in_folder(&folder))?;
    Ok(Some(match second_reader(&settings.tesseract) {
        Some(tesseract) => reader.with_tesseract(tesseract),
        None => reader,
    }))
}

/// Tesseract, unless it is switched off or not there; one that was named and is not there is worth a word.
fn second_reader(setting: &settings::Tesseract) -> Option<Tesseract> {
    match setting {
        settings::Tesseract::Off => None,
        settings::Tesseract::Auto => Tesseract::installed(),
        settings::Tesseract::At(program) => {
            let found = Tesseract::at(program);
            if found.is_none() {
                output::say(format_args!(
                    "{}: not Tesseract, or without languages; going on without it",
                    program.display()
                ));
            }
            found
        }
    }
}

fn bar(inputs: &[Input], call: Call) -> Option<Bar> {
    match inputs {
        _ if call.quiet => None,
        [one] => {
            let bar = Bar::new(Unit::Seconds, 1);
            bar.message(one.name());
            Some(bar)
        }
        many => Some(Bar::new(Unit::Photos, many.len() as u64)),
    }
}

/// What is done with each outcome.
struct Show<'a> {
    outlets: Vec<Destination>,
    inputs: &'a [Input],
    limits: Limits,
    bar: Option<Bar>,
}

impl Show<'_> {
    fn outcome(&mut self, outcome: Outcome) -> Result<(), Failure> {
        let Outcome { index, result } = outcome;
        let Self { outlets, inputs, limits, bar } = self;
        let mut write = || match &result {
            Ok(Located { result, .. }) => outlets.iter_mut().try_for_each(|o| o.add(result, &inputs[index], limits)),
            Err(e) => {
                output::say(exit::with_causes(e));
                Ok(())
            }
        };
        match bar {
            Some(bar) => {
                bar.position(index as u64 + 1);
                bar.aside(write)
            }
            None => write(),
        }
    }
}

fn summary(tally: &Tally, unusable: usize) -> String {
    let Tally { located, abstained, failed, reused, left } = *tally;
    let mut text = format!("{located} located, {abstained} abstained, {} failed", failed + unusable);
    if reused > 0 {
        text += &format!("; {reused} taken from finished ledgers");
    }
    if left > 0 {
        text += &format!("; {left} not begun, and the same command goes on with them");
    }
    text
}

fn exit_of(tally: &Tally, unusable: usize) -> Exit {
    match tally {
        Tally { left: 1.., .. } => Exit::Interrupted,
        Tally { failed, .. } if failed + unusable > 0 => Exit::SomeFailed,
        Tally { located: 0, .. } => Exit::Abstained,
        _ => Exit::Answered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_outcome_is_the_exit_code() {
        let tally = |located, abstained, failed, left| Tally { located, abstained, failed, left, reused: 0 };
        assert_eq!(exit_of(&tally(1, 5, 0, 0), 0), Exit::Answered);
        assert_eq!(exit_of(&tally(0, 1, 0, 0), 0), Exit::Abstained);
        assert_eq!(exit_of(&tally(3, 0, 1, 0), 0), Exit::SomeFailed);
        assert_eq!(exit_of(&tally(3, 0, 0, 0), 1), Exit::SomeFailed);
        assert_eq!(exit_of(&tally(3, 0, 1, 2), 1), Exit::Interrupted);
    }
}

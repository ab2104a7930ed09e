//! `navig locate`, once it is known what was meant: locate, print, count.

use super::Request;
use super::destination::Destination;
use crate::cli::interrupt::Interrupt;
use crate::cli::progress::{Bar, Unit};
use crate::cli::{Call, Exit, Failure, exit, output};
use crate::locate::{self, Input, Located, Outcome, Tally};
use crate::photo::Limits;
use crate::report::Format;

/// Locates what a request asks for.
pub(super) fn run(request: Request, call: Call) -> Result<Exit, Failure> {
    let Request { inputs, plan, format, output, report, equipment, settings } = request;
    let mut outlets = vec![Destination::open(output.as_deref(), format, inputs.batch, call.verbose)?];
    if let Some(path) = &report {
        outlets.push(Destination::open(Some(path), Format::Html, inputs.batch, call.verbose)?);
    }
    for problem in &inputs.problems {
        output::say(problem);
    }
    let locator = equipment.locator(plan, &settings, call)?;
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

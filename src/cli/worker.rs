//! `navig worker`: photos by name on standard input, results on standard output, for whoever hands out work.

use super::equipment::{Equipment, LedgerFlags};
use super::interrupt::Interrupt;
use super::{Call, Exit, Failure};
use crate::ledger::LocateResult;
use crate::locate::{Input, Locator, Plan};
use clap::Parser;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// How long a worker without work waits until it looks whether it is to end.
const PATIENCE: Duration = Duration::from_millis(50);

/// Locate photos that another program names, one line at a time
#[derive(Debug, Parser)]
#[command(after_long_help = "\
Each line of standard input is a JSON object with a path: {\"path\": \"a.jpg\"}. For each there is one
line of standard output, in the same order: navig.result/1, or an error as
{\"schema\": \"navig.error/1\", \"path\": \"a.jpg\", \"error\": \"words\"}. Models are loaded once. At the end
of the input, or when told to end (SIGTERM, Ctrl-C), the photos in hand are finished and written.

evals/scale has drivers that keep many workers busy.

Examples:
  ls *.jpg | jq -cR '{path: .}' | navig worker --jsonl > answers.jsonl
  navig worker --jsonl --jobs 2 --ignore-metadata --no-ledger < photos.jsonl")]
pub(super) struct Typed {
    /// Speak JSON, one object a line
    #[arg(long, required = true)]
    jsonl: bool,
    #[command(flatten)]
    equipment: Equipment,
    #[command(flatten)]
    ledgers: LedgerFlags,
}

#[derive(Deserialize)]
struct Asked {
    path: PathBuf,
}

/// A line of the output.
#[derive(Serialize)]
#[serde(untagged)]
enum Said {
    Located(Box<LocateResult>),
    Failed { schema: &'static str, path: Option<String>, error: String },
}

impl Said {
    fn failed(path: Option<String>, error: impl std::fmt::Display) -> Self {
        Self::Failed { schema: "navig.error/1", path, error: error.to_string() }
    }
}

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let settings = call.settings(self.ledgers.settings().chain(self.equipment.settings()).collect())?;
        let plan = Plan {
            ignore_metadata: self.ledgers.ignore_metadata,
            limits: settings.limits,
            ledger_dir: settings.ledger_dir.clone(),
            fresh: self.ledgers.fresh,
            ..Plan::default()
        };
        let locator = self.equipment.locator(plan, &settings, call)?;
        let interrupt = Interrupt::watch("ending after the photos in hand");
        serve(&locator, settings.jobs.get(), interrupt.flag(), &mut io::stdout())
    }
}

/// Answers every line until there is none, or `stop` becomes true.
fn serve(locator: &Locator, jobs: usize, stop: &AtomicBool, out: &mut impl Write) -> Result<Exit, Failure> {
    let lines = Mutex::new(lines());
    let (sender, receiver) = mpsc::sync_channel::<(usize, Said)>(2 * jobs);
    thread::scope(|scope| {
        for _ in 0..jobs {
            let (lines, sender) = (&lines, sender.clone());
            scope.spawn(move || {
                while let Some((number, line)) = next(lines, stop) {
                    if sender.send((number, answer(locator, number, line))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut due = 0;
        let mut early = BTreeMap::new();
        for (number, said) in receiver {
            early.insert(number, said);
            while let Some(said) = early.remove(&due) {
                due += 1;
                let mut text = serde_json::to_vec(&said).expect("plain fields");
                text.push(b'\n');
                if let Err(e) = out.write_all(&text).and_then(|()| out.flush()) {
                    // Nobody reads any more: the workers hear it when they next send.
                    stop.store(true, Ordering::Relaxed);
                    return Err(Failure::Stdout(e));
                }
            }
        }
        Ok(Exit::Answered)
    })
}

/// The lines of standard input with their numbers from 0. They are read by a thread of their own, which ends with the program: a read
/// that waits cannot be called back.
fn lines() -> Receiver<(usize, io::Result<String>)> {
    let (sender, receiver) = mpsc::sync_channel(0);
    let _ = thread::Builder::new().name("input".to_owned()).spawn(move || {
        let full = |line: &io::Result<String>| line.as_ref().map_or(true, |line| !line.trim().is_empty());
        for line in io::stdin().lock().lines().filter(full).enumerate() {
            let failed = line.1.is_err();
            if sender.send(line).is_err() || failed {
                return;
            }
        }
    });
    receiver
}

/// The next line; none when there is no more, or no more is wanted.
fn next(
    lines: &Mutex<Receiver<(usize, io::Result<String>)>>,
    stop: &AtomicBool,
) -> Option<(usize, io::Result<String>)> {
    while !stop.load(Ordering::Relaxed) {
        let Ok(lines) = lines.lock() else { return None };
        match lines.recv_timeout(PATIENCE) {
            Ok(line) => return Some(line),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
    None
}

fn answer(locator: &Locator, number: usize, line: io::Result<String>) -> Said {
    let line = match line {
        Ok(line) => line,
        Err(e) => return Said::failed(None, format_args!("line {} cannot be read: {e}", number + 1)),
    };
    let Asked { path } = match serde_json::from_str(&line) {
        Ok(asked) => asked,
        Err(e) => return Said::failed(None, format_args!("line {} is no object with a path: {e}", number + 1)),
    };
    let input = Input::File(path);
    match locator.locate(&input) {
        Ok(located) => Said::Located(Box::new(located.result)),
        Err(e) => Said::failed(Some(input.name()), e),
    }
}

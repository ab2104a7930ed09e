//! Many photos: a few at a time, results in the order of the inputs, failures kept apart.

use super::{Input, LocateError, Located, Locator};
use crate::ledger::VerdictKind;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

/// What became of one input.
#[derive(Debug)]
pub struct Outcome {
    /// Position among the inputs, from 0.
    pub index: usize,
    /// The result, or why there is none.
    pub result: Result<Located, LocateError>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Located at some level.
    pub located: usize,
    /// Abstained.
    pub abstained: usize,
    /// Failed.
    pub failed: usize,
    /// Of the located and the abstained, how many were taken from finished ledgers.
    pub reused: usize,
    /// Not begun, because the run was stopped.
    pub left: usize,
}

/// Locates inputs on `jobs` threads and hands each outcome to `sink`, in the order of the inputs.
///
/// When `stop` becomes true, photos in hand are finished and no new one is begun. An error of the sink (such as a full
/// disk) stops the run likewise and is returned.
///
/// # Errors
/// The first error of the sink.
pub fn run<E>(
    locator: &Locator,
    inputs: &[Input],
    jobs: usize,
    stop: &AtomicBool,
    mut sink: impl FnMut(Outcome) -> Result<(), E>,
) -> Result<Tally, E> {
    let next = AtomicUsize::new(0);
    let mut tally = Tally::default();
    let mut failure = None;
    // Bounded, so that a slow sink (a pipe) holds the workers back instead of piling up results.
    let (sender, receiver) = mpsc::sync_channel::<Outcome>(jobs.max(1) * 2);
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, inputs.len().max(1)) {
            let sender = sender.clone();
            let next = &next;
            scope.spawn(move || work(locator, inputs, next, stop, sender));
        }
        drop(sender);
        let mut due = 0;
        let mut early = BTreeMap::new();
        for outcome in receiver {
            early.insert(outcome.index, outcome);
            while let Some(outcome) = early.remove(&due) {
                due += 1;
                tally.count(&outcome);
                if failure.is_none() {
                    failure = sink(outcome).err();
                }
                if failure.is_some() {
                    stop.store(true, Ordering::Relaxed);
                }
            }
        }
        tally.left = inputs.len() - due;
    });
    failure.map_or(Ok(tally), Err)
}

fn work(locator: &Locator, inputs: &[Input], next: &AtomicUsize, stop: &AtomicBool, sender: mpsc::SyncSender<Outcome>) {
    while !stop.load(Ordering::Relaxed) {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(input) = inputs.get(index) else { return };
        let result = locator.locate(input);
        if sender.send(Outcome { index, result }).is_err() {
            return;
        }
    }
}

impl Tally {
    fn count(&mut self, outcome: &Outcome) {
        match &outcome.result {
            Err(_) => self.failed += 1,
            Ok(located) => {
                self.reused += usize::from(located.reused);
                match located.result.verdict.kind {
                    VerdictKind::Located => self.located += 1,
                    VerdictKind::Abstained => self.abstained += 1,
                }
            }
        }
    }
}

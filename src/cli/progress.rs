//! A bar on standard error for whatever takes longer than two seconds; none when that is no terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::thread;
use std::time::Duration;

/// Work that ends sooner is not worth a bar.
const PATIENCE: Duration = Duration::from_secs(2);
const TICK: Duration = Duration::from_millis(120);

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Bytes of a download.
    Bytes,
    /// Photos of a batch.
    Photos,
    /// Texts that are embedded.
    Texts,
    /// Steps of a training.
    Steps,
    /// Time, for work without parts.
    Seconds,
}

/// A bar that shows itself after two seconds and is gone when dropped.
#[derive(Debug)]
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new(unit: Unit, total: u64) -> Self {
        let template = match unit {
            Unit::Bytes => "{msg} {bar:30} {decimal_bytes}/{decimal_total_bytes} {eta}",
            Unit::Photos | Unit::Texts | Unit::Steps => "{msg} {bar:30} {pos}/{len} {eta}",
            Unit::Seconds => "{spinner} {msg} {elapsed}",
        };
        let style = ProgressStyle::with_template(template).expect("the templates are constants and valid");
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden()).with_style(style);
        let shown = bar.downgrade();
        // Detached: it holds no more than a weak reference, and sleeps once.
        let _ = thread::Builder::new().name("progress".to_owned()).spawn(move || {
            thread::sleep(PATIENCE);
            if let Some(bar) = shown.upgrade().filter(|bar| !bar.is_finished()) {
                bar.set_draw_target(ProgressDrawTarget::stderr());
                bar.enable_steady_tick(TICK);
            }
        });
        Self(bar)
    }

    pub(super) fn message(&self, words: impl Into<String>) {
        self.0.set_message(words.into());
    }

    /// Work whose size is known only after it has begun.
    pub(super) fn total(&self, total: u64) {
        self.0.set_length(total);
    }

    /// Work of which a part was done before: how long the rest takes is judged by what is done now.
    pub(super) fn begin_at(&self, done: u64) {
        self.0.set_position(done);
        self.0.reset_eta();
    }

    pub(super) fn position(&self, done: u64) {
        self.0.set_position(done);
    }

    /// Does something that prints, without tearing the bar.
    pub(super) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.0.suspend(print)
    }

    /// Says a line on standard error.
    pub(super) fn say(&self, words: impl std::fmt::Display) {
        self.aside(|| super::output::say(words));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

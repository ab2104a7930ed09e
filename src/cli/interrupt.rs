//! Ctrl-C: the first one ends the work in good order, the second one ends navig.

use super::{Exit, output};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::task::Poll;
use std::thread;

/// A flag that the first Ctrl-C sets.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Watches for Ctrl-C from now on. Where the system allows no watching, Ctrl-C ends navig at once as before.
    /// `words` are said at the first one.
    pub(super) fn watch(words: &'static str) -> Self {
        let interrupt = Self::default();
        let seen = interrupt.clone();
        let (armed, wait_for_it) = mpsc::channel();
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() {
            let watch = thread::Builder::new().name("interrupt".to_owned());
            let _ = watch.spawn(move || runtime.block_on(seen.wait(armed, words)));
            // An error means that the thread has ended: nothing is watched, and nothing can be done about it.
            let _ = wait_for_it.recv();
        }
        interrupt
    }

    /// The flag, for whoever does the work. Work that stops for a reason of its own sets it too.
    pub(super) fn flag(&self) -> &AtomicBool {
        &self.0
    }

    /// Whoever presses Ctrl-C twice wants no more work; files appear whole or not at all, so leaving at once is safe.
    async fn wait(self, armed: mpsc::Sender<()>, words: &'static str) {
        let mut first = pin!(tokio::signal::ctrl_c());
        // The first poll is what asks the system for the signal.
        if std::future::poll_fn(|cx| Poll::Ready(first.as_mut().poll(cx))).await.is_ready() {
            return;
        }
        let _ = armed.send(());
        if first.await.is_err() {
            return;
        }
        self.0.store(true, Ordering::Relaxed);
        output::say(words);
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(Exit::Interrupted as i32);
        }
    }
}

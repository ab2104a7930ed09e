//! Ctrl-C, and being told to end by the system: the first one ends the work in good order, the second one ends navig.

use super::{Exit, output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
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
        let Ok(mut signals) = Signals::new() else { return };
        let _ = armed.send(());
        signals.next().await;
        self.0.store(true, Ordering::Relaxed);
        output::say(words);
        signals.next().await;
        std::process::exit(Exit::Interrupted as i32);
    }
}

/// Ctrl-C, and what a system sends to programs that it wants to end.
#[cfg(unix)]
struct Signals([tokio::signal::unix::Signal; 2]);

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self([signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?]))
    }

    async fn next(&mut self) {
        let [interrupt, terminate] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}

/// Ctrl-C.
#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self(tokio::signal::windows::ctrl_c()?))
    }

    async fn next(&mut self) {
        let _ = self.0.recv().await;
    }
}

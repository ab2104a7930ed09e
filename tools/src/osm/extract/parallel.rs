//! Blobs on all cores, results in the order of the file, and never more than a few of either in memory.

use super::blob::{BlobAt, Unpacker};
use super::error::{BlobProblem, ExtractError};
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;

/// Results that may wait for the one before them, for each thread.
const AHEAD: usize = 3;

/// What hands out the messages of blobs: fills the buffer with the next one, and says where it lies.
pub(super) trait Feed: Send {
    fn next(&mut self, message: &mut Vec<u8>) -> Result<Option<BlobAt>, ExtractError>;
    /// The error for a problem in the blob at an offset.
    fn problem(&self, offset: u64, problem: BlobProblem) -> ExtractError;
}

impl<F: Feed> Feed for &mut F {
    fn next(&mut self, message: &mut Vec<u8>) -> Result<Option<BlobAt>, ExtractError> {
        (**self).next(message)
    }

    fn problem(&self, offset: u64, problem: BlobProblem) -> ExtractError {
        (**self).problem(offset, problem)
    }
}

/// What the threads share.
struct Desk<F> {
    feed: F,
    handed_out: usize,
    taken: usize,
    closed: bool,
}

/// The desk, and the bell that rings when a result was taken.
struct Office<F> {
    desk: Mutex<Desk<F>>,
    room: Condvar,
    ahead: usize,
}

impl<F: Feed> Office<F> {
    fn desk(&self) -> MutexGuard<'_, Desk<F>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next blob with its number; nothing at the end, or after an error.
    fn fetch(&self, message: &mut Vec<u8>) -> Option<(usize, Result<BlobAt, ExtractError>)> {
        let mut desk = self.desk();
        while !desk.closed && desk.handed_out >= desk.taken + self.ahead {
            desk = self.room.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
        if desk.closed {
            return None;
        }
        let fetched = desk.feed.next(message).transpose();
        desk.closed = !matches!(fetched, Some(Ok(_)));
        let number = desk.handed_out;
        desk.handed_out += 1;
        fetched.map(|blob| (number, blob))
    }

    fn close(&self) {
        self.desk().closed = true;
        self.room.notify_all();
    }

    fn problem(&self, offset: u64, problem: BlobProblem) -> ExtractError {
        self.desk().feed.problem(offset, problem)
    }
}

/// Closes the office when someone leaves by whatever door, so that no thread waits for room for ever. A thread that decodes
/// leaves only when the office is closed, or when it breaks down.
struct CloseOnDrop<'a, F: Feed>(&'a Office<F>);

impl<F: Feed> Drop for CloseOnDrop<'_, F> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Unpacks every blob that `feed` hands out, makes something of it by `decode` on `threads` threads, and gives the results
/// to `take` on this thread in the order of the feed. The first error in that order ends it.
pub(super) fn in_order<F: Feed, T: Send>(
    threads: usize,
    feed: F,
    decode: impl Fn(&BlobAt, &[u8]) -> Result<T, BlobProblem> + Sync,
    mut take: impl FnMut(&BlobAt, T) -> Result<(), ExtractError>,
) -> Result<(), ExtractError> {
    let desk = Desk { feed, handed_out: 0, taken: 0, closed: false };
    let office = Office { desk: Mutex::new(desk), room: Condvar::new(), ahead: AHEAD * threads.max(1) };
    let work = |results: mpsc::Sender<_>| {
        let _closing = CloseOnDrop(&office);
        let (mut message, mut unpacker) = (Vec::new(), Unpacker::new());
        while let Some((number, blob)) = office.fetch(&mut message) {
            let result = blob.and_then(|at| {
                let made = unpacker.unpack(&message).and_then(|bytes| decode(&at, bytes));
                made.map(|made| (at, made)).map_err(|problem| office.problem(at.offset, problem))
            });
            if results.send((number, result)).is_err() {
                break;
            }
        }
    };
    thread::scope(|scope| {
        let (sender, results) = mpsc::channel();
        for _ in 0..threads.max(1) {
            let sender = sender.clone();
            scope.spawn(|| work(sender));
        }
        drop(sender);
        let _closing = CloseOnDrop(&office);
        let mut early = BTreeMap::new();
        let mut next = 0;
        for (number, result) in results {
            early.insert(number, result);
            while let Some(result) = early.remove(&next) {
                next += 1;
                office.desk().taken = next;
                office.room.notify_all();
                let (at, made) = result?;
                take(&at, made)?;
            }
        }
        Ok(())
    })
}

//! Getting large files, whatever they are for: transfers that go on where they stopped, one process at a time.
//! Web pages, which are small and many, are read by [`web`].

mod http;
pub(crate) mod web;

pub(crate) use http::{Client, Token};

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// What happens while something is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Another process is fetching into the same folder; this one waits.
    Waiting,
    /// A way, or a file, is tried; the text names it.
    Trying(&'a str),
    /// A way gave nothing; the text says why.
    Failed(&'a str),
    /// So much is there.
    Bytes {
        /// Bytes so far.
        done: u64,
        /// Bytes of the whole.
        total: u64,
    },
}

/// Why a transfer failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// The other side, or the way to it.
    #[error("{url}: {reason}")]
    Way { url: String, reason: String, status: Option<u16> },
    /// This side.
    #[error("{}: cannot {doing}", path.display())]
    Io { path: PathBuf, doing: &'static str, source: std::io::Error },
}

impl FetchError {
    pub(crate) fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, doing, source }
    }
}

/// Keeps two processes from fetching into one folder, which is made; released when dropped, also by a crash.
pub(crate) fn lock(folder: &Path, progress: &mut dyn FnMut(Event<'_>)) -> Result<File, FetchError> {
    fs::create_dir_all(folder).map_err(FetchError::io("write", folder))?;
    let path = folder.join(".lock");
    let file = File::create(&path).map_err(FetchError::io("write", &path))?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => progress(Event::Waiting),
        Err(TryLockError::Error(e)) => return Err(FetchError::io("lock", path)(e)),
    }
    file.lock().map_err(FetchError::io("lock", &path))?;
    Ok(file)
}

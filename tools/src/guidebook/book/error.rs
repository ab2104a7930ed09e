//! What goes wrong with the files of guidebooks.

use std::path::{Path, PathBuf};

/// Why a guidebook's file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BookError {
    /// The file cannot be read or written.
    #[error("{}: cannot be {doing}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        doing: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is something else.
    #[error("{}: not a guidebook of navig; 'navig index guidebook' makes one", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// It was written by another version of navig.
    #[error(
        "{}: written in format {found}, and this navig reads format {known}; make it anew with 'navig index guidebook --force'",
        path.display()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The format of this version.
        known: u32,
    },
    /// Its bytes are not what was written.
    #[error("{}: damaged ({what}); make it anew", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// It would hold more than a file can.
    #[error("{}: {what}; cut the sources into several guidebooks", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// What is too much, and how much is allowed.
        what: String,
    },
}

impl BookError {
    pub(super) fn read(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, doing: "read", source }
    }

    pub(super) fn written(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, doing: "written", source }
    }

    pub(super) fn damaged(path: &Path, what: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), what: what.into() }
    }
}

//! Why a guidebook is not there, or was not made.

use crate::embedder::EmbedderError;
use navig_tools::guidebook::SourceError;
use navig_tools::guidebook::book::{BookError, EmbedError};
use navig_tools::guidebook::traces::TracesError;
use std::path::PathBuf;

/// Why a guidebook is not there, or was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GuidebooksError {
    /// The folder of the guidebooks cannot be read or made.
    #[error("{}: the folder of the guidebooks cannot be used: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A name that cannot be a file's.
    #[error("'{name}' is no name for a guidebook: use letters, digits, '-', '_' and '.', 1 to 200 of them")]
    Name {
        /// What was given.
        name: String,
    },
    /// A source that is not in the guidebook.
    #[error("{}: has no source '{name}'; it has: {known}", path.display())]
    NoSource {
        /// The guidebook.
        path: PathBuf,
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// Guidebooks and traces are kept in files of their own.
    #[error("{}: holds {holds}, and {other} need a file of their own; give another name with -o", path.display())]
    Kind {
        /// The file.
        path: PathBuf,
        /// What it holds.
        holds: &'static str,
        /// What was to be added.
        other: &'static str,
    },
    /// An address, and the network was not asked for.
    #[error("{address}: is an address; --online lets navig fetch it, one page a second, as its robots.txt allows")]
    NotOnline {
        /// The address.
        address: String,
    },
    /// An address could not be read.
    #[error("{0}")]
    Web(String),
    /// Ctrl-C.
    #[error("stopped; pages that were fetched are kept, and the same command goes on from there")]
    Stopped,
    /// No source had a passage.
    #[error("no passage was found in {sources}; {why}")]
    Nothing {
        /// The sources.
        sources: String,
        /// What became of their pages.
        why: String,
    },
    /// A source that cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Traces that cannot be read.
    #[error(transparent)]
    Traces(#[from] TracesError),
    /// The file.
    #[error(transparent)]
    Book(#[from] BookError),
    /// The embedder does not load.
    #[error(transparent)]
    Embedder(#[from] EmbedderError),
    /// The embedder fails.
    #[error(transparent)]
    Embed(#[from] EmbedError),
}

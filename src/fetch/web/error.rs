//! What can be wrong with a crawl as a whole, and with one address.

use std::path::PathBuf;

/// Why a crawl ended without its pages.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WebError {
    /// The text is no address of a web page.
    #[error("'{address}' is not read: {reason}; give an address such as https://example.org/guide/")]
    Address {
        /// What was given.
        address: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Without the page at the start there is nothing to go on from.
    #[error("{address}: {reason}; nothing was read, so give another address to start from, or try again later")]
    Start {
        /// The page.
        address: String,
        /// Why it was left out.
        reason: String,
    },
    /// The user ended it.
    #[error("stopped; the pages that were read are kept, and the same command goes on from there")]
    Stopped,
    /// No requests can be made at all.
    #[error("no web pages can be read on this machine: {reason}")]
    Client {
        /// What the system says.
        reason: String,
    },
    /// A page cannot be kept, or one that was kept not be read.
    #[error("{}: cannot {doing}; mend this, or delete the folder: it holds only copies of web pages", path.display())]
    Cache {
        /// The file or the folder.
        path: PathBuf,
        /// The verb: read, write.
        doing: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
}

impl WebError {
    /// Wraps an error of the system, for `map_err`.
    pub(super) fn cache(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Cache { path, doing, source }
    }
}

/// Why one address gave no page.
#[derive(Debug)]
pub(super) enum Lack {
    /// This page is left out, and the crawl goes on.
    LeftOut(String),
    /// The crawl ends.
    Ends(WebError),
}

impl Lack {
    /// This page is left out, and the crawl goes on.
    pub(super) fn left_out(reason: impl Into<String>) -> Self {
        Self::LeftOut(reason.into())
    }
}

impl From<WebError> for Lack {
    fn from(error: WebError) -> Self {
        Self::Ends(error)
    }
}

//! Reads the pages of an online guidebook, as a guest who wants to be welcome again.
//!
//! A guidebook that someone else pays for is asked for no more than is needed: its host's robots.txt is read first and
//! obeyed, at most one request a second is made, what was fetched is kept and asked for again only by what has changed,
//! and nothing outside the folder of the first page is touched. A crawl that was stopped goes on from what is kept.
//!
//! What comes is data from strangers. Nothing in it is run, and every size, number and way has a limit.
//!
//! Whoever calls this has made sure that the network may be used: with `--offline` no [`Web`] is made.

mod cache;
mod error;
mod line;
mod links;
mod page;
mod robots;
mod site;
#[cfg(test)]
mod tests;
mod walk;

pub(crate) use error::WebError;

use cache::Cache;
use error::Lack;
use line::Line;
use reqwest::Url;
use robots::Rules;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;
use walk::Walk;

/// A page that was fetched, or found in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WebPage {
    /// Where it was, after redirects, without a fragment.
    pub(crate) url: String,
    /// What the server says it is, in lower case without parameters: HTML, Markdown, plain text, JSON or JSON lines.
    pub(crate) media_type: String,
    /// As they came.
    pub(crate) bytes: Vec<u8>,
    /// No bytes of it came this time.
    pub(crate) cached: bool,
}

/// What a crawl found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Crawl {
    /// The pages, those first that are linked first.
    pub(crate) pages: Vec<WebPage>,
    /// Addresses that are no pages of it, each with the reason.
    pub(crate) left_out: Vec<(String, String)>,
}

/// What happens during a crawl.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WebEvent<'a> {
    /// A page is there.
    Page {
        /// Where it was.
        url: &'a str,
        /// No bytes of it came this time.
        cached: bool,
        /// Pages so far.
        done: usize,
        /// Addresses so far that were or will be asked for.
        known: usize,
    },
    /// An address is left out.
    LeftOut {
        /// The address.
        url: &'a str,
        /// Why.
        reason: &'a str,
    },
    /// The host wants a longer pause than usual.
    Waiting {
        /// What is asked for then.
        url: &'a str,
        /// How long.
        pause: Duration,
    },
}

/// What a crawl may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WebLimits {
    /// Addresses that are asked for, the first page included.
    pub(crate) pages: usize,
    /// Bytes of one page.
    pub(crate) bytes: usize,
    /// Bytes of all pages, which are in memory together.
    pub(crate) bytes_in_all: usize,
    /// Redirects from an address to its page.
    pub(crate) redirects: usize,
    /// Longest time of one request.
    pub(crate) timeout: Duration,
    /// Shortest pause between two requests; a host may ask for a longer one.
    pub(crate) pause: Duration,
    /// How long a page that is kept is taken as it is, without asking.
    pub(crate) fresh: Duration,
}

impl Default for WebLimits {
    fn default() -> Self {
        Self {
            pages: 500,
            bytes: 16 << 20,
            bytes_in_all: 512 << 20,
            redirects: 10,
            timeout: Duration::from_secs(60),
            pause: Duration::from_secs(1),
            fresh: Duration::from_secs(24 * 3600),
        }
    }
}

/// A reader of web pages.
#[derive(Debug)]
pub(crate) struct Web {
    cache: Cache,
    limits: WebLimits,
    line: Line,
    /// By host, with scheme and port.
    rules: HashMap<String, Rc<Rules>>,
}

/// Whom to tell of what happens, and whom to ask whether to stop.
struct During<'a> {
    progress: &'a mut dyn FnMut(WebEvent<'_>),
    stop: &'a dyn Fn() -> bool,
}

impl Web {
    /// A reader that keeps pages in a folder, which is made.
    ///
    /// # Errors
    /// [`WebError::Cache`] when the folder cannot be made, [`WebError::Client`] when this machine allows no requests.
    pub(crate) fn new(cache: &Path, limits: WebLimits) -> Result<Self, WebError> {
        Ok(Self { cache: Cache::open(cache)?, limits, line: Line::new(limits)?, rules: HashMap::new() })
    }

    /// The page at `start`, and the pages that it and they link to on the same host beneath the start page's folder, in
    /// a stable order. Where the start page has moved, the host and the folder are those that it has now.
    ///
    /// # Errors
    /// [`WebError::Address`] and [`WebError::Start`] when there is no start page; a later page that fails is only left
    /// out. [`WebError::Stopped`] soon after `stop` says so. [`WebError::Cache`] when pages cannot be kept.
    pub(crate) fn crawl(
        &mut self,
        start: &str,
        progress: &mut dyn FnMut(WebEvent<'_>),
        stop: &dyn Fn() -> bool,
    ) -> Result<Crawl, WebError> {
        let start = site::start(start)?;
        let during = &mut During { progress, stop };
        let page = self.page(&start, None, during).map_err(|lack| no_start(&start, lack))?;
        let rules = self.rules(&page.url, during).map_err(|lack| no_start(&start, lack))?;
        let mut walk = Walk::new(&page.url, self.limits);
        walk.take(page, &rules, during);
        while let Some(address) = walk.next() {
            // Pages that are kept are read without a request, which would see it.
            if (during.stop)() {
                return Err(WebError::Stopped);
            }
            match self.page(&address, Some(walk.site()), during) {
                Ok(page) => walk.take(page, &rules, during),
                Err(Lack::LeftOut(reason)) => walk.leave_out(&address, reason, during),
                Err(Lack::Ends(error)) => return Err(error),
            }
        }
        Ok(walk.end())
    }
}

fn no_start(start: &Url, lack: Lack) -> WebError {
    match lack {
        Lack::LeftOut(reason) => WebError::Start { address: start.to_string(), reason },
        Lack::Ends(error) => error,
    }
}

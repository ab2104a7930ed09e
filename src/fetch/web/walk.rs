//! From page to page, first those that are linked first: each once, and no more than the limits allow.
//!
//! A site can link to itself without end, by addresses that it makes up. So the queue has a place for as many pages as
//! may be read and no more, and what has been seen has an end too.

use super::links::{self, Said};
use super::page::Page;
use super::robots::Rules;
use super::site::Site;
use super::{Crawl, During, WebEvent, WebLimits, WebPage};
use reqwest::Url;
use std::collections::{HashSet, VecDeque};

/// Most addresses that are looked at, allowed or not, for each page that may be read.
const ADDRESSES_A_PAGE: usize = 100;

/// A crawl on its way.
pub(super) struct Walk {
    site: Site,
    limits: WebLimits,
    queue: VecDeque<Url>,
    /// Pages that were or will be asked for, the first one too.
    known: usize,
    /// Addresses that were found.
    seen: HashSet<String>,
    /// Addresses where pages were, after redirects.
    read: HashSet<String>,
    bytes: usize,
    full: bool,
    crawl: Crawl,
}

impl Walk {
    /// A crawl that begins at a page.
    pub(super) fn new(start: &Url, limits: WebLimits) -> Self {
        Self {
            site: Site::of(start),
            limits,
            queue: VecDeque::new(),
            known: 1,
            seen: HashSet::from([start.to_string()]),
            read: HashSet::new(),
            bytes: 0,
            full: false,
            crawl: Crawl::default(),
        }
    }

    /// Where the crawl stays.
    pub(super) fn site(&self) -> &Site {
        &self.site
    }

    /// The next address to ask for.
    pub(super) fn next(&mut self) -> Option<Url> {
        let read = &self.read;
        let at = self.queue.iter().position(|address| !read.contains(address.as_str()))?;
        self.queue.drain(..=at).next_back()
    }

    /// What was found.
    pub(super) fn end(self) -> Crawl {
        self.crawl
    }

    /// Takes a page, and the addresses that it links to.
    pub(super) fn take(&mut self, page: Page, rules: &Rules, during: &mut During<'_>) {
        let Page { url, kept, cached } = page;
        if !self.read.insert(url.to_string()) {
            // Another address has led here before.
            return;
        }
        let said = match kept.head.media_type.as_str() {
            "text/html" => links::read(&url, &kept.body, during.stop),
            _ => Some(Said::default()),
        };
        let Some(said) = said else {
            return self.leave_out(&url, "its HTML takes too long to read".to_owned(), during);
        };
        let bytes = self.bytes + kept.body.len();
        if said.no_index {
            self.leave_out(&url, "the page asks not to be indexed".to_owned(), during);
        } else if bytes > self.limits.bytes_in_all {
            self.leave_out(
                &url,
                format!("the pages are longer than {} bytes in all", self.limits.bytes_in_all),
                during,
            );
        } else {
            self.bytes = bytes;
            let media_type = kept.head.media_type;
            self.crawl.pages.push(WebPage { url: url.to_string(), media_type, bytes: kept.body, cached });
        }
        for link in said.links {
            self.find(link, rules, during);
        }
        let (done, known) = (self.read.len(), self.known);
        (during.progress)(WebEvent::Page { url: url.as_str(), cached, done, known });
    }

    /// Leaves an address out, and names it.
    pub(super) fn leave_out(&mut self, address: &Url, reason: String, during: &mut During<'_>) {
        (during.progress)(WebEvent::LeftOut { url: address.as_str(), reason: &reason });
        self.crawl.left_out.push((address.to_string(), reason));
    }

    fn find(&mut self, link: Url, rules: &Rules, during: &mut During<'_>) {
        let Some(address) = self.site.page(link).filter(|address| !self.seen.contains(address.as_str())) else {
            return;
        };
        let most = self.limits.pages;
        if self.known >= most || self.seen.len() >= most.saturating_mul(ADDRESSES_A_PAGE) {
            if !self.full {
                self.full = true;
                let reason =
                    format!("no more than {most} pages are read: this address and all that come after it are not");
                self.leave_out(&address, reason, during);
            }
            return;
        }
        self.seen.insert(address.to_string());
        match rules.allow(&address) {
            Ok(()) => {
                self.known += 1;
                self.queue.push_back(address);
            }
            Err(reason) => self.leave_out(&address, reason, during),
        }
    }
}

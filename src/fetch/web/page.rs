//! One page: whether its host allows it, whether it is kept, where it has moved, and whether it is of use.

use super::cache::{Head, Kept};
use super::error::Lack;
use super::robots::{self, Rules};
use super::site::{self, Site};
use super::{During, Web, line};
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Response, StatusCode, Url};
use std::rc::Rc;
use std::time::Duration;

/// What a guidebook can be made of.
const KINDS: [&str; 5] = ["text/html", "text/markdown", "text/plain", "application/json", "application/jsonl"];
/// Redirects of a robots.txt that are followed; the RFC asks for five.
const ROBOTS_REDIRECTS: usize = 5;
/// Longest quotation of a server in a reason, characters.
const LONGEST_QUOTE: usize = 80;

/// A page, under the address where it was found.
pub(super) struct Page {
    pub(super) url: Url,
    pub(super) kept: Kept,
    /// No bytes of it came this time.
    pub(super) cached: bool,
}

impl Web {
    /// The page at an address, or where that has moved: anywhere on the host, or in the site if one is given.
    pub(super) fn page(&mut self, address: &Url, site: Option<&Site>, during: &mut During<'_>) -> Result<Page, Lack> {
        let mut url = address.clone();
        for _ in 0..=self.limits.redirects {
            let rules = self.rules(&url, during)?;
            rules.allow(&url).map_err(Lack::LeftOut)?;
            let kept = self.cache.find(&url)?;
            let kept = match kept {
                Some(kept) if kept.head.is_fresh(self.limits.fresh) => return Ok(Page { url, kept, cached: true }),
                kept => kept,
            };
            let response = self.line.ask(&url, kept.as_ref().map(|kept| &kept.head), rules.delay(), during)?;
            match moved(&url, &response)? {
                Some(to) if site.is_some_and(|site| !site.has(&to)) => {
                    return Err(Lack::left_out(format!("it redirects to {to}, outside the guidebook")));
                }
                Some(to) => url = to,
                None => return self.answer(url, kept, response, during),
            }
        }
        Err(Lack::LeftOut(format!("more than {} redirects", self.limits.redirects)))
    }

    /// The page of an answer, which is kept.
    fn answer(&mut self, url: Url, kept: Option<Kept>, response: Response, during: &During<'_>) -> Result<Page, Lack> {
        let (mut kept, cached) = match (response.status(), kept) {
            (StatusCode::NOT_MODIFIED, Some(kept)) => (kept, true),
            (status, _) if status.is_success() => (self.new_page(&url, response, during)?, false),
            (status, _) => return Err(Lack::LeftOut(format!("the server says {status}"))),
        };
        self.cache.keep(&url, &mut kept)?;
        Ok(Page { url, kept, cached })
    }

    fn new_page(&mut self, url: &Url, response: Response, during: &During<'_>) -> Result<Kept, Lack> {
        let media_type = media_type(response.headers())?;
        let most = self.limits.bytes;
        let too_long = || Lack::LeftOut(format!("it is longer than {most} bytes"));
        if response.content_length().is_some_and(|bytes| bytes > most as u64) {
            return Err(too_long());
        }
        let (etag, last_modified) = line::state(response.headers());
        match self.line.body(response, most, during)? {
            (body, true) => Ok(Kept { head: Head::new(url, media_type, etag, last_modified), body }),
            (_, false) => Err(too_long()),
        }
    }

    /// The rules of an address's host, which is asked for them once.
    pub(super) fn rules(&mut self, url: &Url, during: &mut During<'_>) -> Result<Rc<Rules>, Lack> {
        let host = url.origin().ascii_serialization();
        if let Some(rules) = self.rules.get(&host) {
            return Ok(Rc::clone(rules));
        }
        let rules = match self.ask_for_rules(url, during) {
            Err(Lack::LeftOut(reason)) => Rules::Unknown(reason),
            rules => rules?,
        };
        Ok(Rc::clone(self.rules.entry(host).or_insert(Rc::new(rules))))
    }

    fn ask_for_rules(&mut self, url: &Url, during: &mut During<'_>) -> Result<Rules, Lack> {
        let mut url = url.join("/robots.txt").map_err(|_| Lack::left_out("it has no address"))?;
        for _ in 0..=ROBOTS_REDIRECTS {
            let response = self.line.ask(&url, None, Duration::ZERO, during)?;
            let status = response.status();
            match moved(&url, &response)? {
                Some(to) => url = to,
                None if status.is_success() => {
                    let (text, whole) = self.line.body(response, robots::MOST_BYTES, during)?;
                    return Ok(Rules::of_text(&text, whole));
                }
                None => return Ok(Rules::of_status(status)),
            }
        }
        Err(Lack::LeftOut(format!("more than {ROBOTS_REDIRECTS} redirects")))
    }
}

/// Where an answer sends us, if it does.
fn moved(from: &Url, response: &Response) -> Result<Option<Url>, Lack> {
    let location = match response.status().as_u16() {
        301 | 302 | 303 | 307 | 308 => response.headers().get(LOCATION),
        _ => None,
    };
    let to = |location: &[u8]| site::moved(from, &String::from_utf8_lossy(location)).map_err(Lack::left_out);
    location.map(|location| to(location.as_bytes())).transpose()
}

/// The media type without its parameters, if it is one that is read.
fn media_type(headers: &HeaderMap) -> Result<String, Lack> {
    let stated = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = stated.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match KINDS.contains(&kind.as_str()) {
        true => Ok(kind),
        false if kind.is_empty() => Err(Lack::left_out("the server does not say what kind of file it is")),
        false => {
            let kind: String = kind.chars().take(LONGEST_QUOTE).collect();
            Err(Lack::LeftOut(format!("it is {kind}; only HTML, Markdown, plain text and JSON are read")))
        }
    }
}

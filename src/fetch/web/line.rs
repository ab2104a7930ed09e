//! The line to the hosts: one request at a time, and none sooner than the host likes.
//!
//! Whoever waits looks every moment whether the user wants to stop, so that Ctrl-C ends a pause or a slow transfer too.

use super::cache::Head;
use super::error::Lack;
use super::{During, WebError, WebEvent, WebLimits};
use crate::cause::innermost;
use crate::report::visible;
use reqwest::header::{ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url, redirect};
use std::pin::pin;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::time::{sleep, timeout};

/// Who asks, and how; a host that minds can name us in its robots.txt.
const AGENT: &str =
    concat!("navig/", env!("CARGO_PKG_VERSION"), " (guidebook indexer; one request a second; obeys robots.txt)");
/// How often a busy host is asked again.
const MORE_TRIES: u32 = 2;
/// Longest pause that a busy host is granted; a page that needs more is left out.
const LONGEST_ASKED: Duration = Duration::from_secs(60);
/// The pause for a busy host that asks for none, in usual pauses.
const BUSY: u32 = 10;
/// How soon a wish to stop is seen.
const TICK: Duration = Duration::from_millis(50);

/// A client with a runtime of its own, and the time of its last request.
#[derive(Debug)]
pub(super) struct Line {
    runtime: Runtime,
    client: Client,
    limits: WebLimits,
    last: Option<Instant>,
}

impl Line {
    pub(super) fn new(limits: WebLimits) -> Result<Self, WebError> {
        let none = |reason| WebError::Client { reason };
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| none(e.to_string()))?;
        let client = Client::builder()
            .timeout(limits.timeout)
            // Each is looked at: where it leads, and whether robots may go there.
            .redirect(redirect::Policy::none())
            .user_agent(AGENT)
            .build()
            .map_err(|e| none(innermost(&e)))?;
        Ok(Self { runtime, client, limits, last: None })
    }

    /// Asks for an address when its turn has come, at least `delay` after the last request. A server that knows the
    /// state that is `kept` need not send it again. One that is busy is asked twice more.
    pub(super) fn ask(
        &mut self,
        url: &Url,
        kept: Option<&Head>,
        delay: Duration,
        during: &mut During<'_>,
    ) -> Result<Response, Lack> {
        let mut tries_left = MORE_TRIES;
        loop {
            self.take_turn(url, delay, during)?;
            let response = self.once(conditional(self.client.get(url.clone()), kept), during)?;
            let status = response.status();
            let busy = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
            if !busy || tries_left == 0 {
                return Ok(response);
            }
            tries_left -= 1;
            let pause = pause_asked(response.headers()).unwrap_or(self.limits.pause * BUSY);
            if pause > LONGEST_ASKED {
                let seconds = pause.as_secs();
                return Err(Lack::LeftOut(format!("the server says {status} and asks for a pause of {seconds} s")));
            }
            self.wait(url, pause, during)?;
        }
    }

    /// The bytes of an answer, and whether these are all: what is beyond `most` is not read.
    pub(super) fn body(
        &mut self,
        mut response: Response,
        most: usize,
        during: &During<'_>,
    ) -> Result<(Vec<u8>, bool), Lack> {
        let reading = async {
            let mut bytes = Vec::new();
            while let Some(chunk) = response.chunk().await? {
                let room = most - bytes.len();
                bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
                if chunk.len() > room {
                    return Ok((bytes, false));
                }
            }
            Ok((bytes, true))
        };
        let read = self.unless_stopped(reading, during)?;
        self.last = Some(Instant::now());
        read.map_err(|e| self.broken(e))
    }

    fn once(&mut self, request: RequestBuilder, during: &During<'_>) -> Result<Response, Lack> {
        // Sending begins with a look at the clock, which only the runtime has.
        let response = self.unless_stopped(async { request.send().await }, during)?;
        self.last = Some(Instant::now());
        response.map_err(|e| self.broken(e))
    }

    fn take_turn(&self, url: &Url, delay: Duration, during: &mut During<'_>) -> Result<(), WebError> {
        let pause = self.limits.pause.max(delay);
        match self.last {
            Some(last) => self.wait(url, pause.saturating_sub(last.elapsed()), during),
            None => Ok(()),
        }
    }

    /// Waits, and says so if that is longer than usual.
    fn wait(&self, url: &Url, pause: Duration, during: &mut During<'_>) -> Result<(), WebError> {
        if pause > self.limits.pause {
            (during.progress)(WebEvent::Waiting { url: url.as_str(), pause });
        }
        self.unless_stopped(async { sleep(pause).await }, during)
    }

    fn unless_stopped<T>(&self, work: impl Future<Output = T>, during: &During<'_>) -> Result<T, WebError> {
        self.runtime.block_on(async {
            let mut work = pin!(work);
            while !(during.stop)() {
                if let Ok(done) = timeout(TICK, work.as_mut()).await {
                    return Ok(done);
                }
            }
            Err(WebError::Stopped)
        })
    }

    fn broken(&self, error: reqwest::Error) -> Lack {
        let error = error.without_url();
        let cause = innermost(&error);
        let cause = visible(&cause);
        Lack::LeftOut(if error.is_timeout() {
            format!("it did not come within {} s", self.limits.timeout.as_secs_f64())
        } else if error.is_connect() {
            format!("no connection: {cause}")
        } else {
            format!("the connection broke: {cause}")
        })
    }
}

fn conditional(mut request: RequestBuilder, kept: Option<&Head>) -> RequestBuilder {
    if let Some(etag) = kept.and_then(|head| head.etag.as_deref()) {
        request = request.header(IF_NONE_MATCH, etag);
    }
    if let Some(time) = kept.and_then(|head| head.last_modified.as_deref()) {
        request = request.header(IF_MODIFIED_SINCE, time);
    }
    request
}

/// What the server knows this state of a page by: its ETag, and the time of its last change.
pub(super) fn state(headers: &HeaderMap) -> (Option<String>, Option<String>) {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    (text(ETAG), text(LAST_MODIFIED))
}

/// The pause that a server asks for in seconds. The other form, a date, needs two clocks that agree.
fn pause_asked(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

//! Fetches over HTTPS, going on where an earlier try stopped.

use super::FetchError;
use crate::cause::innermost;
use reqwest::{RequestBuilder, Response, StatusCode, header};
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Runtime;

const CONNECT: Duration = Duration::from_secs(20);
/// Longest silence within a transfer.
const SILENCE: Duration = Duration::from_secs(60);

/// A secret that is sent and never shown.
#[derive(Clone)]
pub(crate) struct Token(String);

impl Token {
    /// `None` when nothing is set, or nothing but white space.
    pub(crate) fn of_variable(name: &str) -> Option<Self> {
        let text = std::env::var(name).ok()?;
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(not shown)")
    }
}

/// A client with a runtime of its own, so that whoever fetches need not be asynchronous.
#[derive(Debug)]
pub(crate) struct Client {
    runtime: Runtime,
    client: reqwest::Client,
    token: Option<Token>,
}

impl Client {
    /// A client that sends `token`, if there is one, to the hosts that it is told to ask, and not to those that these
    /// redirect to.
    pub(crate) fn new(token: Option<Token>) -> Result<Self, FetchError> {
        let no_client = |reason: String| FetchError::Way { url: "no transfer".to_owned(), reason, status: None };
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| no_client(e.to_string()))?;
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .user_agent(concat!("navig/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| no_client(innermost(&e)))?;
        Ok(Self { runtime, client, token })
    }

    /// Fetches a text of at most `most` bytes, and the address of its next page if it has one.
    pub(crate) fn text(&self, url: &str, most: usize) -> Result<(String, bool), FetchError> {
        self.runtime.block_on(async {
            let mut response = send(self.get(url), url).await?;
            let continues = response
                .headers()
                .get(header::LINK)
                .and_then(|value| value.to_str().ok())
                .is_some_and(|value| value.contains("rel=\"next\""));
            let mut bytes = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(way(url))? {
                bytes.extend_from_slice(&chunk);
                if bytes.len() > most {
                    return Err(said(url, format!("more than {most} bytes came")));
                }
            }
            let text = String::from_utf8(bytes).map_err(|_| said(url, "the answer is no text".to_owned()))?;
            Ok((text, continues))
        })
    }

    /// Fetches a file of a known size into `part`, from where `part` ends if the server can do that. `done` is told how
    /// many bytes of the file are there.
    pub(crate) fn file(&self, url: &str, size: u64, part: &Path, done: &mut dyn FnMut(u64)) -> Result<(), FetchError> {
        let have = fs::metadata(part).map_or(0, |m| m.len());
        if have == size && part.exists() {
            return Ok(());
        }
        self.runtime.block_on(self.rest(url, size, part, have, done))
    }

    async fn rest(
        &self,
        url: &str,
        size: u64,
        part: &Path,
        have: u64,
        done: &mut dyn FnMut(u64),
    ) -> Result<(), FetchError> {
        let resume = (1..size).contains(&have);
        let mut request = self.get(url);
        if resume {
            request = request.header(header::RANGE, format!("bytes={have}-"));
        }
        let mut response = send(request, url).await?;
        let resumed = resume && response.status() == StatusCode::PARTIAL_CONTENT;
        let mut file = OpenOptions::new()
            .create(true)
            .write(true)
            .append(resumed)
            .truncate(!resumed)
            .open(part)
            .map_err(FetchError::io("write", part))?;
        let mut bytes = if resumed { have } else { 0 };
        while let Some(chunk) = response.chunk().await.map_err(way(url))? {
            bytes += chunk.len() as u64;
            if bytes > size {
                // Kept, it would look like a resumable part of something.
                fs::remove_file(part).map_err(FetchError::io("write", part))?;
                return Err(said(url, format!("more than {size} bytes came")));
            }
            file.write_all(&chunk).map_err(FetchError::io("write", part))?;
            done(bytes);
        }
        match bytes == size {
            true => Ok(()),
            false => Err(said(url, format!("ended after {bytes} of {size} bytes"))),
        }
    }

    fn get(&self, url: &str) -> RequestBuilder {
        let request = self.client.get(url);
        match &self.token {
            Some(token) => request.bearer_auth(&token.0),
            None => request,
        }
    }
}

async fn send(request: RequestBuilder, url: &str) -> Result<Response, FetchError> {
    request.send().await.and_then(Response::error_for_status).map_err(way(url))
}

fn way(url: &str) -> impl FnOnce(reqwest::Error) -> FetchError {
    let url = url.to_owned();
    move |e| FetchError::Way { url, status: e.status().map(|s| s.as_u16()), reason: innermost(&e.without_url()) }
}

fn said(url: &str, reason: String) -> FetchError {
    FetchError::Way { url: url.to_owned(), reason, status: None }
}

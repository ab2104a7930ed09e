//! The hub: which files a published model has, and what their sums are.

use super::{HubId, StoreError};
use crate::fetch::{Client, FetchError, Token};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::Path;

/// Where models are published, unless `HF_ENDPOINT` names another place.
const ENDPOINT: &str = "https://huggingface.co";
/// Longest answer to a question, bytes; a listing of a thousand files has some hundred thousand.
const MOST_BYTES: usize = 8 << 20;

/// The hub of this process.
pub(super) struct Hub {
    client: Client,
    endpoint: String,
}

/// A published file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Published {
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) sum: Sum,
}

/// What the hub says of a file's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sum {
    /// Of large files.
    Sha256(String),
    /// Of small ones: git's own id.
    GitBlob(String),
}

#[derive(Deserialize)]
struct Model {
    sha: String,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "type")]
    kind: String,
    path: String,
    #[serde(default)]
    size: u64,
    #[serde(default)]
    oid: String,
    lfs: Option<Lfs>,
}

#[derive(Deserialize)]
struct Lfs {
    oid: String,
    size: u64,
}

/// Where models are published, by the environment.
pub(super) fn endpoint() -> String {
    let named = std::env::var("HF_ENDPOINT").ok().filter(|text| !text.trim().is_empty());
    named.map_or_else(|| ENDPOINT.to_owned(), |text| text.trim().trim_end_matches('/').to_owned())
}

impl Hub {
    /// The hub, with the user's token if `HF_TOKEN` has one and nobody on the way can read it.
    pub(super) fn open() -> Result<Self, StoreError> {
        let endpoint = endpoint();
        let token = Token::of_variable("HF_TOKEN").filter(|_| is_private(&endpoint));
        Ok(Self { client: Client::new(token)?, endpoint })
    }

    /// The commit that a revision is now.
    pub(super) fn commit(&self, id: &HubId, revision: &str) -> Result<String, StoreError> {
        let url = format!("{}/api/models/{id}/revision/{}", self.endpoint, quoted(revision));
        let (model, _): (Model, _) = self.ask(&url, id, revision)?;
        match is_hex(&model.sha, 40) {
            true => Ok(model.sha),
            false => Err(StoreError::Answer { url, reason: "no commit".to_owned() }),
        }
    }

    /// The files at the top of a published model; what lies in folders is no part of it.
    pub(super) fn files(&self, id: &HubId, commit: &str) -> Result<Vec<Published>, StoreError> {
        let url = format!("{}/api/models/{id}/tree/{commit}?recursive=1", self.endpoint);
        let (entries, continues): (Vec<Entry>, bool) = self.ask(&url, id, commit)?;
        let wrong = |reason: String| StoreError::Answer { url: url.clone(), reason };
        if continues {
            return Err(wrong("it lists more files than any model has".to_owned()));
        }
        let files = entries.into_iter().filter(|e| e.kind == "file" && super::is_plain(&e.path));
        files
            .map(|entry| match entry.lfs {
                Some(lfs) if is_hex(&lfs.oid, 64) => {
                    Ok(Published { name: entry.path, bytes: lfs.size, sum: Sum::Sha256(lfs.oid) })
                }
                None if is_hex(&entry.oid, 40) => {
                    Ok(Published { name: entry.path, bytes: entry.size, sum: Sum::GitBlob(entry.oid) })
                }
                _ => Err(wrong(format!("{} has no sum", entry.path))),
            })
            .collect()
    }

    /// Fetches a file into `part`, going on where that ends.
    pub(super) fn fetch(
        &self,
        id: &HubId,
        commit: &str,
        file: &Published,
        part: &Path,
        done: &mut dyn FnMut(u64),
    ) -> Result<(), FetchError> {
        let url = format!("{}/{id}/resolve/{commit}/{}", self.endpoint, file.name);
        self.client.file(&url, file.bytes, part, done)
    }

    fn ask<T: DeserializeOwned>(&self, url: &str, id: &HubId, revision: &str) -> Result<(T, bool), StoreError> {
        let (text, continues) = self.client.text(url, MOST_BYTES).map_err(|e| match e {
            FetchError::Way { status: Some(404), .. } => {
                StoreError::NotThere { id: id.to_string(), revision: revision.to_owned() }
            }
            other => other.into(),
        })?;
        let wrong = |e: serde_json::Error| StoreError::Answer { url: url.to_owned(), reason: e.to_string() };
        Ok((serde_json::from_str(&text).map_err(wrong)?, continues))
    }
}

/// Whether what is sent to an address is encrypted, or stays on this machine.
fn is_private(endpoint: &str) -> bool {
    let here = |host: &str| {
        let host = host.split('/').next().unwrap_or_default();
        host.starts_with("[::1]") || matches!(host.split(':').next(), Some("127.0.0.1" | "localhost"))
    };
    endpoint.starts_with("https://") || endpoint.strip_prefix("http://").is_some_and(here)
}

/// Whether a text is so many hexadecimal digits in lower case.
fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// A branch may have a slash, which must not become a path.
fn quoted(revision: &str) -> String {
    revision.replace('/', "%2F")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_over_no_open_line() {
        for private in ["https://hub.example", "http://127.0.0.1:80", "http://localhost/x", "http://[::1]:9"] {
            assert!(is_private(private), "{private}");
        }
        for open in ["http://hub.example", "http://127.0.0.1.example", "http://localhost.example", "hub.example"] {
            assert!(!is_private(open), "{open}");
        }
    }

    #[test]
    fn sums_are_hexadecimal_and_branches_no_paths() {
        assert!(is_hex("0a", 2) && !is_hex("0A", 2) && !is_hex("0a0", 2) && !is_hex("0g", 2));
        assert_eq!(quoted("refs/pr/1"), "refs%2Fpr%2F1");
    }
}

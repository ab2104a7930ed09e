//! Pages that were read before, so that no host is asked twice for what it has given.
//!
//! A page is one file, which appears whole: a line of JSON that says what it is, then its bytes as they came. What a
//! crash or a full disk made of a file is seen by its length, and then the page counts as not there.

use super::WebError;
use crate::digest::hex;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tempfile::NamedTempFile;

/// A folder of pages.
#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
}

/// A page that is kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) head: Head,
    pub(super) body: Vec<u8>,
}

/// What is known of a page beside its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) url: String,
    pub(super) media_type: String,
    /// What the server knows this state of the page by.
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
    /// When the server last said that this is the page, seconds since 1970.
    pub(super) fetched: u64,
    bytes: u64,
}

impl Head {
    pub(super) fn new(url: &Url, media_type: String, etag: Option<String>, last_modified: Option<String>) -> Self {
        Self { url: url.to_string(), media_type, etag, last_modified, fetched: 0, bytes: 0 }
    }

    /// Whether the server was asked so recently. A time to come is that of a wrong clock.
    pub(super) fn is_fresh(&self, for_so_long: Duration) -> bool {
        now().checked_sub(self.fetched).is_some_and(|age| age < for_so_long.as_secs())
    }
}

impl Cache {
    /// The folder, which is made.
    pub(super) fn open(folder: &Path) -> Result<Self, WebError> {
        fs::create_dir_all(folder).map_err(WebError::cache("write", folder))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The page that is kept of an address.
    pub(super) fn find(&self, url: &Url) -> Result<Option<Kept>, WebError> {
        let path = self.place(url);
        match fs::read(&path) {
            Ok(bytes) => Ok(kept(bytes).filter(|kept| kept.head.url == url.as_str())),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(WebError::cache("read", path)(e)),
        }
    }

    /// Keeps a page as the server says it is now.
    pub(super) fn keep(&self, url: &Url, kept: &mut Kept) -> Result<(), WebError> {
        kept.head.fetched = now();
        kept.head.bytes = kept.body.len() as u64;
        let path = self.place(url);
        self.write(&path, kept).map_err(WebError::cache("write", path))
    }

    fn write(&self, path: &Path, kept: &Kept) -> std::io::Result<()> {
        let mut file = NamedTempFile::with_prefix_in(".page-", &self.folder)?;
        file.write_all(&serde_json::to_vec(&kept.head)?)?;
        file.write_all(b"\n")?;
        file.write_all(&kept.body)?;
        file.persist(path)?;
        Ok(())
    }

    /// Named by a sum, because an address may be longer than a file name and be written like a path.
    fn place(&self, url: &Url) -> PathBuf {
        self.folder.join(format!("{}.page", hex(&Sha256::digest(url.as_str()))))
    }
}

fn kept(mut bytes: Vec<u8>) -> Option<Kept> {
    let line = bytes.iter().position(|b| *b == b'\n')?;
    let head: Head = serde_json::from_slice(&bytes[..line]).ok()?;
    let body = bytes.split_off(line + 1);
    (body.len() as u64 == head.bytes).then_some(Kept { head, body })
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> (Url, Kept) {
        let url = Url::parse("https://a.example/../x?y=%2e").expect("an address");
        let head = Head::new(&url, "text/plain".to_owned(), Some("\"1\"".to_owned()), None);
        (url, Kept { head, body: b"one\ntwo\n".to_vec() })
    }

    #[test]
    fn what_is_kept_is_found_again() {
        let dir = tempfile::tempdir().expect("a folder");
        let cache = Cache::open(&dir.path().join("new/folder")).expect("opens");
        let (url, mut kept) = page();
        assert_eq!(cache.find(&url).expect("reads"), None);
        cache.keep(&url, &mut kept).expect("keeps");
        assert_eq!(cache.find(&url).expect("reads"), Some(kept));
        assert_eq!(fs::read_dir(&cache.folder).expect("reads").count(), 1, "nothing else lies there");
    }

    #[test]
    fn a_damaged_file_is_no_page() {
        let dir = tempfile::tempdir().expect("a folder");
        let cache = Cache::open(dir.path()).expect("opens");
        let (url, mut kept) = page();
        cache.keep(&url, &mut kept).expect("keeps");
        let whole = fs::read(cache.place(&url)).expect("reads");
        for end in 0..whole.len() {
            fs::write(cache.place(&url), &whole[..end]).expect("writes");
            assert_eq!(cache.find(&url).expect("reads"), None, "{end}");
        }
        let other = Url::parse("https://b.example/").expect("an address");
        fs::write(cache.place(&other), &whole).expect("writes");
        assert_eq!(cache.find(&other).expect("reads"), None, "a page of another address");
    }

    #[test]
    fn a_page_is_fresh_for_a_while() {
        let (_, Kept { mut head, .. }) = page();
        let hour = Duration::from_secs(3600);
        for (age, fresh) in [(0, true), (3500, true), (3601, false), (-60, false)] {
            head.fetched = now().saturating_add_signed(-age);
            assert_eq!(head.is_fresh(hour), fresh, "{age}");
        }
        head.fetched = now();
        assert!(!head.is_fresh(Duration::ZERO));
    }

    #[test]
    fn a_folder_that_cannot_be_is_named() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("file"), "").expect("writes");
        let error = Cache::open(&dir.path().join("file")).expect_err("no folder").to_string();
        assert!(error.contains("file: cannot write"), "{error}");
    }
}

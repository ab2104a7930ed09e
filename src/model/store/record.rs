//! `navig-model.json`: where a model of the store came from, and what its files were then.

use super::{HubId, StoreError};
use crate::digest::hex;
use crate::fetch::Event;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// The record's file in the model's folder.
pub(super) const FILE: &str = "navig-model.json";
const SCHEMA: &str = "navig.model/1";
const CHUNK_BYTES: usize = 1 << 20;

/// Where a model came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    schema: String,
    /// Where it is published; absent when it was brought from a folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<HubId>,
    /// The revision that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// The commit that it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Its files by name.
    pub files: BTreeMap<String, FileSum>,
}

/// What a file was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSum {
    /// Its size, bytes.
    pub bytes: u64,
    /// Its SHA-256, lower-case hex.
    pub sha256: String,
}

impl Record {
    /// The record of a pull.
    pub(super) fn of_hub(hub: HubId, revision: String, commit: String, files: BTreeMap<String, FileSum>) -> Self {
        Self { schema: SCHEMA.to_owned(), hub: Some(hub), revision: Some(revision), commit: Some(commit), files }
    }

    /// The record of files that were brought.
    pub(super) fn of_folder(files: BTreeMap<String, FileSum>) -> Self {
        Self { schema: SCHEMA.to_owned(), hub: None, revision: None, commit: None, files }
    }

    /// The same origin, of these files.
    pub(super) fn with_files(self, files: BTreeMap<String, FileSum>) -> Self {
        Self { files, ..self }
    }

    /// Where it came from, in words.
    #[must_use]
    pub fn origin(&self) -> String {
        match (&self.hub, &self.commit) {
            (Some(hub), Some(commit)) => format!("{hub} at {}", commit.get(..12).unwrap_or(commit)),
            (Some(hub), None) => hub.to_string(),
            (None, _) => "a folder".to_owned(),
        }
    }

    /// The record in a model's folder.
    pub(super) fn read(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(FILE);
        let wrong = |reason: String| StoreError::Record { path: path.clone(), reason };
        let text = fs::read_to_string(&path).map_err(|e| wrong(e.to_string()))?;
        let record: Self = serde_json::from_str(&text).map_err(|e| wrong(e.to_string()))?;
        match record.schema == SCHEMA && record.files.keys().all(|name| super::is_plain(name)) {
            true => Ok(record),
            false => Err(wrong(format!("not a record of the form {SCHEMA}"))),
        }
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), StoreError> {
        let path = folder.join(FILE);
        let text = serde_json::to_string_pretty(self).expect("a record is JSON");
        fs::write(&path, text + "\n").map_err(StoreError::io("write", path))
    }

    /// Size of all files together, bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.files.values().map(|file| file.bytes).sum()
    }

    /// The first file that is absent or has another size, in words.
    pub(super) fn wrong_size(&self, folder: &Path) -> Option<String> {
        self.files.iter().find_map(|(name, sum)| match fs::metadata(folder.join(name)) {
            Ok(found) if found.len() == sum.bytes => None,
            Ok(found) => Some(format!("{name} has {} bytes instead of {}", found.len(), sum.bytes)),
            Err(_) => Some(format!("{name} is missing")),
        })
    }

    /// Reads every byte and compares.
    pub(super) fn wrong_sum(
        &self,
        folder: &Path,
        progress: &mut dyn FnMut(Event<'_>),
    ) -> Result<Option<String>, StoreError> {
        let total = self.bytes();
        let mut done = 0;
        for (name, sum) in &self.files {
            progress(Event::Trying(name));
            let found = sha256_of(&folder.join(name), &mut |n| {
                done += n;
                progress(Event::Bytes { done, total });
            })?;
            if found != sum.sha256 {
                return Ok(Some(format!("the SHA-256 of {name} is {found} instead of {}", sum.sha256)));
            }
        }
        Ok(None)
    }
}

/// SHA-256 of a file, lower-case hex; `read` is told of each part.
pub(super) fn sha256_of(path: &Path, read: &mut dyn FnMut(u64)) -> Result<String, StoreError> {
    let mut digest = Sha256::new();
    in_chunks(path, |chunk| {
        digest.update(chunk);
        read(chunk.len() as u64);
    })?;
    Ok(hex(&digest.finalize()))
}

/// The id that git gives a file: SHA-1 over its length and its bytes.
pub(super) fn git_blob_of(path: &Path) -> Result<String, StoreError> {
    use sha1::{Digest as _, Sha1};
    let bytes = fs::metadata(path).map_err(StoreError::io("read", path))?.len();
    let mut digest = Sha1::new();
    digest.update(format!("blob {bytes}\0"));
    in_chunks(path, |chunk| digest.update(chunk))?;
    Ok(hex(&digest.finalize()))
}

fn in_chunks(path: &Path, mut each: impl FnMut(&[u8])) -> Result<(), StoreError> {
    let mut file = File::open(path).map_err(StoreError::io("read", path))?;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match file.read(&mut chunk).map_err(StoreError::io("read", path))? {
            0 => return Ok(()),
            n => each(&chunk[..n]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_sha256sum_and_git() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("a");
        fs::write(&path, "hello\n").expect("writes");
        let mut read = 0;
        let sum = sha256_of(&path, &mut |n| read += n).expect("reads");
        assert_eq!((sum.as_str(), read), ("5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03", 6));
        // printf 'hello\n' | git hash-object --stdin
        assert_eq!(git_blob_of(&path).expect("reads"), "ce013625030ba8dba906f756967f9e9ca394464a");
    }

    #[test]
    fn a_record_comes_back_and_one_that_climbs_is_refused() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let sum = FileSum { bytes: 6, sha256: "5891".to_owned() };
        let record = Record::of_folder(BTreeMap::from([("a".to_owned(), sum.clone())]));
        record.write(dir.path()).expect("writes");
        assert_eq!(Record::read(dir.path()).expect("reads"), record);
        assert_eq!(record.wrong_size(dir.path()).as_deref(), Some("a is missing"));
        Record::of_folder(BTreeMap::from([("../a".to_owned(), sum)])).write(dir.path()).expect("writes");
        assert!(matches!(Record::read(dir.path()), Err(StoreError::Record { .. })));
    }
}

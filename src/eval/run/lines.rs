//! Reading the lines of a run, whole ones in any state that a kill leaves them in.

use super::{DONE, FACTS, Facts, Line, PART, RUN_SCHEMA, RunError};
use rayon::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A run as it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its folder.
    pub path: PathBuf,
    /// What its answers depend on.
    pub facts: Facts,
    /// Its samples in the order of the list.
    pub lines: Vec<Line>,
    /// Whether it is in work, or was cut off.
    pub unfinished: bool,
}

/// Reads a run, finished or not.
///
/// # Errors
/// [`RunError`] when the folder holds none, or a line of it does not read.
pub fn read(path: &Path) -> Result<Run, RunError> {
    let facts = facts(path)?;
    let lines = Lines::of(path)?;
    let unfinished = !path.join(DONE).exists();
    let of = |entry: &Entry| {
        let bytes = &lines.sources[entry.source].1[entry.range()];
        serde_json::from_slice(bytes).map_err(|e| RunError::Broken {
            path: lines.sources[entry.source].0.clone(),
            reason: format!("the line of sample {} does not read: {e}", entry.index),
        })
    };
    let entries: Vec<&Entry> = lines.entries.values().collect();
    let lines = entries.into_par_iter().map(of).collect::<Result<_, _>>()?;
    Ok(Run { path: path.to_owned(), facts, lines, unfinished })
}

/// The facts of the run in a folder.
pub(super) fn facts(folder: &Path) -> Result<Facts, RunError> {
    let path = folder.join(FACTS);
    let text = fs::read(&path).map_err(RunError::io(&path, "cannot be read"))?;
    let facts: Facts = serde_json::from_slice(&text)
        .map_err(|e| RunError::Broken { path: path.clone(), reason: format!("it is not that of a run: {e}") })?;
    if facts.schema != RUN_SCHEMA {
        let reason = format!("it is '{}', and this navig reads '{RUN_SCHEMA}'", facts.schema);
        return Err(RunError::Broken { path, reason });
    }
    Ok(facts)
}

/// Where a line lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) index: usize,
    /// Which of the files.
    pub(super) source: usize,
    pub(super) offset: u64,
    /// Bytes, with the line feed.
    pub(super) length: usize,
    pub(super) failed: bool,
    pub(super) photo_sha256: Option<String>,
}

impl Entry {
    fn range(&self) -> std::ops::Range<usize> {
        let from = usize::try_from(self.offset).unwrap_or(usize::MAX);
        from..from.saturating_add(self.length)
    }
}

/// What is looked at of a line that is passed on as it is.
#[derive(Deserialize)]
struct Head {
    index: usize,
    answer: HeadAnswer,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum HeadAnswer {
    Located(HeadResult),
    Asked(serde::de::IgnoredAny),
    Point(serde::de::IgnoredAny),
    Failed(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct HeadResult {
    photo: HeadPhoto,
}

#[derive(Deserialize)]
struct HeadPhoto {
    sha256: String,
}

/// The lines of a folder.
pub(super) struct Lines {
    sources: Vec<(PathBuf, Vec<u8>)>,
    /// By place in the list; of two lines for one sample the later counts.
    pub(super) entries: BTreeMap<usize, Entry>,
}

impl Lines {
    /// Those of the finished file and of the one in work; both are there when a kill came between the steps of one that went on.
    pub(super) fn of(folder: &Path) -> Result<Self, RunError> {
        let mut lines = Self { sources: Vec::new(), entries: BTreeMap::new() };
        for name in [DONE, PART] {
            let path = folder.join(name);
            match fs::read(&path) {
                Ok(bytes) => lines.take(path, bytes)?,
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) => return Err(RunError::io(&path, "cannot be read")(e)),
            }
        }
        Ok(lines)
    }

    fn take(&mut self, path: PathBuf, bytes: Vec<u8>) -> Result<(), RunError> {
        let source = self.sources.len();
        let mut offset = 0;
        let mut spans = Vec::new();
        for line in bytes.split_inclusive(|b| *b == b'\n') {
            spans.push((offset, line));
            offset += line.len();
        }
        // Only the last line can have been cut, and then it has no line feed.
        if spans.last().is_some_and(|(_, line)| !line.ends_with(b"\n")) {
            spans.pop();
        }
        let head = |(number, (offset, line)): (usize, &(usize, &[u8]))| {
            let head: Head = serde_json::from_slice(line).map_err(|e| RunError::Broken {
                path: path.clone(),
                reason: format!(
                    "line {} does not read: {e}; take it out, and the run answers that sample anew",
                    number + 1
                ),
            })?;
            let (failed, photo_sha256) = match head.answer {
                HeadAnswer::Located(result) => (false, Some(result.photo.sha256)),
                HeadAnswer::Failed(_) => (true, None),
                HeadAnswer::Asked(_) | HeadAnswer::Point(_) => (false, None),
            };
            let (offset, length) = (*offset as u64, line.len());
            Ok(Entry { index: head.index, source, offset, length, failed, photo_sha256 })
        };
        let entries: Vec<Entry> = spans.par_iter().enumerate().map(head).collect::<Result<_, RunError>>()?;
        drop(spans);
        self.entries.extend(entries.into_iter().map(|entry| (entry.index, entry)));
        self.sources.push((path, bytes));
        Ok(())
    }

    /// A line with its line feed.
    pub(super) fn bytes(&self, entry: &Entry) -> io::Result<Vec<u8>> {
        let whole = self.sources.get(entry.source).and_then(|(_, bytes)| bytes.get(entry.range()));
        whole.map(<[u8]>::to_vec).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

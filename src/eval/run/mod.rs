//! Runs of a benchmark: a folder that holds every answer with all that speaks for it, and that outlives a kill.
//!
//! ```text
//! RUN/run.json              what the answers depend on
//! RUN/samples.jsonl.part    a line a sample, while the run is in work
//! RUN/samples.jsonl         the same, in the order of the list: appears when the run is done, by renaming
//! RUN/ledgers/              the ledger of each photo
//! RUN/shard-1-of-4/         a part of a run, itself such a folder
//! ```
//!
//! A line is written whole or it is the last one and cut, and then it is dropped when the run goes on. Two programs never write one
//! run: the folder is locked, by the system, which forgets the lock of a program that was killed.

mod facts;
mod line;
mod lines;
mod merge;
mod photos;

pub use facts::{Answerer, Facts, RUN_SCHEMA, Shard, TaskFacts};
pub use line::{Answer, Given, Line, clusters};
pub use lines::{Run, read};
pub use merge::merge;
pub use photos::Photos;

use crate::eval::samples::Sample;
use crate::locate::{self, Input, Located, Locator, Outcome};
use crate::whole::{AtomicFile, WholeError};
use lines::{Entry, Lines};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

const FACTS: &str = "run.json";
const DONE: &str = "samples.jsonl";
const PART: &str = "samples.jsonl.part";
const LEDGERS: &str = "ledgers";

/// Why a run cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// A file of the run.
    #[error("{}: {doing}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried, such as `cannot be written`.
        doing: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// The folder is another program's at the moment.
    #[error("{}: this run is in use by another navig; wait for it, or name another folder with --out", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds a run under other settings.
    #[error("{}: this run was begun under other settings, and answers of both would be mixed: {}; name another folder with --out, \
             or set them back", path.display(), differences.join("; "))]
    Changed {
        /// The folder.
        path: PathBuf,
        /// What differs.
        differences: Vec<String>,
    },
    /// A file that is none of a run.
    #[error("{}: {reason}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, with the line.
        reason: String,
    },
    /// Too many photos failed.
    #[error(
        "{failed} photos failed, which is more than --max-failures {most} allows; the last: {last}. What is done is kept: the \
             same command goes on from here"
    )]
    Failures {
        /// How many.
        failed: usize,
        /// How many may.
        most: usize,
        /// The last reason.
        last: String,
    },
    /// A file that is written as a whole.
    #[error(transparent)]
    File(#[from] WholeError),
    /// Parts that do not make a whole.
    #[error("{}: {reason}", path.display())]
    Parts {
        /// The folder.
        path: PathBuf,
        /// What is missing or differs.
        reason: String,
    },
}

impl RunError {
    fn io(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, doing, source }
    }
}

/// A run in work.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    part: File,
    /// What is written, by place in the list.
    written: BTreeMap<usize, Entry>,
    /// Where the next line begins, bytes.
    end: u64,
    _lock: File,
}

/// How a run stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Samples with a line, failures among them.
    pub done: usize,
    /// Those whose photo failed.
    pub failed: usize,
    /// Samples that the run is to have.
    pub wanted: usize,
    /// Done before this call.
    pub before: usize,
}

impl Folder {
    /// Opens the folder of a run, or makes it, and takes up what is there: whole lines of samples that did not fail and whose photo
    /// is the same as `photo_sha256` says now.
    ///
    /// # Errors
    /// [`RunError`] when the folder cannot be written, is in use, or holds a run under other settings.
    pub fn open(path: &Path, facts: &Facts, photo_sha256: &dyn Fn(usize) -> Option<String>) -> Result<Self, RunError> {
        fs::create_dir_all(path).map_err(RunError::io(path, "cannot be made"))?;
        let lock = lock(path)?;
        let file = path.join(FACTS);
        if file.exists() {
            let differences = lines::facts(path)?.differences(facts);
            if !differences.is_empty() {
                return Err(RunError::Changed { path: path.to_owned(), differences });
            }
        } else {
            let text = serde_json::to_string_pretty(facts).expect("plain fields") + "\n";
            write_whole(&file, |out| out.write_all(text.as_bytes()))?;
        }
        let old = Lines::of(path)?;
        let same = |entry: &Entry| match &entry.photo_sha256 {
            Some(sha256) => photo_sha256(entry.index).is_none_or(|now| now == *sha256),
            None => true,
        };
        let kept: Vec<&Entry> = old.entries.values().filter(|entry| !entry.failed && same(entry)).collect();
        // Copied, so that whatever ends this moment, the lines are in one file or in the other.
        let part = path.join(PART);
        let (mut written, mut end) = (BTreeMap::new(), 0);
        write_whole(&part, |out| {
            for entry in &kept {
                let bytes = old.bytes(entry)?;
                out.write_all(&bytes)?;
                written.insert(entry.index, Entry { source: 0, offset: end, ..(*entry).clone() });
                end += bytes.len() as u64;
            }
            Ok(())
        })?;
        drop(old);
        match fs::remove_file(path.join(DONE)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                return Err(RunError::io(&path.join(DONE), "cannot be replaced")(e));
            }
            _ => {}
        }
        let part_file = OpenOptions::new().append(true).open(&part);
        let part = part_file.map_err(RunError::io(&part, "cannot be written"))?;
        Ok(Self { path: path.to_owned(), part, written, end, _lock: lock })
    }

    /// Adds the line of a sample.
    ///
    /// # Errors
    /// [`RunError::Io`], such as on a full disk; what was written before stays.
    pub fn add(&mut self, line: &Line) -> Result<(), RunError> {
        let mut bytes = serde_json::to_vec(line).expect("a line has plain fields");
        bytes.push(b'\n');
        let path = self.path.join(PART);
        self.part.write_all(&bytes).map_err(RunError::io(&path, "cannot be written"))?;
        let entry = Entry {
            index: line.index,
            source: 0,
            offset: self.end,
            length: bytes.len(),
            failed: line.failure().is_some(),
            photo_sha256: None,
        };
        self.written.insert(line.index, entry);
        self.end += bytes.len() as u64;
        Ok(())
    }

    /// Whether a sample has a line.
    #[must_use]
    pub fn has(&self, index: usize) -> bool {
        self.written.contains_key(&index)
    }

    /// How many lines there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.written.len()
    }

    /// Puts the lines in the order of the list, and the file in its place.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub fn finish(self) -> Result<(), RunError> {
        let (part, done) = (self.path.join(PART), self.path.join(DONE));
        self.part.sync_data().map_err(RunError::io(&part, "cannot be written"))?;
        let in_order = self.written.values().zip(self.written.values().skip(1)).all(|(a, b)| a.offset < b.offset);
        if in_order {
            return fs::rename(&part, &done).map_err(RunError::io(&done, "cannot be written"));
        }
        let lines = Lines::of(&self.path)?;
        write_whole(&done, |out| lines.entries.values().try_for_each(|entry| out.write_all(&lines.bytes(entry)?)))?;
        fs::remove_file(&part).map_err(RunError::io(&part, "cannot be removed"))
    }
}

/// Locates the photos of the samples that have no line yet. `stop` ends it after the photos in hand.
///
/// # Errors
/// [`RunError::Failures`] when more than `most_failures` photos failed, [`RunError::Io`] when a line cannot be written.
pub fn locate(
    folder: &mut Folder,
    locator: &Locator,
    samples: &[(usize, &Sample, Input)],
    jobs: usize,
    most_failures: usize,
    stop: &AtomicBool,
    mut progress: impl FnMut(Progress, Option<&str>),
) -> Result<Progress, RunError> {
    let due: Vec<&(usize, &Sample, Input)> = samples.iter().filter(|(index, ..)| !folder.has(*index)).collect();
    let before = samples.len() - due.len();
    let mut state = Progress { done: before, failed: 0, wanted: samples.len(), before };
    let inputs: Vec<Input> = due.iter().map(|(_, _, input)| input.clone()).collect();
    progress(state, None);
    locate::run(locator, &inputs, jobs, stop, |outcome: Outcome| {
        let (index, sample, _) = due[outcome.index];
        let (seconds, answer) = match outcome.result {
            Ok(Located { mut result, .. }) => {
                // The run can be moved as a whole.
                let ledger = result.ledger.as_deref().and_then(|ledger| Path::new(ledger).file_name());
                result.ledger = ledger.map(|name| format!("{LEDGERS}/{}", name.to_string_lossy()));
                (result.timings_ms.values().sum::<f64>() / 1000.0, Answer::Located(Box::new(result)))
            }
            Err(error) => (0.0, Answer::Failed(error.to_string())),
        };
        let line = Line::of(*index, sample, seconds, answer);
        folder.add(&line)?;
        state.done += 1;
        state.failed += usize::from(line.failure().is_some());
        progress(state, line.failure());
        match line.failure() {
            Some(last) if state.failed > most_failures => {
                Err(RunError::Failures { failed: state.failed, most: most_failures, last: last.to_owned() })
            }
            _ => Ok(()),
        }
    })?;
    Ok(state)
}

/// Where the ledgers of a run lie.
#[must_use]
pub fn ledgers(run: &Path) -> PathBuf {
    run.join(LEDGERS)
}

/// Takes a folder for this program alone.
fn lock(folder: &Path) -> Result<File, RunError> {
    let lock = crate::facts::lock(folder).map_err(RunError::io(folder, "cannot be locked"))?;
    lock.ok_or_else(|| RunError::InUse { path: folder.to_owned() })
}

/// Writes a file that appears whole or not at all.
fn write_whole(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), RunError> {
    let mut out = io::BufWriter::new(AtomicFile::create(path)?);
    let wrong = || RunError::io(path, "cannot be written");
    write(&mut out).map_err(wrong())?;
    let file = out.into_inner().map_err(|e| wrong()(e.into_error()))?;
    Ok(file.commit()?)
}

#[cfg(test)]
mod tests;

//! The folder of a training: it outlives a kill, and goes on only as what it was begun as.
//!
//! ```text
//! OUT/train.json        what the training depends on
//! OUT/train.jsonl       a line a step
//! OUT/state/            the last step that was saved: adapter, optimiser, counters
//! OUT/adapter_*         the adapter, when the training is done or was stopped
//! ```
//!
//! A state is written beside the one before and takes its place by renaming, so that a full disk or a kill leaves a whole one.

use crate::facts;
use crate::whole::{WholeError, write_atomically};
use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const FACTS: &str = "train.json";
const STEPS: &str = "train.jsonl";
const STATE: &str = "state";
const NEXT: &str = "state.next";
const BEFORE: &str = "state.before";
const COUNTERS: &str = "counters.json";
const TENSORS: &str = "tensors.safetensors";
/// The value of `schema` in `train.json`.
const SCHEMA: &str = "navig.train/1";

/// Why a training cannot begin or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// A file of the folder.
    #[error("{}: {doing}: {source}; what was saved before is whole", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// The folder is another program's at the moment.
    #[error("{}: this training is in use by another navig; wait for it, or name another folder with --out", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds another training.
    #[error("{}: this training was begun as another one: {}; name another folder with --out, or set them back", path.display(), differences.join("; "))]
    Changed {
        /// The folder.
        path: PathBuf,
        /// What differs.
        differences: Vec<String>,
    },
    /// A file that is none of a training.
    #[error("{}: {reason}; name another folder with --out", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file that is written as a whole.
    #[error(transparent)]
    File(#[from] WholeError),
}

impl FolderError {
    fn io(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, doing, source }
    }

    fn broken(path: &Path, reason: impl ToString) -> Self {
        Self::Broken { path: path.to_owned(), reason: reason.to_string() }
    }
}

/// Where a training stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counters {
    /// Steps that are done; those that changed nothing count.
    pub steps: u64,
    /// Steps that changed nothing, because a loss or a gradient was no number.
    pub skipped: u64,
    /// The same, since the last step that did.
    pub skipped_in_a_row: u64,
}

/// A saved step.
#[derive(Debug)]
pub struct State {
    /// Where it stands.
    pub counters: Counters,
    /// Everything that learns, and what the optimiser knows of it.
    pub tensors: HashMap<String, Tensor>,
}

/// `train.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Begun {
    schema: String,
    facts: Value,
}

/// The folder of a training in work.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    steps: File,
    _lock: File,
}

impl Folder {
    /// Begins a training, or goes on with it: `facts` are everything that it depends on.
    ///
    /// # Errors
    /// [`FolderError::Changed`] with the differences when the folder is another training's; the others when files cannot be
    /// read or written.
    pub fn open(path: &Path, facts: &Value) -> Result<(Self, Option<State>), FolderError> {
        if path.is_file() {
            return Err(FolderError::broken(path, "it is a file, and a training is a folder"));
        }
        fs::create_dir_all(path).map_err(FolderError::io(path, "cannot be made"))?;
        let lock = facts::lock(path).map_err(FolderError::io(path, "cannot be locked"))?;
        let lock = lock.ok_or_else(|| FolderError::InUse { path: path.to_owned() })?;
        let own = path.join(FACTS);
        match fs::read(&own) {
            Ok(bytes) => {
                let before: Begun = serde_json::from_slice(&bytes).map_err(|e| FolderError::broken(&own, e))?;
                if before.schema != SCHEMA {
                    let reason = format!("it is '{}', and this navig reads '{SCHEMA}'", before.schema);
                    return Err(FolderError::broken(&own, reason));
                }
                let differences = facts::differences(&before.facts, facts);
                if !differences.is_empty() {
                    return Err(FolderError::Changed { path: path.to_owned(), differences });
                }
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let begun = Begun { schema: SCHEMA.to_owned(), facts: facts.clone() };
                let text = serde_json::to_string_pretty(&begun).expect("plain values") + "\n";
                write_atomically(&own, text.as_bytes())?;
            }
            Err(source) => return Err(FolderError::io(&own, "cannot be read")(source)),
        }
        let state = saved(path)?;
        let done = state.as_ref().map_or(0, |state| state.counters.steps);
        let steps = steps_until(&path.join(STEPS), done)?;
        Ok((Self { path: path.to_owned(), steps, _lock: lock }, state))
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a step to the record.
    ///
    /// # Errors
    /// [`FolderError::Io`].
    pub fn log(&mut self, step: &impl Serialize) -> Result<(), FolderError> {
        let mut line = serde_json::to_vec(step).expect("plain fields");
        line.push(b'\n');
        self.steps.write_all(&line).map_err(FolderError::io(&self.path.join(STEPS), "cannot be written"))
    }

    /// The record so far, a value a step.
    ///
    /// # Errors
    /// [`FolderError`] when it does not read.
    pub fn logged(&self) -> Result<Vec<Value>, FolderError> {
        let path = self.path.join(STEPS);
        let text = fs::read_to_string(&path).map_err(FolderError::io(&path, "cannot be read"))?;
        text.lines().map(|line| serde_json::from_str(line).map_err(|e| FolderError::broken(&path, e))).collect()
    }

    /// Saves a step, in place of the one before.
    ///
    /// # Errors
    /// [`FolderError::Io`], and then the step before is still there.
    pub fn save(&mut self, state: &State) -> Result<(), FolderError> {
        self.steps.sync_data().map_err(FolderError::io(&self.path.join(STEPS), "cannot be written"))?;
        let [place, next, before] = [STATE, NEXT, BEFORE].map(|name| self.path.join(name));
        remove(&next)?;
        fs::create_dir(&next).map_err(FolderError::io(&next, "cannot be made"))?;
        let counters = serde_json::to_vec(&state.counters).expect("plain fields");
        write(&next.join(COUNTERS), &counters)?;
        let tensors = next.join(TENSORS);
        candle_core::safetensors::save(&state.tensors, &tensors)
            .map_err(|e| FolderError::io(&tensors, "cannot be written")(io::Error::other(e)))?;
        let written = File::open(&tensors).and_then(|file| file.sync_all());
        written.map_err(FolderError::io(&tensors, "cannot be written"))?;
        remove(&before)?;
        if place.exists() {
            fs::rename(&place, &before).map_err(FolderError::io(&place, "cannot be renamed"))?;
        }
        fs::rename(&next, &place).map_err(FolderError::io(&next, "cannot be renamed"))?;
        remove(&before)
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
    let written = File::create(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(FolderError::io(path, "cannot be written"))
}

fn remove(folder: &Path) -> Result<(), FolderError> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(FolderError::io(folder, "cannot be removed")(e)),
        _ => Ok(()),
    }
}

/// The saved step; a kill between two renames leaves it under its other name.
fn saved(folder: &Path) -> Result<Option<State>, FolderError> {
    let place = [STATE, BEFORE].map(|name| folder.join(name)).into_iter().find(|place| place.is_dir());
    let Some(place) = place else { return Ok(None) };
    let path = place.join(COUNTERS);
    let bytes = fs::read(&path).map_err(FolderError::io(&path, "cannot be read"))?;
    let counters = serde_json::from_slice(&bytes).map_err(|e| FolderError::broken(&path, e))?;
    let path = place.join(TENSORS);
    let tensors = candle_core::safetensors::load(&path, &Device::Cpu).map_err(|e| FolderError::broken(&path, e))?;
    Ok(Some(State { counters, tensors }))
}

/// Opens the record behind the steps that are saved; what was done after them is done again.
fn steps_until(path: &Path, done: u64) -> Result<File, FolderError> {
    let text = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(source) => return Err(FolderError::io(path, "cannot be read")(source)),
    };
    let lines = text.split_inclusive(|byte| *byte == b'\n').take(usize::try_from(done).unwrap_or(usize::MAX));
    let kept: usize = lines.filter(|line| line.ends_with(b"\n")).map(<[u8]>::len).sum();
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path);
    let mut file = file.map_err(FolderError::io(path, "cannot be written"))?;
    let ready = file.set_len(kept as u64).and_then(|()| io::Seek::seek(&mut file, io::SeekFrom::End(0)));
    ready.map_err(FolderError::io(path, "cannot be written"))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn state(steps: u64, value: f32) -> State {
        let tensor = Tensor::new(&[value], &Device::Cpu).expect("a tensor");
        State { counters: Counters { steps, ..Counters::default() }, tensors: [("a".to_owned(), tensor)].into() }
    }

    fn value(state: Option<State>) -> Option<(u64, f32)> {
        let state = state?;
        Some((state.counters.steps, state.tensors["a"].to_vec1::<f32>().expect("numbers")[0]))
    }

    #[test]
    fn a_training_goes_on_from_its_last_save_and_forgets_what_came_after() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("out");
        let facts = json!({ "recipe": { "rank": 8 } });
        {
            let (mut training, state_before) = Folder::open(&out, &facts).expect("begins");
            assert!(state_before.is_none());
            for step in 1..=3 {
                training.log(&json!({ "step": step })).expect("logs");
                if step == 2 {
                    training.save(&state(2, 0.5)).expect("saves");
                }
            }
            let again = Folder::open(&out, &facts).expect_err("in use").to_string();
            assert!(again.contains("in use"), "{again}");
        }
        let (training, state) = Folder::open(&out, &facts).expect("goes on");
        assert_eq!(value(state), Some((2, 0.5)));
        assert_eq!(training.logged().expect("reads").len(), 2);
    }

    #[test]
    fn another_training_is_refused_with_what_differs() {
        let folder = tempfile::tempdir().expect("a folder");
        drop(Folder::open(folder.path(), &json!({ "base": "a", "recipe": { "rank": 8 } })).expect("begins"));
        let other = json!({ "base": "b", "recipe": { "rank": 16 } });
        let error = Folder::open(folder.path(), &other).expect_err("refused").to_string();
        assert!(error.contains("base: \"a\" before, \"b\" now; recipe.rank: 8 before, 16 now"), "{error}");
    }

    #[test]
    fn a_kill_at_any_moment_of_a_save_leaves_a_whole_state() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut training, _) = Folder::open(folder.path(), &json!({})).expect("begins");
        training.save(&state(1, 1.0)).expect("saves");
        training.save(&state(2, 2.0)).expect("saves");
        // Killed while writing the next one.
        fs::create_dir(folder.path().join(NEXT)).expect("makes");
        fs::write(folder.path().join(NEXT).join(COUNTERS), "{").expect("writes");
        assert_eq!(value(saved(folder.path()).expect("reads")), Some((2, 2.0)));
        // Killed between the renames.
        fs::rename(folder.path().join(STATE), folder.path().join(BEFORE)).expect("renames");
        assert_eq!(value(saved(folder.path()).expect("reads")), Some((2, 2.0)));
        training.save(&state(3, 3.0)).expect("saves over both");
        assert_eq!(value(saved(folder.path()).expect("reads")), Some((3, 3.0)));
    }

    #[test]
    fn a_state_that_cannot_be_written_leaves_the_one_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut training, _) = Folder::open(folder.path(), &json!({})).expect("begins");
        training.save(&state(1, 1.0)).expect("saves");
        // A file where the next state is to be: as with a full disk, nothing can be written there.
        fs::write(folder.path().join(NEXT), "in the way").expect("writes");
        let error = training.save(&state(2, 2.0)).expect_err("fails").to_string();
        assert!(error.contains("what was saved before is whole"), "{error}");
        assert_eq!(value(saved(folder.path()).expect("reads")), Some((1, 1.0)));
    }
}

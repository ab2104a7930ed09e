//! Benchmarks by name: which list, which photos, under which terms. The files are `evals/tasks/*.toml`, and anybody's own.

use super::samples::{Columns, Sample, SamplesError, samples};
use crate::digest::sha256_of;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The files that navig carries with it.
const EMBEDDED: [&str; 8] = [
    include_str!("../../evals/tasks/gws15k.toml"),
    include_str!("../../evals/tasks/im2gps.toml"),
    include_str!("../../evals/tasks/im2gps3k.toml"),
    include_str!("../../evals/tasks/navig_gws.toml"),
    include_str!("../../evals/tasks/osv5m.toml"),
    include_str!("../../evals/tasks/photos.toml"),
    include_str!("../../evals/tasks/smoke.toml"),
    include_str!("../../evals/tasks/yfcc4k.toml"),
];

/// A benchmark.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// What it is called on the command line and in reports.
    pub name: String,
    /// Changes whenever its scores do.
    pub version: String,
    /// What it is, in a sentence, with its source.
    pub about: String,
    /// The terms of the photos and of the list.
    pub licence: String,
    /// Where the user gets the photos.
    pub pictures: String,
    /// Where they were taken.
    pub list: List,
    /// Where the photos lie.
    #[serde(default)]
    pub photos: PhotoFiles,
    /// Whether what the files' metadata claims counts; a benchmark is about the pictures unless it says so.
    #[serde(default)]
    pub metadata: bool,
}

/// Where the photos of a benchmark lie. One that is not there is looked for by its name at any depth below.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhotoFiles {
    /// Their folder, within that of the data; beside the list unless set.
    pub folder: Option<PathBuf>,
    /// What the ids of the list lack of a file's name.
    #[serde(default)]
    pub suffix: String,
}

/// The list of a benchmark, CSV or JSONL.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Its file, within the folder of the data.
    pub file: PathBuf,
    /// SHA-256 of the file, lower-case hex, where scores are to be compared with those of others.
    pub sha256: Option<String>,
    /// How many samples it has.
    pub samples: Option<usize>,
    /// Columns that go by names of their own.
    #[serde(default)]
    pub columns: Columns,
}

/// Why a benchmark cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// No task is called so.
    #[error("no task is called '{name}'; there are {known}, and a path to a file of your own will do")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The file of a task cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file of a task does not read.
    #[error("{}: not a task: {source}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<toml::de::Error>,
    },
    /// The list is another than the task means.
    #[error("{}: another list than that of the task '{task}' (SHA-256 {found}, not {wanted}): scores on it could not be compared with \
             others; a task file of your own without 'sha256' takes any list", path.display())]
    Changed {
        /// The list.
        path: PathBuf,
        /// The task.
        task: String,
        /// Its sum.
        found: String,
        /// The sum that the task names.
        wanted: String,
    },
    /// The list has another number of samples than the task says.
    #[error("{}: {found} samples, and the task '{task}' says {wanted}", path.display())]
    Count {
        /// The list.
        path: PathBuf,
        /// The task.
        task: String,
        /// How many there are.
        found: usize,
        /// How many the task says.
        wanted: usize,
    },
    /// The list cannot be used.
    #[error(transparent)]
    Samples(#[from] SamplesError),
}

impl Task {
    /// The tasks that navig carries with it, by name.
    #[must_use]
    pub fn embedded() -> Vec<Self> {
        EMBEDDED.iter().map(|text| toml::from_str(text).expect("a test reads the embedded tasks")).collect()
    }

    /// The task of a name, or of a file when the name is a path to one.
    ///
    /// # Errors
    /// [`TaskError`] when there is none of that name, or the file does not read.
    pub fn open(name: &str) -> Result<Self, TaskError> {
        if let Some(task) = Self::embedded().into_iter().find(|task| task.name == name) {
            return Ok(task);
        }
        let path = Path::new(name);
        if path.extension().is_none_or(|e| e != "toml") {
            let known: Vec<String> = Self::embedded().into_iter().map(|task| task.name).collect();
            return Err(TaskError::Unknown { name: name.to_owned(), known: known.join(", ") });
        }
        let path = path.to_owned();
        match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map_err(|source| TaskError::Syntax { path, source: Box::new(source) }),
            Err(source) => Err(TaskError::Read { path, source }),
        }
    }

    /// The samples, from the list in a folder.
    ///
    /// # Errors
    /// [`TaskError`] when the list is another one, or does not read.
    pub fn samples(&self, data: &Path) -> Result<Vec<Sample>, TaskError> {
        let path = data.join(&self.list.file);
        if let Some(wanted) = &self.list.sha256 {
            let found = sha256_of(&path).map_err(|source| TaskError::Read { path: path.clone(), source })?;
            if found != *wanted {
                return Err(TaskError::Changed { path, task: self.name.clone(), found, wanted: wanted.clone() });
            }
        }
        let samples = samples(&path, &self.list.columns)?;
        match self.list.samples {
            Some(wanted) if wanted != samples.len() => {
                Err(TaskError::Count { path, task: self.name.clone(), found: samples.len(), wanted })
            }
            _ => Ok(samples),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_a_task_by_its_name() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("evals/tasks");
        let files = std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path());
        let mut names: Vec<String> = files
            .filter(|path| path.extension().is_some_and(|e| e == "toml"))
            .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
            .collect();
        names.sort();
        let tasks: Vec<String> = Task::embedded().into_iter().map(|task| task.name).collect();
        assert_eq!(tasks, names);
    }

    #[test]
    fn published_layouts_are_read_as_they_are() {
        let layouts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/layouts");
        for (name, folder) in [("osv5m", "osv5m"), ("navig_gws", "navig")] {
            let data = layouts.join(folder);
            let task = Task::open(name).expect("a task");
            let samples = task.samples(&data).expect("the list reads");
            assert_eq!(samples.len(), 3, "{name}");
            let photos = crate::eval::run::Photos::of(&task, &data);
            for sample in &samples {
                assert!(photos.find(&sample.id).sha256(&Default::default()).is_some(), "{name}: {}", sample.id);
            }
        }
    }

    #[test]
    fn the_smoke_task_lies_beside_its_file() {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("evals/tasks/smoke");
        assert_eq!(Task::open("smoke").expect("a task").samples(&data).expect("reads").len(), 8);
    }

    #[test]
    fn a_file_of_ones_own_is_a_task() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("mine.toml");
        let task = |list: &str| {
            let text = "name = 'mine'\nversion = '1'\nabout = 'a'\nlicence = 'l'\npictures = 'p'\n";
            std::fs::write(&file, format!("{text}[list]\nfile = 'list.csv'\n{list}")).expect("writes");
            Task::open(&file.to_string_lossy())
        };
        std::fs::write(folder.path().join("list.csv"), "id,lat,lon\na,1,2\n").expect("writes");
        assert_eq!(task("").expect("a task").samples(folder.path()).expect("a list").len(), 1);
        let refused = |list: &str| task(list).expect("a task").samples(folder.path()).expect_err("refused").to_string();
        assert!(refused("samples = 2").contains("1 samples, and the task 'mine' says 2"));
        assert!(refused("sha256 = '00'").contains("another list than that of the task 'mine'"));
        assert!(refused("columns = { lat = 'breite' }").contains("no column has the latitude; it goes by 'breite'"));
        assert!(task("colour = 1").expect_err("refused").to_string().contains("not a task"));
    }

    #[test]
    fn a_name_that_is_none_is_told_what_there_is() {
        let error = Task::open("im2gps4k").expect_err("refused").to_string();
        assert!(error.contains("'im2gps4k'") && error.contains("im2gps3k, navig_gws"), "{error}");
        assert!(Task::open("no/such.toml").expect_err("refused").to_string().contains("no/such.toml"));
    }
}

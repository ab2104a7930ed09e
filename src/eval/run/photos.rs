//! Where the photo of a sample lies, in a folder as its benchmark is published.

use crate::eval::task::{PhotoFiles, Task};
use crate::locate::Input;
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use walkdir::WalkDir;

/// Finds photos by the ids of samples.
#[derive(Debug)]
pub struct Photos {
    folder: PathBuf,
    suffix: String,
    /// Every file below the folder by its name, walked through once, when a photo is not where the list says.
    by_name: OnceLock<HashMap<OsString, PathBuf>>,
}

impl Photos {
    /// Those of a task, in the folder of its data.
    #[must_use]
    pub fn of(task: &Task, data: &Path) -> Self {
        let folder = match &task.photos.folder {
            Some(folder) => data.join(folder),
            // Beside the list.
            None => data.join(&task.list.file).parent().unwrap_or(data).to_owned(),
        };
        Self::in_folder(folder, &task.photos)
    }

    /// Those in a folder, whatever folder the files are said to have.
    #[must_use]
    pub fn in_folder(folder: PathBuf, files: &PhotoFiles) -> Self {
        Self { folder, suffix: files.suffix.clone(), by_name: OnceLock::new() }
    }

    /// The photo of a sample. Where there is none, it is where it should be, and whoever opens it hears so.
    #[must_use]
    pub fn find(&self, id: &str) -> Input {
        let due = self.folder.join(format!("{id}{}", self.suffix));
        if due.exists() {
            return Input::File(due);
        }
        let name = due.file_name().unwrap_or_default();
        let elsewhere = self.by_name.get_or_init(|| names(&self.folder)).get(name);
        Input::File(elsewhere.cloned().unwrap_or(due))
    }
}

/// Files below a folder by name; of two with one name the first by path.
fn names(folder: &Path) -> HashMap<OsString, PathBuf> {
    let mut names = HashMap::new();
    let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name();
    for entry in walk.into_iter().filter_map(Result::ok).filter(|entry| entry.file_type().is_file()) {
        names.entry(entry.file_name().to_owned()).or_insert_with(|| entry.into_path());
    }
    names
}

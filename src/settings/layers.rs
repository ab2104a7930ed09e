//! The places that settings come from.

use super::{Key, SettingsError};
use etcetera::BaseStrategy;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A setting given by a flag of this call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// Which setting.
    pub key: Key,
    /// The flag as it is typed, such as `--jobs`.
    pub name: &'static str,
    /// Its value.
    pub value: OsString,
}

/// navig's own folders, before anything is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// Holds `config.toml`.
    pub config: PathBuf,
    /// Default of `data_dir`.
    pub data: PathBuf,
    /// Default of `cache_dir`.
    pub cache: PathBuf,
}

/// The places that settings come from, gathered and not yet weighed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layers {
    /// navig's own folders.
    pub folders: Folders,
    /// The user's file, when there is one.
    pub user_file: Option<PathBuf>,
    /// `./navig.toml`, when there is one.
    pub project_file: Option<PathBuf>,
    /// `NAVIG_*` variables that are set and not empty.
    pub variables: Vec<(Key, OsString)>,
    /// Flags.
    pub flags: Vec<Flag>,
}

impl Layers {
    /// The layers of this process.
    ///
    /// # Errors
    /// [`SettingsError::NoHome`] when the system does not say where the user's folders are.
    pub fn of_process(flags: Vec<Flag>) -> Result<Self, SettingsError> {
        let base = etcetera::choose_base_strategy().map_err(|_| SettingsError::NoHome)?;
        let folders = Folders {
            config: base.config_dir().join("navig"),
            data: base.data_dir().join("navig"),
            cache: base.cache_dir().join("navig"),
        };
        let variables = Key::ALL.into_iter().filter_map(|key| {
            let value = std::env::var_os(key.variable())?;
            (!value.is_empty()).then_some((key, value))
        });
        Ok(Self {
            user_file: present(&folders.config.join("config.toml")),
            project_file: present(Path::new("navig.toml")),
            variables: variables.collect(),
            flags,
            folders,
        })
    }
}

/// The path, unless it is certain that nothing is there: an unreadable file must be reported and not passed over.
fn present(path: &Path) -> Option<PathBuf> {
    path.try_exists().unwrap_or(true).then(|| path.to_owned())
}

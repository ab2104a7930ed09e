//! What can be wrong with settings.

use super::{Key, Origin};
use std::path::PathBuf;

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The user has no home folder to look in.
    #[error("the home folder is not known: set HOME, or XDG_CONFIG_HOME, XDG_DATA_HOME and XDG_CACHE_HOME")]
    NoHome,
    /// A settings file that exists and cannot be read.
    #[error("{}: the settings cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A settings file above the limit.
    #[error("{}: a settings file of {bytes} bytes is above the limit of {limit}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size, bytes.
        bytes: u64,
        /// The limit, bytes.
        limit: u64,
    },
    /// A settings file that is not TOML.
    #[error("{}:{line}: not valid TOML: {message}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// A key that no setting has.
    #[error("{}:{line}: there is no setting '{key}'; did you mean '{nearest}'?", path.display())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What stands there.
        key: String,
        /// The setting whose name is nearest.
        nearest: Key,
    },
    /// A value that a setting cannot take.
    #[error("{origin}: {key} is '{value}', and must be {expected}")]
    Value {
        /// The setting.
        key: Key,
        /// What stands there.
        value: String,
        /// Where it stands.
        origin: Origin,
        /// What it must be.
        expected: &'static str,
    },
    /// A table or a list where one value belongs.
    #[error("{}:{line}: {key} must be one value, and is {found}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The setting.
        key: Key,
        /// What stands there.
        found: &'static str,
    },
    /// A program or a server named by a file that may have come with somebody else's folder.
    #[error(
        "{}:{line}: {key} {power}, which a folder's own file may not do: set it in {}, in {} or by a flag",
        path.display(), user_file.display(), key.variable()
    )]
    NotHere {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The setting.
        key: Key,
        /// What it does.
        power: &'static str,
        /// Where it may stand.
        user_file: PathBuf,
    },
}

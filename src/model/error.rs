//! Why a model gave no answer.

use super::shard::ShardError;
use std::path::PathBuf;

/// Why a model cannot be had, or gave no reply of the asked form.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A model folder without one of its files.
    #[error("{}: not a model that navig can load: {file} is missing; {mend}", folder.display())]
    FileMissing {
        /// The folder.
        folder: PathBuf,
        /// The file.
        file: String,
        /// What helps.
        mend: &'static str,
    },
    /// A file of a model that does not read.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A model of a kind that navig does not load.
    #[error("{}: the architecture is {found}, and navig loads {known}", path.display())]
    Architecture {
        /// Its `config.json`.
        path: PathBuf,
        /// What it is.
        found: String,
        /// What there is.
        known: &'static str,
    },
    /// The template of the conversation shows no picture.
    #[error("{}: the chat template renders no picture, so the model would answer blind", path.display())]
    BlindTemplate {
        /// The file with the template.
        path: PathBuf,
    },
    /// Not enough memory.
    #[error("the model needs about {needed_mb} MB and {free_mb} MB are free; {mend}")]
    Memory {
        /// MB.
        needed_mb: u64,
        /// MB.
        free_mb: u64,
        /// What helps.
        mend: &'static str,
    },
    /// The engine does not start.
    #[error("{}: the model does not load: {reason}", folder.display())]
    Load {
        /// The model's folder.
        folder: PathBuf,
        /// What the engine says.
        reason: String,
    },
    /// The engine failed, twice where a second try makes sense.
    #[error("the model failed: {0}")]
    Engine(String),
    /// The reply reached its limit and is no JSON.
    #[error("the reply was cut at {tokens} tokens")]
    Cut {
        /// The limit.
        tokens: usize,
        /// As far as it came.
        text: String,
    },
    /// A whole reply that is not of the asked form.
    #[error("the reply does not read: {reason}")]
    Unparsable {
        /// Why.
        reason: String,
        /// The reply.
        text: String,
    },
    /// A server that cannot be asked.
    #[error("{url}: {reason}")]
    Server {
        /// Where.
        url: String,
        /// What it said, or how it failed, after how many tries.
        reason: String,
    },
    /// No answer in time.
    #[error("no reply within {seconds} s")]
    TimeOut {
        /// The limit, s.
        seconds: u64,
    },
    /// A recording that does not read.
    #[error("{}:{line}: not a recorded conversation: {reason}", path.display())]
    Recording {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// Why.
        reason: String,
    },
    /// A question that the recording does not have next.
    #[error("{}: the recording has another question: {difference}", path.display())]
    NotRecorded {
        /// The file.
        path: PathBuf,
        /// Where the two part.
        difference: String,
    },
}

impl From<ShardError> for ModelError {
    fn from(ShardError { path, reason }: ShardError) -> Self {
        Self::File { path, reason }
    }
}

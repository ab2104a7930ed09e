//! Why there is no embedder.

use std::path::PathBuf;

/// Why an embedder was not loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbedderError {
    /// A file is absent or cannot be read.
    #[error(
        "{}: cannot be read: {source}; an embedder's folder holds config.json, tokenizer.json and model.safetensors, \
         and 'navig assets pull embedder' gets one",
        path.display()
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The model is of another architecture.
    #[error("{}: a model of type '{found}', and navig runs sentence embedders of type 'bert'", path.display())]
    Architecture {
        /// The file that says so.
        path: PathBuf,
        /// Its type.
        found: String,
    },
    /// A file does not hold what it should.
    #[error("{}: {reason}; get the model again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

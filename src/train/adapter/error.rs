//! Why an adapter cannot be read, written or merged.

use crate::model::ModelError;
use crate::model::shard::ShardError;
use crate::whole::WholeError;
use std::path::PathBuf;

/// Why an adapter cannot be read, written or merged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdapterError {
    /// A file or folder does not read, or is not what it should be.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The adapter is of a kind that is more than A and B.
    #[error("{}: '{key}' is {found}, which navig does not read: {reason}", path.display())]
    Unsupported {
        /// The configuration.
        path: PathBuf,
        /// The key in it.
        key: String,
        /// Its value.
        found: String,
        /// What it means, and the mend.
        reason: &'static str,
    },
    /// A tensor that is neither an A nor a B.
    #[error(
        "{}: the tensor '{key}' is not one of 'base_model.model.<module>.lora_A.weight' or '….lora_B.weight'",
        path.display()
    )]
    UnknownKey {
        /// The weights of the adapter.
        path: PathBuf,
        /// The tensor.
        key: String,
    },
    /// An A without its B, or the other way round.
    #[error("{}: {module} has no {missing}: the file is not whole; copy or save it anew", path.display())]
    Half {
        /// The weights of the adapter.
        path: PathBuf,
        /// The module.
        module: String,
        /// `lora_A` or `lora_B`.
        missing: &'static str,
    },
    /// Matrices that do not fit each other, or what is said of them.
    #[error("{module}: {reason}")]
    Shape {
        /// The module.
        module: String,
        /// Which sizes clash.
        reason: String,
    },
    /// A number that is none.
    #[error("{module}: a number that is not finite {when}")]
    NotFinite {
        /// The module or tensor.
        module: String,
        /// Where it came up, and the mend.
        when: &'static str,
    },
    /// The adapter was trained on other weights.
    #[error(
        "{}: the adapter was trained on weights with the SHA-256 {expected}, and these have {found}; \
         merge into the folder that it was trained on, or train it anew on this one",
        base.display()
    )]
    OtherBase {
        /// The folder that was to be merged into.
        base: PathBuf,
        /// The hash that the adapter names.
        expected: String,
        /// The hash of the folder.
        found: String,
    },
    /// Modules that the base lacks.
    #[error(
        "{}: {count} modules of the adapter have no weights there, {first} first; \
         an adapter fits only models of the shape that it was trained on",
        base.display()
    )]
    Unmatched {
        /// The folder that was to be merged into.
        base: PathBuf,
        /// One of the modules.
        first: String,
        /// How many.
        count: usize,
    },
    /// Weights of the base that cannot take the module's delta.
    #[error("{}: the tensor {tensor} {reason}", path.display())]
    BaseTensor {
        /// The file of the base.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is something already where the merged model was to be written.
    #[error("{}: it is there already; move it away or name another folder", path.display())]
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// Adapters that do not go together.
    #[error("these adapters cannot be stacked: {reason}")]
    Stack {
        /// Why.
        reason: String,
    },
    /// The base has no weights, or not all of them.
    #[error(transparent)]
    Base(#[from] ModelError),
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] WholeError),
    /// The tensor library refused.
    #[error("tensors of the adapter cannot be computed with: {0}")]
    Tensor(#[from] candle_core::Error),
}

impl AdapterError {
    /// For what the system says about a file.
    pub(super) fn file(path: impl Into<PathBuf>, reason: impl ToString) -> Self {
        Self::File { path: path.into(), reason: reason.to_string() }
    }
}

impl From<ShardError> for AdapterError {
    fn from(ShardError { path, reason }: ShardError) -> Self {
        Self::File { path, reason }
    }
}

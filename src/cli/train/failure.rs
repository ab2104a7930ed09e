//! Why a training has nothing to show.

use crate::cli::Exit;
use crate::train::adapter::AdapterError;
use crate::train::data::DataError;
use crate::train::folder::FolderError;
use crate::train::grpo::GrpoError;
use crate::train::learner::LearnerError;
use crate::train::locatability::LocatabilityError;
use crate::train::recipe::RecipeError;
use crate::train::student::StudentError;

/// Why a training, or something around it, cannot be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainFailure {
    /// An adapter.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
    /// A list of examples.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Examples that cannot be used.
    #[error("{0}")]
    Examples(String),
    /// Scores of locatability.
    #[error(transparent)]
    Locatability(#[from] LocatabilityError),
    /// A recipe.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The model.
    #[error(transparent)]
    Student(#[from] StudentError),
    /// The folder of a training.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A step.
    #[error(transparent)]
    Learner(#[from] LearnerError),
    /// A step of practice.
    #[error(transparent)]
    Grpo(#[from] GrpoError),
    /// More memory than there is.
    #[error("{needed_mb} MB are needed and {free_mb} MB are free: {mend}")]
    Memory {
        /// What is needed.
        needed_mb: u64,
        /// What there is.
        free_mb: u64,
        /// What would help.
        mend: &'static str,
    },
}

impl TrainFailure {
    /// The exit code that stands for it.
    pub(in crate::cli) fn exit(&self) -> Exit {
        match self {
            Self::Recipe(_) | Self::Folder(FolderError::Changed { .. }) | Self::Memory { .. } => Exit::Usage,
            Self::Student(
                StudentError::OtherBase { .. } | StudentError::Module { .. } | StudentError::Partial { .. },
            ) => Exit::Usage,
            Self::Adapter(AdapterError::OtherBase { .. } | AdapterError::Exists { .. }) => Exit::Usage,
            _ => Exit::SomeFailed,
        }
    }
}

/// Each of them is a failure of the command line.
macro_rules! failures {
    ($($error:ty),*) => {
        $(impl From<$error> for crate::cli::Failure {
            fn from(error: $error) -> Self {
                Self::Train(error.into())
            }
        })*
    };
}

failures!(AdapterError, DataError, LocatabilityError, RecipeError, StudentError, FolderError, LearnerError, GrpoError);

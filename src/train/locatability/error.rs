//! Why there is no score.

use crate::model::ModelError;
use crate::whole::WholeError;
use navig_tools::guidebook::book::EmbedError;
use std::path::PathBuf;

/// Why a photo has no score, or a file of scores or weights does not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocatabilityError {
    /// A file that is absent or cannot be read.
    #[error("{}: cannot be read: {source}; {mend}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
        /// What helps.
        mend: &'static str,
    },
    /// A file of a segmenter that does not hold what it should.
    #[error("{}: {reason}; {mend}", path.display())]
    Segmenter {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// What helps.
        mend: &'static str,
    },
    /// The segmenter failed on a picture.
    #[error("the segmenter failed: {0}")]
    Segment(String),
    /// A table of weights that does not read.
    #[error("{}: not a table of weights: {reason}", path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Texts that no weights follow from.
    #[error("{0} texts give no weights: all classes are equally near to them; give texts that name things in photos")]
    Texts(usize),
    /// The clue book does not read.
    #[error("data/clues: {0}")]
    ClueBook(String),
    /// The sentence embedder failed.
    #[error(transparent)]
    Embed(#[from] EmbedError),
    /// The model gave no reply.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The model's reply has no probabilities of the ten digits.
    #[error(
        "the model tells no probabilities of its digits ({0}), and an estimate without them is ten steps coarse; run the model in \
         this process, or by a server that gives logprobs"
    )]
    NoProbabilities(&'static str),
    /// A line of a file of scores that does not read.
    #[error("{}: line {line}: {reason}; take the line out, and its picture is scored anew", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of scores that cannot be written on.
    #[error("{}: cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A table of weights that cannot be written.
    #[error(transparent)]
    Whole(#[from] WholeError),
}

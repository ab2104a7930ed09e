//! What a model is trained on: photos and their places, in lists that are read strictly, for what is learnt from a wrong place is
//! hard to find in a model afterwards.
//!
//! - [`Examples`]: photos, places and words, from JSONL and CSV
//! - [`label`], [`label_all`]: the Chain of Region that the Guesser would have to answer, by rule from the gazetteer
//! - [`split`]: parts for training, development and test that lie apart on the globe
//! - [`balance`]: a choice that follows how many people live where, and not how many photos there are
//! - [`hard`]: what a run answered wrongly, far from all that it knows
//! - [`export`]: conversations in the files of other trainers

mod balance;
mod export;
mod hard;
mod hash;
mod label;
mod list;
#[cfg(test)]
mod made;
#[cfg(test)]
mod real;
mod split;

pub use balance::{BalancePlan, Balanced, balance};
pub use export::{ExportKind, Exported, Turn, export};
pub use hard::{Judged, NEAR_RIGHT_KM, hard, judged};
pub use label::{ChainAnswer, LabelError, SHORE_KM, label, label_all};
pub use split::{Split, SplitPlan, split};

use crate::eval::RowsError;
use crate::eval::run::RunError;
use crate::whole::WholeError;
use navig_tools::geo::LatLon;
use std::fmt;
use std::path::PathBuf;

/// Faults that an error tells; all are counted.
const TOLD: usize = 5;

/// A photo to learn from.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The picture's file; whether it is there is seen when it is opened.
    pub picture: PathBuf,
    /// Where it was taken.
    pub at: LatLon,
    /// What somebody saw in it, where the list has that.
    pub words: Option<String>,
    /// The line of the list that it begins on, from 1.
    pub line: u64,
}

/// A list as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Examples {
    /// What can be used, in the order of the list.
    pub list: Vec<Example>,
    /// What cannot, in the order of the list.
    pub faults: Vec<Fault>,
}

/// A record that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The list.
    pub path: PathBuf,
    /// The line that it begins on, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: line {}: {}", self.path.display(), self.line, self.reason)
    }
}

/// Why there is nothing to learn from.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The list does not read at all.
    #[error(transparent)]
    Rows(#[from] RowsError),
    /// Nothing is in it.
    #[error("{}: it has no examples", path.display())]
    Nothing {
        /// The list.
        path: PathBuf,
    },
    /// Nothing of it can be used.
    #[error("{}: it has no example that can be used; {faults} have faults{told}", path.display())]
    Empty {
        /// The list, or the folder that was to be written.
        path: PathBuf,
        /// How many have faults.
        faults: usize,
        /// The first of them, after a colon.
        told: String,
    },
    /// A number of a plan is out of its bounds.
    #[error("{name} is {value}; it must be {bounds}")]
    Plan {
        /// What the number is called.
        name: &'static str,
        /// What it is.
        value: String,
        /// What it may be.
        bounds: &'static str,
    },
    /// A run does not read.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A folder cannot be made.
    #[error("{}: the folder cannot be made: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The index of LLaMA-Factory's data sets that is there already cannot be added to.
    #[error("{}: {reason}; mend it, or export to another folder", path.display())]
    Index {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WholeError),
}

impl DataError {
    /// Nothing of `path` can be used, for these reasons.
    fn empty(path: PathBuf, faults: &[impl fmt::Display]) -> Self {
        let told: Vec<String> = faults.iter().take(TOLD).map(ToString::to_string).collect();
        match told.is_empty() {
            true => Self::Nothing { path },
            false => Self::Empty { path, faults: faults.len(), told: format!(": {}", told.join("; ")) },
        }
    }
}

//! How much a photo tells about its place, in [0, 1]: a photo of a blank wall teaches a model nothing but to guess.
//!
//! Three ways, none of which looks at where the photo was taken:
//!
//! - [`segments`](Way::Segments): areas of the 150 classes of ADE20K times their [`Weights`], with a [`Segmenter`] that the user has
//!   fetched; the formula of GeoReasoner (Li et al. 2024), but another segmenter and weights of our own
//! - [`digit`](Way::Digit): the vision model's own estimate, as an expectation over its [`Digit`]
//! - [`picture`](Way::Picture): [`Statistics`] of the pixels, without any model; a heuristic that nobody has validated
//!
//! [`Scores`] keeps what was scored; [`auc`] and [`sweep`] say on a finished run whether a way is worth to be filtered by, which is to
//! be asked before it is.

mod derive;
mod digit;
mod error;
mod judge;
mod picture;
#[cfg(test)]
mod real;
mod scores;
mod segmenter;
mod weights;

pub use derive::{clue_book_texts, compute_weights, sentences};
pub use digit::{Digit, DigitWay};
pub use error::LocatabilityError;
pub use judge::{Answered, Auc, Joined, Kept, NEAR_KM, Outcome, auc, join, spearman, sweep};
pub use picture::Statistics;
pub use scores::{Detail, Score, Scores};
pub use segmenter::Segmenter;
pub use weights::{CLASSES, ClassShare, Provenance, Shares, Weights, class_names};

use serde::{Deserialize, Serialize};

/// Photos below are left out unless the user says otherwise: GeoReasoner's limit, which holds for its own table.
pub const THRESHOLD: f64 = 0.4;

/// Whether a photo of this score is kept: the limit included, so that 0 keeps all.
#[must_use]
pub fn is_kept(score: f64, threshold: f64) -> bool {
    score >= threshold
}

/// How a score was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Areas of what is seen, weighted.
    Segments,
    /// The vision model's estimate.
    Digit,
    /// Statistics of the pixels.
    Picture,
}

impl Way {
    /// What a reader of its scores has to know.
    #[must_use]
    pub fn note(self) -> &'static str {
        match self {
            Self::Segments => "in the manner of GeoReasoner; segmenter and weights differ from the published ones",
            Self::Digit => "the vision model's own estimate",
            Self::Picture => "heuristic, not validated",
        }
    }
}

//! What became no passage, counted by reason, so that a reader of an index can see what it lacks.

use std::collections::BTreeMap;
use std::fmt;

/// Examples that are kept of each reason.
const EXAMPLES: usize = 5;
/// Most characters of an example.
const EXAMPLE_CHARS: usize = 160;

/// Why something became no passage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// A file that is no text: NUL bytes, or mostly control characters.
    Binary,
    /// A file above the limit of bytes.
    TooLarge,
    /// A file of text that is no page, or text that is no prose: code, styles, lists of paths.
    NotText,
    /// A file that could not be read.
    Unreadable,
    /// A line of JSONL, or a JSON file, that is broken.
    BadLine,
    /// A sentence about the camera car or the coverage.
    CameraRemark,
    /// Menus and lists of links, or fewer than three words.
    Boilerplate,
    /// The same text for the same regions once more.
    Duplicate,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Binary => "binary files",
            Self::TooLarge => "files above the limit",
            Self::NotText => "no prose",
            Self::Unreadable => "unreadable files",
            Self::BadLine => "broken lines",
            Self::CameraRemark => "remarks about the camera",
            Self::Boilerplate => "menus and fragments",
            Self::Duplicate => "duplicates",
        })
    }
}

/// How often something was dropped for one reason, and the first examples.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// How often.
    pub count: usize,
    /// The first five, each with its file, line or text.
    pub examples: Vec<String>,
}

/// All that was dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dropped {
    tallies: BTreeMap<Reason, Tally>,
}

impl Dropped {
    /// The tally of a reason.
    #[must_use]
    pub fn of(&self, reason: Reason) -> Tally {
        self.tallies.get(&reason).cloned().unwrap_or_default()
    }

    /// The reasons that occurred, in the order of [`Reason`].
    pub fn iter(&self) -> impl Iterator<Item = (Reason, &Tally)> {
        self.tallies.iter().map(|(reason, tally)| (*reason, tally))
    }

    /// Counts one more.
    pub(crate) fn add(&mut self, reason: Reason, example: &str) {
        let tally = self.tallies.entry(reason).or_default();
        tally.count += 1;
        if tally.examples.len() < EXAMPLES {
            tally.examples.push(example.chars().take(EXAMPLE_CHARS).collect());
        }
    }

    /// Adds what another part of the source dropped.
    pub fn merge(&mut self, other: Self) {
        for (reason, theirs) in other.tallies {
            let tally = self.tallies.entry(reason).or_default();
            tally.count += theirs.count;
            let room = EXAMPLES.saturating_sub(tally.examples.len());
            tally.examples.extend(theirs.examples.into_iter().take(room));
        }
    }
}

//! The file of scores: a line of JSON a picture, written as they come, so that a kill costs one picture.

use super::{ClassShare, Digit, LocatabilityError, Segmenter, Shares, Statistics, Way, Weights};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Classes that a score names.
const REASONS: usize = 5;
/// Version of [`Statistics`].
const STATISTICS: &str = "picture-statistics/1";

/// How much one picture tells about its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The picture as it was named.
    pub picture: PathBuf,
    /// SHA-256 of its file, lower-case hex.
    pub sha256: String,
    /// What made it, so that scores of different models or weights are not taken for each other.
    pub by: String,
    /// The score, in [0, 1].
    pub value: f64,
    /// The way, and what the score rests on.
    #[serde(flatten)]
    pub detail: Detail,
}

/// What a score rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "way", content = "detail", rename_all = "kebab-case")]
pub enum Detail {
    /// The classes that make the most of it, the greatest first.
    Segments(Vec<ClassShare>),
    /// The probabilities of the digits.
    Digit(Digit),
    /// Statistics of the pixels.
    Picture(Statistics),
}

impl Score {
    /// Of areas; `by` is [`Score::by_segments`].
    #[must_use]
    pub fn segments(picture: PathBuf, sha256: String, by: String, weights: &Weights, shares: &Shares) -> Self {
        let detail = Detail::Segments(weights.reasons(shares, REASONS));
        Self { picture, sha256, by, value: weights.score(shares), detail }
    }

    /// Of the model's estimate; `by` is [`DigitWay::id`](super::DigitWay::id).
    #[must_use]
    pub fn digit(picture: PathBuf, sha256: String, by: String, digit: Digit) -> Self {
        Self { picture, sha256, by, value: digit.score(), detail: Detail::Digit(digit) }
    }

    /// Of the pixels.
    #[must_use]
    pub fn picture(picture: PathBuf, sha256: String, statistics: Statistics) -> Self {
        let detail = Detail::Picture(statistics);
        Self { picture, sha256, by: Self::by_picture(), value: statistics.score(), detail }
    }

    /// What tells a segmenter and its weights from others.
    #[must_use]
    pub fn by_segments(segmenter: &Segmenter, weights: &Weights) -> String {
        format!("{} weights@{}", segmenter.id(), weights.id())
    }

    /// What tells these statistics from others.
    #[must_use]
    pub fn by_picture() -> String {
        STATISTICS.to_owned()
    }

    /// How it was made.
    #[must_use]
    pub fn way(&self) -> Way {
        match self.detail {
            Detail::Segments(_) => Way::Segments,
            Detail::Digit(_) => Way::Digit,
            Detail::Picture(_) => Way::Picture,
        }
    }
}

/// A file of scores that is written on.
#[derive(Debug)]
pub struct Scores {
    path: PathBuf,
    file: File,
    seen: HashSet<(String, Way, String)>,
}

impl Scores {
    /// Opens a file, or begins one; a last line that a kill has cut is taken off.
    ///
    /// # Errors
    /// [`LocatabilityError`] when it cannot be read or written, or another line does not read.
    pub fn open(path: &Path) -> Result<Self, LocatabilityError> {
        let write = |source| LocatabilityError::Write { path: path.to_owned(), source };
        let (scores, whole) = match fs::read(path) {
            Ok(bytes) => parse(path, &bytes)?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => (Vec::new(), 0),
            Err(source) => return Err(unreadable(path, source)),
        };
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(write)?;
        file.set_len(whole).map_err(write)?;
        let seen = scores.into_iter().map(|s| (s.way(), s)).map(|(way, s)| (s.sha256, way, s.by)).collect();
        Ok(Self { path: path.to_owned(), file, seen })
    }

    /// Reads all whole lines of a file.
    ///
    /// # Errors
    /// [`LocatabilityError`] when it cannot be read, or a line does not read.
    pub fn read(path: &Path) -> Result<Vec<Score>, LocatabilityError> {
        let bytes = fs::read(path).map_err(|source| unreadable(path, source))?;
        Ok(parse(path, &bytes)?.0)
    }

    /// Whether the same picture was scored in the same way by the same.
    #[must_use]
    pub fn has(&self, sha256: &str, way: Way, by: &str) -> bool {
        self.seen.contains(&(sha256.to_owned(), way, by.to_owned()))
    }

    /// Writes a score; returns whether it is new: one that [`Scores::has`] is left out.
    ///
    /// # Errors
    /// [`LocatabilityError::Write`] when it cannot be written.
    pub fn add(&mut self, score: &Score) -> Result<bool, LocatabilityError> {
        if !self.seen.insert((score.sha256.clone(), score.way(), score.by.clone())) {
            return Ok(false);
        }
        let line = serde_json::to_string(score).map_err(io::Error::from);
        let written = line.and_then(|line| self.file.write_all(format!("{line}\n").as_bytes()));
        written.map_err(|source| LocatabilityError::Write { path: self.path.clone(), source })?;
        Ok(true)
    }
}

fn unreadable(path: &Path, source: io::Error) -> LocatabilityError {
    LocatabilityError::Read { path: path.to_owned(), source, mend: "scores are made by scoring photos first" }
}

/// The scores, and how many bytes their whole lines take.
fn parse(path: &Path, bytes: &[u8]) -> Result<(Vec<Score>, u64), LocatabilityError> {
    let whole = bytes.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    let mut scores = Vec::new();
    for (line, text) in (1..).zip(bytes[..whole].split_inclusive(|&b| b == b'\n')) {
        let wrong = |reason: String| LocatabilityError::Line { path: path.to_owned(), line, reason };
        let score: Score = serde_json::from_slice(text).map_err(|e| wrong(e.to_string()))?;
        if !(0.0..=1.0).contains(&score.value) {
            return Err(wrong(format!("the score is {}, and scores are from 0 to 1", score.value)));
        }
        scores.push(score);
    }
    Ok((scores, whole as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(picture: &str, sharpness: f64) -> Score {
        let statistics = Statistics { sharpness, edges: 1.0 / 3.0, colours: 0.1, sky: 0.2 };
        Score::picture(PathBuf::from(picture), format!("sum of {picture}"), statistics)
    }

    fn all() -> [Score; 3] {
        let sum = || "sum of a.jpg".to_owned();
        let digit = Digit { p: [0.1; 10], other: 0.0, shared: 0.0 };
        let (weights, shares) = (Weights::embedded(), Shares::of_map(&[6, 6, 2, 17]));
        [
            score("a.jpg", 0.3),
            Score::digit("a.jpg".into(), sum(), "m locatability@1".to_owned(), digit),
            Score::segments("a.jpg".into(), sum(), "s weights@1".to_owned(), &weights, &shares),
        ]
    }

    #[test]
    fn scores_of_all_ways_are_read_as_they_were_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("scores.jsonl");
        let mut file = Scores::open(&path).expect("opens");
        for score in all() {
            assert!(file.add(&score).expect("writes"));
            assert!(!file.add(&score).expect("is there"), "once is enough");
        }
        assert_eq!(Scores::read(&path).expect("reads"), all());
        let ways = all().map(|score| (score.way(), serde_json::to_value(&score).expect("is JSON")["way"].clone()));
        let names =
            [(Way::Picture, "picture".into()), (Way::Digit, "digit".into()), (Way::Segments, "segments".into())];
        assert_eq!(ways, names);
    }

    #[test]
    fn work_goes_on_behind_the_last_whole_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("scores.jsonl");
        let mut file = Scores::open(&path).expect("opens");
        for name in ["a", "b"] {
            file.add(&score(name, 0.5)).expect("writes");
        }
        drop(file);
        let whole = fs::read(&path).expect("reads");
        fs::write(&path, &whole[..whole.len() - 9]).expect("writes");
        assert_eq!(Scores::read(&path).expect("reads").len(), 1);
        let mut file = Scores::open(&path).expect("opens");
        let by = Score::by_picture();
        assert!(file.has("sum of a", Way::Picture, &by) && !file.has("sum of b", Way::Picture, &by));
        assert!(!file.has("sum of a", Way::Digit, &by) && !file.has("sum of a", Way::Picture, "another"));
        file.add(&score("b", 0.5)).expect("writes");
        assert_eq!(fs::read(&path).expect("reads"), whole);
    }

    #[test]
    fn a_line_that_does_not_read_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("scores.jsonl");
        let good = serde_json::to_string(&score("a", 0.5)).expect("is JSON");
        let too_high = good.replace("\"value\":0", "\"value\":1");
        for (bad, wanted) in
            [("{}", "line 2: missing field"), ("x", "line 2: expected value"), (&too_high, "from 0 to 1")]
        {
            fs::write(&path, format!("{good}\n{bad}\n")).expect("writes");
            for error in [Scores::read(&path).expect_err(bad), Scores::open(&path).expect_err(bad)] {
                let error = error.to_string();
                assert!(error.contains("scores.jsonl") && error.contains(wanted), "{error}");
            }
        }
        let absent = Scores::read(&folder.path().join("none.jsonl")).expect_err("is absent").to_string();
        assert!(absent.contains("none.jsonl"), "{absent}");
        assert!(matches!(Scores::open(folder.path()), Err(LocatabilityError::Read { .. })));
    }
}

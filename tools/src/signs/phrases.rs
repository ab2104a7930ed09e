//! Tables of phrases with the countries in whose signs they stand.

use super::reading::Line;
use super::words::fold;
use std::collections::HashMap;

/// Most words of a phrase.
const LONGEST: usize = 4;

/// Folded phrase, without spaces → country codes, separated by spaces.
#[derive(Debug)]
pub(crate) struct Phrases(HashMap<String, String>);

/// A phrase on a line.
pub(crate) struct Found<'a> {
    /// As it stands there.
    pub(crate) shown: String,
    /// Country codes.
    pub(crate) codes: std::str::Split<'a, char>,
    /// Number of words.
    pub(crate) words: usize,
}

impl Phrases {
    /// Reads the table of a name from TOML: `"phrase" = "AA BB"`.
    pub(crate) fn parse(text: &str, table: &str) -> Option<Self> {
        let mut file: HashMap<String, HashMap<String, String>> = toml::from_str(text).ok()?;
        Some(Self(file.remove(table)?.into_iter().map(|(phrase, codes)| (fold(&phrase), codes)).collect()))
    }

    /// The longest phrase on a line.
    pub(crate) fn longest(&self, line: &Line) -> Option<Found<'_>> {
        (1..=LONGEST.min(line.words.len())).rev().find_map(|words| {
            line.words.windows(words).find_map(|window| {
                let key: String = window.iter().map(|w| w.folded.as_str()).collect();
                let codes = self.0.get(&key)?.split(' ');
                let shown = window.iter().map(|w| w.raw.as_str()).collect::<Vec<_>>().join(" ");
                Some(Found { shown, codes, words })
            })
        })
    }

    #[cfg(test)]
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(phrase, codes)| (phrase.as_str(), codes.as_str()))
    }
}

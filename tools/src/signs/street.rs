//! Words for kinds of streets: ulica, Straße, rue, -gade, 路.

use super::lexicon::Lexicon;
use super::reading::{Line, Reading};
use super::shares::Shares;
use super::words::{fold, letters};
use crate::evidence::Finding;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Shortest name before a suffix, letters: "Hauptstrasse", but not "Strasse".
const SHORTEST_STEM: usize = 3;

struct Kinds {
    /// Folded word → languages.
    words: HashMap<String, Vec<&'static str>>,
    /// Folded suffix → languages, the longest first.
    suffixes: Vec<(String, Vec<&'static str>)>,
}

static KINDS: LazyLock<Kinds> = LazyLock::new(|| {
    let mut words: HashMap<String, Vec<&'static str>> = HashMap::new();
    let mut suffixes: HashMap<String, Vec<&'static str>> = HashMap::new();
    for line in include_str!("../../../data/signs/streets.txt").lines().filter(|l| !l.starts_with('#')) {
        let Some((head, list)) = line.split_once(':') else { continue };
        let mut head = head.split(' ');
        let (language, form) = (head.next().unwrap_or_default(), head.next().unwrap_or_default());
        let into = if form == "suffix" { &mut suffixes } else { &mut words };
        for word in list.split_whitespace() {
            let languages = into.entry(fold(word)).or_default();
            if !languages.contains(&language) {
                languages.push(language);
            }
        }
    }
    let mut suffixes: Vec<_> = suffixes.into_iter().collect();
    suffixes.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
    Kinds { words, suffixes }
});

/// A kind of street that stands on a line.
pub(crate) struct Street {
    /// The word that has it, as it was read.
    pub(crate) shown: String,
    /// Place of that word on the line.
    pub(crate) at: usize,
    languages: Vec<&'static str>,
}

/// The first kind of street on a line that has a name beside it.
pub(crate) fn on(line: &Line) -> Option<Street> {
    let named = |i: Option<usize>| i.and_then(|i| line.words.get(i)).is_some_and(|w| is_name(&w.raw));
    line.words.iter().enumerate().find_map(|(at, word)| {
        if let Some(languages) = KINDS.words.get(&word.folded) {
            let beside = named(at.checked_sub(1)) || named(Some(at + 1));
            return beside.then(|| Street { shown: word.raw.clone(), at, languages: languages.clone() });
        }
        let ascii = word.folded.is_ascii();
        KINDS.suffixes.iter().find_map(|(suffix, languages)| {
            let stem = word.folded.strip_suffix(suffix.as_str())?;
            let least = if ascii { SHORTEST_STEM } else { 1 };
            (letters(stem) >= least && !Lexicon::embedded().knows(&word.folded)).then(|| Street {
                shown: word.raw.clone(),
                at,
                languages: languages.clone(),
            })
        })
    })
}

fn is_name(word: &str) -> bool {
    let first = word.chars().next();
    first.is_some_and(|c| c.is_uppercase() || (!c.is_ascii() && c.is_alphabetic())) && letters(word) >= 2
}

/// One finding per line with a kind of street.
pub(crate) fn find(reading: &Reading) -> Vec<Finding> {
    let mut out = Vec::new();
    for line in &reading.lines {
        let Some(street) = on(line) else { continue };
        let mut shares = Shares::default();
        for language in &street.languages {
            for (code, share) in Shares::of_language(language).codes() {
                shares.raise(code, share);
            }
        }
        let background: f64 = if street.languages.contains(&"en") {
            0.75
        } else if street.languages.len() == 1 {
            0.3
        } else {
            0.4
        };
        // Short words are found inside others, and single Chinese characters in every text.
        let background = if letters(&street.shown) <= 3 { (background + 0.25_f64).min(0.85) } else { background };
        let claim = format!("'{}' is a word for a street, as in {}.", street.shown, shares.in_words(4));
        out.extend(line.finding("street-type", claim, shares.likelihood(line.background(background))));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::reading::{background_of, reading_of, share_of};

    #[test]
    fn street_words_name_languages() {
        let found = find(&reading_of(&["Schillerstraße", "ulica Długa", "Nørrebrogade", "愚园路"]));
        for (f, code) in found.iter().zip(["DE", "PL", "DK", "CN"]) {
            assert!(share_of(f, code) > 0.8 && background_of(f) < 0.7, "{f:?}");
        }
        assert_eq!(found.len(), 4);
    }

    #[test]
    fn a_street_word_without_a_name_is_nothing() {
        assert!(find(&reading_of(&["road closed", "platz"])).is_empty());
    }
}

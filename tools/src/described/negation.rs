//! Whether a description says that something is *not* so.

/// How many words before a name may deny it.
const REACH: usize = 4;
const DENIALS: &[&str] = &[
    "not", "no", "never", "unlike", "isn't", "aren't", "without", "neither", "nor", "than", "away", "excludes", "rules",
];

/// Those that say that a place is not the one: "no signs in Brazil" may well be in Brazil.
const EXCLUSIONS: &[&str] = &["not", "isn't", "never", "unlike", "neither", "nor", "excludes", "rules"];
/// Words behind a denial that take it back: "not only in Brazil", "not far from Brazil".
const BUT_NOT: &[&str] = &[
    "only",
    "just",
    "far",
    "necessarily",
    "sure",
    "certain",
    "clear",
    "unusual",
    "uncommon",
    "unlikely",
    "impossible",
    "know",
    "whether",
    "if",
    "rule",
    "ruled",
];

/// Whether the words before a place in a text deny what stands there.
pub(super) fn denied(text: &str, at: usize) -> bool {
    before(text, at).iter().any(|word| is_one_of(DENIALS, word))
}

/// Whether they say that it is somewhere else.
pub(super) fn excluded(text: &str, at: usize) -> bool {
    let words = before(text, at);
    words.iter().any(|word| is_one_of(EXCLUSIONS, word))
        && !words.iter().any(|word| BUT_NOT.contains(&word.as_str()))
        && !words.windows(2).any(|pair| pair[0] == "not" && pair[1] == "unlike")
}

/// Whether a word denies: one of a list, or doesn't, can't and their like.
fn is_one_of(list: &[&str], word: &str) -> bool {
    list.contains(&word) || word.ends_with("n't") || word == "cannot"
}

/// The words of the same clause that stand within reach before a place, in lower case.
fn before(text: &str, at: usize) -> Vec<String> {
    let before = text.get(..at).unwrap_or_default();
    let clause = before.rsplit([',', ';', ':', '.']).next().unwrap_or_default();
    let mut words: Vec<String> =
        clause.split_whitespace().rev().take(REACH).map(|word| word.to_lowercase().replace('’', "'")).collect();
    words.reverse();
    words
}

//! Whether a description says that something is *not* so.

/// How many words before a name may deny it.
const REACH: usize = 4;
const DENIALS: &[&str] = &[
    "not", "no", "never", "unlike", "isn't", "aren't", "without", "neither", "nor", "than", "away", "excludes", "rules",
];

/// Whether the words before a place in a text deny what stands there.
pub(super) fn denied(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let clause = before.rsplit([',', ';', ':', '.']).next().unwrap_or_default();
    clause.split_whitespace().rev().take(REACH).any(|word| DENIALS.contains(&word.to_lowercase().as_str()))
}

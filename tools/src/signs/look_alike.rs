//! Cyrillic words that a Latin reader spelled with the letters that look alike: `FOpHO A6bAKOBO` for Горно Ябълково.

use super::lexicon::Lexicon;
use super::reading::{Reading, weighed};
use super::shares::Shares;
use crate::evidence::Finding;

/// Cyrillic text in look-alikes mixes digits and both cases inside words in ways that Latin text does not.
pub(crate) fn find(reading: &Reading) -> Vec<Finding> {
    let mut rows = Vec::new();
    for line in &reading.lines {
        let words: Vec<&str> = line.text.split_whitespace().filter(|w| looks_cyrillic(w)).collect();
        if !words.is_empty() && line.legible > 0.1 {
            rows.push((line, words));
        }
    }
    let count: f64 = rows.iter().map(|(l, words)| words.len() as f64 * (1.0 - l.travels)).sum();
    let background = match count {
        n if n < 0.9 => return Vec::new(),
        n if n < 1.9 => 0.88,
        n if n < 3.9 => 0.7,
        _ => 0.5,
    };
    let example = rows.first().and_then(|(_, words)| words.first()).copied().unwrap_or_default();
    let mut shares = Shares::default();
    for language in ["ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "mn"] {
        shares.add_language(language, 0.5);
    }
    weighed(Finding {
        group: "text:language".to_owned(),
        kind: "look-alike".to_owned(),
        clues: rows.iter().map(|(l, _)| l.id.clone()).collect(),
        claim: format!("Words such as '{example}' look like Cyrillic letters that were read as Latin ones."),
        likelihood: shares.likelihood(background),
    })
    .into_iter()
    .collect()
}

/// Only letters and digits that have a Cyrillic twin, at least five of them, and a mark of a misreading: a digit that
/// looks like a letter (6, 3, 4, 0, 9) between letters, or a capital after a small letter, but no known Latin word.
fn looks_cyrillic(word: &str) -> bool {
    let core: Vec<char> = word.chars().filter(|c| c.is_alphanumeric()).collect();
    let twins = "ABCEHKMOPTXYaceopxyuknmrtbghFNRUJIVbdiW63409";
    if core.len() < 5 || !core.iter().all(|c| twins.contains(*c)) {
        return false;
    }
    let between = |w: &[char]| w[0].is_alphabetic() && "6340".contains(w[1]) && w[2].is_alphabetic();
    let digits = core.windows(3).filter(|w| between(w)).count();
    // A small letter among capitals, as in FOpHO; a capital inside small ones is a word glued to the next.
    let sandwiched =
        core.windows(3).filter(|w| w[0].is_uppercase() && w[1].is_lowercase() && w[2].is_uppercase()).count();
    let digit_share = core.iter().filter(|c| c.is_ascii_digit()).count() * 3 <= core.len();
    let folded = crate::signs::words::fold(word);
    digits + sandwiched >= 1 && digit_share && !Lexicon::embedded().knows(&folded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::reading::{background_of, reading_of, share_of};

    #[test]
    fn misread_cyrillic_is_weak_evidence_for_cyrillic_countries() {
        let found = find(&reading_of(&["FOpHO A6bAKOBO"]));
        assert!(share_of(&found[0], "BG") > 0.3 && share_of(&found[0], "FR") == 0.0 && background_of(&found[0]) > 0.6);
    }

    #[test]
    fn latin_words_and_codes_are_left_alone() {
        assert!(find(&reading_of(&["PARKING", "Bahnhof", "MAKE UP", "A4 B20", "NORTH TOWN", "UTC 2005"])).is_empty());
    }
}

//! Words as the rules compare them: one letter case, no accents, no punctuation.
//!
//! Readers lose accents and glue words together, so everything is compared after [`fold`]. `data/geo/build.py` folds the
//! country names and the lexicon in the same way; tests compare the two.

use unicode_normalization::UnicodeNormalization;
use unicode_script::{Script, UnicodeScript};

/// [`crate::geo::fold::fold`] without its spaces: `COSTA RICA` and `Costarica` are one word here.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = crate::geo::fold::fold(text);
    folded.retain(|c| c != ' ');
    // Marks that a space kept apart come in their canonical order.
    if folded.is_ascii() { folded } else { folded.nfc().collect() }
}

/// A vowel sign or another mark that belongs to a letter.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

/// A word of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// As it was read.
    pub raw: String,
    /// After [`fold`]; never empty.
    pub folded: String,
}

/// Splits at everything that is neither letter nor digit, where a small letter meets a capital one, and between letters
/// and digits: `ZuUnsererFrau2005` is four words.
#[must_use]
pub fn words(text: &str) -> Vec<Word> {
    let mut out = Vec::new();
    let mut raw = String::new();
    let mut last: Option<char> = None;
    for c in text.chars() {
        let inside =
            c.is_alphanumeric() || is_mark(c) || (matches!(c, '\'' | '’') && last.is_some_and(char::is_alphabetic));
        let boundary = last.is_some_and(|l| {
            (l.is_lowercase() && c.is_uppercase())
                || (c.is_alphabetic() && l.is_numeric())
                || (c.is_numeric() && l.is_alphabetic())
        });
        if !inside || boundary {
            push(&mut out, &mut raw);
        }
        if inside {
            raw.push(c);
        }
        last = inside.then_some(c);
    }
    push(&mut out, &mut raw);
    out
}

fn push(out: &mut Vec<Word>, raw: &mut String) {
    let folded = fold(raw);
    if folded.is_empty() {
        raw.clear();
    } else {
        out.push(Word { raw: std::mem::take(raw), folded });
    }
}

/// Whether the script writes words without spaces between them.
#[must_use]
pub fn writes_without_spaces(c: char) -> bool {
    // All of them lie above Thai; what is below is asked for often.
    c >= '\u{e00}'
        && matches!(
            c.script(),
            Script::Han
                | Script::Hiragana
                | Script::Katakana
                | Script::Thai
                | Script::Lao
                | Script::Khmer
                | Script::Myanmar
        )
}

/// Number of characters.
#[must_use]
pub fn letters(word: &str) -> usize {
    word.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn glued_words_part_where_case_changes_and_at_digits() {
        let got: Vec<_> = words("ZuUnsererLieben-Frau2005").into_iter().map(|w| w.folded).collect();
        assert_eq!(got, ["zu", "unserer", "lieben", "frau", "2005"]);
    }

    #[test]
    fn accents_go_and_letters_of_other_scripts_stay() {
        assert_eq!(fold("Łódź Straße Þórshöfn"), "lodzstrassethorshofn");
        assert_eq!(fold("नेपाल"), "नेपाल");
    }

    #[test]
    fn marks_of_two_words_are_folded_as_one_word() {
        let once = fold("\u{2de0}🂠\u{10f46}");
        assert_eq!(fold(&once), once);
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}

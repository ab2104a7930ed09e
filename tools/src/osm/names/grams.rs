//! Runs of a few letters of a name's skeleton, by which names are found that were read badly or in part.

use super::confusion::skeleton;
use super::spelling::one_han;
use crate::geo::fold::transliterate;
use unicode_script::{Script, UnicodeScript};

/// Stands before the first letter of a name, and behind the last. Folding drops both.
const BEGIN: char = '^';
const END: char = '$';

/// Up to three characters, packed so that numbers sort as the texts do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Gram(pub(super) u64);

impl Gram {
    fn of(letters: &[char]) -> Self {
        let at = |i: usize| letters.get(i).map_or(0, |c| u64::from(*c as u32));
        Self(at(0) << 42 | at(1) << 21 | at(2))
    }

    /// The key of the gram in the index: its characters as UTF-8.
    pub(super) fn key(self) -> ([u8; 12], usize) {
        let (mut key, mut length) = ([0; 12], 0);
        for shift in [42, 21, 0] {
            let code = (self.0 >> shift) as u32 & 0x1f_ffff;
            if let Some(c) = char::from_u32(code).filter(|c| *c != '\0') {
                length += c.encode_utf8(&mut key[length..]).len();
            }
        }
        (key, length)
    }
}

/// The grams of a folded name, sorted, each once: those of its skeleton and, for alphabets that are transliterated, those
/// of its transliteration.
pub(super) fn grams_of_name(folded: &str) -> Vec<Gram> {
    let mut grams = Vec::with_capacity(32);
    collect(folded, &mut grams);
    if let Some(latin) = transliterate(folded) {
        collect(&latin, &mut grams);
    }
    grams.sort_unstable();
    grams.dedup();
    grams
}

/// Set in [`Weights`](super::NamePart::Weights) for names that have a transliteration.
pub(super) const OTHER_ALPHABET: u8 = 0x80;

/// Whether more than half of the letters are of an alphabet that is transliterated.
pub(super) fn is_other_alphabet(folded: &str) -> bool {
    if folded.is_ascii() {
        return false;
    }
    let other = |c: &char| {
        let script = c.script();
        matches!(script, Script::Cyrillic | Script::Greek | Script::Armenian | Script::Georgian)
    };
    let letters = folded.chars().filter(|c| c.is_alphabetic());
    2 * letters.clone().filter(other).count() > letters.count()
}

/// What stands for a name in [`Weights`](super::NamePart::Weights).
pub(super) fn weight(folded: &str, grams: usize) -> u8 {
    grams.min(0x7f) as u8 | if is_other_alphabet(folded) { OTHER_ALPHABET } else { 0 }
}

/// The grams that any name has in which a text stands, sorted, each once; none for a text that is too short.
pub(super) fn grams_of_part(folded: &str) -> Vec<Gram> {
    let mut letters = skeleton(one_han(folded).chars());
    // The letters at the ends may become others together with their neighbours in the name.
    if letters.last().is_some_and(|c| "rcu".contains(*c)) {
        letters.pop();
    }
    if letters.first().is_some_and(|c| "niu".contains(*c)) {
        letters.remove(0);
    }
    let mut grams = Vec::new();
    runs(&letters, &mut grams);
    grams.sort_unstable();
    grams.dedup();
    grams
}

fn collect(folded: &str, grams: &mut Vec<Gram>) {
    let mut letters = skeleton(one_han(folded).chars());
    if letters.is_empty() {
        letters = folded.chars().collect();
    }
    letters.insert(0, BEGIN);
    letters.push(END);
    runs(&letters, grams);
}

fn runs(letters: &[char], grams: &mut Vec<Gram>) {
    // Characters that are syllables or words say as much in ones and twos as letters do in threes.
    for pair in letters.windows(2) {
        if is_dense(pair[0]) || is_dense(pair[1]) {
            grams.push(Gram::of(pair));
        }
    }
    grams.extend(letters.iter().filter(|c| is_word(**c)).map(|c| Gram::of(&[*c])));
    for three in letters.windows(3) {
        if !three.iter().any(|c| is_dense(*c)) {
            grams.push(Gram::of(three));
        }
    }
}

/// Han, kana and Hangul.
fn is_dense(c: char) -> bool {
    !c.is_ascii() && matches!(c.script(), Script::Han | Script::Hiragana | Script::Katakana | Script::Hangul)
}

/// Han and Hangul.
fn is_word(c: char) -> bool {
    !c.is_ascii() && matches!(c.script(), Script::Han | Script::Hangul)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_go_in_threes_and_characters_in_twos() {
        assert_eq!(grams_of_name("wien").len(), 4);
        // ^上 上海 海路 路$, and three characters.
        assert_eq!(grams_of_name("上海路").len(), 7);
    }

    proptest! {
        #[test]
        fn grams_sort_as_their_keys_do(a in "[a-z語я한]{1,3}", b in "[a-z語я한]{1,3}") {
            let gram = |t: &str| Gram::of(&t.chars().collect::<Vec<_>>());
            let bytes = |g: Gram| { let (key, n) = g.key(); key[..n].to_vec() };
            prop_assert_eq!(bytes(gram(&a)), a.as_bytes());
            prop_assert_eq!(gram(&a).cmp(&gram(&b)), a.cmp(&b));
        }
    }
}

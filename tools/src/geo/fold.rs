//! Folding: one form for all spellings of a name that a reader, a user or a gazetteer may write.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};
use unicode_script::{Script, UnicodeScript};

/// The folded form of a text: compatibility forms unified (NFKC), lower case, no accents on Latin, Greek and
/// Cyrillic letters, no vowel points on Arabic and Hebrew ones, apostrophes dropped, other punctuation and white
/// space turned into single spaces.
///
/// Letters of other scripts stay as they are, with their vowel signs. `fold(fold(x)) == fold(x)`, and the result
/// has at most 18 characters for each one of the text (U+FDFA is that long a ligature).
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return fold_ascii(text);
    }
    let mut folded = Spaced::with_capacity(text.len());
    // Lower case may decompose (İ) and compatibility forms may hold capitals (℡): hence lower, decompose, lower.
    let letters = text.chars().flat_map(char::to_lowercase).nfkd().flat_map(char::to_lowercase).nfkd();
    for c in letters {
        match c {
            _ if is_accent(c) || is_apostrophe(c) => {}
            'ß' => folded.letters("ss"),
            'æ' => folded.letters("ae"),
            'œ' => folded.letters("oe"),
            'þ' => folded.letters("th"),
            'ø' => folded.letter('o'),
            'ł' => folded.letter('l'),
            'đ' | 'ð' | 'ɖ' => folded.letter('d'),
            'ħ' => folded.letter('h'),
            'ı' => folded.letter('i'),
            'ŋ' => folded.letter('n'),
            'ŧ' => folded.letter('t'),
            'ə' => folded.letter('e'),
            'ς' => folded.letter('σ'),
            _ if c.is_alphanumeric() || is_combining_mark(c) => folded.letter(c),
            _ => folded.space(),
        }
    }
    folded.text.nfc().collect()
}

/// The folded Latin transliteration of a text in the Cyrillic, Greek, Armenian or Georgian alphabet, such as
/// `gorno iablkovo` for `Горно Ябълково`; none for other scripts, whose machine transliterations nobody writes.
#[must_use]
pub fn transliterate(text: &str) -> Option<String> {
    let alphabetic =
        |c: char| matches!(c.script(), Script::Cyrillic | Script::Greek | Script::Armenian | Script::Georgian);
    let mut letters = text.chars().filter(|c| c.is_alphabetic()).peekable();
    letters.peek()?;
    if !letters.all(alphabetic) {
        return None;
    }
    let latin = fold(&deunicode::deunicode(text));
    (!latin.is_empty()).then_some(latin)
}

/// Most texts are ASCII, and then folding is lower case and spaces.
fn fold_ascii(text: &str) -> String {
    let mut folded = Spaced::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            folded.letter(c.to_ascii_lowercase());
        } else if !is_apostrophe(c) {
            folded.space();
        }
    }
    folded.text
}

/// A text in which words are parted by single spaces, with none at its ends.
struct Spaced {
    text: String,
    gap: bool,
}

impl Spaced {
    fn with_capacity(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), gap: false }
    }

    fn letter(&mut self, c: char) {
        if self.gap && !self.text.is_empty() {
            self.text.push(' ');
        }
        self.gap = false;
        self.text.push(c);
    }

    fn letters(&mut self, letters: &str) {
        letters.chars().for_each(|c| self.letter(c));
    }

    fn space(&mut self) {
        self.gap = true;
    }
}

/// Marks that a sign or a reader may leave out without changing the word: accents, Hebrew points, Arabic vowels.
/// The vowel signs of Indic and Thai scripts are no accents.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}'
        | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}'..='\u{5c2}' | '\u{5c4}'..='\u{5c5}' | '\u{5c7}'
        | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{640}')
        || (canonical_combining_class(c) == 230 && c < '\u{590}')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '`' | '´' | '\u{2b0}'..='\u{2ff}' | '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{5f3}' | '\u{55a}' | '\u{a78c}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_name_fold_to_one_form() {
        for (text, folded) in [
            ("Łódź", "lodz"),
            ("  Straße-Nord ", "strasse nord"),
            ("STRASSE  NORD", "strasse nord"),
            ("King's Lynn", "kings lynn"),
            ("L’Aquila", "laquila"),
            ("Tromsø", "tromso"),
            ("İstanbul", "istanbul"),
            ("Горно Ябълково", "горно ябълково"),
            ("Йошкар-Ола", "иошкар ола"),
            ("ΑΘΉΝΑΣ", "αθηνασ"),
            ("Ｔｏｋｙｏ", "tokyo"),
            ("Ōsaka", "osaka"),
            ("ガ", "ガ"),
            ("부산", "부산"),
            ("वाराणसी", "वाराणसी"),
            ("القَاهِرَة", "القاهرة"),
            ("...", ""),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn only_alphabets_that_people_transliterate_are_transliterated() {
        assert_eq!(transliterate("Горно Ябълково").as_deref(), Some("gorno iablkovo"));
        assert_eq!(transliterate("Αθήνα").as_deref(), Some("athena"));
        assert_eq!(transliterate("重庆"), None);
        assert_eq!(transliterate("Wien"), None);
        assert_eq!(transliterate(""), None);
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn the_length_is_bounded(text in any::<String>()) {
            prop_assert!(fold(&text).chars().count() <= 18 * text.chars().count());
        }

        #[test]
        fn the_short_cut_for_ascii_agrees_with_the_long_way(text in "[ -~]{0,40}") {
            let with_mark = format!("{text}\u{301}");
            prop_assert_eq!(fold(&with_mark), fold(&text));
        }

        #[test]
        fn spaces_are_single_and_inside(text in "\\PC{0,30}") {
            let folded = fold(&text);
            prop_assert!(!folded.starts_with(' ') && !folded.ends_with(' ') && !folded.contains("  "));
        }
    }
}

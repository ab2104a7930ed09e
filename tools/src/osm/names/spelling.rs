//! A name as letters with the weight of each.

use super::confusion::{Confusions, EDIT, Glyph, gap, without_signs};
use super::street;
use crate::geo::fold::{fold, transliterate};
use crate::signs::simplify;
use unicode_script::{Script, UnicodeScript};

/// Longer names are cut before they are indexed or compared, characters.
pub(super) const MAX_CHARS: usize = 120;
/// Weight of a letter of a word for streets, hundredths of that of any other letter.
const STREET_WEIGHT: u32 = 35;
/// Cost of leaving out a letter of a word for streets that the name has, hundredths of an edit.
const STREET_DROP: u32 = 8;

/// The folded text of at most [`MAX_CHARS`] characters; signs between letters are read as letters, and a text without any
/// letter stands for itself.
pub(super) fn folded(text: &str) -> String {
    let end = text.char_indices().nth(MAX_CHARS).map_or(text.len(), |(at, _)| at);
    let text = text[..end].trim();
    let folded = fold(&without_signs(text));
    if folded.is_empty() {
        return text.to_lowercase();
    }
    let end = folded.char_indices().nth(MAX_CHARS).map_or(folded.len(), |(at, _)| at);
    folded[..end].trim_end().to_owned()
}

/// Letters of a name or a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) letter: char,
    pub(super) glyph: Glyph,
    /// Hundredths of an ordinary letter.
    pub(super) weight: u32,
    /// Cost of its absence from the other side, hundredths of an edit: as a letter of a name.
    pub(super) drop: u32,
    /// The same as a letter of a reading.
    pub(super) invent: u32,
}

/// One way to write a name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Spelling {
    pub(super) letters: Vec<Letter>,
}

impl Spelling {
    /// As it is written, folded; and with the one form of each word that has short and long ones, if that is another.
    pub(super) fn both(folded: &str) -> (Self, Option<Self>) {
        let parts = street::parts(folded);
        let other = parts.iter().any(|p| p.text != p.becomes);
        (Self::of(&parts, |part| part.text), other.then(|| Self::of(&parts, |part| part.becomes)))
    }

    fn of<'p>(parts: &'p [street::Part<'p>], text: impl Fn(&street::Part<'p>) -> &'p str) -> Self {
        let confusions = Confusions::get();
        let mut letters = Vec::with_capacity(32);
        for part in parts {
            if part.spaced {
                letters.push(Letter {
                    letter: ' ',
                    glyph: confusions.glyph(' '),
                    weight: 0,
                    drop: gap(' '),
                    invent: gap(' '),
                });
            }
            letters.extend(text(part).chars().map(|letter| {
                let glyph = confusions.glyph(letter);
                match part.street {
                    false => Letter { letter, glyph, weight: 100, drop: gap(letter), invent: gap(letter) },
                    true => Letter { letter, glyph, weight: STREET_WEIGHT, drop: STREET_DROP, invent: EDIT / 2 },
                }
            }));
        }
        Self { letters }
    }

    /// Sum of the weights of its letters, hundredths of a letter.
    pub(super) fn weight(&self) -> u32 {
        self.letters.iter().map(|l| l.weight).sum()
    }
}

/// A folded text with traditional and Japanese characters in their simplified forms.
pub(super) fn one_han(folded: &str) -> String {
    if !folded.is_ascii() && folded.chars().any(|c| c.script() == Script::Han) {
        simplify(folded)
    } else {
        folded.to_owned()
    }
}

/// The forms under which a name is found exactly, the folded one first: with short words spelled out, without words for
/// streets, in Latin letters.
pub(super) fn forms_of_folded(own: &str) -> Vec<String> {
    let mut forms = vec![own.to_owned()];
    let mut add = |form: String| {
        if !form.is_empty() && !forms.contains(&form) {
            forms.push(form);
        }
    };
    let simple = one_han(own);
    add(canonical(&simple));
    if let Some(core) = core(&simple) {
        add(core);
    }
    if let Some(latin) = transliterate(own) {
        add(latin);
    }
    add(simple);
    forms
}

/// A folded text with one form for each word that has short and long ones.
pub(super) fn canonical(folded: &str) -> String {
    join(street::parts(folded).iter(), |part| part.becomes)
}

/// A folded name without its words for streets; nothing if it has none, or is nothing else.
pub(super) fn core(folded: &str) -> Option<String> {
    let parts = street::parts(folded);
    let has_street = parts.iter().any(|p| p.street);
    let core = join(parts.iter().filter(|p| !p.street), |part| part.becomes);
    (has_street && !core.is_empty()).then_some(core)
}

fn join<'p>(parts: impl Iterator<Item = &'p street::Part<'p>>, text: impl Fn(&street::Part<'p>) -> &'p str) -> String {
    let mut joined = String::new();
    for part in parts {
        if part.spaced && !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(text(part));
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_street_has_a_core() {
        assert_eq!(core("carrer major").as_deref(), Some("major"));
        assert_eq!(core("hauptstr").as_deref(), Some("haupt"));
        assert_eq!(core("人民路").as_deref(), Some("人民"));
        assert_eq!(core("strasse"), None);
        assert_eq!(core("cafe central"), None);
    }

    #[test]
    fn a_text_without_letters_stands_for_itself() {
        assert_eq!(folded(" +++ "), "+++");
        assert_eq!(folded(&"ß".repeat(500)).chars().count(), MAX_CHARS);
    }
}

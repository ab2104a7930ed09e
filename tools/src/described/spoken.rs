//! Languages and scripts that a description names.

use super::SeenClue;
use super::negation::denied;
use crate::evidence::Finding;
use crate::geo::fold::fold;
use crate::signs::facts::LANGUAGES;
use crate::signs::{countries_of_language, countries_of_script, scripts};

pub(super) const LANGUAGE: &str = "described-language";
pub(super) const SCRIPT: &str = "described-script";

/// Words beside the name of a language that make it a language and not a people.
const OF_WRITING: &[&str] = &[
    "sign",
    "signs",
    "signage",
    "language",
    "languages",
    "written",
    "writing",
    "text",
    "texts",
    "word",
    "words",
    "speaking",
    "spoken",
    "speak",
    "script",
    "letters",
    "characters",
    "lettering",
    "billboard",
    "billboards",
    "advertisement",
    "labels",
    "inscriptions",
    "alphabet",
    "reads",
    "bilingual",
    "names",
    "plates",
];
/// How many words to either side are beside it.
const REACH: usize = 4;
/// A language of signs, and one that is only named: "Spanish colonial houses".
const BACKGROUND: f64 = 0.04;
const BACKGROUND_ALONE: f64 = 0.25;
/// English stands on signs of countries that speak another language.
const BACKGROUND_OF_ENGLISH: f64 = 0.4;
const BACKGROUND_OF_SCRIPT: f64 = 0.08;

/// Names of scripts in prose that differ from those of Unicode.
const SCRIPT_WORDS: &[(&str, &str)] = &[
    ("cyrillic", "Cyrillic"),
    ("hangul", "Hangul"),
    ("hiragana", "kana"),
    ("katakana", "kana"),
    ("kana", "kana"),
    ("kanji", "kana"),
    ("devanagari", "Devanagari"),
    ("abjad", "Arabic"),
    ("hebrew", "Hebrew"),
    ("ge'ez", "Ethiopic"),
    ("ethiopic", "Ethiopic"),
    ("amharic", "Ethiopic"),
    ("thaana", "Thaana"),
    ("tifinagh", "Tifinagh"),
    ("tibetan", "Tibetan"),
    ("sinhala", "Sinhala"),
    ("tamil", "Tamil"),
    ("telugu", "Telugu"),
    ("kannada", "Kannada"),
    ("malayalam", "Malayalam"),
    ("gurmukhi", "Gurmukhi"),
    ("gujarati", "Gujarati"),
    ("odia", "Odia"),
    ("burmese", "Burmese"),
    ("khmer", "Khmer"),
    ("georgian", "Georgian"),
    ("armenian", "Armenian"),
];

pub(super) fn find(clue: &SeenClue) -> Vec<Finding> {
    let words = words(&clue.text);
    let mut out = Vec::new();
    for (at, (start, word)) in words.iter().enumerate() {
        if denied(&clue.text, *start) {
            continue;
        }
        let beside = is_beside(&words, at);
        if let Some((_, script)) = SCRIPT_WORDS.iter().find(|(known, _)| known == word)
            && (beside || !is_people(word))
        {
            out.extend(of_script(clue, script));
        } else if let Some((code, name)) = LANGUAGES.iter().find(|(_, name)| name.eq_ignore_ascii_case(word)) {
            out.extend(of_language(clue, code, name, beside));
        }
    }
    // A script of a word that stands in the description itself, quoted or not.
    out.extend(scripts(&clue.text).into_iter().flat_map(|script| of_script(clue, script)));
    out.dedup_by(|a, b| a.claim == b.claim);
    out
}

/// Whether a word of a text is the name of a language and is used as one: English always is, others beside words of writing.
pub(super) fn names_language(text: &str, at: &std::ops::Range<usize>) -> bool {
    let words = words(text);
    let Some(place) = words.iter().position(|(start, _)| *start == at.start) else { return false };
    let word = &words[place].1;
    let known = LANGUAGES.iter().any(|(_, name)| name.eq_ignore_ascii_case(word));
    known && (word == "english" || is_beside(&words, place))
}

fn of_language(clue: &SeenClue, code: &str, name: &str, beside: bool) -> Option<Finding> {
    // English stands on signs everywhere: as a language of signs it says something, beside houses nothing.
    if code == "en" && !beside {
        return None;
    }
    let background = match (code, beside) {
        ("en", _) => BACKGROUND_OF_ENGLISH,
        (_, true) => BACKGROUND,
        (_, false) => BACKGROUND_ALONE,
    };
    let (likelihood, where_) = countries_of_language(code, background)?;
    Some(Finding {
        group: clue.group_of("writing"),
        kind: LANGUAGE.to_owned(),
        clues: vec![clue.id.clone()],
        claim: format!("The description names the language {name}, which signs carry in {where_}."),
        likelihood,
    })
}

fn of_script(clue: &SeenClue, script: &str) -> Option<Finding> {
    let (likelihood, where_) = countries_of_script(script, BACKGROUND_OF_SCRIPT)?;
    Some(Finding {
        group: clue.group_of("writing"),
        kind: SCRIPT.to_owned(),
        clues: vec![clue.id.clone()],
        claim: format!("The description names the {script} script, which signs carry in {where_}."),
        likelihood,
    })
}

/// Words that are also demonyms: a script only beside words of writing.
fn is_people(word: &str) -> bool {
    matches!(word, "georgian" | "armenian" | "burmese" | "khmer" | "tibetan" | "hebrew" | "tamil" | "gujarati")
}

fn is_beside(words: &[(usize, String)], at: usize) -> bool {
    let from = at.saturating_sub(REACH);
    let to = (at + REACH + 1).min(words.len());
    words[from..to].iter().any(|(_, word)| OF_WRITING.contains(&word.as_str()))
}

/// The words of a text, folded, with where they begin. "Spanish-speaking" is two.
fn words(text: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    let mut from = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (c.is_alphanumeric() || c == '\'', from) {
            (true, None) => from = Some(at),
            (false, Some(start)) => {
                let raw: &str = &text[start..at];
                let word = if raw.contains('\'') { raw.to_lowercase() } else { fold(raw) };
                out.push((start, word));
                from = None;
            }
            _ => {}
        }
    }
    out
}

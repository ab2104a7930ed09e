//! What stands in a description as on a sign: words in quotation marks, addresses, telephone numbers. The sign rules read it.

use super::SeenClue;
use super::spoken::LANGUAGE;
use crate::clue::ClueKind;
use crate::evidence::Finding;
use crate::signs::{ReadSigns, Reading, countries_of_word};

pub(super) const WEB_DOMAIN: &str = "web-domain";
pub(super) const PHONE: &str = "phone-number";

/// Quotation marks that open, with those that close.
const MARKS: &[(char, &[char])] = &[
    ('"', &['"']),
    ('“', &['”', '“']),
    ('„', &['“', '”']),
    ('«', &['»']),
    ('‹', &['›']),
    ('「', &['」']),
    ('\'', &['\'']),
    ('‘', &['’']),
];
/// The background of one word that is quoted: it may be a name or a loan word.
const BACKGROUND_OF_WORD: f64 = 0.25;
/// Longest quotation, characters.
const LONGEST: usize = 80;

pub(super) fn find(clue: &SeenClue) -> Vec<Finding> {
    let lines: Vec<String> = quoted(&clue.text).into_iter().chain(addresses(&clue.text)).collect();
    if lines.is_empty() {
        return Vec::new();
    }
    let reading =
        Reading::new(lines.iter().cloned().map(|text| (clue.id.clone(), text, 1.0, None, ClueKind::UserText)));
    let mut findings = ReadSigns::read(&reading);
    findings.iter_mut().for_each(|f| {
        f.group = clue.group();
        f.clues = vec![clue.id.clone()];
    });
    let tongue = |f: &Finding| matches!(f.kind.as_str(), "language" | "street-type" | "script" | "letters");
    if !findings.iter().any(tongue) {
        findings.extend(lines.iter().flat_map(|line| line.split_whitespace()).find_map(|word| of_word(clue, word)));
    }
    findings
}

/// In a photo one word is no language, since readers see words where none are; whoever quotes one has read it.
fn of_word(clue: &SeenClue, word: &str) -> Option<Finding> {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let (likelihood, languages, places) = countries_of_word(word, BACKGROUND_OF_WORD)?;
    Some(Finding {
        group: clue.group_of("writing"),
        kind: LANGUAGE.to_owned(),
        clues: vec![clue.id.clone()],
        claim: format!("'{word}' is a word of {languages}, which signs carry in {places}."),
        likelihood,
    })
}

/// Whether a part of a list is read as on a sign although it is one word.
pub(super) fn is_literal(text: &str) -> bool {
    !addresses(text).is_empty() || !quoted(text).is_empty()
}

/// The words between quotation marks. An apostrophe inside a word opens nothing.
fn quoted(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let opens = at == 0 || !chars[at - 1].is_alphanumeric();
        let mark = MARKS.iter().find(|(open, _)| *open == chars[at] && opens);
        let close = mark.and_then(|(_, close)| {
            (at + 1..chars.len().min(at + LONGEST))
                .find(|&i| close.contains(&chars[i]) && chars.get(i + 1).is_none_or(|c| !c.is_alphanumeric()))
        });
        match close {
            Some(end) => {
                let words: String = chars[at + 1..end].iter().collect();
                if words.chars().filter(|c| c.is_alphanumeric()).count() >= 2 {
                    out.push(words);
                }
                at = end + 1;
            }
            None => at += 1,
        }
    }
    out
}

/// Web addresses and domains (`.br`, `shop.co.za`), and telephone numbers with a plus.
fn addresses(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for word in text.split_whitespace() {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | '+'));
        let word = word.trim_end_matches('.');
        let lower = word.to_lowercase();
        let is_top_level =
            lower.strip_prefix('.').is_some_and(|d| d.len() == 2 && d.chars().all(|c| c.is_ascii_lowercase()));
        let is_domain = lower.split('.').count() >= 2
            && lower
                .split('.')
                .all(|part| part.len() >= 2 && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
            && lower
                .rsplit('.')
                .next()
                .is_some_and(|d| (2..=3).contains(&d.len()) && d.chars().all(|c| c.is_ascii_lowercase()));
        if is_top_level {
            out.push(format!("www.example{lower}"));
        } else if is_domain {
            out.push(word.to_owned());
        }
    }
    if let Some(at) = text.find('+') {
        let number: String = text[at..].chars().take_while(|c| c.is_ascii_digit() || "+ ()-./".contains(*c)).collect();
        if number.chars().filter(char::is_ascii_digit).count() >= 2 {
            out.push(number.trim().to_owned());
        }
    }
    out
}

//! Words of a text as the finder compares them, each with its place.

use crate::geo::fold::fold;
use crate::signs::words::writes_without_spaces;
use std::ops::Range;

/// A word.
#[derive(Debug)]
pub(super) struct Token<'a> {
    pub(super) at: Range<usize>,
    /// Folded, without spaces.
    pub(super) folded: String,
    /// Whether it begins with a capital, or with a letter of a script that has none.
    pub(super) capital: bool,
    /// Whether a sentence begins with it.
    pub(super) starts: bool,
    /// Whether a name may go on from the word before: only spaces, hyphens or the like stand between.
    pub(super) joined: bool,
    /// What stands between it and the word before.
    pub(super) gap: &'a str,
    /// Whether it is a run of a script without spaces.
    pub(super) spaceless: bool,
}

/// The words of a text; digits part words and are none.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut out: Vec<Token<'_>> = Vec::new();
    let mut last_end = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((start, first)) = chars.next() {
        if !first.is_alphabetic() {
            continue;
        }
        let spaceless = writes_without_spaces(first);
        let mut end = start + first.len_utf8();
        while let Some(&(at, c)) = chars.peek() {
            let mark = unicode_normalization::char::is_combining_mark(c);
            if !(mark || c.is_alphabetic() && writes_without_spaces(c) == spaceless || spaceless && c == 'ー') {
                break;
            }
            end = at + c.len_utf8();
            chars.next();
        }
        let gap = &text[last_end..start];
        let before = out.last().map_or("", |t| &text[t.at.clone()]);
        let mut folded = if spaceless { String::new() } else { fold(&text[start..end]) };
        folded.retain(|c| c != ' ');
        out.push(Token {
            at: start..end,
            folded,
            capital: first.is_uppercase() || !first.is_lowercase(),
            starts: starts_sentence(gap, before),
            joined: joins(gap, before),
            gap,
            spaceless,
        });
        last_end = end;
    }
    out
}

fn starts_sentence(gap: &str, before: &str) -> bool {
    let ended = gap.contains(['.', '!', '?', ':', '"', '“', '\n', '•', '(', '。']);
    before.is_empty() || (ended && !is_short(before)) || gap.contains(['!', '?', ':'])
}

/// `St. Lucia`, `U.S. Virgin Islands`.
fn is_short(word: &str) -> bool {
    word.len() <= 2 && word.starts_with(char::is_uppercase)
}

fn joins(gap: &str, before: &str) -> bool {
    let dots = gap.matches('.').count();
    gap.chars().count() <= 3
        && gap.chars().all(|c| c.is_whitespace() || matches!(c, '-' | '‑' | '\'' | '’' | '‘' | '`' | '&' | '.'))
        && (dots == 0 || dots == 1 && is_short(before))
}

//! Words from outside, made harmless for whoever reads them.
//!
//! A sign, a file name or a plug-in may carry terminal escapes, bidi overrides, markup or spreadsheet formulas. Nothing
//! is dropped silently: what could act is shown as what it is, because to an investigator it is a finding.

use minijinja::HtmlEscape;
use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` on one line, with every character that could act on a terminal or on the order of the words made visible:
/// line breaks and tabs become spaces, other C0 controls their control pictures, and C1 controls, bidi controls,
/// invisible format characters and noncharacters are written as `\u{202e}`.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => out.push(' '),
            '\0'..='\u{1f}' => out.extend(char::from_u32(0x2400 + u32::from(c))),
            '\u{7f}' => out.push('\u{2421}'),
            c if acts(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Zero-width joiners stay: Persian, the Indic scripts and emoji need them.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // Bidi_Control
            | '\u{ad}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
        || u32::from(c) & 0xfffe == 0xfffe
        || ('\u{fdd0}'..='\u{fdef}').contains(&c)
}

/// A text cell that no spreadsheet takes for a formula: one that starts with `=`, `+`, `-`, `@` or a full-width form of
/// them gets a leading apostrophe. A single character is no formula; so `-`, standard input, stays.
pub(super) fn cell(text: &str) -> Cow<'_, str> {
    let text = visible(text);
    let mut chars = text.trim_start().chars();
    let formula =
        matches!(chars.next(), Some('=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}'));
    if formula && chars.next().is_some() { Cow::Owned(format!("'{text}")) } else { text }
}

/// `text` as character data or attribute value of XML.
pub(super) fn xml(text: &str) -> String {
    HtmlEscape(&visible(text)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_and_overrides_are_shown() {
        assert_eq!(visible("a\u{1b}[31mb\u{202e}c\u{9b}d\ne"), "a\u{241b}[31mb\\u{202e}c\\u{9b}d e");
    }

    #[test]
    fn scripts_that_need_joiners_keep_them() {
        for text in ["می\u{200c}خواهم", "क्\u{200d}ष", "👩\u{200d}🌾"] {
            assert!(matches!(visible(text), Cow::Borrowed(t) if t == text));
        }
    }

    #[test]
    fn formulas_become_text_and_numbers_of_streets_stay() {
        assert_eq!(cell("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!(cell(" \t=1+1"), "'  =1+1");
        assert_eq!(cell("-"), "-");
        assert_eq!(cell("A-25"), "A-25");
    }

    proptest! {
        #[test]
        fn nothing_that_acts_is_left(text in any::<String>()) {
            prop_assert!(!visible(&text).chars().any(acts));
        }

        #[test]
        fn xml_holds_no_markup(text in any::<String>()) {
            prop_assert!(!xml(&text).contains(['<', '>', '"', '\'']));
        }
    }
}

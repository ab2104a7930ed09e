//! Tags and texts of a page, read once from front to back.
//!
//! html5ever builds the tree that a browser builds, and that takes quadratic time or memory on pages made to do so: a
//! hundred thousand open elements, attributes or reopened `<b>`. We want words, not layout, so a plain scanner does.

use html5ever::data::NAMED_ENTITIES;

/// Attributes of a tag that are kept.
const MAX_ATTRIBUTES: usize = 32;
/// Longest name of an entity.
const LONGEST_ENTITY: usize = 34;
/// Elements whose content is no markup: it ends at their own end tag alone.
const RAW: [&str; 9] = ["script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript"];
/// Of these, such as hold words of the page.
const RAW_WITH_WORDS: [&str; 1] = ["title"];

/// A piece of a page.
#[derive(Debug, PartialEq)]
pub(super) enum Token {
    /// Entities decoded.
    Text(String),
    /// Name in small letters, attributes, and whether it ends in `/>`.
    Open(String, Vec<(String, String)>, bool),
    /// Name in small letters.
    Close(String),
}

/// Iterates over the tokens of a page. Any text has some.
pub(super) struct Tokens<'a> {
    rest: &'a str,
    /// The element whose raw content comes next.
    raw: Option<String>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(page: &'a str) -> Self {
        Self { rest: page, raw: None }
    }

    /// Cuts off the first `size` bytes.
    fn take(&mut self, size: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(size.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// What stands before `end`, which is passed over; everything, where there is none.
    fn until(&mut self, end: &str) -> &'a str {
        let found = self.rest.find(end);
        let taken = self.take(found.unwrap_or(self.rest.len()));
        self.take(if found.is_some() { end.len() } else { 0 });
        taken
    }

    fn raw_content(&mut self, name: &str) -> Option<Token> {
        let bytes = self.rest.as_bytes();
        let is_end = |at: usize| {
            bytes[at..].starts_with(b"</")
                && bytes.get(at + 2..at + 2 + name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes()))
        };
        let end = (0..bytes.len()).find(|at| bytes[*at] == b'<' && is_end(*at)).unwrap_or(bytes.len());
        let content = self.take(end);
        RAW_WITH_WORDS.contains(&name).then(|| Token::Text(decode(content)))
    }

    fn tag(&mut self) -> Option<Token> {
        let mut chars = self.rest[1..].chars();
        match chars.next() {
            Some('!') if self.rest.starts_with("<!--") => {
                self.take("<!--".len());
                self.until("-->");
                None
            }
            Some('!' | '?') => {
                self.until(">");
                None
            }
            Some('/') if chars.next().is_some_and(|c| c.is_ascii_alphabetic()) => {
                self.take(2);
                let name = self.name();
                self.until(">");
                Some(Token::Close(name))
            }
            Some(c) if c.is_ascii_alphabetic() => {
                self.take(1);
                let name = self.name();
                let (attributes, closed) = self.attributes();
                if RAW.contains(&name.as_str()) && !closed {
                    self.raw = Some(name.clone());
                }
                Some(Token::Open(name, attributes, closed))
            }
            // A sign for "less than".
            _ => Some(Token::Text(self.take(1).to_owned())),
        }
    }

    fn name(&mut self) -> String {
        let end =
            self.rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(self.rest.len());
        self.take(end).to_ascii_lowercase()
    }

    /// The attributes up to the end of the tag, and whether it ends in `/>`.
    fn attributes(&mut self) -> (Vec<(String, String)>, bool) {
        let mut out: Vec<(String, String)> = Vec::new();
        let mut closed = false;
        loop {
            self.rest = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace());
            match self.rest.chars().next() {
                None => return (out, closed),
                Some('>') => {
                    self.take(1);
                    return (out, closed);
                }
                Some('/') => {
                    self.take(1);
                    closed = true;
                    continue;
                }
                Some(_) => closed = false,
            }
            let stop = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '=');
            let first = self.rest.chars().next().map_or(0, char::len_utf8);
            let end = self.rest[first..].find(stop).map_or(self.rest.len(), |at| at + first);
            let name = self.take(end);
            let value = self.value();
            if out.len() < MAX_ATTRIBUTES && !out.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                out.push((name.to_ascii_lowercase(), decode(value)));
            }
        }
    }

    fn value(&mut self) -> &'a str {
        let rest = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let Some(rest) = rest.strip_prefix('=') else { return "" };
        self.rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace());
        for quote in ["\"", "'"] {
            if self.rest.starts_with(quote) {
                self.take(1);
                return self.until(quote);
            }
        }
        let end = self.rest.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(self.rest.len());
        self.take(end)
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        loop {
            if let Some(name) = self.raw.take()
                && let Some(token) = self.raw_content(&name)
            {
                return Some(token);
            }
            match self.rest.find('<') {
                None if self.rest.is_empty() => return None,
                Some(0) => {
                    if let Some(token) = self.tag() {
                        return Some(token);
                    }
                }
                end => {
                    let text = self.take(end.unwrap_or(self.rest.len()));
                    return Some(Token::Text(decode(text)));
                }
            }
        }
    }
}

/// Replaces `&amp;`, `&#252;` and `&#xfc;` by what they stand for; anything else that begins with `&` stays.
fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match entity(rest) {
            Some((decoded, size)) => {
                out.push_str(&decoded);
                rest = &rest[size..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The entity that a text begins with, and its length.
fn entity(text: &str) -> Option<(String, usize)> {
    let head = text.as_bytes().get(1..)?;
    let size = head.iter().take(LONGEST_ENTITY).position(|b| *b == b';')?;
    let name = text.get(1..=size)?;
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return Some((char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER).to_string(), size + 2));
    }
    let (first, second) = *NAMED_ENTITIES.get(text.get(1..size + 2)?)?;
    let decoded: String = [first, second].into_iter().filter(|c| *c != 0).filter_map(char::from_u32).collect();
    (!decoded.is_empty()).then_some((decoded, size + 2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn open(name: &str, attributes: &[(&str, &str)]) -> Token {
        let owned = attributes.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Token::Open(name.to_owned(), owned, false)
    }

    #[test]
    fn tags_comments_scripts_and_entities_are_read() {
        let page = "<!doctype html><P Class=\"a b\" id=x data-y>1 &lt; 2 &amp; &uuml;&#252;&#xFC; &nope; <!-- <p> --><script>if (a<b) '</p>'</script>c < d</p>";
        let tokens: Vec<Token> = Tokens::new(page).collect();
        assert_eq!(
            tokens,
            [
                open("p", &[("class", "a b"), ("id", "x"), ("data-y", "")]),
                Token::Text("1 < 2 & üüü &nope; ".into()),
                open("script", &[]),
                Token::Close("script".into()),
                Token::Text("c ".into()),
                Token::Text("<".into()),
                Token::Text(" d".into()),
                Token::Close("p".into()),
            ]
        );
    }

    proptest! {
        #[test]
        fn any_text_ends(page in "(\\PC|<|>|/|=|\"|'|&|;|!--|<a |<script>|</|#x){0,80}") {
            prop_assert!(Tokens::new(&page).count() <= page.len() + 1);
        }
    }
}

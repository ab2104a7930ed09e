//! What a page of HTML says to a robot: where it links to, and what must not be done with it.
//!
//! Only the tags are read and no tree is built: mending the tree of a page that was made to be hard takes hours (its
//! time grows with the square of the depth), and links can be had without. Other ways to be hard, such as a million
//! attributes, meet a limit of time. No script runs.

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, StartTag, Tag, TagToken, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use reqwest::Url;
use std::cell::RefCell;
use std::time::{Duration, Instant};

/// Our name in a page's meta elements, beside `robots` for all.
const NAME: &str = "navig";

/// Longest time for one page. An honest one of 16 MiB takes one or two seconds in a release build.
const LONGEST: Duration = Duration::from_secs(10);
/// What is read between two looks at the clock, bytes.
const PIECE: usize = 1024;

/// What a page says to a robot.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// The addresses that it links to, in its order, as they are written but whole.
    pub(super) links: Vec<Url>,
    /// It is not to be found.
    pub(super) no_index: bool,
}

/// The tags that matter, as they come.
#[derive(Default)]
struct Seen {
    hrefs: Vec<StrTendril>,
    base: Option<StrTendril>,
    no_index: bool,
    no_follow: bool,
}

/// Reads a page. One that wants none of its links followed has none. `None` for a page that is too hard to read, and
/// when `stop` says so.
pub(super) fn read(page: &Url, html: &[u8], stop: &dyn Fn() -> bool) -> Option<Said> {
    let html = String::from_utf8_lossy(html);
    let mut rest = &*html;
    let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
    let (input, begun) = (BufferQueue::default(), Instant::now());
    while !rest.is_empty() {
        if stop() || begun.elapsed() > LONGEST {
            return None;
        }
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE));
        input.push_back(StrTendril::from(piece));
        // It returns when all is read, because our sink never asks for a script to run.
        let _ = tokenizer.feed(&input);
        rest = after;
    }
    tokenizer.end();
    let seen = tokenizer.sink.0.into_inner();
    let mut said = Said { links: Vec::new(), no_index: seen.no_index };
    if !seen.no_follow {
        let base = seen.base.and_then(|base| page.join(&base).ok());
        let base = base.as_ref().unwrap_or(page);
        said.links = seen.hrefs.iter().filter_map(|href| base.join(href).ok()).collect();
    }
    Some(said)
}

#[derive(Default)]
struct Sink(RefCell<Seen>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            TagToken(tag) if tag.kind == StartTag => {
                self.0.borrow_mut().see(&tag);
                content(&tag.name)
            }
            _ => TokenSinkResult::Continue,
        }
    }
}

impl Seen {
    fn see(&mut self, tag: &Tag) {
        match &*tag.name {
            "a" if !lists(tag, "rel", "nofollow") => self.hrefs.extend(attribute(tag, "href").cloned()),
            "base" if self.base.is_none() => self.base = attribute(tag, "href").cloned(),
            "meta" if is_for_us(tag) => {
                let none = lists(tag, "content", "none");
                self.no_index |= none || lists(tag, "content", "noindex");
                self.no_follow |= none || lists(tag, "content", "nofollow");
            }
            _ => {}
        }
    }
}

/// How what follows a tag is read: in some elements tags are mere text.
fn content(name: &str) -> TokenSinkResult<()> {
    match name {
        "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" => TokenSinkResult::RawData(RawKind::Rawtext),
        "script" => TokenSinkResult::RawData(RawKind::ScriptData),
        "plaintext" => TokenSinkResult::Plaintext,
        _ => TokenSinkResult::Continue,
    }
}

fn attribute<'a>(tag: &'a Tag, name: &str) -> Option<&'a StrTendril> {
    tag.attrs.iter().find(|attribute| &*attribute.name.local == name).map(|attribute| &attribute.value)
}

/// Whether an attribute lists a word, between commas or white space.
fn lists(tag: &Tag, name: &str, word: &str) -> bool {
    let mut list =
        attribute(tag, name).into_iter().flat_map(|list| list.split(|c: char| c == ',' || c.is_whitespace()));
    list.any(|token| token.eq_ignore_ascii_case(word))
}

fn is_for_us(meta: &Tag) -> bool {
    attribute(meta, "name").is_some_and(|name| ["robots", NAME].iter().any(|us| name.trim().eq_ignore_ascii_case(us)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(html: &str) -> (Vec<String>, bool) {
        let page = Url::parse("https://a.example/guide/x.html").expect("an address");
        let said = read(&page, html.as_bytes(), &|| false).expect("it is easy");
        (said.links.iter().map(Url::to_string).collect(), said.no_index)
    }

    #[test]
    fn links_are_whole_and_in_order() {
        let (links, no_index) = read_text(
            "<a href='b'>b</a><p><A HREF=../c?d#e>c</A><a name=x>no link</a><a href=' //b.example/\n'>d</a><a href='http://['>",
        );
        assert_eq!(links, ["https://a.example/guide/b", "https://a.example/c?d#e", "https://b.example/"]);
        assert!(!no_index);
        assert_eq!(read_text("<base href=/other/><a href=y>").0, ["https://a.example/other/y"]);
    }

    #[test]
    fn what_a_page_asks_is_done() {
        assert_eq!(read_text("<a rel='noopener NoFollow' href=b><a rel=nofollowing href=c>").0.len(), 1);
        let meta = |name: &str, content: &str| read_text(&format!("<meta name={name} content='{content}'><a href=b>"));
        for (name, content, links, no_index) in [
            ("robots", "noindex", 1, true),
            ("ROBOTS", "index,NOFOLLOW", 0, false),
            ("navig", "none", 0, true),
            ("robots", "noindex, nofollow", 0, true),
            ("otherbot", "none", 1, false),
            ("robots", "all", 1, false),
        ] {
            let said = meta(name, content);
            assert_eq!((said.0.len(), said.1), (links, no_index), "{name} {content}");
        }
    }

    #[test]
    fn broken_pages_are_read_as_far_as_they_go() {
        for html in [
            "",
            "\0",
            "<",
            "<a href=b",
            "<!--",
            "<table><a",
            "<a href=\"b",
            "\u{fffd}</a></p></html><script><a href=x>",
        ] {
            assert!(read_text(html).0.is_empty(), "{html}");
        }
        assert_eq!(read_text("</div><td><b><a href=b><p>t</b></a><table><tr><a href=c>").0.len(), 2);
        assert_eq!(
            read_text("<script>'<a href=no>'</script><!-- <a href=no> --><title><a href=no></title><a href=b>").0.len(),
            1
        );
        let page = Url::parse("https://a.example/").expect("an address");
        let said = read(&page, b"\xff\xfe<a href=b>\xff</a>", &|| false).expect("it is easy");
        assert_eq!(said.links.len(), 1);
    }

    #[test]
    fn a_page_that_is_hard_to_mend_is_easy_to_read() {
        let deep = "<div><b>".repeat(200_000) + "<a href=b>" + &"<p><a href=c>".repeat(1000);
        assert_eq!(read_text(&deep).0.len(), 1001);
    }

    #[test]
    fn pieces_make_a_whole() {
        for before in 0..2 * PIECE {
            let html = format!("{}<a href='\u{e4}\u{1f5fa}?x&amp;y'>", "x".repeat(before));
            assert_eq!(read_text(&html).0, ["https://a.example/guide/%C3%A4%F0%9F%97%BA?x&y"], "{before}");
        }
    }

    #[test]
    fn a_page_that_takes_long_can_be_stopped() {
        let attributes: String = (0..1_000_000).map(|n| format!(" {n:x}")).collect();
        let page = Url::parse("https://a.example/").expect("an address");
        let looks = std::cell::Cell::new(0);
        let stop = || looks.replace(looks.get() + 1) == 3;
        assert_eq!(read(&page, format!("<a{attributes}>").as_bytes(), &stop), None);
        assert_eq!(looks.get(), 4);
    }
}

//! A page as a tree that selectors can search, built in time and memory that grow with the page.

use super::tokens::{Token, Tokens};
use ego_tree::NodeId;
use html5ever::{Attribute, LocalName, QualName, ns};
use scraper::node::{Element, Text};
use scraper::{Html, Node};

/// Elements that are open at most. What is deeper is put into the deepest, as browsers do at 512.
const MAX_DEPTH: usize = 256;

const VOID: [&str; 15] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    "keygen",
];

/// Elements inside a line of text: an end tag of theirs ends no block, and a new block ends none of them.
const INLINE: [&str; 30] = [
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd",
    "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u",
];

/// Blocks that end a paragraph which was left open.
const ENDS_PARAGRAPH: [&str; 32] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "main",
    "menu",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "ul",
];

/// What is closed when an element opens, and the elements beyond which nothing is.
fn left_open(name: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match name {
        "li" => (&["li"], &["ul", "ol", "menu"]),
        "dt" | "dd" => (&["dt", "dd"], &["dl"]),
        "tr" => (&["tr", "td", "th"], &["table"]),
        "td" | "th" => (&["td", "th"], &["tr", "table"]),
        "thead" | "tbody" | "tfoot" => (&["thead", "tbody", "tfoot", "tr", "td", "th", "caption"], &["table"]),
        "option" => (&["option"], &["select"]),
        _ => (&[], &[]),
    }
}

/// The tree of a page.
pub(super) fn build(page: &str) -> Html {
    let mut builder = Builder { html: Html::new_document(), open: Vec::new(), too_deep: 0 };
    for token in Tokens::new(page) {
        match token {
            Token::Text(text) => {
                builder.append(Node::Text(Text { text: text.into() }));
            }
            Token::Open(name, attributes, closed) => builder.start(name, attributes, closed),
            Token::Close(name) => builder.end(&name),
        }
    }
    builder.html
}

struct Builder {
    html: Html,
    open: Vec<(String, NodeId)>,
    /// Elements that are open beyond the depth.
    too_deep: usize,
}

impl Builder {
    fn append(&mut self, node: Node) -> Option<NodeId> {
        let parent = self.open.last().map_or_else(|| self.html.tree.root().id(), |(_, id)| *id);
        Some(self.html.tree.get_mut(parent)?.append(node).id())
    }

    fn start(&mut self, name: String, attributes: Vec<(String, String)>, closed: bool) {
        if matches!(name.as_str(), "html" | "body" | "head") && self.open.iter().any(|(open, _)| *open == name) {
            return;
        }
        let (closes, within) = left_open(&name);
        if let Some(at) =
            self.open.iter().rposition(|(open, _)| within.contains(&open.as_str()) || closes.contains(&open.as_str()))
        {
            // The outermost of those that the new one ends: a cell and its row.
            let from =
                self.open[..=at].iter().rposition(|(open, _)| within.contains(&open.as_str())).map_or(0, |i| i + 1);
            let first = self.open[from..].iter().position(|(open, _)| closes.contains(&open.as_str()));
            self.open.truncate(first.map_or(self.open.len(), |i| i + from));
        }
        if ENDS_PARAGRAPH.contains(&name.as_str()) {
            self.end_paragraph();
        }
        let attributes = attributes
            .into_iter()
            .map(|(key, value)| Attribute {
                name: QualName::new(None, ns!(), LocalName::from(key)),
                value: value.into(),
            })
            .collect();
        let element = Element::new(QualName::new(None, ns!(html), LocalName::from(name.as_str())), attributes);
        let Some(id) = self.append(Node::Element(element)) else { return };
        let empty = VOID.contains(&name.as_str())
            || closed && !INLINE.contains(&name.as_str()) && !ENDS_PARAGRAPH.contains(&name.as_str());
        if empty {
            return;
        }
        if self.open.len() < MAX_DEPTH {
            self.open.push((name, id));
        } else {
            self.too_deep += 1;
        }
    }

    /// Ends a paragraph, with what is left open in its line.
    fn end_paragraph(&mut self) {
        let line = self.open.iter().rposition(|(open, _)| !INLINE.contains(&open.as_str()));
        if let Some(at) = line.filter(|at| self.open[*at].0 == "p") {
            self.open.truncate(at);
        }
    }

    fn end(&mut self, name: &str) {
        let inline = INLINE.contains(&name);
        if self.too_deep > 0 && !VOID.contains(&name) {
            self.too_deep -= 1;
            self.part_words(inline);
            return;
        }
        let table = matches!(name, "table" | "tr" | "td" | "th" | "tbody" | "thead" | "tfoot");
        for (at, (open, _)) in self.open.iter().enumerate().rev() {
            if open == name {
                self.open.truncate(at);
                return;
            }
            let block = !INLINE.contains(&open.as_str());
            let cell = matches!(open.as_str(), "td" | "th" | "table" | "body");
            if inline && block || cell && !table && !matches!(name, "body" | "html") {
                break;
            }
        }
        self.part_words(inline);
    }

    /// An end tag of a block that ends nothing here stands between two words all the same.
    fn part_words(&mut self, inline: bool) {
        if !inline {
            self.append(Node::Text(Text { text: " ".into() }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn written(page: &str) -> String {
        build(page).html()
    }

    #[test]
    fn what_is_left_open_is_ended() {
        assert_eq!(written("<p>a<p>b<div>c</div>d"), "<p>a</p><p>b</p><div>c</div>d");
        assert_eq!(written("<ul><li>a<ul><li>b</ul><li>c</ul>"), "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>");
        assert_eq!(
            written("<table><tr><td>a<td>b<tr><td>c</table>d"),
            "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>d"
        );
        assert_eq!(written("<div><b>a<div>b</b>c</div>d</div>e"), "<div><b>a<div>bc</div>d</b></div>e");
        assert_eq!(written("<td><div>a</td></div>b"), "<td><div>a</div></td> b");
    }

    #[test]
    fn pages_made_to_be_slow_are_not() {
        let n = 100_000;
        let attributes: String = (0..n).map(|i| format!("a{i} ")).collect();
        let bold: String = (0..n).map(|i| format!("<b id={i}>")).collect();
        for page in [
            "<div>".repeat(n),
            "<div>".repeat(n) + "words" + &"</div>".repeat(n),
            format!("{bold}{}", "<p>x".repeat(n)),
            format!("<b {attributes}>x</b>"),
            "<table>".repeat(n),
            "<ul><li>".repeat(n),
            "<!--".repeat(n),
            "</p>".repeat(n),
            "<a <".repeat(n),
            "&amp".repeat(n),
            "<script>".repeat(n),
        ] {
            let start = Instant::now();
            let html = build(&page);
            assert!(html.tree.nodes().count() <= 3 * n + 3);
            assert!(start.elapsed() < Duration::from_secs(3), "{:?} for {}", start.elapsed(), &page[..20]);
        }
    }
}

//! Web pages to blocks: the part that is the article, without menus, with headings and captions.

mod root;
mod tokens;
mod tree;

use super::sites::{Site, Sites};
use super::{Block, Document, Headings, chunk, is_picture};
use ego_tree::NodeId;
use ego_tree::iter::Edge;
use scraper::node::Element;
use scraper::{Html, Node};
use std::collections::HashSet;

/// Elements that hold no prose of the page, wherever they stand.
const NEVER: [&str; 28] = [
    "script", "style", "noscript", "template", "svg", "math", "canvas", "nav", "footer", "aside", "form", "button",
    "select", "textarea", "input", "iframe", "object", "embed", "audio", "video", "map", "menu", "dialog", "head",
    "header", "noembed", "noframes", "pre",
];

/// Elements that stand inside a line of text. All others begin and end a block.
const IN_LINE: [&str; 34] = [
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img", "ins",
    "kbd", "label", "mark", "picture", "q", "s", "samp", "small", "source", "span", "strike", "strong", "sub", "sup",
    "time", "tt", "u", "wbr",
];

/// The blocks of a page.
pub(super) fn read(page: &str) -> Document {
    let html = tree::build(page);
    let site = Sites::embedded().of(&html);
    let title = title(&html);
    let dropped = site.dropped(&html);
    let mut walk = Walk::new(site, &html, dropped);
    if let Some(title) = &title {
        walk.headings.open(1, title);
    }
    for root in root::roots(&html, site, &walk.dropped) {
        walk.run(root);
    }
    walk.document.title = title;
    walk.document
}

/// The blocks of a piece of a page, under the headings of its surroundings.
pub(super) fn read_fragment(page: &str, headings: &mut Headings) -> Document {
    let html = tree::build(page);
    let site = Sites::embedded().default();
    let mut walk = Walk::new(site, &html, HashSet::new());
    walk.headings = std::mem::take(headings);
    walk.run(html.tree.root().id());
    *headings = walk.headings;
    walk.document
}

/// Most characters of a title.
const MAX_TITLE: usize = 200;

/// The first heading of level 1, else the title without the name of the site.
fn title(html: &Html) -> Option<String> {
    let text_of = |name: &str| {
        let element = html.tree.nodes().find(|node| node.value().as_element().is_some_and(|e| e.name() == name))?;
        let words: String = element.descendants().filter_map(|node| Some(&*node.value().as_text()?.text)).collect();
        Some(chunk::collapse(&words).chars().take(MAX_TITLE).collect::<String>()).filter(|words| !words.is_empty())
    };
    text_of("h1").or_else(|| {
        let title = text_of("title")?;
        let cut = [" — ", " | ", " – ", " - ", " · "].iter().filter_map(|mark| title.rfind(mark)).max();
        Some(cut.map_or(title.as_str(), |at| title[..at].trim()).to_owned())
    })
}

/// Whether a link leads elsewhere, and not to a larger form of the picture in it.
fn is_menu(element: &Element) -> bool {
    element.attr("href").is_some_and(|address| !is_picture(address))
}

/// A walk over one part of a page. Nothing in it calls itself, so depth costs no stack.
struct Walk<'a> {
    site: &'a Site,
    html: &'a Html,
    dropped: HashSet<NodeId>,
    cards: HashSet<NodeId>,
    extra_headings: HashSet<NodeId>,
    document: Document,
    headings: Headings,
    text: String,
    /// Open links, each with whether it leads away, and characters of `text` inside such.
    links: Vec<bool>,
    linked: usize,
    /// Inside a caption.
    captions: usize,
    /// The open cards: the picture of each, and the blocks before it.
    open_cards: Vec<(Option<String>, usize)>,
    /// Whether the last thing was a line break.
    broken: bool,
}

impl<'a> Walk<'a> {
    fn new(site: &'a Site, html: &'a Html, dropped: HashSet<NodeId>) -> Self {
        Self {
            site,
            html,
            dropped,
            cards: site.cards(html),
            extra_headings: site.headings(html),
            document: Document::default(),
            headings: Headings::default(),
            text: String::new(),
            links: Vec::new(),
            linked: 0,
            captions: 0,
            open_cards: Vec::new(),
            broken: false,
        }
    }

    fn run(&mut self, root: NodeId) {
        let Some(root) = self.html.tree.get(root) else { return };
        let mut skipped: Option<NodeId> = None;
        for edge in root.traverse() {
            match edge {
                Edge::Open(node) if skipped.is_none() => match node.value() {
                    Node::Text(text) => self.words(&text.text),
                    Node::Element(element) if self.is_skipped(node.id(), element) => skipped = Some(node.id()),
                    Node::Element(element) => self.open(node.id(), element),
                    _ => {}
                },
                Edge::Close(node) if skipped.is_some_and(|id| id == node.id()) => skipped = None,
                Edge::Close(node) if skipped.is_none() => {
                    if let Node::Element(element) = node.value() {
                        self.close(node.id(), element);
                    }
                }
                _ => {}
            }
        }
        self.flush();
    }

    fn is_skipped(&self, id: NodeId, element: &Element) -> bool {
        let hidden = element.attr("hidden").is_some() || element.attr("aria-hidden") == Some("true");
        NEVER.contains(&element.name()) && !self.site.keeps(element.name()) || hidden || self.dropped.contains(&id)
    }

    fn words(&mut self, words: &str) {
        if words.chars().any(|c| !c.is_whitespace()) {
            self.broken = false;
        }
        if self.links.contains(&true) {
            self.linked += chunk::collapse(words).chars().count();
        }
        self.text.push_str(words);
    }

    fn open(&mut self, id: NodeId, element: &Element) {
        let name = element.name();
        if self.cards.contains(&id) {
            self.flush();
            self.open_cards.push((None, self.document.blocks.len()));
        }
        match name {
            "a" => self.links.push(is_menu(element)),
            "img" => self.picture(element),
            "br" => self.line_break(),
            "td" | "th" if !self.text.trim().is_empty() => self.text.push_str(", "),
            "td" | "th" => {}
            _ if !IN_LINE.contains(&name) => self.flush(),
            _ => {}
        }
        if name == "figcaption" {
            self.captions += 1;
        }
    }

    fn close(&mut self, id: NodeId, element: &Element) {
        let name = element.name();
        if let Some(level) = self.level(id, name) {
            let heading = std::mem::take(&mut self.text);
            self.linked = 0;
            self.headings.open(level, &heading);
            return;
        }
        match name {
            "a" => drop(self.links.pop()),
            "td" | "th" | "br" => {}
            _ if !IN_LINE.contains(&name) => self.flush(),
            _ => {}
        }
        if name == "figcaption" {
            self.captions = self.captions.saturating_sub(1);
        }
        if self.cards.contains(&id) {
            self.close_card();
        }
    }

    /// The picture of a card is that of its texts, and of the card around it, if that has none.
    fn close_card(&mut self) {
        let Some((Some(image), first)) = self.open_cards.pop() else { return };
        if let Some((outer, _)) = self.open_cards.last_mut() {
            outer.get_or_insert_with(|| image.clone());
        }
        let texts = self.document.blocks.iter_mut().skip(first);
        texts.filter(|block| block.image.is_none()).for_each(|block| block.image = Some(image.clone()));
    }

    fn level(&self, id: NodeId, name: &str) -> Option<usize> {
        let standard =
            name.strip_prefix('h').and_then(|digit| digit.parse().ok()).filter(|level| (1..=6).contains(level));
        standard.or_else(|| self.extra_headings.contains(&id).then_some(7))
    }

    /// Two breaks in a row part paragraphs.
    fn line_break(&mut self) {
        if self.broken {
            self.flush();
        } else {
            self.text.push(' ');
        }
        self.broken = !self.broken;
    }

    /// The picture of the card, and what it is said to show as a block of its own.
    fn picture(&mut self, element: &Element) {
        let address = ["src", "data-src"].iter().filter_map(|key| element.attr(key)).find(|a| !a.starts_with("data:"));
        let Some(image) = address.map(str::trim).filter(|a| !a.is_empty()) else { return };
        if let Some((picture, _)) = self.open_cards.last_mut() {
            picture.get_or_insert_with(|| image.to_owned());
        }
        if let Some(alt) = element.attr("alt") {
            let mut block = Block::new(self.headings.path(), alt.to_owned());
            block.image = Some(image.to_owned());
            block.alone = true;
            // A flag in a menu is no caption.
            let linked = if self.links.contains(&true) { alt.chars().count() } else { 0 };
            self.document.push_caption(block, linked);
        }
    }

    fn flush(&mut self) {
        self.broken = false;
        let text = std::mem::take(&mut self.text);
        let linked = std::mem::take(&mut self.linked);
        let mut block = Block::new(self.headings.path(), text);
        block.alone = self.captions > 0;
        self.document.push(block, linked);
    }
}

#[cfg(test)]
mod tests;

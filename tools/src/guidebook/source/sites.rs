//! How known sites lay out their pages: the selectors of `data/guidebook/sites.toml`.

use ego_tree::NodeId;
use scraper::{Html, Selector};
use serde::Deserialize;
use std::collections::HashSet;
use std::sync::LazyLock;

static SITES: LazyLock<Sites> = LazyLock::new(|| {
    Sites::parse(include_str!("../../../../data/guidebook/sites.toml")).expect("a test parses the embedded sites.toml")
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    site: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    #[serde(default)]
    host: Vec<String>,
    tell: Option<String>,
    content: Option<String>,
    drop: Option<String>,
    heading: Option<String>,
    card: Option<String>,
    #[serde(default)]
    keep: Vec<String>,
}

/// The layout of one site.
#[derive(Debug)]
pub(super) struct Site {
    name: String,
    host: Vec<String>,
    tell: Option<Selector>,
    content: Option<Selector>,
    drop: Option<Selector>,
    heading: Option<Selector>,
    card: Option<Selector>,
    keep: Vec<String>,
}

impl Site {
    fn new(row: Row) -> Result<Self, String> {
        let selector =
            |text: Option<String>| text.map(|t| Selector::parse(&t).map_err(|e| format!("{t}: {e}"))).transpose();
        Ok(Self {
            tell: selector(row.tell)?,
            content: selector(row.content)?,
            drop: selector(row.drop)?,
            heading: selector(row.heading)?,
            card: selector(row.card)?,
            name: row.name,
            host: row.host,
            keep: row.keep,
        })
    }

    /// What is the article; empty where the layout does not say.
    pub(super) fn content(&self, html: &Html) -> HashSet<NodeId> {
        select(html, self.content.as_ref())
    }

    /// What is no part of it.
    pub(super) fn dropped(&self, html: &Html) -> HashSet<NodeId> {
        select(html, self.drop.as_ref())
    }

    /// Headings that are written otherwise than `h1` to `h6`.
    pub(super) fn headings(&self, html: &Html) -> HashSet<NodeId> {
        select(html, self.heading.as_ref())
    }

    /// Boxes of one picture and its texts.
    pub(super) fn cards(&self, html: &Html) -> HashSet<NodeId> {
        select(html, self.card.as_ref())
    }

    /// Whether an element holds prose here that elsewhere holds none.
    pub(super) fn keeps(&self, name: &str) -> bool {
        self.keep.iter().any(|kept| kept == name)
    }
}

fn select(html: &Html, selector: Option<&Selector>) -> HashSet<NodeId> {
    selector.map(|s| html.select(s).map(|element| element.id()).collect()).unwrap_or_default()
}

/// All known sites; the last is the layout of unknown ones.
#[derive(Debug)]
pub(super) struct Sites {
    sites: Vec<Site>,
    other: Site,
}

impl Sites {
    /// The embedded table; the first call parses it.
    pub(super) fn embedded() -> &'static Self {
        &SITES
    }

    fn parse(text: &str) -> Result<Self, String> {
        let table: Table = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut sites = table.site.into_iter().map(Site::new).collect::<Result<Vec<_>, _>>()?;
        let other = sites.pop().filter(|site| site.name == "other").ok_or("the last site must be `other`")?;
        Ok(Self { sites, other })
    }

    /// The layout of a page, by the host that it names as its own or by what only this site has.
    pub(super) fn of(&self, html: &Html) -> &Site {
        let host = own_host(html).unwrap_or_default();
        let is = |site: &&Site| {
            let named = site.host.iter().any(|h| host == *h || host.ends_with(&format!(".{h}")));
            named || site.tell.as_ref().is_some_and(|tell| html.select(tell).next().is_some())
        };
        self.sites.iter().find(is).unwrap_or(&self.other)
    }

    /// The layout of pages that are of no known site.
    pub(super) fn default(&self) -> &Site {
        &self.other
    }
}

/// The host in `<link rel=canonical href=…>` or `<meta property=og:url content=…>`.
fn own_host(html: &Html) -> Option<String> {
    let elements = html.tree.nodes().filter_map(|node| node.value().as_element());
    let address = elements.into_iter().find_map(|e| match e.name() {
        "link" if e.attr("rel") == Some("canonical") => e.attr("href"),
        "meta" if e.attr("property") == Some("og:url") => e.attr("content"),
        _ => None,
    })?;
    let rest = address.split_once("://")?.1;
    Some(rest.split(['/', ':', '?', '#']).next()?.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_table_is_right_and_a_bad_selector_is_named() {
        assert!(Sites::embedded().sites.len() >= 3);
        let bad = "[[site]]\nname = 'x'\ncontent = 'p['\n[[site]]\nname = 'other'\n";
        assert!(Sites::parse(bad).err().is_some_and(|e| e.contains("p[")));
    }

    #[test]
    fn a_site_is_known_by_host_or_by_a_tell_tale() {
        let name = |page: &str| Sites::embedded().of(&Html::parse_document(page)).name.clone();
        assert_eq!(name("<link rel=canonical href='https://www.plonkit.net/peru'>"), "plonkit");
        assert_eq!(name("<link rel=canonical href='https://notplonkit.net/peru'>"), "other");
        assert_eq!(name("<meta name=generator content='MediaWiki 1.40'>"), "mediawiki");
    }
}

//! Which part of a page is the article.

use super::super::sites::Site;
use super::NEVER;
use ego_tree::NodeId;
use ego_tree::iter::Edge;
use scraper::{Html, Node};
use std::collections::{HashMap, HashSet};

/// An element is gone into while one child holds so much of its text.
const MOST: f64 = 0.75;

/// The outermost elements that the site calls content, else `main` or articles, else the densest text.
pub(super) fn roots(html: &Html, site: &Site, dropped: &HashSet<NodeId>) -> Vec<NodeId> {
    let content = site.content(html);
    if !content.is_empty() {
        return outermost(html, &content);
    }
    let by_name = |wanted: &str| {
        let is = |node: &ego_tree::NodeRef<'_, Node>| {
            node.value().as_element().is_some_and(|e| e.name() == wanted || e.attr("role") == Some(wanted))
        };
        let found: HashSet<NodeId> = html.tree.nodes().filter(is).map(|node| node.id()).collect();
        outermost(html, &found)
    };
    let sizes = text_sizes(html, dropped);
    let size = |ids: &[NodeId]| ids.iter().filter_map(|id| sizes.get(id)).sum::<usize>();
    let all = sizes.get(&html.tree.root().id()).copied().unwrap_or_default();
    for wanted in ["main", "article"] {
        let found = by_name(wanted);
        // An empty `main` is filled by a script elsewhere.
        if size(&found) * 4 > all {
            return found;
        }
    }
    vec![densest(html, &sizes)]
}

fn outermost(html: &Html, found: &HashSet<NodeId>) -> Vec<NodeId> {
    let mut out = Vec::new();
    let mut inside = None;
    for edge in html.tree.root().traverse() {
        match edge {
            Edge::Open(node) if inside.is_none() && found.contains(&node.id()) => {
                out.push(node.id());
                inside = Some(node.id());
            }
            Edge::Close(node) if inside == Some(node.id()) => inside = None,
            _ => {}
        }
    }
    out
}

/// Letters of text below each element, without links and what is never prose.
fn text_sizes(html: &Html, dropped: &HashSet<NodeId>) -> HashMap<NodeId, usize> {
    let mut sizes: HashMap<NodeId, usize> = HashMap::new();
    let mut open: Vec<usize> = Vec::new();
    let mut skipped: Option<NodeId> = None;
    for edge in html.tree.root().traverse() {
        match edge {
            Edge::Open(node) => {
                let skips = node.value().as_element().is_some_and(|e| NEVER.contains(&e.name()) || e.name() == "a");
                if skipped.is_none() && (skips || dropped.contains(&node.id())) {
                    skipped = Some(node.id());
                }
                let own = match node.value() {
                    Node::Text(text) if skipped.is_none() => text.text.chars().filter(|c| c.is_alphabetic()).count(),
                    _ => 0,
                };
                open.push(own);
            }
            Edge::Close(node) => {
                if skipped == Some(node.id()) {
                    skipped = None;
                }
                let size = open.pop().unwrap_or_default();
                if let Some(parent) = open.last_mut() {
                    *parent += size;
                }
                if size > 0 {
                    sizes.insert(node.id(), size);
                }
            }
        }
    }
    sizes
}

/// Goes down from the root while one child holds most of the text and is no paragraph itself.
fn densest(html: &Html, sizes: &HashMap<NodeId, usize>) -> NodeId {
    let mut node = html.tree.root();
    loop {
        let size = sizes.get(&node.id()).copied().unwrap_or_default() as f64;
        let most = node.children().max_by_key(|child| sizes.get(&child.id()).copied().unwrap_or_default());
        let next = most.filter(|child| {
            let share = sizes.get(&child.id()).copied().unwrap_or_default() as f64;
            let holds = child.value().as_element().is_some_and(|e| {
                matches!(
                    e.name(),
                    "html"
                        | "body"
                        | "div"
                        | "section"
                        | "table"
                        | "tbody"
                        | "tr"
                        | "td"
                        | "center"
                        | "main"
                        | "article"
                )
            });
            holds && size > 0.0 && share >= MOST * size
        });
        match next {
            Some(child) => node = child,
            None => return node.id(),
        }
    }
}

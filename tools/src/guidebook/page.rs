//! One page: from bytes of some kind to tagged passages.

use super::chunk::{self, Chunk};
use super::dropped::{Dropped, Reason};
use super::regions::Tagger;
use super::source::{self, Document};
use super::{Passage, remarks};
use rayon::prelude::*;

/// The form of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// A web page.
    Html,
    /// Markdown.
    Markdown,
    /// Plain text: paragraphs, or a sentence on each line.
    Text,
    /// `{"text": …, "regions": […], "image": …, "url": …}` on each line.
    Jsonl,
    /// Any JSON with sentences or HTML in its values.
    Json,
}

impl Media {
    /// The form that the end of a file's name promises.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        Some(match ending.to_ascii_lowercase().as_str() {
            "html" | "htm" | "xhtml" => Self::Html,
            "md" | "markdown" => Self::Markdown,
            "txt" | "text" => Self::Text,
            "jsonl" | "ndjson" => Self::Jsonl,
            "json" => Self::Json,
            _ => return None,
        })
    }

    /// The form that a text looks like.
    pub(crate) fn of_text(text: &str) -> Self {
        let start = text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
        let head: String = start.chars().take(1_000).collect::<String>().to_ascii_lowercase();
        let marks = ["<!doctype html", "<html", "<head", "<body", "<div", "<p>", "<p ", "<article", "<main"];
        if head.starts_with('<') && marks.iter().any(|mark| head.contains(mark)) {
            Self::Html
        } else if start.starts_with('{') && start.lines().next().is_some_and(|l| l.trim_end().ends_with('}')) {
            Self::Jsonl
        } else {
            Self::Text
        }
    }
}

/// What came of a page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// Its title, where it has one.
    pub title: Option<String>,
    /// In the order of the page, each text once for the same regions.
    pub passages: Vec<Passage>,
    /// What became no passage.
    pub dropped: Dropped,
}

/// Reads one page from memory: `name` is its path or address, which may name a country, and the form is guessed where
/// `media` does not say it. Any bytes give a page; bytes that are no text give an empty one that counts them.
#[must_use]
pub fn read_page(name: &str, bytes: &[u8], media: Option<Media>) -> Page {
    match source::document(name, bytes, media, None) {
        Ok(document) => finish(name, document),
        Err(reason) => {
            let mut dropped = Dropped::default();
            dropped.add(reason, name);
            Page { dropped, ..Page::default() }
        }
    }
}

/// Cuts a document into passages, drops remarks and tags the rest.
pub(super) fn finish(name: &str, document: Document) -> Page {
    let Document { title, blocks, mut dropped } = document;
    let chunks = chunk::chunks(blocks, &mut dropped);
    let tagger = Tagger::new(name, title.as_deref());
    let read = |chunk: Chunk| {
        let mut dropped = Dropped::default();
        let text = remarks::without(&chunk, &mut dropped);
        (text.map(|text| passage(name, &tagger, Chunk { text, ..chunk })), dropped)
    };
    let parts: Vec<(Option<Passage>, Dropped)> = chunks.into_par_iter().map(read).collect();
    let mut passages = Vec::with_capacity(parts.len());
    for (passage, left_out) in parts {
        passages.extend(passage);
        dropped.merge(left_out);
    }
    drop_duplicates(&mut passages, &mut dropped);
    Page { title, passages, dropped }
}

fn passage(name: &str, tagger: &Tagger, chunk: Chunk) -> Passage {
    let regions = match chunk.regions {
        Some(regions) => regions,
        None => tagger.tag(&chunk.text, &chunk.headings, chunk.image.as_deref()),
    };
    Passage {
        text: chunk.text,
        headings: chunk.headings,
        regions,
        image: chunk.image,
        page: chunk.page.unwrap_or_else(|| name.to_owned()),
    }
}

/// Keeps the first of the passages with the same text and the same regions.
pub(super) fn drop_duplicates(passages: &mut Vec<Passage>, dropped: &mut Dropped) {
    let mut seen = std::collections::HashSet::new();
    passages.retain(|passage| {
        let mut regions: Vec<_> = passage.regions.iter().map(|share| share.region.clone()).collect();
        regions.sort();
        let new = seen.insert((passage.text.clone(), regions));
        if !new {
            dropped.add(Reason::Duplicate, &passage.text);
        }
        new
    });
}

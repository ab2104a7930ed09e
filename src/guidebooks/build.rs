//! Making a guidebook of its sources: read, tag, embed, write.
//!
//! A guidebook that is there is added to: a source that has not changed is left as it is, one that has changed takes the place
//! of the old one, and only texts that are new go to the embedder.

use super::error::GuidebooksError;
use super::existing;
use crate::fetch::web::{Web, WebError, WebEvent, WebLimits, WebPage};
use navig_tools::guidebook::book::{Draft, Embed, Entry, Kind, SourceMeta};
use navig_tools::guidebook::{Dropped, Limits, Media, Passage, read_page, read_source, traces};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// What to make, and of what.
pub struct Building<'a> {
    /// The file.
    pub dest: &'a Path,
    /// Files, folders and addresses.
    pub sources: &'a [String],
    /// Sources to take out.
    pub remove: &'a [String],
    /// Whether addresses may be fetched.
    pub online: bool,
    /// Where fetched pages are kept.
    pub cache: PathBuf,
    /// Whether everything is made anew, whatever is there.
    pub force: bool,
    /// What makes the vectors; none leaves the guidebook to its words.
    pub embedder: Option<&'a dyn Embed>,
    /// Whether to stop, as Ctrl-C asks.
    pub stop: &'a dyn Fn() -> bool,
}

/// What happens while a guidebook is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// A source, or a page of it, is read.
    Reading(&'a str),
    /// Texts have their vectors: so many, of so many.
    Embedding(usize, usize),
    /// Something worth a line, such as a page that was left out.
    Said(&'a str),
}

/// What was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Built {
    /// Sources that were read now.
    pub read: usize,
    /// Sources that had not changed.
    pub unchanged: usize,
    /// Sources that were taken out.
    pub removed: usize,
    /// Whether the file was written.
    pub written: bool,
}

/// Makes a guidebook, or changes the one that is there.
///
/// # Errors
/// [`GuidebooksError`]; then the file is as it was.
pub fn build_guidebook(building: &Building<'_>, step: &mut dyn FnMut(Step<'_>)) -> Result<Built, GuidebooksError> {
    build(building, Kind::Guidebook, step, |name, step| {
        if is_address(name) { fetched(building, name, step) } else { local(name, step) }
    })
}

/// Makes an index of what experts said, or changes the one that is there.
///
/// # Errors
/// [`GuidebooksError`]; then the file is as it was.
pub fn build_traces(building: &Building<'_>, step: &mut dyn FnMut(Step<'_>)) -> Result<Built, GuidebooksError> {
    build(building, Kind::Traces, step, |name, step| {
        step(Step::Reading(name));
        let read = traces::read_traces(Path::new(name))?;
        read.told.iter().for_each(|line| step(Step::Said(line)));
        Ok((read.source, read.entries))
    })
}

/// Whether a source is a web address.
fn is_address(source: &str) -> bool {
    source.starts_with("http://") || source.starts_with("https://")
}

type Source = (SourceMeta, Vec<Entry>);

fn build(
    building: &Building<'_>,
    kind: Kind,
    step: &mut dyn FnMut(Step<'_>),
    mut read: impl FnMut(&str, &mut dyn FnMut(Step<'_>)) -> Result<Source, GuidebooksError>,
) -> Result<Built, GuidebooksError> {
    let mut draft = draft(building, kind)?;
    let mut built = Built::default();
    for name in building.remove {
        if !draft.remove(name) {
            let known: Vec<&str> = draft.sources().iter().map(|s| s.name.as_str()).collect();
            let (path, name) = (building.dest.to_owned(), name.clone());
            return Err(GuidebooksError::NoSource { path, name, known: known.join(", ") });
        }
        built.removed += 1;
    }
    for name in building.sources {
        if (building.stop)() {
            return Err(GuidebooksError::Stopped);
        }
        if is_address(name) && !building.online {
            return Err(GuidebooksError::NotOnline { address: name.clone() });
        }
        let (source, entries) = read(name, step)?;
        if draft.sources().iter().any(|s| s.name == source.name && s.sha256 == source.sha256) {
            built.unchanged += 1;
        } else {
            built.read += 1;
            draft.put(source, entries);
        }
    }
    if draft.entries().is_empty() && !building.sources.is_empty() {
        return Err(nothing(building, &draft));
    }
    let missing = draft.lacks_vectors(building.embedder);
    if built.read == 0 && built.removed == 0 && missing == 0 && !building.force && building.dest.exists() {
        return Ok(built);
    }
    if let Some(embedder) = building.embedder {
        draft.embed(embedder, &mut |done, total| {
            step(Step::Embedding(done, total));
            !(building.stop)()
        })?;
    }
    if (building.stop)() {
        return Err(GuidebooksError::Stopped);
    }
    draft.write(building.dest)?;
    built.written = true;
    Ok(built)
}

/// What is there, or an empty one.
fn draft(building: &Building<'_>, kind: Kind) -> Result<Draft, GuidebooksError> {
    let named = |kind| if kind == Kind::Traces { "traces" } else { "guidebooks" };
    match existing(building.dest) {
        Ok(Some(book)) if book.meta().kind != kind => Err(GuidebooksError::Kind {
            path: building.dest.to_owned(),
            holds: named(book.meta().kind),
            other: named(kind),
        }),
        Ok(Some(book)) if !building.force => Ok(Draft::of(&book)?),
        Ok(_) => Ok(Draft::new(kind)),
        // What does not open is replaced only when the user says so.
        Err(_) if building.force => Ok(Draft::new(kind)),
        Err(e) => Err(e.into()),
    }
}

fn local(name: &str, step: &mut dyn FnMut(Step<'_>)) -> Result<Source, GuidebooksError> {
    step(Step::Reading(name));
    let mut sum = Sha256::new();
    let read = read_source(Path::new(name), &Limits::default(), &mut |file| {
        step(Step::Reading(&file.to_string_lossy()));
    })?;
    // The passages and what was left out stand for the files: a change that changes neither is none.
    read.passages.iter().for_each(|passage| add_to(&mut sum, passage));
    Ok(source(name, &sum, read.pages, &read.dropped, read.passages))
}

fn fetched(building: &Building<'_>, address: &str, step: &mut dyn FnMut(Step<'_>)) -> Result<Source, GuidebooksError> {
    let web = |e: WebError| match e {
        WebError::Stopped => GuidebooksError::Stopped,
        other => GuidebooksError::Web(other.to_string()),
    };
    let mut reader = Web::new(&building.cache, WebLimits::default()).map_err(web)?;
    let crawl = reader.crawl(
        address,
        &mut |event| match event {
            WebEvent::Page { url, .. } => step(Step::Reading(url)),
            WebEvent::LeftOut { url, reason } => step(Step::Said(&format!("{url}: {reason}"))),
            WebEvent::Waiting { url, pause } => {
                step(Step::Said(&format!("{url}: asks to wait for {} s", pause.as_secs())));
            }
        },
        building.stop,
    );
    let crawl = crawl.map_err(web)?;
    let (mut passages, mut dropped, mut sum) = (Vec::new(), Dropped::default(), Sha256::new());
    for page in &crawl.pages {
        let read = read_page(&page.url, &page.bytes, media(page));
        read.passages.iter().for_each(|passage| add_to(&mut sum, passage));
        passages.extend(read.passages);
        dropped.merge(read.dropped);
    }
    Ok(source(address, &sum, crawl.pages.len(), &dropped, passages))
}

fn media(page: &WebPage) -> Option<Media> {
    match page.media_type.as_str() {
        "text/html" | "application/xhtml+xml" => Some(Media::Html),
        "text/markdown" => Some(Media::Markdown),
        "application/json" => Some(Media::Json),
        "application/jsonl" | "application/x-ndjson" => Some(Media::Jsonl),
        _ => None,
    }
}

fn add_to(sum: &mut Sha256, passage: &Passage) {
    sum.update(passage.page.as_bytes());
    sum.update([0]);
    sum.update(passage.text.as_bytes());
    for share in &passage.regions {
        sum.update(share.region.code.as_bytes());
        sum.update(share.share.to_le_bytes());
    }
    sum.update([0]);
}

fn source(name: &str, sum: &Sha256, pages: usize, dropped: &Dropped, passages: Vec<Passage>) -> Source {
    let dropped = dropped.iter().map(|(reason, tally)| (reason.to_string(), tally.count as u64));
    let meta = SourceMeta {
        name: name.to_owned(),
        sha256: crate::digest::hex(&sum.clone().finalize()),
        pages: pages as u64,
        passages: passages.len() as u64,
        dropped: dropped.collect(),
    };
    let entry = |passage| Entry { source: 0, passage, at: None, whole: false, sure: 1.0, vector: None };
    (meta, passages.into_iter().map(entry).collect())
}

fn nothing(building: &Building<'_>, draft: &Draft) -> GuidebooksError {
    let mut reasons: Vec<String> = Vec::new();
    for source in draft.sources() {
        reasons.extend(source.dropped.iter().map(|(reason, count)| format!("{count} {reason}")));
    }
    let pages: u64 = draft.sources().iter().map(|s| s.pages).sum();
    let why = match reasons.is_empty() {
        true => format!("{pages} pages were read, and none has text"),
        false => format!("{pages} pages were read, and left out were {}", reasons.join(", ")),
    };
    GuidebooksError::Nothing { sources: building.sources.join(", "), why }
}

#[cfg(test)]
mod tests;

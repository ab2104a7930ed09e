//! Guidebooks: what people have written about how places look, as short passages that say where they hold.
//!
//! ```text
//! folder, file, page -> source -> blocks -> chunk -> passages of one idea -> remarks -> regions -> Passage...
//!                       HTML, Markdown,     headings kept                    dropped    tagged
//!                       text, JSONL, JSON
//! ```
//!
//! A page is data. Nothing in it is run, no address in it is fetched, and a sentence that gives orders is a sentence.
//!
//! - [`read_source`] reads a file or a folder, [`read_page`] one page from memory
//! - what is no passage is counted by [`Reason`] with examples, so that nothing is lost silently
//! - remarks about the camera car and its coverage say nothing of the place, and are dropped (`data/guidebook/remarks.toml`)

pub mod book;
mod chunk;
pub mod clues;
mod comparison;
mod dropped;
mod find;
mod page;
#[cfg(test)]
mod real;
mod regions;
mod remarks;
mod source;
#[cfg(test)]
mod tests;
mod tools;
pub mod traces;

pub use dropped::{Dropped, Reason, Tally};
pub use find::{Found, Hit, Library, Votes};
pub use page::{Media, Page, read_page};
pub use source::{Limits, Read, SourceError, read_source};
pub use tools::{Cited, FindGuidebook, FindTraces};

use crate::evidence::RegionShare;

/// One idea of a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// White space collapsed; never empty.
    pub text: String,
    /// Outermost first: page title, section, subsection.
    pub headings: Vec<String>,
    /// Where it holds; empty when nothing says where.
    pub regions: Vec<RegionShare>,
    /// Address or path of the picture that it captions, as the page writes it.
    pub image: Option<String>,
    /// Path relative to the source, or the address.
    pub page: String,
}

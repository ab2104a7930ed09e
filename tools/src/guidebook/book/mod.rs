//! A guidebook in one file, `NAME.navguide`, that is read in place.
//!
//! ```text
//! passages -> Draft -> (vectors) -> NAME.navguide -> Book -> rows by words, rows by vector, records
//! ```
//!
//! A file is a header, a table of sections and the sections, each with a checksum. Records are lines of JSON, read only when
//! a passage is a hit; what a query scans (vectors, postings) stands in columns of its own. A file is never changed: adding,
//! updating or removing a source writes a new one that takes the vectors of unchanged texts from the old one, and the new
//! one gets the name when it is whole.

mod draft;
mod error;
mod layout;
mod meta;
mod open;
mod vectors;

pub use draft::{Draft, Entry};
pub use error::BookError;
pub use layout::FORMAT_VERSION;
pub use meta::{Kind, Meta, SourceMeta};
pub(crate) use open::region_of;
pub use open::{Book, Record};
pub use vectors::{Embed, EmbedError, Vector};

#[cfg(test)]
mod tests;

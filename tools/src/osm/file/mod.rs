//! The index file: written by external sort, read in place.
//!
//! ```text
//! extract -> build -> Writer -> NAME.navosm -> Map -> rows, tags, shapes, names
//! ```
//!
//! - [`build`] makes an index of an extract; [`Writer`] makes one of any objects, in bounded memory ([`Sorter`])
//! - [`Map`] answers from the mapped file: an object by its [`Row`], rows by tag, box, distance and area
//! - [`Section`] says what the file holds, and `layout.rs` where; a `.navosm` file is never changed, only replaced
//!
//! An index takes about the room of its extract. Rows stand along a Hilbert curve, so that what is near is near in the
//! file too, and lists of rows are short in bytes. Columns are cut into blocks of 32 rows: the R-tree ends at blocks, and
//! whatever differs in length is found by passing over at most 31 neighbours.

mod areas;
mod blocks;
mod build;
mod bytes;
mod columns;
mod dictionary;
mod interner;
mod layout;
mod map;
mod meta;
mod near;
mod placed;
mod places;
mod rows;
mod runs;
mod sections;
mod shapes;
pub mod sort;
mod tag_columns;
mod tree;
mod verify;
mod writer;

pub use build::{BuildError, BuildOptions, BuildProgress, Built, build};
pub use layout::{FORMAT_VERSION, MapError, Section};
pub use map::{Item, Map, Row};
pub use meta::{ATTRIBUTION, Meta};
pub use rows::Rows;
pub use sections::{SectionFile, SectionSink};
pub use sort::{Record, SortError, Sorted, Sorter};
pub use writer::{Summary, Writer, WriterOptions};

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod killed;
#[cfg(test)]
mod tests;

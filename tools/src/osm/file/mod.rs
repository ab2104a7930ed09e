//! The index file: written by external sort, read in place.

mod areas;
mod blocks;
mod build;
mod bytes;
mod catalogue;
mod columns;
mod dictionary;
mod interner;
mod layout;
mod map;
mod map_memory;
mod meta;
mod near;
mod placed;
mod places;
mod rows;
mod sections;
mod shapes;
pub mod sort;
mod tag_columns;
mod tree;
mod verify;
mod writer;

pub use build::{BuildError, BuildOptions, BuildProgress, Built, build};
pub use catalogue::{Catalogue, EXTENSION, Installed, MapName, MapNameError};
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

//! The index file: written by external sort, read in place.

pub mod sort;

pub use sort::{Record, SortError, Sorted, Sorter};

//! Benchmarks: what answers are worth, counted in the same way for navig and for anybody else.
//!
//! - [`task`]: benchmarks by name
//! - [`samples`]: where photos were taken, and where somebody says that they were, from CSV and JSONL as they are published
//! - [`score`]: the metrics, with intervals
//! - [`scores`]: all of it for one set of answers

mod rows;
pub mod samples;
pub mod score;
pub mod scores;
pub mod task;

pub use rows::RowsError;

#[cfg(test)]
mod real;

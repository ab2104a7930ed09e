//! Benchmarks: what answers are worth, counted in the same way for navig and for anybody else.
//!
//! - [`ablate`]: what each tool and each kind of evidence is worth
//! - [`calibrate`]: the table of weights, fitted on runs
//! - [`compare`]: two runs or more, sample by sample
//! - [`leak`]: places and pictures that a training set shares with a benchmark
//! - [`reweigh`]: stored evidence, weighed again
//! - [`task`]: benchmarks by name
//! - [`samples`]: where photos were taken, and where somebody says that they were, from CSV and JSONL as they are published
//! - [`run`]: folders of answers, which outlive a kill
//! - [`score`]: the metrics, with intervals
//! - [`scores`]: all of it for one set of answers

pub mod ablate;
pub mod calibrate;
pub mod compare;
pub mod leak;
pub mod reweigh;
pub(crate) mod rows;
pub mod run;
pub mod samples;
pub mod score;
pub mod scores;
pub mod task;

pub use rows::RowsError;

#[cfg(test)]
mod made;
#[cfg(test)]
mod real;

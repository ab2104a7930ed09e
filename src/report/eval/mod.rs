//! What benchmarks come to.

mod compare;
mod scores;

pub use compare::{ablation, comparison};
pub use scores::{scores, scores_row};

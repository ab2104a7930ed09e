//! What benchmarks come to.

mod compare;
mod leaks;
mod scores;

pub use compare::{ablation, comparison};
pub use leaks::leaks;
pub use scores::{scores, scores_row};

//! Writes a random Qwen3-VL checkpoint, for trying things out without a real one.
//!
//! ```text
//! cargo run --release --example random_model -- tiny FOLDER
//! cargo run --release --example random_model -- 2b FOLDER --seed 7
//! ```
//!
//! `tiny` has 2 million weights; `2b` and `4b` have the published sizes (4.3 and 8.9 GB).

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

#[path = "../tests/support/random_model.rs"]
mod random_model;

#[derive(Parser)]
struct Arguments {
    /// tiny, 2b or 4b
    shape: random_model::Shape,
    /// Where to write it
    folder: PathBuf,
    /// The same seed gives the same weights
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    random_model::write(&arguments.shape, arguments.seed, &arguments.folder)?;
    Ok(())
}

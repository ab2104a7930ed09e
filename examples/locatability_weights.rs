//! Makes `data/locatability/ade20k.toml` of the clue book: run it when a sentence has changed.
//!
//! ```text
//! cargo run --release --example locatability_weights -- EMBEDDER_FOLDER
//! ```
//!
//! The folder is that of the asset `embedder`. A test compares the table's provenance with the clue book.

#![expect(clippy::print_stderr, reason = "what the program does is said while it does it")]

use navig::embedder::Embedder;
use navig::train::locatability::{class_names, clue_book_texts, compute_weights};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("which folder has the embedder?")?;
    let texts = clue_book_texts()?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let weights = compute_weights(&texts, class_names(), &Embedder::load(Path::new(&folder))?)?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/locatability/ade20k.toml");
    weights.write(&path)?;
    eprintln!("{}: weights of {} texts", path.display(), texts.len());
    Ok(())
}

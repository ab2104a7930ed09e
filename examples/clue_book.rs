//! Makes `data/clues/clues.navguide` of `data/clues/*.toml`: run it when a sentence has changed.
//!
//! ```text
//! cargo run --release --example clue_book -- EMBEDDER_FOLDER
//! ```
//!
//! The folder is that of the asset `embedder`. A test compares the book with the files.

#![expect(clippy::print_stderr, reason = "what the program does is said while it does it")]

use navig::embedder::Embedder;
use navig_tools::guidebook::clues;
use std::path::Path;

fn main() -> anyhow::Result<()> {
    let folder = std::env::args().nth(1).ok_or_else(|| anyhow::anyhow!("which folder has the embedder?"))?;
    let embedder = Embedder::load(Path::new(&folder))?;
    let mut draft = clues::draft()?;
    let mut last = 0;
    draft.embed(&embedder, &mut |done, total| {
        if done >= last + 500 || done == total {
            eprintln!("{done} of {total} sentences");
            last = done;
        }
        true
    })?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/clues/clues.navguide");
    draft.write(&path)?;
    eprintln!("{}: {} sentences", path.display(), draft.entries().len());
    Ok(())
}

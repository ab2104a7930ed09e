//! Embeds the lines of a file, for the bench of `evals/bench/embedder`.
//!
//! ```text
//! cargo run --release --example embed_lines -- EMBEDDER_FOLDER LINES.txt VECTORS.f32
//! ```
//!
//! Writes the vectors as little-endian floats, and prints as JSON how long loading and embedding took.

use navig::embedder::Embedder;
use navig_tools::guidebook::book::Embed;
use std::path::Path;
use std::time::Instant;

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [folder, lines, vectors] = words.as_slice() else {
        anyhow::bail!("embed_lines EMBEDDER_FOLDER LINES.txt VECTORS.f32");
    };
    let begun = Instant::now();
    let embedder = Embedder::load(Path::new(folder))?;
    let load_s = begun.elapsed().as_secs_f64();
    let text = std::fs::read_to_string(lines)?;
    let lines: Vec<&str> = text.lines().collect();
    let begun = Instant::now();
    let made = embedder.embed(&lines)?;
    let embed_s = begun.elapsed().as_secs_f64();
    let bytes: Vec<u8> = made.iter().flatten().flat_map(|v| v.to_le_bytes()).collect();
    std::fs::write(vectors, bytes)?;
    let report = serde_json::json!({ "texts": lines.len(), "load_s": load_s, "embed_s": embed_s });
    #[expect(clippy::print_stdout, reason = "what the program is for")]
    {
        println!("{report}");
    }
    Ok(())
}

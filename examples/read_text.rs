//! Reads the text in photos and prints one line of JSON each, with the time it took.
//!
//! ```text
//! cargo run --release --example read_text -- --models FOLDER [--plain] [--tesseract] PHOTO...
//! ```
//!
//! `--plain` looks at each photo once as a whole, as RapidOCR does; `--tesseract` re-reads lines with it. Photos may also come on standard input, one path
//! a line; each is answered before the next is read, so that a driver can measure two programs in turn.

use navig::reader::{Reader, ReaderModels, Tesseract, Tiling};
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

fn main() -> anyhow::Result<()> {
    let mut models = None;
    let mut tiling = Tiling::Native;
    let mut tesseract = None;
    let mut photos = Vec::new();
    let mut args = std::env::args_os().skip(1);
    while let Some(arg) = args.next() {
        match arg.to_str() {
            Some("--models") => models = args.next().map(PathBuf::from),
            Some("--plain") => tiling = Tiling::Off,
            Some("--tesseract") => tesseract = Tesseract::installed(),
            _ => photos.push(PathBuf::from(arg)),
        }
    }
    let models = models.ok_or_else(|| anyhow::anyhow!("--models FOLDER is needed"))?;
    let mut reader = Reader::load(&ReaderModels::in_folder(&models))?.with_tiling(tiling);
    if let Some(tesseract) = tesseract {
        reader = reader.with_tesseract(tesseract);
    }
    if photos.is_empty() {
        for path in std::io::stdin().lock().lines() {
            print(&reader, Path::new(&path?))?;
        }
    }
    photos.iter().try_for_each(|photo| print(&reader, photo))
}

fn print(reader: &Reader, path: &Path) -> anyhow::Result<()> {
    let photo = image::open(path)?.into_rgb8();
    let start = Instant::now();
    let reading = reader.reading(&photo)?;
    let seconds = start.elapsed().as_secs_f64();
    let line = serde_json::json!({
        "file": path.file_name().map(|n| n.to_string_lossy()),
        "seconds": seconds,
        "truncated": reading.truncated,
        "rereads": reading.rereads,
        "lines": reading.lines,
    });
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

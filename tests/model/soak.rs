//! Many photos through one model: no reply that does not read, no panic, and no growing memory.
//!
//! `NAVIG_SOAK=500 cargo test --release --test model soak -- --nocapture` is the long form; without the variable a few
//! photos keep the test itself from rotting.

#![expect(clippy::print_stderr, reason = "a long run tells how it goes, and a skipped one that it was skipped")]

use crate::pipeline::tiny;
use navig::ledger::{Record, verify_file};
use navig::locate::{Input, Locator, Plan};
use navig::model::{Local, LocalOptions, ModelFolder, Quant};
use navig::prompt::Prompts;
use navig::vision::{Vision, VisionOptions};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const SHORT: usize = 6;
/// Growth that a warm run may show, MB: buffers of the largest photo so far.
const GROWTH_MB: u64 = 60;

fn photos() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/photos");
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut photos: Vec<PathBuf> =
        entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "jpg")).collect();
    photos.sort();
    photos
}

/// A photo sized down, differently in every round, so that no picture is seen twice.
fn sized_down(path: &Path, round: usize) -> Option<Vec<u8>> {
    let side = 160 + 16 * (round as u32 % 12);
    let small = image::open(path).ok()?.resize(side, side, image::imageops::FilterType::Triangle).to_rgb8();
    let mut bytes = Cursor::new(Vec::new());
    small.write_to(&mut bytes, image::ImageFormat::Png).ok()?;
    Some(bytes.into_inner())
}

/// MB that this process holds now.
fn held_mb() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap_or(0) / 1000
}

#[test]
fn many_photos_read_and_memory_stays() {
    let photos = photos();
    if photos.is_empty() {
        eprintln!("skipped: there are no photos beside the checkout");
        return;
    }
    let wanted = std::env::var("NAVIG_SOAK").ok().and_then(|n| n.parse().ok()).unwrap_or(SHORT);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads");
    let folder = ModelFolder::open(tiny()).expect("opens");
    let options = LocalOptions { quant: Quant::None, ..LocalOptions::default() };
    let model = runtime.block_on(Local::load(&folder, &options)).expect("loads");
    let options = VisionOptions { clues: 1, rounds: 2, ..VisionOptions::default() };
    let vision = Vision::new(Arc::new(model), Prompts::embedded(), options, None, Arc::new(runtime));
    let ledgers = tempfile::tempdir().expect("a temporary folder");
    let plan = Plan { ledger_dir: Some(ledgers.path().to_owned()), ignore_metadata: true, ..Plan::default() };
    let locator =
        Locator::new(plan, navig::guesser::Weights::embedded(), None, Arc::default(), Arc::default(), Some(vision))
            .expect("sets up");
    let (mut replies, mut repairs, mut warm_mb) = (0, 0, 0);
    for run in 0..wanted {
        let path = &photos[run % photos.len()];
        let Some(bytes) = sized_down(path, run / photos.len()) else { continue };
        let input = Input::Bytes { name: format!("{run}.png"), bytes: bytes.into() };
        let result = locator.locate(&input).expect("locates").result;
        let ledger = result.ledger.expect("is kept");
        for record in verify_file(Path::new(&ledger)).expect("the chain holds") {
            match record {
                Record::Reply { .. } => replies += 1,
                Record::Repair { .. } => repairs += 1,
                Record::AskFailure { message, .. } => unreachable!("{}: {message}", path.display()),
                _ => {}
            }
        }
        if run == wanted.min(photos.len()) / 2 {
            warm_mb = held_mb();
        }
        if run % 50 == 0 {
            eprintln!("{run}: {} MB, {replies} replies, {repairs} repairs", held_mb());
        }
    }
    let end_mb = held_mb();
    eprintln!(
        "{wanted} photos: {replies} replies, all read; {repairs} repairs; {warm_mb} MB when warm, {end_mb} MB at the end"
    );
    assert!(replies >= 3 * wanted);
    assert!(end_mb <= warm_mb + GROWTH_MB, "memory grew from {warm_mb} to {end_mb} MB");
}

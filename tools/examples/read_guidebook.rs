//! Shows what is read of a guidebook: its passages with headings and regions, and what was dropped.
//!
//! `cargo run --release -p navig-tools --example read_guidebook -- SOURCE [PAGE]` prints the passages of pages whose name
//! holds PAGE, and the counts of all.

use navig_tools::guidebook::{Limits, Passage, read_source};
use std::error::Error;
use std::io::{Write, stdout};
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [source, page @ ..] = &arguments[..] else {
        return Err("usage: read_guidebook SOURCE [PAGE]".into());
    };
    let start = Instant::now();
    let read = read_source(Path::new(source), &Limits::default(), &mut |_| {})?;
    let took = start.elapsed();
    let mut out = stdout().lock();
    if let [page] = page {
        read.passages.iter().filter(|p| p.page.contains(page)).try_for_each(|p| show(&mut out, p))?;
    }
    writeln!(out, "{} passages of {} pages in {took:?}", read.passages.len(), read.pages)?;
    for (reason, tally) in read.dropped.iter() {
        writeln!(out, "{:6} {reason}", tally.count)?;
        tally.examples.iter().try_for_each(|example| writeln!(out, "         {example}"))?;
    }
    Ok(())
}

fn show(out: &mut impl Write, passage: &Passage) -> std::io::Result<()> {
    let regions: Vec<String> = passage.regions.iter().map(|r| format!("{} {:.2}", r.region.code, r.share)).collect();
    writeln!(out, "{} [{}]", passage.headings.join(" > "), regions.join(", "))?;
    if let Some(image) = &passage.image {
        writeln!(out, "    ({image})")?;
    }
    writeln!(out, "    {}", passage.text)
}

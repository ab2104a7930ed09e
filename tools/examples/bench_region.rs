//! navig's half of `evals/bench/region/run.py`: chains of the points of a file, in one batch.
//!
//! ```text
//! cargo run --release -p navig-tools --example bench_region -- POINTS RUNS
//! ```
//!
//! `POINTS` holds latitudes and longitudes as pairs of little-endian 64-bit floats. Prints one JSON object: seconds to
//! the first answer of the batch interface, with all that it reads and prepares, seconds of each
//! run, and how many points lie in a country.

use navig_tools::geo::{Gazetteer, LatLon};
use std::error::Error;
use std::io::Write;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [points, runs] = arguments.as_slice() else {
        return Err("usage: bench_region POINTS RUNS".into());
    };
    let bytes = std::fs::read(points)?;
    let number = |bytes: &[u8]| bytes.try_into().map(f64::from_le_bytes);
    let mut points = Vec::with_capacity(bytes.len() / 16);
    for pair in bytes.chunks_exact(16) {
        points.push(LatLon::new(number(&pair[..8])?, number(&pair[8..])?)?);
    }
    let started = Instant::now();
    let first = Gazetteer::embedded().chains(points.get(..1).unwrap_or_default());
    let first_seconds = started.elapsed().as_secs_f64();
    let mut seconds = Vec::new();
    let mut on_land = 0;
    for _ in 0..runs.parse()? {
        let started = Instant::now();
        let chains = Gazetteer::embedded().chains(&points);
        seconds.push(started.elapsed().as_secs_f64());
        on_land = chains.iter().filter(|chain| chain.country.is_some()).count();
    }
    let report = serde_json::json!({
        "points": points.len(),
        "in_a_country": on_land,
        "first_point_in_a_country": first.iter().any(|chain| chain.country.is_some()),
        "open_and_first_answer_seconds": first_seconds,
        "batch_seconds": seconds,
    });
    writeln!(std::io::stdout(), "{report}")?;
    Ok(())
}

//! Scores points against the truth, as `evals/bench/score/run.py` has it done.
//!
//! ```text
//! cargo run --release --example score_points -- POINTS.csv [DRAWS]
//! ```
//!
//! Columns: `lat, lon, true_lat, true_lon, cluster`; an empty `lat` is a missing answer. Prints the metrics, and the seconds of reading and
//! of scoring, as JSON.

#![expect(clippy::print_stdout, reason = "the answer is what the program is for")]

use anyhow::{Context, Result};
use navig::eval::score::{Draws, Outcome, distances};
use navig_tools::geo::LatLon;
use serde::Deserialize;
use std::time::Instant;

#[derive(Deserialize)]
struct Row {
    lat: Option<f64>,
    lon: Option<f64>,
    true_lat: f64,
    true_lon: f64,
    cluster: u32,
}

impl Row {
    fn outcome(&self) -> Result<Outcome> {
        let truth = LatLon::new(self.true_lat, self.true_lon)?;
        let answer = self.lat.zip(self.lon).map(|(lat, lon)| LatLon::new(lat, lon)).transpose()?;
        Ok(Outcome { distance_km: answer.map(|answer| answer.distance_km(truth)), cluster: self.cluster })
    }
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().context("name a file of points")?;
    let count = arguments.next().map_or(Ok(Draws::default().count), |n| n.parse())?;
    let begun = Instant::now();
    let rows = csv::Reader::from_path(&file)?.into_deserialize::<Row>();
    let outcomes = rows.map(|row| row?.outcome()).collect::<Result<Vec<_>>>().with_context(|| file.clone())?;
    let read_s = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let distances = distances(&outcomes, Draws { count, seed: 0 });
    let score_s = begun.elapsed().as_secs_f64();
    println!("{}", serde_json::json!({ "read_s": read_s, "score_s": score_s, "distances": distances }));
    Ok(())
}

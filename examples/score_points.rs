//! Scores points against the truth, as `evals/bench/score/run.py` has it done.
//!
//! ```text
//! cargo run --release --example score_points -- POINTS.csv [DRAWS]
//! ```
//!
//! Columns: `lat, lon, true_lat, true_lon, cluster, p`; an empty `lat` is a missing answer, and `p` is how sure the answer is to be within
//! 750 km, which a missing one is not. Prints the metrics, and the seconds of reading and of scoring the distances, as JSON.

#![expect(clippy::print_stdout, reason = "the answer is what the program is for")]

use anyhow::{Context, Result};
use navig::eval::score::calibration::{Calibration, Said};
use navig::eval::score::{Draws, Outcome, distances, selective};
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
    p: f64,
}

impl Row {
    fn outcome(&self) -> Result<(Outcome, f64)> {
        let truth = LatLon::new(self.true_lat, self.true_lon)?;
        let answer = self.lat.zip(self.lon).map(|(lat, lon)| LatLon::new(lat, lon)).transpose()?;
        let distance_km = answer.map(|answer| answer.distance_km(truth));
        Ok((Outcome { distance_km, cluster: self.cluster }, self.p))
    }
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().context("name a file of points")?;
    let count = arguments.next().map_or(Ok(Draws::default().count), |n| n.parse())?;
    let begun = Instant::now();
    let rows = csv::Reader::from_path(&file)?.into_deserialize::<Row>();
    let rows = rows.map(|row| row?.outcome()).collect::<Result<Vec<_>>>().with_context(|| file.clone())?;
    let right = |outcome: &Outcome| outcome.distance_km.is_some_and(|km| km <= 750.0);
    let said: Vec<Said> = rows.iter().map(|(outcome, p)| Said { p: *p, right: right(outcome) }).collect();
    let outcomes: Vec<Outcome> = rows.into_iter().map(|(outcome, _)| outcome).collect();
    let read_s = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let distances = distances(&outcomes, Draws { count, seed: 0 });
    let score_s = begun.elapsed().as_secs_f64();
    let curve = selective::risk_coverage(&said);
    let sure = serde_json::json!({
        "calibration": Calibration::of(&said, 10),
        "risk_area": selective::area(&curve),
        "coverage_at_20": selective::coverage_at(&curve, 0.2),
        "curve_points": curve.len(),
    });
    println!("{}", serde_json::json!({ "read_s": read_s, "score_s": score_s, "distances": distances, "sure": sure }));
    Ok(())
}

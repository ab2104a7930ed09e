//! Scores of a benchmark, for a terminal and as a row of a table in Markdown.

use super::words::grouped;
use super::{visible, words};
use crate::eval::score::{Accuracy, Distances, Estimate, QUANTILES, THRESHOLDS_KM};
use crate::eval::scores::Scores;
use std::fmt::Write;

/// Warnings that are listed.
const WARNINGS: usize = 5;

/// All scores, as lines.
#[must_use]
pub fn scores(scores: &Scores) -> String {
    let mut out = String::new();
    let all = &scores.distances.compatible;
    let answered = scores.distances.answered.as_ref();
    let _ = writeln!(
        out,
        "{} {}: {} samples, answered {}, missing {}",
        visible(&scores.task),
        visible(&scores.version),
        grouped(all.n as u64),
        grouped(answered.map_or(0, |a| a.n) as u64),
        share(&scores.distances.missing),
    );
    let _ = writeln!(out, "\n  {:<24}{:<36}answered", "", "all samples");
    let mut row = |name: &str, of: &dyn Fn(&Accuracy) -> String| {
        let _ = writeln!(out, "  {name:<24}{:<36}{}", of(all), answered.map_or_else(|| "-".to_owned(), of));
    };
    for (i, (name, km)) in THRESHOLDS_KM.iter().enumerate() {
        row(&format!("{name}, {} km", grouped(*km as u64)), &|a| share(&a.within[i]));
    }
    row("score, of 5,000", &|a| interval(&a.score, |v| grouped(v.round() as u64)));
    row("mean distance", &|a| interval(&a.mean_km, words::distance));
    for (i, q) in QUANTILES.iter().enumerate() {
        let name = if *q == 0.5 { "median distance".to_owned() } else { format!("{:.0} % within", q * 100.0) };
        row(&name, &|a| interval(&a.quantiles_km[i], words::distance));
    }
    if scores.continents.len() > 1 {
        let _ = writeln!(out, "\n  {:<24}{:<26}{:<26}samples", "by continent", "within 750 km", "score");
        for (name, of) in &scores.continents {
            let Distances { compatible: a, .. } = of;
            let score = interval(&a.score, |v| grouped(v.round() as u64));
            let _ =
                writeln!(out, "  {:<24}{:<26}{score:<26}{}", visible(name), share(&a.within[3]), grouped(a.n as u64));
        }
    }
    let drawn = match (scores.clusters, all.n) {
        (clusters, n) if clusters < n => format!("{} clusters", grouped(clusters as u64)),
        _ => "the samples".to_owned(),
    };
    let _ = writeln!(
        out,
        "\nIn brackets: 95 % intervals, from {} bootstrap draws of {drawn}. A missing answer counts as 10,000 km.",
        grouped(scores.draws.count as u64)
    );
    for warning in scores.warnings.iter().take(WARNINGS) {
        let _ = writeln!(out, "! {}", visible(warning));
    }
    out
}

/// One row of a table in Markdown, with its header.
#[must_use]
pub fn scores_row(scores: &Scores) -> String {
    let all = &scores.distances.compatible;
    let names = THRESHOLDS_KM.map(|(_, km)| format!("{} km", grouped(km as u64)));
    let shares = all.within.map(|estimate| share(&estimate));
    let score = interval(&all.score, |v| grouped(v.round() as u64));
    let median = interval(&all.quantiles_km[1], words::distance);
    // A bar in somebody's file name would end its cell.
    let cell = |text: &str| visible(text).replace('|', "\\|");
    format!(
        "| task | answers | n | {} | score | median | missing |\n|---|---|---|{}---|---|---|\n| {} {} | {} | {} | {} | {score} | {median} | {} |\n",
        names.join(" | "),
        "---|".repeat(names.len()),
        cell(&scores.task),
        cell(&scores.version),
        cell(&scores.predictions),
        grouped(all.n as u64),
        shares.join(" | "),
        share(&scores.distances.missing),
    )
}

fn share(estimate: &Estimate) -> String {
    let percent = |share: f64| format!("{:.1}", share * 100.0);
    format!("{} % ({} to {})", percent(estimate.value), percent(estimate.low), percent(estimate.high))
}

fn interval(estimate: &Estimate, of: impl Fn(f64) -> String) -> String {
    format!("{} ({} to {})", of(estimate.value), of(estimate.low), of(estimate.high))
}

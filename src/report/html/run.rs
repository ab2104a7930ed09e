//! The report on a run of a benchmark: distances, a map of the errors, curves, and the samples at both ends with their evidence.

use super::charts::{self, Series};
use super::map::{self, Off};
use super::render;
use crate::eval::compare::{Shown, shown};
use crate::eval::run::{Line, Run};
use crate::eval::score::calibration::Bin;
use crate::eval::score::selective::Point;
use crate::eval::score::{Accuracy, Estimate, MISSING_KM, QUANTILES, THRESHOLDS_KM};
use crate::eval::scores::{Named, Own, Scores};
use crate::report::words::{self, interval, share};
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

/// Dots of the map.
const MOST_DOTS: usize = 3000;
/// Samples that are shown of each end.
const SHOWN: usize = 8;

#[derive(Serialize)]
struct Row {
    name: String,
    all: String,
    answered: String,
}

#[derive(Serialize)]
struct Fact {
    name: String,
    value: String,
}

#[derive(Serialize)]
struct Sample {
    id: String,
    km: String,
    at: String,
    geo_uri: String,
    names: String,
    reasons: Vec<String>,
}

/// The page of a run and its scores. Nothing in it is fetched.
#[must_use]
pub fn run(run: &Run, scores: &Scores) -> String {
    let all = &scores.distances.compatible;
    let mut order: Vec<&Line> = run.lines.iter().collect();
    let km = |line: &Line| line.point().map_or(f64::INFINITY, |point| point.distance_km(line.at));
    order.sort_by(|a, b| km(a).total_cmp(&km(b)).then(a.index.cmp(&b.index)));
    let shown_of = |lines: Vec<&&Line>| -> Vec<Sample> { lines.into_iter().map(|line| sample(line)).collect() };
    let value = context! {
        task => format!("{} {}", scores.task, scores.version),
        answerer => scores.predictions.clone(),
        headline => format!(
            "{} of {} samples within 750 km, score {}",
            share(&all.within[3]), words::grouped(all.n as u64), words::grouped(all.score.value.round() as u64)
        ),
        list => format!("List {}", run.facts.task.list_sha256),
        warnings => scores.warnings.iter().take(5).cloned().collect::<Vec<_>>(),
        rows => Value::from(Serde(rows(scores))),
        intervals => format!(
            "In brackets: 95 % intervals, from {} bootstrap draws of {} clusters. A missing answer counts as 10,000 km.",
            words::grouped(scores.draws.count as u64), words::grouped(scores.clusters as u64)
        ),
        map => Value::from_safe_string(map::errors(&offs(run))),
        legend => LEGEND,
        charts => charts_of(run, scores),
        claims => scores.own.as_ref().map(|own| Value::from(Serde(claims(own)))),
        worst => Value::from(Serde(shown_of(order.iter().rev().take(SHOWN).collect()))),
        best => Value::from(Serde(shown_of(order.iter().take(SHOWN).filter(|line| line.point().is_some()).collect()))),
        facts => Value::from(Serde(facts(run))),
    };
    render("run.html", &value)
}

const LEGEND: &str =
    "Green: within 1, 25 or 200 km. Yellow: within 750 km. Orange: within 2,500 km. Red: farther, or no answer.";

fn rows(scores: &Scores) -> Vec<Row> {
    let (all, answered) = (&scores.distances.compatible, scores.distances.answered.as_ref());
    let row = |name: String, of: &dyn Fn(&Accuracy) -> String| Row {
        name,
        all: of(all),
        answered: answered.map_or_else(|| "-".to_owned(), of),
    };
    let mut rows: Vec<Row> = (0..THRESHOLDS_KM.len())
        .map(|i| {
            let (name, km) = THRESHOLDS_KM[i];
            row(format!("{name}, {} km", words::grouped(km as u64)), &|a| share(&a.within[i]))
        })
        .collect();
    rows.push(row("score, of 5,000".to_owned(), &|a| interval(&a.score, |v| words::grouped(v.round() as u64))));
    rows.push(row("mean distance".to_owned(), &|a| interval(&a.mean_km, words::distance)));
    rows.extend(
        QUANTILES.iter().enumerate().map(|(i, q)| {
            row(format!("{:.0} % within", q * 100.0), &|a| interval(&a.quantiles_km[i], words::distance))
        }),
    );
    rows
}

fn charts_of(run: &Run, scores: &Scores) -> Vec<Value> {
    let km = |line: &Line| line.point().map_or(MISSING_KM, |point| point.distance_km(line.at));
    let kms: Vec<f64> = run.lines.iter().map(km).collect();
    let chart = |title: &str, svg: String, caption: &str| {
        context! { title => title, svg => Value::from_safe_string(svg), caption => caption }
    };
    let mut out = vec![chart(
        "Share within a distance",
        charts::error_cdf(&[Series { name: "all samples", distances_km: &kms }]),
        "A sample without an answer counts as 10,000 km.",
    )];
    if let Some(own) = &scores.own {
        let curve: Vec<(f64, f64)> =
            own.risk_coverage.iter().map(|Point { coverage, risk }| (*coverage, *risk)).collect();
        out.push(chart(
            "Risk against coverage",
            charts::risk_coverage(&[("country", &curve)]),
            "How often the country is wrong when only the surest share of the photos is answered.",
        ));
        let mut levels: Vec<(&str, &[Bin])> = Vec::new();
        for Named { level, calibration, .. } in &own.named {
            levels.extend(calibration.iter().map(|found| (level.name(), found.bins.as_slice())));
        }
        out.push(chart(
            "Are the probabilities honest?",
            charts::reliability(&levels),
            "Of what is said with 70 %, 70 % should hold: on the diagonal. Large points have many samples.",
        ));
    }
    let continents: Vec<(String, f64, f64, f64)> = scores
        .continents
        .iter()
        .map(|(name, of)| {
            let Estimate { value, low, high } = of.compatible.within[3];
            (format!("{name} ({})", of.compatible.n), 100.0 * value, 100.0 * low, 100.0 * high)
        })
        .collect();
    out.push(chart(
        "By continent",
        charts::bars(&continents, "% within 750 km"),
        "With 95 % intervals, and the number of samples.",
    ));
    out
}

fn claims(own: &Own) -> Vec<Fact> {
    let named = |name: &str, value: String| Fact { name: name.to_owned(), value };
    let mut rows = vec![
        named("abstains", share(&own.abstained)),
        named("names a wrong region", share(&own.over_claimed)),
        named("could name one more", share(&own.under_claimed)),
        named("50 % radius holds", format!("{}, median {}", share(&own.p50.holds), words::distance(own.p50.median_km))),
        named("90 % radius holds", format!("{}, median {}", share(&own.p90.holds), words::distance(own.p90.median_km))),
    ];
    rows.extend(own.named.iter().filter(|of| of.named.value > 0.0).map(|of| {
        named(
            &format!("names the {}", of.level.name()),
            format!("{}, of these right {}", share(&of.named), share(&of.right)),
        )
    }));
    rows
}

fn sample(line: &Line) -> Sample {
    let Shown { km, names, reasons } = shown(line);
    Sample {
        id: line.id.clone(),
        km: km.map_or_else(|| "no answer,".to_owned(), words::distance),
        at: line.at.to_string(),
        geo_uri: format!("geo:{},{}", line.at.lat(), line.at.lon()),
        names,
        reasons,
    }
}

/// An even part of very many photos.
fn offs(run: &Run) -> Vec<Off> {
    run.lines.iter().step_by(run.lines.len().div_ceil(MOST_DOTS).max(1)).map(off).collect()
}

fn off(line: &Line) -> Off {
    let Shown { km, names, .. } = shown(line);
    let km = km.map_or_else(|| "no answer".to_owned(), |km| format!("{} off", words::distance(km)));
    Off { at: line.at, answer: line.point(), title: format!("{}: {km}; {names}", line.id) }
}

/// The facts of the run, flat.
fn facts(run: &Run) -> Vec<Fact> {
    run.facts.rows().into_iter().map(|(name, value)| Fact { name, value }).collect()
}

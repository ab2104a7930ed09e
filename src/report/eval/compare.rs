//! What tools and kinds of evidence are worth, and how runs differ, for a terminal.

use crate::eval::ablate::{Ablation, Part, Worth};
use crate::eval::compare::{Comparison, Difference, Flip, Shown};
use crate::eval::score::{Estimate, THRESHOLDS_KM};
use crate::report::words::grouped;
use crate::report::{visible, words};
use std::fmt::Write;

/// What each part of the evidence of a run is worth, as lines.
#[must_use]
pub fn ablation(ablation: &Ablation) -> String {
    let mut out = String::new();
    let Ablation { task, answerer, n, with_evidence, .. } = ablation;
    let _ = writeln!(
        out,
        "{}, {}: {} samples, {} with evidence",
        visible(task),
        visible(answerer),
        grouped(*n as u64),
        grouped(*with_evidence as u64)
    );
    let _ = writeln!(out, "\n  {:<24}{:<9}{:<10}{:<10}{:<15}nats", "", "score", "25 km", "750 km", "country right");
    let mut row = |name: &str, of: &Worth| {
        let [_, city, _, country, _] = of.within.map(percent);
        let right = percent(of.country);
        let score = grouped(of.score.round() as u64);
        let _ = writeln!(out, "  {name:<24}{score:<9}{city:<10}{country:<10}{right:<15}{:.3}", of.nats);
    };
    row("all evidence", &ablation.all);
    row("none: the prior", &ablation.nothing);
    for (name, parts) in [("tool", &ablation.tools), ("kind of evidence", &ablation.kinds)] {
        if parts.is_empty() {
            continue;
        }
        let _ = writeln!(
            out,
            "\n  {name:<24}{:<9}{:<28}{:<26}{:<26}alone: score, nats",
            "found on", "true country", "adds to the score", "saves nats"
        );
        for part in parts {
            let Part { found, raised, lowered, alone, .. } = part;
            let judged = format!("raised {raised}, lowered {lowered}");
            let adds = signed(&part.adds_score, 0);
            let saves = signed(&part.saves_nats, 3);
            let alone = format!("{}, {:.3}", grouped(alone.score.round() as u64), alone.nats);
            let name = visible(&part.name);
            let _ = writeln!(out, "  {name:<24}{found:<9}{judged:<28}{adds:<26}{saves:<26}{alone}");
        }
    }
    out += "\nEach row: the stored evidence weighed without that part, and with it alone. Nats: surprise at the true country.\n";
    out
}

/// How runs differ, as lines.
#[must_use]
pub fn comparison(comparison: &Comparison) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}: {} samples that all runs have", visible(&comparison.task), grouped(comparison.n as u64));
    if comparison.left_out > 0 {
        let _ = writeln!(out, "! left out, because a run lacks them: {}", grouped(comparison.left_out as u64));
    }
    let heads = THRESHOLDS_KM.map(|(_, km)| format!("{:<10}", format!("{} km", grouped(km as u64)))).concat();
    let _ = writeln!(out, "\n  {heads}{:<28}who answers", "score");
    for side in &comparison.sides {
        let shares = side.within.map(|share| format!("{:<10}", percent(share.value))).concat();
        let score = format!("{} ({} to {})", whole(side.score.value), whole(side.score.low), whole(side.score.high));
        let _ = writeln!(out, "  {shares}{score:<28}{}", visible(&side.name));
    }
    for Difference { name, within, score, won, lost, flips } in &comparison.differences {
        let _ = writeln!(out, "\n{} against the first:", visible(name));
        for (i, (level, km)) in THRESHOLDS_KM.iter().enumerate() {
            let points =
                Estimate { value: 100.0 * within[i].value, low: 100.0 * within[i].low, high: 100.0 * within[i].high };
            let name = format!("{level}, {} km", grouped(*km as u64));
            let _ = writeln!(out, "  {name:<24}{} points{}", signed(&points, 1), sure(&points));
        }
        let _ = writeln!(out, "  {:<24}{}{}", "score", signed(score, 0), sure(score));
        let _ = writeln!(out, "  {:<24}{won} won, {lost} lost", "within 750 km");
        flips.iter().for_each(|one| flip(&mut out, one));
    }
    out += "\nIn brackets: 95 % intervals of the paired bootstrap; * where they leave out zero.\n";
    out
}

fn flip(out: &mut String, flip: &Flip) {
    let _ = writeln!(out, "\n  {} at {}", visible(&flip.id), flip.at);
    for (side, Shown { km, names, reasons }) in [("first", &flip.before), ("this ", &flip.after)] {
        let km = km.map_or_else(|| "-".to_owned(), words::distance);
        let _ = writeln!(out, "    {side}  {km:<10}{}", visible(names));
        for reason in reasons {
            let _ = writeln!(out, "             {}", visible(reason));
        }
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// A score, which may be below zero where it is a difference.
fn whole(value: f64) -> String {
    grouped(value.round().max(0.0) as u64)
}

fn signed(of: &Estimate, digits: usize) -> String {
    format!("{:+.digits$} ({:+.digits$} to {:+.digits$})", of.value, of.low, of.high)
}

/// A mark for what is not by chance.
fn sure(of: &Estimate) -> &'static str {
    if of.low > 0.0 || of.high < 0.0 { " *" } else { "" }
}

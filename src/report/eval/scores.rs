//! Scores of a benchmark, for a terminal and as a row of a table in Markdown.

use crate::eval::score::{Accuracy, Distances, QUANTILES, THRESHOLDS_KM};
use crate::eval::scores::{Named, Own, Scores};
use crate::report::words::{grouped, interval, share};
use crate::report::{visible, words};
use std::fmt::Write;

/// Income classes, the poorest first.
const INCOMES: [&str; 4] = ["low", "lower-middle", "upper-middle", "high"];
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
    regions(&mut out, scores);
    if let Some(own) = &scores.own {
        self::own(&mut out, own);
    }
    groups(&mut out, "by continent", scores.continents.iter().map(|(name, of)| (name.as_str(), of)).collect());
    let by_income = INCOMES.into_iter().filter_map(|class| Some((class, scores.income.get(class)?)));
    groups(&mut out, "by income class", by_income.collect());
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

/// Distances of parts of the samples; one part alone is the whole, and says nothing new.
fn groups(out: &mut String, by: &str, groups: Vec<(&str, &Distances)>) {
    if groups.len() < 2 {
        return;
    }
    let _ = writeln!(out, "\n  {by:<24}{:<26}{:<26}samples", "within 750 km", "score");
    for (name, Distances { compatible: a, .. }) in groups {
        let score = interval(&a.score, |v| grouped(v.round() as u64));
        let _ = writeln!(out, "  {:<24}{:<26}{score:<26}{}", visible(name), share(&a.within[3]), grouped(a.n as u64));
    }
}

/// Names of regions, by code, where points lie and where answers name them.
fn regions(out: &mut String, scores: &Scores) {
    let own = scores.own.as_ref();
    let head = if own.is_some() { "named by the answer       of these right" } else { "" };
    let _ = writeln!(out, "\n  {:<24}{:<26}{head}", "by code", "point in the same");
    for (level, share_of) in &scores.regions {
        let named = own.and_then(|own| own.named.iter().find(|named| named.level == *level));
        let right = |named: &Named| if named.named.value > 0.0 { share(&named.right) } else { "-".to_owned() };
        let named = named.map_or_else(String::new, |named| format!("{:<26}{}", share(&named.named), right(named)));
        let line = format!("  {:<24}{:<26}{named}", level.name(), share(share_of));
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

/// What answers with probabilities and radii have.
fn own(out: &mut String, own: &Own) {
    let _ = writeln!(out, "\n  {:<24}{}", "abstained", share(&own.abstained));
    let _ = writeln!(out, "  {:<24}{}", "names a wrong region", share(&own.over_claimed));
    let _ = writeln!(out, "  {:<24}{}", "could name one more", share(&own.under_claimed));
    for (name, radius) in [("50 % radius holds", &own.p50), ("90 % radius holds", &own.p90)] {
        let _ = writeln!(out, "  {name:<24}{}, median {}", share(&radius.holds), words::distance(radius.median_km));
    }
    let area = own.search_area_km2.map(|km2| grouped(km2.round() as u64));
    let _ = writeln!(out, "  {:<24}{} km² (quartiles {} and {})", "area to search", area[1], area[0], area[2]);
    let coverage = own.coverage_at.map(|share| format!("{:.0} %", share * 100.0));
    let _ = writeln!(
        out,
        "  {:<24}{} of the countries named at a risk of 5, 10, 20 %",
        "risk against coverage",
        coverage.join(", "),
    );
    let _ = writeln!(out, "\n  {:<24}{:<10}{:<24}Brier score", "probabilities", "said", "calibration error");
    for named in &own.named {
        let Some(found) = &named.calibration else { continue };
        let said: usize = found.bins.iter().map(|bin| bin.n).sum();
        let error = format!("{:.3} ({:.3} by chance)", found.error, found.error_by_chance);
        let _ = writeln!(out, "  {:<24}{said:<10}{error:<24}{:.3}", named.level.name(), found.brier);
    }
    let names = THRESHOLDS_KM.map(|(_, km)| format!("{:<9}", format!("{} km", grouped(km as u64)))).concat();
    let _ = writeln!(out, "\n  {:<24}{}", "best of the first", names.trim_end());
    for oracle in &own.oracle {
        let shares = oracle.within.map(|share| format!("{:<9}", format!("{:.1} %", share * 100.0))).concat();
        let _ = writeln!(out, "  {:<24}{}", oracle.first, shares.trim_end());
    }
    let cost = &own.cost;
    let tokens = if cost.prompt_tokens > 0.0 {
        format!(", {:.0} tokens asked and {:.0} replied", cost.prompt_tokens, cost.reply_tokens)
    } else {
        String::new()
    };
    let _ = writeln!(
        out,
        "\n  {:<24}{:.2} s, nine of ten below {:.2} s{tokens}",
        "a photo", cost.mean_seconds, cost.p90_seconds
    );
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

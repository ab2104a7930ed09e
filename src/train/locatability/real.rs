//! Our weights against the published ones, where these are present; they may not be copied.

use super::{LocatabilityError, Shares, Weights, class_names, compute_weights, sentences, spearman};
use crate::embedder::Embedder;
use std::io::Write;
use std::path::PathBuf;

/// The published example, as shares of classes.
const EXAMPLE: [(usize, f64); 14] = [
    (1, 0.195_078_64),
    (2, 0.333_478_09),
    (4, 0.046_887_85),
    (6, 0.363_561_36),
    (9, 0.038_628_19),
    (11, 0.012_277_70),
    (12, 0.000_120_79),
    (20, 0.004_052_73),
    (43, 0.000_230_01),
    (53, 0.001_372_33),
    (59, 0.000_033_41),
    (87, 0.000_219_73),
    (93, 0.002_009_66),
    (138, 0.002_049_50),
];

/// A map of a million pixels with the example's shares.
fn example() -> Shares {
    let map = EXAMPLE.iter().flat_map(|&(class, share)| vec![class as u8; (share * 1e6).round() as usize]);
    Shares::of_map(&map.collect::<Vec<u8>>())
}

fn say(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// A file of the test material next to the workspace, or where `NAVIG_TEST_DATA` says.
fn material(name: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data"));
    let path = std::env::var_os("NAVIG_TEST_DATA").map_or_else(beside, PathBuf::from).join(name);
    if !path.is_file() {
        say(&format!("skipped: no {name} (set NAVIG_TEST_DATA)\n"));
        return None;
    }
    Some(path)
}

#[test]
fn the_worked_example_scores_as_published_and_near_that_with_our_weights() {
    let ours = Weights::embedded();
    assert!((ours.score(&example()) - 0.4867).abs() < 0.02, "{}", ours.score(&example()));
    let Some(path) = material("locatability_ade20k.csv") else { return };
    let published = Weights::read(&path).expect("reads");
    assert!((published.score(&example()) - 0.4867).abs() < 5e-5, "{}", published.score(&example()));
    let alike = spearman(ours.by_class(), published.by_class()).expect("weights differ");
    say(&format!("clue book: rank correlation {alike:.3} with the published weights\n"));
    assert!(alike > 0.55, "{alike}");
}

/// Takes an embedder's folder from `NAVIG_TEST_EMBEDDER`.
#[test]
fn weights_of_published_traces_are_told() -> Result<(), LocatabilityError> {
    let Some(folder) = std::env::var_os("NAVIG_TEST_EMBEDDER").map(PathBuf::from) else {
        say("skipped: no embedder (set NAVIG_TEST_EMBEDDER)\n");
        return Ok(());
    };
    let (Some(traces), Some(published)) =
        (material("naviclues/filtered_clues.jsonl"), material("locatability_ade20k.csv"))
    else {
        return Ok(());
    };
    let lines = std::fs::read_to_string(traces).expect("reads");
    let words = |line: &str| serde_json::from_str::<serde_json::Value>(line).ok()?["clues"].as_str().map(str::to_owned);
    let traces: Vec<String> = lines.lines().filter_map(words).collect();
    let texts: Vec<&str> = traces.iter().flat_map(|trace| sentences(trace)).collect();
    let weights = compute_weights(&texts, class_names(), &Embedder::load(&folder).expect("loads"))?;
    let alike = |other: &Weights| spearman(weights.by_class(), other.by_class()).expect("weights differ");
    let (with_published, with_ours) = (alike(&Weights::read(&published)?), alike(&Weights::embedded()));
    say(&format!(
        "{} sentences of {} traces: rank correlation {with_published:.3} with the published weights, {with_ours:.3} with ours; \
         the example scores {:.3}\n",
        texts.len(),
        traces.len(),
        weights.score(&example())
    ));
    Ok(())
}

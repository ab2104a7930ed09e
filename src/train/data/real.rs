//! The traces of experts as they are published, where they are present.

use super::{BalancePlan, Examples, SplitPlan, balance, label_all, split};
use navig_tools::geo::LatLon;
use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder of the traces next to the workspace, or where `NAVIG_TEST_DATA` says; none when they are not there.
fn traces() -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data"));
    let folder = std::env::var_os("NAVIG_TEST_DATA").map_or_else(beside, PathBuf::from).join("naviclues");
    if !folder.is_dir() {
        let _ = std::io::stderr().write_all(b"skipped: no traces of experts (set NAVIG_TEST_DATA)\n");
        return None;
    }
    Some(folder)
}

#[test]
fn published_traces_are_read_whole_and_labelled_split_and_balanced() {
    let Some(folder) = traces() else { return };
    for (name, lines, with_words) in
        [("filtered_clues.jsonl", 568, 568), ("quality_clues.jsonl", 134, 134), ("quality_data.jsonl", 145, 0)]
    {
        let examples = Examples::read(&folder.join(name), Path::new("pictures")).expect(name);
        assert_eq!((examples.list.len(), &examples.faults[..]), (lines, &[][..]), "{name}");
        assert_eq!(examples.list.iter().filter(|e| e.words.is_some()).count(), with_words, "{name}");
        assert!(examples.list.iter().all(|e| e.picture.starts_with("pictures/images")), "{name}");
        let places: Vec<LatLon> = examples.list.iter().map(|e| e.at).collect();
        let countries: HashSet<&str> = label_all(&places).into_iter().map(|a| a.expect("on land").country).collect();
        assert!(countries.len() > 30, "{name}: {}", countries.len());
        let plan = SplitPlan { shares: [0.8, 0.1, 0.1], cell_km: 50.0, gap_km: 25.0, seed: 0 };
        let split = split(&examples.list, &plan).expect("a plan");
        assert!(split.nearest_km.is_some_and(|km| km > 25.0) && split.dropped.len() < lines / 5, "{name}: {split:?}");
        let plan = BalancePlan { count: 50, alpha: 0.5, cap_per_admin1: Some(5), seed: 0 };
        assert_eq!(balance(&examples.list, &plan).expect("a plan").chosen.len(), 50, "{name}");
    }
}

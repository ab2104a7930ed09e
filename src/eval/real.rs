//! The published lists of benchmarks, where they are present.

use super::samples::{Columns, Sample, samples};
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder of the lists next to the workspace, or where `NAVIG_TEST_DATA` says; none when they are not there.
fn lists() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("NAVIG_TEST_DATA").map_or_else(beside, PathBuf::from).join("benchmarks");
    if !folder.is_dir() {
        let _ = std::io::stderr().write_all(b"skipped: no lists of benchmarks (set NAVIG_TEST_DATA)\n");
        return None;
    }
    Some(folder)
}

#[test]
fn published_lists_are_read_whole() {
    let Some(folder) = lists() else { return };
    for (name, lines) in [
        ("gws15k.csv", 14_955),
        ("im2gps237_places365.csv", 237),
        ("im2gps3k_gtloc.csv", 2_997),
        ("im2gps3k_places365.csv", 2_997),
        ("yfcc25600_places365.csv", 25_600),
        ("yfcc4k.csv", 4_536),
    ] {
        let found = samples(&folder.join(name), &Columns::default()).map_err(|error| error.to_string());
        assert_eq!(found.map(|samples| samples.len()), Ok(lines), "{name}");
    }
}

#[test]
fn two_lists_of_one_benchmark_agree() {
    let Some(folder) = lists() else { return };
    let read = |name: &str| samples(&folder.join(name), &Columns::default()).expect("reads");
    let one: HashMap<String, Sample> =
        read("im2gps3k_gtloc.csv").into_iter().map(|sample| (sample.id.clone(), sample)).collect();
    for other in read("im2gps3k_places365.csv") {
        let sample = one.get(&other.id).expect("the same photos");
        assert!(sample.at.distance_km(other.at) < 0.001, "{}", other.id);
    }
}

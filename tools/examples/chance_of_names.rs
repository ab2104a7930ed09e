//! How often a name from elsewhere is found on maps by accident: the figures behind the backgrounds of `osm.find`.
//!
//! `cargo run --release -p navig-tools --example chance_of_names -- PER_MAP INDEX.navosm...`
//!
//! Draws names of shops, sights and streets from each index and asks `osm.find` twice: over all indexes that do not touch
//! it ("elsewhere": whatever is found is an accident), and, through a reader's noise, over all indexes ("here"). Prints
//! one line of tab-separated values a question.

use navig_tools::geo::LatLon;
use navig_tools::osm::Maps;
use navig_tools::osm::file::Map;
use navig_tools::osm::names::noise::{Draws, misread};
use navig_tools::osm::object::BoxE7;
use navig_tools::osm::tools::{FindLines, FindNames, FoundName};
use navig_tools::signs::SignLine;
use navig_tools::tool::{Answer, Tool};
use std::error::Error;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Keys of things whose names stand on signs.
const KEYS: [&str; 4] = ["shop", "amenity", "tourism", "highway"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let per_map: usize = arguments.next().ok_or("PER_MAP INDEX...")?.parse()?;
    let paths: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let all = FindNames(Arc::new(Maps::open(&paths)?));
    let mut out = stdout().lock();
    writeln!(out, "set\tmap\tletters\twords\tread\tfound\tlikeness\tplaces\tchain\tbackground\tkm")?;
    for path in &paths {
        let map = Map::open(path)?;
        let far: Vec<&PathBuf> = paths.iter().filter(|other| !touch(&map, other)).collect();
        let far = FindNames(Arc::new(Maps::open(far)?));
        for (index, (name, at)) in drawn(&map, per_map).into_iter().enumerate() {
            let mut draws = Draws::new(index as u64);
            for (set, tool, text) in [("elsewhere", &far, name.clone()), ("here", &all, misread(&name, &mut draws))] {
                let line =
                    SignLine { id: "t1".to_owned(), text: text.clone(), confidence: 1.0, crop: None, kind: None };
                let answer = runtime.block_on(tool.call(FindLines { lines: vec![line] }))?;
                let map = path.file_stem().unwrap_or_default().to_string_lossy();
                writeln!(out, "{set}\t{map}\t{}\t{text}\t{}", text.chars().count(), row(&answer, at)?)?;
            }
        }
    }
    Ok(())
}

/// What was found: the finding with the lowest background.
fn row(answer: &Answer, at: LatLon) -> Result<String, Box<dyn Error>> {
    let found: Vec<FoundName> = serde_json::from_value(answer.data.clone())?;
    let background = |i: usize| match answer.findings.get(i).map(|f| &f.likelihood) {
        Some(navig_tools::evidence::Likelihood::Points { background, .. }) => *background,
        _ => 1.0,
    };
    let best = (0..found.len()).min_by(|&a, &b| background(a).total_cmp(&background(b)));
    let Some((i, place)) = best.and_then(|i| Some((i, found[i].places.first()?))) else {
        return Ok("-\t-\t0\t0\tfalse\t1\t-".to_owned());
    };
    let km = found[i].places.iter().filter_map(|p| Some(LatLon::new(p.lat, p.lon).ok()?.distance_km(at)));
    let km = km.fold(f64::INFINITY, f64::min);
    Ok(format!(
        "{}\t{}\t{:.3}\t{}\t{}\t{:.4}\t{km:.2}",
        found[i].read,
        place.name,
        place.likeness,
        found[i].count,
        place.chain,
        background(i)
    ))
}

/// Whether another index has anything near the box of a map: two of one town share names for good reason.
fn touch(map: &Map, other: &Path) -> bool {
    let Ok(other) = Map::open(other) else { return true };
    let near = |a: BoxE7, b: BoxE7| {
        const MARGIN: i32 = 10_000_000;
        a.south - MARGIN <= b.north
            && b.south - MARGIN <= a.north
            && a.west - MARGIN <= b.east
            && b.west - MARGIN <= a.east
    };
    match (map.meta().bounds(), other.meta().bounds()) {
        (Some(a), Some(b)) => near(a, b),
        _ => true,
    }
}

/// Names drawn evenly from a map, each once, with where they are.
fn drawn(map: &Map, count: usize) -> Vec<(String, LatLon)> {
    let mut names: Vec<(String, LatLon)> = Vec::new();
    for key in KEYS {
        let rows: Vec<_> = map.with_tag(key, None).filter(|row| map.tag(*row, "name").is_some()).collect();
        let step = (rows.len() * KEYS.len() / count.max(1)).max(1);
        for row in rows.into_iter().step_by(step) {
            let (Some(name), Ok(at)) = (map.tag(row, "name"), map.at(row).lat_lon()) else { continue };
            if !names.iter().any(|(known, _)| known == name) {
                names.push((name.to_owned(), at));
            }
        }
    }
    names
}

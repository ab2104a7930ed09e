//! Builds an index of an extract and measures it: sizes of sections, times of opening and of questions.
//!
//! `cargo run --release -p navig-tools --example bench_map -- EXTRACT.osm.pbf INDEX.navosm [build|ask] [MEMORY_MIB]`

use navig_tools::osm::file::{BuildOptions, Map, MapError, Row, build};
use navig_tools::osm::object::{BoxE7, PointE7};
use std::error::Error;
use std::io::{Write, stdout};
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [extract, index, what @ ..] = &arguments[..] else {
        return Err("usage: bench_map EXTRACT INDEX [build|ask] [MEMORY_MIB]".into());
    };
    let mut options = BuildOptions::default();
    if let Some(mib) = what.get(1) {
        options.memory_bytes = mib.parse::<usize>()? << 20;
    }
    let what = what.first().map_or("both", String::as_str);
    if what != "ask" {
        build_index(Path::new(extract), Path::new(index), &options)?;
    }
    if what != "build" {
        ask(Path::new(index))?;
    }
    Ok(())
}

fn build_index(extract: &Path, index: &Path, options: &BuildOptions) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let mut read = start.elapsed();
    let built = build(extract, index, options, &mut |_| read = start.elapsed())?;
    let mut out = stdout();
    writeln!(out, "read {:.2} s, write {:.2} s", read.as_secs_f64(), (start.elapsed() - read).as_secs_f64())?;
    writeln!(out, "{} rows, {} tags, {} bytes", built.index.rows, built.index.tags, built.index.bytes)?;
    for (section, bytes) in built.index.sections {
        writeln!(out, "  {bytes:>10} {section}")?;
    }
    Ok(())
}

fn ask(index: &Path) -> Result<(), Box<dyn Error>> {
    let mut out = stdout();
    let start = Instant::now();
    let map = Map::open(index)?;
    let cafes = map.with_tag("amenity", Some("cafe")).count();
    writeln!(out, "open and one question: {:.3} ms ({cafes} cafes)", start.elapsed().as_secs_f64() * 1e3)?;
    let mut time = |what: &str, times: u32, question: &dyn Fn(Row) -> usize| -> Result<(), MapError> {
        let start = Instant::now();
        // Rows all over the map, by a multiplicative hash.
        let row = |i: u32| Row(((u64::from(i.wrapping_mul(2_654_435_769)) * u64::from(map.len())) >> 32) as u32);
        let found: usize = (0..times).map(|i| question(row(i))).sum();
        let each = start.elapsed().as_secs_f64() * 1e6 / f64::from(times);
        writeln!(out, "{each:>10.2} us {what} (mean {} found)", found / times as usize).ok();
        Ok(())
    };
    let around = |at: PointE7, e7: i32| BoxE7 {
        south: at.lat.saturating_sub(e7),
        west: at.lon.saturating_sub(e7),
        north: at.lat.saturating_add(e7),
        east: at.lon.saturating_add(e7),
    };
    time("object(row)", 100_000, &|row| map.object(row).version.min(1) as usize)?;
    time("tags(row)", 100_000, &|row| map.tags(row).count())?;
    time("tag(row, name)", 100_000, &|row| usize::from(map.tag(row, "name").is_some()))?;
    time("in_box 200 m", 10_000, &|row| map.in_box(around(map.at(row), 9_000)).count())?;
    time("in_box 2 km", 1_000, &|row| map.in_box(around(map.at(row), 90_000)).count())?;
    time("near 200 m", 10_000, &|row| map.near(map.at(row), 200.0).count())?;
    time("areas_at", 1_000, &|row| map.areas_at(map.at(row)).len())?;
    time("with_tag highway=residential, all rows", 10, &|_| map.with_tag("highway", Some("residential")).count())?;
    time("with_tag name, all rows", 10, &|_| map.with_tag("name", None).count())?;
    time("with_tag amenity=cafe, all rows", 1_000, &|_| map.with_tag("amenity", Some("cafe")).count())?;
    let start = Instant::now();
    map.verify()?;
    writeln!(out, "verify: {:.1} ms", start.elapsed().as_secs_f64() * 1e3)?;
    Ok(())
}

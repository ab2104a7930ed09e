//! Searches index files for known names and pairs of names, whole and as a reader may give them, and for planted scenes.
//!
//! `cargo run --release -p navig-tools --example search_probes -- FOLDER_OF_PROBES INDEX.navosm...`
//!
//! The folder holds `probes.csv` and `cooccurrence_probes.csv`. A scene is a named shop and a street within 150 m of
//! it, both as a reader may give them, and one name that has nothing to do with the place. A hit counts when it lies
//! within 300 m of the object.

use navig_tools::geo::LatLon;
use navig_tools::osm::file::{Map, Row};
use navig_tools::osm::names::noise::{Draws, misread};
use navig_tools::osm::object::OsmId;
use navig_tools::osm::search::{Clause, Found, Group, NameMatch, Query, Relation, Results, SearchOptions, search};
use std::collections::BTreeMap;
use std::error::Error;
use std::io::{Write, stdout};
use std::path::Path;
use std::time::{Duration, Instant};

const SCENES: usize = 300;
const FOUND_KM: f64 = 0.3;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, indexes @ ..] = &arguments[..] else { return Err("FOLDER_OF_PROBES INDEX...".into()) };
    let maps = indexes.iter().map(|index| Map::open(Path::new(index))).collect::<Result<Vec<_>, _>>()?;
    let maps: Vec<&Map> = maps.iter().collect();
    let mut draws = Draws::new(1);
    let mut table = Table::default();
    for row in rows(&Path::new(folder).join("probes.csv"))? {
        let [name, _, _, _, osm, lat, lon, script, ..] = &row[..] else { return Err("a row of probes.csv".into()) };
        // A namesake stands in many places, and has none of its own.
        if lat.is_empty() {
            continue;
        }
        let at = Answer { at: LatLon::new(lat.parse()?, lon.parse()?)?, osm: osm.parse().ok() };
        table.ask("name, exact", &maps, &Query::of(Clause::name(NameMatch::Exact, name)), at)?;
        table.ask("name, whole, read", &maps, &Query::of(read(name)), at)?;
        let noisy = read(&misread(name, &mut draws));
        table.ask(&format!("name, misread, {script}"), &maps, &Query::of(noisy.clone()), at)?;
        table.ask("name, misread", &maps, &Query::of(noisy), at)?;
    }
    for row in rows(&Path::new(folder).join("cooccurrence_probes.csv"))? {
        let [_, a, _, b, _, _, _, lat, lon, ..] = &row[..] else {
            return Err("a row of cooccurrence_probes.csv".into());
        };
        let at = Answer { at: LatLon::new(lat.parse()?, lon.parse()?)?, osm: None };
        table.ask("pair, whole", &maps, &together(&[a, b], 150.0, 2), at)?;
        let exact = format!("name={} & within 150m: name={}", quoted(a), quoted(b));
        table.ask("pair, exact", &maps, &Query::parse(&exact)?, at)?;
        let beside = format!("name={} & within 150m: shop=*, highway=residential, amenity=* & at least 2", quoted(a));
        table.ask("name and three tags", &maps, &Query::parse(&beside)?, at)?;
        table.ask(
            "pair, misread",
            &maps,
            &together(&[&misread(a, &mut draws), &misread(b, &mut draws)], 150.0, 2),
            at,
        )?;
    }
    let mut planted = 0;
    for _ in 0..SCENES * 200 {
        if planted == SCENES {
            break;
        }
        let Some((shop, street, at)) = scene(&maps, &mut draws) else { continue };
        let Some(wrong) = any_name(&maps, &mut draws) else { continue };
        planted += 1;
        let at = Answer { at, osm: None };
        let names = [misread(&shop, &mut draws), misread(&street, &mut draws), wrong];
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        table.ask("scene, 2 of 3", &maps, &together(&names, 150.0, 2), at)?;
        table.ask("scene, 2 of 2", &maps, &together(&names[..2], 150.0, 2), at)?;
    }
    table.print()
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "").replace('"', "\\\""))
}

fn read(name: &str) -> Clause {
    Clause::name(NameMatch::Read, name)
}

fn together(names: &[&str], to_m: f64, at_least: usize) -> Query {
    let relations = vec![Relation::Within { from_m: 0.0, to_m, together: false }];
    let clauses = names[1..].iter().map(|name| read(name)).collect();
    let at_least = (at_least < names.len()).then_some(at_least);
    Query { groups: vec![Group { relations, clauses }], at_least, ..Query::of(read(names[0])) }
}

/// A named shop and the name of a street within 150 m of it.
fn scene(maps: &[&Map], draws: &mut Draws) -> Option<(String, String, LatLon)> {
    let map = maps[draws.below(maps.len())];
    let shops = map.with_tag("shop", None);
    let shop = shops.clone().nth(draws.below(shops.len().max(1)))?;
    let name = map.tag(shop, "name").filter(|name| name.chars().count() >= 4)?;
    let at = map.at(shop);
    let street = |row: Row| map.tag(row, "highway").and_then(|_| map.tag(row, "name"));
    let streets: Vec<&str> =
        map.near(at, 150.0).filter_map(|(row, _)| street(row)).filter(|s| s.chars().count() >= 4).collect();
    let street = streets.get(draws.below(streets.len().max(1)))?;
    Some((name.to_owned(), (*street).to_owned(), at.lat_lon().ok()?))
}

fn any_name(maps: &[&Map], draws: &mut Draws) -> Option<String> {
    let map = maps[draws.below(maps.len())];
    map.tag(Row(draws.below(map.len().max(1) as usize) as u32), "name").map(str::to_owned)
}

/// What became of the questions of one kind.
#[derive(Default)]
struct Tally {
    asked: usize,
    first: usize,
    among_five: usize,
    times: Vec<Duration>,
    missed: Vec<String>,
}

#[derive(Default)]
struct Table(BTreeMap<String, Tally>);

impl Table {
    fn ask(&mut self, kind: &str, maps: &[&Map], query: &Query, answer: Answer) -> Result<(), Box<dyn Error>> {
        let start = Instant::now();
        let results = search(maps, query, SearchOptions::default())?;
        let tally = self.0.entry(kind.to_owned()).or_default();
        tally.times.push(start.elapsed());
        tally.asked += 1;
        match place_of(&results, answer) {
            Some(0) => tally.first += 1,
            Some(1..5) => {}
            other => tally.missed.push(format!(
                "{query} ({}) at {}",
                other.map_or("not found".into(), |n| format!("{n}th")),
                answer.at
            )),
        }
        tally.among_five += usize::from(place_of(&results, answer).is_some_and(|place| place < 5));
        Ok(())
    }

    fn print(mut self) -> Result<(), Box<dyn Error>> {
        let mut out = stdout();
        writeln!(
            out,
            "{:<28} {:>6} {:>7} {:>7} {:>10} {:>10}",
            "questions", "asked", "first", "top 5", "median ms", "95 % ms"
        )?;
        for (kind, tally) in &mut self.0 {
            tally.times.sort_unstable();
            let share = |n: usize| 100.0 * n as f64 / tally.asked as f64;
            let time = |q: f64| tally.times[((tally.times.len() - 1) as f64 * q) as usize].as_secs_f64() * 1e3;
            let (first, five) = (share(tally.first), share(tally.among_five));
            let (median, slow) = (time(0.5), time(0.95));
            writeln!(out, "{kind:<28} {:>6} {first:>6.1}% {five:>6.1}% {median:>10.3} {slow:>10.3}", tally.asked)?;
        }
        for (kind, tally) in &self.0 {
            for missed in tally.missed.iter().take(12) {
                writeln!(out, "missed, {kind}: {missed}")?;
            }
        }
        Ok(())
    }
}

/// What should be found.
#[derive(Clone, Copy)]
struct Answer {
    at: LatLon,
    osm: Option<OsmId>,
}

/// The place among the hits of the first that lies near the answer, or is it; a long street may be it far from its middle.
fn place_of(results: &Results, answer: Answer) -> Option<usize> {
    let near = |there: LatLon| there.distance_km(answer.at) <= FOUND_KM;
    let is_it = |osm: &OsmId| answer.osm == Some(*osm);
    results.hits.iter().position(|hit| {
        let found = |found: &Found| near(found.at) || is_it(&found.osm) || found.more.iter().any(is_it);
        near(hit.at) || hit.objects.iter().any(found)
    })
}

/// The rows of a file of comma-separated values, without its head.
fn rows(path: &Path) -> Result<Vec<Vec<String>>, Box<dyn Error>> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(text.lines().skip(1).map(fields).collect())
}

fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            c => fields.last_mut().expect("one at least").push(c),
        }
    }
    fields
}

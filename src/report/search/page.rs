//! The page of a search: the spots on maps, why each was found, and who else bears the names.

use super::{Origin, sketch, things};
use crate::maps::name_of;
use crate::report::html::render;
use minijinja::Value;
use minijinja::value::Serde;
use navig_tools::osm::features::Class;
use navig_tools::osm::file::{ATTRIBUTION, Map};
use navig_tools::osm::search::{Found, Hit, Reason, Results};
use serde::Serialize;

/// Spots that are drawn.
const DRAWN: usize = 8;
/// Spots that are listed.
const LISTED: usize = 200;
/// Tags of an object that are shown, and the length of a value, characters.
const TAGS: usize = 30;
const VALUE: usize = 200;

#[derive(Serialize)]
struct Page {
    query: String,
    verdict: String,
    found: bool,
    attribution: &'static str,
    spots: Vec<Spot>,
    others: Vec<Line>,
    clauses: Vec<ClauseLine>,
    namesakes: Vec<Bearer>,
    maps: Vec<Origin>,
    examined: u64,
    navig: &'static str,
}

/// A spot with its map.
#[derive(Serialize)]
struct Spot {
    line: Line,
    sketch: Value,
    objects: Vec<Thing>,
    missing: Vec<String>,
    reasons: Vec<Bar>,
}

/// A spot in a list.
#[derive(Serialize)]
struct Line {
    rank: usize,
    title: String,
    position: String,
    geo_uri: String,
    areas: String,
    score: String,
    matched: String,
    within: String,
    merged: usize,
}

#[derive(Serialize)]
struct Thing {
    number: usize,
    clause: String,
    name: String,
    kind: String,
    osm: String,
    url: String,
    map: String,
    likeness: String,
    namesakes: String,
    tags: Vec<(String, String)>,
    tags_left_out: usize,
}

/// A part of a score. A bar reaches from `from` over `length`, of 100; the middle is 0.
#[derive(Serialize)]
struct Bar {
    depth: usize,
    what: String,
    bans: String,
    figures: String,
    from: f64,
    length: f64,
    against: bool,
}

#[derive(Serialize)]
struct ClauseLine {
    number: usize,
    text: String,
    candidates: u64,
    anchor: bool,
}

/// An object of the best spot whose name others bear too.
#[derive(Serialize)]
struct Bearer {
    name: String,
    kind: String,
    says: String,
    objects: u64,
    others: Vec<Other>,
}

#[derive(Serialize)]
struct Other {
    position: String,
    url: String,
    osm: String,
    map: String,
    away: String,
}

/// The page. `maps` are those that were searched; a map of the surroundings is drawn from them.
#[must_use]
pub fn html(results: &Results, maps: &[Map]) -> String {
    let page = Page {
        query: results.text.clone(),
        verdict: things::verdict(results),
        found: !results.hits.is_empty(),
        attribution: ATTRIBUTION,
        spots: (1..).zip(&results.hits).take(DRAWN).map(|(rank, hit)| spot(rank, hit, results, maps)).collect(),
        others: (1..).zip(&results.hits).take(LISTED).skip(DRAWN).map(|(rank, hit)| line(rank, hit)).collect(),
        clauses: (1..).zip(&results.clauses).map(clause).collect(),
        namesakes: results.hits.first().map_or_else(Vec::new, |hit| hit.objects.iter().filter_map(bearer).collect()),
        maps: results.maps.iter().map(|map| origin(&map.name, map.objects, maps)).collect(),
        examined: results.examined,
        navig: env!("CARGO_PKG_VERSION"),
    };
    render("search.html", &Value::from(Serde(page)))
}

fn origin(name: &str, objects: u64, maps: &[Map]) -> Origin {
    Origin::of(name, objects, maps.iter().find(|map| name_of(map.path()) == name).map(Map::meta))
}

fn clause((number, clause): (usize, &navig_tools::osm::search::ClauseReport)) -> ClauseLine {
    ClauseLine { number, text: clause.text.clone(), candidates: clause.candidates, anchor: clause.anchor }
}

fn line(rank: usize, hit: &Hit) -> Line {
    let (lat, lon) = (hit.at.lat(), hit.at.lon());
    Line {
        rank,
        title: things::title(hit),
        position: format!("{lat:.5}, {lon:.5}"),
        geo_uri: format!("geo:{lat:.6},{lon:.6}"),
        areas: things::areas(hit),
        score: things::bans(hit.score),
        matched: format!("{} of {}", hit.matched, hit.of),
        within: if hit.objects.len() > 1 { things::metres(hit.extent_m) } else { String::new() },
        merged: hit.merged,
    }
}

fn spot(rank: usize, hit: &Hit, results: &Results, maps: &[Map]) -> Spot {
    let text_of = |clause: usize| results.clauses.get(clause).map_or_else(String::new, |c| c.text.clone());
    let missing = (0..hit.of).filter(|clause| hit.objects.iter().all(|found| found.clause != *clause)).map(text_of);
    let scale = largest(&hit.reason).max(0.1);
    let mut reasons = Vec::new();
    bars(&hit.reason, 0, scale, &mut reasons);
    Spot {
        line: line(rank, hit),
        sketch: Value::from_safe_string(sketch::sketch(hit, maps)),
        objects: hit.objects.iter().map(|found| thing(found, text_of(found.clause))).collect(),
        missing: missing.collect(),
        reasons,
    }
}

fn thing(found: &Found, clause: String) -> Thing {
    let cut = |text: &String| {
        let short: String = text.chars().take(VALUE).collect();
        if short.len() < text.len() { short + "…" } else { short }
    };
    let name = things::name(found);
    Thing {
        number: found.clause + 1,
        clause,
        kind: things::kind(found).filter(|kind| *kind != name).unwrap_or_default(),
        name,
        osm: found.osm.to_string(),
        url: found.osm.url(),
        map: found.map.clone(),
        likeness: if found.likeness < 0.995 { format!("{:.0} %", found.likeness * 100.0) } else { String::new() },
        namesakes: found.namesakes.as_ref().map(things::namesakes).unwrap_or_default(),
        tags: found.tags.iter().take(TAGS).map(|(key, value)| (cut(key), cut(value))).collect(),
        tags_left_out: found.tags.len().saturating_sub(TAGS),
    }
}

/// The largest weight in a tree, without its sign.
fn largest(reason: &Reason) -> f64 {
    let parts = reason.parts.iter().map(largest).fold(0.0, f64::max);
    parts.max(if reason.bans.is_finite() { reason.bans.abs() } else { 0.0 })
}

fn bars(reason: &Reason, depth: usize, scale: f64, out: &mut Vec<Bar>) {
    let length = (reason.bans.abs() / scale * 50.0).clamp(0.0, 50.0);
    let figure = |(name, value): (&String, &f64)| things::figure(name, *value);
    out.push(Bar {
        depth: depth.min(4),
        what: reason.what.clone(),
        bans: things::bans(reason.bans),
        figures: reason.figures.iter().map(figure).collect::<Vec<_>>().join(" · "),
        from: if reason.bans < 0.0 { 50.0 - length } else { 50.0 },
        length,
        against: reason.bans < 0.0,
    });
    for part in &reason.parts {
        bars(part, depth + 1, scale, out);
    }
}

fn bearer(found: &Found) -> Option<Bearer> {
    let namesakes = found.namesakes.as_ref()?;
    let others = namesakes.alternatives.iter().map(|other| Other {
        position: format!("{:.5}, {:.5}", other.at.lat(), other.at.lon()),
        url: other.osm.url(),
        osm: other.osm.to_string(),
        map: other.map.clone(),
        away: things::metres(other.km * 1000.0),
    });
    Some(Bearer {
        name: things::name(found),
        kind: found
            .classes
            .first()
            .map_or_else(String::new, |id| Class::by_name(id).map_or(id.clone(), |c| c.name().to_owned())),
        says: things::namesakes(namesakes),
        objects: namesakes.objects,
        others: others.collect(),
    })
}

//! Admin-1 units and large towns of the embedded gazetteer, as names in prose.

use super::{Finder, Mention, MentionKind, context};
use crate::geo::gazetteer::{NameMatch, Named};
use crate::geo::{Gazetteer, Level, RegionCode};

/// Most words of such a name.
const MAX_WORDS: usize = 4;
/// Inhabitants that make a town known to readers anywhere.
const LARGE: u32 = 200_000;
/// Inhabitants of a town that a page about its country names.
const LARGE_AT_HOME: u32 = 10_000;
/// A town this many times smaller than its greatest namesake is not meant.
const MUCH_SMALLER: u32 = 10;
/// More bearers of one name say nothing.
const MAX_BEARERS: usize = 5;

/// The units that bear a name, and those in which large towns of the name lie.
pub(super) fn find(finder: &Finder<'_>, at: usize, words: usize, key: &str) -> Option<Mention> {
    let window = &finder.tokens[at..at + words];
    if words > MAX_WORDS || key.chars().count() < 4 || !(window[words - 1].capital || finder.small) {
        return None;
    }
    if finder.table.is_before(key) || finder.table.is_no_noun(key) || is_generic(finder, at, words, key) {
        return None;
    }
    let raw = &finder.text[window[0].at.start..window[words - 1].at.end];
    let (regions, unit) = bearers(raw, finder.countries)?;
    let sure = match regions.len() {
        1 => 0.8,
        2 => 0.6,
        _ => 0.45,
    };
    let sure = sure * beside(finder, at, words, key, unit)?;
    Some(finder.mention(at, words, regions, MentionKind::Name, sure, false))
}

/// North Province, Central, Upper East: names of units all over the world.
fn is_generic(finder: &Finder<'_>, at: usize, words: usize, key: &str) -> bool {
    finder.tokens[at..at + words].iter().all(|t| finder.table.is_generic(&t.folded))
        && !finder.table.is_name_all_the_same(key)
}

/// The regions that a name stands for, at home first, and whether one of them bears it as a unit.
fn bearers(name: &str, countries: &[&str]) -> Option<(Vec<RegionCode>, bool)> {
    let gazetteer = Gazetteer::embedded();
    let hits = gazetteer.find(name, NameMatch::Exact, usize::MAX);
    let at_home = |country| countries.contains(&gazetteer.country(country).code);
    let mut found: Vec<(RegionCode, bool, bool)> = Vec::new();
    let mut largest = 0;
    for hit in hits {
        let (region, home, unit) = match hit.target {
            Named::Country(index) => (RegionCode::country(gazetteer.country(index).code), at_home(index), true),
            Named::Admin1(index) => {
                let unit = gazetteer.admin1(index);
                (admin1(unit.code), at_home(unit.country), true)
            }
            Named::Admin2(_) => continue,
            Named::Place(id) => {
                let place = gazetteer.place(id);
                let home = at_home(place.country);
                largest = largest.max(place.population);
                let enough = if home { LARGE_AT_HOME } else { LARGE.max(largest / MUCH_SMALLER) };
                if place.population < enough {
                    continue;
                }
                let country = || RegionCode::country(gazetteer.country(place.country).code);
                (place.admin1.map_or_else(country, |index| admin1(gazetteer.admin1(index).code)), home, false)
            }
        };
        if !found.iter().any(|(known, ..)| *known == region) {
            found.push((region, home, unit));
        }
    }
    if found.iter().any(|(_, home, _)| *home) {
        found.retain(|(_, home, _)| *home);
    }
    // The state of Paraná is meant, not a town of that name elsewhere.
    let unit = found.iter().any(|(_, _, unit)| *unit);
    if unit {
        found.retain(|(_, _, unit)| *unit);
    }
    let regions: Vec<RegionCode> = found.into_iter().map(|(region, ..)| region).collect();
    (!regions.is_empty() && regions.len() <= MAX_BEARERS).then_some((regions, unit))
}

fn admin1(code: &str) -> RegionCode {
    RegionCode { level: Level::Admin1, code: code.to_owned() }
}

/// What stands beside such a name: one at the beginning of a sentence may be any word with its capital.
fn beside(finder: &Finder<'_>, at: usize, words: usize, key: &str, unit: bool) -> Option<f64> {
    if finder.table.is_ambiguous(key) || finder.small && key.chars().count() < 6 {
        return context::ambiguous(finder, at, words, false);
    }
    if finder.tokens.len() == words {
        return Some(1.0);
    }
    let led = at > 0 && finder.table.is_before(&finder.tokens[at - 1].folded);
    let subject = finder.tokens.get(at + words).is_some_and(|t| finder.table.is_behind(&t.folded));
    match (finder.small, words, finder.tokens[at].starts) {
        (true, ..) => led.then_some(0.7),
        (false, 1, true) => (unit || subject).then_some(0.7),
        _ => Some(1.0),
    }
}

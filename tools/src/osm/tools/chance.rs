//! How likely it is that a match on a map has nothing to do with where the camera stood.
//!
//! By Bayes, with `m` the chance that the camera stood on one of the maps ([`ON_THE_MAPS`]), `r` how often a sign that
//! stands on the maps gives such a match, and `q` how often a sign from elsewhere does, by accident:
//!
//! ```text
//! background = (1 - m) q / (m r + (1 - m) q)
//! ```

use super::phrases::{Phrase, letters};
use super::sighting::Bearer;
use crate::evidence::MIN_BACKGROUND;
use crate::geo::Gazetteer;

/// P(the camera stood on one of the installed maps), before anything is matched: maps of a few towns hold a few per cent
/// of the world's photographed places, and people install those where they think that their photos are from.
const ON_THE_MAPS: f64 = 0.05;
/// P(two names of a photo are found together | both stand on the maps).
const PAIR_IS_FOUND: f64 = 0.7;
/// No match says more than this: whole signs are copied, and photographed off screens.
const LEAST_BACKGROUND: f64 = 0.02;

/// `r / q` of one name, by how like it is (rows) and by how many towns have it (columns).
///
/// Measured by `examples/chance_of_names.rs` on names of shops, sights and streets, asked on the maps that do not touch
/// their own, and, misread, on all maps. Smoothed by hand to fall along rows and columns.
const RATIOS: [(f64, [f64; 5]); 5] = [
    (0.95, [32.0, 5.0, 4.0, 2.0, 0.9]),
    (0.85, [25.0, 4.5, 3.5, 1.2, 0.8]),
    (0.75, [2.3, 1.0, 1.0, 0.3, 0.3]),
    (0.65, [0.3, 0.3, 0.2, 0.1, 0.1]),
    (0.0, [0.05, 0.05, 0.05, 0.05, 0.05]),
];
/// The towns from which each column of [`RATIOS`] counts.
const TOWNS: [usize; 5] = [1, 2, 3, 6, 21];
/// Places farther apart than this are in different towns, km.
const TOWN_KM: f64 = 25.0;
/// A chain, or who runs a thing: it is here as it is elsewhere.
const CHAIN: f64 = 0.3;
/// What the letters of a phrase do to the ratio, from so many on. Scraps of words, which readers make of brands and
/// textures, are like some name of a large map; long phrases are not.
const LETTERS: [(f64, f64); 5] = [(15.0, 3.0), (12.0, 2.0), (9.0, 0.6), (7.0, 0.2), (0.0, 0.05)];
/// Below this likeness a long phrase is no better than a short one.
const LONG_AND_ALIKE: f64 = 0.85;
/// What it does to the ratio that the phrase is less than so much of the name: half a name fits many.
const COVERED: [(f64, f64); 3] = [(0.7, 1.0), (0.5, 0.4), (0.0, 0.1)];
/// Names of nothing but everyday words.
const EVERYDAY: f64 = 0.3;

/// The background of a phrase that was found as the name of some places, the most alike first.
pub(super) fn of_one_name(phrase: &Phrase, bearers: &[Bearer]) -> f64 {
    let Some(best) = bearers.first() else { return of_ratio(0.0) };
    let gazetteer = Gazetteer::embedded();
    let towns = towns(bearers) + gazetteer.namesakes(&best.name).max(gazetteer.namesakes(&phrase.text));
    let row = step(&RATIOS, best.likeness);
    let column = TOWNS.iter().rposition(|least| towns >= *least).unwrap_or(0);
    let ratio = if best.chain { row[column].min(CHAIN) } else { row[column] };
    let (read, named) = (letters(&phrase.text), letters(&best.name));
    let length = step(&LETTERS, read);
    let length = if best.likeness < LONG_AND_ALIKE { length.min(1.0) } else { length };
    let everyday = if phrase.ordinary == phrase.words() { EVERYDAY } else { 1.0 };
    of_ratio(ratio * length * step(&COVERED, read / named.max(1.0)) * everyday)
}

/// The entry of the first row that a value reaches; rows fall, and the last begins at 0.
fn step<T: Copy>(rows: &[(f64, T)], value: f64) -> T {
    rows.iter().find(|(least, _)| value >= *least).unwrap_or(&rows[rows.len() - 1]).1
}

/// Towns among places: each place joins the first one near it.
fn towns(bearers: &[Bearer]) -> usize {
    let mut centres: Vec<&Bearer> = Vec::new();
    for bearer in bearers {
        if !centres.iter().any(|c| c.at.distance_km(bearer.at) <= TOWN_KM) {
            centres.push(bearer);
        }
    }
    centres.len()
}

/// The background of names found together, of which one expects `expected` by accident, from 0.
pub(super) fn of_names_together(expected: f64) -> f64 {
    let by_accident = -(-expected.max(0.0)).exp_m1();
    of_ratio(PAIR_IS_FOUND / by_accident.max(1e-12))
}

fn of_ratio(ratio: f64) -> f64 {
    let elsewhere = 1.0 - ON_THE_MAPS;
    (elsewhere / (ON_THE_MAPS * ratio + elsewhere)).clamp(LEAST_BACKGROUND.max(MIN_BACKGROUND), 0.999)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::LatLon;
    use crate::osm::object::{OsmId, OsmKind};

    fn phrase(text: &str, ordinary: usize) -> Phrase {
        Phrase { line: 0, from: 0, to: text.split(' ').count(), text: text.to_owned(), ordinary }
    }

    /// Bearers of a name, a degree apart.
    fn bearers(name: &str, likeness: f64, count: usize, chain: bool) -> Vec<Bearer> {
        let bearer = |i: usize| Bearer {
            osm: OsmId { kind: OsmKind::Node, number: 1 },
            at: LatLon::new(1.0, i as f64).expect("in range"),
            reach_km: 0.1,
            name: name.to_owned(),
            likeness,
            chain,
        };
        (0..count).map(bearer).collect()
    }

    #[test]
    fn more_namesakes_and_less_likeness_say_less() {
        let name = "Metzgerei Huberbauer";
        let of = |likeness, count, chain| of_one_name(&phrase(name, 0), &bearers(name, likeness, count, chain));
        let by_towns = [1, 2, 3, 6, 21, 300].map(|count| of(1.0, count, false));
        let by_likeness = [1.0, 0.9, 0.8, 0.7, 0.6].map(|likeness| of(likeness, 1, false));
        assert!(by_towns.is_sorted() && by_likeness.is_sorted(), "{by_towns:?} {by_likeness:?}");
        assert!(by_towns[0] < 0.2 && by_towns[5] > 0.8 && of(1.0, 1, true) > 0.9);
    }

    #[test]
    fn a_scrap_of_a_word_or_half_a_name_says_nothing() {
        assert!(of_one_name(&phrase("OFFWF", 0), &bearers("Off Drive", 0.79, 1, false)) > 0.985);
        assert!(of_one_name(&phrase("dogunde", 0), &bearers("Doğu Caddesi", 0.95, 1, false)) > 0.8);
        assert!(of_one_name(&phrase("SPECJAL", 0), &bearers("Escuela Especial", 0.86, 1, false)) > 0.95);
    }

    #[test]
    fn a_pair_that_never_meets_by_accident_is_nearly_sure_and_a_common_one_is_not() {
        assert!((of_names_together(1e-9) - LEAST_BACKGROUND).abs() < 1e-9);
        assert!(of_names_together(5.0) > 0.8);
    }
}

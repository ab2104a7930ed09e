//! What a phrase may name on the maps.

use super::phrases::{Phrase, phrases};
use crate::geo::LatLon;
use crate::osm::Maps;
use crate::osm::features::NameKind;
use crate::osm::file::{Map, Row};
use crate::osm::names::NameHit;
use crate::osm::object::{BoxE7, OsmId};
use crate::signs::{Reading, words::letters};
use rayon::prelude::*;
use std::cmp::Reverse;

/// Keys of things that have no place of their own to put a sign on.
pub(super) const WITHOUT_SIGNS: [&str; 3] = ["boundary", "route", "route_master"];
/// Below this likeness a name is not what was read.
pub(super) const LEAST_LIKENESS: f64 = 0.55;
/// Names of one map that one phrase may mean.
const NAMES_PER_MAP: usize = 12;
/// Objects of one name that are looked at in one map.
const MOST_ROWS: usize = 2_000;
/// Objects of one name nearer to each other than this are one place, metres: the ways of a street, the entrances of a hall.
const SAME_PLACE_M: f64 = 500.0;
/// From so many places on, a name that is no street's is a chain's.
const CHAIN_PLACES: usize = 5;

/// A phrase and the names on the maps that are like it.
#[derive(Debug)]
pub(super) struct Sighting<'m> {
    pub(super) phrase: Phrase,
    /// The best first.
    names: Vec<(&'m Map, NameHit)>,
}

/// Somewhere that bears a name: objects of one name that lie together.
#[derive(Debug, Clone)]
pub(super) struct Bearer {
    pub(super) osm: OsmId,
    pub(super) at: LatLon,
    /// Half the diagonal of the box around its objects, km.
    pub(super) reach_km: f64,
    pub(super) name: String,
    pub(super) likeness: f64,
    /// Part of a chain of shops, or only run by the one whose name was read: the name says little about the place.
    pub(super) chain: bool,
}

impl<'m> Sighting<'m> {
    fn new(phrase: Phrase, maps: &'m Maps) -> Option<Self> {
        let of_map = |map: &'m Map| {
            let hits = map.names().find_alike(&phrase.text, LEAST_LIKENESS, NAMES_PER_MAP);
            hits.into_iter().map(move |hit| (map, hit))
        };
        let mut names: Vec<(&Map, NameHit)> = maps.iter().flat_map(of_map).collect();
        names.sort_by(|a, b| b.1.likeness.total_cmp(&a.1.likeness).then(a.1.rows.cmp(&b.1.rows)));
        (!names.is_empty()).then_some(Self { phrase, names })
    }

    /// Likeness of the best name.
    pub(super) fn likeness(&self) -> f64 {
        self.names.first().map_or(0.0, |(_, hit)| hit.likeness)
    }

    /// Objects that bear a name nearly as good as the best.
    fn objects(&self) -> u64 {
        let close = self.names.iter().filter(|(_, hit)| hit.likeness >= 0.9 * self.likeness());
        close.map(|(_, hit)| u64::from(hit.rows)).sum()
    }

    /// How much the phrase promises: letters that agree, fewer bearers, fewer everyday words. Only for choosing.
    fn promise(&self) -> f64 {
        let own_words = 1.0 - 0.5 * self.phrase.ordinary as f64 / self.phrase.words() as f64;
        letters(&self.phrase.text) as f64 * self.likeness() * own_words - (1.0 + self.objects() as f64).log2()
    }

    /// The places that bear the names, the most alike first.
    pub(super) fn bearers(&self) -> Vec<Bearer> {
        let mut all: Vec<Bearer> = Vec::new();
        for (map, hit) in &self.names {
            for bearer in bearers_of(map, hit) {
                let known =
                    |b: &Bearer| b.osm == bearer.osm || b.at.distance_km(bearer.at) * 1000.0 < SAME_PLACE_M / 5.0;
                if !all.iter().any(known) {
                    all.push(bearer);
                }
            }
        }
        all
    }
}

/// For each line what it may name: phrases that do not overlap, the most promising first.
pub(super) fn sightings<'m>(reading: &Reading, maps: &'m Maps) -> Vec<Sighting<'m>> {
    let mut all: Vec<Sighting<'m>> =
        phrases(reading).into_par_iter().filter_map(|phrase| Sighting::new(phrase, maps)).collect();
    all.sort_by(|a, b| b.promise().total_cmp(&a.promise()).then_with(|| a.phrase.text.cmp(&b.phrase.text)));
    let mut kept: Vec<Sighting<'m>> = Vec::new();
    for sighting in all {
        if !kept.iter().any(|k| k.phrase.overlaps(&sighting.phrase)) {
            kept.push(sighting);
        }
    }
    kept
}

fn bearers_of(map: &Map, hit: &NameHit) -> Vec<Bearer> {
    let only_owner = hit.kinds.iter().all(|kind| matches!(kind, NameKind::Brand | NameKind::Operator));
    let mut places: Vec<(Vec<Row>, BoxE7)> = Vec::new();
    for row in map.names().rows(hit.name).take(MOST_ROWS).map(Row).filter(|row| stands_somewhere(map, *row)) {
        let bounds = map.bounds(row);
        match places.iter_mut().find(|(_, b)| gap_m(*b, bounds) < SAME_PLACE_M) {
            Some((rows, b)) => {
                rows.push(row);
                *b = b.union(bounds);
            }
            None => places.push((vec![row], bounds)),
        }
    }
    let chain = only_owner || places.len() >= CHAIN_PLACES && !hit_is_street(map, &places);
    let bearer = |(rows, bounds): &(Vec<Row>, BoxE7)| {
        let middle = rows[rows.len() / 2];
        let at = map.at(middle).lat_lon().ok()?;
        let branded = rows.iter().any(|row| map.tag(*row, "brand").is_some());
        Some(Bearer {
            osm: map.id(middle),
            at,
            reach_km: diagonal_m(*bounds) / 2000.0,
            name: hit.text.clone(),
            likeness: hit.likeness,
            chain: chain || branded,
        })
    };
    places.sort_by_key(|(rows, _)| Reverse(rows.len()));
    places.iter().filter_map(bearer).collect()
}

/// Whether a name stands on the thing itself. Borders and the routes of buses have names, but nobody photographs them.
fn stands_somewhere(map: &Map, row: Row) -> bool {
    !WITHOUT_SIGNS.iter().any(|key| map.tag(row, key).is_some())
}

/// Whether most bearers are streets: many towns have a street of one name, and it is no chain for that.
fn hit_is_street(map: &Map, places: &[(Vec<Row>, BoxE7)]) -> bool {
    let streets = places.iter().filter(|(rows, _)| map.tag(rows[0], "highway").is_some()).count();
    2 * streets > places.len()
}

const METRES_PER_E7: f64 = 0.011_119_5;

fn diagonal_m(b: BoxE7) -> f64 {
    let cosine = (f64::from(b.south) / 1e7).to_radians().cos();
    let (dx, dy) = ((f64::from(b.east) - f64::from(b.west)) * cosine, f64::from(b.north) - f64::from(b.south));
    dx.hypot(dy) * METRES_PER_E7
}

/// Distance between two boxes, metres.
fn gap_m(a: BoxE7, b: BoxE7) -> f64 {
    let cosine = (f64::from(a.south) / 1e7).to_radians().cos();
    let gap = |a0: i32, a1: i32, b0: i32, b1: i32| (f64::from(a0.max(b0)) - f64::from(a1.min(b1))).max(0.0);
    let dx = gap(a.west, a.east, b.west, b.east) * cosine;
    dx.hypot(gap(a.south, a.north, b.south, b.north)) * METRES_PER_E7
}

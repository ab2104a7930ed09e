//! Who else bears a name, and which ways are one street.

use super::results::{Alternative, Namesakes};
use super::sheets::{Candidate, Sheets, lat_lon};
use crate::geo::LatLon;
use crate::geo::fold::fold;
use crate::osm::file::Row;
use crate::osm::names::NameHow;
use crate::osm::object::BoxE7;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::geometry::grown;

/// Objects of one name that are looked at, one by one.
const MAX_BEARERS: usize = 5000;
/// Names that fold to one form are one name; the index gives others beside it.
const MAX_NAMES: usize = 20;
/// Farther apart than this two objects of a name are two places, km.
pub(super) const PLACE_KM: f64 = 2.0;
/// So many places make a name of a shop that of a chain.
const CHAIN_PLACES: usize = 5;
/// Alternatives that are named.
const MAX_ALTERNATIVES: usize = 10;
/// Ways of one name that come so near are one street, metres: squares and crossings interrupt it.
const STREET_GAP_M: f64 = 300.0;
/// Ways of one name that are looked through for those of one street.
const MAX_WAYS: usize = 2000;

/// All objects of a name, over all maps.
pub(super) struct Bearers {
    pub(super) objects: Vec<Candidate>,
    /// One object of each place.
    places: Vec<(Candidate, LatLon)>,
    /// Whether there are more than were looked at.
    more: bool,
}

/// Names that were looked up already.
pub(super) struct NameBook<'s, 'm> {
    sheets: &'s Sheets<'m>,
    known: HashMap<String, Rc<Bearers>>,
}

impl<'s, 'm> NameBook<'s, 'm> {
    pub(super) fn new(sheets: &'s Sheets<'m>) -> Self {
        Self { sheets, known: HashMap::new() }
    }

    /// The objects that bear a name, letter case and accents ignored.
    pub(super) fn bearers(&mut self, name: &str) -> Rc<Bearers> {
        let folded = fold(name);
        if let Some(known) = self.known.get(&folded) {
            return known.clone();
        }
        let mut objects = Vec::new();
        for (sheet, s) in self.sheets.maps.iter().enumerate() {
            let hits = s.names.find(name, NameHow::Exact, MAX_NAMES);
            let same = hits.iter().filter(|hit| fold(&hit.text) == folded);
            let rows = same.flat_map(|hit| s.names.rows(hit.name));
            objects.extend(rows.map(|row| Candidate { sheet: sheet as u32, row: Row(row), likeness: 1.0 }));
        }
        let more = objects.len() > MAX_BEARERS;
        let looked_at = objects.iter().take(MAX_BEARERS).map(|&c| (c, lat_lon(self.sheets.at(c))));
        let bearers = Rc::new(Bearers { places: places(looked_at), more, objects });
        self.known.insert(folded, bearers.clone());
        bearers
    }

    /// Who bears the name of an object besides it.
    pub(super) fn namesakes(&mut self, candidate: Candidate, name: &str, at: LatLon) -> Namesakes {
        let bearers = self.bearers(name);
        let elsewhere = bearers.places.iter().filter(|(_, there)| there.distance_km(at) > PLACE_KM);
        let mut alternatives: Vec<Alternative> = elsewhere
            .map(|&(c, there)| Alternative {
                map: self.sheets.sheet(c).name.clone(),
                osm: self.sheets.id(c),
                at: there,
                km: (there.distance_km(at) * 100.0).round() / 100.0,
            })
            .collect();
        alternatives.sort_by(|a, b| a.km.total_cmp(&b.km).then(a.osm.cmp(&b.osm)));
        alternatives.truncate(MAX_ALTERNATIVES);
        let tag = |key| self.sheets.map(candidate).tag(candidate.row, key);
        let branded = tag("brand").is_some() || tag("brand:wikidata").is_some();
        let shop_like = tag("shop").is_some() || tag("amenity").is_some_and(is_business);
        let places = bearers.places.len().max(1);
        Namesakes {
            places,
            objects: bearers.objects.len().max(1) as u64,
            chain: branded || (shop_like && places >= CHAIN_PLACES),
            or_more: bearers.more,
            alternatives,
        }
    }

    /// The other ways of the street of which a candidate is one.
    pub(super) fn street(&mut self, candidate: Candidate) -> Vec<Candidate> {
        let sheet = self.sheets.sheet(candidate);
        let Some(name) = self.sheets.name(candidate).filter(|_| sheet.is_street(candidate.row)) else {
            return Vec::new();
        };
        let bearers = self.bearers(name);
        let ways = bearers.objects.iter().filter(|c| c.sheet == candidate.sheet && c.row != candidate.row);
        let streets = ways.filter(|c| sheet.is_street(c.row)).take(MAX_WAYS);
        let mut rest: Vec<(Candidate, BoxE7)> = streets.map(|&c| (c, self.sheets.bounds(c))).collect();
        let (mut street, mut edge) = (Vec::new(), vec![self.sheets.bounds(candidate)]);
        while let Some(bounds) = edge.pop() {
            let windows: Vec<BoxE7> = grown(bounds, STREET_GAP_M).collect();
            let near = |b: BoxE7| {
                let meets =
                    |w: &BoxE7| w.south <= b.north && b.south <= w.north && w.west <= b.east && b.west <= w.east;
                windows.iter().any(meets)
            };
            let (mut joined, left): (Vec<_>, Vec<_>) = rest.into_iter().partition(|&(_, b)| near(b));
            rest = left;
            edge.extend(joined.iter().map(|&(_, b)| b));
            street.extend(joined.drain(..).map(|(c, _)| c));
        }
        street.sort_unstable_by_key(|c| c.key());
        street
    }
}

/// One object of each place: the first that lies more than [`PLACE_KM`] from all before it.
fn places(objects: impl Iterator<Item = (Candidate, LatLon)>) -> Vec<(Candidate, LatLon)> {
    let mut places: Vec<(Candidate, LatLon)> = Vec::new();
    // A row of latitudes as high as a place is wide: only places of this row and the next ones can be near.
    let mut by_row: HashMap<i32, BTreeSet<usize>> = HashMap::new();
    let row_of = |at: LatLon| (at.lat() / (PLACE_KM / 111.0)).floor() as i32;
    for (candidate, at) in objects {
        let row = row_of(at);
        let near = (row - 1..=row + 1).filter_map(|r| by_row.get(&r)).flatten();
        if near.into_iter().any(|&place| places[place].1.distance_km(at) <= PLACE_KM) {
            continue;
        }
        by_row.entry(row).or_default().insert(places.len());
        places.push((candidate, at));
    }
    places
}

/// Kinds of `amenity` that chains run.
fn is_business(kind: &str) -> bool {
    matches!(
        kind,
        "restaurant"
            | "fast_food"
            | "cafe"
            | "bar"
            | "pub"
            | "ice_cream"
            | "fuel"
            | "charging_station"
            | "bank"
            | "atm"
            | "bureau_de_change"
            | "pharmacy"
            | "car_rental"
            | "car_wash"
            | "cinema"
            | "casino"
            | "gambling"
            | "post_office"
            | "parcel_locker"
            | "driving_school"
            | "nightclub"
            | "vending_machine"
    )
}

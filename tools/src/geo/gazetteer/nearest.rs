//! Nearest places: a k-d tree over unit vectors for each country, laid out in the order of the records.
//!
//! Chords grow with great-circle distances, so that the search needs no special case at the poles or at 180°.

use super::format::{LEAF_PLACES, Section, u32_at};
use super::{CountryIndex, Gazetteer, PlaceId};
use crate::geo::{EARTH_RADIUS_KM, LatLon};

/// More than the error of a squared chord between vectors of 32-bit numbers. Where a distance decides, it is the
/// haversine that is compared.
const ROUNDING: f64 = 1e-6;
/// Half the circumference, km: nothing is farther.
pub(super) const FARTHEST_KM: f64 = std::f64::consts::PI * EARTH_RADIUS_KM;

impl Gazetteer {
    /// The nearest place of the world and its distance, km; none in an empty gazetteer.
    #[must_use]
    pub fn nearest(&self, at: LatLon) -> Option<(PlaceId, f64)> {
        let mut search = Search::new(self, at, f64::INFINITY, |_| true);
        for (country, nearest) in self.countries_by_distance(at) {
            if nearest <= search.best {
                search.country(country);
            }
        }
        search.result()
    }

    /// The nearest place of a country and its distance, km; none when the country has no place.
    #[must_use]
    pub fn nearest_in(&self, at: LatLon, country: CountryIndex) -> Option<(PlaceId, f64)> {
        let (id, _) = self.nearest_where(at, country, FARTHEST_KM, None, |_| true)?;
        Some((id, at.distance_km(self.position(id))))
    }

    /// The nearest place of a country within a distance among those that a predicate holds for, and its distance to some
    /// metres, km. A guess, such as the answer
    /// for a neighbouring point, changes the time that it takes and not the answer.
    pub(super) fn nearest_where(
        &self,
        at: LatLon,
        country: CountryIndex,
        radius_km: f64,
        guess: Option<PlaceId>,
        accepts: impl Fn(PlaceId) -> bool,
    ) -> Option<(PlaceId, f64)> {
        let mut search = Search::new(self, at, chord_squared(radius_km) + ROUNDING, accepts);
        // Far out at sea most searches end here.
        if radius_km < FARTHEST_KM && self.chord_to_box(country, search.query) > search.best {
            return None;
        }
        if let Some(guess) = guess.filter(|guess| self.places_of(country).contains(&guess.0)) {
            search.consider(guess.0, search.node(guess.0));
        }
        search.country(country);
        search.found.map(|id| (id, 2.0 * EARTH_RADIUS_KM * (search.best.sqrt() / 2.0).min(1.0).asin()))
    }

    /// All places within a distance, the nearest first, each with its distance, km. A radius that is no positive number
    /// finds nothing.
    #[must_use]
    pub fn within(&self, at: LatLon, radius_km: f64) -> Vec<(PlaceId, f64)> {
        if radius_km.is_nan() || radius_km <= 0.0 {
            return Vec::new();
        }
        let limit = chord_squared(radius_km);
        let found = std::cell::RefCell::new(Vec::new());
        // Refusing every place keeps the search ball at the radius, and all of it is visited.
        let collect = |id| {
            let distance = at.distance_km(self.position(id));
            if distance <= radius_km {
                found.borrow_mut().push((id, distance));
            }
            false
        };
        let mut search = Search::new(self, at, limit + ROUNDING, collect);
        for (country, nearest) in self.countries_by_distance(at) {
            if nearest <= search.best {
                search.country(country);
            }
        }
        let mut found = found.into_inner();
        found.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        found
    }

    /// Countries with places, by the squared chord to the box around their places.
    fn countries_by_distance(&self, at: LatLon) -> Vec<(CountryIndex, f64)> {
        let vector = at.unit_vector();
        let mut countries: Vec<_> = (0..self.layout.count(Section::Countries) as u16)
            .map(CountryIndex)
            .filter(|country| !self.places_of(*country).is_empty())
            .map(|country| (country, self.chord_to_box(country, vector)))
            .collect();
        countries.sort_by(|a, b| a.1.total_cmp(&b.1));
        countries
    }

    /// Squared chord from a unit vector to the box around the places of a country, a little too short for rounding.
    fn chord_to_box(&self, country: CountryIndex, vector: [f64; 3]) -> f64 {
        let record = self.record(Section::Countries, country.0.into());
        let bound = |i: usize| f64::from(f32::from_bits(u32_at(record, 28 + 4 * i)));
        let outside = |axis: usize| (bound(axis) - vector[axis]).max(vector[axis] - bound(3 + axis)).max(0.0);
        (0..3).map(|axis| outside(axis) * outside(axis)).sum::<f64>() - ROUNDING
    }

    /// A place as a node of its country's tree.
    pub(super) fn node(&self, place: PlaceId) -> Node {
        let record = self.record(Section::Places, place.0 as usize);
        let vector = super::position(record).unit_vector().map(|x| x as f32);
        Node { vector, axis: record.get(29).copied().unwrap_or_default().min(2).into() }
    }
}

/// A place in the tree of its country.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    vector: [f32; 3],
    /// Which component of the vector parts the places before it from those behind; 0 to 2.
    axis: u32,
}

/// Squared chord of the unit sphere for a great-circle distance.
fn chord_squared(km: f64) -> f64 {
    let half = (km.min(FARTHEST_KM) / EARTH_RADIUS_KM / 2.0).sin();
    4.0 * half * half
}

/// A search for the nearest place.
struct Search<'g, F> {
    gazetteer: &'g Gazetteer,
    nodes: Option<&'g [Node]>,
    at: LatLon,
    query: [f64; 3],
    accepts: F,
    /// Squared chord to the nearest accepted place so far; nothing beyond it is visited.
    best: f64,
    found: Option<PlaceId>,
}

impl<'g, F: Fn(PlaceId) -> bool> Search<'g, F> {
    fn new(gazetteer: &'g Gazetteer, at: LatLon, best: f64, accepts: F) -> Self {
        let nodes = gazetteer.batch.get().map(|batch| batch.nodes.as_slice());
        Self { gazetteer, nodes, at, query: at.unit_vector(), accepts, best, found: None }
    }

    fn country(&mut self, country: CountryIndex) {
        let places = self.gazetteer.places_of(country);
        self.visit(places.start, places.end);
    }

    fn visit(&mut self, low: u32, high: u32) {
        if (high - low) as usize <= LEAF_PLACES {
            match self.nodes.and_then(|nodes| nodes.get(low as usize..high as usize)) {
                Some(nodes) => (low..high).zip(nodes).for_each(|(place, node)| self.consider(place, *node)),
                None => (low..high).for_each(|place| self.consider(place, self.node(place))),
            }
            return;
        }
        let middle = low + (high - low) / 2;
        let node = self.node(middle);
        let axis = node.axis as usize;
        let offset = self.query[axis] - f64::from(node.vector[axis]);
        let (near, far) =
            if offset < 0.0 { ((low, middle), (middle + 1, high)) } else { ((middle + 1, high), (low, middle)) };
        self.visit(near.0, near.1);
        // The node lies on the plane that parts the halves.
        if offset * offset <= self.best {
            self.consider(middle, node);
            self.visit(far.0, far.1);
        }
    }

    fn node(&self, place: u32) -> Node {
        let ready = self.nodes.and_then(|nodes| nodes.get(place as usize));
        ready.copied().unwrap_or_else(|| self.gazetteer.node(PlaceId(place)))
    }

    #[inline]
    fn consider(&mut self, place: u32, node: Node) {
        let apart = |axis: usize| self.query[axis] - f64::from(node.vector[axis]);
        let chord = apart(0) * apart(0) + apart(1) * apart(1) + apart(2) * apart(2);
        // Of places at one point the first one counts, whatever was visited first.
        let nearer = chord < self.best || (chord == self.best && self.found.is_some_and(|found| place < found.0));
        if nearer && (self.accepts)(PlaceId(place)) {
            self.best = chord;
            self.found = Some(PlaceId(place));
        }
    }

    fn result(&self) -> Option<(PlaceId, f64)> {
        self.found.map(|id| (id, self.at.distance_km(self.gazetteer.position(id))))
    }
}

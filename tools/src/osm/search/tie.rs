//! What the relations of a group ask of two objects.

use super::geometry::{Xy, acute, turns_between};
use super::score::{CLOSEST_M, Extent, meeting_area_m2};
use super::sheets::{Candidate, Sheets, Thing};
use super::{Group, Relation};
use crate::geo::fold::fold;
use crate::osm::file::Row;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// How far a relation without a distance of its own reaches, metres.
pub(super) const DEFAULT_REACH_M: f64 = 5000.0;
/// How far along one street two objects may lie from each other, metres.
const STREET_REACH_M: f64 = 2000.0;
/// How far from a street a house may stand that lies on it, metres.
const BESIDE_M: f64 = 40.0;
/// How close two streets come that meet, metres: large crossings have no node that both share.
pub(super) const CROSSING_M: f64 = 25.0;
/// To either side of a direction of the compass, degrees.
const COMPASS_TOLERANCE: f64 = 45.0;
/// Lines this near cross there: their directions are taken where they do, metres.
const TOUCHING_M: f64 = 50.0;

/// The share of a disc that a ring has at least.
const THINNEST_RING: f64 = 0.1;

/// The relations of a group in one.
#[derive(Debug, Clone)]
pub(super) struct Tie {
    pub(super) from_m: f64,
    pub(super) to_m: f64,
    pub(super) together: bool,
    same_street: bool,
    pub(super) crossing: bool,
    /// Ranges in which the direction from the first object lies, degrees.
    bearings: Vec<(f64, f64)>,
    angle: Option<(f64, f64)>,
}

/// How two objects meet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Meeting {
    pub(super) metres: f64,
    /// From the first to the other, degrees.
    pub(super) bearing: f64,
    /// Between two lines, where it was asked for.
    pub(super) angle: Option<f64>,
    /// Where on the first.
    pub(super) from: Xy,
    /// Where on the other.
    pub(super) to: Xy,
}

impl Tie {
    pub(super) fn new(group: &Group) -> Self {
        let mut tie = Self {
            from_m: 0.0,
            to_m: f64::INFINITY,
            together: false,
            same_street: false,
            crossing: false,
            bearings: Vec::new(),
            angle: None,
        };
        let about =
            |degrees: f64| ((degrees - COMPASS_TOLERANCE).rem_euclid(360.0), (degrees + COMPASS_TOLERANCE) % 360.0);
        for relation in &group.relations {
            match *relation {
                Relation::Within { from_m, to_m, together } => {
                    (tie.from_m, tie.to_m, tie.together) = (from_m, tie.to_m.min(to_m), together);
                }
                Relation::SameStreet => tie.same_street = true,
                Relation::Crossing => tie.crossing = true,
                Relation::Towards { direction } => tie.bearings.push(about(direction.degrees())),
                Relation::TowardsFirst { direction } => tie.bearings.push(about(direction.degrees() + 180.0)),
                Relation::Bearing { from_deg, to_deg } => tie.bearings.push((from_deg, to_deg)),
                Relation::Angle { from_deg, to_deg } => tie.angle = Some((from_deg, to_deg)),
            }
        }
        let own = match (tie.crossing, tie.same_street) {
            (true, _) => CROSSING_M,
            (false, true) => STREET_REACH_M,
            (false, false) => DEFAULT_REACH_M,
        };
        if !tie.to_m.is_finite() || tie.crossing {
            tie.to_m = tie.to_m.min(own);
        }
        tie
    }

    /// The distance alone, for two clauses whose first clause is missing: each within its reach of it.
    pub(super) fn through_the_missing(&self, other: &Self) -> Self {
        Self {
            from_m: 0.0,
            to_m: self.to_m + other.to_m,
            together: false,
            same_street: self.same_street && other.same_street,
            crossing: false,
            bearings: Vec::new(),
            angle: None,
        }
    }

    /// How the two meet, when all relations hold.
    pub(super) fn holds(&self, first: &Thing, other: &Thing, streets: &Streets<'_, '_>) -> Option<Meeting> {
        let nearest = first.figure.nearest(&other.figure, self.to_m).filter(|n| n.metres >= self.from_m)?;
        // Objects that touch have no direction to each other but that of their middles.
        let (from, to) = if nearest.metres >= 1.0 { (nearest.from, nearest.to) } else { (first.at, other.at) };
        let bearing = from.bearing(to);
        if !self.bearings.iter().all(|&(from, to)| turns_between(bearing, from, to)) {
            return None;
        }
        let mut angle = None;
        if let Some((least, most)) = self.angle {
            let touching = nearest.metres <= TOUCHING_M;
            let direction = |thing: &Thing, at: Xy| match touching {
                true => thing.figure.direction_at(at),
                false => thing.figure.direction(),
            };
            let between = acute(direction(first, nearest.from)?, direction(other, nearest.to)?);
            angle = Some(between);
            if !(least..=most).contains(&between) {
                return None;
            }
        }
        if self.crossing && !streets.cross(first.candidate, other.candidate) {
            return None;
        }
        if self.same_street && streets.shared(first.candidate, other.candidate).is_none() {
            return None;
        }
        Some(Meeting { metres: nearest.metres, bearing, angle, from: nearest.from, to: nearest.to })
    }

    /// The area in which the other object may lie by accident, m², as `score` says.
    pub(super) fn area_m2(&self, first: &Thing, other: &Thing, metres: f64) -> f64 {
        let far = meeting_area_m2(first.extent, other.extent, metres.max(CLOSEST_M));
        let near = if self.from_m > 0.0 { meeting_area_m2(first.extent, other.extent, self.from_m) } else { 0.0 };
        // At the inner edge of a ring a thin one is left, which is no sign of anything.
        (far - near).max(far * THINNEST_RING) * self.share()
    }

    /// The least that [`Tie::area_m2`] may be, m²: two points as near as the map can tell.
    pub(super) fn least_area_m2(&self) -> f64 {
        let disc = meeting_area_m2(Extent::default(), Extent::default(), CLOSEST_M);
        let ring = if self.from_m > 0.0 { THINNEST_RING } else { 1.0 };
        disc * ring * self.share()
    }

    /// The share of all directions and angles that the relations leave.
    fn share(&self) -> f64 {
        let span = |&(from, to): &(f64, f64)| ((to - from).rem_euclid(360.0) / 360.0).max(1.0 / 360.0);
        let turned = self.bearings.iter().map(span).fold(1.0, f64::min);
        let crossed = self.angle.map_or(1.0, |(least, most)| ((most - least) / 90.0).max(1.0 / 90.0));
        turned * crossed
    }
}

/// Folded names of streets.
type StreetNames = BTreeSet<String>;

/// The names of the streets on which objects lie; looked up once for each object.
pub(super) struct Streets<'s, 'm> {
    sheets: &'s Sheets<'m>,
    known: RefCell<HashMap<(u32, u32), Rc<StreetNames>>>,
}

impl<'s, 'm> Streets<'s, 'm> {
    pub(super) fn new(sheets: &'s Sheets<'m>) -> Self {
        Self { sheets, known: RefCell::default() }
    }

    /// Whether both are streets, and not of one name.
    fn cross(&self, a: Candidate, b: Candidate) -> bool {
        let is_street = |c: Candidate| self.sheets.sheet(c).is_street(c.row);
        let name = |c: Candidate| self.sheets.name(c).map(fold);
        is_street(a) && is_street(b) && (name(a).is_none() || name(a) != name(b))
    }

    /// A street on which both lie, by its folded name.
    pub(super) fn shared(&self, a: Candidate, b: Candidate) -> Option<String> {
        let (a, b) = (self.of(a), self.of(b));
        a.intersection(&b).next().cloned()
    }

    /// The folded names of the streets on which an object lies: its own when it is a street, that of its address, and
    /// those of the streets that pass by.
    fn of(&self, candidate: Candidate) -> Rc<StreetNames> {
        if let Some(known) = self.known.borrow().get(&candidate.key()) {
            return known.clone();
        }
        let sheet = self.sheets.sheet(candidate);
        let mut names = StreetNames::new();
        if sheet.is_street(candidate.row) {
            names.extend(sheet.map.tag(candidate.row, "name").map(fold));
        } else {
            names.extend(sheet.map.tag(candidate.row, "addr:street").map(fold));
            let beside = sheet.map.near(sheet.map.at(candidate.row), BESIDE_M).map(|(row, _)| row);
            let streets = beside.filter(|&row: &Row| sheet.is_street(row));
            names.extend(streets.filter_map(|row| sheet.map.tag(row, "name")).map(fold));
        }
        let names = Rc::new(names);
        self.known.borrow_mut().insert(candidate.key(), names.clone());
        names
    }
}

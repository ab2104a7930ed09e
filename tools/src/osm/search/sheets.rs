//! The maps of one search, and objects of them.

use super::geometry::{Figure, Plane, Xy};
use super::score::{Extent, spread_area_m2};
use crate::geo::LatLon;
use crate::osm::file::{Map, Row};
use crate::osm::names::NameIndex;
use crate::osm::object::{BoxE7, OsmId, PointE7};

/// Points of a map that are looked at, once, to learn over which area its objects spread.
const SAMPLED: u32 = 4096;
/// Side of a cell of that look, 1e-7 degrees of latitude: 1.1 km.
const CELL_E7: f64 = 100_000.0;
const CELL_M2: f64 = 1111.95 * 1111.95;

/// The maps that a search looks at.
pub(super) struct Sheets<'m> {
    pub(super) maps: Vec<Sheet<'m>>,
    /// Area over which the objects of all maps spread, m².
    pub(super) spread_m2: f64,
}

/// One map of a search.
pub(super) struct Sheet<'m> {
    pub(super) map: &'m Map,
    pub(super) names: NameIndex<'m>,
    pub(super) name: String,
    pub(super) spread_m2: f64,
}

/// An object of one of the maps that may be what a clause means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    /// Which map.
    pub(super) sheet: u32,
    pub(super) row: Row,
    /// How well its name fits, 0 to 1; 1 where no name was asked for.
    pub(super) likeness: f32,
}

impl Candidate {
    /// Which object it is, whatever it was found as.
    pub(super) fn key(self) -> (u32, u32) {
        (self.sheet, self.row.0)
    }
}

impl<'m> Sheets<'m> {
    pub(super) fn new(maps: &[&'m Map]) -> Self {
        let maps: Vec<_> = maps.iter().map(|map| Sheet::new(map)).collect();
        // Two searches of one place may meet on one map only; a square metre keeps an empty map from dividing by 0.
        let spread_m2 = maps.iter().map(|sheet| sheet.spread_m2).sum::<f64>().max(1.0);
        Self { maps, spread_m2 }
    }

    pub(super) fn sheet(&self, candidate: Candidate) -> &Sheet<'m> {
        &self.maps[candidate.sheet as usize]
    }

    pub(super) fn map(&self, candidate: Candidate) -> &'m Map {
        self.sheet(candidate).map
    }

    pub(super) fn at(&self, candidate: Candidate) -> PointE7 {
        self.map(candidate).at(candidate.row)
    }

    pub(super) fn bounds(&self, candidate: Candidate) -> BoxE7 {
        self.map(candidate).bounds(candidate.row)
    }

    pub(super) fn id(&self, candidate: Candidate) -> OsmId {
        self.map(candidate).id(candidate.row)
    }

    pub(super) fn name(&self, candidate: Candidate) -> Option<&'m str> {
        self.map(candidate).tag(candidate.row, "name")
    }

    /// The object on a plane.
    pub(super) fn thing(&self, candidate: Candidate, plane: &Plane) -> Thing {
        let at = self.at(candidate);
        let figure = plane.figure(&self.map(candidate).shape(candidate.row), at);
        let extent = Extent { perimeter_m: figure.perimeter(), area_m2: figure.area() };
        Thing { candidate, at: plane.project(at), figure, extent }
    }
}

impl<'m> Sheet<'m> {
    fn new(map: &'m Map) -> Self {
        let name = map.path().file_stem().unwrap_or(map.path().as_os_str()).to_string_lossy().into_owned();
        Self { map, names: map.names(), name, spread_m2: map.spread_m2(spread_of) }
    }

    /// Whether a row is a street, a road or a path.
    pub(super) fn is_street(&self, row: Row) -> bool {
        self.map.tag(row, "highway").is_some_and(is_street_kind)
    }
}

/// Kinds of `highway` that are no streets but things beside them.
fn is_street_kind(kind: &str) -> bool {
    !matches!(
        kind,
        "bus_stop"
            | "crossing"
            | "give_way"
            | "stop"
            | "traffic_signals"
            | "street_lamp"
            | "turning_circle"
            | "turning_loop"
            | "speed_camera"
            | "motorway_junction"
            | "milestone"
            | "platform"
            | "elevator"
            | "rest_area"
            | "services"
            | "mini_roundabout"
            | "passing_place"
            | "toll_gantry"
            | "traffic_mirror"
            | "phone"
    )
}

/// The area over which the objects of a map spread, m²; see [`spread_area_m2`].
fn spread_of(map: &Map) -> f64 {
    let step = (map.len() / SAMPLED).max(1) as usize;
    let cell = |at: PointE7| {
        let row = (f64::from(at.lat) / CELL_E7).floor();
        let narrowed = f64::from(at.lon) * (row * CELL_E7 / 1e7).to_radians().cos();
        (row as i32, (narrowed / CELL_E7).floor() as i32)
    };
    let mut cells: Vec<_> = (0..map.len()).step_by(step).map(|row| cell(map.at(Row(row)))).collect();
    spread_area_m2(&mut cells, |_| CELL_M2)
}

/// An object on a plane.
#[derive(Debug, Clone)]
pub(super) struct Thing {
    pub(super) candidate: Candidate,
    pub(super) at: Xy,
    pub(super) figure: Figure,
    pub(super) extent: Extent,
}

/// A position of a file, which may be damaged.
pub(super) fn lat_lon(at: PointE7) -> LatLon {
    at.lat_lon().unwrap_or_else(|_| LatLon::new(0.0, 0.0).expect("a place"))
}

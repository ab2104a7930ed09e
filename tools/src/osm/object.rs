//! An object of the map, between an extract and the index.

use crate::geo::{GeoError, LatLon};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Degrees times this are the fixed-point numbers of OpenStreetMap.
pub const E7: f64 = 1e7;

/// The three kinds of OpenStreetMap element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OsmKind {
    /// A point.
    Node,
    /// A line or an outline.
    Way,
    /// A set of other elements.
    Relation,
}

/// Kind and number of an OpenStreetMap element, written `n123`, `w123` or `r123`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OsmId {
    /// What it is.
    pub kind: OsmKind,
    /// Its number; editors give negative ones to elements that were never uploaded. Within ±2^61.
    pub number: i64,
}

impl OsmId {
    /// The id in 64 bits: the number in the upper 62, the kind in the lower two.
    #[must_use]
    pub fn to_bits(self) -> u64 {
        let kind = match self.kind {
            OsmKind::Node => 0,
            OsmKind::Way => 1,
            OsmKind::Relation => 2,
        };
        (self.number as u64) << 2 | kind
    }

    /// What [`OsmId::to_bits`] made; nothing for bits that it never makes.
    #[must_use]
    pub fn from_bits(bits: u64) -> Option<Self> {
        let kind = match bits & 3 {
            0 => OsmKind::Node,
            1 => OsmKind::Way,
            2 => OsmKind::Relation,
            _ => return None,
        };
        Some(Self { kind, number: bits as i64 >> 2 })
    }

    /// Where OpenStreetMap shows it.
    #[must_use]
    pub fn url(self) -> String {
        let kind = match self.kind {
            OsmKind::Node => "node",
            OsmKind::Way => "way",
            OsmKind::Relation => "relation",
        };
        format!("https://www.openstreetmap.org/{kind}/{}", self.number)
    }
}

impl fmt::Display for OsmId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            OsmKind::Node => 'n',
            OsmKind::Way => 'w',
            OsmKind::Relation => 'r',
        };
        write!(f, "{kind}{}", self.number)
    }
}

/// A text that is no id of an OpenStreetMap element.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no OpenStreetMap id: write n, w or r and a number, such as w4518137")]
pub struct OsmIdError(String);

impl FromStr for OsmId {
    type Err = OsmIdError;

    fn from_str(text: &str) -> Result<Self, OsmIdError> {
        let kind = match text.as_bytes().first() {
            Some(b'n') => OsmKind::Node,
            Some(b'w') => OsmKind::Way,
            Some(b'r') => OsmKind::Relation,
            _ => return Err(OsmIdError(text.to_owned())),
        };
        let number: Option<i64> = text[1..].parse().ok().filter(|n: &i64| n.unsigned_abs() < 1 << 61);
        number.map(|number| Self { kind, number }).ok_or_else(|| OsmIdError(text.to_owned()))
    }
}

impl Serialize for OsmId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for OsmId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for OsmId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "OsmId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[nwr]-?[0-9]+$", "description": "OpenStreetMap element, such as w4518137" })
    }
}

/// A position in units of 1e-7 degrees, as OpenStreetMap stores it; about a centimetre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PointE7 {
    /// Latitude, 1e-7 degrees north, within ±90°.
    pub lat: i32,
    /// Longitude, 1e-7 degrees east, within ±180°.
    pub lon: i32,
}

impl PointE7 {
    /// A position from 1e-7 degrees; nothing outside ±90° and ±180°.
    #[must_use]
    pub fn new(lat: i64, lon: i64) -> Option<Self> {
        let inside = lat.unsigned_abs() <= 900_000_000 && lon.unsigned_abs() <= 1_800_000_000;
        inside.then_some(Self { lat: lat as i32, lon: lon as i32 })
    }

    /// Rounded to 1e-7 degrees.
    #[must_use]
    pub fn of(at: LatLon) -> Self {
        Self { lat: (at.lat() * E7).round() as i32, lon: (at.lon() * E7).round() as i32 }
    }

    /// As degrees.
    ///
    /// # Errors
    /// [`GeoError`] for a latitude beyond ±90°, which no constructor makes but a damaged file may hold.
    pub fn lat_lon(self) -> Result<LatLon, GeoError> {
        LatLon::new(f64::from(self.lat) / E7, f64::from(self.lon) / E7)
    }
}

/// A box in units of 1e-7 degrees; it never crosses the 180° meridian, at which OpenStreetMap cuts its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BoxE7 {
    /// Southern edge.
    pub south: i32,
    /// Western edge.
    pub west: i32,
    /// Northern edge, not below the southern.
    pub north: i32,
    /// Eastern edge, not below the western.
    pub east: i32,
}

impl BoxE7 {
    /// The smallest box around points; nothing around none.
    #[must_use]
    pub fn around(points: impl IntoIterator<Item = PointE7>) -> Option<Self> {
        points.into_iter().map(Self::from).reduce(Self::union)
    }

    /// The smallest box around two.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            south: self.south.min(other.south),
            west: self.west.min(other.west),
            north: self.north.max(other.north),
            east: self.east.max(other.east),
        }
    }

    /// Whether the point lies inside or on the edge.
    #[must_use]
    pub fn contains(self, p: PointE7) -> bool {
        (self.south..=self.north).contains(&p.lat) && (self.west..=self.east).contains(&p.lon)
    }
}

impl From<PointE7> for BoxE7 {
    fn from(p: PointE7) -> Self {
        Self { south: p.lat, west: p.lon, north: p.lat, east: p.lon }
    }
}

/// An outline with holes. Each ring has at least four points and ends where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polygon {
    /// The outer ring.
    pub outer: Vec<PointE7>,
    /// Rings inside it that do not belong to it.
    pub holes: Vec<Vec<PointE7>>,
}

/// What an object looks like from above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Only a point.
    Point,
    /// A line of at least two points; simplified by at most a metre or two.
    Line(Vec<PointE7>),
    /// One or more outlines; exact for administrative boundaries, simplified for everything else.
    Area(Vec<Polygon>),
    /// Several members without an outline of their own, such as a bus route: only the box says where it is.
    Scattered,
}

/// An object that goes into the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Which element of OpenStreetMap it is.
    pub id: OsmId,
    /// Its version; 0 where the extract has none.
    pub version: u32,
    /// A point on it: the node itself, the middle of a line, a point inside an area, a member of a set.
    pub at: PointE7,
    /// The box around it.
    pub bounds: BoxE7,
    /// Its geometry.
    pub shape: Shape,
    /// The tags that are kept, in the order of the extract; keys are unique.
    pub tags: Vec<(String, String)>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ids_survive_bits_and_text(number in -(1i64 << 60)..(1i64 << 60), kind in 0u64..3) {
            let id = OsmId::from_bits((number as u64) << 2 | kind).expect("a kind");
            prop_assert_eq!(id.number, number);
            prop_assert_eq!(OsmId::from_bits(id.to_bits()), Some(id));
            prop_assert_eq!(id.to_string().parse::<OsmId>(), Ok(id));
        }

        #[test]
        fn what_is_no_id_is_refused_and_nothing_panics(text in "\\PC{0,8}") {
            if let Ok(id) = text.parse::<OsmId>() {
                prop_assert!(id.number.unsigned_abs() < 1 << 61);
            }
        }
    }
}

//! Parts of the globe that a hint or a rule can name.

use super::{GeoError, LatLon, RegionCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A box between two latitudes and two longitudes; it may cross the 180° meridian, where `west > east`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BoundingBox {
    south: f64,
    west: f64,
    north: f64,
    east: f64,
}

impl BoundingBox {
    /// A box from degrees. `west > east` means that it crosses the 180° meridian.
    ///
    /// # Errors
    /// [`GeoError`] when a corner is no place, or south lies north of north.
    pub fn new(south: f64, west: f64, north: f64, east: f64) -> Result<Self, GeoError> {
        if south > north {
            return Err(GeoError::UpsideDown { south, north });
        }
        LatLon::new(south, west)?;
        LatLon::new(north, east)?;
        let whole = east - west >= 360.0;
        let lon = |value| LatLon::new(0.0, value).map(LatLon::lon);
        let (west, east) =
            if whole { (-180.0, 180.0) } else { (lon(west)?, if east == 180.0 { 180.0 } else { lon(east)? }) };
        Ok(Self { south, west, north, east })
    }

    /// Whether the point lies inside or on the edge.
    #[must_use]
    pub fn contains(&self, p: LatLon) -> bool {
        let lat = (self.south..=self.north).contains(&p.lat());
        let lon = if self.west <= self.east {
            (self.west..=self.east).contains(&p.lon()) || (self.east >= 180.0 && p.lon() == -180.0)
        } else {
            p.lon() >= self.west || p.lon() <= self.east
        };
        lat && lon
    }

    /// The middle.
    #[must_use]
    pub fn centre(&self) -> LatLon {
        let east = if self.west <= self.east { self.east } else { self.east + 360.0 };
        LatLon::new((self.south + self.north) / 2.0, (self.west + east) / 2.0).expect("the edges are in range")
    }
}

impl fmt::Display for BoundingBox {
    /// As [`FromStr`] reads it: `SOUTH,WEST,NORTH,EAST` in degrees.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{},{}", self.south, self.west, self.north, self.east)
    }
}

impl FromStr for BoundingBox {
    type Err = GeoError;

    /// `SOUTH,WEST,NORTH,EAST` in degrees.
    fn from_str(text: &str) -> Result<Self, GeoError> {
        let numbers: Vec<f64> = text
            .split(',')
            .map(|part| part.trim().parse::<f64>())
            .collect::<Result<_, _>>()
            .map_err(|_| GeoError::Syntax(text.to_owned()))?;
        match numbers[..] {
            [south, west, north, east] => Self::new(south, west, north, east),
            _ => Err(GeoError::Syntax(text.to_owned())),
        }
    }
}

/// A part of the globe with a sharp edge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Area {
    /// Between two latitudes and two longitudes.
    Box(BoundingBox),
    /// Within a distance of a point.
    Disc {
        /// Centre.
        centre: LatLon,
        /// Radius, km.
        radius_km: f64,
    },
    /// Inside any of these regions.
    Regions {
        /// Countries, continents or admin-1 units.
        regions: Vec<RegionCode>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_box_may_cross_the_date_line() {
        let fiji = BoundingBox::new(-21.0, 176.0, -12.0, -178.0).expect("valid");
        assert!(fiji.contains(LatLon::new(-17.0, 179.5).expect("valid")));
        assert!(fiji.contains(LatLon::new(-17.0, -179.5).expect("valid")));
        assert!(!fiji.contains(LatLon::new(-17.0, 0.0).expect("valid")));
        assert!((fiji.centre().lon() - 179.0).abs() < 1e-9);
    }

    #[test]
    fn upside_down_and_short_lists_are_refused() {
        assert!(BoundingBox::new(10.0, 0.0, 5.0, 1.0).is_err());
        assert!("1,2,3".parse::<BoundingBox>().is_err());
    }

    proptest! {
        #[test]
        fn the_centre_is_inside(south in -90.0..90.0f64, height in 0.0..10.0f64, west in -180.0..180.0f64, width in 0.0..180.0f64) {
            let b = BoundingBox::new(south, west, (south + height).min(90.0), west + width).expect("valid");
            prop_assert!(b.contains(b.centre()));
        }

        #[test]
        fn what_is_printed_reads_back(south in -90.0..0.0f64, west in -180.0..180.0f64, north in 0.0..90.0f64, east in -180.0..180.0f64) {
            let b = BoundingBox::new(south, west, north, east).expect("valid");
            prop_assert_eq!(b.to_string().parse::<BoundingBox>(), Ok(b));
        }
    }
}

//! A place on the globe.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Mean radius of the earth that every navig distance uses, km.
pub const EARTH_RADIUS_KM: f64 = 6371.0;

/// Why numbers do not make a place.
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum GeoError {
    /// Latitude outside ±90°, or not a number.
    #[error("latitude {0} is not between -90 and 90 degrees")]
    Latitude(f64),
    /// Longitude not finite.
    #[error("longitude {0} is not a finite number of degrees")]
    Longitude(f64),
    /// A text that does not read as a point.
    #[error("'{0}' is not a position: write LAT,LON in decimal degrees, such as 48.2082,16.3738")]
    Syntax(String),
    /// A box whose south lies north of its north.
    #[error("south {south} lies north of north {north}")]
    UpsideDown {
        /// Southern edge, degrees.
        south: f64,
        /// Northern edge, degrees.
        north: f64,
    },
    /// A radius that is not a positive number.
    #[error("radius {0} km is not above 0")]
    Radius(f64),
}

/// A point on the sphere. Latitude is within ±90°, longitude within [-180°, 180°).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct LatLon {
    lat: f64,
    lon: f64,
}

impl LatLon {
    /// A point from degrees; the longitude is normalised to [-180, 180).
    ///
    /// # Errors
    /// [`GeoError::Latitude`] outside ±90°, [`GeoError::Longitude`] when not finite.
    pub fn new(lat_deg: f64, lon_deg: f64) -> Result<Self, GeoError> {
        if !(-90.0..=90.0).contains(&lat_deg) {
            return Err(GeoError::Latitude(lat_deg));
        }
        if !lon_deg.is_finite() {
            return Err(GeoError::Longitude(lon_deg));
        }
        let lon =
            if (-180.0..180.0).contains(&lon_deg) { lon_deg } else { (lon_deg + 180.0).rem_euclid(360.0) - 180.0 };
        // rem_euclid of a tiny negative number rounds up to 360.
        Ok(Self { lat: lat_deg, lon: if lon >= 180.0 { -180.0 } else { lon } })
    }

    /// Latitude, degrees north.
    #[must_use]
    pub fn lat(self) -> f64 {
        self.lat
    }

    /// Longitude, degrees east.
    #[must_use]
    pub fn lon(self) -> f64 {
        self.lon
    }

    /// Great-circle distance by the haversine formula on a sphere of [`EARTH_RADIUS_KM`], km.
    #[must_use]
    pub fn distance_km(self, other: Self) -> f64 {
        let (a, b) = (self.lat.to_radians(), other.lat.to_radians());
        let half_lat = ((b - a) / 2.0).sin();
        let half_lon = ((other.lon - self.lon).to_radians() / 2.0).sin();
        let h = half_lat * half_lat + a.cos() * b.cos() * half_lon * half_lon;
        2.0 * EARTH_RADIUS_KM * h.clamp(0.0, 1.0).sqrt().asin()
    }

    /// The point reached by going `km` along the great circle that leaves at `bearing_deg` (clockwise from north).
    #[must_use]
    pub fn towards(self, bearing_deg: f64, km: f64) -> Self {
        let (lat, angle, bearing) = (self.lat.to_radians(), km / EARTH_RADIUS_KM, bearing_deg.to_radians());
        let sin_lat = (lat.sin() * angle.cos() + lat.cos() * angle.sin() * bearing.cos()).clamp(-1.0, 1.0);
        let turn = (bearing.sin() * angle.sin() * lat.cos()).atan2(angle.cos() - lat.sin() * sin_lat);
        let lat_deg = sin_lat.asin().to_degrees().clamp(-90.0, 90.0);
        let lon = (self.lon + turn.to_degrees() + 180.0).rem_euclid(360.0) - 180.0;
        Self { lat: lat_deg, lon: if lon >= 180.0 { -180.0 } else { lon } }
    }

    /// The point as a unit vector, `[x, y, z]`; chord length grows with distance, so it serves nearest-neighbour search.
    #[must_use]
    pub fn unit_vector(self) -> [f64; 3] {
        let (lat, lon) = (self.lat.to_radians(), self.lon.to_radians());
        [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
    }
}

impl fmt::Display for LatLon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.5},{:.5}", self.lat, self.lon)
    }
}

impl FromStr for LatLon {
    type Err = GeoError;

    fn from_str(text: &str) -> Result<Self, GeoError> {
        let syntax = || GeoError::Syntax(text.to_owned());
        let (lat, lon) = text.split_once(',').ok_or_else(syntax)?;
        let number = |part: &str| part.trim().parse::<f64>().map_err(|_| syntax());
        Self::new(number(lat)?, number(lon)?)
    }
}

impl<'de> Deserialize<'de> for LatLon {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Raw {
            lat: f64,
            lon: f64,
        }
        let raw = Raw::deserialize(deserializer)?;
        Self::new(raw.lat, raw.lon).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point() -> impl Strategy<Value = LatLon> {
        (-90.0..=90.0f64, -540.0..540.0f64).prop_map(|(lat, lon)| LatLon::new(lat, lon).expect("in range"))
    }

    #[test]
    fn known_distance_vienna_to_graz() {
        let vienna = LatLon::new(48.2082, 16.3738).expect("valid");
        let graz = LatLon::new(47.0707, 15.4395).expect("valid");
        assert!((vienna.distance_km(graz) - 144.7).abs() < 0.5, "{}", vienna.distance_km(graz));
    }

    #[test]
    fn refuses_what_is_no_place() {
        assert_eq!(LatLon::new(91.0, 0.0), Err(GeoError::Latitude(91.0)));
        assert!(LatLon::new(f64::NAN, 0.0).is_err() && LatLon::new(0.0, f64::INFINITY).is_err());
        assert!("48.2".parse::<LatLon>().is_err() && "a,b".parse::<LatLon>().is_err());
    }

    #[test]
    fn the_antimeridian_is_one_line() {
        let east = LatLon::new(10.0, 180.0).expect("valid");
        assert_eq!(east.lon(), -180.0);
        assert!(east.distance_km(LatLon::new(10.0, 179.999).expect("valid")) < 0.2);
    }

    proptest! {
        #[test]
        fn distance_is_a_metric(a in point(), b in point(), c in point()) {
            prop_assert!((a.distance_km(b) - b.distance_km(a)).abs() < 1e-6);
            prop_assert!(a.distance_km(a) < 1e-6);
            prop_assert!(a.distance_km(c) <= a.distance_km(b) + b.distance_km(c) + 1e-6);
        }

        #[test]
        fn going_somewhere_takes_one_that_far(a in point(), bearing in 0.0..360.0f64, km in 0.0..19_000.0f64) {
            prop_assert!((a.distance_km(a.towards(bearing, km)) - km).abs() < 1e-3);
        }

        #[test]
        fn longitude_is_normalised(a in point()) {
            prop_assert!((-180.0..180.0).contains(&a.lon()));
        }
    }
}

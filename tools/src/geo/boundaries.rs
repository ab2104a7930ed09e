//! Country outlines: which country, and in some countries which subdivision, holds a point; where land is; and
//! polygons to draw.
//!
//! Deciding and drawing use different data. What decides are the outlines of the crate `country-boundaries`
//! (© OpenStreetMap contributors, ODbL), exact on land borders but drawn generously out at sea; [`near_land`] cuts
//! that off. What is drawn, and where land is, comes from Natural Earth (public domain) by
//! `data/gazetteer/outlines.py`.

pub(super) mod parts;

use super::LatLon;
use country_boundaries::{BOUNDARIES_ODBL_180X90, CountryBoundaries};
use std::sync::LazyLock;

/// The outlines that decide which country holds a point.
#[derive(Debug)]
pub struct Outlines {
    boundaries: CountryBoundaries,
}

/// The middle one of the three rasters that the crate offers, all of the same outlines: the finer one takes 10 ms to
/// read, this one 2, and looking up a point takes as long in both; the coarser one takes twice as long for each point.
static EMBEDDED: LazyLock<Outlines> = LazyLock::new(|| Outlines {
    boundaries: CountryBoundaries::from_reader(BOUNDARIES_ODBL_180X90).expect("the crate's own data is well formed"),
});

impl Outlines {
    /// The outlines that navig carries with it; read on first use.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Ids of the regions that hold a point, the smallest first: ISO 3166-1 alpha-2 for countries, ISO 3166-2 (`US-TX`)
    /// for the subdivisions that the data has. Empty on the high seas and in Antarctica. Where countries dispute an
    /// area, the ids are those of the countries that OpenStreetMap's outlines give it to.
    #[must_use]
    pub fn ids(&self, at: LatLon) -> Vec<&str> {
        match country_boundaries::LatLon::new(at.lat(), at.lon()) {
            Ok(at) => self.boundaries.ids(at),
            Err(_) => Vec::new(),
        }
    }
}

/// Width and height of a cell of the outlines, degrees.
const CELL_DEGREES: f64 = 2.0;
/// Cells in a row.
const CELL_COLUMNS: usize = 180;
/// Cells in all, row by row from the north-western one.
pub(super) const CELLS: usize = CELL_COLUMNS * 90;

static LAND: &[u8] = include_bytes!("../../../data/gazetteer/land.bin");
const CELLS_PER_DEGREE: f64 = 4.0;
const COLUMNS: usize = 1440;
const ROWS: usize = 720;

/// Whether there is land in the cell of a quarter degree that holds a point, or in a neighbouring one: true on land and
/// up to some 30 to 50 km from it.
#[must_use]
pub fn near_land(at: LatLon) -> bool {
    // Both are at least 0, and a cast of a number beyond the last cell saturates.
    let row = (((90.0 - at.lat()) * CELLS_PER_DEGREE) as usize).min(ROWS - 1);
    let column = (((at.lon() + 180.0) * CELLS_PER_DEGREE) as usize).min(COLUMNS - 1);
    let bit = row * COLUMNS + column;
    LAND.get(bit / 8).is_some_and(|byte| byte >> (bit % 8) & 1 == 1)
}

static RINGS: &[u8] = include_bytes!("../../../data/gazetteer/outlines.bin");

/// A closed line around a part of a country, or around a hole in one: fill all rings of a country by the even-odd rule.
/// No ring crosses the 180° meridian.
#[derive(Debug, Clone, Copy)]
pub struct Ring {
    country: &'static str,
    points: &'static [u8],
}

impl Ring {
    /// ISO 3166-1 alpha-2 of the country.
    #[must_use]
    pub fn country(&self) -> &'static str {
        self.country
    }

    /// The corners, to 0.01°; the last is the first again.
    pub fn points(&self) -> impl ExactSizeIterator<Item = LatLon> + use<> {
        self.points.chunks_exact(4).map(|bytes| {
            let degrees = |low, high| f64::from(i16::from_le_bytes([low, high])) / 100.0;
            let (lon, lat) = (degrees(bytes[0], bytes[1]), degrees(bytes[2], bytes[3]));
            LatLon::new(lat.clamp(-90.0, 90.0), lon).expect("the latitude is clamped and the longitude finite")
        })
    }

    /// The corners that are at least a distance from the one before, both in degrees, and always the first and last:
    /// for maps of low resolution.
    #[must_use]
    pub fn points_apart(&self, degrees: f64) -> Vec<LatLon> {
        let mut kept: Vec<LatLon> = Vec::new();
        let count = self.points().len();
        for (i, point) in self.points().enumerate() {
            let far = |last: &LatLon| (last.lat() - point.lat()).hypot(last.lon() - point.lon()) >= degrees;
            if i + 1 == count || kept.last().is_none_or(far) {
                kept.push(point);
            }
        }
        kept
    }
}

/// Country outlines to draw: 1,582 rings with 52,000 corners, simplified to 0.02°, those of one country together.
pub fn rings() -> impl Iterator<Item = Ring> {
    let mut rest = RINGS;
    std::iter::from_fn(move || {
        let (head, behind) = rest.split_at_checked(4)?;
        let count = usize::from(u16::from_le_bytes([head[2], head[3]]));
        let (points, behind) = behind.split_at_checked(count * 4)?;
        rest = behind;
        Some(Ring { country: std::str::from_utf8(&head[..2]).ok()?, points })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn at(lat: f64, lon: f64) -> LatLon {
        LatLon::new(lat, lon).expect("valid")
    }

    #[test]
    fn the_smallest_region_comes_first() {
        assert_eq!(Outlines::embedded().ids(at(33.0, -97.0)), ["US-TX", "US"]);
        assert_eq!(Outlines::embedded().ids(at(47.6973, 8.6910)), ["DE"], "Büsingen is an exclave in Switzerland");
        assert!(Outlines::embedded().ids(at(40.0, -40.0)).is_empty());
    }

    #[test]
    fn land_is_where_it_is() {
        for (lat, lon) in [(48.2, 16.4), (-17.0, 179.9), (-17.0, -179.9), (-90.0, 0.0), (25.0, 10.0), (54.2, 7.9)] {
            assert!(near_land(at(lat, lon)), "{lat}, {lon}");
        }
        for (lat, lon) in [(90.0, 0.0), (0.0, -30.0), (40.0, -40.0), (-40.0, -120.0), (0.0, 0.0)] {
            assert!(!near_land(at(lat, lon)), "{lat}, {lon}");
        }
    }

    #[test]
    fn every_byte_of_the_drawing_is_read_and_every_ring_is_closed() {
        let read: usize = rings().map(|ring| 4 + 4 * ring.points().len()).sum();
        assert_eq!(read, RINGS.len());
        for ring in rings() {
            let points: Vec<_> = ring.points().collect();
            assert!(points.len() >= 4 && points.first() == points.last(), "{}", ring.country());
            // Antarctica's goes along the lower edge of the map.
            let jumps = |pair: &[LatLon]| (pair[0].lon() - pair[1].lon()).abs() > 180.0 && pair[0].lat() > -90.0;
            assert!(!points.windows(2).any(jumps), "{}", ring.country());
        }
        let countries: HashSet<_> = rings().map(|ring| ring.country()).collect();
        assert!(["AT", "FJ", "RU", "US", "XK", "NR"].iter().all(|code| countries.contains(code)));
    }

    proptest! {
        #[test]
        fn no_point_is_too_odd(lat in -90.0..=90.0f64, lon in -180.0..180.0f64) {
            let _ = near_land(at(lat, lon));
            prop_assert!(Outlines::embedded().ids(at(lat, lon)).iter().all(|id| id.len() >= 2));
        }
    }
}

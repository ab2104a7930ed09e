//! Country outlines: which country, and in some countries which subdivision, holds a point.
//!
//! The outlines are those of the crate `country-boundaries` (© OpenStreetMap contributors, ODbL). They reach some
//! miles out to sea, so that a beach or a pier is inside.

use super::LatLon;
use country_boundaries::{BOUNDARIES_ODBL_60X30, CountryBoundaries};
use std::sync::LazyLock;

/// The outlines of all countries.
#[derive(Debug)]
pub struct Outlines {
    boundaries: CountryBoundaries,
}

static EMBEDDED: LazyLock<Outlines> = LazyLock::new(|| Outlines {
    boundaries: CountryBoundaries::from_reader(BOUNDARIES_ODBL_60X30).expect("the crate's own data is well formed"),
});

impl Outlines {
    /// The outlines that navig carries with it; read on first use.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Ids of the regions that hold a point, the smallest first: ISO 3166-1 alpha-2 for countries, ISO 3166-2 (`US-TX`)
    /// for the subdivisions that the data has. Empty at sea.
    #[must_use]
    pub fn ids(&self, at: LatLon) -> Vec<&str> {
        match country_boundaries::LatLon::new(at.lat(), at.lon()) {
            Ok(at) => self.boundaries.ids(at),
            Err(_) => Vec::new(),
        }
    }
}

//! What the user says about the place, as evidence of its own kind.

use crate::ledger::{Hint, HintKind};
use navig_tools::evidence::{Likelihood, STRICT_ODDS};
use navig_tools::geo::gazetteer::ResolveError;
use navig_tools::geo::{Area, BoundingBox, Gazetteer, GeoError, LatLon, RegionCode};

/// Odds of a hint that is not strict: a user who says "Spain" is right a thousand times for each time that they err.
/// A position in the metadata outweighs that, and the answer then shows the hint as evidence against.
const HINT_ODDS: f64 = 1000.0;

/// Why a hint cannot be understood.
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum HintError {
    /// No region of that name or code, or several.
    #[error(transparent)]
    Region(#[from] ResolveError),
    /// Not a point, a box or a distance.
    #[error("'{text}': {source}")]
    Geo {
        /// As the user wrote it.
        text: String,
        /// What is wrong.
        source: GeoError,
    },
    /// Not LAT,LON,KM.
    #[error("'{text}' is not a distance around a point: write LAT,LON,KM, such as 48.2,16.4,50")]
    Near {
        /// As the user wrote it.
        text: String,
    },
}

/// The hints of one run, in the order in which they were given.
#[derive(Debug, Default)]
pub struct Hints {
    strict: bool,
    hints: Vec<Hint>,
}

impl Hints {
    /// No hints yet. Strict hints rule out what they exclude.
    #[must_use]
    pub fn new(strict: bool) -> Self {
        Self { strict, hints: Vec::new() }
    }

    /// The hints with their ids.
    #[must_use]
    pub fn into_vec(self) -> Vec<Hint> {
        self.hints
    }

    /// In one of these countries, continents or admin-1 units, by name or code; of none, no hint.
    ///
    /// # Errors
    /// [`HintError::Region`] when there is no such region, or there are several.
    pub fn countries(&mut self, texts: &[String]) -> Result<(), HintError> {
        if !texts.is_empty() {
            let regions = texts.iter().map(|text| region(text)).collect::<Result<_, _>>()?;
            self.add(HintKind::Country, &texts.join(", "), Area::Regions { regions }, true);
        }
        Ok(())
    }

    /// Not in a region.
    ///
    /// # Errors
    /// [`HintError::Region`] when there is no such region, or there are several.
    pub fn not(&mut self, text: &str) -> Result<(), HintError> {
        let area = Area::Regions { regions: vec![region(text)?] };
        self.add(HintKind::Not, text, area, false);
        Ok(())
    }

    /// Inside `SOUTH,WEST,NORTH,EAST`, degrees.
    ///
    /// # Errors
    /// [`HintError::Geo`] when that is no box.
    pub fn bbox(&mut self, text: &str) -> Result<(), HintError> {
        let bounds: BoundingBox = text.parse().map_err(|source| HintError::Geo { text: text.to_owned(), source })?;
        self.add(HintKind::Bbox, text, Area::Box(bounds), true);
        Ok(())
    }

    /// Within KM of LAT,LON.
    ///
    /// # Errors
    /// [`HintError`] when the text is not `LAT,LON,KM`, or a number is out of range.
    pub fn near(&mut self, text: &str) -> Result<(), HintError> {
        let near = || HintError::Near { text: text.to_owned() };
        let geo = |source| HintError::Geo { text: text.to_owned(), source };
        let (point, km) = text.rsplit_once(',').filter(|(point, _)| point.contains(',')).ok_or_else(near)?;
        let centre: LatLon = point.parse().map_err(geo)?;
        let radius_km: f64 = km.trim().parse().map_err(|_| near())?;
        if !(radius_km > 0.0 && radius_km.is_finite()) {
            return Err(geo(GeoError::Radius(radius_km)));
        }
        self.add(HintKind::Near, text, Area::Disc { centre, radius_km }, true);
        Ok(())
    }

    fn add(&mut self, kind: HintKind, text: &str, area: Area, inside: bool) {
        let odds = if self.strict { STRICT_ODDS } else { HINT_ODDS };
        let likelihood = Likelihood::Area { area, odds: if inside { odds } else { 1.0 / odds } };
        let id = format!("h{}", self.hints.len() + 1);
        self.hints.push(Hint { id, kind, text: text.to_owned(), likelihood });
    }
}

fn region(text: &str) -> Result<RegionCode, HintError> {
    Ok(Gazetteer::embedded().resolve_region(text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flag_gives_a_hint_with_its_own_id() {
        let mut hints = Hints::new(false);
        hints.countries(&["Spain".to_owned(), "PT".to_owned()]).expect("one hint of two countries");
        hints.not("US.TX").expect("a state");
        hints.near("48.2,16.4,50").expect("a disc");
        hints.bbox("-21,176,-12,-178").expect("a box over the date line");
        let ids: Vec<String> = hints.into_vec().into_iter().map(|h| h.id).collect();
        assert_eq!(ids, ["h1", "h2", "h3", "h4"]);
    }

    #[test]
    fn what_is_no_hint_is_refused_with_what_to_write() {
        let mut hints = Hints::new(true);
        assert!(matches!(hints.countries(&["Atlantis".to_owned()]), Err(HintError::Region(_))));
        assert!(matches!(hints.near("48.2,16.4"), Err(HintError::Near { .. })));
        assert!(matches!(hints.near("48.2,16.4,-1"), Err(HintError::Geo { .. })));
        assert!(matches!(hints.bbox("1,2,3"), Err(HintError::Geo { .. })));
        assert!(matches!(hints.near("95,16.4,1"), Err(HintError::Geo { .. })));
    }
}

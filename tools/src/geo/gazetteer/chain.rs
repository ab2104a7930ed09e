//! The Chain of Region of a point.

use super::format::{Section, text_at, u16_at, u32_at};
use super::nearest::FARTHEST_KM;
use super::{Admin1Index, Admin2Index, CountryIndex, Gazetteer, PlaceId};
use crate::geo::boundaries::{Outlines, near_land};
use crate::geo::{Chain, LatLon, Level, Region};

/// A point farther than this from every place of its country lies in no city, km: the "city" threshold of benchmarks.
pub const CITY_REACH_KM: f64 = 25.0;
/// A point farther than this from every place of its country gets no admin-2 unit from the nearest one, km: such units
/// are some tens of kilometres wide.
pub const ADMIN2_REACH_KM: f64 = 50.0;
/// The same for admin-1 units, which are some hundreds wide.
pub const ADMIN1_REACH_KM: f64 = 400.0;

/// A point off the land mask is still taken for its outline's country this near a place of it, km: some inhabited
/// islands are too small for the mask.
pub(super) const SHORE_KM: f64 = 30.0;
/// South of this parallel the Antarctic Treaty holds, and no country's outline, degrees.
const ANTARCTIC_LAT: f64 = -60.0;

/// What the outlines say of a point.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Outline {
    country: Option<CountryIndex>,
    /// The admin-1 unit, where the outlines have it.
    subdivision: Option<Admin1Index>,
}

/// A Chain of Region in numbers of one gazetteer, for work on many points.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct ChainIds {
    /// The country; none at sea.
    pub country: Option<CountryIndex>,
    /// The admin-1 unit.
    pub admin1: Option<Admin1Index>,
    /// The admin-2 unit.
    pub admin2: Option<Admin2Index>,
    /// The populated place.
    pub city: Option<PlaceId>,
}

impl Gazetteer {
    /// The regions that hold a point.
    ///
    /// The country comes from its outline, admin 1 too where the outlines have subdivisions; else admin 1, admin 2 and
    /// city are those of the nearest place of that country (and admin-1 unit). The city is left out when that place is
    /// farther than [`CITY_REACH_KM`], admin 2 beyond [`ADMIN2_REACH_KM`] and admin 1 beyond [`ADMIN1_REACH_KM`]. Points
    /// outside all outlines, and points at sea some tens of kilometres from land, have an empty chain.
    #[must_use]
    pub fn chain(&self, at: LatLon) -> Chain {
        self.describe(self.chain_ids(at))
    }

    /// The regions that hold a place, by its own record.
    #[must_use]
    pub fn chain_of(&self, id: PlaceId) -> Chain {
        self.describe(self.chain_ids_of(id))
    }

    /// The regions that hold a place, as numbers.
    #[must_use]
    pub fn chain_ids_of(&self, id: PlaceId) -> ChainIds {
        // Read field by field: a whole place would check its name as well, which costs more than the rest.
        let record = self.record(Section::Places, id.0 as usize);
        ChainIds {
            country: Some(CountryIndex(u16_at(record, 24))),
            admin1: super::some(u16_at(record, 20)).map(Admin1Index),
            admin2: super::some(u16_at(record, 22)).map(Admin2Index),
            city: Some(id),
        }
    }

    /// The regions that hold a point, as numbers; see [`Self::chain`].
    #[must_use]
    pub fn chain_ids(&self, at: LatLon) -> ChainIds {
        self.chain_ids_in(self.outline(&Outlines::embedded().ids(at)), at, None)
    }

    /// The same for a point whose outlines are known; `guess` is a place that may be the nearest one, to save time.
    pub(super) fn chain_ids_in(&self, outline: Outline, at: LatLon, guess: Option<PlaceId>) -> ChainIds {
        let land = near_land(at);
        let Some(country) = outline.country.or_else(|| self.antarctica(at, land)) else {
            return ChainIds::default();
        };
        let subdivision = outline.subdivision;
        let reach = if land { FARTHEST_KM } else { SHORE_KM };
        let nearest = match subdivision {
            Some(unit) => self.nearest_where(at, country, reach, guess, |id| self.admin1_of(id) == Some(unit)),
            None => self.nearest_where(at, country, reach, guess, |_| true),
        };
        match nearest {
            Some((id, km)) => ChainIds {
                country: Some(country),
                admin1: subdivision.or_else(|| self.admin1_of(id).filter(|_| km <= ADMIN1_REACH_KM)),
                admin2: self.admin2_of(id).filter(|_| km <= ADMIN2_REACH_KM),
                city: (km <= CITY_REACH_KM).then_some(id),
            },
            None if land => ChainIds { country: Some(country), admin1: subdivision, ..ChainIds::default() },
            None => ChainIds::default(),
        }
    }

    /// Names and codes for numbers.
    #[must_use]
    pub fn describe(&self, ids: ChainIds) -> Chain {
        let region = |level, code: &str, name: &str| Region { level, code: code.to_owned(), name: name.to_owned() };
        let mut chain = Vec::with_capacity(Level::ALL.len());
        if let Some(country) = ids.country.map(|index| self.country(index)) {
            chain.push(region(Level::Continent, country.continent, country.continent_name));
            chain.push(region(Level::Country, country.code, country.name));
        }
        if let Some(unit) = ids.admin1.map(|index| self.admin1(index)) {
            chain.push(region(Level::Admin1, unit.code, unit.name));
        }
        if let Some(unit) = ids.admin2.map(|index| self.admin2(index)) {
            chain.push(region(Level::Admin2, unit.code, unit.name));
        }
        if let Some(place) = ids.city.map(|id| self.place(id)) {
            chain.push(region(Level::City, &place.geoname_id.to_string(), place.name));
        }
        Chain(chain)
    }

    fn antarctica(&self, at: LatLon, land: bool) -> Option<CountryIndex> {
        if land && at.lat() < ANTARCTIC_LAT { self.country_by_code("AQ") } else { None }
    }

    /// What the ids of a point's outlines stand for, of which the smallest comes first.
    pub(super) fn outline(&self, ids: &[&str]) -> Outline {
        let country = ids.iter().find_map(|id| self.outline_country(id));
        // Outlines overlap a little: Gibraltar is also inside Andalusia.
        let own = |unit: &Admin1Index| Some(self.admin1(*unit).country) == country;
        Outline { country, subdivision: ids.iter().find_map(|id| self.subdivision(id).filter(own)) }
    }

    /// The country of an outline id; subdivisions count for their country.
    fn outline_country(&self, id: &str) -> Option<CountryIndex> {
        self.country_by_code(id.split('-').next()?)
    }

    /// The admin-1 unit that a subdivision of the outlines stands for.
    pub(super) fn subdivision(&self, id: &str) -> Option<Admin1Index> {
        if !id.contains('-') {
            return None;
        }
        let strings = self.section(Section::Strings);
        let name = |record: &[u8]| u32_at(record, 0) as usize;
        let at = self.search(Section::Subdivisions, |record| {
            text_at(strings, name(record), record.get(4).copied().unwrap_or_default().into()).cmp(id)
        })?;
        Some(Admin1Index(u16_at(self.record(Section::Subdivisions, at), 6)))
    }

    fn admin1_of(&self, id: PlaceId) -> Option<Admin1Index> {
        super::some(u16_at(self.record(Section::Places, id.0 as usize), 20)).map(Admin1Index)
    }

    fn admin2_of(&self, id: PlaceId) -> Option<Admin2Index> {
        super::some(u16_at(self.record(Section::Places, id.0 as usize), 22)).map(Admin2Index)
    }
}

//! Regions as numbers of the gazetteer, so that 200,000 hypotheses are compared without strings.

use navig_tools::geo::gazetteer::{Admin1Index, Admin2Index, ChainIds, CountryIndex, PlaceId};
use navig_tools::geo::{Gazetteer, Level, Region, RegionCode};

/// One region of one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum RegionKey {
    Continent(ContinentIndex),
    Country(CountryIndex),
    Admin1(Admin1Index),
    Admin2(Admin2Index),
    City(PlaceId),
}

/// Number of a continent in [`Continents`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ContinentIndex(u8);

/// The continent of each country.
pub(super) struct Continents {
    codes: Vec<&'static str>,
    of_country: Vec<ContinentIndex>,
}

impl Continents {
    pub(super) fn new(gazetteer: &'static Gazetteer) -> Self {
        let mut codes: Vec<&'static str> = Vec::new();
        let of_country = gazetteer
            .countries()
            .map(|(_, country)| {
                let known = codes.iter().position(|&code| code == country.continent);
                let index = known.unwrap_or_else(|| {
                    codes.push(country.continent);
                    codes.len() - 1
                });
                ContinentIndex(index as u8)
            })
            .collect();
        Self { codes, of_country }
    }

    pub(super) fn of(&self, country: CountryIndex) -> ContinentIndex {
        self.of_country[usize::from(country.0)]
    }

    pub(super) fn countries(&self) -> usize {
        self.of_country.len()
    }
}

impl RegionKey {
    /// The region of a code; `None` when the gazetteer does not know it.
    pub(super) fn of_code(region: &RegionCode, continents: &Continents, gazetteer: &Gazetteer) -> Option<Self> {
        let code = region.code.as_str();
        match region.level {
            Level::Continent => {
                let index = continents.codes.iter().position(|&c| c == code)?;
                Some(Self::Continent(ContinentIndex(index as u8)))
            }
            Level::Country => gazetteer.country_by_code(code).map(Self::Country),
            Level::Admin1 => gazetteer.admin1_by_code(code).map(Self::Admin1),
            Level::Admin2 => gazetteer.admin2_by_code(code).map(Self::Admin2),
            Level::City => {
                let id: u32 = code.parse().ok()?;
                gazetteer.places().find(|place| place.geoname_id == id).map(|place| Self::City(place.id))
            }
        }
    }

    /// The region of a chain at a level.
    pub(super) fn of_chain(chain: &ChainIds, level: Level, continents: &Continents) -> Option<Self> {
        match level {
            Level::Continent => chain.country.map(|country| Self::Continent(continents.of(country))),
            Level::Country => chain.country.map(Self::Country),
            Level::Admin1 => chain.admin1.map(Self::Admin1),
            Level::Admin2 => chain.admin2.map(Self::Admin2),
            Level::City => chain.city.map(Self::City),
        }
    }

    pub(super) fn level(self) -> Level {
        match self {
            Self::Continent(_) => Level::Continent,
            Self::Country(_) => Level::Country,
            Self::Admin1(_) => Level::Admin1,
            Self::Admin2(_) => Level::Admin2,
            Self::City(_) => Level::City,
        }
    }

    /// The continent of a continent or of a country.
    pub(super) fn continent(self, continents: &Continents) -> Option<ContinentIndex> {
        match self {
            Self::Continent(continent) => Some(continent),
            Self::Country(country) => Some(continents.of(country)),
            Self::Admin1(_) | Self::Admin2(_) | Self::City(_) => None,
        }
    }

    /// The country that this is, or lies in; none for a continent.
    pub(super) fn country(self, gazetteer: &Gazetteer) -> Option<CountryIndex> {
        match self {
            Self::Continent(_) => None,
            Self::Country(country) => Some(country),
            Self::Admin1(unit) => Some(gazetteer.admin1(unit).country),
            Self::Admin2(unit) => Some(gazetteer.admin1(gazetteer.admin2(unit).admin1).country),
            Self::City(id) => gazetteer.chain_ids_of(id).country,
        }
    }

    /// Whether a chain passes through this region.
    pub(super) fn holds(self, chain: &ChainIds, continents: &Continents) -> bool {
        Self::of_chain(chain, self.level(), continents) == Some(self)
    }

    /// Code and name.
    pub(super) fn describe(self, continents: &Continents, gazetteer: &Gazetteer) -> Region {
        let level = self.level();
        let (code, name) = match self {
            Self::Continent(ContinentIndex(index)) => {
                let code = continents.codes[usize::from(index)];
                let region = gazetteer.region(&RegionCode { level, code: code.to_owned() });
                (code.to_owned(), region.map_or_else(|| code.to_owned(), |r| r.name))
            }
            Self::Country(index) => {
                let country = gazetteer.country(index);
                (country.code.to_owned(), country.name.to_owned())
            }
            Self::Admin1(index) => {
                let unit = gazetteer.admin1(index);
                (unit.code.to_owned(), unit.name.to_owned())
            }
            Self::Admin2(index) => {
                let unit = gazetteer.admin2(index);
                (unit.code.to_owned(), unit.name.to_owned())
            }
            Self::City(id) => {
                let place = gazetteer.place(id);
                (place.geoname_id.to_string(), place.name.to_owned())
            }
        };
        Region { level, code, name }
    }
}

//! Regions and the chain of them that holds a point.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How deep a region lies in a Chain of Region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// One of seven continents.
    Continent,
    /// A country or territory with an ISO 3166-1 code (and Kosovo, XK).
    Country,
    /// The first administrative level below the country.
    Admin1,
    /// The second.
    Admin2,
    /// A populated place.
    City,
}

impl Level {
    /// All levels, the widest first.
    pub const ALL: [Self; 5] = [Self::Continent, Self::Country, Self::Admin1, Self::Admin2, Self::City];

    /// The word that results and reports use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Continent => "continent",
            Self::Country => "country",
            Self::Admin1 => "admin1",
            Self::Admin2 => "admin2",
            Self::City => "city",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A level and a code: how regions are compared. Never by name: "Niger" is inside "Nigeria".
///
/// Codes are `EU` for a continent, ISO 3166-1 alpha-2 for a country, `DE.02` (GeoNames) for admin 1, `DE.02.091`
/// for admin 2 and the GeoNames id for a city.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct RegionCode {
    /// How deep it lies.
    pub level: Level,
    /// The code at that level.
    pub code: String,
}

impl RegionCode {
    /// The code of a country, from ISO 3166-1 alpha-2 in any case.
    #[must_use]
    pub fn country(alpha2: &str) -> Self {
        Self { level: Level::Country, code: alpha2.to_ascii_uppercase() }
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.level, self.code)
    }
}

/// One entity of one level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Region {
    /// How deep it lies.
    pub level: Level,
    /// Its code at that level; see [`RegionCode`].
    pub code: String,
    /// Its English or local name.
    pub name: String,
}

impl Region {
    /// Level and code without the name.
    #[must_use]
    pub fn region_code(&self) -> RegionCode {
        RegionCode { level: self.level, code: self.code.clone() }
    }
}

/// The regions that hold a point, the widest first; levels that do not exist there are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Chain(pub Vec<Region>);

impl Chain {
    /// The region at a level, if the chain has one.
    #[must_use]
    pub fn at(&self, level: Level) -> Option<&Region> {
        self.0.iter().find(|r| r.level == level)
    }

    /// Whether the chain passes through a region.
    #[must_use]
    pub fn passes(&self, region: &RegionCode) -> bool {
        self.at(region.level).is_some_and(|r| r.code == region.code)
    }
}

impl fmt::Display for Chain {
    /// Names from the widest to the deepest, `Europe > Austria > Styria > Graz`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, region) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" > ")?;
            }
            f.write_str(&region.name)?;
        }
        Ok(())
    }
}

//! From what a user writes for a region to its code, and back to its name.

use super::names::Named;
use super::{Gazetteer, NameMatch};
use crate::geo::fold::fold;
use crate::geo::{Level, Region, RegionCode};

/// Why a text names no single region.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResolveError {
    /// Nothing of that name or code.
    #[error(
        "no region is called '{text}'; write a country (`Austria`, `AT`), a continent, or an admin-1 unit (`Texas`, `US.TX`)"
    )]
    Unknown {
        /// What was written.
        text: String,
    },
    /// Several regions of one name.
    #[error("'{text}' may be {}; write the code", choices.join(", "))]
    Ambiguous {
        /// What was written.
        text: String,
        /// Name and code of each.
        choices: Vec<String>,
    },
}

/// Codes that people write and ISO 3166-1 gives otherwise.
const CODE_ALIASES: [(&str, &str); 2] = [("UK", "GB"), ("EL", "GR")];
/// Common English names that differ from those of the gazetteer, folded.
const NAME_ALIASES: [(&str, &str); 14] = [
    ("america", "US"),
    ("bosnia", "BA"),
    ("burma", "MM"),
    ("cape verde", "CV"),
    ("czech republic", "CZ"),
    ("england", "GB"),
    ("great britain", "GB"),
    ("holland", "NL"),
    ("ivory coast", "CI"),
    ("macedonia", "MK"),
    ("swaziland", "SZ"),
    ("the netherlands", "NL"),
    ("turkiye", "TR"),
    ("united states of america", "US"),
];

impl Gazetteer {
    /// The region of a code, with its name.
    #[must_use]
    pub fn region(&self, code: &RegionCode) -> Option<Region> {
        let name = match code.level {
            Level::Continent => self.countries().find(|(_, c)| c.continent == code.code)?.1.continent_name,
            Level::Country => self.country(self.country_by_code(&code.code)?).name,
            Level::Admin1 => self.admin1(self.admin1_by_code(&code.code)?).name,
            Level::Admin2 => self.admin2(self.admin2_by_code(&code.code)?).name,
            Level::City => {
                let id: u32 = code.code.parse().ok()?;
                self.places().find(|place| place.geoname_id == id)?.name
            }
        };
        Some(Region { level: code.level, code: code.code.clone(), name: name.to_owned() })
    }

    /// The region that a user means: an ISO 3166-1 code of two or three letters, an English name of a country or
    /// continent, or the name or code of an admin-1 unit (`Texas`, `US.TX`, `US-TX`; `Punjab, PK` where several bear
    /// the name). A country wins over an admin-1 unit of its name.
    ///
    /// # Errors
    /// [`ResolveError`] when there is none, or there are several admin-1 units of that name.
    pub fn resolve_region(&self, text: &str) -> Result<RegionCode, ResolveError> {
        let written = text.trim();
        let found = self.country_of_text(written).or_else(|| self.continent_of_text(written));
        match found.or_else(|| self.admin1_of_code(written)) {
            Some(code) => Ok(code),
            None => self.admin1_of_name(written),
        }
    }

    fn country_of_text(&self, text: &str) -> Option<RegionCode> {
        let upper = text.to_uppercase();
        let folded = fold(text);
        let alias = CODE_ALIASES.iter().find(|(alias, _)| *alias == upper);
        let alias = alias.or_else(|| NAME_ALIASES.iter().find(|(alias, _)| *alias == folded)).map(|(_, code)| *code);
        let wanted = alias.unwrap_or(&upper);
        let by_code = self.countries().find(|(_, c)| c.code == wanted || c.alpha3 == wanted);
        let found = by_code.or_else(|| self.countries().find(|(_, c)| !folded.is_empty() && fold(c.name) == folded))?;
        Some(RegionCode::country(found.1.code))
    }

    fn continent_of_text(&self, text: &str) -> Option<RegionCode> {
        let folded = fold(text);
        let (_, country) = self.countries().find(|(_, c)| fold(c.continent_name) == folded)?;
        Some(RegionCode { level: Level::Continent, code: country.continent.to_owned() })
    }

    fn admin1_of_code(&self, text: &str) -> Option<RegionCode> {
        let upper = text.to_uppercase();
        let unit = self.admin1_by_code(&upper).or_else(|| self.subdivision(&upper));
        let unit = unit.or_else(|| self.admin1_by_code(&upper.replacen('-', ".", 1)))?;
        Some(RegionCode { level: Level::Admin1, code: self.admin1(unit).code.to_owned() })
    }

    fn admin1_of_name(&self, text: &str) -> Result<RegionCode, ResolveError> {
        let (name, country) = match text.rsplit_once(',') {
            Some((name, country)) => (name, self.country_of_text(country.trim())),
            None => (text, None),
        };
        let mut units = Vec::new();
        for hit in self.find(name, NameMatch::Exact, usize::MAX) {
            let Named::Admin1(index) = hit.target else { continue };
            let unit = self.admin1(index);
            if country.as_ref().is_none_or(|c| c.code == self.country(unit.country).code) {
                units.push(unit);
            }
        }
        match units.as_slice() {
            [] => Err(ResolveError::Unknown { text: text.to_owned() }),
            [unit] => Ok(RegionCode { level: Level::Admin1, code: unit.code.to_owned() }),
            several => Err(ResolveError::Ambiguous {
                text: text.to_owned(),
                choices: several
                    .iter()
                    .map(|unit| format!("{} in {} ({})", unit.name, self.country(unit.country).name, unit.code))
                    .collect(),
            }),
        }
    }
}

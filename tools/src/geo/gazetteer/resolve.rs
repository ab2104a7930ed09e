//! From what a user writes for a region to its code, and back to its name.

use super::names::Named;
use super::{Gazetteer, NameMatch};
use crate::geo::fold::fold;
use crate::geo::mention::country_named;
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
/// English names that neither the gazetteer nor the table of mentions has, most of them official ones of ISO 3166-1; [`plain`].
const NAME_ALIASES: [(&str, &str); 42] = [
    ("argentine republic", "AR"),
    ("bonaire sint eustatius and saba", "BQ"),
    ("brunei darussalam", "BN"),
    ("democratic peoples republic of korea", "KP"),
    ("england", "GB"),
    ("falkland islands malvinas", "FK"),
    ("french republic", "FR"),
    ("gabonese republic", "GA"),
    ("great britain and northern ireland", "GB"),
    ("hellenic republic", "GR"),
    ("holy see", "VA"),
    ("hong kong sar", "HK"),
    ("italian republic", "IT"),
    ("kyrgyz republic", "KG"),
    ("lao peoples democratic republic", "LA"),
    ("lebanese republic", "LB"),
    ("macedonia", "MK"),
    ("myanmar burma", "MM"),
    ("peoples republic of china", "CN"),
    ("plurinational state of bolivia", "BO"),
    ("portuguese republic", "PT"),
    ("republic of china", "TW"),
    ("republic of congo", "CG"),
    ("republic of korea", "KR"),
    ("russian federation", "RU"),
    ("saint helena ascension and tristan da cunha", "SH"),
    ("saint martin french part", "MF"),
    ("sint maarten dutch part", "SX"),
    ("slovak republic", "SK"),
    ("state of israel", "IL"),
    ("state of kuwait", "KW"),
    ("state of palestine", "PS"),
    ("state of qatar", "QA"),
    ("swiss confederation", "CH"),
    ("syrian arab republic", "SY"),
    ("taiwan province of china", "TW"),
    ("togolese republic", "TG"),
    ("united mexican states", "MX"),
    ("united states of america", "US"),
    ("vatican city state", "VA"),
    ("virgin islands british", "VG"),
    ("virgin islands u s", "VI"),
];
/// Last words of what states are: `Kingdom of Norway`. `State of` is not among them, for units of states are called so too.
const FORMS: [&str; 9] =
    ["commonwealth", "duchy", "emirate", "kingdom", "principality", "republic", "states", "sultanate", "union"];

/// A name folded, without articles, with `and` and `saint` in full.
fn plain(name: &str) -> String {
    let folded = fold(&name.replace('&', " and "));
    let words: Vec<&str> = folded.split(' ').filter(|word| *word != "the").collect();
    match words.as_slice() {
        ["st", rest @ ..] if !rest.is_empty() => format!("saint {}", rest.join(" ")),
        _ => words.join(" "),
    }
}

/// What a state calls itself, without its form: `kingdom of norway` is `norway`.
fn without_form(name: &str) -> Option<String> {
    let (form, name) = name.split_once(" of ")?;
    let last = form.rsplit(' ').next()?;
    FORMS.contains(&last).then(|| name.to_owned())
}

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
        let alias = CODE_ALIASES.iter().find(|(alias, _)| *alias == upper).map(|(_, code)| *code);
        let code = alias.unwrap_or(&upper);
        if let Some((_, country)) = self.countries().find(|(_, c)| c.code == code || c.alpha3 == code) {
            return Some(RegionCode::country(country.code));
        }
        // ISO 3166-1 writes `Korea, Republic of`.
        let is_form =
            |form: &str| form.ends_with(" of") || form.ends_with(" of the") || form.eq_ignore_ascii_case("the");
        let turned = text.split_once(", ").filter(|(_, form)| is_form(form));
        let name = turned.map_or_else(|| plain(text), |(name, form)| plain(&format!("{form} {name}")));
        self.country_of_name(&name).or_else(|| self.country_of_name(&without_form(&name)?))
    }

    /// The country of a [`plain`] name.
    fn country_of_name(&self, name: &str) -> Option<RegionCode> {
        if let Some((_, code)) = NAME_ALIASES.iter().find(|(alias, _)| *alias == name) {
            return Some(RegionCode::country(code));
        }
        let found = self.countries().find(|(_, c)| !name.is_empty() && plain(c.name) == name);
        found.map(|(_, country)| RegionCode::country(country.code)).or_else(|| country_named(name))
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

//! What is known about each country: languages, money, telephone code, the forms of plates, postal codes and road numbers.
//!
//! The table is `data/geo/countries.toml`; `data/geo/README.md` gives the source of each column. It is parsed on first use.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One country or territory.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Country {
    /// Its English name.
    pub name: String,
    /// Inhabitants.
    pub population: u64,
    /// ISO 639 code → percentage of inhabitants who use the language, first or second.
    #[serde(default)]
    pub languages: BTreeMap<String, f64>,
    /// Languages with an official status, national or regional.
    pub official: Vec<String>,
    /// ISO 639 code → P(a public sign carries the language), where we know it better than [`Facts::sign_share`] derives it.
    #[serde(default)]
    pub signs: BTreeMap<String, f64>,
    /// ISO 4217 codes of the money in use.
    pub currencies: Vec<String>,
    /// Without the `+`.
    pub calling_code: Option<u16>,
    /// Whether traffic keeps left.
    pub drives_left: bool,
    /// Whether road signs give miles.
    #[serde(default)]
    pub miles: bool,
    /// ISO codes of the countries that share a land border.
    #[serde(default)]
    pub borders: Vec<String>,
    /// Forms of the postal code: 9 is a digit, A a letter, anything else itself.
    #[serde(default)]
    pub postal: Vec<String>,
    /// Forms of a car's registration plate: as for `postal`, and `-` is any gap.
    #[serde(default)]
    pub plates: Vec<String>,
    /// Families of road numbers: a prefix and a range, such as `A1-99`.
    #[serde(default)]
    pub roads: Vec<String>,
}

/// All countries by ISO 3166-1 alpha-2 code (and XK).
#[derive(Debug)]
pub struct Facts {
    countries: BTreeMap<String, Country>,
}

static FACTS: LazyLock<Facts> = LazyLock::new(|| Facts {
    countries: toml::from_str(include_str!("../../../data/geo/countries.toml"))
        .expect("a test parses the embedded countries.toml"),
});

impl Facts {
    /// The embedded table; the first call parses it.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &FACTS
    }

    /// One country by its code in capitals.
    #[must_use]
    pub fn country(&self, code: &str) -> Option<&Country> {
        self.countries.get(code)
    }

    /// All countries with their codes, in the order of the codes.
    pub fn countries(&self) -> impl Iterator<Item = (&str, &Country)> {
        self.countries.iter().map(|(code, country)| (code.as_str(), country))
    }

    /// The English name, or the code itself when there is no such country.
    #[must_use]
    pub fn name<'a>(&'a self, code: &'a str) -> &'a str {
        self.country(code).map_or(code, |c| &c.name)
    }

    /// P(a public sign in the country carries the language), 0 to 1.
    ///
    /// Our own estimate where the table has one; else official languages have a quarter of the signs and the rest by their
    /// speakers, and other languages are seldom written on signs (a tenth of the share of their speakers).
    #[must_use]
    pub fn sign_share(&self, language: &str, code: &str) -> f64 {
        let Some(country) = self.country(code) else { return 0.0 };
        if let Some(share) = country.signs.get(language) {
            return *share;
        }
        let spoken = country.languages.get(language).copied().unwrap_or(0.0).min(100.0) / 100.0;
        if country.official.iter().any(|l| l == language) {
            0.25 + 0.75 * spoken
        } else {
            let visitors = if language == "en" { 0.05 } else { 0.0 };
            (0.1 * spoken).max(visitors)
        }
    }

    /// Countries whose signs carry the language, with [`Facts::sign_share`]; those below 0.004 are left out.
    #[must_use]
    pub fn where_signs_are_in(&self, language: &str) -> Vec<(&str, f64)> {
        self.countries
            .keys()
            .map(|code| (code.as_str(), self.sign_share(language, code)))
            .filter(|(_, share)| *share >= 0.004)
            .collect()
    }

    /// Whether two countries share a land border.
    #[must_use]
    pub fn border(&self, a: &str, b: &str) -> bool {
        self.country(a).is_some_and(|c| c.borders.iter().any(|x| x == b))
    }
}

/// Languages that people and models name, by ISO 639 code, with their English names; some have two.
pub const LANGUAGES: [(&str, &str); 92] = [
    ("ar", "Arabic"),
    ("bg", "Bulgarian"),
    ("bn", "Bengali"),
    ("cs", "Czech"),
    ("da", "Danish"),
    ("de", "German"),
    ("el", "Greek"),
    ("es", "Spanish"),
    ("et", "Estonian"),
    ("fa", "Persian"),
    ("fi", "Finnish"),
    ("fr", "French"),
    ("he", "Hebrew"),
    ("hi", "Hindi"),
    ("hr", "Croatian"),
    ("hu", "Hungarian"),
    ("id", "Indonesian"),
    ("is", "Icelandic"),
    ("it", "Italian"),
    ("ja", "Japanese"),
    ("ka", "Georgian"),
    ("km", "Khmer"),
    ("ko", "Korean"),
    ("lt", "Lithuanian"),
    ("lv", "Latvian"),
    ("ms", "Malay"),
    ("nl", "Dutch"),
    ("no", "Norwegian"),
    ("pl", "Polish"),
    ("pt", "Portuguese"),
    ("ro", "Romanian"),
    ("ru", "Russian"),
    ("sv", "Swedish"),
    ("th", "Thai"),
    ("tr", "Turkish"),
    ("uk", "Ukrainian"),
    ("vi", "Vietnamese"),
    ("zh", "Chinese"),
    ("en", "English"),
    ("sr", "Serbian"),
    ("sk", "Slovak"),
    ("sl", "Slovene"),
    ("sl", "Slovenian"),
    ("sq", "Albanian"),
    ("mk", "Macedonian"),
    ("ga", "Irish"),
    ("cy", "Welsh"),
    ("ca", "Catalan"),
    ("eu", "Basque"),
    ("gl", "Galician"),
    ("mt", "Maltese"),
    ("lb", "Luxembourgish"),
    ("be", "Belarusian"),
    ("az", "Azerbaijani"),
    ("hy", "Armenian"),
    ("kk", "Kazakh"),
    ("ky", "Kyrgyz"),
    ("uz", "Uzbek"),
    ("tg", "Tajik"),
    ("tk", "Turkmen"),
    ("mn", "Mongolian"),
    ("ps", "Pashto"),
    ("ur", "Urdu"),
    ("ne", "Nepali"),
    ("si", "Sinhala"),
    ("ta", "Tamil"),
    ("te", "Telugu"),
    ("kn", "Kannada"),
    ("ml", "Malayalam"),
    ("mr", "Marathi"),
    ("gu", "Gujarati"),
    ("pa", "Punjabi"),
    ("my", "Burmese"),
    ("lo", "Lao"),
    ("am", "Amharic"),
    ("sw", "Swahili"),
    ("af", "Afrikaans"),
    ("zu", "Zulu"),
    ("xh", "Xhosa"),
    ("st", "Sotho"),
    ("tn", "Setswana"),
    ("so", "Somali"),
    ("mg", "Malagasy"),
    ("tl", "Tagalog"),
    ("fil", "Filipino"),
    ("dz", "Dzongkha"),
    ("zh", "Mandarin"),
    ("zh", "Cantonese"),
    ("fa", "Farsi"),
    ("qu", "Quechua"),
    ("gn", "Guarani"),
    ("ht", "Creole"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_of_the_world_is_there_once() {
        let facts = Facts::embedded();
        assert!(facts.countries().count() >= 245);
        assert!(["US", "XK", "TW", "GL", "SS", "VA"].iter().all(|c| facts.country(c).is_some()));
    }

    #[test]
    fn borders_are_mutual() {
        let facts = Facts::embedded();
        for (code, country) in facts.countries() {
            for other in &country.borders {
                assert!(facts.border(other, code), "{other} does not know its border with {code}");
            }
        }
    }

    #[test]
    fn sign_languages_follow_use_and_not_only_law() {
        let facts = Facts::embedded();
        assert!(facts.sign_share("de", "AT") > 0.9);
        assert!(facts.sign_share("de", "CH") > facts.sign_share("it", "CH"));
        assert!(facts.sign_share("ga", "IE") > 0.2 && facts.sign_share("en", "NP") > facts.sign_share("en", "FR"));
        assert!(facts.sign_share("pl", "DE") < 0.02);
    }
}

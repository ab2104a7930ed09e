//! What a policy wrote, read as an answer.
//!
//! A reward pays for what is read here, and a policy finds every leniency and lives on it: two answers of which the nearer counts, a
//! latitude of 200 that becomes a pole, a number inside a sentence. So nothing is mended. A text is one object of six flat values with
//! white space around it, or it is no answer, and why is counted.

use crate::vision::{admin1_in, city_in, continent_named, country_named};
use navig_tools::geo::{LatLon, Level, RegionCode};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

/// The keys of an answer, all required.
const KEYS: [&str; 6] = ["continent", "country", "admin1", "city", "lat", "lon"];

/// What an answer says.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Its position.
    pub at: LatLon,
    /// Its regions, the widest first: continent, country, admin-1 unit and city, also those that are empty or exist nowhere.
    pub chain: Vec<Stated>,
}

/// A region as an answer states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// At which level.
    pub level: Level,
    /// The name that was written; may be empty.
    pub name: String,
    /// The region of that name inside the regions above it; none when there is no such region.
    pub region: Option<RegionCode>,
}

/// Why a text is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Unread {
    /// Nothing but white space.
    #[error("it is empty")]
    Empty,
    /// No object.
    #[error("it has no object")]
    NoObject,
    /// An object with something before or after it.
    #[error("it has text around the object")]
    TextAround,
    /// More than one object.
    #[error("it has several objects")]
    SeveralObjects,
    /// An object that does not end: mostly a completion that reached its longest length.
    #[error("it breaks off")]
    CutOff,
    /// An object that is no JSON.
    #[error("it is no JSON")]
    Syntax,
    /// A key is not there.
    #[error("a key is missing")]
    MissingKey,
    /// A key is there twice.
    #[error("a key comes twice")]
    DuplicateKey,
    /// A key that an answer does not have.
    #[error("it has a key that is not asked for")]
    UnknownKey,
    /// A list or an object inside the object.
    #[error("a value is a list or an object")]
    Nested,
    /// A name that is no string, or a coordinate that is no number.
    #[error("a value is of another type")]
    WrongType,
    /// A coordinate that is NaN or infinite.
    #[error("a coordinate is not finite")]
    NotFinite,
    /// A latitude beyond a pole.
    #[error("the latitude is not between -90 and 90 degrees")]
    Latitude,
}

impl Answer {
    /// Reads a completion: `{"continent":…,"country":…,"admin1":…,"city":…,"lat":…,"lon":…}` in any order.
    ///
    /// A longitude is normalised to [-180°, 180°); a latitude beyond a pole is no place.
    ///
    /// # Errors
    /// [`Unread`] when it is anything else.
    pub fn read(text: &str) -> Result<Self, Unread> {
        let members = object(text.trim())?.0;
        if members.iter().any(|(key, _)| !KEYS.contains(&key.as_str())) {
            return Err(Unread::UnknownKey);
        }
        let value = |key: &str| {
            let mut values = members.iter().filter(|(k, _)| k == key).map(|(_, value)| *value);
            let value = values.next().ok_or(Unread::MissingKey)?;
            values.next().map_or(Ok(value), |_| Err(Unread::DuplicateKey))
        };
        let name = |key| string(value(key)?);
        let (continent, country, admin1, city) = (name("continent")?, name("country")?, name("admin1")?, name("city")?);
        let (lat, lon) = (number(value("lat")?)?, number(value("lon")?)?);
        let at = LatLon::new(lat, lon).map_err(|_| Unread::Latitude)?;
        Ok(Self { at, chain: chain(continent, country, admin1, city) })
    }
}

/// Names to regions by code, each inside the one above it. A city is looked up in its country when no admin-1 unit is stated, and
/// nowhere when one is stated that does not exist.
fn chain(continent: String, country: String, admin1: String, city: String) -> Vec<Stated> {
    let country_code = country_named(&country);
    let unit = country_code.as_ref().and_then(|country| admin1_in(&admin1, country));
    let above_city = if admin1.trim().is_empty() { country_code.as_ref() } else { unit.as_ref() };
    let town = above_city.and_then(|region| city_in(&city, region));
    vec![
        Stated { level: Level::Continent, region: continent_named(&continent), name: continent },
        Stated { level: Level::Country, region: country_code, name: country },
        Stated { level: Level::Admin1, region: unit, name: admin1 },
        Stated { level: Level::City, region: town, name: city },
    ]
}

/// The members of an object in the order of the text, values as they are written, keys also twice.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut members = Vec::with_capacity(KEYS.len());
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(All)
    }
}

/// The one object of a text without white space around it.
fn object(text: &str) -> Result<Members<'_>, Unread> {
    match text.find('{') {
        _ if text.is_empty() => return Err(Unread::Empty),
        None => return Err(Unread::NoObject),
        Some(0) => {}
        Some(_) => return Err(Unread::TextAround),
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    let members = match values.next() {
        Some(Ok(members)) => members,
        Some(Err(e)) if e.is_eof() => return Err(Unread::CutOff),
        _ if writes_no_finite_number(text) => return Err(Unread::NotFinite),
        _ => return Err(Unread::Syntax),
    };
    match text.get(values.byte_offset()..).unwrap_or_default() {
        "" => Ok(members),
        after if after.contains('{') => Err(Unread::SeveralObjects),
        _ => Err(Unread::TextAround),
    }
}

/// Whether a text that is no JSON is so because of a NaN or an infinity, as several languages write them.
fn writes_no_finite_number(text: &str) -> bool {
    let values = text.split(':').skip(1).map(|value| value.trim_start().trim_start_matches(['-', '+']));
    let begins = |value: &str, word: &str| value.get(..word.len()).is_some_and(|v| v.eq_ignore_ascii_case(word));
    values.into_iter().any(|value| begins(value, "nan") || begins(value, "inf"))
}

fn string(value: &RawValue) -> Result<String, Unread> {
    match value.get().as_bytes().first() {
        Some(b'"') => serde_json::from_str(value.get()).map_err(|_| Unread::Syntax),
        Some(b'{' | b'[') => Err(Unread::Nested),
        _ => Err(Unread::WrongType),
    }
}

/// A number; one beyond the range of 64 bits is infinite.
fn number(value: &RawValue) -> Result<f64, Unread> {
    match value.get().as_bytes().first() {
        Some(b'-' | b'0'..=b'9') => {
            let number: f64 = value.get().parse().map_err(|_| Unread::Syntax)?;
            if number.is_finite() { Ok(number) } else { Err(Unread::NotFinite) }
        }
        Some(b'{' | b'[') => Err(Unread::Nested),
        _ => Err(Unread::WrongType),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GRAZ: &str =
        r#"{"continent":"Europe","country":"Austria","admin1":"Styria","city":"Graz","lat":47.07,"lon":15.44}"#;

    fn codes(text: &str) -> Vec<Option<String>> {
        let answer = Answer::read(text).expect(text);
        answer.chain.into_iter().map(|stated| stated.region.map(|region| region.code)).collect()
    }

    #[test]
    fn an_answer_is_read_with_its_regions() {
        let answer = Answer::read(&format!("\n {GRAZ}\t\r\n")).expect("reads");
        assert_eq!((answer.at.lat(), answer.at.lon()), (47.07, 15.44));
        let graz = Some("2778067".to_owned());
        assert_eq!(codes(GRAZ), [Some("EU".to_owned()), Some("AT".to_owned()), Some("AT.06".to_owned()), graz.clone()]);
        assert_eq!(codes(&GRAZ.replace("Styria", ""))[2..], [None, graz]);
        assert_eq!(codes(&GRAZ.replace("Styria", "Bavaria"))[2..], [None, None]);
    }

    #[test]
    fn names_are_taken_whole() {
        let code = |country: &str| codes(&GRAZ.replace("Austria", country))[1].clone();
        assert_eq!(code("Niger"), Some("NE".to_owned()));
        assert_eq!(code("Nigeria"), Some("NG".to_owned()));
        assert_eq!(code("Nigeri"), None);
        assert_eq!(code("Texas"), None, "an admin-1 unit is no country");
    }

    #[test]
    fn what_is_no_answer_is_refused_with_its_reason() {
        let lat = |written: &str| GRAZ.replace("47.07", written);
        let cases = [
            (" \n".to_owned(), Unread::Empty),
            ("It is Graz.".to_owned(), Unread::NoObject),
            ("47.07, 15.44".to_owned(), Unread::NoObject),
            (format!("The answer: {GRAZ}"), Unread::TextAround),
            (format!("```json\n{GRAZ}\n```"), Unread::TextAround),
            (format!("[{GRAZ}]"), Unread::TextAround),
            (format!("{GRAZ}."), Unread::TextAround),
            (format!("{GRAZ}{GRAZ}"), Unread::SeveralObjects),
            (format!("{GRAZ}\nor {GRAZ}"), Unread::SeveralObjects),
            (GRAZ[..GRAZ.len() - 9].to_owned(), Unread::CutOff),
            (lat("47,07"), Unread::Syntax),
            (lat("047.07"), Unread::Syntax),
            (lat("47.07 N"), Unread::Syntax),
            ("{}".to_owned(), Unread::MissingKey),
            (GRAZ.replace(r#""city":"Graz","#, ""), Unread::MissingKey),
            (GRAZ.replace(r#""lat""#, r#""lat":1,"lat""#), Unread::DuplicateKey),
            (GRAZ.replace(r#""lat""#, r#""\u006cat":1,"lat""#), Unread::DuplicateKey),
            (GRAZ.replace(r#""lat""#, r#""latitude""#), Unread::UnknownKey),
            (lat("[47.07]"), Unread::Nested),
            (GRAZ.replace(r#""Graz""#, r#"{"name":"Graz"}"#), Unread::Nested),
            (format!(r#"{{"answer":{GRAZ}}}"#), Unread::UnknownKey),
            (lat(r#""47.07""#), Unread::WrongType),
            (lat("null"), Unread::WrongType),
            (GRAZ.replace(r#""Graz""#, "null"), Unread::WrongType),
            (lat("NaN"), Unread::NotFinite),
            (lat(" -Infinity"), Unread::NotFinite),
            (lat("1e999"), Unread::NotFinite),
            (GRAZ.replace("15.44", "1e999"), Unread::NotFinite),
            (lat("90.01"), Unread::Latitude),
            (lat("-200"), Unread::Latitude),
        ];
        for (text, reason) in cases {
            assert_eq!(Answer::read(&text), Err(reason), "{text}");
        }
    }

    #[test]
    fn a_longitude_goes_round_and_a_pole_is_a_place() {
        let at = |lat: &str, lon: &str| {
            let answer = Answer::read(&GRAZ.replace("47.07", lat).replace("15.44", lon)).expect("reads");
            (answer.at.lat(), answer.at.lon())
        };
        assert_eq!(at("-90", "0"), (-90.0, 0.0));
        assert_eq!(at("10", "180"), (10.0, -180.0));
        assert_eq!(at("10", "190.5"), (10.0, -169.5));
        assert_eq!(at("1e1", "-190.5"), (10.0, 169.5));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(before in ".{0,6}", after in ".{0,6}", cut in 0..GRAZ.len()) {
            let text = format!("{before}{GRAZ}{after}");
            let blank = before.trim().is_empty() && after.trim().is_empty();
            prop_assert_eq!(Answer::read(&text).is_ok(), blank, "{}", text);
            prop_assert!(Answer::read(&GRAZ[..cut]).is_err());
        }
    }
}

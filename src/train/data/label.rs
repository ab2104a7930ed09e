//! What the Guesser would have to answer for a point, by rule: a place that nobody wrote down cannot be misspelt.

use navig_tools::geo::gazetteer::{CITY_REACH_KM, ChainIds};
use navig_tools::geo::{Gazetteer, LatLon};
use rayon::prelude::*;

/// A photo taken at sea belongs to the country of the nearest place within this distance, km: that of the coast in view, and no
/// farther.
pub const SHORE_KM: f64 = 200.0;
/// Characters of a name that the Guesser's form has room for.
const NAME_CHARS: usize = 40;

/// The answer to the Guesser's question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainAnswer {
    /// Continent, by the gazetteer's name.
    pub continent: &'static str,
    /// Country, by the gazetteer's name.
    pub country: &'static str,
    /// Admin-1 unit; empty where there is none.
    pub admin1: &'static str,
    /// Populated place; empty where none is near.
    pub city: &'static str,
    /// Latitude and longitude, hundredths of a degree.
    hundredths: [i32; 2],
}

/// Why there is no answer for a point.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelError {
    /// It is in no country, and far from all.
    #[error(
        "{at} lies at sea, {distance_km:.0} km from the nearest place; a country is named within {SHORE_KM} km of one"
    )]
    AtSea {
        /// The point.
        at: LatLon,
        /// How far the nearest place is, km.
        distance_km: f64,
    },
}

/// The answer for a point: the gazetteer's chain, at sea that of the nearest place within [`SHORE_KM`].
///
/// # Errors
/// [`LabelError::AtSea`] where there is no such place.
pub fn label(at: LatLon) -> Result<ChainAnswer, LabelError> {
    ashore(at, Gazetteer::embedded().chain_ids(at)).map(|ids| answer(at, ids))
}

/// The answers for many points, in their order, on all cores; each is that of [`label`].
#[must_use]
pub fn label_all(points: &[LatLon]) -> Vec<Result<ChainAnswer, LabelError>> {
    let chains = chains_ashore(points);
    points.par_iter().zip(chains).map(|(at, ids)| ids.map(|ids| answer(*at, ids))).collect()
}

/// The chains of many points, each with a country.
pub(super) fn chains_ashore(points: &[LatLon]) -> Vec<Result<ChainIds, LabelError>> {
    let chains = Gazetteer::embedded().chains(points);
    points.par_iter().zip(chains).map(|(at, ids)| ashore(*at, ids)).collect()
}

/// The chain of a point, which gets that of the nearest place where it has none.
fn ashore(at: LatLon, ids: ChainIds) -> Result<ChainIds, LabelError> {
    if ids.country.is_some() {
        return Ok(ids);
    }
    let gazetteer = Gazetteer::embedded();
    match gazetteer.nearest(at) {
        Some((place, km)) if km <= SHORE_KM => {
            let ids = gazetteer.chain_ids_of(place);
            Ok(ChainIds { city: ids.city.filter(|_| km <= CITY_REACH_KM), ..ids })
        }
        nearest => Err(LabelError::AtSea { at, distance_km: nearest.map_or(f64::INFINITY, |(_, km)| km) }),
    }
}

fn answer(at: LatLon, ids: ChainIds) -> ChainAnswer {
    let gazetteer = Gazetteer::embedded();
    let country = ids.country.map(|index| gazetteer.country(index));
    let hundredths = |degrees: f64| (degrees * 100.0).round() as i32;
    ChainAnswer {
        continent: country.map_or("", |c| c.continent_name),
        country: country.map_or("", |c| c.name),
        admin1: ids.admin1.map_or("", |index| fitting(gazetteer.admin1(index).name)),
        city: ids.city.map_or("", |id| fitting(gazetteer.place(id).name)),
        hundredths: [hundredths(at.lat()), hundredths(at.lon())],
    }
}

/// A name that the form has room for; a part of a longer one would name nothing.
fn fitting(name: &str) -> &str {
    if name.chars().count() <= NAME_CHARS { name } else { "" }
}

impl ChainAnswer {
    /// The answer in the Guesser's form, compact and in the order of its members: from the widest region to the point, so that each is
    /// written knowing those above it.
    #[must_use]
    pub fn to_json(&self) -> String {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        format!(
            r#"{{"continent":{},"country":{},"admin1":{},"city":{},"lat":{},"lon":{}}}"#,
            text(self.continent),
            text(self.country),
            text(self.admin1),
            text(self.city),
            decimal(self.hundredths[0]),
            decimal(self.hundredths[1])
        )
    }
}

/// The shortest decimal of a number of hundredths: the fewer digits, the fewer tokens.
fn decimal(hundredths: i32) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let (whole, part) = (hundredths.unsigned_abs() / 100, hundredths.unsigned_abs() % 100);
    match part {
        0 => format!("{sign}{whole}"),
        _ if part % 10 == 0 => format!("{sign}{whole}.{}", part / 10),
        _ => format!("{sign}{whole}.{part:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::made::{anywhere, at};
    use super::*;
    use crate::vision::{admin1_in, continent_named, regions_named};
    use navig_tools::geo::RegionCode;
    use navig_tools::geo::gazetteer::PlaceId;
    use proptest::prelude::*;

    const KEYS: [&str; 6] = ["continent", "country", "admin1", "city", "lat", "lon"];

    /// What the Guesser's schema demands, and that names lead back to the regions that they were made from.
    fn check(at: LatLon, answer: &ChainAnswer) {
        let text = answer.to_json();
        let value: serde_json::Value = serde_json::from_str(&text).expect(&text);
        assert_eq!(value.to_string(), text, "compact, and numbers as short as they can be");
        let object = value.as_object().expect("an object");
        assert_eq!(object.keys().map(String::as_str).collect::<Vec<_>>(), KEYS);
        let name = |key: &str| value[key].as_str().expect("a text");
        assert!(["admin1", "city"].iter().all(|key| name(key).chars().count() <= NAME_CHARS), "{text}");
        for (key, degrees, limit) in [("lat", at.lat(), 90.0), ("lon", at.lon(), 180.0)] {
            let written = value[key].as_f64().expect("a number");
            assert!(written.abs() <= limit && (written - degrees).abs() <= 0.005 + 1e-9, "{at}: {text}");
            assert!((written * 100.0 - (written * 100.0).round()).abs() < 1e-9, "{text}");
        }
        let gazetteer = Gazetteer::embedded();
        let ids = ashore(at, gazetteer.chain_ids(at)).expect("labelled");
        let country = gazetteer.country(ids.country.expect("a country"));
        let code = RegionCode::country(country.code);
        assert_eq!(regions_named(name("country")), std::slice::from_ref(&code), "{text}");
        assert_eq!(continent_named(name("continent")).map(|c| c.code).as_deref(), Some(country.continent), "{text}");
        let own = ids.admin1.map_or("", |index| gazetteer.admin1(index).name);
        assert_eq!(name("admin1"), fitting(own));
        if name("admin1") == own && !own.is_empty() {
            let unit = admin1_in(own, &code).expect(&text);
            let unit = gazetteer.region(&unit).expect("in the gazetteer");
            assert_eq!(unit.name, own, "{text}");
        }
    }

    #[test]
    fn names_of_units_lead_back_to_them() {
        let gazetteer = Gazetteer::embedded();
        let (mut others, mut too_long) = (0, 0);
        for (_, unit) in gazetteer.admin1_units() {
            if fitting(unit.name).is_empty() {
                too_long += 1;
                continue;
            }
            let country = RegionCode::country(gazetteer.country(unit.country).code);
            let found = admin1_in(unit.name, &country).expect(unit.name);
            others += usize::from(found.code != unit.code);
        }
        // Some countries have several units of one name in the gazetteer, from before and after a reform.
        assert!(others < 200 && too_long < 10, "{others} lead to a namesake, {too_long} are too long");
    }

    #[test]
    fn places_of_the_whole_world_are_labelled() {
        let gazetteer = Gazetteer::embedded();
        let points: Vec<_> =
            (0..gazetteer.len() as u32).step_by(97).map(|id| gazetteer.position(PlaceId(id))).collect();
        let mut countries = std::collections::HashSet::new();
        for (at, answer) in points.iter().zip(label_all(&points)) {
            let answer = answer.expect("a place lies in a country");
            check(*at, &answer);
            countries.insert(answer.country);
        }
        assert!(points.len() > 2000 && countries.len() > 150, "{} points, {} countries", points.len(), countries.len());
    }

    #[test]
    fn many_points_get_the_answers_that_each_gets() {
        let points: Vec<_> = anywhere(3).take(4000).collect();
        let all = label_all(&points);
        assert!(points.iter().zip(&all).all(|(at, answer)| label(*at) == *answer));
        let gazetteer = Gazetteer::embedded();
        for at in points.iter().filter(|at| gazetteer.chain_ids(**at).country.is_none()) {
            assert_eq!(label(*at).is_ok(), gazetteer.nearest(*at).is_some_and(|(_, km)| km <= 200.0), "{at}");
        }
        let (labelled, at_sea): (Vec<_>, Vec<_>) = all.iter().partition(|answer| answer.is_ok());
        // Land is 29 % of the globe.
        assert!((1100..2200).contains(&labelled.len()) && at_sea.len() > 1800, "{} on land", labelled.len());
        points
            .iter()
            .zip(&all)
            .filter_map(|(at, answer)| Some((at, answer.as_ref().ok()?)))
            .for_each(|(at, a)| check(*at, a));
    }

    #[test]
    fn the_answer_is_written_as_the_form_has_it() {
        let munich = label(at(48.137, 11.5755)).expect("on land").to_json();
        assert_eq!(
            munich,
            r#"{"continent":"Europe","country":"Germany","admin1":"Bavaria","city":"Munich","lat":48.14,"lon":11.58}"#
        );
        let plateau = label(at(-80.0, 99.999)).expect("on land").to_json();
        assert_eq!(
            plateau,
            r#"{"continent":"Antarctica","country":"Antarctica","admin1":"","city":"","lat":-80,"lon":100}"#
        );
        let chukotka = label(at(67.0, 179.999)).expect("on land").to_json();
        assert!(
            chukotka.contains(r#""country":"Russia""#) && chukotka.ends_with(r#""lat":67,"lon":180}"#),
            "{chukotka}"
        );
    }

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        let written = [4814, 1150, -700, 0, -5, 5, -50, -18000, 110].map(decimal);
        assert_eq!(written, ["48.14", "11.5", "-7", "0", "-0.05", "0.05", "-0.5", "-180", "1.1"]);
    }

    #[test]
    fn at_sea_the_coast_in_view_is_named_and_nothing_farther() {
        // South of Ireland, some 100 km off.
        let celtic_sea = label(at(50.8, -9.0)).expect("near a coast");
        assert_eq!((celtic_sea.country, celtic_sea.city), ("Ireland", ""));
        let LabelError::AtSea { distance_km, .. } = label(at(-48.9, -123.4)).expect_err("Point Nemo");
        assert!(distance_km > 2000.0, "{distance_km}");
    }

    #[test]
    fn a_name_that_is_too_long_is_left_out_whole() {
        assert_eq!(fitting(&"é".repeat(41)), "");
        assert_eq!(fitting(&"é".repeat(40)).chars().count(), 40);
    }

    proptest! {
        #[test]
        fn any_point_has_an_answer_or_lies_at_sea(lat in -90.0..=90.0f64, lon in -180.0..180.0f64) {
            let at = at(lat, lon);
            match label(at) {
                Ok(answer) => check(at, &answer),
                Err(LabelError::AtSea { distance_km, .. }) => prop_assert!(distance_km > SHORE_KM),
            }
        }
    }
}

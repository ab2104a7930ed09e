//! The answer of a reply: names to regions that exist.

use super::Said;
use super::form::COUNTRY;
use crate::model::Reply;
use crate::prompt::outside;
use crate::vision::regions_named;
use navig_tools::geo::gazetteer::{NameMatch, Named};
use navig_tools::geo::{Gazetteer, LatLon, Level, RegionCode};
use serde::Deserialize;

#[derive(Deserialize)]
struct Written {
    continent: String,
    country: String,
    #[serde(default)]
    admin1: String,
    #[serde(default)]
    city: String,
    lat: f64,
    lon: f64,
}

/// The answer of a reply, and what had to be mended.
pub(super) fn read(reply: &Reply) -> (Said, Vec<String>) {
    let mut repairs = Vec::new();
    let written: Written = match serde_json::from_value(reply.json.clone()) {
        Ok(written) => written,
        Err(e) => return (Said { point: None, chain: vec![] }, vec![format!("the answer does not read: {e}")]),
    };
    let point =
        LatLon::new(written.lat, written.lon).map_err(|e| repairs.push(format!("the position was left out: {e}")));
    let p = |key: usize, name: &str| {
        let scores = reply.scores.get(key).and_then(Option::as_ref);
        scores.and_then(|s| s.p(name)).unwrap_or(1.0)
    };
    let mut chain: Vec<(RegionCode, f64)> = Vec::new();
    let at_level = |name: &str, level: Level| regions_named(name).into_iter().find(|r| r.level == level);
    match continent_named(&written.continent) {
        Some(continent) => chain.push((continent, 1.0)),
        None => repairs.push(format!("'{}' is no continent", outside(&written.continent))),
    }
    match at_level(&written.country, Level::Country) {
        Some(country) => {
            let admin1 = admin1_in(&written.admin1, &country.code);
            chain.push((country, p(COUNTRY, &written.country)));
            match admin1 {
                Some(code) => {
                    let city = city_in(&written.city, &code);
                    chain.push((code, 1.0));
                    chain.extend(city.map(|city| (city, 1.0)));
                }
                None if written.admin1.trim().is_empty() => {}
                None => repairs.push(format!("'{}' is no part of that country", outside(&written.admin1))),
            }
        }
        None => repairs.push(format!("'{}' is no country", outside(&written.country))),
    }
    (Said { point: point.ok(), chain }, repairs)
}

/// The continent of a name; one of them is also a country.
fn continent_named(name: &str) -> Option<RegionCode> {
    let (_, country) = Gazetteer::embedded().countries().find(|(_, c)| c.continent_name == name)?;
    Some(RegionCode { level: Level::Continent, code: country.continent.to_owned() })
}

/// The admin-1 unit of a name in a country.
fn admin1_in(name: &str, country: &str) -> Option<RegionCode> {
    let gazetteer = Gazetteer::embedded();
    let in_country = |r: &RegionCode| {
        let unit = gazetteer.admin1_by_code(&r.code).map(|index| gazetteer.admin1(index));
        unit.is_some_and(|unit| gazetteer.country(unit.country).code == country)
    };
    let named = gazetteer.find(name, NameMatch::Exact, usize::MAX).into_iter().filter_map(|hit| match hit.target {
        Named::Admin1(index) => {
            Some(RegionCode { level: Level::Admin1, code: gazetteer.admin1(index).code.to_owned() })
        }
        _ => None,
    });
    named.into_iter().find(in_country)
}

/// The largest town of a name in an admin-1 unit.
fn city_in(name: &str, admin1: &RegionCode) -> Option<RegionCode> {
    let gazetteer = Gazetteer::embedded();
    let towns = gazetteer.find(name, NameMatch::Exact, 500).into_iter().filter_map(|hit| match hit.target {
        Named::Place(id) => Some(id),
        _ => None,
    });
    let inside = towns.filter(|&id| gazetteer.chain_of(id).passes(admin1));
    let largest = inside.max_by_key(|&id| gazetteer.inhabitants(id))?;
    Some(RegionCode { level: Level::City, code: gazetteer.place(largest).geoname_id.to_string() })
}

//! The answer of a reply: names to regions that exist.

use super::Said;
use super::form::COUNTRY;
use crate::model::Reply;
use crate::prompt::outside;
use crate::vision::{admin1_in, city_in, continent_named, country_named};
use navig_tools::geo::{LatLon, RegionCode};
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
    match continent_named(&written.continent) {
        Some(continent) => chain.push((continent, 1.0)),
        None => repairs.push(format!("'{}' is no continent", outside(&written.continent))),
    }
    match country_named(&written.country) {
        Some(country) => {
            let admin1 = admin1_in(&written.admin1, &country);
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

//! The Chain of Region by the administrative boundaries of a map, in the ids of the gazetteer.

use crate::geo::LatLon;
use crate::geo::gazetteer::{Admin1Index, Admin2Index, ChainIds, CountryIndex, Gazetteer, NameMatch, Named, PlaceId};

/// The levels of OpenStreetMap at which a town is looked for, the likeliest first: a municipality, a town that is a
/// district of its own, a city district, a town that is a state.
const CITY_LEVELS: [u8; 7] = [8, 7, 6, 9, 10, 5, 4];
/// The levels of admin-1 units: states, provinces, and regions of small countries.
const ADMIN1_LEVELS: std::ops::RangeInclusive<u8> = 3..=6;
/// The levels of admin-2 units.
const ADMIN2_LEVELS: std::ops::RangeInclusive<u8> = 5..=8;
/// A place of the gazetteer farther than this from a point is not the town whose boundary holds the point, km.
const SAME_TOWN_KM: f64 = 30.0;
/// Most bearers of a name that are looked at.
const MOST_BEARERS: usize = 200;

/// An administrative area of a map that holds a point.
#[derive(Debug, Clone, Default)]
pub(super) struct Holding<'a> {
    /// `admin_level`, 2 for a country.
    pub(super) level: u8,
    /// Its names, the main one first.
    pub(super) names: Vec<&'a str>,
    /// ISO 3166-1 alpha-2, when tagged.
    pub(super) country: Option<&'a str>,
}

/// The chain of a point: what the areas of the map name, and what the gazetteer says where they are silent.
///
/// A level that the areas name and the gazetteer does not know leaves the gazetteer's own answer in place, unless that
/// one lies in another region of the level above.
pub(super) fn chain_ids(at: LatLon, areas: &[Holding<'_>]) -> ChainIds {
    let gazetteer = Gazetteer::embedded();
    let nearest = gazetteer.chain_ids(at);
    let by_code = areas.iter().find_map(|area| gazetteer.country_by_code(area.country?));
    let country = by_code.or(nearest.country);
    let Some(country) = country else { return nearest };
    let fallback = if nearest.country == Some(country) { nearest } else { ChainIds::default() };
    let city = CITY_LEVELS.iter().find_map(|level| named_at(areas, *level).find_map(|n| city(n, country, at)));
    let of_city = city.map(|id| gazetteer.chain_ids_of(id)).unwrap_or_default();
    let admin1 = units(areas, ADMIN1_LEVELS).find_map(|n| admin1(n, country)).or(of_city.admin1).or(fallback.admin1);
    let admin2 = admin1.and_then(|unit| units(areas, ADMIN2_LEVELS).find_map(|n| admin2(n, unit)));
    let consistent = |ids: ChainIds| (ids.admin1 == admin1).then_some(ids);
    ChainIds {
        country: Some(country),
        admin1,
        admin2: admin2.or(consistent(of_city).and_then(|c| c.admin2)).or(consistent(fallback).and_then(|c| c.admin2)),
        city: city.or(consistent(fallback).and_then(|c| c.city)),
    }
}

/// The names of the areas of a level.
fn named_at<'a>(areas: &'a [Holding<'a>], level: u8) -> impl Iterator<Item = &'a str> {
    areas.iter().filter(move |area| area.level == level).flat_map(|area| area.names.iter().copied())
}

fn units<'a>(areas: &'a [Holding<'a>], levels: std::ops::RangeInclusive<u8>) -> impl Iterator<Item = &'a str> {
    levels.flat_map(|level| named_at(areas, level))
}

fn bearers(name: &str) -> impl Iterator<Item = Named> {
    Gazetteer::embedded().find(name, NameMatch::Exact, MOST_BEARERS).into_iter().map(|hit| hit.target)
}

fn city(name: &str, country: CountryIndex, at: LatLon) -> Option<PlaceId> {
    let gazetteer = Gazetteer::embedded();
    let near = bearers(name).filter_map(|target| match target {
        Named::Place(id) if gazetteer.chain_ids_of(id).country == Some(country) => {
            Some((id, gazetteer.position(id).distance_km(at)))
        }
        _ => None,
    });
    near.filter(|(_, km)| *km <= SAME_TOWN_KM).min_by(|a, b| a.1.total_cmp(&b.1)).map(|(id, _)| id)
}

fn admin1(name: &str, country: CountryIndex) -> Option<Admin1Index> {
    bearers(name).find_map(|target| match target {
        Named::Admin1(unit) if Gazetteer::embedded().admin1(unit).country == country => Some(unit),
        _ => None,
    })
}

fn admin2(name: &str, admin1: Admin1Index) -> Option<Admin2Index> {
    bearers(name).find_map(|target| match target {
        Named::Admin2(unit) if Gazetteer::embedded().admin2(unit).admin1 == admin1 => Some(unit),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(level: u8, name: &'static str) -> Holding<'static> {
        Holding { level, names: vec![name], country: (level == 2).then_some("AT") }
    }

    fn described(at: LatLon, areas: &[Holding<'_>]) -> Vec<String> {
        Gazetteer::embedded().describe(chain_ids(at, areas)).0.into_iter().map(|r| r.name).collect()
    }

    #[test]
    fn the_boundary_wins_over_the_nearest_town() {
        // A hillside of Mödling's district that lies nearer to another town than to the one whose land it is.
        let at = LatLon::new(48.0700, 16.2800).expect("in range");
        let nearest = described(at, &[]);
        let areas = [area(2, "Österreich"), area(4, "Niederösterreich"), area(8, "Baden")];
        let held = described(at, &areas);
        assert_eq!(held.last().map(String::as_str), Some("Baden"), "{held:?}");
        assert_ne!(nearest.last(), held.last());
        assert!(held.contains(&"Lower Austria".to_owned()), "{held:?}");
    }

    #[test]
    fn a_namesake_far_away_is_not_the_town() {
        let at = LatLon::new(48.0700, 16.2800).expect("in range");
        let held = described(at, &[area(2, "Österreich"), area(8, "Innsbruck")]);
        assert_ne!(held.last().map(String::as_str), Some("Innsbruck"));
    }

    #[test]
    fn a_map_without_boundaries_leaves_it_to_the_gazetteer() {
        let at = LatLon::new(48.2082, 16.3738).expect("in range");
        assert_eq!(chain_ids(at, &[]), Gazetteer::embedded().chain_ids(at));
    }
}

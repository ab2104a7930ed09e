//! Names of regions, as a model writes them, to codes.

use navig_tools::geo::gazetteer::{NameHit, NameMatch, Named};
use navig_tools::geo::{Gazetteer, Level, RegionCode};

/// The regions of a name: one country, continent or admin-1 unit, or all admin-1 units that bear the name. None when there
/// is no such region.
#[must_use]
pub(crate) fn regions_named(name: &str) -> Vec<RegionCode> {
    let gazetteer = Gazetteer::embedded();
    if let Ok(code) = gazetteer.resolve_region(name) {
        return vec![code];
    }
    let unit = |hit: NameHit| match hit.target {
        Named::Admin1(index) => {
            Some(RegionCode { level: Level::Admin1, code: gazetteer.admin1(index).code.to_owned() })
        }
        _ => None,
    };
    gazetteer.find(name, NameMatch::Exact, usize::MAX).into_iter().filter_map(unit).collect()
}

/// The continent of a name; one of them is also a country.
#[must_use]
pub(crate) fn continent_named(name: &str) -> Option<RegionCode> {
    let (_, country) = Gazetteer::embedded().countries().find(|(_, c)| c.continent_name == name)?;
    Some(RegionCode { level: Level::Continent, code: country.continent.to_owned() })
}

/// The country of a name or code.
#[must_use]
pub(crate) fn country_named(name: &str) -> Option<RegionCode> {
    regions_named(name).into_iter().find(|region| region.level == Level::Country)
}

/// The admin-1 unit of a name in a country.
#[must_use]
pub(crate) fn admin1_in(name: &str, country: &RegionCode) -> Option<RegionCode> {
    let gazetteer = Gazetteer::embedded();
    let unit = |hit: NameHit| match hit.target {
        Named::Admin1(index) => Some(gazetteer.admin1(index)),
        _ => None,
    };
    let mut units = gazetteer.find(name, NameMatch::Exact, usize::MAX).into_iter().filter_map(unit);
    let unit = units.find(|unit| gazetteer.country(unit.country).code == country.code)?;
    Some(RegionCode { level: Level::Admin1, code: unit.code.to_owned() })
}

/// The largest town of a name in a region.
#[must_use]
pub(crate) fn city_in(name: &str, region: &RegionCode) -> Option<RegionCode> {
    let gazetteer = Gazetteer::embedded();
    let town = |hit: NameHit| match hit.target {
        Named::Place(id) => Some(id),
        _ => None,
    };
    let towns = gazetteer.find(name, NameMatch::Exact, 500).into_iter().filter_map(town);
    let largest =
        towns.filter(|&id| gazetteer.chain_of(id).passes(region)).max_by_key(|&id| gazetteer.inhabitants(id))?;
    Some(RegionCode { level: Level::City, code: gazetteer.place(largest).geoname_id.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_matched_whole_and_namesakes_are_all_kept() {
        let codes = |name| regions_named(name).into_iter().map(|r| r.code).collect::<Vec<_>>();
        assert_eq!(codes("Niger"), ["NE"]);
        assert_eq!(codes("Nigeria"), ["NG"]);
        assert_eq!(codes("Bavaria"), ["DE.02"]);
        assert_eq!(codes("Europe"), ["EU"]);
        assert!(codes("Punjab").len() > 1, "{:?}", codes("Punjab"));
        assert!(codes("Atlantis").is_empty() && codes("").is_empty() && codes("\u{0}{}").is_empty());
    }

    #[test]
    fn a_name_is_looked_up_inside_the_region_above_it() {
        let austria = RegionCode::country("AT");
        let styria = admin1_in("styria", &austria).expect("Styria");
        assert_eq!(styria.code, "AT.06");
        assert_eq!(admin1_in("Bavaria", &austria), None);
        let graz = city_in("Graz", &styria).expect("Graz");
        assert_eq!(city_in("Graz", &austria), Some(graz));
        assert_eq!(city_in("Vienna", &styria), None);
        assert_eq!(
            (continent_named("Europe").map(|c| c.code), continent_named("Austria")),
            (Some("EU".to_owned()), None)
        );
        assert_eq!((country_named("Georgia").map(|c| c.code), country_named("Texas")), (Some("GE".to_owned()), None));
    }
}

//! Names of regions, as a model writes them, to codes.

use navig_tools::geo::gazetteer::{NameMatch, Named};
use navig_tools::geo::{Gazetteer, Level, RegionCode};

/// The regions of a name: one country, continent or admin-1 unit, or all admin-1 units that bear the name. None when there
/// is no such region.
#[must_use]
pub(crate) fn regions_named(name: &str) -> Vec<RegionCode> {
    let gazetteer = Gazetteer::embedded();
    if let Ok(code) = gazetteer.resolve_region(name) {
        return vec![code];
    }
    let unit = |hit: navig_tools::geo::gazetteer::NameHit| match hit.target {
        Named::Admin1(index) => {
            Some(RegionCode { level: Level::Admin1, code: gazetteer.admin1(index).code.to_owned() })
        }
        _ => None,
    };
    gazetteer.find(name, NameMatch::Exact, usize::MAX).into_iter().filter_map(unit).collect()
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
}

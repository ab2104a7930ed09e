//! The World Bank's income class of a country: whether a system works as well where people are poor.

use std::collections::HashMap;
use std::sync::LazyLock;

const TABLE: &str = include_str!("../../../data/income/income.csv");

static CLASSES: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let rows = TABLE.lines().skip(1).map(|row| row.split(','));
    rows.filter_map(|mut row| Some((row.next()?, row.next()?))).collect()
});

/// The class of a country by its ISO 3166-1 code, such as `upper-middle`; none for countries that are not classified.
pub(super) fn class(country: &str) -> Option<&'static str> {
    CLASSES.get(country).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use navig_tools::geo::Gazetteer;

    #[test]
    fn every_class_is_known_and_is_of_a_country() {
        assert_eq!((class("CH"), class("IN"), class("NA")), (Some("high"), Some("lower-middle"), Some("lower-middle")));
        assert_eq!(class("AQ"), None);
        let known = ["low", "lower-middle", "upper-middle", "high"];
        for (code, class) in CLASSES.iter() {
            assert!(Gazetteer::embedded().country_by_code(code).is_some() && known.contains(class), "{code} {class}");
        }
    }
}

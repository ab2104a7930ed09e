//! Where the numbers of a dialling prefix are: 020 in London, 0778 in Fukui.

use crate::evidence::PointShare;
use crate::geo::LatLon;
use std::sync::LazyLock;

/// `data/geo/phone_areas.tsv`, sorted by prefix; `phone_areas.py` describes its columns.
static ROWS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    include_str!("../../../data/geo/phone_areas.tsv").lines().filter(|l| !l.starts_with('#')).collect()
});

/// The area of the longest known prefix of a number, given as calling code and national digits. Mobile numbers have none.
pub(crate) fn of(calling_code: &str, national: &str) -> Option<PointShare> {
    let digits = format!("{calling_code}{national}");
    (calling_code.len() + 1..=digits.len()).rev().find_map(|size| row(digits.get(..size)?))
}

fn row(prefix: &str) -> Option<PointShare> {
    let key = |row: &'static str| row.split('\t').next().unwrap_or_default();
    let at = ROWS.binary_search_by(|row| key(row).cmp(prefix)).ok()?;
    let mut columns = ROWS[at].split('\t').skip(1);
    let mut number = || columns.next()?.parse::<f64>().ok();
    let at = LatLon::new(number()?, number()?).ok()?;
    Some(PointShare { at, sigma_km: number()?, share: 1.0, label: format!("the numbers that begin with +{prefix}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(calling_code: &str, national: &str, lat: f64, lon: f64) -> bool {
        let here = LatLon::new(lat, lon).expect("valid");
        of(calling_code, national).is_some_and(|area| area.at.distance_km(here) < 40.0)
    }

    #[test]
    fn every_row_reads_and_they_are_sorted() {
        assert!(ROWS.len() > 5_000 && ROWS.is_sorted());
        for line in ROWS.iter() {
            let prefix = line.split('\t').next().expect("a column");
            assert!(row(prefix).is_some_and(|area| area.sigma_km > 0.0), "{line}");
        }
    }

    #[test]
    fn prefixes_lead_to_their_towns() {
        assert!(near("44", "2075252000", 51.5, -0.12));
        assert!(near("49", "8912345678", 48.14, 11.57));
        assert!(near("351", "282000147", 37.14, -8.54));
        assert!(near("1", "2125550100", 40.71, -74.0));
        assert!(of("49", "15112345678").is_none(), "a mobile number is nowhere");
    }
}

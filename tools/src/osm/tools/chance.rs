//! How likely it is that a match on a map has nothing to do with where the camera stood.
//!
//! By Bayes, with `m` the chance that the camera stood on one of the maps ([`ON_THE_MAPS`]), `r` how often a sign that
//! stands on the maps gives such a match, and `q` how often a sign from elsewhere does, by accident:
//!
//! ```text
//! background = (1 - m) q / (m r + (1 - m) q)
//! ```

use super::sighting::Bearer;
use crate::evidence::MIN_BACKGROUND;

/// P(the camera stood on one of the installed maps), before anything is matched. People install maps of where they think
/// that their photos are from, but any one photo may still be from anywhere.
const ON_THE_MAPS: f64 = 0.2;
/// P(two names of a photo are found together | both stand on the maps).
const PAIR_IS_FOUND: f64 = 0.7;
/// No match says more than this: whole signs are copied, and photographed off screens.
const LEAST_BACKGROUND: f64 = 0.02;

/// `r / q` of one name, by how like it is (rows) and by how many places bear it (columns).
///
/// Measured by `examples/chance_of_names.rs` on 41 extracts: names of shops, sights and streets, asked on the maps that do
/// not touch their own, and, misread, on all maps. Smoothed by hand to fall along rows and columns.
const RATIOS: [(f64, [f64; 5]); 5] = [
    (0.95, [32.0, 5.0, 4.0, 2.0, 0.9]),
    (0.85, [25.0, 4.5, 3.5, 1.2, 0.8]),
    (0.75, [2.3, 1.0, 1.0, 0.3, 0.3]),
    (0.65, [0.3, 0.3, 0.2, 0.1, 0.1]),
    (0.0, [0.05, 0.05, 0.05, 0.05, 0.05]),
];
/// The places from which each column of [`RATIOS`] counts.
const PLACES: [usize; 5] = [1, 2, 3, 6, 21];
/// A chain, or who runs a thing: it is here as it is elsewhere.
const CHAIN: f64 = 0.3;

/// The background of a single name that was found at some places of the maps, and at some of the gazetteer.
pub(super) fn of_one_name(likeness: f64, bearers: &[Bearer], gazetteer_places: usize) -> f64 {
    let row = RATIOS.iter().find(|(least, _)| likeness >= *least).map_or(RATIOS[RATIOS.len() - 1].1, |(_, row)| *row);
    let places = bearers.len() + gazetteer_places;
    let column = PLACES.iter().rposition(|least| places >= *least).unwrap_or(0);
    let chain = bearers.first().is_some_and(|b| b.chain);
    of_ratio(if chain { row[column].min(CHAIN) } else { row[column] })
}

/// The background of names found together, of which one expects `expected` by accident, from 0.
pub(super) fn of_names_together(expected: f64) -> f64 {
    let by_accident = -(-expected.max(0.0)).exp_m1();
    of_ratio(PAIR_IS_FOUND / by_accident.max(1e-12))
}

fn of_ratio(ratio: f64) -> f64 {
    let elsewhere = 1.0 - ON_THE_MAPS;
    (elsewhere / (ON_THE_MAPS * ratio + elsewhere)).clamp(LEAST_BACKGROUND.max(MIN_BACKGROUND), 0.999)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::LatLon;
    use crate::osm::object::{OsmId, OsmKind};

    fn bearers(count: usize, chain: bool) -> Vec<Bearer> {
        let at = LatLon::new(1.0, 2.0).expect("in range");
        let osm = OsmId { kind: OsmKind::Node, number: 1 };
        vec![Bearer { osm, at, reach_km: 0.1, name: "A".to_owned(), likeness: 1.0, chain }; count]
    }

    #[test]
    fn more_namesakes_and_less_likeness_say_less() {
        for (least, _) in RATIOS {
            let by_places: Vec<f64> =
                [1, 2, 3, 6, 21, 500].iter().map(|n| of_one_name(least, &bearers(*n, false), 0)).collect();
            assert!(by_places.is_sorted(), "{by_places:?}");
        }
        let by_likeness: Vec<f64> =
            [1.0, 0.9, 0.8, 0.7, 0.6].iter().map(|l| of_one_name(*l, &bearers(1, false), 0)).collect();
        assert!(by_likeness.is_sorted(), "{by_likeness:?}");
        assert!(of_one_name(1.0, &bearers(1, true), 0) > 0.9);
        assert!(of_one_name(1.0, &bearers(1, false), 30) > of_one_name(1.0, &bearers(1, false), 0));
    }

    #[test]
    fn a_pair_that_never_meets_by_accident_is_nearly_sure_and_a_common_one_is_not() {
        assert!((of_names_together(1e-9) - LEAST_BACKGROUND).abs() < 1e-9);
        assert!(of_names_together(5.0) > 0.8);
    }
}

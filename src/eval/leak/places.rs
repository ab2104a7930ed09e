//! Places that a training set shares with a benchmark.
//!
//! A tree of unit vectors finds the nearest place by the chord through the globe, which knows no poles and no 180th
//! meridian; the distance that is told is the great circle's, as everywhere in navig.

use navig_tools::geo::LatLon;
use rayon::prelude::*;
use rstar::RTree;
use rstar::primitives::GeomWithData;

/// Rounding moves the end of a unit vector by less than this, in radii of the globe (it is 64 nm on the ground).
const ROUNDING: f64 = 1e-14;

type Spot = GeomWithData<[f64; 3], usize>;

/// A place of a benchmark with a place of the training set nearby.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearPlace {
    /// Index of the benchmark's place.
    pub test: usize,
    /// Index of the nearest place of the training set; of several as near, the first.
    pub train: usize,
    /// Great-circle distance of the two, km.
    pub distance_km: f64,
}

/// The places of `test` that have one of `train` within `radius_km`, that distance included, in their order. There are
/// none for a radius that is negative or not a number.
#[must_use]
pub fn near_places(train: &[LatLon], test: &[LatLon], radius_km: f64) -> Vec<NearPlace> {
    let train: Vec<LatLon> = train.iter().copied().map(one_pole).collect();
    let tree = RTree::bulk_load(distinct(&train));
    let nearest = |(test, at): (usize, &LatLon)| {
        let at = one_pole(*at);
        let (distance_km, train) = nearest(&tree, &train, at)?;
        (distance_km <= radius_km).then_some(NearPlace { test, train, distance_km })
    };
    test.par_iter().enumerate().filter_map(nearest).collect()
}

/// Each place once, by its first index: a thousand pictures of one spot would all be the nearest.
fn distinct(places: &[LatLon]) -> Vec<Spot> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.par_sort_unstable_by(|&a, &b| {
        let (p, q) = (places[a], places[b]);
        p.lat().total_cmp(&q.lat()).then(p.lon().total_cmp(&q.lon())).then(a.cmp(&b))
    });
    order.dedup_by(|later, first| places[*later] == places[*first]);
    order.into_iter().map(|index| Spot::new(places[index].unit_vector(), index)).collect()
}

/// Distance, km, and index of the nearest place. The chord leaves those that rounding cannot tell apart; the great
/// circle chooses among them, then the index.
fn nearest(tree: &RTree<Spot>, places: &[LatLon], at: LatLon) -> Option<(f64, usize)> {
    let vector = at.unit_vector();
    let chord = squared_chord(*tree.nearest_neighbor(&vector)?.geom(), vector).sqrt() + ROUNDING;
    tree.locate_within_distance(vector, chord * chord)
        .map(|spot| (at.distance_km(places[spot.data]), spot.data))
        .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
}

fn squared_chord(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

/// A pole is one place whatever its longitude; the formula's rounding would set its longitudes 1e-12 km apart.
fn one_pole(at: LatLon) -> LatLon {
    if at.lat().abs() < 90.0 { at } else { LatLon::new(at.lat(), 0.0).unwrap_or(at) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn at(lat: f64, lon: f64) -> LatLon {
        LatLon::new(lat, lon).expect("on the globe")
    }

    /// Poles, the 180th meridian, a coarse lattice where places coincide or are equally far, and everything else.
    fn place() -> impl Strategy<Value = LatLon> {
        let lat = prop_oneof![
            Just(90.0),
            Just(-90.0),
            Just(0.0),
            89.999..90.0,
            -90.0..90.0,
            (-6..=6).prop_map(|steps| f64::from(steps) * 15.0),
        ];
        let lon = prop_oneof![
            Just(-180.0),
            Just(0.0),
            179.999..180.0,
            -180.0..-179.999,
            -180.0..180.0,
            (-12..12).prop_map(|steps| f64::from(steps) * 15.0),
        ];
        (lat, lon).prop_map(|(lat, lon)| at(lat, lon))
    }

    fn radius_km() -> impl Strategy<Value = f64> {
        prop_oneof![Just(0.0), Just(1.0), Just(200.0), Just(20_100.0), 0.0..2_000.0]
    }

    fn looked_at_one_by_one(train: &[LatLon], test: &[LatLon], radius_km: f64) -> Vec<NearPlace> {
        let mut found = Vec::new();
        for (i, &at) in test.iter().enumerate() {
            let mut best: Option<NearPlace> = None;
            for (j, &other) in train.iter().enumerate() {
                let distance_km = one_pole(at).distance_km(one_pole(other));
                if distance_km <= radius_km && best.is_none_or(|best| distance_km < best.distance_km) {
                    best = Some(NearPlace { test: i, train: j, distance_km });
                }
            }
            found.extend(best);
        }
        found
    }

    proptest! {
        #[test]
        fn the_tree_finds_what_looking_at_all_finds(
            train in vec(place(), 0..60), test in vec(place(), 0..30), radius_km in radius_km(),
        ) {
            prop_assert_eq!(near_places(&train, &test, radius_km), looked_at_one_by_one(&train, &test, radius_km));
        }

        #[test]
        fn places_metres_apart_are_told_apart(
            centre in place(), train in vec((-1e-4..1e-4, -1e-4..1e-4), 1..60), radius_km in 0.0..0.02,
        ) {
            let lat = centre.lat().clamp(-89.999, 89.999);
            let train: Vec<_> = train.iter().map(|(north, east)| at(lat + north, centre.lon() + east)).collect();
            let test = [centre, train[0]];
            prop_assert_eq!(near_places(&train, &test, radius_km), looked_at_one_by_one(&train, &test, radius_km));
        }

        #[test]
        fn a_place_is_near_itself_at_radius_zero(train in vec(place(), 1..60)) {
            let found = near_places(&train, &train, 0.0);
            prop_assert_eq!(found.len(), train.len());
            prop_assert!(found.iter().all(|near| near.distance_km == 0.0 && near.train <= near.test));
        }
    }

    #[test]
    fn a_pole_is_one_place() {
        let found = near_places(&[at(-90.0, 0.0), at(90.0, 75.0)], &[at(90.0, -120.0), at(-90.0, 33.0)], 0.0);
        let pole = |test, train| NearPlace { test, train, distance_km: 0.0 };
        assert_eq!(found, [pole(0, 1), pole(1, 0)]);
        let over_it = near_places(&[at(89.999, 0.0)], &[at(89.999, 180.0)], 0.3);
        assert!((over_it[0].distance_km - 0.2224).abs() < 1e-4, "{over_it:?}");
    }

    #[test]
    fn the_180th_meridian_parts_nothing() {
        let found = near_places(&[at(0.0, 179.0), at(0.0, -179.999)], &[at(0.0, 179.999), at(5.0, 180.0)], 0.3);
        assert_eq!(found.iter().map(|near| (near.test, near.train)).collect::<Vec<_>>(), [(0, 1)]);
        assert!((found[0].distance_km - 0.2224).abs() < 1e-4, "{found:?}");
    }

    #[test]
    fn the_first_of_equally_near_places_is_told() {
        let train = [at(10.0, 5.0), at(0.0, 1.0), at(0.0, -1.0), at(0.0, 1.0)];
        assert_eq!(near_places(&train, &[at(0.0, 0.0)], 200.0)[0].train, 1);
        assert_eq!(near_places(&train, &[at(0.0, 1.0)], 0.0)[0].train, 1);
    }

    #[test]
    fn the_radius_itself_is_within() {
        let (train, test) = ([at(0.0, 0.0)], [at(0.0, 1.0)]);
        let distance_km = train[0].distance_km(test[0]);
        assert_eq!(near_places(&train, &test, distance_km).len(), 1);
        assert!(near_places(&train, &test, distance_km.next_down()).is_empty());
    }

    #[test]
    fn without_places_or_a_radius_nothing_is_near() {
        let one = [at(48.2, 16.4)];
        assert!(near_places(&[], &one, 1.0).is_empty());
        assert!(near_places(&one, &[], 1.0).is_empty());
        assert!(near_places(&one, &one, -1.0).is_empty());
        assert!(near_places(&one, &one, f64::NAN).is_empty());
    }
}

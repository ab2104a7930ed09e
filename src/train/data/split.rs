//! Parts of a list that lie apart on the globe: of two photos of one street one would give the other away, so that chance by photo makes
//! tests too easy.

use super::hash::{fraction, hash};
use super::{DataError, Example};
use crate::eval::leak::near_places;
use navig_tools::geo::{EARTH_RADIUS_KM, LatLon};
use std::collections::HashSet;
use std::f64::consts::PI;

/// More than half the circumference, km: everything is nearer.
const ANYWHERE_KM: f64 = 20_100.0;

/// How to split.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SplitPlan {
    /// Shares of the globe's cells for training, development and test; together 1.
    pub shares: [f64; 3],
    /// Side of a cell, km: what lies in one stays together.
    pub cell_km: f64,
    /// Examples of different parts are farther apart than this, km.
    pub gap_km: f64,
    /// Another seed gives other cells to each part.
    pub seed: u64,
}

/// Indices of examples.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// For training, development and test, each in the order of the list.
    pub parts: [Vec<usize>; 3],
    /// Those that lie too near an example of another part.
    pub dropped: Vec<usize>,
    /// The smallest distance of two examples of different parts, km; none when only one part has any.
    pub nearest_km: Option<f64>,
}

/// Splits by place. A cell belongs to a part by its hash, so that examples that are added move none from one part to another. Then those
/// for development that lie within the gap of one for test are dropped, and those for training within the gap of either.
///
/// # Errors
/// [`DataError::Plan`] when a number of the plan is out of its bounds.
pub fn split(examples: &[Example], plan: &SplitPlan) -> Result<Split, DataError> {
    check(plan)?;
    let mut parts: [Vec<usize>; 3] = Default::default();
    for (i, example) in examples.iter().enumerate() {
        let cell = cell(example.at, plan.cell_km);
        let hash = hash(plan.seed, cell.into_iter().flat_map(u64::to_le_bytes));
        parts[part(fraction(hash), &plan.shares)].push(i);
    }
    let places = |part: &[usize]| part.iter().map(|&i| examples[i].at).collect::<Vec<_>>();
    let [train, dev, test] = parts;
    let mut dropped = Vec::new();
    let test_places = places(&test);
    let (dev, dev_places) = apart(dev, &places, &test_places, plan.gap_km, &mut dropped);
    let held_out = [&dev_places[..], &test_places].concat();
    let (train, train_places) = apart(train, &places, &held_out, plan.gap_km, &mut dropped);
    dropped.sort_unstable();
    let distances = [nearest_km(&train_places, &held_out), nearest_km(&dev_places, &test_places)];
    let nearest_km = distances.into_iter().flatten().min_by(f64::total_cmp);
    Ok(Split { parts: [train, dev, test], dropped, nearest_km })
}

fn check(plan: &SplitPlan) -> Result<(), DataError> {
    let wrong = |name, value, bounds| Err(DataError::Plan { name, value, bounds });
    if plan.shares.iter().any(|share| share.is_nan() || *share < 0.0) {
        return wrong("a share", format!("{:?}", plan.shares), "0 or more");
    }
    let sum: f64 = plan.shares.iter().sum();
    if (sum - 1.0).abs() > 1e-9 {
        return wrong("the sum of the shares", sum.to_string(), "1");
    }
    if !(0.01..=20_000.0).contains(&plan.cell_km) {
        return wrong("the side of a cell", plan.cell_km.to_string(), "0.01 to 20000 km");
    }
    if !(0.0..=20_000.0).contains(&plan.gap_km) {
        return wrong("the gap between parts", plan.gap_km.to_string(), "0 to 20000 km");
    }
    Ok(())
}

/// Row and column of the cell of a point: rows of equal angle, each cut into as many columns as make its cells about as wide as they are
/// high. A pole lies in one of them, whatever its longitude.
fn cell(at: LatLon, cell_km: f64) -> [u64; 2] {
    let degree_km = EARTH_RADIUS_KM * PI / 180.0;
    let rows = (180.0 * degree_km / cell_km).ceil().max(1.0);
    let row = ((at.lat() + 90.0) / 180.0 * rows).floor().min(rows - 1.0);
    let middle = (row + 0.5) / rows * 180.0 - 90.0;
    let columns = (360.0 * degree_km * middle.to_radians().cos() / cell_km).ceil().max(1.0);
    let lon = if at.lat().abs() < 90.0 { at.lon() } else { 0.0 };
    let column = ((lon + 180.0) / 360.0 * columns).floor().min(columns - 1.0);
    [row as u64, column as u64]
}

/// The part of a number from 0 to 1. One without a share gets nothing, whichever way the shares were rounded.
fn part(fraction: f64, shares: &[f64; 3]) -> usize {
    let mut upto = 0.0;
    let found = shares.iter().position(|share| {
        upto += share;
        fraction < upto
    });
    found.or_else(|| shares.iter().rposition(|share| *share > 0.0)).unwrap_or(0)
}

/// Those of a part that lie beyond the gap from others, with their places; the rest goes to the dropped ones.
fn apart(
    part: Vec<usize>,
    places: &impl Fn(&[usize]) -> Vec<LatLon>,
    others: &[LatLon],
    gap_km: f64,
    dropped: &mut Vec<usize>,
) -> (Vec<usize>, Vec<LatLon>) {
    let near: HashSet<usize> =
        near_places(others, &places(&part), gap_km).into_iter().map(|near| part[near.test]).collect();
    let (near, kept): (Vec<usize>, Vec<usize>) = part.into_iter().partition(|i| near.contains(i));
    dropped.extend(near);
    let places = places(&kept);
    (kept, places)
}

fn nearest_km(some: &[LatLon], others: &[LatLon]) -> Option<f64> {
    near_places(some, others, ANYWHERE_KM).into_iter().map(|near| near.distance_km).min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::super::made::{anywhere, at, at_places, example};
    use super::*;
    use proptest::prelude::*;

    const PLAN: SplitPlan = SplitPlan { shares: [0.8, 0.1, 0.1], cell_km: 50.0, gap_km: 10.0, seed: 1 };

    /// Poles, the 180th meridian, clusters and anything.
    fn place() -> impl Strategy<Value = LatLon> {
        let lat = prop_oneof![Just(90.0), Just(-90.0), 89.0..90.0, -90.0..-89.0, 47.0..49.0, -90.0..90.0];
        let lon = prop_oneof![Just(-180.0), 179.0..180.0, -180.0..-179.0, 15.0..17.0, -180.0..180.0];
        (lat, lon).prop_map(|(lat, lon)| at(lat, lon))
    }

    fn examples(places: impl IntoIterator<Item = LatLon>) -> Vec<Example> {
        places.into_iter().zip(1..).map(|(at, line)| example(line, at)).collect()
    }

    /// The distance of each two examples of different parts, looked at one by one.
    fn smallest(examples: &[Example], parts: &[Vec<usize>; 3]) -> Option<f64> {
        let mut smallest: Option<f64> = None;
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            for &i in &parts[p] {
                for &j in &parts[q] {
                    let km = examples[i].at.distance_km(examples[j].at);
                    smallest = Some(smallest.map_or(km, |s| s.min(km)));
                }
            }
        }
        smallest
    }

    proptest! {
        #[test]
        fn parts_hold_all_and_lie_apart(
            places in prop::collection::vec(place(), 0..80), cell_km in 5.0..3000.0, gap_km in 0.0..500.0, seed in 0u64..100,
        ) {
            let examples = examples(places);
            let plan = SplitPlan { shares: [0.5, 0.25, 0.25], cell_km, gap_km, seed };
            let split = split(&examples, &plan).expect("a plan");
            let mut all: Vec<usize> = split.parts.iter().flatten().chain(&split.dropped).copied().collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..examples.len()).collect::<Vec<_>>());
            let smallest = smallest(&examples, &split.parts);
            prop_assert_eq!(smallest.is_some(), split.nearest_km.is_some());
            if let (Some(smallest), Some(told)) = (smallest, split.nearest_km) {
                prop_assert!((smallest - told).abs() < 1e-6 && smallest > gap_km - 1e-6, "{} {} {}", smallest, told, gap_km);
            }
        }

        #[test]
        fn what_is_added_moves_nothing_to_another_part(
            places in prop::collection::vec(place(), 1..40), more in prop::collection::vec(place(), 1..40), seed in 0u64..100,
        ) {
            let plan = SplitPlan { shares: [0.4, 0.3, 0.3], cell_km: 100.0, gap_km: 0.0, seed };
            let few = split(&examples(places.clone()), &plan).expect("a plan");
            let many = split(&examples(places.iter().copied().chain(more)), &plan).expect("a plan");
            for (part, grown) in few.parts.iter().zip(&many.parts) {
                let kept: Vec<usize> = grown.iter().copied().filter(|i| *i < places.len()).collect();
                prop_assert_eq!(part, &kept);
            }
        }

        #[test]
        fn a_cell_is_no_wider_than_it_should_be(a in place(), b in place(), cell_km in 20.0..3000.0) {
            if cell(a, cell_km) == cell(b, cell_km) {
                // Across, with the edge of a row that is nearer the equator a little longer than its middle.
                prop_assert!(a.distance_km(b) < 2.3 * cell_km, "{} {} {}", a, b, cell_km);
            }
        }
    }

    #[test]
    fn a_parallel_has_as_many_cells_as_it_is_long() {
        for (lat, km) in [(0.0, 40_030.0), (60.0, 20_015.0), (-60.0, 20_015.0), (89.999, 200.0)] {
            let cells: HashSet<[u64; 2]> =
                (0..3600).map(|tenth| cell(at(lat, f64::from(tenth) / 10.0), 100.0)).collect();
            assert!((cells.len() as f64 - km / 100.0).abs() <= 3.0, "{lat}: {}", cells.len());
        }
    }

    #[test]
    fn shares_are_met_over_the_world() {
        let examples = examples(anywhere(5).take(20_000));
        let split = split(&examples, &SplitPlan { gap_km: 0.0, ..PLAN }).expect("a plan");
        let shares = split.parts.map(|part| part.len() as f64 / 20_000.0);
        assert!((shares[0] - 0.8).abs() < 0.015 && (shares[1] - 0.1).abs() < 0.01, "{shares:?}");
        assert!(split.dropped.is_empty());
    }

    #[test]
    fn a_part_without_a_share_stays_empty_and_seeds_differ() {
        let examples = at_places(211);
        let parts = |plan: SplitPlan| split(&examples, &plan).expect("a plan").parts;
        let two = parts(SplitPlan { shares: [0.9, 0.0, 0.1], ..PLAN });
        assert!(two[1].is_empty() && !two[2].is_empty());
        assert_eq!(parts(SplitPlan { shares: [0.0, 0.0, 1.0], ..PLAN })[2].len(), examples.len());
        assert_eq!(part(0.999_999_999_99, &[0.3, 0.699_999_999_9, 0.0]), 1);
        assert_ne!(parts(PLAN), parts(SplitPlan { seed: 2, ..PLAN }));
    }

    #[test]
    fn the_gap_holds_across_the_180th_meridian_and_a_pole() {
        // A pair across the meridian, and one across the pole; cells of 1 km part each pair for some seeds.
        let examples = examples([at(10.0, 179.99), at(10.0, -179.99), at(89.99, 0.0), at(89.99, 180.0)]);
        let mut dropped = 0;
        for seed in 0..64 {
            let plan = SplitPlan { shares: [0.5, 0.0, 0.5], cell_km: 1.0, gap_km: 5.0, seed };
            let split = split(&examples, &plan).expect("a plan");
            assert!(split.nearest_km.is_none_or(|km| km > 5.0), "{split:?}");
            dropped += split.dropped.len();
        }
        assert!(dropped > 30, "{dropped}");
    }

    #[test]
    fn plans_out_of_bounds_are_refused_by_name() {
        for (plan, wanted) in [
            (SplitPlan { shares: [0.8, 0.1, 0.2], ..PLAN }, "the sum of the shares is 1.1"),
            (SplitPlan { shares: [1.1, -0.1, 0.0], ..PLAN }, "a share is"),
            (SplitPlan { shares: [f64::NAN, 0.5, 0.5], ..PLAN }, "a share is"),
            (SplitPlan { cell_km: 0.0, ..PLAN }, "the side of a cell is 0"),
            (SplitPlan { gap_km: -1.0, ..PLAN }, "the gap between parts is -1"),
            (SplitPlan { gap_km: f64::NAN, ..PLAN }, "the gap between parts is NaN"),
        ] {
            let error = split(&[], &plan).expect_err(wanted).to_string();
            assert!(error.contains(wanted), "{error}");
        }
        assert_eq!(split(&[], &PLAN).expect("a plan").nearest_km, None);
    }
}

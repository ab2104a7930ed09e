//! How unlikely a hit is by accident.
//!
//! The score of a hit is, in bans (powers of ten),
//!
//! ```text
//! score = log10 q0 - log10 N0 + sum over the other clauses j of (log10 qj - log10(1 - exp(-Lj))) - 1.0 for each missing one
//! Lj    = Nj * S(d) / A
//! S(d)  = a0 + aj + (p0 + pj) d + p0 pj / (2 pi) + pi d^2
//! ```
//!
//! - `q` is how well a name fits what was read, `P(read | name)` against a perfect reading; 1 for a clause without a name.
//!   It is the third power of the likeness, whose scale is made for showing: unrelated names have a likeness of 0.1, but
//!   are read for each other far less than once in ten times.
//! - `Nj` counts the objects that match clause j at least as well as the one found; `A` is the area over which the
//!   maps' objects spread. So `Lj` is how many of them one expects by accident within the distance `d` at which the
//!   object was found, and `1 - exp(-Lj)` the chance of at least one: rare and close both raise the score, by one formula.
//! - `S` is the area in which the middle of an object of perimeter `pj` and area `aj` comes within `d` of the first
//!   object (`p0`, `a0`), averaged over all turns: the principal kinematic formula of Blaschke and Santaló (L. A. Santaló,
//!   *Integral Geometry and Geometric Probability*, 1976, III.15), exact for convex figures. A line has twice its length
//!   as perimeter. `d` counts as at least [`CLOSEST_M`], the accuracy of the map.
//! - The first clause pays for each place at which the others could have met by accident: `log10 N0`.
//! - A relation that only holds in a part of the circle (`north`, `bearing`), of the distances (`200..1000m`) or of the
//!   angles multiplies `Lj` by that share.
//! - A clause that is allowed to be missing and is costs [`MISSING_BANS`]: as if one reading in ten were wrong.

/// What a missing clause costs, bans.
pub(super) const MISSING_BANS: f64 = -1.0;
/// Nearer than this the map itself is not accurate, metres.
pub(super) const CLOSEST_M: f64 = 10.0;
/// The power of the likeness that is `P(read | name)`.
const LIKENESS_POWER: f64 = 3.0;
/// A likeness below this counts as this, so that a logarithm stays finite.
const LEAST_LIKENESS: f64 = 1e-6;

/// What of an object's figure the formula needs.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Extent {
    /// Metres.
    pub(super) perimeter_m: f64,
    /// Square metres.
    pub(super) area_m2: f64,
}

/// `S(d)`, m²: where the middle of one figure may lie so that the two come within `d` metres.
pub(super) fn meeting_area_m2(first: Extent, other: Extent, d: f64) -> f64 {
    let perimeters = first.perimeter_m + other.perimeter_m;
    let turned = first.perimeter_m * other.perimeter_m / (2.0 * std::f64::consts::PI);
    first.area_m2 + other.area_m2 + perimeters * d + turned + std::f64::consts::PI * d * d
}

/// `-log10(1 - exp(-expected))`, bans: 0 for what is certain to be found by accident.
pub(super) fn rarity_bans(expected: f64) -> f64 {
    // For small numbers 1 - exp(-x) loses its digits, which exp_m1 keeps. -0 would print as such.
    let chance = -(-expected.max(1e-300)).exp_m1();
    (-chance.log10()).max(0.0)
}

/// `log10 q`, bans, at most 0.
pub(super) fn quality_bans(likeness: f64) -> f64 {
    LIKENESS_POWER * likeness.clamp(LEAST_LIKENESS, 1.0).log10()
}

/// The area over which points spread, m²: that of a cell times `n (n - 1) / sum of c (c - 1)`, where `c` counts the
/// points of each cell. Two of them, drawn at random, share a cell as often as if they lay evenly in that area; so
/// crowded quarters count for more than empty hills, as they do for accidents.
pub(super) fn spread_area_m2(cells: &mut [(i32, i32)], cell_m2: impl Fn(i32) -> f64) -> f64 {
    cells.sort_unstable();
    let (mut pairs, mut occupied, mut mean) = (0.0, 0.0, 0.0);
    for group in cells.chunk_by(|a, b| a == b) {
        let count = group.len() as f64;
        pairs += count * (count - 1.0);
        occupied += 1.0;
        mean += count * cell_m2(group[0].0);
    }
    let n = cells.len() as f64;
    if n == 0.0 {
        return 0.0;
    }
    let most = n.max(occupied);
    mean / n * if pairs > 0.0 { (n * (n - 1.0) / pairs).clamp(1.0, most) } else { most }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_kilometre_square_of_a_hundred_expects_three_within_a_hundred_metres() {
        let disc = meeting_area_m2(Extent::default(), Extent::default(), 100.0);
        let expected = 100.0 * disc / 1e6;
        assert!((expected - std::f64::consts::PI).abs() < 1e-9);
        assert!((rarity_bans(expected) - 0.0192).abs() < 1e-3);
        assert!((rarity_bans(0.001) - 3.0).abs() < 1e-3);
    }

    #[test]
    fn crossing_lines_meet_as_buffon_says() {
        // 1000 lines of 100 m in a square kilometre cross one of 100 m 2 l L n / (pi A) times.
        let line = Extent { perimeter_m: 200.0, area_m2: 0.0 };
        let expected = 1000.0 * meeting_area_m2(line, line, 0.0) / 1e6;
        assert!((expected - 2.0 * 100.0 * 100.0 * 1000.0 / (std::f64::consts::PI * 1e6)).abs() < 1e-9);
    }

    #[test]
    fn points_that_crowd_spread_over_less() {
        let mut even: Vec<_> = (0..100).flat_map(|i| [(i, 0); 10]).collect();
        let mut crowded: Vec<_> = (0..100).flat_map(|i| [(if i < 90 { 0 } else { i }, 0); 10]).collect();
        let (even, crowded) = (spread_area_m2(&mut even, |_| 1.0), spread_area_m2(&mut crowded, |_| 1.0));
        assert!((100.0..120.0).contains(&even) && crowded < 2.0, "{even} {crowded}");
        assert_eq!(spread_area_m2(&mut [], |_| 1.0), 0.0);
    }

    proptest! {
        #[test]
        fn nearer_and_rarer_is_never_less(n in 1.0..1e6f64, d in 1.0..1e4f64, more in 1.0..10.0f64) {
            let bans = |n: f64, d: f64| rarity_bans(n * meeting_area_m2(Extent::default(), Extent::default(), d) / 1e9);
            prop_assert!(bans(n, d) >= bans(n * more, d) && bans(n, d) >= bans(n, d * more));
            prop_assert!(bans(n, d).is_finite() && quality_bans(0.0).is_finite());
        }
    }
}

//! Fewer points for the same picture.

use super::super::object::{PointE7, Polygon};
use super::SIMPLIFY_M;
use super::plane::Plane;

/// Longest run of points that is simplified as one, so that no line from outside costs the square of its length.
const RUN: usize = 4096;

/// A ring gives up no point that is farther off than this share of its area divided by its length; for a square that is a
/// twentieth of its side.
const RING_SHARE: f64 = 0.2;

/// A line with points left out, none of which lies farther than `tolerance_m` metres from what stays: the method of
/// Douglas and Peucker (1973), in the plane that touches the globe at the first point.
pub(super) fn line(points: &[PointE7], tolerance_m: f64) -> Vec<PointE7> {
    let (Some(first), true) = (points.first(), points.len() > 2) else {
        return points.to_vec();
    };
    let plane = Plane::at(*first);
    let mut keep = vec![false; points.len()];
    let mut start = 0;
    while start + 1 < points.len() {
        let end = points.len().min(start + RUN) - 1;
        mark(points, plane, tolerance_m, start..=end, &mut keep);
        start = end;
    }
    points.iter().zip(keep).filter_map(|(point, keep)| keep.then_some(*point)).collect()
}

/// A closed ring with points left out: within `tolerance_m` metres, and less for a small or narrow ring, so that
/// a kiosk keeps its corners and a platform its width. One that would fall flat stays as it is.
pub(super) fn ring(points: &[PointE7], tolerance_m: f64) -> Vec<PointE7> {
    let Some(first) = points.first().filter(|_| points.len() > 5) else {
        return points.to_vec();
    };
    let plane = Plane::at(*first);
    let length_m: f64 = points.windows(2).map(|pair| plane.metres(pair[0], pair[1])).sum();
    let tolerance_m = tolerance_m.min(RING_SHARE * plane.square_metres(points) / length_m.max(1.0));
    let distances = points.iter().map(|point| plane.metres(*first, *point));
    let farthest = distances.enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b)).map_or(0, |(i, _)| i);
    if farthest == 0 || farthest + 1 == points.len() {
        return points.to_vec();
    }
    let mut simple = line(&points[..=farthest], tolerance_m);
    simple.pop();
    simple.extend(line(&points[farthest..], tolerance_m));
    if simple.len() < 4 { points.to_vec() } else { simple }
}

/// Simplifies every ring of a polygon, within [`SIMPLIFY_M`].
pub(super) fn polygon(polygon: &mut Polygon) {
    for ring in std::iter::once(&mut polygon.outer).chain(&mut polygon.holes) {
        *ring = self::ring(ring, SIMPLIFY_M);
    }
}

/// Marks the points of a range that stay.
fn mark(points: &[PointE7], plane: Plane, tolerance_m: f64, range: std::ops::RangeInclusive<usize>, keep: &mut [bool]) {
    let mut open = vec![range.into_inner()];
    while let Some((start, end)) = open.pop() {
        keep[start] = true;
        keep[end] = true;
        let between = (start + 1..end).map(|i| (i, plane.metres_to_segment(points[i], points[start], points[end])));
        match between.max_by(|(_, a), (_, b)| a.total_cmp(b)) {
            Some((middle, distance)) if distance > tolerance_m => open.extend([(start, middle), (middle, end)]),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn points(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<PointE7>> {
        let point = (-2000i32..2000, -2000i32..2000);
        proptest::collection::vec(point, count).prop_map(|points| {
            points.into_iter().map(|(lat, lon)| PointE7 { lat: 482_000_000 + lat, lon: 163_000_000 + lon }).collect()
        })
    }

    proptest! {
        #[test]
        fn nothing_left_out_lies_far_from_what_stays(line in points(2..60), tolerance_m in 0.1..20.0f64) {
            let simple = super::line(&line, tolerance_m);
            let plane = Plane::at(line[0]);
            prop_assert_eq!(simple.first(), line.first());
            prop_assert_eq!(simple.last(), line.last());
            for point in &line {
                let near = simple.windows(2).map(|pair| plane.metres_to_segment(*point, pair[0], pair[1]));
                prop_assert!(near.fold(f64::INFINITY, f64::min) <= tolerance_m + 1e-6);
            }
        }

        #[test]
        fn a_ring_stays_closed_and_has_an_inside(mut ring in points(3..60), tolerance_m in 0.1..50.0f64) {
            ring.push(ring[0]);
            let simple = super::ring(&ring, tolerance_m);
            prop_assert!(simple.len() >= 4 && simple.first() == simple.last());
        }
    }

    #[test]
    fn a_straight_line_keeps_its_ends() {
        let line: Vec<_> = (0..10_000).map(|i| PointE7 { lat: 0, lon: i * 100 }).collect();
        assert!(super::line(&line, 1.0).len() <= 4, "one point for each run and the end");
    }
}

//! Metres, areas and insides on the small piece of the globe that one object covers.

use super::super::object::{PointE7, Polygon};
use crate::geo::EARTH_RADIUS_KM;
use std::cmp::Ordering;

/// A plane that touches the globe: equirectangular, true to scale around one latitude.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plane {
    /// Metres in 1e-7 degree of latitude.
    lat_m: f64,
    /// Metres in 1e-7 degree of longitude.
    lon_m: f64,
}

impl Plane {
    pub(super) fn at(point: PointE7) -> Self {
        let lat_m = EARTH_RADIUS_KM * 1e3 * (1e-7f64).to_radians();
        Self { lat_m, lon_m: lat_m * (f64::from(point.lat) * 1e-7).to_radians().cos() }
    }

    /// East and north of `from`, metres.
    fn step(self, from: PointE7, to: PointE7) -> (f64, f64) {
        let (lat, lon) = (f64::from(to.lat) - f64::from(from.lat), f64::from(to.lon) - f64::from(from.lon));
        (lon * self.lon_m, lat * self.lat_m)
    }

    pub(super) fn metres(self, a: PointE7, b: PointE7) -> f64 {
        let (x, y) = self.step(a, b);
        length(x, y)
    }

    /// What a ring encloses.
    pub(super) fn square_metres(self, ring: &[PointE7]) -> f64 {
        signed_area(ring).abs() * self.lat_m * self.lon_m
    }

    /// From a point to the nearest point of a segment.
    pub(super) fn metres_to_segment(self, point: PointE7, a: PointE7, b: PointE7) -> f64 {
        let ((bx, by), (px, py)) = (self.step(a, b), self.step(a, point));
        let squared = bx * bx + by * by;
        let along = if squared > 0.0 { ((px * bx + py * by) / squared).clamp(0.0, 1.0) } else { 0.0 };
        length(px - along * bx, py - along * by)
    }
}

/// `f64::hypot` guards against overflow, which takes most of its time and which metres on the globe cannot cause.
fn length(x: f64, y: f64) -> f64 {
    (x * x + y * y).sqrt()
}

/// Where a point lies to a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Inside,
    Edge,
    Outside,
}

/// Where a point lies to a closed ring, by counting crossings; exact, since it is done in integers.
pub(super) fn side(ring: &[PointE7], point: PointE7) -> Side {
    let mut inside = false;
    for pair in ring.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let (low, high) = if a.lat <= b.lat { (a, b) } else { (b, a) };
        if point.lat < low.lat || point.lat > high.lat {
            continue;
        }
        match turn(low, high, point) {
            Ordering::Equal if point.lon >= a.lon.min(b.lon) && point.lon <= a.lon.max(b.lon) => return Side::Edge,
            // Half-open in latitude, so that a corner counts once.
            Ordering::Greater if point.lat < high.lat => inside = !inside,
            _ => {}
        }
    }
    if inside { Side::Inside } else { Side::Outside }
}

/// `Greater` where the point lies left of the way from a to b.
fn turn(a: PointE7, b: PointE7, point: PointE7) -> Ordering {
    let wide = |value: i32| i128::from(value);
    let left = (wide(b.lon) - wide(a.lon)) * (wide(point.lat) - wide(a.lat));
    let right = (wide(b.lat) - wide(a.lat)) * (wide(point.lon) - wide(a.lon));
    left.cmp(&right)
}

/// Area of a ring in squared 1e-7 degrees, above 0 for counter-clockwise.
pub(super) fn signed_area(ring: &[PointE7]) -> f64 {
    ring.first().map_or(0.0, |origin| moments(ring, *origin).0)
}

/// Area, and the first moments about an origin.
fn moments(ring: &[PointE7], origin: PointE7) -> (f64, f64, f64) {
    let from = |p: PointE7| (f64::from(p.lon) - f64::from(origin.lon), f64::from(p.lat) - f64::from(origin.lat));
    ring.windows(2).fold((0.0, 0.0, 0.0), |(area, mx, my), pair| {
        let ((ax, ay), (bx, by)) = (from(pair[0]), from(pair[1]));
        let cross = ax * by - bx * ay;
        (area + cross / 2.0, mx + (ax + bx) * cross / 6.0, my + (ay + by) * cross / 6.0)
    })
}

/// Whether a point lies inside a polygon, and on none of its edges.
pub(super) fn inside(polygon: &Polygon, point: PointE7) -> bool {
    side(&polygon.outer, point) == Side::Inside && polygon.holes.iter().all(|hole| side(hole, point) == Side::Outside)
}

/// A point inside the largest of some polygons: its centre of mass where that is inside, else the middle of the longest
/// stretch of a parallel inside it; a corner of a polygon that is thinner than the coordinates can say.
pub(super) fn point_inside(polygons: &[Polygon]) -> Option<PointE7> {
    let size = |polygon: &&Polygon| signed_area(&polygon.outer).abs();
    let largest = polygons.iter().max_by(|a, b| size(a).total_cmp(&size(b)))?;
    let corner = *largest.outer.first()?;
    let centre = centroid(&largest.outer, corner);
    if let Some(centre) = centre.filter(|centre| inside(largest, *centre)) {
        return Some(centre);
    }
    let lats = || largest.outer.iter().map(|point| i64::from(point.lat));
    let (south, north) = (lats().min()?, lats().max()?);
    let at = |eighths: i64| (south + (north - south) * eighths / 8) as i32;
    let tries = centre.map(|centre| centre.lat).into_iter().chain([4, 3, 5, 2, 6, 1, 7].map(at));
    let best = tries.filter_map(|lat| longest_chord(largest, lat)).max_by(|a, b| a.1.total_cmp(&b.1));
    Some(best.map_or(corner, |(point, _)| point))
}

fn centroid(ring: &[PointE7], origin: PointE7) -> Option<PointE7> {
    let (area, x, y) = moments(ring, origin);
    let (x, y) = (x / area, y / area);
    let finite = x.is_finite() && y.is_finite();
    let point = || PointE7::new(i64::from(origin.lat) + y.round() as i64, i64::from(origin.lon) + x.round() as i64);
    if finite { point() } else { None }
}

/// The middle of the longest stretch of a parallel inside a polygon, and the length of the stretch in 1e-7 degrees.
fn longest_chord(polygon: &Polygon, lat: i32) -> Option<(PointE7, f64)> {
    // Half a unit off, where no corner can lie.
    let line = f64::from(lat) + 0.5;
    let rings = std::iter::once(&polygon.outer).chain(&polygon.holes);
    let mut crossings: Vec<f64> = rings
        .flat_map(|ring| ring.windows(2))
        .filter(|pair| (f64::from(pair[0].lat) < line) != (f64::from(pair[1].lat) < line))
        .map(|pair| {
            let [(ax, ay), (bx, by)] = [pair[0], pair[1]].map(|point| (f64::from(point.lon), f64::from(point.lat)));
            ax + (line - ay) / (by - ay) * (bx - ax)
        })
        .collect();
    crossings.sort_by(f64::total_cmp);
    let stretches = crossings.as_chunks::<2>().0.iter();
    let (west, east) =
        stretches.map(|[west, east]| (*west, *east)).max_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)))?;
    let point = PointE7 { lat, lon: ((west + east) / 2.0).round() as i32 };
    inside(polygon, point).then_some((point, east - west))
}

/// The middle of a line by its length; nothing for no points.
pub(super) fn middle(line: &[PointE7]) -> Option<PointE7> {
    let plane = Plane::at(*line.first()?);
    let length = |pair: &[PointE7]| plane.metres(pair[0], pair[1]);
    let mut left = line.windows(2).map(length).sum::<f64>() / 2.0;
    for pair in line.windows(2) {
        let step = length(pair);
        if left <= step && step > 0.0 {
            let part = |a: i32, b: i32| (f64::from(a) + (f64::from(b) - f64::from(a)) * (left / step)).round() as i32;
            return Some(PointE7 { lat: part(pair[0].lat, pair[1].lat), lon: part(pair[0].lon, pair[1].lon) });
        }
        left -= step;
    }
    line.last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ring(corners: &[(i32, i32)]) -> Vec<PointE7> {
        let mut ring: Vec<_> = corners.iter().map(|(lat, lon)| PointE7 { lat: *lat, lon: *lon }).collect();
        ring.push(ring[0]);
        ring
    }

    #[test]
    fn the_point_of_a_horseshoe_is_on_its_iron() {
        let shoe = Polygon {
            outer: ring(&[(0, 0), (0, 300), (300, 300), (300, 200), (100, 200), (100, 100), (300, 100), (300, 0)]),
            holes: vec![],
        };
        let point = point_inside(std::slice::from_ref(&shoe)).expect("a point");
        assert!(inside(&shoe, point), "{point:?}");
    }

    #[test]
    fn the_point_of_a_frame_is_not_in_its_hole() {
        let hole = ring(&[(100, 100), (100, 900), (900, 900), (900, 100)]);
        let frame = Polygon { outer: ring(&[(0, 0), (0, 1000), (1000, 1000), (1000, 0)]), holes: vec![hole] };
        let point = point_inside(std::slice::from_ref(&frame)).expect("a point");
        assert!(inside(&frame, point), "{point:?}");
    }

    #[test]
    fn the_middle_of_a_line_counts_metres_and_not_points() {
        let points = [(0, 0), (0, 10), (0, 20), (0, 1000)].map(|(lat, lon)| PointE7 { lat, lon });
        assert_eq!(middle(&points), Some(PointE7 { lat: 0, lon: 500 }));
        assert_eq!(middle(&points[..1]), Some(points[0]));
        assert_eq!(middle(&[]), None);
    }

    proptest! {
        #[test]
        fn whole_degrees_do_not_overflow(corners in proptest::collection::vec((-900_000_000i32..=900_000_000, -1_800_000_000i32..=1_800_000_000), 3..12)) {
            let polygon = Polygon { outer: ring(&corners), holes: vec![] };
            let point = point_inside(std::slice::from_ref(&polygon)).expect("a point");
            prop_assert!(PointE7::new(point.lat.into(), point.lon.into()).is_some());
        }

        #[test]
        fn a_point_inside_a_triangle_is_inside(corners in proptest::collection::vec((-10_000i32..10_000, -10_000i32..10_000), 3)) {
            let polygon = Polygon { outer: ring(&corners), holes: vec![] };
            prop_assume!(signed_area(&polygon.outer).abs() > 1e5);
            prop_assert!(inside(&polygon, point_inside(std::slice::from_ref(&polygon)).expect("a point")));
        }

        #[test]
        fn corners_and_middles_of_edges_are_edges(corners in proptest::collection::vec((-500i32..500, -500i32..500), 3..9)) {
            let ring = ring(&corners.iter().map(|(lat, lon)| (lat * 2, lon * 2)).collect::<Vec<_>>());
            for pair in ring.windows(2) {
                let middle = PointE7 { lat: (pair[0].lat + pair[1].lat) / 2, lon: (pair[0].lon + pair[1].lon) / 2 };
                prop_assert_eq!(side(&ring, pair[0]), Side::Edge);
                prop_assert_eq!(side(&ring, middle), Side::Edge);
            }
        }
    }
}

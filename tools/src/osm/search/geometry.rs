//! Distances and directions between shapes, in metres on a plane that touches the earth where one looks.
//!
//! A plane is good to one per cent within the 50 km that a relation may reach: only differences of a degree count, so
//! shapes on both sides of the 180° meridian lie side by side.

use crate::geo::{EARTH_RADIUS_KM, LatLon};
use crate::osm::object::{BoxE7, E7, PointE7, Polygon, Shape};

/// Metres of a degree of latitude.
const DEGREE_M: f64 = EARTH_RADIUS_KM * 1000.0 * std::f64::consts::PI / 180.0;
/// 360°, in 1e-7 degrees.
const CIRCLE_E7: i64 = 3_600_000_000;

/// A point of a [`Plane`]: metres east and north of its origin.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Xy {
    pub(super) x: f64,
    pub(super) y: f64,
}

impl Xy {
    pub(super) fn distance(self, to: Self) -> f64 {
        length(to.x - self.x, to.y - self.y)
    }

    /// Direction to another point, degrees clockwise from north, 0 to 360.
    pub(super) fn bearing(self, to: Self) -> f64 {
        (to.x - self.x).atan2(to.y - self.y).to_degrees().rem_euclid(360.0)
    }
}

/// Metres of a step on the plane: none is so long or so short that it needs the care of `hypot`, which takes longer.
fn length(x: f64, y: f64) -> f64 {
    (x * x + y * y).sqrt()
}

/// The earth near a point, flat: equirectangular, true to scale at the origin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plane {
    origin: PointE7,
    /// Metres of 1e-7 degrees of longitude at the origin.
    east: f64,
}

impl Plane {
    pub(super) fn at(origin: PointE7) -> Self {
        let lat = f64::from(origin.lat) / E7;
        // At a pole all longitudes meet; a hundred-thousandth keeps the way back from dividing by nothing.
        Self { origin, east: DEGREE_M / E7 * lat.to_radians().cos().max(1e-5) }
    }

    pub(super) fn project(&self, p: PointE7) -> Xy {
        let mut lon = i64::from(p.lon) - i64::from(self.origin.lon);
        if lon > CIRCLE_E7 / 2 {
            lon -= CIRCLE_E7;
        } else if lon < -CIRCLE_E7 / 2 {
            lon += CIRCLE_E7;
        }
        let lat = i64::from(p.lat) - i64::from(self.origin.lat);
        Xy { x: lon as f64 * self.east, y: lat as f64 * DEGREE_M / E7 }
    }

    /// The point of the earth; nothing beyond a pole.
    pub(super) fn unproject(&self, p: Xy) -> Option<LatLon> {
        let lat = f64::from(self.origin.lat) / E7 + p.y / DEGREE_M;
        let lon = (f64::from(self.origin.lon) + p.x / self.east) / E7;
        LatLon::new(lat, lon).ok()
    }

    pub(super) fn figure(&self, shape: &Shape, at: PointE7) -> Figure {
        let line = |points: &[PointE7]| points.iter().map(|&p| self.project(p)).collect::<Vec<_>>();
        let rings = |polygon: &Polygon| {
            std::iter::once(&polygon.outer).chain(&polygon.holes).map(|ring| line(ring)).collect::<Vec<_>>()
        };
        let (lines, is_area) = match shape {
            Shape::Line(points) if !points.is_empty() => (vec![line(points)], false),
            Shape::Area(polygons) if !polygons.is_empty() => (polygons.iter().flat_map(rings).collect(), true),
            Shape::Point | Shape::Scattered | Shape::Line(_) | Shape::Area(_) => (vec![vec![self.project(at)]], false),
        };
        Figure::new(lines, is_area)
    }
}

/// Boxes that hold everything within a distance of a box: two of them at the 180° meridian.
pub(super) fn grown(bounds: BoxE7, metres: f64) -> impl Iterator<Item = BoxE7> {
    let up = (metres / DEGREE_M * E7).ceil().min(E7 * 180.0) as i64;
    let south = (i64::from(bounds.south) - up).max(-900_000_000);
    let north = (i64::from(bounds.north) + up).min(900_000_000);
    let farthest = (south.abs().max(north.abs()) as f64 / E7).to_radians().cos();
    // Near a pole a few metres may be any longitude.
    let side = if farthest * 180.0 * DEGREE_M > metres { metres / (farthest * DEGREE_M) * E7 } else { E7 * 360.0 };
    let side = (side.ceil() as i64).min(CIRCLE_E7);
    let (west, east) = (i64::from(bounds.west) - side, i64::from(bounds.east) + side);
    let half = CIRCLE_E7 / 2;
    let all = east - west >= CIRCLE_E7;
    let main = if all { (-half, half) } else { (west.max(-half), east.min(half)) };
    let beyond = match all {
        true => None,
        false if west < -half => Some((west + CIRCLE_E7, half)),
        false if east > half => Some((-half, east - CIRCLE_E7)),
        false => None,
    };
    std::iter::once(main).chain(beyond).map(move |(west, east)| BoxE7 {
        south: south as i32,
        west: west as i32,
        north: north as i32,
        east: east as i32,
    })
}

/// A shape on a plane: points, lines, or the rings of an area.
#[derive(Debug, Clone)]
pub(super) struct Figure {
    lines: Vec<Vec<Xy>>,
    is_area: bool,
    low: Xy,
    high: Xy,
}

/// Where two figures come closest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Nearest {
    pub(super) metres: f64,
    /// On the first figure.
    pub(super) from: Xy,
    /// On the second.
    pub(super) to: Xy,
}

impl Figure {
    fn new(lines: Vec<Vec<Xy>>, is_area: bool) -> Self {
        let mut low = Xy { x: f64::INFINITY, y: f64::INFINITY };
        let mut high = Xy { x: f64::NEG_INFINITY, y: f64::NEG_INFINITY };
        for p in lines.iter().flatten() {
            low = Xy { x: low.x.min(p.x), y: low.y.min(p.y) };
            high = Xy { x: high.x.max(p.x), y: high.y.max(p.y) };
        }
        Self { lines, is_area, low, high }
    }

    /// Points that describe it: the measure of the work to compare it.
    pub(super) fn points(&self) -> usize {
        self.lines.iter().map(Vec::len).sum()
    }

    /// Length of a line, or of the rings of an area, metres.
    pub(super) fn length(&self) -> f64 {
        self.lines.iter().flat_map(|l| l.windows(2)).map(|s| s[0].distance(s[1])).sum()
    }

    pub(super) fn is_line(&self) -> bool {
        !self.is_area && self.lines.iter().any(|l| l.len() > 1)
    }

    /// Area inside, m²; 0 for points and lines.
    pub(super) fn area(&self) -> f64 {
        if !self.is_area {
            return 0.0;
        }
        // Rings run either way round; a hole is smaller than its outline, so holes are told by what contains them.
        let ring_area =
            |ring: &[Xy]| ring.windows(2).map(|s| s[0].x * s[1].y - s[1].x * s[0].y).sum::<f64>().abs() / 2.0;
        let inside = |i: usize| {
            let probe = self.lines[i].first();
            let holders = self
                .lines
                .iter()
                .enumerate()
                .filter(|&(j, ring)| j != i && probe.is_some_and(|&p| crossings(ring, p) % 2 == 1));
            holders.count() % 2 == 1
        };
        let signed = |i: usize| if inside(i) { -ring_area(&self.lines[i]) } else { ring_area(&self.lines[i]) };
        // Many rings are rare, and then the quadratic check costs more than holes are worth.
        if self.lines.len() > 64 {
            return self.lines.iter().map(|ring| ring_area(ring)).sum();
        }
        (0..self.lines.len()).map(signed).sum::<f64>().max(0.0)
    }

    /// Perimeter of the figure, metres: that of a line counts both its sides.
    pub(super) fn perimeter(&self) -> f64 {
        if self.is_area { self.length() } else { 2.0 * self.length() }
    }

    pub(super) fn contains(&self, p: Xy) -> bool {
        self.is_area && self.lines.iter().map(|ring| crossings(ring, p)).sum::<usize>() % 2 == 1
    }

    /// Where it comes closest to another figure; nothing when they stay farther apart than `limit` metres.
    pub(super) fn nearest(&self, other: &Self, limit: f64) -> Option<Nearest> {
        if self.box_distance(other.low, other.high) > limit {
            return None;
        }
        for (a, b) in [(self, other), (other, self)] {
            // A part that begins outside and comes in crosses the outline, which the segments show.
            if let Some(&p) = b.lines.iter().filter_map(|l| l.first()).find(|&&p| a.contains(p)) {
                return Some(Nearest { metres: 0.0, from: p, to: p });
            }
        }
        let mut best: Option<Nearest> = None;
        for (a, b) in self.segments() {
            let reach = best.map_or(limit, |n| n.metres);
            let (low, high) = (Xy { x: a.x.min(b.x), y: a.y.min(b.y) }, Xy { x: a.x.max(b.x), y: a.y.max(b.y) });
            if other.box_distance(low, high) > reach {
                continue;
            }
            for (c, d) in other.segments() {
                // Most pairs of two large outlines are far apart, and a comparison of boxes is all that they get.
                let reach = best.map_or(limit, |n| n.metres);
                let apart = (c.x.min(d.x) - high.x).max(low.x - c.x.max(d.x));
                let above = (c.y.min(d.y) - high.y).max(low.y - c.y.max(d.y));
                if apart > reach || above > reach {
                    continue;
                }
                let found = nearest_of_segments(a, b, c, d);
                if found.metres <= limit && best.is_none_or(|n| found.metres < n.metres) {
                    best = Some(found);
                }
            }
            if best.is_some_and(|n| n.metres == 0.0) {
                break;
            }
        }
        best
    }

    /// The direction of a line where it is closest to a point, degrees 0 to 180.
    pub(super) fn direction_at(&self, p: Xy) -> Option<f64> {
        let segments = self.segments().filter(|(a, b)| a != b);
        let closest =
            segments.min_by(|s, t| onto(p, s.0, s.1).distance(p).total_cmp(&onto(p, t.0, t.1).distance(p)))?;
        Some(closest.0.bearing(closest.1) % 180.0)
    }

    /// The direction from the first point of a line to its last, degrees 0 to 180; nothing for areas and closed lines.
    pub(super) fn direction(&self) -> Option<f64> {
        let line = self.lines.first().filter(|_| self.is_line())?;
        let (first, last) = (line.first()?, line.last()?);
        (first.distance(*last) > 1.0).then(|| first.bearing(*last) % 180.0)
    }

    /// Single points are segments of no length.
    fn segments(&self) -> impl Iterator<Item = (Xy, Xy)> {
        self.lines.iter().flat_map(|line| {
            let point = (line.len() == 1).then(|| (line[0], line[0]));
            point.into_iter().chain(line.windows(2).map(|s| (s[0], s[1])))
        })
    }

    fn box_distance(&self, low: Xy, high: Xy) -> f64 {
        let dx = (low.x - self.high.x).max(self.low.x - high.x).max(0.0);
        let dy = (low.y - self.high.y).max(self.low.y - high.y).max(0.0);
        length(dx, dy)
    }
}

/// How often a ray to the east crosses a ring.
fn crossings(ring: &[Xy], p: Xy) -> usize {
    let crosses = |s: &&[Xy]| {
        let (a, b) = (s[0], s[1]);
        (a.y > p.y) != (b.y > p.y) && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x
    };
    ring.windows(2).filter(crosses).count()
}

/// The point of a segment that is nearest to `p`.
fn onto(p: Xy, a: Xy, b: Xy) -> Xy {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let squared = dx * dx + dy * dy;
    if squared == 0.0 {
        return a;
    }
    let t = (((p.x - a.x) * dx + (p.y - a.y) * dy) / squared).clamp(0.0, 1.0);
    Xy { x: a.x + t * dx, y: a.y + t * dy }
}

fn nearest_of_segments(a: Xy, b: Xy, c: Xy, d: Xy) -> Nearest {
    if let Some(p) = intersection(a, b, c, d) {
        return Nearest { metres: 0.0, from: p, to: p };
    }
    let ends = [(a, onto(a, c, d)), (b, onto(b, c, d)), (onto(c, a, b), c), (onto(d, a, b), d)];
    let pairs = ends.map(|(from, to)| Nearest { metres: from.distance(to), from, to });
    pairs.into_iter().fold(pairs[0], |best, n| if n.metres < best.metres { n } else { best })
}

/// Where two segments cross; nothing when they do not, or are parallel.
fn intersection(a: Xy, b: Xy, c: Xy, d: Xy) -> Option<Xy> {
    let cross = |u: Xy, v: Xy| u.x * v.y - u.y * v.x;
    let (r, s) = (Xy { x: b.x - a.x, y: b.y - a.y }, Xy { x: d.x - c.x, y: d.y - c.y });
    let divisor = cross(r, s);
    if divisor == 0.0 {
        return None;
    }
    let to = Xy { x: c.x - a.x, y: c.y - a.y };
    let (t, u) = (cross(to, s) / divisor, cross(to, r) / divisor);
    let both = (0.0..=1.0).contains(&t) && (0.0..=1.0).contains(&u);
    both.then_some(Xy { x: a.x + t * r.x, y: a.y + t * r.y })
}

/// The acute angle between two directions, degrees 0 to 90.
pub(super) fn acute(a: f64, b: f64) -> f64 {
    let between = (a - b).rem_euclid(180.0);
    between.min(180.0 - between)
}

/// Whether a direction lies clockwise between two others, degrees.
pub(super) fn turns_between(bearing: f64, from: f64, to: f64) -> bool {
    let span = to - from;
    let span = if span < 0.0 { span + 360.0 } else { span };
    // A bearing that rounding left a hair below the range is in it.
    let turn = (bearing - from).rem_euclid(360.0);
    turn <= span + 1e-9 || turn > 360.0 - 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn e7(lat: f64, lon: f64) -> PointE7 {
        PointE7 { lat: (lat * E7).round() as i32, lon: (lon * E7).round() as i32 }
    }

    fn line(points: &[(f64, f64)]) -> Figure {
        Figure::new(vec![points.iter().map(|&(x, y)| Xy { x, y }).collect()], false)
    }

    fn square(x: f64, y: f64, side: f64) -> Vec<Xy> {
        [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
            .map(|(i, j)| Xy { x: x + i * side, y: y + j * side })
            .to_vec()
    }

    #[test]
    fn distances_between_points_lines_and_areas() {
        let area = Figure::new(vec![square(0.0, 0.0, 10.0), square(4.0, 4.0, 2.0)], true);
        let metres = |a: &Figure, b: &Figure| a.nearest(b, 1000.0).map(|n| n.metres);
        assert_eq!(metres(&area, &line(&[(13.0, 14.0)])), Some(5.0));
        assert_eq!(metres(&area, &line(&[(1.0, 1.0)])), Some(0.0), "inside");
        assert_eq!(metres(&area, &line(&[(5.0, 5.0)])), Some(1.0), "in the hole");
        assert_eq!(metres(&line(&[(-5.0, 5.0), (15.0, 5.0)]), &area), Some(0.0), "through it");
        assert_eq!(metres(&line(&[(0.0, 0.0), (4.0, 4.0)]), &line(&[(0.0, 4.0), (4.0, 0.0)])), Some(0.0), "a crossing");
        assert_eq!(metres(&line(&[(0.0, 0.0), (4.0, 0.0)]), &line(&[(0.0, 3.0), (4.0, 3.0)])), Some(3.0), "parallel");
        assert_eq!(line(&[(0.0, 0.0)]).nearest(&line(&[(30.0, 40.0)]), 49.9), None);
        assert!((area.area() - 96.0).abs() < 1e-9 && (area.perimeter() - 48.0).abs() < 1e-9);
    }

    #[test]
    fn directions_and_angles() {
        let o = Xy::default();
        for (x, y, bearing) in [(0.0, 1.0, 0.0), (1.0, 0.0, 90.0), (0.0, -1.0, 180.0), (-1.0, 1.0, 315.0)] {
            assert!((o.bearing(Xy { x, y }) - bearing).abs() < 1e-9);
        }
        assert!((acute(5.0, 175.0) - 10.0).abs() < 1e-9 && (acute(0.0, 115.0) - 65.0).abs() < 1e-9);
        assert!(
            turns_between(355.0, 350.0, 10.0) && turns_between(5.0, 350.0, 10.0) && !turns_between(180.0, 350.0, 10.0)
        );
        assert_eq!(line(&[(0.0, 0.0), (10.0, 10.0)]).direction(), Some(45.0));
        assert_eq!(line(&[(0.0, 0.0), (10.0, 0.0), (10.0, 9.0)]).direction_at(Xy { x: 11.0, y: 5.0 }), Some(0.0));
    }

    #[test]
    fn a_box_grows_across_the_180th_meridian_and_over_a_pole() {
        let boxes: Vec<_> = grown(BoxE7::from(e7(0.0, 179.999)), 1000.0).collect();
        assert_eq!(boxes.len(), 2);
        assert!(boxes.iter().any(|b| b.contains(e7(0.0, -179.995))) && boxes.iter().all(|b| !b.contains(e7(0.0, 0.0))));
        assert!(grown(BoxE7::from(e7(89.999, 10.0)), 500.0).any(|b| b.contains(e7(89.999, -170.0))));
        let plane = Plane::at(e7(0.0, 179.999));
        assert!(plane.project(e7(0.0, -179.999)).distance(Xy::default()) < 223.0);
    }

    proptest! {
        #[test]
        fn the_plane_agrees_with_the_sphere(lat in -70.0..70.0f64, lon in -180.0..180.0f64, bearing in 0.0..360.0f64, km in 0.01..20.0f64) {
            let from = LatLon::new(lat, lon).expect("in range");
            let to = from.towards(bearing, km);
            let plane = Plane::at(PointE7::of(from));
            let flat = plane.project(PointE7::of(to));
            let metres = flat.distance(Xy::default());
            prop_assert!((metres - km * 1000.0).abs() < km * 10.0, "{metres} m of {km} km");
            prop_assert!(plane.unproject(flat).is_some_and(|p| p.distance_km(to) < 0.001));
        }

        #[test]
        fn what_lies_within_the_distance_lies_in_the_grown_box(lat in -89.0..89.0f64, lon in -180.0..180.0f64, bearing in 0.0..360.0f64, km in 0.01..50.0f64) {
            let from = LatLon::new(lat, lon).expect("in range");
            let to = PointE7::of(from.towards(bearing, km));
            let held = grown(BoxE7::from(PointE7::of(from)), km * 1001.0).any(|b| b.contains(to));
            prop_assert!(held);
        }

        #[test]
        fn distance_is_symmetric_and_no_longer_than_between_any_two_points(
            a in prop::collection::vec((-99.0..99.0f64, -99.0..99.0f64), 1..6),
            b in prop::collection::vec((-99.0..99.0f64, -99.0..99.0f64), 1..6),
        ) {
            let (f, g) = (line(&a), line(&b));
            let there = f.nearest(&g, 1e6).expect("within the limit").metres;
            let back = g.nearest(&f, 1e6).expect("within the limit").metres;
            prop_assert!((there - back).abs() < 1e-6);
            let corners = Xy { x: a[0].0, y: a[0].1 }.distance(Xy { x: b[0].0, y: b[0].1 });
            prop_assert!(there <= corners + 1e-9);
        }
    }
}

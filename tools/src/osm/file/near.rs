//! How far objects are from a point, by their shapes.

use super::areas::Crossings;
use super::map::{Map, Row};
use super::shapes::{self, Parts};
use crate::geo::EARTH_RADIUS_KM;
use crate::osm::object::{BoxE7, E7, PointE7};

/// Metres on the ground for 1e-7 degrees of latitude.
const METRES_PER_E7: f64 = EARTH_RADIUS_KM * 1000.0 * std::f64::consts::PI / 180.0 / E7;
const HALF_TURN_E7: i64 = 1_800_000_000;

/// The plane around a point: metres east and north of it. Each latitude is stretched by the cosine midway to it, which
/// keeps distances up to 20 km within 0.5 % between ±85°.
struct Plane {
    at: PointE7,
}

impl Plane {
    fn place(&self, p: PointE7) -> (f64, f64) {
        let mut east = i64::from(p.lon) - i64::from(self.at.lon);
        if east.abs() > HALF_TURN_E7 {
            east -= 2 * HALF_TURN_E7 * east.signum();
        }
        let midway = (f64::from(p.lat) + f64::from(self.at.lat)) / 2.0 / E7;
        let north = f64::from(p.lat) - f64::from(self.at.lat);
        (east as f64 * METRES_PER_E7 * midway.to_radians().cos(), north * METRES_PER_E7)
    }

    /// Metres to a line.
    fn to_line(&self, vertices: &mut dyn Iterator<Item = PointE7>, closed: bool) -> f64 {
        let Some(first) = vertices.next().map(|p| self.place(p)) else { return f64::INFINITY };
        let (mut least, mut before) = (first.0 * first.0 + first.1 * first.1, first);
        for vertex in vertices {
            let to = self.place(vertex);
            least = least.min(square_to_segment(before, to));
            before = to;
        }
        if closed {
            least = least.min(square_to_segment(before, first));
        }
        least.sqrt()
    }
}

/// Square of the distance from the origin to a segment.
fn square_to_segment(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 { (-(a.0 * dx + a.1 * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    let (x, y) = (a.0 + along * dx, a.1 + along * dy);
    x * x + y * y
}

/// The boxes that hold all within some metres of a point: two where it lies near the 180° meridian.
fn around(at: PointE7, metres: f64) -> impl Iterator<Item = BoxE7> {
    // Whole units, outward, and a little more than the plane's error.
    let reach = (metres.max(0.0) * 1.01 / METRES_PER_E7).min(2e9).ceil() as i64 + 1;
    let (south, north) = (i64::from(at.lat) - reach, i64::from(at.lat) + reach);
    let pole_side = (south.abs().max(north.abs()) as f64 / E7).min(90.0);
    let cosine = pole_side.to_radians().cos();
    let wide = if cosine > 1e-3 { (reach as f64 / cosine).ceil() as i64 } else { HALF_TURN_E7 };
    let (west, east) = (i64::from(at.lon) - wide, i64::from(at.lon) + wide);
    let whole = wide >= HALF_TURN_E7;
    let parts = [
        Some(if whole { (-HALF_TURN_E7, HALF_TURN_E7) } else { (west, east) }),
        (!whole && west < -HALF_TURN_E7).then_some((west + 2 * HALF_TURN_E7, HALF_TURN_E7)),
        (!whole && east > HALF_TURN_E7).then_some((-HALF_TURN_E7, east - 2 * HALF_TURN_E7)),
    ];
    parts.into_iter().flatten().map(move |(west, east)| BoxE7 {
        south: south.max(-900_000_000) as i32,
        west: west.max(-HALF_TURN_E7) as i32,
        north: north.min(900_000_000) as i32,
        east: east.min(HALF_TURN_E7) as i32,
    })
}

impl Map {
    /// The objects within some metres of a point, and how far each is, metres; ascending by row in each hemisphere.
    ///
    /// Lines count by their nearest point, areas as 0 inside and by their outline outside, sets by their box.
    pub fn near(&self, at: PointE7, metres: f64) -> impl Iterator<Item = (Row, f64)> + '_ {
        let parts: Vec<BoxE7> = around(at, metres).collect();
        let first = parts.first().copied();
        let rows = parts.into_iter().flat_map(move |part| {
            // An object in both parts is given once.
            let again =
                move |row: &Row| Some(part) == first || first.is_none_or(|first| !meets(self.bounds(*row), first));
            self.in_box(part).filter(again)
        });
        rows.map(move |row| (row, self.metres(row, at))).filter(move |&(_, far)| far <= metres)
    }

    /// How far an object is from a point, metres, as [`Map::near`] says. Good to 0.5 % up to 20 km.
    #[must_use]
    pub fn metres(&self, row: Row, at: PointE7) -> f64 {
        let plane = Plane { at };
        let own = self.at(row);
        let to_point = |p| {
            let (x, y) = plane.place(p);
            x.hypot(y)
        };
        match shapes::parts(self.stored_shape(row), own) {
            Some(Parts::Line(mut vertices)) => plane.to_line(&mut vertices, false),
            Some(Parts::Area(rings)) => {
                let (mut crossings, mut least) = (Crossings::new(at), f64::INFINITY);
                let mut ring = Vec::new();
                rings.each(|_, vertices| {
                    ring.clear();
                    ring.extend(vertices);
                    crossings.ring(&mut ring.iter().copied());
                    least = least.min(plane.to_line(&mut ring.iter().copied(), true));
                });
                if crossings.inside() { 0.0 } else { least.min(f64::MAX) }
            }
            Some(Parts::Scattered) => {
                let b = self.bounds(row);
                // Damaged boxes may stand upside down.
                let clamp = |x: i32, low: i32, high: i32| x.clamp(low.min(high), high.max(low));
                to_point(PointE7 { lat: clamp(at.lat, b.south, b.north), lon: clamp(at.lon, b.west, b.east) })
            }
            Some(Parts::Point) | None => to_point(own),
        }
    }
}

fn meets(a: BoxE7, b: BoxE7) -> bool {
    a.south <= b.north && b.south <= a.north && a.west <= b.east && b.west <= a.east
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::LatLon;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_plane_agrees_with_the_sphere(
            lat in -85.0..85.0f64, lon in -180.0..180.0f64, bearing in 0.0..360.0f64, km in 0.01..20.0f64,
        ) {
            let from = LatLon::new(lat, lon).expect("valid");
            let to = from.towards(bearing, km);
            let (x, y) = Plane { at: PointE7::of(from) }.place(PointE7::of(to));
            let metres = x.hypot(y);
            prop_assert!((metres - km * 1000.0).abs() < km * 1000.0 * 0.005 + 0.02, "{} m for {} km", metres, km);
        }

        #[test]
        fn what_is_near_lies_in_the_boxes_around(
            lat in -90.0..=90.0f64, lon in -180.0..180.0f64, bearing in 0.0..360.0f64, km in 0.0..20.0f64,
        ) {
            let from = LatLon::new(lat, lon).expect("valid");
            let to = PointE7::of(from.towards(bearing, km));
            let inside = around(PointE7::of(from), km * 1000.0 + 0.02).any(|part| part.contains(to));
            prop_assert!(inside);
        }
    }
}

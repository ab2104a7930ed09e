//! Circles of the sphere and outlines of countries as rings in the plane of longitude and latitude.
//!
//! A plane has edges that the globe has not: a ring that crosses the antimeridian is split there (RFC 7946, 3.1.9), and
//! one that holds a pole is led along the edge of the plane.

use navig_tools::geo::{EARTH_RADIUS_KM, LatLon};
use std::f64::consts::PI;

/// Corners of a circle; its edge then lies within 0.1 % of the radius.
const CORNERS: u32 = 72;

/// A corner in the plane, degrees. Unlike a [`LatLon`] it may lie at, or beyond, 180° east, where a ring needs it to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Vertex {
    pub(super) lon: f64,
    pub(super) lat: f64,
}

impl From<LatLon> for Vertex {
    fn from(p: LatLon) -> Self {
        Self { lon: p.lon(), lat: p.lat() }
    }
}

/// A part of the plane: everything between two longitudes and two latitudes, degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    pub(super) west: f64,
    pub(super) east: f64,
    pub(super) south: f64,
    pub(super) north: f64,
}

/// The whole globe.
pub(super) const WORLD: Frame = Frame { west: -180.0, east: 180.0, south: -90.0, north: 90.0 };

/// All points within `radius_km` of `centre`, as closed, counter-clockwise rings inside [`WORLD`]; none when the radius
/// is not above 0.
pub(super) fn disc(centre: LatLon, radius_km: f64) -> Vec<Vec<Vertex>> {
    let half_round = PI * EARTH_RADIUS_KM;
    if radius_km.is_nan() || radius_km <= 0.0 {
        return Vec::new();
    }
    if radius_km >= half_round * (1.0 - 1e-6) {
        return vec![closed(corners(WORLD))];
    }
    let edge: Vec<Vertex> =
        (0..CORNERS).map(|i| centre.towards(f64::from(i) * 360.0 / f64::from(CORNERS), radius_km).into()).collect();
    let edge = unrolled(&edge);
    let to_far_pole = half_round * (0.5 + centre.lat().abs() / 180.0);
    let pieces = if turns(&edge) {
        vec![around_a_pole(&edge, if centre.lat() >= 0.0 { 90.0 } else { -90.0 })]
    } else if radius_km > to_far_pole {
        around_both_poles(&edge)
    } else {
        vec![edge]
    };
    pieces.iter().flat_map(|ring| within(ring, WORLD)).map(closed).collect()
}

/// The parts of a ring that lie in a frame, whichever turn of the globe the ring's longitudes are on; counter-clockwise
/// and open. The ring must not hold a pole.
pub(super) fn within(ring: &[Vertex], frame: Frame) -> Vec<Vec<Vertex>> {
    let ring = unrolled(ring);
    let whole = signed_area(&ring).abs();
    let mut parts = Vec::new();
    for turn in [-720.0, -360.0, 0.0, 360.0, 720.0] {
        let shifted: Vec<Vertex> = ring.iter().map(|v| Vertex { lon: v.lon + turn, lat: v.lat }).collect();
        let part = clip(&shifted, |v| v.lon - frame.west);
        let part = clip(&part, |v| frame.east - v.lon);
        let part = clip(&part, |v| v.lat - frame.south);
        let mut part = clip(&part, |v| frame.north - v.lat);
        for v in &mut part {
            v.lon = v.lon.clamp(frame.west, frame.east);
        }
        let area = signed_area(&part);
        if area < 0.0 {
            part.reverse();
        }
        // Rounding leaves slivers at the edge of the frame.
        if area.abs() > 1e-6 * whole {
            parts.push(part);
        }
    }
    parts
}

/// The corners with longitudes that do not jump: each lies within half a turn of the one before it.
fn unrolled(ring: &[Vertex]) -> Vec<Vertex> {
    let mut lon = ring.first().map_or(0.0, |v| v.lon);
    let mut out = Vec::with_capacity(ring.len());
    for v in ring {
        lon += (v.lon - lon + 180.0).rem_euclid(360.0) - 180.0;
        out.push(Vertex { lon, lat: v.lat });
    }
    out
}

/// Whether an unrolled ring goes round the globe, and so holds one pole.
fn turns(edge: &[Vertex]) -> bool {
    matches!(edge, [first, .., last] if (last.lon - first.lon).abs() > 180.0)
}

/// The ring that an edge around one pole encloses together with the edge of the plane. A circle around one pole meets
/// each meridian once, so that its corners may be sorted by longitude.
fn around_a_pole(edge: &[Vertex], pole: f64) -> Vec<Vertex> {
    let mut ring: Vec<Vertex> =
        edge.iter().map(|v| Vertex { lon: (v.lon + 180.0).rem_euclid(360.0) - 180.0, lat: v.lat }).collect();
    ring.sort_by(|a, b| a.lon.total_cmp(&b.lon));
    if let (Some(&first), Some(&last)) = (ring.first(), ring.last()) {
        let gap = first.lon + 360.0 - last.lon;
        let share = if gap > 0.0 { (180.0 - last.lon) / gap } else { 0.0 };
        let lat = last.lat + share * (first.lat - last.lat);
        ring.insert(0, Vertex { lon: -180.0, lat });
        ring.push(Vertex { lon: 180.0, lat });
        ring.extend([180.0, 60.0, -60.0, -180.0].map(|lon| Vertex { lon, lat: pole }));
    }
    ring
}

/// What lies outside a small circle: a band north of it, a band south of it, and the rest of the globe.
fn around_both_poles(edge: &[Vertex]) -> Vec<Vec<Vertex>> {
    let index = |better: fn(f64, f64) -> bool| {
        (1..edge.len()).fold(0, |best, i| if better(edge[i].lon, edge[best].lon) { i } else { best })
    };
    let (west, east) = (index(|a, b| a < b), index(|a, b| a > b));
    let walk = |from: usize, to: usize| {
        let steps = (to + edge.len() - from) % edge.len();
        (0..=steps).map(|i| edge[(from + i) % edge.len()]).collect::<Vec<_>>()
    };
    let (one, other) = (walk(west, east), walk(east, west));
    let mean = |chain: &[Vertex]| chain.iter().map(|v| v.lat).sum::<f64>() / chain.len().max(1) as f64;
    let (north, south) = if mean(&one) > mean(&other) { (one, other) } else { (other, one) };
    let band = |mut chain: Vec<Vertex>, pole: f64| {
        if let (Some(&first), Some(&last)) = (chain.first(), chain.last()) {
            chain.push(Vertex { lon: last.lon, lat: pole });
            chain.push(Vertex { lon: first.lon, lat: pole });
        }
        chain
    };
    let (west, east) = (edge[west].lon, edge[east].lon);
    let rest = corners(Frame { west: east, east: west + 360.0, ..WORLD });
    vec![band(north, 90.0), band(south, -90.0), rest]
}

/// Corners of a frame, counter-clockwise, with more on the long sides so that no step spans half a turn.
fn corners(frame: Frame) -> Vec<Vertex> {
    let Frame { west, east, south, north } = frame;
    let third = (east - west) / 3.0;
    let eastwards = [west, west + third, east - third, east];
    let along = |lat: f64| eastwards.into_iter().map(move |lon| Vertex { lon, lat });
    along(south).chain(along(north).rev()).collect()
}

/// The part of a ring where `inside` is not negative (Sutherland and Hodgman 1974); `inside` must be linear.
fn clip(ring: &[Vertex], inside: impl Fn(Vertex) -> f64) -> Vec<Vertex> {
    let mut out = Vec::with_capacity(ring.len() + 4);
    let Some(&last) = ring.last() else { return out };
    let mut from = last;
    for &to in ring {
        let (a, b) = (inside(from), inside(to));
        if (a < 0.0) != (b < 0.0) {
            let t = a / (a - b);
            out.push(Vertex { lon: from.lon + t * (to.lon - from.lon), lat: from.lat + t * (to.lat - from.lat) });
        }
        if b >= 0.0 {
            out.push(to);
        }
        from = to;
    }
    out
}

/// Area of a ring, square degrees; above 0 when it runs counter-clockwise.
pub(super) fn signed_area(ring: &[Vertex]) -> f64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| a.lon * b.lat - b.lon * a.lat).sum::<f64>() / 2.0
}

fn closed(mut ring: Vec<Vertex>) -> Vec<Vertex> {
    ring.extend(ring.first().copied());
    ring
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Share of the sphere that rings cover, by the area under each edge in an equal-area projection.
    fn share_of_sphere(rings: &[Vec<Vertex>]) -> f64 {
        let under = |a: &Vertex, b: &Vertex| {
            // Simpson's rule over sin(lat) along a straight edge of the plane.
            let sin = |lat: f64| lat.to_radians().sin();
            (b.lon - a.lon) * (sin(a.lat) + 4.0 * sin(f64::midpoint(a.lat, b.lat)) + sin(b.lat)) / 6.0
        };
        let area: f64 = rings.iter().flat_map(|ring| ring.windows(2)).map(|e| -under(&e[0], &e[1])).sum();
        area / 720.0
    }

    fn covers(rings: &[Vec<Vertex>], p: LatLon) -> bool {
        rings.iter().any(|ring| {
            ring.windows(2).fold(false, |odd, e| {
                let crosses = (e[0].lat > p.lat()) != (e[1].lat > p.lat());
                let at = e[0].lon + (p.lat() - e[0].lat) / (e[1].lat - e[0].lat) * (e[1].lon - e[0].lon);
                odd != (crosses && p.lon() < at)
            })
        })
    }

    #[test]
    fn a_circle_across_the_antimeridian_is_two_rings() {
        let fiji = LatLon::new(-17.0, 179.5).expect("valid");
        let rings = disc(fiji, 300.0);
        assert_eq!(rings.len(), 2);
        assert!(covers(&rings, LatLon::new(-17.0, 178.0).expect("valid")));
        assert!(covers(&rings, LatLon::new(-17.0, -179.0).expect("valid")));
        assert!(!covers(&rings, LatLon::new(-17.0, 0.0).expect("valid")));
    }

    #[test]
    fn a_radius_of_nothing_is_no_ring_and_one_of_everything_is_the_globe() {
        let p = LatLon::new(10.0, 20.0).expect("valid");
        assert!(disc(p, 0.0).is_empty() && disc(p, f64::NAN).is_empty());
        assert!((share_of_sphere(&disc(p, f64::INFINITY)) - 1.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn circles_are_valid_rings(lat in -90.0..=90.0f64, lon in -180.0..180.0f64, km in 0.05..20_100.0f64) {
            for ring in disc(LatLon::new(lat, lon).expect("valid"), km) {
                prop_assert!(ring.len() >= 4);
                prop_assert_eq!(ring.first(), ring.last());
                prop_assert!(signed_area(&ring[1..]) > 0.0);
                prop_assert!(ring.iter().all(|v| (-180.0..=180.0).contains(&v.lon) && (-90.0..=90.0).contains(&v.lat)));
            }
        }

        #[test]
        fn circles_cover_what_is_near_and_nothing_else(
            lat in -85.0..85.0f64, lon in -180.0..180.0f64, km in 1.0..19_000.0f64,
            bearing in 0.0..360.0f64, reach in 0.0..2.0f64,
        ) {
            let centre = LatLon::new(lat, lon).expect("valid");
            // Edges are straight in the plane: far from the poles they hug the circle.
            let way = km * reach;
            let p = centre.towards(bearing, way);
            prop_assume!((reach - 1.0).abs() > 0.1 && way < 19_500.0 && p.lat().abs() < 85.0);
            prop_assert_eq!(covers(&disc(centre, km), p), reach < 1.0);
        }

        #[test]
        fn circles_have_the_area_of_a_cap(lat in -60.0..60.0f64, lon in -180.0..180.0f64, km in 50.0..3_000.0f64) {
            let cap = (1.0 - (km / EARTH_RADIUS_KM).cos()) / 2.0;
            let share = share_of_sphere(&disc(LatLon::new(lat, lon).expect("valid"), km));
            prop_assert!((share / cap - 1.0).abs() < 0.02, "{share} {cap}");
        }
    }
}

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

/// All points within `radius_km` of `centre`, as closed, counter-clockwise rings inside [`WORLD`] that do not overlap and
/// have no holes; none when the radius is not above 0.
pub(super) fn disc(centre: LatLon, radius_km: f64) -> Vec<Vec<Vertex>> {
    let parts = match Disc::new(centre, radius_km) {
        None => Vec::new(),
        Some(Disc::Plain(edge)) => within(&edge, WORLD),
        Some(Disc::AroundPole(ring)) => clipped(&ring, WORLD).into_iter().collect(),
        Some(Disc::AroundBothPoles(hole)) => around(&hole).iter().flat_map(|ring| within(ring, WORLD)).collect(),
        Some(Disc::Globe) => vec![corners(WORLD)],
    };
    parts.into_iter().map(closed).collect()
}

/// The same to draw on a map: open rings in a frame, to be filled by the even-odd rule. Along the edge of a circle they
/// have no other edges than the frame's.
pub(super) fn disc_in(centre: LatLon, radius_km: f64, frame: Frame) -> Vec<Vec<Vertex>> {
    match Disc::new(centre, radius_km) {
        None => Vec::new(),
        Some(Disc::Plain(edge)) => within(&edge, frame),
        Some(Disc::AroundPole(ring)) => clipped(&ring, frame).into_iter().collect(),
        Some(Disc::AroundBothPoles(hole)) => [corners(frame)].into_iter().chain(within(&hole, frame)).collect(),
        Some(Disc::Globe) => vec![corners(frame)],
    }
}

/// How a circle lies in the plane.
enum Disc {
    /// It holds no pole. The longitudes of its edge may pass 180.
    Plain(Vec<Vertex>),
    /// It holds one pole. The ring reaches over three turns of the globe.
    AroundPole(Vec<Vertex>),
    /// It holds both poles, and everything else but what lies inside this ring.
    AroundBothPoles(Vec<Vertex>),
    Globe,
}

impl Disc {
    fn new(centre: LatLon, radius_km: f64) -> Option<Self> {
        let half_round = PI * EARTH_RADIUS_KM;
        if radius_km.is_nan() || radius_km <= 0.0 {
            return None;
        }
        if radius_km >= half_round * (1.0 - 1e-6) {
            return Some(Self::Globe);
        }
        let bearings = (0..CORNERS).map(|i| f64::from(i) * 360.0 / f64::from(CORNERS));
        let edge = unrolled(bearings.map(|bearing| centre.towards(bearing, radius_km).into()));
        let to_far_pole = half_round * (0.5 + centre.lat().abs() / 180.0);
        Some(if turns(&edge) {
            Self::AroundPole(around_pole(edge, if centre.lat() >= 0.0 { 90.0 } else { -90.0 }))
        } else if radius_km > to_far_pole {
            Self::AroundBothPoles(edge)
        } else {
            Self::Plain(edge)
        })
    }
}

/// The parts of a ring that lie in a frame, whichever turn of the globe their longitudes are on; counter-clockwise and
/// open. The ring's longitudes must not jump at the antimeridian: one that crosses it goes on beyond 180.
pub(super) fn within(ring: &[Vertex], frame: Frame) -> Vec<Vec<Vertex>> {
    let turned = |turn: f64| ring.iter().map(|v| Vertex { lon: v.lon + turn, lat: v.lat }).collect::<Vec<_>>();
    [-360.0, 0.0, 360.0].into_iter().filter_map(|turn| clipped(&turned(turn), frame)).collect()
}

/// The part of a ring that lies in a frame, on this turn of the globe.
fn clipped(ring: &[Vertex], frame: Frame) -> Option<Vec<Vertex>> {
    let part = clip(ring, |v| v.lon - frame.west);
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
    (area.abs() > 1e-6 * signed_area(ring).abs()).then_some(part)
}

/// The corners with longitudes that do not jump: each lies within half a turn of the one before it.
fn unrolled(ring: impl Iterator<Item = Vertex>) -> Vec<Vertex> {
    let mut before: Option<f64> = None;
    ring.map(|v| {
        let lon = before.map_or(v.lon, |before| before + (v.lon - before + 180.0).rem_euclid(360.0) - 180.0);
        before = Some(lon);
        Vertex { lon, lat: v.lat }
    })
    .collect()
}

/// Whether an unrolled ring goes round the globe, and so holds one pole.
fn turns(edge: &[Vertex]) -> bool {
    matches!(edge, [first, .., last] if (last.lon - first.lon).abs() > 180.0)
}

/// The ring that an edge around one pole encloses together with the edge of the plane. A circle around one pole meets
/// each meridian once, so that its corners may be sorted by longitude.
fn around_pole(mut edge: Vec<Vertex>, pole: f64) -> Vec<Vertex> {
    for v in &mut edge {
        v.lon = (v.lon + 180.0).rem_euclid(360.0) - 180.0;
    }
    edge.sort_by(|a, b| a.lon.total_cmp(&b.lon));
    let turned = |turn: f64| edge.iter().map(move |v| Vertex { lon: v.lon + turn, lat: v.lat });
    let mut ring: Vec<Vertex> = [-360.0, 0.0, 360.0].into_iter().flat_map(turned).collect();
    if let (Some(&first), Some(&last)) = (ring.first(), ring.last()) {
        ring.extend([last.lon, first.lon].map(|lon| Vertex { lon, lat: pole }));
    }
    ring
}

/// What lies outside a small circle: a band north of it, a band south of it, and the rest of the globe.
fn around(edge: &[Vertex]) -> Vec<Vec<Vertex>> {
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

/// Corners of a frame, counter-clockwise.
fn corners(frame: Frame) -> Vec<Vertex> {
    let Frame { west, east, south, north } = frame;
    [(west, south), (east, south), (east, north), (west, north)].map(|(lon, lat)| Vertex { lon, lat }).to_vec()
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

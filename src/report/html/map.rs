//! Maps as inline SVG: the world, and the surroundings of the best guess, in the equirectangular projection.

use crate::eval::score::THRESHOLDS_KM;
use crate::ledger::LocateResult;
use crate::report::ring::{self, Frame, Vertex};
use crate::report::untrusted::xml;
use crate::report::words;
use navig_tools::geo::{EARTH_RADIUS_KM, LatLon, Level, boundaries};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const KM_PER_DEGREE: f64 = EARTH_RADIUS_KM * std::f64::consts::PI / 180.0;
/// Size of the map of the surroundings, px.
const LOCAL: (f64, f64) = (640.0, 420.0);
/// Least and most half height of the surroundings, degrees: below, outlines have no detail; above, the world map shows it.
const HALF_HEIGHT: (f64, f64) = (0.9, 35.0);
/// Distance between corners of an outline that can be told apart, px.
const FINEST: f64 = 0.5;
/// Lines of a map of errors.
const MOST_LINES: usize = 150;
/// Share of a map that a piece of a country must fill for its code to be written on it.
const LEAST_LABELLED: f64 = 0.012;

/// The whole world with every candidate.
pub(super) fn world(result: &LocateResult) -> String {
    let polar = result.candidates.iter().any(|c| c.point.lat() < -58.0) || result.point.lat() < -58.0;
    let frame = Frame { south: if polar { -90.0 } else { -60.0 }, north: 85.0, ..ring::WORLD };
    let sheet = Sheet { frame, width: 1080.0, height: (frame.north - frame.south) * 3.0 };
    draw(result, &sheet, 30.0)
}

/// The surroundings of the best guess, with room around its 90 % circle; absent when that is half the world.
pub(super) fn local(result: &LocateResult) -> Option<String> {
    let (least, most) = HALF_HEIGHT;
    let half = (result.radius_km.p90 * 1.35 / KM_PER_DEGREE).max(least);
    if half.is_nan() || half > most {
        return None;
    }
    let (lat, lon) = (result.point.lat(), result.point.lon());
    let (width, height) = LOCAL;
    let half_width = (half * width / height / lat.to_radians().cos().max(0.02)).min(180.0);
    let (south, north) = ((lat - half).max(-90.0), (lat + half).min(90.0));
    let frame = Frame { west: lon - half_width, east: lon + half_width, south, north };
    let sheet = Sheet { frame, width, height: height * (north - south) / (2.0 * half) };
    let steps = [10.0, 5.0, 2.0, 1.0, 0.5, 0.2];
    let step = steps.into_iter().find(|step| 2.0 * half / step >= 2.5).unwrap_or(0.2);
    Some(draw(result, &sheet, step))
}

/// A photo of a benchmark and how far its answer was off.
pub(super) struct Off {
    pub(super) at: LatLon,
    /// None when there is no answer.
    pub(super) answer: Option<LatLon>,
    pub(super) title: String,
}

/// The whole world with a dot where each photo was taken, of the colour of the answer's distance, and lines to the answers that are far.
pub(super) fn errors(photos: &[Off]) -> String {
    let frame = Frame { south: -60.0, north: 85.0, ..ring::WORLD };
    let sheet = Sheet { frame, width: 1080.0, height: (frame.north - frame.south) * 3.0 };
    let mut svg = format!(
        r#"<svg viewBox="0 0 {:.0} {:.0}" role="img" aria-label="Map of the errors"><rect class="sea" width="{:.0}" height="{:.0}"/>"#,
        sheet.width, sheet.height, sheet.width, sheet.height
    );
    countries(&mut svg, None, None, &sheet);
    graticule(&mut svg, &sheet, 30.0);
    let class = |off: &Off| {
        let km = off.answer.map_or(f64::INFINITY, |answer| answer.distance_km(off.at));
        THRESHOLDS_KM.iter().filter(|(_, limit)| km > *limit).count()
    };
    let far = photos.iter().filter(|off| class(off) > 3);
    for (off, answer) in far.filter_map(|off| Some((off, off.answer?))).take(MOST_LINES) {
        if let (Some((x1, y1)), Some((x2, y2))) = (sheet.place(off.at), sheet.place(answer)) {
            let _ = write!(svg, r#"<path class="off" d="M{x1:.0} {y1:.0}L{x2:.0} {y2:.0}"/>"#);
        }
    }
    // The far ones lie below, so that they do not hide the near ones.
    let mut order: Vec<(usize, &Off)> = photos.iter().map(|off| (class(off), off)).collect();
    order.sort_by_key(|(class, _)| std::cmp::Reverse(*class));
    for (class, off) in order {
        let Some((x, y)) = sheet.place(off.at) else { continue };
        let title = xml(&off.title);
        let _ =
            write!(svg, r#"<circle class="e{class}" cx="{x:.1}" cy="{y:.1}" r="4"><title>{title}</title></circle>"#);
    }
    svg.push_str("</svg>");
    svg
}

/// A frame of the plane on a sheet of px.
struct Sheet {
    frame: Frame,
    width: f64,
    height: f64,
}

impl Sheet {
    fn x(&self, lon: f64) -> f64 {
        (lon - self.frame.west) / (self.frame.east - self.frame.west) * self.width
    }

    fn y(&self, lat: f64) -> f64 {
        (self.frame.north - lat) / (self.frame.north - self.frame.south) * self.height
    }

    /// Of latitude; a degree of longitude is no longer.
    fn px_per_degree(&self) -> f64 {
        self.height / (self.frame.north - self.frame.south)
    }

    /// Area of the frame, square degrees.
    fn degrees(&self) -> f64 {
        (self.frame.east - self.frame.west) * (self.frame.north - self.frame.south)
    }

    /// The frame with a margin: edges that come from clipping lie outside the sheet, where they are not seen.
    fn beyond(&self) -> Frame {
        let Frame { west, east, south, north } = self.frame;
        let (wide, high) = ((east - west) * 0.02, (north - south) * 0.02);
        Frame { west: west - wide, east: east + wide, south: south - high, north: north + high }
    }

    /// Where a point lies, if it lies on the sheet.
    fn place(&self, p: LatLon) -> Option<(f64, f64)> {
        let Frame { west, east, south, north } = self.frame;
        let lon = west + (p.lon() - west).rem_euclid(360.0);
        (lon <= east && (south..=north).contains(&p.lat())).then(|| (self.x(lon), self.y(p.lat())))
    }

    /// Path data of a ring of the plane, in steps of a tenth of a px, without corners that cannot be told apart; empty
    /// when nothing is left to see.
    fn path(&self, ring: &[Vertex]) -> String {
        let tenths = |px: f64| (px * 10.0).round() as i64;
        let mut corners: Vec<(i64, i64)> = Vec::with_capacity(ring.len());
        for v in ring {
            let (x, y) = (tenths(self.x(v.lon)), tenths(self.y(v.lat)));
            if corners.last().is_none_or(|&(a, b)| (x - a).abs() + (y - b).abs() >= tenths(FINEST)) {
                corners.push((x, y));
            }
        }
        let mut path = String::new();
        if corners.len() < 3 {
            return path;
        }
        // Steps from corner to corner are shorter to write than places.
        let mut from = (0, 0);
        for (i, &(x, y)) in corners.iter().enumerate() {
            let command = ["M", "l", " "][i.min(2)];
            let _ = write!(path, "{command}{} {}", decimal(x - from.0), decimal(y - from.1));
            from = (x, y);
        }
        path.push('Z');
        path
    }
}

/// A number of tenths as a decimal.
fn decimal(tenths: i64) -> String {
    let sign = if tenths < 0 { "-" } else { "" };
    match (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10) {
        (whole, 0) => format!("{sign}{whole}"),
        (0, part) => format!("{sign}.{part}"),
        (whole, part) => format!("{sign}{whole}.{part}"),
    }
}

fn draw(result: &LocateResult, sheet: &Sheet, graticule_deg: f64) -> String {
    let mut svg = format!(
        r#"<svg viewBox="0 0 {:.0} {:.0}" role="img" aria-label="Map"><rect class="sea" width="{:.0}" height="{:.0}"/>"#,
        sheet.width, sheet.height, sheet.width, sheet.height
    );
    let best = result.chain.iter().find(|link| link.level == Level::Country).map(|link| link.code.as_str());
    countries(&mut svg, best, sheet.place(result.point), sheet);
    graticule(&mut svg, sheet, graticule_deg);
    for (class, km) in [("p90", result.radius_km.p90), ("p50", result.radius_km.p50)] {
        let rings = ring::disc_in(result.point, km, sheet.beyond());
        let path: String = rings.iter().map(|ring| sheet.path(ring)).collect();
        if !path.is_empty() {
            let _ = write!(svg, r#"<path class="{class}" d="{path}"/>"#);
        }
    }
    markers(&mut svg, result, sheet);
    scale_bar(&mut svg, sheet);
    svg.push_str("</svg>");
    svg
}

/// Outlines of the countries, with the names of the large ones; `point` is a mark that a name makes room for.
fn countries(svg: &mut String, best: Option<&str>, point: Option<(f64, f64)>, sheet: &Sheet) {
    let finest = FINEST / sheet.px_per_degree();
    let mut lands: BTreeMap<&str, Land> = BTreeMap::new();
    for ring in boundaries::rings() {
        let corners: Vec<Vertex> = ring.points_apart(finest).into_iter().map(Vertex::from).collect();
        for part in ring::within(&corners, sheet.beyond()) {
            let land = lands.entry(ring.country()).or_default();
            land.path.push_str(&sheet.path(&part));
            let area = ring::signed_area(&part);
            if area > land.largest {
                (land.largest, land.middle) = (area, middle(&part));
            }
        }
    }
    for (country, land) in lands.iter().filter(|(_, land)| !land.path.is_empty()) {
        let class = if best == Some(country) { "land best" } else { "land" };
        let _ = write!(svg, r#"<path class="{class}" d="{}"><title>{}</title></path>"#, land.path, xml(country));
    }
    let room = LEAST_LABELLED * sheet.degrees();
    for (country, land) in lands.iter().filter(|(_, land)| land.largest > room) {
        let Some((x, y)) = land.middle.map(|v| (sheet.x(v.lon), sheet.y(v.lat))) else { continue };
        let y = if point.is_some_and(|(px, py)| (px - x).hypot(py - y) < 30.0) { y - 30.0 } else { y };
        let _ = write!(svg, r#"<text class="country" x="{x:.1}" y="{y:.1}">{}</text>"#, xml(country));
    }
}

/// What of a country is on the sheet.
#[derive(Default)]
struct Land {
    path: String,
    largest: f64,
    middle: Option<Vertex>,
}

/// Centre of gravity of a ring with an area.
fn middle(ring: &[Vertex]) -> Option<Vertex> {
    let origin = *ring.first()?;
    let (mut lon, mut lat, mut twice) = (0.0, 0.0, 0.0);
    for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
        let (ax, ay, bx, by) = (a.lon - origin.lon, a.lat - origin.lat, b.lon - origin.lon, b.lat - origin.lat);
        let cross = ax * by - bx * ay;
        twice += cross;
        lon += (ax + bx) * cross;
        lat += (ay + by) * cross;
    }
    (twice != 0.0).then(|| Vertex { lon: origin.lon + lon / (3.0 * twice), lat: origin.lat + lat / (3.0 * twice) })
}

fn graticule(svg: &mut String, sheet: &Sheet, step: f64) {
    let Frame { west, east, south, north } = sheet.frame;
    let marks = |from: f64, to: f64| {
        let first = (from / step).floor() as i64 + 1;
        (first..).map(move |i| i as f64 * step).take_while(move |&degrees| degrees < to)
    };
    let name = |degrees: f64, negative: &str, positive: &str| {
        let side = if degrees < 0.0 { negative } else { positive };
        let side = if degrees.rem_euclid(180.0) == 0.0 { "" } else { side };
        format!("{:.*}°{side}", usize::from(step < 1.0), degrees.abs())
    };
    let mut path = String::new();
    let mut labels = String::new();
    for lat in marks(south, north) {
        let y = sheet.y(lat);
        let _ = write!(path, "M0 {y:.1}H{:.0}", sheet.width);
        let _ = write!(labels, r#"<text class="degrees" x="3" y="{:.1}">{}</text>"#, y - 3.0, name(lat, "S", "N"));
    }
    // Meridians crowd near the poles.
    let crowded = marks(west, east).count() > 13;
    for lon in marks(west, east).filter(|lon| !crowded || lon.rem_euclid(30.0) == 0.0) {
        let (x, y) = (sheet.x(lon), sheet.height - 4.0);
        let _ = write!(path, "M{x:.1} 0V{:.0}", sheet.height);
        let lon = name((lon + 180.0).rem_euclid(360.0) - 180.0, "W", "E");
        let _ = write!(labels, r#"<text class="degrees" x="{:.1}" y="{y:.1}">{lon}</text>"#, x + 3.0);
    }
    let _ = write!(svg, r#"<path class="graticule" d="{path}"/>{labels}"#);
}

/// Rivals as numbered dots as large as their probability, under the best guess.
fn markers(svg: &mut String, result: &LocateResult, sheet: &Sheet) {
    for candidate in result.candidates.iter().rev() {
        let Some((x, y)) = sheet.place(candidate.point) else { continue };
        let radius = 3.0 + 6.0 * candidate.probability.clamp(0.0, 1.0).sqrt();
        let title = format!("{}. {} ({})", candidate.rank, candidate.chain, words::percent(candidate.probability));
        let _ = write!(
            svg,
            r#"<g class="candidate"><title>{}</title><circle cx="{x:.1}" cy="{y:.1}" r="{radius:.1}"/><text x="{:.1}" y="{:.1}">{}</text></g>"#,
            xml(&title),
            x + radius + 2.0,
            y + 3.5,
            candidate.rank
        );
    }
    if let Some((x, y)) = sheet.place(result.point) {
        let _ = write!(svg, r#"<path class="point" d="M{x:.1} {y:.1}m-7 0h14m-7 -7v14"/>"#);
    }
}

/// A bar of a round number of km, when the sheet is small enough to have one scale.
fn scale_bar(svg: &mut String, sheet: &Sheet) {
    let Frame { west, east, south, north } = sheet.frame;
    if north - south > 80.0 {
        return;
    }
    let across = (east - west) * KM_PER_DEGREE * f64::midpoint(south, north).to_radians().cos();
    let lengths = [2000.0, 1000.0, 500.0, 200.0, 100.0, 50.0, 20.0, 10.0];
    let Some(km) = lengths.into_iter().find(|km| km / across <= 0.25) else { return };
    let (length, y) = (km / across * sheet.width, 16.0);
    let x = sheet.width - 12.0 - length;
    let _ = write!(
        svg,
        r#"<path class="scale" d="M{x:.1} {:.0}v6h{length:.1}v-6"/><text class="degrees" x="{x:.1}" y="{:.0}">{}</text>"#,
        y,
        y - 3.0,
        words::distance(km)
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_and_short() {
        let frame = Frame { west: 0.0, east: 10.0, south: 0.0, north: 10.0 };
        let sheet = Sheet { frame, width: 100.0, height: 100.0 };
        let ring = [(0.0, 0.0), (9.95, 0.0), (9.951, 0.0), (9.95, 10.0)].map(|(lon, lat)| Vertex { lon, lat });
        assert_eq!(sheet.path(&ring), "M0 100l99.5 0 0 -100Z");
        assert_eq!(sheet.path(&ring[1..3]), "");
        assert_eq!([-3, 0, 7, -25].map(decimal), ["-.3", "0", ".7", "-2.5"]);
    }

    #[test]
    fn a_frame_across_the_antimeridian_holds_points_of_both_sides() {
        let frame = Frame { west: 170.0, east: 190.0, south: -10.0, north: 10.0 };
        let sheet = Sheet { frame, width: 200.0, height: 200.0 };
        let place = |lon| sheet.place(LatLon::new(0.0, lon).expect("valid")).map(|(x, _)| x.round());
        assert_eq!((place(179.0), place(-179.0)), (Some(90.0), Some(110.0)));
        assert_eq!(place(0.0), None);
    }
}

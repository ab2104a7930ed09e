//! A map of the surroundings of a spot as inline SVG, drawn from the index itself: water, green, buildings, railways,
//! roads, names, and on top the objects that were found.

use super::labels::{Label, Labels};
use super::things;
use crate::report::ring::{self, Frame, Vertex};
use crate::report::untrusted::xml;
use navig_tools::geo::LatLon;
use navig_tools::osm::file::{Map, Row};
use navig_tools::osm::object::{BoxE7, E7, PointE7, Polygon, Shape};
use navig_tools::osm::search::{Found, Hit};
use std::f64::consts::PI;
use std::fmt::Write as _;

/// Size of the sheet, px.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 460.0;
/// Least and most half height of the surroundings, m.
const HALF_HEIGHT_M: (f64, f64) = (170.0, 40_000.0);
/// Ground that a px may cover for buildings, and for the lesser roads, to be drawn, m.
const BUILDINGS_M: f64 = 3.5;
const LESSER_ROADS_M: f64 = 9.0;
/// Objects that are drawn at most, and px of path of one layer, so that no spot makes a page that a browser cannot open.
const OBJECTS: usize = 20_000;
const LAYER_BYTES: usize = 300_000;
/// Beyond the edge of the sheet nothing is drawn, px.
const MARGIN: f64 = 12.0;
const METRES_PER_DEGREE: f64 = 6_371_000.0 * PI / 180.0;

/// What an object looks like on the sheet; later ones lie above earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    Green,
    Square,
    Water,
    Stream,
    Building,
    Boundary,
    Path,
    Lane,
    Street,
    Road,
    Motorway,
    Rail,
    Power,
}

impl Layer {
    const ALL: [Self; 13] = [
        Self::Green,
        Self::Square,
        Self::Water,
        Self::Stream,
        Self::Building,
        Self::Boundary,
        Self::Path,
        Self::Lane,
        Self::Street,
        Self::Road,
        Self::Motorway,
        Self::Rail,
        Self::Power,
    ];

    fn class(self) -> &'static str {
        match self {
            Self::Green => "m-green",
            Self::Square => "m-square",
            Self::Water => "m-water",
            Self::Stream => "m-stream",
            Self::Building => "m-building",
            Self::Boundary => "m-boundary",
            Self::Path => "m-path",
            Self::Lane => "m-lane",
            Self::Street => "m-street",
            Self::Road => "m-road",
            Self::Motorway => "m-motorway",
            Self::Rail => "m-rail",
            Self::Power => "m-power",
        }
    }

    /// Whether an outline is filled.
    fn is_filled(self) -> bool {
        matches!(self, Self::Green | Self::Square | Self::Water | Self::Building)
    }

    /// A way to go on that is an area is a square.
    fn as_area(self, shape: &Shape) -> Self {
        let is_way = (Self::Path..=Self::Motorway).contains(&self);
        if is_way && matches!(shape, Shape::Area(_)) { Self::Square } else { self }
    }

    /// Whether it has an edge in another colour under it.
    fn has_casing(self) -> bool {
        matches!(self, Self::Lane | Self::Street | Self::Road | Self::Motorway)
    }

    /// How the tags look, if they look like anything that is drawn.
    fn of<'t>(tags: impl Iterator<Item = (&'t str, &'t str)>) -> Option<Self> {
        tags.filter_map(|(key, value)| Self::of_tag(key, value)).max()
    }

    fn of_tag(key: &str, value: &str) -> Option<Self> {
        Some(match (key, value) {
            ("highway", "motorway" | "trunk" | "motorway_link" | "trunk_link") => Self::Motorway,
            ("highway", "primary" | "secondary" | "primary_link" | "secondary_link") => Self::Road,
            ("highway", "tertiary" | "tertiary_link" | "residential" | "unclassified" | "living_street" | "road") => {
                Self::Street
            }
            ("highway", "pedestrian" | "service" | "busway" | "track") => Self::Lane,
            ("highway", "footway" | "path" | "steps" | "cycleway" | "bridleway" | "corridor") => Self::Path,
            ("railway", "rail" | "light_rail" | "tram" | "subway" | "narrow_gauge" | "monorail" | "funicular") => {
                Self::Rail
            }
            ("waterway", "river" | "stream" | "canal" | "ditch" | "drain") | ("natural", "coastline") => Self::Stream,
            ("natural", "water" | "bay") | ("landuse", "reservoir" | "basin") | ("waterway", "dock" | "riverbank") => {
                Self::Water
            }
            ("building", _) => Self::Building,
            ("leisure", "park" | "pitch" | "golf_course" | "nature_reserve" | "playground" | "stadium" | "track") => {
                Self::Green
            }
            ("landuse", "cemetery" | "vineyard" | "orchard" | "allotments") => Self::Green,
            ("power", "line" | "minor_line") => Self::Power,
            ("boundary", "administrative") => Self::Boundary,
            _ => return None,
        })
    }
}

/// The plane of a sheet: true to scale around its middle.
struct Sheet {
    middle: LatLon,
    /// Ground that a px covers, m.
    metres_per_px: f64,
}

impl Sheet {
    /// Around the objects of a hit, with room at the edges.
    fn around(hit: &Hit) -> Self {
        let mut points: Vec<LatLon> = hit.objects.iter().map(|found| found.at).collect();
        points.push(hit.at);
        let east_of = |p: &LatLon| (p.lon() - hit.at.lon() + 180.0).rem_euclid(360.0) - 180.0;
        let (south, north) = ends(points.iter().map(|p| p.lat()));
        let (west, east) = ends(points.iter().map(east_of));
        let lat = f64::midpoint(south, north);
        let middle = LatLon::new(lat, hit.at.lon() + f64::midpoint(west, east)).unwrap_or(hit.at);
        let half_height = (north - south) / 2.0 * METRES_PER_DEGREE;
        let half_width = (east - west) / 2.0 * METRES_PER_DEGREE * lat.to_radians().cos();
        let half = (half_height.max(half_width * HEIGHT / WIDTH) * 1.35).clamp(HALF_HEIGHT_M.0, HALF_HEIGHT_M.1);
        Self { middle, metres_per_px: 2.0 * half / HEIGHT }
    }

    fn px_per_degree(&self) -> (f64, f64) {
        let lat = METRES_PER_DEGREE / self.metres_per_px;
        (lat, lat * self.middle.lat().to_radians().cos().max(0.01))
    }

    fn place(&self, lat: f64, lon: f64) -> (f64, f64) {
        let (per_lat, per_lon) = self.px_per_degree();
        let east = (lon - self.middle.lon() + 180.0).rem_euclid(360.0) - 180.0;
        (WIDTH / 2.0 + east * per_lon, HEIGHT / 2.0 - (lat - self.middle.lat()) * per_lat)
    }

    fn place_e7(&self, p: PointE7) -> (f64, f64) {
        self.place(f64::from(p.lat) / E7, f64::from(p.lon) / E7)
    }

    /// The sheet with its margin, degrees.
    fn frame(&self) -> Frame {
        let (per_lat, per_lon) = self.px_per_degree();
        let (high, wide) = ((HEIGHT / 2.0 + MARGIN) / per_lat, (WIDTH / 2.0 + MARGIN) / per_lon);
        let (lat, lon) = (self.middle.lat(), self.middle.lon());
        Frame { west: lon - wide, east: lon + wide, south: (lat - high).max(-90.0), north: (lat + high).min(90.0) }
    }

    /// The same in the numbers of the index, cut at the 180° meridian.
    fn bounds(&self) -> BoxE7 {
        let frame = self.frame();
        let e7 = |degrees: f64| (degrees * E7).round() as i32;
        BoxE7 {
            south: e7(frame.south),
            west: e7(frame.west.max(-180.0)),
            north: e7(frame.north),
            east: e7(frame.east.min(180.0)),
        }
    }
}

/// The least and the greatest of numbers.
fn ends(numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), n| (low.min(n), high.max(n)))
}

/// The map of one spot.
pub(super) fn sketch(hit: &Hit, maps: &[Map]) -> String {
    let sheet = Sheet::around(hit);
    let mut drawing =
        Drawing { sheet, layers: vec![String::new(); Layer::ALL.len()], labels: Labels::new(WIDTH, HEIGHT) };
    // Room for the numbers comes before room for names.
    let pins = drawing.pins(hit);
    for (x, y) in &pins {
        drawing.labels.keep_free(*x, *y, 12.0);
    }
    let bounds = drawing.sheet.bounds();
    for map in maps {
        for row in map.in_box(bounds).take(OBJECTS) {
            drawing.add(map, row);
        }
    }
    drawing.finish(hit, maps, &pins)
}

struct Drawing {
    sheet: Sheet,
    /// Path data by layer.
    layers: Vec<String>,
    labels: Labels,
}

impl Drawing {
    fn add(&mut self, map: &Map, row: Row) {
        let shape = map.shape(row);
        let layer = Layer::of(map.tags(row)).filter(|layer| self.shows(*layer)).map(|layer| layer.as_area(&shape));
        if let Some(layer) = layer {
            let path = match (&shape, layer.is_filled()) {
                (Shape::Line(line), _) => self.line(line),
                (Shape::Area(polygons), true) => self.area(polygons),
                (Shape::Area(polygons), false) => polygons.iter().map(|polygon| self.line(&polygon.outer)).collect(),
                (Shape::Point | Shape::Scattered, _) => String::new(),
            };
            let data = &mut self.layers[layer as usize];
            if data.len() + path.len() <= LAYER_BYTES {
                data.push_str(&path);
            }
        }
        let Some(name) = map.tag(row, "name") else { return };
        match (&shape, layer) {
            (_, Some(Layer::Boundary)) | (Shape::Scattered, _) => {}
            (Shape::Line(line), layer) => {
                let line: Vec<(f64, f64)> = line.iter().map(|p| self.sheet.place_e7(*p)).collect();
                let weight = layer.map_or(0, |layer| layer as usize);
                self.labels.along(name, &line, weight);
            }
            (Shape::Point | Shape::Area(_), _) => {
                let at = self.sheet.place_e7(map.at(row));
                let weight = weight(map, row);
                self.labels.beside(name, at, weight, matches!(shape, Shape::Point));
            }
        }
    }

    /// Whether there is room for it at this scale.
    fn shows(&self, layer: Layer) -> bool {
        let scale = self.sheet.metres_per_px;
        match layer {
            Layer::Building | Layer::Path => scale <= BUILDINGS_M,
            Layer::Lane | Layer::Street | Layer::Power => scale <= LESSER_ROADS_M,
            _ => true,
        }
    }

    /// Path data of what of a line is on the sheet.
    fn line(&self, points: &[PointE7]) -> String {
        let mut path = String::new();
        let mut pen_at = None;
        for pair in points.windows(2) {
            let (a, b) = (self.sheet.place_e7(pair[0]), self.sheet.place_e7(pair[1]));
            if !crosses(a, b) {
                pen_at = None;
                continue;
            }
            if pen_at != Some(a) {
                let _ = write!(path, "M{:.1} {:.1}", a.0, a.1);
            }
            let _ = write!(path, "L{:.1} {:.1}", b.0, b.1);
            pen_at = Some(b);
        }
        path
    }

    /// Path data of what of an area is on the sheet, for the even-odd rule.
    fn area(&self, polygons: &[Polygon]) -> String {
        let frame = self.sheet.frame();
        let mut path = String::new();
        for ring in polygons.iter().flat_map(|polygon| [&polygon.outer].into_iter().chain(&polygon.holes)) {
            let corners: Vec<Vertex> =
                ring.iter().map(|p| Vertex { lat: f64::from(p.lat) / E7, lon: f64::from(p.lon) / E7 }).collect();
            for part in ring::within(&corners, frame) {
                for (i, v) in part.iter().enumerate() {
                    let (x, y) = self.sheet.place(v.lat, v.lon);
                    let _ = write!(path, "{}{x:.1} {y:.1}", if i == 0 { 'M' } else { 'L' });
                }
                path.push('Z');
            }
        }
        path
    }

    /// Where the numbers of the objects stand; those that would cover each other step aside.
    fn pins(&self, hit: &Hit) -> Vec<(f64, f64)> {
        let mut pins: Vec<(f64, f64)> = Vec::new();
        for found in &hit.objects {
            let (x, y) = self.sheet.place(found.at.lat(), found.at.lon());
            let free = |x: f64, y: f64| pins.iter().all(|(a, b)| (a - x).hypot(b - y) >= 22.0);
            let steps =
                [(0.0, 0.0), (22.0, 0.0), (-22.0, 0.0), (0.0, -22.0), (0.0, 22.0), (22.0, -22.0), (-22.0, 22.0)];
            let step = steps.into_iter().find(|(dx, dy)| free(x + dx, y + dy)).unwrap_or_default();
            pins.push((x + step.0, y + step.1));
        }
        pins
    }

    fn finish(mut self, hit: &Hit, maps: &[Map], pins: &[(f64, f64)]) -> String {
        let mut svg = format!(
            r#"<svg class="m" viewBox="0 0 {WIDTH:.0} {HEIGHT:.0}" role="img" aria-label="Map of the surroundings"><rect class="m-land" width="{WIDTH:.0}" height="{HEIGHT:.0}"/>"#
        );
        self.grounds(&mut svg);
        for found in &hit.objects {
            self.highlight(&mut svg, found, maps);
        }
        for label in self.labels.placed() {
            write_label(&mut svg, &label);
        }
        for (found, (x, y)) in hit.objects.iter().zip(pins) {
            let (px, py) = self.sheet.place(found.at.lat(), found.at.lon());
            let _ = write!(
                svg,
                r#"<g class="m-pin"><path d="M{px:.1} {py:.1}L{x:.1} {y:.1}"/><circle cx="{px:.1}" cy="{py:.1}" r="3"/></g>"#
            );
        }
        // No number is covered by the dot of another.
        for (found, (x, y)) in hit.objects.iter().zip(pins) {
            let (title, number, baseline) = (xml(&things::name(found)), found.clause + 1, y + 4.0);
            let _ = write!(
                svg,
                r#"<g class="m-pin"><title>{title}</title><circle cx="{x:.1}" cy="{y:.1}" r="10"/><text x="{x:.1}" y="{baseline:.1}">{number}</text></g>"#
            );
        }
        self.furniture(&mut svg);
        svg.push_str("</svg>");
        svg
    }

    /// All layers, the edges of roads under all roads.
    fn grounds(&self, svg: &mut String) {
        let write = |svg: &mut String, layer: Layer, class: &str| {
            let data = &self.layers[layer as usize];
            if !data.is_empty() {
                let _ = write!(svg, r#"<path class="{class}" d="{data}"/>"#);
            }
        };
        let (ground, above): (Vec<Layer>, Vec<Layer>) = Layer::ALL.into_iter().partition(|layer| *layer < Layer::Path);
        for layer in ground {
            write(svg, layer, layer.class());
        }
        for layer in above.iter().filter(|layer| layer.has_casing()) {
            write(svg, *layer, &format!("{} m-casing", layer.class()));
        }
        for layer in above {
            write(svg, layer, layer.class());
            if layer == Layer::Rail {
                write(svg, layer, "m-rail m-sleepers");
            }
        }
    }

    /// The shape of a found object, and of the other parts of it.
    fn highlight(&self, svg: &mut String, found: &Found, maps: &[Map]) {
        let Some(map) = maps.iter().find(|map| crate::maps::name_of(map.path()) == found.map) else { return };
        let rows = [found.osm].into_iter().chain(found.more.iter().copied()).filter_map(|id| map.find(id));
        let (mut lines, mut areas) = (String::new(), String::new());
        for row in rows {
            match map.shape(row) {
                Shape::Line(line) => lines.push_str(&self.line(&line)),
                Shape::Area(polygons) => areas.push_str(&self.area(&polygons)),
                Shape::Point | Shape::Scattered => {}
            }
        }
        for (class, data) in [("m-found m-filled", areas), ("m-found", lines)] {
            if !data.is_empty() && data.len() <= LAYER_BYTES {
                let _ = write!(svg, r#"<path class="{class}" d="{data}"/>"#);
            }
        }
    }

    /// Scale bar, north arrow and whose data it is.
    fn furniture(&self, svg: &mut String) {
        let lengths = [20_000.0, 10_000.0, 5_000.0, 2_000.0, 1_000.0, 500.0, 200.0, 100.0, 50.0, 20.0];
        let metres = lengths.into_iter().find(|m| m / self.sheet.metres_per_px <= WIDTH * 0.22).unwrap_or(20.0);
        let (length, y) = (metres / self.sheet.metres_per_px, HEIGHT - 12.0);
        let words = if metres < 1_000.0 { format!("{metres:.0} m") } else { format!("{:.0} km", metres / 1_000.0) };
        let plate = |x: f64, y: f64, width: f64| {
            format!(r#"<rect class="m-plate" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="18" rx="3"/>"#)
        };
        let measure = length + 12.0 + words.len() as f64 * 6.0 + 8.0;
        svg.push_str(&plate(6.0, HEIGHT - 24.0, measure));
        let _ = write!(
            svg,
            r#"<path class="m-scale" d="M12 {:.1}v6h{length:.1}v-6"/><text class="m-note" x="{:.1}" y="{:.1}">{words}</text>"#,
            y - 6.0,
            length + 18.0,
            y + 1.0
        );
        let credit = "© OpenStreetMap contributors";
        let wide = 168.0;
        svg.push_str(&plate(WIDTH - wide - 6.0, HEIGHT - 24.0, wide));
        let _ = write!(
            svg,
            r#"<text class="m-note m-credit" x="{:.1}" y="{:.1}">{credit}</text>"#,
            WIDTH - 6.0 - wide / 2.0,
            HEIGHT - 11.0
        );
        let (x, y) = (WIDTH - 20.0, 12.0);
        let _ = write!(
            svg,
            r#"<g class="m-north"><path d="M{x:.1} {y:.1}l7 20l-7 -5l-7 5z"/><text x="{x:.1}" y="{:.1}">N</text></g>"#,
            y + 32.0
        );
    }
}

/// Whether a line between two points may touch the sheet: not when both lie beyond the same edge.
fn crosses(a: (f64, f64), b: (f64, f64)) -> bool {
    let beyond =
        |p: f64, q: f64, length: f64| (p < -MARGIN && q < -MARGIN) || (p > length + MARGIN && q > length + MARGIN);
    !beyond(a.0, b.0, WIDTH) && !beyond(a.1, b.1, HEIGHT)
}

fn write_label(svg: &mut String, label: &Label) {
    let (x, y, text) = (label.x, label.y, xml(&label.text));
    let _ = match label.degrees {
        Some(degrees) => {
            write!(
                svg,
                r#"<text class="m-street-name" transform="translate({x:.1} {y:.1}) rotate({degrees:.0})">{text}</text>"#
            )
        }
        None if label.dot => write!(
            svg,
            r#"<circle class="m-poi" cx="{:.1}" cy="{:.1}" r="2"/><text class="m-name" x="{x:.1}" y="{y:.1}">{text}</text>"#,
            label.anchor.0, label.anchor.1
        ),
        None => write!(svg, r#"<text class="m-name m-area-name" x="{x:.1}" y="{y:.1}">{text}</text>"#),
    };
}

/// How much a name beside a point helps a reader to find his way.
fn weight(map: &Map, row: Row) -> usize {
    let weights = [
        ("place", 9),
        ("railway", 8),
        ("natural", 7),
        ("tourism", 6),
        ("historic", 6),
        ("amenity", 5),
        ("leisure", 5),
        ("shop", 3),
    ];
    weights.into_iter().filter(|(key, _)| map.tag(row, key).is_some()).map(|(_, weight)| weight).max().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_above_wins_and_what_is_not_drawn_has_no_layer() {
        let of = |tags: &[(&'static str, &'static str)]| Layer::of(tags.iter().copied());
        assert_eq!(of(&[("building", "yes"), ("railway", "rail")]), Some(Layer::Rail));
        assert_eq!(of(&[("name", "x"), ("highway", "residential")]), Some(Layer::Street));
        assert_eq!(of(&[("shop", "bakery")]), None);
        for (place, layer) in Layer::ALL.into_iter().enumerate() {
            assert_eq!(layer as usize, place);
        }
    }

    #[test]
    fn lines_beyond_one_edge_are_left_out() {
        assert!(crosses((-50.0, 10.0), (50.0, 10.0)));
        assert!(!crosses((-50.0, 10.0), (-20.0, 400.0)));
        assert!(!crosses((10.0, HEIGHT + 50.0), (600.0, HEIGHT + 20.0)));
    }
}

//! Where to look: the regions of a query, found on the maps.

use super::Inside;
use super::geometry::grown;
use super::sheets::{Sheets, lat_lon};
use crate::geo::BoundingBox;
use crate::geo::boundaries::Outlines;
use crate::geo::fold::fold;
use crate::osm::features::names_of;
use crate::osm::file::Row;
use crate::osm::names::NameHow;
use crate::osm::object::{BoxE7, E7, PointE7};

/// Names that a region's name may stand for on one map.
const MAX_NAMES: usize = 50;

/// A part of the earth that holds a point or does not.
pub(super) enum Region {
    /// Outlines on the maps: sheet and row of each.
    Areas {
        outlines: Vec<(usize, Row)>,
        boxes: Vec<BoxE7>,
    },
    Country(String),
    Box(BoundingBox),
    Near {
        at: PointE7,
        radius_m: f64,
    },
}

impl Region {
    pub(super) fn new(inside: &Inside, sheets: &Sheets<'_>) -> Self {
        match inside {
            Inside::Area { name } => Self::named(name, sheets),
            Inside::Country { code } => Self::Country(code.clone()),
            Inside::Box { bounds } => Self::Box(*bounds),
            Inside::Near { at, radius_m } => Self::Near { at: PointE7::of(*at), radius_m: *radius_m },
        }
    }

    /// The administrative areas that bear a name; an empty region where none does.
    fn named(name: &str, sheets: &Sheets<'_>) -> Self {
        let folded = fold(name);
        let (mut outlines, mut boxes) = (Vec::new(), Vec::new());
        for (sheet, s) in sheets.maps.iter().enumerate() {
            let areas: Vec<Row> = s.map.areas().map(|(_, row)| row).collect();
            for hit in s.names.find(name, NameHow::Exact, MAX_NAMES) {
                for row in s.names.rows(hit.name).map(Row).filter(|row| areas.contains(row)) {
                    // The index also takes short forms for the same name; a region is named in full.
                    if names_of(s.map.tags(row)).any(|(_, text)| fold(text) == folded) {
                        outlines.push((sheet, row));
                        boxes.push(s.map.bounds(row));
                    }
                }
            }
        }
        Self::Areas { outlines, boxes }
    }

    /// Whether nothing can lie in it.
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self, Self::Areas { outlines, .. } if outlines.is_empty())
    }

    pub(super) fn holds(&self, at: PointE7, sheets: &Sheets<'_>) -> bool {
        match self {
            Self::Areas { outlines, boxes } => outlines
                .iter()
                .zip(boxes)
                .any(|(&(sheet, row), bounds)| bounds.contains(at) && sheets.maps[sheet].map.holds(row, at)),
            Self::Country(code) => Outlines::embedded().ids(lat_lon(at)).contains(&code.as_str()),
            Self::Box(bounds) => bounds.contains(lat_lon(at)),
            Self::Near { at: centre, radius_m } => lat_lon(*centre).distance_km(lat_lon(at)) * 1000.0 <= *radius_m,
        }
    }

    /// Boxes that hold all within some metres of it; nothing where none are known.
    pub(super) fn boxes(&self, metres: f64) -> Option<Vec<BoxE7>> {
        match self {
            Self::Country(_) => None,
            Self::Areas { boxes, .. } => Some(boxes.iter().flat_map(|&b| grown(b, metres)).collect()),
            Self::Near { at, radius_m } => Some(grown(BoxE7::from(*at), radius_m + metres).collect()),
            Self::Box(bounds) => Some(parts(bounds).into_iter().flat_map(|b| grown(b, metres)).collect()),
        }
    }
}

/// A box as one or two that do not cross the 180° meridian.
fn parts(bounds: &BoundingBox) -> Vec<BoxE7> {
    // South, west, north and east are read from the text, which is exact; there is no other way to them.
    let edges: Vec<f64> = bounds.to_string().split(',').filter_map(|edge| edge.parse().ok()).collect();
    let &[south, west, north, east] = edges.as_slice() else { return Vec::new() };
    let e7 = |degrees: f64| (degrees * E7).round() as i32;
    let part = |west: f64, east: f64| BoxE7 { south: e7(south), west: e7(west), north: e7(north), east: e7(east) };
    if west <= east { vec![part(west, east)] } else { vec![part(west, 180.0), part(-180.0, east)] }
}

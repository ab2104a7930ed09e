//! Administrative areas: which of them hold a point.

use super::Section;
use super::bytes::u32_at;
use super::map::{Map, Row};
use super::shapes::{self, Parts};
use crate::osm::object::{BoxE7, PointE7};

/// Bytes of a record of [`Section::Areas`]: u32 row, u32 level.
pub(super) const AREA_BYTES: usize = 8;

/// The level of an administrative boundary by its tags: 1 to 12 as `admin_level` counts; nothing for all else.
pub(super) fn admin_level<'t>(tags: impl Iterator<Item = (&'t str, &'t str)>) -> Option<u8> {
    let (mut level, mut boundary) = (None, false);
    for (key, value) in tags {
        match key {
            "admin_level" => level = value.parse().ok().filter(|level| (1..=12).contains(level)),
            "boundary" => boundary = value == "administrative",
            _ => {}
        }
    }
    level.filter(|_| boundary)
}

/// Counts how often a ray to the east of a point crosses rings: an odd number of times from inside.
pub(super) struct Crossings {
    at: PointE7,
    odd: bool,
    /// The point lies on a ring.
    edge: bool,
}

impl Crossings {
    pub(super) fn new(at: PointE7) -> Self {
        Self { at, odd: false, edge: false }
    }

    /// Crosses a ring, given without its last vertex, which is the first again.
    pub(super) fn ring(&mut self, vertices: &mut dyn Iterator<Item = PointE7>) {
        let Some(first) = vertices.next() else { return };
        let mut before = first;
        for vertex in vertices {
            self.side(before, vertex);
            before = vertex;
        }
        self.side(before, first);
    }

    fn side(&mut self, a: PointE7, b: PointE7) {
        if !(a.lat.min(b.lat)..=a.lat.max(b.lat)).contains(&self.at.lat) {
            return;
        }
        let (px, py) = (i128::from(self.at.lon), i128::from(self.at.lat));
        let ((ax, ay), (bx, by)) = ((i128::from(a.lon), i128::from(a.lat)), (i128::from(b.lon), i128::from(b.lat)));
        // In whole numbers, so that no point falls between two neighbours or into both.
        let left = (bx - ax) * (py - ay) - (px - ax) * (by - ay);
        if (ay > py) != (by > py) && (left > 0) == (by > ay) && left != 0 {
            self.odd = !self.odd;
        }
        self.edge |= left == 0 && (ax.min(bx)..=ax.max(bx)).contains(&px);
    }

    /// Whether the point lies inside, or on an edge.
    pub(super) fn inside(&self) -> bool {
        self.odd || self.edge
    }
}

impl Map {
    /// The administrative areas with their level, sorted by row.
    pub fn areas(&self) -> impl Iterator<Item = (u8, Row)> + Clone + '_ {
        let records = self.section(Section::Areas).chunks_exact(AREA_BYTES);
        records.filter_map(|record| Some((u32_at(record, 4)? as u8, Row(u32_at(record, 0)?))))
    }

    fn area_level(&self, row: Row) -> Option<u8> {
        let (areas, _) = self.section(Section::Areas).as_chunks::<AREA_BYTES>();
        let at = areas.binary_search_by_key(&Some(row.0), |record| u32_at(record, 0)).ok()?;
        u32_at(areas.get(at)?, 4).map(|level| level as u8)
    }

    /// The administrative areas that hold a point, by their exact outlines: the widest first, that is, by level and
    /// among those of one level by the size of their boxes.
    #[must_use]
    pub fn areas_at(&self, at: PointE7) -> Vec<(u8, Row)> {
        let span = |low: i32, high: i32| i128::from(high) - i128::from(low);
        let size = |b: BoxE7| span(b.south, b.north) * span(b.west, b.east);
        let near = self.in_box(at.into()).filter_map(|row| Some((self.area_level(row)?, row)));
        let mut holding: Vec<_> = near.filter(|&(_, row)| self.holds(row, at)).collect();
        holding.sort_by_cached_key(|&(level, row)| (level, -size(self.bounds(row)), row));
        holding
    }

    /// Whether a row is an area that has a point inside it or on its edge.
    #[must_use]
    pub fn holds(&self, row: Row, at: PointE7) -> bool {
        let Some(Parts::Area(rings)) = shapes::parts(self.stored_shape(row), self.at(row)) else { return false };
        let mut crossings = Crossings::new(at);
        rings.each(|_, vertices| crossings.ring(vertices));
        crossings.inside()
    }
}

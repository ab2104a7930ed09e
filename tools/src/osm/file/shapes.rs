//! The column of shapes: each vertex as its difference to the one before, the first to the row's point.
//!
//! ```text
//! shape    = varint length of what follows, bytes; 0 for a point
//! line     = varint 4 * vertices + 1, vertices
//! area     = varint 4 * polygons + 2, polygons    polygon = varint rings, rings
//! ring     = varint vertices without the last one, which is the first again; vertices
//! set      = varint 3
//! vertex   = signed varint latitude, signed varint longitude, 1e-7 degrees
//! ```

use super::bytes::{Cursor, put_signed, put_varint};
use crate::osm::object::{PointE7, Polygon, Shape};

const LINE: u64 = 1;
const AREA: u64 = 2;
const SCATTERED: u64 = 3;
/// A vertex takes two bytes or more.
const MIN_VERTEX_BYTES: usize = 2;

/// Appends a shape without its length.
pub(super) fn put_shape(out: &mut Vec<u8>, at: PointE7, shape: &Shape) {
    let mut before = at;
    match shape {
        Shape::Point => {}
        Shape::Line(line) => {
            put_varint(out, (line.len() as u64) << 2 | LINE);
            put_vertices(out, &mut before, line);
        }
        Shape::Area(polygons) => {
            put_varint(out, (polygons.len() as u64) << 2 | AREA);
            for polygon in polygons {
                put_varint(out, 1 + polygon.holes.len() as u64);
                for ring in std::iter::once(&polygon.outer).chain(&polygon.holes) {
                    let open =
                        if ring.len() > 1 && ring.first() == ring.last() { &ring[..ring.len() - 1] } else { ring };
                    put_varint(out, open.len() as u64);
                    put_vertices(out, &mut before, open);
                }
            }
        }
        Shape::Scattered => put_varint(out, SCATTERED),
    }
}

fn put_vertices(out: &mut Vec<u8>, before: &mut PointE7, vertices: &[PointE7]) {
    for &vertex in vertices {
        put_signed(out, i64::from(vertex.lat) - i64::from(before.lat));
        put_signed(out, i64::from(vertex.lon) - i64::from(before.lon));
        *before = vertex;
    }
}

/// What a stored shape is made of, read without making room for it.
pub(super) enum Parts<'b> {
    /// Only a point.
    Point,
    /// A line.
    Line(Vertices<'b>),
    /// The rings of an area, one after the other.
    Area(Rings<'b>),
    /// Several members.
    Scattered,
}

/// Vertices of a line, or of a ring without the last one.
pub(super) struct Vertices<'b> {
    rest: Cursor<'b>,
    left: u64,
    before: PointE7,
}

impl Iterator for Vertices<'_> {
    type Item = PointE7;

    #[inline]
    fn next(&mut self) -> Option<PointE7> {
        if self.left == 0 {
            return None;
        }
        let (lat, lon) = (self.rest.signed()?, self.rest.signed()?);
        let moved = |from: i32, by: i64| i32::try_from(i64::from(from).checked_add(by)?).ok();
        self.before = PointE7 { lat: moved(self.before.lat, lat)?, lon: moved(self.before.lon, lon)? };
        self.left -= 1;
        Some(self.before)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let most = self.rest.0.len() / MIN_VERTEX_BYTES;
        (0, Some(most.min(self.left as usize)))
    }
}

/// Walks over the rings of an area.
pub(super) struct Rings<'b> {
    rest: Cursor<'b>,
    before: PointE7,
    polygons: u64,
    rings: u64,
}

impl<'b> Rings<'b> {
    /// Feeds each ring to a function, with whether it is an outer one; nothing when the shape is damaged.
    pub(super) fn each(mut self, mut ring: impl FnMut(bool, &mut dyn Iterator<Item = PointE7>)) -> Option<()> {
        while self.polygons > 0 {
            self.polygons -= 1;
            self.rings = self.rest.varint()?;
            let mut outer = true;
            while self.rings > 0 {
                self.rings -= 1;
                let left = self.rest.varint()?;
                let mut vertices = Vertices { rest: self.rest, left, before: self.before };
                ring(outer, &mut vertices);
                vertices.by_ref().for_each(drop);
                // Ended before its time: a number is damaged.
                if vertices.left != 0 {
                    return None;
                }
                (self.rest, self.before) = (vertices.rest, vertices.before);
                outer = false;
            }
        }
        Some(())
    }
}

/// The parts of a stored shape; nothing when it is damaged.
pub(super) fn parts(stored: &[u8], at: PointE7) -> Option<Parts<'_>> {
    if stored.is_empty() {
        return Some(Parts::Point);
    }
    let mut rest = Cursor(stored);
    let head = rest.varint()?;
    match head & 3 {
        LINE => Some(Parts::Line(Vertices { rest, left: head >> 2, before: at })),
        AREA => Some(Parts::Area(Rings { rest, before: at, polygons: head >> 2, rings: 0 })),
        SCATTERED => Some(Parts::Scattered),
        _ => None,
    }
}

/// A stored shape; nothing when it is damaged.
pub(super) fn shape(stored: &[u8], at: PointE7) -> Option<Shape> {
    match parts(stored, at)? {
        Parts::Point => Some(Shape::Point),
        Parts::Scattered => Some(Shape::Scattered),
        Parts::Line(mut vertices) => {
            let line: Vec<_> = vertices.by_ref().collect();
            (vertices.left == 0 && line.len() > 1).then_some(Shape::Line(line))
        }
        Parts::Area(rings) => {
            let mut polygons: Vec<Polygon> = Vec::new();
            rings.each(|outer, vertices| {
                let mut ring: Vec<_> = vertices.collect();
                ring.extend(ring.first().copied());
                match polygons.last_mut() {
                    Some(polygon) if !outer => polygon.holes.push(ring),
                    _ => polygons.push(Polygon { outer: ring, holes: Vec::new() }),
                }
            })?;
            Some(Shape::Area(polygons))
        }
    }
}

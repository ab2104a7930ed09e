//! Which parts of the outlines' raster an outline crosses: all points of any other part have the same ids.
//!
//! The crate keeps its polygons to itself, so that its data is read here once more. It is big-endian: the version
//! (2 bytes), the sizes of regions by id, the width of the raster and the number of cells, and for each cell the ids of
//! the regions that cover it, then those that cross it with their outer and inner rings. Corners are in 65535ths of a
//! cell, from its south-western corner.

use super::{CELL_COLUMNS, CELL_DEGREES, CELLS};
use crate::geo::LatLon;
use country_boundaries::BOUNDARIES_ODBL_180X90;

/// Parts along an edge of a cell. A part is as large as a cell of the land mask, so that no edge of one runs through
/// the other.
const PARTS: usize = 8;
const PARTS_PER_DEGREE: f64 = PARTS as f64 / CELL_DEGREES;
/// Points nearer to an edge of a part than this many widths of a part are in no part: more than three units of the
/// corners, so that neither rounding nor a ring that follows the edge of its cell matters.
const EDGE: f64 = 4e-4;
/// The largest coordinate of a corner.
const CELL_UNITS: u32 = 0xffff;
/// What a line is thickened by, in the units of corners: more than rounding a point to them moves it.
const LINE_UNITS: u32 = 4;

/// A quarter of a degree in both directions: a cell of the outlines, and the bit of one of its 64 parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::geo) struct Part {
    /// The cell, row by row from the north-western one; below [`CELLS`].
    pub(in crate::geo) cell: usize,
    /// The part in it, row by row from the south-western one; below 64.
    pub(in crate::geo) bit: usize,
}

impl Part {
    /// The part that a point lies well inside; none for points near its edge.
    pub(in crate::geo) fn of(at: LatLon) -> Option<Self> {
        let (x, y) = ((at.lon() + 180.0) * PARTS_PER_DEGREE, (at.lat() + 90.0) * PARTS_PER_DEGREE);
        // Both are at least 0 and at most 1440, so that a cast is a floor.
        let (column, row) = (x as u32, y as u32);
        let inside = |fraction: f64| (EDGE..=1.0 - EDGE).contains(&fraction);
        (inside(x - f64::from(column)) && inside(y - f64::from(row))).then(|| Self::at(column as usize, row as usize))
    }

    /// The part in a column, counted from 180° west, and a row, counted from the south pole.
    pub(in crate::geo) fn at(column: usize, row: usize) -> Self {
        let cell = (CELLS / CELL_COLUMNS - 1 - row / PARTS) * CELL_COLUMNS + column / PARTS;
        Self { cell, bit: row % PARTS * PARTS + column % PARTS }
    }

    /// Its middle.
    pub(in crate::geo) fn centre(self) -> LatLon {
        let column = self.cell % CELL_COLUMNS * PARTS + self.bit % PARTS;
        let row = (CELLS / CELL_COLUMNS - 1 - self.cell / CELL_COLUMNS) * PARTS + self.bit / PARTS;
        let degrees = |index: usize| (index as f64 + 0.5) / PARTS_PER_DEGREE;
        LatLon::new(degrees(row) - 90.0, degrees(column) - 180.0).expect("a part lies on the globe")
    }
}

/// Columns and rows of parts on the globe.
pub(in crate::geo) const PART_COLUMNS: usize = CELL_COLUMNS * PARTS;
/// Rows of parts on the globe.
pub(in crate::geo) const PART_ROWS: usize = CELLS / CELL_COLUMNS * PARTS;

/// For each cell a bit for each part that an outline may cross.
pub(in crate::geo) fn crossed() -> Vec<u64> {
    // Where nothing is known of a cell, each of its points has to be asked for.
    read(&mut Bytes(BOUNDARIES_ODBL_180X90)).unwrap_or_else(|| vec![u64::MAX; CELLS])
}

fn read(bytes: &mut Bytes<'_>) -> Option<Vec<u64>> {
    if bytes.u16()? != 2 {
        return None;
    }
    for _ in 0..bytes.u32()? {
        bytes.skip_text()?;
        bytes.take(8)?;
    }
    if (bytes.u32()? as usize, bytes.u32()? as usize) != (CELL_COLUMNS, CELLS) {
        return None;
    }
    let cells: Option<Vec<_>> = (0..CELLS).map(|_| read_cell(bytes)).collect();
    cells.filter(|_| bytes.0.is_empty())
}

fn read_cell(bytes: &mut Bytes<'_>) -> Option<u64> {
    for _ in 0..bytes.u8()? {
        bytes.skip_text()?;
    }
    let mut crossed = 0;
    for _ in 0..bytes.u8()? {
        bytes.skip_text()?;
        let (outer, inner) = (0, 1);
        for _ in outer..=inner {
            for _ in 0..bytes.u8()? {
                crossed |= read_ring(bytes)?;
            }
        }
    }
    Some(crossed)
}

fn read_ring(bytes: &mut Bytes<'_>) -> Option<u64> {
    let length = (bytes.u32()? as usize).checked_mul(4)?;
    let corners = bytes.take(length)?;
    let corner = |c: &[u8]| [u16::from_be_bytes([c[0], c[1]]).into(), u16::from_be_bytes([c[2], c[3]]).into()];
    let mut corners = corners.chunks_exact(4).map(corner);
    let Some(first) = corners.next() else { return Some(0) };
    let mut last = first;
    let mut crossed = 0;
    for next in corners.chain([first]) {
        crossed |= parts_along(last, next);
        last = next;
    }
    Some(crossed)
}

/// The parts in the box around a line, which are few: lines are short, or follow a parallel or meridian. A line along
/// the edge of the cell crosses none.
fn parts_along(a: [u32; 2], b: [u32; 2]) -> u64 {
    if (0..2).any(|axis| a[axis] == b[axis] && (a[axis] == 0 || a[axis] == CELL_UNITS)) {
        return 0;
    }
    let part = |units: u32| (units.min(CELL_UNITS - 1) * PARTS as u32 / CELL_UNITS) as usize;
    let range = |axis: usize| {
        let (low, high) = (a[axis].min(b[axis]), a[axis].max(b[axis]));
        part(low.saturating_sub(LINE_UNITS))..=part(high + LINE_UNITS)
    };
    let columns = range(0).fold(0u64, |bits, column| bits | 1 << column);
    range(1).fold(0, |bits, row| bits | columns << (row * PARTS))
}

/// What is still to be read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    fn skip_text(&mut self) -> Option<()> {
        let length = self.u16()?;
        self.take(length.into()).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::boundaries::Outlines;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static CROSSED: LazyLock<Vec<u64>> = LazyLock::new(crossed);

    #[test]
    fn few_parts_are_crossed() {
        let crossed: u32 = CROSSED.iter().map(|bits| bits.count_ones()).sum();
        assert!((20_000..80_000).contains(&crossed), "{crossed} of {}", 64 * CELLS);
    }

    #[test]
    fn the_middle_of_every_part_is_in_it() {
        for part in (0..CELLS).flat_map(|cell| (0..64).map(move |bit| Part { cell, bit })) {
            assert_eq!(Part::of(part.centre()), Some(part));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn all_points_of_a_part_that_no_outline_crosses_have_the_same_ids(
            lat in -90.0..=90.0f64,
            lon in -180.0..180.0f64,
        ) {
            let at = LatLon::new(lat, lon).expect("valid");
            if let Some(part) = Part::of(at).filter(|part| CROSSED[part.cell] >> part.bit & 1 == 0) {
                prop_assert_eq!(Outlines::embedded().ids(part.centre()), Outlines::embedded().ids(at));
            }
        }
    }
}

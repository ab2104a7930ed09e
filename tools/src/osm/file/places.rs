//! Columns of where a row lies and which element of OpenStreetMap it is.
//!
//! ```text
//! Points  i32 latitude, i32 longitude                                           for each row
//! Boxes   u32 mask of rows with a box, then for each of these four varints:
//!         how far the box reaches from the point to south, west, north, east    for each block of 32 rows
//! Ids     signed varint difference of the id bits to the row before (0 before
//!         the first), varint version                                            for each row, in blocks of 32
//! ```

use super::blocks;
use super::bytes::{Cursor, put_signed, put_varint, u32_at};
use crate::osm::object::{BoxE7, OsmId, PointE7};

/// Appends a row to [`Section::Points`](super::Section::Points).
pub(super) fn put_point(out: &mut Vec<u8>, at: PointE7) {
    out.extend_from_slice(&at.lat.to_le_bytes());
    out.extend_from_slice(&at.lon.to_le_bytes());
}

/// The point of a row.
#[inline]
pub(super) fn point(points: &[u8], row: u32) -> Option<PointE7> {
    let at = points.get(8 * row as usize..)?;
    Some(PointE7 { lat: u32_at(at, 0)? as i32, lon: u32_at(at, 4)? as i32 })
}

/// The block of some rows' boxes; a box holds its point.
pub(super) fn boxes_block(rows: &[(PointE7, BoxE7)]) -> Vec<u8> {
    let is_wide = |&(at, b): &(PointE7, BoxE7)| BoxE7::from(at) != b;
    let mask = rows.iter().enumerate().fold(0u32, |mask, (i, row)| mask | u32::from(is_wide(row)) << i);
    let mut out = mask.to_le_bytes().to_vec();
    for &(at, b) in rows.iter().filter(|row| is_wide(row)) {
        let reaches = [(at.lat, b.south), (at.lon, b.west), (b.north, at.lat), (b.east, at.lon)];
        reaches.iter().for_each(|&(more, less)| put_varint(&mut out, (i64::from(more) - i64::from(less)) as u64));
    }
    out
}

/// Reads the boxes of a block one after the other.
pub(super) struct BoxReader<'b> {
    mask: u32,
    next: usize,
    rest: Cursor<'b>,
}

impl<'b> BoxReader<'b> {
    /// Begins at a block's first row.
    #[inline]
    pub(super) fn new(block: &'b [u8]) -> Self {
        let rest = block.get(4..).unwrap_or_default();
        Self { mask: u32_at(block, 0).unwrap_or(0), next: 0, rest: Cursor(rest) }
    }

    /// Passes over rows.
    #[inline]
    pub(super) fn skip(&mut self, rows: usize) {
        let passed = self.mask & (1u64 << rows.min(blocks::ROWS)).wrapping_sub(1) as u32;
        for _ in 0..4 * passed.count_ones() {
            self.rest.varint();
        }
        self.next += rows;
    }

    /// The box of the next row, whose point this is; the point alone when the block is damaged.
    #[inline]
    pub(super) fn next(&mut self, at: PointE7) -> BoxE7 {
        let row = self.next;
        self.next += 1;
        if self.mask >> (row % blocks::ROWS) & 1 == 0 {
            return at.into();
        }
        let mut edge = |from: i32, sign: i64| {
            let reach = self.rest.varint()?.min(1 << 33) as i64;
            i32::try_from(i64::from(from) + sign * reach).ok()
        };
        let edges = (edge(at.lat, -1), edge(at.lon, -1), edge(at.lat, 1), edge(at.lon, 1));
        match edges {
            (Some(south), Some(west), Some(north), Some(east)) => BoxE7 { south, west, north, east },
            _ => at.into(),
        }
    }
}

/// The block of some rows' ids and versions.
pub(super) fn ids_block(rows: &[(u64, u32)]) -> Vec<u8> {
    let (mut out, mut before) = (Vec::new(), 0u64);
    for &(bits, version) in rows {
        put_signed(&mut out, bits.wrapping_sub(before) as i64);
        put_varint(&mut out, version.into());
        before = bits;
    }
    out
}

/// The ids and versions of a block, up to where it is damaged.
pub(super) fn ids(block: &[u8]) -> impl Iterator<Item = (OsmId, u32)> + '_ {
    let (mut rest, mut before) = (Cursor(block), 0u64);
    std::iter::from_fn(move || {
        before = before.wrapping_add(rest.signed()? as u64);
        Some((OsmId::from_bits(before)?, rest.varint()? as u32))
    })
}

/// How many kilometres of ground a box may span before it is sorted before smaller ones: a row of a far-reaching box
/// would spoil the block that it shares with small neighbours.
const WIDE_E7: [i64; 2] = [1_000_000, 100_000];

/// The key by which rows are sorted: wide ones first, and those of about one size along a Hilbert curve (Hilbert, 1891)
/// over latitude and longitude, 31 bits each.
pub(super) fn order(b: BoxE7) -> u64 {
    let span = (i64::from(b.north) - i64::from(b.south)).max(i64::from(b.east) - i64::from(b.west));
    let class = WIDE_E7.iter().position(|&wide| span >= wide).unwrap_or(WIDE_E7.len()) as u64;
    let middle = |low: i32, high: i32| (i64::from(low) + i64::from(high)) / 2;
    // Half units, so that the world is less than 2^31 wide.
    let x = (middle(b.west, b.east) + 1_800_000_000) / 2;
    let y = (middle(b.south, b.north) + 900_000_000) / 2;
    class << 62 | hilbert(x.clamp(0, (1 << 31) - 1) as u64, y.clamp(0, (1 << 31) - 1) as u64)
}

/// Where a cell of a grid of 2^31 by 2^31 stands on the Hilbert curve.
fn hilbert(mut x: u64, mut y: u64) -> u64 {
    const SIDE: u64 = 1 << 31;
    let (mut distance, mut half) = (0, SIDE / 2);
    while half > 0 {
        let (right, up) = (x & half != 0, y & half != 0);
        distance += half * half * ((3 * u64::from(right)) ^ u64::from(up));
        if !up {
            if right {
                (x, y) = (SIDE - 1 - x, SIDE - 1 - y);
            }
            (x, y) = (y, x);
        }
        half /= 2;
    }
    distance
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn steps_along_the_curve_go_to_a_neighbour() {
        // The first cells of the curve fill the corner.
        let mut cells: Vec<_> = (0..16u64).flat_map(|x| (0..16u64).map(move |y| (hilbert(x, y), x, y))).collect();
        cells.sort_unstable();
        assert!(cells.iter().zip(0..).all(|(cell, i)| cell.0 == i));
        assert!(cells.windows(2).all(|pair| pair[0].1.abs_diff(pair[1].1) + pair[0].2.abs_diff(pair[1].2) == 1));
    }

    proptest! {
        #[test]
        fn boxes_and_ids_come_back(
            rows in prop::collection::vec((any::<i32>(), any::<i32>(), any::<[u32; 4]>(), any::<bool>()), 1..=32),
            numbers in prop::collection::vec((-(1i64 << 60)..(1i64 << 60), 0u64..3, any::<u32>()), 1..=32),
            skip in 0usize..32,
        ) {
            let rows: Vec<_> = rows.into_iter().map(|(lat, lon, reach, wide)| {
                let at = PointE7 { lat, lon };
                let [s, w, n, e] = reach;
                let far = BoxE7 {
                    south: lat.saturating_sub_unsigned(s), west: lon.saturating_sub_unsigned(w),
                    north: lat.saturating_add_unsigned(n), east: lon.saturating_add_unsigned(e),
                };
                (at, if wide { far } else { at.into() })
            }).collect();
            let block = boxes_block(&rows);
            let mut reader = BoxReader::new(&block);
            let skip = skip % rows.len();
            reader.skip(skip);
            for &(at, b) in &rows[skip..] {
                prop_assert_eq!(reader.next(at), b);
            }
            let numbers: Vec<_> = numbers.into_iter().map(|(number, kind, version)| ((number as u64) << 2 | kind, version)).collect();
            let read: Vec<_> = ids(&ids_block(&numbers)).map(|(id, version)| (id.to_bits(), version)).collect();
            prop_assert_eq!(read, numbers);
        }
    }
}

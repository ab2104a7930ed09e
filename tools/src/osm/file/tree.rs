//! Which blocks of rows may lie in a box: a packed Hilbert R-tree over the boxes of the blocks.
//!
//! The tree is `geo-index`'s (the layout of Flatbush). It is searched here and not there, because that search trusts
//! the numbers in the tree. Coordinates are halved, so that the width of the world fits 32 bits.

use crate::osm::object::BoxE7;
use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTreeBuilder, RTreeIndex, RTreeRef};

/// Children of a node.
const NODE_SIZE: u16 = 16;

/// West, south, east and north in units of 2e-7 degrees; never smaller than the box.
fn halved(b: BoxE7) -> [i32; 4] {
    let up = |edge: i32| (edge >> 1) + (edge & 1);
    [b.west >> 1, b.south >> 1, up(b.east), up(b.north)]
}

/// The bytes of a tree over the boxes of blocks; none for a single block.
pub(super) fn build(blocks: &[BoxE7]) -> Vec<u8> {
    if blocks.len() < 2 {
        return Vec::new();
    }
    let mut builder = RTreeBuilder::<i32>::new_with_node_size(blocks.len() as u32, NODE_SIZE);
    for &block in blocks {
        let [west, south, east, north] = halved(block);
        builder.add(west, south, east, north);
    }
    builder.finish::<HilbertSort>().into_inner()
}

/// Opens a tree over so many blocks; nothing when the bytes are no such tree.
fn open<'b>(bytes: &'b &'b [u8], blocks: usize) -> Option<RTreeRef<'b, i32>> {
    let count = u32::from_le_bytes(*bytes.get(4..)?.first_chunk()?);
    let node_size = u16::from_le_bytes(*bytes.get(2..)?.first_chunk()?);
    // Checked before the crate sees them, for it asserts some of it.
    let sound = node_size == NODE_SIZE && count as usize == blocks && bytes.as_ptr().align_offset(8) == 0;
    if sound { RTreeRef::try_new(bytes).ok() } else { None }
}

/// Numbers of the blocks that may reach into a box, ascending; nothing for a damaged tree.
pub(super) fn search(bytes: &[u8], blocks: usize, within: BoxE7) -> Option<Vec<u32>> {
    if blocks < 2 {
        return Some((0..blocks as u32).collect());
    }
    let tree = open(&bytes, blocks)?;
    let ([west, south, east, north], boxes, indices) = (halved(within), tree.boxes(), tree.indices());
    // Ends of the levels from the leaves up, in numbers of nodes.
    let ends: Vec<usize> = tree.level_bounds().iter().map(|end| end / 4).collect();
    let mut found = Vec::new();
    let mut open = vec![(ends.last()?.checked_sub(1)?, ends.len() - 1)];
    while let Some((first, level)) = open.pop() {
        for node in first..(first + usize::from(NODE_SIZE)).min(ends[level]) {
            let &[x0, y0, x1, y1] = boxes.get(4 * node..)?.first_chunk()?;
            if east < x0 || north < y0 || west > x1 || south > y1 {
                continue;
            }
            let index = indices.get(node);
            if level == 0 {
                found.push(index as u32);
                continue;
            }
            let child = index / 4;
            let begin = if level > 1 { ends[level - 2] } else { 0 };
            if index % 4 != 0 || !(begin..ends[level - 1]).contains(&child) {
                return None;
            }
            open.push((child, level - 1));
        }
    }
    found.sort_unstable();
    found.dedup();
    found.truncate(found.partition_point(|&block| (block as usize) < blocks));
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn boxes() -> impl Strategy<Value = BoxE7> {
        (-900_000_000..=900_000_000i32, -1_800_000_000..=1_800_000_000i32, 0..100_000_000i32, 0..100_000_000i32)
            .prop_map(|(south, west, height, width)| BoxE7 {
                south,
                west,
                north: (south + height).min(900_000_000),
                east: west.saturating_add(width).min(1_800_000_000),
            })
    }

    fn meet(a: BoxE7, b: BoxE7) -> bool {
        a.south <= b.north && b.south <= a.north && a.west <= b.east && b.west <= a.east
    }

    /// A tree at an address that is a multiple of eight.
    fn aligned(bytes: &[u8]) -> crate::map_memory::Memory {
        crate::map_memory::Memory::copy(bytes)
    }

    proptest! {
        #[test]
        fn no_block_in_the_box_is_missed(all in prop::collection::vec(boxes(), 0..600), within in boxes()) {
            let tree = aligned(&build(&all));
            let found = search(tree.bytes(), all.len(), within).expect("a sound tree");
            prop_assert!(found.is_sorted());
            for (i, &block) in all.iter().enumerate() {
                prop_assert!(!meet(block, within) || found.contains(&(i as u32)), "block {}", i);
            }
            // What is found beyond lies at most a unit off.
            let wider = BoxE7 { south: within.south - 2, west: within.west - 2, north: within.north + 2, east: within.east + 2 };
            prop_assert!(all.len() < 2 || found.iter().all(|&i| meet(all[i as usize], wider)));
        }

        #[test]
        fn a_damaged_tree_gives_no_panic(
            all in prop::collection::vec(boxes(), 2..400),
            within in boxes(),
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        ) {
            let mut bytes = build(&all);
            for (at, value) in flips {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            let found = search(aligned(&bytes).bytes(), all.len(), within).unwrap_or_default();
            prop_assert!(found.iter().all(|&block| (block as usize) < all.len()));
        }
    }
}

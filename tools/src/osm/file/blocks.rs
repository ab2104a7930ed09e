//! Columns whose entries differ in length, cut into blocks of so many entries.
//!
//! A section holds the blocks one after the other, and then the offset of each, 64 bits. To get at an entry, its
//! block is found and the entries before it are passed over.

use super::bytes::u64_at;

/// Rows in a block of a column. The R-tree ends at blocks, too.
pub(super) const ROWS: usize = 32;
/// Distinct tags in a block.
pub(super) const TAGS: usize = 16;

/// A column that is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blocks<'b> {
    blocks: &'b [u8],
    offsets: &'b [u8],
}

impl<'b> Blocks<'b> {
    /// A column of so many blocks; without any where the section is too short for their offsets.
    #[inline]
    pub(super) fn new(section: &'b [u8], count: usize) -> Self {
        let at = count.checked_mul(8).and_then(|bytes| section.len().checked_sub(bytes));
        let (blocks, offsets) = at.map(|at| section.split_at(at)).unwrap_or_default();
        Self { blocks, offsets }
    }

    /// The bytes of a block; none when its offsets are damaged.
    #[inline]
    pub(super) fn get(self, block: usize) -> &'b [u8] {
        let start = u64_at(self.offsets, 8 * block);
        let end = u64_at(self.offsets, 8 * (block + 1)).unwrap_or(self.blocks.len() as u64);
        start.and_then(|start| self.blocks.get(start as usize..end as usize)).unwrap_or_default()
    }
}

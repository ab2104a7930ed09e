//! Ascending lists of rows, such as those that have a tag.
//!
//! ```text
//! list   = varint 1, varint row                                                     of one row
//!        | varint rows, varint 2 * length of what follows + form, what follows      of more rows
//! form 0 = varint first row, then varint difference to the row before, less one
//! form 1 = varint first byte, bits from there on: bit b of byte B stands for row 8B + b
//! ```
//!
//! The shorter form is taken: dense lists are bits.

use super::Row;
use super::bytes::{Cursor, put_varint};

/// Appends a list of ascending rows.
pub(super) fn put_rows(out: &mut Vec<u8>, rows: &[u32]) {
    put_varint(out, rows.len() as u64);
    let &[first, .., last] = rows else {
        rows.iter().for_each(|&row| put_varint(out, row.into()));
        return;
    };
    let span = last / 8 - first / 8 + 1;
    let mut list = Vec::with_capacity(rows.len().min(span as usize) + 5);
    // A difference takes a byte or more.
    let bits = span as usize <= rows.len();
    if bits {
        put_varint(&mut list, (first / 8).into());
        let begin = list.len();
        list.resize(begin + span as usize, 0);
        rows.iter().for_each(|row| list[begin + (row / 8 - first / 8) as usize] |= 1 << (row % 8));
    } else {
        let mut next = 0;
        for &row in rows {
            put_varint(&mut list, (row - next).into());
            next = row + 1;
        }
    }
    put_varint(out, (list.len() as u64) << 1 | u64::from(bits));
    out.extend_from_slice(&list);
}

/// Takes a list off the front of a block: its length as written, and its rows below a limit.
#[inline]
pub(super) fn take_rows<'b>(rest: &mut Cursor<'b>, limit: u32) -> Option<Rows<'b>> {
    let count = rest.varint()?;
    let list = match count {
        0 => List::Differences { rest: Cursor(&[]), next: 0 },
        1 => List::One(Some(u32::try_from(rest.varint()?).ok()?)),
        _ => {
            let head = rest.varint()?;
            let mut rest = Cursor(rest.take(head >> 1)?);
            if head & 1 == 0 {
                List::Differences { rest, next: 0 }
            } else {
                let byte = u32::try_from(rest.varint()?).ok()?;
                let (&current, bits) = rest.0.split_first()?;
                List::Bits { current, byte, bits }
            }
        }
    };
    Some(Rows { list, left: u32::try_from(count).ok()?.min(limit), limit })
}

/// Ascending rows. Their number is known before they are read.
#[derive(Debug, Clone)]
pub struct Rows<'m> {
    list: List<'m>,
    left: u32,
    limit: u32,
}

#[derive(Debug, Clone)]
enum List<'m> {
    One(Option<u32>),
    Differences { rest: Cursor<'m>, next: u64 },
    Bits { current: u8, byte: u32, bits: &'m [u8] },
}

impl Rows<'_> {
    /// No rows.
    #[must_use]
    pub fn none() -> Self {
        Self { list: List::One(None), left: 0, limit: 0 }
    }

    /// Number of rows that are left, as the file says, without reading them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.left as usize
    }

    /// Whether no rows are left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.left == 0
    }

    /// Passes over the rows before one, and gives that one or the next after it.
    pub fn seek(&mut self, row: Row) -> Option<Row> {
        if let List::Bits { current, byte, bits } = &mut self.list {
            // Whole bytes are passed over at once.
            let target = row.0 / 8;
            if target > *byte {
                let step = ((target - *byte) as usize - 1).min(bits.len());
                let passed =
                    u32::from(current.count_ones() as u8) + bits[..step].iter().map(|b| b.count_ones()).sum::<u32>();
                self.left = self.left.saturating_sub(passed);
                *byte += step as u32;
                *bits = &bits[step..];
                *current = 0;
            }
        }
        self.find(|&found| found >= row)
    }
}

impl Iterator for Rows<'_> {
    type Item = Row;

    #[inline]
    fn next(&mut self) -> Option<Row> {
        let row = match &mut self.list {
            List::One(row) => row.take()?,
            List::Differences { rest, next } => {
                let row = u32::try_from(next.checked_add(rest.varint()?)?).ok()?;
                *next = u64::from(row) + 1;
                row
            }
            List::Bits { current, byte, bits } => {
                while *current == 0 {
                    let (&first, rest) = bits.split_first()?;
                    (*current, *bits) = (first, rest);
                    *byte = byte.checked_add(1)?;
                }
                let bit = current.trailing_zeros();
                *current &= *current - 1;
                byte.checked_mul(8)?.checked_add(bit)?
            }
        };
        self.left = self.left.saturating_sub(1);
        (row < self.limit).then_some(Row(row))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lists_come_back_and_can_be_sought(
            rows in prop::collection::btree_set(0u32..2_000, 0..500),
            far in prop::option::of(any::<u32>()),
            target in 0u32..2_100,
        ) {
            let rows: Vec<u32> = rows.into_iter().chain(far.filter(|far| (2_000..u32::MAX).contains(far))).collect();
            let mut bytes = Vec::new();
            put_rows(&mut bytes, &rows);
            let mut rest = Cursor(&bytes);
            let read = take_rows(&mut rest, u32::MAX).expect("sound");
            prop_assert!(rest.0.is_empty());
            prop_assert_eq!(read.len(), rows.len());
            prop_assert_eq!(read.clone().map(|row| row.0).collect::<Vec<_>>(), rows.clone());
            let mut sought = read;
            prop_assert_eq!(sought.seek(Row(target)).map(|row| row.0), rows.iter().copied().find(|&row| row >= target));
            let after = rows.iter().filter(|&&row| row >= target).count().saturating_sub(1);
            prop_assert_eq!(sought.len(), after);
        }

        #[test]
        fn any_bytes_are_a_short_list(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Some(rows) = take_rows(&mut Cursor(&bytes), 1_000) {
                prop_assert!(rows.take(1_000_000).all(|row| row.0 < 1_000));
            }
        }
    }
}

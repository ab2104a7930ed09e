//! Integers in as many bytes as they need: seven bits a byte, the low ones first.

/// Appends a number.
pub(super) fn put(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Takes a number off the front; nothing at the end of the bytes or for more than 64 bits.
pub(super) fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for (i, &byte) in bytes.iter().enumerate().take(10) {
        number |= u64::from(byte & 0x7f) << (7 * i);
        if byte < 0x80 {
            *bytes = &bytes[i + 1..];
            return Some(number);
        }
    }
    None
}

/// Appends a list of rising numbers: how many there are, then their differences.
pub(super) fn put_list(numbers: &[u32], out: &mut Vec<u8>) {
    put(numbers.len() as u64, out);
    let mut last = 0;
    for &number in numbers {
        put(u64::from(number.wrapping_sub(last)), out);
        last = number;
    }
}

/// A list of rising numbers that [`put_list`] wrote. It ends early where the bytes do.
#[derive(Debug, Clone)]
pub(super) struct List<'a> {
    bytes: &'a [u8],
    left: u64,
    last: u32,
}

impl<'a> List<'a> {
    pub(super) fn new(mut bytes: &'a [u8]) -> Self {
        let left = take(&mut bytes).unwrap_or(0).min(bytes.len() as u64);
        Self { bytes, left, last: 0 }
    }

    /// Numbers left.
    pub(super) fn len(&self) -> usize {
        self.left as usize
    }
}

impl Iterator for List<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        // Nearly all differences are one byte.
        let difference = match self.bytes {
            [byte @ ..0x80, rest @ ..] => {
                self.bytes = rest;
                u64::from(*byte)
            }
            _ => take(&mut self.bytes)?,
        };
        self.last = self.last.wrapping_add(difference as u32);
        Some(self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_survive(numbers in prop::collection::vec(any::<u64>(), 0..20)) {
            let mut bytes = Vec::new();
            numbers.iter().for_each(|n| put(*n, &mut bytes));
            let mut rest = &bytes[..];
            let read: Vec<u64> = std::iter::from_fn(|| take(&mut rest)).collect();
            prop_assert_eq!(read, numbers);
        }

        #[test]
        fn lists_survive(mut numbers in prop::collection::vec(any::<u32>(), 0..20)) {
            numbers.sort_unstable();
            let mut bytes = Vec::new();
            put_list(&numbers, &mut bytes);
            prop_assert_eq!(List::new(&bytes).collect::<Vec<_>>(), numbers);
        }

        #[test]
        fn damaged_lists_end(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            prop_assert!(List::new(&bytes).count() <= bytes.len());
        }
    }
}

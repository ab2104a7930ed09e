//! Numbers in bytes: fixed ones, and variable ones of seven bits a byte (LEB128).

/// The 32-bit number at an offset; nothing beyond the end.
pub(super) fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}

/// The 64-bit number at an offset; nothing beyond the end.
pub(super) fn u64_at(bytes: &[u8], offset: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}

/// Appends a number in one to ten bytes.
pub(super) fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends a signed number; near to zero is short.
pub(super) fn put_signed(out: &mut Vec<u8>, number: i64) {
    put_varint(out, (number << 1 ^ number >> 63) as u64);
}

/// Takes values off the front of bytes that may be damaged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'b>(pub(super) &'b [u8]);

impl<'b> Cursor<'b> {
    /// A number as [`put_varint`] wrote it; nothing at the end, or when it runs over 64 bits.
    #[inline]
    pub(super) fn varint(&mut self) -> Option<u64> {
        let (&first, rest) = self.0.split_first()?;
        if first < 0x80 {
            self.0 = rest;
            return Some(u64::from(first));
        }
        let mut number = u64::from(first & 0x7f);
        for (i, &byte) in rest.iter().enumerate().take(9) {
            number |= u64::from(byte & 0x7f) << (7 * (i + 1));
            if byte < 0x80 {
                self.0 = &rest[i + 1..];
                return Some(number);
            }
        }
        None
    }

    /// A number as [`put_signed`] wrote it.
    #[inline]
    pub(super) fn signed(&mut self) -> Option<i64> {
        let number = self.varint()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// Some bytes; nothing when fewer are left.
    #[inline]
    pub(super) fn take(&mut self, length: u64) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(taken)
    }

    /// Bytes behind their length.
    #[inline]
    pub(super) fn sized(&mut self) -> Option<&'b [u8]> {
        let length = self.varint()?;
        self.take(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back(numbers in prop::collection::vec(any::<i64>(), 0..20)) {
            let mut bytes = Vec::new();
            for &number in &numbers {
                put_signed(&mut bytes, number);
                put_varint(&mut bytes, number as u64);
            }
            let mut cursor = Cursor(&bytes);
            for number in numbers {
                prop_assert_eq!(cursor.signed(), Some(number));
                prop_assert_eq!(cursor.varint(), Some(number as u64));
            }
            prop_assert_eq!(cursor.varint(), None);
        }

        #[test]
        fn any_bytes_are_numbers_or_nothing(bytes in prop::collection::vec(any::<u8>(), 0..30)) {
            let mut cursor = Cursor(&bytes);
            while cursor.varint().is_some() {}
            let mut cursor = Cursor(&bytes);
            while cursor.sized().is_some() {}
        }
    }
}

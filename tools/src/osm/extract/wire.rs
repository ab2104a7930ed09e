//! Reading protobuf messages in place: only what the PBF format of OpenStreetMap uses.
//!
//! Own code and not a general protobuf crate, because an extract is hundreds of megabytes of packed integers from
//! outside: nothing is copied, nothing is allocated on the word of a length field, and every error is a value.

/// What is wrong with the bytes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) &'static str);

/// One field of a message.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    /// A fixed-width number, which no message of the format has; it is skipped.
    Fixed,
}

impl<'a> Value<'a> {
    pub(super) fn bytes(self) -> Result<&'a [u8], Malformed> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Varint(_) | Self::Fixed => Err(Malformed("a number stands where bytes belong")),
        }
    }

    pub(super) fn number(self) -> Result<u64, Malformed> {
        match self {
            Self::Varint(number) => Ok(number),
            Self::Bytes(_) | Self::Fixed => Err(Malformed("bytes stand where a number belongs")),
        }
    }

    /// A signed number in zigzag form.
    pub(super) fn signed(self) -> Result<i64, Malformed> {
        self.number().map(unzigzag)
    }
}

/// The fields of a message, in their order.
#[derive(Debug, Clone)]
pub(super) struct Fields<'a>(Varints<'a>);

impl<'a> Fields<'a> {
    pub(super) fn of(message: &'a [u8]) -> Self {
        Self(Varints(message))
    }

    /// The number of the next field and its value; nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Value<'a>)>, Malformed> {
        let Some(key) = self.0.next()? else {
            return Ok(None);
        };
        let value = match key & 7 {
            0 => Value::Varint(self.0.next()?.ok_or(Malformed("a message ends inside a field"))?),
            1 => self.0.take(8).map(|_| Value::Fixed)?,
            2 => {
                let length = self.0.next()?.ok_or(Malformed("a message ends inside a field"))?;
                Value::Bytes(self.0.take(length)?)
            }
            5 => self.0.take(4).map(|_| Value::Fixed)?,
            _ => return Err(Malformed("a field has an unknown wire type")),
        };
        Ok(Some((key >> 3, value)))
    }
}

/// Packed integers of variable length.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Varints<'a>(pub(super) &'a [u8]);

impl<'a> Varints<'a> {
    /// The next integer; nothing at the end.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<u64>, Malformed> {
        match self.0 {
            [] => Ok(None),
            [byte, rest @ ..] if *byte < 0x80 => {
                self.0 = rest;
                Ok(Some(u64::from(*byte)))
            }
            _ => self.long().map(Some),
        }
    }

    fn long(&mut self) -> Result<u64, Malformed> {
        let mut number = 0;
        for (i, byte) in self.0.iter().take(10).enumerate() {
            number |= u64::from(byte & 0x7f) << (7 * i as u32);
            if byte & 0x80 == 0 {
                self.0 = &self.0[i + 1..];
                return Ok(number);
            }
        }
        Err(Malformed(if self.0.len() < 10 { "a message ends inside a number" } else { "a number is too long" }))
    }

    /// The next integer, in zigzag form.
    #[inline]
    pub(super) fn next_signed(&mut self) -> Result<Option<i64>, Malformed> {
        Ok(self.next()?.map(unzigzag))
    }

    /// An integer that must be there.
    #[inline]
    pub(super) fn expect_signed(&mut self) -> Result<i64, Malformed> {
        self.next_signed()?.ok_or(Malformed("a list of numbers is shorter than its partner"))
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(length).ok().filter(|length| *length <= self.0.len());
        let (taken, rest) = self.0.split_at(length.ok_or(Malformed("a field is longer than its message"))?);
        self.0 = rest;
        Ok(taken)
    }
}

/// Appends an integer of variable length.
#[inline]
pub(super) fn push_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Small numbers of either sign as small numbers.
#[inline]
pub(super) fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63) as u64
}

/// What [`zigzag`] made.
#[inline]
pub(super) fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_survive(numbers in proptest::collection::vec(any::<i64>(), 0..20)) {
            let mut bytes = Vec::new();
            for number in &numbers {
                push_varint(&mut bytes, zigzag(*number));
            }
            let mut read = Varints(&bytes);
            for number in numbers {
                prop_assert_eq!(read.next_signed(), Ok(Some(number)));
            }
            prop_assert_eq!(read.next(), Ok(None));
        }

        #[test]
        fn any_bytes_end_in_fields_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut fields = Fields::of(&bytes);
            for _ in 0..=bytes.len() {
                match fields.next() {
                    Ok(Some(_)) => {}
                    Ok(None) | Err(_) => return Ok(()),
                }
            }
            prop_assert!(false, "more fields than bytes");
        }
    }

    #[test]
    fn a_number_of_eleven_bytes_is_refused() {
        assert!(Varints(&[0xff; 11]).next().is_err());
        assert!(Varints(&[0xff; 3]).next().is_err());
    }
}

//! A reader of EXIF directories that believes no count and no offset.
//!
//! Three directories (the first, its EXIF and its GPS directory) are read at a fixed depth, so that no loop of pointers
//! can catch it, and at most [`MAX_ENTRIES`] entries of each. Layout: EXIF 2.32 (CIPA DC-008), section 4.6; TIFF
//! 6.0, section 2.

/// Entries beyond this many are not looked at; cameras write fewer than 100 in a directory.
const MAX_ENTRIES: usize = 2048;

/// Numbers of the tags that navig reads.
pub(super) mod tag {
    pub(crate) const IMAGE_DESCRIPTION: u16 = 0x010E;
    pub(crate) const MAKE: u16 = 0x010F;
    pub(crate) const MODEL: u16 = 0x0110;
    pub(crate) const ORIENTATION: u16 = 0x0112;
    pub(crate) const MODIFY_DATE: u16 = 0x0132;
    pub(crate) const IPTC: u16 = 0x83BB;
    pub(crate) const EXIF_DIRECTORY: u16 = 0x8769;
    pub(crate) const GPS_DIRECTORY: u16 = 0x8825;
    pub(crate) const DATE_ORIGINAL: u16 = 0x9003;
    pub(crate) const DATE_DIGITIZED: u16 = 0x9004;
    pub(crate) const OFFSET: u16 = 0x9010;
    pub(crate) const OFFSET_ORIGINAL: u16 = 0x9011;
    pub(crate) const OFFSET_DIGITIZED: u16 = 0x9012;
    pub(crate) const USER_COMMENT: u16 = 0x9286;
    pub(crate) const XP_TITLE: u16 = 0x9C9B;
    pub(crate) const XP_COMMENT: u16 = 0x9C9C;
    pub(crate) const XP_KEYWORDS: u16 = 0x9C9E;
    pub(crate) const XP_SUBJECT: u16 = 0x9C9F;

    pub(crate) const GPS_LATITUDE_REF: u16 = 0x01;
    pub(crate) const GPS_LATITUDE: u16 = 0x02;
    pub(crate) const GPS_LONGITUDE_REF: u16 = 0x03;
    pub(crate) const GPS_LONGITUDE: u16 = 0x04;
    pub(crate) const GPS_ALTITUDE_REF: u16 = 0x05;
    pub(crate) const GPS_ALTITUDE: u16 = 0x06;
    pub(crate) const GPS_TIME: u16 = 0x07;
    pub(crate) const GPS_DIRECTION_REF: u16 = 0x10;
    pub(crate) const GPS_DIRECTION: u16 = 0x11;
    pub(crate) const GPS_DATE: u16 = 0x1D;
    pub(crate) const GPS_ERROR: u16 = 0x1F;
}

/// The byte order that a TIFF header states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }
}

/// One entry: its tag, its type, and the bytes of its values.
#[derive(Debug)]
struct Entry<'a> {
    tag: u16,
    kind: u16,
    value: &'a [u8],
}

/// The entries of one directory.
#[derive(Debug)]
pub(super) struct Directory<'a> {
    order: Order,
    entries: Vec<Entry<'a>>,
}

/// The directories of one EXIF block; one that is absent or broken is empty.
#[derive(Debug)]
pub(super) struct Exif<'a> {
    /// The first TIFF directory.
    pub(super) main: Directory<'a>,
    /// The EXIF directory.
    pub(super) exif: Directory<'a>,
    /// The GPS directory.
    pub(super) gps: Directory<'a>,
}

impl<'a> Exif<'a> {
    /// Reads the directories behind a TIFF header; `None` when there is no such header.
    pub(super) fn read(tiff: &'a [u8]) -> Option<Self> {
        let order = match tiff.first_chunk()? {
            b"II*\0" => Order::Little,
            b"MM\0*" => Order::Big,
            _ => return None,
        };
        let main = Directory::read(tiff, order, Some(order.u32(*tiff.get(4..)?.first_chunk()?)));
        let exif = Directory::read(tiff, order, main.unsigned(tag::EXIF_DIRECTORY));
        let gps = Directory::read(tiff, order, main.unsigned(tag::GPS_DIRECTORY));
        Some(Self { main, exif, gps })
    }
}

impl<'a> Directory<'a> {
    fn read(tiff: &'a [u8], order: Order, offset: Option<u32>) -> Self {
        let mut entries = Vec::new();
        let found = offset.and_then(|at| tiff.get(at as usize..)).and_then(|rest| rest.split_first_chunk::<2>());
        if let Some((count, rest)) = found {
            let count = usize::from(order.u16(*count)).min(MAX_ENTRIES);
            entries.extend(rest.chunks_exact(12).take(count).filter_map(|entry| Entry::read(tiff, order, entry)));
        }
        Self { order, entries }
    }

    fn entry(&self, tag: u16) -> Option<&Entry<'a>> {
        self.entries.iter().find(|entry| entry.tag == tag)
    }

    /// The bytes of an entry.
    pub(super) fn bytes(&self, tag: u16) -> Option<&'a [u8]> {
        self.entry(tag).map(|entry| entry.value)
    }

    /// The first value of a BYTE, SHORT or LONG entry.
    pub(super) fn unsigned(&self, tag: u16) -> Option<u32> {
        let entry = self.entry(tag)?;
        match entry.kind {
            1 => entry.value.first().copied().map(u32::from),
            3 => entry.value.first_chunk().map(|b| u32::from(self.order.u16(*b))),
            4 | 13 => entry.value.first_chunk().map(|b| self.order.u32(*b)),
            _ => None,
        }
    }

    /// Up to three values of a RATIONAL or SRATIONAL entry; `None` when there are none, or one divides by zero.
    /// 0/0 reads as 0, which cameras write for seconds that they fold into the minutes.
    pub(super) fn rationals(&self, tag: u16) -> Option<Vec<f64>> {
        let entry = self.entry(tag)?;
        let number = |b: &[u8; 4]| match entry.kind {
            // The bit pattern of a signed number.
            10 => f64::from(self.order.u32(*b).cast_signed()),
            _ => f64::from(self.order.u32(*b)),
        };
        let values = entry.value.chunks_exact(8).take(3).map(|pair| {
            let (above, below) = (number(pair.first_chunk()?), number(pair.last_chunk()?));
            match (above, below) {
                (0.0, 0.0) => Some(0.0),
                (_, 0.0) => None,
                _ => Some(above / below),
            }
        });
        let values = values.collect::<Option<Vec<f64>>>()?;
        (matches!(entry.kind, 5 | 10) && !values.is_empty()).then_some(values)
    }

    /// An ASCII entry up to its first zero, as UTF-8 where it is that and else as Latin-1; `None` when blank.
    pub(super) fn text(&self, tag: u16) -> Option<String> {
        let entry = self.entry(tag).filter(|entry| matches!(entry.kind, 2 | 129))?;
        clean(&utf8_or_latin1(until_zero(entry.value)))
    }

    /// A text in UTF-16, little-endian, as Windows writes it.
    pub(super) fn utf16(&self, tag: u16) -> Option<String> {
        clean(&utf16(self.bytes(tag)?, Order::Little))
    }

    /// A text that names its character code in its first eight bytes (EXIF 4.6.5, UserComment).
    pub(super) fn comment(&self, tag: u16) -> Option<String> {
        let (code, text) = self.bytes(tag)?.split_first_chunk::<8>()?;
        match code {
            b"UNICODE\0" => clean(&utf16(text, self.order)),
            b"ASCII\0\0\0" | [0, 0, 0, 0, 0, 0, 0, 0] => clean(&utf8_or_latin1(until_zero(text))),
            _ => None,
        }
    }
}

impl<'a> Entry<'a> {
    /// An entry from its twelve bytes; `None` when its type is unknown or its values lie outside the block.
    fn read(tiff: &'a [u8], order: Order, bytes: &'a [u8]) -> Option<Self> {
        let u16_at = |at: usize| Some(order.u16(*bytes.get(at..)?.first_chunk()?));
        let u32_at = |at: usize| Some(order.u32(*bytes.get(at..)?.first_chunk()?) as usize);
        let kind = u16_at(2)?;
        let width = match kind {
            1 | 2 | 6 | 7 | 129 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 => 8,
            _ => return None,
        };
        let size = u32_at(4)?.checked_mul(width)?;
        let value = if size <= 4 { bytes.get(8..8 + size)? } else { tiff.get(u32_at(8)?..)?.get(..size)? };
        Some(Self { tag: u16_at(0)?, kind, value })
    }
}

/// Longest text that a claim keeps, in characters.
const MAX_TEXT: usize = 1000;

/// Text without control characters, white space folded, cut to [`MAX_TEXT`] characters; `None` when nothing is left.
pub(super) fn clean(text: &str) -> Option<String> {
    let cut: String = text
        .chars()
        .take(MAX_TEXT)
        .map(|c| if c.is_control() || matches!(c, '\u{FFFD}' | '\u{FEFF}' | '\u{202A}'..='\u{202E}') { ' ' } else { c })
        .collect();
    let words: Vec<&str> = cut.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

pub(super) fn utf8_or_latin1(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

fn until_zero(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    bytes.get(..end.min(4 * MAX_TEXT)).unwrap_or_default()
}

fn utf16(bytes: &[u8], order: Order) -> String {
    let units = bytes.chunks_exact(2).filter_map(<[u8]>::first_chunk).map(|b| order.u16(*b));
    let units: Vec<u16> = units.take_while(|unit| *unit != 0).take(2 * MAX_TEXT).collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_directory_that_points_at_itself_is_read_once() {
        // One entry: the EXIF directory lies at offset 8, where this directory lies.
        let tiff = b"II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0";
        let exif = Exif::read(tiff).expect("a header");
        assert_eq!(exif.exif.unsigned(tag::EXIF_DIRECTORY), Some(8));
        assert!(exif.gps.entries.is_empty());
    }

    #[test]
    fn a_directory_of_65535_entries_is_read_as_far_as_it_goes() {
        for length in 10..60 {
            let mut tiff = b"II*\0\x08\0\0\0\xFF\xFF\x12\x01\x03\0\x01\0\0\0\x06\0\0\0".to_vec();
            tiff.resize(length.max(22), 1);
            assert_eq!(Exif::read(&tiff).and_then(|exif| exif.main.unsigned(tag::ORIENTATION)), Some(6));
        }
        let full = [&b"MM\0*\0\0\0\x08\xFF\xFF"[..], &[0, 1, 0, 1, 0, 0, 0, 1, 7, 0, 0, 0].repeat(65_535)].concat();
        assert_eq!(Exif::read(&full).map(|exif| exif.main.entries.len()), Some(MAX_ENTRIES));
    }

    #[test]
    fn a_value_outside_the_block_is_no_value() {
        let tiff = b"II*\0\x08\0\0\0\x01\0\x0F\x01\x02\0\xFF\xFF\xFF\xFF\x08\0\0\0";
        assert_eq!(Exif::read(tiff).and_then(|exif| exif.main.text(tag::MAKE)), None);
    }

    #[test]
    fn text_loses_what_could_steer_a_terminal() {
        assert_eq!(clean("Caf\u{e9}\u{1b}[31m\n red\u{202e}"), Some("Café [31m red".to_owned()));
        assert_eq!(clean(" \0\t"), None);
        assert_eq!(clean(&"x".repeat(5000)).map(|text| text.len()), Some(MAX_TEXT));
    }

    proptest! {
        #[test]
        fn any_bytes_behind_a_header_are_survived(body in proptest::collection::vec(any::<u8>(), 0..200), big: bool) {
            let header: &[u8] = if big { b"MM\0*\0\0\0\x08" } else { b"II*\0\x08\0\0\0" };
            let tiff = [header, &body].concat();
            let exif = Exif::read(&tiff).expect("a header");
            for tag in 0..=0x20 {
                let _ = (exif.gps.rationals(tag), exif.main.text(tag), exif.main.comment(tag));
            }
        }
    }
}

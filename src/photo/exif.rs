//! EXIF values, asked for by directory and tag.
//!
//! The crate nom-exif finds the block in each container and reads its directories. Values are asked for by number and not by
//! its ready-made position, which fills in north and east where a file says neither.

use image::metadata::Orientation;
use nom_exif::{EntryValue, IRational, IfdIndex, IfdKind, MediaParser, MediaSource, URational};

/// Numbers of the tags that navig reads.
pub(super) mod tag {
    pub(crate) const IMAGE_DESCRIPTION: u16 = 0x010E;
    pub(crate) const MAKE: u16 = 0x010F;
    pub(crate) const MODEL: u16 = 0x0110;
    pub(crate) const ORIENTATION: u16 = 0x0112;
    pub(crate) const MODIFY_DATE: u16 = 0x0132;
    pub(crate) const IPTC: u16 = 0x83BB;
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

/// The EXIF block of one file.
#[derive(Debug)]
pub(super) struct Exif(nom_exif::Exif);

/// One directory of an EXIF block; an absent one holds nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Directory<'a> {
    exif: &'a nom_exif::Exif,
    kind: IfdKind,
}

impl Exif {
    /// Finds and reads the block of a file of any format; `None` when there is none, or it cannot be read at all.
    pub(super) fn read(file: &[u8]) -> Option<Self> {
        // From memory the parser never asks for more bytes than there are, whatever a length claims.
        let source = MediaSource::from_memory(file.to_vec()).ok()?;
        MediaParser::new().parse_exif(source).ok().map(|entries| Self(entries.into()))
    }

    /// The first TIFF directory.
    pub(super) fn main(&self) -> Directory<'_> {
        Directory { exif: &self.0, kind: IfdKind::Tiff }
    }

    /// The EXIF directory.
    pub(super) fn exif(&self) -> Directory<'_> {
        Directory { exif: &self.0, kind: IfdKind::Exif }
    }

    /// The GPS directory.
    pub(super) fn gps(&self) -> Directory<'_> {
        Directory { exif: &self.0, kind: IfdKind::Gps }
    }

    /// How the stored picture is to be turned; a value outside 1 to 8 turns nothing.
    pub(super) fn orientation(&self) -> Orientation {
        let value = self.main().unsigned(tag::ORIENTATION).and_then(|value| u8::try_from(value).ok());
        value.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms)
    }
}

impl<'a> Directory<'a> {
    fn value(self, tag: u16) -> Option<&'a EntryValue> {
        self.exif.get_by_code_in(IfdIndex::MAIN, self.kind, tag)
    }

    /// The bytes of a BYTE or UNDEFINED entry.
    pub(super) fn bytes(self, tag: u16) -> Option<&'a [u8]> {
        let value = self.value(tag)?;
        value.as_undefined().or_else(|| value.as_u8_slice())
    }

    /// The value of a BYTE, SHORT or LONG entry.
    pub(super) fn unsigned(self, tag: u16) -> Option<u32> {
        self.value(tag)?.try_as_integer().and_then(|value| u32::try_from(value).ok())
    }

    /// Up to three values of a RATIONAL or SRATIONAL entry; `None` when there are none, or one divides by zero.
    /// 0/0 reads as 0, which cameras write for seconds that they fold into the minutes.
    pub(super) fn rationals(self, tag: u16) -> Option<Vec<f64>> {
        let unsigned = |r: &URational| ratio(r.numerator().into(), r.denominator().into());
        let signed = |r: &IRational| ratio(r.numerator().into(), r.denominator().into());
        match self.value(tag)? {
            EntryValue::URational(value) => unsigned(value).map(|value| vec![value]),
            EntryValue::IRational(value) => signed(value).map(|value| vec![value]),
            EntryValue::URationalArray(values) => values.iter().take(3).map(unsigned).collect(),
            EntryValue::IRationalArray(values) => values.iter().take(3).map(signed).collect(),
            _ => None,
        }
    }

    /// An ASCII entry; `None` when blank.
    pub(super) fn text(self, tag: u16) -> Option<String> {
        clean(self.value(tag)?.as_str()?)
    }

    /// A date and time, `2024-05-03 14:02:11`.
    pub(super) fn date(self, tag: u16) -> Option<String> {
        let value = self.value(tag)?;
        value.as_datetime().map(|date| date.into_naive().to_string()).or_else(|| clean(value.as_str()?))
    }

    /// A text in UTF-16, little-endian, as Windows writes it.
    pub(super) fn utf16(self, tag: u16) -> Option<String> {
        clean(&utf16(self.bytes(tag)?, u16::from_le_bytes))
    }

    /// A text that names its character code in its first eight bytes (EXIF 2.32, section 4.6.5, UserComment).
    pub(super) fn comment(self, tag: u16) -> Option<String> {
        let (code, text) = self.bytes(tag)?.split_first_chunk::<8>()?;
        match code {
            // Most of its characters have a high byte of zero, which tells the order.
            b"UNICODE\0" if text.first() == Some(&0) => clean(&utf16(text, u16::from_be_bytes)),
            b"UNICODE\0" => clean(&utf16(text, u16::from_le_bytes)),
            b"ASCII\0\0\0" | [0, 0, 0, 0, 0, 0, 0, 0] => clean(&utf8_or_latin1(until_zero(text))),
            _ => None,
        }
    }
}

fn ratio(above: f64, below: f64) -> Option<f64> {
    match (above, below) {
        (0.0, 0.0) => Some(0.0),
        (_, 0.0) => None,
        _ => Some(above / below),
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

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).filter_map(<[u8]>::first_chunk).map(|b| unit(*b));
    let units: Vec<u16> = units.take_while(|unit| *unit != 0).take(2 * MAX_TEXT).collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_loses_what_could_steer_a_terminal() {
        assert_eq!(clean("Caf\u{e9}\u{1b}[31m\n red\u{202e}"), Some("Café [31m red".to_owned()));
        assert_eq!(clean(" \0\t"), None);
        assert_eq!(clean(&"x".repeat(5000)).map(|text| text.len()), Some(MAX_TEXT));
    }

    #[test]
    fn a_ratio_of_nothing_is_zero_and_one_over_nothing_is_none() {
        assert_eq!((ratio(1.0, 4.0), ratio(0.0, 0.0), ratio(1.0, 0.0)), (Some(0.25), Some(0.0), None));
    }
}

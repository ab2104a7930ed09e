//! Captions that agencies and editors put into a file: IPTC-IIM 4.2, record 2.

use super::exif::{clean, utf8_or_latin1};

/// Data sets that may hold words about the place, by number.
const FIELDS: &[(u8, &str)] = &[
    (5, "IPTC ObjectName"),
    (25, "IPTC Keywords"),
    (27, "IPTC ContentLocationName"),
    (90, "IPTC City"),
    (92, "IPTC Sub-location"),
    (95, "IPTC Province-State"),
    (101, "IPTC Country-PrimaryLocationName"),
    (105, "IPTC Headline"),
    (120, "IPTC Caption-Abstract"),
];

/// Field name and text of each data set of interest, in the order of the file.
pub(super) fn captions(mut records: &[u8]) -> Vec<(&'static str, String)> {
    let mut captions = Vec::new();
    while let [0x1C, record, number, high, low, rest @ ..] = records {
        // A set top bit announces an extended size, which no caption needs.
        let size = usize::from(u16::from_be_bytes([*high, *low]));
        let Some((value, rest)) = rest.split_at_checked(size) else { break };
        if let (2, Some((_, field))) = (record, FIELDS.iter().find(|(known, _)| known == number)) {
            captions.extend(clean(&utf8_or_latin1(value)).map(|text| (*field, text)));
        }
        records = rest;
    }
    captions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_captions_and_stops_at_a_record_that_is_cut() {
        let records = b"\x1C\x02\x00\0\x02\0\x04\x1C\x02\x5A\0\x04Graz\x1C\x02\x65\0\x07Austria\x1C\x02\x78\0\x50cut";
        assert_eq!(
            captions(records),
            [("IPTC City", "Graz".to_owned()), ("IPTC Country-PrimaryLocationName", "Austria".to_owned())]
        );
        assert!(captions(b"").is_empty());
    }
}

//! What the metadata says, from every container, in sentences.

use super::samples::{self, Entry, encode, exif, gps, jpeg_segment, jpeg_with, png_with, quarters, webp_with};
use super::*;
use crate::photo::exif::tag;
use image::ImageFormat;
use navig_tools::evidence::Likelihood;

#[test]
fn a_position_is_read_from_every_container() {
    let block = exif(vec![], vec![], gps(-33.8568, 151.2153));
    let sydney = LatLon::new(-33.8568, 151.2153).expect("valid");
    let mut tiff = encode(&quarters(8, 8), ImageFormat::Tiff);
    graft_gps(&mut tiff, -33.8568, 151.2153);
    for bytes in [jpeg_with(&block), png_with(b"eXIf", &block), webp_with(&block), tiff] {
        let photo = import(bytes).expect("valid");
        let at = position(&photo).expect("a position");
        assert!(at.distance_km(sydney) < 0.001, "{} {at}", photo.format);
    }
}

/// Appends a new first directory with a GPS pointer to a little-endian TIFF.
fn graft_gps(tiff: &mut Vec<u8>, lat: f64, lon: f64) {
    let first = u32::from_le_bytes(*tiff[4..].first_chunk().expect("header")) as usize;
    let count = usize::from(u16::from_le_bytes(*tiff[first..].first_chunk().expect("count")));
    let entries = tiff[first + 2..first + 2 + 12 * count].to_vec();
    tiff.resize(tiff.len().next_multiple_of(2), 0);
    let main = tiff.len();
    let gps_at = main + 2 + 12 * (count + 1) + 4;
    let place = |at: usize| u32::try_from(at).expect("small").to_le_bytes();
    tiff.extend(u16::try_from(count + 1).expect("small").to_le_bytes());
    tiff.extend(entries);
    tiff.extend(
        [&0x8825u16.to_le_bytes()[..], &4u16.to_le_bytes(), &1u32.to_le_bytes(), &place(gps_at), &[0; 4]].concat(),
    );
    tiff.extend(samples::directory(gps_at, &gps(lat, lon)));
    tiff[4..8].copy_from_slice(&place(main));
}

#[test]
fn claims_are_sentences_with_their_numbers() {
    let mut place = gps(48.2082, 16.3738);
    place.extend([
        Entry::byte(tag::GPS_ALTITUDE_REF, 0),
        Entry::rationals(tag::GPS_ALTITUDE, &[171.0]),
        Entry::rationals(tag::GPS_ERROR, &[4.8]),
        Entry::text(tag::GPS_DIRECTION_REF, "T"),
        Entry::rationals(tag::GPS_DIRECTION, &[212.5]),
        Entry::text(tag::GPS_DATE, "2024:05:03"),
        Entry::rationals(tag::GPS_TIME, &[12.0, 2.0, 11.0]),
    ]);
    let main = vec![
        Entry::text(tag::MAKE, "Acme"),
        Entry::text(tag::MODEL, "One"),
        Entry::text(tag::IMAGE_DESCRIPTION, "Am Graben"),
    ];
    let times = vec![
        Entry::text(tag::DATE_ORIGINAL, "2024:05:03 14:02:11"),
        Entry::text(tag::OFFSET_ORIGINAL, "+02:00"),
        Entry(tag::USER_COMMENT, 7, 12, b"ASCII\0\0\0Wien".to_vec()),
    ];
    let photo = import(jpeg_with(&exif(main, times, place))).expect("valid");
    let texts: Vec<String> = photo.claims.iter().map(|c| format!("{} {}", c.id, c.text)).collect();
    assert_eq!(
        texts,
        [
            "m1 The file claims that the camera stood at 48.20820,16.37380, to within 5 m, 171 m above the sea.",
            "m2 The file claims that the camera looked towards 212° from true north.",
            "m3 The camera's clock said 2024-05-03 14:02:11 (UTC+02).",
            "m4 The file claims that it was taken with Acme One.",
            "m5 The field ImageDescription says “Am Graben”.",
            "m6 The field UserComment says “Wien”.",
        ]
    );
    assert!(photo.claims.iter().all(|c| c.suspicions.is_empty()));
    let found = findings(&photo.claims);
    let kinds: Vec<_> = found.iter().map(|f| (f.group.as_str(), f.kind.as_str())).collect();
    assert_eq!(kinds, [("metadata:position", "exif-position"), ("metadata:time", "utc-offset")]);
    assert!(found.iter().all(|f| f.likelihood.check().is_ok()));
    let Likelihood::Points { points, background } = &found[0].likelihood else { unreachable!("points") };
    assert!(points[0].sigma_km == 0.02 && (background - 0.02).abs() < 1e-9, "{points:?} {background}");
    assert_eq!(photo.claims[0].clue().id, "m1");
}

#[test]
fn an_old_position_is_stale_and_a_place_off_the_globe_is_only_words() {
    let mut place = gps(48.2082, 16.3738);
    place.extend([Entry::text(tag::GPS_DATE, "2024:05:01"), Entry::rationals(tag::GPS_TIME, &[9.0, 0.0, 0.0])]);
    let times =
        vec![Entry::text(tag::DATE_ORIGINAL, "2024:05:03 14:02:11"), Entry::text(tag::OFFSET_ORIGINAL, "+02:00")];
    let photo = import(jpeg_with(&exif(vec![], times, place))).expect("valid");
    let kinds: Vec<_> = photo.claims[0].suspicions.iter().map(|s| s.kind.name()).collect();
    assert_eq!(kinds, ["stale-position"]);

    let photo = import(jpeg_with(&exif(vec![], vec![], gps(123.5, 16.5)))).expect("valid");
    assert_eq!(position(&photo), None);
    assert!(matches!(photo.claims[0].kind, ClaimKind::Text { .. }), "{:?}", photo.claims);
    assert_eq!(photo.claims[0].suspicions[0].kind.name(), "out-of-range");
    assert!(findings(&photo.claims).is_empty());
}

#[test]
fn captions_come_from_iptc_and_png() {
    let resources = [&b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x09"[..], b"\x1C\x02\x5A\0\x04Graz\0"].concat();
    let jpeg = jpeg_segment(&encode(&quarters(64, 32), ImageFormat::Jpeg), 0xED, &resources);
    let photo = import(jpeg).expect("valid");
    assert_eq!(photo.claims.iter().map(|c| c.text.as_str()).collect::<Vec<_>>(), ["The field IPTC City says “Graz”."]);
    let photo = import(png_with(b"tEXt", b"Title\0Piran harbour")).expect("valid");
    assert_eq!(photo.claims.len(), 1);
}

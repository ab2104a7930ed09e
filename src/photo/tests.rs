//! Import as a whole: every format, every orientation, and files made to hurt.

use super::samples::{
    self, Entry, encode, exif, gps, jpeg_segment, jpeg_with, png_claiming, png_with, quarters, webp_with,
};
use super::*;
use exif::tag;
use image::ImageFormat;
use navig_tools::evidence::Likelihood;
use navig_tools::geo::LatLon;
use proptest::prelude::*;

const SMALL: Limits = Limits { max_bytes: 4_000_000, max_pixels: 1_000_000 };

fn import(bytes: Vec<u8>) -> Result<Photo, PhotoError> {
    Photo::from_bytes("-", bytes, &SMALL)
}

fn position(photo: &Photo) -> Option<LatLon> {
    photo.claims.iter().find_map(|claim| match claim.kind {
        ClaimKind::Position { at, .. } => Some(at),
        _ => None,
    })
}

/// The colour in the middle of a quarter; JPEG blurs, so it is rounded to full or none.
fn quarter(photo: &Photo, right: u32, low: u32) -> [bool; 3] {
    let pixels = photo.pixels.as_ref().expect("decoded");
    let at = |side: u32, far: u32| side / 4 + far * side / 2;
    pixels.get_pixel(at(photo.width, right), at(photo.height, low)).0.map(|sample| sample > 127)
}

const RED: [bool; 3] = [true, false, false];
const GREEN: [bool; 3] = [false, true, false];
const BLUE: [bool; 3] = [false, false, true];

#[test]
fn every_format_is_read_by_its_content() {
    for (format, expected) in [
        (ImageFormat::Jpeg, Format::Jpeg),
        (ImageFormat::Png, Format::Png),
        (ImageFormat::WebP, Format::WebP),
        (ImageFormat::Tiff, Format::Tiff),
        (ImageFormat::Gif, Format::Gif),
    ] {
        let photo = import(encode(&quarters(64, 32), format)).expect("valid");
        assert_eq!((photo.format, photo.width, photo.height), (expected, 64, 32));
        assert_eq!(
            [quarter(&photo, 0, 0), quarter(&photo, 1, 0), quarter(&photo, 0, 1)],
            [RED, GREEN, BLUE],
            "{expected}"
        );
        assert!(photo.claims.is_empty() && photo.notes.is_empty());
    }
}

#[test]
fn all_eight_orientations_end_upright() {
    // Which corner of the stored picture comes to the upper left, and whether the sides are exchanged (EXIF 2.32, Orientation).
    let white = [true, true, true];
    let upper_left = [RED, GREEN, white, BLUE, RED, BLUE, white, GREEN];
    for (orientation, expected) in (1..=8).zip(upper_left) {
        let photo =
            import(jpeg_with(&exif(vec![Entry::short(tag::ORIENTATION, orientation)], vec![], vec![]))).expect("valid");
        assert_eq!(quarter(&photo, 0, 0), expected, "orientation {orientation}");
        let sides = if orientation < 5 { (64, 32) } else { (32, 64) };
        assert_eq!((photo.width, photo.height), sides, "orientation {orientation}");
    }
}

#[test]
fn an_orientation_outside_one_to_eight_is_ignored() {
    let photo = import(jpeg_with(&exif(vec![Entry::short(tag::ORIENTATION, 300)], vec![], vec![]))).expect("valid");
    assert_eq!((photo.width, photo.height), (64, 32));
}

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

#[test]
fn a_file_that_is_no_photo_is_named_for_what_it_is() {
    let message = |bytes: &[u8]| import(bytes.to_vec()).expect_err("no photo").to_string();
    assert_eq!(message(b""), "-: is empty (0 bytes)");
    assert!(message(b"%PDF-1.7").contains("looks like a PDF document; navig reads JPEG"));
    assert!(message(b"<!DOCTYPE html>").contains("HTML"));
    assert!(matches!(import(vec![0; 9]), Err(PhotoError::UnknownFormat { .. })));
}

#[test]
fn limits_hold_before_anything_is_decoded() {
    let claims = |bytes| matches!(import(bytes), Err(PhotoError::TooManyPixels { width: 60_000, height: 60_000, .. }));
    assert!(claims(png_claiming(60_000, 60_000)));
    let mut gif = encode(&quarters(8, 8), ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0x60, 0xEA, 0x60, 0xEA]);
    assert!(claims(gif));
    let mut jpeg = encode(&quarters(8, 8), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).expect("a frame header");
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xEA, 0x60, 0xEA, 0x60]);
    assert!(claims(jpeg));
    let error = Photo::from_bytes("big.png", vec![0; 5_000_000], &SMALL).expect_err("too large").to_string();
    assert_eq!(error, "big.png: has 5000000 bytes, and the limit is 4000000; raise it with --max-bytes");
}

#[test]
fn no_pixels_is_an_error_and_one_pixel_is_a_photo() {
    assert!(matches!(import(png_claiming(0, 7)), Err(PhotoError::NoPixels { width: 0, height: 7, .. })));
    let photo = import(encode(&RgbImage::from_pixel(1, 1, image::Rgb([9, 8, 7])), ImageFormat::Png)).expect("valid");
    assert_eq!(photo.pixels.expect("decoded").into_raw(), [9, 8, 7]);
}

#[test]
fn a_jpeg_that_ends_early_says_what_could_be_read() {
    let whole = jpeg_with(&exif(vec![], vec![], gps(48.2, 16.37)));
    let error = import(whole[..whole.len() - 40].to_vec()).expect_err("cut").to_string();
    assert!(error.contains("ends early") && error.contains("its metadata can (1 claims)"), "{error}");
}

#[test]
fn cut_files_of_each_format_are_errors_at_every_length() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Tiff] {
        let whole = encode(&quarters(24, 24), format);
        for length in 0..whole.len() - 1 {
            if let Ok(photo) = import(whole[..length].to_vec()) {
                // What lies behind the pixels may be missing: the end mark of a PNG, the last directory entries of a TIFF.
                assert_eq!(photo.pixels.expect("decoded").dimensions(), (24, 24), "{format:?} cut to {length}");
                assert!(length + 32 > whole.len(), "{format:?} cut to {length} of {}", whole.len());
            }
        }
    }
}

#[test]
fn hostile_exif_is_survived_with_the_pixels_intact() {
    let looped = b"II*\0\x08\0\0\0\x02\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x25\x88\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0";
    let crowded = [&b"MM\0*\0\0\0\x08\xFF\xFF"[..], &[0, 1, 0, 1, 0, 0, 0, 1, 7, 0, 0, 0].repeat(5000)].concat();
    let short = b"II*\0\x08\0\0\0\xFF\xFF\x12\x01\x03\0\x01\0\0\0\x01\0\0\0\x00\x01\x02";
    for block in [&looped[..], &crowded, short, b"II*\0", b"II*\0\xFF\xFF\xFF\xFF", b""] {
        assert!(import(jpeg_with(block)).expect("valid pixels").pixels.is_some());
    }
}

#[test]
fn a_huge_colour_profile_is_skipped() {
    let mut jpeg = encode(&quarters(64, 32), ImageFormat::Jpeg);
    for part in 0..40 {
        jpeg = jpeg_segment(&jpeg, 0xE2, &[&b"ICC_PROFILE\0"[..], &[part, 40], &[0; 60_000]].concat());
    }
    assert_eq!(import(jpeg).expect("valid").width, 64);
}

#[test]
fn absurd_strips_of_a_tiff_are_refused() {
    let whole = encode(&quarters(24, 24), ImageFormat::Tiff);
    let first = u32::from_le_bytes(*whole[4..].first_chunk().expect("header")) as usize;
    let count = usize::from(u16::from_le_bytes(*whole[first..].first_chunk().expect("count")));
    for entry in 0..count {
        let mut bytes = whole.clone();
        let at = first + 2 + 12 * entry;
        bytes[at + 8..at + 12].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0x7F]);
        bytes[at + 4..at + 8].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0x0F]);
        if let Ok(photo) = import(bytes) {
            assert_eq!((photo.width, photo.height), (24, 24));
        }
    }
}

#[test]
fn a_wrong_extension_is_noted_and_not_believed() {
    let photo = Photo::from_bytes("a.jpg", encode(&quarters(8, 8), ImageFormat::Png), &SMALL).expect("valid");
    assert_eq!(photo.format, Format::Png);
    assert_eq!(photo.notes, ["the name ends in .jpg, the content is PNG"]);
}

#[test]
fn what_is_not_a_readable_file_is_an_error_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = |name: &str| Photo::open(&folder.path().join(name), &SMALL);
    assert!(matches!(open("nothing.jpg"), Err(PhotoError::Missing { .. })));
    assert!(matches!(open(""), Err(PhotoError::Folder { .. })));
    std::fs::write(folder.path().join("empty.jpg"), b"").expect("written");
    assert!(matches!(open("empty.jpg"), Err(PhotoError::Empty { .. })));
    std::fs::write(folder.path().join("good.png"), encode(&quarters(8, 8), ImageFormat::Png)).expect("written");
    let photo = open("good.png").expect("valid");
    assert_eq!(photo.sha256, hex(&Sha256::digest(std::fs::read(folder.path().join("good.png")).expect("read"))));
    // Sparse, so that only its claimed size is large.
    let large = File::create(folder.path().join("large.jpg")).expect("created");
    large.set_len(SMALL.max_bytes + 1).expect("sized");
    assert!(matches!(open("large.jpg"), Err(PhotoError::TooManyBytes { bytes: 4_000_001, .. })));
    #[cfg(unix)]
    assert!(matches!(Photo::open(Path::new("/dev/null"), &SMALL), Err(PhotoError::NotAFile { .. })));
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_an_error() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("locked.png");
    std::fs::write(&path, encode(&quarters(8, 8), ImageFormat::Png)).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).expect("locked");
    let outcome = Photo::open(&path, &SMALL);
    // The superuser may read everything.
    if File::open(&path).is_ok() {
        assert!(outcome.is_ok());
    } else {
        assert!(matches!(outcome, Err(PhotoError::Unreadable { .. })));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn damaged_files_never_panic(which in 0..6usize, cut in 0.0..1.0f64, hits in proptest::collection::vec((0.0..1.0f64, any::<u8>()), 0..8)) {
        let block = exif(vec![Entry::short(tag::ORIENTATION, 6)], vec![], gps(48.2, 16.37));
        let mut bytes = match which {
            0 => jpeg_with(&block),
            1 => png_with(b"eXIf", &block),
            2 => webp_with(&block),
            3 => encode(&quarters(24, 24), ImageFormat::Tiff),
            4 => encode(&quarters(24, 24), ImageFormat::Gif),
            _ => jpeg_with(&[0; 40]),
        };
        for (at, value) in hits {
            let at = (at * bytes.len() as f64) as usize;
            bytes[at] = value;
        }
        if cut > 0.3 {
            bytes.truncate((cut * bytes.len() as f64) as usize);
        }
        if let Ok(photo) = import(bytes) {
            prop_assert!(photo.width > 0 && photo.height > 0);
        }
    }

    #[test]
    fn any_bytes_behind_a_signature_never_panic(which in 0..7usize, body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let signature: &[u8] = match which {
            0 => b"\xFF\xD8\xFF\xE1",
            1 => b"\x89PNG\r\n\x1A\n",
            2 => b"RIFF\x40\0\0\0WEBP",
            3 => b"II*\0\x08\0\0\0",
            4 => b"MM\0*\0\0\0\x08",
            5 => b"GIF89a",
            _ => b"II+\0\x08\0\0\0",
        };
        let _ = import([signature, &body].concat());
    }
}

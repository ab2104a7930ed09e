//! Files that are no photos, and files made to hurt.

use super::samples::{Entry, encode, exif, gps, jpeg_segment, jpeg_with, png_claiming, png_with, quarters, webp_with};
use super::*;
use crate::photo::exif::tag;
use image::ImageFormat;
use proptest::prelude::*;

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
    assert!(error.contains("ends early") && error.contains("though its metadata can;"), "{error}");
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

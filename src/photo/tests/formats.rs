//! Every format and every orientation ends as the same upright picture.

use super::samples::{Entry, encode, exif, jpeg_with, quarters};
use super::*;
use crate::photo::exif::tag;
use image::ImageFormat;

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
fn a_wrong_extension_is_noted_and_not_believed() {
    let photo = Photo::from_bytes("a.jpg", encode(&quarters(8, 8), ImageFormat::Png), &SMALL).expect("valid");
    assert_eq!(photo.format, Format::Png);
    assert_eq!(photo.notes, ["the name ends in .jpg, the content is PNG"]);
}

#[test]
fn grey_deep_and_transparent_pictures_become_rgb() {
    let quarters = image::DynamicImage::ImageRgb8(quarters(64, 32));
    let png = |picture: image::DynamicImage| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).expect("an encoder for this format");
        import(bytes.into_inner()).expect("valid")
    };
    let deep = png(image::DynamicImage::ImageRgb16(quarters.to_rgb16()));
    assert_eq!([quarter(&deep, 0, 0), quarter(&deep, 1, 0), quarter(&deep, 0, 1)], [RED, GREEN, BLUE]);
    let grey = png(image::DynamicImage::ImageLuma16(quarters.to_luma16()));
    let [a, b, c] = grey.pixels.expect("decoded").get_pixel(0, 0).0;
    assert!(a == b && b == c);
    let mut clear = quarters.to_rgba16();
    clear.pixels_mut().for_each(|pixel| pixel.0[3] = 0);
    let clear = png(image::DynamicImage::ImageRgba16(clear));
    assert_eq!(quarter(&clear, 0, 0), [true; 3], "nothing but the white ground");
}

#[test]
fn of_an_animation_the_first_frame_is_taken() {
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
    for colour in [[255, 0, 0, 255], [0, 0, 255, 255]] {
        let frame = image::RgbaImage::from_pixel(20, 10, image::Rgba(colour));
        encoder.encode_frame(image::Frame::new(frame)).expect("an encoder for this format");
    }
    drop(encoder);
    assert_eq!(quarter(&import(bytes).expect("valid"), 0, 0), RED);
}

/// The quarters in CMYK with Adobe's inverted inks, as agencies deliver; written by the Python package Pillow.
const CMYK: &[u8] = include_bytes!("../../../tests/fixtures/quarters_cmyk.jpg");

#[test]
fn a_jpeg_in_printing_inks_has_the_right_colours() {
    let photo = import(CMYK.to_vec()).expect("valid");
    assert_eq!([quarter(&photo, 0, 0), quarter(&photo, 1, 0), quarter(&photo, 0, 1)], [RED, GREEN, BLUE]);
}

/// The same picture (480 × 640 upright, with a position and a turn of 90°) in HEVC and in AV1; by Pillow with pillow-heif.
const HEIF: [(&[u8], Format); 2] = [
    (include_bytes!("../../../tests/fixtures/quarters.heic"), Format::Heic),
    (include_bytes!("../../../tests/fixtures/quarters.avif"), Format::Avif),
];

#[test]
fn heif_metadata_is_read_always_and_its_pixels_where_a_program_can() {
    for (bytes, format) in HEIF {
        let photo = match import(bytes.to_vec()) {
            Ok(photo) => photo,
            // The program may be built without one of the two decoders.
            Err(PhotoError::Decode { reason, .. }) if reason.starts_with("heif-convert ended") => continue,
            Err(error) => unreachable!("{error}"),
        };
        assert_eq!((photo.format, photo.width, photo.height), (format, 480, 640));
        assert_eq!(position(&photo).map(|at| at.to_string()).as_deref(), Some("-33.85680,151.21530"));
        // Turned a quarter clockwise, blue comes to the upper left and red to the upper right.
        if photo.pixels.is_some() {
            assert_eq!([quarter(&photo, 0, 0), quarter(&photo, 1, 0)], [BLUE, RED]);
        } else {
            assert!(photo.notes.iter().any(|note| note.contains("heif-convert")), "{:?}", photo.notes);
        }
    }
}

#[test]
fn heif_beyond_the_limit_never_reaches_the_program() {
    let limits = Limits { max_pixels: 300_000, ..SMALL };
    for (bytes, _) in HEIF {
        let outcome = Photo::from_bytes("-", bytes.to_vec(), &limits);
        assert!(matches!(outcome, Err(PhotoError::TooManyPixels { width: 480, height: 640, limit: 300_000, .. })));
        assert!(import(bytes[..bytes.len() / 2].to_vec()).is_err());
    }
}

//! Files that tests are made of, written byte by byte.

use crate::photo::exif::tag;
use image::{ExtendedColorType, ImageEncoder, ImageFormat, RgbImage};
use std::io::Cursor;

/// A picture whose four quarters are red, green, blue and white, from the upper left by rows.
pub(super) fn quarters(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        image::Rgb(match (x < width / 2, y < height / 2) {
            (true, true) => [255, 0, 0],
            (false, true) => [0, 255, 0],
            (true, false) => [0, 0, 255],
            (false, false) => [255, 255, 255],
        })
    })
}

pub(super) fn encode(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("an encoder for this format");
    bytes.into_inner()
}

/// A JPEG of [`quarters`] with an EXIF block.
pub(super) fn jpeg_with(exif: &[u8]) -> Vec<u8> {
    jpeg_segment(&encode(&quarters(64, 32), ImageFormat::Jpeg), 0xE1, &[b"Exif\0\0", exif].concat())
}

/// The JPEG with one more segment right after its start.
pub(super) fn jpeg_segment(jpeg: &[u8], marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).expect("a segment holds 64 KB").to_be_bytes();
    [&[0xFF, 0xD8, 0xFF, marker], &length[..], body, &jpeg[2..]].concat()
}

/// A PNG of [`quarters`] with one more chunk before its pixels; the picture decoder checks its sum.
pub(super) fn png_with(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let png = encode(&quarters(64, 32), ImageFormat::Png);
    [&png[..33], &png_chunk(name, body), &png[33..]].concat()
}

fn png_chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("small").to_be_bytes();
    let summed = [&name[..], body].concat();
    [&length[..], &summed, &crc(&summed).to_be_bytes()].concat()
}

/// A PNG of nothing but a header that claims a size, and an empty body.
pub(super) fn png_claiming(width: u32, height: u32) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    [&b"\x89PNG\r\n\x1A\n"[..], &png_chunk(b"IHDR", &header), &png_chunk(b"IDAT", &[]), &png_chunk(b"IEND", &[])]
        .concat()
}

/// CRC-32 of PNG, bit by bit (PNG 1.2, appendix 15).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { 0xEDB8_8320 ^ (sum >> 1) } else { sum >> 1 })
    })
}

/// A WebP of [`quarters`] in the extended layout, with an EXIF chunk.
pub(super) fn webp_with(exif: &[u8]) -> Vec<u8> {
    let picture = quarters(64, 32);
    let mut plain = Vec::new();
    let encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut plain);
    encoder.write_image(picture.as_raw(), 64, 32, ExtendedColorType::Rgb8).expect("an encoder for this format");
    let chunk = |name: &[u8], body: &[u8]| {
        let mut bytes = [name, &u32::try_from(body.len()).expect("small").to_le_bytes(), body].concat();
        bytes.resize(bytes.len() + bytes.len() % 2, 0);
        bytes
    };
    let header = chunk(b"VP8X", &[8, 0, 0, 0, 63, 0, 0, 31, 0, 0]);
    let body = [&b"WEBP"[..], &header, &plain[12..], &chunk(b"EXIF", exif)].concat();
    chunk(b"RIFF", &body)
}

/// One EXIF entry: tag, type, count and the bytes of its values, little-endian.
pub(super) struct Entry(pub(super) u16, pub(super) u16, pub(super) u32, pub(super) Vec<u8>);

impl Entry {
    pub(super) fn short(tag: u16, value: u16) -> Self {
        Self(tag, 3, 1, value.to_le_bytes().to_vec())
    }

    pub(super) fn byte(tag: u16, value: u8) -> Self {
        Self(tag, 1, 1, vec![value])
    }

    pub(super) fn text(tag: u16, text: &str) -> Self {
        let bytes = [text.as_bytes(), &[0]].concat();
        Self(tag, 2, u32::try_from(bytes.len()).expect("small"), bytes)
    }

    /// Rationals with four decimals.
    pub(super) fn rationals(tag: u16, values: &[f64]) -> Self {
        let bytes =
            values.iter().flat_map(|v| [((v * 10_000.0).round() as u32).to_le_bytes(), 10_000u32.to_le_bytes()]);
        Self(tag, 5, u32::try_from(values.len()).expect("small"), bytes.flatten().collect())
    }
}

/// An EXIF block of three directories.
pub(super) fn exif(mut main: Vec<Entry>, exif: Vec<Entry>, gps: Vec<Entry>) -> Vec<u8> {
    let mut block = b"II*\0\x08\0\0\0".to_vec();
    let length = |entries: &[Entry]| 6 + entries.iter().map(|e| 12 + e.3.len().next_multiple_of(2)).sum::<usize>();
    let exif_at = 8 + length(&main) + 24;
    let gps_at = exif_at + length(&exif);
    let pointer = |tag, at: usize| Entry(tag, 4, 1, u32::try_from(at).expect("small").to_le_bytes().to_vec());
    main.push(pointer(0x8769, exif_at));
    main.push(pointer(0x8825, gps_at));
    block.extend(directory(8, &main));
    block.resize(exif_at, 0);
    block.extend(directory(exif_at, &exif));
    block.resize(gps_at, 0);
    block.extend(directory(gps_at, &gps));
    block
}

pub(super) fn directory(at: usize, entries: &[Entry]) -> Vec<u8> {
    let mut head = u16::try_from(entries.len()).expect("small").to_le_bytes().to_vec();
    let mut values = Vec::new();
    let values_at = at + 6 + 12 * entries.len();
    for Entry(tag, kind, count, value) in entries {
        head.extend([&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes()].concat());
        let mut slot = value.clone();
        if value.len() > 4 {
            slot = u32::try_from(values_at + values.len()).expect("small").to_le_bytes().to_vec();
            values.extend_from_slice(value);
            values.resize(values.len().next_multiple_of(2), 0);
        }
        slot.resize(4, 0);
        head.extend(slot);
    }
    head.extend([0; 4]);
    [head, values].concat()
}

/// A GPS directory for a place, degrees.
pub(super) fn gps(lat: f64, lon: f64) -> Vec<Entry> {
    let parts = |deg: f64| {
        let minutes = deg.abs().fract() * 60.0;
        [deg.abs().trunc(), minutes.trunc(), minutes.fract() * 60.0]
    };
    vec![
        Entry::text(tag::GPS_LATITUDE_REF, if lat < 0.0 { "S" } else { "N" }),
        Entry::rationals(tag::GPS_LATITUDE, &parts(lat)),
        Entry::text(tag::GPS_LONGITUDE_REF, if lon < 0.0 { "W" } else { "E" }),
        Entry::rationals(tag::GPS_LONGITUDE, &parts(lon)),
    ]
}

//! Pixels: decoded, put upright and laid on white, with as few copies as the formats allow.

use super::Format;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits as DecoderLimits, RgbImage};
use std::error::Error;
use std::io::{self, Cursor};

/// Memory that a decoder may use next to the picture itself, bytes: tables, rows, a compressed profile.
const WORKING_SPACE: u64 = 64 << 20;

/// Bytes for each pixel that a decoder may hold: four channels of 16 bits, and as much again to work in.
const BYTES_PER_PIXEL: u64 = 16;

/// Why there are no pixels.
#[derive(Debug)]
pub(super) enum DecodeError {
    /// More pixels than allowed; width and height.
    TooLarge(u32, u32),
    /// A side of zero; width and height.
    NoPixels(u32, u32),
    /// The decoder wanted more bytes than there are.
    EndsEarly,
    /// Anything else, in the decoder's words.
    Failed(String),
}

impl From<ImageError> for DecodeError {
    fn from(error: ImageError) -> Self {
        let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
        while let Some(inner) = cause {
            if inner.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::UnexpectedEof) {
                return Self::EndsEarly;
            }
            cause = inner.source();
        }
        Self::Failed(error.to_string())
    }
}

/// Refuses sizes that are zero or above the limit.
pub(super) fn check_size((width, height): (u32, u32), max_pixels: u64) -> Result<(), DecodeError> {
    match u64::from(width) * u64::from(height) {
        0 => Err(DecodeError::NoPixels(width, height)),
        pixels if pixels > max_pixels => Err(DecodeError::TooLarge(width, height)),
        _ => Ok(()),
    }
}

/// Decodes a file of a format that this crate can decode: the size is checked before a pixel is, and the result is
/// upright, 8 bits a channel, with transparent parts on white.
pub(super) fn decode(
    format: Format,
    bytes: &[u8],
    orientation: Orientation,
    max_pixels: u64,
) -> Result<RgbImage, DecodeError> {
    let format = match format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::WebP => ImageFormat::WebP,
        Format::Tiff => ImageFormat::Tiff,
        Format::Gif => ImageFormat::Gif,
        Format::Heic | Format::Avif => return Err(DecodeError::Failed("no decoder is built in".to_owned())),
    };
    let mut limits = DecoderLimits::default();
    // While the header is read: a PNG may carry a colour profile that grows a thousandfold when it is unpacked.
    limits.max_alloc = Some(WORKING_SPACE);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    check_size((width, height), max_pixels)?;
    limits.max_alloc = Some(u64::from(width) * u64::from(height) * BYTES_PER_PIXEL + WORKING_SPACE);
    limits.reserve(decoder.total_bytes())?;
    decoder.set_limits(limits)?;
    let mut upright = DynamicImage::ImageRgb8(on_white(DynamicImage::from_decoder(decoder)?));
    upright.apply_orientation(orientation);
    Ok(upright.into_rgb8())
}

/// Eight bits a channel without transparency; an opaque 8-bit picture is passed through, and one with
/// transparency is packed where it lies.
fn on_white(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let rgba = image.into_rgba8();
    let (width, height) = rgba.dimensions();
    let mut samples = rgba.into_raw();
    let pixels = samples.len() / 4;
    for pixel in 0..pixels {
        let alpha = u16::from(samples[4 * pixel + 3]);
        for channel in 0..3 {
            let colour = u16::from(samples[4 * pixel + channel]);
            let mixed = (colour * alpha + 255 * (255 - alpha) + 127) / 255;
            samples[3 * pixel + channel] = u8::try_from(mixed).unwrap_or(u8::MAX);
        }
    }
    samples.truncate(3 * pixels);
    RgbImage::from_raw(width, height, samples).expect("three samples for each pixel")
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgba, RgbaImage};

    #[test]
    fn transparent_becomes_white_and_opaque_stays() {
        let mut rgba = RgbaImage::new(3, 1);
        rgba.put_pixel(0, 0, Rgba([10, 20, 30, 255]));
        rgba.put_pixel(1, 0, Rgba([10, 20, 30, 0]));
        rgba.put_pixel(2, 0, Rgba([0, 100, 255, 128]));
        let rgb = on_white(DynamicImage::ImageRgba8(rgba));
        assert_eq!(rgb.into_raw(), [10, 20, 30, 255, 255, 255, 127, 177, 255]);
    }

    #[test]
    fn sizes_at_the_limit_pass_and_one_beyond_does_not() {
        assert!(check_size((20_000, 10_000), 200_000_000).is_ok());
        assert!(matches!(check_size((20_001, 10_000), 200_000_000), Err(DecodeError::TooLarge(20_001, 10_000))));
        assert!(matches!(check_size((u32::MAX, u32::MAX), u64::MAX), Ok(())));
        assert!(matches!(check_size((0, 5), 10), Err(DecodeError::NoPixels(0, 5))));
    }
}

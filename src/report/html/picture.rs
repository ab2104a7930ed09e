//! The photo and its crops as JPEG inside the page.

use super::BASE64;
use base64::Engine as _;
use image::codecs::jpeg::JpegEncoder;
use image::imageops;
use image::{ExtendedColorType, ImageEncoder as _, RgbImage};
use navig_tools::clue::Crop;

/// Longest side of the embedded photo, px.
const PHOTO_SIDE: u32 = 1600;
/// Largest width and height of an embedded crop, px.
const CROP_SIDES: (u32, u32) = (640, 200);
const QUALITY: u8 = 82;

/// The whole photo as a data URI; `None` when it has no pixels.
pub(super) fn photo(photo: &RgbImage) -> Option<String> {
    let (width, height) = shrunk(photo.dimensions(), (PHOTO_SIDE, PHOTO_SIDE))?;
    if (width, height) == photo.dimensions() {
        return data_uri(photo);
    }
    data_uri(&imageops::thumbnail(photo, width, height))
}

/// What lies inside a crop, with a tenth of its height around it, as a data URI; `None` when the crop lies outside.
/// `size` is that of the photo in whose pixels the crop is given, since `photo` may be a smaller copy.
pub(super) fn crop(photo: &RgbImage, size: (u32, u32), crop: &Crop) -> Option<String> {
    let scale = |value: u64, have: u32, of: u32| value * u64::from(have) / u64::from(of.max(1));
    let span = |start: u32, length: u32, margin: u32, have: u32, of: u32| {
        let end = u64::from(start) + u64::from(length) + u64::from(margin);
        let start = scale(u64::from(start.saturating_sub(margin)), have, of).min(u64::from(have)) as u32;
        let end = scale(end, have, of).min(u64::from(have)) as u32;
        (end > start).then(|| (start, end - start))
    };
    let margin = crop.height / 10 + 2;
    let (x, width) = span(crop.x, crop.width, margin, photo.width(), size.0)?;
    let (y, height) = span(crop.y, crop.height, margin, photo.height(), size.1)?;
    let cut = imageops::crop_imm(photo, x, y, width, height).to_image();
    let (width, height) = shrunk(cut.dimensions(), CROP_SIDES)?;
    data_uri(&imageops::thumbnail(&cut, width, height))
}

/// The largest size of the same shape within limits, never larger than it is; `None` without pixels.
fn shrunk((width, height): (u32, u32), (most_wide, most_high): (u32, u32)) -> Option<(u32, u32)> {
    if width == 0 || height == 0 {
        return None;
    }
    let ratio = (f64::from(most_wide) / f64::from(width)).min(f64::from(most_high) / f64::from(height)).min(1.0);
    let side = |length: u32| ((f64::from(length) * ratio).round() as u32).max(1);
    Some((side(width), side(height)))
}

fn data_uri(image: &RgbImage) -> Option<String> {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
        .write_image(image.as_raw(), image.width(), image.height(), ExtendedColorType::Rgb8)
        .ok()?;
    Some(format!("data:image/jpeg;base64,{}", BASE64.encode(jpeg)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(x: u32, y: u32, width: u32, height: u32) -> Option<String> {
        let photo = RgbImage::new(100, 50);
        crop(&photo, (1000, 500), &Crop { id: "c1".to_owned(), x, y, width, height })
    }

    #[test]
    fn crops_beyond_the_edge_are_cut_and_those_outside_left_out() {
        assert!(cut(990, 490, 500, u32::MAX).is_some());
        assert!(cut(u32::MAX, 0, u32::MAX, 10).is_none());
        assert!(photo(&RgbImage::new(0, 0)).is_none());
    }

    #[test]
    fn sizes_keep_their_shape() {
        assert_eq!(shrunk((4000, 3000), (1600, 1600)), Some((1600, 1200)));
        assert_eq!(shrunk((60_000, 1), (640, 200)), Some((640, 1)));
        assert_eq!(shrunk((20, 10), (640, 200)), Some((20, 10)));
    }
}

//! The photo as the Searcher handles it: it can be cut and read.

use crate::model::Picture;
use crate::reader::{Reader, TextLine};
use crate::vision::Frame;
use image::{RgbImage, imageops};
use navig_tools::clue::Crop;

/// A crop whose longer side is shorter than this is enlarged before it is read, px.
const READ_SIDE_PX: u32 = 960;
/// By at most this factor: beyond it, only blur grows.
const MOST_ENLARGED: f64 = 4.0;
/// Around a box of the model this share of its sides is added: models draw boxes tightly, and a little off.
const MARGIN: f64 = 0.15;
/// Smallest side of a crop, px.
const LEAST_SIDE_PX: u32 = 24;

/// A photo that can be cut and read.
pub struct Scene<'a> {
    /// The whole photo, original pixels.
    pub pixels: &'a RgbImage,
    /// The whole photo as the model sees it.
    pub picture: Picture,
    /// The text reader, when there is one.
    pub reader: Option<&'a Reader>,
}

impl Scene<'_> {
    /// Sides of the photo.
    #[must_use]
    pub fn frame(&self) -> Frame {
        Frame { width: self.pixels.width(), height: self.pixels.height() }
    }

    /// A box with a margin, held inside the photo and not too small to see.
    #[must_use]
    pub fn widened(&self, crop: Crop) -> Crop {
        let Frame { width, height } = self.frame();
        let (x, w) = widened(crop.x, crop.width, width);
        let (y, h) = widened(crop.y, crop.height, height);
        Crop { id: crop.id, x, y, width: w, height: h }
    }

    /// The pixels of a box.
    #[must_use]
    pub fn cut(&self, crop: &Crop) -> RgbImage {
        imageops::crop_imm(self.pixels, crop.x, crop.y, crop.width, crop.height).to_image()
    }

    /// The lines of text in a box, enlarged when small, at their places in the photo.
    ///
    /// # Errors
    /// What went wrong, in words; no reader is one of the things.
    pub fn read(&self, crop: &Crop) -> Result<Vec<TextLine>, String> {
        let reader = self.reader.ok_or("no text reader is installed")?;
        let pixels = self.cut(crop);
        let longer = f64::from(pixels.width().max(pixels.height()));
        let scale = (f64::from(READ_SIDE_PX) / longer).clamp(1.0, MOST_ENLARGED);
        let sides = [pixels.width(), pixels.height()].map(|side| (f64::from(side) * scale).round().max(1.0) as u32);
        let pixels = match scale > 1.0 {
            true => imageops::resize(&pixels, sides[0], sides[1], imageops::FilterType::CatmullRom),
            false => pixels,
        };
        let mut lines = reader.read(&pixels).map_err(|e| e.to_string())?;
        for corner in lines.iter_mut().flat_map(|line| &mut line.corners) {
            let [x, y] = corner.map(f64::from);
            *corner = [(x / scale + f64::from(crop.x)) as f32, (y / scale + f64::from(crop.y)) as f32];
        }
        Ok(lines)
    }
}

/// Start and length of a side with its margin, within `most`.
fn widened(start: u32, length: u32, most: u32) -> (u32, u32) {
    let margin = (f64::from(length) * MARGIN).max(f64::from(LEAST_SIDE_PX.saturating_sub(length)) / 2.0).ceil() as u32;
    let from = start.saturating_sub(margin);
    let to = (start + length + margin).min(most);
    (from, (to - from).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_widened_box_holds_the_box_and_stays_inside(start in 0u32..1000, length in 1u32..1000, beyond in 0u32..1000) {
            let most = start + length + beyond;
            let (from, long) = widened(start, length, most);
            prop_assert!(from <= start && from + long >= start + length && from + long <= most);
        }
    }
}

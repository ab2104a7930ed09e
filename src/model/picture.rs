//! Pictures in sizes that vision models take.

use crate::digest::hex;
use image::RgbImage;
use image::imageops::{self, FilterType};
use schemars::JsonSchema;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Side of the square that becomes one token in the supported models, px: patches of 16 px, merged two by two.
pub(crate) const TOKEN_SIDE_PX: u32 = 32;
/// Fewest pixels of a picture: the models were trained on no smaller ones.
const MIN_PX: u32 = 256 * 256;
/// A strip longer than this many times its width is padded: engines give up on extreme shapes.
const MAX_ASPECT: u32 = 8;

/// A picture as a model sees it: upright, RGB, both sides a multiple of 32 px.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Picture {
    /// Id of the crop that it shows; `photo` is the whole.
    pub id: String,
    /// SHA-256 of the pixels that the model sees, lower-case hex.
    pub sha256: String,
    /// Width, px.
    pub width: u32,
    /// Height, px.
    pub height: u32,
    /// The pixels.
    #[serde(skip)]
    #[schemars(skip)]
    pub pixels: Arc<RgbImage>,
}

impl PartialEq for Picture {
    fn eq(&self, other: &Self) -> bool {
        (&self.id, &self.sha256) == (&other.id, &other.sha256)
    }
}

impl Picture {
    /// Resizes a picture of any size so that it has at most `budget_px` pixels, and small ones are enlarged to 256 × 256
    /// px; the shape is kept to within half a token. Strips are padded with grey.
    ///
    /// # Panics
    /// Never: an empty picture is shown as a grey one.
    #[must_use]
    pub fn fit(id: impl Into<String>, source: &RgbImage, budget_px: u32) -> Self {
        let squat = padded(source);
        let source = squat.as_ref().unwrap_or(source);
        let (width, height) = legal_size(source.width(), source.height(), budget_px);
        let pixels = match source.dimensions() == (width, height) {
            true => source.clone(),
            false => imageops::resize(source, width, height, FilterType::CatmullRom),
        };
        let mut sha = Sha256::new();
        sha.update(width.to_le_bytes());
        sha.update(height.to_le_bytes());
        sha.update(pixels.as_raw());
        Self { id: id.into(), sha256: hex(&sha.finalize()), width, height, pixels: Arc::new(pixels) }
    }

    /// A grey picture: what a model says of it is what it says without looking.
    #[must_use]
    pub fn blank(budget_px: u32) -> Self {
        Self::fit("blank", &RgbImage::from_pixel(64, 64, GREY), budget_px.min(MIN_PX))
    }

    /// Tokens that the picture costs.
    #[must_use]
    pub fn tokens(&self) -> u32 {
        (self.width / TOKEN_SIDE_PX) * (self.height / TOKEN_SIDE_PX)
    }
}

const GREY: image::Rgb<u8> = image::Rgb([127, 127, 127]);

/// The picture on a grey ground, when it is empty or a strip.
fn padded(source: &RgbImage) -> Option<RgbImage> {
    let (width, height) = source.dimensions();
    let least = |long: u32| long.div_ceil(MAX_ASPECT).max(1);
    let canvas = (width.max(least(height)), height.max(least(width)));
    if canvas == (width, height) {
        return None;
    }
    let mut squat = RgbImage::from_pixel(canvas.0, canvas.1, GREY);
    imageops::replace(&mut squat, source, i64::from((canvas.0 - width) / 2), i64::from((canvas.1 - height) / 2));
    Some(squat)
}

/// The nearest size with both sides a multiple of [`TOKEN_SIDE_PX`] and between [`MIN_PX`] and `budget_px` pixels; the
/// floor wins over the budget.
fn legal_size(width: u32, height: u32, budget_px: u32) -> (u32, u32) {
    let (w, h) = (f64::from(width), f64::from(height));
    let budget = f64::from(budget_px.max(MIN_PX));
    let scale = (budget / (w * h)).sqrt().min(1.0).max((f64::from(MIN_PX) / (w * h)).sqrt());
    let side = |length: f64| ((length * scale / f64::from(TOKEN_SIDE_PX)).round() as u32).max(1) * TOKEN_SIDE_PX;
    let (mut w, mut h) = (side(w), side(h));
    // Rounding may end above the budget or below the floor, which an engine would mend in its own way.
    while f64::from(w) * f64::from(h) > budget {
        if w >= h { w -= TOKEN_SIDE_PX } else { h -= TOKEN_SIDE_PX }
    }
    while w * h < MIN_PX {
        if w <= h { w += TOKEN_SIDE_PX } else { h += TOKEN_SIDE_PX }
    }
    (w, h)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_are_those_that_an_engine_leaves_alone() {
        assert_eq!(legal_size(640, 480, 448 * 448), (512, 384));
        assert_eq!(legal_size(4000, 3000, 320 * 320), (352, 288));
        assert_eq!(legal_size(320, 320, 448 * 448), (320, 320));
        assert_eq!(legal_size(1, 1, 448 * 448), (256, 256));
    }

    #[test]
    fn empty_pictures_and_strips_become_pictures() {
        for (w, h) in [(0, 0), (1, 4000), (4000, 1), (31, 31)] {
            let picture = Picture::fit("x", &RgbImage::new(w, h), 448 * 448);
            assert!(picture.width >= 32 && picture.height >= 32 && picture.tokens() >= 64, "{w} x {h}");
        }
    }

    #[test]
    fn another_picture_has_another_sum() {
        let red = RgbImage::from_pixel(64, 64, image::Rgb([255, 0, 0]));
        assert_ne!(Picture::fit("a", &red, 1 << 20).sha256, Picture::blank(1 << 20).sha256);
    }

    proptest! {
        #[test]
        fn every_size_becomes_legal(w in 1u32..6000, h in 1u32..6000, side in 256u32..1600) {
            let (w2, h2) = legal_size(w.max(h.div_ceil(MAX_ASPECT)), h.max(w.div_ceil(MAX_ASPECT)), side * side);
            prop_assert!(w2 % TOKEN_SIDE_PX == 0 && h2 % TOKEN_SIDE_PX == 0);
            prop_assert!(w2 * h2 >= MIN_PX && w2 * h2 <= (side * side).max(MIN_PX) + TOKEN_SIDE_PX * w2.max(h2));
        }
    }
}

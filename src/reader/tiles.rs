//! Which parts of a photo the detector looks at, and at which size.

use super::ReaderError;
use super::Tiling;
use super::detection::{TextBox, detect};
use super::network::Network;
use super::raster;
use image::RgbImage;

/// The detector sees a photo as a whole at no more than this, px.
const MAX_WHOLE_SIDE: u32 = 2000;
/// Below this shorter side a photo is enlarged, px.
const MIN_WHOLE_SIDE: u32 = 30;
/// Wider pictures than this get bars above and below.
const MAX_WIDTH_TO_HEIGHT: u32 = 8;
/// Longer shapes than this hold no readable line that could be found.
const MAX_ASPECT: u32 = 60;
/// Photos with a shorter side hold no readable letter, px.
const MIN_LEGIBLE_SIDE: u32 = 6;

/// How px of the searched picture lie on the photo.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placement {
    scale: [f32; 2],
    bar_above: f32,
    photo: [f32; 2],
}

impl Placement {
    fn identity(photo: &RgbImage) -> Self {
        Self { scale: [1.0; 2], bar_above: 0.0, photo: [photo.width() as f32, photo.height() as f32] }
    }

    /// A point of the searched picture in px of the photo, clipped to it.
    pub(super) fn on_photo(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        [
            (x * self.scale[0]).clamp(0.0, self.photo[0]),
            ((y - self.bar_above) * self.scale[1]).clamp(0.0, self.photo[1]),
        ]
    }
}

/// Boxes and the picture that they lie on.
pub(super) struct Found {
    pub(super) boxes: Vec<TextBox>,
    pub(super) dropped: usize,
    /// The picture that was searched; none when it is the photo itself.
    pub(super) picture: Option<RgbImage>,
    pub(super) placement: Placement,
}

/// Finds the boxes of text in a photo.
pub(super) fn search(network: &Network, photo: &RgbImage, _tiling: Tiling) -> Result<Found, ReaderError> {
    let (picture, placement) = match whole(photo) {
        Some(whole) => whole,
        None => {
            return Ok(Found { boxes: vec![], dropped: 0, picture: None, placement: Placement::identity(photo) });
        }
    };
    let found = detect(network, picture.as_ref().unwrap_or(photo))?;
    Ok(Found { boxes: found.boxes, dropped: found.dropped, picture, placement })
}

/// The photo as the detector sees it as a whole; none when no text can be in it.
fn whole(photo: &RgbImage) -> Option<(Option<RgbImage>, Placement)> {
    let (width, height) = photo.dimensions();
    let (shorter, longer) = (width.min(height), width.max(height));
    if shorter < MIN_LEGIBLE_SIDE || longer / shorter > MAX_ASPECT {
        return None;
    }
    let mut placement = Placement::identity(photo);
    let mut picture = None;
    let target = scaled_size(width, height);
    if target != (width, height) {
        let (w, h) = target;
        if w == 0 || h == 0 {
            return None;
        }
        placement.scale = [width as f32 / w as f32, height as f32 / h as f32];
        picture = Some(raster::resize(photo, w, h));
    }
    let (w, h) = target;
    if h <= MIN_WHOLE_SIDE || w > MAX_WIDTH_TO_HEIGHT * h {
        let bar = ((w / MAX_WIDTH_TO_HEIGHT).max(MIN_WHOLE_SIDE) * 2).abs_diff(h) / 2;
        let mut padded = RgbImage::new(w, h + 2 * bar);
        image::imageops::replace(&mut padded, picture.as_ref().unwrap_or(photo), 0, i64::from(bar));
        placement.bar_above = bar as f32;
        picture = Some(padded);
    }
    Some((picture, placement))
}

/// Size of the whole photo for the detector: within the limits of both sides, and then a multiple of 32.
fn scaled_size(width: u32, height: u32) -> (u32, u32) {
    let on_grid = |side: u32, ratio: f64| ((f64::from(side) * ratio).floor() / 32.0).round_ties_even() as u32 * 32;
    let (mut w, mut h) = (width, height);
    if w.max(h) > MAX_WHOLE_SIDE {
        let ratio = f64::from(MAX_WHOLE_SIDE) / f64::from(w.max(h));
        (w, h) = (on_grid(w, ratio), on_grid(h, ratio));
    }
    if w.min(h) < MIN_WHOLE_SIDE && w.min(h) > 0 {
        let ratio = f64::from(MIN_WHOLE_SIDE) / f64::from(w.min(h));
        (w, h) = (on_grid(w, ratio), on_grid(h, ratio));
    }
    (w, h)
}

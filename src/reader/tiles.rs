//! Which parts of a photo the detector looks at, and at which size.
//!
//! The whole photo is seen at no more than [`MAX_WHOLE_SIDE`]. A larger photo is then also seen at its own size in
//! overlapping tiles; if it needs more than [`MAX_TILES`] of them it is shrunk until they suffice. So the cost of a
//! photo is bounded, whatever its size.

use super::ReaderError;
use super::Tiling;
use super::detection::{Detected, TextBox, detect};
use super::merge::{Candidate, merge};
use super::network::Network;
use super::raster;
use image::{RgbImage, imageops};

/// The detector sees a photo as a whole at no more than this, px.
const MAX_WHOLE_SIDE: u32 = 2000;
/// Largest side of a tile, px.
const TILE_SIDE: u32 = 1760;
/// Least overlap of neighbouring tiles, px: lines up to this length are whole in one of them.
const TILE_OVERLAP: u32 = 224;
/// Tiles of one photo; 4 by 3 hold 24 megapixels.
const MAX_TILES: u32 = 12;
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
pub(super) fn search(network: &Network, photo: &RgbImage, tiling: Tiling) -> Result<Found, ReaderError> {
    let Some((picture, placement)) = whole(photo) else {
        let placement = Placement::identity(photo);
        return Ok(Found { boxes: vec![], dropped: 0, picture: None, placement });
    };
    let whole = detect(network, picture.as_ref().unwrap_or(photo))?;
    if tiling == Tiling::Off || photo.width().max(photo.height()) <= MAX_WHOLE_SIDE {
        return Ok(Found { boxes: whole.boxes, dropped: whole.dropped, picture, placement });
    }
    drop(picture);
    // From here on boxes are in px of the photo, so that lines are cut from it at full size.
    let mut candidates: Vec<Candidate> = whole
        .boxes
        .into_iter()
        .map(|b| Candidate::whole(TextBox { quad: b.quad.map(|p| placement.on_photo(p)), score: b.score }))
        .collect();
    let in_tiles = search_tiles(network, photo, &mut candidates)?;
    let boxes = merge(candidates);
    Ok(Found { boxes, dropped: whole.dropped + in_tiles, picture: None, placement: Placement::identity(photo) })
}

/// Adds what the detector sees in tiles; returns how many kernels it left out.
fn search_tiles(network: &Network, photo: &RgbImage, candidates: &mut Vec<Candidate>) -> Result<usize, ReaderError> {
    let (width, height) = tiled_size(photo.width(), photo.height());
    let scaled = ((width, height) != photo.dimensions()).then(|| raster::resize(photo, width, height));
    let searched = scaled.as_ref().unwrap_or(photo);
    let scale = [photo.width() as f32 / width as f32, photo.height() as f32 / height as f32];
    let mut dropped = 0;
    for tile in tiles(width, height) {
        let part = imageops::crop_imm(searched, tile.x, tile.y, tile.width, tile.height).to_image();
        let Detected { boxes, dropped: left_out } = detect(network, &part)?;
        dropped += left_out;
        for found in boxes {
            let cut = tile.cuts(&found, width, height);
            let place = |[x, y]: [f32; 2]| [(x + tile.x as f32) * scale[0], (y + tile.y as f32) * scale[1]];
            let quad = found.quad.map(place);
            candidates.push(Candidate::in_tile(TextBox { quad, score: found.score }, cut));
        }
    }
    Ok(dropped)
}

/// A part of a picture, px.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tile {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

impl Tile {
    /// Whether a box found in the tile ends at an edge that is not an edge of the picture.
    fn cuts(&self, found: &TextBox, picture_width: u32, picture_height: u32) -> bool {
        const MARGIN: f32 = 3.0;
        let (right, bottom) = (self.width as f32 - 1.0 - MARGIN, self.height as f32 - 1.0 - MARGIN);
        found.quad.iter().any(|&[x, y]| {
            (self.x > 0 && x <= MARGIN)
                || (self.y > 0 && y <= MARGIN)
                || (self.x + self.width < picture_width && x >= right)
                || (self.y + self.height < picture_height && y >= bottom)
        })
    }
}

/// Size of a photo so that [`MAX_TILES`] tiles hold it; its own size if they do.
fn tiled_size(width: u32, height: u32) -> (u32, u32) {
    let fits = |w: u32, h: u32| spans(w).len() as u64 * spans(h).len() as u64 <= u64::from(MAX_TILES);
    let mut scale = 1.0;
    loop {
        let shrunk = |side: u32| ((f64::from(side) * scale) as u32).max(1);
        let (w, h) = (shrunk(width), shrunk(height));
        if fits(w, h) {
            return (w, h);
        }
        scale *= 0.97;
    }
}

fn tiles(width: u32, height: u32) -> Vec<Tile> {
    let columns = spans(width);
    spans(height)
        .into_iter()
        .flat_map(|(y, height)| columns.iter().map(move |&(x, width)| Tile { x, y, width, height }))
        .collect()
}

/// Evenly spread, overlapping spans of at most [`TILE_SIDE`] that cover `length`: starts and lengths.
fn spans(length: u32) -> Vec<(u32, u32)> {
    if length <= TILE_SIDE {
        return vec![(0, length)];
    }
    let count = (length - TILE_OVERLAP).div_ceil(TILE_SIDE - TILE_OVERLAP);
    let span = (length + (count - 1) * TILE_OVERLAP).div_ceil(count);
    let last = length - span;
    (0..count).map(|i| ((u64::from(last) * u64::from(i) / u64::from(count - 1)) as u32, span)).collect()
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
        imageops::replace(&mut padded, picture.as_ref().unwrap_or(photo), 0, i64::from(bar));
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_follow_the_limits_of_rapidocr() {
        assert_eq!(scaled_size(1600, 1200), (1600, 1200));
        assert_eq!(scaled_size(4000, 3000), (1984, 1504));
        assert_eq!(scaled_size(100, 20), (160, 32));
        assert_eq!(scaled_size(1, 1), (32, 32));
    }

    #[test]
    fn a_flat_picture_gets_bars_and_its_boxes_lose_them() {
        let (picture, placement) = whole(&RgbImage::new(1000, 50)).expect("it is large enough");
        assert_eq!(picture.expect("it is padded").dimensions(), (1000, 250));
        assert_eq!(placement.on_photo([10.0, 120.0]), [10.0, 20.0]);
        assert_eq!(placement.on_photo([10.0, 20.0]), [10.0, 0.0]);
    }

    #[test]
    fn slivers_are_not_searched() {
        assert!(whole(&RgbImage::new(1, 1)).is_none());
        assert!(whole(&RgbImage::new(60_000, 5)).is_none());
        assert!(whole(&RgbImage::new(8, 2_000)).is_none());
    }

    #[test]
    fn a_photo_of_24_megapixels_is_tiled_at_its_own_size_and_a_larger_one_is_shrunk() {
        assert_eq!(tiled_size(6000, 4000), (6000, 4000));
        assert_eq!(tiles(6000, 4000).len(), 12);
        let (w, h) = tiled_size(20_000, 10_000);
        assert!(w < 20_000 && tiles(w, h).len() <= MAX_TILES as usize);
    }

    #[test]
    fn a_box_at_an_inner_edge_is_cut_and_one_at_the_edge_of_the_photo_is_not() {
        let tile = Tile { x: 100, y: 0, width: 200, height: 100 };
        let at =
            |x: f32, y: f32| TextBox { quad: [[x, y], [x + 20.0, y], [x + 20.0, y + 9.0], [x, y + 9.0]], score: 0.9 };
        assert!(tile.cuts(&at(0.0, 40.0), 300, 300));
        assert!(!tile.cuts(&at(179.0, 0.0), 300, 300));
        assert!(tile.cuts(&at(40.0, 90.0), 300, 300));
    }

    proptest! {
        #[test]
        fn spans_cover_and_overlap(length in 1u32..60_000) {
            let spans = spans(length);
            let mut covered = 0;
            for (i, &(start, span)) in spans.iter().enumerate() {
                prop_assert!(span <= TILE_SIDE);
                prop_assert!(i == 0 || start + TILE_OVERLAP - 1 <= covered, "{spans:?}");
                covered = start + span;
            }
            prop_assert_eq!(covered, length);
        }
    }
}

//! Where text is: the detection network and its differentiable-binarisation post-processing.
//!
//! The network gives each pixel the probability that it belongs to the shrunken kernel of a line. Kernels are
//! regions above [`KERNEL_THRESHOLD`]; each becomes the smallest rectangle around it, grown back to the text's size.
//! Numbers and rounding follow RapidOCR 1.4.4, so that the same crops reach the recogniser.

use super::ReaderError;
use super::blobs::{Blob, blobs};
use super::geometry::{Quad, RotatedRect, min_area_rect, unclip};
use super::network::Network;
use super::raster;
use image::RgbImage;
use rten_tensor::{Layout, NdTensor};

/// Probability from which a pixel belongs to a kernel.
const KERNEL_THRESHOLD: f32 = 0.3;
/// Mean probability that a box needs.
const BOX_THRESHOLD: f32 = 0.5;
/// How far kernels were shrunk in training.
const UNCLIP_RATIO: f64 = 1.6;
/// Kernels whose shorter side is below this are noise, px.
const MIN_KERNEL_SIDE: f64 = 3.0;
/// Kernels looked at in one pass: the largest ones.
const MAX_KERNELS: usize = 1000;
/// The network needs the shorter side to be at least this, px.
const MIN_INPUT_SIDE: f64 = 736.0;
/// Both sides of the network's input are multiples of this, px.
const GRID: f64 = 32.0;
/// The network takes about 200 bytes a pixel while it runs; this keeps it under 500 MB.
const MAX_INPUT_PIXELS: f64 = 2.2e6;

/// A line that the detector saw.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TextBox {
    /// Corners in px of the picture that was searched.
    pub(super) quad: Quad,
    /// Mean probability over the kernel, 0 to 1.
    pub(super) score: f32,
}

/// What one pass over a picture found.
#[derive(Debug, Default)]
pub(super) struct Detected {
    pub(super) boxes: Vec<TextBox>,
    /// Kernels that were left out because there were too many.
    pub(super) dropped: usize,
}

/// Finds lines of text in `picture`.
pub(super) fn detect(network: &Network, picture: &RgbImage) -> Result<Detected, ReaderError> {
    let Some((width, height)) = input_size(picture.width(), picture.height()) else {
        return Ok(Detected::default());
    };
    let scaled = raster::resize(picture, width, height);
    let (w, h) = (width as usize, height as usize);
    let mut planes = vec![0.0; 3 * w * h];
    raster::normalise_into(&scaled, &mut planes, w);
    drop(scaled);
    let map = network.run::<4>(&NdTensor::from_data([1, 3, h, w], planes))?;
    if map.shape() != [1, 1, h, w] {
        let reason = format!("its output has the shape {:?} instead of [1, 1, {h}, {w}]", map.shape());
        return Err(ReaderError::Run { file: network.file().to_owned(), reason });
    }
    Ok(boxes_from_map(&map.into_data(), w, picture.width(), picture.height()))
}

/// Size of the network's input for a picture; none when one side would vanish.
fn input_size(width: u32, height: u32) -> Option<(u32, u32)> {
    let (w, h) = (f64::from(width), f64::from(height));
    let grow = (MIN_INPUT_SIDE / w.min(h)).max(1.0);
    let fit = (MAX_INPUT_PIXELS.max(w * h) / (w * h * grow * grow)).sqrt().min(1.0);
    let ratio = if grow > 1.0 { grow * fit } else { 1.0 };
    let on_grid = |side: f64| ((side * ratio).floor() / GRID).round_ties_even() * GRID;
    let (w, h) = (on_grid(w), on_grid(h));
    (w > 0.0 && h > 0.0).then_some((w as u32, h as u32))
}

/// The boxes of a map of probabilities, given as rows of `columns`, on a picture of `width` × `height` px.
fn boxes_from_map(map: &[f32], columns: usize, width: u32, height: u32) -> Detected {
    let rows = map.len() / columns;
    let mut kernels = blobs(&dilated_mask(map, columns), columns);
    let dropped = kernels.len().saturating_sub(MAX_KERNELS);
    if dropped > 0 {
        kernels.sort_by_key(|k| std::cmp::Reverse(k.pixels));
        kernels.truncate(MAX_KERNELS);
    }
    let scale = [f64::from(width) / columns as f64, f64::from(height) / rows as f64];
    let boxes = kernels
        .into_iter()
        .filter_map(|kernel| {
            let (rect, score) = scored_rect(kernel, map, columns, rows)?;
            Some(TextBox { quad: on_photo(&rect, scale, width, height)?, score })
        })
        .collect();
    Detected { boxes, dropped }
}

/// Pixels above the threshold, spread by one to the right and down (OpenCV's dilation by a 2 × 2 square).
fn dilated_mask(map: &[f32], columns: usize) -> Vec<bool> {
    let above = |i: usize| map[i] > KERNEL_THRESHOLD;
    (0..map.len())
        .map(|i| {
            let (left, up) = (i % columns > 0, i >= columns);
            above(i) || (left && above(i - 1)) || (up && above(i - columns)) || (left && up && above(i - columns - 1))
        })
        .collect()
}

fn scored_rect(kernel: Blob, map: &[f32], columns: usize, rows: usize) -> Option<(RotatedRect, f32)> {
    let rect = min_area_rect(kernel.ends)?;
    if rect.shorter_side() < MIN_KERNEL_SIDE {
        return None;
    }
    let score = mean_inside(&rect, map, columns, rows);
    if score < BOX_THRESHOLD {
        return None;
    }
    let grown = unclip(&rect, UNCLIP_RATIO)?;
    (grown.shorter_side() >= MIN_KERNEL_SIDE + 2.0).then_some((grown, score))
}

/// Mean of the map over the pixels that a rectangle touches, its corners cut to whole px.
fn mean_inside(rect: &RotatedRect, map: &[f32], columns: usize, rows: usize) -> f32 {
    let quad = rect.corners.map(|[x, y]| [x.trunc(), y.trunc()]);
    let lowest = |axis: usize| quad.iter().map(|p| p[axis]).fold(f64::MAX, f64::min);
    let highest = |axis: usize| quad.iter().map(|p| p[axis]).fold(f64::MIN, f64::max);
    let first = lowest(1).max(0.0) as usize;
    let last = highest(1).clamp(0.0, rows as f64 - 1.0) as usize;
    let (mut sum, mut count) = (0.0f64, 0usize);
    for y in first..=last {
        let Some((from, to)) = span(&quad, y as f64) else { continue };
        let from = from.round().clamp(0.0, columns as f64 - 1.0) as usize;
        let to = to.round().clamp(0.0, columns as f64 - 1.0) as usize;
        sum += map[y * columns + from..=y * columns + to].iter().map(|&p| f64::from(p)).sum::<f64>();
        count += to - from + 1;
    }
    if count == 0 { 0.0 } else { (sum / count as f64) as f32 }
}

/// The least and greatest x of a quad's outline within half a pixel of the row `y`.
fn span(quad: &[[f64; 2]; 4], y: f64) -> Option<(f64, f64)> {
    let mut span: Option<(f64, f64)> = None;
    for i in 0..4 {
        let (a, b) = (quad[i], quad[(i + 1) % 4]);
        let (top, bottom) = if a[1] <= b[1] { (a, b) } else { (b, a) };
        let (from, to) = ((y - 0.5).max(top[1]), (y + 0.5).min(bottom[1]));
        if from > to {
            continue;
        }
        for at in [from, to] {
            let t = if bottom[1] > top[1] { (at - top[1]) / (bottom[1] - top[1]) } else { 0.0 };
            let x = top[0] + t * (bottom[0] - top[0]);
            let ends = if bottom[1] > top[1] { [x, x] } else { [top[0], bottom[0]] };
            for x in ends {
                span = Some(span.map_or((x, x), |(lo, hi)| (lo.min(x), hi.max(x))));
            }
        }
    }
    span
}

/// A rectangle of the map in whole px of the picture, clipped to it; none when hardly anything is left.
fn on_photo(rect: &RotatedRect, scale: [f64; 2], width: u32, height: u32) -> Option<Quad> {
    let edge = [f64::from(width), f64::from(height)];
    let scaled = RotatedRect {
        corners: rect.corners.map(|p| [0, 1].map(|i| (p[i] * scale[i]).round_ties_even().clamp(0.0, edge[i]))),
        sides: rect.sides,
    };
    let quad = scaled.clockwise().map(|p| [0, 1].map(|i| p[i].min(edge[i] - 1.0) as f32));
    let side = |a: [f32; 2], b: [f32; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
    (side(quad[0], quad[1]) >= 4.0 && side(quad[0], quad[3]) >= 4.0).then_some(quad)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A map of zeros with ones in rows `y` and columns `x`.
    fn map_with(columns: usize, rows: usize, x: std::ops::Range<usize>, y: std::ops::Range<usize>) -> Vec<f32> {
        let mut data = vec![0.0; columns * rows];
        for row in y {
            data[row * columns + x.start..row * columns + x.end].fill(1.0);
        }
        data
    }

    #[test]
    fn the_input_is_on_the_grid_and_large_enough() {
        assert_eq!(input_size(1600, 1200), Some((1600, 1216)));
        assert_eq!(input_size(480, 640), Some((736, 992)));
        assert_eq!(input_size(1280, 720), Some((1312, 736)));
    }

    #[test]
    fn the_input_stays_bounded_for_narrow_pictures() {
        let (w, h) = input_size(2000, 20).expect("it is not empty");
        assert!(f64::from(w) * f64::from(h) <= 1.1 * MAX_INPUT_PIXELS, "{w} x {h}");
        assert_eq!(input_size(2000, 0), None);
    }

    #[test]
    fn a_kernel_becomes_a_box_of_the_size_of_the_text() {
        let found = boxes_from_map(&map_with(320, 160, 40..240, 60..80), 320, 640, 320);
        assert_eq!(found.boxes.len(), 1, "{found:?}");
        let line = &found.boxes[0];
        // Dilated to 201 by 21 px; grown by 1.6 * 200 * 20 / 440 = 14.5 px a side; then doubled.
        let [tl, _, br, _] = line.quad;
        assert!((tl[0] - 51.0).abs() <= 2.0 && (tl[1] - 91.0).abs() <= 2.0, "{line:?}");
        assert!((br[0] - 509.0).abs() <= 2.0 && (br[1] - 189.0).abs() <= 2.0, "{line:?}");
        // One row and one column of the rectangle come from dilation and are 0.
        assert!((line.score - 4000.0 / 4221.0).abs() < 1e-3, "{line:?}");
    }

    #[test]
    fn faint_and_tiny_kernels_are_noise() {
        let mut faint = map_with(320, 160, 40..240, 60..80);
        faint.iter_mut().for_each(|v| *v *= 0.4);
        assert!(boxes_from_map(&faint, 320, 320, 160).boxes.is_empty());
        assert!(boxes_from_map(&map_with(320, 160, 40..42, 60..62), 320, 320, 160).boxes.is_empty());
    }

    #[test]
    fn ten_thousand_kernels_are_cut_to_the_largest() {
        let mut data = vec![0.0; 1000 * 1000];
        for i in 0..10_000 {
            let (x, y) = (i % 100 * 10, i / 100 * 10);
            for row in y..y + 5 {
                data[row * 1000 + x..row * 1000 + x + 5].fill(1.0);
            }
        }
        let found = boxes_from_map(&data, 1000, 1000, 1000);
        assert_eq!(found.dropped, 9000);
        assert!(found.boxes.len() <= MAX_KERNELS);
    }
}

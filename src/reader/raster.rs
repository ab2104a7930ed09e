//! Resampling of pictures the way the models were trained with it: OpenCV's bilinear resize (half-pixel centres, no
//! smoothing when shrinking) and bicubic perspective crops with repeated edges.

use super::geometry::{Quad, extent};
use image::RgbImage;
use rayon::prelude::*;

/// Height of the strip in which the direction and recognition models see a line, px.
pub(super) const STRIP_HEIGHT: usize = 48;

/// For each output index: the two input indices and the weight of the second.
fn bilinear_taps(from: u32, to: u32) -> Vec<(usize, usize, f32)> {
    let scale = f64::from(from) / f64::from(to);
    (0..to)
        .map(|i| {
            let at = ((f64::from(i) + 0.5) * scale - 0.5).clamp(0.0, f64::from(from - 1));
            let low = at.floor() as usize;
            (low, (low + 1).min(from as usize - 1), (at - at.floor()) as f32)
        })
        .collect()
}

/// `photo` at `width` × `height` px, bilinear.
pub(super) fn resize(photo: &RgbImage, width: u32, height: u32) -> RgbImage {
    if photo.dimensions() == (width, height) {
        return photo.clone();
    }
    let columns = bilinear_taps(photo.width(), width);
    let rows = bilinear_taps(photo.height(), height);
    let stride = photo.width() as usize * 3;
    let pixels = photo.as_raw();
    let mut out = RgbImage::new(width, height);
    out.par_chunks_mut(width as usize * 3).zip(rows.par_iter()).for_each(|(row, &(y0, y1, fy))| {
        let (upper, lower) = (&pixels[y0 * stride..][..stride], &pixels[y1 * stride..][..stride]);
        for (pixel, &(x0, x1, fx)) in row.chunks_exact_mut(3).zip(&columns) {
            for c in 0..3 {
                let mix = |line: &[u8]| {
                    let (a, b) = (f32::from(line[x0 * 3 + c]), f32::from(line[x1 * 3 + c]));
                    a + (b - a) * fx
                };
                let (a, b) = (mix(upper), mix(lower));
                pixel[c] = (a + (b - a) * fy + 0.5) as u8;
            }
        }
    });
    out
}

/// Writes `picture` into the left of `planes`: three planes (blue, green, red) of `picture`'s height and `stride`
/// columns, each value mapped from 0..255 to -1..1. Columns beyond the picture are left as they are.
pub(super) fn normalise_into(picture: &RgbImage, planes: &mut [f32], stride: usize) {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let (blue, rest) = planes.split_at_mut(stride * height);
    let (green, red) = rest.split_at_mut(stride * height);
    let scale = |v: u8| f32::from(v) * (2.0 / 255.0) - 1.0;
    for (y, row) in picture.as_raw().chunks_exact(width * 3).enumerate() {
        let span = y * stride..y * stride + width;
        let (b, g, r) = (&mut blue[span.clone()], &mut green[span.clone()], &mut red[span]);
        for (x, pixel) in row.chunks_exact(3).enumerate() {
            r[x] = scale(pixel[0]);
            g[x] = scale(pixel[1]);
            b[x] = scale(pixel[2]);
        }
    }
}

/// Width and height in whole px of the upright picture of a quad; both at least 1.
pub(super) fn crop_size(quad: &Quad) -> (u32, u32) {
    let [w, h] = extent(quad);
    ((w as u32).max(1), (h as u32).max(1))
}

/// The part of `photo` under `quad`, made rectangular.
pub(super) fn rectify(photo: &RgbImage, quad: &Quad) -> RgbImage {
    let (width, height) = crop_size(quad);
    let Some(map) = Perspective::from_rectangle(width, height, quad) else {
        return RgbImage::new(width, height);
    };
    let mut out = RgbImage::new(width, height);
    for (x, y, pixel) in out.enumerate_pixels_mut() {
        let (sx, sy) = map.apply(f64::from(x), f64::from(y));
        pixel.0 = bicubic(photo, sx, sy);
    }
    out
}

/// A projective map of the plane: the first two rows and the third without its last entry, which is 1.
struct Perspective([f64; 8]);

impl Perspective {
    /// The map that takes the corners of a `width` × `height` rectangle to those of `quad`; none when the quad is
    /// degenerate. Closed form of Heckbert, Fundamentals of Texture Mapping and Image Warping (1989), section 2.2.3.
    fn from_rectangle(width: u32, height: u32, quad: &Quad) -> Option<Self> {
        let [p0, p1, p2, p3] = quad.map(|p| p.map(f64::from));
        let (w, h) = (f64::from(width), f64::from(height));
        let d1 = [p1[0] - p2[0], p1[1] - p2[1]];
        let d2 = [p3[0] - p2[0], p3[1] - p2[1]];
        let sum = [p0[0] - p1[0] + p2[0] - p3[0], p0[1] - p1[1] + p2[1] - p3[1]];
        let det = d1[0] * d2[1] - d2[0] * d1[1];
        if det.abs() < 1e-9 {
            return None;
        }
        let g = (sum[0] * d2[1] - d2[0] * sum[1]) / det;
        let k = (d1[0] * sum[1] - sum[0] * d1[1]) / det;
        Some(Self([
            (p1[0] - p0[0] + g * p1[0]) / w,
            (p3[0] - p0[0] + k * p3[0]) / h,
            p0[0],
            (p1[1] - p0[1] + g * p1[1]) / w,
            (p3[1] - p0[1] + k * p3[1]) / h,
            p0[1],
            g / w,
            k / h,
        ]))
    }

    fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        let [a, b, c, d, e, f, g, h] = self.0;
        let z = g * x + h * y + 1.0;
        ((a * x + b * y + c) / z, (d * x + e * y + f) / z)
    }
}

/// Weights of the four pixels around a position that lies `t` beyond the second: Keys' cubic with a = -0.75, as in OpenCV.
fn cubic_weights(t: f32) -> [f32; 4] {
    const A: f32 = -0.75;
    let outer = |d: f32| ((A * d - 5.0 * A) * d + 8.0 * A) * d - 4.0 * A;
    let inner = |d: f32| ((A + 2.0) * d - (A + 3.0)) * d * d + 1.0;
    let (a, b, c) = (outer(t + 1.0), inner(t), inner(1.0 - t));
    [a, b, c, 1.0 - a - b - c]
}

fn bicubic(photo: &RgbImage, x: f64, y: f64) -> [u8; 3] {
    let (width, height) = (photo.width() as usize, photo.height() as usize);
    // A projective map of a clipped quad stays in the photo; the clamp keeps a degenerate one from overflowing.
    let (x, y) = (x.clamp(-1.0, width as f64), y.clamp(-1.0, height as f64));
    // OpenCV maps to 1/32 px.
    let (x, y) = ((x * 32.0).round() / 32.0, (y * 32.0).round() / 32.0);
    let (wx, wy) = (cubic_weights((x - x.floor()) as f32), cubic_weights((y - y.floor()) as f32));
    let (left, top) = (x.floor() as isize - 1, y.floor() as isize - 1);
    let pixels = photo.as_raw();
    let mut sum = [0f32; 3];
    for (j, wy) in wy.into_iter().enumerate() {
        let row = (top + j as isize).clamp(0, height as isize - 1) as usize * width;
        for (i, wx) in wx.into_iter().enumerate() {
            let at = (row + (left + i as isize).clamp(0, width as isize - 1) as usize) * 3;
            for c in 0..3 {
                sum[c] += wx * wy * f32::from(pixels[at + c]);
            }
        }
    }
    sum.map(|v| v.round().clamp(0.0, 255.0) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    fn ramp(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| Rgb([(x * 7 % 256) as u8, (y * 11 % 256) as u8, ((x + y) % 256) as u8]))
    }

    #[test]
    fn an_upright_quad_is_cut_out_unchanged() {
        let photo = ramp(30, 20);
        let crop = rectify(&photo, &[[4.0, 3.0], [14.0, 3.0], [14.0, 9.0], [4.0, 9.0]]);
        assert_eq!(crop, image::imageops::crop_imm(&photo, 4, 3, 10, 6).to_image());
    }

    #[test]
    fn a_turned_quad_is_read_along_its_first_side() {
        let photo = ramp(30, 30);
        // The first side runs down the photo: the crop is the photo turned by a quarter.
        let crop = rectify(&photo, &[[20.0, 5.0], [20.0, 15.0], [12.0, 15.0], [12.0, 5.0]]);
        assert_eq!(crop.dimensions(), (10, 8));
        assert_eq!(crop.get_pixel(3, 2), photo.get_pixel(18, 8));
    }

    #[test]
    fn a_quad_without_area_gives_a_blank_crop_and_no_panic() {
        let crop = rectify(&ramp(9, 9), &[[3.0, 3.0]; 4]);
        assert_eq!(crop.dimensions(), (1, 1));
    }

    #[test]
    fn halving_averages_four_pixels() {
        let photo =
            RgbImage::from_raw(2, 2, vec![0, 0, 0, 100, 100, 100, 50, 50, 50, 250, 250, 250]).expect("12 bytes");
        assert_eq!(resize(&photo, 1, 1).get_pixel(0, 0).0, [100; 3]);
    }

    #[test]
    fn planes_are_blue_green_red_from_minus_one_to_one() {
        let photo = RgbImage::from_raw(1, 1, vec![255, 0, 51]).expect("3 bytes");
        let mut planes = vec![9.0; 6];
        normalise_into(&photo, &mut planes, 2);
        assert!((planes[0] + 0.6).abs() < 1e-6 && planes[2] == -1.0 && planes[4] == 1.0);
        assert_eq!(planes[1], 9.0);
    }
}

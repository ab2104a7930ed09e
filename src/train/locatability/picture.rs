//! Statistics of the pixels, for when there is no model at all. A heuristic that nobody has validated: it tells blank and blurred
//! pictures from busy ones, not a street in Lima from a living room.

use image::imageops::{self, FilterType};
use image::{GrayImage, RgbImage};
use serde::{Deserialize, Serialize};

/// Longer side that pictures are brought down to, px, so that their statistics compare; smaller ones stay.
const SIDE_PX: u32 = 512;
/// Variance of the Laplacian that counts a half: about that of a photo that is neither soft nor crisp at this size.
const HALF_SHARP: f64 = 200.0;
/// Length of Sobel's gradient, of at most 1443, from which a pixel is an edge, and up to which it is flat.
const EDGE: f64 = 160.0;
const FLAT: f64 = 40.0;
/// Share of edges that counts full.
const FULL_EDGES: f64 = 0.25;
/// Steps of each colour in the histogram, and the bits of its entropy at most.
const COLOUR_STEPS: usize = 4;
const MOST_BITS: f64 = 6.0;

/// What a picture's pixels are like; each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// `v / (v + 200)` of the variance `v` of the Laplacian of the grey picture (Pech-Pacheco et al. 2000, "Diatom autofocusing in
    /// brightfield microscopy").
    pub sharpness: f64,
    /// Share of pixels that are edges, over 0.25.
    pub edges: f64,
    /// Entropy of the colours in 64 bins, over 6 bits.
    pub colours: f64,
    /// Share of pixels that may be sky: flat, in the upper half, blue or nearly white.
    pub sky: f64,
}

impl Statistics {
    /// Looks at a picture; one of fewer than 3 x 3 px has nothing to it.
    #[must_use]
    pub fn of(picture: &RgbImage) -> Self {
        let longer = picture.width().max(picture.height());
        let smaller;
        let picture = if longer > SIDE_PX {
            let side = |px: u32| (u64::from(px) * u64::from(SIDE_PX) / u64::from(longer)).max(1) as u32;
            smaller = imageops::resize(picture, side(picture.width()), side(picture.height()), FilterType::Triangle);
            &smaller
        } else {
            picture
        };
        if picture.width() < 3 || picture.height() < 3 {
            return Self { sharpness: 0.0, edges: 0.0, colours: 0.0, sky: 0.0 };
        }
        let grey = imageops::grayscale(picture);
        let (width, height) = picture.dimensions();
        let inner = f64::from(width - 2) * f64::from(height - 2);
        let (mut sum, mut squares, mut edges, mut sky) = (0.0, 0.0, 0usize, 0usize);
        for y in 1..height - 1 {
            for x in 1..width - 1 {
                let (laplacian, gradient) = derivatives(&grey, x, y);
                sum += laplacian;
                squares += laplacian * laplacian;
                edges += usize::from(gradient >= EDGE);
                sky += usize::from(y < height / 2 && gradient <= FLAT && is_sky(picture.get_pixel(x, y).0));
            }
        }
        let mean = sum / inner;
        let variance = (squares / inner - mean * mean).max(0.0);
        Self {
            sharpness: variance / (variance + HALF_SHARP),
            edges: (edges as f64 / inner / FULL_EDGES).min(1.0),
            colours: (colour_bits(picture) / MOST_BITS).min(1.0),
            sky: sky as f64 / inner,
        }
    }

    /// The score: `(sharpness + edges + colours) / 3 * (1 - sky)`, in [0, 1].
    #[must_use]
    pub fn score(&self) -> f64 {
        ((self.sharpness + self.edges + self.colours) / 3.0 * (1.0 - self.sky)).clamp(0.0, 1.0)
    }
}

/// The Laplacian with four neighbours, and the length of Sobel's gradient, at an inner pixel.
fn derivatives(grey: &GrayImage, x: u32, y: u32) -> (f64, f64) {
    let at = |dx: u32, dy: u32| f64::from(grey.get_pixel(x + dx - 1, y + dy - 1).0[0]);
    let laplacian = at(1, 0) + at(1, 2) + at(0, 1) + at(2, 1) - 4.0 * at(1, 1);
    let across = at(2, 0) + 2.0 * at(2, 1) + at(2, 2) - at(0, 0) - 2.0 * at(0, 1) - at(0, 2);
    let down = at(0, 2) + 2.0 * at(1, 2) + at(2, 2) - at(0, 0) - 2.0 * at(1, 0) - at(2, 0);
    (laplacian, across.hypot(down))
}

fn is_sky([r, g, b]: [u8; 3]) -> bool {
    let is_blue = b > 110 && b > r.saturating_add(10) && b >= g;
    is_blue || r.min(g).min(b) >= 215
}

/// Entropy of the colours, bits.
fn colour_bits(picture: &RgbImage) -> f64 {
    let mut counts = [0usize; COLOUR_STEPS * COLOUR_STEPS * COLOUR_STEPS];
    let step = |value: u8| usize::from(value) * COLOUR_STEPS / 256;
    for pixel in picture.pixels() {
        let [r, g, b] = pixel.0;
        counts[(step(r) * COLOUR_STEPS + step(g)) * COLOUR_STEPS + step(b)] += 1;
    }
    let all = f64::from(picture.width()) * f64::from(picture.height());
    counts.iter().filter(|&&n| n > 0).map(|&n| n as f64 / all).map(|p| -p * p.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;
    use proptest::prelude::*;

    fn wall() -> RgbImage {
        RgbImage::from_pixel(320, 240, Rgb([188, 176, 150]))
    }

    /// Houses with windows under a sky, of other colours each, and grain.
    fn street() -> RgbImage {
        let mut random = fastrand::Rng::with_seed(1);
        RgbImage::from_fn(320, 240, |x, y| {
            let house = (x / 40) as u8;
            let is_window = x % 40 % 13 > 8 && y % 17 > 8;
            let base = match (y < 40, is_window) {
                (true, _) => return Rgb([120, 160, 230]),
                (false, true) => [30, 30, 40],
                (false, false) => [60 + house * 20, 220 - house * 25, 30 + house % 3 * 20],
            };
            Rgb(base.map(|v: u8| v.saturating_add(random.u8(0..25))))
        })
    }

    #[test]
    fn a_street_tells_more_than_a_wall_and_than_itself_out_of_focus() {
        let blurred = imageops::blur(&street(), 6.0);
        let [wall, blurred, street] = [wall(), blurred, street()].map(|picture| Statistics::of(&picture));
        assert_eq!((wall.sharpness, wall.edges, wall.colours, wall.score()), (0.0, 0.0, 0.0, 0.0));
        assert!(street.score() > 0.5 && street.score() > 2.0 * blurred.score(), "{street:?} {blurred:?}");
        assert!(blurred.score() > wall.score());
    }

    #[test]
    fn the_sky_is_what_is_flat_and_bright_above() {
        let sky = Statistics::of(&street()).sky;
        assert!((sky - 40.0 / 240.0).abs() < 0.02, "{sky}");
        let below = imageops::flip_vertical(&street());
        assert_eq!(Statistics::of(&below).sky, 0.0);
        let all = RgbImage::from_pixel(64, 64, Rgb([230, 230, 235]));
        assert!(Statistics::of(&all).sky > 0.45);
    }

    #[test]
    fn large_pictures_are_judged_at_the_size_of_small_ones() {
        let large = imageops::resize(&street(), 1280, 960, FilterType::Nearest);
        let small = imageops::resize(&large, 512, 384, FilterType::Triangle);
        assert_eq!(Statistics::of(&large), Statistics::of(&small));
    }

    proptest! {
        #[test]
        fn any_picture_has_statistics_from_0_to_1(width in 0u32..12, height in 0u32..700, seed in any::<u64>()) {
            let mut random = fastrand::Rng::with_seed(seed);
            let picture = RgbImage::from_fn(width, height, |_, _| Rgb([random.u8(..), random.u8(..), random.u8(..)]));
            let found = Statistics::of(&picture);
            for value in [found.sharpness, found.edges, found.colours, found.sky, found.score()] {
                prop_assert!((0.0..=1.0).contains(&value), "{found:?}");
            }
        }
    }
}

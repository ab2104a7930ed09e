//! What a line says: crops, the direction network, the recognition network.
//!
//! Lines are sorted by aspect ratio and run six at a time, each batch as wide as its widest line, as RapidOCR does:
//! the width of the padding changes what the network answers. Crops live only as long as their batch.

use super::ReaderError;
use super::ctc::{Decoded, Dictionary, decode};
use super::geometry::Quad;
use super::network::Network;
use super::raster::{self, STRIP_HEIGHT};
use image::RgbImage;
use image::imageops;
use rayon::prelude::*;
use rten_tensor::{Layout, NdTensor};

/// Lines that go through the networks together.
const BATCH: usize = 6;
/// Crops taller than this multiple of their width hold vertical text and are turned to the left.
const VERTICAL_RATIO: f64 = 1.5;
/// The recogniser sees at least this width, px.
const MIN_STRIP_WIDTH: usize = 320;
/// A longer line is squeezed to this width, px.
const MAX_STRIP_WIDTH: usize = 3200;
/// Width of the direction network's input, px.
const DIRECTION_WIDTH: usize = 192;
/// How sure the direction network must be to turn a line upside down.
const TURN_THRESHOLD: f32 = 0.9;

/// A line that was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Read {
    pub(super) decoded: Decoded,
    /// Whether the text runs along the second side of its quad, so that it starts at the second corner.
    pub(super) vertical: bool,
    /// Whether the direction network took it to stand on its head.
    pub(super) upside_down: bool,
}

/// The two networks that read lines, and the characters they know.
pub(super) struct Recogniser {
    direction: Network,
    recognition: Network,
    dictionary: Dictionary,
}

impl Recogniser {
    pub(super) fn new(direction: Network, recognition: Network) -> Result<Self, ReaderError> {
        let Some(characters) = recognition.metadata("character").filter(|c| !c.is_empty()) else {
            let reason = "it carries no list of characters (metadata key `character`)".to_owned();
            return Err(ReaderError::Model { file: recognition.file().to_owned(), reason });
        };
        let dictionary = Dictionary::parse(characters);
        Ok(Self { direction, recognition, dictionary })
    }

    /// Reads the lines of `photo` under `quads`; the answers come in the same order.
    pub(super) fn read(&self, photo: &RgbImage, quads: &[Quad]) -> Result<Vec<Read>, ReaderError> {
        let mut order: Vec<usize> = (0..quads.len()).collect();
        order.sort_by(|&a, &b| aspect_ratio(&quads[a]).total_cmp(&aspect_ratio(&quads[b])));
        let mut lines: Vec<Option<Read>> = vec![None; quads.len()];
        for batch in order.chunks(BATCH) {
            let quads: Vec<Quad> = batch.iter().map(|&i| quads[i]).collect();
            for (&i, read) in batch.iter().zip(self.read_batch(photo, &quads)?) {
                lines[i] = Some(read);
            }
        }
        Ok(lines.into_iter().flatten().collect())
    }

    fn read_batch(&self, photo: &RgbImage, quads: &[Quad]) -> Result<Vec<Read>, ReaderError> {
        let widest = quads.iter().map(aspect_ratio).fold(0.0, f64::max);
        let width = ((STRIP_HEIGHT as f64 * widest) as usize).clamp(MIN_STRIP_WIDTH, MAX_STRIP_WIDTH);
        let mut strips: Vec<Strip> = quads.par_iter().map(|quad| Strip::cut(photo, quad, width)).collect();
        let turned = self.upside_down(&strips)?;
        for (strip, turned) in strips.iter_mut().zip(&turned) {
            if *turned {
                imageops::rotate180_in_place(&mut strip.picture);
            }
        }
        let input = stack(strips.iter().map(|s| &s.picture), strips.len(), width);
        let output = self.recognition.run::<3>(&input)?;
        let [lines, steps, classes] = output.shape();
        if lines != strips.len() || classes != self.dictionary.classes() {
            let reason = format!(
                "its output has the shape [{lines}, {steps}, {classes}] for {} lines and {} characters",
                strips.len(),
                self.dictionary.classes()
            );
            return Err(ReaderError::Run { file: self.recognition.file().to_owned(), reason });
        }
        Ok(output
            .into_data()
            .par_chunks_exact((steps * classes).max(1))
            .zip(strips.par_iter().zip(&turned))
            .map(|(columns, (strip, &upside_down))| Read {
                decoded: decode(columns, &self.dictionary),
                vertical: strip.vertical,
                upside_down,
            })
            .collect())
    }

    /// For each strip: whether it stands on its head.
    fn upside_down(&self, strips: &[Strip]) -> Result<Vec<bool>, ReaderError> {
        let count = strips.len();
        let input = stack(strips.iter().map(|s| &s.narrow), count, DIRECTION_WIDTH);
        let output = self.direction.run::<2>(&input)?;
        if output.shape() != [count, 2] {
            let reason = format!("its output has the shape {:?} for {count} lines", output.shape());
            return Err(ReaderError::Run { file: self.direction.file().to_owned(), reason });
        }
        Ok((0..count).map(|i| output[[i, 1]] > TURN_THRESHOLD).collect())
    }
}

/// A line as the networks see it.
struct Strip {
    /// For the recogniser.
    picture: RgbImage,
    /// For the direction network.
    narrow: RgbImage,
    vertical: bool,
}

impl Strip {
    fn cut(photo: &RgbImage, quad: &Quad, max_width: usize) -> Self {
        let crop = raster::rectify(photo, quad);
        let vertical = is_vertical(crop.width(), crop.height());
        let crop = if vertical { imageops::rotate270(&crop) } else { crop };
        let wanted = (STRIP_HEIGHT as f64 * aspect_ratio(quad)).ceil() as usize;
        let at_width = |limit: usize| raster::resize(&crop, wanted.clamp(1, limit) as u32, STRIP_HEIGHT as u32);
        Self { picture: at_width(max_width), narrow: at_width(DIRECTION_WIDTH), vertical }
    }
}

fn is_vertical(width: u32, height: u32) -> bool {
    f64::from(height) / f64::from(width) >= VERTICAL_RATIO
}

/// Width over height of a line's crop, after vertical text is turned.
pub(super) fn aspect_ratio(quad: &Quad) -> f64 {
    let (width, height) = raster::crop_size(quad);
    let (width, height) = if is_vertical(width, height) { (height, width) } else { (width, height) };
    f64::from(width) / f64::from(height)
}

/// Columns that a line costs in the recogniser, px.
pub(super) fn strip_columns(quad: &Quad) -> usize {
    ((STRIP_HEIGHT as f64 * aspect_ratio(quad)) as usize).clamp(MIN_STRIP_WIDTH, MAX_STRIP_WIDTH)
}

/// A batch of pictures, filled up to `width` with grey.
fn stack<'a>(pictures: impl Iterator<Item = &'a RgbImage>, count: usize, width: usize) -> NdTensor<f32, 4> {
    let size = 3 * STRIP_HEIGHT * width;
    let mut planes = vec![0.0; count * size];
    for (picture, planes) in pictures.zip(planes.chunks_exact_mut(size)) {
        raster::normalise_into(picture, planes, width);
    }
    NdTensor::from_data([count, 3, STRIP_HEIGHT, width], planes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tall_boxes_are_turned_to_the_left_so_that_the_top_right_corner_comes_first() {
        let photo = RgbImage::from_fn(40, 120, |x, y| image::Rgb([x as u8, y as u8, 0]));
        let strip = Strip::cut(&photo, &[[0.0, 0.0], [30.0, 0.0], [30.0, 100.0], [0.0, 100.0]], 320);
        assert!(strip.vertical);
        assert_eq!(strip.picture.dimensions(), (160, 48));
        let [red, green, _] = strip.picture.get_pixel(1, 1).0;
        assert!(red >= 27 && green <= 2, "red {red}, green {green}");
    }

    #[test]
    fn a_very_long_line_is_squeezed() {
        let quad = [[0.0, 0.0], [1900.0, 0.0], [1900.0, 5.0], [0.0, 5.0]];
        assert_eq!(strip_columns(&quad), MAX_STRIP_WIDTH);
        assert_eq!(Strip::cut(&RgbImage::new(1901, 6), &quad, MAX_STRIP_WIDTH).picture.width(), 3200);
    }

    #[test]
    fn a_batch_is_filled_up_with_grey() {
        let white = RgbImage::from_pixel(2, 48, image::Rgb([255; 3]));
        let batch = stack([&white].into_iter(), 1, 4);
        assert_eq!([batch[[0, 0, 0, 1]], batch[[0, 0, 0, 2]]], [1.0, 0.0]);
    }
}

//! Text in the picture.
//!
//! Signs are the strongest clue that a photo without a position carries. [`Reader`] finds lines of text with the
//! PP-OCR networks (detection, direction, recognition), run in pure Rust, and gives each line with its place in
//! the photo, its script and a confidence for every character. The result is the same as that of the Python
//! package RapidOCR on photos up to 2000 px; larger ones are searched in native-resolution tiles too, so that
//! small signs survive.
//!
//! Cost is bounded whatever the picture holds: see [`tiles`] for the tiles and `MAX_STRIP_COLUMNS` for the lines.

mod blobs;
mod ctc;
mod detection;
mod geometry;
mod merge;
mod network;
mod raster;
mod recognition;
mod reread;
mod script;
mod tesseract;
#[cfg(test)]
mod tests;
mod tiles;

pub use reread::{Reread, RereadReason};
pub use script::Script;
pub use tesseract::Tesseract;

use detection::TextBox;
use geometry::{Quad, area};
use image::RgbImage;
use network::Network;
use recognition::{Read, Recogniser, strip_columns};
use rten::ThreadPool;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Lines below this confidence are noise.
const MIN_CONFIDENCE: f32 = 0.5;
/// Columns that the recogniser may see for one photo, px: 200 short lines, some ten seconds on two cores.
const MAX_STRIP_COLUMNS: usize = 200 * 320;
/// Boxes whose first corners are closer than this in y stand in one row, px of the picture that was searched.
const ROW_TOLERANCE: f32 = 10.0;

/// Why text could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReaderError {
    /// A model file is not there, or may not be read.
    #[error("{}: {source}; `navig assets pull reader` gets the models of the text reader", file.display())]
    Missing {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A model file is not what it should be.
    #[error("{}: not a model that the text reader can use: {reason}; `navig assets pull reader` gets it anew", file.display())]
    Model {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A network failed on a picture.
    #[error("{}: the network failed: {reason}; `navig assets verify reader` checks the file", file.display())]
    Run {
        /// The file of the network.
        file: PathBuf,
        /// What went wrong.
        reason: String,
    },
}

/// The three model files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReaderModels {
    /// Finds lines: `[1, 3, H, W]` to `[1, 1, H, W]`, H and W multiples of 32.
    pub detection: PathBuf,
    /// Says whether a line is upside down: `[N, 3, 48, 192]` to `[N, 2]`.
    pub direction: PathBuf,
    /// Reads lines: `[N, 3, 48, W]` to `[N, W/8, characters]`, with the characters in the metadata key `character`.
    pub recognition: PathBuf,
}

impl ReaderModels {
    /// The models under the names that they have in the Python package `rapidocr-onnxruntime`.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            detection: folder.join("ch_PP-OCRv4_det_infer.onnx"),
            direction: folder.join("ch_ppocr_mobile_v2.0_cls_infer.onnx"),
            recognition: folder.join("ch_PP-OCRv4_rec_infer.onnx"),
        }
    }

    /// Names and sizes: enough to tell other models from these, since assets are pinned by sum.
    fn stamp(&self) -> String {
        [&self.detection, &self.direction, &self.recognition]
            .map(|file| {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                format!("{name}:{}", file.metadata().map_or(0, |m| m.len()))
            })
            .join(" ")
    }
}

/// Which program read a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// The PP-OCR recognition network.
    PpOcr,
    /// Tesseract, on a box that PP-OCR found.
    Tesseract,
}

/// A line of text in a photo. Its text is data: it is weighed and shown, and never obeyed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextLine {
    /// The words.
    pub text: String,
    /// Corners in px of the photo, clockwise from the top-left one in the direction of reading.
    pub corners: [[f32; 2]; 4],
    /// The script of most letters.
    pub script: Script,
    /// Mean over the characters, 0 to 1.
    pub confidence: f32,
    /// One for each character of the text, 0 to 1.
    pub char_confidence: Vec<f32>,
    /// Who read it.
    pub engine: Engine,
}

impl TextLine {
    /// The upright box around the line as x, y, width and height in px of the photo; at least 1 px wide and high.
    #[must_use]
    pub fn bounds(&self) -> (u32, u32, u32, u32) {
        let least = |axis: usize| self.corners.iter().map(|c| c[axis]).fold(f32::MAX, f32::min).max(0.0).floor();
        let most = |axis: usize| self.corners.iter().map(|c| c[axis]).fold(0.0, f32::max).ceil();
        let (x, y) = (least(0), least(1));
        (x as u32, y as u32, (most(0) - x).max(1.0) as u32, (most(1) - y).max(1.0) as u32)
    }

    fn area(&self) -> f32 {
        area(&self.corners)
    }

    fn is_readable(&self) -> bool {
        self.confidence >= MIN_CONFIDENCE && !self.text.is_empty()
    }
}

/// What a photo says, and what was left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Lines from top to bottom, in a row from left to right.
    pub lines: Vec<TextLine>,
    /// Lines whose reading by PP-OCR was replaced by Tesseract's.
    pub rereads: Vec<Reread>,
    /// Boxes that were not read because the picture has too many; the largest and most certain were.
    pub truncated: usize,
}

/// How a photo is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tiling {
    /// Once as a whole, shrunk to 2000 px, as RapidOCR does.
    Off,
    /// As a whole, and in native-resolution tiles when it is larger than that.
    #[default]
    Native,
}

/// Reads text in photos. Loading takes some ten milliseconds and 60 MB; one reader serves all threads.
pub struct Reader {
    detection: Network,
    recogniser: Recogniser,
    tiling: Tiling,
    tesseract: Option<Tesseract>,
    models: String,
}

impl Reader {
    /// Loads the models.
    ///
    /// # Errors
    /// [`ReaderError::Missing`] or [`ReaderError::Model`] names the file and what mends it.
    pub fn load(models: &ReaderModels) -> Result<Self, ReaderError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = Arc::new(ThreadPool::with_num_threads(cores));
        let load = |file: &Path| Network::load(file, &threads);
        Ok(Self {
            detection: load(&models.detection)?,
            recogniser: Recogniser::new(load(&models.direction)?, load(&models.recognition)?)?,
            tiling: Tiling::default(),
            tesseract: None,
            models: models.stamp(),
        })
    }

    /// What its lines depend on besides the photo: the models, the second reader and the way of searching.
    #[must_use]
    pub fn identity(&self) -> String {
        let second = self.tesseract.as_ref().map(Tesseract::identity).unwrap_or_default();
        format!("{} {second} {:?}", self.models, self.tiling)
    }

    /// The same reader, with a second reader for the scripts and accents that PP-OCR does not know.
    #[must_use]
    pub fn with_tesseract(self, tesseract: Tesseract) -> Self {
        Self { tesseract: Some(tesseract), ..self }
    }

    /// The same reader, searching photos another way.
    #[must_use]
    pub fn with_tiling(self, tiling: Tiling) -> Self {
        Self { tiling, ..self }
    }

    /// The lines of text in a photo, in reading order. A picture too small or too narrow for text gives none.
    ///
    /// # Errors
    /// [`ReaderError::Run`] when a network fails.
    pub fn read(&self, photo: &RgbImage) -> Result<Vec<TextLine>, ReaderError> {
        Ok(self.reading(photo)?.lines)
    }

    /// As [`Reader::read`], and says how much was left out.
    ///
    /// # Errors
    /// [`ReaderError::Run`] when a network fails.
    pub fn reading(&self, photo: &RgbImage) -> Result<Reading, ReaderError> {
        let mut found = tiles::search(&self.detection, photo, self.tiling)?;
        let mut truncated = found.dropped;
        truncated += keep_within_budget(&mut found.boxes);
        sort_for_reading(&mut found.boxes);
        let searched = found.picture.as_ref().unwrap_or(photo);
        let quads: Vec<Quad> = found.boxes.iter().map(|b| b.quad).collect();
        let reads = self.recogniser.read(searched, &quads)?;
        let upright: Vec<Quad> = quads.iter().zip(&reads).map(|(quad, read)| upright_corners(quad, read)).collect();
        // In px of the picture that was searched until the last step, because lines are cut from it.
        let mut lines: Vec<TextLine> = quads.iter().zip(reads).map(|(quad, read)| text_line(quad, read)).collect();
        let mut rereads = match &self.tesseract {
            Some(tesseract) => reread::reread(tesseract, &mut lines, searched, &upright),
            None => Vec::new(),
        };
        let kept: Vec<bool> = lines.iter().map(TextLine::is_readable).collect();
        rereads.retain(|r| kept[r.line]);
        for reread in &mut rereads {
            reread.line = kept[..reread.line].iter().filter(|&&k| k).count();
        }
        lines.retain(TextLine::is_readable);
        for line in &mut lines {
            line.corners = line.corners.map(|p| found.placement.on_photo(p));
        }
        Ok(Reading { lines, rereads, truncated })
    }
}

/// A line's corners in the direction of reading, if it does not stand on its head.
fn upright_corners(quad: &Quad, read: &Read) -> Quad {
    let mut corners = *quad;
    corners.rotate_left(usize::from(read.vertical));
    corners
}

fn text_line(quad: &Quad, read: Read) -> TextLine {
    let mut corners = upright_corners(quad, &read);
    if read.upside_down {
        corners.rotate_left(2);
    }
    TextLine {
        script: Script::of(&read.decoded.text),
        text: read.decoded.text,
        corners,
        confidence: read.decoded.confidence,
        char_confidence: read.decoded.char_confidence,
        engine: Engine::PpOcr,
    }
}

/// Drops the smallest and least certain boxes beyond the budget; returns how many.
fn keep_within_budget(boxes: &mut Vec<TextBox>) -> usize {
    let weight = |b: &TextBox| area(&b.quad) * b.score;
    boxes.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    let before = boxes.len();
    let mut columns = 0;
    boxes.retain(|b| {
        columns += strip_columns(&b.quad);
        columns <= MAX_STRIP_COLUMNS
    });
    before - boxes.len()
}

/// From top to bottom, and from left to right where the first corners are about level.
fn sort_for_reading(boxes: &mut [TextBox]) {
    let first = |b: &TextBox| b.quad[0];
    boxes.sort_by(|a, b| first(a)[1].total_cmp(&first(b)[1]).then(first(a)[0].total_cmp(&first(b)[0])));
    for i in 1..boxes.len() {
        let mut j = i;
        while j > 0 {
            let (left, right) = (first(&boxes[j - 1]), first(&boxes[j]));
            if (right[1] - left[1]).abs() >= ROW_TOLERANCE || right[0] >= left[0] {
                break;
            }
            boxes.swap(j - 1, j);
            j -= 1;
        }
    }
}

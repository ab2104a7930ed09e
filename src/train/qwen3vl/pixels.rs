//! From a picture to the numbers that the vision tower takes, as the serving engine does it.
//!
//! A model that is trained on other pixels than it is shown later learns something else. So sizes, filter and order of
//! operations are those of mistralrs 0.8.1 (`qwen3_vl/inputs_processor.rs`), which differs from transformers in three small
//! ways: halves are rounded up and not to even, sides below a token are refused, and a picture is resized with the `image`
//! crate's Catmull-Rom and not with torch's bicubic filter. Pictures of `Picture::fit` have sizes that
//! neither changes.

use super::config::{ConfigError, parse};
use crate::model::folder::read;
use candle_core::{Device, Tensor};
use image::RgbImage;
use image::imageops::{self, FilterType};
use serde::Deserialize;
use std::path::Path;

const PATCHES: &str =
    "without it nobody knows in which sizes the model was shown pictures; copy it from where the model came from";
/// A picture longer than this many times its width is refused.
const MAX_ASPECT: usize = 200;

/// Why a picture cannot be shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PixelsError {
    /// A shape that the model does not take.
    #[error(
        "a picture of {width} x {height} px: both sides need {least} px at least, and neither may have more than \
         {MAX_ASPECT} times the other; fit it first"
    )]
    Size {
        /// Width, px.
        width: u32,
        /// Height, px.
        height: u32,
        /// Side of a token, px.
        least: usize,
    },
    /// The tensor could not be made.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}

/// Size of a picture, patches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Grid {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl Grid {
    /// Tokens of the picture, where squares of `merge` x `merge` patches become one.
    #[must_use]
    pub fn tokens(self, merge: usize) -> usize {
        (self.height / merge) * (self.width / merge)
    }

    /// Row and column of every patch in the order in which the tower takes them: token by token, and within a token row by
    /// row.
    pub(super) fn patches(self, merge: usize) -> impl Iterator<Item = (usize, usize)> {
        let inside = move |at: usize| (at / merge, at % merge);
        let columns = self.width / merge;
        (0..self.tokens(merge)).flat_map(move |token| {
            let (top, left) = (token / columns * merge, token % columns * merge);
            (0..merge * merge).map(inside).map(move |(row, column)| (top + row, left + column))
        })
    }
}

/// How pictures are prepared: `preprocessor_config.json`.
#[derive(Debug, Clone, PartialEq)]
pub struct Preprocessor {
    min_pixels: usize,
    max_pixels: usize,
    patch: usize,
    merge: usize,
    temporal: usize,
    mean: [f64; 3],
    std: [f64; 3],
    filter: FilterType,
}

#[derive(Deserialize)]
struct File {
    size: Option<Size>,
    min_pixels: Option<u32>,
    max_pixels: Option<u32>,
    patch_size: Option<u32>,
    merge_size: Option<u32>,
    temporal_patch_size: Option<u32>,
    #[serde(alias = "norm_mean")]
    image_mean: Option<[f64; 3]>,
    #[serde(alias = "norm_std")]
    image_std: Option<[f64; 3]>,
    #[serde(alias = "resample")]
    resampling: Option<u32>,
}

/// Edges by name, numbers of pixels by meaning.
#[derive(Deserialize)]
struct Size {
    shortest_edge: Option<u32>,
    longest_edge: Option<u32>,
}

impl Preprocessor {
    /// Reads `preprocessor_config.json` of a model's folder; what it does not say is as the engine has it.
    ///
    /// # Errors
    /// [`ConfigError`] when it is missing, does not read, or names a filter that there is not.
    pub fn read(folder: &Path) -> Result<Self, ConfigError> {
        let path = folder.join("preprocessor_config.json");
        let file: File = parse(&path, &read(folder, "preprocessor_config.json", PATCHES)?)?;
        Self::of(&file).map_err(|reason| ConfigError::Unfit { path, reason })
    }

    fn of(file: &File) -> Result<Self, String> {
        let edge = |pick: fn(&Size) -> Option<u32>| file.size.as_ref().and_then(pick);
        let size = |said: Option<u32>, default: usize| said.map_or(default, |n| n as usize);
        let made = Self {
            min_pixels: size(file.min_pixels.or_else(|| edge(|size| size.shortest_edge)), 256 * 256),
            max_pixels: size(file.max_pixels.or_else(|| edge(|size| size.longest_edge)), 1536 * 1536),
            patch: size(file.patch_size, 14),
            merge: size(file.merge_size, 2),
            temporal: size(file.temporal_patch_size, 2),
            mean: file.image_mean.unwrap_or([0.481_454_66, 0.457_827_5, 0.408_210_73]),
            std: file.image_std.unwrap_or([0.268_629_54, 0.261_302_58, 0.275_777_11]),
            // Numbers of Pillow's filters; the engine takes Lanczos with 3 lobes and nearest for box.
            filter: match file.resampling {
                None | Some(3) => FilterType::CatmullRom,
                Some(0 | 4) => FilterType::Nearest,
                Some(1) => FilterType::Lanczos3,
                Some(2) => FilterType::Triangle,
                Some(other) => return Err(format!("there is no filter with the number {other}")),
            },
        };
        match [made.patch, made.merge, made.temporal].contains(&0) || made.std.iter().any(|&std| std <= 0.0) {
            true => Err("a size of the patches or a deviation is 0".to_owned()),
            false => Ok(made),
        }
    }

    /// Size of a picture, patches, without preparing it.
    ///
    /// # Errors
    /// [`PixelsError::Size`] for one that the model does not take.
    pub fn grid(&self, width: u32, height: u32) -> Result<Grid, PixelsError> {
        let wrong = || PixelsError::Size { width, height, least: self.patch * self.merge };
        let (height, width) = self.legal(height as usize, width as usize).ok_or_else(wrong)?;
        Ok(Grid { height: height / self.patch, width: width / self.patch })
    }

    /// Height and width that the engine resizes to, px: its `smart_resize`.
    fn legal(&self, height: usize, width: usize) -> Option<(usize, usize)> {
        let side = self.patch * self.merge;
        let (short, long) = (height.min(width), height.max(width));
        if short < side || long > short * MAX_ASPECT {
            return None;
        }
        let pixels = (height * width) as f64;
        let of = |length: usize, scale: f64, round: fn(f64) -> f64| {
            round(length as f64 * scale / side as f64) as usize * side
        };
        let nearest = (of(height, 1.0, f64::round), of(width, 1.0, f64::round));
        let legal = match nearest.0 * nearest.1 {
            area if area > self.max_pixels => {
                // Divided twice, as the engine does: another order of operations could end beside the same number.
                let shrink = (pixels / self.max_pixels as f64).sqrt();
                let of = |length: usize| (length as f64 / shrink / side as f64).floor() as usize * side;
                (of(height), of(width))
            }
            area if area < self.min_pixels => {
                let enlarge = (self.min_pixels as f64 / pixels).sqrt();
                (of(height, enlarge, f64::ceil), of(width, enlarge, f64::ceil))
            }
            _ => nearest,
        };
        (legal.0 > 0 && legal.1 > 0).then_some(legal)
    }

    /// The numbers of a picture, (patches, 3 x frames x side x side), in 32 bits on the processor, and its size.
    ///
    /// # Errors
    /// [`PixelsError::Size`] for a picture that the model does not take.
    pub fn patches(&self, picture: &RgbImage) -> Result<(Tensor, Grid), PixelsError> {
        let grid = self.grid(picture.width(), picture.height())?;
        let (width, height) = (grid.width * self.patch, grid.height * self.patch);
        let resized;
        let picture = match picture.dimensions() == (width as u32, height as u32) {
            true => picture,
            false => {
                resized = imageops::resize(picture, width as u32, height as u32, self.filter);
                &resized
            }
        };
        let tables = [0, 1, 2].map(|channel| self.table(channel));
        let patch_width = 3 * self.temporal * self.patch * self.patch;
        let mut numbers = Vec::with_capacity(grid.height * grid.width * patch_width);
        for (row, column) in grid.patches(self.merge) {
            for (channel, table) in tables.iter().enumerate() {
                let frame = numbers.len();
                for y in 0..self.patch {
                    let start = ((row * self.patch + y) * width + column * self.patch) * 3;
                    let line = &picture.as_raw()[start..start + self.patch * 3];
                    numbers.extend(line.iter().skip(channel).step_by(3).map(|&level| table[usize::from(level)]));
                }
                // A still picture is a film in which nothing moves.
                let end = numbers.len();
                for _ in 1..self.temporal {
                    numbers.extend_from_within(frame..end);
                }
            }
        }
        let patches = Tensor::from_vec(numbers, (grid.height * grid.width, patch_width), &Device::Cpu)?;
        Ok((patches, grid))
    }

    /// What each level of a channel becomes, in the engine's order of operations.
    fn table(&self, channel: usize) -> [f32; 256] {
        let (mean, std) = (self.mean[channel] as f32, self.std[channel] as f32);
        std::array::from_fn(|level| (level as f32 * (1.0 / 255.0) as f32 - mean) / std)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn preprocessor(file: serde_json::Value) -> Preprocessor {
        Preprocessor::of(&serde_json::from_value(file).expect("reads")).expect("fits")
    }

    fn qwen() -> Preprocessor {
        preprocessor(json!({
            "size": {"longest_edge": 16_777_216, "shortest_edge": 65_536}, "patch_size": 16, "merge_size": 2,
            "temporal_patch_size": 2, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]
        }))
    }

    #[test]
    fn sizes_are_the_engines() {
        let grid = |width, height| qwen().grid(width, height).map(|g| (g.width * 16, g.height * 16)).expect("legal");
        assert_eq!(grid(320, 256), (320, 256));
        // Rounded to the nearest token; a half goes up, where Python goes to even.
        assert_eq!(grid(333, 250), (320, 256));
        assert_eq!(grid(336, 336), (352, 352));
        // Below the floor both sides are enlarged, above the ceiling both are shrunk.
        assert_eq!(grid(64, 64), (256, 256));
        assert_eq!(grid(100, 50), (384, 192));
        assert_eq!(grid(8000, 4000), (5792, 2880));
    }

    #[test]
    fn what_the_engine_falls_over_is_refused() {
        for (width, height) in [(31, 400), (400, 31), (32, 6401), (0, 0)] {
            assert!(matches!(qwen().grid(width, height), Err(PixelsError::Size { .. })), "{width} x {height}");
        }
        assert!(qwen().grid(32, 6400).is_ok());
    }

    #[test]
    fn what_is_not_said_is_as_the_engine_has_it() {
        let bare = preprocessor(json!({}));
        assert_eq!((bare.patch, bare.merge, bare.temporal), (14, 2, 2));
        assert_eq!((bare.min_pixels, bare.max_pixels, bare.filter), (65_536, 1536 * 1536, FilterType::CatmullRom));
        assert_eq!(bare.mean[0], 0.481_454_66);
        let said =
            preprocessor(json!({"min_pixels": 1, "size": {"shortest_edge": 2, "longest_edge": 9}, "resample": 2}));
        assert_eq!((said.min_pixels, said.max_pixels, said.filter), (1, 9, FilterType::Triangle));
        for wrong in [json!({"resample": 7}), json!({"patch_size": 0}), json!({"image_std": [1.0, 0.0, 1.0]})] {
            assert!(Preprocessor::of(&serde_json::from_value(wrong).expect("reads")).is_err());
        }
    }

    #[test]
    fn a_patch_holds_channels_then_frames_then_lines() {
        let small = preprocessor(json!({
            "patch_size": 2, "merge_size": 2, "min_pixels": 1, "image_mean": [0.0, 0.0, 0.0], "image_std": [1.0, 1.0, 1.0]
        }));
        // 8 x 4 px: every level says where it stands.
        let picture =
            RgbImage::from_fn(8, 4, |x, y| image::Rgb([0, 100, 200].map(|channel| channel + (y * 8 + x) as u8)));
        let (patches, grid) = small.patches(&picture).expect("legal");
        assert_eq!((grid.height, grid.width, patches.dims()), (2, 4, &[8, 24][..]));
        let levels = |patch: usize| -> Vec<u32> {
            let numbers = patches.get(patch).and_then(|p| p.to_vec1::<f32>()).expect("numbers");
            numbers.iter().map(|n| (n * 255.0).round() as u32).collect()
        };
        let expected = |corner: u32| -> Vec<u32> {
            let frame = |channel| [0, 1, 8, 9].map(|step| corner + channel + step);
            [0, 0, 100, 100, 200, 200].into_iter().flat_map(frame).collect()
        };
        // Token by token: the left square of four patches, then the right one.
        for (patch, corner) in [0, 2, 16, 18, 4, 6, 20, 22].into_iter().enumerate() {
            assert_eq!(levels(patch), expected(corner), "patch {patch}");
        }
    }

    proptest! {
        #[test]
        fn legal_sizes_stay_and_others_become_legal(w in 32u32..3000, h in 32u32..3000) {
            prop_assume!(w.max(h) <= w.min(h) * 100);
            let grid = qwen().grid(w, h).expect("legal");
            prop_assert!(grid.width.is_multiple_of(2) && grid.height.is_multiple_of(2));
            let again = qwen().grid((grid.width * 16) as u32, (grid.height * 16) as u32).expect("legal");
            prop_assert_eq!(again, grid);
        }

        #[test]
        fn every_patch_has_its_place_once(rows in 1usize..6, columns in 1usize..6, merge in 1usize..4) {
            let grid = Grid { height: rows * merge, width: columns * merge };
            let mut places: Vec<_> = grid.patches(merge).collect();
            prop_assert_eq!(places.len(), grid.height * grid.width);
            places.sort_unstable();
            places.dedup();
            prop_assert_eq!(places.len(), grid.height * grid.width);
            prop_assert!(places.iter().all(|&(row, column)| row < grid.height && column < grid.width));
        }
    }
}

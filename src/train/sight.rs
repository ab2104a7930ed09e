//! What the frozen vision tower sees in a picture, worked out once and kept: it never changes, and costs more than a step.

use super::qwen3vl::{Grid, Preprocessor, Seen, Tower};
use crate::digest::hex;
use crate::model::Picture;
use crate::photo::{Limits, Photo, PhotoError};
use candle_core::{DType, Device, Tensor};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Why a picture was not seen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SightError {
    /// It is no photo.
    #[error(transparent)]
    Photo(#[from] PhotoError),
    /// Its pixels cannot be read here.
    #[error("{}: its pixels cannot be read without the program heif-convert; make a JPEG of it", path.display())]
    NoPixels {
        /// The picture.
        path: PathBuf,
    },
    /// It has a shape that the tower does not take.
    #[error("{}: {source}", path.display())]
    Pixels {
        /// The picture.
        path: PathBuf,
        /// What is wrong.
        source: super::qwen3vl::PixelsError,
    },
    /// The tensor library.
    #[error("{}: the vision tower fails: {source}", path.display())]
    Tower {
        /// The picture.
        path: PathBuf,
        /// What it says.
        source: candle_core::Error,
    },
    /// What was seen cannot be kept.
    #[error("{}: cannot be written: {source}; `--cache DIR` names another place", path.display())]
    Keep {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// A picture that was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked {
    /// Its size in patches.
    pub grid: Grid,
    /// What it is kept under.
    file: PathBuf,
}

impl Looked {
    /// What stands for the picture, at its size and by these weights.
    #[must_use]
    pub fn key(&self) -> String {
        self.file.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

/// A vision tower and what it saw.
pub struct Sight {
    tower: Tower,
    preprocessor: Preprocessor,
    dtype: DType,
    device: Device,
    budget_px: u32,
    folder: PathBuf,
}

impl Sight {
    /// A tower that keeps what it sees under `cache`, apart from what other weights and types of number saw.
    #[must_use]
    pub fn new(
        tower: Tower,
        preprocessor: Preprocessor,
        (dtype, device): (DType, &Device),
        budget_px: u32,
        base_sha256: &str,
        cache: &Path,
    ) -> Self {
        let key = hex(&Sha256::digest(format!("{base_sha256}\n{dtype:?}\n1")));
        let folder = cache.join("seen").join(&key[..24]);
        Self { tower, preprocessor, dtype, device: device.clone(), budget_px, folder }
    }

    /// Looks at a picture as serving would, unless it was seen before.
    ///
    /// # Errors
    /// [`SightError`] when it is no photo, or what was seen cannot be kept.
    pub fn look(&self, path: &Path) -> Result<Looked, SightError> {
        let photo = Photo::open(path, &Limits::default())?;
        let Some(pixels) = photo.pixels else { return Err(SightError::NoPixels { path: path.to_owned() }) };
        let picture = Picture::fit("photo", &pixels, self.budget_px);
        let pixels = |source| SightError::Pixels { path: path.to_owned(), source };
        let grid = self.preprocessor.grid(picture.width, picture.height).map_err(pixels)?;
        let file = self.folder.join(format!("{}.safetensors", picture.sha256));
        if !file.is_file() {
            let (patches, grid) = self.preprocessor.patches(&picture.pixels).map_err(pixels)?;
            let seen = patches
                .to_device(&self.device)
                .and_then(|patches| self.tower.forward(&patches, grid))
                .map_err(|source| SightError::Tower { path: path.to_owned(), source })?;
            keep(&file, &seen).map_err(|source| SightError::Keep { path: file.clone(), source })?;
        }
        Ok(Looked { grid, file })
    }

    /// What was seen.
    ///
    /// # Errors
    /// Those of the tensor library, when the file is gone.
    pub fn recall(&self, looked: &Looked) -> candle_core::Result<Seen> {
        let mut tensors = candle_core::safetensors::load(&looked.file, &self.device)?;
        let mut take = |name: &str| tensors.remove(name).map(|tensor| tensor.to_dtype(self.dtype)).transpose();
        let Some(embeds) = take("embeds")? else {
            candle_core::bail!("{}: not what a tower saw; remove it", looked.file.display())
        };
        let mut deepstack = Vec::new();
        while let Some(level) = take(&format!("deepstack.{}", deepstack.len()))? {
            deepstack.push(level);
        }
        Ok(Seen { embeds, deepstack })
    }
}

/// Written beside its place and renamed, so that two trainings may look at one picture.
fn keep(file: &Path, seen: &Seen) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let levels = seen.deepstack.iter().enumerate().map(|(i, level)| (format!("deepstack.{i}"), level.clone()));
    let tensors: HashMap<String, Tensor> = levels.chain([("embeds".to_owned(), seen.embeds.clone())]).collect();
    let stage = tempfile::Builder::new().prefix(".seen-").tempdir_in(folder)?;
    let written = stage.path().join("seen.safetensors");
    candle_core::safetensors::save(&tensors, &written).map_err(std::io::Error::other)?;
    std::fs::rename(written, file)
}

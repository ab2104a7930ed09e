//! Tensors of a checkpoint by name, read one at a time.

use crate::model::ModelError;
use crate::model::folder::weight_files;
use crate::model::shard::{Shard, Stored};
use candle_core::{Device, Tensor};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Why a tensor cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// A file is missing, cut off, or cannot be read.
    #[error(transparent)]
    File(#[from] ModelError),
    /// A tensor is not there.
    #[error("{}: the weights lack '{name}'", folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// The tensor.
        name: String,
    },
    /// The tensor library.
    #[error("{name}: {source}")]
    Tensor {
        /// The tensor.
        name: String,
        /// What it says.
        source: candle_core::Error,
    },
}

/// The tensors of a folder, by name.
#[derive(Debug)]
pub struct Weights {
    folder: PathBuf,
    shards: Vec<Shard>,
    /// By name, in which of the files it lies, and where.
    places: BTreeMap<String, (usize, Stored)>,
}

impl Weights {
    /// Reads the headers of a folder's files of weights.
    ///
    /// # Errors
    /// [`WeightsError::File`] when there is none, or one is missing or does not read.
    pub fn open(folder: &Path) -> Result<Self, WeightsError> {
        let shards = weight_files(folder)?.into_iter().map(|path| Shard::open(&path).map_err(ModelError::from));
        let shards = shards.collect::<Result<Vec<_>, _>>()?;
        let of = |(i, shard): (usize, &Shard)| shard.tensors.clone().into_iter().map(move |t| (t.name.clone(), (i, t)));
        let places = shards.iter().enumerate().flat_map(of).collect();
        Ok(Self { folder: folder.to_owned(), shards, places })
    }

    /// Numbers in all tensors.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        self.places.values().map(|(_, stored)| stored.numbers()).sum()
    }

    /// Reads a tensor, in the type that it is kept in.
    ///
    /// # Errors
    /// [`WeightsError`] when it is not there or does not read.
    pub fn get(&self, name: &str, device: &Device) -> Result<Tensor, WeightsError> {
        let missing = || WeightsError::Missing { folder: self.folder.clone(), name: name.to_owned() };
        let (shard, stored) = self.places.get(name).ok_or_else(missing)?;
        Ok(self.shards[*shard].tensor(stored, device).map_err(ModelError::from)?)
    }
}

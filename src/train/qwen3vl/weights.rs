//! Tensors of a checkpoint, read one at a time: a model of eight gigabytes need not be in memory twice.

use crate::model::folder::is_weights;
use candle_core::{DType, Device, Tensor};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Longest header that is read, bytes: what the format allows.
const HEADER_BYTES: u64 = 100_000_000;

/// Why a tensor cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// A file cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is none of the format.
    #[error("{}: not a safetensors file: {reason}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// No file has weights.
    #[error("{}: no file of weights (model.safetensors, or parts of it) is in this folder", folder.display())]
    None {
        /// The folder.
        folder: PathBuf,
    },
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
    entries: BTreeMap<String, Entry>,
}

/// Where a tensor lies.
#[derive(Debug, Clone)]
struct Entry {
    file: PathBuf,
    dtype: DType,
    shape: Vec<usize>,
    begin: u64,
    bytes: usize,
}

impl Weights {
    /// Reads the headers of a folder's files of weights.
    ///
    /// # Errors
    /// [`WeightsError`] when there is none, or one does not read.
    pub fn open(folder: &Path) -> Result<Self, WeightsError> {
        let read = |source| WeightsError::Read { path: folder.to_owned(), source };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(read)? {
            let path = entry.map_err(read)?.path();
            if path.file_name().is_some_and(|name| is_weights(&name.to_string_lossy())) {
                files.push(path);
            }
        }
        files.sort();
        let mut entries = BTreeMap::new();
        for file in files {
            header(&file, &mut entries)?;
        }
        match entries.is_empty() {
            true => Err(WeightsError::None { folder: folder.to_owned() }),
            false => Ok(Self { folder: folder.to_owned(), entries }),
        }
    }

    /// Numbers in all tensors.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        self.entries.values().map(|entry| entry.shape.iter().product::<usize>() as u64).sum()
    }

    /// Reads a tensor, in the type that it is kept in.
    ///
    /// # Errors
    /// [`WeightsError`] when it is not there or does not read.
    pub fn get(&self, name: &str, device: &Device) -> Result<Tensor, WeightsError> {
        let missing = || WeightsError::Missing { folder: self.folder.clone(), name: name.to_owned() };
        let entry = self.entries.get(name).ok_or_else(missing)?;
        let read = |source| WeightsError::Read { path: entry.file.clone(), source };
        let mut file = File::open(&entry.file).map_err(read)?;
        file.seek(SeekFrom::Start(entry.begin)).map_err(read)?;
        let mut bytes = vec![0; entry.bytes];
        file.read_exact(&mut bytes).map_err(read)?;
        Tensor::from_raw_buffer(&bytes, entry.dtype, &entry.shape, device)
            .map_err(|source| WeightsError::Tensor { name: name.to_owned(), source })
    }
}

fn header(path: &Path, entries: &mut BTreeMap<String, Entry>) -> Result<(), WeightsError> {
    let read = |source| WeightsError::Read { path: path.to_owned(), source };
    let format = |reason: String| WeightsError::Format { path: path.to_owned(), reason };
    let mut file = File::open(path).map_err(read)?;
    let length = file.metadata().map_err(read)?.len();
    let mut head = [0; 8];
    file.read_exact(&mut head).map_err(|_| format("it ends before its header".to_owned()))?;
    let header_bytes = u64::from_le_bytes(head);
    if header_bytes > HEADER_BYTES || header_bytes + 8 > length {
        return Err(format(format!("its header should have {header_bytes} bytes, and the file has {length}")));
    }
    let mut text = vec![0; usize::try_from(header_bytes).unwrap_or(usize::MAX)];
    file.read_exact(&mut text).map_err(read)?;
    let header: Value = serde_json::from_slice(&text).map_err(|e| format(e.to_string()))?;
    let Some(tensors) = header.as_object() else { return Err(format("its header is no object".to_owned())) };
    for (name, value) in tensors.iter().filter(|(name, _)| *name != "__metadata__") {
        let entry = entry(path, value, 8 + header_bytes, length)
            .ok_or_else(|| format(format!("'{name}' has a type or a place that cannot be: {value}")))?;
        entries.insert(name.clone(), entry);
    }
    Ok(())
}

fn entry(path: &Path, value: &Value, data: u64, length: u64) -> Option<Entry> {
    let dtype = match value["dtype"].as_str()? {
        "F32" => DType::F32,
        "F16" => DType::F16,
        "BF16" => DType::BF16,
        "F64" => DType::F64,
        "U8" => DType::U8,
        "U32" => DType::U32,
        "I64" => DType::I64,
        _ => return None,
    };
    let shape: Vec<usize> = serde_json::from_value(value["shape"].clone()).ok()?;
    let [begin, end]: [u64; 2] = serde_json::from_value(value["data_offsets"].clone()).ok()?;
    let bytes = usize::try_from(end.checked_sub(begin)?).ok()?;
    let count = shape.iter().try_fold(1usize, |product, side| product.checked_mul(*side))?;
    let fits = count.checked_mul(dtype.size_in_bytes())? == bytes && data.checked_add(end)? <= length;
    fits.then(|| Entry { file: path.to_owned(), dtype, shape, begin: data + begin, bytes })
}

//! One safetensors file, of which no more is read than is asked for.

use super::AdapterError;
use candle_core::{DType, Device, Tensor};
use safetensors::tensor::{Dtype, Metadata};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Bytes before the header, which give its length.
const LENGTH_BYTES: u64 = 8;
/// Longest header that the format's own library reads, bytes.
const MOST_HEADER_BYTES: u64 = 100_000_000;

/// A file whose header was read and agrees with the file's length.
pub(super) struct Shard {
    pub(super) path: PathBuf,
    /// Everything before the numbers, as it is in the file.
    pub(super) head: Vec<u8>,
    /// In the order in which they lie in the file; the format knows no gaps.
    pub(super) tensors: Vec<Stored>,
    /// Length of the file.
    pub(super) bytes: u64,
}

/// One tensor in a file.
pub(super) struct Stored {
    pub(super) name: String,
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<usize>,
    /// Where it begins after the head, and its length.
    from: u64,
    pub(super) bytes: u64,
}

impl Shard {
    pub(super) fn open(path: &Path) -> Result<Self, AdapterError> {
        let wrong = |reason: String| AdapterError::file(path, reason);
        let unreadable = |e: std::io::Error| wrong(e.to_string());
        let mut file = File::open(path).map_err(unreadable)?;
        let bytes = file.metadata().map_err(unreadable)?.len();
        let mut head = vec![0; LENGTH_BYTES as usize];
        file.read_exact(&mut head).map_err(|e| wrong(format!("not a safetensors file: {e}")))?;
        let mut length = [0; LENGTH_BYTES as usize];
        length.copy_from_slice(&head);
        let length = u64::from_le_bytes(length);
        if length > MOST_HEADER_BYTES.min(bytes) {
            return Err(wrong(format!("cut off, or not a safetensors file: a header of {length} bytes")));
        }
        // Bounded by the file's own length.
        (&mut file).take(length).read_to_end(&mut head).map_err(unreadable)?;
        let metadata: Metadata = serde_json::from_slice(&head[LENGTH_BYTES as usize..])
            .map_err(|e| wrong(format!("not a safetensors file: {e}")))?;
        let must = head.len() as u64 + metadata.data_len() as u64;
        if bytes != must {
            return Err(wrong(format!("{bytes} bytes, and it should have {must}: copy or save it anew")));
        }
        let tensors = metadata.offset_keys().into_iter().filter_map(|name| {
            let info = metadata.info(&name)?;
            let (from, to) = (info.data_offsets.0 as u64, info.data_offsets.1 as u64);
            Some(Stored { name, dtype: info.dtype, shape: info.shape.clone(), from, bytes: to - from })
        });
        let tensors = tensors.collect();
        Ok(Self { path: path.to_owned(), head, tensors, bytes })
    }

    /// One tensor as 32-bit floats.
    pub(super) fn read(&self, stored: &Stored) -> Result<Tensor, AdapterError> {
        let wrong = |reason: String| AdapterError::file(&self.path, format!("the tensor {}: {reason}", stored.name));
        let dtype = match stored.dtype {
            Dtype::F32 => DType::F32,
            Dtype::F16 => DType::F16,
            Dtype::BF16 => DType::BF16,
            other => return Err(wrong(format!("its numbers are {other:?}; they must be F32, F16 or BF16"))),
        };
        let mut bytes = vec![0; stored.bytes as usize];
        let read = File::open(&self.path).and_then(|mut file| {
            file.seek(SeekFrom::Start(self.head.len() as u64 + stored.from))?;
            file.read_exact(&mut bytes)
        });
        read.map_err(|e| wrong(e.to_string()))?;
        Ok(Tensor::from_raw_buffer(&bytes, dtype, &stored.shape, &Device::Cpu)?.to_dtype(DType::F32)?)
    }
}

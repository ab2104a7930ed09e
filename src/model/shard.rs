//! One safetensors file by its header: what is in it, whether it is whole, and where each tensor lies.
//!
//! The header is read by the format's own library, which refuses gaps, overlaps, and sizes that clash with shapes. No more
//! of the file is read than is asked for: a model of eight gigabytes need not be in memory twice.

#[cfg(feature = "train")]
use candle_core::{DType, Device, Tensor};
use safetensors::tensor::{Dtype, Metadata};
use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Bytes before the header, which give its length.
const LENGTH_BYTES: u64 = 8;
/// Longest header that the format's own library reads, bytes.
const MOST_HEADER_BYTES: u64 = 100_000_000;

/// A file that is cut off, is none of the format, or cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub(crate) struct ShardError {
    /// The file.
    pub(crate) path: PathBuf,
    /// What is wrong with it.
    pub(crate) reason: String,
}

/// A file whose header was read and agrees with the file's length.
#[derive(Debug)]
pub(crate) struct Shard {
    pub(crate) path: PathBuf,
    /// Everything before the numbers, as it is in the file.
    pub(crate) head: Vec<u8>,
    /// In the order in which they lie in the file; the format knows no gaps.
    pub(crate) tensors: Vec<Stored>,
    /// Length of the file.
    pub(crate) bytes: u64,
}

/// One tensor in a file.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) name: String,
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    /// Where it begins after the head, and its length.
    from: u64,
    pub(crate) bytes: u64,
}

impl Stored {
    /// How many numbers it has.
    pub(crate) fn numbers(&self) -> u64 {
        self.shape.iter().product::<usize>() as u64
    }
}

impl Shard {
    /// Reads the header of a file, and compares what it promises with the file's length.
    pub(crate) fn open(path: &Path) -> Result<Self, ShardError> {
        let wrong = |reason: String| ShardError { path: path.to_owned(), reason };
        let unreadable = |e: io::Error| wrong(e.to_string());
        let mut file = File::open(path).map_err(unreadable)?;
        let bytes = file.metadata().map_err(unreadable)?.len();
        if bytes < LENGTH_BYTES {
            return Err(wrong(format!("cut off: {bytes} bytes, and a safetensors file begins with {LENGTH_BYTES}")));
        }
        let mut length = [0; LENGTH_BYTES as usize];
        file.read_exact(&mut length).map_err(unreadable)?;
        let header_bytes = u64::from_le_bytes(length);
        if header_bytes > MOST_HEADER_BYTES {
            return Err(wrong(format!("not a safetensors file: a header of {header_bytes} bytes")));
        }
        let begins = LENGTH_BYTES + header_bytes;
        if bytes < begins {
            return Err(wrong(format!("cut off: {bytes} bytes, and its header alone ends at {begins}")));
        }
        let mut head = length.to_vec();
        // Bounded by the file's own length.
        (&mut file).take(header_bytes).read_to_end(&mut head).map_err(unreadable)?;
        let metadata: Metadata = serde_json::from_slice(&head[LENGTH_BYTES as usize..])
            .map_err(|e| wrong(format!("not a safetensors file: {e}")))?;
        let must = begins.saturating_add(metadata.data_len() as u64);
        match bytes {
            _ if bytes < must => return Err(wrong(format!("cut off: {bytes} bytes, and it should have {must}"))),
            _ if bytes > must => {
                return Err(wrong(format!("{bytes} bytes, and it should have {must}: something was added to it")));
            }
            _ => {}
        }
        let tensors = metadata.offset_keys().into_iter().filter_map(|name| {
            let info = metadata.info(&name)?;
            let (from, to) = (info.data_offsets.0 as u64, info.data_offsets.1 as u64);
            Some(Stored { name, dtype: info.dtype, shape: info.shape.clone(), from, bytes: to - from })
        });
        let tensors = tensors.collect();
        Ok(Self { path: path.to_owned(), head, tensors, bytes })
    }

    /// A tensor, in the type that it is kept in.
    #[cfg(feature = "train")]
    pub(crate) fn tensor(&self, stored: &Stored, device: &Device) -> Result<Tensor, ShardError> {
        let wrong = |e: candle_core::Error| self.wrong(stored, e);
        let dtype = DType::try_from(stored.dtype).map_err(wrong)?;
        Tensor::from_raw_buffer(&self.part(stored, 0, stored.bytes)?, dtype, &stored.shape, device).map_err(wrong)
    }

    /// Up to so many bytes of a tensor, from one of them on.
    pub(crate) fn part(&self, stored: &Stored, from: u64, most: u64) -> Result<Vec<u8>, ShardError> {
        let mut bytes = vec![0; most.min(stored.bytes.saturating_sub(from)) as usize];
        let read = File::open(&self.path).and_then(|mut file| {
            file.seek(SeekFrom::Start(self.head.len() as u64 + stored.from + from))?;
            file.read_exact(&mut bytes)
        });
        read.map(|()| bytes).map_err(|e| self.wrong(stored, e))
    }

    fn wrong(&self, stored: &Stored, reason: impl Display) -> ShardError {
        ShardError { path: self.path.clone(), reason: format!("the tensor {}: {reason}", stored.name) }
    }
}

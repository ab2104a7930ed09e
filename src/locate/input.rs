//! A photo that is to be located: a file, or bytes that came in on standard input.

use crate::digest::hex;
use crate::photo::{Limits, Photo, PhotoError};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

/// One photo to locate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A file, as the user wrote it.
    File(PathBuf),
    /// Bytes without a file, with the name to show for them.
    Bytes {
        /// Shown in results, such as `-`.
        name: String,
        /// The encoded photo.
        bytes: Arc<[u8]>,
    },
}

impl Input {
    /// What results call it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Bytes { name, .. } => name.clone(),
        }
    }

    /// Imports it.
    ///
    /// # Errors
    /// As [`Photo::open`].
    pub fn open(&self, limits: &Limits) -> Result<Photo, PhotoError> {
        match self {
            Self::File(path) => Photo::open(path, limits),
            Self::Bytes { name, bytes } => Photo::from_bytes(name, bytes.to_vec(), limits),
        }
    }

    /// The hash of the encoded photo, lower-case hex; `None` when it cannot be read or is over the limit, which
    /// [`Self::open`] then explains.
    pub(crate) fn sha256(&self, limits: &Limits) -> Option<String> {
        let mut sha = Sha256::new();
        match self {
            Self::Bytes { bytes, .. } => sha.update(bytes),
            Self::File(path) => {
                let meta = path.metadata().ok()?;
                if !meta.is_file() || meta.len() > limits.max_bytes {
                    return None;
                }
                std::io::copy(&mut File::open(path).ok()?, &mut sha).ok()?;
            }
        }
        Some(hex(&sha.finalize()))
    }
}

//! One imported picture: pixels, hash, and what its metadata claims.
//!
//! A file from outside is hostile until shown otherwise, so the order matters: its size is known before it is
//! read, its format before it is parsed, its dimensions before it is decoded. What fails is a
//! [`PhotoError`]; what is only odd is a note or a [`Suspicion`].

mod claim;
mod container;
mod decode;
mod error;
mod exif;
mod finding;
mod format;
mod heif;
mod iptc;
mod moment;
mod suspicion;

pub use claim::{Claim, ClaimKind};
pub use error::PhotoError;
pub use finding::findings;
pub use format::Format;
pub use moment::Moment;
pub use suspicion::{Suspicion, SuspicionKind};

use crate::digest::hex;
use container::Structure;
use decode::{DecodeError, check_size};
use image::RgbImage;
use image::metadata::Orientation;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// How much one photo may cost. Both are checked before anything is allocated for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Size of the file, bytes.
    pub max_bytes: u64,
    /// Width times height.
    pub max_pixels: u64,
}

impl Default for Limits {
    /// 100 MB and 200 megapixels.
    fn default() -> Self {
        Self { max_bytes: 100_000_000, max_pixels: 200_000_000 }
    }
}

/// One imported picture.
#[derive(Debug, Clone)]
pub struct Photo {
    /// As the user wrote it.
    pub path: String,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
    /// Size of the file, bytes.
    pub bytes: u64,
    /// What its content is.
    pub format: Format,
    /// Width of the upright picture, px.
    pub width: u32,
    /// Height of the upright picture, px.
    pub height: u32,
    /// The upright picture; `None` for HEIC and AVIF where the program `heif-convert` is not installed.
    pub pixels: Option<RgbImage>,
    /// What its metadata says.
    pub claims: Vec<Claim>,
    /// What is odd about the file without stopping navig, one sentence each.
    pub notes: Vec<String>,
}

impl Photo {
    /// Imports a file.
    ///
    /// # Errors
    /// [`PhotoError`] names the file, what is wrong with it, and the limit that it breaks.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, PhotoError> {
        let name = path.display().to_string();
        let unreadable = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => PhotoError::Missing { path: name.clone() },
            _ => PhotoError::Unreadable { path: name.clone(), source },
        };
        let facts = std::fs::metadata(path).map_err(unreadable)?;
        if facts.is_dir() {
            return Err(PhotoError::Folder { path: name });
        }
        if !facts.is_file() {
            return Err(PhotoError::NotAFile { path: name });
        }
        check_bytes(&name, facts.len(), limits)?;
        let file = File::open(path).map_err(unreadable)?;
        let mut bytes = Vec::with_capacity(usize::try_from(facts.len()).unwrap_or(0));
        // A file may grow while it is read.
        file.take(limits.max_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
        Self::from_bytes(&name, bytes, limits)
    }

    /// Imports a file that is in memory, such as one from standard input; `name` stands for it in messages.
    ///
    /// # Errors
    /// [`PhotoError`] names the file, what is wrong with it, and the limit that it breaks.
    pub fn from_bytes(name: &str, bytes: Vec<u8>, limits: &Limits) -> Result<Self, PhotoError> {
        let size = bytes.len() as u64;
        check_bytes(name, size, limits)?;
        let Some(format) = Format::of(&bytes) else {
            return Err(PhotoError::UnknownFormat { path: name.to_owned(), looks_like: format::looks_like(&bytes) });
        };
        let sha256 = hex(&Sha256::digest(&bytes));
        let structure = container::structure(format, &bytes);
        let claim::Metadata { orientation, claims } = claim::read(&bytes, &structure);
        let mut notes: Vec<String> = format.disagreement(name).into_iter().collect();
        let picture = match format {
            Format::Heic | Format::Avif => heif_picture(format, &bytes, &structure, limits, &mut notes),
            _ => picture(format, &bytes, &structure, orientation, limits),
        };
        let ((width, height), pixels) = picture.map_err(|error| {
            let path = name.to_owned();
            match error {
                DecodeError::TooLarge(width, height) => {
                    PhotoError::TooManyPixels { path, width, height, limit: limits.max_pixels }
                }
                DecodeError::NoPixels(width, height) => PhotoError::NoPixels { path, width, height },
                DecodeError::EndsEarly => PhotoError::EndsEarly { path, format, bytes: size, claims: claims.len() },
                DecodeError::Failed(reason) => PhotoError::Decode { path, format, reason },
            }
        })?;
        Ok(Self { path: name.to_owned(), sha256, bytes: size, format, width, height, pixels, claims, notes })
    }
}

/// Width and height of the upright picture, and the picture where it could be decoded.
type Picture = ((u32, u32), Option<RgbImage>);

fn picture(
    format: Format,
    bytes: &[u8],
    structure: &Structure<'_>,
    orientation: Orientation,
    limits: &Limits,
) -> Result<Picture, DecodeError> {
    if let Some(size) = structure.size {
        check_size(size, limits.max_pixels)?;
    }
    // The JPEG decoder paints what is missing grey, and a reader might find text in that.
    if format == Format::Jpeg && structure.ends_early {
        return Err(DecodeError::EndsEarly);
    }
    match decode::decode(format, bytes, orientation, limits.max_pixels) {
        Ok(pixels) => Ok((pixels.dimensions(), Some(pixels))),
        Err(DecodeError::Failed(_)) if structure.ends_early => Err(DecodeError::EndsEarly),
        Err(error) => Err(error),
    }
}

fn heif_picture(
    format: Format,
    bytes: &[u8],
    structure: &Structure<'_>,
    limits: &Limits,
    notes: &mut Vec<String>,
) -> Result<Picture, DecodeError> {
    let broken =
        |reason: String| if structure.ends_early { DecodeError::EndsEarly } else { DecodeError::Failed(reason) };
    let size = structure.size.ok_or_else(|| broken("it states no size of its picture".to_owned()))?;
    check_size(size, limits.max_pixels)?;
    match heif::convert(bytes) {
        Ok(png) => {
            // The program turns the picture upright by the file's own rotation, which EXIF only repeats.
            let pixels = decode::decode(Format::Png, &png, Orientation::NoTransforms, limits.max_pixels)?;
            Ok((pixels.dimensions(), Some(pixels)))
        }
        Err(heif::ConvertError::Failed(reason)) => Err(broken(reason)),
        Err(heif::ConvertError::Absent) if structure.ends_early => Err(DecodeError::EndsEarly),
        Err(heif::ConvertError::Absent) => {
            notes.push(format!(
                "only the metadata of this {format} was read: to see the picture, install heif-convert (Debian: apt install libheif-examples)"
            ));
            Ok((size, None))
        }
    }
}

fn check_bytes(name: &str, bytes: u64, limits: &Limits) -> Result<(), PhotoError> {
    let path = name.to_owned();
    match bytes {
        0 => Err(PhotoError::Empty { path }),
        _ if bytes > limits.max_bytes => Err(PhotoError::TooManyBytes { path, bytes, limit: limits.max_bytes }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;

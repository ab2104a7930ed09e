//! Why an extract cannot be read.

use super::super::file::sort::SortError;
use super::wire::Malformed;
use std::io;
use std::path::PathBuf;

/// A header of a blob may have this many bytes; more means that the file is no PBF or is damaged.
pub const MAX_HEADER_BYTES: u32 = 64 << 10;
/// A blob may have this many bytes, compressed and not.
pub const MAX_BLOB_BYTES: u64 = 32 << 20;

/// Why an extract cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// The file cannot be opened.
    #[error("{}: cannot be opened: {source}", path.display())]
    Open {
        /// The extract.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The path leads to a folder.
    #[error("{} is a folder: name one .osm.pbf file in it", path.display())]
    Directory {
        /// The folder.
        path: PathBuf,
    },
    /// There is nothing in the file.
    #[error("{}: the file is empty: download it again", path.display())]
    Empty {
        /// The extract.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{}: this is {what}, not an .osm.pbf extract: {mend}", path.display())]
    NotPbf {
        /// The file.
        path: PathBuf,
        /// What it looks like.
        what: &'static str,
        /// What to do.
        mend: &'static str,
    },
    /// The extract needs what this program cannot do.
    #[error(
        "{}: needs the feature '{feature}', which is not known here: write it anew with 'osmium cat {} -o NEW.osm.pbf'",
        path.display(),
        path.display()
    )]
    Feature {
        /// The extract.
        path: PathBuf,
        /// As the header names it.
        feature: String,
    },
    /// A blob cannot be read.
    #[error("{}: blob at byte {offset}: {problem}", path.display())]
    Blob {
        /// The extract.
        path: PathBuf,
        /// Where the blob begins, bytes from the start of the file.
        offset: u64,
        /// What is wrong with it.
        problem: BlobProblem,
    },
    /// What does not fit into memory cannot be put aside.
    #[error("temporary file: {0}; free some space, or name another folder with --temp-dir or NAVIG_TEMP_DIR")]
    Temporary(io::Error),
    /// What is to be sorted cannot be put aside.
    #[error(transparent)]
    Sort(#[from] SortError),
    /// The one who takes the objects failed.
    #[error(transparent)]
    Sink(Box<dyn std::error::Error + Send + Sync>),
}

/// What is wrong with a blob.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobProblem {
    /// The system cannot read it.
    #[error("cannot be read: {0}: check the disk")]
    Read(io::Error),
    /// The file ends inside it.
    #[error("the file ends {missing} bytes too early: download it again")]
    Truncated {
        /// Bytes that are missing at least.
        missing: u64,
    },
    /// A header beyond [`MAX_HEADER_BYTES`].
    #[error(
        "its header claims {0} bytes, the format allows {MAX_HEADER_BYTES}: the file is damaged, download it again"
    )]
    HeaderBytes(u32),
    /// A blob beyond [`MAX_BLOB_BYTES`], compressed or not.
    #[error(
        "it claims {0} bytes, the format allows {MAX_BLOB_BYTES}: the file is damaged or made to do harm, \
         download it again"
    )]
    BlobBytes(u64),
    /// A compression that is not read here.
    #[error(
        "its compression {0} is not supported (zlib, LZ4 and none are): write the file anew with \
         'osmium cat OLD.osm.pbf -o NEW.osm.pbf'"
    )]
    Compression(&'static str),
    /// Compressed bytes that do not give what was promised.
    #[error("it does not unpack to the {0} bytes that it claims: the file is damaged, download it again")]
    Unpack(u64),
    /// The message inside breaks the format.
    #[error("{0}: the file is damaged, download it again")]
    Malformed(&'static str),
}

impl From<Malformed> for BlobProblem {
    fn from(Malformed(what): Malformed) -> Self {
        Self::Malformed(what)
    }
}

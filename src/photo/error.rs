//! Why a file is no photo that navig can look at.

use super::Format;
use std::io;

/// Why a photo could not be imported. Every message names the file, and the mend where there is one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PhotoError {
    /// Nothing lies there.
    #[error("{path}: there is no such file")]
    Missing {
        /// As the user wrote it.
        path: String,
    },
    /// A folder where one photo was wanted.
    #[error("{path}: is a folder, and one photo was wanted")]
    Folder {
        /// As the user wrote it.
        path: String,
    },
    /// A device, a socket or a pipe, whose size cannot be known before it is read.
    #[error("{path}: is not a regular file; pipe it into `-` instead")]
    NotAFile {
        /// As the user wrote it.
        path: String,
    },
    /// The system refuses to read it.
    #[error("{path}: cannot be read: {source}")]
    Unreadable {
        /// As the user wrote it.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// No bytes.
    #[error("{path}: is empty (0 bytes)")]
    Empty {
        /// As the user wrote it.
        path: String,
    },
    /// Larger than [`super::Limits::max_bytes`].
    #[error("{path}: has {bytes} bytes, and the limit is {limit}; raise it with --max-bytes")]
    TooManyBytes {
        /// As the user wrote it.
        path: String,
        /// Its size; at least this when it came from a stream.
        bytes: u64,
        /// The limit, bytes.
        limit: u64,
    },
    /// Not a picture format that navig knows.
    #[error("{path}: {looks_like}; navig reads JPEG, PNG, WebP, TIFF, GIF, HEIC and AVIF")]
    UnknownFormat {
        /// As the user wrote it.
        path: String,
        /// What the first bytes look like, as a clause: `looks like a PDF document`.
        looks_like: String,
    },
    /// The file stops before its own structure says it should.
    #[error(
        "{path}: this {format} ends early, after {bytes} bytes: its pixels cannot be had{}; get it again from where it came from",
        if *.claims > 0 { ", though its metadata can".to_owned() } else { String::new() }
    )]
    EndsEarly {
        /// As the user wrote it.
        path: String,
        /// What its first bytes say it is.
        format: Format,
        /// How many bytes there are.
        bytes: u64,
        /// How many metadata claims could be read all the same.
        claims: usize,
    },
    /// More than [`super::Limits::max_pixels`].
    #[error(
        "{path}: claims {width} × {height} pixels ({:.1} million), and the limit is {:.1} million; raise it with --max-pixels",
        f64::from(*.width) * f64::from(*.height) / 1e6, *.limit as f64 / 1e6
    )]
    TooManyPixels {
        /// As the user wrote it.
        path: String,
        /// Width that the header claims, px.
        width: u32,
        /// Height that the header claims, px.
        height: u32,
        /// The limit, pixels.
        limit: u64,
    },
    /// A width or a height of zero.
    #[error("{path}: has no pixels (its header says {width} × {height})")]
    NoPixels {
        /// As the user wrote it.
        path: String,
        /// Width that the header claims, px.
        width: u32,
        /// Height that the header claims, px.
        height: u32,
    },
    /// The decoder gave up.
    #[error("{path}: cannot be decoded as {format}: {reason}")]
    Decode {
        /// As the user wrote it.
        path: String,
        /// What its first bytes say it is.
        format: Format,
        /// What the decoder says.
        reason: String,
    },
}

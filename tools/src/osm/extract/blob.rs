//! The frame of a PBF file: a row of blobs, each with a small header, each packed on its own.

use super::error::{BlobProblem, ExtractError, MAX_BLOB_BYTES, MAX_HEADER_BYTES};
use super::wire::Fields;
use flate2::{Decompress, FlushDecompress, Status};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// What is in a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BlobKind {
    Header,
    Data,
    /// Of a type that this program does not know; the format says to skip it.
    Other,
}

/// Where a blob lies in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlobAt {
    /// Where its frame begins, bytes from the start of the file.
    pub(super) offset: u64,
    /// Where its message begins.
    body: u64,
    /// Size of its message, at most [`MAX_BLOB_BYTES`].
    bytes: u32,
    pub(super) kind: BlobKind,
}

impl BlobAt {
    /// Where the next blob begins.
    pub(super) fn end(&self) -> u64 {
        self.body + u64::from(self.bytes)
    }
}

/// A PBF file, open.
pub(super) struct Source {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self, ExtractError> {
        let path = path.to_owned();
        let opened = File::open(&path).and_then(|file| file.metadata().map(|facts| (file, facts)));
        match opened {
            Err(source) => Err(ExtractError::Open { path, source }),
            Ok((_, facts)) if facts.is_dir() => Err(ExtractError::Directory { path }),
            Ok((_, facts)) if facts.len() == 0 => Err(ExtractError::Empty { path }),
            Ok((file, facts)) => Ok(Self { path, file, bytes: facts.len() }),
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Reads the frame that begins at `offset` and the message of its blob into `message`; nothing at the end of the file.
    /// Reading is sequential when the offsets are, and every byte that is read goes through `hash` once.
    pub(super) fn read_next(
        &mut self,
        offset: u64,
        message: &mut Vec<u8>,
        hash: &mut Sha256,
    ) -> Result<Option<BlobAt>, ExtractError> {
        if offset == self.bytes {
            return Ok(None);
        }
        let header_bytes = match self.frame(offset, message, hash) {
            Ok(bytes) => bytes,
            Err(problem) if offset == 0 && !matches!(problem, BlobProblem::Read(_)) => return Err(self.not_pbf()),
            Err(problem) => return Err(self.problem(offset, problem)),
        };
        let parsed = parse_blob_header(message);
        let (kind, bytes) = match parsed {
            Ok((kind, _)) if offset == 0 && kind != BlobKind::Header => return Err(self.not_pbf()),
            Ok(parsed) => parsed,
            Err(_) if offset == 0 => return Err(self.not_pbf()),
            Err(problem) => return Err(self.problem(offset, problem)),
        };
        let at = BlobAt { offset, body: offset + 4 + u64::from(header_bytes), bytes, kind };
        self.fill(at.body, u64::from(bytes), message).map_err(|problem| self.problem(offset, problem))?;
        hash.update(&*message);
        Ok(Some(at))
    }

    /// Reads the message of a blob that was seen before.
    pub(super) fn read_again(&mut self, at: &BlobAt, message: &mut Vec<u8>) -> Result<(), ExtractError> {
        self.file
            .seek(SeekFrom::Start(at.body))
            .map_err(BlobProblem::Read)
            .and_then(|_| self.fill(at.body, u64::from(at.bytes), message))
            .map_err(|problem| self.problem(at.offset, problem))
    }

    fn frame(&mut self, offset: u64, header: &mut Vec<u8>, hash: &mut Sha256) -> Result<u32, BlobProblem> {
        self.fill(offset, 4, header)?;
        hash.update(&*header);
        let bytes = header.iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
        if bytes == 0 || bytes > MAX_HEADER_BYTES {
            return Err(BlobProblem::HeaderBytes(bytes));
        }
        self.fill(offset + 4, u64::from(bytes), header)?;
        hash.update(&*header);
        Ok(bytes)
    }

    /// Reads the next `bytes` bytes, which lie at `offset`.
    fn fill(&mut self, offset: u64, bytes: u64, into: &mut Vec<u8>) -> Result<(), BlobProblem> {
        let missing = (offset + bytes).saturating_sub(self.bytes);
        if missing > 0 {
            return Err(BlobProblem::Truncated { missing });
        }
        into.clear();
        // A file that shrinks while it is read ends early.
        let read = (&mut self.file).take(bytes).read_to_end(into).map_err(BlobProblem::Read)? as u64;
        if read == bytes { Ok(()) } else { Err(BlobProblem::Truncated { missing: bytes - read }) }
    }

    pub(super) fn problem(&self, offset: u64, problem: BlobProblem) -> ExtractError {
        ExtractError::Blob { path: self.path.clone(), offset, problem }
    }

    fn not_pbf(&self) -> ExtractError {
        let mut start = Vec::new();
        let read = File::open(&self.path).and_then(|file| file.take(512).read_to_end(&mut start));
        let (what, mend) = match read {
            Ok(_) => looks_like(&start),
            Err(_) => ("a file that cannot be read", "check its permissions"),
        };
        ExtractError::NotPbf { path: self.path.clone(), what, mend }
    }
}

/// What a file is that begins with these bytes, and how to get an extract out of it.
fn looks_like(start: &[u8]) -> (&'static str, &'static str) {
    const CONVERT: &str = "convert it with 'osmium cat OLD -o NEW.osm.pbf'";
    const AGAIN: &str = "download the extract again, by its direct link";
    let text: String = start.iter().skip_while(|b| b.is_ascii_whitespace()).take(64).map(|b| *b as char).collect();
    let text = text.trim_start_matches("ï»¿").to_ascii_lowercase();
    match start {
        [0x1f, 0x8b, ..] => ("a gzip file", "unpack it with gunzip; if that gives .osm, convert it with 'osmium cat'"),
        [b'B', b'Z', b'h', ..] => ("a bzip2 file", "convert it with 'osmium cat OLD.osm.bz2 -o NEW.osm.pbf'"),
        [b'P', b'K', ..] => ("a zip file", "unpack it first"),
        [0xff, 0xe0, ..] => ("an .o5m file", CONVERT),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => ("a zstd file", "unpack it with 'zstd -d'"),
        _ if start.starts_with(b"SQLite format 3") => ("an SQLite database", AGAIN),
        _ if text.starts_with("<!doctype html") || text.starts_with("<html") => ("a web page", AGAIN),
        _ if text.starts_with("<?xml") || text.starts_with("<osm") => ("an XML file", CONVERT),
        _ if text.starts_with('{') || text.starts_with('[') => ("a JSON file", AGAIN),
        _ if text.starts_with("version https://git-lfs") => {
            ("a pointer of Git LFS", "fetch the file with 'git lfs pull'")
        }
        _ if start.iter().all(|b| *b == 0) => ("a file of zeros", AGAIN),
        _ => ("an unknown kind of file", AGAIN),
    }
}

fn parse_blob_header(header: &[u8]) -> Result<(BlobKind, u32), BlobProblem> {
    let (mut kind, mut bytes) = (None, None);
    let mut fields = Fields::of(header);
    while let Some((number, value)) = fields.next()? {
        match number {
            1 => {
                kind = Some(match value.bytes()? {
                    b"OSMHeader" => BlobKind::Header,
                    b"OSMData" => BlobKind::Data,
                    _ => BlobKind::Other,
                });
            }
            3 => bytes = Some(value.number()?),
            _ => {}
        }
    }
    let kind = kind.ok_or(BlobProblem::Malformed("its header names no type"))?;
    let bytes = bytes.ok_or(BlobProblem::Malformed("its header names no size"))?;
    if bytes > MAX_BLOB_BYTES { Err(BlobProblem::BlobBytes(bytes)) } else { Ok((kind, bytes as u32)) }
}

/// Unpacks blobs, one after the other, into a buffer of its own.
pub(super) struct Unpacker {
    zlib: Decompress,
    unpacked: Vec<u8>,
}

impl Unpacker {
    pub(super) fn new() -> Self {
        Self { zlib: Decompress::new(true), unpacked: Vec::new() }
    }

    /// The bytes inside the message of a blob.
    pub(super) fn unpack<'a>(&'a mut self, message: &'a [u8]) -> Result<&'a [u8], BlobProblem> {
        let (mut packed, mut raw_bytes) = (None, None);
        let mut fields = Fields::of(message);
        while let Some((number, value)) = fields.next()? {
            match number {
                2 => raw_bytes = Some(value.number()?),
                1 | 3..=7 => packed = Some((number, value.bytes()?)),
                _ => {}
            }
        }
        let (form, packed) = packed.ok_or(BlobProblem::Malformed("it holds no data"))?;
        if let Some(bytes) = raw_bytes.filter(|bytes| *bytes > MAX_BLOB_BYTES) {
            return Err(BlobProblem::BlobBytes(bytes));
        }
        let size = || raw_bytes.ok_or(BlobProblem::Malformed("it does not say its unpacked size"));
        match form {
            1 => Ok(packed),
            3 => self.inflate(packed, size()?),
            6 => self.unpack_lz4(packed, size()?),
            4 => Err(BlobProblem::Compression("LZMA")),
            5 => Err(BlobProblem::Compression("bzip2")),
            _ => Err(BlobProblem::Compression("Zstandard")),
        }
    }

    fn inflate(&mut self, packed: &[u8], bytes: u64) -> Result<&[u8], BlobProblem> {
        self.unpacked.resize(bytes as usize, 0);
        self.zlib.reset(true);
        let status = self.zlib.decompress(packed, &mut self.unpacked, FlushDecompress::Finish);
        match status {
            Ok(Status::StreamEnd) if self.zlib.total_out() == bytes => Ok(&self.unpacked),
            _ => Err(BlobProblem::Unpack(bytes)),
        }
    }

    fn unpack_lz4(&mut self, packed: &[u8], bytes: u64) -> Result<&[u8], BlobProblem> {
        self.unpacked.resize(bytes as usize, 0);
        match lz4_flex::block::decompress_into(packed, &mut self.unpacked) {
            Ok(written) if written as u64 == bytes => Ok(&self.unpacked),
            _ => Err(BlobProblem::Unpack(bytes)),
        }
    }
}

/// Reads bytes at a position, whatever the position of the file is.
#[cfg(unix)]
pub(super) fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

/// Reads bytes at a position; moves the position of the file, on which nothing here relies.
#[cfg(windows)]
pub(super) fn read_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let read = std::os::windows::fs::FileExt::seek_read(file, bytes, offset)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes = &mut bytes[read..];
        offset += read as u64;
    }
    Ok(())
}

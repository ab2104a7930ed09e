//! Sorted records on the disk: runs in one unnamed file, written in blocks that LZ4 makes smaller, and their merge.
//!
//! ```text
//! run = block...        block = u32 packed length, u32 plain length (both little-endian), packed bytes
//! ```

use super::Record;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Plain bytes of a block. Each run that is merged holds one in memory.
pub(super) const BLOCK_BYTES: usize = 1 << 16;
/// Runs that are merged at once; more are first merged into longer ones.
pub(super) const MAX_WAYS: usize = 512;

/// Runs on the disk.
#[derive(Debug)]
pub(super) struct Spill {
    file: File,
    /// Where each run begins and ends, bytes.
    runs: Vec<(u64, u64)>,
}

impl Spill {
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        Ok(Self { file: tempfile::tempfile_in(folder)?, runs: Vec::new() })
    }

    /// Whether there are more runs than are merged at once.
    pub(super) fn has_many_runs(&self) -> bool {
        self.runs.len() > MAX_WAYS
    }

    /// Appends a run.
    pub(super) fn write<'r, R: Record + 'r>(
        &mut self,
        records: impl Iterator<Item = io::Result<&'r R>>,
    ) -> io::Result<()> {
        let mut run = RunWriter::new(self)?;
        for record in records {
            run.push(record?)?;
        }
        run.finish()
    }
}

/// Appends a run to a spill.
struct RunWriter<'s> {
    file: BufWriter<&'s File>,
    runs: &'s mut Vec<(u64, u64)>,
    begin: u64,
    at: u64,
    block: Vec<u8>,
    packed: Vec<u8>,
}

impl<'s> RunWriter<'s> {
    fn new(spill: &'s mut Spill) -> io::Result<Self> {
        let begin = spill.runs.last().map_or(0, |&(_, end)| end);
        let mut file = &spill.file;
        file.seek(SeekFrom::Start(begin))?;
        let file = BufWriter::with_capacity(4 * BLOCK_BYTES, file);
        Ok(Self { file, runs: &mut spill.runs, begin, at: begin, block: Vec::new(), packed: Vec::new() })
    }

    fn push<R: Record>(&mut self, record: &R) -> io::Result<()> {
        record.encode(&mut self.block);
        if self.block.len() < BLOCK_BYTES { Ok(()) } else { self.end_block() }
    }

    fn end_block(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        self.packed.resize(lz4_flex::block::get_maximum_output_size(self.block.len()), 0);
        let packed = lz4_flex::block::compress_into(&self.block, &mut self.packed).map_err(io::Error::other)?;
        let length = |n: usize| u32::try_from(n).map_err(|_| io::Error::other("a record is larger than 4 GiB"));
        self.file.write_all(&length(packed)?.to_le_bytes())?;
        self.file.write_all(&length(self.block.len())?.to_le_bytes())?;
        self.file.write_all(&self.packed[..packed])?;
        self.at += 8 + packed as u64;
        self.block.clear();
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        self.end_block()?;
        self.file.flush()?;
        self.runs.push((self.begin, self.at));
        Ok(())
    }
}

/// Merges groups of runs into longer ones, so that all fit one merge.
pub(super) fn merge_once<R: Record>(spill: Spill, folder: &Path) -> io::Result<Spill> {
    let mut longer = Spill::new(folder)?;
    for runs in spill.runs.chunks(MAX_WAYS) {
        let part = Spill { file: spill.file.try_clone()?, runs: runs.to_vec() };
        let mut run = RunWriter::new(&mut longer)?;
        for record in Merge::<R>::new(part)? {
            run.push(&record?)?;
        }
        run.finish()?;
    }
    Ok(longer)
}

/// Reads one run.
struct RunReader {
    at: u64,
    end: u64,
    block: Vec<u8>,
    read: usize,
}

impl RunReader {
    fn next<R: Record>(&mut self, mut file: &File, packed: &mut Vec<u8>) -> io::Result<Option<R>> {
        if self.read == self.block.len() {
            if self.at >= self.end {
                return Ok(None);
            }
            file.seek(SeekFrom::Start(self.at))?;
            let (mut packed_bytes, mut plain_bytes) = ([0; 4], [0; 4]);
            file.read_exact(&mut packed_bytes)?;
            file.read_exact(&mut plain_bytes)?;
            let length = u32::from_le_bytes(packed_bytes);
            if u64::from(length) > self.end - self.at {
                return Err(damaged());
            }
            packed.resize(length as usize, 0);
            file.read_exact(packed)?;
            self.block.resize(u32::from_le_bytes(plain_bytes) as usize, 0);
            let plain = lz4_flex::block::decompress_into(packed, &mut self.block).map_err(|_| damaged())?;
            if plain != self.block.len() {
                return Err(damaged());
            }
            self.at += 8 + u64::from(length);
            self.read = 0;
        }
        let mut rest = self.block.get(self.read..).ok_or_else(damaged)?;
        let record = R::decode(&mut rest).ok_or_else(damaged)?;
        self.read = self.block.len() - rest.len();
        Ok(Some(record))
    }
}

fn damaged() -> io::Error {
    io::Error::from(io::ErrorKind::InvalidData)
}

/// Takes the least of the first records of all runs, again and again.
pub(super) struct Merge<R: Record> {
    file: File,
    readers: Vec<RunReader>,
    /// The first record of each run that has one left, with the number of the run.
    first: BinaryHeap<Reverse<(R, usize)>>,
    packed: Vec<u8>,
}

impl<R: Record> Merge<R> {
    pub(super) fn new(spill: Spill) -> io::Result<Self> {
        let reader = |&(at, end): &(u64, u64)| RunReader { at, end, block: Vec::new(), read: 0 };
        let readers = spill.runs.iter().map(reader).collect();
        let mut merge = Self { file: spill.file, readers, first: BinaryHeap::new(), packed: Vec::new() };
        for run in 0..merge.readers.len() {
            if let Some(record) = merge.readers[run].next(&merge.file, &mut merge.packed)? {
                merge.first.push(Reverse((record, run)));
            }
        }
        Ok(merge)
    }
}

impl<R: Record> Iterator for Merge<R> {
    type Item = io::Result<R>;

    fn next(&mut self) -> Option<io::Result<R>> {
        let mut first = self.first.peek_mut()?;
        let run = first.0.1;
        match self.readers[run].next(&self.file, &mut self.packed) {
            // Put in place of the old one: the heap is mended once, when `first` is dropped.
            Ok(Some(record)) => Some(Ok(std::mem::replace(&mut first.0.0, record))),
            Ok(None) => Some(Ok(PeekMut::pop(first).0.0)),
            Err(error) => {
                PeekMut::pop(first);
                Some(Err(error))
            }
        }
    }
}

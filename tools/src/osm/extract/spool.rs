//! Bytes that are written once, in order, and then read at any place: in memory, or on disk where they are too many.

use super::blob::read_at;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

/// Bytes that wait in memory before they go to the file.
const WRITE_BYTES: usize = 1 << 20;

/// A growing row of bytes.
#[derive(Debug)]
pub(super) struct Spool {
    folder: PathBuf,
    budget_bytes: usize,
    /// All bytes, or those that wait to be written.
    held: Vec<u8>,
    /// An unnamed file, once the budget is used up, and the number of bytes in it.
    spilled: Option<(File, u64)>,
}

impl Spool {
    /// A spool that holds up to a number of bytes in memory, and any more in an unnamed file in a folder.
    pub(super) fn new(folder: PathBuf, budget_bytes: usize) -> Self {
        Self { folder, budget_bytes, held: Vec::new(), spilled: None }
    }

    /// Bytes written so far.
    pub(super) fn len(&self) -> u64 {
        self.held.len() as u64 + self.spilled.as_ref().map_or(0, |(_, written)| *written)
    }

    pub(super) fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.spilled.is_none() && self.held.len() + bytes.len() > self.budget_bytes {
            self.spilled = Some((tempfile::tempfile_in(&self.folder)?, 0));
        }
        self.held.extend_from_slice(bytes);
        match &mut self.spilled {
            Some((file, written)) if self.held.len() >= WRITE_BYTES => write_out(file, written, &mut self.held),
            _ => Ok(()),
        }
    }

    /// Ends writing; only then all bytes can be read.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        match &mut self.spilled {
            Some((file, written)) => {
                write_out(file, written, &mut self.held)?;
                self.held = Vec::new();
            }
            None => self.held.shrink_to_fit(),
        }
        Ok(())
    }

    /// Bytes from a place, which lie in memory or are read into `buffer`.
    pub(super) fn read<'a>(&'a self, offset: u64, bytes: usize, buffer: &'a mut Vec<u8>) -> io::Result<&'a [u8]> {
        match &self.spilled {
            Some((file, _)) => {
                buffer.resize(bytes, 0);
                read_at(file, buffer, offset)?;
                Ok(buffer)
            }
            None => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                let held = self.held.get(start..).and_then(|held| held.get(..bytes));
                held.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
            }
        }
    }
}

fn write_out(file: &mut File, written: &mut u64, held: &mut Vec<u8>) -> io::Result<()> {
    file.write_all(held)?;
    *written += held.len() as u64;
    held.clear();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_in_memory_and_on_disk(parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..50), 1..20), budget in 0usize..400) {
            let mut spool = Spool::new(std::env::temp_dir(), budget);
            let mut at = Vec::new();
            for part in &parts {
                at.push(spool.len());
                spool.push(part).expect("room");
            }
            spool.finish().expect("room");
            let mut buffer = Vec::new();
            for (part, offset) in parts.iter().zip(at) {
                prop_assert_eq!(spool.read(offset, part.len(), &mut buffer).expect("written"), &part[..]);
            }
            prop_assert!(spool.read(spool.len(), 1, &mut buffer).is_err());
        }
    }
}

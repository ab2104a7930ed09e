//! Sorting more records than fit into memory.
//!
//! Records gather in memory up to a budget, are sorted on all cores and written as a *run*; at the end the runs are
//! merged. Whatever fits the budget never touches the disk. Runs lie in one unnamed file that the system frees when
//! the process ends, however it ends.

use super::runs::{Merge, Spill, merge_once};
use rayon::slice::ParallelSliceMut;
use std::io;
use std::path::{Path, PathBuf};

/// Fewer records than this are not worth sending to other cores.
const PARALLEL_RECORDS: usize = 1 << 14;

/// What a [`Sorter`] sorts.
///
/// `Ord` must tell apart whatever [`Record::encode`] writes differently: equal records come out in no certain order.
pub trait Record: Ord + Send + Sized {
    /// Bytes that the record owns beyond its own size; they count against the budget.
    fn heap_bytes(&self) -> usize {
        0
    }

    /// Appends the record to a block.
    fn encode(&self, out: &mut Vec<u8>);

    /// Takes a record off the front of a block; nothing when the bytes are not what [`Record::encode`] wrote.
    fn decode(bytes: &mut &[u8]) -> Option<Self>;
}

/// Why records cannot be sorted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SortError {
    /// No space is left for runs.
    #[error(
        "{}: the disk is full of temporary data; free some space, or name another folder with --temp-dir or NAVIG_TEMP_DIR",
        .folder.display()
    )]
    DiskFull {
        /// The folder of the temporary file.
        folder: PathBuf,
    },
    /// The temporary file cannot be made, written or read.
    #[error(
        "{}: cannot keep temporary data there: {source}; name another folder with --temp-dir or NAVIG_TEMP_DIR",
        .folder.display()
    )]
    Io {
        /// The folder of the temporary file.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What was read back is not what was written.
    #[error("{}: temporary data was damaged while it lay there; check the disk", .folder.display())]
    Damaged {
        /// The folder of the temporary file.
        folder: PathBuf,
    },
}

impl SortError {
    pub(super) fn io(folder: &Path, source: io::Error) -> Self {
        let folder = folder.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { folder },
            io::ErrorKind::InvalidData => Self::Damaged { folder },
            _ => Self::Io { folder, source },
        }
    }
}

impl From<SortError> for io::Error {
    fn from(error: SortError) -> Self {
        let kind = match &error {
            SortError::DiskFull { .. } => io::ErrorKind::StorageFull,
            SortError::Io { source, .. } => source.kind(),
            SortError::Damaged { .. } => io::ErrorKind::InvalidData,
        };
        Self::new(kind, error)
    }
}

/// Sorts records within a budget of memory.
#[derive(Debug)]
pub struct Sorter<R: Record> {
    folder: PathBuf,
    budget_bytes: usize,
    held_bytes: usize,
    records: Vec<R>,
    spill: Option<Spill>,
    len: u64,
}

impl<R: Record> Sorter<R> {
    /// Sorts with about this much memory, bytes, and writes what is more to an unnamed file in a folder.
    #[must_use]
    pub fn new(folder: &Path, budget_bytes: usize) -> Self {
        let folder = folder.to_owned();
        Self { folder, budget_bytes, held_bytes: 0, records: Vec::new(), spill: None, len: 0 }
    }

    /// Takes in a record.
    ///
    /// # Errors
    /// [`SortError`] when the budget is used up and the folder cannot be written.
    pub fn push(&mut self, record: R) -> Result<(), SortError> {
        self.held_bytes += record.heap_bytes();
        // Vectors double, and while they do, both halves are there.
        let slots = if self.records.len() == self.records.capacity() { 3 * self.records.len() } else { 0 };
        let slots_bytes = self.records.capacity().max(slots) * size_of::<R>();
        if self.held_bytes + slots_bytes > self.budget_bytes && !self.records.is_empty() {
            self.spill()?;
            self.held_bytes = record.heap_bytes();
        }
        self.records.push(record);
        self.len += 1;
        Ok(())
    }

    /// Number of records taken in.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether no record was taken in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All records in order.
    ///
    /// # Errors
    /// [`SortError`] when the folder cannot be written.
    pub fn finish(mut self) -> Result<Sorted<R>, SortError> {
        if self.spill.is_none() {
            sort(&mut self.records);
            return Ok(Sorted { len: self.len, from: Source::Memory(self.records.into_iter()) });
        }
        self.spill()?;
        self.records = Vec::new();
        let Some(mut spill) = self.spill else {
            return Ok(Sorted { len: 0, from: Source::Memory(Vec::new().into_iter()) });
        };
        let folder = self.folder;
        while spill.has_many_runs() {
            spill = merge_once::<R>(spill, &folder).map_err(|e| SortError::io(&folder, e))?;
        }
        let merge = Merge::new(spill).map_err(|e| SortError::io(&folder, e))?;
        Ok(Sorted { len: self.len, from: Source::Runs { merge, folder } })
    }

    fn spill(&mut self) -> Result<(), SortError> {
        sort(&mut self.records);
        let write = |spill: Option<&mut Spill>, records: &[R]| match spill {
            Some(spill) => spill.write(records.iter().map(Ok)),
            None => Ok(()),
        };
        if self.spill.is_none() {
            self.spill = Some(Spill::new(&self.folder).map_err(|e| SortError::io(&self.folder, e))?);
        }
        write(self.spill.as_mut(), &self.records).map_err(|e| SortError::io(&self.folder, e))?;
        self.records.clear();
        self.held_bytes = 0;
        Ok(())
    }
}

fn sort<R: Record>(records: &mut [R]) {
    if records.len() < PARALLEL_RECORDS {
        records.sort_unstable();
    } else {
        records.par_sort_unstable();
    }
}

enum Source<R: Record> {
    Memory(std::vec::IntoIter<R>),
    Runs { merge: Merge<R>, folder: PathBuf },
}

/// The records of a [`Sorter`], in order.
pub struct Sorted<R: Record> {
    len: u64,
    from: Source<R>,
}

impl<R: Record> Sorted<R> {
    /// Number of records that were taken in.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether no record was taken in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl<R: Record> Iterator for Sorted<R> {
    type Item = Result<R, SortError>;

    fn next(&mut self) -> Option<Result<R, SortError>> {
        match &mut self.from {
            Source::Memory(records) => records.next().map(Ok),
            Source::Runs { merge, folder } => Some(merge.next()?.map_err(|e| SortError::io(folder, e))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::runs::{BLOCK_BYTES, MAX_WAYS};
    use super::*;
    use proptest::prelude::*;

    impl Record for (u64, String) {
        fn heap_bytes(&self) -> usize {
            self.1.len()
        }

        fn encode(&self, out: &mut Vec<u8>) {
            out.extend_from_slice(&self.0.to_le_bytes());
            out.extend_from_slice(&(self.1.len() as u32).to_le_bytes());
            out.extend_from_slice(self.1.as_bytes());
        }

        fn decode(bytes: &mut &[u8]) -> Option<Self> {
            let (number, rest) = bytes.split_first_chunk()?;
            let (length, rest) = rest.split_first_chunk()?;
            let (text, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            *bytes = rest;
            Some((u64::from_le_bytes(*number), String::from_utf8(text.to_vec()).ok()?))
        }
    }

    fn sorted(records: &[(u64, String)], budget_bytes: usize) -> Vec<(u64, String)> {
        let folder = tempfile::tempdir().expect("a folder");
        let mut sorter = Sorter::new(folder.path(), budget_bytes);
        for record in records {
            sorter.push(record.clone()).expect("room");
        }
        let sorted: Result<Vec<_>, _> = sorter.finish().expect("room").collect();
        assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 0, "the file has no name");
        sorted.expect("readable")
    }

    proptest! {
        #[test]
        fn any_budget_gives_the_same_order(
            records in prop::collection::vec((0u64..50, "[a-c]{0,9}"), 0..300),
            budget in 0usize..5_000,
        ) {
            let mut expected = records.clone();
            expected.sort();
            prop_assert_eq!(sorted(&records, budget), expected);
        }
    }

    #[test]
    fn more_runs_than_are_merged_at_once() {
        let records: Vec<_> = (0..2 * MAX_WAYS as u64 + 3).map(|n| (n * 7919 % 1031, n.to_string())).collect();
        let mut expected = records.clone();
        expected.sort();
        assert_eq!(sorted(&records, 0), expected);
    }

    #[test]
    fn a_record_may_be_larger_than_a_block_and_the_budget() {
        let records = vec![(2, "b".repeat(3 * BLOCK_BYTES)), (1, "a".repeat(BLOCK_BYTES)), (3, String::new())];
        let order: Vec<u64> = sorted(&records, 10).into_iter().map(|(number, _)| number).collect();
        assert_eq!(order, [1, 2, 3]);
    }

    #[test]
    fn a_missing_folder_is_named_with_what_moves_it() {
        let mut sorter = Sorter::new(Path::new("/nowhere/at/all"), 0);
        sorter.push((1, String::new())).expect("one record is held");
        let error = sorter.push((2, String::new())).expect_err("no such folder").to_string();
        assert!(error.starts_with("/nowhere/at/all: ") && error.contains("--temp-dir"), "{error}");
    }
}

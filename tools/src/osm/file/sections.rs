//! Sections while they are written: each streams into an unnamed file beside the index, and all are put together at
//! the end.

use super::layout::{Entry, HEADER_BYTES, Layout};
use super::{MapError, Record, Section, Sorter};
use crate::map_memory::Memory;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What ends the name of an index that is not finished.
const PART: &str = "part";

/// A section that is being written. What is written goes to an unnamed file.
#[derive(Debug)]
pub struct SectionFile {
    section: Section,
    file: BufWriter<File>,
    crc: crc32fast::Hasher,
    length: u64,
}

impl SectionFile {
    /// Which section it is.
    #[must_use]
    pub fn section(&self) -> Section {
        self.section
    }

    /// Bytes written so far.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.length
    }
}

impl Write for SectionFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.crc.update(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A section that is written.
#[derive(Debug)]
struct Done {
    entry: Entry,
    file: File,
}

/// Takes the sections of an index, in any order, and offers what their builders need.
#[derive(Debug)]
pub struct SectionSink {
    /// The index that will be.
    dest: PathBuf,
    temp_dir: PathBuf,
    done: Vec<Done>,
}

impl SectionSink {
    pub(super) fn new(dest: &Path, temp_dir: &Path) -> Self {
        Self { dest: dest.to_owned(), temp_dir: temp_dir.to_owned(), done: Vec::new() }
    }

    /// A sorter with so much memory, bytes, whose runs lie in the folder for temporary data.
    #[must_use]
    pub fn sorter<R: Record>(&self, budget_bytes: usize) -> Sorter<R> {
        Sorter::new(&self.temp_dir, budget_bytes)
    }

    /// The folder for temporary data.
    #[must_use]
    pub fn temp_dir(&self) -> &Path {
        &self.temp_dir
    }

    /// Begins a section. Several may be open at once.
    ///
    /// # Errors
    /// [`MapError`] when the folder for temporary data cannot be written.
    pub fn begin(&self, section: Section) -> Result<SectionFile, MapError> {
        let file = tempfile::tempfile_in(&self.temp_dir).map_err(|e| self.temporary(e))?;
        let file = BufWriter::with_capacity(1 << 16, file);
        Ok(SectionFile { section, file, crc: crc32fast::Hasher::new(), length: 0 })
    }

    /// Ends a section.
    ///
    /// # Errors
    /// [`MapError`] when its last bytes cannot be written.
    pub fn end(&mut self, file: SectionFile) -> Result<(), MapError> {
        let entry = Entry { section: file.section, crc: file.crc.finalize(), offset: 0, length: file.length };
        let file = file.file.into_inner().map_err(|e| self.temporary(e.into_error()))?;
        self.done.push(Done { entry, file });
        Ok(())
    }

    /// Writes a whole section.
    ///
    /// # Errors
    /// [`MapError`] when it cannot be written.
    pub fn put(&mut self, section: Section, bytes: &[u8]) -> Result<(), MapError> {
        let mut file = self.begin(section)?;
        file.write_all(bytes).map_err(|e| self.temporary(e))?;
        self.end(file)
    }

    /// What went wrong with temporary data, with the folder where it lies.
    #[must_use]
    pub fn temporary(&self, error: io::Error) -> MapError {
        super::SortError::io(&self.temp_dir, error).into()
    }

    /// The bytes of a section that has ended, to be read again while others are written.
    pub(super) fn read(&self, section: Section) -> Result<Memory, MapError> {
        match self.done.iter().find(|done| done.entry.section == section && done.entry.length > 0) {
            Some(done) => Memory::map(&done.file).map_err(|e| self.temporary(e)),
            None => Ok(Memory::copy(&[])),
        }
    }

    /// Puts the sections together behind their header, and gives the file its name.
    pub(super) fn finish(mut self, part: Part, rows: u32, tags: u32) -> Result<Layout, MapError> {
        self.done.sort_by_key(|done| done.entry.section);
        let mut at = HEADER_BYTES as u64;
        let mut entries = Vec::new();
        for done in &self.done {
            entries.push(Entry { offset: at, ..done.entry });
            at = (at + done.entry.length).next_multiple_of(8);
        }
        let layout = Layout::new(rows, tags, at, entries);
        let files = self.done.iter_mut().map(|done| &mut done.file);
        let result = part.write(&layout, files);
        result.map_err(|e| MapError::unwritable(&self.dest, e))?;
        Ok(layout)
    }
}

/// The file in which an index grows, beside the one that it will be. It is locked while its process lives, and removed
/// when it is dropped; a killed process leaves it without a header.
#[derive(Debug)]
pub(super) struct Part {
    path: PathBuf,
    dest: PathBuf,
    file: File,
    renamed: bool,
}

impl Part {
    /// Makes the file, and removes what killed processes left in its folder.
    pub(super) fn create(dest: &Path) -> Result<Self, MapError> {
        let unwritable = |e| MapError::unwritable(dest, e);
        if dest.is_dir() {
            return Err(MapError::Folder { path: dest.to_owned() });
        }
        let mut name = dest.file_name().ok_or_else(|| unwritable(io::Error::other("it has no file name")))?.to_owned();
        name.push(".");
        name.push(PART);
        let path = dest.with_file_name(name);
        remove_left_over(folder_of(dest));
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path).map_err(unwritable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(MapError::Busy { path: dest.to_owned() }),
            // Some network file systems know no locks.
            Err(TryLockError::Error(_)) => {}
        }
        file.set_len(0).map_err(unwritable)?;
        Ok(Self { path, dest: dest.to_owned(), file, renamed: false })
    }

    fn write<'f>(mut self, layout: &Layout, files: impl Iterator<Item = &'f mut File>) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&[0; HEADER_BYTES])?;
        for (file, entry) in files.zip(&layout.entries) {
            self.file.seek(SeekFrom::Start(entry.offset))?;
            file.seek(SeekFrom::Start(0))?;
            let copied = io::copy(&mut file.take(entry.length), &mut self.file)?;
            if copied != entry.length {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
            }
        }
        self.file.set_len(layout.length)?;
        // All else is on the disk before the header says so, and all is before the file has its name.
        self.file.sync_all()?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&layout.header())?;
        self.file.sync_all()?;
        std::fs::rename(&self.path, &self.dest)?;
        self.renamed = true;
        // Only some systems let a folder be opened; the name is safe without it on the others.
        if let Ok(folder) = File::open(folder_of(&self.dest)) {
            folder.sync_all().ok();
        }
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.renamed {
            std::fs::remove_file(&self.path).ok();
        }
    }
}

/// The folder of a file.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Removes unfinished indexes of processes that live no more.
fn remove_left_over(folder: &Path) {
    let Ok(files) = std::fs::read_dir(folder) else { return };
    for path in files.flatten().map(|file| file.path()) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.ends_with(&format!(".navosm.{PART}")) {
            let free = File::open(&path).is_ok_and(|file| file.try_lock().is_ok());
            if free {
                std::fs::remove_file(&path).ok();
            }
        }
    }
}

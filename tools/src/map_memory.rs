//! The bytes of an index: a file in the address space, or bytes in memory. The only unsafe code of navig.

use memmap2::Mmap;
use std::fs::File;
use std::io;

/// The bytes of an index.
#[derive(Debug)]
pub(crate) enum Memory {
    /// A file, whose pages the system reads when they are first touched.
    Mapped(Mmap),
    /// A copy, in words so that it is aligned, and its length in bytes.
    Held(Vec<u64>, usize),
    /// Bytes of the executable.
    Linked(&'static [u8]),
}

impl Memory {
    /// Maps a whole file, read-only.
    pub(crate) fn map(file: &File) -> io::Result<Self> {
        #[expect(unsafe_code, reason = "no safe interface maps a file: another program can change it under us")]
        // SAFETY: `Mmap::map` asks that the file is not changed while it is mapped, because the bytes are borrowed as
        // `&[u8]`. navig never changes a file that bears the name of an index: it writes a temporary file and renames
        // it, so that an index that is replaced or removed lives on, unchanged, for whoever has it mapped. Should
        // another program overwrite the file in place, we read other bytes; every read is bounds-checked and every
        // value is checked where it is used, so that what we then answer is wrong, and nothing worse. Should another
        // program cut the file short, touching the missing pages ends the process with SIGBUS (on Windows the system
        // refuses to cut a mapped file); the same happens when the disk, or a network mount, fails under the file.
        // No borrowed byte outlives the mapping: `bytes` ties it to `self`.
        let mapped = unsafe { Mmap::map(file)? };
        Ok(Self::Mapped(mapped))
    }

    /// Copies bytes.
    pub(crate) fn copy(bytes: &[u8]) -> Self {
        let mut words = vec![0u64; bytes.len().div_ceil(8)];
        if let Some(to) = bytemuck::cast_slice_mut(&mut words).get_mut(..bytes.len()) {
            to.copy_from_slice(bytes);
        }
        Self::Held(words, bytes.len())
    }

    /// The bytes; a file's and a copy's begin at a multiple of eight, for pages do as well.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Mapped(mapped) => mapped,
            Self::Linked(bytes) => bytes,
            Self::Held(words, length) => bytemuck::cast_slice(words).get(..*length).unwrap_or_default(),
        }
    }
}

//! Ledgers on disk.

use super::{Broken, Ledger, LocateResult, Record, verify};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Why a ledger could not be kept or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The file system said no.
    #[error("{path}: {source}")]
    Io {
        /// The ledger, or its folder.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// The chain is broken.
    #[error("{path}: {source}")]
    Broken {
        /// The ledger.
        path: PathBuf,
        /// Where and why.
        source: Broken,
    },
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> LedgerError {
    let path = path.to_owned();
    |source| LedgerError::Io { path, source }
}

/// Writes a finished ledger; a file of that name appears whole or not at all.
///
/// # Errors
/// [`LedgerError::Io`] when the folder or the file cannot be written.
pub fn save(ledger: &Ledger, path: &Path) -> Result<(), LedgerError> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(io(folder))?;
    let mut file = tempfile::Builder::new().prefix(".ledger-").tempfile_in(folder).map_err(io(folder))?;
    file.write_all(ledger.to_jsonl().as_bytes()).map_err(io(path))?;
    file.as_file().sync_data().map_err(io(path))?;
    file.persist(path).map_err(|e| LedgerError::Io { path: path.to_owned(), source: e.error })?;
    Ok(())
}

/// Checks the chain of a ledger file and returns its records.
///
/// # Errors
/// [`LedgerError`] when it cannot be read, or its chain is broken.
pub fn verify_file(path: &Path) -> Result<Vec<Record>, LedgerError> {
    let text = std::fs::read_to_string(path).map_err(io(path))?;
    verify(&text).map_err(|source| LedgerError::Broken { path: path.to_owned(), source })
}

/// The result that a ledger file ends with, its chain checked.
///
/// # Errors
/// As [`verify_file`].
pub fn read_result(path: &Path) -> Result<LocateResult, LedgerError> {
    match verify_file(path)?.pop() {
        Some(Record::Result { result }) => Ok(*result),
        _ => Err(LedgerError::Broken { path: path.to_owned(), source: Broken::Unfinished }),
    }
}

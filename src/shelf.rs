//! Files that the user has installed under a name, in a folder for each sort: maps, guidebooks.

use std::io;
use std::path::{Path, PathBuf};

/// Longest name, bytes; file systems allow 255 with the ending.
const LONGEST_NAME: usize = 200;

/// The files with an ending in a folder, sorted; none when the folder is not there. No file is opened.
pub(crate) fn installed(folder: &Path, ending: &str) -> io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == ending) && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Where the file of a name lies, or will lie; `None` for a name that is no plain file name (letters, digits, `-`, `_`, `.`).
pub(crate) fn place(folder: &Path, name: &str, ending: &str) -> Option<PathBuf> {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let plain = name.chars().all(allowed) && !name.starts_with(['.', '-']) && !name.is_empty();
    (plain && name.len() <= LONGEST_NAME).then(|| folder.join(format!("{name}.{ending}")))
}

/// Whether a text is meant as a path, and not as the name of something installed.
pub(crate) fn looks_like_a_path(given: &str, ending: &str) -> bool {
    given.contains(['/', '\\']) || Path::new(given).extension().is_some_and(|e| e == ending)
}

//! Files that are there whole, or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}; nothing was changed there", path.display())]
pub struct WholeError {
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

/// A file that takes its place only when [`AtomicFile::commit`] is called: until then its bytes lie in a temporary file
/// of the same folder, which is removed when the value is dropped.
///
/// A path that is no regular file, such as `/dev/stdout` or a named pipe, is written to as it is.
#[derive(Debug)]
pub(crate) struct AtomicFile {
    path: PathBuf,
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    Beside { temporary: NamedTempFile, target: PathBuf },
    Straight(fs::File),
}

impl AtomicFile {
    /// Makes the temporary file.
    ///
    /// # Errors
    /// [`WholeError`] when the folder is missing or not writable, or the path is a folder.
    pub(crate) fn create(path: &Path) -> Result<Self, WholeError> {
        let inner = Inner::create(path).map_err(|source| WholeError { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), inner })
    }

    /// Puts the file in place of whatever is there; its permissions are kept.
    ///
    /// # Errors
    /// [`WholeError`] when the bytes cannot be brought to the disk or the file not be renamed.
    pub(crate) fn commit(self) -> Result<(), WholeError> {
        let Self { path, inner } = self;
        inner.commit().map_err(|source| WholeError { path, source })
    }
}

impl Inner {
    fn create(path: &Path) -> io::Result<Self> {
        // A link is followed, so that the file it names is replaced and not the link.
        let target = match fs::canonicalize(path) {
            Ok(target) => target,
            Err(e) if e.kind() == io::ErrorKind::NotFound => path.to_owned(),
            Err(e) => return Err(e),
        };
        let there = fs::metadata(&target).ok();
        if there.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if there.as_ref().is_some_and(|m| !m.is_file()) {
            return fs::OpenOptions::new().write(true).open(&target).map(Self::Straight);
        }
        let folder = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".navig-").suffix(".part");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // Those of any new file: the umask takes its share. A report is no secret of its author.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let temporary = builder.tempfile_in(folder)?;
        if let Some(there) = there {
            temporary.as_file().set_permissions(there.permissions())?;
        }
        Ok(Self::Beside { temporary, target })
    }

    fn commit(self) -> io::Result<()> {
        match self {
            Self::Beside { temporary, target } => {
                temporary.as_file().sync_all()?;
                temporary.persist(target)?;
                Ok(())
            }
            Self::Straight(mut file) => file.flush(),
        }
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.inner {
            Inner::Beside { temporary, .. } => temporary.write(bytes),
            Inner::Straight(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.inner {
            Inner::Beside { temporary, .. } => temporary.flush(),
            Inner::Straight(file) => file.flush(),
        }
    }
}

/// Writes a whole file through an [`AtomicFile`]: a full disk or a crash leaves what was there before.
///
/// # Errors
/// [`WholeError`] names the file.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), WholeError> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes).map_err(|source| WholeError { path: path.to_owned(), source })?;
    file.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("readable");
        entries.map(|e| e.expect("readable").file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn what_is_not_committed_leaves_no_trace() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("r.html");
        fs::write(&path, "old").expect("writable");
        let mut file = AtomicFile::create(&path).expect("creatable");
        file.write_all(b"half a rep").expect("writable");
        drop(file);
        assert_eq!(fs::read(&path).expect("readable"), b"old");
        assert_eq!(names(folder.path()), ["r.html"]);
    }

    #[test]
    fn a_whole_file_takes_the_place_of_the_old() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("r.html");
        for text in ["one", "two"] {
            write_atomically(&path, text.as_bytes()).expect("writable");
            assert_eq!(fs::read_to_string(&path).expect("readable"), text);
        }
        assert_eq!(names(folder.path()), ["r.html"]);
    }

    #[test]
    fn errors_name_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let missing = folder.path().join("no/such/folder/r.html");
        let error = write_atomically(&missing, b"x").expect_err("there is no folder").to_string();
        assert!(error.contains("r.html"), "{error}");
        assert!(write_atomically(folder.path(), b"x").is_err(), "a folder is no file");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_a_device_is_written_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let (real, link) = (folder.path().join("real.csv"), folder.path().join("link.csv"));
        fs::write(&real, "old").expect("writable");
        std::os::unix::fs::symlink(&real, &link).expect("linkable");
        write_atomically(&link, b"new").expect("writable");
        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
        assert_eq!(fs::read(&real).expect("readable"), b"new");
        write_atomically(Path::new("/dev/null"), b"gone").expect("a device");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error_that_names_the_file() {
        let error = write_atomically(Path::new("/dev/full"), b"x").expect_err("it is full").to_string();
        assert!(error.contains("/dev/full"), "{error}");
    }
}

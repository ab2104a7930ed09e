//! A folder, a home and a `navig` command for one test.

use assert_cmd::Command;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A temporary folder that is gone when the test ends.
pub(crate) struct Dir(TempDir);

impl Dir {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn create(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(name);
        fs::create_dir_all(path.parent().expect("a name has a folder")).expect("creates");
        fs::write(&path, bytes).expect("writes");
        path
    }

    /// Writes an even PNG that says nothing about any place; `shade` makes one photo differ from another.
    pub(crate) fn photo(&self, name: &str, shade: u8) -> PathBuf {
        self.create(name, png(shade))
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).expect("reads")
    }

    /// Names in a folder, sorted; none when it is not there.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.at(folder)) else { return vec![] };
        let name = |e: std::io::Result<fs::DirEntry>| e.expect("an entry").file_name().to_string_lossy().into_owned();
        let mut names: Vec<String> = entries.map(name).collect();
        names.sort();
        names
    }

    /// `navig` in this folder with a home of its own, no settings from outside, and no network.
    pub(crate) fn navig(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_navig"));
        command.current_dir(self.path());
        for (name, value) in environment(self.path()) {
            command.env(name, value);
        }
        for (name, _) in std::env::vars_os().filter(|(n, _)| n.to_string_lossy().starts_with("NAVIG_")) {
            command.env_remove(name);
        }
        command.env("NAVIG_OFFLINE", "true");
        command
    }

    /// The same as a command of the standard library, for tests that talk to the process while it runs.
    pub(crate) fn raw_navig(&self) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_navig"));
        command.current_dir(self.path()).envs(environment(self.path())).env("NAVIG_OFFLINE", "true");
        command
    }

    /// Runs `navig`, and returns exit code, standard output and standard error.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.navig().args(arguments))
    }
}

fn environment(home: &Path) -> Vec<(&'static str, PathBuf)> {
    vec![
        ("HOME", home.join("home")),
        ("XDG_CONFIG_HOME", home.join("home/config")),
        ("XDG_DATA_HOME", home.join("home/data")),
        ("XDG_CACHE_HOME", home.join("home/cache")),
        // Whatever slips past the rules above meets a closed door on this machine.
        ("ALL_PROXY", PathBuf::from("http://127.0.0.1:1")),
        ("HTTPS_PROXY", PathBuf::from("http://127.0.0.1:1")),
        ("HTTP_PROXY", PathBuf::from("http://127.0.0.1:1")),
    ]
}

/// An even picture of 64 × 48 pixels.
pub(crate) fn png(shade: u8) -> Vec<u8> {
    let picture = image::RgbImage::from_pixel(64, 48, image::Rgb([shade, 100, 200]));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).expect("encodes");
    bytes.into_inner()
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().expect("runs");
        Self {
            code: output.status.code().expect("ends by itself"),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// Asserts the exit code and that standard error has these words.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        for word in words {
            assert!(self.stderr.contains(word), "'{word}' is not in: {}", self.stderr);
        }
    }

    /// Asserts success, and returns standard output.
    #[track_caller]
    pub(crate) fn answers(&self) -> &str {
        assert_eq!(self.code, 0, "{self:?}");
        &self.stdout
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).expect("standard output is JSON")
    }
}

//! From what was typed to the list of photos: files, folders, patterns and standard input.
//!
//! What a folder holds is chosen by content and by name, so that a mislabelled picture is found, and a damaged one is
//! reported and not passed over. A file that was named itself is taken as it is: whoever names it wants to hear
//! about it.

use super::Input;
use crate::photo::{Format, Limits};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use walkdir::{DirEntry, WalkDir};

/// Extensions that promise a picture navig reads.
const EXTENSIONS: [&str; 12] =
    ["jpg", "jpeg", "jpe", "jfif", "png", "webp", "tif", "tiff", "gif", "heic", "heif", "avif"];
/// First bytes that decide on a format; the brands of a HEIF file reach farthest.
const HEAD_BYTES: u64 = 256;

/// Why an argument gives no photo. A batch goes on without it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// A folder, or something in it, that cannot be looked at.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// The folder or the file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A folder without pictures.
    #[error("{}: holds no picture that navig reads", path.display())]
    NoPicture {
        /// The folder.
        path: PathBuf,
    },
    /// A pattern that nothing fits.
    #[error("{pattern}: no file fits this pattern")]
    NoMatch {
        /// The pattern.
        pattern: String,
    },
    /// A pattern that is none.
    #[error("{pattern}: not a pattern: {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// `-` more than once.
    #[error("-: standard input can be read once only")]
    StdinTwice,
    /// `-` that cannot be read.
    #[error("-: standard input cannot be read: {0}")]
    Stdin(#[source] io::Error),
}

/// The photos that the arguments stand for.
#[derive(Debug, Default)]
pub struct Inputs {
    /// In the order of the arguments, and sorted by path within a folder or a pattern; none twice.
    pub photos: Vec<Input>,
    /// What gave none.
    pub problems: Vec<InputError>,
    /// Whether the arguments may stand for more than one photo, whatever they stand for today.
    pub batch: bool,
    /// Canonical paths of the files that are listed already.
    seen: HashSet<PathBuf>,
}

impl Inputs {
    /// Expands arguments. `-` is all of `stdin`, up to one byte over the limit, so that the import sees that it is too
    /// long; an argument that names no file and has `*`, `?` or `[` in it is a pattern; a folder stands for all pictures
    /// in it, at any depth, hidden ones left out.
    #[must_use]
    pub fn expand(arguments: &[PathBuf], mut stdin: impl Read, limits: &Limits) -> Self {
        let mut inputs = Self { batch: arguments.len() > 1, ..Self::default() };
        for argument in arguments {
            let text = argument.to_str().unwrap_or_default();
            if text == "-" {
                inputs.add_stdin(&mut stdin, limits);
            } else if argument.is_dir() {
                inputs.add_folder(argument);
            } else if !argument.exists() && text.contains(['*', '?', '[']) {
                inputs.add_pattern(text);
            } else {
                inputs.add_file(argument);
            }
        }
        inputs
    }

    fn add_stdin(&mut self, stdin: &mut impl Read, limits: &Limits) {
        if self.photos.iter().any(|photo| matches!(photo, Input::Bytes { .. })) {
            return self.problems.push(InputError::StdinTwice);
        }
        let mut bytes = Vec::new();
        match stdin.take(limits.max_bytes.saturating_add(1)).read_to_end(&mut bytes) {
            Ok(_) => self.photos.push(Input::Bytes { name: "-".to_owned(), bytes: Arc::from(bytes) }),
            Err(e) => self.problems.push(InputError::Stdin(e)),
        }
    }

    /// A file that is not there is listed too: its import says what is wrong.
    fn add_file(&mut self, path: &Path) {
        let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if self.seen.insert(place) {
            self.photos.push(Input::File(path.to_owned()));
        }
    }

    /// Links are followed. A link that leads back up is passed over: what it leads to is walked already.
    fn add_folder(&mut self, folder: &Path) {
        self.batch = true;
        let before = (self.photos.len(), self.seen.len(), self.problems.len());
        let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name();
        for entry in walk.into_iter().filter_entry(|e| e.depth() == 0 || !is_hidden(e.file_name())) {
            match entry {
                Ok(entry) => self.add_entry(&entry),
                Err(e) if e.loop_ancestor().is_some() => {}
                Err(e) => {
                    let path = e.path().unwrap_or(folder).to_owned();
                    let source = e.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into());
                    self.problems.push(InputError::Unreadable { path, source });
                }
            }
        }
        if before == (self.photos.len(), self.seen.len(), self.problems.len()) {
            self.problems.push(InputError::NoPicture { path: folder.to_owned() });
        }
    }

    fn add_entry(&mut self, entry: &DirEntry) {
        if entry.file_type().is_file() && (has_picture_name(entry.path()) || has_picture_content(entry.path())) {
            self.add_file(entry.path());
        }
    }

    fn add_pattern(&mut self, pattern: &str) {
        self.batch = true;
        let paths = match glob::glob(pattern) {
            Ok(paths) => paths,
            Err(e) => {
                let (pattern, reason) = (pattern.to_owned(), e.msg.to_owned());
                return self.problems.push(InputError::Pattern { pattern, reason });
            }
        };
        let mut any = false;
        for path in paths {
            any = true;
            match path {
                Ok(path) if path.is_dir() => self.add_folder(&path),
                Ok(path) => self.add_file(&path),
                Err(e) => {
                    let (path, source) = (e.path().to_owned(), e.into());
                    self.problems.push(InputError::Unreadable { path, source });
                }
            }
        }
        if !any {
            self.problems.push(InputError::NoMatch { pattern: pattern.to_owned() });
        }
    }
}

/// Hidden files are caches and the shadow files of other systems, which bear a picture's name.
fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

fn has_picture_name(path: &Path) -> bool {
    let extension = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    extension.is_some_and(|e| EXTENSIONS.contains(&e.as_str()))
}

/// An unreadable file without a picture's name is nobody's loss.
fn has_picture_content(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
    read.is_ok() && Format::of(&head).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

    struct Tree(tempfile::TempDir);

    impl Tree {
        fn new(files: &[(&str, &[u8])]) -> Self {
            let tree = Self(tempfile::tempdir().expect("a temporary folder"));
            for (name, bytes) in files {
                let path = tree.at(name);
                fs::create_dir_all(path.parent().expect("is in the tree")).expect("creates");
                fs::write(path, bytes).expect("writes");
            }
            tree
        }

        fn at(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn names(&self, inputs: &Inputs) -> Vec<String> {
            let name = |input: &Input| match input {
                Input::File(path) => path.strip_prefix(self.0.path()).expect("inside").display().to_string(),
                Input::Bytes { name, .. } => name.clone(),
            };
            inputs.photos.iter().map(name).collect()
        }
    }

    fn expand(arguments: &[PathBuf]) -> Inputs {
        Inputs::expand(arguments, &b"0123456789"[..], &Limits { max_bytes: 4, ..Limits::default() })
    }

    #[test]
    fn a_folder_gives_pictures_by_name_or_content_sorted_and_no_hidden_ones() {
        let tree = Tree::new(&[
            ("b.JPG", b"not a picture, and called one"),
            ("a/c.png", PNG),
            ("a/no-extension", PNG),
            ("a/notes.txt", b"text"),
            ("a/._c.png", PNG),
            (".cache/x.png", PNG),
            ("empty.jpeg", b""),
        ]);
        let inputs = expand(&[tree.at("")]);
        assert_eq!(tree.names(&inputs), ["a/c.png", "a/no-extension", "b.JPG", "empty.jpeg"]);
        assert!(inputs.problems.is_empty() && inputs.batch);
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_circle_end_and_a_file_is_listed_once() {
        let tree = Tree::new(&[("a/one.png", PNG), ("b/two.png", PNG)]);
        std::os::unix::fs::symlink(tree.at(""), tree.at("a/up")).expect("links");
        std::os::unix::fs::symlink(tree.at("b"), tree.at("a/across")).expect("links");
        std::os::unix::fs::symlink(tree.at("nowhere"), tree.at("a/dangling.png")).expect("links");
        let inputs = expand(&[tree.at(""), tree.at("b/two.png")]);
        assert_eq!(tree.names(&inputs), ["a/across/two.png", "a/one.png"]);
        assert!(
            matches!(&inputs.problems[..], [InputError::Unreadable { path, .. }] if path.ends_with("dangling.png"))
        );
    }

    #[test]
    fn patterns_are_expanded_unless_a_file_has_that_very_name() {
        let tree = Tree::new(&[("1.png", PNG), ("2.png", PNG), ("[3].png", PNG)]);
        let inputs = expand(&[tree.at("?.png"), tree.at("[3].png"), tree.at("*.gif"), tree.at("***")]);
        assert_eq!(tree.names(&inputs), ["1.png", "2.png", "[3].png"]);
        assert!(matches!(inputs.problems[..], [InputError::NoMatch { .. }, InputError::Pattern { .. }]));
    }

    #[test]
    fn standard_input_counts_once_and_an_empty_folder_is_named() {
        let tree = Tree::new(&[("empty/notes.txt", b"text")]);
        let inputs = expand(&["-".into(), "-".into(), tree.at("empty")]);
        let bytes = Arc::from(&b"01234"[..]);
        assert_eq!(
            inputs.photos,
            [Input::Bytes { name: "-".to_owned(), bytes }],
            "no more than shows that it is too long"
        );
        assert!(matches!(inputs.problems[..], [InputError::StdinTwice, InputError::NoPicture { .. }]));
    }

    #[test]
    fn a_file_that_was_named_is_taken_as_it_is() {
        let tree = Tree::new(&[("letter.txt", b"text")]);
        let inputs = expand(&[tree.at("letter.txt"), tree.at("absent.jpg"), tree.at("letter.txt")]);
        assert_eq!(tree.names(&inputs), ["letter.txt", "absent.jpg"]);
        assert!(inputs.problems.is_empty());
        assert!(!expand(&[tree.at("letter.txt")]).batch);
    }
}

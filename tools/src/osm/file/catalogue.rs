//! The indexes that are installed: files that end in `.navosm` in one folder, each known by its name without the ending.

use super::{Map, MapError};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// How the name of an index file ends.
pub const EXTENSION: &str = "navosm";
/// Longest name, bytes.
const MAX_NAME_BYTES: usize = 100;

/// The name of an installed index: letters, digits, `-`, `_` and `.` inside, such as `wien` or `world_sampler.2024`.
///
/// Names differ in more than case, for some file systems know no case; they hold nothing that a shell or a path would
/// take for something else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MapName(String);

/// A text that names no index.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no name for a map index: take letters, digits, '-', '_' and '.', at most {MAX_NAME_BYTES} bytes, with a \
     letter or digit at both ends, such as wien"
)]
pub struct MapNameError(String);

impl FromStr for MapName {
    type Err = MapNameError;

    fn from_str(text: &str) -> Result<Self, MapNameError> {
        let inner = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        let sound = text.chars().all(inner)
            && text.starts_with(char::is_alphanumeric)
            && text.ends_with(char::is_alphanumeric)
            && text.len() <= MAX_NAME_BYTES;
        if sound { Ok(Self(text.to_owned())) } else { Err(MapNameError(text.to_owned())) }
    }
}

impl MapName {
    /// The name under which an index of an extract is installed when none is given: that of the file without
    /// `.osm.pbf`, and what a name may not hold as `_`.
    ///
    /// # Errors
    /// [`MapNameError`] when nothing of the file name is left.
    pub fn of_extract(extract: &Path) -> Result<Self, MapNameError> {
        let file = extract.file_name().unwrap_or_default().to_string_lossy();
        let stem = [".osm.pbf", ".pbf"].iter().find_map(|ending| file.strip_suffix(ending)).unwrap_or(&file);
        let allowed = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '.') { c } else { '_' };
        let name: String = stem.chars().map(allowed).collect();
        name.trim_matches(|c: char| !c.is_alphanumeric()).parse()
    }

    /// The file of the index in a folder.
    #[must_use]
    pub fn path_in(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.{EXTENSION}", self.0))
    }
}

impl fmt::Display for MapName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A folder of indexes.
#[derive(Debug, Clone)]
pub struct Catalogue {
    folder: PathBuf,
}

/// A file of a catalogue.
#[derive(Debug)]
pub struct Installed {
    /// Its name.
    pub name: MapName,
    /// Its path.
    pub path: PathBuf,
    /// The index, or why it cannot be opened.
    pub map: Result<Map, MapError>,
}

impl Catalogue {
    /// The indexes of a folder, which need not be there.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All indexes by name, each opened. Files whose names no index has are passed over.
    ///
    /// # Errors
    /// [`MapError::Unreadable`] for a folder that is there and cannot be read.
    pub fn list(&self) -> Result<Vec<Installed>, MapError> {
        let unreadable = |source| MapError::Unreadable { path: self.folder.clone(), source };
        let files = match std::fs::read_dir(&self.folder) {
            Ok(files) => files,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(error)),
        };
        let mut installed = Vec::new();
        for file in files {
            let path = file.map_err(unreadable)?.path();
            let stem = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
            if let (Some(name), true) = (stem, path.extension().is_some_and(|extension| extension == EXTENSION)) {
                installed.push(Installed { name, map: Map::open(&path), path });
            }
        }
        installed.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(installed)
    }

    /// Opens an index by its name.
    ///
    /// # Errors
    /// [`MapError::NotInstalled`], with the names that are, and [`MapError`] as for [`Map::open`].
    pub fn open(&self, name: &MapName) -> Result<Map, MapError> {
        let path = name.path_in(&self.folder);
        if path.exists() { Map::open(&path) } else { Err(self.not_installed(name)) }
    }

    /// Makes the folder where it is missing, and gives the path of an index that is to be written there.
    ///
    /// # Errors
    /// [`MapError::Unwritable`] when the folder cannot be made.
    pub fn path_for(&self, name: &MapName) -> Result<PathBuf, MapError> {
        std::fs::create_dir_all(&self.folder).map_err(|e| MapError::unwritable(&self.folder, e))?;
        Ok(name.path_in(&self.folder))
    }

    /// Removes an index; whoever has it open can go on reading it.
    ///
    /// # Errors
    /// [`MapError::NotInstalled`], and [`MapError::Unwritable`] when the file cannot be removed.
    pub fn remove(&self, name: &MapName) -> Result<PathBuf, MapError> {
        let path = name.path_in(&self.folder);
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(self.not_installed(name)),
            Err(error) => Err(MapError::unwritable(&path, error)),
        }
    }

    fn not_installed(&self, name: &MapName) -> MapError {
        let names = self.list().unwrap_or_default().into_iter().map(|installed| installed.name.to_string());
        let there = names.collect::<Vec<_>>().join(", ");
        let there = if there.is_empty() { "no index".to_owned() } else { there };
        MapError::NotInstalled { name: name.to_string(), folder: self.folder.clone(), there }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osm::file::{Meta, Writer, WriterOptions};

    #[test]
    fn names_are_plain() {
        for name in ["wien", "world_sampler.2024", "Île-de-France", "東京", "7"] {
            assert!(name.parse::<MapName>().is_ok(), "{name}");
        }
        for name in ["", ".", "..", "-rf", "a/b", "a\\b", "a b", "a\n", ".hidden", "a.", "*", &"x".repeat(101)] {
            assert!(name.parse::<MapName>().is_err(), "{name:?}");
        }
        let of = |path: &str| MapName::of_extract(Path::new(path)).map(|name| name.to_string());
        assert_eq!(of("data/wien.osm.pbf").as_deref(), Ok("wien"));
        assert_eq!(of("-my map (2).pbf").as_deref(), Ok("my_map__2"));
        assert_eq!(of("a.b.osm").as_deref(), Ok("a.b.osm"));
        assert!(of("...").is_err());
    }

    #[test]
    fn indexes_are_listed_opened_and_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let catalogue = Catalogue::new(&folder.path().join("maps"));
        let name: MapName = "wien".parse().expect("a name");
        assert!(catalogue.list().expect("no folder is an empty one").is_empty());
        let path = catalogue.path_for(&name).expect("a folder");
        Writer::create(&path, &WriterOptions::default()).expect("a folder").finish(Meta::default()).expect("room");
        std::fs::write(catalogue.folder().join("bad.navosm"), "no index").expect("written");
        std::fs::write(catalogue.folder().join("note.txt"), "no index").expect("written");
        let listed = catalogue.list().expect("readable");
        let found: Vec<_> = listed.iter().map(|map| (map.name.to_string(), map.map.is_ok())).collect();
        assert_eq!(found, [("bad".to_owned(), false), ("wien".to_owned(), true)]);
        assert_eq!(catalogue.open(&name).expect("sound").path(), path);
        assert_eq!(catalogue.remove(&name).expect("it is there"), path);
        let error = catalogue.open(&name).expect_err("removed").to_string();
        assert!(error.contains("'wien'") && error.contains("bad"), "{error}");
        assert!(catalogue.remove(&name).is_err());
    }
}

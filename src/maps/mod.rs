//! The map indexes that are installed, and those that the user names.
//!
//! An installed index is a file `NAME.navosm` in the folder of the setting `maps_dir`. A command that takes a map takes
//! its name or the path of a file; one that is given none takes every installed one.

mod error;

pub use error::MapsError;

use crate::settings::Settings;
use crate::shelf;
use navig_tools::osm::Maps;
use navig_tools::osm::file::{Map, MapError};
use std::path::{Path, PathBuf};

/// The ending of index files.
pub const ENDING: &str = "navosm";

/// The folder of the installed maps.
#[derive(Debug, Clone)]
pub struct Shelf {
    folder: PathBuf,
}

impl Shelf {
    /// The folder that the settings name. Nothing is touched yet.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self { folder: settings.maps_dir.clone() }
    }

    /// Where installed maps lie.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The files of the installed maps, by name. No file is opened.
    ///
    /// # Errors
    /// [`MapsError::Folder`] when the folder is there and cannot be read.
    pub fn installed(&self) -> Result<Vec<PathBuf>, MapsError> {
        shelf::installed(&self.folder, ENDING)
            .map_err(|source| MapsError::Folder { folder: self.folder.clone(), source })
    }

    /// Where the map of a name lies, or will lie.
    ///
    /// # Errors
    /// [`MapsError::Name`] for a name that is no plain file name.
    pub fn place(&self, name: &str) -> Result<PathBuf, MapsError> {
        shelf::place(&self.folder, name, ENDING).ok_or_else(|| MapsError::Name { name: name.to_owned() })
    }

    /// The file that is meant by a name or a path: an installed map first, unless the text looks like a path.
    ///
    /// # Errors
    /// [`MapsError::Unknown`] lists those that there are.
    pub fn find(&self, given: &str) -> Result<PathBuf, MapsError> {
        let installed = if shelf::looks_like_a_path(given, ENDING) { None } else { self.place(given).ok() };
        match installed.into_iter().chain([PathBuf::from(given)]).find(|path| path.exists()) {
            Some(path) => Ok(path),
            None => Err(MapsError::Unknown {
                given: given.to_owned(),
                there: self.installed()?.iter().map(|path| name_of(path)).collect(),
            }),
        }
    }

    /// Opens the maps that are given by name or path.
    ///
    /// # Errors
    /// [`MapsError::Unknown`] and [`MapsError::Map`] for the first that is not there or does not open.
    pub fn open(&self, given: &[String]) -> Result<Vec<Map>, MapsError> {
        given.iter().map(|text| Ok(Map::open(&self.find(text)?)?)).collect()
    }

    /// Opens every installed map; what does not open is returned beside them, so that one damaged file does not take
    /// the others away.
    ///
    /// # Errors
    /// [`MapsError::None`] when nothing is installed, [`MapsError::Map`] when none of what is there opens.
    pub fn open_all(&self) -> Result<(Vec<Map>, Vec<MapError>), MapsError> {
        let (mut maps, mut failures) = (Vec::new(), Vec::new());
        for path in self.installed()? {
            match Map::open(&path) {
                Ok(map) => maps.push(map),
                Err(failure) => failures.push(failure),
            }
        }
        match (maps.is_empty(), failures.is_empty()) {
            (true, true) => Err(MapsError::None { folder: self.folder.clone() }),
            (true, false) => Err(MapsError::Map(failures.swap_remove(0))),
            _ => Ok((maps, failures)),
        }
    }

    /// The maps as tools ask them: those that are given, or else every installed one; then no map is no failure, and what
    /// does not open is left out and returned.
    ///
    /// # Errors
    /// [`MapsError::Folder`] when the folder cannot be read; for maps that are given, as [`Shelf::open`].
    pub fn for_tools(&self, given: &[String]) -> Result<(Maps, Vec<MapError>), MapsError> {
        if !given.is_empty() {
            return Ok((self.open(given)?.into(), Vec::new()));
        }
        let (maps, failures): (Vec<_>, Vec<_>) =
            self.installed()?.iter().map(|path| Map::open(path)).partition(Result::is_ok);
        let maps: Vec<Map> = maps.into_iter().flatten().collect();
        Ok((maps.into(), failures.into_iter().filter_map(Result::err).collect()))
    }
}

/// The name of a map or a guidebook: its file name without the ending.
#[must_use]
pub fn name_of(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The name that an extract gives its map: `monaco` for `maps/monaco-latest.osm.pbf`.
#[must_use]
pub fn name_for(extract: &Path) -> String {
    let file = extract.file_name().unwrap_or_default().to_string_lossy();
    let stem = file.strip_suffix(".osm.pbf").or_else(|| file.strip_suffix(".pbf")).unwrap_or(&file);
    let stem = stem.strip_suffix("-latest").unwrap_or(stem).trim_start_matches(['.', '-']);
    stem.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelf(folder: &Path) -> Shelf {
        Shelf { folder: folder.to_owned() }
    }

    #[test]
    fn names_are_plain_file_names() {
        let shelf = shelf(Path::new("maps"));
        assert_eq!(shelf.place("wien_2026.5").expect("plain"), Path::new("maps/wien_2026.5.navosm"));
        for bad in ["", ".", "..", "../x", "a/b", "-x", "a b", "a\0b", &"x".repeat(201)] {
            assert!(matches!(shelf.place(bad), Err(MapsError::Name { .. })), "{bad}");
        }
    }

    #[test]
    fn an_extract_gives_its_name() {
        for (path, name) in [
            ("x/monaco-latest.osm.pbf", "monaco"),
            ("wien.pbf", "wien"),
            ("Île de France.osm.pbf", "Île-de-France"),
            ("odd", "odd"),
        ] {
            assert_eq!(name_for(Path::new(path)), name);
            assert!(shelf(Path::new("m")).place(name).is_ok());
        }
    }

    #[test]
    fn a_name_is_looked_for_on_the_shelf_and_a_path_where_it_leads() {
        let dir = tempfile::tempdir().expect("a folder");
        let shelf = shelf(dir.path());
        let file = dir.path().join("wien.navosm");
        std::fs::write(&file, "").expect("writes");
        std::fs::write(dir.path().join("wien.navosm.part"), "").expect("writes");
        assert_eq!(shelf.find("wien").expect("is there"), file);
        assert_eq!(shelf.find(file.to_str().expect("UTF-8")).expect("is there"), file);
        assert_eq!(shelf.installed().expect("reads"), [file]);
        let error = shelf.find("graz").expect_err("is not there").to_string();
        assert!(error.contains("graz") && error.contains("wien"), "{error}");
    }
}

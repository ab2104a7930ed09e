//! The guidebooks that are asked: the clue book inside the program, and those that the user has indexed.
//!
//! An installed guidebook is a file `NAME.navguide` in the folder of the setting `guidebooks_dir`; traces lie there too.

mod build;
mod error;

pub use build::{Building, Built, Step, build_guidebook, build_traces};
pub use error::GuidebooksError;

use crate::assets::Store;
use crate::embedder::Embedder;
use crate::settings::{EmbedderSetting, Settings};
use crate::shelf;
use navig_tools::guidebook::book::{Book, BookError, Embed};
use navig_tools::guidebook::{Library, clues};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The ending of guidebooks' files.
pub const ENDING: &str = "navguide";
/// The asset that makes vectors.
pub const EMBEDDER: &str = "embedder";

/// The folder of the installed guidebooks.
#[derive(Debug, Clone)]
pub struct Shelf {
    folder: PathBuf,
}

impl Shelf {
    /// The folder that the settings name. Nothing is touched yet.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self { folder: settings.guidebooks_dir.clone() }
    }

    /// Where installed guidebooks lie.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The files of the installed guidebooks, by name. No file is opened.
    ///
    /// # Errors
    /// [`GuidebooksError::Folder`] when the folder is there and cannot be read.
    pub fn installed(&self) -> Result<Vec<PathBuf>, GuidebooksError> {
        shelf::installed(&self.folder, ENDING)
            .map_err(|source| GuidebooksError::Folder { folder: self.folder.clone(), source })
    }

    /// Where the guidebook of a name lies, or will lie.
    ///
    /// # Errors
    /// [`GuidebooksError::Name`] for a name that is no plain file name.
    pub fn place(&self, name: &str) -> Result<PathBuf, GuidebooksError> {
        shelf::place(&self.folder, name, ENDING).ok_or_else(|| GuidebooksError::Name { name: name.to_owned() })
    }

    /// The file that is meant by a name or a path, if it is there.
    #[must_use]
    pub fn find(&self, given: &str) -> Option<PathBuf> {
        let is_path = shelf::looks_like_a_path(given, ENDING);
        let installed = if is_path { None } else { self.place(given).ok() };
        let named = is_path.then(|| PathBuf::from(given));
        installed.into_iter().chain(named).find(|path| path.is_file() && path.extension().is_some_and(|e| e == ENDING))
    }
}

/// The clue book and every installed guidebook, with the embedder of the settings. What does not open is left out, and said
/// in words beside the library; so is an embedder that should be there and is not.
///
/// # Errors
/// [`GuidebooksError`] when the folder cannot be read, or an embedder that the user named does not load.
pub fn library(settings: &Settings) -> Result<(Library, Vec<String>), GuidebooksError> {
    let mut said = Vec::new();
    let mut books = vec![clues::book()];
    for path in Shelf::of(settings).installed()? {
        match Book::open(&path) {
            Ok(book) => books.push(book),
            Err(e) => said.push(e.to_string()),
        }
    }
    let embedder = embedder(settings)?;
    if let Some(embedder) = &embedder {
        let others = books.iter().filter(|b| !b.is_empty() && b.meta().embedder.as_deref() != Some(embedder.id()));
        said.extend(others.map(|book| {
            let name = book.path().display();
            format!("{name}: has no vectors of this embedder, and is searched by its words; 'navig index guidebook' with the same sources adds them")
        }));
    }
    Ok((Library::new(books, embedder), said))
}

/// The embedder of the settings; `None` when it is switched off, or is the asset and not installed.
///
/// # Errors
/// [`GuidebooksError::Embedder`] when what is there, or what was named, does not load.
pub fn embedder(settings: &Settings) -> Result<Option<Arc<dyn Embed>>, GuidebooksError> {
    let folder = match &settings.embedder {
        EmbedderSetting::Off => return Ok(None),
        EmbedderSetting::At(folder) => folder.clone(),
        EmbedderSetting::Auto => match Store::open(settings).folder(EMBEDDER) {
            Ok(folder) => folder,
            Err(_) => return Ok(None),
        },
    };
    Ok(Some(Arc::new(Embedder::load(&folder)?)))
}

/// Opens a guidebook to be changed; `None` when there is none yet.
fn existing(path: &Path) -> Result<Option<Book>, BookError> {
    if path.exists() { Book::open(path).map(Some) } else { Ok(None) }
}

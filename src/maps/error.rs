//! Why a map is not there.

use navig_tools::osm::file::MapError;
use std::io;
use std::path::PathBuf;

/// Why a map is not there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MapsError {
    /// Nothing is installed.
    #[error(
        "no map is installed in {}: download an extract of OpenStreetMap (.osm.pbf) of the area, \
         then run 'navig index osm EXTRACT.osm.pbf'",
        folder.display()
    )]
    None {
        /// Where maps are looked for.
        folder: PathBuf,
    },
    /// Neither a map of that name nor such a file is there.
    #[error("no map '{given}' is there{}; 'navig index osm EXTRACT.osm.pbf' makes one", listed(there))]
    Unknown {
        /// What was asked for.
        given: String,
        /// Names of those that are installed.
        there: Vec<String>,
    },
    /// A name that cannot be a file's.
    #[error("'{name}' is no name for a map: use letters, digits, '-', '_' and '.', 1 to 200 of them")]
    Name {
        /// What was given.
        name: String,
    },
    /// The folder of the maps cannot be read.
    #[error("{}: the folder of the maps cannot be read", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A map that does not open.
    #[error(transparent)]
    Map(#[from] MapError),
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!(" (installed: {})", names.join(", ")) }
}

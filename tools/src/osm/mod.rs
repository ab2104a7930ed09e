//! The map: an index over a local OpenStreetMap extract, and the searches that an investigator makes on it.
//!
//! ```text
//! EXTRACT.osm.pbf -> extract -> Object... -> file::Writer -> NAME.navosm -> file::Map -> names, search -> answers
//!                    features says what is kept, and what each thing is called
//! ```
//!
//! - [`object`]: an object of the map, as it goes into the index
//! - [`features`]: what is kept of an extract, visual classes, values with units (`data/osm/features.toml`)
//! - [`extract`]: objects out of an `.osm.pbf`, with geometry, in bounded memory
//! - [`file`]: the index file: written by external sort, read in place
//! - [`Maps`]: several indexes at once
//! - [`names`]: finding a name that was half read
//! - [`search`]: names, classes and tags that stand in a relation to each other
//! - [`tools`]: the map as evidence: `osm.find`, `osm.together`, `osm.crossing`, `osm.around`, `osm.region`

mod chain;
pub mod extract;
pub mod features;
pub mod file;
mod maps;
pub mod names;
pub mod object;
pub mod search;
pub mod tools;

pub use maps::Maps;

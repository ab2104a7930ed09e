//! What a search of the maps found, as text, GeoJSON, KML or a page with maps.
//!
//! As with photos, a report is made from [`Results`] alone; only the page also looks into the maps, to draw what lies
//! around a spot. Names and tags come from maps that anybody may have written, so they pass through the same door as the
//! words of photos.

mod geojson;
mod kml;
mod labels;
mod page;
mod sketch;
mod text;
mod things;

pub use geojson::geojson;
pub use kml::kml;
pub use page::html;
pub use text::text;

use navig_tools::osm::file::Meta;
use navig_tools::osm::search::Results;
use serde::Serialize;

/// How the answer to one search is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, clap::ValueEnum)]
pub enum SearchFormat {
    /// For a terminal
    #[default]
    Text,
    /// `navig.search/1`
    Json,
    /// `navig.search/1` on one line
    Jsonl,
    /// A FeatureCollection with each spot and its objects
    Geojson,
    /// The same for Google Earth and its kin
    Kml,
}

/// A searched map beside its results: what the page says of its origin.
#[derive(Debug, Clone, Serialize)]
struct Origin {
    name: String,
    objects: String,
    source: String,
    date: String,
    sha256: String,
}

impl Origin {
    fn of(name: &str, objects: u64, meta: Option<&Meta>) -> Self {
        let date = meta.and_then(|meta| meta.extract_date.clone()).unwrap_or_else(|| "not known".to_owned());
        Self {
            name: name.to_owned(),
            objects: objects.to_string(),
            source: meta.map_or_else(String::new, |meta| meta.source.clone()),
            date,
            sha256: meta.map_or_else(String::new, |meta| meta.source_sha256.clone()),
        }
    }
}

/// Results as indented JSON with a line feed at its end.
#[must_use]
pub fn json(results: &Results) -> String {
    serde_json::to_string_pretty(results).expect("results have string keys only") + "\n"
}

/// Results as JSON on one line, with a line feed at its end.
#[must_use]
pub fn jsonl(results: &Results) -> String {
    serde_json::to_string(results).expect("results have string keys only") + "\n"
}

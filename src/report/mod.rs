//! What people and programs read: a result as text, JSON, GeoJSON, KML, CSV or HTML.
//!
//! A report is made from a [`LocateResult`] alone (the HTML report also from the pixels of the photo) and never runs
//! anything, so that it can be made again from a kept result. Words that come from a photo, its file name or a plug-in
//! pass through one door before they are printed: escapes, overrides, markup and formulas arrive as visible text.

mod ask;
mod eval;
mod geojson;
mod html;
mod kml;
mod reasons;
mod ring;
pub mod search;
mod table;
mod text;
mod untrusted;
mod words;
mod writer;

pub use ask::ask;
pub use eval::{ablation, comparison, leaks, scores, scores_row};
pub use html::{html, run as run_html, training};
pub use text::{TextStyle, text};
pub(crate) use untrusted::visible;
pub(crate) use words::grouped;
pub use writer::{ReportError, Writer};

use crate::ledger::LocateResult;

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Format {
    /// For a terminal
    Text,
    /// `navig.result/1`
    Json,
    /// `navig.result/1`, one line a photo
    Jsonl,
    /// A FeatureCollection with the answer, its 50 and 90 % circles and the candidates
    Geojson,
    /// The same for Google Earth and its kin
    Kml,
    /// One row a photo
    Csv,
    /// One page to read and to hand on
    Html,
}

/// A result as indented `navig.result/1` with a line feed at its end.
#[must_use]
pub fn json(result: &LocateResult) -> String {
    serde_json::to_string_pretty(result).expect("a result has string keys only") + "\n"
}

/// A result as `navig.result/1` on one line, with a line feed at its end.
#[must_use]
pub fn jsonl(result: &LocateResult) -> String {
    serde_json::to_string(result).expect("a result has string keys only") + "\n"
}

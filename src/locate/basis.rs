//! Everything but the photo that an answer depends on.

use super::Plan;
use crate::digest::hex;
use crate::guesser::Weights;
use crate::ledger::Hint;
use crate::reader::Reader;
use crate::searcher::Searcher;
use crate::vision::{Vision, VisionOptions};
use navig_tools::guidebook::Library;
use navig_tools::guidebook::book::Book;
use navig_tools::osm::Maps;
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::path::Path;

/// The plan, the weights, the tools, the reader, the maps, the guidebooks and the model with its prompts, by name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Basis(pub(super) Map<String, Value>);

impl Basis {
    pub(super) fn of(
        plan: &Plan,
        weights: &Weights,
        searcher: &Searcher,
        reader: Option<&Reader>,
        maps: &Maps,
        library: &Library,
        vision: Option<&Vision>,
    ) -> Self {
        #[derive(Serialize)]
        struct Parts<'a> {
            navig: &'a str,
            ignore_metadata: bool,
            hints: &'a [Hint],
            user_text: &'a [String],
            weights: &'a str,
            tools: Vec<(&'static str, &'static str)>,
            reader: Option<String>,
            maps: Vec<(String, String)>,
            guidebooks: Vec<(String, u64, u32)>,
            embedder: Option<String>,
            vision: Option<(String, Vec<String>, VisionOptions)>,
        }
        let parts = Parts {
            navig: env!("CARGO_PKG_VERSION"),
            ignore_metadata: plan.ignore_metadata,
            hints: &plan.hints,
            user_text: &plan.user_text,
            weights: &weights.sha256,
            tools: searcher.tools(),
            reader: reader.map(Reader::identity),
            maps: maps.identity(),
            guidebooks: library.books().iter().map(Book::identity).collect(),
            embedder: library.embedder().map(|e| e.id().to_owned()),
            vision: vision.map(Vision::identity),
        };
        match serde_json::to_value(&parts).expect("plain fields") {
            Value::Object(parts) => Self(parts),
            _ => Self(Map::new()),
        }
    }

    /// A hash over it and the program itself, so that a new build does not serve the answers of an old one.
    pub(super) fn sha256(&self) -> String {
        let build = std::env::current_exe().ok().and_then(|exe| stamp(&exe));
        hex(&Sha256::digest(serde_json::to_vec(&(build, &self.0)).expect("plain fields")))
    }
}

fn stamp(path: &Path) -> Option<(u64, std::time::SystemTime)> {
    let meta = path.metadata().ok()?;
    Some((meta.len(), meta.modified().ok()?))
}

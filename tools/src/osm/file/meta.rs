//! What an index says of itself.

use crate::osm::object::BoxE7;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who made the data, and under which licence.
pub const ATTRIBUTION: &str = "© OpenStreetMap contributors, ODbL 1.0, https://www.openstreetmap.org/copyright";

/// Where an index comes from. It depends on the extract and on the program alone, so that the same extract gives the
/// same bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Meta {
    /// File name of the extract, without its folder.
    pub source: String,
    /// SHA-256 of the extract, hexadecimal.
    pub source_sha256: String,
    /// Size of the extract, bytes.
    pub source_bytes: u64,
    /// Date of the data as the extract tells it, RFC 3339; none when it does not.
    pub extract_date: Option<String>,
    /// The box around all that is in the index: south, west, north, east, 1e-7 degrees; none around nothing.
    pub bounds: Option<[i32; 4]>,
    /// The program that wrote the extract, as its header says.
    pub writing_program: Option<String>,
    /// Version of navig that wrote the index.
    pub navig_version: String,
    /// Elements read and objects kept, by kind.
    pub counts: BTreeMap<String, u64>,
    /// Objects that were left out, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// Who made the data, and under which licence.
    pub attribution: String,
}

impl Meta {
    /// The box around all that is in the index; none around nothing.
    #[must_use]
    pub fn bounds(&self) -> Option<BoxE7> {
        self.bounds.map(|[south, west, north, east]| BoxE7 { south, west, north, east })
    }
}

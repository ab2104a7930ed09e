//! What a guidebook says of itself.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the passages are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// What a guidebook says of a region.
    #[default]
    Guidebook,
    /// What people said who knew where a picture was taken.
    Traces,
}

/// A source, as it was when it was indexed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceMeta {
    /// Path or address, as the user wrote it.
    pub name: String,
    /// SHA-256 over the paths and contents of its files, hexadecimal.
    pub sha256: String,
    /// Pages read; records, for traces.
    pub pages: u64,
    /// Passages kept.
    pub passages: u64,
    /// What was left out, by reason.
    pub dropped: BTreeMap<String, u64>,
}

/// The head of a guidebook. It depends on the sources, the embedder and the program alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Meta {
    /// What the passages are.
    pub kind: Kind,
    /// Version of navig that wrote it.
    pub navig_version: String,
    /// Which model made the vectors; none when there are none.
    pub embedder: Option<String>,
    /// Numbers in a vector; 0 without an embedder.
    pub dimensions: usize,
    /// Where the passages come from.
    pub sources: Vec<SourceMeta>,
    /// Mean number of words in a passage.
    pub mean_words: f32,
    /// How much is written about each region: the sum of the shares, over passages of one idea.
    pub mass: BTreeMap<String, f64>,
    /// The same over whole descriptions.
    pub mass_whole: BTreeMap<String, f64>,
}

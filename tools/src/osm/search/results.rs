//! What a search answers.

use super::Query;
use crate::geo::LatLon;
use crate::osm::object::OsmId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The `schema` of [`Results`].
pub const RESULTS_SCHEMA: &str = "navig.search/1";

/// The answer to a [`Query`] (`navig.search/1`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Results {
    /// `navig.search/1`.
    pub schema: String,
    /// What was asked.
    pub query: Query,
    /// The same as text.
    pub text: String,
    /// What was searched.
    pub maps: Vec<SearchedMap>,
    /// What became of each clause, in the order of [`Query::clauses`].
    pub clauses: Vec<ClauseReport>,
    /// How the search ended.
    pub verdict: Verdict,
    /// The best spots, best first.
    pub hits: Vec<Hit>,
    /// Spots that were found in all, before `limit`.
    pub found: usize,
    /// Candidates that were examined: the measure of the work.
    pub examined: u64,
}

/// One of the maps that were searched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SearchedMap {
    /// Name of the index file, without its ending.
    pub name: String,
    /// Objects in it.
    pub objects: u64,
    /// Area that its objects cover, km²: what rarity is measured against.
    pub covered_km2: f64,
}

/// What became of one clause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClauseReport {
    /// The clause as text.
    pub text: String,
    /// Objects that may match it, over all maps: a count from the index, not a reading of the objects.
    pub candidates: u64,
    /// Whether the search started from it.
    pub anchor: bool,
}

/// How a search ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verdict {
    /// All spots were found.
    Complete,
    /// Nothing on the maps fits.
    Nothing {
        /// Which clause has no candidate, or that no two meet.
        why: String,
    },
    /// The work was cut off; the hits are the best so far.
    TooCommon(TooCommon),
}

/// A clause that matches too much to be worked through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TooCommon {
    /// Place of the clause in [`Query::clauses`].
    pub clause: usize,
    /// The clause as text.
    pub text: String,
    /// Objects that it matches.
    pub count: u64,
    /// What to add.
    pub advice: String,
}

/// A spot on which clauses come together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Hit {
    /// Where: the object of the rarest clause.
    pub at: LatLon,
    /// Greatest distance between `at` and an object of the hit, metres.
    pub extent_m: f64,
    /// The score, bans: 3 means a thousand times less likely by accident.
    pub score: f64,
    /// Clauses that the spot has.
    pub matched: usize,
    /// Clauses of the query.
    pub of: usize,
    /// The objects, one for each clause that the spot has.
    pub objects: Vec<Found>,
    /// Administrative areas that hold the spot, the widest first.
    pub areas: Vec<AreaName>,
    /// Why: the score as a sum.
    pub reason: Reason,
    /// Spots that were taken for the same and merged into this one.
    pub merged: usize,
}

/// An object of the map in an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// Place of its clause in [`Query::clauses`].
    pub clause: usize,
    /// Name of the map.
    pub map: String,
    /// Which element of OpenStreetMap it is.
    pub osm: OsmId,
    /// Other elements that are the same thing: the ways of one street.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<OsmId>,
    /// The point on it that lies nearest to the first object, or its own.
    pub at: LatLon,
    /// What it is called on the map; nothing for an object without a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The name that matched, where it is not `name`: another language, a brand, a reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched_name: Option<String>,
    /// How well the name fits what was read, 0 to 1; 1 for a clause without a name.
    pub likeness: f64,
    /// Its visual classes.
    pub classes: Vec<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Who else bears its name; nothing for an object without a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namesakes: Option<Namesakes>,
}

/// Who bears a name, over all searched maps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Namesakes {
    /// Places more than 2 km apart that bear the name, letter case ignored; 1 means that it is unique.
    pub places: usize,
    /// Objects that bear it.
    pub objects: u64,
    /// Whether it is a chain of shops: its name says little about the place.
    pub chain: bool,
    /// Whether `places` is a lower bound, because too many objects bear the name to look at each.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub or_more: bool,
    /// The other places, nearest to this one first; at most ten.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Alternative>,
}

/// Another bearer of a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Alternative {
    /// Name of the map.
    pub map: String,
    /// An element of the place.
    pub osm: OsmId,
    /// Where.
    pub at: LatLon,
    /// Distance from the object, km.
    pub km: f64,
}

/// An administrative area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AreaName {
    /// OpenStreetMap's `admin_level`, 2 for a country to 11.
    pub level: u8,
    /// Its name.
    pub name: String,
    /// Its boundary.
    pub osm: OsmId,
}

/// A part of a score, with its own parts: each number is the sum of those below it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// One sentence: what it is.
    pub what: String,
    /// What it adds to the score, bans.
    pub bans: f64,
    /// The figures that it was computed from, by name with unit, such as `distance_m`, `candidates`, `expected`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<String, f64>,
    /// What it is made of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Reason>,
}

//! The map as evidence.
//!
//! A match on a map is weighed by how often it would come about by accident: `chance` turns the number of accidents that
//! one expects into a background. Two names near each other are seldom an accident, a lone common name nearly always is,
//! and every place that bears the name is part of the evidence, so that no namesake is lost.

mod around;
mod chance;
mod crossing;
mod find;
mod phrases;
mod region;
mod sighting;
mod together;

pub use around::{LookAround, LooksAround};
pub use crossing::{FindCrossing, Streets};
pub use find::{FindLines, FindNames, FoundName, FoundPlace};
pub use region::{FindRegions, PointRegions, RegionsOf};
pub use together::{FindTogether, NamesTogether};

use crate::tool::ToolError;

fn no_map(tool: &str) -> ToolError {
    let mend = "make one with: navig index osm EXTRACT.osm.pbf";
    ToolError::Missing { tool: tool.to_owned(), what: "no map is installed", mend }
}

fn failed(tool: &str, reason: impl ToString) -> ToolError {
    ToolError::Failed { tool: tool.to_owned(), reason: reason.to_string() }
}

//! `osm.region`: the administrative areas that hold a point.

use super::{failed, no_map};
use crate::geo::gazetteer::Gazetteer;
use crate::geo::{Chain, LatLon};
use crate::osm::Maps;
use crate::osm::search::AreaName;
use crate::tool::{Answer, Spec, Tool, ToolError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const NAME: &str = "osm.region";
/// Points that one call may ask about.
const MOST_POINTS: usize = 100_000;

/// Arguments of `osm.region`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RegionsOf {
    /// The points, at most 100,000.
    pub points: Vec<LatLon>,
}

/// The regions of one point.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PointRegions {
    /// Administrative areas of the maps that hold it, the widest first.
    pub areas: Vec<AreaName>,
    /// The same as a Chain of Region in the codes of the gazetteer.
    pub chain: Chain,
}

/// `osm.region`: which administrative areas of the installed maps hold a point, by their exact boundaries.
#[derive(Debug, Clone)]
pub struct FindRegions(pub Arc<Maps>);

impl Tool for FindRegions {
    type Args = RegionsOf;

    fn spec(&self) -> Spec {
        Spec {
            name: NAME,
            version: "1",
            about: "Names the administrative areas of the installed maps that hold each of some points, from the country down.",
            kinds: &[],
        }
    }

    async fn call(&self, args: RegionsOf) -> Result<Answer, ToolError> {
        if self.0.is_empty() {
            return Err(no_map(NAME));
        }
        if args.points.len() > MOST_POINTS {
            return Err(failed(NAME, format!("{} points; ask about {MOST_POINTS} at a time", args.points.len())));
        }
        let gazetteer = Gazetteer::embedded();
        let regions =
            |at: LatLon| PointRegions { areas: self.0.areas_at(at), chain: gazetteer.describe(self.0.chain_ids(at)) };
        let found: Vec<PointRegions> = args.points.iter().map(|at| regions(*at)).collect();
        let text: Vec<String> = args.points.iter().zip(&found).map(|(at, found)| sentence(*at, found)).collect();
        let data = serde_json::to_value(&found).map_err(|e| failed(NAME, e))?;
        Ok(Answer { text: text.join("\n"), findings: Vec::new(), data })
    }
}

fn sentence(at: LatLon, found: &PointRegions) -> String {
    match found.areas.as_slice() {
        [] => format!("{at}: no boundary of the maps holds it; by the gazetteer it is in {}.", found.chain),
        areas => {
            let areas: Vec<String> = areas.iter().map(|a| format!("{} (level {})", a.name, a.level)).collect();
            format!("{at}: {}", areas.join(" > "))
        }
    }
}

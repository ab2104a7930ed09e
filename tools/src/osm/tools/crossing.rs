//! `osm.crossing`: where two streets meet.

use super::chance::of_names_together;
use super::{failed, no_map};
use crate::evidence::{Finding, Likelihood, PointShare};
use crate::osm::Maps;
use crate::osm::search::{Clause, Group, NameMatch, Query, Relation, SearchOptions, search};
use crate::tool::{Answer, Spec, Tool, ToolError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const NAME: &str = "osm.crossing";
/// A crossing is photographed from this near, km.
const SIGMA_KM: f64 = 0.08;
/// Crossings that are weighed.
const MOST_CROSSINGS: usize = 50;

/// Arguments of `osm.crossing`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Streets {
    /// One street, as it was read.
    pub a: String,
    /// The other.
    pub b: String,
    /// Ids of the clues that they were read from; with them the answer weighs as evidence.
    #[serde(default)]
    pub clues: Vec<String>,
}

/// `osm.crossing`: the crossings of two streets, half read as their names may be.
#[derive(Debug, Clone)]
pub struct FindCrossing(pub Arc<Maps>);

impl Tool for FindCrossing {
    type Args = Streets;

    fn spec(&self) -> Spec {
        Spec {
            name: NAME,
            version: "1",
            about: "Finds where two streets meet on the installed maps, from names that may be half read.",
            kinds: &["map-names"],
        }
    }

    async fn call(&self, args: Streets) -> Result<Answer, ToolError> {
        if self.0.is_empty() {
            return Err(no_map(NAME));
        }
        let street = |text: &str| Clause::name(NameMatch::Read, text);
        let mut query = Query::of(street(&args.a));
        query.groups = vec![Group { relations: vec![Relation::Crossing], clauses: vec![street(&args.b)] }];
        query.limit = MOST_CROSSINGS;
        let maps: Vec<_> = self.0.iter().collect();
        let results = search(&maps, &query, SearchOptions::default()).map_err(|e| failed(NAME, e))?;
        let best = results.hits.iter().map(|hit| hit.score).fold(f64::NEG_INFINITY, f64::max);
        let mut points = Vec::new();
        let mut text = Vec::new();
        for hit in &results.hits {
            let names: Vec<&str> = hit.objects.iter().filter_map(|o| o.name.as_deref()).collect();
            let label = names.join(" / ");
            // Where the second street comes nearest to the first.
            let at = hit.objects.last().map_or(hit.at, |o| o.at);
            text.push(format!("{label} at {at}"));
            points.push(PointShare { at, sigma_km: SIGMA_KM, share: 10f64.powf((hit.score - best).max(-6.0)), label });
        }
        let findings = match (points.first(), args.clues.first()) {
            (Some(first), Some(clue)) => vec![Finding {
                group: format!("text:{clue}"),
                kind: "map-names".to_owned(),
                clues: args.clues.clone(),
                claim: format!(
                    "'{}' and '{}' are streets that meet at {} ({}), one of {} such crossings on the maps.",
                    args.a,
                    args.b,
                    first.at,
                    first.label,
                    points.len()
                ),
                likelihood: Likelihood::Points { points, background: of_names_together(10f64.powf(-best)) },
            }],
            _ => Vec::new(),
        };
        if text.is_empty() {
            text.push(format!("'{}' and '{}' meet nowhere on the maps.", args.a, args.b));
        }
        let data = serde_json::to_value(&results).map_err(|e| failed(NAME, e))?;
        Ok(Answer { text: text.join("\n"), findings, data })
    }
}

//! The tool that asks the gazetteer for a name.

use crate::evidence::Finding;
use crate::geo::Gazetteer;
use crate::geo::gazetteer::{NameHit, NameMatch, Named};
use crate::signs::place_evidence;
use crate::tool::{Answer, Spec, Tool, ToolError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most bearers of a name in the answer.
const MOST: usize = 25;

/// Arguments of `gazetteer.find`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FindPlace {
    /// Name of a town, a region or a country, in any language and script.
    pub name: String,
    /// Letters that may be wrong, 0 to 2; 0 when left out.
    #[serde(default)]
    pub fuzzy: u8,
    /// Id of the clue that the name was read from; with it the answer weighs as evidence.
    #[serde(default)]
    pub clue: Option<String>,
}

/// One bearer of a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FoundPlace {
    /// What it is: `country`, `admin1`, `admin2` or `city`.
    pub level: String,
    /// Its regions from the widest down.
    pub chain: String,
    /// Latitude of the place, or of the largest place of a region, degrees.
    pub lat: f64,
    /// Longitude, degrees.
    pub lon: f64,
    /// Inhabitants; 0 when not known.
    pub population: u32,
}

/// `gazetteer.find`: all places and regions of a name.
#[derive(Debug, Clone, Copy, Default)]
pub struct FindPlaces;

impl Tool for FindPlaces {
    type Args = FindPlace;

    fn spec(&self) -> Spec {
        Spec {
            name: "gazetteer.find",
            version: "1",
            about: "Lists the places and regions in the world that bear a name, namesakes included.",
            kinds: &["place-name", "region-name"],
        }
    }

    async fn call(&self, args: FindPlace) -> Result<Answer, ToolError> {
        let gazetteer = Gazetteer::embedded();
        let how = if args.fuzzy == 0 { NameMatch::Exact } else { NameMatch::Edits(args.fuzzy.min(2)) };
        let hits = gazetteer.find(&args.name, how, MOST);
        let places: Vec<FoundPlace> = hits.iter().filter_map(found).collect();
        let mut text: Vec<String> =
            places.iter().map(|p| format!("{} ({}, {} inhabitants)", p.chain, p.level, p.population)).collect();
        if text.is_empty() {
            text.push(format!("The gazetteer knows no place called '{}'.", args.name));
        }
        let findings: Vec<Finding> =
            args.clue.iter().filter_map(|clue| place_evidence(&args.name, how, clue)).collect();
        let data = serde_json::to_value(&places)
            .map_err(|e| ToolError::Failed { tool: "gazetteer.find".to_owned(), reason: e.to_string() })?;
        Ok(Answer { text: text.join("\n"), findings, data })
    }
}

fn found(hit: &NameHit) -> Option<FoundPlace> {
    let gazetteer = Gazetteer::embedded();
    let (level, seat, depth) = match hit.target {
        Named::Place(id) => ("city", id, usize::MAX),
        Named::Admin2(index) => ("admin2", gazetteer.admin2(index).seat, 4),
        Named::Admin1(index) => ("admin1", gazetteer.admin1(index).seat, 3),
        Named::Country(index) => {
            let places = gazetteer.places_of(index).map(crate::geo::gazetteer::PlaceId);
            ("country", places.max_by_key(|id| gazetteer.place(*id).population)?, 2)
        }
    };
    let mut chain = gazetteer.chain_of(seat);
    chain.0.truncate(depth);
    let at = gazetteer.position(seat);
    let population = gazetteer.population(hit.target);
    Some(FoundPlace { level: level.to_owned(), chain: chain.to_string(), lat: at.lat(), lon: at.lon(), population })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Likelihood;
    use crate::tool::Registry;

    fn ask(args: serde_json::Value) -> Answer {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let mut registry = Registry::default();
        registry.add(FindPlaces).expect("the first tool");
        runtime.block_on(registry.call("gazetteer.find", args)).expect("an answer")
    }

    #[test]
    fn namesakes_are_listed_and_weigh_only_with_a_clue() {
        let answer = ask(serde_json::json!({ "name": "Grellton" }));
        assert!(answer.findings.is_empty());
        let answer = ask(serde_json::json!({ "name": "London", "clue": "t1" }));
        assert!(answer.text.lines().count() > 3 && answer.text.contains("United Kingdom"));
        assert_eq!(answer.findings[0].clues, ["t1"]);
        assert!(matches!(&answer.findings[0].likelihood, Likelihood::Points { points, .. } if points.len() > 6));
    }

    #[test]
    fn a_wrong_letter_is_forgiven_when_asked() {
        assert!(ask(serde_json::json!({ "name": "Klagenfrrt" })).text.contains("knows no place"));
        assert!(ask(serde_json::json!({ "name": "Klagenfrrt", "fuzzy": 1 })).text.contains("Austria"));
    }
}

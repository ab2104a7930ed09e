//! `osm.find`: what each line of a photo may name.

use super::chance::of_one_name;
use super::sighting::{Bearer, Sighting, sightings};
use super::{failed, no_map};
use crate::evidence::{Finding, Likelihood, PointShare};
use crate::osm::Maps;
use crate::osm::object::OsmId;
use crate::signs::{Line, Reading, SignLine};
use crate::tool::{Answer, Spec, Tool, ToolError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const NAME: &str = "osm.find";
/// Names that are taken from one line.
const PER_LINE: usize = 2;
/// Names that are taken from one photo.
const PER_PHOTO: usize = 16;
/// Places of one name that are weighed.
const MOST_PLACES: usize = 200;
/// A sign is seen from this far at least, km.
const LEAST_SIGMA_KM: f64 = 0.1;

/// Arguments of `osm.find`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FindLines {
    /// The lines; each is looked up by itself.
    pub lines: Vec<SignLine>,
}

/// A name of the maps that a line may hold.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FoundName {
    /// Id of the line.
    pub line: String,
    /// The words of the line.
    pub read: String,
    /// Where it is, the most alike names first.
    pub places: Vec<FoundPlace>,
    /// Places in all; `places` lists 200 at most.
    pub count: usize,
}

/// A place that bears a name.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FoundPlace {
    /// The name as the map writes it.
    pub name: String,
    /// One of its elements.
    pub osm: OsmId,
    /// Latitude, degrees.
    pub lat: f64,
    /// Longitude, degrees.
    pub lon: f64,
    /// P(what was read | the name), against a perfect reading.
    pub likeness: f64,
    /// Whether it is one of a chain, or only run by the one whose name was read.
    pub chain: bool,
}

/// `osm.find`: the places of the installed maps whose names stand on single lines of a photo.
#[derive(Debug, Clone)]
pub struct FindNames(pub Arc<Maps>);

impl Tool for FindNames {
    type Args = FindLines;

    fn spec(&self) -> Spec {
        Spec {
            name: NAME,
            version: "1",
            about: "Finds the places on the installed maps whose names stand on single lines, half read as they may be; all namesakes are listed.",
            kinds: &["map-name"],
        }
    }

    async fn call(&self, args: FindLines) -> Result<Answer, ToolError> {
        if self.0.is_empty() {
            return Err(no_map(NAME));
        }
        let reading = Reading::from(args.lines);
        let names = best_of_each_line(sightings(&reading, &self.0));
        let (mut found, mut findings) = (Vec::new(), Vec::new());
        for sighting in &names {
            let line = &reading.lines[sighting.phrase.line];
            let bearers = sighting.bearers();
            findings.extend(finding(sighting, &bearers, line));
            found.push(found_name(sighting, &bearers, line));
        }
        let text: Vec<String> = found.iter().map(sentence).collect();
        let text = if text.is_empty() { "No name of the maps is in the text.".to_owned() } else { text.join("\n") };
        let data = serde_json::to_value(&found).map_err(|e| failed(NAME, e))?;
        Ok(Answer { text, findings, data })
    }
}

fn best_of_each_line(all: Vec<Sighting<'_>>) -> Vec<Sighting<'_>> {
    let mut kept: Vec<Sighting<'_>> = Vec::new();
    for sighting in all {
        let same_line = kept.iter().filter(|k| k.phrase.line == sighting.phrase.line).count();
        if same_line < PER_LINE && kept.len() < PER_PHOTO {
            kept.push(sighting);
        }
    }
    kept
}

fn found_name(sighting: &Sighting<'_>, bearers: &[Bearer], line: &Line) -> FoundName {
    let place = |b: &Bearer| FoundPlace {
        name: b.name.clone(),
        osm: b.osm,
        lat: b.at.lat(),
        lon: b.at.lon(),
        likeness: b.likeness,
        chain: b.chain,
    };
    FoundName {
        line: line.id.clone(),
        read: sighting.phrase.text.clone(),
        places: bearers.iter().take(MOST_PLACES).map(place).collect(),
        count: bearers.len(),
    }
}

fn finding(sighting: &Sighting<'_>, bearers: &[Bearer], line: &Line) -> Option<Finding> {
    let best = bearers.first()?;
    let on_a_clear_sign = of_one_name(&sighting.phrase, bearers);
    let point = |b: &Bearer| PointShare {
        at: b.at,
        sigma_km: b.reach_km.max(LEAST_SIGMA_KM),
        // Of two names that could have been read so, the more alike one is so much more likely.
        share: (b.likeness / best.likeness).powi(2),
        label: b.name.clone(),
    };
    let points: Vec<PointShare> = bearers.iter().take(MOST_PLACES).map(point).collect();
    let background = line.background(on_a_clear_sign);
    let others = match bearers.len() {
        1 => "the only one on the maps".to_owned(),
        n => format!("one of {n} such places on the maps"),
    };
    let chain = if best.chain { " It is one of a chain, or who runs it, and says little about the place." } else { "" };
    let claim = format!("'{}' is like the name '{}' at {}, {others}.{chain}", sighting.phrase.text, best.name, best.at);
    line.finding("map-name", claim, Likelihood::Points { points, background })
}

fn sentence(found: &FoundName) -> String {
    let Some(first) = found.places.first() else { return String::new() };
    format!(
        "'{}': {} ({}) at {:.5},{:.5}, likeness {:.2}; {} places.",
        found.read, first.name, first.osm, first.lat, first.lon, first.likeness, found.count
    )
}

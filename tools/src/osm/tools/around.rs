//! `osm.around`: what should be visible at a place, and whether the lines of a photo fit it.

use super::phrases::phrases;
use super::sighting::LEAST_LIKENESS;
use super::{failed, no_map};
use crate::evidence::{Finding, Likelihood};
use crate::geo::{Area, LatLon};
use crate::osm::Maps;
use crate::osm::names::likeness;
use crate::osm::search::{Around, NameNear, around};
use crate::signs::{Line, Reading, SignLine, street_on};
use crate::tool::{Answer, Spec, Tool, ToolError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const NAME: &str = "osm.around";
/// How far is looked unless the arguments say otherwise, metres.
const RADIUS_M: f64 = 250.0;
/// Named streets from which on the map is taken to know them all.
const WELL_MAPPED_STREETS: usize = 5;
/// P(a name is on the map | it is on a sign here): shops come and go, and half of them are mapped.
const NAMED_ON_THE_MAP: f64 = 0.5;
/// P(a street's name is not found | the sign stands here), where streets are well mapped: misreadings, side streets.
const STREET_MISSED: f64 = 0.3;
/// P(a name of a place's surroundings is this like a line | the line is from elsewhere), per name: one in twenty thousand
/// for the eight letters of a usual name.
const ALIKE_BY_ACCIDENT: f64 = 5e-5;

/// Arguments of `osm.around`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LookAround {
    /// The place.
    pub at: LatLon,
    /// How far to look, 1 to 5000 metres; 250 when left out.
    #[serde(default)]
    pub radius_m: Option<f64>,
    /// Lines of a photo that is said to be from there; each weighs for or against it.
    #[serde(default)]
    pub lines: Vec<SignLine>,
}

/// `osm.around`: what a photo taken at a place should show.
#[derive(Debug, Clone)]
pub struct LooksAround(pub Arc<Maps>);

impl Tool for LooksAround {
    type Args = LookAround;

    fn spec(&self) -> Spec {
        Spec {
            name: NAME,
            version: "1",
            about: "Lists what the installed maps have around a place, and says which lines of a photo speak for or against it.",
            kinds: &["map-around"],
        }
    }

    async fn call(&self, args: LookAround) -> Result<Answer, ToolError> {
        if self.0.is_empty() {
            return Err(no_map(NAME));
        }
        let maps: Vec<_> = self.0.iter().collect();
        let radius_m = args.radius_m.unwrap_or(RADIUS_M);
        let seen = around(&maps, args.at, radius_m).map_err(|e| failed(NAME, e))?;
        let reading = Reading::from(args.lines);
        let findings = (0..reading.lines.len()).filter_map(|line| finding(line, &reading, &seen)).collect();
        let data = serde_json::to_value(&seen).map_err(|e| failed(NAME, e))?;
        Ok(Answer { text: in_words(&seen), findings, data })
    }
}

/// What a line says about the place: for it when something here is called so, against it when it names a street and the
/// streets here are known and called otherwise.
fn finding(index: usize, reading: &Reading, seen: &Around) -> Option<Finding> {
    let line = &reading.lines[index];
    let trust = line.legible * (1.0 - line.travels);
    let best = best_name(index, reading, seen);
    let (odds, claim) = match best {
        Some((name, text, likeness)) => {
            let names = (seen.streets.len() + seen.named.len()) as f64;
            let by_accident = 1.0 - (1.0 - ALIKE_BY_ACCIDENT).powf(names);
            let odds = NAMED_ON_THE_MAP * likeness / by_accident.max(1e-6);
            let claim =
                format!("'{text}' is like '{}' ({}), {:.0} m from the place.", name.name, name.osm, name.metres);
            (1.0 + trust * (odds - 1.0), claim)
        }
        None if names_a_street(line) && seen.streets.len() >= WELL_MAPPED_STREETS => {
            let claim = format!(
                "'{}' names a street, and none of the {} streets around the place is called so.",
                line.text,
                seen.streets.len()
            );
            (1.0 - trust * (1.0 - STREET_MISSED), claim)
        }
        None => return None,
    };
    let area = Area::Disc { centre: seen.at, radius_km: seen.radius_m / 1000.0 };
    line.finding("map-around", claim, Likelihood::Area { area, odds })
}

/// The name here that is most like a phrase of the line; chains are no evidence.
fn best_name<'a>(index: usize, reading: &Reading, seen: &'a Around) -> Option<(&'a NameNear, String, f64)> {
    let phrases: Vec<String> = phrases(reading).into_iter().filter(|p| p.line == index).map(|p| p.text).collect();
    let names = seen.streets.iter().chain(&seen.named).filter(|name| !name.chain);
    let scored = names.flat_map(|name| phrases.iter().map(move |text| (name, text, likeness(text, &name.name))));
    let alike = scored.filter(|(_, _, likeness)| *likeness >= LEAST_LIKENESS);
    alike.max_by(|a, b| a.2.total_cmp(&b.2)).map(|(name, text, likeness)| (name, text.clone(), likeness))
}

fn names_a_street(line: &Line) -> bool {
    street_on(line).is_some()
}

fn in_words(seen: &Around) -> String {
    let list = |names: &[NameNear]| {
        let names: Vec<String> = names.iter().take(12).map(|n| format!("{} ({:.0} m)", n.name, n.metres)).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    };
    let classes: Vec<String> = seen
        .classes
        .iter()
        .take(20)
        .map(|c| format!("{} ({}, nearest {:.0} m)", c.class, c.count, c.nearest_m))
        .collect();
    let areas: Vec<&str> = seen.areas.iter().map(|a| a.name.as_str()).collect();
    format!(
        "Within {:.0} m of {}: {} objects of the maps.\nAreas: {}\nStreets: {}\nNames: {}\nTo be seen: {}",
        seen.radius_m,
        seen.at,
        seen.objects,
        if areas.is_empty() { "none".to_owned() } else { areas.join(" > ") },
        list(&seen.streets),
        list(&seen.named),
        if classes.is_empty() { "nothing of note".to_owned() } else { classes.join(", ") }
    )
}

//! The form of the Reasoner's reply, and what becomes of it.

use crate::ledger::Log;
use crate::prompt::outside;
use crate::vision::{Frame, Prior, box_schema, crop_of, regions_named};
use navig_tools::clue::{Clue, ClueKind};
use navig_tools::evidence::{Finding, Likelihood, RegionShare};
use serde::Deserialize;
use serde_json::{Value, json};

/// Longest texts, characters. Short, because each costs a second on a processor.
const SEEN_CHARS: usize = 80;
const AGAINST_CHARS: usize = 60;
const REGION_CHARS: usize = 32;
const REGIONS: usize = 4;

/// How far the model's confidence in a thing that it saw goes: it also sees what is not there.
const SEEN_CONFIDENCE: f64 = 0.7;

/// The form of a reply with at most so many clues.
#[must_use]
pub(super) fn schema(most: usize) -> Value {
    let region = json!({
        "type": "object", "additionalProperties": false, "required": ["name", "share"],
        "properties": {
            "name": { "type": "string", "minLength": 2, "maxLength": REGION_CHARS },
            "share": { "type": "integer", "minimum": 1, "maximum": 9 }
        }
    });
    let clue = json!({
        "type": "object", "additionalProperties": false, "required": ["kind", "seen", "box", "regions", "against"],
        "properties": {
            "kind": { "enum": ClueKind::SEEN },
            "seen": { "type": "string", "minLength": 2, "maxLength": SEEN_CHARS },
            "box": box_schema(),
            "regions": { "type": "array", "maxItems": REGIONS, "items": region },
            "against": { "type": "string", "maxLength": AGAINST_CHARS }
        }
    });
    json!({
        "type": "object", "additionalProperties": false, "required": ["clues"],
        "properties": { "clues": { "type": "array", "maxItems": most, "items": clue } }
    })
}

/// One thing, as it was said.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Thing {
    kind: ClueKind,
    seen: String,
    #[serde(rename = "box")]
    corners: Vec<f64>,
    #[serde(default)]
    regions: Vec<Share>,
    #[serde(default)]
    against: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Share {
    name: String,
    share: f64,
}

/// The things of a reply, and what was left out. A backend that does not bind its replies may send anything.
pub(super) fn things(reply: &Value, most: usize) -> (Vec<Thing>, Vec<String>) {
    let mut repairs = Vec::new();
    let Some(items) = reply.get("clues").and_then(Value::as_array) else {
        return (Vec::new(), vec!["the reply has no list of clues".to_owned()]);
    };
    if items.len() > most {
        repairs.push(format!("{} clues beyond the limit of {most} were left out", items.len() - most));
    }
    let mut things: Vec<Thing> = Vec::new();
    for item in items.iter().take(most) {
        match serde_json::from_value::<Thing>(item.clone()) {
            Ok(thing) if !ClueKind::SEEN.contains(&thing.kind) => {
                repairs.push(format!("a clue of a kind that is not seen was left out: {}", outside(&item.to_string())));
            }
            Ok(thing) if thing.seen.trim().is_empty() => repairs.push("an empty clue was left out".to_owned()),
            Ok(thing) if things.contains(&thing) => repairs.push("a clue that was said twice counts once".to_owned()),
            Ok(thing) => things.push(thing),
            Err(e) => repairs.push(format!("a clue that does not read was left out: {e}")),
        }
    }
    (things, repairs)
}

impl Thing {
    /// The clue, its evidence (none without a region that exists), and what was mended.
    pub(super) fn weighed(self, frame: Frame, prior: &Prior, log: &mut Log) -> (Clue, Option<Finding>, Vec<String>) {
        let mut repairs = Vec::new();
        let crop = match crop_of(&self.corners, frame) {
            Ok((corners, mended)) => {
                if mended {
                    repairs.push(format!("box {:?} of '{}' was mended", self.corners, outside(&self.seen)));
                }
                Some(corners.with_id(log.next_crop()))
            }
            Err(why) => {
                repairs.push(format!("'{}' has no box: {why}", outside(&self.seen)));
                None
            }
        };
        let against = self.against.trim();
        let seen = outside(self.seen.trim());
        let text = match against.is_empty() {
            true => seen.clone(),
            false => format!("{seen} (against it would be: {})", outside(against)),
        };
        let id = log.next_clue('s');
        let shares = self.shares(prior, &mut repairs);
        let finding = (!shares.is_empty()).then(|| Finding {
            group: format!("seen:{id}"),
            kind: kind_row(self.kind),
            clues: vec![id.clone()],
            claim: format!("The vision model saw '{seen}', which it finds usual in {}.", in_words(&self.regions)),
            likelihood: Likelihood::Regions { shares, background: background(self.kind) },
        });
        (Clue { id, kind: self.kind, text, crop, confidence: SEEN_CONFIDENCE }, finding, repairs)
    }

    /// Shares of the regions that exist, freed of what the model says without looking.
    fn shares(&self, prior: &Prior, repairs: &mut Vec<String>) -> Vec<RegionShare> {
        let mut shares: Vec<RegionShare> = Vec::new();
        for Share { name, share } in self.regions.iter().take(REGIONS) {
            let found = regions_named(name);
            if found.is_empty() {
                repairs.push(format!("'{}' is no region and was left out", outside(name)));
                continue;
            }
            if !(share.is_finite() && *share > 0.0) {
                repairs.push(format!("the share {share} of '{}' is none and was left out", outside(name)));
                continue;
            }
            for region in found {
                if shares.iter().all(|known| known.region != region) {
                    let share = share / prior.of_region(&region);
                    shares.push(RegionShare { region, share });
                }
            }
        }
        shares
    }
}

fn in_words(regions: &[Share]) -> String {
    let names: Vec<String> =
        regions.iter().take(REGIONS).map(|r| format!("{} ({})", outside(&r.name), r.share)).collect();
    names.join(", ")
}

/// The row of `data/weights.toml` for a kind of thing.
pub(crate) fn kind_row(kind: ClueKind) -> String {
    let name = serde_json::to_value(kind).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    format!("seen-{name}")
}

/// Probability that a thing has nothing to do with the place, or is not there: what grows, what is built and what is
/// painted on a road belong to it; vehicles and people come and go, and light says little.
fn background(kind: ClueKind) -> f64 {
    match kind {
        ClueKind::Landmark => 0.35,
        ClueKind::RoadMarking | ClueKind::Sign | ClueKind::Plate | ClueKind::Pole | ClueKind::Script => 0.4,
        ClueKind::Architecture => 0.5,
        ClueKind::Vegetation | ClueKind::Climate => 0.6,
        ClueKind::Vehicle => 0.7,
        _ => 0.8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Frame = Frame { width: 2000, height: 1000 };

    #[test]
    fn what_does_not_hold_is_left_out_and_on_record() {
        let clue = |kind: &str, regions: Value| json!({ "kind": kind, "seen": "a thing", "box": [0, 0, 9, 9], "regions": regions, "against": "" });
        let good = clue("pole", json!([{ "name": "Niger", "share": 9 }, { "name": "Atlantis", "share": 9 }]));
        let reply = json!({ "clues": [good, good, clue("metadata", json!([])), { "kind": 7 }, clue("sun", json!([])), clue("sun", json!([1]))] });
        let (things, repairs) = things(&reply, 5);
        assert_eq!((things.len(), repairs.len()), (2, 4), "{repairs:?}");
        let mut log = Log::default();
        let (clue, finding, repairs) = things[0].clone().weighed(FRAME, &Prior::default(), &mut log);
        assert_eq!((clue.id.as_str(), repairs.len()), ("s1", 1));
        let Some(Likelihood::Regions { shares, .. }) = finding.map(|f| f.likelihood) else { unreachable!("is there") };
        assert_eq!(shares.iter().map(|s| s.region.code.as_str()).collect::<Vec<_>>(), ["NE"]);
        let (_, none, _) = things[1].clone().weighed(FRAME, &Prior::default(), &mut log);
        assert!(none.is_none(), "without regions nothing is weighed");
    }

    #[test]
    fn a_share_that_is_no_number_is_none() {
        let reply = json!({ "clues": [{ "kind": "pole", "seen": "x y", "box": [0, 0, 9, 9], "regions": [{ "name": "Peru", "share": -1 }] }] });
        let (things, _) = things(&reply, 5);
        let (_, finding, repairs) = things[0].clone().weighed(FRAME, &Prior::default(), &mut Log::default());
        assert!(finding.is_none() && repairs.len() == 1, "{repairs:?}");
    }
}

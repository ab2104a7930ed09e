//! The side of the road, and the half of the globe.

use super::SeenClue;
use super::negation::denied;
use crate::evidence::{Finding, Likelihood, RegionShare};
use crate::geo::{Area, BoundingBox, RegionCode};
use crate::signs::facts::Facts;

pub(super) const SIDE: &str = "described-driving-side";
pub(super) const HEMISPHERE: &str = "described-hemisphere";

const BACKGROUND: f64 = 0.08;
const HEMISPHERE_ODDS: f64 = 8.0;

/// Words that make "left" a side of the road.
const OF_TRAFFIC: &[&str] =
    &["drive", "drives", "driving", "driven", "traffic", "keep", "keeps", "vehicles", "cars", "car", "lane", "travel"];

pub(super) fn find(clue: &SeenClue) -> Vec<Finding> {
    side(clue).into_iter().chain(hemisphere(clue)).collect()
}

fn side(clue: &SeenClue) -> Option<Finding> {
    let text = clue.text.to_lowercase();
    let traffic = text.split(|c: char| !c.is_alphanumeric()).any(|word| OF_TRAFFIC.contains(&word));
    // The wheel is on the other side than the traffic.
    let wheel = |side: &str| {
        [
            format!("{side}-hand drive"),
            format!("{side} hand drive"),
            format!("steering wheel on the {side}"),
            format!("driver sits on the {side}"),
            format!("driver's seat on the {side}"),
        ]
        .iter()
        .any(|phrase| text.contains(phrase.as_str()))
    };
    let keeps = |side: &str| {
        [
            format!("on the {side}"),
            format!("{side} side"),
            format!("{side}-side"),
            format!("{side}-hand traffic"),
            format!("{side} hand traffic"),
            format!("keeps {side}"),
            format!("keep {side}"),
            format!("keeps to the {side}"),
            format!("{side}-hand side"),
            format!("drive {side}"),
            format!("drives {side}"),
            format!("drives on {side}"),
        ]
        .iter()
        .find_map(|phrase| text.find(phrase.as_str()))
    };
    let left = if wheel("right") {
        true
    } else if wheel("left") {
        false
    } else {
        let sides = (keeps("left"), keeps("right"));
        let (at, left) = match sides {
            (Some(at), None) => (at, true),
            (None, Some(at)) => (at, false),
            _ => return None,
        };
        if !traffic || !about_the_road(&text) || denied(&text, at) {
            return None;
        }
        left
    };
    let countries = Facts::embedded().countries().filter(|(_, facts)| facts.drives_left == left);
    let shares = countries.map(|(code, _)| RegionShare { region: RegionCode::country(code), share: 1.0 }).collect();
    let side = if left { "left" } else { "right" };
    Some(Finding {
        group: clue.group_of("traffic"),
        kind: SIDE.to_owned(),
        clues: vec![clue.id.clone()],
        claim: format!("The description says that traffic keeps to the {side}."),
        likelihood: Likelihood::Regions { shares, background: BACKGROUND },
    })
}

/// "Cars are parked on the left" is no side of the road.
fn about_the_road(text: &str) -> bool {
    let verb = ["drive", "driving", "driven", "keep", "traffic", "travel", "left-hand", "right-hand"];
    let parked = ["parked", "building", "wall", "house", "sidewalk", "tree", "sign on the", "turn"];
    verb.iter().any(|w| text.contains(w)) || (text.contains("vehicles") && !parked.iter().any(|w| text.contains(w)))
}

fn hemisphere(clue: &SeenClue) -> Option<Finding> {
    let text = clue.text.to_lowercase();
    let found = |half: &str| text.find(&format!("{half} hemisphere"));
    let south = match (found("southern"), found("northern")) {
        (Some(at), None) if !denied(&text, at) => true,
        (None, Some(at)) if !denied(&text, at) => false,
        _ => return None,
    };
    let (from, to) = if south { (-90.0, 0.0) } else { (0.0, 90.0) };
    let bounds = BoundingBox::new(from, -180.0, to, 180.0).ok()?;
    Some(Finding {
        group: clue.group_of("hemisphere"),
        kind: HEMISPHERE.to_owned(),
        clues: vec![clue.id.clone()],
        claim: format!("The description speaks of the {} hemisphere.", if south { "southern" } else { "northern" }),
        likelihood: Likelihood::Area { area: Area::Box(bounds), odds: HEMISPHERE_ODDS },
    })
}

//! `osm.together`: places where two or more lines of a photo are names.

use super::chance::of_names_together;
use super::sighting::{Sighting, WITHOUT_SIGNS, sightings};
use super::{failed, no_map};
use crate::evidence::{Finding, Likelihood, PointShare};
use crate::geo::LatLon;
use crate::geo::fold::fold;
use crate::osm::Maps;
use crate::osm::search::{Clause, Found, Group, Hit, NameMatch, Query, Relation, SearchOptions, search};
use crate::signs::{Reading, SignLine};
use crate::tool::{Answer, Spec, Tool, ToolError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

const NAME: &str = "osm.together";
/// Most names that are looked for at once.
const MOST_NAMES: usize = 8;
/// Signs in one picture stand this near each other unless the arguments say otherwise, metres.
const WITHIN_M: f64 = 250.0;
/// A name of a pair is at least so much like what was read: below it even two of them meet by accident.
const LEAST_OF_A_PAIR: f64 = 0.75;
/// Spots that are weighed.
const MOST_SPOTS: usize = 40;
/// Spots so much less likely than the best are left out, bans.
const FAR_BEHIND_BANS: f64 = 3.0;
/// What the score takes off for each name of the query that a spot does not have, bans: here names are tried, not known.
const TRIED_BANS: f64 = 1.0;

/// Arguments of `osm.together`: all lines of one photo.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct NamesTogether {
    /// The lines, in reading order.
    pub lines: Vec<SignLine>,
    /// How near the names stand to each other, metres; 250 when left out.
    #[serde(default)]
    pub within_m: Option<f64>,
}

/// `osm.together`: where on the installed maps several lines of a photo are names of things near each other.
#[derive(Debug, Clone)]
pub struct FindTogether(pub Arc<Maps>);

impl Tool for FindTogether {
    type Args = NamesTogether;

    fn spec(&self) -> Spec {
        Spec {
            name: NAME,
            version: "1",
            about: "Finds places on the installed maps where two or more lines of a photo, half read as they may be, are names near each other.",
            kinds: &["map-names"],
        }
    }

    async fn call(&self, args: NamesTogether) -> Result<Answer, ToolError> {
        if self.0.is_empty() {
            return Err(no_map(NAME));
        }
        let reading = Reading::from(args.lines);
        let names: Vec<Sighting<'_>> = sightings(&reading, &self.0).into_iter().take(MOST_NAMES).collect();
        let Some(query) = query(&names, args.within_m.unwrap_or(WITHIN_M)) else {
            return Ok(Answer::text("Fewer than two names of the maps are in the text."));
        };
        let maps: Vec<_> = self.0.iter().collect();
        let results = search(&maps, &query, SearchOptions::default()).map_err(|e| failed(NAME, e))?;
        let hits: Vec<&Hit> = results.hits.iter().filter(|hit| is_two_things(hit, &names)).collect();
        let findings: Vec<Finding> = finding(&hits, &names, &reading).into_iter().collect();
        let text = match hits.first() {
            Some(hit) => hits.iter().take(5).map(|h| sentence(h, hit.score)).collect::<Vec<_>>().join("\n"),
            None => "No two names of the text stand near each other on the maps.".to_owned(),
        };
        let data = serde_json::to_value(&results).map_err(|e| failed(NAME, e))?;
        Ok(Answer { text, findings, data })
    }
}

/// Two of the names, within a distance of each other.
fn query(names: &[Sighting<'_>], within_m: f64) -> Option<Query> {
    let mut clauses = names.iter().map(|s| Clause::name(NameMatch::Read, &s.phrase.text));
    let mut query = Query::of(clauses.next()?);
    let rest: Vec<Clause> = clauses.collect();
    if rest.is_empty() {
        return None;
    }
    let relations = vec![Relation::Within { from_m: 0.0, to_m: within_m, together: true }];
    query.groups = vec![Group { relations, clauses: rest }];
    query.at_least = Some(2);
    query.limit = MOST_SPOTS;
    Some(query)
}

/// Whether a hit is two names of two things: not one thing with two names, nor two things of one name, nor borders or bus
/// routes, whose names stand nowhere.
fn is_two_things(hit: &Hit, names: &[Sighting<'_>]) -> bool {
    let sure = |o: &&Found| o.likeness >= LEAST_OF_A_PAIR && !WITHOUT_SIGNS.iter().any(|key| o.tags.contains_key(*key));
    let objects: Vec<&Found> = hit.objects.iter().filter(sure).collect();
    let count =
        |of: &dyn Fn(&Found) -> Option<String>| objects.iter().filter_map(|o| of(o)).collect::<BTreeSet<_>>().len();
    // Every other object of the hit would raise its score by an accident.
    objects.len() == hit.objects.len()
        && count(&|o| Some(o.osm.to_string())) >= 2
        && count(&|o| o.name.as_deref().map(fold)) >= 2
        && count(&|o| names.get(o.clause).map(|n| n.phrase.text.clone())) >= 2
}

/// The score of a hit as if only the names that it has had been asked for.
fn own_score(hit: &Hit) -> f64 {
    hit.score + TRIED_BANS * (hit.of - hit.matched) as f64
}

fn finding(hits: &[&Hit], names: &[Sighting<'_>], reading: &Reading) -> Option<Finding> {
    let best = hits.iter().map(|hit| own_score(hit)).fold(f64::NEG_INFINITY, f64::max);
    let hits: Vec<&&Hit> = hits.iter().filter(|hit| best - own_score(hit) <= FAR_BEHIND_BANS).collect();
    let top = hits.iter().max_by(|a, b| own_score(a).total_cmp(&own_score(b)))?;
    let points = hits.iter().map(|hit| PointShare {
        at: middle(hit),
        sigma_km: (hit.extent_m / 1000.0).max(0.1),
        share: 10f64.powf(own_score(hit) - best),
        label: label(hit),
    });
    let lines: BTreeSet<usize> =
        top.objects.iter().filter_map(|object| Some(names.get(object.clause)?.phrase.line)).collect();
    let lines: Vec<_> = lines.into_iter().map(|line| &reading.lines[line]).collect();
    // Every pair of names was tried, and each could have met by accident.
    let tried = names.len() as f64 * (names.len() as f64 - 1.0) / 2.0;
    let on_clear_signs = of_names_together(tried * 10f64.powf(-best));
    let background = lines.iter().map(|line| line.background(on_clear_signs)).fold(on_clear_signs, f64::max);
    let others = match hits.len() {
        1 => String::new(),
        2 => " Another such place is on the maps.".to_owned(),
        n => format!(" {} other such places are on the maps.", n - 1),
    };
    Some(Finding {
        group: format!("text:{}", lines.first()?.id),
        kind: "map-names".to_owned(),
        clues: lines.iter().map(|line| line.id.clone()).collect(),
        claim: format!("{}{others}", sentence(top, best)),
        likelihood: Likelihood::Points { points: points.collect(), background },
    })
}

/// The middle of the points at which the objects of a hit come nearest to each other.
fn middle(hit: &Hit) -> LatLon {
    let count = hit.objects.len().max(1) as f64;
    let sum = hit
        .objects
        .iter()
        .fold((0.0, 0.0), |sum, o| (sum.0 + o.at.lat() - hit.at.lat(), sum.1 + o.at.lon() - hit.at.lon()));
    LatLon::new(hit.at.lat() + sum.0 / count, hit.at.lon() + sum.1 / count).unwrap_or(hit.at)
}

fn names_of(hit: &Hit) -> Vec<String> {
    hit.objects.iter().filter_map(|o| o.matched_name.clone().or_else(|| o.name.clone())).collect()
}

fn label(hit: &Hit) -> String {
    let town = hit.areas.iter().rev().find(|a| a.level <= 8).map(|a| format!(", {}", a.name)).unwrap_or_default();
    format!("{}{town}", names_of(hit).join(" + "))
}

fn sentence(hit: &Hit, score: f64) -> String {
    let names: Vec<String> = names_of(hit).into_iter().map(|n| format!("'{n}'")).collect();
    format!(
        "{} are within {:.0} m of each other at {}; by accident that happens {}.",
        names.join(" and "),
        hit.extent_m.max(10.0),
        hit.at,
        how_often(score)
    )
}

/// A number of accidents in words.
fn how_often(bans: f64) -> String {
    match bans {
        b if b < 0.5 => "as often as not".to_owned(),
        b if b < 6.0 => format!("once in {} such maps", 10f64.powf(b.min(6.0)).round()),
        _ => "less than once in a million such maps".to_owned(),
    }
}

//! Blind verification: what should be visible where a candidate stands, asked without saying where that is.
//!
//! For the leading candidates, statements are collected that are true of some and not of others: the side of the road, the
//! language of signs, what the maps have around a spot. The model answers all of them in one call, and the probability of
//! yes is read from its own distribution at the place of each answer, not from what it wrote. It does not know which
//! candidate a statement is about, so it cannot please anybody with the answer.

use super::{AROUND, Searcher};
use crate::ledger::{Candidate, Log};
use crate::model::{Ask, Probe, Reply, Sampling, Turn};
use crate::searcher::Scene;
use crate::vision::Session;
use navig_tools::evidence::{Finding, Likelihood, Source};
use navig_tools::geo::{Area, LatLon, Level, RegionCode};
use navig_tools::osm::search::Around;
use navig_tools::signs::facts::{Facts, LANGUAGES};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Candidates that are told apart, and the probability that makes one worth it.
const CANDIDATES: usize = 5;
const LEAST_PROBABILITY: f64 = 0.03;
/// Statements in one call.
const STATEMENTS: usize = 6;
/// Statements about what stands around spots, of those.
const ON_THE_MAP: usize = 3;
/// How far around a spot a thing is looked for, m.
const SIGHT_M: f64 = 150.0;
/// A language counts as one of a country's signs from this share on.
const SIGN_SHARE: f64 = 0.4;
/// Odds of one answer are held within this factor: a model that is sure is often sure of what it expects.
const MOST_ODDS: f64 = 6.0;
/// Power of the odds of a yes, and of a no. Yes to anything is a habit of these models, and no may only mean that nothing of
/// it is in view.
const YES_POWER: f64 = 0.5;
const NO_POWER: f64 = 0.25;
/// Probability of yes when the backend gives none, from the written answer.
const WRITTEN_YES: f64 = 0.7;

/// The kind of finding that comes of it, a row of `data/weights.toml`.
pub(crate) const CHECK: &str = "model-check";

/// A statement and where it is true.
#[derive(Debug, Clone, PartialEq)]
struct Statement {
    text: String,
    area: Area,
    /// Share of the candidates' mass for which it is true.
    share: f64,
}

impl Searcher {
    /// Has statements about the leading candidates checked; nothing is asked when there are no two to tell apart, or nothing
    /// that would.
    pub fn verify(&self, session: &Session<'_>, scene: &Scene<'_>, leading: &[Candidate], log: &mut Log) {
        let leading: Vec<&Candidate> =
            leading.iter().filter(|c| c.probability >= LEAST_PROBABILITY).take(CANDIDATES).collect();
        if leading.len() < 2 {
            return;
        }
        let mut statements = of_countries(&leading);
        if self.maps {
            let mut on_the_map = self.on_the_map(&leading, log);
            on_the_map.truncate(ON_THE_MAP);
            statements.extend(on_the_map);
        }
        // The more evenly a statement parts the candidates, the more its answer says.
        statements.sort_by(|a, b| (a.share - 0.5).abs().total_cmp(&(b.share - 0.5).abs()).then(a.text.cmp(&b.text)));
        statements.truncate(STATEMENTS);
        if statements.is_empty() {
            return;
        }
        let prompt = &session.vision().prompts().verifier;
        let texts: Vec<&str> = statements.iter().map(|s| s.text.as_str()).collect();
        let ask = Ask {
            stage: prompt.stage(),
            prompt: prompt.stamp().clone(),
            system: prompt.system().to_owned(),
            turns: vec![Turn::user(vec![scene.picture.clone()], prompt.user(json!({ "statements": texts })))],
            schema: schema(statements.len()),
            sampling: Sampling { max_tokens: 24 * statements.len() + 8, temperature: 0.0 },
            probes: (1..=statements.len()).map(|n| Probe::of_key(&n.to_string(), yes_no())).collect(),
        };
        let Some((_, reply)) = session.ask(&ask, log) else { return };
        let source = Source { tool: "searcher.verify".to_owned(), version: prompt.stamp().version.clone() };
        let findings = statements.iter().enumerate().filter_map(|(i, s)| s.finding(i, p_yes(&reply, i))).collect();
        log.findings(&source, findings);
    }

    /// Things that the maps have around some of the candidates that are spots, and not around others.
    fn on_the_map(&self, leading: &[&Candidate], log: &mut Log) -> Vec<Statement> {
        let spots: Vec<&&Candidate> = leading.iter().filter(|c| c.chain.at(Level::City).is_some()).collect();
        let mut around: Vec<(f64, LatLon, Vec<String>)> = Vec::new();
        for spot in spots {
            let arguments = json!({ "at": spot.point, "radius_m": SIGHT_M });
            let Ok(answer) = self.ask(AROUND, arguments, log) else { continue };
            let Ok(seen) = serde_json::from_value::<Around>(answer.data) else { continue };
            // Where a map has nothing it says nothing.
            if seen.objects > 0 {
                around.push((spot.probability, spot.point, seen.classes.into_iter().map(|c| c.class).collect()));
            }
        }
        let total: f64 = around.iter().map(|(p, ..)| p).sum();
        let mut with: BTreeMap<&str, Vec<(f64, LatLon)>> = BTreeMap::new();
        for (p, at, classes) in &around {
            classes.iter().for_each(|class| with.entry(class).or_default().push((*p, *at)));
        }
        let apart = with.into_iter().filter(|(_, spots)| spots.len() < around.len());
        let mut statements: Vec<Statement> = apart
            .map(|(class, spots)| {
                let mass: f64 = spots.iter().map(|(p, _)| p).sum();
                // One disc is an area; of several spots the most probable one is taken.
                let (_, best) = spots.iter().copied().max_by(|a, b| a.0.total_cmp(&b.0)).expect("a class has a spot");
                Statement {
                    text: format!("The photo shows this: {}.", class.replace(['-', '_'], " ")),
                    area: Area::Disc { centre: best, radius_km: SIGHT_M / 1000.0 },
                    share: mass / total,
                }
            })
            .collect();
        statements.sort_by(|a, b| (a.share - 0.5).abs().total_cmp(&(b.share - 0.5).abs()).then(a.text.cmp(&b.text)));
        statements
    }
}

impl Statement {
    fn finding(&self, index: usize, p_yes: f64) -> Option<Finding> {
        let p = p_yes.clamp(0.001, 0.999);
        let power = if p >= 0.5 { YES_POWER } else { NO_POWER };
        let odds = (p / (1.0 - p)).powf(power).clamp(1.0 / MOST_ODDS, MOST_ODDS);
        // An answer in the middle says nothing worth a line.
        ((odds - 1.0).abs() > 0.05).then(|| Finding {
            group: format!("check:{}", index + 1),
            kind: CHECK.to_owned(),
            clues: Vec::new(),
            claim: format!(
                "Asked without naming a place, the vision model says yes to '{}' with {:.0} %.",
                self.text,
                p * 100.0
            ),
            likelihood: Likelihood::Area { area: self.area.clone(), odds },
        })
    }
}

pub(super) fn yes_no() -> Vec<String> {
    vec!["yes".to_owned(), "no".to_owned()]
}

pub(super) fn schema(count: usize) -> Value {
    let keys: Vec<String> = (1..=count).map(|n| n.to_string()).collect();
    let answer = |key: &String| (key.clone(), json!({ "enum": yes_no() }));
    let properties: Map<String, Value> = keys.iter().map(answer).collect();
    json!({ "type": "object", "additionalProperties": false, "required": keys, "properties": properties })
}

/// Probability of yes among yes and no, by the distribution where there is one, else by what was written; 0.5 without
/// either.
pub(super) fn p_yes(reply: &Reply, index: usize) -> f64 {
    let scores = reply.scores.get(index).and_then(Option::as_ref);
    if let Some((yes, no)) = scores.and_then(|s| Some((s.p("yes")?, s.p("no")?)))
        && yes + no > 0.0
    {
        // A model that would rather write something else has that much less of an opinion.
        return yes + (1.0 - yes - no) / 2.0;
    }
    match reply.json[(index + 1).to_string()].as_str() {
        Some("yes") => WRITTEN_YES,
        Some("no") => 1.0 - WRITTEN_YES,
        _ => 0.5,
    }
}

/// Statements that are true in some of the candidates' countries and not in others.
fn of_countries(leading: &[&Candidate]) -> Vec<Statement> {
    let facts = Facts::embedded();
    let masses: Vec<(&str, f64)> =
        leading.iter().filter_map(|c| Some((c.chain.at(Level::Country)?.code.as_str(), c.probability))).collect();
    let total: f64 = masses.iter().map(|(_, p)| p).sum();
    let mut statements = Vec::new();
    let mut add = |text: String, holds: &dyn Fn(&str) -> bool| {
        let mass: f64 = masses.iter().filter(|(code, _)| holds(code)).map(|(_, p)| p).sum();
        let all = masses.iter().all(|(code, _)| holds(code));
        if mass > 0.0 && !all {
            let regions = facts.countries().map(|(code, _)| code).filter(|code| holds(code)).map(RegionCode::country);
            statements.push(Statement {
                text,
                area: Area::Regions { regions: regions.collect() },
                share: mass / total,
            });
        }
    };
    add(
        "Traffic keeps to the left side of the road, or the driver of a vehicle sits on the right.".to_owned(),
        &|code| facts.country(code).is_some_and(|c| c.drives_left),
    );
    add("A road sign or a speed limit is in miles.".to_owned(), &|code| facts.country(code).is_some_and(|c| c.miles));
    for (language, name) in LANGUAGES {
        add(format!("There is writing in {name}."), &|code| facts.sign_share(language, code) >= SIGN_SHARE);
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Cost, OptionScore, Scores};
    use navig_tools::geo::{Chain, Region};

    fn candidate(country: &str, probability: f64) -> Candidate {
        let region = Region { level: Level::Country, code: country.to_owned(), name: country.to_owned() };
        Candidate {
            rank: 1,
            probability,
            point: LatLon::new(0.0, 0.0).expect("valid"),
            chain: Chain(vec![region]),
            evidence_for: vec![],
            evidence_against: vec![],
        }
    }

    #[test]
    fn statements_part_the_candidates_and_name_none_of_them() {
        let (gb, ie, fr) = (candidate("GB", 0.4), candidate("IE", 0.2), candidate("FR", 0.3));
        let statements = of_countries(&[&gb, &ie, &fr]);
        let text = |wanted: &str| statements.iter().find(|s| s.text.contains(wanted));
        let left = text("left side").expect("parts them");
        assert!((left.share - 0.6 / 0.9).abs() < 1e-9);
        assert!(text("miles").is_some() && text("French").is_some() && text("Thai").is_none());
        for country in ["Britain", "Kingdom", "Ireland", "France"] {
            assert!(text(country).is_none(), "{country}");
        }
        assert!(of_countries(&[&gb, &gb]).is_empty(), "nothing parts a country from itself");
    }

    #[test]
    fn the_distribution_counts_and_not_what_was_written() {
        let scores = |yes: f64, no: f64| {
            let score = |(option, p): (&str, f64)| OptionScore { option: option.to_owned(), p };
            Some(Scores { options: [("yes", yes), ("no", no)].map(score).to_vec(), other: 1.0 - yes - no, shared: 0.0 })
        };
        let json = json!({ "1": "yes", "2": "no", "3": 7 });
        let reply = Reply { text: json.to_string(), json, scores: vec![scores(0.1, 0.3)], cost: Cost::default() };
        assert!((p_yes(&reply, 0) - 0.4).abs() < 1e-12, "what is neither is half and half");
        assert!((p_yes(&reply, 1) - 0.3).abs() < 1e-12);
        assert_eq!(p_yes(&reply, 2), 0.5);
    }

    #[test]
    fn a_no_weighs_less_than_a_yes_and_doubt_weighs_nothing() {
        let area = Area::Regions { regions: vec![RegionCode::country("GB")] };
        let statement = Statement { text: "x".to_owned(), area, share: 0.5 };
        let odds = |p| match statement.finding(0, p).map(|f| f.likelihood) {
            Some(Likelihood::Area { odds, .. }) => odds,
            _ => 1.0,
        };
        assert!(odds(0.9) > 1.0 / odds(0.1) && odds(0.1) < 1.0);
        assert!(odds(0.5) == 1.0 && odds(1.0) <= MOST_ODDS && odds(f64::NAN.max(0.0)) >= 1.0 / MOST_ODDS);
    }
}

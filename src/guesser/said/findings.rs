//! What the model's answers weigh.

use super::form::{ADMIN1, BECAUSE, CANDIDATE, COUNTRY, admin1_options, candidate_id};
use crate::ledger::Candidate;
use crate::model::Reply;
use crate::prompt::outside;
use crate::vision::{Prior, place_in_words, regions_named};
use navig_tools::evidence::{Finding, Likelihood, MIN_BACKGROUND, PointShare, RegionShare};
use navig_tools::geo::{Gazetteer, LatLon, Level, RegionCode};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The kinds of finding that are made here, rows of `data/weights.toml`.
pub(in crate::guesser) const KINDS: [&str; 4] = ["model-country", "model-admin1", "model-point", "model-candidate"];
/// The group of all that the model says as Guesser.
const GROUP: &str = "model:guess";

/// How often a small model's word has nothing to do with the place: start values, to be fitted.
const COUNTRY_BACKGROUND: f64 = 0.3;
const ADMIN1_BACKGROUND: f64 = 0.5;
const POINT_BACKGROUND: f64 = 0.6;
const CANDIDATE_BACKGROUND: f64 = 0.5;
/// Spread of a model's position and of a candidate, km.
const POINT_SIGMA_KM: f64 = 120.0;
const CANDIDATE_SIGMA_KM: f64 = 25.0;
/// A country below this share of the scored mass says nothing of its own.
const LEAST_SHARE: f64 = 1e-4;

/// The background of a distribution of which so much mass lies on the options: what lies elsewhere says nothing about
/// them, and a model that would rather write something else has no opinion.
fn background(of_a_sure_model: f64, mass: f64) -> f64 {
    (1.0 - (1.0 - of_a_sure_model) * mass.clamp(0.0, 1.0)).clamp(MIN_BACKGROUND, 0.9999)
}

/// Mean probability by country code over replies, by the probe where there is one, else by the name that was written.
pub(super) fn country_shares(replies: &[&Reply], gazetteer: &Gazetteer) -> BTreeMap<String, f64> {
    let mut shares: BTreeMap<String, f64> = BTreeMap::new();
    let part = 1.0 / replies.len().max(1) as f64;
    for reply in replies {
        match reply.scores.get(COUNTRY).and_then(Option::as_ref) {
            Some(scores) => {
                for ((_, country), score) in gazetteer.countries().zip(&scores.options) {
                    if score.p.is_finite() && score.p > 0.0 {
                        *shares.entry(country.code.to_owned()).or_default() += part * score.p;
                    }
                }
            }
            None => {
                let named = reply.json["country"].as_str().map(regions_named).unwrap_or_default();
                if let Some(country) = named.into_iter().find(|r| r.level == Level::Country) {
                    *shares.entry(country.code).or_default() += part;
                }
            }
        }
    }
    let total: f64 = shares.values().sum();
    shares.retain(|_, p| *p >= LEAST_SHARE * total);
    shares
}

pub(super) fn findings(replies: &[&Reply], points: &[LatLon], leading: &[Candidate], prior: &Prior) -> Vec<Finding> {
    if replies.is_empty() {
        return Vec::new();
    }
    let finding = |kind: &str, claim: String, likelihood: Likelihood| Finding {
        group: GROUP.to_owned(),
        kind: kind.to_owned(),
        clues: Vec::new(),
        claim,
        likelihood,
    };
    let mut found = Vec::new();
    found.extend(country_finding(replies, prior).map(|(claim, l)| finding(KINDS[0], claim, l)));
    found.extend(admin1_finding(replies, leading).map(|(claim, l)| finding(KINDS[1], claim, l)));
    if !points.is_empty() {
        let point = |at: &LatLon| PointShare {
            at: *at,
            sigma_km: POINT_SIGMA_KM,
            share: 1.0,
            label: "as the model says".to_owned(),
        };
        let likelihood =
            Likelihood::Points { points: points.iter().map(point).collect(), background: POINT_BACKGROUND };
        let places: Vec<String> = points.iter().map(ToString::to_string).collect();
        found.push(finding(KINDS[2], format!("The vision model puts it at {}.", places.join(" and ")), likelihood));
    }
    found.extend(candidate_finding(replies, leading).map(|(claim, l)| finding(KINDS[3], claim, l)));
    found
}

pub(super) fn country_finding(replies: &[&Reply], prior: &Prior) -> Option<(String, Likelihood)> {
    let gazetteer = Gazetteer::embedded();
    let said = country_shares(replies, gazetteer);
    let total: f64 = said.values().sum();
    let mut best: Vec<(&String, &f64)> = said.iter().collect();
    best.sort_by(|a, b| b.1.total_cmp(a.1));
    let named: Vec<String> = best
        .iter()
        .take(3)
        .map(|(code, p)| {
            let name = gazetteer.country_by_code(code).map_or(code.as_str(), |index| gazetteer.country(index).name);
            format!("{name} ({})", percent(**p))
        })
        .collect();
    let shares: Vec<RegionShare> = said
        .iter()
        .map(|(code, p)| RegionShare { region: RegionCode::country(code), share: p / prior.of_country(code) })
        .collect();
    let claim = format!(
        "The vision model's own guess is {}{}; what it says of a blank picture is divided out.",
        named.join(", "),
        because(replies)
    );
    let background = background(COUNTRY_BACKGROUND, total);
    (!shares.is_empty()).then_some((claim, Likelihood::Regions { shares, background }))
}

fn admin1_finding(replies: &[&Reply], leading: &[Candidate]) -> Option<(String, Likelihood)> {
    let units = admin1_options(leading, Gazetteer::embedded());
    let mut shares: BTreeMap<&str, f64> = BTreeMap::new();
    for scores in replies.iter().filter_map(|reply| reply.scores.get(ADMIN1).and_then(Option::as_ref)) {
        for score in scores.options.iter().filter(|score| score.p.is_finite() && score.p > 0.0) {
            if let Some(code) = units.get(&score.option) {
                *shares.entry(code).or_default() += score.p;
            }
        }
    }
    let total: f64 = shares.values().sum();
    shares.retain(|_, p| *p >= LEAST_SHARE * total);
    let best = shares.iter().max_by(|a, b| a.1.total_cmp(b.1))?;
    let name = units.iter().find(|(_, code)| code == best.0).map_or(*best.0, |(name, _)| name.as_str());
    let p = best.1 / replies.len() as f64;
    let claim = format!("Of the parts of the leading countries, the vision model names {name} ({}).", percent(p));
    let share = |(code, p): (&&str, &f64)| RegionShare {
        region: RegionCode { level: Level::Admin1, code: (*code).to_owned() },
        share: *p,
    };
    let shares = shares.iter().map(share).collect();
    let background = background(ADMIN1_BACKGROUND, total / replies.len() as f64);
    Some((claim, Likelihood::Regions { shares, background }))
}

/// Scores of the candidates that are places; one that is a whole country is weighed with the countries.
fn candidate_finding(replies: &[&Reply], leading: &[Candidate]) -> Option<(String, Likelihood)> {
    let spots: Vec<&Candidate> = leading.iter().filter(|c| c.chain.at(Level::City).is_some()).collect();
    let mut p: BTreeMap<usize, f64> = BTreeMap::new();
    for reply in replies {
        let scores = reply.scores.get(CANDIDATE).and_then(Option::as_ref);
        for spot in &spots {
            let id = candidate_id(spot);
            let written = f64::from(u8::from(reply.json["candidate"].as_str() == Some(&id)));
            let score = scores.map_or(written, |s| s.p(&id).unwrap_or(0.0));
            if score.is_finite() && score > 0.0 {
                *p.entry(spot.rank).or_default() += score / replies.len() as f64;
            }
        }
    }
    let total: f64 = p.values().sum();
    p.retain(|_, p| *p >= LEAST_SHARE * total);
    let (rank, best) = p.iter().max_by(|a, b| a.1.total_cmp(b.1))?;
    let name = spots.iter().find(|c| c.rank == *rank).map(|c| place_in_words(c)).unwrap_or_default();
    let claim = format!("Of the candidates, the vision model chooses {name} ({}).", percent(*best));
    let points = spots
        .iter()
        .filter_map(|c| {
            let share = *p.get(&c.rank)?;
            Some(PointShare { at: c.point, sigma_km: CANDIDATE_SIGMA_KM, share, label: place_in_words(c) })
        })
        .collect();
    Some((claim, Likelihood::Points { points, background: background(CANDIDATE_BACKGROUND, total) }))
}

/// The evidence that the model says it rests on, of the first reply.
fn because(replies: &[&Reply]) -> String {
    let ids = replies.first().and_then(|reply| reply.json["because"].as_array());
    let mut named = BTreeSet::new();
    let ids = ids.into_iter().flatten().filter_map(Value::as_str).filter(|id| named.insert(*id));
    let ids: Vec<&str> = ids.take(BECAUSE).collect();
    if ids.is_empty() { String::new() } else { format!(", by its word because of {}", outside(&ids.join(", "))) }
}

fn percent(p: f64) -> String {
    if p < 0.01 { "below 1 %".to_owned() } else { format!("{:.0} %", p * 100.0) }
}

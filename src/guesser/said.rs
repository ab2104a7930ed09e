//! The model as Guesser: a Chain of Region, level by level, and a score for every country and candidate.
//!
//! One call gives both. While the model writes its chain, probes read the probability of every country at the place of the
//! country, of every candidate at the place of the candidate, and of the admin-1 units of the leading countries: exact
//! distributions out of one prefill, not a list of top guesses. What the model says on a blank picture is divided out.
//! All of it is evidence of one group: the model is one witness.

use crate::ledger::{Candidate, Log};
use crate::model::{Ask, Picture, Probe, Reply, Sampling, Stage, Turn};
use crate::prompt::{data, outside};
use crate::reasoner::regions_named;
use crate::vision::{Prior, Session, Vision};
use navig_tools::evidence::{Evidence, Finding, Likelihood, MIN_BACKGROUND, PointShare, RegionShare, Source};
use navig_tools::geo::gazetteer::{NameMatch, Named};
use navig_tools::geo::{Gazetteer, LatLon, Level, RegionCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What the model is told about: more makes the prompt longer, and the model slower.
const TOLD_EVIDENCE: usize = 8;
const TOLD_CANDIDATES: usize = 5;
/// Countries whose admin-1 units are scored.
const ADMIN1_OF: usize = 3;
const NAME_CHARS: usize = 40;
const BECAUSE: usize = 4;
const TOKENS: usize = 420;
/// Temperature of the votes after the first.
const VOTE_TEMPERATURE: f64 = 0.7;

/// How often a small model's word has nothing to do with the place: start values, to be fitted.
const COUNTRY_BACKGROUND: f64 = 0.3;
const ADMIN1_BACKGROUND: f64 = 0.5;
const POINT_BACKGROUND: f64 = 0.6;
const CANDIDATE_BACKGROUND: f64 = 0.5;
/// The background of a distribution of which so much mass lies on the options: what lies elsewhere says nothing about
/// them, and a model that would rather write something else has no opinion.
fn background(of_a_sure_model: f64, mass: f64) -> f64 {
    (1.0 - (1.0 - of_a_sure_model) * mass.clamp(0.0, 1.0)).clamp(MIN_BACKGROUND, 0.9999)
}

/// Spread of a model's position and of a candidate, km.
const POINT_SIGMA_KM: f64 = 120.0;
const CANDIDATE_SIGMA_KM: f64 = 25.0;
/// A country below this share of the scored mass says nothing of its own.
const LEAST_SHARE: f64 = 1e-4;
/// The kinds of finding that this module makes, rows of `data/weights.toml`.
pub(super) const KINDS: [&str; 4] = ["model-country", "model-admin1", "model-point", "model-candidate"];
/// The group of all that the model says as Guesser.
const GROUP: &str = "model:guess";
/// The option of a reply that chooses no candidate.
const NO_CANDIDATE: &str = "none";

/// What the model answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Its position; absent when it gave none that exists.
    pub point: Option<LatLon>,
    /// The regions that it named and that exist, the widest first, each inside the one before, with the probability that
    /// was read where it was; 1 where none was.
    pub chain: Vec<(RegionCode, f64)>,
}

#[derive(Deserialize)]
struct Written {
    continent: String,
    country: String,
    #[serde(default)]
    admin1: String,
    #[serde(default)]
    city: String,
    lat: f64,
    lon: f64,
}

/// Asks the model, and puts what it says on record as evidence; returns the answer of the first vote.
pub fn ask_model(session: &Session<'_>, photo: &Picture, leading: &[Candidate], log: &mut Log) -> Option<Said> {
    let vision = session.vision();
    let worth = leading.iter().take_while(|c| c.probability >= WORTH_TELLING).take(TOLD_CANDIDATES).count();
    let leading = &leading[..worth];
    let votes = vision.options().votes.max(1);
    let mut replies: Vec<(usize, Reply)> = Vec::new();
    for vote in 0..votes {
        let temperature = if vote == 0 { 0.0 } else { VOTE_TEMPERATURE };
        let ask = ask(vision, photo, leading, log.evidence(), temperature);
        replies.extend(session.ask(&ask, log));
    }
    let version = vision.prompts().guesser.stamp().version.clone();
    let source = Source { tool: "guesser".to_owned(), version };
    let mut said = None;
    let mut points = Vec::new();
    for (number, reply) in &replies {
        let (answer, repairs) = read(reply);
        repairs.into_iter().for_each(|repair| log.repair(*number, repair));
        points.extend(answer.point);
        said.get_or_insert(answer);
    }
    let replies: Vec<&Reply> = replies.iter().map(|(_, reply)| reply).collect();
    log.findings(&source, findings(&replies, &points, leading, session.prior()));
    said
}

/// What the model says without looking: its answer to the same question about a blank picture, without evidence.
#[must_use]
pub fn prior(vision: &Vision) -> Prior {
    vision.prior(|| {
        let blank = ask(vision, &Picture::blank(vision.picture_px()), &[], &[], 0.0);
        let ask = Ask { stage: Stage::Prior, ..blank };
        match vision.ask(&ask) {
            Ok(reply) => {
                let countries = country_shares(&[&reply], Gazetteer::embedded());
                (!countries.is_empty()).then_some(Prior { countries })
            }
            Err(error) => {
                tracing::warn!(%error, "the model gave no answer to a blank picture; nothing is divided out");
                None
            }
        }
    })
}

fn ask(vision: &Vision, photo: &Picture, leading: &[Candidate], evidence: &[Evidence], temperature: f64) -> Ask {
    let prompt = &vision.prompts().guesser;
    let values = json!({ "evidence": told_evidence(evidence), "candidates": told_candidates(leading) });
    Ask {
        stage: prompt.stage(),
        prompt: prompt.stamp().clone(),
        system: prompt.system().to_owned(),
        turns: vec![Turn::user(vec![photo.clone()], prompt.user(values))],
        schema: schema(leading, evidence),
        sampling: Sampling { max_tokens: TOKENS, temperature },
        probes: probes(leading),
    }
}

/// Evidence as lines of data. What the model itself said before is left out: it would only hear its own voice.
fn told_evidence(evidence: &[Evidence]) -> String {
    let told = told(evidence).map(|e| json!({ "id": e.id, "says": outside(&e.finding.claim) }));
    data(told)
}

fn told(evidence: &[Evidence]) -> impl Iterator<Item = &Evidence> {
    evidence.iter().filter(|e| !matches!(e.finding.likelihood, Likelihood::Note)).take(TOLD_EVIDENCE)
}

fn told_candidates(leading: &[Candidate]) -> String {
    let candidate =
        |c: &Candidate| json!({ "id": candidate_id(c), "place": place_in_words(c), "p": rounded(c.probability) });
    data(leading.iter().map(candidate))
}

/// A candidate below this is not worth a line of a prompt.
pub(crate) const WORTH_TELLING: f64 = 0.005;

/// A candidate's regions, the widest first, as a prompt may hold them.
pub(crate) fn place_in_words(candidate: &Candidate) -> String {
    let names: Vec<&str> = candidate.chain.0.iter().map(|region| region.name.as_str()).collect();
    outside(&names.join(", "))
}

/// A probability as a prompt holds it: more digits are more tokens.
pub(crate) fn rounded(p: f64) -> f64 {
    (p * 100.0).round() / 100.0
}

fn candidate_id(candidate: &Candidate) -> String {
    format!("c{}", candidate.rank)
}

fn schema(leading: &[Candidate], evidence: &[Evidence]) -> Value {
    let gazetteer = Gazetteer::embedded();
    let name = json!({ "type": "string", "maxLength": NAME_CHARS });
    let mut properties = json!({
        "continent": { "enum": continents(gazetteer) },
        "country": { "enum": countries(gazetteer) },
        "admin1": name,
        "city": name,
        "lat": { "type": "number", "minimum": -90, "maximum": 90, "multipleOf": 0.01 },
        "lon": { "type": "number", "minimum": -180, "maximum": 180, "multipleOf": 0.01 }
    });
    let mut required = vec!["continent", "country", "admin1", "city", "lat", "lon"];
    if !leading.is_empty() {
        properties["candidate"] = json!({ "enum": candidate_options(leading) });
        required.push("candidate");
    }
    let ids: Vec<&str> = told(evidence).map(|e| e.id.as_str()).collect();
    if !ids.is_empty() {
        properties["because"] = json!({ "type": "array", "maxItems": BECAUSE, "items": { "enum": ids } });
        required.push("because");
    }
    json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
}

fn probes(leading: &[Candidate]) -> Vec<Probe> {
    let gazetteer = Gazetteer::embedded();
    let mut probes = vec![Probe::of_key("country", countries(gazetteer))];
    if !leading.is_empty() {
        probes.push(Probe::of_key("candidate", candidate_options(leading)));
        let units = admin1_options(leading, gazetteer);
        if !units.is_empty() {
            probes.push(Probe::of_key("admin1", units.into_keys().collect()));
        }
    }
    probes
}

fn continents(gazetteer: &Gazetteer) -> Vec<String> {
    let mut names: Vec<String> = gazetteer.countries().map(|(_, c)| c.continent_name.to_owned()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn countries(gazetteer: &Gazetteer) -> Vec<String> {
    gazetteer.countries().map(|(_, c)| c.name.to_owned()).collect()
}

fn candidate_options(leading: &[Candidate]) -> Vec<String> {
    leading.iter().map(candidate_id).chain([NO_CANDIDATE.to_owned()]).collect()
}

/// Names of the admin-1 units of the leading countries, each with its code; a name that two of them share is left out,
/// because it could not be told which is meant.
fn admin1_options(leading: &[Candidate], gazetteer: &Gazetteer) -> BTreeMap<String, String> {
    let mut codes: Vec<&str> = Vec::new();
    for country in leading.iter().filter_map(|c| c.chain.at(Level::Country)) {
        if codes.len() < ADMIN1_OF && !codes.contains(&country.code.as_str()) {
            codes.push(&country.code);
        }
    }
    let mut units: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (_, unit) in gazetteer.admin1_units() {
        if codes.contains(&gazetteer.country(unit.country).code) && !unit.name.is_empty() {
            let code = Some(unit.code.to_owned());
            units.entry(unit.name.to_owned()).and_modify(|known| *known = None).or_insert(code);
        }
    }
    units.into_iter().filter_map(|(name, code)| Some((name, code?))).collect()
}

/// The answer of a reply, and what had to be mended.
fn read(reply: &Reply) -> (Said, Vec<String>) {
    let mut repairs = Vec::new();
    let written: Written = match serde_json::from_value(reply.json.clone()) {
        Ok(written) => written,
        Err(e) => return (Said { point: None, chain: vec![] }, vec![format!("the answer does not read: {e}")]),
    };
    let point =
        LatLon::new(written.lat, written.lon).map_err(|e| repairs.push(format!("the position was left out: {e}")));
    let p = |key: usize, name: &str| {
        let scores = reply.scores.get(key).and_then(Option::as_ref);
        scores.and_then(|s| s.p(name)).unwrap_or(1.0)
    };
    let mut chain: Vec<(RegionCode, f64)> = Vec::new();
    let at_level = |name: &str, level: Level| regions_named(name).into_iter().find(|r| r.level == level);
    match continent_named(&written.continent) {
        Some(continent) => chain.push((continent, 1.0)),
        None => repairs.push(format!("'{}' is no continent", outside(&written.continent))),
    }
    match at_level(&written.country, Level::Country) {
        Some(country) => {
            let admin1 = admin1_in(&written.admin1, &country.code);
            chain.push((country, p(0, &written.country)));
            match admin1 {
                Some(code) => {
                    let city = city_in(&written.city, &code);
                    chain.push((code, 1.0));
                    chain.extend(city.map(|city| (city, 1.0)));
                }
                None if written.admin1.trim().is_empty() => {}
                None => repairs.push(format!("'{}' is no part of that country", outside(&written.admin1))),
            }
        }
        None => repairs.push(format!("'{}' is no country", outside(&written.country))),
    }
    (Said { point: point.ok(), chain }, repairs)
}

/// The continent of a name; one of them is also a country.
fn continent_named(name: &str) -> Option<RegionCode> {
    let (_, country) = Gazetteer::embedded().countries().find(|(_, c)| c.continent_name == name)?;
    Some(RegionCode { level: Level::Continent, code: country.continent.to_owned() })
}

/// The admin-1 unit of a name in a country.
fn admin1_in(name: &str, country: &str) -> Option<RegionCode> {
    let gazetteer = Gazetteer::embedded();
    let in_country = |r: &RegionCode| {
        let unit = gazetteer.admin1_by_code(&r.code).map(|index| gazetteer.admin1(index));
        unit.is_some_and(|unit| gazetteer.country(unit.country).code == country)
    };
    let named = gazetteer.find(name, NameMatch::Exact, usize::MAX).into_iter().filter_map(|hit| match hit.target {
        Named::Admin1(index) => {
            Some(RegionCode { level: Level::Admin1, code: gazetteer.admin1(index).code.to_owned() })
        }
        _ => None,
    });
    named.into_iter().find(in_country)
}

/// The largest town of a name in an admin-1 unit.
fn city_in(name: &str, admin1: &RegionCode) -> Option<RegionCode> {
    let gazetteer = Gazetteer::embedded();
    let towns = gazetteer.find(name, NameMatch::Exact, 500).into_iter().filter_map(|hit| match hit.target {
        Named::Place(id) => Some(id),
        _ => None,
    });
    let inside = towns.filter(|&id| gazetteer.chain_of(id).passes(admin1));
    let largest = inside.max_by_key(|&id| gazetteer.inhabitants(id))?;
    Some(RegionCode { level: Level::City, code: gazetteer.place(largest).geoname_id.to_string() })
}

/// Mean probability by country code over replies, by the probe where there is one, else by the name that was written.
fn country_shares(replies: &[&Reply], gazetteer: &Gazetteer) -> BTreeMap<String, f64> {
    let mut shares: BTreeMap<String, f64> = BTreeMap::new();
    let part = 1.0 / replies.len().max(1) as f64;
    for reply in replies {
        match reply.scores.first().and_then(Option::as_ref) {
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

fn findings(replies: &[&Reply], points: &[LatLon], leading: &[Candidate], prior: &Prior) -> Vec<Finding> {
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

fn country_finding(replies: &[&Reply], prior: &Prior) -> Option<(String, Likelihood)> {
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
    for scores in replies.iter().filter_map(|reply| reply.scores.get(2).and_then(Option::as_ref)) {
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
        let scores = reply.scores.get(1).and_then(Option::as_ref);
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
    let name = spots.iter().find(|c| c.rank == *rank).map(|c| c.chain.to_string()).unwrap_or_default();
    let claim = format!("Of the candidates, the vision model chooses {name} ({}).", percent(*best));
    let points = spots
        .iter()
        .filter_map(|c| {
            let share = *p.get(&c.rank)?;
            Some(PointShare { at: c.point, sigma_km: CANDIDATE_SIGMA_KM, share, label: outside(&c.chain.to_string()) })
        })
        .collect();
    Some((claim, Likelihood::Points { points, background: background(CANDIDATE_BACKGROUND, total) }))
}

/// The evidence that the model says it rests on, of the first reply.
fn because(replies: &[&Reply]) -> String {
    let ids = replies.first().and_then(|reply| reply.json["because"].as_array());
    let ids: Vec<&str> = ids.into_iter().flatten().filter_map(Value::as_str).take(BECAUSE).collect();
    if ids.is_empty() { String::new() } else { format!(", by its word because of {}", outside(&ids.join(", "))) }
}

fn percent(p: f64) -> String {
    if p < 0.01 { "below 1 %".to_owned() } else { format!("{:.0} %", p * 100.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Cost, OptionScore, Scores};

    fn reply(json: Value, scores: Vec<Option<Scores>>) -> Reply {
        Reply { text: json.to_string(), json, scores, cost: Cost::default() }
    }

    fn answer(country: &str, admin1: &str, city: &str, lat: f64) -> Value {
        json!({ "continent": "Europe", "country": country, "admin1": admin1, "city": city, "lat": lat, "lon": 11.6 })
    }

    #[test]
    fn an_answer_becomes_a_chain_of_regions_that_exist() {
        let (said, repairs) = read(&reply(answer("Germany", "Bavaria", "Munich", 48.1), vec![]));
        let codes: Vec<&str> = said.chain.iter().map(|(region, _)| region.code.as_str()).collect();
        assert_eq!(codes[..3], ["EU", "DE", "DE.02"]);
        assert!(repairs.is_empty() && codes.len() == 4 && said.point.is_some(), "{repairs:?} {codes:?}");
    }

    #[test]
    fn what_does_not_exist_is_left_out_and_said() {
        let (said, repairs) = read(&reply(answer("Germany", "Texas", "Dallas", 148.1), vec![]));
        assert_eq!((said.point, said.chain.len(), repairs.len()), (None, 2, 2), "{repairs:?}");
        let (said, repairs) = read(&reply(json!({ "country": 7 }), vec![]));
        assert!(said.chain.is_empty() && repairs.len() == 1);
    }

    #[test]
    fn the_blank_answer_is_divided_out_and_no_number_counts_as_none() {
        let gazetteer = Gazetteer::embedded();
        let options: Vec<OptionScore> = gazetteer
            .countries()
            .map(|(_, c)| OptionScore {
                option: c.name.to_owned(),
                p: match c.code {
                    "US" => 0.5,
                    "LA" => 0.25,
                    "FR" => f64::NAN,
                    _ => 0.0,
                },
            })
            .collect();
        let reply = reply(answer("Laos", "", "", 1.0), vec![Some(Scores { options, other: 0.25, shared: 0.0 })]);
        let shares = country_shares(&[&reply], gazetteer);
        assert_eq!(shares.keys().collect::<Vec<_>>(), ["LA", "US"]);
        let prior = Prior { countries: [("US".to_owned(), 0.9), ("LA".to_owned(), 0.01)].into() };
        let (_, likelihood) = country_finding(&[&reply], &prior).expect("something");
        let Likelihood::Regions { shares, .. } = likelihood else { unreachable!("regions") };
        let share = |code: &str| shares.iter().find(|s| s.region.code == code).map(|s| s.share);
        assert!(share("LA") > share("US"), "{shares:?}");
    }

    #[test]
    fn options_are_different_from_each_other() {
        let gazetteer = Gazetteer::embedded();
        let mut names = countries(gazetteer);
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        assert_eq!(continents(gazetteer).len(), 7);
    }
}

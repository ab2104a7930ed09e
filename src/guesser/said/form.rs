//! The form of the Guesser's question: what is told, what the reply must look like, and what is read from it.

use crate::ledger::Candidate;
use crate::model::Probe;
use crate::prompt::{data, outside};
use crate::vision::{place_in_words, rounded};
use navig_tools::evidence::{Evidence, Likelihood};
use navig_tools::geo::{Gazetteer, Level};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What the model is told about: more makes the prompt longer, and the model slower.
const TOLD_EVIDENCE: usize = 8;
pub(super) const TOLD_CANDIDATES: usize = 5;
/// Countries whose admin-1 units are scored.
const ADMIN1_OF: usize = 3;
const NAME_CHARS: usize = 40;
pub(super) const BECAUSE: usize = 4;
/// The option of a reply that chooses no candidate.
const NO_CANDIDATE: &str = "none";

/// Places of the probes among [`probes`].
pub(super) const COUNTRY: usize = 0;
pub(super) const CANDIDATE: usize = 1;
pub(super) const ADMIN1: usize = 2;

/// Evidence as lines of data, the Reasoner's clues among it.
pub(super) fn told_evidence(evidence: &[Evidence]) -> String {
    let told = told(evidence).map(|e| json!({ "id": e.id, "says": outside(&e.finding.claim) }));
    data(told)
}

/// Whether there is evidence to tell.
pub(super) fn tells(evidence: &[Evidence]) -> bool {
    told(evidence).next().is_some()
}

fn told(evidence: &[Evidence]) -> impl Iterator<Item = &Evidence> {
    evidence.iter().filter(|e| !matches!(e.finding.likelihood, Likelihood::Note)).take(TOLD_EVIDENCE)
}

pub(super) fn told_candidates(leading: &[Candidate]) -> String {
    let candidate =
        |c: &Candidate| json!({ "id": candidate_id(c), "place": place_in_words(c), "p": rounded(c.probability) });
    data(leading.iter().map(candidate))
}

pub(super) fn candidate_id(candidate: &Candidate) -> String {
    format!("c{}", candidate.rank)
}

pub(super) fn schema(leading: &[Candidate], evidence: &[Evidence]) -> Value {
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

pub(super) fn probes(leading: &[Candidate]) -> Vec<Probe> {
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

pub(super) fn continents(gazetteer: &Gazetteer) -> Vec<String> {
    let mut names: Vec<String> = gazetteer.countries().map(|(_, c)| c.continent_name.to_owned()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

pub(super) fn countries(gazetteer: &Gazetteer) -> Vec<String> {
    gazetteer.countries().map(|(_, c)| c.name.to_owned()).collect()
}

pub(super) fn candidate_options(leading: &[Candidate]) -> Vec<String> {
    leading.iter().map(candidate_id).chain([NO_CANDIDATE.to_owned()]).collect()
}

/// Names of the admin-1 units of the leading countries, each with its code; a name that two of them share is left out,
/// because it could not be told which is meant.
pub(super) fn admin1_options(leading: &[Candidate], gazetteer: &Gazetteer) -> BTreeMap<String, String> {
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

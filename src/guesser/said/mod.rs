//! The model as Guesser: a Chain of Region, level by level, and a score for every country and candidate.
//!
//! One call gives both. While the model writes its chain, probes read the probability of every country at the place of the
//! country, of every candidate at the place of the candidate, and of the admin-1 units of the leading countries: exact
//! distributions out of one prefill, not a list of top guesses. What the model says on a blank picture is divided out.
//! All of it is evidence of one group: the model is one witness.

mod answer;
mod findings;
mod form;

#[cfg(test)]
pub(super) use findings::KINDS;

use crate::ledger::{Candidate, Log};
use crate::model::{Ask, Picture, Reply, Sampling, Stage, Turn};
use crate::prompt::Prompts;
use crate::vision::{Prior, Session, Vision, WORTH_TELLING};
use answer::read;
use findings::{country_shares, findings};
use form::{TOLD_CANDIDATES, probes, schema, tells, told_candidates, told_evidence};
use navig_tools::evidence::{Evidence, Source};
use navig_tools::geo::{Gazetteer, LatLon, RegionCode};
use serde_json::json;

/// Longest reply: the longest names, at a token a character.
const TOKENS: usize = 420;
/// Temperature of the votes after the first.
const VOTE_TEMPERATURE: f64 = 0.7;

/// What the model answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Its position; absent when it gave none that exists.
    pub point: Option<LatLon>,
    /// The regions that it named and that exist, the widest first, each inside the one before, with the probability that
    /// was read where it was; 1 where none was.
    pub chain: Vec<(RegionCode, f64)>,
}

/// Asks the model, and puts what it says on record as evidence; returns the answer of the first vote.
pub fn ask_model(session: &Session<'_>, photo: &Picture, leading: &[Candidate], log: &mut Log) -> Option<Said> {
    let vision = session.vision();
    // Without evidence the candidates are the prior's: where photos are taken, and nothing about this one.
    let worth = match tells(log.evidence()) {
        true => leading.iter().take_while(|c| c.probability >= WORTH_TELLING).take(TOLD_CANDIDATES).count(),
        false => 0,
    };
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

/// What the model is asked about a photo without evidence: the system text, and the user's behind the photo.
#[must_use]
pub fn bare_question(prompts: &Prompts) -> (String, String) {
    question(prompts, &[], &[])
}

fn question(prompts: &Prompts, leading: &[Candidate], evidence: &[Evidence]) -> (String, String) {
    let values = json!({ "evidence": told_evidence(evidence), "candidates": told_candidates(leading) });
    (prompts.guesser.system().to_owned(), prompts.guesser.user(values))
}

fn ask(vision: &Vision, photo: &Picture, leading: &[Candidate], evidence: &[Evidence], temperature: f64) -> Ask {
    let prompt = &vision.prompts().guesser;
    let (system, user) = question(vision.prompts(), leading, evidence);
    Ask {
        stage: prompt.stage(),
        prompt: prompt.stamp().clone(),
        system,
        turns: vec![Turn::user(vec![photo.clone()], user)],
        schema: schema(leading, evidence),
        sampling: Sampling { max_tokens: TOKENS, temperature },
        probes: probes(leading),
    }
}

#[cfg(test)]
mod tests {
    use super::findings::country_finding;
    use super::form::{continents, countries};
    use super::*;
    use crate::model::{Cost, OptionScore, Scores};
    use navig_tools::evidence::Likelihood;
    use serde_json::Value;

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

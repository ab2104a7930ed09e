//! Guidebooks, asked about what is seen.
//!
//! A passage that is near a clue in words may still be about something else. With a vision model each passage that would
//! carry the most is put before it with the photo, without a name of a place, and what it says of a region counts as much as
//! the model finds it visible.

use super::verify::{p_yes, schema, yes_no};
use super::{Scene, Searcher};
use crate::ledger::Log;
use crate::model::{Ask, Probe, Sampling, Turn};
use crate::prompt::outside;
use crate::vision::Session;
use navig_tools::clue::ClueKind;
use navig_tools::evidence::{Finding, Likelihood, MIN_BACKGROUND};
use navig_tools::guidebook::Cited;
use navig_tools::tool::Answer;
use serde_json::json;

const DESCRIPTION: &str = "description.read";
const GUIDEBOOK: &str = "guidebook.find";
const TRACES: &str = "traces.find";
/// The tools that are asked about what is seen.
pub(super) const SEEN: [&str; 3] = [DESCRIPTION, GUIDEBOOK, TRACES];

/// Passages that the model is asked about in one call.
const CHECKED: usize = 5;

impl Searcher {
    /// Evidence of what is seen among the clues: what is said outright, where guidebooks find it usual, and where experts said
    /// the like. With a session the passages are checked against the photo.
    pub fn look_up(&self, sight: Option<(&Session<'_>, &Scene<'_>)>, log: &mut Log) {
        let seen: Vec<_> = log.clues().iter().filter(|c| c.kind.is_seen()).cloned().collect();
        if seen.is_empty() {
            return;
        }
        let clues: Vec<_> = seen.iter().map(|c| json!({ "id": c.id, "text": c.text })).collect();
        // What a model says outright is weighed as its own words already.
        if seen.iter().any(|c| c.kind == ClueKind::Described) {
            let _ = self.ask(DESCRIPTION, json!({ "clues": clues }), log);
        }
        self.ask_checked(GUIDEBOOK, json!({ "clues": clues }), sight, log);
        if self.traces {
            self.ask_checked(TRACES, json!({ "clues": clues }), sight, log);
        }
    }

    /// As [`Searcher::ask`], with the passages checked before their findings count.
    fn ask_checked(
        &self,
        tool: &str,
        arguments: serde_json::Value,
        sight: Option<(&Session<'_>, &Scene<'_>)>,
        log: &mut Log,
    ) {
        let Ok(spec) = self.registry.spec(tool).inspect_err(|error| log.tool_failed(None, error)) else { return };
        let call = log.call(spec, arguments.clone());
        match self.runtime.block_on(self.registry.call(tool, arguments)) {
            Ok(mut answer) => {
                if let Some((session, scene)) = sight {
                    check(&mut answer, session, scene, log);
                }
                log.answer(call, spec, answer);
            }
            Err(error) => log.tool_failed(Some(call), &error),
        }
    }
}

/// Asks the model whether the photo shows what the nearest passages say, and lowers what rests on those that it does not.
fn check(answer: &mut Answer, session: &Session<'_>, scene: &Scene<'_>, log: &mut Log) {
    let cited: Vec<Cited> = serde_json::from_value(answer.data.clone()).unwrap_or_default();
    let best = |clue: &str| cited.iter().find(|c| c.clue == clue);
    // The fewer countries a clue fits, the more hangs on it.
    let mut order: Vec<(f64, usize, String)> = Vec::new();
    for (at, finding) in answer.findings.iter().enumerate() {
        if let [clue] = finding.clues.as_slice()
            && let Some(cited) = best(clue)
        {
            order.push((cited.fits_countries, at, outside(&cited.quote)));
        }
    }
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    order.truncate(CHECKED);
    if order.is_empty() {
        return;
    }
    let prompt = &session.vision().prompts().verifier;
    let texts: Vec<&str> = order.iter().map(|(.., quote)| quote.as_str()).collect();
    let ask = Ask {
        stage: prompt.stage(),
        prompt: prompt.stamp().clone(),
        system: prompt.system().to_owned(),
        turns: vec![Turn::user(vec![scene.picture.clone()], prompt.user(json!({ "statements": texts })))],
        schema: schema(texts.len()),
        sampling: Sampling { max_tokens: 24 * texts.len() + 8, temperature: 0.0 },
        probes: (1..=texts.len()).map(|n| Probe::of_key(&n.to_string(), yes_no())).collect(),
    };
    let Some((_, reply)) = session.ask(&ask, log) else { return };
    for (number, (_, at, _)) in order.iter().enumerate() {
        if let Some(finding) = answer.findings.get_mut(*at) {
            weaken(finding, p_yes(&reply, number));
        }
    }
}

/// The finding, as far as what it rests on is visible.
fn weaken(finding: &mut Finding, p_visible: f64) {
    if let Likelihood::Regions { background, .. } = &mut finding.likelihood {
        *background = (1.0 - (1.0 - *background) * p_visible).clamp(MIN_BACKGROUND, 0.999);
        finding.claim = format!("{} The vision model finds it visible with {:.0} %.", finding.claim, p_visible * 100.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use navig_tools::evidence::RegionShare;
    use navig_tools::geo::RegionCode;

    #[test]
    fn what_is_not_visible_says_nothing_of_a_region() {
        let shares = vec![RegionShare { region: RegionCode::country("BW"), share: 1.0 }];
        let mut finding = Finding {
            group: "seen:s1".to_owned(),
            kind: "guidebook".to_owned(),
            clues: vec!["s1".to_owned()],
            claim: "x".to_owned(),
            likelihood: Likelihood::Regions { shares, background: 0.3 },
        };
        let background = |f: &Finding| match f.likelihood {
            Likelihood::Regions { background, .. } => background,
            _ => 0.0,
        };
        weaken(&mut finding, 1.0);
        assert!((background(&finding) - 0.3).abs() < 1e-9);
        weaken(&mut finding, 0.0);
        assert!(background(&finding) > 0.99 && finding.likelihood.check().is_ok());
    }
}

//! The Reasoner: the whole photo to global clues.
//!
//! The vision model lists what it sees, each thing with a box, the regions where that is usual, and what would speak
//! against them. Each becomes a clue and a piece of evidence; what does not hold (a box outside the photo, a region that
//! does not exist) is mended or left out, and that is on record.

mod clues;

#[cfg(test)]
pub(crate) use clues::kind_row;
use clues::schema;

use crate::ledger::Log;
use crate::model::{Ask, Picture, Sampling, Turn};
use crate::vision::{Frame, Session};
use navig_tools::evidence::Source;
use serde_json::json;

/// Tokens that one clue may take: its texts at one token a character, and the marks of JSON.
const TOKENS_PER_CLUE: usize = 420;

/// Looks at the whole photo, and puts clues and evidence on record.
pub fn look(session: &Session<'_>, photo: &Picture, frame: Frame, log: &mut Log) {
    let vision = session.vision();
    let most = vision.options().clues;
    let prompt = &vision.prompts().reasoner;
    let ask = Ask {
        stage: prompt.stage(),
        prompt: prompt.stamp().clone(),
        system: prompt.system().to_owned(),
        turns: vec![Turn::user(vec![photo.clone()], prompt.user(json!({ "max_clues": most })))],
        schema: schema(most),
        sampling: Sampling { max_tokens: most * TOKENS_PER_CLUE, temperature: 0.0 },
        probes: Vec::new(),
    };
    let Some((number, json)) = session.ask_or_salvage(&ask, log) else { return };
    let (things, repairs) = clues::things(&json, most);
    repairs.into_iter().for_each(|repair| log.repair(number, repair));
    let source = Source { tool: "reasoner".to_owned(), version: prompt.stamp().version.clone() };
    for thing in things {
        let (clue, finding, repairs) = thing.weighed(frame, session.prior(), log);
        repairs.into_iter().for_each(|repair| log.repair(number, repair));
        log.clue(clue);
        log.findings(&source, finding.into_iter().collect());
    }
}

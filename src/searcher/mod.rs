//! Which tools are asked about which clues.
//!
//! Rules come first ([`Searcher::search`]): every line of text goes to the sign rules, together, because a language is a
//! matter of all lines. Then the maps, where there are any: names that stand together are asked for before single ones,
//! since two half-read names near each other say more than one well-read name, and a line that takes part in such a pair
//! is not asked about again. Each call and each answer is a ledger record, failures included; a failed call stops nothing.
//!
//! What is seen, by a vision model or by whoever describes it, goes to the guidebooks ([`Searcher::look_up`]).
//!
//! With a vision model, [`Searcher::explore`] lets it choose what to look at and what to ask, one action at a time out of
//! a closed set, until it is done or its budget is; then [`Searcher::verify`] has statements about the leading candidates
//! checked, without saying which candidate they are about.

mod action;
mod explore;
mod look_up;
mod scene;
mod verify;

pub use scene::Scene;
#[cfg(test)]
pub(crate) use verify::CHECK;

use crate::ledger::Log;
use navig_tools::clue::{Clue, ClueKind};
use navig_tools::evidence::Finding;
use navig_tools::guidebook::Library;
use navig_tools::guidebook::book::Kind;
use navig_tools::osm::Maps;
use navig_tools::tool::{Answer, Registry, Spec, ToolError};
use serde_json::json;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// The tool that reads text clues.
const SIGNS: &str = "signs.read";
/// The tool that looks for places where several lines of a photo are names.
const TOGETHER: &str = "osm.together";
/// The tool that looks for single lines.
const FIND: &str = "osm.find";
/// The tool that lists what stands around a place.
const AROUND: &str = "osm.around";

/// How the claims of a photo's metadata appear in the ledger: as if a tool had been asked.
pub(crate) const METADATA: Spec = Spec {
    name: "metadata.read",
    version: env!("CARGO_PKG_VERSION"),
    about: "Weighs the position and the time that a file's metadata claims.",
    kinds: &["exif-position", "utc-offset"],
};

/// Asks tools and turns their findings into evidence.
pub struct Searcher {
    registry: Registry,
    maps: bool,
    traces: bool,
    runtime: Runtime,
}

impl Searcher {
    /// A searcher over the built-in tools; without maps, or without traces, those that need some are not asked.
    ///
    /// # Errors
    /// [`ToolError`] when two tools share a name; `std::io::Error` in words when no thread can be had.
    pub fn new(maps: Arc<Maps>, library: Arc<Library>) -> Result<Self, ToolError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_time()
            .build()
            .map_err(|e| ToolError::Failed { tool: "searcher".to_owned(), reason: e.to_string() })?;
        let has_maps = !maps.is_empty();
        let traces = library.has(Kind::Traces);
        Ok(Self { registry: navig_tools::builtin(maps, library)?, maps: has_maps, traces, runtime })
    }

    /// Names and versions of the tools: they are part of what an answer depends on.
    #[must_use]
    pub fn tools(&self) -> Vec<(&'static str, &'static str)> {
        self.registry.list().iter().map(|d| (d.spec.name, d.spec.version)).collect()
    }

    /// Evidence from metadata findings and from the lines of text among the clues; every step goes on record.
    pub fn search(&self, metadata: Vec<Finding>, log: &mut Log) {
        if !metadata.is_empty() {
            let claims: Vec<String> = ids(log.clues(), |kind| kind == ClueKind::Metadata);
            let call = log.call(METADATA, json!({ "clues": claims }));
            log.answer(call, METADATA, Answer { findings: metadata, ..Answer::default() });
        }
        let lines: Vec<Clue> = log.clues().iter().filter(|c| c.kind.is_text()).cloned().collect();
        self.read_lines(&lines, log);
    }

    /// What the rules and the maps make of lines of text.
    fn read_lines(&self, lines: &[Clue], log: &mut Log) {
        if lines.is_empty() {
            return;
        }
        let _ = self.ask(SIGNS, json!({ "lines": lines }), log);
        if self.maps {
            self.ask_maps(lines, log);
        }
    }

    fn ask_maps(&self, lines: &[Clue], log: &mut Log) {
        let known = log.evidence().len();
        let _ = self.ask(TOGETHER, json!({ "lines": lines }), log);
        let explained = |line: &Clue| log.evidence()[known..].iter().any(|e| e.finding.clues.contains(&line.id));
        let rest: Vec<&Clue> = lines.iter().filter(|line| !explained(line)).collect();
        if !rest.is_empty() {
            let _ = self.ask(FIND, json!({ "lines": rest }), log);
        }
    }

    /// Asks one tool; the answer is also returned, for whoever goes on from it.
    fn ask(&self, tool: &str, arguments: serde_json::Value, log: &mut Log) -> Result<Answer, ToolError> {
        let spec = self.registry.spec(tool).inspect_err(|error| log.tool_failed(None, error))?;
        let call = log.call(spec, arguments.clone());
        let answer = self.runtime.block_on(self.registry.call(tool, arguments));
        match answer {
            Ok(answer) => {
                log.answer(call, spec, answer.clone());
                Ok(answer)
            }
            Err(error) => {
                log.tool_failed(Some(call), &error);
                Err(error)
            }
        }
    }
}

fn ids(clues: &[Clue], wanted: impl Fn(ClueKind) -> bool) -> Vec<String> {
    clues.iter().filter(|c| wanted(c.kind)).map(|c| c.id.clone()).collect()
}

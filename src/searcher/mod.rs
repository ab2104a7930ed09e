//! Which tools are asked about which clues.
//!
//! Rules come first: every line of text goes to the sign rules, together, because a language is a matter of all
//! lines. Then the maps, where there are any: names that stand together are asked for before single ones, since two
//! half-read names near each other say more than one well-read name, and a line that takes part in such a pair is not
//! asked about again. Each call and each answer is a ledger record, failures included; a failed call stops nothing.

use crate::ledger::{Ledger, Record};
use navig_tools::clue::{Clue, ClueKind};
use navig_tools::evidence::{Evidence, Finding, Source};
use navig_tools::osm::Maps;
use navig_tools::tool::{Answer, Registry, Spec, ToolError};
use serde_json::json;
use std::sync::Arc;

/// The tool that reads text clues.
const SIGNS: &str = "signs.read";
/// The tool that looks for places where several lines of a photo are names.
const TOGETHER: &str = "osm.together";
/// The tool that looks for single lines.
const FIND: &str = "osm.find";

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
    runtime: tokio::runtime::Runtime,
}

impl Searcher {
    /// A searcher over the built-in tools; without maps those that need one are not asked.
    ///
    /// # Errors
    /// [`ToolError`] when two tools share a name; `std::io::Error` in words when no thread can be had.
    pub fn new(maps: Arc<Maps>) -> Result<Self, ToolError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_time()
            .build()
            .map_err(|e| ToolError::Failed { tool: "searcher".to_owned(), reason: e.to_string() })?;
        let has_maps = !maps.is_empty();
        Ok(Self { registry: navig_tools::builtin(maps)?, maps: has_maps, runtime })
    }

    /// Names and versions of the tools: they are part of what an answer depends on.
    #[must_use]
    pub fn tools(&self) -> Vec<(&'static str, &'static str)> {
        self.registry.list().iter().map(|d| (d.spec.name, d.spec.version)).collect()
    }

    /// Evidence from clues and from metadata findings; every step goes to the ledger.
    pub fn search(&self, clues: &[Clue], metadata: Vec<Finding>, ledger: &mut Ledger) -> Vec<Evidence> {
        let mut log = Log { ledger, calls: 0, evidence: Vec::new() };
        if !metadata.is_empty() {
            let call = log.call(METADATA, json!({ "clues": ids(clues, |kind| kind == ClueKind::Metadata) }));
            log.answer(call, METADATA, Answer { findings: metadata, ..Answer::default() });
        }
        let lines: Vec<&Clue> =
            clues.iter().filter(|c| matches!(c.kind, ClueKind::Text | ClueKind::UserText)).collect();
        if !lines.is_empty() {
            self.ask(SIGNS, json!({ "lines": lines }), &mut log);
        }
        if self.maps && !lines.is_empty() {
            self.ask_maps(&lines, &mut log);
        }
        log.evidence
    }

    fn ask_maps(&self, lines: &[&Clue], log: &mut Log<'_>) {
        let known = log.evidence.len();
        self.ask(TOGETHER, json!({ "lines": lines }), log);
        let explained = |line: &Clue| log.evidence[known..].iter().any(|e| e.finding.clues.contains(&line.id));
        let rest: Vec<&&Clue> = lines.iter().filter(|line| !explained(line)).collect();
        if !rest.is_empty() {
            self.ask(FIND, json!({ "lines": rest }), log);
        }
    }

    fn ask(&self, tool: &str, arguments: serde_json::Value, log: &mut Log<'_>) {
        let spec = match self.registry.spec(tool) {
            Ok(spec) => spec,
            Err(error) => return log.failure(None, &error),
        };
        let call = log.call(spec, arguments.clone());
        match self.runtime.block_on(self.registry.call(tool, arguments)) {
            Ok(answer) => log.answer(call, spec, answer),
            Err(error) => log.failure(Some(call), &error),
        }
    }
}

fn ids(clues: &[Clue], wanted: impl Fn(ClueKind) -> bool) -> Vec<&str> {
    clues.iter().filter(|c| wanted(c.kind)).map(|c| c.id.as_str()).collect()
}

/// The ledger of one search, and the evidence so far.
struct Log<'a> {
    ledger: &'a mut Ledger,
    calls: usize,
    evidence: Vec<Evidence>,
}

impl Log<'_> {
    fn call(&mut self, spec: Spec, arguments: serde_json::Value) -> usize {
        self.calls += 1;
        let (tool, version) = (spec.name.to_owned(), spec.version.to_owned());
        self.ledger.add(Record::Call { call: self.calls, tool, version, arguments });
        self.calls
    }

    fn answer(&mut self, call: usize, spec: Spec, answer: Answer) {
        let source = Source { tool: spec.name.to_owned(), version: spec.version.to_owned() };
        let findings = answer.findings.clone();
        self.ledger.add(Record::Answer { call, answer });
        for finding in findings {
            let id = format!("e{}", self.evidence.len() + 1);
            let evidence = Evidence { id, source: source.clone(), finding };
            self.ledger.add(Record::Evidence { evidence: evidence.clone() });
            self.evidence.push(evidence);
        }
    }

    fn failure(&mut self, call: Option<usize>, error: &ToolError) {
        tracing::warn!(%error, "a tool failed");
        self.ledger.add(Record::Failure { call, message: error.to_string() });
    }
}

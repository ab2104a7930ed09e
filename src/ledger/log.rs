//! The ledger of a photo while it is written: numbers for calls, questions, clues and evidence.

use super::{Ledger, Record};
use crate::model::{Ask, ModelError, Reply};
use navig_tools::clue::{Clue, Crop};
use navig_tools::evidence::{Evidence, Finding, Source};
use navig_tools::tool::{Answer, Spec, ToolError};
use serde_json::Value;

/// A ledger with what was seen and found so far. Every stage writes through it, so that no number is given twice.
#[derive(Debug, Default)]
pub struct Log {
    ledger: Ledger,
    calls: usize,
    asks: usize,
    crops: usize,
    clues: Vec<Clue>,
    evidence: Vec<Evidence>,
}

impl Log {
    /// Adds a record that has no number.
    pub fn add(&mut self, record: Record) {
        self.ledger.add(record);
    }

    /// What was seen so far.
    #[must_use]
    pub fn clues(&self) -> &[Clue] {
        &self.clues
    }

    /// What was found so far.
    #[must_use]
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }

    /// How many tools were asked.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.calls
    }

    /// Something was seen.
    pub fn clue(&mut self, clue: Clue) {
        self.ledger.add(Record::Clue { clue: clue.clone() });
        self.clues.push(clue);
    }

    /// An id for the next clue that a vision model gives, by a letter.
    #[must_use]
    pub fn next_clue(&self, letter: char) -> String {
        let of_letter = |clue: &&Clue| clue.id.strip_prefix(letter).is_some_and(|n| n.parse::<usize>().is_ok());
        format!("{letter}{}", self.clues.iter().filter(of_letter).count() + 1)
    }

    /// An id for a box that a vision model named.
    pub fn next_crop(&mut self) -> String {
        self.crops += 1;
        format!("b{}", self.crops)
    }

    /// A part of the photo was cut out.
    pub fn crop(&mut self, crop: Crop, picture: &crate::model::Picture) {
        let (sha256, width, height) = (picture.sha256.clone(), picture.width, picture.height);
        self.ledger.add(Record::Crop { crop, sha256, width, height });
    }

    /// A tool is asked; returns the number of the call.
    pub fn call(&mut self, spec: Spec, arguments: Value) -> usize {
        self.calls += 1;
        let (tool, version) = (spec.name.to_owned(), spec.version.to_owned());
        self.ledger.add(Record::Call { call: self.calls, tool, version, arguments });
        self.calls
    }

    /// A tool answered; its findings become evidence.
    pub fn answer(&mut self, call: usize, spec: Spec, answer: Answer) {
        let source = Source { tool: spec.name.to_owned(), version: spec.version.to_owned() };
        let findings = answer.findings.clone();
        self.ledger.add(Record::Answer { call, answer });
        self.findings(&source, findings);
    }

    /// Findings become evidence. One that cannot be weighed is a failure on record, and nothing more.
    pub fn findings(&mut self, source: &Source, findings: Vec<Finding>) {
        for finding in findings {
            if let Err(error) = finding.likelihood.check() {
                self.failure(None, format!("{}: '{}' cannot be weighed: {error}", source.tool, finding.claim));
                continue;
            }
            let id = format!("e{}", self.evidence.len() + 1);
            let evidence = Evidence { id, source: source.clone(), finding };
            self.ledger.add(Record::Evidence { evidence: evidence.clone() });
            self.evidence.push(evidence);
        }
    }

    /// Evidence from a place in the list on moves from one group to another: two readings of one text count once.
    pub fn regroup(&mut self, from: usize, group: &str, into: &str) {
        for evidence in self.evidence.iter_mut().skip(from).filter(|e| e.finding.group == group) {
            evidence.finding.group = into.to_owned();
            self.ledger.add(Record::Regroup { evidence: evidence.id.clone(), group: into.to_owned() });
        }
    }

    /// A tool failed.
    pub fn tool_failed(&mut self, call: Option<usize>, error: &ToolError) {
        tracing::warn!(%error, "a tool failed");
        self.failure(call, error.to_string());
    }

    /// Something failed, and the photo goes on without it.
    pub fn failure(&mut self, call: Option<usize>, message: String) {
        self.ledger.add(Record::Failure { call, message });
    }

    /// The vision model is asked; returns the number of the question.
    pub fn ask(&mut self, model: &str, ask: &Ask) -> usize {
        self.asks += 1;
        let request = serde_json::to_value(ask).expect("a question is plain JSON");
        self.ledger.add(Record::Ask { ask: self.asks, model: model.to_owned(), request });
        self.asks
    }

    /// It replied.
    pub fn reply(&mut self, ask: usize, reply: &Reply) {
        let Reply { text, scores, cost, .. } = reply.clone();
        self.ledger.add(Record::Reply { ask, text, scores, cost });
    }

    /// It gave no reply of the asked form.
    pub fn ask_failed(&mut self, ask: usize, error: &ModelError) {
        tracing::warn!(%error, "the vision model failed");
        self.ledger.add(Record::AskFailure { ask, message: error.to_string() });
    }

    /// A part of its reply was mended or left out.
    pub fn repair(&mut self, ask: usize, message: String) {
        self.ledger.add(Record::Repair { ask, message });
    }

    /// The ledger, the clues and the evidence.
    #[must_use]
    pub fn into_parts(self) -> (Ledger, Vec<Clue>, Vec<Evidence>) {
        (self.ledger, self.clues, self.evidence)
    }
}

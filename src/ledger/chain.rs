//! Records and the hash chain that holds them together.

use super::{Hint, LocateResult, PhotoFacts};
use crate::model::{Cost, Scores};
use navig_tools::clue::{Clue, Crop};
use navig_tools::evidence::Evidence;
use navig_tools::tool::Answer;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The hash that the first line refers to.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "record", rename_all = "kebab-case")]
pub enum Record {
    /// The photo was imported. Always first.
    Photo {
        /// Schema of the ledger: `navig.ledger/1`.
        schema: String,
        /// Version of navig.
        navig: String,
        /// SHA-256 of the table of weights.
        weights_sha256: String,
        /// Everything but the photo that the answer depends on, hashed; see [`crate::locate`].
        inputs_sha256: String,
        /// Which file.
        photo: PhotoFacts,
    },
    /// The user gave a hint.
    Hint {
        /// The hint.
        hint: Hint,
    },
    /// Something was seen.
    Clue {
        /// The clue.
        clue: Clue,
    },
    /// A second reader replaced what the first had read.
    Reread {
        /// Id of the clue with the new words.
        clue: String,
        /// The words before.
        was: String,
    },
    /// A tool was asked.
    Call {
        /// Number of the call, from 1.
        call: usize,
        /// Name of the tool.
        tool: String,
        /// Its version.
        version: String,
        /// What it was asked.
        arguments: serde_json::Value,
    },
    /// A tool answered.
    Answer {
        /// Number of the call.
        call: usize,
        /// What it answered.
        answer: Answer,
    },
    /// A tool, or a stage, failed; the photo went on without it.
    Failure {
        /// Number of the call, when a tool failed.
        call: Option<usize>,
        /// What went wrong.
        message: String,
    },
    /// A part of the photo was cut out for the vision model.
    Crop {
        /// Its box in the photo.
        crop: Crop,
        /// SHA-256 of the pixels that the model saw.
        sha256: String,
        /// Their width, px.
        width: u32,
        /// Their height, px.
        height: u32,
    },
    /// The vision model was asked.
    Ask {
        /// Number of the question, from 1.
        ask: usize,
        /// Which model.
        model: String,
        /// The whole question: stage, prompt with its hash, texts, schema; pictures by their SHA-256.
        request: serde_json::Value,
    },
    /// It replied.
    Reply {
        /// Number of the question.
        ask: usize,
        /// As it wrote it.
        text: String,
        /// The probabilities that were asked for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        scores: Vec<Option<Scores>>,
        /// What it cost.
        cost: Cost,
    },
    /// It gave no reply of the asked form; the photo went on without it.
    AskFailure {
        /// Number of the question.
        ask: usize,
        /// What went wrong.
        message: String,
    },
    /// A part of its reply was mended or left out: a box outside the photo, a region that does not exist.
    Repair {
        /// Number of the question.
        ask: usize,
        /// What was done.
        message: String,
    },
    /// A finding was accepted as evidence.
    Evidence {
        /// The evidence.
        evidence: Evidence,
    },
    /// A piece of evidence counts with another group: it is a second reading of the same text.
    Regroup {
        /// Id of the evidence.
        evidence: String,
        /// The group.
        group: String,
    },
    /// The conclusion. Always last.
    Result {
        /// The result.
        result: Box<LocateResult>,
    },
}

/// One line of a ledger.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line {
    /// From 0.
    pub seq: usize,
    /// Hash of the line before; 64 zeros for the first.
    pub prev: String,
    /// The record as it was written. Kept as text, so that a reader hashes what was written and not what it would write.
    pub body: Box<serde_json::value::RawValue>,
    /// SHA-256 over `seq`, `prev` and `body`, each followed by a line feed; lower-case hex.
    pub hash: String,
}

fn line_hash(seq: usize, prev: &str, body: &str) -> String {
    let mut sha = Sha256::new();
    for part in [seq.to_string().as_str(), prev, body] {
        sha.update(part.as_bytes());
        sha.update(b"\n");
    }
    crate::digest::hex(&sha.finalize())
}

/// The records of one photo, in the order in which they were made. Records are only ever added.
#[derive(Debug, Default)]
pub struct Ledger {
    records: Vec<Record>,
}

impl Ledger {
    /// Adds a record.
    pub fn add(&mut self, record: Record) {
        self.records.push(record);
    }

    /// The records so far.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// What all replies of the vision model cost together; none without a reply.
    #[must_use]
    pub fn cost(&self) -> Option<Cost> {
        let costs = self.records.iter().filter_map(|record| match record {
            Record::Reply { cost, .. } => Some(*cost),
            _ => None,
        });
        costs.reduce(|a, b| Cost {
            prompt_tokens: a.prompt_tokens + b.prompt_tokens,
            completion_tokens: a.completion_tokens + b.completion_tokens,
            total_ms: a.total_ms + b.total_ms,
            prompt_ms: a.prompt_ms + b.prompt_ms,
        })
    }

    /// The ledger as hash-chained JSONL.
    #[must_use]
    pub fn to_jsonl(&self) -> String {
        let mut text = String::new();
        let mut prev = GENESIS.to_owned();
        for (seq, record) in self.records.iter().enumerate() {
            let body = serde_json::value::to_raw_value(record).expect("records hold no maps with odd keys");
            let hash = line_hash(seq, &prev, body.get());
            let line = Line { seq, prev, body, hash: hash.clone() };
            text.push_str(&serde_json::to_string(&line).expect("a line is plain text and numbers"));
            text.push('\n');
            prev = hash;
        }
        text
    }
}

/// Where and why a chain is broken.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Broken {
    /// No lines at all.
    #[error("the ledger is empty")]
    Empty,
    /// A line that is not a ledger line.
    #[error("line {line} does not read: {reason}")]
    Syntax {
        /// From 1.
        line: usize,
        /// Why.
        reason: String,
    },
    /// The sequence number does not follow.
    #[error("line {line} has sequence number {found}, and {expected} is due: a line was dropped, added or moved")]
    Order {
        /// From 1.
        line: usize,
        /// What it has.
        found: usize,
        /// What is due.
        expected: usize,
    },
    /// The line does not refer to the one before.
    #[error("line {line} does not continue the line before: one of the two was changed or replaced")]
    Link {
        /// From 1.
        line: usize,
    },
    /// The content does not fit the hash.
    #[error("line {line} was changed after it was written")]
    Content {
        /// From 1.
        line: usize,
    },
    /// The last record is not a result, or a result is not last: lines are missing at the end.
    #[error("the ledger does not end with its result: lines are missing at the end, or the run was cut off")]
    Unfinished,
}

/// Checks the chain of a ledger's text and returns its records.
///
/// # Errors
/// [`Broken`] names the first line at which the chain breaks.
pub fn verify(text: &str) -> Result<Vec<Record>, Broken> {
    let mut records = Vec::new();
    let mut prev = GENESIS.to_owned();
    for (i, raw) in text.lines().enumerate() {
        let number = i + 1;
        let syntax = |e: serde_json::Error| Broken::Syntax { line: number, reason: e.to_string() };
        let line: Line = serde_json::from_str(raw).map_err(syntax)?;
        if line.seq != i {
            return Err(Broken::Order { line: number, found: line.seq, expected: i });
        }
        if line.prev != prev {
            return Err(Broken::Link { line: number });
        }
        if line.hash != line_hash(line.seq, &line.prev, line.body.get()) {
            return Err(Broken::Content { line: number });
        }
        records.push(serde_json::from_str(line.body.get()).map_err(syntax)?);
        prev = line.hash;
    }
    match records.last() {
        None => Err(Broken::Empty),
        Some(Record::Result { .. }) => Ok(records),
        Some(_) => Err(Broken::Unfinished),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ledger(messages: &[String]) -> Ledger {
        let mut ledger = Ledger::default();
        for message in messages {
            ledger.add(Record::Failure { call: None, message: message.clone() });
        }
        ledger.add(Record::Result { result: Box::new(crate::ledger::abstained("a.jpg", &"0".repeat(64))) });
        ledger
    }

    #[test]
    fn what_was_written_is_what_is_read() {
        let ledger = ledger(&["a \"quoted\" word".to_owned(), "مرحبا\u{202e}".to_owned()]);
        assert_eq!(verify(&ledger.to_jsonl()).as_deref(), Ok(ledger.records()));
    }

    #[test]
    fn a_missing_end_and_an_empty_file_are_told_apart() {
        let text = ledger(&["one".to_owned()]).to_jsonl();
        let first_only = text.lines().next().expect("two lines");
        assert_eq!(verify(first_only), Err(Broken::Unfinished));
        assert_eq!(verify(""), Err(Broken::Empty));
    }

    #[test]
    fn dropping_or_swapping_lines_breaks_the_chain() {
        let text = ledger(&["one".to_owned(), "two".to_owned()]).to_jsonl();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(verify(&lines[1..].join("\n")), Err(Broken::Order { line: 1, found: 1, expected: 0 }));
        let swapped = [lines[1], lines[0], lines[2]].join("\n");
        assert!(matches!(verify(&swapped), Err(Broken::Order { line: 1, .. })));
    }

    #[test]
    fn a_rehashed_line_no_longer_links() {
        let text = ledger(&["one".to_owned(), "two".to_owned()]).to_jsonl();
        let forged = ledger(&["won".to_owned(), "two".to_owned()]).to_jsonl();
        let mut lines: Vec<&str> = text.lines().collect();
        lines[0] = forged.lines().next().expect("three lines");
        assert_eq!(verify(&lines.join("\n")), Err(Broken::Link { line: 2 }));
    }

    proptest! {
        #[test]
        fn any_changed_character_is_found(messages in prop::collection::vec("\\PC{0,12}", 0..4), at in 0.0..1.0f64) {
            let text = ledger(&messages).to_jsonl();
            let mut chars: Vec<char> = text.trim_end().chars().collect();
            let i = (at * chars.len() as f64) as usize;
            chars[i] = if chars[i] == 'x' { 'y' } else { 'x' };
            let changed: String = chars.into_iter().collect();
            prop_assert!(verify(&changed).is_err());
        }
    }
}

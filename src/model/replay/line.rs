//! The lines of a recording.

use crate::model::{Ask, Card, ModelError, Reply};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Name and version of the format.
const SCHEMA: &str = "navig.conversation/1";

/// The first line.
#[derive(Serialize, Deserialize)]
pub(super) struct Header {
    schema: String,
    card: Card,
}

impl Header {
    pub(super) fn new(card: &Card) -> Self {
        Self { schema: SCHEMA.to_owned(), card: card.clone() }
    }

    /// The card, if this is a recording of a version that is read here.
    pub(super) fn card(self) -> Result<Card, String> {
        match self.schema == SCHEMA {
            true => Ok(self.card),
            false => Err(format!("it is '{}', and this navig reads '{SCHEMA}'", self.schema)),
        }
    }
}

/// A line for each question, as it is written.
#[derive(Serialize)]
pub(super) struct Written<'a> {
    ask: &'a Ask,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<&'a Reply>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Fault>,
}

impl<'a> Written<'a> {
    pub(super) fn new(ask: &'a Ask, outcome: &'a Result<Reply, ModelError>) -> Self {
        let (reply, error) = match outcome {
            Ok(reply) => (Some(reply), None),
            Err(error) => (None, Some(Fault::of(error))),
        };
        Self { ask, reply, error }
    }
}

/// A line for each question, as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    ask: Value,
    reply: Option<Reply>,
    error: Option<Fault>,
}

impl Entry {
    /// The question and what came of it. A reply is parsed again, so that what is read in it and what is shown of it are one.
    pub(super) fn whole(self) -> Result<(Value, Result<Reply, Fault>), String> {
        let outcome = match (self.reply, self.error) {
            (Some(reply), None) => {
                let Reply { text, json, scores, cost } = reply;
                let parsed = Reply::of_text(text, scores, cost).map_err(|e| e.to_string())?;
                if parsed.json != json {
                    return Err("the text of the reply and its JSON differ".to_owned());
                }
                Ok(parsed)
            }
            (None, Some(fault)) => Err(fault),
            _ => return Err("a question has either a reply or an error".to_owned()),
        };
        Ok((self.ask, outcome))
    }
}

/// An error that a call can end with, as it is recorded.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Fault {
    Cut { tokens: usize, text: String },
    Unparsable { reason: String, text: String },
    Server { url: String, reason: String },
    TimeOut { seconds: u64 },
    Engine { reason: String },
}

impl Fault {
    fn of(error: &ModelError) -> Self {
        match error {
            ModelError::Cut { tokens, text } => Self::Cut { tokens: *tokens, text: text.clone() },
            ModelError::Unparsable { reason, text } => Self::Unparsable { reason: reason.clone(), text: text.clone() },
            ModelError::Server { url, reason } => Self::Server { url: url.clone(), reason: reason.clone() },
            ModelError::TimeOut { seconds } => Self::TimeOut { seconds: *seconds },
            ModelError::Engine(reason) => Self::Engine { reason: reason.clone() },
            // Errors of files, which do not come from a question.
            other => Self::Engine { reason: other.to_string() },
        }
    }
}

impl From<Fault> for ModelError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Cut { tokens, text } => Self::Cut { tokens, text },
            Fault::Unparsable { reason, text } => Self::Unparsable { reason, text },
            Fault::Server { url, reason } => Self::Server { url, reason },
            Fault::TimeOut { seconds } => Self::TimeOut { seconds },
            Fault::Engine { reason } => Self::Engine(reason),
        }
    }
}

/// A question as a recording has it: written and read once, so that numbers took the same way on both sides.
pub(super) fn canonical(ask: &Ask) -> Value {
    let text = serde_json::to_vec(ask).expect("a question is JSON");
    serde_json::from_slice(&text).expect("what was written reads")
}

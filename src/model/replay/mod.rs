//! Recorded conversations: a model that was asked once, and answers for ever.
//!
//! A recording is JSON Lines: the [`Card`] of the model, then each question with its reply or its error, as
//! [`Recorder`] writes them. [`Replay`] answers from it and asserts what is asked: a question that differs in anything is
//! an error that names the place. Several jobs may ask in any order, so a question is looked up by what it says; equal
//! questions are answered in the order of the recording.

mod difference;
mod line;
mod recorder;

pub use recorder::Recorder;

use super::{Ask, Card, ModelError, Reply, VisionModel};
use crate::digest::hex;
use async_trait::async_trait;
use line::{Entry, Fault, Header};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A model out of a recording.
#[derive(Debug)]
pub struct Replay {
    path: PathBuf,
    card: Card,
    questions: Mutex<Vec<Question>>,
}

/// A recorded question.
#[derive(Debug)]
struct Question {
    ask: Value,
    /// What came of it; taken when it is asked.
    outcome: Option<Result<Reply, Fault>>,
}

impl Replay {
    /// Reads a recording.
    ///
    /// Its card is that of the recorded model, but for where it runs and for its identity: that of the model and of the
    /// recording, because a recording knows no other questions.
    ///
    /// # Errors
    /// [`ModelError::File`] when the file cannot be read, [`ModelError::Recording`] with the line that is wrong.
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        let bytes = std::fs::read(path)
            .map_err(|e| ModelError::File { path: path.to_owned(), reason: format!("cannot be read: {e}") })?;
        let mut lines = bytes.split(|&b| b == b'\n').enumerate().map(|(i, text)| Line { path, number: i + 1, text });
        let first = lines.next().expect("a split gives at least one part");
        let mut card = first.parse::<Header>()?.card().map_err(|reason| first.wrong(reason))?;
        let mut questions = Vec::new();
        for line in lines.filter(|l| !l.text.trim_ascii().is_empty()) {
            let (ask, outcome) = line.parse::<Entry>()?.whole().map_err(|reason| line.wrong(reason))?;
            questions.push(Question { ask, outcome: Some(outcome) });
        }
        let sum = hex(&Sha256::digest(&bytes));
        card.identity = format!("recording {} of {}", &sum[..16], card.identity);
        card.runs_on = format!("a recording, made on {}", card.runs_on);
        Ok(Self { path: path.to_owned(), card, questions: Mutex::new(questions) })
    }

    /// How many recorded questions were never asked.
    #[must_use]
    pub fn unused(&self) -> usize {
        let questions = self.questions.lock().unwrap_or_else(PoisonError::into_inner);
        questions.iter().filter(|q| q.outcome.is_some()).count()
    }

    /// Where a question parts from the recording.
    fn parting(questions: &[Question], asked: &Value) -> String {
        let times = questions.iter().filter(|q| q.ask == *asked).count();
        if times > 0 {
            return format!("it has this one {times} times, and all were asked already");
        }
        let unused = questions.iter().filter(|q| q.outcome.is_some()).map(|q| &q.ask);
        difference::from_nearest(unused, asked).unwrap_or_else(|| "all of its questions were asked already".to_owned())
    }
}

#[async_trait]
impl VisionModel for Replay {
    fn card(&self) -> &Card {
        &self.card
    }

    async fn ask(&self, ask: &Ask) -> Result<Reply, ModelError> {
        let asked = line::canonical(ask);
        let mut questions = self.questions.lock().unwrap_or_else(PoisonError::into_inner);
        let next =
            questions.iter_mut().filter(|q| q.outcome.is_some() && q.ask == asked).find_map(|q| q.outcome.take());
        match next {
            Some(outcome) => outcome.map_err(ModelError::from),
            None => {
                Err(ModelError::NotRecorded { path: self.path.clone(), difference: Self::parting(&questions, &asked) })
            }
        }
    }
}

/// A line of a recording, as it is read.
struct Line<'a> {
    path: &'a Path,
    /// From 1.
    number: usize,
    text: &'a [u8],
}

impl Line<'_> {
    fn parse<T: DeserializeOwned>(&self) -> Result<T, ModelError> {
        serde_json::from_slice(self.text).map_err(|e| self.wrong(e.to_string()))
    }

    fn wrong(&self, reason: String) -> ModelError {
        ModelError::Recording { path: self.path.to_owned(), line: self.number, reason }
    }
}

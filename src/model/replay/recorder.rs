//! Makes a recording.

use super::line::{Header, Written};
use crate::model::{Ask, Card, ModelError, Reply, VisionModel};
use async_trait::async_trait;
use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Asks another model, and writes down each question with what came of it.
#[derive(Debug)]
pub struct Recorder<M: ?Sized> {
    path: PathBuf,
    file: Mutex<File>,
    model: Arc<M>,
}

impl<M: VisionModel + ?Sized> Recorder<M> {
    /// Begins a recording of what `model` is asked.
    ///
    /// # Errors
    /// [`ModelError::File`] when the file is there already, because a recording is never written over, or cannot be made.
    pub fn create(path: &Path, model: Arc<M>) -> Result<Self, ModelError> {
        let file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|e| {
            let reason = match e.kind() {
                io::ErrorKind::AlreadyExists => "is there already; a recording needs a new file".to_owned(),
                _ => format!("cannot be made: {e}"),
            };
            ModelError::File { path: path.to_owned(), reason }
        })?;
        let header = Header::new(model.card());
        let recorder = Self { path: path.to_owned(), file: Mutex::new(file), model };
        recorder.write(&header)?;
        Ok(recorder)
    }

    /// One line, in one write to the file: who kills the program leaves whole lines.
    fn write(&self, line: &impl Serialize) -> Result<(), ModelError> {
        let mut text = serde_json::to_vec(line).expect("lines of a recording are JSON");
        text.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&text)
            .map_err(|e| ModelError::File { path: self.path.clone(), reason: format!("cannot be written: {e}") })
    }
}

#[async_trait]
impl<M: VisionModel + ?Sized> VisionModel for Recorder<M> {
    fn card(&self) -> &Card {
        self.model.card()
    }

    async fn ask(&self, ask: &Ask) -> Result<Reply, ModelError> {
        let outcome = self.model.ask(ask).await;
        // A recording with a hole is worse than a call that fails.
        self.write(&Written::new(ask, &outcome))?;
        outcome
    }
}

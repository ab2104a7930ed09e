//! What every way of training does with gradients: step, count, save, go on.

use super::folder::{Counters, Folder, FolderError, State};
use super::lessons::Lesson;
use super::optim::{AdamW, OptimError, Settings};
use super::qwen3vl::{Decoder, Gradients};
use super::recipe::Learning;
use candle_core::{Tensor, Var};
use std::collections::HashMap;

/// Steps in a row that change nothing, with which training stops.
const LOST_IN_A_ROW: u64 = 3;
/// What stands before the names of what learns, in a saved state.
const WEIGHTS: &str = "weights.";
/// The same for what the optimiser knows.
const OPTIMISER: &str = "optimiser.";

/// Why a step cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LearnerError {
    /// The optimiser.
    #[error(transparent)]
    Optimiser(#[from] OptimError),
    /// The folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A saved state without something that learns, or of another shape.
    #[error("the saved state is of another adapter: '{name}' {reason}; name another folder with --out")]
    State {
        /// What learns.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// Steps that changed nothing, one after the other.
    #[error(
        "{in_a_row} steps in a row had a loss or a gradient that is no number; the last of them saw {batch}. The state before them is \
             saved: look at these pictures and their texts, or train with a lower rate"
    )]
    Lost {
        /// How many.
        in_a_row: u64,
        /// Pictures of the last step.
        batch: String,
    },
    /// The tensor library.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}

/// Everything that changes while a decoder learns.
pub struct Learner {
    parameters: Vec<(String, Var)>,
    optimiser: AdamW,
    counters: Counters,
}

impl Learner {
    /// Begins, or goes on from a saved step.
    ///
    /// # Errors
    /// [`LearnerError::State`] when the saved step is of another adapter.
    pub fn new(decoder: &Decoder, learning: &Learning, state: Option<State>) -> Result<Self, LearnerError> {
        let &Learning { beta1, beta2, weight_decay, .. } = learning;
        let optimiser = AdamW::new(Settings { beta1, beta2, weight_decay, ..Settings::default() })?;
        let mut learner = Self { parameters: decoder.learning(), optimiser, counters: Counters::default() };
        if let Some(State { counters, mut tensors }) = state {
            for (name, var) in &learner.parameters {
                let wrong = |reason: String| LearnerError::State { name: name.clone(), reason };
                let saved =
                    tensors.remove(&format!("{WEIGHTS}{name}")).ok_or_else(|| wrong("is missing".to_owned()))?;
                var.set(&saved.to_device(var.device())?).map_err(|e| wrong(e.to_string()))?;
            }
            let own = |(name, tensor): (String, Tensor)| Some((name.strip_prefix(OPTIMISER)?.to_owned(), tensor));
            let known: HashMap<String, Tensor> = tensors.into_iter().filter_map(own).collect();
            learner.optimiser.restore(&known, &learner.parameters)?;
            learner.counters = counters;
        }
        Ok(learner)
    }

    /// Where it stands.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Makes a step, and returns the norm of the gradients before clipping; none when the loss or a gradient was no number, and
    /// then nothing was changed.
    ///
    /// # Errors
    /// [`LearnerError::Optimiser`] when something that learns has no gradient.
    pub fn step(
        &mut self,
        loss: f64,
        gradients: &Gradients,
        rate: f64,
        clip: f64,
    ) -> Result<Option<f64>, LearnerError> {
        let norm = self.update(loss, gradients, rate, clip)?;
        self.counters.steps += 1;
        match norm {
            Some(_) => self.counters.skipped_in_a_row = 0,
            None => {
                self.counters.skipped += 1;
                self.counters.skipped_in_a_row += 1;
            }
        }
        Ok(norm)
    }

    /// Whether to go on: one step that changes nothing is an accident, several in a row are none.
    ///
    /// # Errors
    /// [`LearnerError::Lost`] with the pictures of the last step.
    pub fn sound(&self, seen: &[&Lesson]) -> Result<(), LearnerError> {
        match self.counters.skipped_in_a_row {
            in_a_row if in_a_row < LOST_IN_A_ROW => Ok(()),
            in_a_row => {
                let pictures: Vec<String> = seen.iter().map(|lesson| lesson.picture.display().to_string()).collect();
                Err(LearnerError::Lost { in_a_row, batch: pictures.join(", ") })
            }
        }
    }

    /// The same within a step: nothing is counted.
    ///
    /// # Errors
    /// [`LearnerError::Optimiser`].
    pub fn update(
        &mut self,
        loss: f64,
        gradients: &Gradients,
        rate: f64,
        clip: f64,
    ) -> Result<Option<f64>, LearnerError> {
        if !loss.is_finite() {
            return Ok(None);
        }
        let stepped = self.optimiser.step(&self.parameters, &gradients.0, rate, Some(clip))?;
        Ok((!stepped.skipped).then_some(stepped.norm))
    }

    /// A step that had nothing to learn from.
    pub fn pass(&mut self) {
        self.counters.steps += 1;
    }

    /// Saves where it stands.
    ///
    /// # Errors
    /// [`LearnerError::Folder`], and then the step that was saved before is still there.
    pub fn save(&self, folder: &mut Folder) -> Result<(), LearnerError> {
        let mut tensors = HashMap::new();
        for (name, var) in &self.parameters {
            tensors.insert(format!("{WEIGHTS}{name}"), var.as_detached_tensor());
        }
        for (name, tensor) in self.optimiser.state()? {
            tensors.insert(format!("{OPTIMISER}{name}"), tensor);
        }
        Ok(folder.save(&State { counters: self.counters, tensors })?)
    }
}

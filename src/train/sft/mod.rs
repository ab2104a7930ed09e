//! Learning from examples: the next token of each answer, given the photo and the question.
//!
//! Every token that is learnt counts alike, whatever batch or part of a batch it is in.

#[cfg(test)]
mod tests;

use super::course::{Course, Ended, Pace};
use super::folder::{Folder, State};
use super::learner::{Learner, LearnerError};
use super::lessons::{Lesson, pack, parts};
use super::qwen3vl::{Dropout, Gradients, Memory};
use super::recipe::Recipe;
use candle_core::{DType, Tensor};
use serde::{Deserialize, Serialize};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// A line of `train.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its number, from 1.
    pub step: u64,
    /// How often each example was seen, with this step.
    pub epoch: f64,
    /// Mean of what a learnt token cost, nats; absent when it was no number.
    pub loss: Option<f64>,
    /// Learning rate.
    pub rate: f64,
    /// Norm of the gradients before clipping; absent when nothing was changed.
    pub norm: Option<f64>,
    /// Tokens that were read.
    pub tokens: usize,
    /// Of these, tokens that were learnt.
    pub learnt: usize,
    /// How long it took, s.
    pub seconds: f64,
}

/// Which examples each step sees.
#[must_use]
pub fn pace(course: &Course<'_>) -> Pace {
    let learning = &course.recipe.learning;
    Pace::new(learning, course.lessons.len(), learning.batch, learning.rate)
}

/// Trains to the end, or until told to stop; saves now and then. `watch` is told each step.
///
/// # Errors
/// [`LearnerError`], and what was saved is still there.
pub fn train(
    course: &Course<'_>,
    folder: &mut Folder,
    state: Option<State>,
    stop: &AtomicBool,
    watch: &mut dyn FnMut(&Step),
) -> Result<Ended, LearnerError> {
    let pace = pace(course);
    let step = |number: u64, batch: &[&Lesson], learner: &mut Learner| {
        let begun = Instant::now();
        let (loss, gradients, learnt) = course.gradients(number, batch)?;
        let rate = pace.rate(number);
        let norm = learner.step(loss, &gradients, rate, course.recipe.learning.clip)?;
        Ok(Step {
            step: number + 1,
            epoch: pace.epoch(number),
            loss: Some(loss).filter(|loss| loss.is_finite()),
            rate,
            norm,
            tokens: batch.iter().map(|lesson| lesson.sequence.len()).sum(),
            learnt,
            seconds: begun.elapsed().as_secs_f64(),
        })
    };
    course.train(&pace, folder, state, stop, step, watch)
}

impl Course<'_> {
    /// Mean loss of the tokens that a batch learns, its gradient, and how many there are. A batch of more tokens than the window
    /// is taken in parts, whose sums are put together.
    fn gradients(&self, step: u64, batch: &[&Lesson]) -> candle_core::Result<(f64, Gradients, usize)> {
        let Recipe { adapter, learning, input, .. } = self.recipe;
        let learnt: usize = batch.iter().map(|lesson| lesson.sequence.answer.len()).sum();
        let lengths: Vec<usize> = batch.iter().map(|lesson| lesson.sequence.len()).collect();
        let (mut loss, mut gradients) = (0.0, Gradients::default());
        for (number, range) in parts(&lengths, input.window).into_iter().enumerate() {
            let each: Vec<_> = batch[range].iter().map(|lesson| (&lesson.sequence, lesson.looked.as_slice())).collect();
            let packed = pack(&self.student.decoder, self.sight, &each)?;
            let seed = learning.seed ^ (step << 20) ^ number as u64;
            let dropout = (adapter.dropout > 0.0).then_some(Dropout { share: adapter.dropout, seed });
            let (sum, part) = self
                .student
                .decoder
                .gradients(&packed, Memory::Recompute, dropout, 1.0, |logs| cost(logs, learnt as f64))?;
            loss += sum;
            gradients.merge(part)?;
        }
        Ok((loss, gradients, learnt))
    }
}

/// What tokens cost, as a share of the mean over `all`, and its gradient for each.
fn cost(log_probabilities: &Tensor, all: f64) -> candle_core::Result<(f64, Tensor)> {
    let sum: f64 = log_probabilities.to_dtype(DType::F64)?.sum_all()?.to_scalar()?;
    Ok((-sum / all, (log_probabilities.ones_like()? / -all)?))
}

//! Learning from examples: the next token of each answer, given the photo and the question.
//!
//! Every token that is learnt counts alike, whatever batch or part of a batch it is in. What a step sees depends on the seed
//! and its number alone, so that a training that was stopped goes on bit by bit.

#[cfg(test)]
mod tests;

use super::folder::{Folder, State};
use super::learner::{Learner, LearnerError};
use super::lessons::{Lesson, pack, parts};
use super::optim::Schedule;
use super::qwen3vl::{Dropout, Gradients, Memory};
use super::recipe::Recipe;
use super::sight::Sight;
use super::student::Student;
use candle_core::{DType, Tensor};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};
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

/// How a training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All steps are done.
    Done,
    /// It was told to stop; the same call goes on from there.
    Stopped,
}

/// What is learnt, by whom.
pub struct Course<'a> {
    /// The model.
    pub student: &'a Student,
    /// What it sees.
    pub sight: &'a Sight,
    /// The examples, at least one.
    pub lessons: &'a [Lesson],
    /// How.
    pub recipe: &'a Recipe,
}

impl Course<'_> {
    /// How many steps it has.
    #[must_use]
    pub fn steps(&self) -> u64 {
        let examples = self.lessons.len() as f64 * self.recipe.learning.epochs;
        ((examples / self.recipe.learning.batch as f64).ceil() as u64).max(1)
    }

    /// Trains to the end, or until told to stop; saves now and then. `watch` is told each step.
    ///
    /// # Errors
    /// [`LearnerError`], and what was saved is still there.
    pub fn train(
        &self,
        folder: &mut Folder,
        state: Option<State>,
        stop: &AtomicBool,
        watch: &mut dyn FnMut(&Step),
    ) -> Result<Ended, LearnerError> {
        let learning = &self.recipe.learning;
        let mut learner = Learner::new(&self.student.decoder, learning, state)?;
        let total = self.steps();
        let schedule = Schedule {
            warmup_steps: (learning.warmup * total as f64).ceil() as u64,
            total_steps: total,
            peak: learning.rate,
            kind: learning.schedule,
        };
        while learner.counters().steps < total {
            if stop.load(Ordering::Relaxed) {
                learner.save(folder)?;
                return Ok(Ended::Stopped);
            }
            let number = learner.counters().steps;
            let begun = Instant::now();
            let batch = self.batch(number);
            let (loss, gradients, learnt) = self.gradients(number, &batch)?;
            let rate = schedule.lr(number);
            let seen = || batch.iter().map(|l| l.picture.display().to_string()).collect::<Vec<_>>().join(", ");
            let norm = learner.step(loss, &gradients, rate, learning.clip, seen);
            let step = Step {
                step: number + 1,
                epoch: ((number + 1) as f64 * learning.batch as f64 / self.lessons.len() as f64).min(learning.epochs),
                loss: Some(loss).filter(|loss| loss.is_finite()),
                rate,
                norm: norm.as_ref().ok().copied().flatten(),
                tokens: batch.iter().map(|lesson| lesson.sequence.len()).sum(),
                learnt,
                seconds: begun.elapsed().as_secs_f64(),
            };
            folder.log(&step)?;
            watch(&step);
            norm?;
            // What did not change anything is not worth going back to.
            let sound = learner.counters().skipped_in_a_row == 0;
            if sound && ((number + 1) % learning.save_every == 0 || number + 1 == total) {
                learner.save(folder)?;
            }
        }
        Ok(Ended::Done)
    }

    /// The examples of a step: each epoch has an order of its own, and epochs follow each other without a gap.
    fn batch(&self, step: u64) -> Vec<&Lesson> {
        let (count, size) = (self.lessons.len() as u64, self.recipe.learning.batch as u64);
        let last = (count as f64 * self.recipe.learning.epochs).ceil() as u64;
        let mut order: Option<(u64, Vec<usize>)> = None;
        let places = step * size..((step + 1) * size).min(last.max(step * size + 1));
        let mut batch = Vec::with_capacity(places.clone().count());
        for place in places {
            let epoch = place / count;
            if order.as_ref().is_none_or(|(of, _)| *of != epoch) {
                order = Some((epoch, self::order(self.lessons.len(), self.recipe.learning.seed, epoch)));
            }
            if let Some((_, order)) = &order {
                batch.push(&self.lessons[order[(place % count) as usize]]);
            }
        }
        batch
    }

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

/// The order in which an epoch goes through so many examples.
pub(super) fn order(count: usize, seed: u64, epoch: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let seed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(epoch);
    fastrand::Rng::with_seed(seed).shuffle(&mut order);
    order
}

/// What tokens cost, as a share of the mean over `all`, and its gradient for each.
fn cost(log_probabilities: &Tensor, all: f64) -> candle_core::Result<(f64, Tensor)> {
    let sum: f64 = log_probabilities.to_dtype(DType::F64)?.sum_all()?.to_scalar()?;
    Ok((-sum / all, (log_probabilities.ones_like()? / -all)?))
}

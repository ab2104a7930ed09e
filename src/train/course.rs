//! The course of every training: which examples a step sees, at what rate, and what is done between steps.
//!
//! What a step sees depends on the seed and its number alone, so that a training that was stopped goes on bit by bit.

use super::folder::{Folder, State};
use super::learner::{Learner, LearnerError};
use super::lessons::Lesson;
use super::optim::Schedule;
use super::recipe::{Learning, Recipe};
use super::sight::Sight;
use super::student::Student;
use serde::Serialize;
use std::sync::atomic::{AtomicBool, Ordering};

/// Who learns what.
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

/// How a training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All steps are done.
    Done,
    /// It was told to stop; the same call goes on from there.
    Stopped,
}

/// Which examples each step sees, and its learning rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    examples: u64,
    at_once: u64,
    epochs: f64,
    seed: u64,
    schedule: Schedule,
}

impl Pace {
    /// Of a recipe, for so many examples, so many at a step, with a learning rate that rises to `peak`.
    #[must_use]
    pub fn new(learning: &Learning, examples: usize, at_once: usize, peak: f64) -> Self {
        let (examples, at_once) = (examples as u64, at_once as u64);
        let total_steps = ((examples as f64 * learning.epochs / at_once as f64).ceil() as u64).max(1);
        let warmup_steps = (learning.warmup * total_steps as f64).ceil() as u64;
        let schedule = Schedule { warmup_steps, total_steps, peak, kind: learning.schedule };
        Self { examples, at_once, epochs: learning.epochs, seed: learning.seed, schedule }
    }

    /// How many steps there are.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.schedule.total_steps
    }

    /// How often each example was seen when a step, from 0, is done.
    #[must_use]
    pub fn epoch(&self, step: u64) -> f64 {
        (((step + 1) * self.at_once) as f64 / self.examples as f64).min(self.epochs)
    }

    /// The learning rate of a step, from 0.
    #[must_use]
    pub fn rate(&self, step: u64) -> f64 {
        self.schedule.lr(step)
    }

    /// The examples of a step, from 0: each epoch has an order of its own, and epochs follow each other without a gap.
    #[must_use]
    pub fn examples(&self, step: u64) -> Vec<usize> {
        let first = step * self.at_once;
        let end = ((self.examples as f64 * self.epochs).ceil() as u64).max(first + 1);
        let (mut seen, mut order) = (Vec::new(), (u64::MAX, Vec::new()));
        for place in first..(first + self.at_once).min(end) {
            let epoch = place / self.examples;
            if order.0 != epoch {
                order = (epoch, self.order(epoch));
            }
            seen.push(order.1[(place % self.examples) as usize]);
        }
        seen
    }

    fn order(&self, epoch: u64) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.examples as usize).collect();
        let seed = self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(epoch);
        fastrand::Rng::with_seed(seed).shuffle(&mut order);
        order
    }
}

impl Course<'_> {
    /// Goes through all steps, or until told to stop; saves now and then. `step` is given the number of a step, from 0, its
    /// examples, and what learns; `watch` is told each step.
    pub(super) fn train<S: Serialize, E: From<LearnerError>>(
        &self,
        pace: &Pace,
        folder: &mut Folder,
        state: Option<State>,
        stop: &AtomicBool,
        step: impl Fn(u64, &[&Lesson], &mut Learner) -> Result<S, E>,
        watch: &mut dyn FnMut(&S),
    ) -> Result<Ended, E> {
        let learning = &self.recipe.learning;
        let mut learner = Learner::new(&self.student.decoder, learning, state)?;
        while learner.counters().steps < pace.steps() {
            if stop.load(Ordering::Relaxed) {
                learner.save(folder)?;
                return Ok(Ended::Stopped);
            }
            let number = learner.counters().steps;
            let lessons: Vec<&Lesson> = pace.examples(number).into_iter().map(|i| &self.lessons[i]).collect();
            let made = step(number, &lessons, &mut learner)?;
            folder.log(&made).map_err(LearnerError::from)?;
            watch(&made);
            learner.sound(&lessons)?;
            // What did not change anything is not worth going back to.
            let sound = learner.counters().skipped_in_a_row == 0;
            if sound && ((number + 1) % learning.save_every == 0 || number + 1 == pace.steps()) {
                learner.save(folder)?;
            }
        }
        Ok(Ended::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(examples: usize, at_once: usize, epochs: f64) -> Pace {
        let mut learning = Recipe::find("navig").expect("a recipe").learning;
        learning.epochs = epochs;
        Pace::new(&learning, examples, at_once, 1e-3)
    }

    #[test]
    fn every_epoch_sees_each_example_once_in_an_order_of_its_own() {
        let pace = pace(7, 3, 2.0);
        let seen: Vec<usize> = (0..pace.steps()).flat_map(|step| pace.examples(step)).collect();
        assert_eq!((pace.steps(), seen.len()), (5, 14));
        for epoch in seen.chunks(7) {
            let mut sorted = epoch.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4, 5, 6]);
        }
        assert_ne!(seen[..7], seen[7..]);
        assert_eq!((pace.epoch(0), pace.epoch(4)), (3.0 / 7.0, 2.0));
    }

    #[test]
    fn a_step_of_more_than_all_examples_sees_some_again_and_none_is_empty() {
        assert_eq!(pace(2, 8, 4.0).examples(0).len(), 8);
        assert_eq!(pace(8, 4, 0.1).examples(0).len(), 1);
        assert_eq!(pace(1, 1, 0.1).steps(), 1);
    }
}

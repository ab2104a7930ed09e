//! Group-relative policy optimisation (DeepSeekMath, Shao et al. 2024; for places Geo-R): of several answers to one photo, those
//! that are nearer than the others become more probable.
//!
//! Completions are drawn in this process by the learner's own network, so that the probability that a token was drawn with is the
//! one that is counted with. The reference is the model without the adapter that learns, earlier stages included: to be pulled
//! back to the raw base would undo them.

pub mod advantage;
pub mod completion;
pub mod objective;
pub mod reward;

#[cfg(test)]
mod tests;

use super::course::{Course, Ended, Pace};
use super::folder::{Folder, State};
use super::learner::{Learner, LearnerError};
use super::lessons::{Lesson, pack, parts};
use super::qwen3vl::{Drawing, Drawn, Gradients, Memory, Pass, Sequence};
use super::recipe::Rewarding;
use super::sight::Looked;
use super::student::Student;
use advantage::{AdvantageError, AdvantageRule, Group, groups};
use candle_core::{DType, Tensor, Var};
use completion::Answer;
use objective::{Average, Figures, Objective, ObjectiveError, Tokens};
use reward::Reward;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Why completions cannot be learnt from.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GrpoError {
    /// What every training needs.
    #[error(transparent)]
    Learner(#[from] LearnerError),
    /// The rewards.
    #[error(transparent)]
    Advantage(#[from] AdvantageError),
    /// The loss.
    #[error(transparent)]
    Objective(#[from] ObjectiveError),
    /// A completion that is no text.
    #[error(transparent)]
    Chat(#[from] super::qwen3vl::ChatError),
    /// The tensor library.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}

/// A line of `train.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its number, from 1.
    pub step: u64,
    /// How often each photo was asked about, with this step.
    pub epoch: f64,
    /// Mean reward of all completions.
    pub reward: f64,
    /// Standard deviation of the same.
    pub reward_std: f64,
    /// Mean of what each term paid.
    pub terms: BTreeMap<String, f64>,
    /// Share of completions that read as an answer.
    pub read: f64,
    /// Share of groups whose completions are all worth the same, and which teach nothing.
    pub dropped: f64,
    /// Mean length of a completion, tokens.
    pub length: f64,
    /// Mean of minus the log-probability of what was drawn, nats a token: an estimate of the entropy.
    pub entropy: f64,
    /// Divergence from the reference, nats a token; absent when there was nothing to learn.
    pub kl: Option<f64>,
    /// Share of tokens whose ratio was clipped at the last update.
    pub clipped: Option<f64>,
    /// Learning rate.
    pub rate: f64,
    /// Norm of the gradients before clipping, at the last update; absent when nothing was changed.
    pub norm: Option<f64>,
    /// How long it took, s.
    pub seconds: f64,
}

/// What a completion is worth: the reward of a recipe, or a test's own.
pub type Judge<'a> = dyn Fn(&Lesson, &Drawn) -> Result<Worth, GrpoError> + 'a;

/// What a completion got.
#[derive(Debug, Clone, PartialEq)]
pub struct Worth {
    /// In all.
    pub total: f64,
    /// By term, without weights.
    pub terms: Vec<(String, f64)>,
    /// Whether it reads as an answer.
    pub read: bool,
}

/// A model that practises on photos whose places are known.
pub struct Practice<'a> {
    /// Who learns from which photos; the answers of the lessons are not shown.
    pub course: Course<'a>,
    /// The part of the recipe that is about rewards.
    pub rewarding: &'a Rewarding,
    /// What completions are worth.
    pub judge: &'a Judge<'a>,
}

/// Judges by how near an answer is to the truth, and by what else the reward names.
#[must_use]
pub fn judge<'a>(student: &'a Student, reward: &'a Reward) -> Box<Judge<'a>> {
    Box::new(move |lesson, drawn| {
        let answer = match drawn.ended {
            true => Answer::read(&student.chat.decode(&drawn.ids)?),
            false => Err(completion::Unread::CutOff),
        };
        let scored = reward.of(&answer, lesson.at);
        let terms = scored.terms.iter().map(|(term, value)| (term.to_string(), *value)).collect();
        Ok(Worth { total: scored.total, terms, read: answer.is_ok() })
    })
}

/// A completion that a step learns from.
struct Kept<'a> {
    sequence: Sequence,
    looked: &'a [Looked],
    advantage: f64,
}

/// What a step drew.
struct Round<'a> {
    kept: Vec<Kept<'a>>,
    step: Step,
}

impl Practice<'_> {
    /// Which photos each step sees.
    #[must_use]
    pub fn pace(&self) -> Pace {
        let Course { lessons, recipe, .. } = self.course;
        Pace::new(&recipe.learning, lessons.len(), self.rewarding.prompts, self.rewarding.rate)
    }

    /// Practises to the end, or until told to stop; saves now and then. `watch` is told each step.
    ///
    /// # Errors
    /// [`GrpoError`], and what was saved is still there.
    pub fn train(
        &self,
        folder: &mut Folder,
        state: Option<State>,
        stop: &AtomicBool,
        watch: &mut dyn FnMut(&Step),
    ) -> Result<Ended, GrpoError> {
        let pace = self.pace();
        let step = |number: u64, lessons: &[&Lesson], learner: &mut Learner| {
            let begun = Instant::now();
            let Round { kept, mut step } = self.draw(number, lessons)?;
            (step.epoch, step.rate) = (pace.epoch(number), pace.rate(number));
            match kept.is_empty() {
                true => learner.pass(),
                false => self.learn(&kept, learner, &mut step)?,
            }
            step.seconds = begun.elapsed().as_secs_f64();
            Ok(step)
        };
        self.course.train(&pace, folder, state, stop, step, watch)
    }

    /// Asks about the photos of a step, and says which completions there is something to learn from.
    fn draw<'l>(&self, number: u64, lessons: &[&'l Lesson]) -> Result<Round<'l>, GrpoError> {
        let Rewarding { completions, longest, temperature, .. } = *self.rewarding;
        let Course { student, sight, recipe, .. } = self.course;
        let (mut drawn, mut worths) = (Vec::new(), Vec::new());
        for (i, lesson) in lessons.iter().enumerate() {
            let asked = lesson.sequence.asked();
            let prompt = pack(&student.decoder, sight, &[(&asked, lesson.looked.as_slice())])?;
            let seed = recipe.learning.seed ^ (number << 24) ^ ((i as u64) << 12);
            let ends = student.chat.end_ids();
            let drawing = Drawing { count: completions, longest, temperature, ends, seed };
            for one in student.decoder.draw(&prompt, asked.next_position, &drawing, Pass::Whole)? {
                worths.push((self.judge)(lesson, &one)?);
                drawn.push((*lesson, one));
            }
        }
        let rewards: Vec<f64> = worths.iter().map(|worth| worth.total).collect();
        let groups = groups(&rewards, completions, AdvantageRule::Grpo)?;
        let step = told(number, &drawn, &worths, &groups);
        let advantages = groups.iter().flat_map(|group| match &group.advantages {
            Some(advantages) => advantages.iter().copied().map(Some).collect(),
            None => vec![None; completions],
        });
        let kept = drawn.iter().zip(advantages).filter_map(|((lesson, one), advantage)| {
            Some(Kept { sequence: lesson.sequence.answered(&one.ids), looked: &lesson.looked, advantage: advantage? })
        });
        Ok(Round { kept: kept.collect(), step })
    }

    /// Updates the adapter, as often as the recipe says, on the same completions.
    fn learn(&self, kept: &[Kept<'_>], learner: &mut Learner, step: &mut Step) -> Result<(), GrpoError> {
        let Course { student, sight, recipe, .. } = self.course;
        let decoder = &student.decoder;
        let Rewarding { temperature, beta, clip, updates, .. } = *self.rewarding;
        let lengths: Vec<usize> = kept.iter().map(|one| one.sequence.len()).collect();
        let all: usize = kept.iter().map(|one| one.sequence.answer.len()).sum();
        let mut parts_of_step = Vec::new();
        for range in parts(&lengths, recipe.input.window) {
            let each: Vec<_> = kept[range.clone()].iter().map(|one| (&one.sequence, one.looked)).collect();
            let packed = pack(decoder, sight, &each)?;
            let reference = match beta > 0.0 {
                true => Some(decoder.log_probabilities(&packed, Pass::Earlier, temperature)?),
                false => None,
            };
            // With one update what drew is what learns, and its ratio is 1.
            let old = match updates > 1 {
                true => Some(decoder.log_probabilities(&packed, Pass::Whole, temperature)?),
                false => None,
            };
            let of_each = |one: &Kept<'_>| vec![one.advantage as f32; one.sequence.answer.len()];
            let advantage: Vec<f32> = kept[range].iter().flat_map(of_each).collect();
            let advantage = Tensor::new(advantage, decoder.place().1)?;
            parts_of_step.push((packed, reference, old, advantage));
        }
        let objective = Objective { clip, beta, average: Average::Constant(all as f64) };
        for update in 0..updates {
            let (mut loss, mut gradients, mut figures) = (0.0, Gradients::default(), Vec::new());
            for (packed, reference, old, advantage) in &parts_of_step {
                let mut failed = None;
                let made = decoder.gradients(packed, Memory::Recompute, None, temperature, |new| {
                    let old = old.as_ref().unwrap_or(new);
                    pull(&objective, new, old, reference.as_ref(), advantage).map_err(|error| {
                        failed = Some(error);
                        candle_core::Error::msg("no loss")
                    })
                });
                let ((part, of_part), gradient) = match (made, failed) {
                    (_, Some(error @ ObjectiveError::NotFinite { .. })) => {
                        tracing::warn!(%error, "a step is left out");
                        ((f64::NAN, None), Gradients::default())
                    }
                    (_, Some(error)) => return Err(error.into()),
                    (made, None) => {
                        let ((part, of_part), gradient) = made?;
                        ((part, Some(of_part)), gradient)
                    }
                };
                loss += part;
                gradients.merge(gradient)?;
                figures.extend(of_part);
            }
            let clip = recipe.learning.clip;
            step.norm = match update + 1 == updates {
                true => learner.step(loss, &gradients, step.rate, clip)?,
                false => learner.update(loss, &gradients, step.rate, clip)?,
            };
            let over_all = |of: fn(&Figures) -> f64| {
                let sum: f64 = figures.iter().map(|f| of(f) * f.tokens as f64).sum();
                (!figures.is_empty()).then_some(sum / all as f64)
            };
            (step.kl, step.clipped) = (over_all(|f| f.kl), over_all(|f| f.clip_share));
        }
        Ok(())
    }
}

/// A line about what was drawn; what comes of learning from it is not known yet.
fn told(number: u64, drawn: &[(&Lesson, Drawn)], worths: &[Worth], groups: &[Group]) -> Step {
    let count = worths.len() as f64;
    let mean = |value: &dyn Fn(&Worth) -> f64| worths.iter().map(value).sum::<f64>() / count;
    let reward = mean(&|worth| worth.total);
    let mut terms: BTreeMap<String, f64> = BTreeMap::new();
    for (name, value) in worths.iter().flat_map(|worth| &worth.terms) {
        *terms.entry(name.clone()).or_default() += value / count;
    }
    let tokens: usize = drawn.iter().map(|(_, one)| one.ids.len()).sum();
    let logs = drawn.iter().flat_map(|(_, one)| &one.log_probabilities).map(|log| f64::from(*log));
    Step {
        step: number + 1,
        epoch: 0.0,
        reward,
        reward_std: mean(&|worth| (worth.total - reward).powi(2)).sqrt(),
        terms,
        read: mean(&|worth| f64::from(u8::from(worth.read))),
        dropped: groups.iter().filter(|group| group.dropped()).count() as f64 / groups.len() as f64,
        length: tokens as f64 / count,
        entropy: -logs.sum::<f64>() / tokens as f64,
        kl: None,
        clipped: None,
        rate: 0.0,
        norm: None,
        seconds: 0.0,
    }
}

/// The loss of some tokens, its figures, and its gradient for each token's log-probability.
fn pull(
    objective: &Objective,
    new: &Tensor,
    old: &Tensor,
    reference: Option<&Tensor>,
    advantage: &Tensor,
) -> Result<((f64, Figures), Tensor), ObjectiveError> {
    let learnt = Var::from_tensor(&new.detach())?;
    let tokens = Tokens { new: learnt.as_tensor(), old, reference, advantage };
    let loss = objective.loss(&tokens)?;
    let mut gradients = loss.loss.backward()?;
    let gradient = gradients.remove(learnt.as_tensor()).ok_or(ObjectiveError::Detached)?;
    let value: f64 = loss.loss.to_dtype(DType::F64)?.to_scalar()?;
    Ok(((value, loss.figures), gradient))
}

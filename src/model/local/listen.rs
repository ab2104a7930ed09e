//! What stands between the model and the choice of the next token: tokens that may not be written are shut out, and
//! probes read the distribution.

use super::vocabulary::Vocabulary;
use crate::model::probe::Tracker;
use crate::model::{Probe, Scores};
use mistralrs::{CustomLogitsProcessor, Tensor};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Follows one reply. The engine calls it with the logits of each step, and a second time in a step in which its first
/// choice breaks the schema; that call has masked logits and is no news.
pub(super) struct Listener {
    vocabulary: Arc<Vocabulary>,
    /// Tokens that stand for pictures: in a reply they make the engine look for a picture that is not there.
    banned: Arc<[u32]>,
    /// Nothing for tokens that may be written, minus infinity for the others.
    shut: OnceLock<Vec<f32>>,
    state: Mutex<State>,
}

struct State {
    trackers: Vec<Tracker>,
    /// Length of the conversation, tokens; known at the first step.
    start: Option<usize>,
    /// Tokens of the reply that were taken.
    taken: usize,
    reply: Vec<u8>,
    /// Steps that were seen, by the number of tokens in the reply.
    seen: Option<usize>,
}

impl Listener {
    pub(super) fn new(vocabulary: Arc<Vocabulary>, banned: Arc<[u32]>, probes: &[Probe]) -> Self {
        let state = State {
            trackers: probes.iter().map(Tracker::new).collect(),
            start: None,
            taken: 0,
            reply: Vec::new(),
            seen: None,
        };
        Self { vocabulary, banned, shut: OnceLock::new(), state: Mutex::new(state) }
    }

    /// What the probes read; `text` is the whole reply, of which the last token may not have been seen.
    pub(super) fn finish(&self, text: &str) -> Vec<Option<Scores>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        if let Some(rest) = text.as_bytes().strip_prefix(state.reply.as_slice()).filter(|rest| !rest.is_empty()) {
            for tracker in &mut state.trackers {
                tracker.written(rest, text.as_bytes());
            }
        }
        state.trackers.drain(..).map(Tracker::finish).collect()
    }

    /// Shuts out the banned tokens, and rows of the model that stand for no token.
    fn shut_out(&self, rows: usize) -> Vec<f32> {
        let may = |row: usize| self.vocabulary.has(row) && !self.banned.iter().any(|&token| token as usize == row);
        (0..rows).map(|row| if may(row) { 0.0 } else { f32::NEG_INFINITY }).collect()
    }

    /// Takes the tokens that were written since the last step, and weighs the next one where a probe wants it.
    fn step(&self, logits: &Tensor, context: &[u32]) -> mistralrs::Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        let start = *state.start.get_or_insert(context.len());
        let written = context.len().saturating_sub(start);
        if state.seen == Some(written) {
            return Ok(());
        }
        state.seen = Some(written);
        for &token in &context[start + state.taken.min(written)..] {
            let bytes = self.vocabulary.bytes(token);
            state.reply.extend_from_slice(bytes);
            state.trackers.iter_mut().for_each(|tracker| tracker.written(bytes, &state.reply));
        }
        state.taken = written;
        if !state.trackers.iter().any(Tracker::wants) {
            return Ok(());
        }
        let p = softmax(&logits.flatten_all()?.to_vec1::<f32>()?);
        for tracker in state.trackers.iter_mut().filter(|tracker| tracker.wants()) {
            tracker.weigh(p.iter().enumerate().map(|(token, &p)| (self.vocabulary.bytes(token as u32), p)));
        }
        Ok(())
    }
}

impl CustomLogitsProcessor for Listener {
    fn apply(&self, logits: &Tensor, context: &[u32]) -> mistralrs::Result<Tensor> {
        self.step(logits, context)?;
        let shut = self.shut.get_or_init(|| self.shut_out(logits.elem_count()));
        logits + Tensor::from_slice(shut, logits.shape(), logits.device())?
    }
}

/// Probabilities of logits; logits that are no numbers have none.
fn softmax(logits: &[f32]) -> Vec<f64> {
    let peak = logits.iter().copied().filter(|l| !l.is_nan()).fold(f32::NEG_INFINITY, f32::max);
    let mut p: Vec<f64> = logits.iter().map(|&l| if l.is_nan() { 0.0 } else { f64::from(l - peak).exp() }).collect();
    let sum: f64 = p.iter().sum();
    p.iter_mut().for_each(|p| *p /= sum);
    p
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_sums_to_one_and_passes_over_what_is_no_number() {
        let p = softmax(&[1000.0, 1000.0 + 2f32.ln(), f32::NAN, f32::NEG_INFINITY]);
        assert!((p[0] - 1.0 / 3.0).abs() < 1e-4 && (p[1] - 2.0 / 3.0).abs() < 1e-4, "{p:?}");
        assert_eq!((p[2], p[3]), (0.0, 0.0));
    }
}

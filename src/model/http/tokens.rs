//! Probabilities out of the tokens that a server returns with a reply.
//!
//! A server tells the twenty most probable tokens at each place; what is beyond them is something else. It may write white
//! space between the parts of its JSON, which a probe does not expect, so the reply is followed as if it were compact.

use crate::model::probe::Tracker;
use crate::model::{Probe, Scores};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What stands for bytes that are no text of their own.
const REPLACEMENT: char = '\u{fffd}';
/// Rounding in the sum of a distribution that is let pass.
const SLACK: f64 = 1e-3;

/// A token that was written, and what else could have been.
#[derive(Deserialize)]
pub(super) struct Token {
    #[serde(flatten)]
    written: Weighed,
    #[serde(default)]
    top_logprobs: Vec<Weighed>,
}

#[derive(Deserialize)]
struct Weighed {
    token: String,
    #[serde(default)]
    bytes: Option<Vec<u8>>,
    /// Natural logarithm; servers write large negative numbers for 0.
    #[serde(default)]
    logprob: Option<f64>,
}

impl Weighed {
    fn bytes(&self) -> &[u8] {
        self.bytes.as_deref().filter(|b| !b.is_empty()).unwrap_or(self.token.as_bytes())
    }

    /// Whether the server lost the token's bytes: part of a character, shown as a replacement for it.
    fn is_lost(&self) -> bool {
        String::from_utf8_lossy(self.bytes()).contains(REPLACEMENT) && self.bytes() == self.token.as_bytes()
    }

    fn p(&self) -> f64 {
        self.logprob.map_or(0.0, f64::exp)
    }
}

/// One for each probe; [`None`] where the tokens do not tell.
pub(super) fn scores(probes: &[Probe], tokens: &[Token], reply: &str) -> Vec<Option<Scores>> {
    if probes.is_empty() || !is_of(tokens, reply) || !tokens.iter().all(is_distribution) {
        return vec![None; probes.len()];
    }
    let mut trackers: Vec<Option<Tracker>> = probes.iter().map(|p| Some(Tracker::new(p))).collect();
    let mut compact = Vec::new();
    let mut place = Place::default();
    for token in tokens {
        let mut next = place;
        let written = next.compact(token.written.bytes());
        for slot in &mut trackers {
            let Some(tracker) = slot.as_mut().filter(|t| t.wants()) else { continue };
            match alternatives(token, place, &written) {
                Some(p) => tracker.weigh(p.iter().map(|(bytes, p)| (bytes.as_slice(), *p))),
                None => *slot = None,
            }
        }
        place = next;
        if written.is_empty() {
            continue;
        }
        compact.extend_from_slice(&written);
        trackers.iter_mut().flatten().for_each(|t| t.written(&written, &compact));
    }
    trackers.into_iter().map(|t| t.and_then(Tracker::finish)).collect()
}

/// The distribution at a place, by bytes; [`None`] when the server tells no alternatives, or not even what it wrote.
fn alternatives(token: &Token, place: Place, written: &[u8]) -> Option<BTreeMap<Vec<u8>, f64>> {
    if token.top_logprobs.is_empty() || token.written.is_lost() {
        return None;
    }
    let mut p = BTreeMap::new();
    let mut told = false;
    for other in token.top_logprobs.iter().filter(|o| !o.is_lost()) {
        told |= other.bytes() == token.written.bytes();
        let mut here = place;
        *p.entry(here.compact(other.bytes())).or_insert(0.0) += other.p();
    }
    if !told {
        *p.entry(written.to_vec()).or_insert(0.0) += token.written.p();
    }
    (p.get(written).copied().unwrap_or(0.0) > 0.0).then_some(p)
}

/// Whether these are probabilities. Some servers count in other logarithms, or after their own filters; then a sum above
/// one betrays them wherever the model was in doubt.
fn is_distribution(token: &Token) -> bool {
    let sum: f64 = token.top_logprobs.iter().map(Weighed::p).sum();
    sum <= 1.0 + SLACK && token.written.p() <= 1.0 + SLACK
}

/// Whether the tokens are those of the reply: some servers leave out what a filter took, or write tokens in a code of their
/// own. Lost bytes are parts of characters beyond ASCII, so only ASCII is compared; behind the reply there may be a token
/// that ends it.
fn is_of(tokens: &[Token], reply: &str) -> bool {
    let ascii = |bytes: &[u8]| bytes.iter().copied().filter(u8::is_ascii).collect::<Vec<u8>>();
    let written: Vec<u8> = tokens.iter().flat_map(|t| ascii(t.written.bytes())).collect();
    let reply = ascii(reply.trim().as_bytes());
    !reply.is_empty() && written.trim_ascii_start().starts_with(&reply)
}

/// Where in a JSON text one stands.
#[derive(Clone, Copy, Default)]
struct Place {
    in_string: bool,
    escaped: bool,
}

impl Place {
    /// Goes over `bytes`, and returns them without the white space between the parts of JSON.
    fn compact(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut kept = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            if !self.in_string && byte.is_ascii_whitespace() {
                continue;
            }
            kept.push(byte);
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                _ => {}
            }
        }
        kept
    }
}

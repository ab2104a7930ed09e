//! Probabilities of a closed set of values at one place of a reply, read while the reply is written.
//!
//! A name has many spellings in tokens, and a token may begin many names. So a probe works on bytes: at each step the
//! probability of every token that could still lead to one of the options is counted for these options, in equal parts
//! where there are several, and the path goes on with the token that was written. What is counted is exact but for the
//! parts that were shared ([`Scores::shared`]); nothing is left out as unlikely. One prefill serves all options, and one
//! reply may hold several probes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Probe {
    /// The text of the reply that the value stands behind, its opening quote included, such as `"country":"`.
    pub after: String,
    /// The values, each different.
    pub options: Vec<String>,
}

impl Probe {
    /// A probe of a string that is the value of a key in compact JSON.
    #[must_use]
    pub fn of_key(key: &str, options: Vec<String>) -> Self {
        Self { after: format!("\"{key}\":\""), options }
    }
}

/// What a probe read. The probabilities and [`Scores::other`] sum to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scores {
    /// One for each option, in their order.
    pub options: Vec<OptionScore>,
    /// Probability that something else would stand there.
    pub other: f64,
    /// Of the whole, the part that several options with one beginning shared, since the reply went another way: how far
    /// the probabilities may be off, at most.
    pub shared: f64,
}

/// The probability of one value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OptionScore {
    /// The value.
    pub option: String,
    /// Its probability by the model's own distribution, which no schema narrows.
    pub p: f64,
}

impl Scores {
    /// The probability of an option.
    #[must_use]
    pub fn p(&self, option: &str) -> Option<f64> {
        self.options.iter().find(|o| o.option == option).map(|o| o.p)
    }
}

/// Follows one reply for one probe.
pub(super) struct Tracker {
    after: Vec<u8>,
    /// Options as they stand in JSON, with the closing quote.
    targets: Vec<Vec<u8>>,
    names: Vec<String>,
    p: Vec<f64>,
    other: f64,
    shared: f64,
    state: State,
}

enum State {
    /// Its place has not come.
    Waiting,
    /// Inside the value.
    Open {
        /// Bytes of the value so far.
        value: Vec<u8>,
        /// Probability of these bytes, as they were written.
        path: f64,
        /// Tokens that some option may go on with, as they were weighed for the next step.
        next: Vec<Branch>,
        /// Whether `next` was weighed.
        weighed: bool,
    },
    Closed,
    /// The reply ran over the place within one token, so that no distribution was seen.
    Missed,
}

struct Branch {
    bytes: Vec<u8>,
    p: f64,
    options: Vec<usize>,
}

impl Tracker {
    pub(super) fn new(probe: &Probe) -> Self {
        let target = |option: &String| {
            let quoted = serde_json::to_string(option).expect("a string is JSON");
            quoted.as_bytes()[1..].to_vec()
        };
        Self {
            after: probe.after.as_bytes().to_vec(),
            targets: probe.options.iter().map(target).collect(),
            names: probe.options.clone(),
            p: vec![0.0; probe.options.len()],
            other: 0.0,
            shared: 0.0,
            state: State::Waiting,
        }
    }

    /// Takes a written token; `reply` is the whole reply with it.
    pub(super) fn written(&mut self, token: &[u8], reply: &[u8]) {
        match &mut self.state {
            State::Waiting => {
                let from = reply.len().saturating_sub(token.len() + self.after.len());
                let found = reply[from..].windows(self.after.len()).position(|w| w == self.after);
                if let Some(at) = found {
                    self.state = match from + at + self.after.len() == reply.len() {
                        true => State::Open { value: Vec::new(), path: 1.0, next: Vec::new(), weighed: false },
                        false => State::Missed,
                    };
                }
            }
            State::Open { value, path, next, weighed } => {
                if !*weighed {
                    self.state = State::Missed;
                    return;
                }
                let mut kept = 0.0;
                let mut seen = 0.0;
                for branch in next.drain(..) {
                    seen += branch.p;
                    if branch.bytes == token {
                        kept = branch.p;
                        continue;
                    }
                    let part = *path * branch.p / branch.options.len() as f64;
                    branch.options.iter().for_each(|&o| self.p[o] += part);
                    // A token that ends the value can belong to one option only.
                    if branch.options.len() > 1 {
                        self.shared += *path * branch.p;
                    }
                }
                self.other += *path * (1.0 - seen).max(0.0);
                *path *= kept;
                value.extend_from_slice(token);
                *weighed = false;
                if let Some(done) = self.targets.iter().position(|t| value.starts_with(t)) {
                    self.p[done] += *path;
                    self.state = State::Closed;
                } else if !self.targets.iter().any(|t| t.starts_with(value)) {
                    self.other += *path;
                    self.state = State::Closed;
                }
            }
            State::Closed | State::Missed => {}
        }
    }

    /// Whether the distribution of the next token is wanted.
    pub(super) fn wants(&self) -> bool {
        matches!(self.state, State::Open { weighed: false, .. })
    }

    /// Takes the distribution of the next token: pairs of its bytes and its probability. Tokens that are not named are
    /// something else.
    pub(super) fn weigh<'t>(&mut self, tokens: impl Iterator<Item = (&'t [u8], f64)>) {
        let State::Open { value, next, weighed, .. } = &mut self.state else { return };
        let alive: Vec<(usize, &[u8])> = self
            .targets
            .iter()
            .enumerate()
            .filter_map(|(i, t)| t.strip_prefix(value.as_slice()).map(|rest| (i, rest)))
            .collect();
        let mut begins = [false; 256];
        alive.iter().for_each(|(_, rest)| begins[usize::from(rest[0])] = true);
        next.clear();
        for (bytes, p) in tokens {
            if !bytes.first().is_some_and(|&b| begins[usize::from(b)]) || p.is_nan() || p <= 0.0 {
                continue;
            }
            let fits = |rest: &[u8]| rest.starts_with(bytes) || bytes.starts_with(rest);
            let options: Vec<usize> = alive.iter().filter(|(_, rest)| fits(rest)).map(|&(i, _)| i).collect();
            if !options.is_empty() {
                next.push(Branch { bytes: bytes.to_vec(), p, options });
            }
        }
        *weighed = true;
    }

    /// What was read; `None` when the reply never came to the place.
    pub(super) fn finish(mut self) -> Option<Scores> {
        match self.state {
            State::Waiting | State::Missed => return None,
            State::Open { path, .. } => self.other += path,
            State::Closed => {}
        }
        let options = self.names.into_iter().zip(self.p).map(|(option, p)| OptionScore { option, p }).collect();
        Some(Scores { options, other: self.other, shared: self.shared })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Writes `reply` token by token; before each token of the value, `dist` is what the model would say.
    fn follow(options: &[&str], steps: &[(&str, &[(&str, f64)])]) -> Scores {
        let probe = Probe::of_key("c", options.iter().map(|&o| o.to_owned()).collect());
        let mut tracker = Tracker::new(&probe);
        let mut reply = b"{\"c\":\"".to_vec();
        tracker.written(b"{\"c\":\"", &reply);
        for (token, dist) in steps {
            assert!(tracker.wants());
            tracker.weigh(dist.iter().map(|(t, p)| (t.as_bytes(), *p)));
            reply.extend_from_slice(token.as_bytes());
            tracker.written(token.as_bytes(), &reply);
        }
        assert!(!tracker.wants());
        tracker.finish().expect("the place came")
    }

    #[test]
    fn niger_is_not_inside_nigeria() {
        let scores = follow(
            &["Niger", "Nigeria", "Norway"],
            &[
                ("Niger", &[("Niger", 0.8), ("N", 0.1), ("Nor", 0.05), ("Peru", 0.05)]),
                ("ia\"", &[("ia\"", 0.75), ("\"", 0.2), ("x", 0.05)]),
            ],
        );
        let third = 0.1 / 3.0;
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        close(scores.p("Nigeria").expect("is there"), 0.6 + third);
        close(scores.p("Niger").expect("is there"), 0.16 + third);
        close(scores.p("Norway").expect("is there"), 0.05 + third);
        close(scores.other, 0.05 + 0.8 * 0.05);
        close(scores.shared, 0.1);
    }

    #[test]
    fn quotes_inside_options_are_those_of_json() {
        let scores = follow(&["a\"b", "c"], &[("a\\\"b\"", &[("a\\\"b\"", 0.5), ("c\"", 0.5)])]);
        assert_eq!((scores.p("a\"b"), scores.p("c")), (Some(0.5), Some(0.5)));
    }

    #[test]
    fn a_place_that_is_run_over_or_never_comes_gives_nothing() {
        let probe = Probe::of_key("c", vec!["a".to_owned()]);
        let mut tracker = Tracker::new(&probe);
        tracker.written(b"{\"c\":\"a", b"{\"c\":\"a");
        assert!(!tracker.wants() && tracker.finish().is_none());
        let mut tracker = Tracker::new(&probe);
        tracker.written(b"{\"d\":\"", b"{\"d\":\"");
        assert!(!tracker.wants() && tracker.finish().is_none());
    }

    proptest! {
        /// Whatever the tokens are, nothing is lost and nothing is counted twice.
        #[test]
        fn probabilities_sum_to_one(weights in prop::collection::vec(0.01..1.0f64, 12), picks in prop::collection::vec(0usize..12, 1..12)) {
            const TOKENS: [&str; 12] = ["a", "b", "ab", "ba", "aa", "\"", "a\"", "b\"", "abb\"", "bab", "x", "aab\""];
            let total: f64 = weights.iter().sum();
            let dist: Vec<(&[u8], f64)> = TOKENS.iter().zip(&weights).map(|(t, w)| (t.as_bytes(), w / total)).collect();
            let options = ["a", "ab", "abb", "bab", "aab"].map(str::to_owned).to_vec();
            let mut tracker = Tracker::new(&Probe::of_key("c", options));
            let mut reply = b"\"c\":\"".to_vec();
            tracker.written(b"\"c\":\"", &reply);
            for pick in picks {
                if tracker.wants() { tracker.weigh(dist.iter().copied()); }
                reply.extend_from_slice(dist[pick].0);
                tracker.written(dist[pick].0, &reply);
            }
            let scores = tracker.finish().expect("the place came");
            let sum: f64 = scores.options.iter().map(|o| o.p).sum::<f64>() + scores.other;
            prop_assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        }
    }
}

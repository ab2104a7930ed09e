//! A model behind a server that speaks the OpenAI protocol.
//!
//! This is the way past one machine: one server, or many behind a balancer. Photos leave this process, so nothing here
//! happens unless the user names the address, redirects are not followed, and the [`Card`] says where pictures go. What a
//! server says is data: bounded in size, parsed once, and quoted in messages on one line.

mod channel;
mod completion;
mod endpoint;
mod request;
mod tokens;

pub use endpoint::{Endpoint, KEY_VARIABLE, Limits};

use super::{Ask, Card, ModelError, Reply, VisionModel};
use crate::report::visible;
use async_trait::async_trait;
use channel::{Channel, Refusal};
use completion::Completion;
use endpoint::Reach;
use request::Understood;
use serde::Deserialize;
use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::Semaphore;

/// Seed of the first of several equal questions.
const FIRST_SEED: u64 = 1;
/// The name under which some servers list whichever model they have, besides its own.
const ALIAS: &str = "default";
/// Most models that an error names.
const MAX_NAMED: usize = 20;

/// A model behind a server.
pub struct Http {
    card: Card,
    /// As the server knows it.
    model: String,
    channel: Channel,
    turns: Semaphore,
    refuses_form: AtomicBool,
    refuses_probabilities: AtomicBool,
    /// How often a question was asked whose reply is drawn, by the hash of the question.
    drawn: Mutex<HashMap<u64, u64>>,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("card", &self.card).finish_non_exhaustive()
    }
}

impl Http {
    /// Gets ready to ask a server. Asks it for its models when the endpoint names none, and nothing otherwise.
    ///
    /// # Errors
    /// [`ModelError::Server`] or [`ModelError::TimeOut`] when its models are needed and cannot be had, or are not one.
    pub async fn connect(endpoint: Endpoint) -> Result<Self, ModelError> {
        let channel = Channel::new(&endpoint)?;
        let model = match endpoint.model {
            Some(model) => model,
            None => only_model(&channel).await?,
        };
        let note = match endpoint.reach {
            Reach::ThisMachine => None,
            Reach::Encrypted => Some(format!("photos are sent to {}", endpoint.host)),
            Reach::Open => Some(format!("photos are sent to {}, and not encrypted on the way", endpoint.host)),
        };
        let name: String = visible(&model).chars().take(200).collect();
        let card = Card {
            identity: format!("http {} {name}", endpoint.host),
            name,
            runs_on: endpoint.url,
            picture_px: endpoint.limits.picture_px,
            note,
        };
        Ok(Self {
            card,
            model,
            channel,
            turns: Semaphore::new(endpoint.limits.concurrency),
            refuses_form: AtomicBool::new(false),
            refuses_probabilities: AtomicBool::new(false),
            drawn: Mutex::default(),
        })
    }

    /// The body of the answer to a question, asked again without what the server says that it does not know.
    async fn answer(&self, ask: &Ask) -> Result<Vec<u8>, ModelError> {
        let mut understood = Understood {
            form: !self.refuses_form.load(Ordering::Relaxed),
            probabilities: !self.refuses_probabilities.load(Ordering::Relaxed) && !ask.probes.is_empty(),
        };
        let before = understood;
        let seed = self.seed(ask);
        loop {
            let body = request::body(ask, &self.model, seed, understood)?;
            let refusal = match self.channel.post("chat/completions", body).await {
                Ok(answer) => {
                    self.remember(before, understood);
                    return Ok(answer);
                }
                Err(refusal) => refusal,
            };
            match understood.after(&refusal) {
                Some(less) => understood = less,
                None => return Err(self.channel.refused(refusal)),
            }
        }
    }

    /// Only what helped is remembered: a server may name a part of a request and mean another.
    fn remember(&self, before: Understood, after: Understood) {
        let url = &self.card.runs_on;
        if before.form && !after.form && !self.refuses_form.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                url,
                "the server binds no reply to a schema (response_format); replies may not be of the asked form"
            );
        }
        if before.probabilities && !after.probabilities && !self.refuses_probabilities.swap(true, Ordering::Relaxed) {
            tracing::warn!(url, "the server tells no probabilities (logprobs); answers are weighed without them");
        }
    }

    /// Equal questions get seeds in turn when replies are drawn, else a vote would count one draw many times. All else is
    /// fixed, so that a run can be repeated.
    fn seed(&self, ask: &Ask) -> u64 {
        if ask.sampling.temperature <= 0.0 {
            return FIRST_SEED;
        }
        let mut hasher = DefaultHasher::new();
        serde_json::to_string(ask).expect("a question is JSON").hash(&mut hasher);
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        let count = drawn.entry(hasher.finish()).or_insert(0);
        *count += 1;
        FIRST_SEED + *count - 1
    }
}

#[async_trait]
impl VisionModel for Http {
    fn card(&self) -> &Card {
        &self.card
    }

    async fn ask(&self, ask: &Ask) -> Result<Reply, ModelError> {
        let _turn = self.turns.acquire().await.expect("nobody closes the semaphore");
        let began = Instant::now();
        let body = self.answer(ask).await?;
        let total_ms = began.elapsed().as_secs_f64() * 1e3;
        let nothing = |reason: String| {
            let words = self.channel.quote(&channel::words(&body));
            self.channel.error(format!("{reason}: {words}"))
        };
        let completion: Completion =
            serde_json::from_slice(&body).map_err(|e| nothing(format!("not a chat completion ({e})")))?;
        completion.reply(ask, total_ms).unwrap_or_else(|| Err(nothing("the answer holds no reply".to_owned())))
    }
}

#[derive(Deserialize)]
struct Models {
    data: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

/// The name of the only model that a server has.
async fn only_model(channel: &Channel) -> Result<String, ModelError> {
    let body = channel.get("models").await.map_err(|refusal: Refusal| channel.refused(refusal))?;
    let models: Models = serde_json::from_slice(&body)
        .map_err(|e| channel.error(format!("its list of models does not read ({e}); name the model")))?;
    let mut names: Vec<String> = models.data.into_iter().map(|m| m.id).collect();
    if names.len() > 1 {
        names.retain(|name| name != ALIAS);
    }
    match names.as_slice() {
        [name] => Ok(name.clone()),
        [] => Err(channel.error("it lists no model; name the model")),
        several => {
            let mut shown: Vec<String> = several.iter().take(MAX_NAMED).map(|name| channel.quote(name)).collect();
            if several.len() > MAX_NAMED {
                shown.push(format!("and {} more", several.len() - MAX_NAMED));
            }
            Err(channel.error(format!("it has several models; name one of: {}", shown.join(", "))))
        }
    }
}

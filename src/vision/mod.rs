//! The vision model at work: which model, with which prompts and budgets, and one photo's conversation with it.
//!
//! A [`Vision`] is built once a run. A [`Session`] is one photo's share of it: every question goes through
//! [`Session::ask`], which keeps the budget and puts question, reply and failure on record. A stage that gets no reply goes
//! on without it. What several stages need lies here too: boxes, names of regions, candidates in words.

mod boxes;
mod prior;
mod regions;
mod told;

pub use boxes::Frame;
pub(crate) use boxes::{box_schema, crop_of};
pub use prior::{Prior, PriorCache};
pub(crate) use regions::{admin1_in, city_in, continent_named, country_named, regions_named};
pub(crate) use told::{WORTH_TELLING, place_in_words, rounded};

use crate::ledger::Log;
use crate::model::{Ask, ModelError, Picture, Reply, VisionModel, salvage};
use crate::prompt::Prompts;
use serde::Serialize;
use serde_json::Value;
use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Whose answer is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answerer {
    /// The posterior, in which the model's word is evidence among other evidence.
    #[default]
    Posterior,
    /// The model, raw: for comparison.
    Model,
}

/// What the model may do for a photo, and what it may cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VisionOptions {
    /// Whether the Reasoner looks.
    pub reasoner: bool,
    /// Whether tools are asked: crops, readings, maps, and the check of candidates.
    pub tools: bool,
    /// Whose answer is given.
    pub answerer: Answerer,
    /// Clues of the Reasoner at most.
    pub clues: usize,
    /// Rounds of the Searcher at most, the check of candidates included.
    pub rounds: usize,
    /// Samples of the Guesser; above 1 all but the first are drawn at random.
    pub votes: usize,
    /// Tokens of all calls of a photo, prompts and replies.
    pub tokens: usize,
    /// Seconds of all calls of a photo; a call that has begun is not cut off.
    pub seconds: u64,
    /// Pixels of one picture; the model's own choice unless set.
    pub picture_px: Option<u32>,
}

impl Default for VisionOptions {
    fn default() -> Self {
        Self {
            reasoner: true,
            tools: true,
            answerer: Answerer::Posterior,
            clues: 8,
            rounds: 3,
            votes: 1,
            tokens: 60_000,
            seconds: 900,
            picture_px: None,
        }
    }
}

/// A model with its prompts and budgets.
pub struct Vision {
    model: Arc<dyn VisionModel>,
    prompts: Prompts,
    options: VisionOptions,
    priors: Option<PriorCache>,
    prior: Mutex<Option<Prior>>,
    runtime: Arc<Runtime>,
}

impl Vision {
    /// A model that photos are shown to. Without a cache its answer to a blank picture is asked for anew: a recording must
    /// hold it. `runtime` is the one in which the model was opened.
    #[must_use]
    pub fn new(
        model: Arc<dyn VisionModel>,
        prompts: Prompts,
        options: VisionOptions,
        priors: Option<PriorCache>,
        runtime: Arc<Runtime>,
    ) -> Self {
        Self { model, prompts, options, priors, prior: Mutex::default(), runtime }
    }

    /// Asks the model, past every session and ledger; waits for the reply.
    ///
    /// # Errors
    /// Those of [`VisionModel::ask`].
    pub fn ask(&self, ask: &Ask) -> Result<Reply, ModelError> {
        self.runtime.block_on(self.model.ask(ask))
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &dyn VisionModel {
        self.model.as_ref()
    }

    /// The prompts.
    #[must_use]
    pub fn prompts(&self) -> &Prompts {
        &self.prompts
    }

    /// What the model may do and cost.
    #[must_use]
    pub fn options(&self) -> &VisionOptions {
        &self.options
    }

    /// What an answer depends on: the model, the prompts, the options.
    #[must_use]
    pub fn identity(&self) -> (String, Vec<String>, VisionOptions) {
        let prompts = self.prompts.identity().into_iter().map(str::to_owned).collect();
        (self.model.card().identity.clone(), prompts, self.options.clone())
    }

    /// Pixels of one picture.
    #[must_use]
    pub fn picture_px(&self) -> u32 {
        self.options.picture_px.unwrap_or(self.model.card().picture_px)
    }

    /// The model's answer to a blank picture: from memory, from the cache folder, or by `measure`. Without an answer
    /// nothing is divided out, and the next photo asks again.
    pub fn prior(&self, measure: impl FnOnce() -> Option<Prior>) -> Prior {
        // Held while measuring, so that photos that begin together ask once.
        let mut known = self.prior.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(prior) = known.as_ref() {
            return prior.clone();
        }
        let key = self.prior_key();
        let kept = self.priors.as_ref().and_then(|cache| cache.get(&key));
        let prior = kept.or_else(|| {
            let prior = measure()?;
            let put = self.priors.as_ref().map(|cache| cache.put(&key, &prior));
            if let Some(Err(error)) = put {
                tracing::warn!(%error, "the model's answer to a blank picture could not be kept");
            }
            Some(prior)
        });
        *known = prior;
        known.clone().unwrap_or_default()
    }

    fn prior_key(&self) -> String {
        use sha2::{Digest, Sha256};
        let stamp = self.prompts.guesser.stamp();
        let text = format!("{}\n{}\n1", self.model.card().identity, stamp.sha256);
        crate::digest::hex(&Sha256::digest(text.as_bytes()))[..24].to_owned()
    }
}

/// One photo's conversation.
pub struct Session<'a> {
    vision: &'a Vision,
    prior: Prior,
    begun: Instant,
    tokens: Cell<usize>,
    replies: Cell<usize>,
    refused: Cell<bool>,
}

impl<'a> Session<'a> {
    /// Begins the conversation about a photo, with the model's answer to a blank picture.
    #[must_use]
    pub fn begin(vision: &'a Vision, prior: Prior) -> Self {
        Self {
            vision,
            prior,
            begun: Instant::now(),
            tokens: Cell::new(0),
            replies: Cell::new(0),
            refused: Cell::new(false),
        }
    }

    /// The model, its prompts and its options.
    #[must_use]
    pub fn vision(&self) -> &'a Vision {
        self.vision
    }

    /// What the model says without looking.
    #[must_use]
    pub fn prior(&self) -> &Prior {
        &self.prior
    }

    /// Asks, and puts question and reply on record; returns the number of the question and the reply, or nothing when
    /// there is no reply of the asked form, or no budget.
    pub fn ask(&self, ask: &Ask, log: &mut Log) -> Option<(usize, Reply)> {
        let (number, reply) = self.put(ask, log)?;
        match reply {
            Ok(reply) => Some((number, reply)),
            Err(error) => {
                log.ask_failed(number, &error);
                None
            }
        }
    }

    /// The same for a reply that is a list: one that was cut is used as far as it goes.
    pub fn ask_or_salvage(&self, ask: &Ask, log: &mut Log) -> Option<(usize, Value)> {
        let (number, reply) = self.put(ask, log)?;
        match reply {
            Ok(reply) => Some((number, reply.json)),
            Err(error) => {
                log.ask_failed(number, &error);
                let ModelError::Cut { text, .. } = error else { return None };
                let json = salvage(&text)?;
                log.repair(number, "the reply was cut at its limit; what was whole is used".to_owned());
                Some((number, json))
            }
        }
    }

    fn put(&self, ask: &Ask, log: &mut Log) -> Option<(usize, Result<Reply, ModelError>)> {
        if let Some(spent) = self.spent() {
            self.refused.set(true);
            log.failure(None, format!("the vision model was not asked again ({:?}): {spent}", ask.stage));
            return None;
        }
        let number = log.ask(&self.vision.model.card().name, ask);
        let reply = self.vision.ask(ask);
        if let Ok(reply) = &reply {
            let cost = reply.cost;
            tracing::info!(
                stage = ?ask.stage,
                prompt_tokens = cost.prompt_tokens,
                reply_tokens = cost.completion_tokens,
                prompt_s = cost.prompt_ms / 1000.0,
                total_s = cost.total_ms / 1000.0,
                "the vision model replied"
            );
            self.tokens.set(self.tokens.get() + cost.prompt_tokens + cost.completion_tokens);
            self.replies.set(self.replies.get() + 1);
            log.reply(number, reply);
        }
        Some((number, reply))
    }

    /// Whether the model has replied at all; one that never did has not looked.
    #[must_use]
    pub fn has_replied(&self) -> bool {
        self.replies.get() > 0
    }

    /// What the user should know of how the conversation went.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let name = &self.vision.model.card().name;
        if !self.has_replied() {
            return Some(format!("the vision model {name} gave no answer; the ledger says why"));
        }
        let spent = self.spent().filter(|_| self.refused.get())?;
        Some(format!("the vision model {name} was not asked all that was planned: {spent}"))
    }

    /// Which budget is spent, if one is.
    fn spent(&self) -> Option<String> {
        let options = &self.vision.options;
        if self.tokens.get() >= options.tokens {
            return Some(format!("{} of {} tokens are used", self.tokens.get(), options.tokens));
        }
        let seconds = self.begun.elapsed();
        (seconds >= Duration::from_secs(options.seconds))
            .then(|| format!("{:.0} of {} s are used", seconds.as_secs_f64(), options.seconds))
    }

    /// A picture, or a part of it, in the size that the model takes.
    #[must_use]
    pub fn picture(&self, id: impl Into<String>, pixels: &image::RgbImage) -> Picture {
        Picture::fit(id, pixels, self.vision.picture_px())
    }
}

//! A vision-language model behind one call.
//!
//! [`VisionModel::ask`] takes one [`Ask`]: a system text, turns of text and pictures, the JSON Schema that binds the
//! reply, and [`Probe`]s, which ask for the probabilities of a closed set of values at one place of the reply. Whoever
//! answers is a backend:
//!
//! - [`Local`]: a model in this process, by mistralrs (feature `local-vlm`)
//! - [`Http`]: any server that speaks the OpenAI protocol; off unless named
//! - [`Replay`]: a recorded conversation, which also asserts what is asked; [`Recorder`] makes one
//!
//! A reply is data: JSON of the asked form or an error. What it means is for the stages to say, and whether it is true
//! for the posterior.

pub mod check;
pub mod choice;
mod device;
mod error;
pub mod folder;
mod http;
#[cfg(feature = "local-vlm")]
mod local;
pub mod memory;
mod picture;
mod probe;
mod quant;
mod replay;
mod salvage;
pub(crate) mod shard;
pub mod store;

pub use device::Device;
pub use error::ModelError;
pub use folder::ModelFolder;
pub use http::{Endpoint, Http, KEY_VARIABLE, Limits};
#[cfg(feature = "local-vlm")]
pub use local::{Local, LocalOptions};
pub use picture::Picture;
pub use probe::{OptionScore, Probe, Scores};
pub use quant::Quant;
pub use replay::{Recorder, Replay};
pub use salvage::salvage;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The stage of the work that a question belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The blank picture, asked once per model.
    Prior,
    /// The whole photo.
    Reasoner,
    /// The next action.
    Searcher,
    /// Statements about the photo, without the place that they come from.
    Verifier,
    /// The Chain of Region.
    Guesser,
    /// How much a photo tells about its place.
    Locatability,
    /// `navig model check`.
    Check,
}

/// Which prompt a question was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PromptStamp {
    /// Name of the prompt, such as `reasoner`.
    pub id: String,
    /// Version in its header.
    pub version: String,
    /// SHA-256 of its file, lower-case hex.
    pub sha256: String,
}

/// Who speaks a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// navig.
    User,
    /// The model, earlier in the same conversation.
    Assistant,
}

/// One turn: pictures first, then text, which is how the supported templates put them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Turn {
    /// Who speaks.
    pub role: Role,
    /// What is shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pictures: Vec<Picture>,
    /// What is said.
    pub text: String,
}

impl Turn {
    /// navig shows pictures and says something.
    #[must_use]
    pub fn user(pictures: Vec<Picture>, text: impl Into<String>) -> Self {
        Self { role: Role::User, pictures, text: text.into() }
    }

    /// The model said something.
    #[must_use]
    pub fn assistant(text: impl Into<String>) -> Self {
        Self { role: Role::Assistant, pictures: Vec::new(), text: text.into() }
    }
}

/// How a reply is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sampling {
    /// Longest reply, tokens; a reply that reaches it is [`ModelError::Cut`].
    pub max_tokens: usize,
    /// 0 takes the most probable token each time.
    pub temperature: f64,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ask {
    /// What it is for.
    pub stage: Stage,
    /// What it was made from.
    pub prompt: PromptStamp,
    /// The system text.
    pub system: String,
    /// The conversation; the last turn is the user's.
    pub turns: Vec<Turn>,
    /// JSON Schema of the reply: an object with bounded strings and arrays.
    pub schema: Value,
    /// How the reply is drawn.
    pub sampling: Sampling,
    /// Which probabilities are wanted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub probes: Vec<Probe>,
}

/// What a call cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// Tokens of the conversation, pictures included.
    pub prompt_tokens: usize,
    /// Tokens of the reply.
    pub completion_tokens: usize,
    /// From the question to the whole reply, ms.
    pub total_ms: f64,
    /// Of that, until the first token of the reply, ms; 0 when the backend does not say.
    pub prompt_ms: f64,
}

/// A reply of the asked form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// As the model wrote it.
    pub text: String,
    /// The same, parsed.
    pub json: Value,
    /// One for each [`Ask::probes`], in their order; [`None`] where the backend could not say, or the reply never came to
    /// that place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<Option<Scores>>,
    /// What it cost.
    pub cost: Cost,
}

impl Reply {
    /// Parses a reply's text.
    ///
    /// # Errors
    /// [`ModelError::Unparsable`] when it is not a JSON object.
    pub(crate) fn of_text(text: String, scores: Vec<Option<Scores>>, cost: Cost) -> Result<Self, ModelError> {
        match serde_json::from_str::<Value>(&text) {
            Ok(json) if json.is_object() => Ok(Self { text, json, scores, cost }),
            Ok(_) => Err(ModelError::Unparsable { reason: "not an object".to_owned(), text }),
            Err(e) => Err(ModelError::Unparsable { reason: e.to_string(), text }),
        }
    }
}

/// What a model says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Card {
    /// Its name, as results show it, such as `Qwen3-VL-4B-Instruct q4k`.
    pub name: String,
    /// What an answer depends on: weights, quantisation, backend. Two models of one identity answer alike.
    pub identity: String,
    /// Where it runs, such as `CPU, 2 threads` or `http://127.0.0.1:8000`.
    pub runs_on: String,
    /// Pixels that one picture should have at most: a matter of speed.
    pub picture_px: u32,
    /// Said once to the user, such as that nobody has tried this model.
    pub note: Option<String>,
}

/// A vision-language model.
///
/// Contract: one call at a time reaches the engine, whoever calls; a reply that is returned parses and was not cut; text in
/// turns is never run as a template. The same ask at temperature 0 gives the same reply on the same machine.
#[async_trait]
pub trait VisionModel: Send + Sync {
    /// What it says about itself.
    fn card(&self) -> &Card;

    /// Answers one question.
    ///
    /// # Errors
    /// [`ModelError`] when there is no reply of the asked form.
    async fn ask(&self, ask: &Ask) -> Result<Reply, ModelError>;
}

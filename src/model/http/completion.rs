//! The answer of a server, as a reply.

use super::tokens::{self, Token};
use crate::model::{Ask, Cost, ModelError, Reply};
use crate::report::visible;
use serde::Deserialize;
use serde_json::Value;

/// Of what a server says, what navig reads. Parts that a reply can do without are taken as they come.
#[derive(Deserialize)]
pub(super) struct Completion {
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Value,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    #[serde(default)]
    finish_reason: Option<String>,
    #[serde(default)]
    logprobs: Value,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: Option<Content>,
    #[serde(default)]
    refusal: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    text: String,
}

impl Content {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Parts(parts) => parts.into_iter().map(|p| p.text).collect(),
        }
    }
}

impl Completion {
    /// The reply in the first choice, and what its tokens say of the probes of `ask`; [`None`] when there is no choice.
    pub(super) fn reply(self, ask: &Ask, total_ms: f64) -> Option<Result<Reply, ModelError>> {
        let mut choice = self.choices.into_iter().next()?;
        if let Some(refusal) = choice.message.refusal.filter(|r| !r.is_empty()) {
            let words: String = visible(&refusal).chars().take(200).collect();
            return Some(Err(ModelError::Unparsable { reason: format!("the model refuses: {words}"), text: refusal }));
        }
        let said = choice.message.content.map(Content::text).unwrap_or_default();
        let tokens = choice.logprobs.get_mut("content").map(Value::take).unwrap_or_default();
        let scores = match serde_json::from_value::<Vec<Token>>(tokens) {
            Ok(tokens) => tokens::scores(&ask.probes, &tokens, &said),
            Err(_) => vec![None; ask.probes.len()],
        };
        let text = unfenced(&said).to_owned();
        let count = |key: &str| self.usage[key].as_u64().unwrap_or(0) as usize;
        let (prompt_tokens, completion_tokens) = (count("prompt_tokens"), count("completion_tokens"));
        let cost = Cost { prompt_tokens, completion_tokens, total_ms, prompt_ms: 0.0 };
        let finish = choice.finish_reason.unwrap_or_default();
        Some(Reply::of_text(text, scores, cost).map_err(|error| match (finish.as_str(), error) {
            ("length", ModelError::Unparsable { text, .. }) => {
                ModelError::Cut { tokens: ask.sampling.max_tokens, text }
            }
            ("content_filter", ModelError::Unparsable { text, .. }) => {
                ModelError::Unparsable { reason: "the server filtered it".to_owned(), text }
            }
            (_, ModelError::Unparsable { text, .. }) if text.is_empty() => {
                ModelError::Unparsable { reason: "it is empty".to_owned(), text }
            }
            (_, error) => error,
        }))
    }
}

/// The text without the fence that models put around code when nothing binds them.
fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let Some(inside) = text.strip_prefix("```") else { return text };
    // Of a reply that was cut the second fence is missing.
    let inside = inside.strip_suffix("```").unwrap_or(inside);
    // What follows the first on its line is the name of a language.
    inside.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_are_taken_off_and_nothing_else() {
        for (text, bare) in [
            ("```json\n{\"a\":1}\n```", "{\"a\":1}"),
            ("\n```\n{\"a\":1}\n```\n", "{\"a\":1}"),
            ("```{\"a\":1}```", "{\"a\":1}"),
            (" {\"a\":\"```\"} ", "{\"a\":\"```\"}"),
            ("```json\n{\"a\":", "{\"a\":"),
            ("``````", ""),
            ("```", ""),
        ] {
            assert_eq!(unfenced(text), bare);
        }
    }
}

//! A question in the words of the protocol.

use super::channel::Refusal;
use crate::model::{Ask, ModelError, Picture, Role, Turn};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::ImageFormat;
use serde_json::{Value, json};
use std::io::Cursor;

/// Most alternatives of a token that servers tell.
const ALTERNATIVES: u32 = 20;
/// A key of our own in schemas, for the engine in this process; servers may refuse what they do not know.
const PRIVATE_KEY: &str = "x-guidance";

/// What a server understands, of the parts of a request that some do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Understood {
    pub(super) form: bool,
    pub(super) probabilities: bool,
}

impl Understood {
    /// The same without the part that a refusal names; [`None`] when it names none that was sent.
    pub(super) fn after(self, refusal: &Refusal) -> Option<Self> {
        let Refusal::Said { status, words } = refusal else { return None };
        if !matches!(status.as_u16(), 400 | 422) {
            return None;
        }
        if self.probabilities && words.contains("logprobs") {
            Some(Self { probabilities: false, ..self })
        } else if self.form && (words.contains("response_format") || words.contains("json_schema")) {
            Some(Self { form: false, ..self })
        } else {
            None
        }
    }
}

/// The body of a request.
pub(super) fn body(ask: &Ask, model: &str, seed: u64, understood: Understood) -> Result<String, ModelError> {
    let mut messages = Vec::with_capacity(ask.turns.len() + 1);
    if !ask.system.is_empty() {
        messages.push(json!({ "role": "system", "content": ask.system }));
    }
    for turn in &ask.turns {
        messages.push(json!({ "role": role(turn.role), "content": content(turn)? }));
    }
    let mut body = json!({
        "model": model,
        "messages": messages,
        "max_tokens": ask.sampling.max_tokens,
        "temperature": ask.sampling.temperature,
        "seed": seed,
        "stream": false,
    });
    if understood.form {
        let mut schema = ask.schema.clone();
        if let Some(schema) = schema.as_object_mut() {
            schema.remove(PRIVATE_KEY);
        }
        let bound = json!({ "name": "reply", "schema": schema, "strict": true });
        body["response_format"] = json!({ "type": "json_schema", "json_schema": bound });
    }
    if understood.probabilities && !ask.probes.is_empty() {
        body["logprobs"] = json!(true);
        body["top_logprobs"] = json!(ALTERNATIVES);
    }
    Ok(body.to_string())
}

fn role(role: Role) -> &'static str {
    match role {
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

/// Plain text where there is no picture, because templates of models without eyes take nothing else.
fn content(turn: &Turn) -> Result<Value, ModelError> {
    if turn.pictures.is_empty() {
        return Ok(json!(turn.text));
    }
    let mut parts = Vec::with_capacity(turn.pictures.len() + 1);
    for picture in &turn.pictures {
        parts.push(json!({ "type": "image_url", "image_url": { "url": data_url(picture)? } }));
    }
    parts.push(json!({ "type": "text", "text": turn.text }));
    Ok(Value::Array(parts))
}

/// PNG, so that the server sees the very pixels that [`Picture::sha256`] names.
fn data_url(picture: &Picture) -> Result<String, ModelError> {
    let mut png = Cursor::new(Vec::new());
    let written = picture.pixels.write_to(&mut png, ImageFormat::Png);
    written.map_err(|e| ModelError::Engine(format!("the picture '{}' cannot be sent: {e}", picture.id)))?;
    Ok(format!("data:image/png;base64,{}", STANDARD.encode(png.get_ref())))
}

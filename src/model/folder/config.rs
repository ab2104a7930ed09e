//! `config.json`: what a model is.

use crate::model::ModelError;
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;

/// The architecture that navig is tested with.
pub(super) const TESTED: &str = "Qwen3VLForConditionalGeneration";

/// Architectures with pictures that the engine loads besides; nobody has tried them with navig.
const KNOWN: [&str; 20] = [
    TESTED,
    "Qwen3VLMoeForConditionalGeneration",
    "Qwen3_5ForConditionalGeneration",
    "Qwen3_5MoeForConditionalGeneration",
    "Qwen2VLForConditionalGeneration",
    "Qwen2_5_VLForConditionalGeneration",
    "Gemma3ForConditionalGeneration",
    "Gemma3ForCausalLM",
    "Gemma3nForConditionalGeneration",
    "Gemma4ForConditionalGeneration",
    "Idefics2ForConditionalGeneration",
    "Idefics3ForConditionalGeneration",
    "Llama4ForConditionalGeneration",
    "LlavaForConditionalGeneration",
    "LlavaNextForConditionalGeneration",
    "MiniCPMO",
    "Mistral3ForConditionalGeneration",
    "MllamaForConditionalGeneration",
    "Phi3VForCausalLM",
    "Phi4MMForCausalLM",
];

/// The same for an error message.
const KNOWN_WORDS: &str = "Qwen3-VL and, untested, Qwen2-VL, Qwen2.5-VL, Qwen3.5, Gemma 3 and 4, Idefics 2 and 3, \
                           Llama 3.2 and 4 with vision, LLaVA, MiniCPM-o, Mistral 3, Phi-3 and Phi-4 with vision";

/// Without these keys the engine does not load a model of the tested architecture; which one is missing it says badly.
const NEEDED: [&str; 7] = [
    "text_config",
    "vision_config",
    "image_token_id",
    "video_token_id",
    "vision_start_token_id",
    "vision_end_token_id",
    "tie_word_embeddings",
];
const NEEDED_OF_TEXT: [&str; 12] = [
    "head_dim",
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "hidden_act",
    "max_position_embeddings",
    "rms_norm_eps",
    "rope_theta",
    "rope_scaling",
];

/// Keys under which architectures keep the tokens that stand for pictures.
const PICTURE_TOKENS: [&str; 6] = [
    "image_token_id",
    "image_token_index",
    "video_token_id",
    "vision_start_token_id",
    "vision_end_token_id",
    "vision_token_id",
];

/// The size of the language part; 0 where the configuration does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(default)]
pub struct Shape {
    /// Layers.
    #[serde(rename(deserialize = "num_hidden_layers"))]
    pub layers: u64,
    /// Width.
    #[serde(rename(deserialize = "hidden_size"))]
    pub hidden: u64,
    /// Tokens that it knows.
    #[serde(rename(deserialize = "vocab_size"))]
    pub vocabulary: u64,
    /// Heads whose keys and values are kept.
    #[serde(rename(deserialize = "num_key_value_heads"))]
    pub key_value_heads: u64,
    /// Width of a head.
    #[serde(rename(deserialize = "head_dim"))]
    pub head: u64,
}

impl Shape {
    /// Keys and values that one token of a conversation leaves behind.
    pub(super) fn cache_numbers_per_token(self) -> u64 {
        2 * self.layers * self.key_value_heads * self.head
    }
}

/// What navig reads of a configuration.
#[derive(Debug, Clone)]
pub(super) struct Config {
    pub(super) architecture: String,
    pub(super) name: Option<String>,
    pub(super) shape: Shape,
    pub(super) picture_tokens: Vec<u32>,
    tied: bool,
}

impl Config {
    pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Self, ModelError> {
        let wrong = |reason: String| ModelError::File { path: path.to_owned(), reason };
        let value: Value = serde_json::from_slice(bytes).map_err(|e| wrong(format!("not JSON: {e}")))?;
        let architecture = value["architectures"][0].as_str().unwrap_or("not named").to_owned();
        if !KNOWN.contains(&architecture.as_str()) {
            let found = architecture.chars().filter(|c| !c.is_control()).take(80).collect();
            return Err(ModelError::Architecture { path: path.to_owned(), found, known: KNOWN_WORDS });
        }
        // Some architectures have the language part at the top.
        let text = value.get("text_config").unwrap_or(&value);
        if architecture == TESTED {
            let missing = |of: &Value, keys: &[&'static str]| keys.iter().copied().find(|&key| of.get(key).is_none());
            if let Some(key) = missing(&value, &NEEDED).or_else(|| missing(text, &NEEDED_OF_TEXT)) {
                return Err(wrong(format!("the key '{key}' is missing")));
            }
        }
        let shape = Shape::deserialize(text).map_err(|e| wrong(format!("a size that is none: {e}")))?;
        let token = |key: &str| value[key].as_u64().and_then(|id| u32::try_from(id).ok());
        let mut picture_tokens: Vec<u32> = PICTURE_TOKENS.into_iter().filter_map(token).collect();
        picture_tokens.sort_unstable();
        picture_tokens.dedup();
        let name = value["_name_or_path"].as_str().and_then(|text| text.trim_end_matches('/').rsplit('/').next());
        Ok(Self {
            name: name.filter(|name| crate::model::store::is_plain(name)).map(str::to_owned),
            tied: value["tie_word_embeddings"].as_bool().unwrap_or(false),
            architecture,
            shape,
            picture_tokens,
        })
    }

    /// Numbers of an output head that is the table of embeddings.
    pub(super) fn tied_head_parameters(&self) -> u64 {
        if self.tied { self.shape.vocabulary.saturating_mul(self.shape.hidden) } else { 0 }
    }
}

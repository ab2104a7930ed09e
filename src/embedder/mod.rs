//! Sentence vectors, in this process: a BERT model of the sentence-transformers family, on candle.
//!
//! The default is all-MiniLM-L6-v2, the asset `embedder`; any folder of the family with BERT's layout does (`config.json`,
//! `tokenizer.json`, `model.safetensors`), such as a multilingual one. A vector is the mean over the tokens, brought to unit
//! length, as that model's own card has it.
//!
//! Texts are put together by the number of their tokens, so that nothing is padded and no mask is needed, and the batches are
//! spread over the cores: at this size a core is busier with a batch of its own than with a part of everyone's.

mod bert;
mod error;
mod gelu;

pub use error::EmbedderError;

use bert::{Bert, Shape};
use candle_core::{DType, Device, Result};
use candle_nn::VarBuilder;
use navig_tools::guidebook::book::{Embed, EmbedError};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tokenizers::{Tokenizer, TruncationParams};

/// Tokens of a text that count, as the model was trained.
const MOST_TOKENS: usize = 256;
/// Tokens that one core works on at once: their activations stay in its cache.
const BATCH_TOKENS: usize = 1024;
const CONFIG: &str = "config.json";
const TOKENIZER: &str = "tokenizer.json";
const WEIGHTS: &str = "model.safetensors";

/// A loaded sentence embedder.
pub struct Embedder {
    id: String,
    dimensions: usize,
    model: Bert,
    tokenizer: Tokenizer,
}

impl std::fmt::Debug for Embedder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedder").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Embedder {
    /// Loads a model from its folder.
    ///
    /// # Errors
    /// [`EmbedderError`] names the file that is absent, of another architecture, or damaged.
    pub fn load(folder: &Path) -> std::result::Result<Self, EmbedderError> {
        let read = |name: &str| {
            let path = folder.join(name);
            std::fs::read(&path).map_err(|source| EmbedderError::Read { path, source })
        };
        let shape = shape(folder, &read(CONFIG)?)?;
        let weights = read(WEIGHTS)?;
        let id = identity(folder, &weights);
        let damaged = |reason: String| EmbedderError::Damaged { path: folder.join(WEIGHTS), reason };
        let weights = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu)
            .map_err(|e| damaged(e.to_string()))?;
        let model = Bert::load(&weights, &shape).map_err(|e| damaged(e.to_string()))?;
        let tokenizer = tokenizer(folder, &read(TOKENIZER)?, shape.max_position_embeddings)?;
        Ok(Self { id, dimensions: shape.hidden_size, model, tokenizer })
    }

    /// Vectors of one batch, whose texts have the same number of tokens: rows of `dimensions`, in order.
    fn batch(&self, ids: &[&[u32]]) -> Result<Vec<Vec<f32>>> {
        let tokens = ids.first().map_or(0, |ids| ids.len());
        let hidden = self.model.forward(ids.concat(), ids.len(), tokens)?;
        let mean = hidden.mean(1)?;
        let length = mean.sqr()?.sum_keepdim(1)?.sqrt()?;
        mean.broadcast_div(&length)?.to_vec2()
    }
}

impl Embed for Embedder {
    fn id(&self) -> &str {
        &self.id
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn embed(&self, texts: &[&str]) -> std::result::Result<Vec<Vec<f32>>, EmbedError> {
        let encoded = self.tokenizer.encode_batch(texts.to_vec(), true).map_err(|e| EmbedError(e.to_string()))?;
        let mut by_length: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (i, text) in encoded.iter().enumerate() {
            by_length.entry(text.get_ids().len()).or_default().push(i);
        }
        let batches: Vec<&[usize]> = by_length
            .iter()
            .flat_map(|(tokens, texts)| texts.chunks((BATCH_TOKENS / (*tokens).max(1)).max(1)))
            .collect();
        let work = |batch: &&[usize]| {
            let ids: Vec<&[u32]> = batch.iter().map(|&i| encoded[i].get_ids()).collect();
            self.batch(&ids).map_err(|e| EmbedError(e.to_string()))
        };
        let vectors: Vec<Vec<Vec<f32>>> =
            batches.par_iter().with_max_len(1).map(work).collect::<std::result::Result<_, _>>()?;
        let mut out = vec![Vec::new(); texts.len()];
        for (&i, vector) in batches.iter().copied().flatten().zip(vectors.into_iter().flatten()) {
            out[i] = vector;
        }
        Ok(out)
    }
}

fn shape(folder: &Path, bytes: &[u8]) -> std::result::Result<Shape, EmbedderError> {
    let path = folder.join(CONFIG);
    let damaged = |reason: String| EmbedderError::Damaged { path: path.clone(), reason };
    let value: serde_json::Value = serde_json::from_slice(bytes).map_err(|e| damaged(e.to_string()))?;
    match value["model_type"].as_str() {
        Some("bert") => serde_json::from_value(value).map_err(|e| damaged(e.to_string())),
        other => Err(EmbedderError::Architecture { path, found: other.unwrap_or("none").to_owned() }),
    }
}

fn tokenizer(folder: &Path, bytes: &[u8], positions: usize) -> std::result::Result<Tokenizer, EmbedderError> {
    let damaged = |e: tokenizers::Error| EmbedderError::Damaged { path: folder.join(TOKENIZER), reason: e.to_string() };
    let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(damaged)?;
    let cut = TruncationParams { max_length: MOST_TOKENS.min(positions), ..TruncationParams::default() };
    tokenizer.with_padding(None).with_truncation(Some(cut)).map_err(damaged)?;
    Ok(tokenizer)
}

/// The folder's name and the beginning of the weights' sum. The sum is over a sample: reading 90 MB once more would double
/// the time that loading takes, and the asset's whole sum was checked when it was fetched.
fn identity(folder: &Path, weights: &[u8]) -> String {
    const SAMPLES: usize = 64;
    const SAMPLE_BYTES: usize = 4096;
    let mut sum = Sha256::new();
    sum.update((weights.len() as u64).to_le_bytes());
    let step = (weights.len() / SAMPLES).max(SAMPLE_BYTES);
    for from in (0..weights.len()).step_by(step) {
        sum.update(&weights[from..(from + SAMPLE_BYTES).min(weights.len())]);
    }
    let sum = crate::digest::hex(&sum.finalize());
    let name = folder.file_name().map_or_else(|| PathBuf::from("model"), PathBuf::from);
    format!("{}:{}", name.display(), &sum[..12])
}

#[cfg(test)]
mod tests;

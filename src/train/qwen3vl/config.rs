//! `config.json` of a Qwen3-VL model: the sizes that its weights have.
//!
//! A size that does not fit the others shows itself late, as a shape that does not multiply, or not at all: positions would
//! turn the wrong pairs of a head. So everything is checked here, and what the trainer does not do, such as stretched
//! positions, is refused by name.

use crate::model::ModelError;
use crate::model::folder::{FROM_WHERE, read};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

/// The only class of model that is trained.
const ARCHITECTURE: &str = "Qwen3VLForConditionalGeneration";

/// Why a model's settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file that is missing or does not read.
    #[error(transparent)]
    File(#[from] ModelError),
    /// A model of another kind.
    #[error("{}: the architecture is {found}, and navig trains {ARCHITECTURE} only", path.display())]
    Architecture {
        /// The file.
        path: PathBuf,
        /// What it says.
        found: String,
    },
    /// A setting that does not fit, or that the trainer does not do.
    #[error("{}: {reason}", path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// Settings of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The language model.
    pub text: TextConfig,
    /// The vision tower.
    pub vision: VisionConfig,
    /// Stands for a part of a picture.
    pub image_token_id: u32,
    /// Stands for a part of a video.
    pub video_token_id: u32,
    /// Stands before a picture.
    pub vision_start_token_id: u32,
    /// Stands behind a picture.
    pub vision_end_token_id: u32,
    /// Whether the output head is the embedding.
    pub tie_word_embeddings: bool,
}

/// Settings of the language model.
#[derive(Debug, Clone, PartialEq)]
pub struct TextConfig {
    /// Width of the residual stream.
    pub hidden: usize,
    /// Blocks.
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; divides `heads`.
    pub kv_heads: usize,
    /// Width of a head, even.
    pub head_dim: usize,
    /// Width inside the feed-forward part.
    pub inner: usize,
    /// Rows of the embedding.
    pub vocab: usize,
    /// Added to the mean square in the norms.
    pub rms_eps: f64,
    /// Base of the frequencies of the positions.
    pub rope_theta: f64,
    /// Pairs of a head that turn with time, height and width, interleaved; their sum is `head_dim / 2`.
    pub mrope_section: [usize; 3],
    /// Positions that the model was made for.
    pub max_positions: usize,
}

/// Settings of the vision tower.
#[derive(Debug, Clone, PartialEq)]
pub struct VisionConfig {
    /// Blocks.
    pub depth: usize,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Width inside the feed-forward part.
    pub inner: usize,
    /// Heads; `hidden / heads` is a multiple of 4.
    pub heads: usize,
    /// Side of a patch, px.
    pub patch: usize,
    /// Side of the square of patches that becomes one token.
    pub merge: usize,
    /// Frames of a patch.
    pub temporal: usize,
    /// Positions learnt, a square number.
    pub positions: usize,
    /// Blocks behind which features are taken for the first language blocks, ascending.
    pub deepstack: Vec<usize>,
    /// Width of what comes out: that of the language model.
    pub out_hidden: usize,
    /// Colours.
    pub in_channels: usize,
}

impl VisionConfig {
    /// Numbers of a patch.
    #[must_use]
    pub fn patch_width(&self) -> usize {
        self.in_channels * self.temporal * self.patch * self.patch
    }

    /// Positions learnt along a side.
    #[must_use]
    pub fn side(&self) -> usize {
        self.positions.isqrt()
    }
}

#[derive(Deserialize)]
struct Class {
    #[serde(default)]
    architectures: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    text_config: Text,
    vision_config: Vision,
    image_token_id: u32,
    video_token_id: u32,
    vision_start_token_id: u32,
    vision_end_token_id: u32,
    tie_word_embeddings: bool,
}

// Sizes are read as 32 bits, so that no product of two of them overflows.
#[derive(Deserialize)]
struct Text {
    hidden_size: u32,
    num_hidden_layers: u32,
    num_attention_heads: u32,
    num_key_value_heads: u32,
    head_dim: Option<u32>,
    intermediate_size: u32,
    vocab_size: u32,
    rms_norm_eps: f64,
    rope_theta: Option<f64>,
    rope_scaling: Option<Rope>,
    rope_parameters: Option<Rope>,
    max_position_embeddings: u32,
    hidden_act: String,
    #[serde(default)]
    attention_bias: bool,
}

#[derive(Deserialize)]
struct Rope {
    rope_theta: Option<f64>,
    mrope_section: Option<[u32; 3]>,
    mrope_interleaved: Option<bool>,
    #[serde(alias = "type")]
    rope_type: Option<String>,
}

#[derive(Deserialize)]
struct Vision {
    depth: u32,
    hidden_size: u32,
    intermediate_size: u32,
    num_heads: u32,
    patch_size: u32,
    spatial_merge_size: u32,
    temporal_patch_size: u32,
    num_position_embeddings: u32,
    deepstack_visual_indexes: Vec<u32>,
    out_hidden_size: u32,
    #[serde(alias = "in_chans")]
    in_channels: u32,
    hidden_act: String,
}

impl Config {
    /// Reads `config.json` of a model's folder.
    ///
    /// # Errors
    /// [`ConfigError`] when it is missing, does not read, is of another architecture, or has sizes that do not fit together.
    pub fn read(folder: &Path) -> Result<Self, ConfigError> {
        let path = folder.join("config.json");
        let bytes = read(folder, "config.json", FROM_WHERE)?;
        let found = parse::<Class>(&path, &bytes)?.architectures;
        if found.first().is_none_or(|first| first != ARCHITECTURE) {
            let found = found.into_iter().next().unwrap_or_else(|| "not named".to_owned());
            return Err(ConfigError::Architecture { path, found });
        }
        let file: File = parse(&path, &bytes)?;
        Self::of(file).map_err(|reason| ConfigError::Unfit { path, reason })
    }

    fn of(file: File) -> Result<Self, String> {
        let config = Self {
            text: TextConfig::of(file.text_config)?,
            vision: VisionConfig::of(file.vision_config)?,
            image_token_id: file.image_token_id,
            video_token_id: file.video_token_id,
            vision_start_token_id: file.vision_start_token_id,
            vision_end_token_id: file.vision_end_token_id,
            tie_word_embeddings: file.tie_word_embeddings,
        };
        let (text, vision) = (&config.text, &config.vision);
        let fits = [
            (vision.out_hidden == text.hidden, "out_hidden_size is not the hidden_size of the language model"),
            (vision.deepstack.len() <= text.layers, "there are more deepstack_visual_indexes than language layers"),
        ];
        all(&fits).map(|()| config)
    }
}

impl TextConfig {
    fn of(text: Text) -> Result<Self, String> {
        let size = |n: u32| n as usize;
        let ropes = || text.rope_parameters.iter().chain(&text.rope_scaling);
        let theta = text.rope_theta.or_else(|| ropes().find_map(|rope| rope.rope_theta));
        let section = ropes().find_map(|rope| rope.mrope_section).ok_or("mrope_section is missing")?.map(size);
        let (hidden, heads, kv_heads) =
            (size(text.hidden_size), size(text.num_attention_heads), size(text.num_key_value_heads));
        let head_dim = text.head_dim.map(size).or_else(|| hidden.checked_div(heads)).unwrap_or_default();
        let theta = theta.ok_or("rope_theta is missing")?;
        let sizes = [hidden, heads, kv_heads, head_dim, size(text.intermediate_size), size(text.vocab_size)];
        let stretched = |rope: &Rope| rope.rope_type.as_deref().is_some_and(|kind| kind != "default");
        all(&[
            (!sizes.contains(&0) && text.num_hidden_layers > 0, "a size of the language model is 0"),
            (heads.is_multiple_of(kv_heads.max(1)), "num_key_value_heads does not divide num_attention_heads"),
            (head_dim.is_multiple_of(2), "head_dim is odd"),
            (section.iter().sum::<usize>() == head_dim / 2, "the sum of mrope_section is not half of head_dim"),
            (!ropes().any(stretched), "rope_type is not 'default': stretched positions are not trained"),
            (!ropes().any(|rope| rope.mrope_interleaved == Some(false)), "mrope_interleaved is false"),
            (theta > 1.0 && text.rms_norm_eps > 0.0, "rope_theta or rms_norm_eps is too small"),
            (text.hidden_act == "silu", "hidden_act of the language model is not silu"),
            (!text.attention_bias, "attention_bias is true"),
        ])?;
        Ok(Self {
            hidden,
            layers: size(text.num_hidden_layers),
            heads,
            kv_heads,
            head_dim,
            inner: size(text.intermediate_size),
            vocab: size(text.vocab_size),
            rms_eps: text.rms_norm_eps,
            rope_theta: theta,
            mrope_section: section,
            max_positions: size(text.max_position_embeddings),
        })
    }
}

impl VisionConfig {
    fn of(file: Vision) -> Result<Self, String> {
        let size = |n: u32| n as usize;
        let vision = Self {
            depth: size(file.depth),
            hidden: size(file.hidden_size),
            inner: size(file.intermediate_size),
            heads: size(file.num_heads),
            patch: size(file.patch_size),
            merge: size(file.spatial_merge_size),
            temporal: size(file.temporal_patch_size),
            positions: size(file.num_position_embeddings),
            deepstack: file.deepstack_visual_indexes.into_iter().map(size).collect(),
            out_hidden: size(file.out_hidden_size),
            in_channels: size(file.in_channels),
        };
        let Self { depth, hidden, inner, heads, patch, merge, temporal, positions, .. } = vision;
        let deepstack = &vision.deepstack;
        all(&[
            (
                ![depth, hidden, inner, heads, patch, merge, temporal, positions].contains(&0),
                "a size of the tower is 0",
            ),
            (hidden.is_multiple_of(heads.max(1)), "num_heads of the tower does not divide its hidden_size"),
            // A quarter of a head turns with the row, as many with the column, and each number turns with another.
            ((hidden / heads.max(1)).is_multiple_of(4), "the head of the tower is no multiple of 4"),
            (vision.side().pow(2) == positions, "num_position_embeddings is no square number"),
            (deepstack.is_sorted_by(|a, b| a < b), "deepstack_visual_indexes do not ascend"),
            (deepstack.last().is_none_or(|&last| last < depth), "deepstack_visual_indexes name a layer beyond depth"),
            (vision.in_channels == 3, "in_channels is not 3"),
            (
                patch <= 256 && merge <= 16 && temporal <= 16,
                "patch_size, spatial_merge_size or temporal_patch_size is too large",
            ),
            (file.hidden_act == "gelu_pytorch_tanh", "hidden_act of the tower is not gelu_pytorch_tanh"),
        ])?;
        Ok(vision)
    }
}

/// The first that does not hold.
fn all(checks: &[(bool, &str)]) -> Result<(), String> {
    match checks.iter().find(|(holds, _)| !holds) {
        Some((_, reason)) => Err((*reason).to_owned()),
        None => Ok(()),
    }
}

/// Reads JSON of a model's file.
pub(super) fn parse<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, ConfigError> {
    serde_json::from_slice(bytes).map_err(|e| ConfigError::Unfit { path: path.to_owned(), reason: e.to_string() })
}

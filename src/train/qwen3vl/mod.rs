//! Qwen3-VL with low-rank adapters that learn.
//!
//! Serving is mistralrs's; it has no way back. This is the same network again, so that a loss can be taken back to the
//! adapters: the decoder of text forth and back, and the vision tower, which is frozen and only looks once at each picture.
//! The tokens of a conversation, the sizes of pictures and the positions are those of serving.
//!
//! Sequences are packed: all tokens of a batch stand in one row of tokens, and only attention knows where one sequence ends.

mod block;
mod chat;
mod config;
mod decoder;
mod gradients;
mod head;
mod kernels;
mod linear;
mod ops;
mod pixels;
mod sample;
mod sequence;
#[cfg(test)]
pub(in crate::train) mod tests;
mod tower;
mod weights;

pub use chat::{Chat, ChatError, Said};
pub use config::{Config, ConfigError, TextConfig, VisionConfig};
pub use decoder::{Base, Decoder, Memory, Packed};
pub use gradients::Gradients;
pub use pixels::{Grid, PixelsError, Preprocessor};
pub use sample::{Drawing, Drawn};
pub use sequence::Sequence;
pub use tower::{Seen, Tower};
pub use weights::{Weights, WeightsError};

use candle_core::{DType, Device, Result, Tensor};
use std::ops::Range;

/// Which adapters take part in a forward pass.
#[derive(Debug, Clone, Copy)]
pub enum Pass {
    /// All, for a step of learning.
    Learning {
        /// What the learning adapter does not see.
        dropout: Option<Dropout>,
    },
    /// All, as they will be served.
    Whole,
    /// All but the one that learns: where learning began.
    Earlier,
}

/// Inputs of the learning adapter that are left out at random: the same ones for the same seed, so that a block that is
/// computed twice leaves out the same twice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dropout {
    /// Share that is left out, in [0, 1).
    pub share: f64,
    /// Of this step and batch.
    pub seed: u64,
}

impl Dropout {
    /// 0, or what keeps the mean.
    fn mask(&self, path: &str, like: &Tensor) -> Result<Tensor> {
        let mixed = path
            .bytes()
            .fold(self.seed ^ 0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
        let mut random = fastrand::Rng::with_seed(mixed);
        let kept = (1.0 / (1.0 - self.share)) as f32;
        let mask: Vec<f32> =
            (0..like.elem_count()).map(|_| if random.f64() < self.share { 0.0 } else { kept }).collect();
        Tensor::from_vec(mask, like.shape(), &Device::Cpu)?.to_device(like.device())?.to_dtype(like.dtype())
    }
}

/// Where packed sequences lie, and how far each token's heads are turned.
#[derive(Debug, Clone)]
pub struct Layout {
    sequences: Vec<Range<usize>>,
    /// (tokens, head width / 2).
    cos: Tensor,
    sin: Tensor,
}

impl Layout {
    /// `positions` are time, height and width of each token (M-RoPE), all sequences one after the other.
    ///
    /// # Errors
    /// Those of the tensor library.
    pub fn new(
        sequences: Vec<Range<usize>>,
        positions: &[Vec<u32>; 3],
        config: &TextConfig,
        dtype: DType,
        device: &Device,
    ) -> Result<Self> {
        let angles = angles(positions, config);
        let shape = (positions[0].len(), config.head_dim / 2);
        let table = |of: fn(f32) -> f32| {
            let values: Vec<f32> = angles.iter().map(|angle| of(*angle)).collect();
            Tensor::from_vec(values, shape, device)?.to_dtype(dtype)
        };
        Ok(Self { sequences, cos: table(f32::cos)?, sin: table(f32::sin)? })
    }
}

/// Of each token and each pair of a head, in radians. Pairs are dealt out to time, height and width in turn: of the first
/// `3 * section` pairs, every third turns with the height from the second on, and every third with the width from the third on;
/// what is left turns with the time (transformers, `apply_interleaved_mrope`).
fn angles(positions: &[Vec<u32>; 3], config: &TextConfig) -> Vec<f32> {
    let half = config.head_dim / 2;
    let axis = |pair: usize| match pair % 3 {
        1 if pair < 3 * config.mrope_section[1] => 1,
        2 if pair < 3 * config.mrope_section[2] => 2,
        _ => 0,
    };
    let frequency = |pair: usize| config.rope_theta.powf(-2.0 * pair as f64 / config.head_dim as f64) as f32;
    let pairs: Vec<(usize, f32)> = (0..half).map(|pair| (axis(pair), frequency(pair))).collect();
    let tokens = 0..positions[0].len();
    tokens.flat_map(|token| pairs.iter().map(move |(axis, f)| positions[*axis][token] as f32 * f)).collect()
}

//! What a training will need, before it begins.
//!
//! Sums of sizes, not measurements: the frozen base, what learns with its gradient and the two means of AdamW, what goes into each
//! block, one block with everything that its way back needs, and the logits of a few rows. `evals/bench/train/` holds them
//! against what was used.

use super::qwen3vl::{Base, TextConfig};
use super::recipe::Shape;
use candle_core::DType;
use serde::Serialize;

/// What learns is kept four times in 32 bits: itself, its gradient, and the means of the gradient and its square.
const KEPT_OF_LEARNT: u64 = 4 * 4;
/// Rows whose logits are in memory at once, with their softmax and the gradient of both; see `qwen3vl/head.rs`.
const LOGIT_ROWS: u64 = 64 * 3;
/// Rows whose attention is in memory at once, with what their way back needs; see `qwen3vl/ops.rs`.
const ATTENTION_ROWS: u64 = 128 * 6;
/// Values of a token that a block keeps, as multiples of the hidden width, of all heads, of key heads, of the inner width;
/// with these the sum is between 0.97 and 1.27 of what `evals/bench/train/` measured beside the base.
const KEPT_OF_BLOCK: [u64; 4] = [12, 6, 4, 6];

/// Memory of a training, bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// The frozen weights, the vision tower included.
    pub base: u64,
    /// What learns, its gradient, and what the optimiser keeps.
    pub learnt: u64,
    /// What goes into each block.
    pub inputs: u64,
    /// The block in work.
    pub block: u64,
    /// Logits.
    pub logits: u64,
}

impl Memory {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.base + self.learnt + self.inputs + self.block + self.logits
    }
}

/// Weights of one block's linear layers.
fn of_block(text: &TextConfig) -> u64 {
    let [hidden, heads, keys, inner] = widths(text);
    2 * hidden * heads + 2 * hidden * keys + 3 * hidden * inner
}

fn widths(text: &TextConfig) -> [u64; 4] {
    [text.hidden, text.heads * text.head_dim, text.kv_heads * text.head_dim, text.inner].map(|width| width as u64)
}

/// Weights that an adapter of this shape has.
#[must_use]
pub fn learnt(text: &TextConfig, shape: Shape) -> u64 {
    let [hidden, heads, keys, inner] = widths(text);
    let sides = (hidden + heads) + 2 * (hidden + keys) + (heads + hidden) + 3 * (hidden + inner);
    text.layers as u64 * shape.rank as u64 * sides
}

/// What a step needs that takes `tokens` tokens at once; `parameters` are those of the whole model.
#[must_use]
pub fn memory(text: &TextConfig, parameters: u64, base: Base, shape: Shape, tokens: u64) -> Memory {
    let (dtype, packed) = match base {
        Base::Dense(dtype) => (dtype, None),
        Base::Packed(kind, dtype) => (dtype, Some(kind)),
    };
    let bytes = size(dtype);
    let linear = text.layers as u64 * of_block(text);
    let rest = parameters.saturating_sub(linear) * bytes;
    let (linears, unpacked) = match packed {
        Some(kind) => (linear * kind.type_size() as u64 / kind.block_size() as u64, of_block(text) * bytes),
        None => (linear * bytes, 0),
    };
    let widths = widths(text);
    let kept: u64 = widths.iter().zip(KEPT_OF_BLOCK).map(|(width, times)| width * times).sum();
    let attention = text.heads as u64 * ATTENTION_ROWS.min(6 * tokens) * tokens * 4;
    Memory {
        base: linears + rest,
        learnt: learnt(text, shape) * KEPT_OF_LEARNT,
        inputs: text.layers as u64 * tokens * widths[0] * bytes,
        block: unpacked + kept * tokens * bytes + attention,
        logits: LOGIT_ROWS.min(3 * tokens) * text.vocab as u64 * 4,
    }
}

fn size(dtype: DType) -> u64 {
    dtype.size_in_bytes() as u64
}

/// Products and sums that a step of so many tokens takes: each block forth, forth again and back.
#[must_use]
pub fn operations(text: &TextConfig, tokens: u64, longest: u64) -> f64 {
    let linear = text.layers as u64 * of_block(text);
    let attention = text.layers as u64 * widths(text)[1] * longest;
    3.0 * 2.0 * (linear + attention) as f64 * tokens as f64
}

/// Numbers that are unpacked for each part of a step where the base is packed: all linears, as often as they are multiplied with.
#[must_use]
pub fn unpacked(text: &TextConfig) -> u64 {
    3 * text.layers as u64 * of_block(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::quantized::GgmlDType;

    /// Qwen3-VL-4B's decoder.
    fn four_billion() -> TextConfig {
        TextConfig {
            hidden: 2560,
            layers: 36,
            heads: 32,
            kv_heads: 8,
            head_dim: 128,
            inner: 9728,
            vocab: 151_936,
            rms_eps: 1e-6,
            rope_theta: 5e6,
            mrope_section: [24, 20, 20],
            max_positions: 262_144,
        }
    }

    #[test]
    fn a_published_model_comes_to_its_published_size() {
        let text = four_billion();
        // 36 blocks of linears, and the table of words.
        let parameters = 36 * of_block(&text) + text.vocab as u64 * 2560;
        assert!((3.9e9..4.1e9).contains(&(parameters as f64)), "{parameters}");
        let shape = Shape { rank: 16, alpha: 32.0, dropout: 0.0 };
        let dense = memory(&text, parameters, Base::Dense(DType::BF16), shape, 1200);
        let packed = memory(&text, parameters, Base::Packed(GgmlDType::Q4K, DType::BF16), shape, 1200);
        let gb = |bytes: u64| bytes as f64 / 1e9;
        assert!((8.0..12.0).contains(&gb(dense.total())), "{dense:?}");
        assert!((3.0..6.0).contains(&gb(packed.total())), "{packed:?}");
        assert_eq!(dense.learnt, packed.learnt);
        assert!(learnt(&text, shape) > 30_000_000);
    }

    #[test]
    fn more_tokens_need_more() {
        let text = four_billion();
        let shape = Shape { rank: 8, alpha: 16.0, dropout: 0.0 };
        let of = |tokens| memory(&text, 4_000_000_000, Base::Dense(DType::F32), shape, tokens).total();
        assert!(of(100) < of(1000) && of(1000) < of(4000));
        assert!(operations(&text, 1000, 500) < operations(&text, 1000, 1000));
    }
}

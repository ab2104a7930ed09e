//! What training a published model would need, by the same sums as `navig train plan`, without its weights.
//!
//! ```text
//! cargo run --release --example train_plan -- PICTURE_TOKENS TEXT_TOKENS TFLOPS
//! ```
//!
//! Prints rows for Qwen3-VL-4B by how its own weights are kept: memory, and tokens a second on a card that reaches `TFLOPS`
//! (10^12 products and sums a second) in these products.

#![expect(clippy::print_stdout, reason = "a program that prints its figures")]

use anyhow::Result;
use candle_core::DType;
use candle_core::quantized::GgmlDType;
use navig::train::plan::{learnt, memory, operations};
use navig::train::qwen3vl::{Base, TextConfig};
use navig::train::recipe::Shape;

/// Weights of the vision tower of Qwen3-VL-4B, from its published configuration.
const TOWER: u64 = 415_000_000;

fn main() -> Result<()> {
    let numbers = std::env::args().skip(1).map(|word| word.parse::<f64>()).collect::<Result<Vec<_>, _>>()?;
    let &[pictures, words, tflops] = numbers.as_slice() else { anyhow::bail!("PICTURE_TOKENS TEXT_TOKENS TFLOPS") };
    let tokens = (pictures + words) as u64;
    let text = TextConfig {
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
    };
    let linear = 36 * (2 * 2560 * 4096 + 2 * 2560 * 1024 + 3 * 2560 * 9728);
    let parameters = linear + 151_936 * 2560 + TOWER;
    let shape = Shape { rank: 16, alpha: 32.0, dropout: 0.0 };
    let speed = tflops * 1e12 / (operations(&text, tokens, tokens) / tokens as f64);
    println!("Qwen3-VL-4B, rank {}, {} numbers learnt, {tokens} tokens at once", shape.rank, learnt(&text, shape));
    let kept = [
        ("bf16", Base::Dense(DType::BF16)),
        ("q8_0", Base::Packed(GgmlDType::Q8_0, DType::BF16)),
        ("q4k", Base::Packed(GgmlDType::Q4K, DType::BF16)),
    ];
    for (name, base) in kept {
        let needed = memory(&text, parameters, base, shape, tokens);
        let gb = |bytes: u64| bytes as f64 / 1e9;
        println!(
            "| {name} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {speed:.0} |",
            gb(needed.base),
            gb(needed.learnt),
            gb(needed.inputs),
            gb(needed.block),
            gb(needed.logits),
            gb(needed.total()),
        );
    }
    Ok(())
}

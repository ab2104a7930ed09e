//! The same decoder again, in candle's own operations and with candle's own gradients: slow, and a second opinion.
//!
//! It also shows that the comparison with torch finds what it is there to find: candle's fused softmax and rotation lose the
//! gradient without an error, and a trainer that uses them learns all the same.

use super::*;
use crate::train::qwen3vl::block::Block;
use crate::train::qwen3vl::linear::{Linear, Weight};
use candle_core::D;

type Rotate = fn(&Tensor, &Tensor, &Tensor) -> Result<Tensor>;

/// Operations that are swapped.
struct Swapped {
    softmax: fn(&Tensor) -> Result<Tensor>,
    rotate: Rotate,
}

fn linear(linear: &Linear, x: &Tensor) -> Result<Tensor> {
    let Weight::Dense(weight) = &linear.weight else { return Err(candle_core::Error::msg("dense only")) };
    let learnt = linear.learnt.as_ref().expect("an adapter");
    let (a, b) = (learnt.a.as_tensor(), learnt.b.as_tensor());
    x.matmul(&weight.t()?)? + (x.matmul(&a.t()?)?.matmul(&b.t()?)? * learnt.scale)?
}

fn block(block: &Block, x: &Tensor, (cos, sin): (&Tensor, &Tensor), swapped: &Swapped) -> Result<Tensor> {
    let (tokens, _) = x.dims2()?;
    let (shape, norms, linears) = (&block.shape, &block.norms, &block.linears);
    let norm = |x: &Tensor, weight: &Tensor| candle_nn::ops::rms_norm_slow(x, weight, shape.eps as f32);
    let normed = norm(x, &norms.attention)?;
    let heads =
        |of: &Linear, count: usize| linear(of, &normed)?.reshape((1, tokens, count, shape.head))?.transpose(1, 2);
    let turned = |x: Tensor, weight: &Tensor| (swapped.rotate)(&norm(&x.contiguous()?, weight)?, cos, sin);
    let queries = turned(heads(&linears.q, shape.heads)?, &norms.queries)?;
    let keys = turned(heads(&linears.k, shape.key_heads)?, &norms.keys)?;
    let group = shape.heads / shape.key_heads;
    let all = (1, shape.key_heads, group, tokens, shape.head);
    let repeated = |x: Tensor| x.unsqueeze(2)?.broadcast_as(all)?.reshape((1, shape.heads, tokens, shape.head));
    let (keys, values) = (repeated(keys)?, repeated(heads(&linears.v, shape.key_heads)?)?);
    let scores = (queries.matmul(&keys.t()?.contiguous()?)? * (shape.head as f64).powf(-0.5))?;
    let mask: Vec<f32> =
        (0..tokens * tokens).map(|i| if i % tokens <= i / tokens { 0.0 } else { f32::NEG_INFINITY }).collect();
    let scores = scores.broadcast_add(&Tensor::from_vec(mask, (tokens, tokens), x.device())?)?;
    let attended = (swapped.softmax)(&scores.contiguous()?)?.matmul(&values.contiguous()?)?;
    let attended = attended.transpose(1, 2)?.reshape((tokens, shape.heads * shape.head))?;
    let x = (x + linear(&linears.o, &attended)?)?;
    let normed = norm(&x, &norms.network)?;
    let hidden = (linear(&linears.gate, &normed)?.silu()? * linear(&linears.up, &normed)?)?;
    &x + linear(&linears.down, &hidden)?
}

/// Gradients of the mean loss over one example, as many as candle finds.
fn gradients(decoder: &Decoder, batch: &Packed, swapped: &Swapped) -> Result<Gradients> {
    let mut x = decoder.embed(batch)?;
    for (i, one) in decoder.blocks.iter().enumerate() {
        x = decoder.deepen(i, block(one, &x, (&batch.layout.cos, &batch.layout.sin), swapped)?, batch)?;
    }
    let (rows, targets) = decoder.rows(batch)?;
    let head = &decoder.head;
    let normed = candle_nn::ops::rms_norm_slow(&x.index_select(&rows, 0)?, &head.norm, head.eps as f32)?;
    let logs = candle_nn::ops::log_softmax(&normed.matmul(&head.matrix.t()?)?, D::Minus1)?;
    let mut found = logs.gather(&targets.unsqueeze(1)?, 1)?.mean_all()?.neg()?.backward()?;
    let learning = decoder.learning().into_iter();
    Ok(Gradients(learning.filter_map(|(name, var)| Some((name, found.remove(var.as_tensor())?))).collect()))
}

fn slow_softmax(x: &Tensor) -> Result<Tensor> {
    candle_nn::ops::softmax(x, D::Minus1)
}

fn rotate_slow(x: &Tensor, cos: &Tensor, sin: &Tensor) -> Result<Tensor> {
    candle_nn::rotary_emb::rope_slow(x, cos, sin)
}

fn rotate_fused(x: &Tensor, cos: &Tensor, sin: &Tensor) -> Result<Tensor> {
    candle_nn::rotary_emb::rope(&x.contiguous()?, cos, sin)
}

#[test]
fn fused_operations_lose_gradients_and_the_comparison_finds_it() {
    let (decoder, fixture) = (decoder(Base::Dense(DType::F32)), load("sft.safetensors"));
    let batch = examples(&decoder, &[0]);
    let wrong = |swapped: Swapped| {
        let found = gradients(&decoder, &batch, &swapped).expect("gradients");
        let of = |name: &str| &fixture[&format!("grad0.base_model.model.{name}.weight")];
        let missing = decoder.learning().iter().filter(|(name, _)| !found.0.contains_key(name)).count();
        (missing, found.0.iter().map(|(name, g)| error(of(name), g)).fold(0.0, f64::max))
    };
    let (missing, worst) = wrong(Swapped { softmax: slow_softmax, rotate: rotate_slow });
    assert!(missing == 0 && worst < CLOSE, "{missing} {worst}");
    let (missing, worst) = wrong(Swapped { softmax: candle_nn::ops::softmax_last_dim, rotate: rotate_slow });
    assert!(missing == 8 && worst > 100.0 * CLOSE, "{missing} {worst}");
    let (missing, worst) = wrong(Swapped { softmax: slow_softmax, rotate: rotate_fused });
    assert!(missing == 8 && worst > 100.0 * CLOSE, "{missing} {worst}");
}

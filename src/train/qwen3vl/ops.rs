//! The operations of a decoder, each with its backward written by hand.
//!
//! candle can differentiate, but not for this: its fused norms, softmax and rotation drop the gradient without an error, its
//! product with a frozen matrix also forms that matrix's gradient, and everything lives until the last step backward is done.
//! Here nothing is recorded. A function `name` computes, and `name_back` takes what went in and the gradient of what came out
//! to the gradient of what went in; a block calls them in reverse. What is forgotten then is a value that nobody has, and the
//! program does not build.
//!
//! Shapes: `tokens` rows of several packed sequences, heads before or after them as each function says. Sums are made in 32
//! bits, whatever the values are kept in.

use super::kernels;
use candle_core::{D, DType, Result, Tensor};
use std::ops::Range;

/// Rows of queries that attention takes at once: their scores with all keys before them are what it needs in memory.
const QUERY_ROWS: usize = 128;

/// Root-mean-square norm over the last dimension, times `weight`.
pub(super) fn rms_norm(x: &Tensor, weight: &Tensor, eps: f64) -> Result<Tensor> {
    candle_nn::ops::rms_norm(&x.contiguous()?, weight, eps as f32)
}

/// With `n = x / r` and `r` the root mean square: `dx = (w g - n mean(w g n)) / r`.
pub(super) fn rms_norm_back(x: &Tensor, weight: &Tensor, eps: f64, g: &Tensor) -> Result<Tensor> {
    if let Some(dx) = kernels::rms_norm_back(x, weight, eps, g)? {
        return Ok(dx);
    }
    let (kept, x, g) = (x.dtype(), x.to_dtype(DType::F32)?, g.to_dtype(DType::F32)?);
    let width = x.dim(D::Minus1)? as f64;
    let inverse = ((x.sqr()?.sum_keepdim(D::Minus1)? / width)? + eps)?.sqrt()?.recip()?;
    let weighted = g.broadcast_mul(&weight.to_dtype(DType::F32)?)?;
    let along = ((&weighted * &x)?.sum_keepdim(D::Minus1)? / width)?;
    let along = (along * inverse.sqr()?)?;
    (weighted - x.broadcast_mul(&along)?)?.broadcast_mul(&inverse)?.to_dtype(kept)
}

/// Turns pairs of a head's halves by the angle of their token: `x` is (tokens, heads, width), `cos` and `sin` are
/// (tokens, width / 2). Each token is a batch of its own for candle, which shares batches out among cores.
pub(super) fn rotate(x: &Tensor, cos: &Tensor, sin: &Tensor) -> Result<Tensor> {
    candle_nn::rotary_emb::rope_thd(&x.unsqueeze(1)?.contiguous()?, &cos.unsqueeze(1)?, &sin.unsqueeze(1)?)?.squeeze(1)
}

/// A turn is undone by the turn the other way, which also is its transpose.
pub(super) fn rotate_back(g: &Tensor, cos: &Tensor, sin: &Tensor) -> Result<Tensor> {
    rotate(g, cos, &sin.neg()?)
}

/// `silu(gate) * up`.
pub(super) fn swiglu(gate: &Tensor, up: &Tensor) -> Result<Tensor> {
    match kernels::swiglu(gate, up)? {
        Some(y) => Ok(y),
        None => gate.silu()? * up,
    }
}

/// With `s = sigmoid(gate)`: `dgate = g up s (1 + gate (1 - s))`, `dup = g gate s`.
pub(super) fn swiglu_back(gate: &Tensor, up: &Tensor, g: &Tensor) -> Result<(Tensor, Tensor)> {
    if let Some(both) = kernels::swiglu_back(gate, up, g)? {
        return Ok(both);
    }
    let kept = gate.dtype();
    let (gate, up, g) = (gate.to_dtype(DType::F32)?, up.to_dtype(DType::F32)?, g.to_dtype(DType::F32)?);
    let s = candle_nn::ops::sigmoid(&gate)?;
    let slope = (&s * ((&gate * (1.0 - &s)?)? + 1.0)?)?;
    let up_gradient = ((&g * &gate)? * &s)?.to_dtype(kept)?;
    Ok((((g * up)? * slope)?.to_dtype(kept)?, up_gradient))
}

/// What attention works on: queries (tokens, heads, width), keys and values (tokens, key heads, width).
pub(super) struct Heads<'a> {
    pub(super) queries: &'a Tensor,
    pub(super) keys: &'a Tensor,
    pub(super) values: &'a Tensor,
}

/// One sequence's part of [`Heads`], with key heads first; the queries that share a key head lie one after the other.
struct Part {
    /// (key heads, group, tokens, width).
    queries: Tensor,
    /// (key heads, tokens, width).
    keys: Tensor,
    values: Tensor,
}

impl Heads<'_> {
    fn part(&self, tokens: &Range<usize>) -> Result<Part> {
        let (_, heads, width) = self.queries.dims3()?;
        let key_heads = self.keys.dim(1)?;
        Ok(Part {
            queries: grouped(self.queries, tokens, key_heads, heads / key_heads, width)?,
            keys: self.keys.narrow(0, tokens.start, tokens.len())?.transpose(0, 1)?.contiguous()?,
            values: self.values.narrow(0, tokens.start, tokens.len())?.transpose(0, 1)?.contiguous()?,
        })
    }
}

/// (all tokens, heads, width) to (key heads, group, tokens, width).
fn grouped(x: &Tensor, tokens: &Range<usize>, key_heads: usize, group: usize, width: usize) -> Result<Tensor> {
    let part = x.narrow(0, tokens.start, tokens.len())?;
    part.reshape((tokens.len(), key_heads, group, width))?.permute((1, 2, 0, 3))?.contiguous()
}

/// The way back: (key heads, group, tokens, width) to (tokens, heads, width).
fn ungrouped(x: &Tensor) -> Result<Tensor> {
    let (key_heads, group, tokens, width) = x.dims4()?;
    x.permute((2, 0, 1, 3))?.contiguous()?.reshape((tokens, key_heads * group, width))
}

/// Probabilities of the keys `0..rows.end` for the queries of `rows`: (key heads, group * rows, keys), 32 bits.
fn probabilities(part: &Part, rows: &Range<usize>) -> Result<Tensor> {
    let (key_heads, group, _, width) = part.queries.dims4()?;
    let queries = part.queries.narrow(2, rows.start, rows.len())?.reshape((key_heads, group * rows.len(), width))?;
    let keys = part.keys.narrow(1, 0, rows.end)?;
    let scores = (queries.matmul(&keys.t()?)?.to_dtype(DType::F32)? * (width as f64).powf(-0.5))?;
    let scores = scores.reshape((key_heads, group, rows.len(), rows.end))?;
    let scores = scores.broadcast_add(&causal(rows, scores.device())?)?;
    candle_nn::ops::softmax_last_dim(&scores)?.reshape((key_heads, group * rows.len(), rows.end))
}

/// Minus infinity where a key comes after the query: (rows, keys).
fn causal(rows: &Range<usize>, device: &candle_core::Device) -> Result<Tensor> {
    let row = |query: usize| (0..rows.end).map(move |key| if key <= query { 0.0 } else { f32::NEG_INFINITY });
    let mask: Vec<f32> = rows.clone().flat_map(row).collect();
    Tensor::from_vec(mask, (rows.len(), rows.end), device)
}

fn row_ranges(tokens: usize) -> impl Iterator<Item = Range<usize>> {
    (0..tokens).step_by(QUERY_ROWS).map(move |start| start..tokens.min(start + QUERY_ROWS))
}

/// Causal attention within each of `sequences`; returns (tokens, heads, width).
pub(super) fn attention(heads: &Heads<'_>, sequences: &[Range<usize>]) -> Result<Tensor> {
    let mut out = Vec::with_capacity(sequences.len());
    for tokens in sequences {
        let part = heads.part(tokens)?;
        let (key_heads, group, _, width) = part.queries.dims4()?;
        let mut rows_out = Vec::new();
        for rows in row_ranges(tokens.len()) {
            let p = probabilities(&part, &rows)?.to_dtype(part.values.dtype())?;
            let y = p.matmul(&part.values.narrow(1, 0, rows.end)?)?;
            rows_out.push(y.reshape((key_heads, group, rows.len(), width))?);
        }
        out.push(ungrouped(&Tensor::cat(&rows_out, 2)?)?);
    }
    Tensor::cat(&out, 0)
}

/// Gradients of queries, keys and values, in their shapes. Scores are computed again, some rows at a time.
pub(super) fn attention_back(
    heads: &Heads<'_>,
    out: &Tensor,
    g: &Tensor,
    sequences: &[Range<usize>],
) -> Result<[Tensor; 3]> {
    let mut all: [Vec<Tensor>; 3] = Default::default();
    for tokens in sequences {
        let part = heads.part(tokens)?;
        let (key_heads, group, length, width) = part.queries.dims4()?;
        let scale = (width as f64).powf(-0.5);
        let g = grouped(g, tokens, key_heads, group, width)?;
        // For each query the mean of its values' gradients under its probabilities, which is its output times its gradient.
        let y = grouped(out, tokens, key_heads, group, width)?;
        let along = (y.to_dtype(DType::F32)? * g.to_dtype(DType::F32)?)?.sum_keepdim(D::Minus1)?;
        let mut queries_back = Vec::new();
        let mut keys_back = part.keys.zeros_like()?.to_dtype(DType::F32)?;
        let mut values_back = keys_back.clone();
        for rows in row_ranges(length) {
            let flat = (key_heads, group * rows.len(), width);
            let p = probabilities(&part, &rows)?;
            let g = g.narrow(2, rows.start, rows.len())?.reshape(flat)?;
            let along = along.narrow(2, rows.start, rows.len())?.reshape((key_heads, group * rows.len(), 1))?;
            let (keys, values) = (part.keys.narrow(1, 0, rows.end)?, part.values.narrow(1, 0, rows.end)?);
            let to_p = g.matmul(&values.t()?)?.to_dtype(DType::F32)?;
            let to_scores = ((&p * to_p.broadcast_sub(&along)?)? * scale)?.to_dtype(keys.dtype())?;
            queries_back.push(to_scores.matmul(&keys)?.reshape((key_heads, group, rows.len(), width))?);
            let queries = part.queries.narrow(2, rows.start, rows.len())?.reshape(flat)?;
            keys_back = add_first(&keys_back, &to_scores.t()?.matmul(&queries)?)?;
            values_back = add_first(&values_back, &p.to_dtype(g.dtype())?.t()?.matmul(&g)?)?;
        }
        all[0].push(ungrouped(&Tensor::cat(&queries_back, 2)?)?);
        all[1].push(keys_back.to_dtype(part.keys.dtype())?.transpose(0, 1)?.contiguous()?);
        all[2].push(values_back.to_dtype(part.values.dtype())?.transpose(0, 1)?.contiguous()?);
    }
    let [queries, keys, values] = all;
    Ok([Tensor::cat(&queries, 0)?, Tensor::cat(&keys, 0)?, Tensor::cat(&values, 0)?])
}

/// Adds to the first rows of each head.
fn add_first(sum: &Tensor, part: &Tensor) -> Result<Tensor> {
    let (all, rows) = (sum.dim(1)?, part.dim(1)?);
    let first = (sum.narrow(1, 0, rows)? + part.to_dtype(DType::F32)?)?;
    if rows == all { Ok(first) } else { Tensor::cat(&[&first, &sum.narrow(1, rows, all - rows)?], 1) }
}

//! One layer of the decoder: attention and a gated network, each behind a norm and added to what came in.

use super::linear::{self, Linear};
use super::ops::{self, Heads};
use super::{Gradients, Layout, Pass};
use candle_core::{Result, Tensor};

/// A layer.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) shape: Shape,
    pub(super) norms: Norms,
    pub(super) linears: Linears,
}

/// Sizes of a layer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) heads: usize,
    pub(super) key_heads: usize,
    pub(super) head: usize,
    pub(super) eps: f64,
}

/// Weights of its norms.
#[derive(Debug, Clone)]
pub(super) struct Norms {
    pub(super) attention: Tensor,
    pub(super) network: Tensor,
    pub(super) queries: Tensor,
    pub(super) keys: Tensor,
}

/// Its matrices.
#[derive(Debug, Clone)]
pub(super) struct Linears {
    pub(super) q: Linear,
    pub(super) k: Linear,
    pub(super) v: Linear,
    pub(super) o: Linear,
    pub(super) gate: Linear,
    pub(super) up: Linear,
    pub(super) down: Linear,
}

impl Linears {
    pub(super) fn all(&self) -> [&Linear; 7] {
        [&self.q, &self.k, &self.v, &self.o, &self.gate, &self.up, &self.down]
    }

    pub(super) fn all_mut(&mut self) -> [&mut Linear; 7] {
        [&mut self.q, &mut self.k, &mut self.v, &mut self.o, &mut self.gate, &mut self.up, &mut self.down]
    }
}

/// What the way back needs of the way forth.
pub(super) struct Saved {
    input: Tensor,
    /// Before their norms, (tokens, heads, width).
    raw_queries: Tensor,
    raw_keys: Tensor,
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    attended: Tensor,
    between: Tensor,
    gate: Tensor,
    up: Tensor,
    linears: [linear::Saved; 7],
}

/// Queries and keys, normed and turned, and values: (tokens, heads, width) each.
pub(super) struct Projected {
    pub(super) queries: Tensor,
    pub(super) keys: Tensor,
    pub(super) values: Tensor,
    raw_queries: Tensor,
    raw_keys: Tensor,
    linears: [linear::Saved; 3],
}

/// What the network behind attention leaves.
pub(super) struct Networked {
    pub(super) out: Tensor,
    between: Tensor,
    gate: Tensor,
    up: Tensor,
    linears: [linear::Saved; 4],
}

impl Block {
    /// `x` is (tokens, hidden), all sequences of the layout one after the other.
    pub(super) fn forward(&self, x: &Tensor, layout: &Layout, pass: Pass) -> Result<(Tensor, Saved)> {
        let projected = self.project(x, (&layout.cos, &layout.sin), pass)?;
        let Projected { queries, keys, values, raw_queries, raw_keys, linears: [q, k, v] } = projected;
        let heads = Heads { queries: &queries, keys: &keys, values: &values };
        let attended = ops::attention(&heads, &layout.sequences)?;
        let Networked { out, between, gate, up, linears: [o, g, u, d] } = self.network(x, &attended, pass)?;
        let linears = [q, k, v, o, g, u, d];
        let input = x.clone();
        let saved = Saved { input, raw_queries, raw_keys, queries, keys, values, attended, between, gate, up, linears };
        Ok((out, saved))
    }

    /// The first half, until attention.
    pub(super) fn project(&self, x: &Tensor, (cos, sin): (&Tensor, &Tensor), pass: Pass) -> Result<Projected> {
        let Shape { heads, key_heads, head, eps } = self.shape;
        let tokens = x.dim(0)?;
        let normed = ops::rms_norm(x, &self.norms.attention, eps)?;
        let (q, saved_q) = self.linears.q.forward(&normed, pass)?;
        let (k, saved_k) = self.linears.k.forward(&normed, pass)?;
        let (v, saved_v) = self.linears.v.forward(&normed, pass)?;
        let raw_queries = q.reshape((tokens, heads, head))?;
        let raw_keys = k.reshape((tokens, key_heads, head))?;
        let queries = ops::rotate(&ops::rms_norm(&raw_queries, &self.norms.queries, eps)?, cos, sin)?;
        let keys = ops::rotate(&ops::rms_norm(&raw_keys, &self.norms.keys, eps)?, cos, sin)?;
        let values = v.reshape((tokens, key_heads, head))?;
        Ok(Projected { queries, keys, values, raw_queries, raw_keys, linears: [saved_q, saved_k, saved_v] })
    }

    /// The second half: `attended` is (tokens, heads, width).
    pub(super) fn network(&self, x: &Tensor, attended: &Tensor, pass: Pass) -> Result<Networked> {
        let (o, saved_o) = self.linears.o.forward(&attended.flatten_from(1)?, pass)?;
        let between = (x + o)?;
        let normed = ops::rms_norm(&between, &self.norms.network, self.shape.eps)?;
        let (gate, saved_gate) = self.linears.gate.forward(&normed, pass)?;
        let (up, saved_up) = self.linears.up.forward(&normed, pass)?;
        let (down, saved_down) = self.linears.down.forward(&ops::swiglu(&gate, &up)?, pass)?;
        let out = (&between + down)?;
        Ok(Networked { out, between, gate, up, linears: [saved_o, saved_gate, saved_up, saved_down] })
    }

    /// Takes the gradient of what came out to the gradient of what went in, and adds those of the adapters to `gradients`.
    pub(super) fn backward(
        &self,
        saved: &Saved,
        layout: &Layout,
        g: &Tensor,
        gradients: &mut Gradients,
    ) -> Result<Tensor> {
        let Shape { eps, .. } = self.shape;
        let [q, k, v, o, gate, up, down] = &saved.linears;
        let mut back = |linear: &Linear, saved: &linear::Saved, g: &Tensor| -> Result<Tensor> {
            let (dx, learning) = linear.backward(saved, g)?;
            if let Some(learning) = learning {
                gradients.add(&linear.path, learning)?;
            }
            Ok(dx)
        };

        let hidden = back(&self.linears.down, down, g)?;
        let (to_gate, to_up) = ops::swiglu_back(&saved.gate, &saved.up, &hidden)?;
        let normed = (back(&self.linears.gate, gate, &to_gate)? + back(&self.linears.up, up, &to_up)?)?;
        let between = (g + ops::rms_norm_back(&saved.between, &self.norms.network, eps, &normed)?)?;

        let attended = back(&self.linears.o, o, &between)?.reshape(saved.attended.shape())?;
        let heads = Heads { queries: &saved.queries, keys: &saved.keys, values: &saved.values };
        let [queries, keys, values] = ops::attention_back(&heads, &saved.attended, &attended, &layout.sequences)?;
        let unturned = |g: &Tensor| ops::rotate_back(g, &layout.cos, &layout.sin);
        let queries = ops::rms_norm_back(&saved.raw_queries, &self.norms.queries, eps, &unturned(&queries)?)?;
        let keys = ops::rms_norm_back(&saved.raw_keys, &self.norms.keys, eps, &unturned(&keys)?)?;
        let normed = back(&self.linears.q, q, &queries.flatten_from(1)?)?;
        let normed = (normed + back(&self.linears.k, k, &keys.flatten_from(1)?)?)?;
        let normed = (normed + back(&self.linears.v, v, &values.flatten_from(1)?)?)?;
        between + ops::rms_norm_back(&saved.input, &self.norms.attention, eps, &normed)?
    }
}

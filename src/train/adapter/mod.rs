//! What training leaves behind: low-rank adapters in PEFT's format, and models that they are merged into.
//!
//! The engine cannot put an adapter on a vision-language model, so [`merge`] writes a model folder of its own, which every
//! engine loads. In between, an adapter lies in the files that PEFT reads and writes, so that people may train
//! elsewhere and come back, or take an adapter of ours away. An adapter is worth something only on the weights that it
//! was trained on: [`BaseStamp`] says which, and merging into others is refused.

mod config;
mod error;
mod files;
mod inspect;
mod matrix;
mod merge;
mod names;
mod stamp;

#[cfg(test)]
mod tests;

pub use error::AdapterError;
pub use inspect::{ModuleReport, Report, inspect};
pub use merge::{MergeReport, Rounding, merge, merged_into_cache};
pub use stamp::{BaseKind, BaseStamp, base_sha256};

use crate::digest::hex;
use candle_core::{DType, Device, Tensor};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What is added to one linear layer: y += scale (x Aᵀ) Bᵀ.
#[derive(Debug, Clone)]
pub struct LowRank {
    /// (rank, inputs), 32 bits.
    pub a: Tensor,
    /// (outputs, rank), 32 bits.
    pub b: Tensor,
    /// What the product is multiplied with: PEFT's alpha / rank.
    pub scale: f64,
}

impl LowRank {
    /// Outputs, inputs and rank.
    ///
    /// # Errors
    /// [`AdapterError::Shape`] when A and B are no matrices, or do not fit each other; `module` is for the message.
    pub fn shape(&self, module: &str) -> Result<(usize, usize, usize), AdapterError> {
        match (self.a.dims(), self.b.dims()) {
            (&[rank, inputs], &[outputs, same]) if rank == same && rank > 0 => Ok((outputs, inputs, rank)),
            (a, b) => Err(AdapterError::Shape {
                module: module.to_owned(),
                reason: format!("A is {a:?} and B is {b:?}; they must be (rank, inputs) and (outputs, rank)"),
            }),
        }
    }

    /// The same in this computer's memory, as 32 bits, each matrix in one piece.
    fn at_hand(&self) -> candle_core::Result<Self> {
        let fetch = |t: &Tensor| t.detach().to_device(&Device::Cpu)?.to_dtype(DType::F32)?.contiguous();
        Ok(Self { a: fetch(&self.a)?, b: fetch(&self.b)?, scale: self.scale })
    }
}

/// Low-rank terms for many linear layers of one model.
#[derive(Debug, Clone, Default)]
pub struct Adapter {
    /// By the module that each adapts, under the name that today's checkpoints of Qwen3-VL have, such as
    /// `model.language_model.layers.0.self_attn.q_proj`.
    pub modules: BTreeMap<String, LowRank>,
    /// Share of a layer's inputs that was dropped while training.
    pub dropout: f64,
    /// The weights that it was trained on; none when nobody wrote it down, as in adapters that PEFT saved.
    pub base: Option<BaseStamp>,
    /// What the base is called, for people and for PEFT.
    pub base_name: Option<String>,
}

impl Adapter {
    /// SHA-256 over everything that a merge depends on, lower-case hex.
    ///
    /// # Errors
    /// [`AdapterError::Tensor`] when a tensor cannot be fetched from its device.
    pub fn sha256(&self) -> Result<String, AdapterError> {
        let mut digest = Sha256::new();
        digest.update(format!("{:?}\n", self.base));
        for (module, low) in &self.modules {
            let low = low.at_hand()?;
            digest.update(format!("{module} {:?} {:?} {:016x}\n", low.a.dims(), low.b.dims(), low.scale.to_bits()));
            for matrix in [&low.a, &low.b] {
                for number in matrix.flatten_all()?.to_vec1::<f32>()? {
                    digest.update(number.to_le_bytes());
                }
            }
        }
        Ok(hex(&digest.finalize()))
    }
}

/// One adapter that does what all of `adapters` do together: rows of A and columns of B are put side by side, so nothing is
/// approximated and the ranks add up. Where the scales of a module differ they are folded into B.
///
/// # Errors
/// [`AdapterError::Stack`] when there is none, or their bases differ, and [`AdapterError::Shape`] when a module has other
/// sizes in one than in another.
pub fn stack(adapters: &[Adapter]) -> Result<Adapter, AdapterError> {
    let Some(last) = adapters.last() else { return Err(AdapterError::Stack { reason: "there is none".to_owned() }) };
    let mut bases = adapters.iter().filter_map(|adapter| adapter.base.as_ref());
    let base = bases.next().cloned();
    if let Some((other, base)) = bases.find(|other| Some(*other) != base.as_ref()).zip(base.as_ref()) {
        let reason = format!("one was trained on weights {base} and another on {other}; train both on the same");
        return Err(AdapterError::Stack { reason });
    }
    let mut terms: BTreeMap<&String, Vec<&LowRank>> = BTreeMap::new();
    for (module, low) in adapters.iter().flat_map(|adapter| &adapter.modules) {
        terms.entry(module).or_default().push(low);
    }
    let modules = terms.into_iter().map(|(module, terms)| Ok((module.clone(), side_by_side(module, &terms)?)));
    Ok(Adapter {
        modules: modules.collect::<Result<_, AdapterError>>()?,
        dropout: last.dropout,
        base,
        base_name: adapters.iter().find_map(|adapter| adapter.base_name.clone()),
    })
}

fn side_by_side(module: &str, terms: &[&LowRank]) -> Result<LowRank, AdapterError> {
    let sizes = terms.iter().map(|low| low.shape(module)).collect::<Result<Vec<_>, _>>()?;
    if let Some(pair) = sizes.windows(2).find(|pair| (pair[0].0, pair[0].1) != (pair[1].0, pair[1].1)) {
        let ((outputs, inputs, _), (other_outputs, other_inputs, _)) = (pair[0], pair[1]);
        let reason = format!("({outputs}, {inputs}) in one adapter and ({other_outputs}, {other_inputs}) in another");
        return Err(AdapterError::Shape { module: module.to_owned(), reason });
    }
    let scale = terms[0].scale;
    let even = terms.iter().all(|low| low.scale == scale);
    let a: Vec<&Tensor> = terms.iter().map(|low| &low.a).collect();
    let b = terms.iter().map(|low| if even { Ok(low.b.clone()) } else { &low.b * low.scale });
    let b = b.collect::<candle_core::Result<Vec<_>>>()?;
    Ok(LowRank { a: Tensor::cat(&a, 0)?, b: Tensor::cat(&b, 1)?, scale: if even { scale } else { 1.0 } })
}

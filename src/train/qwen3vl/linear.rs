//! A frozen matrix and the low-rank adapters on it.
//!
//! `y = x W^T + sum of scale (x A^T) B^T`. The matrix is dense, or packed in one of GGML's types and unpacked whenever it is
//! used (QLoRA); its gradient is never formed. Of the adapters, those of earlier stages are frozen, and the last one learns.

use super::Pass;
use candle_core::quantized::QTensor;
use candle_core::{DType, Result, Tensor, Var};
use std::sync::Arc;

/// A frozen matrix, (outputs, inputs).
#[derive(Debug, Clone)]
pub(super) enum Weight {
    Dense(Tensor),
    /// In blocks of GGML; unpacked to the type of what it is multiplied with.
    Packed(Arc<QTensor>),
}

impl Weight {
    fn matrix(&self, like: &Tensor) -> Result<Tensor> {
        match self {
            Self::Dense(matrix) => Ok(matrix.clone()),
            Self::Packed(packed) => packed.dequantize(like.device())?.to_dtype(like.dtype()),
        }
    }

    pub(super) fn shape(&self) -> Result<(usize, usize)> {
        match self {
            Self::Dense(matrix) => matrix.dims2(),
            Self::Packed(packed) => packed.shape().dims2(),
        }
    }
}

/// One low-rank term: `a` is (rank, inputs), `b` is (outputs, rank), both 32 bits.
#[derive(Debug, Clone)]
pub(super) struct Learnt {
    pub(super) a: Var,
    pub(super) b: Var,
    pub(super) scale: f64,
}

/// The same, of an earlier stage.
#[derive(Debug, Clone)]
pub(super) struct Fixed {
    pub(super) a: Tensor,
    pub(super) b: Tensor,
    pub(super) scale: f64,
}

/// A linear layer without bias.
#[derive(Debug, Clone)]
pub(super) struct Linear {
    /// Path in the checkpoint, such as `model.language_model.layers.0.self_attn.q_proj`.
    pub(super) path: String,
    pub(super) weight: Weight,
    pub(super) earlier: Vec<Fixed>,
    pub(super) learnt: Option<Learnt>,
}

/// What the way back needs of the way forth.
pub(super) struct Saved {
    matrix: Tensor,
    learnt: Option<SavedLearnt>,
}

struct SavedLearnt {
    /// What the adapter saw: the input, or what dropout left of it.
    input: Tensor,
    /// What dropout multiplied with.
    kept: Option<Tensor>,
    /// `input A^T`, (tokens, rank).
    low: Tensor,
}

/// Gradients of an adapter, 32 bits.
pub(super) struct Learning {
    pub(super) a: Tensor,
    pub(super) b: Tensor,
}

impl Linear {
    /// `x` is (tokens, inputs); returns (tokens, outputs).
    pub(super) fn forward(&self, x: &Tensor, pass: Pass) -> Result<(Tensor, Saved)> {
        let matrix = self.weight.matrix(x)?;
        let mut y = x.matmul(&matrix.t()?)?;
        for Fixed { a, b, scale } in &self.earlier {
            let (low, b) = (x.matmul(&a.to_dtype(x.dtype())?.t()?)?, b.to_dtype(x.dtype())?);
            y = (y + (low.matmul(&b.t()?)? * *scale)?)?;
        }
        let learnt = match (&self.learnt, pass) {
            (Some(learnt), Pass::Learning { dropout }) => {
                let kept = dropout.map(|dropout| dropout.mask(&self.path, x)).transpose()?;
                Some(learnt.forward(x, kept)?)
            }
            (Some(learnt), Pass::Whole) => Some(learnt.forward(x, None)?),
            (_, Pass::Earlier) | (None, _) => None,
        };
        let learnt = match learnt {
            Some((delta, saved)) => {
                y = (y + delta)?;
                Some(saved)
            }
            None => None,
        };
        Ok((y, Saved { matrix, learnt }))
    }

    /// Gradient of the input, and of the adapter if it learns.
    pub(super) fn backward(&self, saved: &Saved, g: &Tensor) -> Result<(Tensor, Option<Learning>)> {
        let mut dx = g.matmul(&saved.matrix)?;
        for Fixed { a, b, scale } in &self.earlier {
            let low = (g.matmul(&b.to_dtype(g.dtype())?)? * *scale)?;
            dx = (dx + low.matmul(&a.to_dtype(g.dtype())?)?)?;
        }
        let (Some(learnt), Some(saved)) = (&self.learnt, &saved.learnt) else { return Ok((dx, None)) };
        let (a, b) = learnt.in_dtype(saved.input.dtype())?;
        let low = (g.matmul(&b)? * learnt.scale)?;
        let through = low.matmul(&a)?;
        let dx = match &saved.kept {
            Some(kept) => (dx + (through * kept)?)?,
            None => (dx + through)?,
        };
        let a = low.t()?.matmul(&saved.input)?.to_dtype(DType::F32)?;
        let b = (g.t()?.matmul(&saved.low)?.to_dtype(DType::F32)? * learnt.scale)?;
        Ok((dx, Some(Learning { a, b })))
    }
}

impl Learnt {
    fn in_dtype(&self, dtype: DType) -> Result<(Tensor, Tensor)> {
        Ok((self.a.as_detached_tensor().to_dtype(dtype)?, self.b.as_detached_tensor().to_dtype(dtype)?))
    }

    fn forward(&self, x: &Tensor, kept: Option<Tensor>) -> Result<(Tensor, SavedLearnt)> {
        let (a, b) = self.in_dtype(x.dtype())?;
        let input = match &kept {
            Some(kept) => (x * kept)?,
            None => x.clone(),
        };
        let low = input.matmul(&a.t()?)?;
        let delta = (low.matmul(&b.t()?)? * self.scale)?;
        Ok((delta, SavedLearnt { input, kept, low }))
    }
}

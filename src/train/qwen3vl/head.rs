//! What the decoder's last hidden state says of the next token.

use super::ops;
use candle_core::{D, DType, Result, Tensor};

/// Rows whose logits are in memory at once: 152,000 words for each.
const ROWS: usize = 64;

/// The norm and the matrix behind the last block.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) norm: Tensor,
    /// (words, hidden).
    pub(super) matrix: Tensor,
    pub(super) eps: f64,
}

impl Head {
    /// Logits of the next token, 32 bits: (rows, words).
    pub(super) fn logits(&self, x: &Tensor) -> Result<Tensor> {
        ops::rms_norm(x, &self.norm, self.eps)?.matmul(&self.matrix.t()?)?.to_dtype(DType::F32)
    }

    /// Log-probabilities of `targets`, one for each row of `x`, when logits are divided by `temperature`.
    pub(super) fn log_probabilities(&self, x: &Tensor, targets: &Tensor, temperature: f64) -> Result<Tensor> {
        let mut parts = Vec::new();
        for (start, rows) in chunks(x.dim(0)?) {
            let logits = (self.logits(&x.narrow(0, start, rows)?)? / temperature)?;
            let targets = targets.narrow(0, start, rows)?.unsqueeze(1)?;
            let chosen = logits.gather(&targets, 1)?.squeeze(1)?;
            parts.push((chosen - logits.log_sum_exp(D::Minus1)?)?);
        }
        Tensor::cat(&parts, 0)
    }

    /// Gradient of `x`, when `g` is that of the log-probabilities: `(onehot - softmax) g W / temperature`, back through the
    /// norm. Logits are computed again.
    pub(super) fn backward(&self, x: &Tensor, targets: &Tensor, temperature: f64, g: &Tensor) -> Result<Tensor> {
        let mut parts = Vec::new();
        for (start, rows) in chunks(x.dim(0)?) {
            let x = x.narrow(0, start, rows)?;
            let p = candle_nn::ops::softmax_last_dim(&(self.logits(&x)? / temperature)?)?;
            let g = (g.narrow(0, start, rows)?.unsqueeze(1)? / temperature)?;
            let targets = targets.narrow(0, start, rows)?.unsqueeze(1)?;
            let to_logits = p.broadcast_mul(&g.neg()?)?.scatter_add(&targets, &g, 1)?;
            let to_normed = to_logits.to_dtype(self.matrix.dtype())?.matmul(&self.matrix)?;
            parts.push(ops::rms_norm_back(&x, &self.norm, self.eps, &to_normed)?);
        }
        Tensor::cat(&parts, 0)
    }
}

fn chunks(rows: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..rows).step_by(ROWS).map(move |start| (start, ROWS.min(rows - start)))
}

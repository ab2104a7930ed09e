//! The arithmetic of a step: the norm of gradients, and the update of one parameter.

use super::Settings;
use candle_core::{CpuStorage, InplaceOp2, Layout, Storage, Tensor, Var};
use rayon::prelude::*;
use std::cell::RefCell;

/// Elements that a thread takes at a time, and whose squares are summed together: fixed, so that a norm is always the same sum.
pub(super) const CHUNK: usize = 1 << 14;

/// The Euclidean norm of all gradients together. Squares are summed in 64 bits, but for those of one tensor on a device, of which some
/// kinds have no 64-bit floats.
pub(super) fn norm(grads: &[Tensor]) -> candle_core::Result<f64> {
    let (mut sum, mut on_device) = (0.0, Vec::new());
    for grad in grads {
        let (storage, layout) = grad.storage_and_layout();
        match (&*storage, layout.contiguous_offsets()) {
            (Storage::Cpu(CpuStorage::F32(values)), Some((start, end))) => sum += sum_of_squares(&values[start..end]),
            _ => on_device.push(grad.sqr()?.sum_all()?),
        }
    }
    if !on_device.is_empty() {
        // One transfer for all of them.
        sum += Tensor::stack(&on_device, 0)?.to_vec1::<f32>()?.iter().map(|v| f64::from(*v)).sum::<f64>();
    }
    Ok(sum.sqrt())
}

fn sum_of_squares(values: &[f32]) -> f64 {
    let lanes = |chunk: &[f32]| {
        let mut lanes = [0.0f64; 8];
        let (eights, rest) = chunk.as_chunks::<8>();
        for eight in eights {
            for (lane, v) in lanes.iter_mut().zip(eight) {
                *lane += f64::from(*v) * f64::from(*v);
            }
        }
        lanes.iter().sum::<f64>() + rest.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>()
    };
    if values.len() <= CHUNK {
        return lanes(values);
    }
    values.par_chunks(CHUNK).map(lanes).collect::<Vec<f64>>().iter().sum()
}

/// The numbers of one step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Update {
    /// Of gradients, by clipping.
    scale: f32,
    /// `1 - beta1`.
    into_m: f32,
    beta2: f32,
    /// `1 - beta2`.
    into_v: f32,
    /// `1 / sqrt(1 - beta2^t)`.
    unbias_v: f32,
    eps: f32,
    /// `1 - lr * weight_decay`.
    keep: f32,
    /// `lr / (1 - beta1^t)`.
    rate: f32,
}

impl Update {
    pub(super) fn new(settings: &Settings, step: u64, lr: f64, scale: f64) -> Self {
        let Settings { beta1, beta2, eps, weight_decay } = *settings;
        let power = |beta: f64| beta.powf(step as f64);
        Self {
            scale: scale as f32,
            into_m: (1.0 - beta1) as f32,
            beta2: beta2 as f32,
            into_v: (1.0 - beta2) as f32,
            unbias_v: (1.0 / (1.0 - power(beta2)).sqrt()) as f32,
            eps: eps as f32,
            keep: (1.0 - lr * weight_decay) as f32,
            rate: (lr / (1.0 - power(beta1))) as f32,
        }
    }

    fn slices(self, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
        for (((p, m), v), g) in p.iter_mut().zip(m).zip(v).zip(g) {
            let g = g * self.scale;
            *m += (g - *m) * self.into_m;
            *v = *v * self.beta2 + g * g * self.into_v;
            *p = *p * self.keep - self.rate * *m / (v.sqrt() * self.unbias_v + self.eps);
        }
    }

    /// The same by tensor operations, for any device; gives the new means.
    pub(super) fn tensors(
        self,
        var: &Var,
        m: &Tensor,
        v: &Tensor,
        g: &Tensor,
    ) -> candle_core::Result<(Tensor, Tensor)> {
        let g = (g * f64::from(self.scale))?;
        let m = (m + ((&g - m)? * f64::from(self.into_m))?)?;
        let v = ((v * f64::from(self.beta2))? + (g.sqr()? * f64::from(self.into_v))?)?;
        let root = v.sqrt()?.affine(f64::from(self.unbias_v), f64::from(self.eps))?;
        let moved = (m.div(&root)? * f64::from(self.rate))?;
        var.set(&((var.as_detached_tensor() * f64::from(self.keep))? - moved)?)?;
        Ok((m, v))
    }

    /// The update where the parameter and its means lie, on the CPU.
    pub(super) fn in_place(self, var: &Var, m: &mut [f32], v: &mut [f32], g: &Tensor) -> candle_core::Result<()> {
        var.inplace_op2(g, &InPlace { update: self, moments: RefCell::new((m, v)) })
    }
}

/// An update of a parameter and its means where they lie, with the gradient as second tensor.
struct InPlace<'a> {
    update: Update,
    moments: RefCell<(&'a mut [f32], &'a mut [f32])>,
}

impl InplaceOp2 for InPlace<'_> {
    fn name(&self) -> &'static str {
        "adamw"
    }

    fn cpu_fwd(&self, p: &mut CpuStorage, p_at: &Layout, g: &CpuStorage, g_at: &Layout) -> candle_core::Result<()> {
        let (CpuStorage::F32(p), CpuStorage::F32(g)) = (p, g) else {
            candle_core::bail!("adamw is for f32 only");
        };
        let (Some((p_start, p_end)), Some((g_start, g_end))) = (p_at.contiguous_offsets(), g_at.contiguous_offsets())
        else {
            candle_core::bail!("adamw is for contiguous tensors only");
        };
        let (p, g) = (&mut p[p_start..p_end], &g[g_start..g_end]);
        let (m, v) = &mut *self.moments.borrow_mut();
        if p.len() <= CHUNK {
            self.update.slices(p, m, v, g);
            return Ok(());
        }
        let update = self.update;
        let chunks = p.par_chunks_mut(CHUNK).zip(m.par_chunks_mut(CHUNK)).zip(v.par_chunks_mut(CHUNK));
        chunks.zip(g.par_chunks(CHUNK)).for_each(|(((p, m), v), g)| update.slices(p, m, v, g));
        Ok(())
    }
}

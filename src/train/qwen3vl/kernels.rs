//! The same as some of [`super::ops`] in one pass over 32-bit values in memory: on a processor what costs is reading and
//! writing, and an expression of tensors reads and writes at each of its signs. Where the values lie elsewhere, or are kept in
//! other bits, each returns nothing and the expression is used. Rows are independent, so that results do not depend on the
//! number of threads.

use candle_core::{D, DType, Device, Result, Storage, Tensor};
use rayon::prelude::*;

/// Values that one task works on, so that small tensors stay on one core.
const TASK: usize = 1 << 14;

/// Calls `f` with the values of all tensors, when they are 32-bit, in memory and without gaps.
fn with_values<R, const N: usize>(tensors: [&Tensor; N], f: impl FnOnce([&[f32]; N]) -> R) -> Result<Option<R>> {
    let fits = |t: &Tensor| matches!(t.device(), Device::Cpu) && t.dtype() == DType::F32 && t.is_contiguous();
    if !tensors.iter().all(|t| fits(t)) {
        return Ok(None);
    }
    let guards = tensors.map(|t| t.storage_and_layout());
    let mut values: [&[f32]; N] = [&[]; N];
    for (slot, (storage, layout)) in values.iter_mut().zip(&guards) {
        let Storage::Cpu(storage) = &**storage else { return Ok(None) };
        let all = storage.as_slice::<f32>()?;
        let start = layout.start_offset();
        let Some(part) = all.get(start..start + layout.shape().elem_count()) else { return Ok(None) };
        *slot = part;
    }
    Ok(Some(f(values)))
}

/// Rows a task takes.
fn rows_of(width: usize) -> usize {
    (TASK / width.max(1)).max(1)
}

pub(super) fn rms_norm_back(x: &Tensor, weight: &Tensor, eps: f64, g: &Tensor) -> Result<Option<Tensor>> {
    let width = x.dim(D::Minus1)?;
    let done = with_values([x, weight, g], |[x, weight, g]| {
        let mut dx = vec![0f32; x.len()];
        let block = width * rows_of(width);
        dx.par_chunks_mut(block).zip(x.par_chunks(block)).zip(g.par_chunks(block)).for_each(|((dx, x), g)| {
            for ((dx, x), g) in dx.chunks_mut(width).zip(x.chunks(width)).zip(g.chunks(width)) {
                let (mut squares, mut along) = (0f32, 0f32);
                for ((x, g), w) in x.iter().zip(g).zip(weight) {
                    squares += x * x;
                    along += x * g * w;
                }
                let inverse = (squares / width as f32 + eps as f32).sqrt().recip();
                let along = along / width as f32 * inverse * inverse;
                for (((dx, x), g), w) in dx.iter_mut().zip(x).zip(g).zip(weight) {
                    *dx = (g * w - x * along) * inverse;
                }
            }
        });
        dx
    })?;
    done.map(|dx| Tensor::from_vec(dx, x.shape(), x.device())).transpose()
}

pub(super) fn swiglu(gate: &Tensor, up: &Tensor) -> Result<Option<Tensor>> {
    let done = with_values([gate, up], |[gate, up]| {
        let mut y = vec![0f32; gate.len()];
        y.par_chunks_mut(TASK).zip(gate.par_chunks(TASK)).zip(up.par_chunks(TASK)).for_each(|((y, gate), up)| {
            for ((y, gate), up) in y.iter_mut().zip(gate).zip(up) {
                *y = gate * sigmoid(*gate) * up;
            }
        });
        y
    })?;
    done.map(|y| Tensor::from_vec(y, gate.shape(), gate.device())).transpose()
}

pub(super) fn swiglu_back(gate: &Tensor, up: &Tensor, g: &Tensor) -> Result<Option<(Tensor, Tensor)>> {
    let done = with_values([gate, up, g], |[gate, up, g]| {
        let (mut to_gate, mut to_up) = (vec![0f32; gate.len()], vec![0f32; gate.len()]);
        let out = to_gate.par_chunks_mut(TASK).zip(to_up.par_chunks_mut(TASK));
        let inputs = gate.par_chunks(TASK).zip(up.par_chunks(TASK)).zip(g.par_chunks(TASK));
        out.zip(inputs).for_each(|((to_gate, to_up), ((gate, up), g))| {
            let out = to_gate.iter_mut().zip(to_up);
            for ((to_gate, to_up), ((gate, up), g)) in out.zip(gate.iter().zip(up).zip(g)) {
                let s = sigmoid(*gate);
                *to_gate = g * up * s * (1.0 + gate * (1.0 - s));
                *to_up = g * gate * s;
            }
        });
        (to_gate, to_up)
    })?;
    let tensor = |values: Vec<f32>| Tensor::from_vec(values, gate.shape(), gate.device());
    done.map(|(to_gate, to_up)| Ok((tensor(to_gate)?, tensor(to_up)?))).transpose()
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

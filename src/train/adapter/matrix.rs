//! Adding a product of two thin matrices to a stored one, some rows at a time.

use super::{BaseKind, LowRank};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Result, Tensor};
use half::{bf16, f16};
use safetensors::tensor::Dtype;
use serde::Serialize;

/// Numbers of a matrix that are changed at once; some copies of so many 32-bit floats are in memory. Few in tests, so that their
/// matrices take several turns.
const AT_ONCE: usize = if cfg!(test) { 200 } else { 1 << 22 };

/// What is left of a delta once it is rounded to the base's numbers: additions smaller than half the distance between two of
/// them vanish.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Rounding {
    /// ‖d‖², of the delta that was to be added.
    wanted: f64,
    /// ‖round(W + d) − W‖².
    kept: f64,
    /// ‖round(W + d) − (W + d)‖².
    off: f64,
}

impl Rounding {
    /// ‖d‖: the Frobenius norm of the delta that was to be added.
    #[must_use]
    pub fn delta_norm(&self) -> f64 {
        self.wanted.sqrt()
    }

    /// ‖round(W + d) − W‖ / ‖d‖: near 1 where the delta arrived, near 0 where rounding has swallowed it; none without a
    /// delta. For a base that was quantised, W is what came back out of it.
    #[must_use]
    pub fn kept(&self) -> Option<f64> {
        (self.wanted > 0.0).then(|| (self.kept / self.wanted).sqrt())
    }

    /// ‖round(W + d) − (W + d)‖ / ‖d‖: how far rounding has moved the result, as a share of the delta; none without one.
    #[must_use]
    pub fn error(&self) -> Option<f64> {
        (self.wanted > 0.0).then(|| (self.off / self.wanted).sqrt())
    }

    /// Takes another matrix, or other rows of the same, to it.
    pub(super) fn add(&mut self, other: Self) {
        self.wanted += other.wanted;
        self.kept += other.kept;
        self.off += other.off;
    }
}

/// How the numbers of a matrix are stored.
#[derive(Clone, Copy)]
pub(super) enum Stored {
    F32,
    F16,
    Bf16,
}

impl Stored {
    pub(super) fn of(dtype: Dtype) -> Option<Self> {
        match dtype {
            Dtype::F32 => Some(Self::F32),
            Dtype::F16 => Some(Self::F16),
            Dtype::BF16 => Some(Self::Bf16),
            _ => None,
        }
    }

    pub(super) fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }

    fn get(self, bytes: &[u8]) -> f32 {
        match (self, bytes) {
            (Self::F32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
            (Self::F16, &[a, b]) => f16::from_le_bytes([a, b]).to_f32(),
            (Self::Bf16, &[a, b]) => bf16::from_le_bytes([a, b]).to_f32(),
            // Never: the caller cuts by `bytes()`.
            _ => f32::NAN,
        }
    }

    /// Rounds to the nearest number, ties to even, and tells which it was.
    fn put(self, value: f32, bytes: &mut [u8]) -> f32 {
        match self {
            Self::F32 => bytes.copy_from_slice(&value.to_le_bytes()),
            Self::F16 => bytes.copy_from_slice(&f16::from_f32(value).to_le_bytes()),
            Self::Bf16 => bytes.copy_from_slice(&bf16::from_f32(value).to_le_bytes()),
        }
        self.get(bytes)
    }
}

/// How the base was kept while training, if its numbers were not those of the file.
pub(super) fn quantised(kind: Option<BaseKind>) -> Option<GgmlDType> {
    match kind {
        Some(BaseKind::Dequantised(kind)) => Some(kind),
        _ => None,
    }
}

/// One matrix on its way from the base to the merged file.
pub(super) struct Change<'a> {
    pub(super) stored: Stored,
    /// In this computer's memory.
    pub(super) low: &'a LowRank,
    pub(super) quantised: Option<GgmlDType>,
}

impl Change<'_> {
    /// How many rows of so many numbers are changed at once.
    pub(super) fn rows_at_once(inputs: usize) -> usize {
        (AT_ONCE / inputs.max(1)).max(1)
    }

    /// Changes some rows in place: W + scale B A, in 32 bits, rounded to the type of W. Where the delta is 0 the bytes stay as
    /// they are, unless the base was quantised. None when a number got too large for the type.
    pub(super) fn apply(&self, first_row: usize, rows: usize, bytes: &mut [u8]) -> Result<Option<Rounding>> {
        let delta = (self.low.b.narrow(0, first_row, rows)?.matmul(&self.low.a)? * self.low.scale)?;
        let delta = delta.flatten_all()?.to_vec1::<f32>()?;
        let size = self.stored.bytes();
        let mut old: Vec<f32> = bytes.chunks_exact(size).map(|number| self.stored.get(number)).collect();
        if let Some(kind) = self.quantised {
            let inputs = self.low.a.dim(1)?;
            let packed = QTensor::quantize(&Tensor::from_vec(old, (rows, inputs), &Device::Cpu)?, kind)?;
            old = packed.dequantize(&Device::Cpu)?.flatten_all()?.to_vec1()?;
        }
        let mut rounding = Rounding::default();
        for ((number, &old), &delta) in bytes.chunks_exact_mut(size).zip(&old).zip(&delta) {
            // Adding 0 would turn -0 into 0.
            if delta == 0.0 && self.quantised.is_none() {
                continue;
            }
            let new = self.stored.put(old + delta, number);
            if !new.is_finite() {
                return Ok(None);
            }
            let (old, delta, new) = (f64::from(old), f64::from(delta), f64::from(new));
            rounding.wanted += delta * delta;
            rounding.kept += (new - old).powi(2);
            rounding.off += (new - (old + delta)).powi(2);
        }
        Ok(Some(rounding))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A delta of `value` everywhere on one row of `inputs`.
    fn low(value: f32, inputs: usize) -> LowRank {
        let a = Tensor::full(value, (1, inputs), &Device::Cpu).expect("a tensor");
        LowRank { a, b: Tensor::full(0.5f32, (1, 1), &Device::Cpu).expect("a tensor"), scale: 2.0 }
    }

    #[test]
    fn a_delta_below_half_a_step_is_told_as_swallowed() {
        let mut bytes = bf16::ONE.to_le_bytes().repeat(4);
        let before = bytes.clone();
        let change = |value| low(value, 4).at_hand().expect("at hand");
        // Brain floats above 1 are 1/128 apart.
        let small = change(1.0 / 512.0);
        let change_small = Change { stored: Stored::Bf16, low: &small, quantised: None };
        let rounding = change_small.apply(0, 1, &mut bytes).expect("computes").expect("finite");
        assert_eq!((bytes.clone(), rounding.kept(), rounding.error()), (before, Some(0.0), Some(1.0)));
        assert_eq!(rounding.delta_norm(), 2.0 / 512.0);
        let whole = change(1.0 / 64.0);
        let change_whole = Change { stored: Stored::Bf16, low: &whole, quantised: None };
        let rounding = change_whole.apply(0, 1, &mut bytes).expect("computes").expect("finite");
        assert_eq!((rounding.kept(), rounding.error()), (Some(1.0), Some(0.0)));
        assert_eq!(bytes, bf16::from_f32(1.0 + 1.0 / 64.0).to_le_bytes().repeat(4));
    }

    #[test]
    fn a_zero_delta_leaves_even_the_sign_of_zero() {
        let mut bytes = [(-0.0f32).to_le_bytes(), f32::NAN.to_le_bytes()].concat();
        let (before, low) = (bytes.clone(), low(0.0, 2));
        let rounding = Change { stored: Stored::F32, low: &low, quantised: None }.apply(0, 1, &mut bytes);
        assert_eq!((rounding.expect("computes").expect("nothing to do").kept(), bytes), (None, before));
    }

    #[test]
    fn a_number_too_large_for_the_type_is_noticed() {
        let mut bytes = f16::from_f32(60_000.0).to_le_bytes().to_vec();
        let low = low(60_000.0, 1);
        let change = Change { stored: Stored::F16, low: &low, quantised: None };
        assert_eq!(change.apply(0, 1, &mut bytes).expect("computes"), None);
    }
}

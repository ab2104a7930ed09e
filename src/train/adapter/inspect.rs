//! What is in an adapter, for people.

use super::merge::Plan;
use super::stamp::base_sha256;
use super::{Adapter, AdapterError, BaseStamp, LowRank, names};
use candle_core::{DType, Result as CandleResult};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What is in an adapter.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// By module.
    pub modules: BTreeMap<String, ModuleReport>,
    /// The ranks that occur, ascending.
    pub ranks: Vec<usize>,
    /// The scales that occur, ascending.
    pub scales: Vec<f64>,
    /// Numbers in all matrices.
    pub parameters: usize,
    /// By layer in the order of the model, the Frobenius norm of all its deltas.
    pub layers: Vec<(String, f64)>,
    /// The weights that it was trained on, where it says so.
    pub base: Option<BaseStamp>,
    /// What speaks against merging it into the base that was named, nothing if it fits; none where no base was named.
    pub misfits: Option<Vec<String>>,
}

/// What one module of an adapter is like.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModuleReport {
    /// Outputs of the layer.
    pub outputs: usize,
    /// Inputs of the layer.
    pub inputs: usize,
    /// Rank of the delta.
    pub rank: usize,
    /// What the product of the matrices is multiplied with.
    pub scale: f64,
    /// Frobenius norm of the delta, with its scale.
    pub delta_norm: f64,
}

/// Looks at an adapter and, if one is named, at the base that it might be merged into.
///
/// # Errors
/// [`AdapterError`] when the adapter does not read, or the base is no model folder. That it does not fit is no error.
pub fn inspect(folder: &Path, base: Option<&Path>) -> Result<Report, AdapterError> {
    let adapter = Adapter::read(folder)?;
    let mut modules = BTreeMap::new();
    let mut layers: BTreeMap<_, f64> = BTreeMap::new();
    for (module, low) in &adapter.modules {
        let (outputs, inputs, rank) = low.shape(module)?;
        let delta_norm = delta_norm(low)?;
        let (layer, number) = names::layer_of(module);
        let stack = layer.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
        *layers.entry((stack, number, layer)).or_default() += delta_norm.powi(2);
        modules.insert(module.clone(), ModuleReport { outputs, inputs, rank, scale: low.scale, delta_norm });
    }
    let mut ranks: Vec<usize> = modules.values().map(|module| module.rank).collect();
    let mut scales: Vec<f64> = modules.values().map(|module| module.scale).collect();
    ranks.sort_unstable();
    ranks.dedup();
    scales.sort_by(f64::total_cmp);
    scales.dedup();
    Ok(Report {
        parameters: modules.values().map(|module| module.rank * (module.inputs + module.outputs)).sum(),
        layers: layers.into_iter().map(|((_, _, layer), square)| (layer, square.sqrt())).collect(),
        misfits: base.map(|base| misfits(&adapter, base)).transpose()?,
        base: adapter.base,
        modules,
        ranks,
        scales,
    })
}

fn misfits(adapter: &Adapter, base: &Path) -> Result<Vec<String>, AdapterError> {
    let mut misfits = Vec::new();
    if let Err(error) = Plan::new(base, adapter) {
        misfits.push(error.to_string());
    }
    // Also where the shapes differ: that it is another model says why.
    if let Some(stamp) = &adapter.base
        && let Err(error) = stamp.check(base, &base_sha256(base)?)
    {
        misfits.push(error.to_string());
    }
    Ok(misfits)
}

/// ‖scale B A‖, by ‖B A‖² = Σ (A Aᵀ) ∘ (Bᵀ B), which needs no matrix larger than the rank.
fn delta_norm(low: &LowRank) -> CandleResult<f64> {
    let (a, b) = (low.a.to_dtype(DType::F64)?, low.b.to_dtype(DType::F64)?);
    let square = (a.matmul(&a.t()?)? * b.t()?.matmul(&b)?)?.sum_all()?.to_scalar::<f64>()?;
    // Rounding can bring a zero below zero.
    Ok(low.scale.abs() * square.max(0.0).sqrt())
}

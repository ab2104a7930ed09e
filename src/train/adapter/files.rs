//! The folder that an adapter lies in: PEFT's two files, and one of ours that says what it was trained on.

use super::config::{self, Config};
use super::{Adapter, AdapterError, BaseStamp, LowRank, names};
use crate::digest::{hex, sha256_of};
use crate::model::shard::Shard;
use crate::whole::{AtomicFile, WholeError};
use candle_core::{DType, Device, Tensor};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

const WEIGHTS: &str = "adapter_model.safetensors";
const CONFIG: &str = "adapter_config.json";
const TRAIN: &str = "navig_train.json";

/// What PEFT puts before the path of a module.
const PREFIX: &str = "base_model.model.";

/// `navig_train.json`.
#[derive(Serialize, Deserialize)]
struct Train {
    #[serde(default)]
    base: Option<BaseStamp>,
    /// SHA-256 of the weights that were written with it. The files are renamed one after the other; this tells whether a
    /// crash came between.
    weights_sha256: String,
}

/// A and B of one module while the file is read.
#[derive(Default)]
struct Pair {
    /// As the file has it, for PEFT's patterns.
    name: String,
    a: Option<Tensor>,
    b: Option<Tensor>,
}

impl Adapter {
    /// Reads an adapter that PEFT or [`Adapter::write`] has saved.
    ///
    /// # Errors
    /// [`AdapterError`] when a file does not read, the adapter is not plain LoRA, a tensor is unknown or alone, or sizes clash.
    pub fn read(folder: &Path) -> Result<Self, AdapterError> {
        let config = folder.join(CONFIG);
        let bytes = fs::read(&config).map_err(|e| match e.kind() {
            io::ErrorKind::NotFound => AdapterError::file(folder, format!("no adapter is there: it has no {CONFIG}")),
            _ => AdapterError::file(&config, e),
        })?;
        let config = Config::parse(&config, &bytes)?;
        let path = folder.join(WEIGHTS);
        let shard = Shard::open(&path)?;
        let base = stamp(folder, &path)?;
        let mut modules = BTreeMap::new();
        for (module, pair) in pairs(&shard)? {
            let half = |missing| AdapterError::Half { path: path.clone(), module: module.clone(), missing };
            let a = pair.a.ok_or_else(|| half("lora_A"))?;
            let b = pair.b.ok_or_else(|| half("lora_B"))?;
            let low = LowRank { a, b, scale: config.scale_of(&pair.name) };
            let (_, _, rank) = low.shape(&module)?;
            let expected = config.rank_of(&pair.name);
            if rank != expected {
                let reason = format!("rank {rank}, and {CONFIG} says {expected}: the two files do not belong together");
                return Err(AdapterError::Shape { module, reason });
            }
            modules.insert(module, low);
        }
        if modules.is_empty() {
            return Err(AdapterError::file(path, "it adapts no module"));
        }
        Ok(Self { modules, dropout: config.dropout, base, base_name: config.base_name })
    }

    /// Writes it into a folder, which is made; other files there are left alone. All is written beside before
    /// anything is replaced, so a full disk leaves what was there.
    ///
    /// # Errors
    /// [`AdapterError`] when sizes clash, a number is not finite, or a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), AdapterError> {
        let mut tensors: BTreeMap<String, Tensor> = BTreeMap::new();
        for (module, low) in &self.modules {
            low.shape(module)?;
            let low = low.at_hand()?;
            for (part, matrix) in [("lora_A", low.a), ("lora_B", low.b)] {
                finite(module, &matrix, "is to be written; the training went astray")?;
                tensors.insert(format!("{PREFIX}{module}.{part}.weight"), matrix);
            }
        }
        let path = folder.join(WEIGHTS);
        let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
        let weights =
            safetensors::serialize(&tensors, Some(metadata)).map_err(|e| AdapterError::file(&path, e.to_string()))?;
        let train = Train { base: self.base.clone(), weights_sha256: hex(&Sha256::digest(&weights)) };
        fs::create_dir_all(folder).map_err(|e| AdapterError::file(folder, e))?;
        let files =
            [(WEIGHTS, weights), (CONFIG, pretty(&config::written(self)?, folder)?), (TRAIN, pretty(&train, folder)?)];
        let mut staged = Vec::new();
        for (name, bytes) in files {
            staged.push(stage(&folder.join(name), &bytes)?);
        }
        for file in staged {
            file.commit()?;
        }
        sync_folder(folder).map_err(|e| AdapterError::file(folder, e))
    }
}

/// Brings the bytes to the disk beside the place that they will take.
fn stage(path: &Path, bytes: &[u8]) -> Result<AtomicFile, WholeError> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes).map_err(|source| WholeError { path: path.to_owned(), source })?;
    Ok(file)
}

fn pretty(value: &impl Serialize, folder: &Path) -> Result<Vec<u8>, AdapterError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|e| AdapterError::file(folder, e))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Makes sure that the names in a folder are on the disk, where the system lets a folder be opened.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

/// What an adapter was trained on; none where nobody says.
fn stamp(folder: &Path, weights: &Path) -> Result<Option<BaseStamp>, AdapterError> {
    let path = folder.join(TRAIN);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(AdapterError::file(path, e)),
    };
    let train: Train = serde_json::from_slice(&bytes).map_err(|e| AdapterError::file(&path, e))?;
    if sha256_of(weights).map_err(|e| AdapterError::file(weights, e))? != train.weights_sha256 {
        let reason = format!(
            "it was written with other weights than those in {WEIGHTS}: a crash came between the two, or one was replaced; \
             take an earlier checkpoint, or remove {TRAIN} if the weights are what you want"
        );
        return Err(AdapterError::File { path, reason });
    }
    Ok(train.base)
}

/// The tensors of a file by module.
fn pairs(shard: &Shard) -> Result<BTreeMap<String, Pair>, AdapterError> {
    let mut pairs: BTreeMap<String, Pair> = BTreeMap::new();
    for stored in &shard.tensors {
        let unknown = || AdapterError::UnknownKey { path: shard.path.clone(), key: stored.name.clone() };
        let (name, is_a) = parts(&stored.name).ok_or_else(unknown)?;
        let module = names::canonical(name);
        let tensor = shard.tensor(stored, &Device::Cpu)?;
        if !tensor.dtype().is_float() {
            let reason =
                format!("the tensor {} is of {}, which a matrix of an adapter cannot be", stored.name, stored.dtype);
            return Err(AdapterError::file(&shard.path, reason));
        }
        let tensor = tensor.to_dtype(DType::F32)?;
        finite(&module, &tensor, "is in the adapter's file; take an earlier checkpoint")?;
        let pair = pairs.entry(module.clone()).or_default();
        if !pair.name.is_empty() && pair.name != name {
            let reason = format!("it is there twice, as {} and as {name}", pair.name);
            return Err(AdapterError::Shape { module, reason });
        }
        name.clone_into(&mut pair.name);
        let place = if is_a { &mut pair.a } else { &mut pair.b };
        if place.replace(tensor).is_some() {
            return Err(AdapterError::Shape {
                module,
                reason: "it is there twice, with and without '.default'".to_owned(),
            });
        }
    }
    Ok(pairs)
}

/// The module of a key, and whether it is its A.
fn parts(key: &str) -> Option<(&str, bool)> {
    let rest = key.strip_prefix(PREFIX)?.strip_suffix(".weight")?;
    let rest = rest.strip_suffix(".default").unwrap_or(rest);
    let (module, is_a) = match rest.strip_suffix(".lora_A") {
        Some(module) => (module, true),
        None => (rest.strip_suffix(".lora_B")?, false),
    };
    (!module.is_empty()).then_some((module, is_a))
}

fn finite(module: &str, matrix: &Tensor, when: &'static str) -> Result<(), AdapterError> {
    // A sum of finite 32-bit numbers stays finite in 64 bits.
    let sum = matrix.to_dtype(DType::F64)?.sum_all()?.to_scalar::<f64>()?;
    if sum.is_finite() { Ok(()) } else { Err(AdapterError::NotFinite { module: module.to_owned(), when }) }
}

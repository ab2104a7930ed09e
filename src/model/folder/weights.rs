//! Weights in safetensors files, by their headers: what is in them, and whether they are whole.

use super::FROM_WHERE;
use crate::model::ModelError;
use crate::model::shard::{Shard, ShardError};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Bytes of a tensor that its file is known by.
const SAMPLE_BYTES: u64 = 64;
/// Most parts of one model.
const MOST_PARTS: u32 = 10_000;

/// The weights of a model.
#[derive(Debug, Clone)]
pub(super) struct Weights {
    files: Vec<Part>,
    parameters: u64,
    quantised: u64,
    dtype: String,
}

#[derive(Debug, Clone)]
struct Part {
    name: String,
    bytes: u64,
    /// SHA-256 of the header and of samples of the numbers.
    digest: [u8; 32],
}

/// Whether a file of that name holds weights: `model.safetensors`, or a part of it.
pub(crate) fn is_weights(name: &str) -> bool {
    name == "model.safetensors" || part_of(name).is_some()
}

/// Which part of how many: `model-00001-of-00002.safetensors` is 1 of 2.
fn part_of(name: &str) -> Option<(u32, u32)> {
    let (number, all) = name.strip_prefix("model-")?.strip_suffix(".safetensors")?.split_once("-of-")?;
    let count = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u32>().ok())?;
    Some((count(number)?, count(all)?))
}

/// The files of a model folder that hold weights, by name: one whole file, or every part of one set.
///
/// # Errors
/// [`ModelError::FileMissing`] when there is none or a part is missing, [`ModelError::File`] when the folder does not read or
/// has more than one set.
pub(crate) fn weight_files(folder: &Path) -> Result<Vec<PathBuf>, ModelError> {
    let unreadable = |e: std::io::Error| ModelError::File { path: folder.to_owned(), reason: e.to_string() };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
        if is_weights(&name) {
            names.push(name);
        }
    }
    names.sort();
    all_there(folder, &names)?;
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

impl Weights {
    /// Finds the weights in a folder by the engine's naming rule and reads their headers.
    pub(super) fn find(folder: &Path) -> Result<Self, ModelError> {
        let mut weights = Self { files: Vec::new(), parameters: 0, quantised: 0, dtype: String::new() };
        let mut dtypes: BTreeMap<String, u64> = BTreeMap::new();
        for path in weight_files(folder)? {
            let shard = Shard::open(&path)?;
            for tensor in &shard.tensors {
                let numbers = tensor.numbers();
                weights.parameters += numbers;
                if is_quantised(&tensor.name) {
                    weights.quantised += numbers;
                }
                *dtypes.entry(tensor.dtype.to_string()).or_default() += numbers;
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            weights.files.push(Part { name, bytes: shard.bytes, digest: digest(&shard)? });
        }
        weights.dtype =
            dtypes.into_iter().max_by_key(|(_, numbers)| *numbers).map(|(dtype, _)| dtype).unwrap_or_default();
        Ok(weights)
    }

    pub(super) fn parameters(&self) -> u64 {
        self.parameters
    }

    /// Of the parameters, those that a quantisation covers.
    pub(super) fn quantised_parameters(&self) -> u64 {
        self.quantised
    }

    pub(super) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    pub(super) fn dtype(&self) -> &str {
        &self.dtype
    }

    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.files.iter().map(|file| file.name.clone())
    }

    pub(super) fn digest_into(&self, digest: &mut Sha256) {
        for file in &self.files {
            digest.update(file.name.as_bytes());
            digest.update(file.bytes.to_le_bytes());
            digest.update(file.digest);
        }
    }
}

/// What the engine quantises: the matrices of the language part and its output head; not the vision tower, nor embeddings.
fn is_quantised(tensor: &str) -> bool {
    const MATRICES: [&str; 7] = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];
    let Some(name) = tensor.strip_suffix(".weight") else { return false };
    let last = name.rsplit('.').next().unwrap_or_default();
    let of_vision = ["visual", "vision"].iter().any(|word| name.contains(word));
    last == "lm_head" || (MATRICES.contains(&last) && !of_vision)
}

/// Either one whole file or every part of one set.
fn all_there(folder: &Path, names: &[String]) -> Result<(), ModelError> {
    let missing = |file: String| ModelError::FileMissing { folder: folder.to_owned(), file, mend: FROM_WHERE };
    let both = |reason: &str| ModelError::File { path: folder.to_owned(), reason: reason.to_owned() };
    let parts: Vec<(u32, u32)> = names.iter().filter_map(|name| part_of(name)).collect();
    let Some(&(_, all)) = parts.first() else {
        return if names.is_empty() { Err(missing("model.safetensors".to_owned())) } else { Ok(()) };
    };
    if parts.len() != names.len() {
        return Err(both("the weights are there twice, whole and in parts: move one of the two away"));
    }
    if all > MOST_PARTS || parts.iter().any(|&(number, of)| of != all || number == 0 || number > of) {
        return Err(both("the weights are parts of different sets: move those away that do not belong there"));
    }
    match (1..=all).find(|number| !parts.iter().any(|(part, _)| part == number)) {
        Some(number) => Err(missing(format!("model-{number:05}-of-{all:05}.safetensors"))),
        None => Ok(()),
    }
}

/// SHA-256 of a header and of a few numbers from the middle of every tensor: a model that was tuned has the header of the one
/// before, and reading all of both would take as long as loading them.
fn digest(shard: &Shard) -> Result<[u8; 32], ShardError> {
    let mut digest = Sha256::new();
    digest.update(&shard.head);
    for tensor in &shard.tensors {
        digest.update(shard.part(tensor, tensor.bytes / 2, SAMPLE_BYTES)?);
    }
    Ok(digest.finalize().into())
}

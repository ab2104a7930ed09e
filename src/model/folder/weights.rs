//! Weights in safetensors files, by their headers: what is in them, and whether they are whole.

use super::FROM_WHERE;
use crate::model::ModelError;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// Longest header of a weights file, bytes; the format's own library reads no longer ones.
const MOST_HEADER_BYTES: u64 = 100_000_000;
/// Bytes before the header, which give its length.
const LENGTH_BYTES: u64 = 8;
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
    header: [u8; 32],
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

impl Weights {
    /// Finds the weights in a folder by the engine's naming rule and reads their headers.
    pub(super) fn find(folder: &Path) -> Result<Self, ModelError> {
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
        let mut weights = Self { files: Vec::new(), parameters: 0, quantised: 0, dtype: String::new() };
        let mut dtypes: BTreeMap<String, u64> = BTreeMap::new();
        for name in names {
            let file = Header::read(&folder.join(&name))?;
            for (tensor, entry) in &file.tensors {
                let numbers = entry.numbers();
                weights.parameters += numbers;
                if is_quantised(tensor) {
                    weights.quantised += numbers;
                }
                *dtypes.entry(entry.dtype.clone()).or_default() += numbers;
            }
            weights.files.push(Part { name, bytes: file.bytes, header: file.digest });
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
            digest.update(file.header);
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

/// The header of one safetensors file.
pub(super) struct Header {
    tensors: BTreeMap<String, Tensor>,
    bytes: u64,
    digest: [u8; 32],
}

#[derive(Deserialize)]
struct Tensor {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

impl Tensor {
    /// How many numbers it has; one that cannot be stored has as many as a number can say.
    fn numbers(&self) -> u64 {
        self.shape.iter().fold(1, |product, &side| product.saturating_mul(side))
    }
}

/// SHA-256 of a header and of a few numbers from the middle of every tensor: a model that was tuned has the header of the one
/// before, and reading all of both would take as long as loading them.
fn digest(file: &mut File, header: &[u8], begins: u64, tensors: &BTreeMap<String, Tensor>) -> io::Result<[u8; 32]> {
    let mut digest = Sha256::new();
    digest.update(header);
    for tensor in tensors.values() {
        let (from, to) = tensor.data_offsets;
        let at = from + (to - from) / 2;
        file.seek(SeekFrom::Start(begins + at))?;
        let mut numbers = Vec::new();
        Read::by_ref(file).take(SAMPLE_BYTES.min(to - at)).read_to_end(&mut numbers)?;
        digest.update(&numbers);
    }
    Ok(digest.finalize().into())
}

impl Header {
    /// Reads the header of a file, and compares what it promises with the file's length.
    pub(super) fn read(path: &Path) -> Result<Self, ModelError> {
        let wrong = |reason: String| ModelError::File { path: path.to_owned(), reason };
        let unreadable = |e: std::io::Error| wrong(e.to_string());
        let mut file = File::open(path).map_err(unreadable)?;
        let bytes = file.metadata().map_err(unreadable)?.len();
        if bytes < LENGTH_BYTES {
            return Err(wrong(format!("cut off: {bytes} bytes, and a safetensors file begins with {LENGTH_BYTES}")));
        }
        let mut length = [0; LENGTH_BYTES as usize];
        file.read_exact(&mut length).map_err(unreadable)?;
        let length = u64::from_le_bytes(length);
        if length > MOST_HEADER_BYTES {
            return Err(wrong(format!("not a safetensors file: a header of {length} bytes")));
        }
        let begins = LENGTH_BYTES + length;
        if bytes < begins {
            return Err(wrong(format!("cut off: {bytes} bytes, and its header alone ends at {begins}")));
        }
        // Bounded by the file's own length.
        let mut header = vec![0; length as usize];
        file.read_exact(&mut header).map_err(unreadable)?;
        let entries: BTreeMap<String, Value> =
            serde_json::from_slice(&header).map_err(|e| wrong(format!("not a safetensors file: {e}")))?;
        let mut tensors = BTreeMap::new();
        let mut ends = 0;
        for (name, entry) in entries.into_iter().filter(|(name, _)| name != "__metadata__") {
            let tensor =
                Tensor::deserialize(entry).map_err(|e| wrong(format!("not a safetensors file: tensor {name}: {e}")))?;
            let (from, to) = tensor.data_offsets;
            if to < from {
                return Err(wrong(format!("not a safetensors file: tensor {name} ends before it begins")));
            }
            ends = ends.max(to);
            tensors.insert(name, tensor);
        }
        let must = begins.saturating_add(ends);
        match bytes == must {
            true => {
                let digest = digest(&mut file, &header, begins, &tensors).map_err(unreadable)?;
                Ok(Self { tensors, bytes, digest })
            }
            false if bytes < must => Err(wrong(format!("cut off: {bytes} bytes, and it should have {must}"))),
            false => Err(wrong(format!("{bytes} bytes, and it should have {must}: something was added to it"))),
        }
    }
}

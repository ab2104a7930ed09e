//! Merging an adapter into its base, which gives a model folder like any other.
//!
//! The files are copied as streams. Sizes and types of tensors do not change, so headers stay as they are, and what no module
//! adapts is the same to the last byte.

use super::files::sync_folder;
use super::matrix::{Change, Stored, quantised};
use super::stamp::base_sha256;
use super::{Adapter, AdapterError, LowRank, names};
use crate::digest::hex;
use crate::model::folder::weight_files;
use crate::model::shard::{Shard, Stored as Place};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

pub use super::matrix::Rounding;

/// Bytes that are copied at once.
const BLOCK: u64 = 8 << 20;
/// Other forms of weights, which would be those of the base: never copied.
const OTHER_WEIGHTS: [&str; 8] = ["safetensors", "uqff", "gguf", "bin", "pt", "pth", "ckpt", "onnx"];
/// What the store writes into a folder about the files in it.
const RECORD: &str = "navig-model.json";

/// What a merge has done.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct MergeReport {
    /// By module, how much of the delta is left.
    pub modules: BTreeMap<String, Rounding>,
    /// The same over all of them.
    pub total: Rounding,
    /// Whether the adapter says which weights it belongs to; if so, the base has them.
    pub base_known: bool,
}

/// Writes the model that `base` with `adapter` is into `out`, which must not be there: it comes whole or not at all. `progress`
/// is told how many bytes of weights are done, and of how many.
///
/// # Errors
/// [`AdapterError::OtherBase`] when the adapter belongs to other weights, [`AdapterError::Unmatched`] and
/// [`AdapterError::BaseTensor`] when it does not fit, [`AdapterError::Exists`], and [`AdapterError::File`].
pub fn merge(
    base: &Path,
    adapter: &Adapter,
    out: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<MergeReport, AdapterError> {
    merge_known(base, None, adapter, out, progress)
}

/// Merges into a folder of `cache_root` that is named after the base's and the adapter's numbers, or finds it there. Of two
/// processes that do so at once, one wins and both find the same.
///
/// # Errors
/// As [`merge`], but for [`AdapterError::Exists`].
pub fn merged_into_cache(
    base: &Path,
    adapter: &Adapter,
    cache_root: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<PathBuf, AdapterError> {
    let sha256 = base_sha256(base)?;
    let mut key = Sha256::new();
    for part in [&sha256, &adapter.sha256()?, &small_sha256(base)?] {
        key.update(part);
    }
    let out = cache_root.join(format!("merged-{}", &hex(&key.finalize())[..32]));
    if out.is_dir() {
        return Ok(out);
    }
    match merge_known(base, Some(&sha256), adapter, &out, progress) {
        // The other process was first.
        Err(AdapterError::Exists { .. }) if out.is_dir() => Ok(out),
        merged => merged.map(|_| out),
    }
}

fn merge_known(
    base: &Path,
    sha256: Option<&str>,
    adapter: &Adapter,
    out: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<MergeReport, AdapterError> {
    let exists = || AdapterError::Exists { path: out.to_owned() };
    if fs::symlink_metadata(out).is_ok() {
        return Err(exists());
    }
    let plan = Plan::new(base, adapter)?;
    if let Some(stamp) = &adapter.base {
        let sha256 = sha256.map_or_else(|| base_sha256(base), |known| Ok(known.to_owned()))?;
        stamp.check(base, &sha256)?;
    }
    let parent = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let unwritable = |e: io::Error| AdapterError::file(out, e);
    fs::create_dir_all(parent).map_err(unwritable)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".navig-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Those of any new folder: the umask takes its share.
        builder.permissions(fs::Permissions::from_mode(0o777));
    }
    let temporary = builder.tempdir_in(parent).map_err(unwritable)?;
    for path in small_files(base)? {
        let to = temporary.path().join(path.file_name().unwrap_or_default());
        let copied = File::open(&path).and_then(|mut from| {
            let mut to = File::create(to)?;
            io::copy(&mut from, &mut to)?;
            to.sync_all()
        });
        copied.map_err(|e| AdapterError::file(path, e))?;
    }
    let report = plan.write(temporary.path(), progress)?;
    sync_folder(temporary.path()).map_err(unwritable)?;
    if let Err(e) = fs::rename(temporary.path(), out) {
        return Err(if out.exists() { exists() } else { unwritable(e) });
    }
    // It has another name now, and there is nothing to remove.
    let _ = temporary.keep();
    sync_folder(parent).map_err(unwritable)?;
    Ok(MergeReport { base_known: adapter.base.is_some(), ..report })
}

/// The files of a model that hold no weights, by name.
fn small_files(base: &Path) -> Result<Vec<PathBuf>, AdapterError> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(base).map_err(|e| AdapterError::file(base, e))? {
        let path = entry.map_err(|e| AdapterError::file(base, e))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let weights =
            path.extension().is_some_and(|end| OTHER_WEIGHTS.iter().any(|other| end.eq_ignore_ascii_case(other)));
        if path.is_file() && !weights && !name.starts_with('.') && name != RECORD {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// SHA-256 over those files: a model with another tokenizer or template is another model.
fn small_sha256(base: &Path) -> Result<String, AdapterError> {
    let mut digest = Sha256::new();
    for path in small_files(base)? {
        let bytes = fs::read(&path).map_err(|e| AdapterError::file(&path, e))?;
        digest.update(format!("{:?} {}\n", path.file_name(), bytes.len()));
        digest.update(&bytes);
    }
    Ok(hex(&digest.finalize()))
}

/// Which tensors of which files change, once it is known that all of them can.
pub(super) struct Plan {
    shards: Vec<Shard>,
    /// By the tensor, the module and its matrices in this computer's memory.
    changes: BTreeMap<String, (String, LowRank)>,
    quantised: Option<candle_core::quantized::GgmlDType>,
}

impl Plan {
    /// Compares an adapter with the headers of a base.
    pub(super) fn new(base: &Path, adapter: &Adapter) -> Result<Self, AdapterError> {
        let shards = weight_files(base)?.iter().map(|path| Shard::open(path)).collect::<Result<Vec<_>, _>>()?;
        let places: BTreeMap<&str, (&Shard, &Place)> =
            shards.iter().flat_map(|shard| shard.tensors.iter().map(move |t| (t.name.as_str(), (shard, t)))).collect();
        let quantised = quantised(adapter.base.as_ref().map(|stamp| stamp.kind));
        let mut changes = BTreeMap::new();
        let mut unmatched = Vec::new();
        for (module, low) in &adapter.modules {
            let tensor = |name: &str| format!("{name}.weight");
            let found = names::among(module, |name| places.contains_key(tensor(name).as_str()));
            let Some((name, &(shard, place))) = found.and_then(|name| places.get_key_value(tensor(&name).as_str()))
            else {
                unmatched.push(module);
                continue;
            };
            let (outputs, inputs, _) = low.shape(module)?;
            fits(place, outputs, inputs, quantised).map_err(|reason| AdapterError::BaseTensor {
                path: shard.path.clone(),
                tensor: (*name).to_owned(),
                reason,
            })?;
            changes.insert((*name).to_owned(), (module.clone(), low.at_hand()?));
        }
        if let Some(first) = unmatched.first() {
            let (first, count) = ((*first).clone(), unmatched.len());
            return Err(AdapterError::Unmatched { base: base.to_owned(), first, count });
        }
        head_is_used(base, adapter)?;
        Ok(Self { shards, changes, quantised })
    }

    fn write(&self, folder: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<MergeReport, AdapterError> {
        let all = self.shards.iter().map(|shard| shard.bytes).sum();
        let mut done = 0;
        let mut tick = |bytes: u64| {
            done += bytes;
            progress(done, all);
        };
        let mut report = MergeReport::default();
        for shard in &self.shards {
            self.write_shard(shard, &folder.join(shard.path.file_name().unwrap_or_default()), &mut report, &mut tick)?;
        }
        Ok(report)
    }

    fn write_shard(
        &self,
        shard: &Shard,
        to: &Path,
        report: &mut MergeReport,
        tick: &mut dyn FnMut(u64),
    ) -> Result<(), AdapterError> {
        let unreadable = |e: io::Error| AdapterError::file(&shard.path, e);
        let unwritable = |e: io::Error| AdapterError::file(to, e);
        let mut input = BufReader::new(File::open(&shard.path).map_err(unreadable)?);
        let mut output = BufWriter::new(File::create(to).map_err(unwritable)?);
        io::copy(&mut (&mut input).take(shard.head.len() as u64), &mut io::sink()).map_err(unreadable)?;
        output.write_all(&shard.head).map_err(unwritable)?;
        tick(shard.head.len() as u64);
        for place in &shard.tensors {
            let change = self.changes.get(&place.name).zip(Stored::of(place.dtype));
            let rows = change.map_or((BLOCK, place.bytes), |((_, low), stored)| {
                let row = (low.a.dims()[1] * stored.bytes()) as u64;
                (Change::rows_at_once(low.a.dims()[1]) as u64 * row, row)
            });
            let (at_once, row) = rows;
            let mut rounding = Rounding::default();
            let mut from = 0;
            while from < place.bytes {
                let mut bytes = vec![0; at_once.min(place.bytes - from) as usize];
                input.read_exact(&mut bytes).map_err(unreadable)?;
                if let Some(((module, low), stored)) = change {
                    let change = Change { stored, low, quantised: self.quantised };
                    let (first, count) = ((from / row) as usize, (bytes.len() as u64 / row) as usize);
                    let when = "came out of the merge; the adapter went astray, or the type of the base is too small";
                    let too_large = || AdapterError::NotFinite { module: module.clone(), when };
                    rounding.add(change.apply(first, count, &mut bytes)?.ok_or_else(too_large)?);
                }
                output.write_all(&bytes).map_err(unwritable)?;
                from += bytes.len() as u64;
                tick(bytes.len() as u64);
            }
            if let Some(((module, _), _)) = change {
                report.total.add(rounding);
                report.modules.insert(module.clone(), rounding);
            }
        }
        output.into_inner().map_err(|e| unwritable(e.into_error()))?.sync_all().map_err(unwritable)
    }
}

/// Whether a stored matrix can take a delta of so many outputs and inputs; why not.
fn fits(
    place: &Place,
    outputs: usize,
    inputs: usize,
    quantised: Option<candle_core::quantized::GgmlDType>,
) -> Result<(), String> {
    if place.shape != [outputs, inputs] {
        return Err(format!("is {:?}, and the adapter wants [{outputs}, {inputs}]", place.shape));
    }
    if Stored::of(place.dtype).is_none() {
        return Err(format!("has numbers of the type {:?}; only F32, F16 and BF16 can be merged into", place.dtype));
    }
    match quantised.map(|kind| kind.block_size()) {
        Some(block) if !inputs.is_multiple_of(block) => Err(format!(
            "has rows of {inputs} numbers, which the base's quantisation in blocks of {block} cannot have had"
        )),
        _ => Ok(()),
    }
}

/// An output head that is the table of embeddings is not read from its own tensor, even where there is one.
fn head_is_used(base: &Path, adapter: &Adapter) -> Result<(), AdapterError> {
    let path = base.join("config.json");
    let Some(head) = adapter.modules.keys().find(|module| module.ends_with("lm_head")) else { return Ok(()) };
    let bytes = fs::read(&path).map_err(|e| AdapterError::file(&path, e))?;
    let config: Value = serde_json::from_slice(&bytes).map_err(|e| AdapterError::file(&path, e))?;
    if config["tie_word_embeddings"] == true {
        let reason = format!("the model has no output head of its own, so {head} of the adapter would not be used");
        return Err(AdapterError::File { path, reason });
    }
    Ok(())
}

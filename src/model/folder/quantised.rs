//! Quantised forms of a model, written once and kept in its folder, so that the next start need not quantise again.

use super::{ModelFolder, template};
use crate::model::Quant;
use crate::model::shard::Shard;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What the engine writes beside the quantised weights: those that are not.
const RESIDUAL: &str = "residual.safetensors";

impl ModelFolder {
    /// Where a quantised form lies, or will lie.
    #[must_use]
    pub fn uqff_folder(&self, quant: Quant) -> PathBuf {
        self.path().join(format!("uqff-{quant}"))
    }

    /// The first file of a quantised form that is there and sound: whole, and no older than the weights that it was made
    /// of. The other files of the form lie beside it.
    #[must_use]
    pub fn uqff(&self, quant: Quant) -> Option<PathBuf> {
        if quant == Quant::None {
            return None;
        }
        let folder = self.uqff_folder(quant);
        let first = folder.join(format!("{quant}-0.uqff"));
        let written = changed(&first).filter(|_| fs::metadata(&first).is_ok_and(|m| m.len() > 0))?;
        // The engine copies no template out of `chat_template.json`, and a form without one cannot be asked anything.
        let small = ["config.json", "tokenizer.json", "preprocessor_config.json"];
        let small = small.iter().all(|file| folder.join(file).is_file()) && template::find(&folder).is_ok();
        let weights: Vec<String> = self.weights.names().collect();
        let fresh = weights.iter().all(|name| changed(&self.path().join(name)).is_some_and(|at| at <= written));
        (small && fresh && Shard::open(&folder.join(RESIDUAL)).is_ok()).then_some(first)
    }

    /// The quantised forms that are there and sound, the smallest first, with their sizes in bytes.
    #[must_use]
    pub fn quantised(&self) -> Vec<(Quant, u64)> {
        Quant::ALL
            .into_iter()
            .filter(|&quant| self.uqff(quant).is_some())
            .map(|quant| (quant, size_of(&self.uqff_folder(quant))))
            .collect()
    }
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|m| m.modified()).ok()
}

/// Bytes of the files in a folder.
fn size_of(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries.filter_map(|entry| Some(entry.ok()?.metadata().ok()?.len())).sum()
}

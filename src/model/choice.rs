//! Which model looks at photos, by the settings and by what is installed.

use super::store::{Store, StoreError, advised};
use super::{Device, ModelFolder, Quant, memory};
use crate::settings::{ModelServer, ModelSetting, Settings};

/// Which model looks at photos.
#[derive(Debug, Clone)]
pub enum Choice {
    /// None; the text says why, and what would change that.
    Nobody(String),
    /// One of this process.
    Local {
        /// The model.
        folder: Box<ModelFolder>,
        /// How its weights are kept.
        quant: Quant,
        /// Where it computes.
        device: Device,
    },
    /// One that a server has.
    Server(ModelServer),
}

impl Choice {
    /// A server when one is named, else the model that is named, else the largest installed one that fits into memory.
    ///
    /// # Errors
    /// Those of [`Store::find`], for a model that is named and cannot be had.
    pub fn of(settings: &Settings) -> Result<Self, StoreError> {
        let store = Store::open(settings);
        let local = |folder| {
            let (quant, device) = (settings.quant, settings.model_device);
            Self::Local { folder: Box::new(folder), quant, device }
        };
        match (&settings.model, settings.model_server()) {
            (ModelSetting::Off, _) => Ok(Self::Nobody("switched off by the settings".to_owned())),
            (_, Some(server)) => Ok(Self::Server(server)),
            (ModelSetting::At(given), None) => Ok(local(store.find(&given.to_string_lossy())?)),
            (ModelSetting::Auto, None) if !cfg!(feature = "local-vlm") => {
                Ok(Self::Nobody("this navig was built without a local model".to_owned()))
            }
            (ModelSetting::Auto, None) => {
                let room_mb = room_mb(settings.model_device);
                Ok(best(store.models(), settings.quant, room_mb).map_or_else(Self::Nobody, local))
            }
        }
    }
}

/// Memory for a model of this process, MB; `None` when it is not known, as that of an accelerator is before it is used.
#[must_use]
pub fn room_mb(device: Device) -> Option<u64> {
    match device == Device::Auto && cfg!(any(feature = "cuda", feature = "metal")) {
        true => None,
        false => memory::available_mb(),
    }
}

/// The best of the installed models that fits: a tested one before others, then the one with most parameters.
fn best(models: Vec<ModelFolder>, quant: Quant, room_mb: Option<u64>) -> Result<ModelFolder, String> {
    let fits = |model: &ModelFolder| room_mb.is_none_or(|room| model.memory_mb(quant) <= room);
    let smallest = models.iter().min_by_key(|model| model.memory_mb(quant)).map(|model| {
        format!(
            "none that is installed fits: the smallest, {}, needs about {} MB with {quant}, and {} MB are free",
            model.name(),
            model.memory_mb(quant),
            room_mb.unwrap_or(0)
        )
    });
    let fitting = models.into_iter().filter(fits);
    fitting
        .max_by_key(|model| (model.tested(), model.parameters()))
        .ok_or_else(|| smallest.unwrap_or_else(|| format!("none is installed; {}", advice(room_mb))))
}

/// What to fetch for so much memory.
#[must_use]
pub fn advice(room_mb: Option<u64>) -> String {
    match advised(room_mb.unwrap_or(u64::MAX)) {
        Some(model) => format!(
            "navig model pull {} ({:.0} GB to fetch, about {} MB of memory)",
            model.name,
            model.about_bytes as f64 / 1e9,
            model.about_memory_mb
        ),
        None => "no model that navig knows fits into the free memory; a server can answer: set model_url".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::folder::fixture;
    use std::path::Path;

    fn model(root: &Path, name: &str, rows: u64, architecture: &str) -> ModelFolder {
        let folder = root.join(name);
        fixture::write_model(&folder);
        let mut config = fixture::config();
        config["architectures"] = serde_json::json!([architecture]);
        std::fs::write(folder.join("config.json"), config.to_string()).expect("writes");
        let weights = fixture::weights(&[("a.up_proj.weight", [rows, 1000])]);
        std::fs::write(folder.join("model.safetensors"), weights).expect("writes");
        ModelFolder::open(&folder).expect("opens")
    }

    #[test]
    fn the_largest_tested_model_that_fits_is_the_best() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let qwen = "Qwen3VLForConditionalGeneration";
        let all = || {
            let small = model(dir.path(), "small", 100, qwen);
            let large = model(dir.path(), "large", 8000, qwen);
            let other = model(dir.path(), "other", 4000, "Gemma3ForConditionalGeneration");
            vec![large, small, other]
        };
        let need = |i: usize| all()[i].memory_mb(Quant::Q4k);
        let pick = |room| best(all(), Quant::Q4k, room).map(|m| m.name().to_owned());
        assert_eq!(pick(None), Ok("large".to_owned()));
        assert_eq!(pick(Some(need(0) - 1)), Ok("small".to_owned()), "an untested one does not go first");
        let words = pick(Some(need(1) - 1)).expect_err("none fits");
        assert!(words.contains("small") && words.contains(&format!("{} MB", need(1))), "{words}");
        let words = best(Vec::new(), Quant::Q4k, Some(5000)).expect_err("there is none");
        assert!(words.contains("navig model pull Qwen3-VL-2B-Instruct"), "{words}");
        assert!(advice(Some(1000)).contains("model_url"));
    }
}

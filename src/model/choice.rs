//! Which model looks at photos, by the settings and by what is installed.

use super::store::{Store, StoreError, advised};
use super::{Device, ModelFolder, Quant, memory};
use crate::settings::{ModelServer, ModelSetting, Settings};
use std::fmt;

/// Which model looks at photos.
#[derive(Debug, Clone)]
pub enum Choice {
    /// None.
    Nobody(Absence),
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

/// Why no model looks at photos.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// The reason.
    pub why: String,
    /// The command that changes that, if one does.
    pub mend: Option<String>,
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)?;
        self.mend.iter().try_for_each(|mend| write!(f, "; {mend}"))
    }
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
            (ModelSetting::Off, _) => {
                Ok(Self::Nobody(Absence { why: "switched off by the settings".to_owned(), mend: None }))
            }
            (_, Some(server)) => Ok(Self::Server(server)),
            (ModelSetting::At(given), None) => Ok(local(store.find(&given.to_string_lossy())?)),
            (ModelSetting::Auto, None) if !cfg!(feature = "local-vlm") => {
                let why = "this navig was built without a local model".to_owned();
                Ok(Self::Nobody(Absence { why, mend: Some(BUILD.to_owned()) }))
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
fn best(models: Vec<ModelFolder>, quant: Quant, room_mb: Option<u64>) -> Result<ModelFolder, Absence> {
    let needs = |model: &ModelFolder| model.memory_mb(quant);
    let why = match models.iter().min_by_key(|model| needs(model)) {
        None => "none is installed".to_owned(),
        Some(smallest) => format!(
            "none that is installed fits: the smallest, {}, needs about {} MB with {quant}, and {} MB are free",
            smallest.name(),
            needs(smallest),
            room_mb.unwrap_or(0)
        ),
    };
    let fitting = models.into_iter().filter(|model| room_mb.is_none_or(|room| needs(model) <= room));
    fitting
        .max_by_key(|model| (model.tested(), model.parameters()))
        .ok_or_else(|| Absence { why, mend: Some(advice(room_mb)) })
}

/// The command that gets a model for so much memory.
#[must_use]
pub fn advice(room_mb: Option<u64>) -> String {
    match (cfg!(feature = "local-vlm"), advised(room_mb)) {
        (false, _) => BUILD.to_owned(),
        (true, Some(model)) => format!("navig model pull {}", model.name),
        (true, None) => "NAVIG_MODEL_URL=http://HOST:PORT navig ..., with a server that has a model".to_owned(),
    }
}

/// What gives navig a model of its own.
const BUILD: &str = "cargo install --path . --features local-vlm";

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
        let words = pick(Some(need(1) - 1)).expect_err("none fits").why;
        assert!(words.contains("small") && words.contains(&format!("{} MB", need(1))), "{words}");
        let none = best(Vec::new(), Quant::Q4k, Some(5000)).expect_err("there is none");
        assert_eq!((none.why.as_str(), none.mend.clone()), ("none is installed", Some(advice(Some(5000)))));
        if cfg!(feature = "local-vlm") {
            assert_eq!(none.to_string(), "none is installed; navig model pull Qwen3-VL-2B-Instruct");
            assert!(advice(Some(1000)).contains("NAVIG_MODEL_URL"));
        }
    }
}

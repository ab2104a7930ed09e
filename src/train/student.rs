//! A model that learns: the frozen base, the adapters of earlier stages, and the one that is trained.

use super::adapter::{Adapter, AdapterError, BaseKind, BaseStamp, base_sha256};
use super::qwen3vl::{Base, Chat, ChatError, Config, ConfigError, Decoder, Preprocessor, Tower, Weights, WeightsError};
use super::recipe::Shape;
use super::sight::Sight;
use candle_core::{DType, Device};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Why a model cannot learn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StudentError {
    /// Its configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Its weights.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// Its tokenizer or chat template.
    #[error(transparent)]
    Chat(#[from] ChatError),
    /// An adapter.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
    /// An adapter for something that does not learn here.
    #[error(
        "the adapter is also for '{module}', which is not among the linear layers of the language model; merge it into the model first (navig train merge)"
    )]
    Module {
        /// What it adapts.
        module: String,
    },
    /// An adapter that lacks a module, where training is to go on with it.
    #[error(
        "the adapter has nothing for '{module}', so training cannot go on with it; put a new one on top of it (--adapter)"
    )]
    Partial {
        /// What it does not adapt.
        module: String,
    },
    /// An adapter of another base.
    #[error("the adapter was trained on {theirs}, and the model in {} is {ours}; name the model that it belongs to", folder.display())]
    OtherBase {
        /// The model.
        folder: PathBuf,
        /// What the adapter says.
        theirs: String,
        /// What the model is.
        ours: String,
    },
    /// The tensor library.
    #[error("the model does not load: {0}")]
    Tensor(#[from] candle_core::Error),
}

/// A model that learns.
pub struct Student {
    /// The network.
    pub decoder: Decoder,
    /// Its tokens.
    pub chat: Chat,
    /// Which weights, and how they are kept.
    pub stamp: BaseStamp,
    folder: PathBuf,
    config: Config,
    weights: Weights,
}

impl Student {
    /// Loads the base.
    ///
    /// # Errors
    /// [`StudentError`] when a file of the folder does not read.
    pub fn open(folder: &Path, base: Base, device: &Device) -> Result<Self, StudentError> {
        let config = Config::read(folder)?;
        let chat = Chat::read(folder, &config)?;
        let weights = Weights::open(folder)?;
        let decoder = Decoder::load(&config, &weights, base, device)?;
        let kind = match base {
            Base::Packed(kind, _) => BaseKind::Dequantised(kind),
            Base::Dense(DType::BF16) => BaseKind::Bf16,
            Base::Dense(DType::F16) => BaseKind::F16,
            Base::Dense(_) => BaseKind::F32,
        };
        let stamp = BaseStamp { kind, sha256: base_sha256(folder)? };
        Ok(Self { decoder, chat, stamp, folder: folder.to_owned(), config, weights })
    }

    /// The vision tower, which keeps what it sees under `cache`.
    ///
    /// # Errors
    /// [`StudentError`] when its weights do not read.
    pub fn sight(&self, budget_px: u32, cache: &Path) -> Result<Sight, StudentError> {
        let (dtype, device) = self.decoder.place();
        let get = |name: &str| {
            let tensor = self.weights.get(name, device).map_err(candle_core::Error::wrap)?;
            tensor.to_dtype(dtype)
        };
        let tower = Tower::load(&self.config.vision, &get)?;
        let preprocessor = Preprocessor::read(&self.folder)?;
        Ok(Sight::new(tower, preprocessor, (dtype, device), budget_px, &self.stamp.sha256, cache))
    }

    /// Puts an adapter of an earlier stage on; it stays as it is.
    ///
    /// # Errors
    /// [`StudentError`] when it was trained on another base, or adapts something else than the language model.
    pub fn wear(&mut self, adapter: &Adapter) -> Result<(), StudentError> {
        self.belongs(adapter)?;
        let unknown = self.decoder.wear(&adapter.modules)?;
        unknown.map_or(Ok(()), |module| Err(StudentError::Module { module }))
    }

    /// Begins a new adapter.
    ///
    /// # Errors
    /// Those of the tensor library.
    pub fn begin(&mut self, shape: Shape, seed: u64) -> Result<(), StudentError> {
        Ok(self.decoder.begin(shape.rank, shape.scale(), seed)?)
    }

    /// Goes on with an adapter.
    ///
    /// # Errors
    /// As [`Student::wear`], and [`StudentError::Partial`] when it lacks a module.
    pub fn go_on(&mut self, adapter: &Adapter) -> Result<(), StudentError> {
        self.belongs(adapter)?;
        let paths = self.decoder.paths();
        if let Some(module) = adapter.modules.keys().find(|module| !paths.contains(*module)) {
            return Err(StudentError::Module { module: module.clone() });
        }
        if let Some(module) = paths.into_iter().find(|path| !adapter.modules.contains_key(path)) {
            return Err(StudentError::Partial { module });
        }
        Ok(self.decoder.learn(&adapter.modules)?)
    }

    /// The adapter that learns, as it is now.
    ///
    /// # Errors
    /// Those of the tensor library.
    pub fn adapter(&self, dropout: f64) -> Result<Adapter, StudentError> {
        let modules: BTreeMap<_, _> = self.decoder.learnt()?;
        let base_name = self.folder.file_name().map(|name| name.to_string_lossy().into_owned());
        Ok(Adapter { modules, dropout, base: Some(self.stamp.clone()), base_name })
    }

    /// What learning depends on of the model.
    #[must_use]
    pub fn facts(&self) -> serde_json::Value {
        serde_json::json!({ "kind": self.stamp.kind.to_string(), "sha256": self.stamp.sha256 })
    }

    fn belongs(&self, adapter: &Adapter) -> Result<(), StudentError> {
        match &adapter.base {
            Some(theirs) if *theirs != self.stamp => Err(StudentError::OtherBase {
                folder: self.folder.clone(),
                theirs: in_words(theirs),
                ours: in_words(&self.stamp),
            }),
            _ => Ok(()),
        }
    }
}

fn in_words(stamp: &BaseStamp) -> String {
    let short: String = stamp.sha256.chars().take(12).collect();
    format!("{} weights {short}", stamp.kind)
}

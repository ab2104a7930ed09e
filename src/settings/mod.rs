//! What the user has set, and where.
//!
//! A value comes from the first of: a flag, a `NAVIG_*` variable, `./navig.toml`, the user's `navig/config.toml`
//! under the XDG configuration folder, the default. Every value remembers its [`Origin`], so that
//! `navig config show` can say why navig behaves as it does.

mod error;
mod file;
mod key;
mod layers;

pub use error::SettingsError;
pub use key::Key;
pub use layers::{Flag, Folders, Layers};

use crate::model::{Device, Quant};
use crate::photo::Limits;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// Where a value was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: navig's own value.
    Default,
    /// A line of a settings file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// An environment variable, by name.
    Variable(&'static str),
    /// A flag, as it is typed.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// Whether Tesseract re-reads lines in scripts that the built-in text reader lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tesseract {
    /// When `tesseract` is on the search path.
    Auto,
    /// Never.
    Off,
    /// With this program.
    At(PathBuf),
}

/// What makes vectors of sentences, so that guidebooks are searched by meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmbedderSetting {
    /// The asset, when it is installed.
    Auto,
    /// None: guidebooks are searched by their words.
    Off,
    /// A folder with a model of the same family.
    At(PathBuf),
}

/// Which vision model looks at photos.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelSetting {
    /// The largest installed one that fits into memory; none when none does.
    Auto,
    /// None.
    Off,
    /// An installed model by its name, or a folder.
    At(PathBuf),
}

/// A server that is asked instead of a model of this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelServer {
    /// Its address.
    pub url: String,
    /// Which of its models; `None` when it has but one.
    pub name: Option<String>,
}

/// Every setting with its value in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Holds assets, in `assets/`.
    pub data_dir: PathBuf,
    /// Holds what may be deleted at any time, such as half-done downloads.
    pub cache_dir: PathBuf,
    /// Case folder for ledgers; `None` keeps none, and nothing can be resumed.
    pub ledger_dir: Option<PathBuf>,
    /// Folder of the installed map indexes.
    pub maps_dir: PathBuf,
    /// Folder of the installed guidebooks.
    pub guidebooks_dir: PathBuf,
    /// What makes vectors of sentences.
    pub embedder: EmbedderSetting,
    /// A table of weights; `None` is the one that navig carries.
    pub weights: Option<PathBuf>,
    /// Photos in hand at one time.
    pub jobs: NonZeroUsize,
    /// How much one photo may cost: `max_bytes` and `max_pixels`.
    pub limits: Limits,
    /// Whether text in the picture is read.
    pub reader: bool,
    /// The second reader.
    pub tesseract: Tesseract,
    /// Whether fetching anything from the network is refused.
    pub offline: bool,
    /// The vision model.
    pub model: ModelSetting,
    /// Address of a server that speaks the OpenAI protocol; pictures are sent there.
    pub model_url: Option<String>,
    /// Which of the server's models; `None` when it has but one.
    pub model_name: Option<String>,
    /// How the weights of a local model are kept.
    pub quant: Quant,
    /// Where a local model computes.
    pub model_device: Device,
    origins: BTreeMap<Key, Origin>,
}

/// A photo in hand may need some hundred megabytes, so the default does not follow every core of a large machine.
const MOST_DEFAULT_JOBS: usize = 4;

impl Settings {
    /// The values in force for this process: its environment, its working folder, its user.
    ///
    /// # Errors
    /// [`SettingsError`] names the file and line, the variable or the flag that is at fault.
    pub fn load(flags: Vec<Flag>) -> Result<Self, SettingsError> {
        Self::resolve(&Layers::of_process(flags)?)
    }

    /// The values that `layers` give.
    ///
    /// # Errors
    /// [`SettingsError`] names the file and line, the variable or the flag that is at fault.
    pub fn resolve(layers: &Layers) -> Result<Self, SettingsError> {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let mut settings = Self {
            data_dir: layers.folders.data.clone(),
            cache_dir: layers.folders.cache.clone(),
            ledger_dir: None,
            maps_dir: PathBuf::new(),
            guidebooks_dir: PathBuf::new(),
            embedder: EmbedderSetting::Auto,
            weights: None,
            jobs: NonZeroUsize::new(cores.min(MOST_DEFAULT_JOBS)).unwrap_or(NonZeroUsize::MIN),
            limits: Limits::default(),
            reader: true,
            tesseract: Tesseract::Auto,
            offline: false,
            model: ModelSetting::Auto,
            model_url: None,
            model_name: None,
            quant: Quant::default(),
            model_device: Device::Auto,
            origins: BTreeMap::new(),
        };
        for path in [&layers.user_file, &layers.project_file].into_iter().flatten() {
            let trusted = Some(path) == layers.user_file.as_ref();
            for entry in file::read(path)? {
                if let Some(power) = entry.power().filter(|_| !trusted) {
                    return Err(SettingsError::NotHere {
                        path: path.clone(),
                        line: entry.line,
                        key: entry.key,
                        power,
                        user_file: layers.folders.config.join("config.toml"),
                    });
                }
                let base = path.parent().unwrap_or(Path::new(""));
                let origin = Origin::File { path: path.clone(), line: entry.line };
                settings.set(entry.key, OsStr::new(&entry.value), base, origin)?;
            }
        }
        for (key, value) in &layers.variables {
            settings.set(*key, value, Path::new(""), Origin::Variable(key.variable()))?;
        }
        for flag in &layers.flags {
            settings.set(flag.key, &flag.value, Path::new(""), Origin::Flag(flag.name))?;
        }
        if settings.origin(Key::LedgerDir) == Origin::Default {
            settings.ledger_dir = Some(settings.data_dir.join("ledgers"));
        }
        if settings.origin(Key::MapsDir) == Origin::Default {
            settings.maps_dir = settings.data_dir.join("maps");
        }
        if settings.origin(Key::GuidebooksDir) == Origin::Default {
            settings.guidebooks_dir = settings.data_dir.join("guidebooks");
        }
        Ok(settings)
    }

    /// Where a value was set.
    #[must_use]
    pub fn origin(&self, key: Key) -> Origin {
        self.origins.get(&key).cloned().unwrap_or(Origin::Default)
    }

    /// A value as `config show` prints it and as a settings file may hold it.
    #[must_use]
    pub fn value(&self, key: Key) -> String {
        match key {
            Key::DataDir => self.data_dir.display().to_string(),
            Key::CacheDir => self.cache_dir.display().to_string(),
            Key::LedgerDir => self.ledger_dir.as_ref().map_or_else(|| "off".to_owned(), |p| p.display().to_string()),
            Key::MapsDir => self.maps_dir.display().to_string(),
            Key::GuidebooksDir => self.guidebooks_dir.display().to_string(),
            Key::Embedder => match &self.embedder {
                EmbedderSetting::Auto => "auto".to_owned(),
                EmbedderSetting::Off => "off".to_owned(),
                EmbedderSetting::At(path) => path.display().to_string(),
            },
            Key::Weights => self.weights.as_ref().map_or_else(|| "built-in".to_owned(), |p| p.display().to_string()),
            Key::Jobs => self.jobs.to_string(),
            Key::MaxBytes => self.limits.max_bytes.to_string(),
            Key::MaxPixels => self.limits.max_pixels.to_string(),
            Key::Reader => self.reader.to_string(),
            Key::Tesseract => match &self.tesseract {
                Tesseract::Auto => "auto".to_owned(),
                Tesseract::Off => "off".to_owned(),
                Tesseract::At(path) => path.display().to_string(),
            },
            Key::Offline => self.offline.to_string(),
            Key::Model => match &self.model {
                ModelSetting::Auto => "auto".to_owned(),
                ModelSetting::Off => "off".to_owned(),
                ModelSetting::At(path) => path.display().to_string(),
            },
            Key::ModelUrl => self.model_url.clone().unwrap_or_else(|| "off".to_owned()),
            Key::ModelName => self.model_name.clone().unwrap_or_else(|| "auto".to_owned()),
            Key::Quant => self.quant.to_string(),
            Key::ModelDevice => self.model_device.to_string(),
        }
    }

    /// The server that answers instead of a model of this process, if one is named.
    #[must_use]
    pub fn model_server(&self) -> Option<ModelServer> {
        self.model_url.clone().map(|url| ModelServer { url, name: self.model_name.clone() })
    }

    fn set(&mut self, key: Key, value: &OsStr, base: &Path, origin: Origin) -> Result<(), SettingsError> {
        let wrong = |expected| SettingsError::Value {
            key,
            value: value.to_string_lossy().into_owned(),
            origin: origin.clone(),
            expected,
        };
        let text = || value.to_str().ok_or_else(|| wrong("text in UTF-8"));
        let folder = || match value.is_empty() {
            true => Err(wrong("a folder")),
            false => Ok(base.join(value)),
        };
        match key {
            Key::DataDir => self.data_dir = folder()?,
            Key::CacheDir => self.cache_dir = folder()?,
            Key::LedgerDir if value == "off" => self.ledger_dir = None,
            Key::LedgerDir => self.ledger_dir = Some(folder()?),
            Key::MapsDir => self.maps_dir = folder()?,
            Key::GuidebooksDir => self.guidebooks_dir = folder()?,
            Key::Embedder => {
                self.embedder = match value.to_str() {
                    Some("auto") => EmbedderSetting::Auto,
                    Some("off") => EmbedderSetting::Off,
                    Some("") => return Err(wrong("auto, off, or the folder of a model")),
                    _ => EmbedderSetting::At(base.join(value)),
                }
            }
            Key::Weights => {
                self.weights = match value.to_str() {
                    Some("built-in") => None,
                    Some("") => return Err(wrong("built-in, or a table of weights")),
                    _ => Some(base.join(value)),
                }
            }
            Key::Jobs => self.jobs = text()?.parse().map_err(|_| wrong("a whole number from 1"))?,
            Key::MaxBytes => {
                self.limits.max_bytes =
                    key::quantity(text()?, 'B').ok_or_else(|| wrong("a number of bytes above 0, such as 100MB"))?;
            }
            Key::MaxPixels => {
                self.limits.max_pixels =
                    key::quantity(text()?, 'P').ok_or_else(|| wrong("a number of pixels above 0, such as 200MP"))?;
            }
            Key::Reader => self.reader = key::switch(text()?).ok_or_else(|| wrong("true or false"))?,
            Key::Offline => self.offline = key::switch(text()?).ok_or_else(|| wrong("true or false"))?,
            Key::Model => {
                self.model = match value.to_str() {
                    Some("auto") => ModelSetting::Auto,
                    Some("off") => ModelSetting::Off,
                    Some("") => return Err(wrong("auto, off, the name of an installed model, or a folder")),
                    // What has no slash is a name, wherever the file with the setting lies.
                    Some(name) if !name.contains(['/', '\\']) => ModelSetting::At(name.into()),
                    _ => ModelSetting::At(base.join(value)),
                }
            }
            Key::ModelUrl if value == "off" => self.model_url = None,
            Key::ModelUrl => {
                self.model_url = Some(key::address(text()?).map_err(|expected| SettingsError::Value {
                    key,
                    // It may hold a password.
                    value: "…".to_owned(),
                    origin: origin.clone(),
                    expected,
                })?);
            }
            Key::ModelName if value == "auto" => self.model_name = None,
            Key::ModelName if value.is_empty() => return Err(wrong("auto, or the name of one of the server's models")),
            Key::ModelName => self.model_name = Some(text()?.to_owned()),
            Key::Quant => self.quant = text()?.parse().map_err(|_| wrong("q4k, q5k, q6k, q8_0 or none"))?,
            Key::ModelDevice => self.model_device = text()?.parse().map_err(|_| wrong("auto or cpu"))?,
            Key::Tesseract => {
                self.tesseract = match value.to_str() {
                    Some("auto") => Tesseract::Auto,
                    Some("off") => Tesseract::Off,
                    Some("") => return Err(wrong("auto, off, or the path of the program")),
                    _ => Tesseract::At(base.join(value)),
                }
            }
        }
        self.origins.insert(key, origin);
        Ok(())
    }
}

#[cfg(test)]
mod tests;

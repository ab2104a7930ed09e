//! A model on disk: what it is, whether it is whole, and what it needs, without loading it.
//!
//! An engine that is given a folder in which something is amiss says so late, in its own words, or not at all: a missing
//! `preprocessor_config.json` makes it cut pictures into patches of the wrong size, and a chat template without pictures
//! makes a model that answers blind. [`ModelFolder::open`] looks first. It reads the small files and the headers of the
//! weights, so it costs milliseconds at any size.

mod config;
mod quantised;
mod template;
mod weights;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

pub use config::Shape;

use super::{ModelError, Quant};
use crate::digest::hex;
use config::Config;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use weights::Weights;

pub(crate) use weights::{is_weights, weight_files};

/// A small file larger than this is not what its name says, bytes. Tokenizers are the largest, with some 30 MB.
const MOST_BYTES: u64 = 128 << 20;

/// Why a lone file helps nobody.
pub(crate) const FROM_WHERE: &str =
    "copy it from where the model came from, or fetch the model anew with 'navig model pull'";

const PATCHES: &str = "without it pictures would be cut into patches of 14 px, whatever the model was trained with; \
                       copy it from where the model came from";

/// A folder that holds a model which navig can load.
#[derive(Debug, Clone)]
pub struct ModelFolder {
    path: PathBuf,
    name: String,
    config: Config,
    weights: Weights,
    /// Over everything that an answer depends on, but for how the weights are kept.
    digest: String,
}

impl ModelFolder {
    /// Looks at a folder.
    ///
    /// # Errors
    /// [`ModelError::FileMissing`], [`ModelError::File`] for a file that does not read or is cut off,
    /// [`ModelError::Architecture`] and [`ModelError::BlindTemplate`].
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        let small = Small::read(path)?;
        let weights = Weights::find(path)?;
        let mut digest = Sha256::new();
        for part in [&small.config, &small.tokenizer, small.template.as_bytes(), &small.preprocessor] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        weights.digest_into(&mut digest);
        Ok(Self {
            name: small.parsed.name.clone().or_else(|| last_part(path)).unwrap_or_else(|| "model".to_owned()),
            path: path.to_owned(),
            digest: hex(&digest.finalize()),
            config: small.parsed,
            weights,
        })
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it is called: by the folder in the store, or else by its own configuration or the folder's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The class that its configuration names.
    #[must_use]
    pub fn architecture(&self) -> &str {
        &self.config.architecture
    }

    /// Whether navig is tested with models of this architecture.
    #[must_use]
    pub fn tested(&self) -> bool {
        self.config.architecture == config::TESTED
    }

    /// What the user should know before it answers.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        (!self.tested()).then(|| {
            format!("{}: navig is tested with {} and not with {}", self.name, config::TESTED, self.config.architecture)
        })
    }

    /// Its size in layers and widths, where the configuration says.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.config.shape
    }

    /// Tokens that stand for pictures; a reply must not hold them.
    #[must_use]
    pub fn picture_tokens(&self) -> Vec<u32> {
        self.config.picture_tokens.clone()
    }

    /// Numbers in its weights.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        self.weights.parameters()
    }

    /// Size of its weights, bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.weights.bytes()
    }

    /// In which form most of its weights are stored, such as `BF16`.
    #[must_use]
    pub fn dtype(&self) -> &str {
        self.weights.dtype()
    }

    /// Names of the files that make the model, sorted; quantised forms are not among them.
    #[must_use]
    pub fn files(&self) -> Vec<String> {
        let small = SMALL_FILES.iter().filter(|name| self.path.join(name).is_file()).map(|&name| name.to_owned());
        let mut files: Vec<String> = small.chain(self.weights.names()).collect();
        files.sort();
        files
    }

    /// What an answer depends on: configuration, tokenizer, template, picture processing, the weights' headers and sizes with a few
    /// numbers of each tensor, and how the weights are kept. All of the weights are not read, which would take as long as loading
    /// them.
    #[must_use]
    pub fn identity(&self, quant: Quant) -> String {
        format!("{}-{quant}", &self.digest[..32])
    }

    /// About how much memory it takes on a processor, MB: the quantised weights, the others in 16 bits (in 32 where nothing
    /// is quantised), keys and values of a conversation of 2048 tokens, 300 MB for everything else, and a fifth on top,
    /// which is what loading was seen to need.
    #[must_use]
    pub fn memory_mb(&self, quant: Quant) -> u64 {
        const PROGRAM_MB: f64 = 300.0;
        const CONVERSATION_TOKENS: u64 = 2048;
        const WHILE_LOADING: f64 = 1.2;
        let float_bytes = if quant == Quant::None { 4 } else { 2 };
        let quantised = self.weights.quantised_parameters() as f64 * quant.bits() / 8.0;
        // The output head is quantised apart from the embeddings that it shares its weights with.
        let head =
            self.config.tied_head_parameters() as f64 * if quant == Quant::None { 0.0 } else { quant.bits() / 8.0 };
        let rest = ((self.weights.parameters() - self.weights.quantised_parameters()) * float_bytes) as f64;
        let cache = (self.config.shape.cache_numbers_per_token() * CONVERSATION_TOKENS * float_bytes) as f64;
        (((quantised + head + rest + cache) / 1e6 + PROGRAM_MB) * WHILE_LOADING).round() as u64
    }

    /// The same model under another name.
    pub(super) fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }
}

/// Small files that belong to a model: the engine reads the first ones, the others say what it is.
pub(crate) const SMALL_FILES: [&str; 10] = [
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "chat_template.json",
    "preprocessor_config.json",
    "processor_config.json",
    "generation_config.json",
    "LICENSE",
    "README.md",
];

/// What is read of the small files.
struct Small {
    config: Vec<u8>,
    parsed: Config,
    tokenizer: Vec<u8>,
    template: String,
    preprocessor: Vec<u8>,
}

impl Small {
    fn read(path: &Path) -> Result<Self, ModelError> {
        let config = read(path, "config.json", FROM_WHERE)?;
        let parsed = Config::parse(&path.join("config.json"), &config)?;
        let tokenizer = read(path, "tokenizer.json", FROM_WHERE)?;
        json(path, "tokenizer.json", &tokenizer)?;
        let template = template::find(path)?;
        template::shows_pictures(&template)?;
        let preprocessor = read(path, "preprocessor_config.json", PATCHES)?;
        json(path, "preprocessor_config.json", &preprocessor)?;
        Ok(Self { config, parsed, tokenizer, template: template.text, preprocessor })
    }
}

/// Whether everything but the weights is there and sound.
pub(crate) fn small_files_are_sound(path: &Path) -> Result<(), ModelError> {
    Small::read(path).map(|_| ())
}

/// The chat template of a model, and the file that it stands in.
#[cfg(feature = "train")]
pub(crate) fn chat_template(folder: &Path) -> Result<(PathBuf, String), ModelError> {
    template::find(folder).map(|template| (template.path, template.text))
}

/// Reads a small file of a model.
pub(crate) fn read(folder: &Path, file: &str, mend: &'static str) -> Result<Vec<u8>, ModelError> {
    let path = folder.join(file);
    let wrong = |e: std::io::Error| ModelError::File { path: path.clone(), reason: e.to_string() };
    let bytes = match fs::metadata(&path) {
        Ok(found) => found.len(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(ModelError::FileMissing { folder: folder.to_owned(), file: file.to_owned(), mend });
        }
        Err(e) => return Err(wrong(e)),
    };
    if bytes > MOST_BYTES {
        return Err(ModelError::File { path, reason: format!("{bytes} bytes are more than such a file can have") });
    }
    fs::read(&path).map_err(wrong)
}

/// Whether a file of that name in `folder` is JSON.
fn json(folder: &Path, file: &str, bytes: &[u8]) -> Result<(), ModelError> {
    let wrong = |e: serde_json::Error| ModelError::File { path: folder.join(file), reason: format!("not JSON: {e}") };
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes).map(|_| ()).map_err(wrong)
}

fn last_part(path: &Path) -> Option<String> {
    let whole = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    Some(whole.file_name()?.to_string_lossy().into_owned())
}

//! The names of the settings and the forms of their values.

use std::fmt;

/// The name of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// `data_dir`
    DataDir,
    /// `cache_dir`
    CacheDir,
    /// `ledger_dir`
    LedgerDir,
    /// `maps_dir`
    MapsDir,
    /// `guidebooks_dir`
    GuidebooksDir,
    /// `embedder`
    Embedder,
    /// `weights`
    Weights,
    /// `jobs`
    Jobs,
    /// `max_bytes`
    MaxBytes,
    /// `max_pixels`
    MaxPixels,
    /// `reader`
    Reader,
    /// `tesseract`
    Tesseract,
    /// `offline`
    Offline,
    /// `model`
    Model,
    /// `model_url`
    ModelUrl,
    /// `model_name`
    ModelName,
    /// `quant`
    Quant,
    /// `model_device`
    ModelDevice,
}

impl Key {
    /// All settings, in the order of `config show`.
    pub const ALL: [Self; 18] = [
        Self::DataDir,
        Self::CacheDir,
        Self::LedgerDir,
        Self::MapsDir,
        Self::GuidebooksDir,
        Self::Embedder,
        Self::Weights,
        Self::Jobs,
        Self::MaxBytes,
        Self::MaxPixels,
        Self::Reader,
        Self::Tesseract,
        Self::Offline,
        Self::Model,
        Self::ModelUrl,
        Self::ModelName,
        Self::Quant,
        Self::ModelDevice,
    ];

    /// As a settings file spells it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DataDir => "data_dir",
            Self::CacheDir => "cache_dir",
            Self::LedgerDir => "ledger_dir",
            Self::MapsDir => "maps_dir",
            Self::GuidebooksDir => "guidebooks_dir",
            Self::Embedder => "embedder",
            Self::Weights => "weights",
            Self::Jobs => "jobs",
            Self::MaxBytes => "max_bytes",
            Self::MaxPixels => "max_pixels",
            Self::Reader => "reader",
            Self::Tesseract => "tesseract",
            Self::Offline => "offline",
            Self::Model => "model",
            Self::ModelUrl => "model_url",
            Self::ModelName => "model_name",
            Self::Quant => "quant",
            Self::ModelDevice => "model_device",
        }
    }

    /// The environment variable that sets it.
    #[must_use]
    pub fn variable(self) -> &'static str {
        match self {
            Self::DataDir => "NAVIG_DATA_DIR",
            Self::CacheDir => "NAVIG_CACHE_DIR",
            Self::LedgerDir => "NAVIG_LEDGER_DIR",
            Self::MapsDir => "NAVIG_MAPS_DIR",
            Self::GuidebooksDir => "NAVIG_GUIDEBOOKS_DIR",
            Self::Embedder => "NAVIG_EMBEDDER",
            Self::Weights => "NAVIG_WEIGHTS",
            Self::Jobs => "NAVIG_JOBS",
            Self::MaxBytes => "NAVIG_MAX_BYTES",
            Self::MaxPixels => "NAVIG_MAX_PIXELS",
            Self::Reader => "NAVIG_READER",
            Self::Tesseract => "NAVIG_TESSERACT",
            Self::Offline => "NAVIG_OFFLINE",
            Self::Model => "NAVIG_MODEL",
            Self::ModelUrl => "NAVIG_MODEL_URL",
            Self::ModelName => "NAVIG_MODEL_NAME",
            Self::Quant => "NAVIG_QUANT",
            Self::ModelDevice => "NAVIG_MODEL_DEVICE",
        }
    }

    /// The setting of that name, or else the one whose name is nearest.
    ///
    /// # Errors
    /// The nearest setting.
    pub fn find(name: &str) -> Result<Self, Self> {
        if let Some(key) = Self::ALL.into_iter().find(|key| key.name() == name) {
            return Ok(key);
        }
        let likeness = |key: &Self| strsim::jaro_winkler(key.name(), &name.to_ascii_lowercase().replace('-', "_"));
        Err(Self::ALL.into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).unwrap_or(Self::DataDir))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A count above 0 with an optional decimal prefix (k, M, G) and unit letter: `100000000`, `100M`, `100 MB`.
pub(super) fn quantity(text: &str, unit: char) -> Option<u64> {
    let text = text.trim();
    let text = text.strip_suffix([unit, unit.to_ascii_lowercase()]).unwrap_or(text).trim_end();
    let (digits, factor) = match text.char_indices().next_back()? {
        (at, 'k' | 'K') => (&text[..at], 1_000),
        (at, 'm' | 'M') => (&text[..at], 1_000_000),
        (at, 'g' | 'G') => (&text[..at], 1_000_000_000),
        _ => (text, 1),
    };
    digits.trim_end().replace('_', "").parse::<u64>().ok()?.checked_mul(factor).filter(|n| *n > 0)
}

/// An address that pictures may be sent to, or what it must be.
pub(super) fn address(text: &str) -> Result<String, &'static str> {
    const EXPECTED: &str = "off, or an address that begins with http:// or https://";
    let text = text.trim();
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or(EXPECTED)?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.contains('@') {
        return Err("an address without a user name: the key belongs into NAVIG_MODEL_KEY");
    }
    match host.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        true => Err(EXPECTED),
        false => Ok(text.to_owned()),
    }
}

/// Yes or no in the spellings that environment variables use.
pub(super) fn switch(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_take_prefixes_and_units() {
        assert_eq!(quantity("100000000", 'B'), Some(100_000_000));
        assert_eq!(quantity("100MB", 'B'), Some(100_000_000));
        assert_eq!(quantity(" 2 gb ", 'B'), Some(2_000_000_000));
        assert_eq!(quantity("200MP", 'P'), Some(200_000_000));
        assert_eq!(quantity("64k", 'P'), Some(64_000));
        for bad in ["", "B", "MB", "0", "-1", "1.5MB", "100MP", "99999999999999999999", "99999999999999G"] {
            assert_eq!(quantity(bad, 'B'), None, "{bad}");
        }
    }

    #[test]
    fn addresses_hold_no_secrets() {
        for good in ["http://127.0.0.1:8000", "https://models.example.org/v1", "http://[::1]:80/a@b"] {
            assert_eq!(address(good).as_deref(), Ok(good));
        }
        for bad in ["", "off ", "ftp://a", "http://", "https:///v1", "http://a b", "example.org"] {
            assert!(address(bad).is_err_and(|words| words.contains("http://")), "{bad}");
        }
        assert!(address("https://me:secret@example.org").is_err_and(|words| words.contains("NAVIG_MODEL_KEY")));
    }

    #[test]
    fn the_nearest_key_is_the_one_meant() {
        assert_eq!(Key::find("jobs"), Ok(Key::Jobs));
        assert_eq!(Key::find("job"), Err(Key::Jobs));
        assert_eq!(Key::find("max-pixel"), Err(Key::MaxPixels));
        assert_eq!(Key::find("tesserakt"), Err(Key::Tesseract));
        assert_eq!(Key::find("DATA_DIR"), Err(Key::DataDir));
    }

    #[test]
    fn variables_are_the_names_in_capitals() {
        for key in Key::ALL {
            assert_eq!(key.variable(), format!("NAVIG_{}", key.name().to_ascii_uppercase()));
        }
    }
}

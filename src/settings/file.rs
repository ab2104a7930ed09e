//! One settings file, read with line numbers.

use super::{Key, SettingsError};
use std::fs;
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// Nobody needs more; a mistaken path to something huge is refused instead of read.
const MAX_BYTES: u64 = 1_000_000;

/// One line of a settings file.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: Key,
    /// The value as text, without quotes.
    pub(super) value: String,
    /// From 1.
    pub(super) line: usize,
}

impl Entry {
    /// What the value makes navig do that whoever wrote the file could misuse.
    pub(super) fn power(&self) -> Option<&'static str> {
        match (self.key, self.value.as_str()) {
            (Key::Tesseract, "auto" | "off") | (Key::ModelUrl, "off") => None,
            (Key::Tesseract, _) => Some("names a program to run"),
            (Key::ModelUrl, _) => Some("says where photos are sent"),
            _ => None,
        }
    }
}

/// The entries of a settings file.
pub(super) fn read(path: &Path) -> Result<Vec<Entry>, SettingsError> {
    let unreadable = |source| SettingsError::Read { path: path.to_owned(), source };
    let bytes = fs::metadata(path).map_err(unreadable)?.len();
    if bytes > MAX_BYTES {
        return Err(SettingsError::TooLarge { path: path.to_owned(), bytes, limit: MAX_BYTES });
    }
    let text = fs::read_to_string(path).map_err(unreadable)?;
    let line_of = |offset: usize| text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1;
    let table = DeTable::parse(&text).map_err(|e| SettingsError::Syntax {
        path: path.to_owned(),
        line: line_of(e.span().map_or(0, |span| span.start)),
        message: e.message().to_owned(),
    })?;
    let mut entries = Vec::new();
    for (name, value) in table.get_ref() {
        let line = line_of(name.span().start);
        let key = Key::find(name.get_ref()).map_err(|nearest| SettingsError::UnknownKey {
            path: path.to_owned(),
            line,
            key: name.get_ref().to_string(),
            nearest,
        })?;
        let value = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Boolean(yes) => yes.to_string(),
            DeValue::Integer(number) => number.as_str().to_owned(),
            other => {
                return Err(SettingsError::Shape { path: path.to_owned(), line, key, found: other.type_str() });
            }
        };
        entries.push(Entry { key, value, line });
    }
    Ok(entries)
}

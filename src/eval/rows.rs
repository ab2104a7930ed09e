//! Rows of a CSV or JSONL file, by the names that their columns go by in the wild.

use std::path::{Path, PathBuf};

/// A column that is looked for.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// What it is called in messages.
    pub(crate) name: &'static str,
    /// What it goes by, folded to lower case; the first that a file has is taken. A dot goes into a JSON object.
    pub(crate) aliases: Vec<String>,
    /// Whether a file without it cannot be read.
    pub(crate) required: bool,
}

/// Why no row of a file was read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RowsError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The header does not read.
    #[error("{}: the header does not read: {reason}", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A column is missing.
    #[error("{}: no column has the {column}; it goes by {aliases}, and the file has {found}", path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// What is missing.
        column: &'static str,
        /// What it may be called.
        aliases: String,
        /// What there is.
        found: String,
    },
}

/// The values of a row, by column; none where the row has nothing there.
pub(crate) type Values = [Option<String>];

/// Reads a file and hands each row over with its line number, which counts from 1, or with the reason why it does not read. Files
/// whose first character is `{` are JSONL, all others CSV with a header; commas, semicolons and tabs part fields, whichever the header
/// has most of.
pub(crate) fn each_row(
    path: &Path,
    columns: &[Column],
    row: &mut dyn FnMut(u64, Result<&Values, String>),
) -> Result<(), RowsError> {
    let bytes = std::fs::read(path).map_err(|source| RowsError::Read { path: path.to_owned(), source })?;
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    match text.iter().find(|b| !b.is_ascii_whitespace()) {
        Some(b'{') => {
            jsonl(text, columns, row);
            Ok(())
        }
        Some(b'[') => Err(RowsError::Header {
            path: path.to_owned(),
            reason: "it is one JSON array, and one object a line is read ('jq -c .[]' makes them)".to_owned(),
        }),
        Some(_) => csv(path, text, columns, row),
        None => Ok(()),
    }
}

fn jsonl(text: &[u8], columns: &[Column], row: &mut dyn FnMut(u64, Result<&Values, String>)) {
    let mut values: Vec<Option<String>> = vec![None; columns.len()];
    for (line, number) in text.split(|b| *b == b'\n').zip(1..) {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match serde_json::from_slice::<serde_json::Value>(line) {
            Ok(object) => {
                for (value, column) in values.iter_mut().zip(columns) {
                    *value = column.aliases.iter().find_map(|alias| inside(&object, alias));
                }
                row(number, Ok(&values));
            }
            Err(error) => row(number, Err(error.to_string())),
        }
    }
}

/// The text of a member, by its path; members are compared without regard to case. A list of texts is one of lines.
fn inside(object: &serde_json::Value, path: &str) -> Option<String> {
    let mut at = object;
    for name in path.split('.') {
        at = at.as_object()?.iter().find(|(key, _)| key.to_lowercase() == name).map(|(_, value)| value)?;
    }
    match at {
        serde_json::Value::String(text) => text_of(text),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Bool(value) => Some(value.to_string()),
        serde_json::Value::Array(texts) => {
            let texts: Option<Vec<&str>> = texts.iter().map(serde_json::Value::as_str).collect();
            text_of(&texts?.join("\n"))
        }
        _ => None,
    }
}

fn text_of(text: &str) -> Option<String> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn csv(
    path: &Path,
    text: &[u8],
    columns: &[Column],
    row: &mut dyn FnMut(u64, Result<&Values, String>),
) -> Result<(), RowsError> {
    let header = text.split(|b| *b == b'\n').next().unwrap_or_default();
    let count = |mark: u8| header.iter().filter(|b| **b == mark).count();
    let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|mark| (count(*mark), *mark == b',')).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text);
    let wrong = |reason: String| RowsError::Header { path: path.to_owned(), reason };
    let header = reader.headers().map_err(|e| wrong(e.to_string()))?.clone();
    let names: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
    let mut places = Vec::with_capacity(columns.len());
    for column in columns {
        let place = column.aliases.iter().find_map(|alias| names.iter().position(|name| name == alias));
        if place.is_none() && column.required {
            return Err(RowsError::Column {
                path: path.to_owned(),
                column: column.name,
                aliases: quoted(&column.aliases),
                found: quoted(&names),
            });
        }
        places.push(place);
    }
    let mut values: Vec<Option<String>> = vec![None; columns.len()];
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => return Ok(()),
            Ok(true) => {
                let line = record.position().map_or(0, csv::Position::line);
                if record.len() == names.len() {
                    for (value, place) in values.iter_mut().zip(&places) {
                        *value = place.and_then(|place| record.get(place)).and_then(text_of);
                    }
                    row(line, Ok(&values));
                } else {
                    row(line, Err(format!("it has {} fields, and the header has {}", record.len(), names.len())));
                }
            }
            // Of a record that is not UTF-8 the reader knows where it was; after a failure to read there is no more.
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                let over = matches!(error.kind(), csv::ErrorKind::Io(_));
                row(line, Err(error.to_string()));
                if over {
                    return Ok(());
                }
            }
        }
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
}

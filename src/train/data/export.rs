//! Conversations in the files of other trainers, so that what is learnt here can be learnt there.

use super::{DataError, Example, Fault};
use crate::whole::{AtomicFile, WholeError, write_atomically};
use serde_json::{Value, json};
use std::fmt;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The name of the data set in the index of LLaMA-Factory.
const DATA_SET: &str = "navig";
/// What trainers put media in place of; they count it in all messages.
const PLACES_OF_MEDIA: [&str; 3] = ["<image>", "<video>", "<audio>"];

/// Whose files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportKind {
    /// LLaMA-Factory: `data.json` in its sharegpt format and `dataset_info.json`.
    LlamaFactory,
    /// ms-swift: `data.jsonl` with `messages` and `images`, and the place in columns `lat` and `lon`.
    Swift,
    /// TRL: `data.jsonl` with a conversational `prompt`, its `completion`, and `images`, which are paths to cast to `Image`.
    Trl,
}

/// What is said about one photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The system's text; empty for none.
    pub system: String,
    /// The user's, behind the photo.
    pub user: String,
    /// What is to be answered.
    pub answer: String,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The files, that of the conversations first.
    pub files: Vec<PathBuf>,
    /// Conversations.
    pub written: usize,
    /// Examples that have none; the path is the picture's.
    pub faults: Vec<Fault>,
}

/// Writes the conversations of examples into a folder, which is made where it is missing. Files appear whole or not at all; pictures are
/// named by absolute paths.
///
/// # Errors
/// [`DataError`] when no example has a conversation, or a file cannot be written.
pub fn export<E: fmt::Display>(
    kind: ExportKind,
    examples: &[Example],
    turn: &dyn Fn(&Example) -> Result<Turn, E>,
    folder: &Path,
) -> Result<Exported, DataError> {
    fs::create_dir_all(folder).map_err(|source| DataError::Folder { path: folder.to_owned(), source })?;
    let index = match kind {
        ExportKind::LlamaFactory => Some((folder.join("dataset_info.json"), index(&folder.join("dataset_info.json"))?)),
        ExportKind::Swift | ExportKind::Trl => None,
    };
    let path = folder.join(if index.is_some() { "data.json" } else { "data.jsonl" });
    let failed = |source: io::Error| WholeError { path: path.clone(), source };
    let mut file = BufWriter::new(AtomicFile::create(&path)?);
    let mut exported = Exported { files: vec![path.clone()], written: 0, faults: Vec::new() };
    for example in examples {
        match conversation(kind, example, turn) {
            Ok(value) => {
                let before = if index.is_none() {
                    ""
                } else if exported.written == 0 {
                    "[\n"
                } else {
                    ",\n"
                };
                let after = if index.is_none() { "\n" } else { "" };
                write!(file, "{before}{value}{after}").map_err(failed)?;
                exported.written += 1;
            }
            Err(reason) => {
                exported.faults.push(Fault { path: example.picture.clone(), line: example.line, reason });
            }
        }
    }
    if exported.written == 0 {
        return Err(DataError::empty(folder.to_owned(), &exported.faults));
    }
    if index.is_some() {
        file.write_all(b"\n]\n").map_err(failed)?;
    }
    file.into_inner().map_err(|e| failed(e.into_error()))?.commit()?;
    if let Some((path, index)) = index {
        write_atomically(&path, format!("{index:#}\n").as_bytes())?;
        exported.files.push(path);
    }
    Ok(exported)
}

/// The index of data sets in a folder, with ours among those that are there.
fn index(path: &Path) -> Result<Value, DataError> {
    let wrong = |reason: String| DataError::Index { path: path.to_owned(), reason };
    let mut index = match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| wrong(format!("it is no JSON: {e}")))?,
        Err(e) if e.kind() == io::ErrorKind::NotFound => json!({}),
        Err(e) => return Err(wrong(format!("it cannot be read: {e}"))),
    };
    let sets = index.as_object_mut().ok_or_else(|| wrong("it is no object of data sets".to_owned()))?;
    let ours = json!({
        "file_name": "data.json",
        "formatting": "sharegpt",
        "columns": { "messages": "messages", "images": "images" },
        "tags": {
            "role_tag": "role", "content_tag": "content",
            "user_tag": "user", "assistant_tag": "assistant", "system_tag": "system"
        }
    });
    sets.insert(DATA_SET.to_owned(), ours);
    Ok(index)
}

fn conversation<E: fmt::Display>(
    kind: ExportKind,
    example: &Example,
    turn: &dyn Fn(&Example) -> Result<Turn, E>,
) -> Result<Value, String> {
    let turn = turn(example).map_err(|e| e.to_string())?;
    for text in [&turn.system, &turn.user, &turn.answer] {
        if let Some(place) = PLACES_OF_MEDIA.iter().find(|place| text.contains(**place)) {
            return Err(format!("its texts have '{place}', which trainers take for the place of a picture or sound"));
        }
    }
    let picture =
        std::path::absolute(&example.picture).map_err(|e| format!("its path cannot be made absolute: {e}"))?;
    let picture = picture.to_str().ok_or("the picture's path is no Unicode, as JSON must be")?;
    Ok(match kind {
        ExportKind::LlamaFactory => json!({ "messages": messages(&turn), "images": [picture] }),
        ExportKind::Swift => json!({
            "messages": messages(&turn), "images": [picture], "lat": example.at.lat(), "lon": example.at.lon()
        }),
        ExportKind::Trl => {
            let text = |text: &str| json!({ "type": "text", "text": text });
            let mut prompt = Vec::new();
            if !turn.system.is_empty() {
                prompt.push(json!({ "role": "system", "content": [text(&turn.system)] }));
            }
            prompt.push(json!({ "role": "user", "content": [{ "type": "image" }, text(&turn.user)] }));
            let completion = json!([{ "role": "assistant", "content": [text(&turn.answer)] }]);
            json!({ "prompt": prompt, "completion": completion, "images": [picture] })
        }
    })
}

/// Messages whose texts say where the picture is.
fn messages(turn: &Turn) -> Vec<Value> {
    let system = (!turn.system.is_empty()).then(|| json!({ "role": "system", "content": turn.system }));
    let rest = [
        json!({ "role": "user", "content": format!("<image>{}", turn.user) }),
        json!({ "role": "assistant", "content": turn.answer }),
    ];
    system.into_iter().chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::super::made::{at, example};
    use super::*;

    fn turn(example: &Example) -> Result<Turn, String> {
        match example.line {
            3 => Err("it has no words".to_owned()),
            4 => Ok(Turn { system: String::new(), user: "<image> Where?".to_owned(), answer: "here".to_owned() }),
            n => Ok(Turn {
                system: "Be \"brief\".".to_owned(),
                user: "Where?\n".to_owned(),
                answer: format!("{{\"lat\":{n}}}"),
            }),
        }
    }

    fn examples() -> Vec<Example> {
        (1..=4).map(|line| example(line, at(1.5, -2.25))).collect()
    }

    /// What was exported, as values.
    fn exported(kind: ExportKind, folder: &Path) -> (Exported, Vec<Value>) {
        let exported = export(kind, &examples(), &turn, folder).expect("exports");
        let text = fs::read_to_string(&exported.files[0]).expect("there");
        let values = match kind {
            ExportKind::LlamaFactory => serde_json::from_str(&text).expect("one array"),
            _ => text.lines().map(|line| serde_json::from_str(line).expect("a value a line")).collect(),
        };
        (exported, values)
    }

    fn picture(line: u64) -> String {
        let path = std::path::absolute(format!("pictures/{line}.jpg")).expect("a path");
        path.to_str().expect("Unicode").to_owned()
    }

    #[test]
    fn each_kind_has_the_layout_of_its_trainer() {
        let folder = tempfile::tempdir().expect("a folder");
        let messages = |n: u64| {
            json!([
                { "role": "system", "content": "Be \"brief\"." },
                { "role": "user", "content": "<image>Where?\n" },
                { "role": "assistant", "content": format!("{{\"lat\":{n}}}") }
            ])
        };
        let wanted = |kind, n: u64| match kind {
            ExportKind::LlamaFactory => json!({ "messages": messages(n), "images": [picture(n)] }),
            ExportKind::Swift => json!({ "messages": messages(n), "images": [picture(n)], "lat": 1.5, "lon": -2.25 }),
            ExportKind::Trl => json!({
                "prompt": [
                    { "role": "system", "content": [{ "type": "text", "text": "Be \"brief\"." }] },
                    { "role": "user", "content": [{ "type": "image" }, { "type": "text", "text": "Where?\n" }] }
                ],
                "completion": [{ "role": "assistant", "content": [{ "type": "text", "text": format!("{{\"lat\":{n}}}") }] }],
                "images": [picture(n)]
            }),
        };
        for kind in [ExportKind::LlamaFactory, ExportKind::Swift, ExportKind::Trl] {
            let (exported, values) = exported(kind, &folder.path().join(format!("new/{kind:?}")));
            assert_eq!(values, [wanted(kind, 1), wanted(kind, 2)], "{kind:?}");
            assert_eq!(exported.written, 2);
            let told: Vec<String> = exported.faults.iter().map(ToString::to_string).collect();
            assert!(told[0].ends_with("3.jpg: line 3: it has no words") && told[1].contains("'<image>'"), "{told:?}");
        }
    }

    #[test]
    fn the_index_of_llamafactory_keeps_other_sets() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("dataset_info.json");
        fs::write(&path, r#"{"other": {"file_name": "o.json"}}"#).expect("writes");
        let (exported, _) = exported(ExportKind::LlamaFactory, folder.path());
        assert_eq!(exported.files[1], path);
        let index: Value = serde_json::from_slice(&fs::read(&path).expect("there")).expect("JSON");
        assert_eq!(index["other"]["file_name"], "o.json");
        assert_eq!(index["navig"]["file_name"], "data.json");
        assert_eq!(index["navig"]["columns"], json!({ "messages": "messages", "images": "images" }));
        fs::write(&path, "[").expect("writes");
        let error =
            export(ExportKind::LlamaFactory, &examples(), &turn, folder.path()).expect_err("refused").to_string();
        assert!(error.contains("dataset_info.json: it is no JSON"), "{error}");
    }

    #[test]
    fn an_export_of_nothing_leaves_what_was_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("data.jsonl");
        fs::write(&path, "old").expect("writes");
        let error = export(ExportKind::Swift, &examples()[2..], &turn, folder.path()).expect_err("refused").to_string();
        assert!(error.contains("2 have faults") && error.contains("it has no words"), "{error}");
        assert_eq!(fs::read_to_string(&path).expect("there"), "old");
        assert_eq!(fs::read_dir(folder.path()).expect("reads").count(), 1);
    }
}

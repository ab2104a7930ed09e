//! What a piece of long work depends on, as a record beside it: it goes on only as what it was begun as.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// Characters of a value that are shown.
const SHOWN: usize = 80;

/// All facts as dotted names with values, in the order that they have; long values are cut, with a hash that tells them apart.
pub(crate) fn rows(facts: &impl Serialize) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    flatten("", &serde_json::to_value(facts).expect("plain fields"), &mut rows);
    rows
}

/// What differs between two records, in words: `weights: "a" before, "b" now`.
pub(crate) fn differences(before: &impl Serialize, now: &impl Serialize) -> Vec<String> {
    let [before, now] = [rows(before), rows(now)].map(BTreeMap::from_iter);
    let of = |rows: &BTreeMap<String, String>, name: &str| rows.get(name).map_or("nothing", String::as_str).to_owned();
    let mut names: Vec<&String> = before.keys().chain(now.keys()).collect();
    names.sort();
    names.dedup();
    let differs = names.into_iter().map(|name| (name, of(&before, name), of(&now, name)));
    differs.filter(|(_, a, b)| a != b).map(|(name, a, b)| format!("{name}: {a} before, {b} now")).collect()
}

fn flatten(name: &str, value: &Value, rows: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let dot = if name.is_empty() { "" } else { "." };
                flatten(&format!("{name}{dot}{key}"), member, rows);
            }
        }
        other => {
            let text = other.to_string();
            let text = match text.char_indices().nth(SHOWN) {
                Some((end, _)) => {
                    let digest = crate::digest::hex(&Sha256::digest(&text)[..4]);
                    format!("{}… ({digest})", &text[..end])
                }
                None => text,
            };
            rows.push((name.to_owned(), text));
        }
    }
}

/// Takes a folder for this process by its file `.lock`, until the value is dropped, also by a crash; none when another has it.
pub(crate) fn lock(folder: &Path) -> io::Result<Option<File>> {
    let file = OpenOptions::new().create(true).append(true).open(folder.join(".lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_differs_is_named_with_both_values() {
        let before = json!({ "base": "a", "recipe": { "rank": 8, "seed": 1 }, "list": ["a"] });
        let now = json!({ "base": "b", "recipe": { "rank": 16, "seed": 1 }, "list": ["a"], "part": 2 });
        let told = ["base: \"a\" before, \"b\" now", "part: nothing before, 2 now", "recipe.rank: 8 before, 16 now"];
        assert_eq!(differences(&before, &now), told);
        assert!(differences(&now, &now).is_empty());
    }

    #[test]
    fn long_values_are_cut_and_still_told_apart() {
        let (a, b) = (json!({ "a": "x".repeat(200) }), json!({ "a": "x".repeat(199) + "y" }));
        let told = &differences(&a, &b)[0];
        assert!(told.len() < 300 && told.contains('…'), "{told}");
    }

    #[test]
    fn a_folder_is_one_process_s_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let held = lock(folder.path()).expect("locks");
        assert!(held.is_some() && lock(folder.path()).expect("looks").is_none());
        drop(held);
        assert!(lock(folder.path()).expect("locks").is_some());
    }
}

//! The bytes of each token, from `tokenizer.json`.

use crate::model::ModelError;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;

/// What each token of a byte-level tokenizer stands for.
pub(super) struct Vocabulary {
    /// By token; `None` for special tokens and holes.
    bytes: Vec<Option<Box<[u8]>>>,
}

#[derive(Deserialize)]
struct File {
    model: Model,
    #[serde(default)]
    added_tokens: Vec<Added>,
}

#[derive(Deserialize)]
struct Model {
    vocab: HashMap<String, u32>,
}

#[derive(Deserialize)]
struct Added {
    id: u32,
    content: String,
    special: bool,
}

/// More tokens than any model has.
const MOST_TOKENS: u32 = 1 << 22;

impl Vocabulary {
    /// Reads the tokenizer of a model.
    ///
    /// # Errors
    /// [`ModelError::File`] when it is no tokenizer with a map of tokens.
    pub(super) fn read(path: &Path) -> Result<Self, ModelError> {
        let wrong = |reason: String| ModelError::File { path: path.to_owned(), reason };
        let text = std::fs::read(path).map_err(|e| wrong(e.to_string()))?;
        let file: File = serde_json::from_slice(&text).map_err(|e| wrong(format!("not a tokenizer: {e}")))?;
        let ids = file.model.vocab.values().copied().chain(file.added_tokens.iter().map(|a| a.id));
        let last = ids.max().filter(|&id| id < MOST_TOKENS);
        let last = last.ok_or_else(|| wrong("a tokenizer with no tokens, or with impossible ones".to_owned()))?;
        let mut bytes: Vec<Option<Box<[u8]>>> = vec![None; last as usize + 1];
        let letters = letters();
        for (token, id) in file.model.vocab {
            let spelled: Option<Vec<u8>> = token.chars().map(|c| letters.get(&c).copied()).collect();
            bytes[id as usize] = spelled.map(Vec::into_boxed_slice);
        }
        for added in file.added_tokens {
            bytes[added.id as usize] = (!added.special).then(|| added.content.into_bytes().into_boxed_slice());
        }
        Ok(Self { bytes })
    }

    /// Whether the tokenizer has a token of that number. Models have more rows than their tokenizers have tokens, and an
    /// engine that writes one of those has nothing to write.
    pub(super) fn has(&self, token: usize) -> bool {
        token < self.bytes.len()
    }

    /// The bytes of a token; nothing for a special one.
    pub(super) fn bytes(&self, token: u32) -> &[u8] {
        self.bytes.get(token as usize).and_then(Option::as_deref).unwrap_or_default()
    }
}

/// The characters by which byte-level tokenizers write bytes (GPT-2): printable ones stand for themselves, the others are
/// moved to 256 and up, in order.
fn letters() -> HashMap<char, u8> {
    let printable = |b: u8| matches!(b, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    let mut moved = 0;
    (0..=u8::MAX)
        .map(|b| match printable(b) {
            true => (char::from(b), b),
            false => {
                moved += 1;
                (char::from_u32(255 + moved).expect("256 to 323 are letters"), b)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letters_are_those_of_gpt_2() {
        let letters = letters();
        assert_eq!(letters.len(), 256);
        for (letter, byte) in [('A', b'A'), ('Ġ', b' '), ('Ċ', b'\n'), ('ĉ', b'\t'), ('Ń', 0xAD), ('é', 0xE9)] {
            assert_eq!(letters.get(&letter), Some(&byte), "{letter}");
        }
    }

    #[test]
    fn special_tokens_spell_nothing_and_damage_is_told() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("tokenizer.json");
        let text = r#"{"model":{"vocab":{"Ġa":0,"b":1}},
            "added_tokens":[{"id":2,"content":"<|x|>","special":true},{"id":4,"content":"<t>","special":false}]}"#;
        std::fs::write(&path, text).expect("writes");
        let vocabulary = Vocabulary::read(&path).expect("reads");
        let spelled: Vec<&[u8]> = (0..6).map(|i| vocabulary.bytes(i)).collect();
        assert_eq!(spelled, [&b" a"[..], b"b", b"", b"", b"<t>", b""]);
        for bad in ["{", "{}", r#"{"model":{"vocab":{}}}"#, r#"{"model":{"vocab":{"a":4294967295}}}"#] {
            std::fs::write(&path, bad).expect("writes");
            assert!(matches!(Vocabulary::read(&path), Err(ModelError::File { .. })), "{bad}");
        }
    }
}

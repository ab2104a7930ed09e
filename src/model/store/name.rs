//! Names of models: here, and where they are published.

use super::StoreError;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Longest name, bytes; file systems allow 255, and names of half-done things are longer by some words.
const LONGEST: usize = 200;

/// Whether a name can be a folder's: letters, digits, `-`, `_` and `.`, and none that hides or climbs.
pub(crate) fn is_plain(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && name.len() <= LONGEST && name.chars().all(allowed) && !name.starts_with(['.', '-'])
}

/// Where a model is published: `OWNER/NAME`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HubId {
    owner: String,
    name: String,
}

impl HubId {
    /// The part after the slash.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for HubId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

impl FromStr for HubId {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        match text.split_once('/') {
            Some((owner, name)) if is_plain(owner) && is_plain(name) => {
                Ok(Self { owner: owner.to_owned(), name: name.to_owned() })
            }
            _ => Err(StoreError::Name { name: text.to_owned() }),
        }
    }
}

impl TryFrom<String> for HubId {
    type Error = StoreError;

    fn try_from(text: String) -> Result<Self, StoreError> {
        text.parse()
    }
}

impl From<HubId> for String {
    fn from(id: HubId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_folder_names() {
        for good in ["Qwen3-VL-2B-Instruct", "my_model.v2", "a"] {
            assert!(is_plain(good), "{good}");
        }
        for bad in ["", ".", "..", ".lock", "-x", "a/b", "a\\b", "a b", "a\0", "a\n", "é", &"x".repeat(201)] {
            assert!(!is_plain(bad), "{bad}");
        }
    }

    #[test]
    fn hub_ids_have_an_owner_and_a_name() {
        let id: HubId = "Qwen/Qwen3-VL-2B-Instruct".parse().expect("is one");
        assert_eq!((id.name(), id.to_string().as_str()), ("Qwen3-VL-2B-Instruct", "Qwen/Qwen3-VL-2B-Instruct"));
        for bad in ["Qwen", "a/b/c", "../x", "a/..", "a/b?x", "a/b#x", "https://a/b", "a/", "/b", "a/b%2e"] {
            assert!(bad.parse::<HubId>().is_err(), "{bad}");
        }
    }
}

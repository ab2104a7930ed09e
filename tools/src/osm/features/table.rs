//! `data/osm/features.toml`, turned into what one look at a key answers.

use super::class::WrittenClass;
use super::naming::NameKind;
use crate::osm::object::OsmKind;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

/// Looked up by short keys that come with the program: no defence against chosen keys is needed, so a fast hash does.
pub(super) type Fast<K, V> = HashMap<K, V, BuildHasherDefault<Fnv>>;
type FastSet<K> = HashSet<K, BuildHasherDefault<Fnv>>;

/// Fowler-Noll-Vo 1a over bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        // Tables take the upper bits for one purpose and the lower for another; multiplication alone leaves them alike.
        self.0 ^ self.0 >> 29
    }
}

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    names: WrittenNames,
    keep: WrittenKeep,
    drop: WrittenDrop,
    class: Vec<WrittenClass>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenNames {
    by_language: Vec<String>,
    kinds: HashMap<NameKind, Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenKeep {
    always: Vec<String>,
    when: Vec<WrittenWhen>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenWhen {
    key: String,
    on: Option<Vec<Element>>,
    is: Option<FastSet<String>>,
    except: Option<FastSet<String>>,
    beside: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDrop {
    keys: Vec<String>,
    families: FastSet<String>,
    endings: FastSet<String>,
    spared: Vec<String>,
    not_languages: FastSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Element {
    Node,
    Way,
    Relation,
}

impl Element {
    fn bit(kind: OsmKind) -> u8 {
        match kind {
            OsmKind::Node => 1,
            OsmKind::Way => 2,
            OsmKind::Relation => 4,
        }
    }
}

/// What is known of a key.
#[derive(Debug, Default)]
pub(super) struct KeyFacts {
    /// Its value names the object.
    pub(super) names: Option<NameKind>,
    /// With `:LANGUAGE` behind it, its value names the object.
    pub(super) by_language: bool,
    /// It keeps the object whatever its value.
    pub(super) keeps: bool,
    /// It is not kept.
    pub(super) dropped: bool,
    /// It keeps the object if one of these holds.
    pub(super) when: Vec<When>,
}

/// A condition on a value, and on what carries it.
#[derive(Debug)]
pub(super) struct When {
    elements: u8,
    values: Values,
    /// Only on an object with another key.
    pub(super) beside: Option<String>,
}

#[derive(Debug)]
enum Values {
    Any,
    Of(FastSet<String>),
    Except(FastSet<String>),
}

impl When {
    /// Whether it holds for this value on this kind of element, `beside` apart.
    pub(super) fn holds(&self, kind: OsmKind, value: &str) -> bool {
        self.elements & Element::bit(kind) != 0
            && match &self.values {
                Values::Any => true,
                // A list of values counts when one of them does.
                Values::Of(set) => value.split(';').any(|v| set.contains(v.trim())),
                Values::Except(set) => !set.contains(value),
            }
    }

    fn of(written: WrittenWhen) -> Self {
        let element_bit = |e: Element| match e {
            Element::Node => Element::bit(OsmKind::Node),
            Element::Way => Element::bit(OsmKind::Way),
            Element::Relation => Element::bit(OsmKind::Relation),
        };
        let elements = written.on.map_or(7, |on| on.into_iter().fold(0, |bits, e| bits | element_bit(e)));
        let values = match (written.is, written.except) {
            (Some(set), _) => Values::Of(set),
            (None, Some(set)) => Values::Except(set),
            (None, None) => Values::Any,
        };
        Self { elements, values, beside: written.beside }
    }
}

/// The rules by key.
#[derive(Debug)]
pub(super) struct Table {
    keys: Fast<String, KeyFacts>,
    dropped_families: FastSet<String>,
    dropped_endings: FastSet<String>,
    not_languages: FastSet<String>,
    classes: Vec<WrittenClass>,
}

static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table::read(include_str!("../../../../data/osm/features.toml")).expect("a test parses the file"));

impl Table {
    /// The embedded table; the first call parses it.
    pub(super) fn embedded() -> &'static Self {
        &TABLE
    }

    /// The classes of the file, as written.
    pub(super) fn embedded_classes() -> &'static [WrittenClass] {
        &TABLE.classes
    }

    fn read(text: &str) -> Result<Self, toml::de::Error> {
        let written: Written = toml::from_str(text)?;
        let mut keys: Fast<String, KeyFacts> = Fast::default();
        for (kind, named) in written.names.kinds {
            for key in named {
                keys.entry(key).or_default().names = Some(kind);
            }
        }
        for key in written.names.by_language {
            keys.entry(key).or_default().by_language = true;
        }
        for key in written.keep.always {
            keys.entry(key).or_default().keeps = true;
        }
        // A key that is known for something is not looked at by its parts.
        for key in written.drop.spared {
            keys.entry(key).or_default();
        }
        for key in written.drop.keys {
            keys.entry(key).or_default().dropped = true;
        }
        for when in written.keep.when {
            keys.entry(when.key.clone()).or_default().when.push(When::of(when));
        }
        Ok(Self {
            keys,
            dropped_families: written.drop.families,
            dropped_endings: written.drop.endings,
            not_languages: written.drop.not_languages,
            classes: written.class,
        })
    }

    /// What is known of a key.
    pub(super) fn key(&self, key: &str) -> Option<&KeyFacts> {
        self.keys.get(key)
    }

    /// Whether a family or an ending says that a key is bookkeeping.
    pub(super) fn is_bookkeeping(&self, key: &str) -> bool {
        match (key.split_once(':'), key.rsplit_once(':')) {
            (Some((family, second)), Some((_, ending))) => {
                self.dropped_families.contains(family)
                    || self.dropped_endings.contains(ending)
                    || (family == "name" && self.not_languages.contains(first_part(second)))
            }
            _ => self.dropped_families.contains(key),
        }
    }

    /// What `KEY:LANGUAGE` names an object as.
    pub(super) fn by_language(&self, key: &str) -> Option<NameKind> {
        let (base, language) = key.split_once(':')?;
        let kind = self.keys.get(base).filter(|facts| facts.by_language)?.names?;
        let is_name = is_language(language) && !self.not_languages.contains(first_part(language));
        is_name.then_some(if kind == NameKind::Main { NameKind::Language } else { kind })
    }
}

fn first_part(text: &str) -> &str {
    text.split(':').next().unwrap_or(text)
}

/// A code of two or three letters, with whatever variant behind it: `en`, `zh-Hant`, `ja_kana`, `be-tarask`.
fn is_language(text: &str) -> bool {
    let code = text.split(['-', '_']).next().unwrap_or_default();
    matches!(code.len(), 2 | 3) && code.bytes().all(|b| b.is_ascii_lowercase()) && !text.contains(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_rules_parse_and_say_no_key_twice() {
        let text = include_str!("../../../../data/osm/features.toml");
        let written: Written = toml::from_str(text).expect("it parses");
        let mut seen = HashSet::new();
        for key in written.names.kinds.values().flatten() {
            assert!(seen.insert(key), "{key} has two kinds of name");
        }
        let mut always: HashSet<&String> = HashSet::new();
        for key in &written.keep.always {
            assert!(always.insert(key) && !seen.contains(key), "{key} is kept twice");
        }
        for when in &written.keep.when {
            assert!(!always.contains(&when.key), "{} is kept anyway", when.key);
            assert!(when.is.is_none() || when.except.is_none(), "{}: `is` and `except`", when.key);
        }
        for key in &written.drop.keys {
            assert!(!always.contains(key) && !seen.contains(key), "{key} is kept and dropped");
        }
        for key in always.iter().copied().chain(seen.iter().copied()) {
            assert!(!Table::embedded().is_bookkeeping(key), "{key} is kept and bookkeeping");
        }
    }

    #[test]
    fn languages_are_codes() {
        for language in ["en", "zh-Hant", "ja_kana", "be-tarask", "bat-smg", "ast"] {
            assert!(is_language(language), "{language}");
        }
        for other in ["", "e", "etymology", "left", "EN", "1990", "en:source", "1990-2000"] {
            assert!(!is_language(other), "{other}");
        }
    }
}

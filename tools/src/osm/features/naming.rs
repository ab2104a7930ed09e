//! The texts that name an object.

use super::table::Table;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A longer text is no name, bytes; OpenStreetMap itself allows 255 characters.
pub const LONGEST_NAME_BYTES: usize = 1024;

/// What kind of name a tag holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum NameKind {
    /// `name`: what stands on the sign.
    Main = 0,
    /// `name:en` and its like: the name in one language.
    Language = 1,
    /// `alt_name`, `name_1`, the name of a bridge or a lock: another name in use.
    Alternative = 2,
    /// `official_name`: the long form.
    Official = 3,
    /// `short_name`.
    Short = 4,
    /// `old_name`: no longer in use, perhaps still on an old sign.
    Old = 5,
    /// `loc_name`, `reg_name`: what people say there.
    Local = 6,
    /// `int_name`, `nat_name`.
    International = 7,
    /// `brand`: the chain.
    Brand = 8,
    /// `operator`, `network`: who runs it.
    Operator = 9,
    /// `ref` and its like: the number of a road, a stop, a platform.
    Reference = 10,
    /// `addr:housename`.
    House = 11,
}

impl NameKind {
    /// All kinds; the position of each is its [`NameKind::code`].
    pub const ALL: [Self; 12] = [
        Self::Main,
        Self::Language,
        Self::Alternative,
        Self::Official,
        Self::Short,
        Self::Old,
        Self::Local,
        Self::International,
        Self::Brand,
        Self::Operator,
        Self::Reference,
        Self::House,
    ];

    /// The number that stands for it in an index file; it never changes.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The kind that a number stands for.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }
}

/// The texts that name an object, with their kinds: tag by tag, a value with semicolons as several texts. Spaces at the
/// ends are cut off; what is empty or longer than [`LONGEST_NAME_BYTES`] is left out.
pub fn names_of<'t>(tags: impl Iterator<Item = (&'t str, &'t str)>) -> impl Iterator<Item = (NameKind, &'t str)> {
    let table = Table::embedded();
    tags.filter_map(move |(key, value)| {
        let kind = table.key(key).and_then(|facts| facts.names).or_else(|| table.by_language(key))?;
        Some((kind, value))
    })
    .flat_map(|(kind, value)| value.split(';').map(move |text| (kind, text.trim())))
    .filter(|(_, text)| !text.is_empty() && text.len() <= LONGEST_NAME_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osm::features::keep;
    use crate::osm::object::OsmKind;
    use proptest::prelude::*;

    #[test]
    fn every_tag_that_names_is_heard_and_no_other() {
        let tags = [
            ("name", "Praterstern"),
            ("name:zh-Hant", "普拉特之星"),
            ("name:etymology:wikidata", "Q1"),
            ("name:source", "survey"),
            ("alt_name", "Tegetthoff ; Stern;"),
            ("brand", "ÖBB"),
            ("ref", "1;2"),
            ("source:ref", "9"),
            ("addr:street", "Lassallestraße"),
            ("old_name:de", "Nordbahnhof"),
            ("operator", " "),
        ];
        let names: Vec<_> = names_of(tags.into_iter()).collect();
        assert_eq!(
            names,
            [
                (NameKind::Main, "Praterstern"),
                (NameKind::Language, "普拉特之星"),
                (NameKind::Alternative, "Tegetthoff"),
                (NameKind::Alternative, "Stern"),
                (NameKind::Brand, "ÖBB"),
                (NameKind::Reference, "1"),
                (NameKind::Reference, "2"),
                (NameKind::Old, "Nordbahnhof"),
            ]
        );
    }

    #[test]
    fn codes_and_kinds_agree() {
        for kind in NameKind::ALL {
            assert_eq!(NameKind::from_code(kind.code()), Some(kind));
        }
        assert_eq!(NameKind::from_code(12), None);
    }

    proptest! {
        #[test]
        fn what_has_a_name_is_kept(tags in prop::collection::vec(("[a-z]{2,8}(:[a-z]{2,4})?", "\\PC{0,12}"), 0..6)) {
            let tags = || tags.iter().map(|(k, v)| (k.as_str(), v.as_str()));
            for (_, text) in names_of(tags()) {
                prop_assert!(!text.is_empty() && !text.contains(';') && text.trim() == text);
            }
            if names_of(tags()).next().is_some() {
                prop_assert!(keep(OsmKind::Way, tags()));
            }
        }
    }
}

//! Words for kinds of streets and short forms of common words (`data/osm/street_words.toml`).

use crate::geo::fold::fold;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Shortest name before a suffix of an alphabet, characters: "Hauptstr", but not "Mastr".
const SHORTEST_STEM: usize = 4;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    street: Vec<Group>,
    short: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    words: Vec<String>,
    #[serde(default)]
    suffix: Vec<String>,
    #[serde(default)]
    prefix: Vec<String>,
    #[serde(default)]
    at: At,
}

/// Where in a name a word counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum At {
    Last,
    Before,
    #[default]
    Any,
}

impl At {
    fn holds(self, last: bool) -> bool {
        self == Self::Any || last == (self == Self::Last)
    }
}

/// A meaning of a word.
#[derive(Debug, Clone)]
struct Sense {
    /// The form that stands for all words of its group.
    becomes: String,
    street: bool,
    at: At,
}

#[derive(Default)]
struct Words {
    senses: HashMap<String, Vec<Sense>>,
    /// Folded, the longest first, with what each becomes.
    suffixes: Vec<(String, String)>,
    prefixes: Vec<(String, String)>,
}

impl Words {
    fn add(&mut self, group: &Group, street: bool) {
        let Some(becomes) = group.words.first().map(|w| fold(w)) else { return };
        for word in &group.words {
            let sense = Sense { becomes: becomes.clone(), street, at: group.at };
            self.senses.entry(fold(word)).or_default().push(sense);
        }
        self.suffixes.extend(group.suffix.iter().map(|s| (fold(s), becomes.clone())));
        self.prefixes.extend(group.prefix.iter().map(|s| (fold(s), becomes.clone())));
    }
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("../../../../data/osm/street_words.toml")).expect("the tests read it");
    let mut words = Words::default();
    file.street.iter().for_each(|group| words.add(group, true));
    file.short.iter().for_each(|group| words.add(group, false));
    for ends in [&mut words.suffixes, &mut words.prefixes] {
        ends.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        ends.dedup_by(|a, b| a.0 == b.0);
    }
    words
});

/// A part of a folded name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part<'n> {
    /// As it is written.
    pub(super) text: &'n str,
    /// The form that stands for all its short and long forms.
    pub(super) becomes: &'n str,
    /// Whether it says what kind of street it is.
    pub(super) street: bool,
    /// Whether a space stands before it.
    pub(super) spaced: bool,
}

/// A folded name in its parts, in order. A name of nothing but words for streets has none that is marked as such.
pub(super) fn parts(folded: &str) -> Vec<Part<'_>> {
    let words = &*WORDS;
    let mut parts = Vec::with_capacity(4);
    let count = folded.split(' ').count();
    for (i, word) in folded.split(' ').enumerate() {
        let last = i + 1 == count;
        let sense = words.senses.get(word).and_then(|senses| senses.iter().find(|s| s.at.holds(last)));
        if let Some(sense) = sense {
            parts.push(Part { text: word, becomes: &sense.becomes, street: sense.street, spaced: i > 0 });
        } else if let Some((stem, suffix, becomes)) = with_suffix(word, &words.suffixes) {
            parts.push(Part { text: stem, becomes: stem, street: false, spaced: i > 0 });
            parts.push(Part { text: suffix, becomes, street: true, spaced: false });
        } else if let Some((prefix, stem, becomes)) = with_prefix(word, &words.prefixes) {
            parts.push(Part { text: prefix, becomes, street: true, spaced: i > 0 });
            parts.push(Part { text: stem, becomes: stem, street: false, spaced: false });
        } else {
            parts.push(Part { text: word, becomes: word, street: false, spaced: i > 0 });
        }
    }
    if parts.iter().all(|p| p.street) {
        parts.iter_mut().for_each(|p| p.street = false);
    }
    parts
}

fn with_suffix<'n>(word: &'n str, suffixes: &'static [(String, String)]) -> Option<(&'n str, &'n str, &'static str)> {
    suffixes.iter().find_map(|(suffix, becomes)| {
        let stem = word.strip_suffix(suffix.as_str())?;
        let shortest = if suffix.is_ascii() { SHORTEST_STEM } else { 1 };
        let long = stem.chars().nth(shortest - 1).is_some();
        long.then(|| (stem, &word[stem.len()..], becomes.as_str()))
    })
}

fn with_prefix<'n>(word: &'n str, prefixes: &'static [(String, String)]) -> Option<(&'n str, &'n str, &'static str)> {
    prefixes.iter().find_map(|(prefix, becomes)| {
        let stem = word.strip_prefix(prefix.as_str()).filter(|stem| !stem.is_empty())?;
        Some((&word[..prefix.len()], stem, becomes.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        parts(&fold(text)).iter().map(|p| format!("{}{}", if p.spaced { " " } else { "" }, p.becomes)).collect()
    }

    #[test]
    fn long_and_short_forms_become_one() {
        for (a, b) in [
            ("Hauptstr.", "Hauptstraße"),
            ("Berliner Str.", "Berliner Strasse"),
            ("Fifth Ave", "Fifth Avenue"),
            ("C/ Mayor", "Calle Mayor"),
            ("C. Major", "Carrer Major"),
            ("ул. Ленина", "улица Ленина"),
            ("St. John St", "Saint John Street"),
            ("Dr Brown Dr", "Doctor Brown Drive"),
            ("R. Augusta", "Rua Augusta"),
            ("Pl. de Catalunya", "Plaça de Catalunya"),
        ] {
            assert_eq!(canonical(a), canonical(b));
        }
    }

    #[test]
    fn a_name_of_street_words_alone_keeps_them() {
        assert!(parts("platz").iter().all(|p| !p.street));
        assert!(parts("").iter().all(|p| !p.street));
        let street: Vec<bool> = parts("人民路").iter().map(|p| p.street).collect();
        assert_eq!(street, [false, true]);
    }
}

//! Words that stand beside names and tell what the names mean there.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A section of `data/signs/nearby.txt`, which says what each is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Nearby {
    PlaceHere,
    PlaceElsewhere,
    CountryWelcome,
    CountryState,
    CountryAbroad,
}

const SECTIONS: [(&str, Nearby); 5] = [
    ("place-here:", Nearby::PlaceHere),
    ("place-elsewhere:", Nearby::PlaceElsewhere),
    ("country-welcome:", Nearby::CountryWelcome),
    ("country-state:", Nearby::CountryState),
    ("country-abroad:", Nearby::CountryAbroad),
];

static WORDS: LazyLock<HashMap<Nearby, Vec<&'static str>>> = LazyLock::new(|| {
    let mut words: HashMap<Nearby, Vec<&'static str>> = HashMap::new();
    let mut section = None;
    for line in include_str!("../../../data/signs/nearby.txt").lines().filter(|l| !l.starts_with('#')) {
        if let Some((_, nearby)) = SECTIONS.iter().find(|(name, _)| *name == line.trim()) {
            section = Some(*nearby);
        } else if let Some(section) = section {
            words.entry(section).or_default().extend(line.split_whitespace());
        }
    }
    words
});

impl Nearby {
    /// The folded words of the section.
    pub(crate) fn words(self) -> &'static [&'static str] {
        WORDS.get(&self).map(Vec::as_slice).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::words::fold;

    #[test]
    fn every_section_has_folded_words() {
        for (name, section) in SECTIONS {
            assert!(section.words().len() >= 20, "{name}");
            assert!(section.words().iter().all(|w| fold(w) == *w), "{name}");
        }
    }
}

//! Words in Chinese characters that few countries use.

use super::simplify;
use std::sync::LazyLock;

struct Compound {
    /// As we wrote it, for the claim.
    written: &'static str,
    simplified: String,
    countries: &'static str,
}

static COMPOUNDS: LazyLock<Vec<Compound>> = LazyLock::new(|| {
    let rows = include_str!("../../../../data/signs/cjk_words.txt").lines().filter(|l| !l.starts_with('#'));
    rows.filter_map(|l| l.split_once(": "))
        .flat_map(|(countries, words)| {
            let compound = move |written| Compound { written, simplified: simplify(written), countries };
            words.split(' ').map(compound)
        })
        .collect()
});

/// A word of the list that stands on a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// As the list has it.
    pub(crate) word: &'static str,
    countries: &'static str,
}

impl Found {
    /// Whether the country of this code uses the word.
    pub(crate) fn is_of(self, code: &str) -> bool {
        self.countries.split(' ').any(|c| c == code)
    }

    /// Whether the two words are of the same countries.
    pub(crate) fn agrees(self, other: Self) -> bool {
        self.countries == other.countries
    }
}

/// The words of the list in a text, each once, without those that are part of a longer one of the same countries.
pub(crate) fn found(text: &str) -> Vec<Found> {
    let text = simplify(text);
    let hits: Vec<&Compound> = COMPOUNDS.iter().filter(|c| text.contains(&c.simplified)).collect();
    let part_of_longer = |c: &Compound| {
        hits.iter().any(|longer| {
            longer.countries == c.countries
                && longer.simplified.len() > c.simplified.len()
                && longer.simplified.contains(&c.simplified)
        })
    };
    hits.iter().filter(|c| !part_of_longer(c)).map(|c| Found { word: c.written, countries: c.countries }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::facts::Facts;
    use std::collections::HashSet;

    #[test]
    fn the_list_is_long_names_countries_and_has_no_word_twice() {
        let words: HashSet<&str> = COMPOUNDS.iter().map(|c| c.simplified.as_str()).collect();
        assert!(COMPOUNDS.len() >= 300 && words.len() == COMPOUNDS.len());
        for compound in COMPOUNDS.iter() {
            assert!(
                compound.countries.split(' ').all(|c| Facts::embedded().country(c).is_some()),
                "{}",
                compound.written
            );
            assert!(compound.simplified.chars().count() >= 2, "{}", compound.written);
        }
    }

    #[test]
    fn a_word_is_found_in_mixed_forms_and_only_the_longer_one_counts() {
        let words = |text| found(text).into_iter().map(|f| f.word).collect::<Vec<_>>();
        assert_eq!(words("月极驻车场"), ["駐車場", "月極"]);
        assert_eq!(words("請往巴士站"), ["巴士站"]);
        assert!(words("山川").is_empty());
    }
}

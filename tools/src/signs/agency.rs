//! Words of the state: police, gendarmerie, town halls, border posts.

use super::reading::Reading;
use super::shares::Shares;
use super::words::fold;
use crate::evidence::Finding;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

#[derive(Deserialize)]
struct Table {
    agencies: HashMap<String, String>,
}

/// Folded phrase, without spaces → country codes.
static AGENCIES: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let table: Table = toml::from_str(include_str!("../../../data/geo/agencies.toml"))
        .expect("a test parses the embedded agencies.toml");
    table.agencies.into_iter().map(|(phrase, codes)| (fold(&phrase), codes)).collect()
});

/// Most words of a phrase.
const LONGEST: usize = 4;

/// One finding per line with the longest phrase on it.
pub(crate) fn find(reading: &Reading) -> Vec<Finding> {
    let mut out = Vec::new();
    for line in &reading.lines {
        let phrase = (1..=LONGEST.min(line.words.len())).rev().find_map(|size| {
            line.words.windows(size).find_map(|w| {
                let key: String = w.iter().map(|w| w.folded.as_str()).collect();
                let codes = AGENCIES.get(&key)?;
                Some((w.iter().map(|w| w.raw.as_str()).collect::<Vec<_>>().join(" "), codes, size))
            })
        });
        let Some((shown, codes, size)) = phrase else { continue };
        let shares = Shares::equal(codes.split(' '));
        let background: f64 = match (shares.len(), size) {
            (1, 2..) => 0.12,
            (1, _) => 0.25,
            (2..=4, _) => 0.3,
            _ => 0.38,
        };
        let claim = format!("'{shown}' is what a public body is called in {}.", shares.in_words(4));
        out.extend(line.finding("public-body", claim, shares.likelihood(line.background(background))));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::facts::Facts;
    use crate::signs::reading::{background_of, reading_of, share_of};

    #[test]
    fn the_table_names_known_countries() {
        assert!(AGENCIES.len() > 100);
        for (phrase, codes) in AGENCIES.iter() {
            assert!(codes.split(' ').all(|c| Facts::embedded().country(c).is_some()), "{phrase}: {codes}");
        }
    }

    #[test]
    fn the_longest_phrase_counts() {
        let found = find(&reading_of(&["Polizia Locale", "Carabinieri"]));
        assert!(found[0].claim.contains("Polizia Locale") && share_of(&found[0], "CH") > 0.0);
        assert!(share_of(&found[1], "IT") >= 1.0 && background_of(&found[1]) < 0.5);
    }
}

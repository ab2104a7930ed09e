//! Words of the state: police, gendarmerie, town halls, border posts.

use super::phrases::Phrases;
use super::reading::Reading;
use super::shares::Shares;
use crate::evidence::Finding;
use std::sync::LazyLock;

static AGENCIES: LazyLock<Phrases> = LazyLock::new(|| {
    Phrases::parse(include_str!("../../../data/geo/agencies.toml"), "agencies").expect("a test parses agencies.toml")
});

/// One finding per line with the longest phrase on it.
pub(crate) fn find(reading: &Reading) -> Vec<Finding> {
    let mut out = Vec::new();
    for line in &reading.lines {
        let Some(found) = AGENCIES.longest(line) else { continue };
        let shares = Shares::equal(found.codes);
        let background: f64 = match (shares.len(), found.words) {
            (1, 2..) => 0.12,
            (1, _) => 0.25,
            (2..=4, _) => 0.3,
            _ => 0.38,
        };
        let claim = format!("'{}' is what a public body is called in {}.", found.shown, shares.in_words(4));
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
        assert!(AGENCIES.rows().count() > 100);
        for (phrase, codes) in AGENCIES.rows() {
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

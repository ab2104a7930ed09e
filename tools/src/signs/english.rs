//! Which English: a centre or a center, a car park or a parking lot.
//!
//! The language rule knows only that signs are English. Words that one country writes and another does not tell the
//! countries apart; all lines of a photo are weighed together, since they are one kind of English.

use super::phrases::Phrases;
use super::reading::{Reading, weighed};
use super::shares::Shares;
use crate::evidence::Finding;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static ENGLISH: LazyLock<Phrases> = LazyLock::new(|| {
    Phrases::parse(include_str!("../../../data/geo/english.toml"), "english").expect("a test parses english.toml")
});

/// Fit of a country that a phrase does not name, where those that it names have 1.
const ELSEWHERE: f64 = 0.12;

/// One finding for the English of a photo.
pub(crate) fn find(reading: &Reading) -> Vec<Finding> {
    let mut fits: BTreeMap<&str, i32> = BTreeMap::new();
    let (mut shown, mut clues, mut trusted) = (Vec::new(), Vec::new(), 0.0);
    for line in &reading.lines {
        let trust = line.legible * (1.0 - line.travels);
        let Some(found) = ENGLISH.longest(line).filter(|_| trust > 0.3) else { continue };
        let quoted = format!("'{}'", found.shown);
        if shown.contains(&quoted) {
            continue;
        }
        found.codes.for_each(|code| *fits.entry(code).or_default() += 1);
        trusted += trust * found.words.min(2) as f64 / 2.0;
        shown.push(quoted);
        clues.push(line.id.clone());
    }
    if shown.is_empty() {
        return Vec::new();
    }
    let mut shares = Shares::default();
    for (code, hits) in fits {
        shares.raise(code, ELSEWHERE.powi(shown.len() as i32 - hits));
    }
    // What one or two countries alone write is no slip of a signwriter elsewhere.
    let narrow = shares.len() <= 2;
    let background = match trusted {
        t if t < 0.7 => 0.65,
        t if t < 1.2 => 0.5,
        _ => 0.35,
    };
    let background = if narrow { background - 0.2 } else { background };
    let claim = format!("{} is English as it is written in {}.", shown.join(", "), shares.in_words(4));
    let (group, kind) = ("text:language".to_owned(), "spelling".to_owned());
    weighed(Finding { group, kind, clues, claim, likelihood: shares.likelihood(background) }).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::facts::Facts;
    use crate::signs::reading::{background_of, reading_of, share_of};

    #[test]
    fn the_table_names_known_countries() {
        for (phrase, codes) in ENGLISH.rows() {
            assert!(codes.split(' ').all(|c| Facts::embedded().country(c).is_some()), "{phrase}: {codes}");
        }
    }

    #[test]
    fn british_and_american_signs_are_told_apart() {
        let british = find(&reading_of(&["PUBLIC FOOTPATH", "Car park", "Give way"]));
        assert!(share_of(&british[0], "GB") > 10.0 * share_of(&british[0], "US").max(0.01));
        let american = find(&reading_of(&["Town of Springfield", "Medical Center"]));
        assert!(share_of(&american[0], "US") >= 1.0 && share_of(&american[0], "GB") == 0.0);
        assert!(background_of(&british[0]) <= background_of(&american[0]));
    }

    #[test]
    fn words_that_all_share_say_nothing() {
        assert!(find(&reading_of(&["Please", "Open", "Danger"])).is_empty());
    }
}

//! Names of countries, in any language.
//!
//! A country's name stands at its own border, on direction signs of its neighbours, over restaurants abroad and on tins. So
//! the words beside it decide what it says, and so does its language: ESPANHA is what the Portuguese call Spain, hence it
//! stands in Portugal more than in Spain.

use super::facts::Facts;
use super::lexicon::Lexicon;
use super::nearby::Nearby;
use super::reading::{Line, Reading};
use super::shares::Shares;
use super::words::{letters, writes_without_spaces};
use crate::evidence::Finding;
use std::collections::BTreeSet;

/// `data/geo/country_names.tsv`: folded name, tab, `CODE:language,language …`, sorted by bytes.
static NAMES: &str = include_str!("../../../data/geo/country_names.tsv");

/// Most words of a name.
const LONGEST_NAME: usize = 6;

/// Names that are also common words, first names, or towns in many places.
const AMBIGUOUS: &[&str] = &[
    "island", "turkey", "china", "jordan", "georgia", "chad", "jersey", "guinea", "mali", "man", "togo", "oman",
    "benin", "niger", "india", "cuba", "peru", "panama", "malta", "lebanon", "cyprus", "holland", "wales", "america",
    "mexico", "alba", "monaco", "granada", "grenada", "dominica", "martin", "samoa", "macau", "gabon", "laos", "fiji",
    "iran", "uk", "roma", "korea", "sahara",
];

/// One finding per name of a country.
pub(crate) fn find(reading: &Reading) -> Vec<Finding> {
    let mentions: Vec<(usize, Mention)> = reading
        .lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.legible > 0.1)
        .filter_map(|(at, line)| Some((at, mention(line)?)))
        .collect();
    let countries: BTreeSet<&str> = mentions.iter().flat_map(|(_, m)| m.owners.iter().map(|o| o.code)).collect();
    let crowd = countries.len();
    mentions.iter().filter_map(|(at, m)| finding(reading, *at, m, crowd)).collect()
}

/// A country whose name it may be.
struct Owner {
    code: &'static str,
    /// Whether the name is in an official language of the country, or in English.
    own: bool,
    languages: &'static str,
}

/// A name of a country on a line.
struct Mention {
    name: String,
    owners: Vec<Owner>,
    /// An inflected form or an adjective: Kosovës, Polski.
    inflected: bool,
    ambiguous: bool,
}

/// The words of a country's name on a line that is hardly anything else; empty when there is none.
pub(crate) fn plain_mention(line: &Line) -> Vec<String> {
    match mention(line) {
        Some(m) if !m.ambiguous && !m.inflected => super::words::words(&m.name).into_iter().map(|w| w.raw).collect(),
        _ => Vec::new(),
    }
}

/// The longest name on a line.
fn mention(line: &Line) -> Option<Mention> {
    let exact = |key: &str, shown: String| {
        let owners = look_up(key)?;
        Some(Mention { name: shown, owners, inflected: false, ambiguous: AMBIGUOUS.contains(&key) })
    };
    for length in (1..=LONGEST_NAME.min(line.words.len())).rev() {
        for window in line.words.windows(length) {
            let key: String = window.iter().map(|w| w.folded.as_str()).collect();
            let shown = || window.iter().map(|w| w.raw.as_str()).collect::<Vec<_>>().join(" ");
            let long = letters(&key) >= 4 || !key.is_ascii() || window[0].raw.chars().all(char::is_uppercase);
            if let (true, Some(found)) = (long, exact(&key, shown())) {
                return Some(found);
            }
        }
    }
    line.words.iter().find_map(|w| {
        let inside = name_inside(&w.folded).and_then(|key| exact(&key, w.raw.clone()));
        inside.or_else(|| inflected(&w.folded, &w.raw))
    })
}

/// A name glued to words of the lexicon (`bienvenidoacostarica`), or inside a text without spaces.
fn name_inside(run: &str) -> Option<String> {
    const LONGEST: usize = 40;
    let spaceless = run.chars().any(writes_without_spaces);
    let shortest = if spaceless { 2 } else { 5 };
    let at: Vec<usize> = run.char_indices().map(|(i, _)| i).take(LONGEST).chain([run.len()]).collect();
    let lexicon = Lexicon::embedded();
    let explained = |rest: &str| spaceless || rest.is_empty() || lexicon.knows(rest) || lexicon.split(rest).is_some();
    let length = at.len() - 1;
    for size in (shortest..length).rev() {
        for from in 0..=length - size {
            let name = &run[at[from]..at[from + size]];
            if row(name).is_some() && explained(&run[..at[from]]) && explained(&run[at[from + size]..]) {
                return Some(name.to_owned());
            }
        }
    }
    None
}

/// A word that shares all but its ending with a name of at least six letters.
fn inflected(folded: &str, raw: &str) -> Option<Mention> {
    let size = letters(folded);
    if size < 6 || Lexicon::embedded().knows(folded) || folded.chars().any(writes_without_spaces) {
        return None;
    }
    let stem: String = folded.chars().take(size - 1 - usize::from(size > 6)).collect();
    let start = NAMES_INDEX.partition_point(|line| line.as_bytes() < stem.as_bytes());
    let mut owners: Vec<Owner> = Vec::new();
    for line in NAMES_INDEX[start..].iter().take(60).take_while(|l| l.starts_with(&stem)) {
        let Some((name, row)) = line.split_once('\t') else { continue };
        if letters(name) > letters(&stem) + 1 || AMBIGUOUS.contains(&name) {
            continue;
        }
        for owner in owners_of(row) {
            if !owners.iter().any(|o| o.code == owner.code) {
                owners.push(owner);
            }
        }
    }
    (owners.len() == 1).then(|| Mention { name: raw.to_owned(), owners, inflected: true, ambiguous: false })
}

static NAMES_INDEX: std::sync::LazyLock<Vec<&'static str>> = std::sync::LazyLock::new(|| NAMES.lines().collect());

/// The row of an exact folded name.
fn row(key: &str) -> Option<&'static str> {
    let at =
        NAMES_INDEX.partition_point(|line| line.split('\t').next().unwrap_or_default().as_bytes() < key.as_bytes());
    let (name, row) = NAMES_INDEX.get(at)?.split_once('\t')?;
    (name == key).then_some(row)
}

fn look_up(key: &str) -> Option<Vec<Owner>> {
    row(key).map(|row| owners_of(row).collect())
}

fn owners_of(row: &'static str) -> impl Iterator<Item = Owner> {
    row.split(' ').filter_map(|part| part.split_once(':')).map(|(code, languages)| {
        let facts = Facts::embedded();
        let own = languages.split(',').any(|l| l == "en" || facts.sign_share(l, code) >= 0.3);
        Owner { code, own, languages }
    })
}

/// What stands beside a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Welcome,
    State,
    Abroad,
    Direction,
    Alone,
    OtherWords,
}

fn beside(reading: &Reading, at: usize, mention: &Mention) -> Beside {
    let line = &reading.lines[at];
    let near = |words: &[&str]| {
        let around = at.saturating_sub(3)..(at + 4).min(reading.lines.len());
        line.has(words) || reading.lines[around].iter().any(|l| l.travels < 0.5 && l.has(words))
    };
    let name_words = super::words::words(&mention.name).len();
    let glued_welcome = || {
        line.words.iter().any(|w| {
            Nearby::CountryWelcome.words().iter().any(|x| w.folded.len() > x.len() + 3 && w.folded.starts_with(x))
        })
    };
    if line.has(Nearby::CountryAbroad.words()) {
        Beside::Abroad
    } else if near(Nearby::CountryWelcome.words()) || glued_welcome() {
        Beside::Welcome
    } else if near(Nearby::CountryState.words()) {
        Beside::State
    } else if line.words.iter().any(|w| w.folded == "km") || super::road::number_on(line).is_some() {
        Beside::Direction
    } else if line.words.len() <= name_words + 1 {
        Beside::Alone
    } else {
        Beside::OtherWords
    }
}

fn finding(reading: &Reading, at: usize, mention: &Mention, crowd: usize) -> Option<Finding> {
    let (line, facts) = (&reading.lines[at], Facts::embedded());
    let beside = beside(reading, at, mention);
    // (background, fit of a neighbouring country where the country itself has 1, and in words). Such a fit is about the
    // whole neighbour: few of its signs stand at that border.
    let (mut background, neighbour, why): (f64, f64, &str) = match beside {
        Beside::Welcome => (0.08, 0.03, "with words of welcome"),
        Beside::State => (0.15, 0.03, "with words of the state"),
        Beside::Abroad => (0.9, 0.3, "with words that such a name has abroad, or on goods"),
        Beside::Direction => (0.3, 1.0, "as a destination, so it may be the next country"),
        Beside::Alone => (0.4, 0.12, "by itself"),
        Beside::OtherWords => (0.5, 0.08, "among other words"),
    };
    if mention.ambiguous && beside != Beside::Welcome {
        background = background.max(if beside == Beside::OtherWords { 0.9 } else { 0.72 });
    }
    if mention.inflected {
        background = (background + 0.2).max(0.35);
    }
    if crowd >= 5 {
        background = background.max(0.8);
    }
    let mut shares = Shares::default();
    for owner in &mention.owners {
        // A name in a foreign language is for those who speak it: the neighbours.
        let own = if owner.own || mention.inflected { 1.0 } else { 0.3 };
        shares.raise(owner.code, own);
        let borders = facts.country(owner.code).map(|c| c.borders.as_slice()).unwrap_or_default();
        for other in borders {
            let speaks = owner.languages.split(',').map(|l| facts.sign_share(l, other)).fold(0.0, f64::max);
            shares.raise(other, if owner.own { neighbour * (0.3 + 0.7 * speaks) } else { 0.1 + 0.9 * speaks });
        }
    }
    let claim = format!(
        "'{}' names {}, {why}{}.",
        mention.name,
        mention.owners.iter().map(|o| facts.name(o.code)).take(3).collect::<Vec<_>>().join(" or "),
        if mention.owners.iter().all(|o| !o.own) && !mention.inflected {
            ", in a language of other countries"
        } else {
            ""
        },
    );
    line.finding("country-name", claim, shares.likelihood(line.background(background)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::reading::{background_of, reading_of, share_of};
    use crate::signs::words::fold;

    #[test]
    fn the_table_is_folded_sorted_and_names_known_countries() {
        let mut last = "";
        for line in NAMES.lines() {
            let (name, row) = line.split_once('\t').expect("two columns");
            assert_eq!(fold(name), name);
            assert!(last.as_bytes() < name.as_bytes(), "{last} {name}");
            assert!(row.split(' ').all(|p| Facts::embedded().country(&p[..2]).is_some()), "{line}");
            last = name;
        }
    }

    #[test]
    fn a_welcome_names_the_country_also_when_glued() {
        for text in ["BIENVENIDO A COSTA RICA", "BIENVENIDOACOSTARICA"] {
            let found = find(&reading_of(&[text]));
            assert!(share_of(&found[0], "CR") >= 1.0 && background_of(&found[0]) < 0.2, "{text} {found:?}");
        }
    }

    #[test]
    fn a_foreign_name_on_a_direction_sign_points_to_the_neighbour() {
        let found = find(&reading_of(&["(A25) ESPANHA"]));
        assert!(share_of(&found[0], "PT") > share_of(&found[0], "ES"));
    }

    #[test]
    fn embassies_and_goods_are_weak_and_states_are_strong() {
        let weak = find(&reading_of(&["Made in Vietnam"]));
        assert!(background_of(&weak[0]) > 0.85);
        let strong = find(&reading_of(&["Biblioteka Kombetare e Kosoves"]));
        assert!(share_of(&strong[0], "XK") > 0.9 && background_of(&strong[0]) < 0.6, "{strong:?}");
    }

    #[test]
    fn every_owner_of_a_shared_name_is_named() {
        let found = find(&reading_of(&["CONGO"]));
        assert!(share_of(&found[0], "CD") > 0.0 && share_of(&found[0], "CG") > 0.0);
    }
}

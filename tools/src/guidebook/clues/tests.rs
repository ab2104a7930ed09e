//! The clue book against what navig knows of countries, and its index against its files.

use super::*;
use crate::geo::Gazetteer;
use crate::signs::facts::{Country, Facts};
use std::collections::BTreeSet;

/// Fewest countries that have every topic.
const COUNTRIES: usize = 110;

fn all() -> Vec<(String, ClueEntry)> {
    let files = FILES.iter().flat_map(|(name, text)| parse(text).unwrap_or_else(|e| panic_on(name, &e)));
    files.flat_map(|(country, entries)| entries.into_iter().map(move |e| (country.clone(), e))).collect()
}

#[expect(clippy::panic, reason = "a test that cannot go on")]
fn panic_on(name: &str, error: &toml::de::Error) -> BTreeMap<String, Vec<ClueEntry>> {
    panic!("data/clues/{name}.toml: {error}")
}

fn facts(code: &str) -> &'static Country {
    Facts::embedded().country(code).expect("the country is known")
}

#[test]
fn every_country_has_every_topic_once_at_least_and_stands_in_one_file() {
    let mut topics: BTreeMap<String, BTreeSet<Topic>> = BTreeMap::new();
    for (country, entry) in all() {
        topics.entry(country).or_default().insert(entry.topic);
    }
    for (country, topics) in &topics {
        let missing: Vec<_> = Topic::OF_EVERY_COUNTRY.iter().filter(|t| !topics.contains(t)).collect();
        assert!(missing.is_empty(), "{country} lacks {missing:?}");
    }
    assert!(topics.len() >= COUNTRIES, "{}", topics.len());
    let countries: usize =
        FILES.iter().map(|(name, text)| parse(text).unwrap_or_else(|e| panic_on(name, &e)).len()).sum();
    assert_eq!(countries, topics.len(), "a country in two files");
}

#[test]
fn what_it_says_of_a_country_agrees_with_the_facts() {
    for (country, entry) in all() {
        let (facts, says) = (facts(&country), entry.says.as_str());
        match entry.topic {
            Topic::Driving => {
                let side = if facts.drives_left { "left" } else { "right" };
                assert_eq!(says, format!("Traffic keeps to the {side}."), "{country}");
            }
            Topic::Phone => {
                let code = facts.calling_code.map_or_else(|| "+".to_owned(), |code| format!("+{code}"));
                assert!(says.contains(&code), "{country}: {says}");
            }
            Topic::Currency => {
                assert!(facts.currencies.iter().any(|c| says.contains(c.as_str())), "{country}: {says}");
            }
            Topic::Domain => assert!(says.contains('.'), "{country}: {says}"),
            _ => {}
        }
    }
}

#[test]
fn shares_are_of_regions_that_exist_and_name_the_country_itself() {
    let gazetteer = Gazetteer::embedded();
    for (country, entry) in all() {
        let own = |code: &String| *code == country || code.starts_with(&format!("{country}."));
        assert!(entry.shares.keys().any(own), "{country}: {}", entry.says);
        for (code, share) in &entry.shares {
            assert!(*share > 0.0 && *share <= 1.0, "{country}: {code} = {share}");
            assert!(gazetteer.region(&region(code)).is_some(), "{country}: no region {code}");
        }
        if let Some(instead) = &entry.instead {
            assert!(Facts::embedded().country(instead).is_some(), "{country}: {instead}");
        }
        assert_eq!(entry.topic == Topic::Confused, entry.instead.is_some(), "{country}: {}", entry.says);
    }
}

#[test]
fn each_entry_is_one_sentence_that_does_not_name_its_country() {
    for (country, entry) in all() {
        let says = &entry.says;
        assert!(says.ends_with('.') && (20..=260).contains(&says.chars().count()), "{country}: {says}");
        let name = facts(&country).name.clone();
        let named = says.split(|c: char| !c.is_alphanumeric()).any(|word| word == name);
        assert!(entry.topic == Topic::Confused || !named, "{country}: {says}");
    }
}

#[test]
fn the_embedded_book_is_made_of_the_files_and_has_a_vector_for_every_sentence() {
    let (book, draft) = (book(), draft().expect("parses"));
    book.verify().expect("is sound");
    let kept = Draft::of(&book).expect("reads");
    let without = |draft: &Draft| -> Vec<Entry> {
        draft.entries().iter().cloned().map(|entry| Entry { vector: None, ..entry }).collect()
    };
    assert!(
        without(&kept) == without(&draft) && kept.sources() == draft.sources(),
        "data/clues/clues.navguide is stale: cargo run --release --example clue_book -- FOLDER_OF_THE_EMBEDDER"
    );
    assert!(kept.entries().iter().all(|entry| entry.vector.is_some()));
}

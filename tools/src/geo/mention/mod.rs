//! Which regions a text names, because guidebooks and people write "in Paraná" and "Brazilian plates", not `BR.18`.
//!
//! A name counts only where it is likely to be one: with a capital letter, not as a part of something else ("Indian
//! Ocean"), not as the name of a language ("signs in Portuguese"), and, where the word is also another one ("Turkey",
//! "Nice"), only beside words that make it a place. What a sentence says *about* the region, such as that it looks
//! different there, is for the caller to judge.
//!
//! ```
//! use navig_tools::geo::mention::mentions;
//!
//! let found = mentions("Signs in Portuguese stand in Angola and all over West Africa.");
//! assert_eq!(found[0].regions[0].code, "AO");
//! assert_eq!(found[1].name, "West Africa");
//! assert!(found[1].regions.len() > 10);
//! ```

mod context;
mod places;
mod table;
#[cfg(test)]
mod tests;
mod tokens;

use super::gazetteer::{NameMatch, Named};
use super::{Gazetteer, Level, RegionCode};
use std::collections::HashMap;
use std::ops::Range;
use table::{Entry, Table};
use tokens::{Token, tokens};

/// Most words of a name.
const LONGEST_NAME: usize = 7;

/// What form a mention has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MentionKind {
    /// The name of the place: Brazil, Scandinavia.
    Name,
    /// A word for its people, or of it: Brazilian, a Dane.
    Demonym,
}

/// A region, or a group of regions, that a text names.
#[derive(Debug, Clone, PartialEq)]
pub struct Mention {
    /// What it may stand for: one region, all members of a group, or all bearers of a name. Never empty.
    pub regions: Vec<RegionCode>,
    /// As it is written.
    pub name: String,
    /// Where it stands, in bytes of the text.
    pub at: Range<usize>,
    /// What form it has.
    pub kind: MentionKind,
    /// How sure it is that these words mean this place (or these), above 0 and below 1.
    pub sure: f64,
    /// Whether the name is that of a group of countries or of a continent.
    pub group: bool,
}

/// The regions that a text names, in the order of the text.
///
/// Texts of any length and script are read in time that grows with their length; a sentence takes some microseconds.
#[must_use]
pub fn mentions(text: &str) -> Vec<Mention> {
    mentions_within(text, &[])
}

/// As [`mentions`], where a page is known to be about some countries (ISO 3166-1 alpha-2): of namesakes those in these
/// countries are meant, and smaller towns of theirs are found too.
#[must_use]
pub fn mentions_within(text: &str, countries: &[&str]) -> Vec<Mention> {
    let finder = Finder { text, tokens: tokens(text), countries, small: is_small(text), table: Table::embedded() };
    let mut found = finder.run();
    choose_namesakes(&mut found, countries);
    found
}

/// Whether a text has letters and not one capital, as people type: then names need none either.
fn is_small(text: &str) -> bool {
    !text.chars().any(char::is_uppercase)
}

/// One pass over the words of a text.
struct Finder<'a> {
    text: &'a str,
    tokens: Vec<Token<'a>>,
    countries: &'a [&'a str],
    small: bool,
    table: &'static Table,
}

impl Finder<'_> {
    fn run(&self) -> Vec<Mention> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(token) = self.tokens.get(at) {
            if token.spaceless {
                self.inside(token, &mut found);
                at += 1;
                continue;
            }
            at += self.longest(at, &mut found).max(1);
        }
        found
    }

    /// Adds the longest name that begins at a word; how many words to go on by.
    fn longest(&self, at: usize, found: &mut Vec<Mention>) -> usize {
        let token = &self.tokens[at];
        if !(token.capital || self.small) {
            return 0;
        }
        let mut key = String::new();
        let mut keys = Vec::with_capacity(LONGEST_NAME);
        for (i, token) in self.tokens[at..].iter().take(LONGEST_NAME).enumerate() {
            if i > 0 && !token.joined || token.spaceless {
                break;
            }
            key.push_str(&token.folded);
            keys.push(key.len());
        }
        for words in (1..=keys.len()).rev() {
            let key = &key[..keys[words - 1]];
            if self.table.is_other_thing(key) {
                return words;
            }
            let entry = self.table.get(key).filter(|entry| self.written_as_name(at, words, entry));
            let mention = match entry {
                Some(entry) => self.of_table(at, words, key, entry),
                None => places::find(self, at, words, key),
            };
            if let Some(mention) = mention {
                found.push(mention);
                return words;
            }
        }
        0
    }

    /// Short names are abbreviations, and stand in capitals: US, UK, but not "us".
    fn written_as_name(&self, at: usize, words: usize, entry: &Entry) -> bool {
        let window = &self.tokens[at..at + words];
        if entry.letters <= 3 && entry.kind == MentionKind::Name {
            let raw = &self.text[window[0].at.start..window[words - 1].at.end];
            return raw.chars().all(|c| !c.is_alphabetic() || c.is_uppercase()) || (words == 1 && !raw.is_ascii());
        }
        if self.small {
            return words == 1 || entry.group || entry.kind == MentionKind::Demonym || self.is_country(window);
        }
        window[words - 1].capital || window[words - 1].folded.len() <= 3
    }

    /// Whether words without a capital are a country's name as they stand apart: "green land" is not.
    fn is_country(&self, window: &[Token<'_>]) -> bool {
        let (Some(first), Some(last)) = (window.first(), window.last()) else { return false };
        let hits = Gazetteer::embedded().find(&self.text[first.at.start..last.at.end], NameMatch::Exact, usize::MAX);
        hits.iter().any(|hit| matches!(hit.target, Named::Country(_)))
    }

    fn of_table(&self, at: usize, words: usize, key: &str, entry: &Entry) -> Option<Mention> {
        let mut sure = entry.sure;
        if entry.kind == MentionKind::Demonym && !entry.group {
            sure *= context::demonym(self, at, words, entry)?;
        } else if self.table.is_ambiguous(key) {
            sure *= context::ambiguous(self, at, words, true)?;
        }
        if self.small {
            sure *= 0.8;
        }
        Some(self.mention(at, words, entry.regions(), entry.kind, sure, entry.group))
    }

    fn mention(
        &self,
        at: usize,
        words: usize,
        regions: Vec<RegionCode>,
        kind: MentionKind,
        sure: f64,
        group: bool,
    ) -> Mention {
        let at = self.tokens[at].at.start..self.tokens[at + words - 1].at.end;
        Mention { regions, name: self.text[at.clone()].to_owned(), at, kind, sure, group }
    }

    /// Names inside a run of a script that has no spaces: 日本の道路.
    fn inside(&self, token: &Token<'_>, found: &mut Vec<Mention>) {
        const LONGEST: usize = 12;
        let run = &self.text[token.at.clone()];
        let ends: Vec<usize> = run.char_indices().map(|(i, _)| i).chain([run.len()]).collect();
        let mut at = 0;
        while at + 2 < ends.len() {
            let most = LONGEST.min(ends.len() - 1 - at);
            let hit = (2..=most).rev().find_map(|size| Some((size, self.table.get(&run[ends[at]..ends[at + size]])?)));
            let Some((size, entry)) = hit else {
                at += 1;
                continue;
            };
            let place = token.at.start + ends[at]..token.at.start + ends[at + size];
            found.push(Mention {
                regions: entry.regions(),
                name: self.text[place.clone()].to_owned(),
                at: place,
                kind: entry.kind,
                sure: entry.sure,
                group: entry.group,
            });
            at += size;
        }
    }
}

/// Of several bearers of a name those are meant that lie in a country which the text, or its page, speaks of.
fn choose_namesakes(found: &mut [Mention], countries: &[&str]) {
    let mut about: HashMap<String, usize> = countries.iter().map(|c| ((*c).to_owned(), 1)).collect();
    for mention in found.iter().filter(|m| m.regions.len() == 1 && !m.group && m.sure >= 0.5) {
        *about.entry(country_of(&mention.regions[0]).to_owned()).or_default() += 1;
    }
    let near = |code: &str| about.get(code).copied().unwrap_or_default();
    for mention in found.iter_mut().filter(|m| !m.group) {
        if let Some(state) = Table::embedded().state(&mention.name)
            && mention.kind == MentionKind::Name
        {
            let country = country_of(&mention.regions[0]);
            // The mention itself speaks for the country once.
            if near(country_of(&state)) > near(country).saturating_sub(1) {
                mention.regions = vec![state];
            }
        } else if mention.regions.len() > 1 {
            let meant: Vec<RegionCode> = mention.regions.iter().filter(|r| near(country_of(r)) > 0).cloned().collect();
            if !meant.is_empty() {
                mention.regions = meant;
                mention.sure = mention.sure.max(0.7);
            }
        }
    }
}

/// The country that a whole text is an English name of, where it is that of one only.
pub(crate) fn country_named(name: &str) -> Option<RegionCode> {
    Table::embedded().country(name)
}

/// The country of a country or an admin-1 unit; for a continent its own code, which is no country's here.
#[must_use]
pub(crate) fn country_of(region: &RegionCode) -> &str {
    match region.level {
        Level::Continent => "",
        _ => region.code.split('.').next().unwrap_or_default(),
    }
}

//! Finding places and regions by name.

use super::edits::{MAX_EDITS, WithinEdits};
use super::format::{LIST, NameKind, Posting, Section, TargetKind, u32_at};
use super::{Admin1Index, Admin2Index, CountryIndex, Gazetteer, PlaceId};
use crate::geo::fold::fold;
use fst::{IntoStreamer, Map, Streamer};
use std::collections::HashSet;

/// A longer text is no name, bytes.
const MAX_NAME_BYTES: usize = 200;
/// A longer name is only looked up exactly, characters.
const MAX_EDITED_CHARS: usize = 40;
/// A shorter name is not looked up with edits or as a prefix, characters: nearly every short word is one edit from another.
const MIN_LOOSE_CHARS: usize = 3;
/// Names that one loose look-up may visit.
const MAX_NAMES_VISITED: usize = 5_000;

/// How near a name must come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameMatch {
    /// Equal after folding.
    Exact,
    /// Beginning with the text, after folding.
    Prefix,
    /// At most so many characters inserted, dropped or replaced, after folding; more than 2 is taken as 2.
    Edits(u8),
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Named {
    /// A country.
    Country(CountryIndex),
    /// A unit of the first administrative level.
    Admin1(Admin1Index),
    /// A unit of the second.
    Admin2(Admin2Index),
    /// A populated place.
    Place(PlaceId),
}

/// A name of the index and one of the things that it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameHit {
    /// What it stands for.
    pub target: Named,
    /// Whether it is the main name, not an alternate or transliterated one.
    pub main_name: bool,
    /// The folded name of the index.
    pub folded: String,
    /// Characters inserted, dropped or replaced between it and what was asked; 0 for [`NameMatch::Prefix`].
    pub edits: u8,
}

impl Gazetteer {
    /// What a name may stand for: fewest edits first, then main names before others, then by population; `limit` hits
    /// at most.
    ///
    /// A text without letters, or longer than 200 bytes, finds nothing, and one of fewer than three or more than forty
    /// characters is only looked up exactly. A loose look-up visits 5,000 names at most.
    #[must_use]
    pub fn find(&self, name: &str, how: NameMatch, limit: usize) -> Vec<NameHit> {
        let mut hits = Vec::new();
        for (folded, rank, edits) in self.matching_names(name, how) {
            for posting in self.postings(rank) {
                let target = Named::from(posting);
                hits.push(NameHit { target, main_name: posting.name == NameKind::Main, folded: folded.clone(), edits });
            }
        }
        hits.sort_by_cached_key(|hit| {
            (hit.edits, !hit.main_name, std::cmp::Reverse(self.population(hit.target)), hit.target, hit.folded.clone())
        });
        let mut seen = HashSet::new();
        hits.retain(|hit| seen.insert(hit.target));
        hits.truncate(limit);
        hits
    }

    /// Number of distinct places that bear a name, as main or other name; 0 for a name that the index does not hold.
    #[must_use]
    pub fn namesakes(&self, name: &str) -> usize {
        let exact = self.matching_names(name, NameMatch::Exact);
        exact.iter().map(|(_, rank, _)| self.postings(*rank).filter(|p| p.kind == TargetKind::Place).count()).sum()
    }

    /// Inhabitants of a place or region; 0 when not known.
    #[must_use]
    pub fn population(&self, target: Named) -> u32 {
        match target {
            Named::Country(index) => self.country(index).population,
            Named::Admin1(index) => self.admin1(index).population,
            Named::Admin2(index) => self.admin2(index).population,
            Named::Place(id) => self.place(id).population,
        }
    }

    /// Names of the index that match, each with its rank and its distance in edits.
    fn matching_names(&self, name: &str, how: NameMatch) -> Vec<(String, u64, u8)> {
        if name.len() > MAX_NAME_BYTES {
            return Vec::new();
        }
        let folded = fold(name);
        let Ok(names) = Map::new(self.section(Section::Names)) else { return Vec::new() };
        let loose = (MIN_LOOSE_CHARS..=MAX_EDITED_CHARS).contains(&folded.chars().count());
        match how {
            NameMatch::Prefix if loose => first_names(names.range().ge(&folded), |key| key.starts_with(&folded)),
            NameMatch::Edits(edits @ 1..) if loose => {
                let automaton = WithinEdits::new(&folded, edits.min(MAX_EDITS));
                let mut found = first_names(names.search(&automaton), |_| true);
                found.iter_mut().for_each(|(key, _, edits)| *edits = automaton.distance(key).unwrap_or(MAX_EDITS));
                found
            }
            _ => names.get(&folded).map(|rank| (folded, rank, 0)).into_iter().collect(),
        }
    }

    fn postings(&self, rank: u64) -> impl Iterator<Item = Posting> + '_ {
        let entry = u32_at(self.section(Section::Ranks), rank as usize * 4);
        let lists = self.section(Section::Postings);
        let (single, range) = if entry & LIST == 0 {
            (Some(entry), 0..0)
        } else {
            let at = (entry & !LIST) as usize;
            let count = (u32_at(lists, at * 4) as usize).min(lists.len() / 4);
            (None, at + 1..at + 1 + count)
        };
        single.into_iter().chain(range.map(|i| u32_at(lists, i * 4))).map(Posting::unpack)
    }
}

impl From<Posting> for Named {
    fn from(posting: Posting) -> Self {
        match posting.kind {
            TargetKind::Country => Self::Country(CountryIndex(posting.index as u16)),
            TargetKind::Admin1 => Self::Admin1(Admin1Index(posting.index as u16)),
            TargetKind::Admin2 => Self::Admin2(Admin2Index(posting.index as u16)),
            TargetKind::Place => Self::Place(PlaceId(posting.index)),
        }
    }
}

fn first_names<'m, S>(stream: S, matches: impl Fn(&str) -> bool) -> Vec<(String, u64, u8)>
where
    S: for<'a> IntoStreamer<'a, Into: Streamer<'a, Item = (&'a [u8], u64)> + 'm, Item = (&'a [u8], u64)>,
{
    let mut stream = stream.into_stream();
    let mut found = Vec::new();
    while let Some((key, rank)) = stream.next() {
        let Ok(key) = std::str::from_utf8(key) else { continue };
        if found.len() == MAX_NAMES_VISITED || !matches(key) {
            break;
        }
        found.push((key.to_owned(), rank, 0));
    }
    found
}

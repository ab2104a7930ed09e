//! Our own guidebook: `data/clues/*.toml`, a sentence on each clue of each country, in our own words.

use super::Passage;
use super::book::{Book, Draft, Entry, Kind, SourceMeta};
use crate::evidence::RegionShare;
use crate::geo::{Level, RegionCode};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The files, by the part of the world.
pub const FILES: [(&str, &str); 5] = [
    ("africa", include_str!("../../../data/clues/africa.toml")),
    ("americas_oceania", include_str!("../../../data/clues/americas_oceania.toml")),
    ("asia", include_str!("../../../data/clues/asia.toml")),
    ("europe_east", include_str!("../../../data/clues/europe_east.toml")),
    ("europe_west", include_str!("../../../data/clues/europe_west.toml")),
];

/// The book with its vectors, made of the files by the example `clue_book`.
static BOOK: &[u8] = include_bytes!("../../../data/clues/clues.navguide");

/// What a clue is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum Topic {
    Driving,
    Plates,
    Lines,
    Bollards,
    Signs,
    Poles,
    Scripts,
    Architecture,
    Vegetation,
    Landscape,
    Soil,
    Currency,
    Domain,
    Phone,
    Languages,
    Vehicles,
    Streets,
    Climate,
    Landmarks,
    Culture,
    Confused,
}

impl Topic {
    /// Topics that every country has a sentence on.
    pub const OF_EVERY_COUNTRY: [Self; 14] = [
        Self::Driving,
        Self::Plates,
        Self::Lines,
        Self::Signs,
        Self::Poles,
        Self::Scripts,
        Self::Architecture,
        Self::Vegetation,
        Self::Landscape,
        Self::Soil,
        Self::Currency,
        Self::Domain,
        Self::Phone,
        Self::Languages,
    ];

    /// The word that headings use.
    #[must_use]
    pub fn name(self) -> String {
        format!("{self:?}")
    }
}

/// How sure its author is of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum Sure {
    High,
    Medium,
    Low,
}

impl Sure {
    /// As a factor of its votes.
    fn factor(self) -> f64 {
        match self {
            Self::High => 1.0,
            Self::Medium => 0.7,
            Self::Low => 0.4,
        }
    }
}

/// One sentence on one country.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClueEntry {
    /// What it is about.
    pub topic: Topic,
    /// One sentence, as somebody would say it who describes a picture.
    pub says: String,
    /// Code of a country or an admin-1 unit, and how often a picture from there shows it, above 0 to 1.
    pub shares: BTreeMap<String, f64>,
    /// How sure its author is.
    pub sure: Sure,
    /// For [`Topic::Confused`]: the country that it is mistaken for.
    pub instead: Option<String>,
}

/// All sentences of a file by country.
///
/// # Errors
/// The message of the parser, with the line.
pub fn parse(text: &str) -> Result<BTreeMap<String, Vec<ClueEntry>>, toml::de::Error> {
    toml::from_str(text)
}

/// The clue book as passages, without vectors.
///
/// # Errors
/// As [`parse`].
pub fn draft() -> Result<Draft, toml::de::Error> {
    let mut draft = Draft::new(Kind::Guidebook);
    for (name, text) in FILES {
        let countries = parse(text)?;
        let source = SourceMeta {
            name: format!("data/clues/{name}.toml"),
            sha256: sha256(text),
            pages: countries.len() as u64,
            ..SourceMeta::default()
        };
        let entries = countries.iter().flat_map(|(country, entries)| entries.iter().map(move |e| entry(country, e)));
        draft.put(source, entries.collect());
    }
    Ok(draft)
}

fn entry(country: &str, clue: &ClueEntry) -> Entry {
    let name = crate::signs::facts::Facts::embedded().name(country).to_owned();
    let regions = clue.shares.iter().map(|(code, share)| RegionShare { region: region(code), share: *share });
    let passage = Passage {
        text: clue.says.clone(),
        headings: vec![name, clue.topic.name()],
        regions: regions.collect(),
        image: None,
        page: country.to_owned(),
    };
    Entry { source: 0, passage, at: None, whole: false, sure: clue.sure.factor(), vector: None }
}

fn region(code: &str) -> RegionCode {
    let level = if code.contains('.') { Level::Admin1 } else { Level::Country };
    RegionCode { level, code: code.to_owned() }
}

fn sha256(text: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(text).iter().map(|b| format!("{b:02x}")).collect()
}

/// The embedded book.
///
/// # Panics
/// Never: a test opens it.
#[must_use]
pub fn book() -> Book {
    Book::linked("the clue book", BOOK).expect("a test opens the embedded clue book")
}

#[cfg(test)]
mod tests;

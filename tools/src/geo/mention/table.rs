//! The names that need no gazetteer: countries in all languages, demonyms, groups of countries, and what is none.

use super::MentionKind;
use crate::geo::{Level, RegionCode};
use crate::signs::words::fold;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

static COUNTRY_NAMES: &str = include_str!("../../../../data/geo/country_names.tsv");
static DEMONYMS: &str = include_str!("../../../../data/guidebook/demonyms.tsv");
static GROUPS: &str = include_str!("../../../../data/geo/groups.toml");
static RULES: &str = include_str!("../../../../data/geo/mentions.toml");

static TABLE: LazyLock<Table> = LazyLock::new(Table::build);

/// Languages with Latin letters that guidebooks are written in; names in others look like too many English words.
const LATIN: [&str; 29] = [
    "en", "es", "fr", "de", "pt", "it", "nl", "pl", "cs", "sv", "da", "nb", "no", "fi", "tr", "hu", "ro", "id", "ms",
    "vi", "hr", "sk", "sl", "et", "lv", "lt", "ca", "is", "fil",
];
/// How sure an English name of a country is.
const ENGLISH: f64 = 0.95;
/// Fewest letters of a name in Latin letters that is not English.
const SHORTEST_FOREIGN: usize = 5;

/// What a name stands for.
#[derive(Debug)]
pub(super) struct Entry {
    /// Codes of countries, admin-1 units (with a dot) or one continent (`group` without other members).
    codes: Codes,
    pub(super) kind: MentionKind,
    pub(super) sure: f64,
    /// Letters of the folded name.
    pub(super) letters: usize,
    /// A demonym that is also a language.
    pub(super) language: bool,
    pub(super) group: bool,
}

#[derive(Debug)]
enum Codes {
    /// `CODE CODE …`
    List(String),
    Continent(String),
}

impl Entry {
    pub(super) fn regions(&self) -> Vec<RegionCode> {
        match &self.codes {
            Codes::Continent(code) => vec![RegionCode { level: Level::Continent, code: code.clone() }],
            Codes::List(codes) => codes.split(' ').map(region_of_code).collect(),
        }
    }
}

/// `DE` is a country and `DE.02` an admin-1 unit.
fn region_of_code(code: &str) -> RegionCode {
    let level = if code.contains('.') { Level::Admin1 } else { Level::Country };
    RegionCode { level, code: code.to_owned() }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Groups {
    group: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    names: Vec<String>,
    members: Option<String>,
    continent: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    ambiguous: String,
    not_english: String,
    generic: String,
    but_names: Vec<String>,
    other_things: String,
    before: String,
    behind: String,
    language_nouns: String,
    no_nouns: String,
    states: HashMap<String, String>,
    aliases: HashMap<String, String>,
}

/// All names and word lists, by folded form.
#[derive(Debug)]
pub(super) struct Table {
    entries: HashMap<String, Entry>,
    states: HashMap<String, String>,
    ambiguous: HashSet<String>,
    generic: HashSet<String>,
    but_names: HashSet<String>,
    other_things: HashSet<String>,
    before: HashSet<String>,
    behind: HashSet<String>,
    language_nouns: HashSet<String>,
    no_nouns: HashSet<String>,
}

impl Table {
    /// The embedded table; the first call builds it.
    pub(super) fn embedded() -> &'static Self {
        &TABLE
    }

    fn build() -> Self {
        let rules: Rules = toml::from_str(RULES).expect("a test parses the embedded mentions.toml");
        let groups: Groups = toml::from_str(GROUPS).expect("a test parses the embedded groups.toml");
        let mut entries = HashMap::with_capacity(32_000);
        COUNTRY_NAMES.lines().filter_map(country_line).for_each(|(name, entry)| {
            entries.insert(name, entry);
        });
        for name in rules.not_english.split_whitespace() {
            entries.remove(name);
        }
        for (word, codes, kind) in DEMONYMS.lines().filter_map(demonym_line) {
            add_demonym(&mut entries, word, codes, kind);
        }
        for group in groups.group {
            add_group(&mut entries, &group);
        }
        for (name, codes) in rules.aliases {
            let name = fold(&name);
            let entry = entry(Codes::List(codes), MentionKind::Name, ENGLISH, &name);
            entries.insert(name, entry);
        }
        let words = |text: &str| text.split_whitespace().map(fold).collect::<HashSet<_>>();
        Self {
            entries,
            states: rules.states.into_iter().map(|(name, code)| (fold(&name), code)).collect(),
            ambiguous: words(&rules.ambiguous),
            generic: words(&rules.generic),
            but_names: rules.but_names.iter().map(|name| fold(name)).collect(),
            other_things: rules.other_things.split(['|', '\n']).map(fold).filter(|k| !k.is_empty()).collect(),
            before: words(&rules.before),
            behind: words(&rules.behind),
            language_nouns: words(&rules.language_nouns),
            no_nouns: words(&rules.no_nouns),
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// The country of an English name that no other country has.
    pub(super) fn country(&self, name: &str) -> Option<RegionCode> {
        let entry = self.get(&fold(name)).filter(|entry| entry.kind == MentionKind::Name && !entry.group)?;
        match entry.regions().as_slice() {
            [only] if only.level == Level::Country && entry.sure >= ENGLISH => Some(only.clone()),
            _ => None,
        }
    }

    /// The admin-1 unit that bears the name of a country too: Georgia.
    pub(super) fn state(&self, name: &str) -> Option<RegionCode> {
        self.states.get(&fold(name)).map(|code| region_of_code(code))
    }

    pub(super) fn is_other_thing(&self, key: &str) -> bool {
        self.other_things.contains(key)
    }

    /// Whether a name is more often another word.
    pub(super) fn is_ambiguous(&self, key: &str) -> bool {
        self.ambiguous.contains(key)
    }

    /// Whether a word of a name says nothing by itself, such as North or Province.
    pub(super) fn is_generic(&self, word: &str) -> bool {
        self.generic.contains(word)
    }

    /// Whether a name counts although all its words are generic.
    pub(super) fn is_name_all_the_same(&self, key: &str) -> bool {
        self.but_names.contains(key)
    }

    /// Whether a word stands before names of places.
    pub(super) fn is_before(&self, word: &str) -> bool {
        self.before.contains(word)
    }

    /// Whether a word stands behind a name that is the subject of a sentence.
    pub(super) fn is_behind(&self, word: &str) -> bool {
        self.behind.contains(word)
    }

    /// Whether a noun makes a demonym a language: alphabet, words.
    pub(super) fn is_language_noun(&self, word: &str) -> bool {
        self.language_nouns.contains(word)
    }

    /// Whether a word is no noun that a demonym could describe.
    pub(super) fn is_no_noun(&self, word: &str) -> bool {
        self.no_nouns.contains(word)
    }
}

fn entry(codes: Codes, kind: MentionKind, sure: f64, name: &str) -> Entry {
    Entry { codes, kind, sure, letters: name.chars().count(), language: false, group: false }
}

/// `name TAB CODE:language,language CODE:…`: English names count fully, names in other languages if they are long enough
/// to be no English word.
fn country_line(line: &str) -> Option<(String, Entry)> {
    let (name, row) = line.split_once('\t')?;
    let owners = || row.split(' ').filter_map(|part| part.split_once(':'));
    let spoken = |languages: &str, known: &[&str]| languages.split(',').any(|l| known.contains(&l));
    let codes_in = |known: &[&str]| {
        let codes: Vec<&str> = owners().filter(|(_, languages)| spoken(languages, known)).map(|(c, _)| c).collect();
        codes.join(" ")
    };
    let letters = name.chars().count();
    let latin = name.chars().all(|c| c < '\u{250}');
    let english = codes_in(&["en"]);
    let (codes, sure) = match (english.is_empty(), latin) {
        (false, _) => (english, ENGLISH),
        (true, true) if letters >= SHORTEST_FOREIGN => (codes_in(&LATIN[1..]), 0.8),
        (true, true) => return None,
        (true, false) => (owners().map(|(code, _)| code).collect::<Vec<_>>().join(" "), 0.8),
    };
    // Two letters are codes, not names, but for abbreviations among the aliases and for Chinese characters.
    let too_short = letters < 2 || (letters < 4 && latin);
    (!codes.is_empty() && !too_short)
        .then(|| (name.to_owned(), entry(Codes::List(codes), MentionKind::Name, sure, name)))
}

fn demonym_line(line: &str) -> Option<(&str, &str, &str)> {
    let mut columns = line.split('\t');
    let word = columns.next().filter(|w| !w.is_empty() && !w.starts_with('#'))?;
    Some((word, columns.next()?, columns.next().unwrap_or_default()))
}

/// Names of countries win: "Dominican Republic" is longer, and no demonym is a country's name.
fn add_demonym(entries: &mut HashMap<String, Entry>, word: &str, codes: &str, kind: &str) {
    let sure = match kind {
        "language" => 0.5,
        "weak" => 0.3,
        _ => 0.85,
    };
    let folded = fold(word);
    let plural =
        if folded.ends_with("man") { format!("{}men", folded.trim_end_matches("man")) } else { format!("{folded}s") };
    let language = kind == "language";
    for name in [folded, plural] {
        let entry = entry(Codes::List(codes.to_owned()), MentionKind::Demonym, sure, &name);
        // A foreign name of a country (Swiss, in Indonesian) is the English demonym here, but Laos are no people.
        if entries.get(&name).is_none_or(|known| known.kind == MentionKind::Demonym || known.sure < ENGLISH) {
            entries.insert(name, Entry { language, ..entry });
        }
    }
}

/// A group goes by the names of its list; one in -n (African, Andean) is an adjective.
fn add_group(entries: &mut HashMap<String, Entry>, group: &Group) {
    for name in &group.names {
        let codes = match (&group.continent, &group.members) {
            (Some(code), _) => Codes::Continent(code.clone()),
            (None, members) => Codes::List(members.clone().unwrap_or_default()),
        };
        let kind = if name.ends_with(['n', 'c']) && !name.starts_with(['M', 'H']) {
            MentionKind::Demonym
        } else {
            MentionKind::Name
        };
        let name = fold(name);
        let entry = entry(codes, kind, 0.85, &name);
        entries.insert(name, Entry { group: true, ..entry });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::Gazetteer;
    use std::time::Instant;

    #[test]
    fn every_code_of_every_table_is_a_region() {
        let gazetteer = Gazetteer::embedded();
        let table = Table::embedded();
        let known = |name: &str, region: &RegionCode| {
            assert!(gazetteer.region(region).is_some(), "{name} {region}");
        };
        for (name, entry) in &table.entries {
            assert!(!entry.regions().is_empty(), "{name}");
            entry.regions().iter().for_each(|region| known(name, region));
        }
        table.states.keys().filter_map(|name| Some((name, table.state(name)?))).for_each(|(n, r)| known(n, &r));
    }

    #[test]
    fn every_country_with_inhabitants_has_a_demonym_or_is_small() {
        let named: HashSet<&str> =
            DEMONYMS.lines().filter_map(demonym_line).flat_map(|(_, codes, _)| codes.split(' ')).collect();
        for (_, country) in Gazetteer::embedded().countries() {
            assert!(country.population < 120_000 || named.contains(country.code), "{}", country.name);
        }
    }

    #[test]
    fn the_table_is_built_in_some_milliseconds() {
        let start = Instant::now();
        let table = Table::build();
        assert!(table.entries.len() > 10_000);
        assert!(start.elapsed().as_millis() < 300, "{:?}, and the aim is 30 ms", start.elapsed());
    }
}

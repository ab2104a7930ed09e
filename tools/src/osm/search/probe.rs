//! The tests of a clause against the maps: which rows hold, by the index where it can tell, by the tags elsewhere.

use super::sheets::{Candidate, Sheet, Sheets};
use super::{AmountRange, Clause, NameMatch, QueryError, Test};
use crate::osm::features::units::{Bounds, Measure, Quantity};
use crate::osm::features::{Check as TagCheck, Class, TagTest};
use crate::osm::file::{Map, Row, Rows};
use crate::osm::names::{NameHow, likeness};
use crate::osm::object::OsmId;
use rayon::prelude::*;

/// Names of each map that one half-read name may stand for.
const MAX_NAMES: usize = 200;
/// A name less like the text than this is not what was read: two or more letters in five differ.
const LEAST_LIKENESS: f64 = 0.25;
/// Names of each map that may begin with a text or hold it.
const MAX_PARTS: usize = 2000;
/// Rows of each map that bear the names of one test.
const MAX_NAMED: usize = 300_000;
/// Values of a key that are looked through for amounts.
const MAX_VALUES: usize = 20_000;
/// Values of a key that are looked through for lists of values: keys with more, such as house numbers, have no lists that
/// matter.
const MAX_LISTS: usize = 1000;

/// A test with what the indexes know of it.
pub(super) struct Probe<'m> {
    check: Check,
    /// For each map, what can be listed without reading tags.
    sources: Vec<Source<'m>>,
}

enum Check {
    /// The rows are known, with their likeness.
    Named,
    Tag {
        key: String,
        value: String,
        bounds: Option<Bounds>,
    },
    Key {
        key: String,
    },
    Amount {
        key: String,
        bounds: Bounds,
    },
    Class(&'static Class),
    Element(OsmId),
}

enum Source<'m> {
    /// Rows and likeness, sorted by row.
    Named(Vec<(Row, f32)>),
    Lists(Vec<Rows<'m>>),
}

impl<'m> Probe<'m> {
    fn new(test: &Test, sheets: &Sheets<'m>) -> Result<Self, QueryError> {
        let check = match test {
            Test::Name { .. } => Check::Named,
            Test::Tag { key, value } => {
                let bounds = equal_amount(key, value);
                Check::Tag { key: key.clone(), value: value.clone(), bounds }
            }
            Test::Key { key } => Check::Key { key: key.clone() },
            Test::Amount { key, range } => Check::Amount { key: key.clone(), bounds: bounds(key, range)? },
            Test::Class { class } => Check::Class(class_of(class)?),
            Test::Element { id } => Check::Element(*id),
        };
        let sources = sheets.maps.par_iter().map(|sheet| check.source(test, sheet)).collect();
        Ok(Self { check, sources })
    }

    /// Rows of a map that may hold, from the index.
    fn count(&self, sheet: usize) -> u64 {
        match &self.sources[sheet] {
            Source::Named(rows) => rows.len() as u64,
            Source::Lists(lists) => lists.iter().map(|rows| rows.len() as u64).sum(),
        }
    }

    /// How well a row fits: 0 for not at all.
    fn fit(&self, sheet: usize, map: &Map, row: Row) -> f32 {
        let holds = match (&self.check, &self.sources[sheet]) {
            (Check::Named, Source::Named(rows)) => {
                return rows.binary_search_by_key(&row, |&(row, _)| row).map_or(0.0, |i| rows[i].1);
            }
            (Check::Named, Source::Lists(_)) => false,
            (Check::Tag { key, value, bounds }, _) => {
                map.tag(row, key).is_some_and(|found| is_value(key, found, value, *bounds))
            }
            (Check::Key { key }, _) => map.tag(row, key).is_some(),
            (Check::Amount { key, bounds }, _) => map.tag(row, key).is_some_and(|found| bounds.fit(key, found)),
            (Check::Class(class), _) => class.matches(map.tags(row)),
            (Check::Element(id), _) => map.id(row) == *id,
        };
        if holds { 1.0 } else { 0.0 }
    }

    fn rows(&self, sheet: usize) -> Vec<Row> {
        match &self.sources[sheet] {
            Source::Named(rows) => rows.iter().map(|&(row, _)| row).collect(),
            Source::Lists(lists) => {
                let mut rows: Vec<Row> = lists.iter().flat_map(Rows::clone).collect();
                if lists.len() > 1 {
                    rows.sort_unstable();
                    rows.dedup();
                }
                rows
            }
        }
    }
}

impl Check {
    fn source<'m>(&self, test: &Test, sheet: &Sheet<'m>) -> Source<'m> {
        let map = sheet.map;
        match (self, test) {
            (Self::Named, Test::Name { how, text }) => Source::Named(named(sheet, *how, text)),
            (Self::Named, _) => Source::Named(Vec::new()),
            (Self::Tag { key, value, bounds }, _) => {
                let others = |found: &str| found != value && is_value(key, found, value, *bounds);
                let mut lists = with_values(map, key, if bounds.is_some() { MAX_VALUES } else { MAX_LISTS }, others);
                lists.push(map.with_tag(key, Some(value)));
                Source::Lists(lists)
            }
            (Self::Key { key }, _) => Source::Lists(vec![map.with_tag(key, None)]),
            (Self::Amount { key, bounds }, _) => {
                Source::Lists(with_values(map, key, MAX_VALUES, |found| bounds.fit(key, found)))
            }
            (Self::Class(class), _) => Source::Lists(class_rows(class, map)),
            (Self::Element(id), _) => Source::Named(map.find(*id).map(|row| (row, 1.0)).into_iter().collect()),
        }
    }
}

/// The lists of the values of a key that pass.
fn with_values<'m>(map: &'m Map, key: &str, most: usize, passes: impl Fn(&str) -> bool) -> Vec<Rows<'m>> {
    let values = map.values(key).take(most).map(|(value, _)| value);
    values.filter(|value| passes(value)).map(|value| map.with_tag(key, Some(value))).collect()
}

/// Lists that together hold all rows of a class, and others: for each way to be one the shortest that the index has.
fn class_rows<'m>(class: &Class, map: &'m Map) -> Vec<Rows<'m>> {
    let lists = |test: &TagTest| match &test.check {
        TagCheck::Present => vec![map.with_tag(&test.key, None)],
        _ => with_values(map, &test.key, MAX_VALUES, |value| test.passes(Some(value))),
    };
    let length = |lists: &Vec<Rows<'_>>| lists.iter().map(Rows::len).sum::<usize>();
    let ways = class.tests().iter();
    ways.flat_map(|tests| {
        tests.iter().filter(|test| test.needs_key()).map(lists).min_by_key(length).unwrap_or_default()
    })
    .collect()
}

/// The visual class of a name or an alias.
pub(super) fn class_of(name: &str) -> Result<&'static Class, QueryError> {
    Class::by_name(name).ok_or_else(|| {
        let near = Class::all().iter().map(|class| (likeness(name, class.name()), class.name()));
        let best = near.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(likeness, _)| *likeness > 0.3);
        let meant = best.map(|(_, class)| format!("there is '{class}'; ")).unwrap_or_default();
        let hint = format!("{meant}a name is written name~\"{}\", a tag key=value", name.replace('"', ""));
        QueryError::Class { column: None, name: name.to_owned(), hint }
    })
}

/// The rows of a map whose names fit, with their likeness, sorted by row.
fn named(sheet: &Sheet<'_>, how: NameMatch, text: &str) -> Vec<(Row, f32)> {
    let most = if matches!(how, NameMatch::Exact | NameMatch::Read) { MAX_NAMES } else { MAX_PARTS };
    let hits = match how {
        NameMatch::Read => sheet.names.find_alike(text, LEAST_LIKENESS, most),
        _ => sheet.names.find(text, name_how(how), most),
    };
    let rows = hits.iter().flat_map(|hit| sheet.names.rows(hit.name).map(|row| (Row(row), hit.likeness as f32)));
    let mut rows: Vec<_> = rows.take(MAX_NAMED).collect();
    // An object may bear several of the names: the best one counts.
    rows.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    rows.dedup_by_key(|&mut (row, _)| row);
    rows
}

/// The same in the words of the index of names.
pub(super) fn name_how(how: NameMatch) -> NameHow {
    match how {
        NameMatch::Exact => NameHow::Exact,
        NameMatch::Read => NameHow::Read,
        NameMatch::Prefix => NameHow::Prefix,
        NameMatch::Part => NameHow::Part,
    }
}

/// Whether a tag has the value: as it is written, as one of a list with semicolons, or as the same amount.
fn is_value(key: &str, found: &str, value: &str, bounds: Option<Bounds>) -> bool {
    found == value
        || (found.contains(';') && found.split(';').any(|part| part.trim() == value))
        || bounds.is_some_and(|bounds| bounds.fit(key, found))
}

/// The range that holds one amount, for a value that is an amount with a unit.
fn equal_amount(key: &str, value: &str) -> Option<Bounds> {
    let measure = Measure::of_key(key);
    // Counts such as house numbers are compared as they are written.
    let amount = Quantity::parse(value, measure).filter(|_| measure != Measure::Count)?;
    Some(Bounds { from: Some((amount, true)), to: Some((amount, true)) })
}

fn bounds(key: &str, range: &AmountRange) -> Result<Bounds, QueryError> {
    let measure = Measure::of_key(key);
    let amount = |text: &str| {
        Quantity::parse(text, measure).ok_or_else(|| QueryError::Limit {
            column: None,
            what: format!("the amount of {key}"),
            value: format!("'{text}'"),
            range: "a number with a unit of that key".to_owned(),
            example: "maxspeed>=30mph",
        })
    };
    Ok(match range {
        AmountRange::AtLeast { amount: a } => Bounds { from: Some((amount(a)?, true)), to: None },
        AmountRange::Above { amount: a } => Bounds { from: Some((amount(a)?, false)), to: None },
        AmountRange::AtMost { amount: a } => Bounds { from: None, to: Some((amount(a)?, true)) },
        AmountRange::Below { amount: a } => Bounds { from: None, to: Some((amount(a)?, false)) },
        AmountRange::Between { from, to } => {
            Bounds { from: Some((amount(from)?, true)), to: Some((amount(to)?, true)) }
        }
    })
}

/// All tests of a clause.
pub(super) struct Probes<'m>(Vec<Probe<'m>>);

impl<'m> Probes<'m> {
    pub(super) fn new(clause: &Clause, sheets: &Sheets<'m>) -> Result<Self, QueryError> {
        clause.tests.iter().map(|test| Probe::new(test, sheets)).collect::<Result<_, _>>().map(Self)
    }

    /// Objects that may match, over all maps: for each map the least of its tests' counts.
    pub(super) fn count(&self, sheets: &Sheets<'m>) -> u64 {
        (0..sheets.maps.len()).map(|sheet| self.rarest(sheet).map_or(0, |probe| probe.count(sheet))).sum()
    }

    fn rarest(&self, sheet: usize) -> Option<&Probe<'m>> {
        self.0.iter().min_by_key(|probe| probe.count(sheet))
    }

    /// The object as a candidate, when all tests hold.
    pub(super) fn candidate(&self, sheet: usize, map: &Map, row: Row) -> Option<Candidate> {
        let likeness = self.0.iter().map(|probe| probe.fit(sheet, map, row)).product::<f32>();
        (likeness > 0.0).then_some(Candidate { sheet: sheet as u32, row, likeness })
    }

    /// The candidates of a map, by row; the tests other than the rarest are checked one by one.
    pub(super) fn list<'p>(&'p self, sheet: usize, map: &'p Map) -> impl Iterator<Item = Candidate> + 'p {
        let rarest = self.rarest(sheet);
        let known = rarest.filter(|_| self.0.len() == 1 && !matches!(rarest.map(|p| &p.check), Some(Check::Class(_))));
        let rows = rarest.map(|probe| probe.rows(sheet)).unwrap_or_default();
        rows.into_iter().filter_map(move |row| match known.map(|probe| &probe.sources[sheet]) {
            // What a list of the index holds needs no reading of tags.
            Some(Source::Lists(_)) => Some(Candidate { sheet: sheet as u32, row, likeness: 1.0 }),
            _ => self.candidate(sheet, map, row),
        })
    }
}

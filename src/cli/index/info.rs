//! `navig index info MAP`.

use super::super::Failure;
use super::super::output::{self, Form};
use super::super::progress::{Bar, Unit};
use crate::maps::name_of;
use crate::report::grouped;
use navig_tools::osm::extract::Reason;
use navig_tools::osm::features::{Class, classes_of};
use navig_tools::osm::file::{BuildError, Map, Meta, Row};
use navig_tools::osm::object::{E7, OsmKind};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

/// Classes that a text lists unless it is verbose.
const CLASSES: usize = 16;

/// What is in a map.
#[derive(Serialize)]
struct Info<'a> {
    name: String,
    path: &'a Path,
    objects: u32,
    bytes: u64,
    #[serde(flatten)]
    meta: &'a Meta,
    kinds: BTreeMap<&'static str, u64>,
    named: u64,
    areas: BTreeMap<u8, u64>,
    classes: Vec<(&'static str, u64)>,
    sections: Vec<(String, u64)>,
}

pub(super) fn show(path: &Path, format: Form, verbose: bool) -> Result<(), Failure> {
    let map = Map::open(path).map_err(BuildError::Map)?;
    let info = count(&map);
    output::print(|out| match format {
        Form::Json => output::json(out, &info),
        Form::Text => text(out, &info, verbose),
    })
}

/// Looks at every object once.
fn count(map: &Map) -> Info<'_> {
    let bar = Bar::new(Unit::Seconds, 0);
    bar.message("counting");
    let mut kinds = BTreeMap::from([("nodes", 0), ("ways", 0), ("relations", 0)]);
    let mut classes: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut named = 0;
    for row in (0..map.len()).map(Row) {
        let kind = match map.id(row).kind {
            OsmKind::Node => "nodes",
            OsmKind::Way => "ways",
            OsmKind::Relation => "relations",
        };
        *kinds.entry(kind).or_default() += 1;
        named += u64::from(map.tag(row, "name").is_some());
        for class in classes_of(map.tags(row)) {
            *classes.entry(class.id()).or_default() += 1;
        }
    }
    let mut areas: BTreeMap<u8, u64> = BTreeMap::new();
    for (level, _) in map.areas() {
        *areas.entry(level).or_default() += 1;
    }
    let mut classes: Vec<(&'static str, u64)> = classes.into_iter().collect();
    classes.sort_by_key(|(id, count)| (std::cmp::Reverse(*count), *id));
    Info {
        name: name_of(map.path()),
        path: map.path(),
        objects: map.len(),
        bytes: map.file_bytes(),
        meta: map.meta(),
        kinds,
        named,
        areas,
        classes,
        sections: map.sections().map(|(section, bytes)| (section.to_string(), bytes)).collect(),
    }
}

fn text(out: &mut dyn Write, info: &Info<'_>, verbose: bool) -> io::Result<()> {
    let visible = crate::report::visible;
    writeln!(out, "{}: {} objects", visible(&info.name), grouped(u64::from(info.objects)))?;
    writeln!(out, "  map        {} ({})", info.path.display(), size(info.bytes))?;
    origin(out, info.meta)?;
    let kinds: Vec<String> = ["nodes", "ways", "relations"]
        .iter()
        .map(|kind| format!("{} {kind}", grouped(info.kinds.get(kind).copied().unwrap_or(0))))
        .collect();
    writeln!(out, "  kinds      {}; {} with a name", kinds.join(", "), grouped(info.named))?;
    let areas: Vec<String> = info.areas.iter().map(|(level, count)| format!("{count} of level {level}")).collect();
    if !areas.is_empty() {
        writeln!(out, "  boundaries {}", areas.join(", "))?;
    }
    for (reason, count) in &info.meta.skipped {
        // A map that another version wrote may have reasons that this one does not know.
        match Reason::ALL.into_iter().find(|known| kebab(*known).as_deref() == Some(reason)) {
            Some(known) => writeln!(out, "  {:<10} {} {}", fate(known), grouped(*count), self::reason(known))?,
            None => writeln!(out, "  skipped    {} {}", grouped(*count), visible(reason))?,
        }
    }
    let shown = if verbose { info.classes.len() } else { CLASSES };
    for (i, (id, count)) in info.classes.iter().take(shown).enumerate() {
        let label = if i == 0 { "classes" } else { "" };
        let name = Class::by_name(id).map_or(*id, Class::name);
        writeln!(out, "  {label:<10} {:>9}  {name}", grouped(*count))?;
    }
    if shown < info.classes.len() {
        writeln!(out, "  {:<10} {:>9}  more classes; -v lists them", "", info.classes.len() - shown)?;
    }
    if verbose {
        for (i, (section, bytes)) in info.sections.iter().enumerate() {
            writeln!(out, "  {:<10} {:>9}  {section}", if i == 0 { "sections" } else { "" }, size(*bytes))?;
        }
    }
    writeln!(out, "  {}", visible(&info.meta.attribution))
}

/// Where a map comes from, as lines.
pub(super) fn origin(out: &mut dyn Write, meta: &Meta) -> io::Result<()> {
    let visible = crate::report::visible;
    let date = meta.extract_date.as_deref().map_or("of no known date".into(), |date| format!("of {}", visible(date)));
    let by = meta.writing_program.as_deref().map_or(String::new(), |by| format!(", written by {}", visible(by)));
    writeln!(out, "  extract    {} ({}), data {date}{by}", visible(&meta.source), size(meta.source_bytes))?;
    writeln!(out, "  SHA-256    {}", visible(&meta.source_sha256))?;
    if let Some(b) = meta.bounds() {
        let [south, west, north, east] = [b.south, b.west, b.north, b.east].map(|e7| f64::from(e7) / E7);
        writeln!(out, "  box        {south:.5},{west:.5} to {north:.5},{east:.5}")?;
    }
    let count = |what: &str| meta.counts.get(what).copied().unwrap_or(0);
    let kept = ["nodes", "ways", "relations"].map(|kind| {
        let (kept, read) = (count(&format!("{kind}-kept")), count(&format!("{kind}-read")));
        format!("{} of {} {kind}", grouped(kept), grouped(read))
    });
    writeln!(out, "  kept       {}", kept.join(", "))?;
    let (outlined, all) = (count("administrative-with-outline"), count("administrative-kept"));
    if all > 0 {
        writeln!(out, "  outlines   {} of {} administrative boundaries", grouped(outlined), grouped(all))?;
    }
    Ok(())
}

/// What became of elements for a reason.
pub(super) fn fate(reason: Reason) -> &'static str {
    if reason.left_out() { "left out" } else { "mended" }
}

/// A reason in words.
pub(super) fn reason(reason: Reason) -> String {
    let words = match reason {
        Reason::OutOfRange => "nodes outside the globe",
        Reason::IdOutOfRange => "elements with ids beyond 2^61",
        Reason::Deleted => "deleted elements",
        Reason::Superseded => "older versions",
        Reason::NoNodes => "ways of which no node is in the extract",
        Reason::NoMembers => "relations of which no member is in the extract",
        Reason::NodesMissing => "ways of which some nodes are not in the extract",
        Reason::RingOpen => "areas of which no ring closes",
        Reason::RingsPartly => "areas of which some ring does not close",
        Reason::TooManyRings => "areas with too many rings",
        Reason::ValueCut => "tag values that were cut",
        Reason::KeyTwice => "elements with a key twice",
        other => return kebab(other).unwrap_or_default(),
    };
    words.to_owned()
}

/// The name by which JSON knows a reason.
fn kebab(reason: Reason) -> Option<String> {
    serde_json::to_value(reason).ok()?.as_str().map(str::to_owned)
}

/// Bytes with a decimal prefix.
pub(in crate::cli) fn size(bytes: u64) -> String {
    match bytes {
        b if b < 1_000 => format!("{b} B"),
        b if b < 1_000_000 => format!("{:.1} kB", b as f64 / 1e3),
        b if b < 1_000_000_000 => format!("{:.1} MB", b as f64 / 1e6),
        b => format!("{:.1} GB", b as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_sizes_have_prefixes() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([5, 1_500, 53_629_647, 80_000_000_000].map(size), ["5 B", "1.5 kB", "53.6 MB", "80.0 GB"]);
    }
}

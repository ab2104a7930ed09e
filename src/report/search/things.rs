//! Objects, scores and verdicts of a search in words; the same in every format.

use navig_tools::osm::features::Class;
use navig_tools::osm::search::{Found, Hit, Namesakes, Results, Verdict};

/// Keys whose value says best what a thing is, for those of no class.
const TELLING: [&str; 16] = [
    "shop",
    "amenity",
    "tourism",
    "historic",
    "office",
    "craft",
    "leisure",
    "railway",
    "public_transport",
    "man_made",
    "highway",
    "place",
    "boundary",
    "natural",
    "waterway",
    "building",
];
/// Characters of a name in a title.
const TITLE: usize = 48;
/// Classes that are named of one object.
const CLASSES: usize = 2;

/// What it is called, or what it is.
pub(super) fn name(found: &Found) -> String {
    match (&found.name, &found.matched_name) {
        (Some(name), Some(matched)) if name != matched => format!("{name} ({matched})"),
        (Some(name), _) | (None, Some(name)) => name.clone(),
        (None, None) => kind(found).unwrap_or_else(|| found.osm.to_string()),
    }
}

/// What it is: its classes, or the tag that tells most.
pub(super) fn kind(found: &Found) -> Option<String> {
    let classes: Vec<&str> =
        found.classes.iter().take(CLASSES).map(|id| Class::by_name(id).map_or(id.as_str(), Class::name)).collect();
    if !classes.is_empty() {
        return Some(classes.join(", "));
    }
    let (key, value) = TELLING.iter().find_map(|key| found.tags.get_key_value(*key))?;
    Some(if value == "yes" { key.replace('_', " ") } else { format!("{key} {value}").replace('_', " ") })
}

/// Who else bears its name.
pub(super) fn namesakes(namesakes: &Namesakes) -> String {
    let more = if namesakes.or_more { " or more" } else { "" };
    match (namesakes.chain, namesakes.places) {
        (true, 1) => "a chain, one place here".to_owned(),
        (true, places) => format!("a chain, {places}{more} places"),
        (false, 0 | 1) if namesakes.objects > 1 => format!("one place of this name, {} objects", namesakes.objects),
        (false, 0 | 1) => "the only one of its name".to_owned(),
        (false, places) => format!("{places}{more} places of this name"),
    }
}

/// The regions that hold a spot, the widest first.
pub(super) fn areas(hit: &Hit) -> String {
    hit.areas.iter().map(|area| area.name.as_str()).collect::<Vec<_>>().join(" › ")
}

/// What a spot is called: the names of its objects, each cut short.
pub(super) fn title(hit: &Hit) -> String {
    let short = |found: &Found| {
        let whole = found.name.clone().or_else(|| found.matched_name.clone()).or_else(|| kind(found));
        let whole = whole.unwrap_or_else(|| found.osm.to_string());
        let cut: String = whole.chars().take(TITLE).collect();
        if cut.len() < whole.len() { cut + "…" } else { cut }
    };
    let names: Vec<String> = hit.objects.iter().map(short).collect();
    if names.is_empty() { "a spot".to_owned() } else { names.join(" + ") }
}

/// How the search ended, in a sentence.
pub(super) fn verdict(results: &Results) -> String {
    match &results.verdict {
        Verdict::Complete => {
            let shown = results.hits.len();
            let spots = if shown == 1 { "1 spot".to_owned() } else { format!("{shown} spots") };
            match results.found.saturating_sub(shown) {
                0 => spots,
                more => format!("{spots}; {more} more are weaker or lie where these lie"),
            }
        }
        Verdict::Nothing { why } => format!("Nothing found: {why}"),
        Verdict::TooCommon(common) => {
            format!("Too common: {} fits {} objects. {}", common.text, common.count, common.advice)
        }
        other => format!("{other:?}"),
    }
}

/// A weight as it is written everywhere: bans with a sign.
pub(super) fn bans(bans: f64) -> String {
    // What rounds to nothing has no sign against it.
    let bans = if bans.abs() < 0.05 { 0.0 } else { bans };
    format!("{bans:+.1}").replace('-', "−")
}

/// A figure of a reason with three digits or so.
pub(super) fn figure(name: &str, value: f64) -> String {
    let value = match value.abs() {
        v if v >= 1e7 || (v > 0.0 && v < 1e-3) => format!("{value:.1e}"),
        v if v >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        v if v >= 1.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    };
    // A unit ends the name of the figure.
    match name.rsplit_once('_') {
        Some((name, "m")) => format!("{} {value} m", name.replace('_', " ")),
        Some((name, "km")) => format!("{} {value} km", name.replace('_', " ")),
        Some((name, "deg")) => format!("{} {value}°", name.replace('_', " ")),
        _ => format!("{} {value}", name.replace('_', " ")),
    }
}

/// A distance in metres, in km from 10 km.
pub(super) fn metres(metres: f64) -> String {
    match metres {
        m if !m.is_finite() => "unknown".to_owned(),
        m if m < 10_000.0 => format!("{m:.0} m"),
        m => format!("{:.1} km", m / 1000.0),
    }
}

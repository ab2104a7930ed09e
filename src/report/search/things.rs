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
        (true, places) => format!("a chain, {places}{more} places"),
        (false, 0 | 1) => "the only one of its name".to_owned(),
        (false, places) => format!("{places}{more} places of this name"),
    }
}

/// The regions that hold a spot, the widest first.
pub(super) fn areas(hit: &Hit) -> String {
    hit.areas.iter().map(|area| area.name.as_str()).collect::<Vec<_>>().join(" › ")
}

/// What a spot is called: the names of its objects.
pub(super) fn title(hit: &Hit) -> String {
    let names: Vec<String> = hit.objects.iter().map(name).collect();
    if names.is_empty() { "a spot".to_owned() } else { names.join(" + ") }
}

/// How the search ended, in a sentence.
pub(super) fn verdict(results: &Results) -> String {
    match &results.verdict {
        Verdict::Complete => match (results.found, results.hits.len()) {
            (1, _) => "1 spot".to_owned(),
            (found, shown) if found > shown => format!("{found} spots; the best {shown} follow"),
            (found, _) => format!("{found} spots"),
        },
        Verdict::Nothing { why } => format!("Nothing found: {why}"),
        Verdict::TooCommon(common) => {
            format!("Too common: {} fits {} objects. {}", common.text, common.count, common.advice)
        }
        other => format!("{other:?}"),
    }
}

/// A weight as it is written everywhere: bans with a sign.
pub(super) fn bans(bans: f64) -> String {
    format!("{bans:+.1}").replace('-', "−")
}

/// A distance in metres, in km from 10 km.
pub(super) fn metres(metres: f64) -> String {
    match metres {
        m if !m.is_finite() => "unknown".to_owned(),
        m if m < 10_000.0 => format!("{m:.0} m"),
        m => format!("{:.1} km", m / 1000.0),
    }
}

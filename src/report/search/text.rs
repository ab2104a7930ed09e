//! The answer to a search on a terminal.

use super::things;
use crate::report::text::{TextStyle, wrapped};
use crate::report::untrusted::visible;
use anstyle::{AnsiColor, Style};
use navig_tools::osm::file::ATTRIBUTION;
use navig_tools::osm::search::{Found, Hit, Reason, Results};
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const CAUTION: Style = AnsiColor::Yellow.on_default();
const FAINT: Style = Style::new().dimmed();

/// Columns before the lines of a spot.
const INDENT: usize = 4;
/// Other bearers of a name that are listed of an object.
const ALTERNATIVES: usize = 3;

/// The spots with their objects, as lines of at most [`TextStyle::width`] columns; with `explain`, the tree of reasons
/// of each.
#[must_use]
pub fn text(results: &Results, style: TextStyle, explain: bool) -> String {
    let mut page = Page { out: String::new(), style };
    let paint = match (results.hits.is_empty(), results.found) {
        (true, _) => CAUTION,
        _ => GOOD,
    };
    page.put(paint.bold(), &things::verdict(results), 0);
    for (rank, hit) in (1..).zip(&results.hits) {
        page.hit(rank, hit, results, explain);
    }
    if explain {
        page.clauses(results);
    }
    page.out.push('\n');
    page.put(FAINT, ATTRIBUTION, 0);
    page.out
}

struct Page {
    out: String,
    style: TextStyle,
}

impl Page {
    fn hit(&mut self, rank: usize, hit: &Hit, results: &Results, explain: bool) {
        self.out.push('\n');
        self.put(Style::new().bold(), &format!("{rank:>2}. {}", things::title(hit)), INDENT);
        let (lat, lon) = (hit.at.lat(), hit.at.lon());
        let spread =
            if hit.objects.len() > 1 { format!(" within {}", things::metres(hit.extent_m)) } else { String::new() };
        let mut where_is = format!("    {lat:.5},{lon:.5}  {} bans", things::bans(hit.score));
        if hit.of > 1 {
            let _ = write!(where_is, ", {} of {} clauses{spread}", hit.matched, hit.of);
        }
        self.put(GOOD, &where_is, INDENT);
        if !hit.areas.is_empty() {
            self.put(FAINT, &format!("    {}", things::areas(hit)), INDENT);
        }
        for found in &hit.objects {
            self.object(found, results);
        }
        let missing = (0..hit.of).filter(|clause| hit.objects.iter().all(|found| found.clause != *clause));
        for clause in missing.filter_map(|clause| results.clauses.get(clause)) {
            self.put(CAUTION, &format!("    without {}", clause.text), INDENT + 2);
        }
        if explain {
            self.reason(&hit.reason, INDENT);
        }
    }

    fn object(&mut self, found: &Found, results: &Results) {
        let mut facts = vec![things::name(found)];
        facts.extend(things::kind(found).filter(|kind| *kind != facts[0]));
        facts.push(found.osm.to_string());
        if found.likeness < 0.995 {
            facts.push(format!("likeness {:.2}", found.likeness));
        }
        facts.extend(found.namesakes.as_ref().map(things::namesakes));
        if results.maps.len() > 1 {
            facts.push(format!("map {}", found.map));
        }
        let number = found.clause + 1;
        self.put(Style::new(), &format!("    {number}) {}", facts.join(" · ")), INDENT + 3);
        let others = found.namesakes.iter().flat_map(|n| &n.alternatives).take(ALTERNATIVES);
        let others: Vec<String> = others
            .map(|other| format!("{:.5},{:.5} ({})", other.at.lat(), other.at.lon(), things::metres(other.km * 1000.0)))
            .collect();
        if !others.is_empty() {
            self.put(FAINT, &format!("       also at {}", others.join(", ")), INDENT + 3);
        }
    }

    fn reason(&mut self, reason: &Reason, indent: usize) {
        let paint = if reason.bans < 0.0 { BAD } else { GOOD };
        let figures: Vec<String> =
            reason.figures.iter().map(|(name, value)| format!("{name} {}", short(*value))).collect();
        let figures = if figures.is_empty() { String::new() } else { format!(" [{}]", figures.join(", ")) };
        let line = format!("{:indent$}{:>6} {}{figures}", "", things::bans(reason.bans), reason.what);
        self.put(paint, &line, indent + 7);
        for part in &reason.parts {
            self.reason(part, indent + 2);
        }
    }

    fn clauses(&mut self, results: &Results) {
        self.out.push('\n');
        self.put(Style::new().bold(), "Clauses", 0);
        for (number, clause) in (1..).zip(&results.clauses) {
            let anchor = if clause.anchor { "; the search began here" } else { "" };
            let line = format!("  {number}) {} · {} candidates{anchor}", clause.text, clause.candidates);
            self.put(Style::new(), &line, 5);
        }
        self.put(FAINT, &format!("  {} candidates were examined", results.examined), 2);
        for map in &results.maps {
            let line = format!("  map {}: {} objects on {:.0} km²", map.name, map.objects, map.covered_km2);
            self.put(FAINT, &line, 2);
        }
    }

    /// Lines of a text; those after the first are indented. The first keeps the spaces that it begins with.
    fn put(&mut self, paint: Style, text: &str, indent: usize) {
        let text = visible(text);
        let lead = text.len() - text.trim_start_matches(' ').len();
        let room = self.style.width.clamp(40, 100).saturating_sub(indent.max(lead));
        for (i, line) in wrapped(&text, room).into_iter().enumerate() {
            let blank = if i == 0 { lead } else { indent };
            let line = if self.style.colour && paint != Style::new() && line.width() > 0 {
                format!("{paint}{line}{paint:#}")
            } else {
                line
            };
            let _ = writeln!(self.out, "{:blank$}{line}", "");
        }
    }
}

/// A figure with three digits or so.
fn short(value: f64) -> String {
    match value.abs() {
        v if v >= 1e7 || (v > 0.0 && v < 1e-3) => format!("{value:.1e}"),
        v if v >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        v if v >= 1.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

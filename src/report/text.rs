//! One photo on a terminal.

use super::reasons::{Citations, Cited};
use super::untrusted::visible;
use super::words;
use crate::ledger::{Candidate, LocateResult, VerdictKind};
use anstyle::{AnsiColor, Style};
use navig_tools::geo::Level;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How a text report looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextStyle {
    /// Whether to colour it with ANSI escapes.
    pub colour: bool,
    /// Columns to fill; held between 40 and 100, since longer lines read badly.
    pub width: usize,
    /// Whether to show every reason, clue, hash and timing.
    pub verbose: bool,
}

impl Default for TextStyle {
    fn default() -> Self {
        Self { colour: false, width: 80, verbose: false }
    }
}

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const CAUTION: Style = AnsiColor::Yellow.on_default();
const FAINT: Style = Style::new().dimmed();

/// Reasons and rivals that are shown unless the report is verbose.
const REASONS: usize = 3;
const RIVALS: usize = 4;
/// Columns of a probability bar, and of the figures before a reason or a rival.
const BAR: usize = 20;
const LABEL: usize = 17;
const FIGURE: usize = 9;
/// Columns of an id, and of a region's name among others.
const ID: usize = 12;
const NAME: usize = 40;

/// The answer for one photo, its reasons and its rivals, as lines of at most [`TextStyle::width`] columns.
#[must_use]
pub fn text(result: &LocateResult, style: TextStyle) -> String {
    let mut page = Page { out: String::new(), style };
    let citations = Citations::new(result);
    page.verdict(result);
    page.chain(result);
    if let Some(best) = result.candidates.first() {
        page.reasons(best, &citations);
    }
    page.rivals(result, &citations);
    page.remarks(result);
    if style.verbose {
        page.everything(result);
    }
    if let Some(ledger) = &result.ledger {
        page.heading("Ledger");
        page.item("", FAINT, ledger, 2);
    }
    page.out
}

struct Page {
    out: String,
    style: TextStyle,
}

impl Page {
    fn verdict(&mut self, result: &LocateResult) {
        self.item("", FAINT, words::path(result), 0);
        let style = match result.verdict.kind {
            VerdictKind::Located => GOOD,
            VerdictKind::Abstained => CAUTION,
        };
        for line in wrapped(&words::headline(result), self.width()) {
            self.line(&[(style.bold(), &line)]);
        }
        self.out.push('\n');
    }

    fn chain(&mut self, result: &LocateResult) {
        let columns = if self.width() < 70 { BAR / 2 } else { BAR };
        let room = self.width().saturating_sub(2 + LABEL + 7 + columns);
        let names: Vec<String> = result.chain.iter().map(|link| cut(&link.name, room)).collect();
        let widest = names.iter().map(|name| name.width()).max().unwrap_or(0);
        for (link, name) in result.chain.iter().zip(names) {
            let gap = " ".repeat(widest - name.width());
            let label = format!("  {:LABEL$}", words::level(link.level));
            let percent = format!("{gap} {:>5} ", words::percent(link.probability));
            self.line(&[
                (FAINT, &label),
                (Style::new(), &name),
                (Style::new(), &percent),
                (GOOD, &bar(link.probability, columns)),
            ]);
        }
        if !result.map_areas.is_empty() {
            self.item(&format!("  {:LABEL$}", "On the map"), FAINT, &words::map_areas(result), 2 + LABEL);
        }
        let point = format!("{} ({})", words::position(result.point, result.radius_km.p50), words::radius(result));
        self.item(&format!("  {:LABEL$}", "Point"), FAINT, &point, 2 + LABEL);
    }

    fn reasons(&mut self, best: &Candidate, citations: &Citations<'_>) {
        for (title, reasons, style) in
            [("Because", &best.evidence_for, GOOD), ("Against it", &best.evidence_against, BAD)]
        {
            if reasons.is_empty() {
                continue;
            }
            self.heading(title);
            let shown = if self.style.verbose { reasons.len() } else { REASONS };
            for reason in reasons.iter().take(shown) {
                self.reason(&citations.cite(reason), style, 2, 3);
            }
            self.more(reasons.len().saturating_sub(shown), "weaker");
        }
    }

    /// A reason in at most `lines` lines, unless everything is wanted.
    fn reason(&mut self, cited: &Cited, style: Style, indent: usize, lines: usize) {
        let figure = words::factor(cited.bans);
        let label = format!("{:indent$}{}{figure}  ", "", " ".repeat((FIGURE - 2).saturating_sub(figure.width())));
        let ids = cited.spots.iter().map(|spot| &spot.crop).take(3).chain([&cited.id]);
        let seen = ids.map(|id| cut(id, ID)).collect::<Vec<_>>().join(" ");
        let source = format!(" [{seen}]");
        // Each line may lose a word's length to wrapping.
        let room = lines * self.width().saturating_sub(indent + FIGURE + 4 * (lines - 1));
        let room = room.saturating_sub(source.width());
        let claim = if self.style.verbose { cited.claim.clone() } else { cut(&cited.claim, room.max(ID)) };
        self.item(&label, style, &(claim + &source), indent + FIGURE);
    }

    fn rivals(&mut self, result: &LocateResult, citations: &Citations<'_>) {
        let [best, rivals @ ..] = result.candidates.as_slice() else { return };
        if rivals.is_empty() {
            return;
        }
        self.heading("Rivals");
        let shown = if self.style.verbose { rivals.len() } else { RIVALS };
        for rival in rivals.iter().take(shown) {
            let label = format!("  {:>2}. {:>5}  ", rival.rank, words::percent(rival.probability));
            let away = words::distance(best.point.distance_km(rival.point));
            let point = words::position(rival.point, result.radius_km.p50.min(10.0));
            let namesake = if is_namesake(rival, best) { "; of the same name" } else { "" };
            let indent = label.width();
            let names: Vec<String> = rival.chain.0.iter().map(|region| cut(&region.name, NAME)).collect();
            let place = format!("{} ({point}; {away} away{namesake})", names.join(" > "));
            self.item(&label, Style::new().bold(), &place, indent);
            if let Some(reason) = rival.evidence_for.first() {
                self.reason(&citations.cite(reason), GOOD, indent - 2, 1);
            }
        }
        self.more(rivals.len().saturating_sub(shown), "less probable");
    }

    fn remarks(&mut self, result: &LocateResult) {
        if !result.hints.is_empty() {
            self.heading("You said");
            for hint in &result.hints {
                self.item(&format!("  {:<4}", hint.id), FAINT, &words::hint(hint), 6);
            }
        }
        if !result.warnings.is_empty() {
            self.heading("Warnings");
            for warning in &result.warnings {
                self.item("  ! ", CAUTION, warning, 4);
            }
        }
        if result.model.is_none() {
            self.out.push('\n');
            self.item("", FAINT, "No vision model looked at the photo.", 0);
        }
    }

    fn everything(&mut self, result: &LocateResult) {
        self.heading("Clues");
        for clue in &result.clues {
            let crop = clue
                .crop
                .as_ref()
                .map_or_else(String::new, |c| format!(" [{} at {},{} of {}×{}]", c.id, c.x, c.y, c.width, c.height));
            let confidence = words::percent(clue.confidence);
            self.item(&format!("  {:<5}", clue.id), FAINT, &format!("{}{crop} (sure {confidence})", clue.text), 7);
        }
        self.heading("Evidence");
        for e in &result.evidence {
            let (finding, source) = (&e.finding, &e.source);
            let weight = words::likelihood(&finding.likelihood);
            let clues = match finding.clues.is_empty() {
                true => String::new(),
                false => format!("; {}", finding.clues.join(" ")),
            };
            let about =
                format!("{} [{}, {} {}{clues}]: {weight}", finding.claim, finding.kind, source.tool, source.version);
            self.item(&format!("  {:<5}", e.id), FAINT, &about, 7);
        }
        self.heading("Made of");
        let photo = &result.photo;
        self.item("  sha256   ", FAINT, &photo.sha256, 11);
        self.item("  size     ", FAINT, &format!("{} × {} px", photo.width, photo.height), 11);
        let model = result.model.as_deref().unwrap_or("no vision model");
        self.item("  by       ", FAINT, &format!("navig {}, {model}", result.navig), 11);
        let timings: Vec<String> = result.timings_ms.iter().map(|(stage, ms)| format!("{stage} {ms:.0} ms")).collect();
        self.item("  took     ", FAINT, &timings.join(", "), 11);
    }

    fn width(&self) -> usize {
        self.style.width.clamp(40, 100)
    }

    fn heading(&mut self, title: &str) {
        self.out.push('\n');
        self.line(&[(Style::new().bold(), title)]);
    }

    fn more(&mut self, count: usize, what: &str) {
        if count > 0 {
            self.line(&[(FAINT, &format!("  and {count} {what}"))]);
        }
    }

    /// A painted label, and a text that is wrapped at `indent` columns.
    fn item(&mut self, label: &str, style: Style, text: &str, indent: usize) {
        let lines = wrapped(&visible(text), self.width().saturating_sub(indent));
        for (i, line) in lines.iter().enumerate() {
            let blank = " ".repeat(if i == 0 { indent.saturating_sub(label.width()) } else { indent });
            let label = if i == 0 { label } else { "" };
            let of_text = if label.is_empty() { style } else { Style::new() };
            self.line(&[(style, label), (Style::new(), &blank), (of_text, line)]);
        }
    }

    /// One line of painted pieces. What is written here has no control characters, but for the paint.
    fn line(&mut self, pieces: &[(Style, &str)]) {
        for (style, piece) in pieces {
            let piece = visible(piece);
            if self.style.colour && *style != Style::new() && !piece.is_empty() {
                self.out.push_str(&format!("{style}{piece}{style:#}"));
            } else {
                self.out.push_str(&piece);
            }
        }
        let end = self.out.trim_end_matches(' ').len();
        self.out.truncate(end);
        self.out.push('\n');
    }
}

/// Whether a rival's town bears the name of the best candidate's town, whatever the accents.
fn is_namesake(rival: &Candidate, best: &Candidate) -> bool {
    let bare = |name: &str| name.nfd().filter(|c| !is_combining_mark(*c)).collect::<String>().to_lowercase();
    let name = |c: &Candidate| c.chain.at(Level::City).map(|city| bare(&city.name));
    name(rival).is_some() && name(rival) == name(best)
}

/// A probability as a bar of eighths of a column.
fn bar(probability: f64, columns: usize) -> String {
    let eighths = (probability.clamp(0.0, 1.0) * (columns * 8) as f64).round() as usize;
    let part = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
    "█".repeat(eighths / 8) + part
}

/// The first `columns` columns of a text, with an ellipsis when there is more.
fn cut(text: &str, columns: usize) -> String {
    let text = visible(text);
    if text.width() <= columns {
        return text.into_owned();
    }
    let mut used = 1;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= columns
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// Lines of at most `columns` columns, broken at spaces where there are any.
pub(super) fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(8);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let wide = word.width();
        if used > 0 && used + 1 + wide > columns {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut().filter(|_| used > 0) {
            line.push(' ');
            used += 1;
        }
        for c in word.chars() {
            let wide = c.width().unwrap_or(0);
            if used + wide > columns {
                lines.push(String::new());
                used = 0;
            }
            used += wide;
            if let Some(line) = lines.last_mut() {
                line.push(c);
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bars_grow_by_eighths() {
        assert_eq!(bar(0.5, 20), "██████████");
        assert_eq!(bar(0.0, 20), "");
        assert_eq!(bar(1.0 / 160.0, 20), "▏");
        assert_eq!(bar(f64::INFINITY, 10).chars().count(), 10);
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide(text in "\\PC{0,200}", columns in 8..60usize) {
            for line in wrapped(&visible(&text), columns) {
                // Joined sequences of emoji may be narrower than their parts, never wider.
                prop_assert!(line.chars().filter_map(UnicodeWidthChar::width).sum::<usize>() <= columns);
            }
        }

        #[test]
        fn wrapping_loses_no_word(text in "[a-z]{1,12}( [a-z]{1,12}){0,9}", columns in 12..60usize) {
            prop_assert_eq!(wrapped(&text, columns).join(" "), text);
        }
    }
}

//! What a description leads to, for a terminal.

use super::{visible, words};
use crate::ledger::{Reason, VerdictKind};
use crate::locate::AskResult;
use std::fmt::Write;

/// What is listed unless everything is wanted.
const COUNTRIES: usize = 5;
const REASONS: usize = 6;

/// A result as text, at most `width` columns where words allow.
#[must_use]
pub fn ask(result: &AskResult, width: usize, verbose: bool) -> String {
    let mut page = Page { out: String::new(), width: width.clamp(40, 100) };
    page.line(0, &headline(result));
    page.gap();
    page.countries(result, verbose);
    let point = words::position(result.point, result.radius_km.p50);
    let within = words::distance(result.radius_km.p50);
    let within_90 = words::distance(result.radius_km.p90);
    page.line(2, &format!("Point {point} (50 % within {within}, 90 % within {within_90})"));
    if let Some(best) = result.candidates.first() {
        page.reasons("Because", result, &best.evidence_for, verbose);
        page.reasons("Against it", result, &best.evidence_against, verbose);
    }
    page.passages(result, verbose);
    if !result.warnings.is_empty() {
        page.heading("Warnings");
        result.warnings.iter().for_each(|w| page.line(2, &format!("! {w}")));
    }
    page.out
}

fn headline(result: &AskResult) -> String {
    let deepest = result.chain.iter().rfind(|link| result.verdict.level.is_none_or(|level| link.level <= level));
    match (result.verdict.kind, deepest) {
        (VerdictKind::Located, Some(link)) => {
            format!("It fits {} ({} level, {})", link.name, link.level, words::percent(link.probability))
        }
        (_, Some(link)) if !result.evidence.is_empty() => {
            format!("Not enough to say; the best guess would be {} ({})", link.name, words::percent(link.probability))
        }
        _ => "Nothing in the description says where".to_owned(),
    }
}

struct Page {
    out: String,
    width: usize,
}

impl Page {
    fn countries(&mut self, result: &AskResult, verbose: bool) {
        let shown = if verbose { result.countries.len() } else { COUNTRIES };
        for link in result.countries.iter().take(shown) {
            let _ = writeln!(self.out, "  {:>5}  {}", words::percent(link.probability), visible(&link.name));
        }
    }

    fn reasons(&mut self, title: &str, result: &AskResult, reasons: &[Reason], verbose: bool) {
        if reasons.is_empty() {
            return;
        }
        self.heading(title);
        let shown = if verbose { reasons.len() } else { REASONS };
        for reason in reasons.iter().take(shown) {
            let finding = result.evidence.iter().find(|e| e.id == reason.evidence).map(|e| &e.finding);
            let hint = || result.hints.iter().find(|hint| hint.id == reason.evidence);
            let said = match finding {
                Some(finding) => format!("{} [{}]", finding.claim, finding.clues.join(" ")),
                None => hint().map_or_else(String::new, |hint| format!("You said {}.", words::hint(hint))),
            };
            self.item(8, &words::factor(reason.bans), &said);
        }
        if reasons.len() > shown {
            self.line(2, &format!("and {} weaker", reasons.len() - shown));
        }
    }

    /// Clue by clue, the passages that are nearest.
    fn passages(&mut self, result: &AskResult, verbose: bool) {
        if result.clues.is_empty() {
            return;
        }
        self.heading("Clue by clue");
        for clue in &result.clues {
            self.item(6, &clue.id, &clue.text);
            let cited = result.passages.iter().filter(|c| c.clue == clue.id);
            for c in cited.take(if verbose { usize::MAX } else { 1 }) {
                let above = if c.headings.is_empty() { c.page.clone() } else { c.headings.join(" > ") };
                let fits = match c.fits_countries {
                    n if n < 1.5 => "one country".to_owned(),
                    n => format!("about {n:.0} countries"),
                };
                let from = format!("{}, {above}; likeness {:.2}, fits {fits}", c.guidebook, c.score);
                self.item(6, "", &format!("\"{}\" ({from})", c.quote));
            }
        }
    }

    fn heading(&mut self, title: &str) {
        self.gap();
        self.line(0, title);
    }

    fn gap(&mut self) {
        self.out.push('\n');
    }

    fn line(&mut self, indent: usize, text: &str) {
        for line in super::text::wrapped(&visible(text), self.width.saturating_sub(indent)) {
            let _ = writeln!(self.out, "{:indent$}{line}", "");
        }
    }

    /// A label, and a text that is wrapped beside it.
    fn item(&mut self, indent: usize, label: &str, text: &str) {
        let lines = super::text::wrapped(&visible(text), self.width.saturating_sub(2 + indent));
        for (i, line) in lines.iter().enumerate() {
            let label = if i == 0 { label } else { "" };
            let _ = writeln!(self.out, "  {label:indent$}{line}");
        }
    }
}

//! The lines of one photo, with what every rule needs to know about a line: how legible it is, and whether it travels.

use super::words::{Word, fold, words};
use crate::clue::{ClueKind, Crop};
use crate::evidence::{Finding, Likelihood, MIN_BACKGROUND};
use std::collections::HashSet;
use std::sync::LazyLock;

/// Longest part of a line that the rules look at, characters.
pub const MAX_LINE_CHARS: usize = 200;

/// Most lines of a photo that the rules look at; the most legible ones are kept.
pub const MAX_LINES: usize = 200;

/// Evidence with a background above this says nothing worth showing.
const SILENT_BACKGROUND: f64 = 0.985;

/// One line of text.
#[derive(Debug, Clone)]
pub struct Line {
    /// Id of the clue.
    pub id: String,
    /// As it was read, at most [`MAX_LINE_CHARS`] characters.
    pub text: String,
    /// Its words in order.
    pub words: Vec<Word>,
    /// Box in the photo.
    pub crop: Option<Crop>,
    /// Probability that the words are what stands there.
    pub legible: f64,
    /// Probability that the line stands on something that travels: a can, a bag, a vehicle, a shirt.
    pub travels: f64,
}

impl Line {
    fn new(id: String, text: &str, confidence: f64, crop: Option<Crop>, kind: ClueKind) -> Self {
        let text: String = text.chars().take(MAX_LINE_CHARS).collect();
        let words = words(&text);
        let confidence = if confidence.is_finite() { confidence.clamp(0.0, 1.0) } else { 0.5 };
        // A PP-OCR line below 0.6 is mostly texture; one above 0.9 is mostly right.
        let legible = if kind == ClueKind::UserText { 0.99 } else { ((confidence - 0.45) / 0.45).clamp(0.02, 0.98) };
        let travels = if kind == ClueKind::UserText { 0.0 } else { travels(&text, &words) };
        Self { id, text, words, crop, legible, travels }
    }

    /// The background of a clue on this line, from the background that it would have on a legible, fixed sign.
    #[must_use]
    pub fn background(&self, on_a_clear_sign: f64) -> f64 {
        (1.0 - (1.0 - on_a_clear_sign) * self.legible * (1.0 - self.travels)).clamp(MIN_BACKGROUND, 0.999)
    }

    /// A finding that rests on this line alone; none when it would say nothing.
    #[must_use]
    pub fn finding(&self, kind: &str, claim: String, likelihood: Likelihood) -> Option<Finding> {
        let claim = match self.travels {
            t if t > 0.5 => format!("{claim} It looks like text on something that travels, so it counts little."),
            _ => claim,
        };
        weighed(Finding {
            group: format!("text:{}", self.id),
            kind: kind.to_owned(),
            clues: vec![self.id.clone()],
            claim,
            likelihood,
        })
    }

    /// Whether any of the folded words stands on the line.
    #[must_use]
    pub fn has(&self, any: &[&str]) -> bool {
        self.words.iter().any(|w| any.contains(&w.folded.as_str()))
    }
}

/// The finding, unless it says nothing.
pub(crate) fn weighed(finding: Finding) -> Option<Finding> {
    let silent = match &finding.likelihood {
        Likelihood::Regions { background, shares } => *background > SILENT_BACKGROUND || shares.is_empty(),
        Likelihood::Points { background, points } => *background > SILENT_BACKGROUND || points.is_empty(),
        Likelihood::Area { .. } | Likelihood::Note => false,
    };
    (!silent).then_some(finding)
}

/// All lines of one photo.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// In the order in which they came.
    pub lines: Vec<Line>,
    /// Lines left out because there were more than [`MAX_LINES`].
    pub left_out: usize,
}

impl Reading {
    /// Lines from `(id, text, confidence 0 to 1, crop, kind)`.
    #[must_use]
    pub fn new(lines: impl IntoIterator<Item = (String, String, f64, Option<Crop>, ClueKind)>) -> Self {
        let mut rows: Vec<_> = lines.into_iter().collect();
        let left_out = rows.len().saturating_sub(MAX_LINES);
        if left_out > 0 {
            rows.sort_by(|a, b| b.2.total_cmp(&a.2));
            rows.truncate(MAX_LINES);
        }
        let mut lines: Vec<Line> = rows
            .into_iter()
            .map(|(id, text, confidence, crop, kind)| Line::new(id, &text, confidence, crop, kind))
            .collect();
        spread_travel(&mut lines);
        Self { lines, left_out }
    }
}

/// A line beside one that travels travels too: a label has more lines than the one with the brand.
fn spread_travel(lines: &mut [Line]) {
    let seeds: Vec<(Crop, f64)> =
        lines.iter().filter(|l| l.travels >= 0.6).filter_map(|l| Some((l.crop.clone()?, l.travels))).collect();
    for line in lines.iter_mut() {
        let Some(crop) = &line.crop else { continue };
        for (seed, travels) in &seeds {
            if beside(crop, seed) {
                line.travels = line.travels.max(travels * 0.8);
            }
        }
    }
}

/// Within one and a half letter heights of each other, and letters of like size.
fn beside(a: &Crop, b: &Crop) -> bool {
    let (small, large) =
        (a.height.min(a.width).min(b.height.min(b.width)), a.height.min(a.width).max(b.height.min(b.width)));
    let reach = f64::from(small) * 1.5;
    let gap = |a0: u32, a1: u32, b0: u32, b1: u32| (f64::from(a0.max(b0)) - f64::from(a1.min(b1))).max(0.0);
    let dx = gap(a.x, a.x.saturating_add(a.width), b.x, b.x.saturating_add(b.width));
    let dy = gap(a.y, a.y.saturating_add(a.height), b.y, b.y.saturating_add(b.height));
    f64::from(large) < f64::from(small) * 4.0 && dx <= reach && dy <= reach
}

struct Travelling {
    alone: HashSet<String>,
    with_others: HashSet<String>,
    brands: HashSet<String>,
}

static TRAVELLING: LazyLock<Travelling> = LazyLock::new(|| {
    let list = include_str!("../../../data/signs/travels.txt");
    let entries = || list.lines().filter(|l| !l.starts_with('#')).flat_map(str::split_whitespace);
    Travelling {
        alone: entries().filter_map(|w| w.strip_prefix('*')).map(fold).collect(),
        with_others: entries().filter(|w| !w.starts_with('*')).map(fold).collect(),
        brands: include_str!("../../../data/signs/brands.txt")
            .lines()
            .filter(|l| !l.starts_with('#'))
            .flat_map(str::split_whitespace)
            .map(fold)
            .collect(),
    }
});

/// Probability that a line stands on something that travels, by its words.
fn travels(text: &str, words: &[Word]) -> f64 {
    let known = &*TRAVELLING;
    let (mut alone, mut others, mut brands) = (0, 0, 0);
    for w in words {
        alone += usize::from(known.alone.contains(&w.folded));
        others += usize::from(known.with_others.contains(&w.folded));
        brands += usize::from(known.brands.contains(&w.folded));
    }
    // "LEVI'S" and "7-ELEVEN" are one brand each, however they are split.
    brands += usize::from(brands == 0 && words.len() <= 3 && known.brands.contains(&fold(text)));
    let percent = text.contains("% vol") || text.contains("%vol");
    match (alone + usize::from(percent), brands, others) {
        (2.., _, _) => 0.92,
        (1, _, _) if words.len() <= 4 => 0.85,
        (1, _, _) => 0.5,
        (0, 1.., _) if words.len() <= 3 => 0.8,
        (0, 1.., _) => 0.3,
        (0, 0, 2..) if words.len() <= 4 => 0.6,
        (0, 0, 1) if words.len() == 1 => 0.4,
        _ => 0.05,
    }
}

#[cfg(test)]
pub(crate) fn reading_of(texts: &[&str]) -> Reading {
    Reading::new(texts.iter().enumerate().map(|(i, t)| (format!("t{i}"), (*t).to_owned(), 0.97, None, ClueKind::Text)))
}

/// The share of a country in a likelihood over regions, and 0 when it is not named.
#[cfg(test)]
pub(crate) fn share_of(finding: &Finding, country: &str) -> f64 {
    match &finding.likelihood {
        Likelihood::Regions { shares, .. } => shares.iter().find(|s| s.region.code == country).map_or(0.0, |s| s.share),
        _ => 0.0,
    }
}

/// The background of a finding that has one.
#[cfg(test)]
pub(crate) fn background_of(finding: &Finding) -> f64 {
    match finding.likelihood {
        Likelihood::Regions { background, .. } | Likelihood::Points { background, .. } => background,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn product_words_and_brands_travel_and_signs_do_not() {
        let r = reading_of(&["Piwo jasne pełne 5,6% vol", "LEVI'S", "ADUANA TERRESTRE"]);
        assert!(r.lines[0].travels > 0.8 && r.lines[1].travels > 0.7 && r.lines[2].travels < 0.1);
    }

    #[test]
    fn a_line_on_the_same_label_travels_with_it() {
        let crop = |y| Some(Crop { id: format!("c{y}"), x: 10, y, width: 80, height: 20 });
        let r = Reading::new([
            ("a".into(), "PIWO".into(), 0.95, crop(100), ClueKind::Text),
            ("b".into(), "POLSKA".into(), 0.95, crop(125), ClueKind::Text),
            ("c".into(), "POLSKA".into(), 0.95, crop(900), ClueKind::Text),
        ]);
        assert!(r.lines[1].travels > 0.6 && r.lines[2].travels < 0.1);
    }

    #[test]
    fn long_and_many_lines_are_cut() {
        let r = Reading::new((0..300).map(|i| (format!("t{i}"), "x".repeat(100_000), 0.9, None, ClueKind::Text)));
        assert_eq!((r.lines.len(), r.left_out, r.lines[0].text.len()), (MAX_LINES, 100, MAX_LINE_CHARS));
    }
}

//! The likeness of a reading and a name.

use super::align::price;
use super::spelling::{Spelling, folded, one_han};
use super::{Matched, NameHow};
use crate::geo::fold::transliterate;

/// Edits per letter at which the likeness has fallen to 1/e. Readers of clear signs make 0.1 to 0.2; two names of one
/// language that have nothing to do with each other are 0.6 apart.
const SPREAD: f64 = 0.35;
/// Below this likeness a name is not worth showing.
pub(super) const LEAST: f64 = 0.05;
/// What it costs to find the name by another way of writing it, hundredths of an edit: with short forms spelled out, in
/// Latin letters, or in Latin letters though the reader saw others.
const SHORT_FORM: u32 = 3;
const IN_LATIN: u32 = 10;
const FROM_LATIN: u32 = 60;

/// How likely a text is a reading of a name, against a perfect reading of it: 1 for equal names, and the lower the more
/// letters differ, weighed by how alike they look; see `align` for the prices. Two unrelated names are below 0.1.
///
/// `exp(-(e / 0.35)²)` with e the price of the best alignment in edits per letter of the reading, where a letter of a word
/// for streets counts a third. One or two edits in ten letters are 0.92 or 0.72.
#[must_use]
pub fn likeness(read: &str, name: &str) -> f64 {
    Reading::new(read, NameHow::Read).likeness(name, LEAST / 10.0).map_or(0.0, |(likeness, _)| likeness)
}

/// A text to be compared with many names.
pub(super) struct Reading {
    pub(super) folded: String,
    how: NameHow,
    written: Spelling,
    canonical: Option<Spelling>,
    latin: Option<Spelling>,
}

impl Reading {
    pub(super) fn new(text: &str, how: NameHow) -> Self {
        let folded = folded(text);
        let simple = one_han(&folded);
        let latin = transliterate(&folded).map(|latin| Spelling::both(&latin).0);
        let (written, canonical) = Spelling::both(&simple);
        Self { written, canonical, latin, folded, how }
    }

    /// The likeness with a name, if at least so much, and what made it.
    pub(super) fn likeness(&self, name: &str, least: f64) -> Option<(f64, Matched)> {
        self.likeness_of_folded(&folded(name), least)
    }

    pub(super) fn likeness_of_folded(&self, name: &str, least: f64) -> Option<(f64, Matched)> {
        if self.folded == name {
            return Some((1.0, Matched::Same));
        }
        let simple = one_han(name);
        let (written, canonical) = Spelling::both(&simple);
        let mut best = self.compare(&self.written, &written, 0, least).map(|l| (l, Matched::Letters));
        let mut consider = |read: &Spelling, name: &Spelling, extra: u32, matched: Matched| {
            let floor = best.map_or(least, |(likeness, _)| likeness);
            let likeness = self.compare(read, name, extra, floor);
            if let Some(likeness) = likeness.filter(|l| best.is_none_or(|(b, _)| *l > b)) {
                best = Some((likeness, matched));
            }
        };
        if self.canonical.is_some() || canonical.is_some() {
            let read = self.canonical.as_ref().unwrap_or(&self.written);
            consider(read, canonical.as_ref().unwrap_or(&written), SHORT_FORM, Matched::ShortForm);
        }
        match &self.latin {
            Some(latin) if name.is_ascii() => consider(latin, &written, FROM_LATIN, Matched::Transliterated),
            Some(_) => {}
            None if name.is_ascii() => {}
            None => {
                if let Some(latin) = transliterate(name) {
                    consider(&self.written, &Spelling::both(&latin).0, IN_LATIN, Matched::Transliterated);
                }
            }
        }
        best
    }

    fn compare(&self, read: &Spelling, name: &Spelling, extra: u32, least: f64) -> Option<f64> {
        let weight = f64::from(read.weight().max(50));
        let limit = (-least.min(1.0).ln()).sqrt() * SPREAD * weight;
        let price = price(read, name, self.how, limit as u32 + 1)? + extra;
        let likeness = (-(f64::from(price) / weight / SPREAD).powi(2)).exp();
        (likeness >= least).then_some(likeness)
    }
}

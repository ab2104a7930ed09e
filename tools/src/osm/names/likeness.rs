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
/// letters differ, weighed by how alike they look; see `align` for the prices. Of two unrelated names it is below 0.1 for
/// nine pairs in ten, and below 0.2 for 99 in a hundred.
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
    /// Without spaces, to be found inside a name.
    squeezed: String,
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
        Self { squeezed: squeezed(&simple), written, canonical, latin, folded, how }
    }

    pub(super) fn how(&self) -> NameHow {
        self.how
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
        if self.how == NameHow::Part {
            return self.part(&simple);
        }
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

    /// The likeness with a name that has the text inside, letter by letter but for spaces.
    fn part(&self, name: &str) -> Option<(f64, Matched)> {
        if squeezed(name).contains(&self.squeezed) {
            let likeness = self.compare(&self.written, &Spelling::both(name).0, 0, 0.0)?;
            return Some((likeness, Matched::Letters));
        }
        let latin = transliterate(name).filter(|latin| squeezed(latin).contains(&self.squeezed))?;
        let likeness = self.compare(&self.written, &Spelling::both(&latin).0, IN_LATIN, 0.0)?;
        Some((likeness, Matched::Transliterated))
    }

    fn compare(&self, read: &Spelling, name: &Spelling, extra: u32, least: f64) -> Option<f64> {
        let weight = f64::from(read.weight().max(50));
        let limit = (-least.clamp(f64::MIN_POSITIVE, 1.0).ln()).sqrt() * SPREAD * weight;
        let price = price(read, name, self.how, limit as u32 + 1)? + extra;
        let likeness = (-(f64::from(price) / weight / SPREAD).powi(2)).exp();
        (likeness >= least).then_some(likeness)
    }
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| *c != ' ').collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn unrelated_names_are_hardly_alike() {
        let names = [
            "Frauenkirche",
            "Hotel Central",
            "Rua Augusta",
            "Rossmann",
            "улица Ленина",
            "Κηφισίας",
            "人民路",
            "강남대로",
        ];
        let mut all = Vec::new();
        for a in names {
            all.extend(names.iter().filter(|b| **b != a).map(|b| likeness(a, b)));
        }
        all.sort_by(f64::total_cmp);
        assert!(all[all.len() * 9 / 10] < 0.1 && all[all.len() - 1] < 0.4, "{all:?}");
    }

    #[test]
    fn what_readers_do_costs_less_than_other_edits() {
        for (name, misread, other) in [
            ("Rossmann", "R0ssmann", "Rkssmann"),
            ("Modern", "Modem", "Modesn"),
            ("Café Central", "Cafe Central", "Cafu Central"),
            ("Central Hotel", "CentralHotel", "CentralxHotel"),
            ("Hauptstraße", "Hauptstr.", "Hauptburg"),
            ("Carrer Major", "Major", "Carrer"),
            ("Горно", "ropho", "xywzk"),
            ("שדרות", "שררות", "שלרות"),
        ] {
            assert!(likeness(misread, name) > likeness(other, name), "{misread} {other}");
            assert!(likeness(misread, name) > 0.6, "{misread} {}", likeness(misread, name));
        }
    }

    #[test]
    fn the_other_alphabet_costs_a_little() {
        assert!(likeness("Gorno Yabalkovo", "Горно Ябълково") > 0.6);
        assert!(likeness("清华大学", "清華大學") > 0.99);
        assert!(likeness("St. John St.", "Saint John Street") > 0.98);
    }

    proptest! {
        #[test]
        fn only_equal_names_are_equal(name in "[a-zа-я]{3,14}", at in any::<prop::sample::Index>(), by in "[a-zа-я]") {
            prop_assert_eq!(likeness(&name, &name), 1.0);
            let mut letters: Vec<char> = name.chars().collect();
            let at = at.index(letters.len());
            letters[at] = by.chars().next().unwrap_or('a');
            let other: String = letters.iter().collect();
            prop_assert!((likeness(&other, &name) == 1.0) == (folded(&other) == folded(&name)));
        }

        #[test]
        fn more_edits_are_less_alike(name in "[b-y]{8,14}", first in 0usize..8, second in 0usize..8) {
            // Digits that look like none of these letters.
            let edited = |at: &[usize]| -> String {
                name.chars().enumerate().map(|(i, c)| if at.contains(&i) { 'þ' } else { c }).collect()
            };
            let (one, two) = (likeness(&edited(&[first]), &name), likeness(&edited(&[first, second]), &name));
            prop_assert!(one < 1.0 && two <= one, "{one} {two}");
        }
    }
}

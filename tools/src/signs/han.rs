//! Chinese characters: the writing system and the words that they show tell the mainland, Taiwan, Hong Kong and Japan apart.
//!
//! `data/signs/han_forms.txt` says which characters are written in simplified Chinese, traditional Chinese and Japanese. The
//! characters of a photo are counted by these classes, and a naive Bayes model weighs the three systems. It has a share of
//! misread characters, since readers mix simplified and traditional forms.

mod compounds;
mod finding;

pub(crate) use finding::{find, lacking_in_japan};

use std::collections::HashMap;
use std::sync::LazyLock;

/// The forms of Chinese characters on a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    /// Mainland China, Singapore, Malaysia.
    Simplified,
    /// Taiwan, Hong Kong, Macau.
    Traditional,
    /// Japan.
    Japanese,
}

/// All writing systems, in the order of the rates of a class.
pub(crate) const SYSTEMS: [System; 3] = [System::Simplified, System::Traditional, System::Japanese];

/// The writing systems that have a character, when not all of them do.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Class {
    name: &'static str,
    /// P(a character is read as one of this class | the sign is in each of [`SYSTEMS`]), on a clear photo.
    clear: [f64; 3],
    /// The same on a blurred one, where the reader falls back on what it knows best: simplified forms.
    blurred: [f64; 3],
}

/// P(a photo of a sign is a blurred one).
const BLURRED: f64 = 0.35;

/// Rates on clear photos are those of rendered signs read by PP-OCR (about 400 characters a system), scaled to running text,
/// where two fifths of the characters have several forms: it read 6 % of the characters of traditional signs as simplified ones
/// and 9 % of those of Japanese signs, and none the other way round. Mainland signs have some traditional characters
/// on purpose. Rates on blurred photos are estimates.
const CLASSES: [Class; 6] = [
    Class { name: "S", clear: [0.30, 0.05, 0.07], blurred: [0.30, 0.28, 0.24] },
    Class { name: "T", clear: [0.015, 0.16, 0.01], blurred: [0.015, 0.06, 0.01] },
    Class { name: "J", clear: [0.003, 0.003, 0.03], blurred: [0.003, 0.003, 0.015] },
    Class { name: "ST", clear: [0.03, 0.03, 0.02], blurred: [0.03, 0.03, 0.02] },
    Class { name: "SJ", clear: [0.06, 0.02, 0.07], blurred: [0.06, 0.05, 0.07] },
    Class { name: "TJ", clear: [0.02, 0.23, 0.20], blurred: [0.02, 0.10, 0.10] },
];

impl Class {
    /// Whether the characters of this class belong to a writing system.
    fn has(self, system: System) -> bool {
        self.name.contains(match system {
            System::Simplified => 'S',
            System::Traditional => 'T',
            System::Japanese => 'J',
        })
    }
}

struct Tables {
    classes: HashMap<char, Class>,
    simplified: HashMap<char, char>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables { classes: HashMap::with_capacity(7_000), simplified: HashMap::with_capacity(3_200) };
    let rows = include_str!("../../../data/signs/han_forms.txt").lines().filter(|l| !l.starts_with('#'));
    for (name, chars) in rows.filter_map(|l| l.split_once('\t')) {
        if let Some(class) = CLASSES.iter().find(|c| c.name == name) {
            tables.classes.extend(chars.chars().map(|c| (c, *class)));
        } else {
            tables.simplified.extend(chars.chars().step_by(2).zip(chars.chars().skip(1).step_by(2)));
        }
    }
    tables
});

/// The text with every traditional or Japanese form simplified: forms that a reader mixes up are one.
pub(crate) fn simplify(text: &str) -> String {
    text.chars().map(|c| TABLES.simplified.get(&c).copied().unwrap_or(c)).collect()
}

/// The characters of a text by class, each weighed by the trust in its line.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct HanForms {
    counts: [f64; CLASSES.len()],
}

impl HanForms {
    /// Counts the characters of a line.
    pub(crate) fn add(&mut self, text: &str, trust: f64) {
        for class in text.chars().filter_map(|c| TABLES.classes.get(&c)) {
            for (count, _) in self.counts.iter_mut().zip(CLASSES).filter(|(_, c)| c == class) {
                *count += trust;
            }
        }
    }

    /// Characters that the writing system has and at least one other lacks.
    pub(crate) fn of(&self, system: System) -> f64 {
        self.sum(|class| class.has(system))
    }

    /// Characters that the writing system lacks.
    pub(crate) fn not_of(&self, system: System) -> f64 {
        self.sum(|class| !class.has(system))
    }

    fn sum(&self, of: impl Fn(Class) -> bool) -> f64 {
        self.counts.iter().zip(CLASSES).filter(|(_, class)| of(*class)).map(|(count, _)| count).sum()
    }

    /// P(system | characters) for each of [`SYSTEMS`], before anything else is known.
    pub(crate) fn posterior(&self) -> [f64; 3] {
        // The characters of one sign are no independent draws.
        const TEMPER: f64 = 0.75;
        let fit = |system: usize, rates: fn(&Class) -> [f64; 3]| -> f64 {
            self.counts.iter().zip(&CLASSES).map(|(count, class)| TEMPER * count * rates(class)[system].ln()).sum()
        };
        let logs = [0, 1, 2].map(|system| {
            let clear = (1.0 - BLURRED).ln() + fit(system, |class| class.clear);
            let blurred = BLURRED.ln() + fit(system, |class| class.blurred);
            clear.max(blurred) + (-(clear - blurred).abs()).exp().ln_1p()
        });
        let best = logs.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let weights = logs.map(|log| (log - best).exp());
        let sum: f64 = weights.iter().sum();
        weights.map(|w| w / sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(text: &str) -> HanForms {
        let mut forms = HanForms::default();
        forms.add(text, 1.0);
        forms
    }

    #[test]
    fn the_table_knows_many_characters_and_simplifying_twice_changes_nothing() {
        assert!(TABLES.classes.len() > 6_000 && TABLES.simplified.len() > 2_500);
        for (from, to) in &TABLES.simplified {
            assert_eq!(simplify(&to.to_string()), to.to_string(), "{from}");
        }
    }

    #[test]
    fn one_sign_in_three_ways_of_writing() {
        let best = |text: &str| {
            let posterior = forms(text).posterior();
            SYSTEMS.into_iter().zip(posterior).max_by(|a, b| a.1.total_cmp(&b.1)).map(|(s, _)| s)
        };
        assert_eq!(best("观光夜市 欢迎光临"), Some(System::Simplified));
        assert_eq!(best("觀光夜市 歡迎光臨"), Some(System::Traditional));
        assert_eq!(best("広場前駅 図書館"), Some(System::Japanese));
        assert_eq!(simplify("觀光夜市"), simplify("観光夜市"));
    }

    #[test]
    fn a_fifth_of_the_characters_may_be_misread() {
        // 歡, 門 and 請 came out simplified.
        let posterior = forms("觀光夜市欢迎光臨餐廳門廣場灣號關閉請进讠鐵路醫藥").posterior();
        assert!(posterior[1] > 0.95, "{posterior:?}");
    }

    #[test]
    fn one_character_that_is_only_simplified_may_be_misread() {
        let forms = forms("李子坝站");
        assert!((forms.not_of(System::Japanese) - 2.0).abs() < 1e-9);
        let [simplified, traditional, japanese] = forms.posterior();
        assert!(simplified > 1.5 * traditional && simplified > 2.0 * japanese);
    }
}

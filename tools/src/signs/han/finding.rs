//! What the Chinese characters of a photo say about the country.

use super::compounds::{self, Found};
use super::{HanForms, SYSTEMS, System};
use crate::evidence::Finding;
use crate::signs::reading::{Line, Reading, weighed};
use crate::signs::shares::Shares;
use unicode_script::{Script, UnicodeScript};

/// P(a sign of the country is in simplified, traditional or Japanese forms), up to a constant per system. Traditional forms
/// stand on temples and in brand names of the mainland, and old shops of Singapore and Malaysia.
const USE: &[(&str, [f64; 3])] = &[
    ("CN", [1.0, 0.015, 0.003]),
    ("TW", [0.02, 1.0, 0.01]),
    ("HK", [0.02, 1.0, 0.01]),
    ("MO", [0.02, 1.0, 0.005]),
    ("SG", [0.3, 0.04, 0.005]),
    ("MY", [0.1, 0.06, 0.002]),
    ("JP", [0.002, 0.004, 1.0]),
    ("KR", [0.01, 0.02, 0.01]),
];

/// P(mainland sign in traditional forms), when there are so few characters that they may be a temple's or a brand's name.
const FEW_TRADITIONAL_IN_CHINA: f64 = 0.06;

/// P(a country uses a word that the list gives to others).
const FOREIGN_WORD: f64 = 0.15;

/// P(no kana on a Japanese sign), for each ten Chinese characters on it: opening hours and addresses have none.
const TEN_WITHOUT_KANA: f64 = 0.15;

/// The finding over all lines; `alone` is the background that as many letters of a script have by themselves.
pub(crate) fn find(reading: &Reading, alone: impl Fn(&[(&Line, usize)]) -> Option<f64>) -> Option<Finding> {
    let han = |l: &Line| l.text.chars().filter(|c| c.script() == Script::Han).count();
    let rows: Vec<(&Line, usize)> =
        reading.lines.iter().map(|l| (l, han(l))).filter(|(l, n)| *n >= 2 && l.legible > 0.2).collect();
    let alone = alone(&rows)?;
    let mut forms = HanForms::default();
    let mut words: Vec<Found> = Vec::new();
    for (line, _) in &rows {
        forms.add(&line.text, line.legible * (1.0 - line.travels));
        for found in compounds::found(&line.text) {
            if !words.contains(&found) {
                words.push(found);
            }
        }
    }
    let count: usize = rows.iter().map(|(_, n)| n).sum();
    let posterior = systems(&forms, count);
    let shares = shares(&forms, posterior, &words);
    let background = f64::min(alone, background(&forms, posterior, &words));
    weighed(Finding {
        group: "text:language".to_owned(),
        kind: "script".to_owned(),
        clues: rows.iter().map(|(l, _)| l.id.clone()).collect(),
        claim: claim(count, &forms, posterior, &words, &shares),
        likelihood: shares.likelihood(background),
    })
}

/// Characters, weighed by trust, that Japan does not write.
pub(crate) fn lacking_in_japan(reading: &Reading) -> f64 {
    let mut forms = HanForms::default();
    for line in &reading.lines {
        forms.add(&line.text, line.legible * (1.0 - line.travels));
    }
    forms.not_of(System::Japanese)
}

/// P(system | characters, none of them kana).
fn systems(forms: &HanForms, count: usize) -> [f64; 3] {
    let [simplified, traditional, japanese] = forms.posterior();
    let without_kana = TEN_WITHOUT_KANA.powf((count as f64 / 10.0).min(3.0));
    let weights = [simplified, traditional, japanese * without_kana];
    let sum: f64 = weights.iter().sum();
    weights.map(|w| w / sum)
}

fn shares(forms: &HanForms, posterior: [f64; 3], words: &[Found]) -> Shares {
    let mut shares = Shares::default();
    for (code, uses) in USE {
        let mut uses = *uses;
        if *code == "CN" && forms.not_of(System::Simplified) < 3.5 {
            uses[1] = FEW_TRADITIONAL_IN_CHINA;
        }
        let by_forms: f64 = posterior.iter().zip(uses).map(|(p, u)| p * u).sum();
        let strange = words.iter().filter(|w| !w.is_of(code)).count().min(3);
        shares.raise(code, by_forms.max(0.002) * FOREIGN_WORD.powi(strange.try_into().unwrap_or(3)));
    }
    shares
}

/// P(nothing to do with the place): many characters of one kind, or words of one country, are no restaurant's name.
fn background(forms: &HanForms, posterior: [f64; 3], words: &[Found]) -> f64 {
    let by_forms = SYSTEMS
        .into_iter()
        .zip(posterior)
        .filter(|(system, p)| *p > 0.9 && forms.not_of(*system) <= 0.33 * forms.of(*system))
        .map(|(system, _)| match forms.of(system) {
            n if n < 1.6 => 1.0,
            n if n < 3.5 => 0.2,
            n if n < 7.5 => 0.12,
            n if n < 15.5 => 0.07,
            _ => 0.05,
        })
        .fold(1.0, f64::min);
    let agreeing = words.iter().map(|w| words.iter().filter(|o| w.agrees(**o)).count()).max();
    let by_words = match agreeing {
        None => 1.0,
        Some(1) => 0.25,
        Some(2) => 0.13,
        Some(_) => 0.08,
    };
    f64::min(by_forms, by_words)
}

fn claim(count: usize, forms: &HanForms, posterior: [f64; 3], words: &[Found], shares: &Shares) -> String {
    let best = SYSTEMS.into_iter().zip(posterior).max_by(|a, b| a.1.total_cmp(&b.1));
    let forms = match best {
        Some((system, p)) if p > 0.7 && forms.of(system) >= 0.8 => {
            let kind = match system {
                System::Simplified => "simplified",
                System::Traditional => "traditional",
                System::Japanese => "Japanese",
            };
            format!("{:.0} of them in {kind} forms and {:.0} not", forms.of(system).ceil(), forms.not_of(system))
        }
        _ => "hardly any in forms of one country".to_owned(),
    };
    let shown: Vec<String> = words.iter().take(5).map(|w| format!("'{}'", w.word)).collect();
    let words = if shown.is_empty() { String::new() } else { format!(", with words such as {}", shown.join(", ")) };
    format!("{count} Chinese characters stand there, {forms}{words}: as in {}.", shares.in_words(4))
}

//! In which scripts the signs are written.

use super::facts::Facts;
use super::han;
use super::reading::{Line, Reading, weighed};
use super::shares::Shares;
use crate::evidence::Finding;
use unicode_script::{Script, UnicodeScript};

/// A script with the languages that are written in it on signs.
const SCRIPTS: &[(Script, &str, &[&str])] = &[
    (Script::Cyrillic, "Cyrillic", &["ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "mn", "tg"]),
    (Script::Greek, "Greek", &["el"]),
    (Script::Hangul, "Hangul", &["ko"]),
    (Script::Hiragana, "kana", &["ja"]),
    (Script::Katakana, "kana", &["ja"]),
    (Script::Thai, "Thai", &["th"]),
    (Script::Lao, "Lao", &["lo"]),
    (Script::Khmer, "Khmer", &["km"]),
    (Script::Myanmar, "Burmese", &["my"]),
    (Script::Hebrew, "Hebrew", &["he"]),
    (Script::Arabic, "Arabic", &["ar", "fa", "ur", "ps", "ckb", "ug", "sd"]),
    (Script::Devanagari, "Devanagari", &["hi", "ne", "mr"]),
    (Script::Bengali, "Bengali", &["bn", "as"]),
    (Script::Gurmukhi, "Gurmukhi", &["pa"]),
    (Script::Gujarati, "Gujarati", &["gu"]),
    (Script::Oriya, "Odia", &["or"]),
    (Script::Tamil, "Tamil", &["ta"]),
    (Script::Telugu, "Telugu", &["te"]),
    (Script::Kannada, "Kannada", &["kn"]),
    (Script::Malayalam, "Malayalam", &["ml"]),
    (Script::Sinhala, "Sinhala", &["si"]),
    (Script::Georgian, "Georgian", &["ka"]),
    (Script::Armenian, "Armenian", &["hy"]),
    (Script::Ethiopic, "Ethiopic", &["am", "ti"]),
    (Script::Tibetan, "Tibetan", &["bo", "dz"]),
    (Script::Thaana, "Thaana", &["dv"]),
    (Script::Mongolian, "Mongolian", &["mn"]),
    (Script::Tifinagh, "Tifinagh", &["zgh", "kab"]),
];

/// One finding per script other than Latin, over all lines of the photo.
pub(crate) fn find(reading: &Reading) -> Vec<Finding> {
    let mut out = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for (_, name, languages) in SCRIPTS {
        if seen.contains(name) {
            continue;
        }
        seen.push(name);
        let same: Vec<Script> = SCRIPTS.iter().filter(|(_, n, _)| n == name).map(|(s, _, _)| *s).collect();
        let rows = lines_with(reading, |c| same.contains(&c.script()) || (*name == "kana" && c == 'ー'));
        out.extend(finding(name, &rows, &shares_of(languages)));
    }
    out.extend(chinese_characters(reading));
    out
}

/// A line with the number of letters of the script on it.
type Row<'a> = (&'a Line, usize);

fn lines_with(reading: &Reading, is: impl Fn(char) -> bool) -> Vec<Row<'_>> {
    reading.lines.iter().map(|l| (l, l.text.chars().filter(|c| is(*c)).count())).filter(|(_, n)| *n >= 2).collect()
}

fn shares_of(languages: &[&str]) -> Shares {
    let mut shares = Shares::default();
    for (code, _) in Facts::embedded().countries() {
        let fit: f64 = languages.iter().map(|l| Facts::embedded().sign_share(l, code)).sum();
        if fit >= 0.01 {
            shares.raise(code, fit.min(1.0));
        }
    }
    // Countries that write these languages in Latin letters, at least on most signs.
    for (code, factor) in
        [("UZ", 0.3), ("BA", 0.4), ("ME", 0.4), ("MD", 0.3), ("XK", 0.2), ("HR", 0.05), ("AZ", 0.1), ("TM", 0.3)]
    {
        if languages.contains(&"sr") {
            shares.scale(code, factor);
        }
    }
    shares
}

/// The background that the letters of a word's script have over all lines; none for Latin and for too few letters.
pub(crate) fn background_of(reading: &Reading, word: &str) -> Option<f64> {
    let script = word.chars().next().map(|c| c.script()).filter(|s| !matches!(s, Script::Latin | Script::Common))?;
    background(&lines_with(reading, |c| c.script() == script))
}

/// P(nothing to do with the place) for so many letters in a script: a few are easily a restaurant's, or texture.
fn background(rows: &[Row<'_>]) -> Option<f64> {
    let letters: f64 = rows.iter().map(|(l, n)| *n as f64 * l.legible * (1.0 - l.travels)).sum();
    match letters {
        n if n < 1.6 => None,
        n if n < 4.0 => Some(0.5),
        n if n < 10.0 => Some(0.25),
        n if n < 25.0 => Some(0.13),
        _ => Some(0.08),
    }
}

fn finding(name: &str, rows: &[Row<'_>], shares: &Shares) -> Option<Finding> {
    let background = background(rows)?;
    let letters: usize = rows.iter().map(|(_, n)| n).sum();
    weighed(Finding {
        group: "text:language".to_owned(),
        kind: "script".to_owned(),
        clues: rows.iter().map(|(l, _)| l.id.clone()).collect(),
        claim: format!("{letters} letters are in {name} script, which signs use in {}.", shares.in_words(5)),
        likelihood: shares.likelihood(background),
    })
}

/// Chinese characters without kana or Hangul: which forms they have tells the mainland from Taiwan, Hong Kong and Japan.
fn chinese_characters(reading: &Reading) -> Option<Finding> {
    let kana = |c: char| matches!(c.script(), Script::Hiragana | Script::Katakana | Script::Hangul);
    if background(&lines_with(reading, kana)).is_some_and(|b| b < 0.4) {
        return None;
    }
    let rows = lines_with(reading, |c| c.script() == Script::Han);
    // PP-OCR reads traditional characters as simplified ones at times, but hardly ever the other way round.
    let sound: String = rows.iter().filter(|(l, _)| l.legible > 0.4).map(|(l, _)| l.text.as_str()).collect();
    let forms = han::forms(&sound);
    let (claim, fits): (&str, &[(&str, f64)]) = if forms.japanese >= 2 && forms.japanese > forms.traditional {
        ("in forms that only Japan uses", &[("JP", 1.0), ("TW", 0.1), ("CN", 0.05), ("HK", 0.05)])
    } else if forms.not_japanese >= 3 {
        (
            "many of them in traditional forms, as in Taiwan, Hong Kong and Macau",
            &[("TW", 1.0), ("HK", 1.0), ("MO", 0.9), ("CN", 0.03), ("JP", 0.02), ("MY", 0.05), ("SG", 0.03)],
        )
    } else if forms.not_japanese >= 2 || (forms.not_japanese == 1 && forms.simplified == 0) {
        (
            "in traditional forms, as in Taiwan, Hong Kong and Macau",
            &[
                ("TW", 1.0),
                ("HK", 1.0),
                ("MO", 0.9),
                ("CN", 0.06),
                ("JP", 0.06),
                ("MY", 0.05),
                ("SG", 0.05),
                ("KR", 0.03),
            ],
        )
    } else if forms.traditional >= 2 {
        (
            "in forms of Taiwan, Hong Kong and Japan",
            &[("JP", 1.0), ("TW", 1.0), ("HK", 1.0), ("MO", 0.9), ("CN", 0.1), ("KR", 0.1), ("MY", 0.05), ("SG", 0.05)],
        )
    } else if forms.simplified >= 2 {
        (
            "in simplified forms, as in mainland China and Singapore",
            &[("CN", 1.0), ("SG", 0.35), ("MY", 0.25), ("TW", 0.2), ("HK", 0.15), ("MO", 0.2), ("JP", 0.1)],
        )
    } else if forms.simplified == 1 && forms.traditional == 0 {
        (
            "mostly in simplified forms",
            &[("CN", 1.0), ("SG", 0.35), ("MY", 0.25), ("TW", 0.4), ("HK", 0.35), ("MO", 0.4), ("JP", 0.3)],
        )
    } else {
        (
            "in forms common to China and Japan",
            &[("CN", 1.0), ("TW", 1.0), ("HK", 0.9), ("MO", 0.9), ("JP", 0.6), ("SG", 0.3), ("MY", 0.25), ("KR", 0.05)],
        )
    };
    let mut shares = Shares::default();
    for (code, fit) in fits {
        shares.raise(code, *fit);
    }
    let count: usize = rows.iter().map(|(_, n)| n).sum();
    weighed(Finding {
        group: "text:language".to_owned(),
        kind: "script".to_owned(),
        clues: rows.iter().map(|(l, _)| l.id.clone()).collect(),
        claim: format!("{count} Chinese characters stand there, {claim}."),
        likelihood: shares.likelihood(background(&rows)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::reading::{background_of, reading_of, share_of};

    #[test]
    fn hangul_is_korean_and_a_single_character_is_nothing() {
        let found = find(&reading_of(&["서울특별시 강남구"]));
        assert!(share_of(&found[0], "KR") > 0.9 && share_of(&found[0], "JP") < 0.05 && background_of(&found[0]) < 0.35);
        assert!(find(&reading_of(&["米"])).is_empty());
    }

    #[test]
    fn traditional_characters_are_not_from_the_mainland() {
        let found = find(&reading_of(&["饒河街觀光夜市", "歡迎光臨"]));
        assert!(share_of(&found[0], "TW") > 4.0 * share_of(&found[0], "CN"));
        let found = find(&reading_of(&["欢迎光临", "请勿吸烟"]));
        assert!(share_of(&found[0], "CN") > 3.0 * share_of(&found[0], "TW"));
    }

    #[test]
    fn kana_silences_the_chinese_characters_beside_it() {
        let found = find(&reading_of(&["自転車はここに置かないでください"]));
        assert_eq!(found.len(), 1);
        assert!(share_of(&found[0], "JP") > 0.9);
    }
}

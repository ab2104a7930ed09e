//! In which scripts the signs are written.

use super::facts::Facts;
use super::han;
use super::reading::{Line, Reading, weighed};
use super::shares::Shares;
use crate::evidence::{Finding, Likelihood};
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
    let mut seen: Vec<&str> = vec!["kana"];
    for (_, name, languages) in SCRIPTS {
        if seen.contains(name) {
            continue;
        }
        seen.push(name);
        let same: Vec<Script> = SCRIPTS.iter().filter(|(_, n, _)| n == name).map(|(s, _, _)| *s).collect();
        let rows = lines_with(reading, |c| same.contains(&c.script()));
        out.extend(finding(name, &rows, &shares_of(languages), background(&rows)));
    }
    let kana = kana(reading);
    // Kana and Hangul say more of the country than the Chinese characters between them.
    let hangul = background(&lines_with(reading, |c| c.script() == Script::Hangul));
    let kana_speaks = kana.as_ref().is_some_and(|k| k.background < 0.4);
    if !kana_speaks && hangul.is_none_or(|b| b >= 0.4) {
        out.extend(han::find(reading, background));
    }
    out.extend(kana.and_then(|k| finding("kana", &k.rows, &k.shares, Some(k.background))));
    out
}

/// Where signs carry a script, by its name here, with the leading countries in words; `None` for an unknown one.
pub(crate) fn countries_of_script(name: &str, background: f64) -> Option<(Likelihood, String)> {
    let (_, _, languages) = SCRIPTS.iter().find(|(_, known, _)| *known == name)?;
    let shares = shares_of(languages);
    (!shares.is_empty()).then(|| (shares.likelihood(background), shares.in_words(3)))
}

/// Names of the scripts other than Latin of which a text holds at least two letters.
pub(crate) fn scripts(text: &str) -> Vec<&'static str> {
    if text.is_ascii() {
        return Vec::new();
    }
    let letters = |script: Script| text.chars().filter(|c| c.script() == script).count();
    let mut names: Vec<&str> =
        SCRIPTS.iter().filter(|(script, ..)| letters(*script) >= 2).map(|(_, n, _)| *n).collect();
    names.dedup();
    names
}

/// A line with the number of letters of the script on it.
type Row<'a> = (&'a Line, usize);

fn lines_with(reading: &Reading, is: impl Fn(char) -> bool) -> Vec<Row<'_>> {
    let other_than_latin = reading.lines.iter().filter(|l| !l.text.is_ascii());
    other_than_latin.map(|l| (l, l.text.chars().filter(|c| is(*c)).count())).filter(|(_, n)| *n >= 2).collect()
}

/// What kana say.
struct Kana<'a> {
    rows: Vec<Row<'a>>,
    shares: Shares,
    background: f64,
}

/// Kana that a reader takes for Chinese characters, strokes or letters, and the other way round.
const LIKE_OTHER_SIGNS: &str = "ニハロトカタエノヘへリソンミー";

/// The kana of a line that are no look-alikes, and the look-alikes beside them. One of two look-alikes may be sound.
fn kana_on(text: &str) -> impl Iterator<Item = char> + '_ {
    let is_kana = |c: char| matches!(c.script(), Script::Hiragana | Script::Katakana) || c == 'ー';
    let sure = move |c: char| is_kana(c) && !LIKE_OTHER_SIGNS.contains(c);
    let chars: Vec<char> = text.chars().collect();
    (0..chars.len()).filter_map(move |at| {
        let beside = chars[at.saturating_sub(1)..chars.len().min(at + 2)].iter().any(|c| sure(*c));
        (is_kana(chars[at]) && beside).then_some(chars[at])
    })
}

/// Kana are of Japan, but for the `の` of shop names in Taiwan and Hong Kong.
fn kana(reading: &Reading) -> Option<Kana<'_>> {
    let rows: Vec<Row<'_>> =
        reading.lines.iter().map(|l| (l, kana_on(&l.text).count())).filter(|(_, n)| *n > 0).collect();
    let no = rows.iter().all(|(l, _)| kana_on(&l.text).all(|c| c == 'の'));
    let letters: f64 = rows.iter().map(|(l, n)| *n as f64 * l.legible * (1.0 - l.travels)).sum();
    let mut shares = shares_of(&["ja"]);
    let background = match letters {
        n if n < 0.5 => return None,
        _ if no => {
            shares.raise("TW", 0.25);
            shares.raise("HK", 0.15);
            0.6
        }
        n if n < 1.6 => 0.5,
        n if n < 2.6 => 0.3,
        n if n < 8.0 => 0.1,
        n if n < 20.0 => 0.07,
        _ => 0.05,
    };
    // A few kana among many characters that Japan does not write are misread.
    let lacking = han::lacking_in_japan(reading);
    let background = if lacking >= 3.0 && lacking > letters { f64::max(background, 0.6) } else { background };
    Some(Kana { background: among_latin(&rows, background), rows, shares })
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

/// P(nothing to do with the place) for so many letters in a script: a few are easily a restaurant's, or texture; two
/// words are a sign.
fn background(rows: &[Row<'_>]) -> Option<f64> {
    let trust = |l: &Line| l.legible * (1.0 - l.travels);
    let letters: f64 = rows.iter().map(|(l, n)| *n as f64 * trust(l)).sum();
    let script = |text: &str| text.chars().filter(|c| c.is_alphabetic() && c.script() != Script::Latin).count();
    let words: f64 =
        rows.iter().map(|(l, _)| l.words.iter().filter(|w| script(&w.raw) >= 2).count() as f64 * trust(l)).sum();
    let background = match letters {
        n if n < 1.6 => return None,
        n if n >= 60.0 => 0.05,
        n if n >= 25.0 => 0.07,
        n if n >= 10.0 || (n >= 3.5 && words >= 1.6) => 0.11,
        n if n >= 4.0 => 0.22,
        _ => 0.5,
    };
    Some(among_latin(rows, background))
}

/// A line or two in a script among a great deal of Latin letters on the same lines is often a shop of strangers.
fn among_latin(rows: &[Row<'_>], background: f64) -> f64 {
    let latin: usize = rows.iter().map(|(l, _)| l.text.chars().filter(|c| c.script() == Script::Latin).count()).sum();
    let letters: usize = rows.iter().map(|(_, n)| n).sum();
    if latin > 8 * letters { f64::max(background, 0.3) } else { background }
}

fn finding(name: &str, rows: &[Row<'_>], shares: &Shares, background: Option<f64>) -> Option<Finding> {
    let letters: usize = rows.iter().map(|(_, n)| n).sum();
    weighed(Finding {
        group: "text:language".to_owned(),
        kind: "script".to_owned(),
        clues: rows.iter().map(|(l, _)| l.id.clone()).collect(),
        claim: format!("{letters} letters are in {name} script, which signs use in {}.", shares.in_words(5)),
        likelihood: shares.likelihood(background?),
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
    fn two_words_in_the_script_of_one_country_are_strong() {
        for (country, lines) in [
            ("KR", &["주차금지", "어서오세요"][..]),
            ("KR", &["김치 식당"]),
            ("TH", &["ร้านอาหาร", "ยินดีต้อนรับ"]),
            ("KH", &["ហាមចូល ភ្នំពេញ"]),
            ("GE", &["შესვლა აკრძალულია"]),
            ("AM", &["Մուտք փողոց"]),
            ("IL", &["אין כניסה"]),
            ("GR", &["ΠΡΟΣΟΧΗ ΣΚΥΛΟΣ"]),
            ("LA", &["ຮ້ານ ອາຫານ"]),
            ("MM", &["ဆိုင် လမ်း"]),
            ("LK", &["ඇතුල් වීම"]),
            ("BD", &["প্রবেশ নিষেধ"]),
        ] {
            let found = find(&reading_of(lines));
            assert_eq!(found.len(), 1, "{country} {found:?}");
            assert!(share_of(&found[0], country) > 0.5 && background_of(&found[0]) <= 0.12, "{country} {found:?}");
        }
    }

    #[test]
    fn kana_on_two_lines_is_japan_and_a_lone_no_is_not() {
        let found = find(&reading_of(&["山のうどん", "こちら側"]));
        assert!(share_of(&found[0], "JP") > 0.9 && background_of(&found[0]) <= 0.1, "{found:?}");
        let shop = find(&reading_of(&["鮮の味小吃店", "歡迎光臨"]));
        let taiwan = |f: &&Finding| share_of(f, "TW") > 0.9 && background_of(f) <= 0.15;
        assert!(shop.iter().any(|f| taiwan(&f)), "{shop:?}");
    }

    #[test]
    fn strokes_that_look_like_kana_leave_chinese_signs_alone() {
        let found = find(&reading_of(&["请勿停车ロ", "消防通道严禁占用ニ", "物业管理处ー"]));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(share_of(&found[0], "CN") > 0.5 && background_of(&found[0]) <= 0.12, "{found:?}");
    }

    #[test]
    fn ten_chinese_characters_without_kana_are_hardly_japanese() {
        let found = find(&reading_of(&["山水清明文化中心", "青山公園"]));
        let best = ["CN", "TW", "HK"].iter().map(|c| share_of(&found[0], c)).fold(0.0, f64::max);
        assert!(share_of(&found[0], "JP") <= 0.25 * best, "{found:?}");
    }

    #[test]
    fn words_in_kanji_tell_japan_from_china_without_kana() {
        let found = find(&reading_of(&["月极驻車場", "受付 電話番号"]));
        assert!(
            share_of(&found[0], "JP") > 5.0 * share_of(&found[0], "CN") && background_of(&found[0]) <= 0.12,
            "{found:?}"
        );
    }

    #[test]
    fn words_tell_hong_kong_from_taiwan() {
        let hong_kong = find(&reading_of(&["茶餐廳", "的士站", "康文署"]));
        assert!(share_of(&hong_kong[0], "HK") > 5.0 * share_of(&hong_kong[0], "TW"), "{hong_kong:?}");
        let taiwan = find(&reading_of(&["機車行", "捷運出口", "便當"]));
        assert!(share_of(&taiwan[0], "TW") > 20.0 * share_of(&taiwan[0], "HK"), "{taiwan:?}");
    }

    #[test]
    fn many_simplified_characters_are_strong_although_some_are_misread() {
        let found = find(&reading_of(&["欢迎光临农家饭馆", "电话订购门票", "開业优惠"]));
        // A reader simplifies what it cannot see: traditional signs are not ruled out.
        assert!(
            background_of(&found[0]) <= 0.12 && share_of(&found[0], "CN") > 1.5 * share_of(&found[0], "TW"),
            "{found:?}"
        );
        assert!(share_of(&found[0], "SG") > 0.1 && share_of(&found[0], "SG") < 0.5);
    }

    #[test]
    fn traditional_characters_are_not_from_the_mainland() {
        let found = find(&reading_of(&["饒河街觀光夜市", "歡迎光臨"]));
        assert!(share_of(&found[0], "TW") > 4.0 * share_of(&found[0], "CN"));
        let found = find(&reading_of(&["欢迎光临", "请勿吸烟"]));
        assert!(share_of(&found[0], "CN") > 1.5 * share_of(&found[0], "TW"));
    }

    #[test]
    fn kana_silences_the_chinese_characters_beside_it() {
        let found = find(&reading_of(&["自転車はここに置かないでください"]));
        assert_eq!(found.len(), 1);
        assert!(share_of(&found[0], "JP") > 0.9);
    }
}

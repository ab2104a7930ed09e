//! Which of two readings to believe: PP-OCR's, or Tesseract's of the same line.
//!
//! PP-OCR knows Latin without most accents, Chinese, Japanese and nothing else, so its readings go wrong in three ways:
//!
//! - Latin text loses accents and spaces. Tesseract's Latin reading is taken when both agree on the letters.
//! - Other scripts come out as rubbish of low confidence, or as nothing. Each script is tried; a photo has one such
//!   script as a rule, so the one with most confident letters over all lines is taken.
//! - Cyrillic and Greek come out as Latin look-alikes of fair confidence ("FOpHO" for "Горно"). Such lines are tried
//!   too, and must then look like what PP-OCR saw.

use super::Engine;
use super::TextLine;
use super::geometry::{Quad, extent};
use super::raster::rectify;
use super::script::Script;
use super::tesseract::{Tesseract, Words, prepare};
use image::RgbImage;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// Latin lines of one photo that Tesseract sees: the largest.
const MAX_LATIN_LINES: usize = 24;
/// Lines that it sees in every other script. Starting costs each process more than reading ten lines.
const MAX_FOREIGN_LINES: usize = 10;
/// Lower lines are illegible to Tesseract, px.
const MIN_LINE_HEIGHT: f32 = 12.0;
/// Time that Tesseract has for one photo.
const TIME_LIMIT: Duration = Duration::from_secs(8);
/// Readings of PP-OCR below this are doubtful.
const DOUBTFUL: f32 = 0.80;
/// Readings of Tesseract count from this on.
const TRUSTED: f32 = 0.80;
/// Thai counts from this on: its model is sure of itself on anything with round letters.
const TRUSTED_THAI: f32 = 0.90;
/// How much surer the model of another script must be than Tesseract's Latin one.
const LATIN_MARGIN: f32 = 0.05;
/// How much surer the model of another script must be than the Latin one when a word is made of letters of both.
const TWIN_MARGIN: f32 = 0.15;
/// A line in another script needs at least this many letters, or two of Hangul's syllables.
const MIN_LETTERS: usize = 3;
const MIN_SYLLABLES: usize = 2;
/// And this share of its characters must be letters of that script.
const MIN_LETTER_SHARE: f32 = 0.7;
/// Share of letters that the two readers may see differently when an accent is restored.
const MAX_CHANGED_LETTERS: f32 = 0.12;
/// Share of letters that must look alike when a whole confident line changes its script.
const MIN_LOOK_ALIKE: f32 = 0.5;
/// And it must have this many letters.
const MIN_LOOK_ALIKE_LETTERS: usize = 4;

/// Why Tesseract's reading took the place of PP-OCR's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RereadReason {
    /// Both read the same letters, and Tesseract has the accents and the spaces.
    SameLettersWithAccents,
    /// The script is one that PP-OCR does not know, and its reading was doubtful.
    UnknownScript,
    /// PP-OCR read Latin look-alikes of the letters of another script.
    LookAlikes,
}

/// A line whose reading was replaced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reread {
    /// Index of the line in the reading.
    pub line: usize,
    /// What PP-OCR had read.
    pub was: String,
    /// Why it was replaced.
    pub reason: RereadReason,
}

/// Replaces the readings that Tesseract betters. Lines may be empty or doubtful on entry; the caller drops those that
/// still are. Corners are in px of `photo`; `upright` has those that each line has if it does not stand on its head,
/// because the direction network goes astray on scripts that PP-OCR does not know.
pub(super) fn reread(tesseract: &Tesseract, lines: &mut [TextLine], photo: &RgbImage, upright: &[Quad]) -> Vec<Reread> {
    let deadline = Instant::now() + TIME_LIMIT;
    let mut by_size: Vec<usize> = (0..lines.len()).collect();
    by_size.sort_by(|&a, &b| lines[b].area().total_cmp(&lines[a].area()));
    let chosen = |wanted: fn(&TextLine) -> bool, limit: usize| -> Vec<usize> {
        let legible = |line: &TextLine| extent(&line.corners)[1] >= MIN_LINE_HEIGHT;
        by_size.iter().copied().filter(|&i| legible(&lines[i]) && wanted(&lines[i])).take(limit).collect()
    };
    let latin = chosen(may_lack_accents, MAX_LATIN_LINES);
    let foreign = chosen(may_be_foreign, MAX_FOREIGN_LINES);
    let cut = |quad: &Quad| prepare(&rectify(photo, quad));
    let latin_pictures: Vec<RgbImage> = latin.par_iter().map(|&i| cut(&lines[i].corners)).collect();
    let foreign_pictures: Vec<RgbImage> = foreign.par_iter().map(|&i| cut(&upright[i])).collect();
    let readings: Vec<(Script, Vec<(usize, Words)>)> = tesseract
        .scripts()
        .collect::<Vec<_>>()
        .into_par_iter()
        .filter_map(|script| {
            let (indices, pictures) =
                if script == Script::Latin { (&latin, &latin_pictures) } else { (&foreign, &foreign_pictures) };
            if indices.is_empty() {
                return None;
            }
            let words = tesseract.read(pictures, script, deadline)?;
            Some((script, indices.iter().copied().zip(words).collect()))
        })
        .collect();
    let replaced = choose(lines, &readings);
    for reread in replaced.iter().filter(|r| r.reason != RereadReason::SameLettersWithAccents) {
        lines[reread.line].corners = upright[reread.line];
    }
    replaced
}

/// Long enough Latin: accents and spaces may be lost.
fn may_lack_accents(line: &TextLine) -> bool {
    line.script == Script::Latin && line.text.chars().filter(|c| c.is_alphabetic()).count() >= 3
}

/// Doubtful, look-alike, or short Chinese, as which Hangul is misread.
fn may_be_foreign(line: &TextLine) -> bool {
    let short_han = line.script == Script::Han && line.text.chars().count() <= 4;
    line.confidence < DOUBTFUL || short_han || could_be_look_alike(&line.text)
}

/// Whether a Latin reading is made of letters that other scripts have too, or mixes cases and digits as no Latin
/// word does.
fn could_be_look_alike(text: &str) -> bool {
    const SHARED: &str = "ABCEHIKMOPTXYZNaceiopxyukr036";
    // PP-OCR knows some Greek and Cyrillic letters, from formulas.
    let strays =
        text.chars().any(|c| matches!(Script::of(c.encode_utf8(&mut [0; 4])), Script::Greek | Script::Cyrillic));
    let letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
    let shared = letters.iter().filter(|&&c| SHARED.contains(c)).count();
    let mixed = text.split_whitespace().any(|word| {
        let word: Vec<char> = word.chars().collect();
        word.len() >= 3
            && word.windows(2).any(|pair| {
                (pair[0].is_lowercase() && pair[1].is_uppercase()) || (pair[0].is_alphabetic() && pair[1] == '6')
            })
    });
    letters.len() >= 3 && (strays || mixed || shared as f32 >= 0.9 * letters.len() as f32)
}

fn choose(lines: &mut [TextLine], readings: &[(Script, Vec<(usize, Words)>)]) -> Vec<Reread> {
    let mut replaced = Vec::new();
    let mut latin: Vec<Option<f32>> = vec![None; lines.len()];
    for (index, words) in readings.iter().filter(|r| r.0 == Script::Latin).flat_map(|r| &r.1) {
        latin[*index] = Some(words.confidence());
    }
    if let Some((script, foreign)) = likeliest_foreign(lines, &latin, readings) {
        for (index, words, reason) in foreign {
            replaced.push(replace(lines, index, words.line(script), reason));
        }
    }
    for (index, words) in readings.iter().filter(|r| r.0 == Script::Latin).flat_map(|r| &r.1) {
        let line = &lines[*index];
        if line.engine == Engine::PpOcr
            && words.confidence() >= TRUSTED
            && let Some(text) = with_accents(&line.text, words)
        {
            replaced.push(replace(lines, *index, text, RereadReason::SameLettersWithAccents));
        }
    }
    replaced.sort_by_key(|r| r.line);
    replaced
}

type Accepted<'a> = Vec<(usize, &'a Words, RereadReason)>;

/// The script other than Latin with most confident letters in the whole photo, and the lines it reads better.
fn likeliest_foreign<'a>(
    lines: &[TextLine],
    latin: &[Option<f32>],
    readings: &'a [(Script, Vec<(usize, Words)>)],
) -> Option<(Script, Accepted<'a>)> {
    let mut best: Option<(f32, Script, Accepted)> = None;
    for (script, read) in readings.iter().filter(|r| r.0 != Script::Latin) {
        let accepted: Accepted = read
            .iter()
            .filter_map(|(i, words)| Some((*i, words, is_better(&lines[*i], latin[*i], words, *script)?)))
            .collect();
        let weight: f32 = accepted
            .iter()
            .map(|(_, words, _)| words.confidence() * words.letters_of(*script).0 as f32 * information(*script))
            .sum();
        if weight > best.as_ref().map_or(0.0, |b| b.0) {
            best = Some((weight, *script, accepted));
        }
    }
    best.map(|(_, script, accepted)| (script, accepted))
}

/// How much one letter says compared with a letter of an alphabet: a Hangul syllable is two to three letters.
fn information(script: Script) -> f32 {
    if script == Script::Hangul { 2.5 } else { 1.0 }
}

fn is_better(line: &TextLine, latin: Option<f32>, words: &Words, script: Script) -> Option<RereadReason> {
    let (letters, share) = words.letters_of(script);
    let confidence = words.confidence();
    let trusted = if script == Script::Thai { TRUSTED_THAI } else { TRUSTED };
    let enough = if script == Script::Hangul { MIN_SYLLABLES } else { MIN_LETTERS };
    if letters < enough || share < MIN_LETTER_SHARE || confidence < trusted {
        return None;
    }
    if line.script == Script::Han && line.confidence >= DOUBTFUL {
        return (script == Script::Hangul && confidence >= 0.9).then_some(RereadReason::UnknownScript);
    }
    // Tesseract's Latin model saw the same picture: what it reads well is Latin.
    let (text, _) = words.line(script);
    let margin = if text.chars().filter(|c| c.is_alphabetic()).all(is_twin) { TWIN_MARGIN } else { LATIN_MARGIN };
    if latin.is_some_and(|latin| latin + margin >= confidence) {
        return None;
    }
    if line.confidence < DOUBTFUL {
        return Some(RereadReason::UnknownScript);
    }
    let alike = matches!(script, Script::Cyrillic | Script::Greek)
        && letters >= MIN_LOOK_ALIKE_LETTERS
        && look_alike(&line.text, &text) >= MIN_LOOK_ALIKE;
    alike.then_some(RereadReason::LookAlikes)
}

fn replace(
    lines: &mut [TextLine],
    index: usize,
    (text, char_confidence): (String, Vec<f32>),
    reason: RereadReason,
) -> Reread {
    let line = &mut lines[index];
    line.confidence = char_confidence.iter().sum::<f32>() / char_confidence.len().max(1) as f32;
    line.char_confidence = char_confidence;
    line.script = Script::of(&text);
    line.engine = Engine::Tesseract;
    Reread { line: index, was: std::mem::replace(&mut line.text, text), reason }
}

/// Tesseract's reading, if it has the letters of `seen` and more accents or spaces; a letter that is another one
/// altogether stays as PP-OCR, which is the better reader, saw it.
fn with_accents(seen: &str, words: &Words) -> Option<(String, Vec<f32>)> {
    let (text, confidence) = words.line(Script::Latin);
    let mut rest = seen.chars().filter(|c| c.is_alphanumeric());
    let (mut merged, mut letters, mut changed) = (String::new(), 0, 0);
    for c in text.chars() {
        let bare = bare(c);
        let original: Vec<char> = rest.by_ref().take(bare.chars().count()).collect();
        letters += original.len();
        // PP-OCR takes the bar of ł for that of t.
        let barred = matches!(c, 'ł' | 'Ł') && matches!(original[..], ['t' | 'T']);
        if barred || bare.is_empty() || original.iter().flat_map(|c| c.to_lowercase()).eq(bare.chars()) {
            merged.push(c);
        } else if let [original] = original[..] {
            changed += 1;
            merged.push(original);
        } else {
            return None;
        }
    }
    let spaces = |s: &str| s.split_whitespace().count();
    let gains = spaces(&merged) > spaces(seen) || merged.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
    let agrees = rest.next().is_none() && changed as f32 <= MAX_CHANGED_LETTERS * letters as f32;
    (gains && agrees && spaces(&merged) >= spaces(seen) && merged != seen).then_some((merged, confidence))
}

/// A letter or digit in lower case without accents, as PP-OCR reads it; nothing for other characters.
fn bare(c: char) -> String {
    use unicode_normalization::UnicodeNormalization;
    match c.to_lowercase().next().unwrap_or(c) {
        'æ' => "ae".to_owned(),
        'œ' => "oe".to_owned(),
        'ø' => "o".to_owned(),
        'ł' => "l".to_owned(),
        'đ' => "d".to_owned(),
        'ı' => "i".to_owned(),
        lower => std::iter::once(lower).nfd().filter(|c| c.is_alphanumeric()).collect(),
    }
}

/// Whether a Greek or Cyrillic letter has a Latin one of the same shape.
fn is_twin(c: char) -> bool {
    "АВЕКМНОРСТХУІЅЈаеорсухіѕјΑΒΕΖΗΙΚΜΝΟΡΤΥΧον".contains(c)
}

/// Share of letters of `other` that look like what was read as Latin, 0 to 1.
fn look_alike(latin: &str, other: &str) -> f32 {
    let seen: Vec<char> = latin.chars().filter(|c| c.is_alphanumeric()).map(plain_shape).collect();
    let other: Vec<char> = other.chars().filter(|c| c.is_alphanumeric()).map(plain_shape).collect();
    let longer = seen.len().max(other.len());
    if longer == 0 { 0.0 } else { 1.0 - edit_distance(&seen, &other) as f32 / longer as f32 }
}

/// The Latin capital or digit that a letter resembles; the letter itself if none.
fn plain_shape(c: char) -> char {
    match c.to_uppercase().next().unwrap_or(c) {
        'А' | 'Α' => 'A',
        'В' | 'Β' | 'Ь' | 'Ъ' | 'Ы' | 'Б' | '6' => 'B',
        'С' => 'C',
        'Е' | 'Ё' | 'Ε' | 'Э' => 'E',
        'Г' | 'Γ' => 'F',
        'Н' | 'Η' => 'H',
        'І' | 'Ι' | '1' | 'L' => 'I',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'И' | 'Й' | 'Ν' => 'N',
        'О' | 'Ο' | '0' | 'Ω' | 'Θ' | 'Ф' | 'Φ' | 'Q' => 'O',
        'Р' | 'Ρ' => 'P',
        'Я' => 'R',
        'Т' | 'Τ' => 'T',
        'У' | 'Υ' | 'Ч' => 'Y',
        'Х' | 'Χ' => 'X',
        'Ζ' | 'З' | '3' => 'Z',
        'Л' | 'Λ' | 'Д' | 'Δ' => 'A',
        'П' | 'Π' => 'N',
        'Ц' => 'U',
        'Ш' | 'Щ' => 'W',
        upper => upper,
    }
}

/// Levenshtein's distance.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, confidence: f32) -> TextLine {
        TextLine {
            text: text.to_owned(),
            corners: [[0.0, 0.0], [100.0, 0.0], [100.0, 20.0], [0.0, 20.0]],
            script: Script::of(text),
            confidence,
            char_confidence: vec![confidence; text.chars().count()],
            engine: Engine::PpOcr,
        }
    }

    fn words(text: &str, confidence: f32) -> Words {
        Words(text.split(' ').map(|w| (w.to_owned(), confidence)).collect())
    }

    #[test]
    fn accents_and_spaces_are_restored_when_the_letters_agree() {
        let mut lines = [line("tilladtpa gre", 0.91), line("Musee du LoUVRE", 0.9), line("SPECJAL", 0.92)];
        let read =
            vec![(0, words("tilladt på gre", 0.9)), (1, words("Musée du LOUVRE", 0.96)), (2, words("SPRAWDZ", 0.95))];
        let replaced = choose(&mut lines, &[(Script::Latin, read)]);
        assert_eq!(lines.each_ref().map(|l| l.text.as_str()), ["tilladt på gre", "Musée du LOUVRE", "SPECJAL"]);
        assert_eq!(replaced.iter().map(|r| r.line).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(replaced[0].was, "tilladtpa gre");
        assert_eq!(lines[0].char_confidence.len(), lines[0].text.chars().count());
        assert_eq!([lines[0].engine, lines[2].engine], [Engine::Tesseract, Engine::PpOcr]);
    }

    #[test]
    fn letters_stay_as_the_better_reader_saw_them_and_no_space_is_lost() {
        let merged = |seen: &str, other: &str| with_accents(seen, &words(other, 0.9)).map(|m| m.0);
        assert_eq!(merged("atluftehun", "at lufte hur").as_deref(), Some("at lufte hun"));
        assert_eq!(merged("Laeg affald", "Læg affald").as_deref(), Some("Læg affald"));
        assert_eq!(merged("t the dignity", "tthe dignity"), None);
        assert_eq!(merged("AVEIRO", "AVEIR"), None);
        assert_eq!(merged("SEOUL", "SEOUL"), None);
        assert_eq!(merged("todz Gtowna", "Łódź Główna").as_deref(), Some("Łódź Główna"));
        assert_eq!(merged("Zurich", "Zürich").as_deref(), Some("Zürich"));
    }

    #[test]
    fn the_script_with_most_letters_in_the_photo_wins() {
        let mut lines = [line("人号", 0.39), line("", 0.0)];
        let readings = [
            (Script::Cyrillic, vec![(0, words("ЛЕ", 0.95)), (1, words("не", 0.36))]),
            (Script::Hangul, vec![(0, words("서울", 0.92)), (1, words("평 양", 0.93))]),
        ];
        choose(&mut lines, &readings);
        assert_eq!(lines.each_ref().map(|l| l.script), [Script::Hangul; 2]);
    }

    #[test]
    fn look_alikes_give_way_to_the_script_they_resemble() {
        let mut lines = [line("FOpHO A6bAKOBO", 0.86)];
        choose(&mut lines, &[(Script::Cyrillic, vec![(0, words("Горно Ябълково", 0.93))])]);
        assert_eq!(lines[0].text, "Горно Ябълково");
    }

    #[test]
    fn greek_capitals_give_way_when_one_letter_is_greek_alone() {
        let mut lines = [line("AOHNA", 0.99), line("ΦAPMAKEIO", 0.96), line("MAX ATTACK", 1.0)];
        let readings = [
            (
                Script::Latin,
                vec![(0, words("AOHNA", 0.87)), (1, words("þAPMAKEIO", 0.2)), (2, words("MAX ATTACK", 0.9))],
            ),
            (
                Script::Greek,
                vec![(0, words("ΑΘΗΝΑ", 0.96)), (1, words("ΦΑΡΜΑΚΕΙΟ", 0.92)), (2, words("ΜΑΧ ΑΤΤΑΚ", 0.96))],
            ),
        ];
        choose(&mut lines, &readings);
        assert_eq!(lines.each_ref().map(|l| l.text.as_str()), ["ΑΘΗΝΑ", "ΦΑΡΜΑΚΕΙΟ", "MAX ATTACK"]);
        assert!(could_be_look_alike("AOHNA") && could_be_look_alike("ΦAPMAKEIO"));
    }

    #[test]
    fn confident_latin_does_not_change_its_script() {
        let mut lines = [line("MINATO CITY", 0.96), line("APPACOM", 0.97)];
        let readings = [
            (Script::Latin, vec![(0, words("MINATO CITY", 0.96)), (1, words("APPACOM", 0.8))]),
            (Script::Cyrillic, vec![(0, words("ММАТО СПУ", 0.93)), (1, words("АРРАСОМ", 0.88))]),
        ];
        assert!(choose(&mut lines, &readings).is_empty());
        assert_eq!(lines[0].text, "MINATO CITY");
    }

    #[test]
    fn unsure_readings_of_other_scripts_are_left_alone() {
        let mut lines = [line("ya5lasull", 0.65)];
        assert!(choose(&mut lines, &[(Script::Arabic, vec![(0, words("السعة اخديد", 0.4))])]).is_empty());
    }

    #[test]
    fn look_alike_suspicion() {
        assert!(could_be_look_alike("FOpHO A6bAKOBO") && could_be_look_alike("PECTOPAH"));
        assert!(!could_be_look_alike("Railway") && !could_be_look_alike("WELCOME TO"));
    }
}

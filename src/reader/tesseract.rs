//! Tesseract as a second reader, when the user has installed it.
//!
//! Whole photos are of no use to it; rectified lines are. It starts slowly and reads quickly, so all lines of a photo
//! go through one process for each language.

use super::raster;
use super::script::Script;
use image::{RgbImage, imageops};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Height of a line for Tesseract without its margin, px.
const LINE_HEIGHT: u32 = 56;
/// Margin around a line, px; Tesseract misses letters at the edge of a picture.
const MARGIN: u32 = 12;
/// A longer line is squeezed to this width, px.
const MAX_LINE_WIDTH: u32 = 2400;
/// How long the list of languages may take.
const LIST_TIME: Duration = Duration::from_secs(5);
/// How often a running process is looked at.
const POLL: Duration = Duration::from_millis(4);
/// More output than this is not from a few lines of text.
const MAX_OUTPUT_BYTES: u64 = 4 << 20;

/// The program `tesseract`, and the languages it has been given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tesseract {
    program: PathBuf,
    languages: Vec<(Script, String)>,
}

/// Tesseract's reading of one line.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Words(pub(super) Vec<(String, f32)>);

impl Tesseract {
    /// The program on the search path, with the languages of `tesseract --list-langs`; none when it is not there or
    /// knows no language that helps.
    #[must_use]
    pub fn installed() -> Option<Self> {
        Self::at(Path::new("tesseract"))
    }

    /// As [`Tesseract::installed`], for a program at another place.
    #[must_use]
    pub fn at(program: &Path) -> Option<Self> {
        let folder = tempfile::tempdir().ok()?;
        let list = folder.path().join("languages");
        let output = std::fs::File::create(&list).ok()?;
        let child = Command::new(program)
            .arg("--list-langs")
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        finish(child, Instant::now() + LIST_TIME)?;
        let languages = by_script(&read_bounded(&list)?);
        (!languages.is_empty()).then(|| Self { program: program.to_owned(), languages })
    }

    /// The scripts that it can read.
    pub fn scripts(&self) -> impl Iterator<Item = Script> + '_ {
        self.languages.iter().map(|l| l.0)
    }

    /// What its readings depend on: the program and its languages.
    pub(super) fn identity(&self) -> String {
        format!("{} {:?}", self.program.display(), self.languages)
    }

    /// Reads lines in one script; none when it cannot, or not before `deadline`.
    pub(super) fn read(&self, lines: &[RgbImage], script: Script, deadline: Instant) -> Option<Vec<Words>> {
        let (_, language) = self.languages.iter().find(|l| l.0 == script)?;
        let folder = tempfile::tempdir().ok()?;
        let mut list = String::new();
        for (i, line) in lines.iter().enumerate() {
            let file = folder.path().join(format!("{i}.png"));
            line.save(&file).ok()?;
            list.push_str(file.to_str()?);
            list.push('\n');
        }
        let list_file = folder.path().join("list.txt");
        std::fs::write(&list_file, list).ok()?;
        let base = folder.path().join("words");
        let child = Command::new(&self.program)
            .args([list_file.as_os_str(), base.as_os_str()])
            .args(["-l", language, "--psm", "7", "tsv"])
            .env("OMP_THREAD_LIMIT", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        finish(child, deadline)?;
        Some(parse_tsv(&read_bounded(&base.with_extension("tsv"))?, lines.len()))
    }
}

/// A line as Tesseract likes it: 56 px high, with a margin of its own edge colours.
pub(super) fn prepare(crop: &RgbImage) -> RgbImage {
    let width = (u64::from(crop.width()) * u64::from(LINE_HEIGHT) / u64::from(crop.height().max(1)))
        .clamp(1, u64::from(MAX_LINE_WIDTH)) as u32;
    let scaled = if crop.height() < LINE_HEIGHT {
        imageops::resize(crop, width, LINE_HEIGHT, imageops::FilterType::CatmullRom)
    } else {
        raster::resize(crop, width, LINE_HEIGHT)
    };
    RgbImage::from_fn(width + 2 * MARGIN, LINE_HEIGHT + 2 * MARGIN, |x, y| {
        *scaled.get_pixel(x.saturating_sub(MARGIN).min(width - 1), y.saturating_sub(MARGIN).min(LINE_HEIGHT - 1))
    })
}

/// Waits for a process to succeed; kills it at the deadline.
fn finish(mut child: Child, deadline: Instant) -> Option<()> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success().then_some(()),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(POLL),
            _ => {
                // It may have ended by itself in the meantime; either way it is gone after this.
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

fn read_bounded(file: &Path) -> Option<String> {
    let small = std::fs::metadata(file).ok()?.len() <= MAX_OUTPUT_BYTES;
    small.then(|| std::fs::read(file).ok()).flatten().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// For each script the value of `-l`: the script's own model when there is one, else up to three languages.
fn by_script(list: &str) -> Vec<(Script, String)> {
    const LANGUAGES: [(Script, &str, &[&str]); 8] = [
        (Script::Latin, "Latin", &[]),
        (Script::Cyrillic, "Cyrillic", &["rus", "ukr", "bul", "srp", "mkd", "bel", "kaz", "mon"]),
        (Script::Greek, "Greek", &["ell"]),
        (Script::Arabic, "Arabic", &["ara", "fas", "urd"]),
        (Script::Hebrew, "Hebrew", &["heb"]),
        (Script::Thai, "Thai", &["tha"]),
        (Script::Devanagari, "Devanagari", &["hin", "nep", "mar"]),
        (Script::Hangul, "Hangul", &["kor"]),
    ];
    let installed: Vec<&str> = list.lines().map(str::trim).collect();
    LANGUAGES
        .into_iter()
        .filter_map(|(script, model, languages)| {
            let own = installed.iter().find(|l| l.strip_prefix("script/").unwrap_or(l) == model);
            let some: Vec<&str> = languages.iter().copied().filter(|l| installed.contains(l)).take(3).collect();
            match own {
                Some(own) => Some((script, (*own).to_owned())),
                None => (!some.is_empty()).then(|| (script, some.join("+"))),
            }
        })
        .collect()
}

/// The words of each page of Tesseract's table: column 1 the level (5 is a word), 2 the page, 11 and 12 confidence
/// in per cent and text.
fn parse_tsv(table: &str, pages: usize) -> Vec<Words> {
    let mut lines = vec![Words::default(); pages];
    for row in table.lines() {
        let cells: Vec<&str> = row.split('\t').collect();
        let [level, page, .., confidence, text] = cells[..] else { continue };
        let (Ok(page), Ok(confidence)) = (page.parse::<usize>(), confidence.parse::<f32>()) else { continue };
        let text = text.trim();
        if level != "5" || text.is_empty() {
            continue;
        }
        if let Some(line) = page.checked_sub(1).and_then(|i| lines.get_mut(i)) {
            line.0.push((text.to_owned(), (confidence / 100.0).clamp(0.0, 1.0)));
        }
    }
    lines
}

impl Words {
    /// The words in a row, with a confidence for each character. Thai is written without spaces, and Hangul comes with
    /// one behind every syllable when a sign is widely spaced.
    pub(super) fn line(&self, script: Script) -> (String, Vec<f32>) {
        let syllables = script == Script::Hangul && self.0.iter().all(|(word, _)| word.chars().count() == 1);
        let spaced = script != Script::Thai && !syllables;
        let (mut text, mut confidence) = (String::new(), Vec::new());
        for (word, sure) in &self.0 {
            if spaced && !text.is_empty() {
                text.push(' ');
                confidence.push(*sure);
            }
            text.push_str(word);
            confidence.extend(word.chars().map(|_| *sure));
        }
        (text, confidence)
    }

    /// Mean confidence over the characters, 0 to 1; 0 when there is none.
    pub(super) fn confidence(&self) -> f32 {
        let (sum, count) = self.0.iter().fold((0.0, 0.0), |(sum, count), (word, sure)| {
            let letters = word.chars().count() as f32;
            (sum + sure * letters, count + letters)
        });
        if count > 0.0 { sum / count } else { 0.0 }
    }

    /// Number of letters of `script`, and their share of all characters.
    pub(super) fn letters_of(&self, script: Script) -> (usize, f32) {
        let all = self.0.iter().flat_map(|(word, _)| word.chars());
        let total = all.clone().count();
        let letters = all.filter(|&c| Script::of(c.encode_utf8(&mut [0; 4])) == script).count();
        (letters, letters as f32 / total.max(1) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_found_by_script_whatever_they_are_called() {
        let list = "List of available languages in \"x\" (6):\nLatin\nbul\neng\nrus\nscript/Greek\nell\nosd\n";
        assert_eq!(
            by_script(list),
            [
                (Script::Latin, "Latin".to_owned()),
                (Script::Cyrillic, "rus+bul".to_owned()),
                (Script::Greek, "script/Greek".to_owned())
            ]
        );
        assert!(by_script("").is_empty());
    }

    #[test]
    fn the_table_gives_words_by_page_and_rubbish_is_passed_over() {
        let table = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n\
            5\t2\t1\t1\t1\t1\t0\t0\t9\t9\t96.5\tpå\n\
            5\t2\t1\t1\t1\t2\t0\t0\t9\t9\t74\tgre\n\
            5\t9\t1\t1\t1\t1\t0\t0\t9\t9\t90\tbeyond\n\
            4\t1\t1\t1\t1\t0\t0\t0\t9\t9\t-1\t\n\
            5\t1\tshort\n5\tx\ty\tz\t\u{0}";
        let lines = parse_tsv(table, 2);
        assert_eq!(lines[0], Words::default());
        assert_eq!(lines[1], Words(vec![("på".to_owned(), 0.965), ("gre".to_owned(), 0.74)]));
        let (text, confidence) = lines[1].line(Script::Latin);
        assert_eq!((text.as_str(), confidence.len()), ("på gre", 6));
        assert!((lines[1].confidence() - (2.0 * 0.965 + 3.0 * 0.74) / 5.0).abs() < 1e-6);
    }

    #[test]
    fn thai_and_lone_hangul_syllables_stand_without_spaces() {
        let words = Words(vec![("เพ".to_owned(), 0.9), ("ชร".to_owned(), 0.8)]);
        assert_eq!(words.line(Script::Thai).0, "เพชร");
        assert_eq!(words.letters_of(Script::Thai).0, 4);
        assert_eq!(Words(vec![("평".to_owned(), 0.9), ("양".to_owned(), 0.8)]).line(Script::Hangul).0, "평양");
    }

    #[test]
    fn a_line_gets_its_height_and_margin() {
        let line = prepare(&RgbImage::from_pixel(40, 20, image::Rgb([9, 8, 7])));
        assert_eq!(line.dimensions(), (112 + 24, 80));
        assert_eq!(line.get_pixel(0, 0).0, [9, 8, 7]);
    }

    #[test]
    fn a_program_that_is_not_there_is_none() {
        assert_eq!(Tesseract::at(Path::new("no-such-program-as-tesseract")), None);
    }
}

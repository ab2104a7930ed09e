//! The parts of a line of text that could be the name of something on the map.

use crate::signs::words::{Word, writes_without_spaces};
use crate::signs::{Lexicon, Line, Reading};

/// Most words of a phrase; a longer line is asked about as a whole, too.
const LONGEST: usize = 6;
/// Most words of a line that phrases begin at.
const MOST_WORDS: usize = 16;
/// Most phrases of one photo: each is looked up in every map.
pub(super) const MOST_PHRASES: usize = 160;
/// Lines below this are texture, not text.
const LEAST_LEGIBLE: f64 = 0.15;

/// A name has at least so many letters.
const LEAST_LETTERS: f64 = 4.0;
/// A Chinese character or a Korean syllable says as much as so many letters of an alphabet.
const DENSE_LETTER: f64 = 2.5;

/// Letters and digits of a text, those of dense scripts counted as several.
pub(super) fn letters(text: &str) -> f64 {
    let dense = |c: char| writes_without_spaces(c) || ('\u{ac00}'..='\u{d7a3}').contains(&c);
    text.chars().filter(|c| c.is_alphanumeric()).map(|c| if dense(c) { DENSE_LETTER } else { 1.0 }).sum()
}

/// Some words of a line that stand beside each other.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Phrase {
    /// Place of the line in the reading.
    pub(super) line: usize,
    /// Place of the first word on the line.
    pub(super) from: usize,
    /// Place behind the last word.
    pub(super) to: usize,
    /// The words, as they were read.
    pub(super) text: String,
    /// How many of the words are in the lexicon of sign words: a name of nothing but such words is one by chance.
    pub(super) ordinary: usize,
}

impl Phrase {
    /// Number of words.
    pub(super) fn words(&self) -> usize {
        self.to - self.from
    }

    /// Whether two phrases use the same words of the same line.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.line == other.line && self.from < other.to && other.from < self.to
    }
}

/// The phrases of a photo, line by line, the longest of each line first; lines that are legible and do not travel come
/// before others, so that the limit of [`MOST_PHRASES`] cuts the least promising ones.
pub(super) fn phrases(reading: &Reading) -> Vec<Phrase> {
    let worth = |line: &Line| line.legible * (1.0 - line.travels);
    let mut order: Vec<usize> = (0..reading.lines.len()).collect();
    order.sort_by(|&a, &b| worth(&reading.lines[b]).total_cmp(&worth(&reading.lines[a])).then(a.cmp(&b)));
    let of_line = |line: usize| of_line(line, &reading.lines[line]);
    order.into_iter().flat_map(of_line).take(MOST_PHRASES).collect()
}

fn of_line(index: usize, line: &Line) -> Vec<Phrase> {
    if line.legible < LEAST_LEGIBLE {
        return Vec::new();
    }
    let count = line.words.len().min(MOST_WORDS);
    let whole = (count > LONGEST).then_some((0, count));
    let windows =
        (1..=LONGEST.min(count)).rev().flat_map(|size| (0..=count - size).map(move |from| (from, from + size)));
    let mut found = Vec::new();
    for (from, to) in whole.into_iter().chain(windows) {
        let words = &line.words[from..to];
        let ordinary = words.iter().filter(|w| Lexicon::embedded().knows(&w.folded)).count();
        if could_be_a_name(words, ordinary, to - from == line.words.len()) {
            let text = words.iter().map(|w| w.raw.as_str()).collect::<Vec<_>>().join(" ");
            found.push(Phrase { line: index, from, to, text, ordinary });
        }
    }
    found
}

/// Whether the words could be a name: enough letters, no number or small word at the ends, and not only one or two words
/// that stand on signs everywhere.
fn could_be_a_name(words: &[Word], ordinary: usize, whole_line: bool) -> bool {
    if words.iter().map(|w| letters(&w.raw)).sum::<f64>() < LEAST_LETTERS
        || !words.iter().any(|w| w.raw.chars().any(char::is_alphabetic))
    {
        return false;
    }
    let weak = |w: &Word| {
        w.raw.chars().all(char::is_numeric) || w.folded.chars().count() <= 3 && Lexicon::embedded().knows(&w.folded)
    };
    let trimmed = !words.first().is_some_and(weak) && !words.last().is_some_and(weak);
    (trimmed || whole_line) && (ordinary < words.len() || words.len() >= 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::reading_of;

    fn texts(line: &str) -> Vec<String> {
        phrases(&reading_of(&[line])).into_iter().map(|p| p.text).collect()
    }

    #[test]
    fn the_whole_line_and_its_parts_are_asked_about() {
        let all = texts("Metropolitan- undPfarrkirchenstiftungZu UnsererLiebenFrau");
        assert!(all.iter().any(|t| t == "Unserer Lieben Frau"), "{all:?}");
        assert!(all.iter().any(|t| t == "Metropolitan"), "{all:?}");
        assert!(!all.iter().any(|t| t.starts_with("und ") || t == "Frau"), "{all:?}");
    }

    #[test]
    fn numbers_and_lone_everyday_words_are_no_names() {
        assert!(texts("23 96 296").is_empty() && texts("und").is_empty() && texts("AB").is_empty());
        assert_eq!(texts("国源购物广场"), ["国源购物广场"]);
        assert!(texts("CAFE MOZART 12").contains(&"CAFE MOZART".to_owned()));
    }

    #[test]
    fn a_photo_full_of_text_has_a_limit() {
        let lines: Vec<String> = (0..100).map(|i| format!("Alpha Beta Gamma Delta Epsilon Zeta {i}")).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(phrases(&reading_of(&lines)).len(), MOST_PHRASES);
    }
}

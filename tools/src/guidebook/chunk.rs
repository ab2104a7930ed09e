//! From blocks of a page to chunks of one idea: short enough to be found for one thing, long enough to be understood alone.

use super::dropped::{Dropped, Reason};
use super::source::Block;
use crate::evidence::RegionShare;
use crate::signs::words::writes_without_spaces;

/// A block of so many words is one chunk.
const WHOLE: usize = 60;
/// A chunk of a longer block ends at the sentence after so many words.
const FULL: usize = 40;
/// A sentence is cut at words when it is longer; a word, when it has as many letters as so many words.
const LONGEST: usize = 120;
/// Letters that count as a word where words are longer, or not parted by spaces.
const LETTERS_PER_WORD: usize = 12;
/// Fewest words of a passage.
const FEWEST_WORDS: usize = 3;
/// Characters of a script without spaces that count as a word.
const SPACELESS_PER_WORD: usize = 2;

/// Words with which a sentence goes on with what the one before spoke of, folded.
const GOES_ON: &[&str] = &[
    "it",
    "its",
    "they",
    "their",
    "them",
    "this",
    "these",
    "that",
    "those",
    "however",
    "he",
    "she",
    "such",
    "here",
    "also",
    "there",
    "both",
    "furthermore",
    "moreover",
    "otherwise",
    "therefore",
    "thus",
    "instead",
    "additionally",
    "meanwhile",
];

/// Words that end with a dot and no sentence.
const ABBREVIATIONS: &[&str] = &[
    "e.g", "i.e", "eg", "ie", "etc", "approx", "vs", "cf", "ca", "st", "mt", "dr", "mr", "mrs", "ms", "prof", "no",
    "nr", "fig", "jr", "sr", "inc", "ltd", "co", "ave", "rd", "jl", "av", "esp", "incl", "excl", "al", "sta", "ste",
    "u.s", "u.k", "u.a.e",
];

/// A text of one idea, before it is tagged.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chunk {
    pub(super) text: String,
    pub(super) headings: Vec<String>,
    pub(super) image: Option<String>,
    pub(super) regions: Option<Vec<RegionShare>>,
    pub(super) page: Option<String>,
}

/// Cuts long blocks, and joins a short one that goes on with the block before it.
pub(super) fn chunks(blocks: Vec<Block>, dropped: &mut Dropped) -> Vec<Chunk> {
    let mut out: Vec<Chunk> = Vec::new();
    // Whether the last chunk may be gone on with.
    let mut open = false;
    for block in blocks {
        let text = collapse(&block.text);
        if count_words(&text) < FEWEST_WORDS && !block.alone || !text.chars().any(char::is_alphabetic) {
            if !text.is_empty() {
                dropped.add(Reason::Boilerplate, &text);
            }
            continue;
        }
        if !is_prose(&text) {
            dropped.add(Reason::NotText, &text);
            continue;
        }
        if let Some(last) = out.last_mut().filter(|last| open && goes_with(last, &block, &text)) {
            last.text.push(' ');
            last.text.push_str(&text);
            last.image = last.image.take().or(block.image);
            continue;
        }
        open = !block.alone;
        let pieces = if block.alone && count_words(&text) <= LONGEST { vec![text] } else { pieces(&text) };
        let new = |text| Chunk {
            text,
            headings: block.headings.clone(),
            image: block.image.clone(),
            regions: block.regions.clone(),
            page: block.page.clone(),
        };
        out.extend(pieces.into_iter().map(new));
    }
    out
}

/// Whether a block, such as a note below a paragraph, is about what the chunk before it speaks of.
fn goes_with(last: &Chunk, block: &Block, text: &str) -> bool {
    let same_place = last.headings == block.headings && last.page == block.page && last.regions == block.regions;
    let same_picture = block.image.is_none() || last.image == block.image;
    !block.alone
        && same_place
        && same_picture
        && (is_note(text) || goes_on(text))
        && count_words(&last.text) + count_words(text) <= WHOLE
}

/// White space as single spaces; characters that steer the display are dropped.
pub(super) fn collapse(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().filter(|c| !is_invisible(*c)));
    }
    while out.ends_with(' ') {
        out.pop();
    }
    out
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Words of a text; long runs count as several, and so do runs of a script without spaces.
pub(super) fn count_words(text: &str) -> usize {
    let weigh = |word: &str| {
        let spaceless = word.chars().filter(|c| writes_without_spaces(*c)).count();
        let letters = word.chars().filter(|c| c.is_alphanumeric()).count();
        (letters.saturating_sub(spaceless)).div_ceil(LETTERS_PER_WORD * 2) + spaceless.div_ceil(SPACELESS_PER_WORD)
    };
    text.split_whitespace().map(weigh).sum()
}

/// Cuts a text at ends of sentences, so that each piece stays about one thing.
fn pieces(text: &str) -> Vec<String> {
    if count_words(text) <= WHOLE {
        return vec![text.to_owned()];
    }
    let mut out: Vec<String> = Vec::new();
    let mut size = 0;
    for sentence in sentences(text).into_iter().flat_map(parts_of_long) {
        let words = count_words(sentence);
        let room = size + words <= FULL || (goes_on(sentence) && size + words <= LONGEST);
        match out.last_mut().filter(|_| room) {
            Some(last) => {
                last.push(' ');
                last.push_str(sentence);
                size += words;
            }
            None => {
                out.push(sentence.to_owned());
                size = words;
            }
        }
    }
    // A short rest belongs to what is before it.
    if let [.., before, last] = &mut out[..]
        && count_words(last) < FEWEST_WORDS
    {
        before.push(' ');
        before.push_str(last);
        out.pop();
    }
    out
}

/// A sentence, cut at spaces, or at letters where it has none, when it is longer than any sentence should be.
fn parts_of_long(sentence: &str) -> Vec<&str> {
    if count_words(sentence) <= LONGEST {
        return vec![sentence];
    }
    let mut out = Vec::new();
    let (mut start, mut size) = (0, 0);
    let mut space = None;
    for (at, c) in sentence.char_indices() {
        size += if writes_without_spaces(c) { LETTERS_PER_WORD / SPACELESS_PER_WORD } else { 1 };
        if c == ' ' {
            space = Some(at);
        }
        if size > LONGEST * LETTERS_PER_WORD / 2 {
            let end = space.take().filter(|s| *s > start).unwrap_or(at);
            out.push(sentence[start..end].trim());
            (start, size) = (end, at - end);
        }
    }
    out.push(sentence[start..].trim());
    out.retain(|part| !part.is_empty());
    out
}

/// Whether a text is a note to the one before.
pub(super) fn is_note(text: &str) -> bool {
    text.get(..5).is_some_and(|label| label.eq_ignore_ascii_case("note:"))
}

/// Whether a sentence goes on with the one before.
pub(super) fn goes_on(sentence: &str) -> bool {
    let word: String =
        sentence.trim_start_matches(|c: char| !c.is_alphanumeric()).chars().take_while(|c| c.is_alphabetic()).collect();
    GOES_ON.contains(&word.to_lowercase().as_str())
}

/// The sentences of a text without line breaks. Each keeps its mark, and all together are the text.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let wide = matches!(c, '。' | '！' | '？');
        if !wide && !matches!(c, '.' | '!' | '?' | '…' | '؟' | '।' | '۔') {
            continue;
        }
        while chars
            .next_if(|(_, c)| matches!(c, '.' | '!' | '?' | '…' | ')' | ']' | '"' | '”' | '’' | '\'' | '»' | '」'))
            .is_some()
        {}
        let end = chars.peek().map_or(text.len(), |(i, _)| *i);
        let rest = &text[end..];
        let begins = rest.trim_start().chars().next();
        let spaced = rest.is_empty() || rest.starts_with(' ') || wide;
        let capital = begins.is_none_or(|c| !c.is_lowercase());
        if spaced && capital && !(c == '.' && is_abbreviation(&text[start..at])) {
            out.push(text[start..end].trim());
            start = end;
        }
    }
    out.push(text[start..].trim());
    out.retain(|sentence| !sentence.is_empty());
    out
}

/// Whether the last word before a dot is shortened: "e.g", "St", or one capital letter.
fn is_abbreviation(before: &str) -> bool {
    let word = before.rsplit([' ', '(', '“', '"', '‘']).next().unwrap_or_default();
    let mut chars = word.chars();
    let initial = matches!((chars.next(), chars.next()), (Some(c), None) if c.is_uppercase());
    initial || ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

/// Whether a text reads like prose, and not like code, styles, paths or noise.
pub(super) fn is_prose(text: &str) -> bool {
    let (mut letters, mut code, mut all, mut run, mut long) = (0_usize, 0_usize, 0_usize, 0_usize, 0_usize);
    for c in text.chars() {
        all += 1;
        letters += usize::from(c.is_alphabetic() || c == ' ' || unicode_normalization::char::is_combining_mark(c));
        code += usize::from(matches!(c, '{' | '}' | ';' | '=' | '<' | '>' | '\\' | '$' | '_' | '|' | '[' | ']'));
        run = if c.is_ascii() && !matches!(c, ' ' | '-' | '/') { run + 1 } else { 0 };
        long += usize::from(run > 40);
    }
    let calls = text.matches("()").count()
        + text.matches("=>").count()
        + text.matches("&&").count()
        + text.matches("||").count();
    // A path has no space and ends like a file.
    let path = !text.contains(' ') && text.contains('/');
    letters * 10 >= all * 6 && (code + 3 * calls).saturating_sub(2) * 20 <= all && long * 5 <= all && !path
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sentences_end_at_marks_and_not_at_abbreviations() {
        assert_eq!(
            sentences("Roads are wide, e.g. in St. Louis. They have 3.5 m lanes! “Really?” Yes"),
            ["Roads are wide, e.g. in St. Louis.", "They have 3.5 m lanes!", "“Really?”", "Yes"]
        );
        assert_eq!(sentences("道路は広い。標識は青い。"), ["道路は広い。", "標識は青い。"]);
    }

    #[test]
    fn a_long_block_is_cut_and_a_pronoun_stays_with_its_noun() {
        let first = "The utility poles of the north are made of round concrete with holes at every second step up. ";
        let text = format!("{first}They are seldom seen in the south of the country. {first}{first}");
        let cut = pieces(&text);
        assert!(cut.len() >= 2, "{cut:?}");
        assert!(cut.iter().all(|piece| !goes_on(piece)), "{cut:?}");
        assert_eq!(cut.join(" "), text.trim());
    }

    #[test]
    fn code_is_no_prose() {
        for text in [
            "function(a,b){return a===b?c[d]:e();} var x=window.y||{};",
            ".sqs-block{padding:17px} .a{color:red;margin:0}",
            "guidebook/plonkit/downloaded_images/Botswana_4.jpg",
            "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQ=",
        ] {
            assert!(!is_prose(text), "{text}");
        }
        for text in ["Plates read AB 12-34 (white on black).", "日本の道路標識は青い。", "Straße; Weg; Allee and Gasse"]
        {
            assert!(is_prose(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn sentences_and_pieces_lose_nothing(text in "([A-Za-z .!?’。日本é]|It |e\\.g\\. ){0,400}") {
            let text = collapse(&text);
            let joined = |parts: Vec<&str>| parts.concat().replace(' ', "");
            prop_assert_eq!(joined(sentences(&text)), text.replace(' ', ""));
            let cut = pieces(&text);
            prop_assert_eq!(cut.concat().replace(' ', ""), text.replace(' ', ""));
            prop_assert!(cut.iter().all(|piece| count_words(piece) <= 2 * LONGEST));
        }
    }
}

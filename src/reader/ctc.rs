//! From the recogniser's per-column probabilities to characters (connectionist temporal classification, Graves 2006).

/// The characters that the recogniser knows: class 0 is the blank, then one class each, then the space.
pub(super) struct Dictionary(Vec<String>);

impl Dictionary {
    /// Reads the text that the model file carries: one character a line.
    pub(super) fn parse(lines: &str) -> Self {
        Self(lines.lines().map(str::to_owned).chain([" ".to_owned()]).collect())
    }

    /// Number of classes, the blank included.
    pub(super) fn classes(&self) -> usize {
        self.0.len() + 1
    }

    /// The character of a class; none for the blank.
    fn character(&self, class: usize) -> Option<&str> {
        self.0.get(class.checked_sub(1)?).map(String::as_str)
    }
}

/// A decoded line.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Decoded {
    /// The characters, with spaces where the gap is wide.
    pub(super) text: String,
    /// One for each character of `text`, 0 to 1; a space that was put in has that of the character before it.
    pub(super) char_confidence: Vec<f32>,
    /// Mean over the characters that the network named, 0 to 1; 0 for an empty line.
    pub(super) confidence: f32,
}

/// A gap is a space from this multiple of the line's median advance on.
const SPACE_ADVANCES: f32 = 2.0;
/// The same next to a character as wide as it is high, whose neighbours stand apart when they are slim.
const SPACE_ADVANCES_WIDE: f32 = 2.5;
/// And only if it is this much wider than the median, columns: one column is 8 px of a strip 48 px high, so that
/// small advances are known to one column only.
const MIN_SPACE_EXCESS: usize = 3;
/// Lines with fewer characters have no median worth the name.
const MIN_CHARACTERS_FOR_SPACES: usize = 4;

/// Best path: the likeliest class of each column, repeats and blanks left out.
///
/// `columns` holds the probabilities of one column after the other, [`Dictionary::classes`] each.
pub(super) fn decode(columns: &[f32], dictionary: &Dictionary) -> Decoded {
    let mut named: Vec<(usize, &str, f32)> = Vec::new();
    let mut previous = 0;
    for (at, column) in columns.chunks_exact(dictionary.classes()).enumerate() {
        let (class, probability) = likeliest(column);
        if class != previous
            && let Some(character) = dictionary.character(class)
        {
            named.push((at, character, probability));
        }
        previous = class;
    }
    with_spaces(&named)
}

fn likeliest(column: &[f32]) -> (usize, f32) {
    // Eight lanes at a time, because a column has thousands of classes; then the first class that has the maximum.
    let mut lanes = [f32::MIN; 8];
    let chunks = column.chunks_exact(8);
    let rest = chunks.remainder().iter().copied().fold(f32::MIN, f32::max);
    for chunk in chunks {
        for (lane, &p) in lanes.iter_mut().zip(chunk) {
            *lane = if p > *lane { p } else { *lane };
        }
    }
    let best = lanes.into_iter().fold(rest, f32::max);
    (column.iter().position(|&p| p == best).unwrap_or(0), best)
}

fn with_spaces(named: &[(usize, &str, f32)]) -> Decoded {
    let mut advances: Vec<usize> = named.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    advances.sort_unstable();
    let median = advances.get(advances.len() / 2).copied().filter(|_| named.len() >= MIN_CHARACTERS_FOR_SPACES);
    let mut line = Decoded::default();
    let mut before: Option<(usize, &str, f32)> = None;
    for &(at, character, probability) in named {
        if let (Some((last, left, confidence)), Some(median)) = (before, median)
            && is_space(at - last, median, left, character)
        {
            line.text.push(' ');
            line.char_confidence.push(confidence);
        }
        line.text.push_str(character);
        line.char_confidence.extend(character.chars().map(|_| probability));
        before = Some((at, character, probability));
    }
    if !named.is_empty() {
        line.confidence = named.iter().map(|n| n.2).sum::<f32>() / named.len() as f32;
    }
    line
}

/// Whether a gap between two characters is so wide that the network overlooked a space.
fn is_space(gap: usize, median: usize, left: &str, right: &str) -> bool {
    let wide = |s: &str| s.chars().any(|c| c >= '\u{2e80}');
    let advances = if wide(left) || wide(right) { SPACE_ADVANCES_WIDE } else { SPACE_ADVANCES };
    left != " " && right != " " && gap >= median + MIN_SPACE_EXCESS && gap as f32 >= advances * median as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns in which the class of each entry has probability 0.9.
    fn columns(classes: &[usize], of: usize) -> Vec<f32> {
        classes.iter().flat_map(|&c| (0..of).map(move |i| if i == c { 0.9 } else { 0.1 / (of - 1) as f32 })).collect()
    }

    #[test]
    fn repeats_are_one_character_unless_a_blank_parts_them() {
        let dictionary = Dictionary::parse("a\nb");
        let line = decode(&columns(&[1, 1, 0, 1, 2, 2, 0, 3], 4), &dictionary);
        assert_eq!(line.text, "aab ");
        assert_eq!(line.char_confidence.len(), 4);
        assert!((line.confidence - 0.9).abs() < 1e-6);
    }

    #[test]
    fn nothing_but_blanks_is_an_empty_line_without_confidence() {
        assert_eq!(decode(&columns(&[0, 0, 0], 4), &Dictionary::parse("a\nb")), Decoded::default());
    }

    #[test]
    fn a_gap_of_two_advances_and_three_columns_is_a_space() {
        let dictionary = Dictionary::parse("a\nb");
        let line = decode(&columns(&[1, 0, 2, 0, 1, 0, 0, 0, 0, 2, 0, 1], 4), &dictionary);
        assert_eq!(line.text, "aba ba");
        assert_eq!(line.char_confidence.len(), 6);
        assert!(!is_space(4, 2, "a", "x"), "one column of doubt on each side");
        assert!(is_space(15, 7, "2", "0"));
        assert!(!is_space(15, 7, "謝", "再"));
    }

    #[test]
    fn short_lines_get_no_spaces() {
        let line = decode(&columns(&[1, 0, 0, 0, 0, 0, 2, 0, 1], 4), &Dictionary::parse("a\nb"));
        assert_eq!(line.text, "aba");
    }

    #[test]
    fn the_dictionary_ends_with_the_space() {
        let dictionary = Dictionary::parse("甲\nb\r\nc");
        assert_eq!(dictionary.classes(), 5);
        assert_eq!(dictionary.character(0), None);
        assert_eq!(dictionary.character(1), Some("甲"));
        assert_eq!(dictionary.character(2), Some("b"));
        assert_eq!(dictionary.character(4), Some(" "));
        assert_eq!(dictionary.character(5), None);
    }

    #[test]
    fn the_first_of_equal_classes_wins_as_in_the_original() {
        assert_eq!(likeliest(&[0.1; 20]).0, 0);
        let mut column = [0.0; 21];
        column[20] = 0.7;
        assert_eq!(likeliest(&column), (20, 0.7));
    }
}

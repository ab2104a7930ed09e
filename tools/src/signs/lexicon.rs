//! Words by which languages are told apart, and the splitting of words that a reader glued together.
//!
//! `data/signs/lexicon.txt` holds sign words of our own and function words from stopwords-iso for more than 80 languages.

use super::words::letters;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Longest word that takes part in splitting, letters.
const LONGEST: usize = 18;

/// Longest run that is split, letters; longer ones are split up to here.
const LONGEST_RUN: usize = 60;

/// Letters of a text are worth about this many equally likely ones (the entropy of letters in European texts is 3.8 bits).
const EFFECTIVE_ALPHABET: f64 = 14.0;

/// A language of the lexicon, by its place in the file.
pub(crate) type LanguageIndex = u16;

/// P(a word of a sign is this one | the sign is in the language).
type Weights = Vec<(LanguageIndex, f64)>;

#[derive(Debug)]
pub(crate) struct Lexicon {
    codes: Vec<&'static str>,
    names: Vec<&'static str>,
    words: HashMap<&'static str, Weights>,
    /// Per language and length in letters: the cost in nats that a random run of letters is one of its words.
    surprise: Vec<[f64; LONGEST + 1]>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::parse(include_str!("../../../data/signs/lexicon.txt")));

impl Lexicon {
    /// The embedded lexicon; the first call parses it.
    pub(crate) fn embedded() -> &'static Self {
        &LEXICON
    }

    fn parse(text: &'static str) -> Self {
        let rows: Vec<_> = text.lines().filter(|l| !l.starts_with('#')).collect();
        let (codes, names) = (Vec::new(), Vec::new());
        let mut lexicon =
            Self { codes, names, words: HashMap::with_capacity(16_384), surprise: Vec::with_capacity(rows.len()) };
        for (index, row) in rows.into_iter().enumerate() {
            let mut columns = row.split('\t');
            lexicon.codes.push(columns.next().unwrap_or_default());
            lexicon.names.push(columns.next().unwrap_or_default());
            let signs: Vec<_> = columns.next().unwrap_or_default().split_whitespace().collect();
            let functions: Vec<_> = columns.next().unwrap_or_default().split_whitespace().collect();
            let mut counts = [0.0_f64; LONGEST + 1];
            let index = LanguageIndex::try_from(index).expect("fewer than 65,536 languages");
            for (list, weight) in [(&signs, 0.6), (&functions, 0.4)] {
                // A word of a short list is no more frequent than one in 200 of a long one.
                let each = (weight / list.len().max(1) as f64).min(0.005);
                for word in list.iter().copied() {
                    lexicon.words.entry(word).or_default().push((index, each));
                    if let Some(count) = counts.get_mut(letters(word)) {
                        *count += 1.0;
                    }
                }
            }
            let mut surprise = [0.0; LONGEST + 1];
            for (length, slot) in surprise.iter_mut().enumerate().skip(1) {
                let possible = EFFECTIVE_ALPHABET.powi(i32::try_from(length).unwrap_or(i32::MAX));
                // One nat pays for having chosen where to cut.
                *slot = (possible / counts[length].max(1.0)).ln().max(0.0) - 1.0;
            }
            lexicon.surprise.push(surprise);
        }
        lexicon
    }

    /// ISO 639 code of a language.
    pub(crate) fn code(&self, language: LanguageIndex) -> &'static str {
        self.codes.get(usize::from(language)).copied().unwrap_or_default()
    }

    /// English name of a language.
    pub(crate) fn name(&self, language: LanguageIndex) -> &'static str {
        self.names.get(usize::from(language)).copied().unwrap_or_default()
    }

    /// How many languages there are.
    pub(crate) fn len(&self) -> usize {
        self.codes.len()
    }

    /// The place of a language by its code.
    pub(crate) fn index(&self, code: &str) -> Option<LanguageIndex> {
        self.codes.iter().position(|c| *c == code).and_then(|i| LanguageIndex::try_from(i).ok())
    }

    /// The languages that know a folded word.
    pub(crate) fn get(&self, folded: &str) -> &[(LanguageIndex, f64)] {
        self.words.get(folded).map_or(&[], Vec::as_slice)
    }

    /// Whether any language knows the folded word: then it is hardly a name.
    pub(crate) fn knows(&self, folded: &str) -> bool {
        self.words.contains_key(folded)
    }

    /// Whether a word is one misread letter away from a word of the lexicon with at least five letters.
    pub(crate) fn nearly_knows(&self, folded: &str) -> bool {
        let size = folded.len();
        self.words.keys().any(|w| w.len() >= 5 && w.len().abs_diff(size) <= 1 && one_edit(w, folded))
    }

    /// Splits a run of letters into words of one language, or gives nothing when chance could do that too.
    ///
    /// One unknown remainder at either end is allowed, because signs are cut off; the best language over all is taken.
    pub(crate) fn split(&self, run: &str) -> Option<Split> {
        let chars: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).take(LONGEST_RUN + 1).collect();
        let length = chars.len() - 1;
        let mut found: HashMap<LanguageIndex, Pieces> = HashMap::new();
        for from in 0..length {
            for to in from + 1..=length.min(from + LONGEST) {
                for (language, _) in self.get(&run[chars[from]..chars[to]]) {
                    found.entry(*language).or_default().push((from, to));
                }
            }
        }
        let mut best: Option<(f64, LanguageIndex, Pieces)> = None;
        for (language, pieces) in found {
            let surprise = &self.surprise[usize::from(language)];
            let Some((gain, cut)) = best_cut(length, &pieces, surprise) else { continue };
            let better = best.as_ref().is_none_or(|(g, l, _)| gain > *g || (gain == *g && language < *l));
            if better {
                best = Some((gain, language, cut));
            }
        }
        let (gain, language, cut) = best?;
        // e^-9 times 90 languages: a random run is split about once in a hundred times.
        let covered: usize = cut.iter().map(|(from, to)| to - from).sum();
        let long_enough = cut.iter().any(|(from, to)| to - from >= 4 || !run.is_ascii());
        (gain >= 9.0 && cut.len() >= 2 && long_enough && covered * 4 >= length * 3).then(|| Split {
            language,
            words: cut.into_iter().map(|(from, to)| run[chars[from]..chars[to]].to_owned()).collect(),
        })
    }
}

/// Whether two words differ by one letter inserted, dropped or replaced.
fn one_edit(a: &str, b: &str) -> bool {
    let same_start = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
    let (rest_a, rest_b): (Vec<char>, Vec<char>) =
        (a.chars().skip(same_start).collect(), b.chars().skip(same_start).collect());
    match (&rest_a[..], &rest_b[..]) {
        ([], [_] | []) | ([_], []) => true,
        ([_, x @ ..], [_, y @ ..]) if x == y => true,
        ([_, x @ ..], y) if x == y => true,
        (x, [_, y @ ..]) => x == y,
        _ => false,
    }
}

/// The best chain of pieces that follow each other, with unknown letters at the ends at a price.
fn best_cut(length: usize, pieces: &[(usize, usize)], surprise: &[f64; LONGEST + 1]) -> Option<(f64, Pieces)> {
    const REMAINDER_COST: f64 = 2.0;
    let mut by_end: Vec<Vec<usize>> = vec![Vec::new(); length + 1];
    for (from, to) in pieces {
        by_end[*to].push(*from);
    }
    // State: best gain of a chain that ends at a position, and the piece that ends there.
    let mut best: Vec<(f64, Option<usize>)> =
        (0..=length).map(|at| (if at == 0 { 0.0 } else { -REMAINDER_COST }, None)).collect();
    for to in 1..=length {
        for from in &by_end[to] {
            let gain = best[*from].0 + surprise[to - from];
            if gain > best[to].0 {
                best[to] = (gain, Some(*from));
            }
        }
    }
    let (end, gain) = (1..=length)
        .map(|at| (at, best[at].0 - if at == length { 0.0 } else { REMAINDER_COST }))
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    let mut cut = Vec::new();
    let mut at = end;
    while let Some(from) = best[at].1 {
        cut.push((from, at));
        at = from;
    }
    cut.reverse();
    (!cut.is_empty()).then_some((gain, cut))
}

/// Places in a run of letters, each from a letter to before a letter.
type Pieces = Vec<(usize, usize)>;

/// Words that were glued together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Split {
    /// The language whose words they are.
    pub(crate) language: LanguageIndex,
    /// In order, folded.
    pub(crate) words: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::words::fold;

    #[test]
    fn the_embedded_lexicon_is_folded_and_knows_many_languages() {
        let lexicon = Lexicon::embedded();
        assert!(lexicon.codes.len() >= 80);
        for word in lexicon.words.keys() {
            assert_eq!(&fold(word), word);
        }
    }

    #[test]
    fn glued_words_are_split_and_noise_is_not() {
        let lexicon = Lexicon::embedded();
        let split = |run: &str| lexicon.split(run).map(|s| (lexicon.code(s.language), s.words.join(" ")));
        assert_eq!(split("prohibidoestacionar"), Some(("es", "prohibido estacionar".to_owned())));
        assert_eq!(split("betretenverboten"), Some(("de", "betreten verboten".to_owned())));
        assert_eq!(split("xkqzvjwpymrt"), None);
    }
}

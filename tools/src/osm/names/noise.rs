//! What a text reader makes of a sign, to test with.
//!
//! The model, so that it can be written again elsewhere. A name of n letters is taken through these steps, with draws from
//! [`Draws`]:
//!
//! 1. one in eight names longer than 8 letters is *cut*: a third to a half of its letters are lost, at its head or tail;
//! 2. one in four loses all its accents;
//! 3. `n / 10` edits, and one more with probability 1/2, but at least one and at most a third of the letters: each at a
//!    random place, and with equal odds a *confusion* of the table (if the letter has one), a letter dropped, a letter
//!    doubled, two neighbours swapped (one in three of these; else a confusion again), a letter replaced by another letter of
//!    the name;
//! 4. one in five has a space lost, or, if it has none, one put in the middle;
//! 5. one in three is all capitals, one in six all small letters.

use crate::geo::fold::fold;

/// Letters and what they are read as. Two letters may stand for one and the other way round.
pub const CONFUSIONS: &[(&str, &[&str])] = &[
    ("0", &["O", "o", "D"]),
    ("O", &["0", "D", "Q"]),
    ("o", &["0", "c", "e"]),
    ("D", &["0", "O"]),
    ("1", &["I", "l", "i"]),
    ("I", &["1", "l", "|"]),
    ("l", &["1", "I", "i", "|"]),
    ("i", &["l", "1", "j"]),
    ("5", &["S"]),
    ("S", &["5", "s"]),
    ("s", &["5"]),
    ("8", &["B"]),
    ("B", &["8", "R"]),
    ("2", &["Z"]),
    ("Z", &["2"]),
    ("z", &["2"]),
    ("6", &["G", "b"]),
    ("G", &["6", "C"]),
    ("b", &["6", "h"]),
    ("g", &["9", "q"]),
    ("m", &["rn", "nn"]),
    ("w", &["vv"]),
    ("d", &["cl", "o"]),
    ("rn", &["m"]),
    ("cl", &["d"]),
    ("u", &["v", "n"]),
    ("v", &["u", "y"]),
    ("n", &["h", "r", "u"]),
    ("h", &["n", "b"]),
    ("e", &["c", "o"]),
    ("c", &["e", "o"]),
    ("a", &["o", "e"]),
    ("t", &["f", "l"]),
    ("f", &["t"]),
    ("А", &["A"]),
    ("В", &["B"]),
    ("в", &["B", "8"]),
    ("Г", &["F", "r"]),
    ("г", &["r"]),
    ("Е", &["E"]),
    ("е", &["e"]),
    ("З", &["3"]),
    ("з", &["3"]),
    ("б", &["6"]),
    ("К", &["K"]),
    ("к", &["k"]),
    ("М", &["M"]),
    ("Н", &["H"]),
    ("н", &["H"]),
    ("О", &["O", "0"]),
    ("о", &["o", "0"]),
    ("Р", &["P"]),
    ("р", &["p"]),
    ("С", &["C"]),
    ("с", &["c"]),
    ("Т", &["T"]),
    ("у", &["y"]),
    ("х", &["x"]),
    ("и", &["u", "N"]),
    ("п", &["n"]),
    ("Я", &["R"]),
    ("я", &["R"]),
    ("ч", &["4"]),
    ("ы", &["bl"]),
    ("ш", &["щ"]),
    ("щ", &["ш"]),
    ("ь", &["b"]),
    ("Α", &["A"]),
    ("Β", &["B"]),
    ("Ε", &["E"]),
    ("Η", &["H"]),
    ("η", &["n"]),
    ("ν", &["v"]),
    ("ο", &["o"]),
    ("ρ", &["p"]),
    ("α", &["a"]),
    ("κ", &["k"]),
    ("ι", &["i", "l"]),
    ("υ", &["u"]),
    ("ب", &["ت", "ن"]),
    ("ت", &["ث", "ن"]),
    ("ن", &["ت", "ب"]),
    ("ح", &["ج", "خ"]),
    ("ج", &["ح"]),
    ("خ", &["ح"]),
    ("د", &["ذ"]),
    ("ر", &["ز"]),
    ("س", &["ش"]),
    ("ش", &["س"]),
    ("ع", &["غ"]),
    ("ف", &["ق"]),
    ("ق", &["ف"]),
    ("ي", &["ى"]),
    ("ة", &["ه"]),
    ("أ", &["ا"]),
    ("إ", &["ا"]),
    ("ד", &["ר"]),
    ("ר", &["ד"]),
    ("ה", &["ח", "ת"]),
    ("ח", &["ה"]),
    ("ת", &["ח"]),
    ("ו", &["י", "ז"]),
    ("י", &["ו"]),
    ("ב", &["כ"]),
    ("כ", &["ב"]),
    ("ก", &["ถ"]),
    ("ถ", &["ก"]),
    ("ด", &["ค"]),
    ("ค", &["ด"]),
    ("บ", &["ป"]),
    ("ป", &["บ"]),
    ("พ", &["ผ"]),
    ("น", &["ม"]),
    ("व", &["ब"]),
    ("ब", &["व"]),
    ("म", &["भ"]),
    ("प", &["य", "ष"]),
    ("ि", &["ी"]),
    ("ी", &["ि"]),
    ("ु", &["ू"]),
    ("シ", &["ツ"]),
    ("ツ", &["シ"]),
    ("ソ", &["ン"]),
    ("ン", &["ソ"]),
    ("ロ", &["口"]),
    ("カ", &["力"]),
    ("ガ", &["カ"]),
    ("ド", &["ト"]),
    ("バ", &["ハ", "パ"]),
    ("ッ", &["ツ"]),
    ("ー", &["一"]),
];

/// A small generator of even numbers that gives the same ones everywhere: the 64-bit linear congruential generator of Knuth
/// (MMIX), of whose state the upper 32 bits are drawn.
#[derive(Debug, Clone)]
pub struct Draws(u64);

impl Draws {
    /// Draws from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut draws = Self(seed);
        draws.below(1);
        draws
    }

    /// A number from 0 to below `n`; 0 for `n` = 0.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (((self.0 >> 32) * n as u64) >> 32) as usize
    }
}

/// A name as a reader may read it; see the module for the model.
#[must_use]
pub fn misread(name: &str, draws: &mut Draws) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let count = letters.len();
    if count > 8 && draws.below(8) == 0 {
        let lost = count / 3 + draws.below(count / 6 + 1);
        if draws.below(2) == 0 {
            letters.drain(..lost);
        } else {
            letters.truncate(count - lost);
        }
    }
    if draws.below(4) == 0 {
        letters = letters.into_iter().flat_map(without_accent).collect();
    }
    let edits = (letters.len() / 10 + draws.below(2)).clamp(1, (letters.len() / 3).max(1));
    for _ in 0..edits {
        edit(&mut letters, draws);
    }
    if draws.below(5) == 0 {
        match letters.iter().position(|c| *c == ' ') {
            Some(space) => drop(letters.remove(space)),
            None if letters.is_empty() => {}
            None => letters.insert(letters.len() / 2, ' '),
        }
    }
    let text: String = letters.into_iter().collect();
    match draws.below(6) {
        0 | 1 => text.to_uppercase(),
        2 => text.to_lowercase(),
        _ => text,
    }
}

fn edit(letters: &mut Vec<char>, draws: &mut Draws) {
    if letters.is_empty() {
        return;
    }
    let at = draws.below(letters.len());
    match draws.below(5) {
        1 if letters.len() > 2 => drop(letters.remove(at)),
        2 => letters.insert(at, letters[at]),
        3 if at > 0 && draws.below(3) == 0 => letters.swap(at, at - 1),
        4 => letters[at] = letters[draws.below(letters.len())],
        _ => confuse(letters, at, draws),
    }
}

/// Replaces what stands there by what it is read as; the first letter from there on that is ever misread.
fn confuse(letters: &mut Vec<char>, at: usize, draws: &mut Draws) {
    for at in (at..letters.len()).chain(0..at) {
        let rest: String = letters[at..].iter().take(2).collect();
        let row = CONFUSIONS.iter().filter(|(from, _)| rest.starts_with(from)).max_by_key(|(from, _)| from.len());
        if let Some((from, read_as)) = row {
            letters.splice(at..at + from.chars().count(), read_as[draws.below(read_as.len())].chars());
            return;
        }
    }
}

/// The letter without its accents, in its own case.
fn without_accent(c: char) -> Vec<char> {
    let folded = fold(&c.to_string());
    if folded.is_empty() || c.is_ascii() {
        return vec![c];
    }
    if c.is_uppercase() { folded.to_uppercase().chars().collect() } else { folded.chars().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_reads_the_same() {
        let read = |seed| misread("Frauenkirche München", &mut Draws::new(seed));
        assert_eq!(read(7), read(7));
        assert!((0..20).map(read).collect::<std::collections::HashSet<_>>().len() > 15);
    }

    #[test]
    fn a_name_stays_a_text() {
        for name in ["", "a", "Ωραία", "شارع", "上海路", "부산"] {
            for seed in 0..50 {
                assert_eq!(misread(name, &mut Draws::new(seed)).is_empty(), name.is_empty());
            }
        }
    }
}

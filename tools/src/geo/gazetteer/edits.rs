//! Names within one or two edits, as an automaton that the name index runs.

use fst::Automaton;

/// More edits than two find nearly anything.
pub(super) const MAX_EDITS: u8 = 2;
/// Columns of the distance table that can hold a value of two or less, in each row: the diagonal and two on each side.
const BAND: usize = 2 * MAX_EDITS as usize + 1;

/// The names at most some insertions, deletions and replacements of characters away from one name.
///
/// Only the band of the Levenshtein table around its diagonal is kept, so that a state is a few bytes and nothing is
/// made beforehand; the automata of the `fst` crate take 10 ms to build for eight letters and two edits.
#[derive(Debug)]
pub(super) struct WithinEdits {
    name: Vec<char>,
    edits: u8,
}

/// One row of the table, or the beginning of a character after one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// Characters read.
    read: usize,
    /// `band[k]` is the distance between what was read and the first `read + k - 2` characters of the name.
    band: [u8; BAND],
    /// The bits of a character whose bytes are still coming, and how many are.
    partial: u32,
    missing: u8,
}

/// Beyond the edge of the table.
const FAR: u8 = u8::MAX - 1;

impl WithinEdits {
    pub(super) fn new(name: &str, edits: u8) -> Self {
        Self { name: name.chars().collect(), edits: edits.min(MAX_EDITS) }
    }

    /// Distance from a name of the index, if it is near enough.
    pub(super) fn distance(&self, other: &str) -> Option<u8> {
        let mut row = self.start();
        for c in other.chars() {
            row = self.next_row(&row, c);
        }
        let distance = self.at_end(&row);
        (distance <= self.edits).then_some(distance)
    }

    fn at_end(&self, row: &Row) -> u8 {
        let k = (self.name.len() + usize::from(MAX_EDITS)).checked_sub(row.read);
        k.and_then(|k| row.band.get(k)).copied().unwrap_or(FAR)
    }

    fn next_row(&self, row: &Row, c: char) -> Row {
        let read = row.read + 1;
        let mut band = [FAR; BAND];
        for k in 0..BAND {
            // The column: how many characters of the name are compared.
            let Some(column) = (read + k).checked_sub(usize::from(MAX_EDITS)) else { continue };
            if column > self.name.len() {
                break;
            }
            let inserted = row.band.get(k + 1).map_or(FAR, |d| d.saturating_add(1));
            let dropped = if k > 0 { band[k - 1].saturating_add(1) } else { FAR };
            let replaced = match column.checked_sub(1).and_then(|before| self.name.get(before)) {
                Some(&own) => row.band[k].saturating_add(u8::from(own != c)),
                None => FAR,
            };
            band[k] = inserted.min(dropped).min(replaced).min(FAR);
        }
        Row { read, band, partial: 0, missing: 0 }
    }
}

impl Automaton for WithinEdits {
    type State = Row;

    fn start(&self) -> Row {
        let mut band = [FAR; BAND];
        for (column, slot) in band.iter_mut().skip(MAX_EDITS.into()).enumerate().take(self.name.len() + 1) {
            *slot = column as u8;
        }
        Row { read: 0, band, partial: 0, missing: 0 }
    }

    fn is_match(&self, row: &Row) -> bool {
        row.missing == 0 && self.at_end(row) <= self.edits
    }

    fn can_match(&self, row: &Row) -> bool {
        row.band.iter().any(|&distance| distance <= self.edits)
    }

    fn accept(&self, row: &Row, byte: u8) -> Row {
        // The bytes of one character of UTF-8, first to last.
        let (partial, missing) = match byte {
            0x80..=0xbf if row.missing > 0 => (row.partial << 6 | u32::from(byte & 0x3f), row.missing - 1),
            0xc0..=0xdf => (u32::from(byte & 0x1f), 1),
            0xe0..=0xef => (u32::from(byte & 0x0f), 2),
            0xf0..=0xff => (u32::from(byte & 0x07), 3),
            _ => (u32::from(byte), 0),
        };
        if missing > 0 {
            return Row { partial, missing, ..*row };
        }
        self.next_row(row, char::from_u32(partial).unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The whole table, as Wagner and Fischer (1974) fill it.
    fn levenshtein(a: &str, b: &str) -> usize {
        let b: Vec<char> = b.chars().collect();
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, a) in a.chars().enumerate() {
            let mut diagonal = std::mem::replace(&mut row[0], i + 1);
            for (j, b) in b.iter().enumerate() {
                let best = (diagonal + usize::from(a != *b)).min(row[j] + 1).min(row[j + 1] + 1);
                diagonal = std::mem::replace(&mut row[j + 1], best);
            }
        }
        row[b.len()]
    }

    proptest! {
        #[test]
        fn the_band_agrees_with_the_whole_table(a in "[abя語]{0,8}", b in "[abя語]{0,8}", edits in 0u8..=2) {
            let automaton = WithinEdits::new(&a, edits);
            let whole = levenshtein(&a, &b);
            let near = (whole <= usize::from(edits)).then_some(whole as u8);
            prop_assert_eq!(automaton.distance(&b), near);
            let by_bytes = b.bytes().fold(automaton.start(), |row, byte| automaton.accept(&row, byte));
            prop_assert_eq!(automaton.is_match(&by_bytes), near.is_some());
        }

        #[test]
        fn a_state_that_cannot_match_never_does(a in "[ab]{0,6}", b in "[ab]{0,6}", rest in "[ab]{0,6}") {
            let automaton = WithinEdits::new(&a, 2);
            let row = b.bytes().fold(automaton.start(), |row, byte| automaton.accept(&row, byte));
            if !automaton.can_match(&row) {
                prop_assert_eq!(automaton.distance(&format!("{b}{rest}")), None);
            }
        }
    }
}

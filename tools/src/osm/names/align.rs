//! How well a reading fits a name: a weighted alignment of their letters.
//!
//! The table is that of Wagner and Fischer (1974), with these prices in place of one for every edit:
//!
//! | what happens | price, edits |
//! |---|---|
//! | a letter is taken for one that looks like it | 0.03 to 0.45, see `confusion` |
//! | two letters for one, such as rn for m | 0.15 to 0.45 |
//! | any other letter in its place, one too many, one too few | 1 |
//! | two neighbours change places | 0.8 |
//! | a space too many or too few | 0.06 |
//! | the name goes on before or behind the reading | 0.5, or 0.25 at a word's edge, and 0.06 a letter |
//! | the reading goes on before or behind the name | 0.3, or 0.15 at a word's edge, and 0.6 a letter |

use super::NameHow;
use super::confusion::{Confusions, EDIT};
use super::spelling::{Letter, Spelling};
use std::ops::Range;

/// More than any alignment costs.
const FAR: u32 = u32::MAX / 4;
/// Price of two neighbours that changed places.
const SWAP: u32 = 80;

/// What may stand on one side only.
#[derive(Debug, Clone, Copy)]
struct Ends {
    /// The name may go on before the reading, and behind it.
    name: (bool, bool),
    /// The reading may go on before and behind the name.
    read: bool,
}

/// Price of the lowest alignment, hundredths of an edit; nothing when it is above a limit.
pub(super) fn price(read: &Spelling, name: &Spelling, how: NameHow, limit: u32) -> Option<u32> {
    let ends = match how {
        NameHow::Exact => Ends { name: (false, false), read: false },
        NameHow::Prefix => Ends { name: (false, true), read: false },
        NameHow::Part => Ends { name: (true, true), read: false },
        NameHow::Read => Ends { name: (true, true), read: true },
    };
    Table::new(&read.letters, &name.letters, ends, limit).lowest()
}

struct Table<'a> {
    read: &'a [Letter],
    name: &'a [Letter],
    ends: Ends,
    limit: u32,
    confusions: Confusions,
    /// The single letters that two of the name look like, by the place of the second.
    name_doubles: Vec<&'static [(char, u32)]>,
}

impl<'a> Table<'a> {
    fn new(read: &'a [Letter], name: &'a [Letter], ends: Ends, limit: u32) -> Self {
        let confusions = Confusions::get();
        let doubles = name.windows(2).map(|pair| confusions.doubles(pair[0].letter, pair[1].letter));
        let name_doubles = std::iter::once(&[][..]).chain(doubles).collect();
        Self { read, name, ends, limit, confusions, name_doubles }
    }

    fn lowest(&self) -> Option<u32> {
        let columns = self.name.len() + 1;
        let mut rows = [vec![FAR; columns], vec![FAR; columns], vec![FAR; columns]];
        self.fill_first(&mut rows[1]);
        let mut best = FAR;
        if self.ends.read {
            best = rows[1][columns - 1].saturating_add(self.read_rest(0));
        }
        // Columns of the last two rows that an alignment below the limit may still go through (Ukkonen 1985).
        let mut windows = [0..0, self.window(&rows[1])];
        for i in 0..self.read.len() {
            let [before, last, row] = &mut rows;
            let reach = union(&windows[0], &windows[1]);
            if reach.is_empty() && best > self.limit && self.junk_from(i) > self.limit {
                return None;
            }
            row.fill(FAR);
            self.fill(i, before, last, row, &reach);
            if self.ends.read {
                best = best.min(row[columns - 1].saturating_add(self.read_rest(i + 1)));
            }
            windows.rotate_left(1);
            windows[1] = self.window(row);
            rows.rotate_left(1);
        }
        let last = &rows[1];
        best = (0..columns).map(|j| last[j].saturating_add(self.name_rest(j))).fold(best, u32::min);
        (best <= self.limit).then_some(best)
    }

    /// The columns from the first to the last that are not above the limit.
    fn window(&self, row: &[u32]) -> Range<usize> {
        let within = |price: &u32| *price <= self.limit;
        match (row.iter().position(within), row.iter().rposition(within)) {
            (Some(first), Some(last)) => first..last + 1,
            _ => 0..0,
        }
    }

    /// What it costs that the reading begins only behind its `i`th letter.
    fn junk_from(&self, i: usize) -> u32 {
        if self.ends.read { self.junk(0, i + 1) } else { FAR }
    }

    /// The row of a reading of nothing: what it costs to leave out the beginning of the name.
    fn fill_first(&self, row: &mut [u32]) {
        let mut dropped = 0;
        for (j, slot) in row.iter_mut().enumerate() {
            *slot = dropped;
            if self.ends.name.0 && j > 0 {
                *slot = dropped.min(cut(self.name, j, j));
            }
            dropped += self.name.get(j).map_or(0, |l| l.drop);
        }
    }

    /// The row of the reading up to its `i`th letter, from the columns that the rows before it reach.
    fn fill(&self, i: usize, before: &[u32], last: &[u32], row: &mut [u32], reach: &Range<usize>) {
        let read = self.read[i];
        let read_before = i.checked_sub(1).map(|i| self.read[i]);
        let read_double = read_before.map_or(&[][..], |first| self.confusions.doubles(first.letter, read.letter));
        row[0] = last[0].saturating_add(read.invent);
        if self.ends.read {
            row[0] = row[0].min(self.junk(0, i + 1));
        }
        let first = if row[0] <= self.limit { 0 } else { reach.start.saturating_sub(1) };
        for j in first..self.name.len() {
            if j > reach.end && row[j] > self.limit {
                break;
            }
            let name = self.name[j];
            let mut best = last[j] + self.replace(read, name);
            best = best.min(last[j + 1] + read.invent).min(row[j] + name.drop);
            for &(one, cost) in read_double {
                if one == name.letter {
                    best = best.min(before[j] + scaled(cost, read, name));
                }
            }
            if j > 0 {
                let first = self.name[j - 1];
                for &(one, cost) in self.name_doubles[j] {
                    if one == read.letter {
                        best = best.min(last[j - 1] + scaled(cost, read, name));
                    }
                }
                let swapped = read_before.is_some_and(|r| r.letter == name.letter) && first.letter == read.letter;
                if swapped && read.letter != name.letter {
                    best = best.min(before[j - 1] + scaled(SWAP, read, name));
                }
            }
            row[j + 1] = best;
        }
    }

    #[inline]
    fn replace(&self, read: Letter, name: Letter) -> u32 {
        if read.letter == name.letter {
            return 0;
        }
        // Spaces weigh nothing, but no letter is taken for one.
        if read.letter == ' ' || name.letter == ' ' {
            return EDIT;
        }
        scaled(self.confusions.cost((read.letter, read.glyph), (name.letter, name.glyph)), read, name)
    }

    /// Price of the letters of the name from `j` on, behind the reading.
    fn name_rest(&self, j: usize) -> u32 {
        if j == self.name.len() {
            return 0;
        }
        let dropped: u32 = self.name[j..].iter().map(|l| l.drop).sum();
        if self.ends.name.1 { dropped.min(cut(self.name, j, self.name.len() - j)) } else { dropped }
    }

    /// Price of the letters of the reading from `i` on, behind the name.
    fn read_rest(&self, i: usize) -> u32 {
        if i == self.read.len() { 0 } else { self.junk(i, self.read.len()) }
    }

    fn junk(&self, from: usize, to: usize) -> u32 {
        let edge = if from == 0 { to } else { from };
        let letters: u32 = self.read[from..to].iter().map(|l| l.weight).sum();
        (if at_word_edge(self.read, edge) { 15 } else { 30 }) + letters * 6 / 10
    }
}

/// The range around two, of which an empty one does not count.
fn union(a: &Range<usize>, b: &Range<usize>) -> Range<usize> {
    match (a.is_empty(), b.is_empty()) {
        (true, _) => b.clone(),
        (_, true) => a.clone(),
        _ => a.start.min(b.start)..a.end.max(b.end),
    }
}

/// Price of so many letters of a name left out, up to a place in it or from there on.
fn cut(name: &[Letter], at: usize, letters: usize) -> u32 {
    (if at_word_edge(name, at) { 25 } else { 50 }) + 6 * letters as u32
}

fn at_word_edge(letters: &[Letter], at: usize) -> bool {
    let space = |i: Option<usize>| i.and_then(|i| letters.get(i)).is_none_or(|l| l.letter == ' ');
    space(at.checked_sub(1)) || space(Some(at))
}

#[inline]
fn scaled(cost: u32, read: Letter, name: Letter) -> u32 {
    if read.weight + name.weight == 200 { cost } else { cost * (read.weight + name.weight) / 200 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOWS: [NameHow; 4] = [NameHow::Exact, NameHow::Prefix, NameHow::Part, NameHow::Read];

    fn spelling(text: &str) -> Spelling {
        Spelling::both(text).0
    }

    proptest! {
        #[test]
        fn the_limit_changes_no_price_below_it(
            a in "[abrnm1l ]{0,12}",
            b in "[abrnm1l ]{0,12}",
            limit in 0u32..1_500,
            how in prop::sample::select(&HOWS[..]),
        ) {
            let (a, b) = (spelling(&a), spelling(&b));
            let whole = price(&a, &b, how, FAR - 1).filter(|price| *price <= limit);
            prop_assert_eq!(price(&a, &b, how, limit), whole);
        }

        #[test]
        fn what_is_looser_costs_no_more(a in "[abrnm1l ]{0,12}", b in "[abrnm1l ]{0,12}") {
            let (a, b) = (spelling(&a), spelling(&b));
            let prices = HOWS.map(|how| price(&a, &b, how, FAR - 1));
            prop_assert!(prices.windows(2).all(|pair| pair[1] <= pair[0]), "{:?}", prices);
        }

        #[test]
        fn whole_texts_cost_the_same_either_way(a in "[a-z]{1,12}", b in "[a-z]{1,12}") {
            let (a, b) = (spelling(&a), spelling(&b));
            if a.letters.iter().chain(&b.letters).all(|letter| letter.weight == 100) {
                prop_assert_eq!(price(&a, &b, NameHow::Exact, FAR - 1), price(&b, &a, NameHow::Exact, FAR - 1));
            }
        }
    }
}

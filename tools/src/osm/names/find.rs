//! The search itself: candidates by forms and grams, weighed by likeness.

use super::grams::{Gram, OTHER_ALPHABET, grams_of_name, grams_of_part, is_other_alphabet};
use super::likeness::{LEAST, Reading};
use super::spelling::forms_of_folded;
use super::{Matched, NameHit, NameHow, NameId, NameIndex};
use std::cmp::Reverse;

/// Names that one look-up by form may give to be weighed.
const MAX_BY_FORM: usize = 2_000;
/// Names that one look-up of a part may give to be weighed.
const MAX_BY_PART: usize = 10_000;
/// Names that one look-up by grams may give to be weighed.
const MAX_BY_GRAMS: usize = 300;
/// The same where names below a likeness are not wanted.
const MAX_ABOVE_A_FLOOR: usize = 60;
/// Names in a row that are less alike than all that are wanted, after which no other is weighed: those that share most
/// come first.
const PATIENCE: usize = 120;
/// The same where names below a likeness are not wanted: those that are high above it share most of the grams.
const PATIENCE_ABOVE_A_FLOOR: usize = 30;
/// Entries of postings that one look-up reads; the rarest grams are read first, and at least two whatever they cost.
const MAX_ENTRIES: usize = 400_000;

impl NameIndex<'_> {
    /// The names that a text may mean: the most alike first, of equals those that more objects bear, `limit` at most.
    ///
    /// A text without a letter, digit or sign finds nothing; of a longer one than 120 characters the beginning counts.
    /// Names below a likeness of 0.05 are left out, but for [`NameHow::Part`], which needs three letters, or one Chinese
    /// character or Korean syllable.
    #[must_use]
    pub fn find(&self, text: &str, how: NameHow, limit: usize) -> Vec<NameHit> {
        let reading = Reading::new(text, how);
        if reading.folded.is_empty() || limit == 0 {
            return Vec::new();
        }
        let mut candidates = self.by_form(&reading.folded, how);
        match how {
            NameHow::Exact | NameHow::Prefix => {}
            NameHow::Part => candidates.extend(self.by_part(&reading.folded)),
            NameHow::Read => candidates.extend(self.by_grams(&reading.folded)),
        }
        self.weighed(&reading, candidates, limit, LEAST)
    }

    /// As [`Self::find`] with [`NameHow::Read`], for who asks many maps about many texts and has no use for names below a
    /// likeness: whatever cannot reach it is given up early, which makes it several times faster.
    #[must_use]
    pub fn find_alike(&self, text: &str, least: f64, limit: usize) -> Vec<NameHit> {
        let reading = Reading::new(text, NameHow::Read);
        if reading.folded.is_empty() || limit == 0 {
            return Vec::new();
        }
        let mut candidates = self.by_form(&reading.folded, NameHow::Read);
        candidates.extend(self.by_grams(&reading.folded).into_iter().take(MAX_ABOVE_A_FLOOR));
        self.weighed(&reading, candidates, limit, least.max(LEAST))
    }

    /// Names with a form that is one of the text, or begins with one.
    fn by_form(&self, folded: &str, how: NameHow) -> Vec<NameId> {
        let mut names = Vec::new();
        for form in forms_of_folded(folded) {
            if let Some(value) = self.forms.get(form.as_bytes()) {
                names.extend(self.names_of_form(value).take(MAX_BY_FORM));
            }
        }
        if how == NameHow::Prefix {
            let mut cursor = self.forms.seek(folded.as_bytes());
            while let Some(value) = cursor.next() {
                if !cursor.key().starts_with(folded.as_bytes()) || names.len() >= MAX_BY_FORM {
                    break;
                }
                names.extend(self.names_of_form(value).take(MAX_BY_FORM));
            }
        }
        names
    }

    /// The names that have all grams of the text.
    fn by_part(&self, folded: &str) -> Vec<NameId> {
        let lists: Option<Vec<_>> = grams_of_part(folded).into_iter().map(|gram| self.gram_list(gram)).collect();
        let Some(mut lists) = lists else { return Vec::new() };
        lists.sort_by_key(|list| list.len());
        let mut lists = lists.into_iter();
        let mut names: Vec<u32> = lists.next().into_iter().flatten().collect();
        for list in lists {
            let mut list = list.peekable();
            names.retain(|name| {
                while list.next_if(|other| other < name).is_some() {}
                list.peek() == Some(name)
            });
        }
        names.into_iter().take(MAX_BY_PART).map(NameId).collect()
    }

    /// The names that share most with the text, by the rarity of the grams that they share.
    fn by_grams(&self, folded: &str) -> Vec<NameId> {
        let count = self.len();
        let other_alphabet = is_other_alphabet(folded);
        let mut lists: Vec<_> = grams_of_name(folded).into_iter().filter_map(|gram| self.gram_list(gram)).collect();
        lists.sort_by_key(|list| list.len());
        let mut shared = vec![0_u16; count];
        let mut touched: Vec<u32> = Vec::new();
        let mut entries = 0;
        for (read, list) in lists.into_iter().enumerate() {
            entries += list.len();
            if read >= 2 && entries > MAX_ENTRIES {
                break;
            }
            // Bits that the gram tells, in eighths: 150 at most, and a name has 255 grams that count.
            let bits = (8.0 * (1.0 + count as f64 / list.len().max(1) as f64).log2()) as u16;
            for name in list {
                if let Some(sum) = shared.get_mut(name as usize) {
                    if *sum == 0 {
                        touched.push(name);
                    }
                    *sum = sum.saturating_add(bits);
                }
            }
        }
        let scored = touched.into_iter().map(|name| {
            let weight = self.weights.get(name as usize).copied().unwrap_or(0);
            let own = u32::from(shared[name as usize]) * 256 / (u32::from(weight & !OTHER_ALPHABET) + 24);
            // A reader that saw another alphabet seldom saw Latin letters.
            let crossed = other_alphabet && weight & OTHER_ALPHABET == 0;
            (Reverse(if crossed { own / 2 } else { own }), name)
        });
        let mut scored: Vec<(Reverse<u32>, u32)> = scored.collect();
        if scored.len() > MAX_BY_GRAMS {
            scored.select_nth_unstable(MAX_BY_GRAMS);
            scored.truncate(MAX_BY_GRAMS);
        }
        scored.sort_unstable();
        scored.into_iter().map(|(_, name)| NameId(name)).collect()
    }

    fn gram_list(&self, gram: Gram) -> Option<super::varint::List<'_>> {
        let (key, length) = gram.key();
        self.grams.get(&key[..length]).map(|at| self.names_of_gram(at))
    }

    fn weighed(&self, reading: &Reading, candidates: Vec<NameId>, limit: usize, floor: f64) -> Vec<NameHit> {
        let mut seen = vec![0_u64; self.len().div_ceil(64)];
        let mut hits: Vec<NameHit> = Vec::new();
        // The highest likenesses, and the lowest that matters.
        let (mut best, mut least) = (Vec::new(), floor);
        let patience = if floor > LEAST { PATIENCE_ABOVE_A_FLOOR } else { PATIENCE };
        let mut in_vain = 0;
        for id in candidates {
            let (word, bit) = (id.0 as usize / 64, 1 << (id.0 % 64));
            match seen.get_mut(word) {
                Some(seen) if *seen & bit == 0 => *seen |= bit,
                _ => continue,
            }
            let Some(name) = self.name(id) else { continue };
            if let Some((likeness, matched)) = reading.likeness(name.text, least) {
                in_vain = 0;
                best.insert(best.partition_point(|other| *other >= likeness), likeness);
                best.truncate(limit);
                least = best.get(limit - 1).copied().unwrap_or(floor);
                let rows = name.rows().count_hint() as u32;
                hits.push(NameHit { name: id, text: name.text.to_owned(), kinds: name.kinds, rows, likeness, matched });
            } else if best.len() == limit || floor > LEAST {
                in_vain += 1;
                if in_vain == patience && reading.how() == NameHow::Read {
                    break;
                }
            }
        }
        hits.sort_by(|a, b| b.likeness.total_cmp(&a.likeness).then(b.rows.cmp(&a.rows)).then(a.name.cmp(&b.name)));
        hits.truncate(limit);
        hits
    }
}

impl NameHit {
    /// Whether text and name are one after folding.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.matched == Matched::Same
    }
}

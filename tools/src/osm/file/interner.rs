//! Distinct tags while objects stream in.
//!
//! Tags get provisional numbers in a table in memory. When the table outgrows its budget, it is sorted away and a new
//! *generation* begins; at the end all generations are merged into final numbers, which follow the order of keys and
//! values.

use super::bytes::{Cursor, put_varint};
use super::{Record, SortError, Sorter};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What an entry of the table takes besides its text, bytes: its slot, the table's slack, and what the allocator adds.
const ENTRY_BYTES: usize = 80;

/// A distinct tag of a generation.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Interned {
    pub(super) key: Arc<str>,
    pub(super) value: Box<str>,
    generation: u32,
    number: u32,
    /// How many objects have it.
    pub(super) uses: u32,
}

impl Record for Interned {
    fn heap_bytes(&self) -> usize {
        self.value.len() + 16
    }

    fn encode(&self, out: &mut Vec<u8>) {
        for text in [&*self.key, &*self.value] {
            put_varint(out, text.len() as u64);
            out.extend_from_slice(text.as_bytes());
        }
        [self.generation, self.number, self.uses].iter().for_each(|&number| put_varint(out, number.into()));
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let mut rest = Cursor(bytes);
        let (key, value) = (std::str::from_utf8(rest.sized()?).ok()?, std::str::from_utf8(rest.sized()?).ok()?);
        let mut number = || u32::try_from(rest.varint()?).ok();
        let (generation, number, uses) = (number()?, number()?, number()?);
        *bytes = rest.0;
        Some(Self { key: key.into(), value: value.into(), generation, number, uses })
    }
}

/// Gives tags provisional numbers.
#[derive(Debug)]
pub(super) struct Interner {
    budget_bytes: usize,
    held_bytes: usize,
    generation: u32,
    keys: HashMap<Arc<str>, usize>,
    /// For each key the numbers of its values.
    values: Vec<HashMap<Box<str>, u32>>,
    /// How many objects have each tag.
    uses: Vec<u32>,
    /// Number of tags in each generation.
    sizes: Vec<u32>,
    sorter: Sorter<Interned>,
    temp_dir: PathBuf,
}

impl Interner {
    pub(super) fn new(temp_dir: &Path, budget_bytes: usize) -> Self {
        Self {
            budget_bytes,
            held_bytes: 0,
            generation: 0,
            keys: HashMap::new(),
            values: Vec::new(),
            uses: Vec::new(),
            sizes: Vec::new(),
            sorter: Sorter::new(temp_dir, budget_bytes),
            temp_dir: temp_dir.to_owned(),
        }
    }

    /// The generation of the numbers that [`Interner::number`] gives now.
    pub(super) fn generation(&self) -> u32 {
        self.generation
    }

    /// The number of a tag.
    pub(super) fn number(&mut self, key: &str, value: &str) -> u32 {
        let key = match self.keys.get(key) {
            Some(&key) => key,
            None => {
                self.held_bytes += ENTRY_BYTES + key.len();
                self.values.push(HashMap::new());
                self.keys.insert(key.into(), self.values.len() - 1);
                self.values.len() - 1
            }
        };
        let values = &mut self.values[key];
        if let Some(&number) = values.get(value) {
            self.uses[number as usize] += 1;
            return number;
        }
        let number = self.uses.len() as u32;
        self.held_bytes += ENTRY_BYTES + value.len();
        values.insert(value.into(), number);
        self.uses.push(1);
        number
    }

    /// Ends an object: only between objects can a new generation begin.
    pub(super) fn end_object(&mut self) -> Result<(), SortError> {
        if self.held_bytes > self.budget_bytes { self.end_generation() } else { Ok(()) }
    }

    fn end_generation(&mut self) -> Result<(), SortError> {
        self.sizes.push(self.uses.len() as u32);
        let mut values = std::mem::take(&mut self.values);
        for (key, index) in self.keys.drain() {
            for (value, number) in std::mem::take(&mut values[index]) {
                let uses = self.uses[number as usize];
                let key = Arc::clone(&key);
                self.sorter.push(Interned { key, value, generation: self.generation, number, uses })?;
            }
        }
        self.uses.clear();
        self.held_bytes = 0;
        self.generation += 1;
        Ok(())
    }

    /// Feeds the distinct tags to a function in the order of their final numbers, and tells what these are.
    pub(super) fn finish<E: From<SortError>>(
        mut self,
        mut each: impl FnMut(u32, &Interned) -> Result<(), E>,
    ) -> Result<Numbers, E> {
        self.end_generation()?;
        let damaged = || SortError::Damaged { folder: self.temp_dir.clone() };
        let mut generations: Vec<Vec<u32>> = self.sizes.iter().map(|&size| vec![0; size as usize]).collect();
        let mut last: Option<(Interned, u32)> = None;
        for interned in self.sorter.finish()? {
            let interned = interned?;
            let generation = generations.get_mut(interned.generation as usize);
            let slot = generation.and_then(|numbers| numbers.get_mut(interned.number as usize)).ok_or_else(damaged)?;
            let next = match &mut last {
                Some((same, tag)) if same.key == interned.key && same.value == interned.value => {
                    same.uses = same.uses.saturating_add(interned.uses);
                    *slot = *tag;
                    continue;
                }
                Some((before, tag)) => {
                    each(*tag, before)?;
                    *tag + 1
                }
                None => 0,
            };
            *slot = next;
            last = Some((interned, next));
        }
        let count = match last {
            Some((interned, tag)) => {
                each(tag, &interned)?;
                tag + 1
            }
            None => 0,
        };
        Ok(Numbers { generations, count })
    }
}

/// Final numbers of provisional ones.
#[derive(Debug)]
pub(super) struct Numbers {
    generations: Vec<Vec<u32>>,
    /// How many distinct tags there are.
    pub(super) count: u32,
}

impl Numbers {
    /// The final number of a tag.
    pub(super) fn get(&self, generation: u32, number: u32) -> Option<u32> {
        self.generations.get(generation as usize)?.get(number as usize).copied()
    }
}

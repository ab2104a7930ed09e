//! Reading an index of names in place. Whatever the bytes are, nothing panics: where they are damaged, names are missing.

use super::dictionary::Dictionary;
use super::varint::{self, List};
use super::{NameId, NameKinds, NamePart};

/// Names of which one has its place written down.
pub(super) const BLOCK_NAMES: usize = 16;

/// The names of a map.
#[derive(Debug, Clone)]
pub struct NameIndex<'a> {
    names: &'a [u8],
    blocks: &'a [u8],
    pub(super) weights: &'a [u8],
    pub(super) forms: Dictionary<'a>,
    lists: &'a [u8],
    pub(super) grams: Dictionary<'a>,
    postings: &'a [u8],
}

/// A name of the map.
#[derive(Debug, Clone)]
pub struct Name<'a> {
    /// As most objects of the map write it; of a very long name the beginning.
    pub text: &'a str,
    /// The kinds of tag that have it.
    pub kinds: NameKinds,
    rows: List<'a>,
}

/// The rows of the objects that bear a name, rising.
#[derive(Debug, Clone)]
pub struct NameRows<'a>(List<'a>);

impl<'a> NameIndex<'a> {
    /// An index over its parts, read in place; a part that nothing was written to is empty.
    #[must_use]
    pub fn new(part: impl Fn(NamePart) -> &'a [u8]) -> Self {
        Self {
            names: part(NamePart::Names),
            blocks: part(NamePart::Blocks),
            weights: part(NamePart::Weights),
            forms: Dictionary::new(part(NamePart::Forms)),
            lists: part(NamePart::Lists),
            grams: Dictionary::new(part(NamePart::Grams)),
            postings: part(NamePart::Postings),
        }
    }

    /// Number of names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// A name; nothing for a number that no name has.
    #[must_use]
    pub fn name(&self, name: NameId) -> Option<Name<'a>> {
        let index = name.0 as usize;
        if index >= self.len() {
            return None;
        }
        let at = 8 * (index / BLOCK_NAMES);
        let block = self.blocks.get(at..at + 8).and_then(|b| <[u8; 8]>::try_from(b).ok())?;
        let mut bytes = self.names.get(usize::try_from(u64::from_le_bytes(block)).ok()?..)?;
        for _ in 0..index % BLOCK_NAMES {
            let length = usize::try_from(varint::take(&mut bytes)?).ok()?;
            bytes = bytes.get(length..)?;
        }
        let length = usize::try_from(varint::take(&mut bytes)?).ok()?;
        let mut body = bytes.get(..length)?;
        let length = usize::try_from(varint::take(&mut body)?).ok()?;
        let (text, mut body) = body.split_at_checked(length)?;
        let kinds = NameKinds::from_bits(varint::take(&mut body)?);
        Some(Name { text: std::str::from_utf8(text).ok()?, kinds, rows: List::new(body) })
    }

    /// The rows of the objects that bear a name, rising; none for a number that no name has.
    #[must_use]
    pub fn rows(&self, name: NameId) -> NameRows<'a> {
        self.name(name).map_or(NameRows(List::new(&[])), |name| name.rows())
    }

    /// The names that a value of [`NamePart::Forms`] stands for.
    pub(super) fn names_of_form(&self, value: u64) -> impl Iterator<Item = NameId> + use<'a> {
        let (one, list) = match value & 1 {
            0 => (u32::try_from(value >> 1).ok(), &[][..]),
            _ => (None, from(self.lists, value >> 1)),
        };
        one.into_iter().chain(List::new(list)).map(NameId)
    }

    /// The names that have a gram, by its value in [`NamePart::Grams`].
    pub(super) fn names_of_gram(&self, value: u64) -> List<'a> {
        List::new(from(self.postings, value))
    }
}

impl<'a> Name<'a> {
    /// The rows of the objects that bear it, rising.
    #[must_use]
    pub fn rows(&self) -> NameRows<'a> {
        NameRows(self.rows.clone())
    }
}

impl Iterator for NameRows<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.0.len()))
    }
}

impl NameRows<'_> {
    /// Number of rows, without reading them.
    #[must_use]
    pub fn count_hint(&self) -> usize {
        self.0.len()
    }
}

fn from(bytes: &[u8], at: u64) -> &[u8] {
    usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or(&[])
}

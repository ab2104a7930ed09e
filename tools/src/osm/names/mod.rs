//! Finding a name that was half read.
//!
//! A name is found by its *forms* (folded, short words spelled out, without its word for a street, in Latin letters), which
//! lie in a sorted dictionary, and by the *grams* of its skeleton, which is what readers leave of a name. Whatever is found is weighed
//! by one measure, [`likeness`].
//!
//! ```text
//! name -> folded -> forms ------------------> Forms, Lists  -.
//!                -> skeleton -> grams ------> Grams, Postings -> candidates -> likeness -> hits
//!      -> text, kinds, rows ----------------> Names, Blocks  -'
//! ```
//!
//! Names are numbered in the order of their folded texts. Two texts that fold to one are one name. All integers are
//! little-endian; a *varint* has seven bits a byte, the low ones first.
//!
//! | part | what |
//! |---|---|
//! | `Names` | for each name: varint length of what follows, varint length of the text, the text, varint kinds (a bit each), varint number of rows, the rows as varint differences |
//! | `Blocks` | u64 place in `Names` of every sixteenth name |
//! | `Weights` | a byte for each name: its grams, at most 127, and 128 more if its alphabet is one that is transliterated |
//! | `Forms` | dictionary from form to twice the name, or to twice the place in `Lists` plus one |
//! | `Lists` | varint number of names, the names as varint differences |
//! | `Grams` | dictionary from gram to its place in `Postings` |
//! | `Postings` | like `Lists` |

mod align;
mod build;
mod confusion;
mod dictionary;
mod find;
mod grams;
mod index;
mod likeness;
pub mod noise;
mod spelling;
mod street;
#[cfg(test)]
mod tests;
mod varint;

pub use build::NameBuilder;
pub use index::{Name, NameIndex, NameRows};
pub use likeness::likeness;

use super::features::NameKind;

/// Number of a name in one index, dense from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameId(pub u32);

/// Kinds of tag that have a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct NameKinds(u16);

impl NameKinds {
    /// Whether a tag of the kind has the name.
    #[must_use]
    pub fn has(self, kind: NameKind) -> bool {
        self.0 >> kind.code() & 1 == 1
    }

    /// The kinds, the most telling first.
    pub fn iter(self) -> impl Iterator<Item = NameKind> {
        NameKind::ALL.into_iter().filter(move |kind| self.has(*kind))
    }

    fn bits(self) -> u16 {
        self.0
    }

    fn from_bits(bits: u64) -> Self {
        Self(bits as u16)
    }
}

impl FromIterator<NameKind> for NameKinds {
    fn from_iter<I: IntoIterator<Item = NameKind>>(kinds: I) -> Self {
        Self(kinds.into_iter().fold(0, |bits, kind| bits | 1 << kind.code()))
    }
}

/// How a name is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NameHow {
    /// Equal, but for case, accents, punctuation, short forms of common words, the word for a street, the alphabet.
    Exact,
    /// Beginning with the text.
    Prefix,
    /// With the text somewhere inside, letter by letter; case, accents and spaces do not count.
    Part,
    /// Whatever a reader of signs may have made of it: letters confused, lost or invented, words split, joined, cut.
    Read,
}

/// What made a text and a name alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Matched {
    /// They are one after folding.
    Same,
    /// Letter by letter, some of which may differ.
    Letters,
    /// With short words spelled out, such as `Str.` or `St.`.
    ShortForm,
    /// One of them in Latin letters.
    Transliterated,
}

/// A name that a text may mean.
#[derive(Debug, Clone, PartialEq)]
pub struct NameHit {
    /// The name.
    pub name: NameId,
    /// As the map writes it.
    pub text: String,
    /// The kinds of tag that have it.
    pub kinds: NameKinds,
    /// Objects that bear it.
    pub rows: u32,
    /// P(text | name) against a perfect reading; see [`likeness`].
    pub likeness: f64,
    /// What made them alike.
    pub matched: Matched,
}

/// The parts of an index of names, in the order in which they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NamePart {
    /// Text, kinds and rows of each name.
    Names,
    /// Where every sixteenth name lies.
    Blocks,
    /// Number of grams of each name.
    Weights,
    /// The forms of all names.
    Forms,
    /// Names that share a form.
    Lists,
    /// The grams of all names.
    Grams,
    /// Names that share a gram.
    Postings,
}

impl NamePart {
    /// All parts, in the order in which they are written.
    pub const ALL: [Self; 7] =
        [Self::Names, Self::Blocks, Self::Weights, Self::Forms, Self::Lists, Self::Grams, Self::Postings];
}

//! The tags of an object that is kept.

use super::super::features;
use super::super::object::OsmId;
use super::block::Block;
use super::report::{Reason, Tallies};

/// A key or value is cut at this many bytes; OpenStreetMap itself allows 255 characters.
pub const MAX_TEXT_BYTES: usize = 4096;

/// The tags behind pairs of indices that go into the index, in their order.
pub(super) fn owned(block: &Block, pairs: &[(u32, u32)], id: OsmId, tallies: &mut Tallies) -> Vec<(String, String)> {
    let kept = block.tags(pairs).enumerate().filter(|(_, (key, _))| features::keep_tag(key));
    let mut tags: Vec<(usize, (&str, &str))> = kept.map(|(i, (key, value))| (i, (cut(key), value))).collect();
    let all = tags.len();
    tags.sort_unstable_by_key(|(i, (key, _))| (*key, *i));
    tags.dedup_by_key(|(_, (key, _))| *key);
    if tags.len() < all {
        tallies.add(Reason::KeyTwice, id);
    }
    tags.sort_unstable_by_key(|(i, _)| *i);
    let mut was_cut = false;
    let mut own = |(_, (key, value)): (usize, (&str, &str))| {
        let short = cut(value);
        was_cut |= short.len() < value.len();
        (key.to_owned(), short.to_owned())
    };
    let owned = tags.into_iter().map(&mut own).collect();
    if was_cut {
        tallies.add(Reason::ValueCut, id);
    }
    owned
}

/// The start of a text, at most [`MAX_TEXT_BYTES`], ending with a whole character.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_TEXT_BYTES)]
}

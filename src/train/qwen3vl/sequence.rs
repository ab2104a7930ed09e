//! What is trained at once: tokens, where they stand, and which of them are learnt.

use super::chat::ChatError;
use super::pixels::Grid;
use std::ops::Range;

/// A conversation as the model takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    /// The tokens.
    pub ids: Vec<u32>,
    /// Position of each token in time, height and width.
    pub positions: [Vec<u32>; 3],
    /// Where the tokens of each picture lie.
    pub pictures: Vec<Range<usize>>,
    /// The tokens that are learnt: the answer and the end behind it. Empty without an answer.
    pub answer: Range<usize>,
    /// Position of the token that would come next.
    pub next_position: u32,
}

impl Sequence {
    /// Tokens.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none, which no template makes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The question alone, ready to be answered.
    #[must_use]
    pub fn asked(&self) -> Self {
        let end = self.answer.start;
        // Text counts up in all three, so that the answer's first token has the position that comes next.
        let next_position = self.positions[0].get(end).copied().unwrap_or(self.next_position);
        let positions = [0, 1, 2].map(|axis: usize| self.positions[axis][..end].to_vec());
        Self {
            ids: self.ids[..end].to_vec(),
            positions,
            pictures: self.pictures.clone(),
            answer: end..end,
            next_position,
        }
    }

    /// The question with another answer.
    #[must_use]
    pub fn answered(&self, ids: &[u32]) -> Self {
        let mut with = self.asked();
        let count = ids.len() as u32;
        let added = with.next_position..with.next_position + count;
        with.positions.iter_mut().for_each(|axis| axis.extend(added.clone()));
        with.ids.extend(ids);
        with.answer.end = with.ids.len();
        with.next_position += count;
        with
    }

    /// Checks that no more than `window` tokens are there: a conversation that is cut teaches half an answer.
    ///
    /// # Errors
    /// [`ChatError::TooLong`] with both lengths.
    pub fn fits(&self, window: usize) -> Result<(), ChatError> {
        match self.len() <= window {
            true => Ok(()),
            false => Err(ChatError::TooLong { tokens: self.len(), window }),
        }
    }
}

/// M-RoPE positions in time, height and width, and the next one (Qwen2-VL, Wang et al. 2024; `get_rope_index` of the engine):
/// text counts up in all three; a picture has one time, and its rows and columns count from there; text goes on behind its
/// longer side. `grids` are in tokens, and each has as many as its range.
pub(super) fn positions(length: usize, pictures: &[Range<usize>], grids: &[Grid]) -> ([Vec<u32>; 3], u32) {
    let mut all = [(); 3].map(|()| Vec::with_capacity(length));
    let mut next = 0;
    let text = |all: &mut [Vec<u32>; 3], next: &mut u32, until: usize| {
        let end = *next + (until - all[0].len()) as u32;
        all.iter_mut().for_each(|axis| axis.extend(*next..end));
        *next = end;
    };
    for (range, grid) in pictures.iter().zip(grids) {
        text(&mut all, &mut next, range.start);
        for row in 0..grid.height as u32 {
            for column in 0..grid.width as u32 {
                for (axis, at) in all.iter_mut().zip([0, row, column]) {
                    axis.push(next + at);
                }
            }
        }
        next += grid.height.max(grid.width) as u32;
    }
    text(&mut all, &mut next, length);
    (all, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_counts_up_in_all_three() {
        let (positions, next) = positions(4, &[], &[]);
        assert_eq!(positions, [vec![0, 1, 2, 3], vec![0, 1, 2, 3], vec![0, 1, 2, 3]]);
        assert_eq!(next, 4);
    }

    #[test]
    fn text_goes_on_behind_the_longer_side() {
        let (positions, next) = positions(9, std::slice::from_ref(&(1..7)), &[Grid { height: 2, width: 3 }]);
        assert_eq!(positions[0], [0, 1, 1, 1, 1, 1, 1, 4, 5]);
        assert_eq!(positions[1], [0, 1, 1, 1, 2, 2, 2, 4, 5]);
        assert_eq!(positions[2], [0, 1, 2, 3, 1, 2, 3, 4, 5]);
        assert_eq!(next, 6);
    }

    #[test]
    fn a_second_picture_starts_where_the_text_between_ends() {
        let grids = [Grid { height: 1, width: 2 }, Grid { height: 3, width: 1 }];
        let (positions, next) = positions(8, &[0..2, 4..7], &grids);
        assert_eq!(positions[0], [0, 0, 2, 3, 4, 4, 4, 7]);
        assert_eq!(positions[1], [0, 0, 2, 3, 4, 5, 6, 7]);
        assert_eq!(positions[2], [0, 1, 2, 3, 4, 4, 4, 7]);
        assert_eq!(next, 8);
    }
}

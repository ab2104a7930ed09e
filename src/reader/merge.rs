//! One box for each line, from passes over a photo that saw it several times.

use super::detection::TextBox;
use super::geometry::{Quad, area, extent, min_area_rect, shared_area};

/// Two boxes of one size are the same line from this share of the smaller one on.
const SAME_SHARE: f32 = 0.5;
/// How much smaller a box from a tile may be and still be preferred: it was seen at the photo's own size.
const TILE_PREFERENCE: f32 = 1.25;

/// A box and how it was seen.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    found: TextBox,
    seen: Seen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// In the pass over the whole photo.
    Whole,
    /// In a tile, in full.
    Tile,
    /// In a tile, and it may go on in the next.
    Cut,
}

impl Candidate {
    pub(super) fn whole(found: TextBox) -> Self {
        Self { found, seen: Seen::Whole }
    }

    pub(super) fn in_tile(found: TextBox, cut: bool) -> Self {
        Self { found, seen: if cut { Seen::Cut } else { Seen::Tile } }
    }

    fn area(&self) -> f32 {
        area(&self.found.quad)
    }

    /// Share of this box that lies in `other`, 0 to 1.
    fn share_in(&self, other: &Self) -> f32 {
        shared_area(&self.found.quad, &other.found.quad) / self.area().max(1.0)
    }

    /// Larger boxes first, because a line may have been seen in pieces.
    fn rank(&self) -> f32 {
        self.area() * if self.seen == Seen::Whole { 1.0 } else { TILE_PREFERENCE }
    }
}

/// Leaves one box for each line.
pub(super) fn merge(candidates: Vec<Candidate>) -> Vec<TextBox> {
    let (cut, mut seen): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|c| c.seen == Seen::Cut);
    seen.extend(join_pieces(cut));
    let blurred: Vec<bool> = seen.iter().map(|c| holds_several_lines(c, &seen)).collect();
    let mut sharp: Vec<Candidate> = seen.into_iter().zip(blurred).filter(|(_, b)| !b).map(|(c, _)| c).collect();
    sharp.sort_by(|a, b| b.rank().total_cmp(&a.rank()));
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in sharp {
        if kept.iter().all(|k| candidate.share_in(k) < SAME_SHARE) {
            kept.push(candidate);
        }
    }
    kept.into_iter().map(|c| c.found).collect()
}

/// Joins pieces of one line that neighbouring tiles cut apart.
fn join_pieces(mut pieces: Vec<Candidate>) -> Vec<Candidate> {
    let mut joined: Vec<Candidate> = Vec::new();
    while let Some(mut piece) = pieces.pop() {
        while let Some((i, whole)) = pieces.iter().enumerate().find_map(|(i, p)| Some((i, joined_quad(&piece, p)?))) {
            let other = pieces.swap_remove(i);
            piece.found = TextBox { quad: whole, score: piece.found.score.max(other.found.score) };
        }
        joined.push(piece);
    }
    joined
}

/// The box of a line whose pieces are `a` and `b`; none when they are of two lines.
fn joined_quad(a: &Candidate, b: &Candidate) -> Option<Quad> {
    if a.share_in(b).max(b.share_in(a)) < 0.1 {
        return None;
    }
    let thickness = |quad: &Quad| extent(quad)[0].min(extent(quad)[1]);
    let (ta, tb) = (thickness(&a.found.quad), thickness(&b.found.quad));
    let corners = a.found.quad.iter().chain(&b.found.quad).map(|p| p.map(|v| v.round() as i64)).collect();
    let quad = min_area_rect(corners)?.clockwise().map(|p| p.map(|v| v as f32));
    let alike = ta.max(tb) <= 1.5 * ta.min(tb) && thickness(&quad) <= 1.3 * ta.max(tb);
    alike.then_some(quad)
}

/// Whether the pass over the whole photo took lines that tiles tell apart for one.
fn holds_several_lines(candidate: &Candidate, all: &[Candidate]) -> bool {
    if candidate.seen != Seen::Whole {
        return false;
    }
    let thickness = |c: &Candidate| extent(&c.found.quad)[0].min(extent(&c.found.quad)[1]);
    let inside: Vec<f32> = all
        .iter()
        .filter(|c| c.seen == Seen::Tile && c.share_in(candidate) >= 0.7 && thickness(c) < 0.6 * thickness(candidate))
        .map(Candidate::area)
        .collect();
    inside.len() >= 2 && inside.iter().sum::<f32>() >= 0.4 * candidate.area()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(x: f32, y: f32, width: f32, height: f32) -> TextBox {
        TextBox { quad: [[x, y], [x + width, y], [x + width, y + height], [x, y + height]], score: 0.8 }
    }

    #[test]
    fn a_line_seen_three_times_is_one_line_from_a_tile() {
        let sharp = line(101.0, 50.0, 98.0, 20.0);
        let merged = merge(vec![
            Candidate::whole(line(100.0, 50.0, 100.0, 20.0)),
            Candidate::in_tile(sharp.clone(), false),
            Candidate::in_tile(line(103.0, 51.0, 90.0, 18.0), false),
        ]);
        assert_eq!(merged, [sharp]);
    }

    #[test]
    fn a_piece_gives_way_to_the_whole_line() {
        let whole = line(100.0, 50.0, 400.0, 20.0);
        let merged =
            merge(vec![Candidate::in_tile(line(100.0, 50.0, 150.0, 20.0), true), Candidate::whole(whole.clone())]);
        assert_eq!(merged, [whole]);
    }

    #[test]
    fn pieces_of_one_line_are_joined_and_two_lines_are_not() {
        let merged = merge(vec![
            Candidate::in_tile(line(0.0, 50.0, 300.0, 20.0), true),
            Candidate::in_tile(line(200.0, 51.0, 300.0, 20.0), true),
            Candidate::in_tile(line(200.0, 90.0, 300.0, 20.0), true),
        ]);
        let mut widths: Vec<f32> = merged.iter().map(|b| extent(&b.quad)[0].round()).collect();
        widths.sort_by(f32::total_cmp);
        assert_eq!(widths, [300.0, 500.0]);
    }

    #[test]
    fn lines_that_the_whole_pass_took_for_one_stay_apart() {
        let merged = merge(vec![
            Candidate::whole(line(100.0, 100.0, 200.0, 60.0)),
            Candidate::in_tile(line(100.0, 100.0, 200.0, 25.0), false),
            Candidate::in_tile(line(100.0, 130.0, 200.0, 25.0), false),
        ]);
        assert_eq!(merged.len(), 2);
    }
}

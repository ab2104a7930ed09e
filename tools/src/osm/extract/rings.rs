//! Outlines out of the ways of a multipolygon or boundary.
//!
//! Ways are joined where they end; where rings touch, a walk that comes back to where it has been cuts off a ring, so that no
//! ring crosses its own joints. Which ring is a hole follows from what lies inside what, since roles are often missing or
//! wrong; a role decides only where the ring around it is not there.

use super::super::object::{BoxE7, PointE7, Polygon};
use super::plane::{self, Side};
use std::collections::HashMap;

/// More rings than this in one relation are not sorted into each other: that costs the square of their number, and the
/// largest relation of the planet has less than half as many.
const MAX_RINGS: usize = 20_000;

/// A way of a relation, all its nodes known.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) points: Vec<PointE7>,
    /// Whether its role is `inner`.
    pub(super) inner: bool,
}

/// What the ways gave.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    pub(super) polygons: Vec<Polygon>,
    /// Ways that are part of no ring.
    pub(super) loose: usize,
    /// Whether there were more rings than are looked at; then there are no polygons.
    pub(super) too_many: bool,
}

struct Ring {
    points: Vec<PointE7>,
    bounds: BoxE7,
    area: f64,
    /// Whether all its ways are `inner`.
    inner: bool,
}

impl Ring {
    /// Whether another ring has the same corners, as when a way was drawn twice.
    fn is_twin(&self, other: &Self) -> bool {
        let on_other = |point: &PointE7| plane::side(&other.points, *point) == Side::Edge;
        self.bounds == other.bounds && self.points.len() == other.points.len() && self.points.iter().all(on_other)
    }
}

/// Joins ways to rings and rings to polygons. `whole` says that no way of the relation is missing.
pub(super) fn assemble(pieces: Vec<Piece>, whole: bool) -> Assembly {
    let mut assembly = Assembly::default();
    let (closed, open): (Vec<_>, Vec<_>) =
        pieces.into_iter().filter(|piece| piece.points.len() > 1).partition(|piece| ends(piece).0 == ends(piece).1);
    let mut rings: Vec<Ring> = closed.into_iter().filter_map(|piece| ring(piece.points, piece.inner)).collect();
    let (joined, loose) = join(&open);
    rings.extend(joined);
    assembly.loose = loose;
    if rings.len() > MAX_RINGS {
        assembly.too_many = true;
        return assembly;
    }
    assembly.polygons = nest(rings, whole && loose == 0);
    assembly
}

fn ends(piece: &Piece) -> (Option<PointE7>, Option<PointE7>) {
    (piece.points.first().copied(), piece.points.last().copied())
}

/// A ring, if it encloses anything.
fn ring(points: Vec<PointE7>, inner: bool) -> Option<Ring> {
    let area = plane::signed_area(&points).abs();
    let bounds = BoxE7::around(points.iter().copied())?;
    (points.len() >= 4 && area > 0.0).then_some(Ring { points, bounds, area, inner })
}

/// Walks over open ways until all are used; returns the rings, and the number of ways that are part of none.
fn join(pieces: &[Piece]) -> (Vec<Ring>, usize) {
    let mut meeting: HashMap<PointE7, Vec<usize>> = HashMap::new();
    for (i, piece) in pieces.iter().enumerate() {
        for end in [ends(piece).0, ends(piece).1].into_iter().flatten() {
            meeting.entry(end).or_default().push(i);
        }
    }
    let mut used = vec![false; pieces.len()];
    let (mut rings, mut loose) = (Vec::new(), 0);
    for start in 0..pieces.len() {
        if used[start] {
            continue;
        }
        used[start] = true;
        let mut walk = Walk::default();
        walk.push(pieces, start, false);
        while let Some(end) = walk.end {
            if let Some(since) = walk.been.get(&end).copied() {
                rings.extend(walk.cut(pieces, since));
                continue;
            }
            let next = meeting.get_mut(&end).and_then(|ways| {
                while let Some(way) = ways.pop() {
                    if !used[way] {
                        return Some(way);
                    }
                }
                None
            });
            match next {
                Some(way) => {
                    used[way] = true;
                    let reversed = ends(&pieces[way]).0 != Some(end);
                    walk.push(pieces, way, reversed);
                }
                None => {
                    walk.pop(pieces);
                    loose += 1;
                }
            }
        }
    }
    (rings, loose)
}

/// A walk over ways, and where it has been.
#[derive(Default)]
struct Walk {
    /// Ways, each with whether it is walked against its direction.
    steps: Vec<(usize, bool)>,
    /// Where each step began.
    been: HashMap<PointE7, usize>,
    end: Option<PointE7>,
}

impl Walk {
    fn push(&mut self, pieces: &[Piece], way: usize, reversed: bool) {
        let (first, last) = ends(&pieces[way]);
        let (from, to) = if reversed { (last, first) } else { (first, last) };
        if let Some(from) = from {
            self.been.insert(from, self.steps.len());
        }
        self.steps.push((way, reversed));
        self.end = to;
    }

    /// Takes the last step back.
    fn pop(&mut self, pieces: &[Piece]) {
        if let Some((way, reversed)) = self.steps.pop() {
            let (first, last) = ends(&pieces[way]);
            let from = if reversed { last } else { first };
            if let Some(from) = from {
                self.been.remove(&from);
            }
            self.end = from.filter(|_| !self.steps.is_empty());
        }
    }

    /// Cuts off the ring that begins with a step and ends here.
    fn cut(&mut self, pieces: &[Piece], since: usize) -> Option<Ring> {
        let steps = self.steps.split_off(since);
        let mut points: Vec<PointE7> = Vec::new();
        for (way, reversed) in &steps {
            let piece = &pieces[*way];
            let (first, last) = ends(piece);
            if let Some(from) = if *reversed { last } else { first } {
                self.been.remove(&from);
            }
            points.pop();
            if *reversed {
                points.extend(piece.points.iter().rev());
            } else {
                points.extend(&piece.points);
            }
        }
        if self.steps.is_empty() {
            self.end = None;
        }
        ring(points, steps.iter().all(|(way, _)| pieces[*way].inner))
    }
}

/// Sorts rings into each other: those inside an even number of others are outlines, the rest are holes.
fn nest(mut rings: Vec<Ring>, whole: bool) -> Vec<Polygon> {
    rings.sort_by_key(|ring| (ring.bounds.south, ring.bounds.west, ring.bounds.north, ring.bounds.east));
    rings.dedup_by(|a, b| a.is_twin(b));
    rings.sort_by(|a, b| b.area.total_cmp(&a.area));
    // For each ring the place of its polygon, if it is an outline.
    let mut outlines: Vec<Option<usize>> = Vec::with_capacity(rings.len());
    let mut polygons: Vec<Polygon> = Vec::new();
    for (i, ring) in rings.iter().enumerate() {
        let around = (0..i).filter(|j| contains(&rings[*j], ring));
        let (depth, closest) = around.fold((0usize, None), |(depth, _), j| (depth + 1, Some(j)));
        outlines.push(None);
        if depth % 2 == 1 {
            if let Some(polygon) = closest.and_then(|j: usize| outlines[j]) {
                polygons[polygon].holes.push(ring.points.clone());
            }
        } else if whole || !ring.inner {
            outlines[i] = Some(polygons.len());
            polygons.push(Polygon { outer: ring.points.clone(), holes: Vec::new() });
        }
    }
    polygons
}

/// Whether a ring lies inside another that is no smaller. They may touch; equal rings do not contain each other.
fn contains(outer: &Ring, inner: &Ring) -> bool {
    let (o, i) = (outer.bounds, inner.bounds);
    if i.south < o.south || i.north > o.north || i.west < o.west || i.east > o.east {
        return false;
    }
    for point in &inner.points {
        match plane::side(&outer.points, *point) {
            Side::Inside => return true,
            Side::Outside => return false,
            Side::Edge => {}
        }
    }
    let alone = Polygon { outer: inner.points.clone(), holes: Vec::new() };
    let middle = plane::point_inside(std::slice::from_ref(&alone));
    outer.area > inner.area && middle.is_some_and(|middle| plane::side(&outer.points, middle) == Side::Inside)
}

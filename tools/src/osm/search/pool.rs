//! The candidates of one clause, and those of them near a place.

use super::geometry::grown;
use super::probe::Probes;
use super::sheets::{Candidate, Sheets};
use crate::osm::object::BoxE7;
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};
use std::cell::OnceCell;

/// More candidates than this are not listed, but recognised where they are met.
const MAX_LISTED: u64 = 400_000;
/// Up to so many candidates are all looked at, which takes less time than looking some up.
const FEW: usize = 48;
/// A tree over the listed candidates pays when each look-up of it saves reading a box of the map: that many candidates
/// can be put into the tree in the time of one such look-up.
const LISTED_FOR_A_LOOK_UP: usize = 200;

type Boxed = GeomWithData<Rectangle<[f64; 2]>, u32>;

/// The candidates of one clause.
pub(super) struct Pool<'m> {
    pub(super) probes: Probes<'m>,
    /// Objects that may match, as the index counts them.
    pub(super) count: u64,
    /// All candidates by map and row; nothing when there are too many.
    listed: Option<Vec<Candidate>>,
    /// Likenesses of the listed ones, falling, where they differ.
    likenesses: Vec<f32>,
    boxes: OnceCell<Vec<BoxE7>>,
    tree: OnceCell<RTree<Boxed>>,
}

impl<'m> Pool<'m> {
    /// Lists the candidates; of a common clause only those in the window, where there is one.
    pub(super) fn new(probes: Probes<'m>, sheets: &Sheets<'m>, window: Option<&[BoxE7]>) -> Self {
        let count = probes.count(sheets);
        let sheets_of = || sheets.maps.iter().enumerate();
        let listed: Option<Vec<Candidate>> = match window {
            Some(window) if count > MAX_LISTED / 20 => {
                let rows = |map: &'m crate::osm::file::Map| {
                    let mut rows: Vec<_> = window.iter().flat_map(|&b| map.in_box(b)).collect();
                    rows.sort_unstable();
                    rows.dedup();
                    rows
                };
                Some(
                    sheets_of()
                        .flat_map(|(i, s)| rows(s.map).into_iter().map(move |row| (i, s.map, row)))
                        .filter_map(|(i, map, row)| probes.candidate(i, map, row))
                        .collect(),
                )
            }
            _ if count > MAX_LISTED => None,
            _ => Some(sheets_of().flat_map(|(i, s)| probes.list(i, s.map)).collect()),
        };
        let mut likenesses: Vec<f32> = listed.iter().flatten().map(|c| c.likeness).collect();
        likenesses.sort_unstable_by(|a, b| b.total_cmp(a));
        if likenesses.first() == likenesses.last() {
            likenesses.truncate(1);
        }
        // What was checked one by one is known better than by the index.
        let exact = listed.as_ref().filter(|_| window.is_none()).map(|listed| listed.len() as u64);
        Self {
            probes,
            count: exact.unwrap_or(count),
            listed,
            likenesses,
            boxes: OnceCell::new(),
            tree: OnceCell::new(),
        }
    }

    /// All candidates; of a clause with too many of them those of the first rows.
    pub(super) fn all<'p>(&'p self, sheets: &'p Sheets<'m>) -> Box<dyn Iterator<Item = Candidate> + 'p> {
        match &self.listed {
            Some(listed) => Box::new(listed.iter().copied()),
            None => Box::new(sheets.maps.iter().enumerate().flat_map(|(i, s)| self.probes.list(i, s.map))),
        }
    }

    /// Objects that match at least as well as one of this likeness.
    pub(super) fn as_good_as(&self, likeness: f32) -> f64 {
        match self.likenesses.len() {
            0 | 1 => self.count.max(1) as f64,
            _ => self.likenesses.partition_point(|&l| l >= likeness).max(1) as f64,
        }
    }

    /// Objects that match as well as the best one.
    pub(super) fn as_good_as_the_best(&self) -> f64 {
        self.as_good_as(self.likenesses.first().copied().unwrap_or(1.0))
    }

    /// The candidates whose boxes come within some metres of a box; `look_ups` is how often one asks in all.
    pub(super) fn around(
        &self,
        sheets: &Sheets<'m>,
        bounds: BoxE7,
        metres: f64,
        look_ups: usize,
        examined: &mut u64,
    ) -> Vec<Candidate> {
        let windows: Vec<BoxE7> = grown(bounds, metres).collect();
        let mut found = match &self.listed {
            Some(listed) if listed.len() <= FEW => {
                *examined += listed.len() as u64;
                let boxes = self.boxes(sheets, listed);
                let meets = |i: &usize| windows.iter().any(|w| meet(boxes[*i], *w));
                (0..listed.len()).filter(meets).map(|i| listed[i]).collect()
            }
            Some(listed) if listed.len() <= look_ups.saturating_mul(LISTED_FOR_A_LOOK_UP) => {
                let tree = self.tree.get_or_init(|| {
                    let boxes = self.boxes(sheets, listed).iter().zip(0..);
                    RTree::bulk_load(boxes.map(|(b, i)| GeomWithData::new(rectangle(*b), i)).collect())
                });
                let mut found: Vec<u32> = windows
                    .iter()
                    .flat_map(|w| tree.locate_in_envelope_intersecting(&envelope(*w)).map(|boxed| boxed.data))
                    .collect();
                found.sort_unstable();
                found.dedup();
                found.into_iter().map(|i| listed[i as usize]).collect()
            }
            listed => self.met(sheets, &windows, listed.as_deref(), examined),
        };
        *examined += found.len() as u64;
        found.dedup_by_key(|c| c.key());
        found
    }

    /// The candidates among the objects of the maps in some boxes.
    fn met(
        &self,
        sheets: &Sheets<'m>,
        windows: &[BoxE7],
        listed: Option<&[Candidate]>,
        examined: &mut u64,
    ) -> Vec<Candidate> {
        let mut found = Vec::new();
        for (i, sheet) in sheets.maps.iter().enumerate() {
            let mut rows: Vec<_> = windows.iter().flat_map(|&w| sheet.map.in_box(w)).collect();
            if windows.len() > 1 {
                rows.sort_unstable();
                rows.dedup();
            }
            match listed {
                Some(listed) => {
                    // Passing over an object of a box costs a fraction of what examining one does.
                    *examined += rows.len() as u64 / 16;
                    let known = |row: &crate::osm::file::Row| {
                        listed.binary_search_by_key(&(i as u32, row.0), |c| c.key()).ok().map(|at| listed[at])
                    };
                    found.extend(rows.iter().filter_map(known));
                }
                None => {
                    *examined += rows.len() as u64;
                    found.extend(rows.iter().filter_map(|&row| self.probes.candidate(i, sheet.map, row)));
                }
            }
        }
        found
    }

    fn boxes(&self, sheets: &Sheets<'m>, listed: &[Candidate]) -> &[BoxE7] {
        self.boxes.get_or_init(|| listed.iter().map(|&c| sheets.bounds(c)).collect())
    }
}

fn meet(a: BoxE7, b: BoxE7) -> bool {
    a.south <= b.north && b.south <= a.north && a.west <= b.east && b.west <= a.east
}

fn corners(b: BoxE7) -> ([f64; 2], [f64; 2]) {
    ([f64::from(b.south), f64::from(b.west)], [f64::from(b.north), f64::from(b.east)])
}

fn envelope(b: BoxE7) -> AABB<[f64; 2]> {
    let (low, high) = corners(b);
    AABB::from_corners(low, high)
}

fn rectangle(b: BoxE7) -> Rectangle<[f64; 2]> {
    let (low, high) = corners(b);
    Rectangle::from_corners(low, high)
}

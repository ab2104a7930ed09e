//! Many points at once: what is worth preparing, and an order in which neighbours follow each other.

use super::chain::{ChainIds, Outline, SHORE_KM};
use super::nearest::Node;
use super::{Gazetteer, PlaceId};
use crate::geo::boundaries::parts::{PART_COLUMNS, PART_ROWS, Part, crossed};
use crate::geo::boundaries::{CELLS, Outlines, near_land};
use crate::geo::{EARTH_RADIUS_KM, LatLon};
use rayon::prelude::*;

/// Points that one core answers in one go: enough to have neighbours, few enough to stay near its cache.
const MIN_BLOCK: usize = 256;
const MAX_BLOCK: usize = 1 << 18;

/// What a batch reads instead of computing it for each point. One query costs less than making it.
#[derive(Debug)]
pub(super) struct Batch {
    /// The nodes of all trees, in the order of places.
    pub(super) nodes: Vec<Node>,
    /// For each cell of the outlines what they say of its points.
    cells: Vec<Cell>,
    /// For each cell of the outlines a bit for each part with land near it or a place in reach of its shore: all other
    /// points have no chain.
    inhabited: Vec<u64>,
}

/// What the outlines say of the points of one of their cells.
#[derive(Debug)]
enum Cell {
    /// The same of all, but for points on its edge.
    Whole(Outline),
    /// The same of all points of each part, but where an outline crosses the part.
    Parted(Box<[Option<Outline>; 64]>),
}

impl Batch {
    fn outline(&self, part: Part) -> Option<Outline> {
        match self.cells.get(part.cell)? {
            Cell::Whole(outline) => Some(*outline),
            Cell::Parted(parts) => parts.get(part.bit).copied().flatten(),
        }
    }

    /// Whether a point may have a chain.
    fn may_have_chain(&self, at: LatLon) -> bool {
        Part::of(at).is_none_or(|part| self.inhabited.get(part.cell).is_none_or(|bits| bits >> part.bit & 1 == 1))
    }
}

impl Gazetteer {
    /// The chains of many points, in their order, on all cores.
    #[must_use]
    pub fn chains(&self, points: &[LatLon]) -> Vec<ChainIds> {
        let batch = self.batch.get_or_init(|| self.prepare());
        let mut chains = vec![ChainIds::default(); points.len()];
        let share = points.len().div_ceil(2 * rayon::current_num_threads()).clamp(MIN_BLOCK, MAX_BLOCK);
        let blocks = points.par_chunks(share).zip(chains.par_chunks_mut(share));
        blocks.for_each(|(points, chains)| self.block(batch, points, chains));
        chains
    }

    fn prepare(&self) -> Batch {
        let nodes = || (0..self.len() as u32).into_par_iter().map(|place| self.node(PlaceId(place))).collect();
        let cells = || crossed().into_par_iter().enumerate().map(|(cell, crossed)| self.cell(cell, crossed)).collect();
        let (nodes, (cells, inhabited)) = rayon::join(nodes, || rayon::join(cells, || self.inhabited()));
        Batch { nodes, cells, inhabited }
    }

    /// What the outlines say of a cell some of whose parts they cross.
    fn cell(&self, cell: usize, crossed: u64) -> Cell {
        let ask = |bit| self.outline(&Outlines::embedded().ids(Part { cell, bit }.centre()));
        if crossed == 0 {
            return Cell::Whole(ask(0));
        }
        let mut parts: Box<[Option<Outline>; 64]> = Box::new([None; 64]);
        for bit in (0..64).filter(|bit| crossed >> bit & 1 == 0) {
            // No outline runs between two parts side by side that none crosses.
            let west = if bit % 8 == 0 { None } else { parts[bit - 1] };
            let south = if bit < 8 { None } else { parts[bit - 8] };
            parts[bit] = west.or(south).or_else(|| Some(ask(bit)));
        }
        Cell::Parted(parts)
    }

    fn inhabited(&self) -> Vec<u64> {
        // A little more than is searched.
        let reach = (SHORE_KM + 1.0).to_degrees() / EARTH_RADIUS_KM;
        let mut inhabited = vec![0; CELLS];
        for (cell, bits) in inhabited.iter_mut().enumerate() {
            *bits = (0..64).fold(0, |bits, bit| bits | u64::from(near_land(Part { cell, bit }.centre())) << bit);
        }
        let per_degree = PART_COLUMNS as f64 / 360.0;
        for at in (0..self.len() as u32).map(|place| self.position(PlaceId(place))) {
            let pole_side = at.lat().abs() + reach;
            // Meridians converge; near a pole all are in reach.
            let wide = if pole_side < 88.0 { reach / pole_side.to_radians().cos() } else { 180.0 };
            let index = |degrees: f64| (degrees * per_degree).floor() as i64;
            let last_row = PART_ROWS as i64 - 1;
            for row in index(at.lat() + 90.0 - reach).max(0)..=index(at.lat() + 90.0 + reach).min(last_row) {
                for column in index(at.lon() + 180.0 - wide)..=index(at.lon() + 180.0 + wide) {
                    let part = Part::at(column.rem_euclid(PART_COLUMNS as i64) as usize, row as usize);
                    inhabited[part.cell] |= 1 << part.bit;
                }
            }
        }
        inhabited
    }

    /// Answers neighbours one after the other: they need the same few nodes and outlines, and the answer for one is a
    /// good guess for the next.
    fn block(&self, batch: &Batch, points: &[LatLon], chains: &mut [ChainIds]) {
        let mut guess = None;
        let (mut last_ids, mut last_outline) = (Vec::new(), Outline::default());
        for (at, point) in neighbours(points, |at| batch.may_have_chain(at)) {
            let outline = Part::of(at).and_then(|part| batch.outline(part)).unwrap_or_else(|| {
                let ids = Outlines::embedded().ids(at);
                if ids != last_ids {
                    last_outline = self.outline(&ids);
                    last_ids = ids;
                }
                last_outline
            });
            let ids = self.chain_ids_in(outline, at, guess);
            guess = ids.city.or(guess);
            chains[point as usize] = ids;
        }
    }
}

/// The points that are wanted, with their indices, along a Z-order curve: a counting sort, which moves each point once.
fn neighbours(points: &[LatLon], wanted: impl Fn(LatLon) -> bool) -> Vec<(LatLon, u32)> {
    let Some(&any) = points.first() else { return Vec::new() };
    let keyed = points.iter().zip(0..).filter(|(at, _)| wanted(**at)).map(|(at, point)| (z_order(*at), point));
    let keyed: Vec<(u16, u32)> = keyed.collect();
    let mut next = vec![0u32; usize::from(u16::MAX) + 2];
    keyed.iter().for_each(|&(key, _)| next[usize::from(key) + 1] += 1);
    let mut sum = 0;
    for slot in &mut next {
        sum += *slot;
        *slot = sum;
    }
    let mut sorted = vec![(any, 0); keyed.len()];
    for (key, point) in keyed {
        let slot = &mut next[usize::from(key)];
        sorted[*slot as usize] = (points[point as usize], point);
        *slot += 1;
    }
    sorted
}

/// The place of a point on a Z-order curve (Morton, 1966) over latitude and longitude in 256 steps each: near points
/// have near numbers.
fn z_order(at: LatLon) -> u16 {
    // Eight bits, spread to every other bit of sixteen.
    let spread = |degrees: f64, range: f64| {
        let mut bits = (degrees / range * 255.99) as u16 & 0xff;
        bits = (bits | bits << 4) & 0x0f0f;
        bits = (bits | bits << 2) & 0x3333;
        (bits | bits << 1) & 0x5555
    };
    spread(at.lat() + 90.0, 180.0) | spread(at.lon() + 180.0, 360.0) << 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sorting_loses_no_point(coordinates in prop::collection::vec((-90.0..=90.0f64, -180.0..180.0f64), 0..50)) {
            let at = |(lat, lon): &(f64, f64)| LatLon::new(*lat, *lon).expect("valid");
            let points: Vec<_> = coordinates.iter().map(at).collect();
            let sorted = neighbours(&points, |_| true);
            prop_assert!(sorted.is_sorted_by_key(|(at, _)| z_order(*at)));
            prop_assert!(sorted.iter().all(|(at, point)| points[*point as usize] == *at));
            let mut indices: Vec<_> = sorted.iter().map(|(_, point)| *point as usize).collect();
            indices.sort_unstable();
            prop_assert_eq!(indices, (0..points.len()).collect::<Vec<_>>());
        }
    }
}

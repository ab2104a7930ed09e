//! Many points at once: what is worth preparing, and an order in which neighbours follow each other.

use super::chain::{ChainIds, Outline};
use super::nearest::Node;
use super::{Gazetteer, PlaceId};
use crate::geo::LatLon;
use crate::geo::boundaries::{CELL_COLUMNS, CELLS, Outlines, cell_of};
use rayon::prelude::*;

/// Points that one core answers in one go: enough to have neighbours, few enough to stay near its cache.
const MIN_BLOCK: usize = 256;
const MAX_BLOCK: usize = 1 << 18;

/// What a batch reads instead of computing it for each point. One query costs less than making it.
#[derive(Debug)]
pub(super) struct Batch {
    /// The nodes of all trees, in the order of places.
    pub(super) nodes: Vec<Node>,
    /// For each cell of the outlines what they say of all points in it, if they say the same.
    cells: Vec<Option<Outline>>,
}

impl Gazetteer {
    /// The chains of many points, in their order, on all cores.
    #[must_use]
    pub fn chains(&self, points: &[LatLon]) -> Vec<ChainIds> {
        self.batch.get_or_init(|| self.prepare());
        let mut chains = vec![ChainIds::default(); points.len()];
        let share = points.len().div_ceil(2 * rayon::current_num_threads()).clamp(MIN_BLOCK, MAX_BLOCK);
        let blocks = points.par_chunks(share).zip(chains.par_chunks_mut(share));
        blocks.for_each(|(points, chains)| self.block(points, chains));
        chains
    }

    fn prepare(&self) -> Batch {
        let (nodes, cells) = rayon::join(
            || (0..self.len() as u32).into_par_iter().map(|place| self.node(PlaceId(place))).collect(),
            || {
                let outline = |cell| Some(self.outline(&Outlines::embedded().ids_of_cell(cell)?));
                (0..CELLS).into_par_iter().with_min_len(CELL_COLUMNS).map(outline).collect()
            },
        );
        Batch { nodes, cells }
    }

    /// Answers neighbours one after the other: they need the same few nodes and outlines, and the answer for one is a
    /// good guess for the next.
    fn block(&self, points: &[LatLon], chains: &mut [ChainIds]) {
        let cells = self.batch.get().map_or(&[][..], |batch| &batch.cells);
        let mut guess = None;
        let (mut last_ids, mut last_outline) = (Vec::new(), Outline::default());
        for (at, point) in neighbours(points) {
            let outline = cells.get(cell_of(at)).copied().flatten().unwrap_or_else(|| {
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

/// The points with their indices, along a Z-order curve: a counting sort, which moves each point once.
fn neighbours(points: &[LatLon]) -> Vec<(LatLon, u32)> {
    let Some(&any) = points.first() else { return Vec::new() };
    let keys: Vec<u16> = points.iter().map(|at| z_order(*at)).collect();
    let mut next = vec![0u32; usize::from(u16::MAX) + 2];
    keys.iter().for_each(|&key| next[usize::from(key) + 1] += 1);
    let mut sum = 0;
    for slot in &mut next {
        sum += *slot;
        *slot = sum;
    }
    let mut sorted = vec![(any, 0); points.len()];
    for ((at, key), point) in points.iter().zip(keys).zip(0..) {
        let slot = &mut next[usize::from(key)];
        sorted[*slot as usize] = (*at, point);
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
            let sorted = neighbours(&points);
            prop_assert!(sorted.is_sorted_by_key(|(at, _)| z_order(*at)));
            prop_assert!(sorted.iter().all(|(at, point)| points[*point as usize] == *at));
            let mut indices: Vec<_> = sorted.iter().map(|(_, point)| *point as usize).collect();
            indices.sort_unstable();
            prop_assert_eq!(indices, (0..points.len()).collect::<Vec<_>>());
        }
    }
}

//! Where the nodes are: ids and positions, sorted by id, about six bytes each.
//!
//! Nodes stand in chunks. A chunk holds the steps from one node to the next (id, latitude, longitude) as integers of
//! variable length; the first id of each chunk and where it begins are in memory. Questions come for many nodes at once
//! and are answered in the order of the ids, so that each chunk is unpacked once for a whole blob of ways.

use super::super::object::PointE7;
use super::spool::Spool;
use super::wire::{Varints, push_varint, zigzag};
use std::io;
use std::path::PathBuf;

/// Nodes in a full chunk.
const CHUNK_NODES: usize = 128;

/// Nodes of one blob in the form of the table, ids strictly ascending.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    bytes: Vec<u8>,
    /// First id of each chunk, and where it begins in `bytes`.
    starts: Vec<(i64, u32)>,
    in_chunk: usize,
    /// Id, latitude and longitude of the last node.
    last: (i64, i32, i32),
}

impl Chunks {
    pub(super) fn push(&mut self, id: i64, point: PointE7) {
        if self.in_chunk == CHUNK_NODES || self.starts.is_empty() {
            self.starts.push((id, self.bytes.len() as u32));
            self.in_chunk = 0;
            self.last = (id, 0, 0);
        }
        let (last_id, lat, lon) = self.last;
        push_varint(&mut self.bytes, id.wrapping_sub(last_id) as u64);
        push_varint(&mut self.bytes, zigzag(i64::from(point.lat) - i64::from(lat)));
        push_varint(&mut self.bytes, zigzag(i64::from(point.lon) - i64::from(lon)));
        self.in_chunk += 1;
        self.last = (id, point.lat, point.lon);
    }
}

/// The positions of nodes by id.
#[derive(Debug)]
pub(super) struct NodeTable {
    spool: Spool,
    /// First id of each chunk, and where it begins.
    starts: Vec<(i64, u64)>,
}

impl NodeTable {
    /// An empty table that holds a number of bytes in memory, and any more in an unnamed file in a folder.
    pub(super) fn new(folder: PathBuf, budget_bytes: usize) -> Self {
        Self { spool: Spool::new(folder, budget_bytes), starts: Vec::new() }
    }

    /// Appends nodes, all of whose ids are above those that are there.
    pub(super) fn push(&mut self, chunks: &Chunks) -> io::Result<()> {
        let base = self.spool.len();
        self.starts.extend(chunks.starts.iter().map(|(id, offset)| (*id, base + u64::from(*offset))));
        self.spool.push(&chunks.bytes)
    }

    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.starts.shrink_to_fit();
        self.spool.finish()
    }

    /// Answers questions, each an id and where its answer goes in `positions`; they are sorted by this. Nodes that are not
    /// in the table leave `positions` as it is.
    pub(super) fn resolve(&self, questions: &mut [(i64, u32)], positions: &mut [Option<PointE7>]) -> io::Result<()> {
        questions.sort_unstable();
        let mut open = &*questions;
        let mut buffer = Vec::new();
        // Chunks before this one are done.
        let mut chunk = 0;
        while let Some((id, _)) = open.first() {
            let ahead = self.starts.get(chunk..).unwrap_or_default();
            let Some(step) = gallop(ahead, *id).checked_sub(1) else {
                // Below the first id of the table, or in the gap after a chunk that is done.
                open = &open[1..];
                continue;
            };
            chunk += step;
            let until = self.starts.get(chunk + 1);
            let (mine, rest) = open.split_at(open.partition_point(|(id, _)| until.is_none_or(|until| *id < until.0)));
            let (first, begin) = self.starts[chunk];
            let end = until.map_or(self.spool.len(), |until| until.1);
            let bytes = self.spool.read(begin, (end - begin) as usize, &mut buffer)?;
            answer(first, bytes, mine, positions).ok_or(io::ErrorKind::InvalidData)?;
            open = rest;
            chunk += 1;
        }
        Ok(())
    }
}

/// The number of chunks that begin at or below an id; fast where that is small.
fn gallop(starts: &[(i64, u64)], id: i64) -> usize {
    let mut reach = 1;
    while starts.get(reach).is_some_and(|start| start.0 <= id) {
        reach *= 2;
    }
    starts[..reach.min(starts.len())].partition_point(|start| start.0 <= id)
}

/// Answers sorted questions from one chunk; nothing where the chunk is damaged.
fn answer(first: i64, bytes: &[u8], questions: &[(i64, u32)], positions: &mut [Option<PointE7>]) -> Option<()> {
    let mut numbers = Varints(bytes);
    let (mut id, mut lat, mut lon) = (first, 0i64, 0i64);
    let mut questions = questions.iter().peekable();
    while questions.peek().is_some() {
        let Some(step) = numbers.next().ok()? else {
            return Some(());
        };
        id = id.wrapping_add(step as i64);
        lat += numbers.next_signed().ok()??;
        lon += numbers.next_signed().ok()??;
        while let Some((wanted, slot)) = questions.next_if(|(wanted, _)| *wanted <= id) {
            if *wanted == id {
                *positions.get_mut(*slot as usize)? = PointE7::new(lat, lon);
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn the_table_answers_as_a_map_does(
            nodes in proptest::collection::btree_map(prop_oneof![-500i64..500, any::<i64>()], (-900_000_000i32..=900_000_000, -1_800_000_000i32..=1_800_000_000), 0..600),
            asked in proptest::collection::vec(prop_oneof![-500i64..500, any::<i64>()], 0..100),
            parts in 1usize..5,
            budget in prop_oneof![Just(0usize), Just(1 << 20)],
        ) {
            let nodes: BTreeMap<i64, PointE7> = nodes.into_iter().map(|(id, (lat, lon))| (id, PointE7 { lat, lon })).collect();
            let mut table = NodeTable::new(std::env::temp_dir(), budget);
            let all: Vec<_> = nodes.iter().collect();
            for part in all.chunks(all.len() / parts + 1) {
                let mut chunks = Chunks::default();
                part.iter().for_each(|(id, point)| chunks.push(**id, **point));
                table.push(&chunks).expect("room");
            }
            table.finish().expect("room");
            let asked: Vec<i64> = asked.into_iter().chain(nodes.keys().copied().step_by(3)).collect();
            let mut questions: Vec<_> = asked.iter().zip(0..).map(|(id, slot)| (*id, slot)).collect();
            let mut positions = vec![None; asked.len()];
            table.resolve(&mut questions, &mut positions).expect("readable");
            for (id, position) in asked.iter().zip(positions) {
                prop_assert_eq!(position, nodes.get(id).copied());
            }
        }
    }
}

//! The ways that relations need, put aside until the relations come.

use super::super::object::{BoxE7, PointE7};
use super::plane;
use super::spool::Spool;
use super::wire::{Varints, push_varint, zigzag};
use std::io;
use std::path::PathBuf;

/// A way as a relation needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MemberWay {
    /// Its middle.
    pub(super) at: PointE7,
    pub(super) bounds: BoxE7,
    /// Its points; none where only its place is needed, or where some are missing.
    pub(super) points: Vec<PointE7>,
}

impl MemberWay {
    /// A way of which these points are known, if any; `outline` says that they are all, and needed.
    pub(super) fn of(points: &[PointE7], outline: bool) -> Option<Self> {
        let bounds = BoxE7::around(points.iter().copied())?;
        let own = if outline { points.to_vec() } else { Vec::new() };
        Some(Self { at: plane::middle(points)?, bounds, points: own })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        let low = PointE7 { lat: self.bounds.south, lon: self.bounds.west };
        let high = PointE7 { lat: self.bounds.north, lon: self.bounds.east };
        let mut last = PointE7 { lat: 0, lon: 0 };
        for point in [self.at, low, high].iter().chain(&self.points) {
            push_varint(out, zigzag(i64::from(point.lat) - i64::from(last.lat)));
            push_varint(out, zigzag(i64::from(point.lon) - i64::from(last.lon)));
            last = *point;
        }
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut numbers = Varints(bytes);
        let (mut lat, mut lon) = (0, 0);
        let mut points = Vec::new();
        while let Some(step) = numbers.next_signed().ok()? {
            lat += step;
            lon += numbers.next_signed().ok()??;
            points.push(PointE7::new(lat, lon)?);
        }
        let [at, low, high] = *points.first_chunk()?;
        points.drain(..3);
        let bounds = BoxE7 { south: low.lat, west: low.lon, north: high.lat, east: high.lon };
        Some(Self { at, bounds, points })
    }
}

/// Ways by id.
#[derive(Debug)]
pub(super) struct MemberWays {
    spool: Spool,
    /// Id of each way, where it begins, and its bytes; sorted by id after [`MemberWays::finish`].
    index: Vec<(i64, u64, u32)>,
}

impl MemberWays {
    /// None yet; a number of bytes is held in memory, and any more in an unnamed file in a folder.
    pub(super) fn new(folder: PathBuf, budget_bytes: usize) -> Self {
        Self { spool: Spool::new(folder, budget_bytes), index: Vec::new() }
    }

    pub(super) fn push(&mut self, id: i64, way: &MemberWay) -> io::Result<()> {
        let mut bytes = Vec::new();
        way.encode(&mut bytes);
        self.index.push((id, self.spool.len(), bytes.len() as u32));
        self.spool.push(&bytes)
    }

    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.index.sort_unstable();
        self.index.shrink_to_fit();
        self.spool.finish()
    }

    /// A way, if it was put aside.
    pub(super) fn get(&self, id: i64, buffer: &mut Vec<u8>) -> io::Result<Option<MemberWay>> {
        let Ok(at) = self.index.binary_search_by_key(&id, |(id, ..)| *id) else {
            return Ok(None);
        };
        let (_, offset, bytes) = self.index[at];
        let way = MemberWay::decode(self.spool.read(offset, bytes as usize, buffer)?);
        way.map(Some).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ways_come_back(points in proptest::collection::vec((-900_000_000i32..=900_000_000, -1_800_000_000i32..=1_800_000_000), 1..40), outline: bool) {
            let points: Vec<_> = points.into_iter().map(|(lat, lon)| PointE7 { lat, lon }).collect();
            let way = MemberWay::of(&points, outline).expect("points");
            let mut ways = MemberWays::new(std::env::temp_dir(), 64);
            ways.push(7, &way).expect("room");
            ways.push(-7, &way).expect("room");
            ways.finish().expect("room");
            let mut buffer = Vec::new();
            prop_assert_eq!(ways.get(-7, &mut buffer).expect("readable"), Some(way));
            prop_assert_eq!(ways.get(8, &mut buffer).expect("readable"), None);
        }
    }
}

//! Extracts that are not sorted, or that have an element more than once.
//!
//! One more pass over the file sorts everything that the survey found out of order, by id and version. Nodes go into a new
//! table; of elements that occur more than once, the newest version stays, and of equal versions the last.

use super::super::file::sort::{Record, Sorter};
use super::super::object::{OsmId, OsmKind, PointE7};
use super::blob::BlobAt;
use super::block::{Block, Body, Element};
use super::error::{BlobProblem, ExtractError};
use super::node_table::{Chunks, NodeTable};
use super::report::{Reason, Tallies};
use super::{Kinds, MAX_ID};

/// Where in the extract an element stands: the offset of its blob, and its number among the elements of its kind there.
pub(super) type Place = (u64, u32);

/// Nodes that are put into the table at once.
const TABLE_BATCH: u32 = 8192;

/// Elements that occur more than once, sorted, each with the place of the one that counts.
#[derive(Debug, Default)]
pub(super) struct Repeated(Vec<(OsmId, Option<Place>)>);

impl Repeated {
    /// Whether the element at a place is the one that counts.
    pub(super) fn is_current(&self, id: OsmId, place: Place) -> bool {
        match self.0.binary_search_by_key(&id, |(id, _)| *id) {
            Ok(at) => self.0[at].1 == Some(place),
            Err(_) => true,
        }
    }
}

/// One occurrence of an element. The order of the fields is the order of sorting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Occurrence {
    id: OsmId,
    version: u32,
    place: Place,
    /// Whether it does not delete the element.
    visible: bool,
    point: Option<PointE7>,
}

impl Record for Occurrence {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.id.to_bits().to_le_bytes());
        out.extend_from_slice(&self.version.to_le_bytes());
        out.extend_from_slice(&self.place.0.to_le_bytes());
        out.extend_from_slice(&self.place.1.to_le_bytes());
        out.push(u8::from(self.visible) | u8::from(self.point.is_some()) << 1);
        let point = self.point.unwrap_or(PointE7 { lat: 0, lon: 0 });
        out.extend_from_slice(&point.lat.to_le_bytes());
        out.extend_from_slice(&point.lon.to_le_bytes());
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
            let (taken, rest) = bytes.split_first_chunk()?;
            *bytes = rest;
            Some(*taken)
        }
        let id = OsmId::from_bits(u64::from_le_bytes(take(bytes)?))?;
        let version = u32::from_le_bytes(take(bytes)?);
        let place = (u64::from_le_bytes(take(bytes)?), u32::from_le_bytes(take(bytes)?));
        let [flags] = take(bytes)?;
        let point = PointE7 { lat: i32::from_le_bytes(take(bytes)?), lon: i32::from_le_bytes(take(bytes)?) };
        Some(Self { id, version, place, visible: flags & 1 != 0, point: (flags & 2 != 0).then_some(point) })
    }
}

/// The occurrences of the elements of some kinds in a blob.
pub(super) fn occurrences(at: &BlobAt, bytes: &[u8], kinds: Kinds) -> Result<Vec<Occurrence>, BlobProblem> {
    let block = Block::parse(bytes)?;
    let (mut found, mut numbers) = (Vec::new(), [0; 3]);
    block.visit(
        |kind| kinds.has(kind),
        |Element { id: number, info, body, .. }| {
            let kind = body.kind();
            let place = (at.offset, numbers[kind as usize]);
            numbers[kind as usize] += 1;
            if number.unsigned_abs() < MAX_ID {
                let id = OsmId { kind, number };
                let point = if let Body::Node(point) = body { point } else { None };
                found.push(Occurrence { id, version: info.version, place, visible: info.visible, point });
            }
            Ok(())
        },
    )?;
    Ok(found)
}

/// Settles what counts of everything that was sorted. Nodes that count go into the table.
pub(super) fn settle(
    sorter: Sorter<Occurrence>,
    nodes: &mut NodeTable,
    tallies: &mut Tallies,
) -> Result<Repeated, ExtractError> {
    let mut sorted = sorter.finish()?.peekable();
    let (mut repeated, mut chunks, mut batch) = (Vec::new(), Chunks::default(), 0);
    while let Some(next) = sorted.next() {
        let mut newest = next?;
        let mut older = false;
        while let Some(Ok(newer)) = sorted.next_if(|next| next.as_ref().is_ok_and(|next| next.id == newest.id)) {
            newest = newer;
            older = true;
            tallies.add(Reason::Superseded, newest.id);
        }
        if older {
            repeated.push((newest.id, newest.visible.then_some(newest.place)));
        }
        if let Some(point) = newest.point.filter(|_| newest.visible && newest.id.kind == OsmKind::Node) {
            chunks.push(newest.id.number, point);
            batch += 1;
        }
        if batch == TABLE_BATCH {
            nodes.push(&std::mem::take(&mut chunks)).map_err(ExtractError::Temporary)?;
            batch = 0;
        }
    }
    nodes.push(&chunks).map_err(ExtractError::Temporary)?;
    Ok(Repeated(repeated))
}

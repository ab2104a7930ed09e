//! An object on its way to its row.

use super::bytes::{Cursor, put_varint, u32_at, u64_at};
use super::{Record, places, shapes};
use crate::osm::object::{BoxE7, Object, PointE7};

/// An object by its place in the order of rows, packed.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Placed {
    order: u64,
    id: u64,
    packed: Vec<u8>,
}

/// What is packed in a [`Placed`].
#[derive(Debug)]
pub(super) struct PlacedParts<'p> {
    pub(super) id: u64,
    pub(super) version: u32,
    pub(super) at: PointE7,
    pub(super) bounds: BoxE7,
    /// Level of an administrative area.
    pub(super) level: Option<u8>,
    /// Generation of the numbers of the tags.
    pub(super) generation: u32,
    tags: Cursor<'p>,
    /// As it goes into the file.
    pub(super) shape: &'p [u8],
}

impl PlacedParts<'_> {
    /// The provisional numbers of the tags.
    pub(super) fn tags(&self) -> impl Iterator<Item = u32> + '_ {
        let mut rest = self.tags;
        std::iter::from_fn(move || u32::try_from(rest.varint()?).ok())
    }
}

impl Placed {
    pub(super) fn new(object: &Object, bounds: BoxE7, level: Option<u8>, generation: u32, tags: &[u32]) -> Self {
        let mut packed = Vec::with_capacity(32 + 3 * tags.len());
        let PointE7 { lat, lon } = object.at;
        for number in [lat, lon, bounds.south, bounds.west, bounds.north, bounds.east] {
            packed.extend_from_slice(&number.to_le_bytes());
        }
        packed.push(level.unwrap_or(0));
        put_varint(&mut packed, object.version.into());
        put_varint(&mut packed, generation.into());
        let mut numbers = Vec::with_capacity(3 * tags.len());
        tags.iter().for_each(|&tag| put_varint(&mut numbers, tag.into()));
        put_varint(&mut packed, numbers.len() as u64);
        packed.extend_from_slice(&numbers);
        shapes::put_shape(&mut packed, object.at, &object.shape);
        packed.shrink_to_fit();
        Self { order: places::order(bounds), id: object.id.to_bits(), packed }
    }

    pub(super) fn parts(&self) -> Option<PlacedParts<'_>> {
        let number = |i: usize| u32_at(&self.packed, 4 * i).map(|number| number as i32);
        let at = PointE7 { lat: number(0)?, lon: number(1)? };
        let bounds = BoxE7 { south: number(2)?, west: number(3)?, north: number(4)?, east: number(5)? };
        let level = Some(*self.packed.get(24)?).filter(|&level| level > 0);
        let mut rest = Cursor(&self.packed[25..]);
        let (version, generation) = (rest.varint()? as u32, rest.varint()? as u32);
        let tags = Cursor(rest.sized()?);
        Some(PlacedParts { id: self.id, version, at, bounds, level, generation, tags, shape: rest.0 })
    }
}

impl Record for Placed {
    fn heap_bytes(&self) -> usize {
        self.packed.len() + 16
    }

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.order.to_le_bytes());
        out.extend_from_slice(&self.id.to_le_bytes());
        put_varint(out, self.packed.len() as u64);
        out.extend_from_slice(&self.packed);
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let (order, id) = (u64_at(bytes, 0)?, u64_at(bytes, 8)?);
        let mut rest = Cursor(bytes.get(16..)?);
        let packed = rest.sized()?.to_vec();
        *bytes = rest.0;
        Some(Self { order, id, packed })
    }
}

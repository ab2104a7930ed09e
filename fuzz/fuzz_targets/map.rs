//! Any bytes are an index of the map or a typed error, and an index answers every question, whatever it holds.
//!
//! The checksums of header and metadata would keep nearly all changed inputs out, so they are put right before.

#![no_main]

use libfuzzer_sys::fuzz_target;
use navig_tools::osm::file::{Map, Row};
use navig_tools::osm::names::NameHow;
use navig_tools::osm::object::{BoxE7, PointE7};
use std::hint::black_box;

/// Where the header says where its own checksum, the table of sections and the metadata are.
const HEADER_CRC_AT: usize = 1568;
const TABLE_AT: usize = 32;
const LENGTH_AT: usize = 16;

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?) as usize)
}

/// The metadata is the first section: code, checksum, offset, length.
fn mend(bytes: &mut [u8]) -> Option<()> {
    let length = bytes.len() as u64;
    bytes.get_mut(LENGTH_AT..LENGTH_AT + 8)?.copy_from_slice(&length.to_le_bytes());
    let (offset, length) = (number(bytes, TABLE_AT + 8)?, number(bytes, TABLE_AT + 16)?);
    if let Some(meta) = bytes.get(offset..offset.checked_add(length)?) {
        let crc = crc32fast::hash(meta).to_le_bytes();
        bytes[TABLE_AT + 4..TABLE_AT + 8].copy_from_slice(&crc);
    }
    let crc = crc32fast::hash(bytes.get(..HEADER_CRC_AT)?).to_le_bytes();
    bytes.get_mut(HEADER_CRC_AT..HEADER_CRC_AT + 4)?.copy_from_slice(&crc);
    Some(())
}

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = bytes.to_vec();
    mend(&mut bytes);
    let map = match Map::from_bytes("fuzz", &bytes) {
        Ok(map) => map,
        Err(error) => {
            // One message has no file in it: that of a big-endian machine.
            assert!(error.to_string().starts_with("fuzz: "), "{error}");
            return;
        }
    };
    black_box(map.verify().is_ok());
    let at = map.at(Row(0));
    for row in (0..map.len().min(200)).chain([map.len(), u32::MAX]).map(Row) {
        black_box((map.object(row), map.shape(row), map.metres(row, at), map.holds(row, at)));
        assert!(map.tags(row).all(|(key, _)| black_box(map.tag(row, key)).is_none_or(|value| value.len() <= bytes.len())));
    }
    let known = |row: Row| row.0 < map.len();
    for (key, _) in map.keys().take(50) {
        assert!(map.with_tag(key, None).all(known));
        let mut sought = map.with_tag(key, None);
        assert!(sought.seek(at_half(&map)).is_none_or(|row| row >= at_half(&map)));
        for (value, _) in map.values(key).take(50) {
            assert!(map.with_tag(key, Some(value)).all(known));
        }
    }
    let world = BoxE7 { south: i32::MIN, west: i32::MIN, north: i32::MAX, east: i32::MAX };
    assert!(map.in_box(world).all(known));
    assert!(map.near(at, 1e5).all(|(row, metres)| known(row) && metres <= 1e5));
    for point in [at, PointE7 { lat: 481_200_000, lon: 161_200_000 }] {
        black_box(map.areas_at(point));
    }
    map.areas().take(50).for_each(|(_, row)| drop(black_box(map.shape(row))));
    let names = map.names();
    for how in [NameHow::Exact, NameHow::Prefix, NameHow::Part, NameHow::Read] {
        for hit in names.find("Nirgendwo", how, 5) {
            black_box(names.rows(hit.name).take(100).count());
        }
    }
});

fn at_half(map: &Map) -> Row {
    Row(map.len() / 2)
}

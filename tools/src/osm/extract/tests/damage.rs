//! Files that are no extract, or broken ones: a clear error, and never a panic.

use super::pbf::{Message, Packing, Style, blob, file, frame, header, node, relation, way};
use super::{message, objects, read_bytes, read_file, tight};
use crate::osm::extract::{ExtractError, Options};
use crate::osm::object::OsmKind::{Node, Way};
use crate::osm::object::Shape;
use proptest::prelude::*;
use std::path::Path;

/// An extract with something of everything.
fn small(style: &Style) -> Vec<u8> {
    let nodes = (0..300).map(|i| node(i, i * 1000, i % 17 * 1000, if i % 50 == 0 { &[("shop", "yes")] } else { &[] }));
    let ways = vec![
        way(1, &[1, 2, 3], &[("highway", "primary"), ("name", "A")]),
        way(2, &[4, 20, 40, 4], &[("building", "church")]),
        way(3, &[7, 90, 200], &[]),
        way(4, &[200, 150, 7], &[]),
    ];
    let tags = [("type", "multipolygon"), ("name", "B")];
    let relations = vec![relation(1, &[(Way, 3, "outer"), (Way, 4, "inner"), (Node, 5, "label")], &tags)];
    file(style, &[nodes.collect(), ways, relations])
}

/// A file with a data blob around a block.
fn with_block(block: &Message) -> Vec<u8> {
    [header(&[]), frame("OSMData", &blob(Packing::Raw, &block.0))].concat()
}

#[test]
fn what_is_no_pbf_is_called_by_its_name() {
    for (start, what) in [
        (&b"<?xml version='1.0'?><osm/>"[..], "an XML file"),
        (b"\xef\xbb\xbf<osm version='0.6'>", "an XML file"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "a gzip file"),
        (b"BZh91AY&SY", "a bzip2 file"),
        (b"PK\x03\x04", "a zip file"),
        (b"\n<!DOCTYPE HTML><html><body>404 Not Found", "a web page"),
        (b"{\"error\": \"not found\"}", "a JSON file"),
        (b"version https://git-lfs.github.com/spec/v1", "a pointer of Git LFS"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"\xff\xe0\x04o5m2", "an .o5m file"),
        (&[0; 100], "a file of zeros"),
        (b"\0\0", "a file of zeros"),
        (b"\0\0\0\x0dabcdefghijklmnop", "an unknown kind of file"),
    ] {
        let error = message(start);
        assert!(error.contains(what) && error.contains("test.osm.pbf"), "{error}");
    }
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(matches!(read_file(folder.path(), &tight()), Err(ExtractError::Directory { .. })));
    assert!(matches!(read_file(Path::new("/no/such/file"), &tight()), Err(ExtractError::Open { .. })));
    assert!(message(&[]).contains("empty"));
}

#[test]
fn a_file_that_ends_early_says_where() {
    let whole = small(&Style::default());
    let error = message(&whole[..whole.len() - 1]);
    assert!(error.contains("blob at byte") && error.contains("ends 1 bytes too early"), "{error}");
    let no_frame = [&whole[..], &[0, 0]].concat();
    assert!(message(&no_frame).contains(&format!("blob at byte {}", whole.len())));
}

#[test]
fn sizes_are_checked_before_anything_is_allocated() {
    let long_header = [header(&[]), (64 * 1024 + 1u32).to_be_bytes().to_vec(), vec![0; 70_000]].concat();
    assert!(message(&long_header).contains("65537 bytes"));
    let long_blob = Message::default().bytes(1, b"OSMData").number(3, (32 << 20) + 1).0;
    let long_blob = [header(&[]), (long_blob.len() as u32).to_be_bytes().to_vec(), long_blob].concat();
    assert!(message(&long_blob).contains("33554433 bytes"));
    for size in [(32 << 20) + 1, i64::MAX, -1] {
        let bomb = Message::default().number(2, size).bytes(3, &[0; 10]).0;
        let error = message(&[header(&[]), frame("OSMData", &bomb)].concat());
        assert!(error.contains("the format allows 33554432"), "{error}");
    }
}

#[test]
fn a_blob_that_unpacks_to_another_size_is_refused() {
    for packing in [Packing::Zlib, Packing::Lz4] {
        let packed = blob(packing, &[7; 5000]);
        for size in [10, 4999, 5001] {
            // The size is the first field; another number in its place.
            let start = Message::default().number(2, 5000).0.len();
            let lying = [Message::default().number(2, size).0, packed[start..].to_vec()].concat();
            let error = message(&[header(&[]), frame("OSMData", &lying)].concat());
            assert!(error.contains(&format!("does not unpack to the {size} bytes")), "{error}");
        }
    }
}

#[test]
fn what_is_not_supported_is_named_with_its_mend() {
    for (field, name) in [(4, "LZMA"), (5, "bzip2"), (7, "Zstandard")] {
        let packed = Message::default().number(2, 10).bytes(field, b"something").0;
        let error = message(&[header(&[]), frame("OSMData", &packed)].concat());
        assert!(error.contains(name) && error.contains("osmium cat"), "{error}");
    }
    let error = message(&header(&["OsmSchema-V0.6", "TimeTravel"]));
    assert!(error.contains("'TimeTravel'") && error.contains("osmium cat"), "{error}");
}

#[test]
fn a_node_at_two_places_closes_no_ring() {
    let strings = ["", "building", "church"].iter().fold(Message::default(), |all, text| all.bytes(1, text.as_bytes()));
    let way = Message::default().number(1, 1).bytes(2, &[1]).bytes(3, &[2]);
    // Nodes 1, 2, 3, 1; the last latitude is one unit above the first.
    let way = way.bytes(8, &[2, 2, 2, 3]).bytes(9, &[2, 40, 40, 77]).bytes(10, &[2, 40, 0, 39]);
    let group = Message::default().bytes(3, &way.0);
    let (objects, _) = objects(&with_block(&Message::default().bytes(1, &strings.0).bytes(2, &group.0)));
    assert!(matches!(&objects[0].shape, Shape::Line(_)), "{objects:?}");
}

#[test]
fn unknown_blobs_are_skipped() {
    let mut bytes = header(&[]);
    bytes.extend(frame("OSMWeather", &[1, 2, 3]));
    bytes.extend(small(&Style::default()));
    assert_eq!(objects(&bytes).0.len(), objects(&small(&Style::default())).0.len());
}

#[test]
fn indices_outside_the_strings_are_errors() {
    let strings = Message::default().bytes(1, b"").bytes(1, b"shop").0;
    let group = |message: Message| Message::default().bytes(1, &strings).bytes(2, &message.0);
    let tagged = |keys: &[u8], values: &[u8]| Message::default().number(1, 2).bytes(2, keys).bytes(3, values);
    let plain = |message: Message| group(Message::default().bytes(1, &message.number(8, 0).number(9, 0).0));
    for (what, bytes) in [
        ("a value", with_block(&plain(tagged(&[1], &[9])))),
        ("a key", with_block(&plain(tagged(&[9], &[1])))),
        ("a way", with_block(&group(Message::default().bytes(3, &tagged(&[2], &[1]).0)))),
        (
            "a role",
            with_block(&group(
                Message::default().bytes(4, &tagged(&[1], &[1]).bytes(8, &[7]).bytes(9, &[2]).bytes(10, &[0]).0),
            )),
        ),
        (
            "a dense node",
            with_block(&group(
                Message::default()
                    .bytes(2, &Message::default().bytes(1, &[2]).bytes(8, &[0]).bytes(9, &[0]).bytes(10, &[5, 1, 0]).0),
            )),
        ),
    ] {
        let error = message(&bytes);
        assert!(error.contains("names a string that the blob does not have"), "{what}: {error}");
    }
    assert!(message(&with_block(&plain(tagged(&[1], &[])))).contains("more keys than values"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn cut_anywhere_it_is_an_error_or_a_shorter_extract(cut in 0.0..1.0f64, lz4: bool) {
        let style = Style { packing: if lz4 { Packing::Lz4 } else { Packing::Zlib }, ..Style::default() };
        let whole = small(&style);
        let cut = (whole.len() as f64 * cut) as usize;
        if let Ok((_, report)) = read_bytes(&whole[..cut], &tight()) {
            prop_assert_eq!(report.bytes, cut as u64);
        }
    }

    #[test]
    fn flipped_bytes_never_panic(
        flips in proptest::collection::vec((0.0..1.0f64, any::<u8>()), 1..6),
        dense: bool,
        locations: bool,
        wide: bool,
    ) {
        // Unpacked, so that the damage reaches the elements.
        let style = Style { packing: Packing::Raw, dense, locations, ..Style::default() };
        let mut bytes = small(&style);
        for (at, byte) in flips {
            let at = (bytes.len() as f64 * at) as usize;
            bytes[at] = byte;
        }
        let options = if wide { Options::default() } else { tight() };
        if let Ok((objects, report)) = read_bytes(&bytes, &options) {
            prop_assert_eq!(objects.len() as u64, report.kept.total());
        }
    }
}

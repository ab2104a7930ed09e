//! Nodes and ways in every form that writers give them.

use super::pbf::{Element, Packing, Style, blob, block, dated_header, file, frame, header, node, relation, usual, way};
use super::{find, objects, read_bytes};
use crate::osm::extract::{ExtractDate, ExtractError, Options, Reason};
use crate::osm::object::{BoxE7, Object, OsmKind, PointE7, Shape};
use std::fmt;

const SHOP: (&str, &str) = ("shop", "bakery");

/// A street, a square house and a shop.
fn village() -> Vec<Element> {
    vec![
        node(1, 482_000_000, 163_000_000, &[]),
        node(2, 482_000_000, 163_010_000, &[]),
        node(3, 482_010_000, 163_010_000, &[]),
        node(4, 482_010_000, 163_000_000, &[]),
        node(5, 482_005_000, 163_005_000, &[SHOP, ("name", "Bäckerei"), ("source", "survey")]),
        way(1, &[1, 2, 3], &[("highway", "residential"), ("name", "Hauptstraße")]),
        way(2, &[1, 2, 3, 4, 1], &[("building", "church"), ("name", "Dom")]),
        way(3, &[4, 1], &[]),
    ]
}

#[test]
fn every_way_of_writing_gives_the_same_objects() {
    let (plain, report) = objects(&usual(&village()));
    assert_eq!((report.kept.nodes, report.kept.ways, report.seen.ways, report.sorted), (1, 2, 3, true));
    let blobs = [village()];
    for packing in [Packing::Raw, Packing::Zlib, Packing::Lz4] {
        for dense in [true, false] {
            for locations in [true, false] {
                for (granularity, offset) in [(100, (0, 0)), (1, (7, -13)), (1000, (500_000, -2_000_000))] {
                    let style = Style { packing, dense, locations, granularity, offset };
                    assert_eq!(objects(&file(&style, &blobs)).0, plain, "{style:?}");
                }
            }
        }
    }
}

#[test]
fn shapes_follow_the_tags() {
    let (objects, report) = objects(&usual(&village()));
    let corner = |lat, lon| PointE7 { lat, lon };
    let shop = find(&objects, "n5");
    assert_eq!((&shop.shape, shop.at), (&Shape::Point, corner(482_005_000, 163_005_000)));
    let tags = vec![("shop".to_owned(), "bakery".to_owned()), ("name".to_owned(), "Bäckerei".to_owned())];
    assert_eq!(shop.tags, tags, "without the source");
    let street = find(&objects, "w1");
    assert!(matches!(&street.shape, Shape::Line(points) if points.len() == 3));
    let church = find(&objects, "w2");
    assert!(matches!(&church.shape, Shape::Area(polygons) if polygons.len() == 1 && polygons[0].outer.len() == 5));
    assert_eq!(church.at, corner(482_005_000, 163_005_000));
    let bounds = BoxE7 { south: 482_000_000, west: 163_000_000, north: 482_010_000, east: 163_010_000 };
    assert_eq!((church.bounds, report.bounds), (bounds, Some(bounds)));
}

#[test]
fn order_does_not_matter() {
    let (sorted, _) = objects(&usual(&village()));
    let mut backwards = village();
    backwards.reverse();
    let (mut found, report) = objects(&file(&Style::default(), &[backwards]));
    assert!(!report.sorted);
    found.sort_by_key(|object| object.id);
    assert_eq!(found, sorted);
    // Ways before nodes, each by ascending id, need no sorting, but are not the order of the format.
    let (mut ways, nodes): (Vec<_>, Vec<_>) = village().into_iter().partition(|element| element.kind == OsmKind::Way);
    ways.sort_by_key(|way| way.id);
    let (mut found, report) = objects(&file(&Style::default(), &[ways, nodes]));
    assert!(!report.sorted);
    found.sort_by_key(|object| object.id);
    assert_eq!(found, sorted);
}

#[test]
fn the_newest_version_counts_and_of_equal_ones_the_last() {
    let version = |version, name| Element { version, ..node(7, 10, 10, &[SHOP, ("name", name)]) };
    let street = |version, refs: &[i64]| Element { version, ..way(7, refs, &[("name", "A")]) };
    let here = node(1, 0, 0, &[]);
    let there = node(2, 0, 5000, &[]);
    let moved = Element { version: 2, ..node(2, 5000, 0, &[]) };
    let blobs = [
        vec![here, moved, there, version(2, "new"), version(1, "old")],
        vec![version(2, "newest"), street(3, &[1, 2]), street(2, &[1])],
    ];
    let (objects, report) = objects(&file(&Style::default(), &blobs));
    assert_eq!(objects.len(), 2);
    assert_eq!(find(&objects, "n7").tags[1].1, "newest");
    assert_eq!(find(&objects, "w7").bounds.north, 5000, "the newer place of the node");
    assert_eq!(report.count(Reason::Superseded), 4);
}

#[test]
fn what_a_history_deletes_is_gone() {
    let gone = Element { version: 2, visible: false, ..node(1, 0, 0, &[]) };
    let back = Element { version: 3, ..node(2, 0, 0, &[SHOP]) };
    let between = Element { version: 2, visible: false, ..node(2, 0, 0, &[]) };
    let only = Element { visible: false, ..node(3, 0, 0, &[SHOP]) };
    let shop = |id| node(id, 0, 0, &[SHOP]);
    for dense in [true, false] {
        let blobs = [vec![shop(1), gone.clone(), shop(2), between.clone(), back.clone(), only.clone()]];
        let (objects, report) = objects(&file(&Style { dense, ..Style::default() }, &blobs));
        assert_eq!(objects.iter().map(|object| object.id.to_string()).collect::<Vec<_>>(), ["n2"]);
        assert_eq!(report.count(Reason::Deleted), 3);
    }
}

#[test]
fn ids_may_be_huge_or_negative() {
    let ids = [-3_600_000_000_000_000, -5, 3, 3_600_000_000_000_000];
    let mut elements: Vec<_> = ids.iter().map(|id| node(*id, *id % 1000, 5, &[SHOP])).collect();
    elements.extend(ids.map(|id| way(id, &ids, &[("name", "A")])));
    elements.push(node(i64::MAX, 0, 0, &[SHOP]));
    let (objects, report) = objects(&usual(&elements));
    assert_eq!((objects.len(), report.sorted), (8, true));
    assert_eq!(find(&objects, "n-3600000000000000").id.number, ids[0]);
    assert_eq!(report.count(Reason::IdOutOfRange), 1);
}

#[test]
fn what_has_no_place_is_counted() {
    let (objects, report) = objects(&usual(&[
        node(1, 900_000_001, 0, &[SHOP]),
        node(2, 0, -1_800_000_001, &[SHOP]),
        node(3, 900_000_000, 1_800_000_000, &[SHOP]),
        node(4, 0, 0, &[]),
        way(1, &[50, 51], &[("name", "nowhere")]),
        way(2, &[50, 4], &[("name", "one node")]),
        way(3, &[], &[("name", "nothing")]),
        way(4, &[3, 4, 1, 3], &[("building", "church"), ("name", "cut")]),
    ]));
    assert_eq!(objects.iter().map(|object| object.id.to_string()).collect::<Vec<_>>(), ["n3", "w2", "w4"]);
    let count = |reason| report.count(reason);
    assert_eq!((count(Reason::OutOfRange), count(Reason::NoNodes), count(Reason::NodesMissing)), (2, 2, 2));
    assert!(matches!(find(&objects, "w4").shape, Shape::Line(_)), "an outline with a gap is none");
    assert_eq!(report.tallies[0].ids.iter().map(ToString::to_string).collect::<Vec<_>>(), ["n1", "n2"]);
}

#[test]
fn texts_are_cut_and_keys_are_unique() {
    let long = "ä".repeat(1_000_000);
    let shop = node(1, 0, 0, &[SHOP, ("name", &long), ("name", "other"), ("note", "dropped")]);
    let (objects, report) = objects(&usual(&[shop]));
    let tags = &objects[0].tags;
    assert_eq!(tags.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["shop", "name"]);
    assert_eq!(tags[1].1, "ä".repeat(2048));
    assert_eq!((report.count(Reason::ValueCut), report.count(Reason::KeyTwice)), (1, 1));
}

#[test]
fn a_straight_road_needs_two_points() {
    let nodes = (0..100).map(|i| node(i, i * 1000, i * 1000, &[]));
    let road = way(1, &(0..100).collect::<Vec<_>>(), &[("highway", "primary")]);
    let (objects, _) = objects(&usual(&nodes.chain([road]).collect::<Vec<_>>()));
    assert!(matches!(&objects[0].shape, Shape::Line(points) if points.len() == 2));
    assert_eq!(objects[0].at, PointE7 { lat: 49_500, lon: 49_500 });
}

#[test]
fn the_report_says_when_and_by_whom() {
    let changed = |id, changed_s| Element { changed_s, ..node(id, 0, 0, &[]) };
    let bytes = usual(&[changed(1, 1_400_000_000), changed(2, 1_500_000_000), changed(3, 1_300_000_000)]);
    let (_, report) = objects(&bytes);
    assert_eq!(report.date, Some(ExtractDate { unix_s: 1_500_000_000, of_newest_object: true }));
    assert_eq!((report.writer.as_deref(), report.bytes), (Some("a test"), bytes.len() as u64));
    use sha2::{Digest, Sha256};
    let sum: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(report.sha256, sum);
}

#[test]
fn the_box_of_the_header_is_checked_and_its_time_goes_first() {
    let degree = 1_000_000_000;
    let nodes = [changed(1, 490_000_000, 86_000_000), changed(2, 495_000_000, 88_000_000)];
    let data = frame("OSMData", &blob(Packing::Raw, &block(&Style::default(), &nodes, &[])));
    for (bounds, wrong) in [
        ([8 * degree, 9 * degree, 50 * degree, 49 * degree], false),
        ([0, 180 * degree, 90 * degree, 0], true),
        ([-9 * degree, -8 * degree, 50 * degree, 49 * degree], true),
        ([9 * degree, 8 * degree, 50 * degree, 49 * degree], true),
        ([0, 999 * degree, 50 * degree, 49 * degree], true),
    ] {
        let (_, report) = objects(&[dated_header(bounds, 1_600_000_000), data.clone()].concat());
        assert_eq!(report.header_bounds_wrong, wrong, "{bounds:?}");
        assert_eq!(report.date, Some(ExtractDate { unix_s: 1_600_000_000, of_newest_object: false }));
    }
}

/// A node that was changed lately.
fn changed(id: i64, lat: i64, lon: i64) -> Element {
    Element { changed_s: 1_700_000_000, ..node(id, lat, lon, &[]) }
}

#[test]
fn many_blobs_come_in_order() {
    let blobs: Vec<Vec<Element>> = (0..200).map(|i| vec![node(i, i, i, &[SHOP]), relation(i, &[], &[])]).collect();
    let (objects, _) = objects(&file(&Style::default(), &blobs));
    assert!(objects.len() == 200 && objects.is_sorted_by_key(|object| object.id));
}

#[test]
fn an_extract_without_objects_is_no_error() {
    let (objects, report) = objects(&header(&["OsmSchema-V0.6"]));
    assert_eq!((objects.len(), report.seen.total(), report.bounds), (0, 0, None));
}

#[derive(Debug)]
struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no room")
    }
}

impl std::error::Error for Full {}

#[test]
fn the_first_error_of_the_taker_ends_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("test.osm.pbf");
    let blobs: Vec<Vec<Element>> = (0..50).map(|i| vec![node(i, i, i, &[SHOP])]).collect();
    std::fs::write(&path, file(&Style::default(), &blobs)).expect("room");
    let mut taken = 0;
    let ended = crate::osm::extract::read(&path, &Options::default(), &mut |_| {}, &mut |_: Object| {
        taken += 1;
        if taken == 10 { Err(Full) } else { Ok(()) }
    });
    assert!(matches!(ended, Err(ExtractError::Sink(error)) if error.to_string() == "no room"));
    assert_eq!(taken, 10);
    assert!(read_bytes(&[], &Options::default()).is_err());
}

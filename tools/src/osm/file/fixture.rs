//! A file of each format that was ever released stays readable: `tools/tests/data/format-1.navosm`.
//!
//! The objects are invented. The fixture was written by
//! `NAVIG_TEST_WRITE_FIXTURE=1 cargo test --release -p navig-tools osm::file::fixture -- --ignored`, which is run again
//! only before a format is released.

use super::*;
use crate::osm::names::NameHow;
use crate::osm::object::{BoxE7, Object, OsmId, PointE7, Polygon, Shape};
use std::path::{Path, PathBuf};

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/format-1.navosm")
}

fn at(lat: i32, lon: i32) -> PointE7 {
    PointE7 { lat, lon }
}

fn object(id: &str, version: u32, at: PointE7, shape: Shape, tags: &[(&str, &str)]) -> Object {
    let bounds = match &shape {
        Shape::Point => at.into(),
        Shape::Line(line) => BoxE7::around(line.iter().copied()).expect("points"),
        Shape::Area(parts) => BoxE7::around(parts.iter().flat_map(|p| p.outer.iter().copied())).expect("points"),
        Shape::Scattered => BoxE7 { south: at.lat - 5_000, west: at.lon - 7_000, north: at.lat + 1, east: at.lon },
    };
    let tags = tags.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
    Object { id: id.parse().expect("an id"), version, at, bounds, shape, tags }
}

/// A village of one district and a street of houses, enough for several blocks of each column.
fn village() -> Vec<Object> {
    let ring = |south, west, north, east| {
        vec![at(south, west), at(south, east), at(north, east), at(north, west), at(south, west)]
    };
    let district = Polygon {
        outer: ring(481_000_000, 161_000_000, 482_000_000, 163_000_000),
        holes: vec![ring(481_500_000, 161_500_000, 481_600_000, 161_600_000)],
    };
    let island = Polygon { outer: ring(483_000_000, 161_000_000, 483_100_000, 161_100_000), holes: Vec::new() };
    let main_street = Shape::Line((0..8).map(|i| at(481_200_000 + i * 900, 161_200_000 + i * 1_300)).collect());
    let mut village = vec![
        object(
            "r7",
            12,
            at(481_000_001, 161_000_001),
            Shape::Area(vec![district, island]),
            &[("boundary", "administrative"), ("admin_level", "9"), ("name", "Musterbezirk")],
        ),
        object(
            "w3600000000000001",
            3,
            at(481_203_600, 161_205_200),
            main_street,
            &[("highway", "residential"), ("name", "Erfundene Straße"), ("name:en", "Invented Street")],
        ),
        object(
            "n-5",
            0,
            at(481_201_000, 161_201_000),
            Shape::Point,
            &[("amenity", "cafe"), ("name", "Café Nirgendwo"), ("brand", "Nirgendwo")],
        ),
        object("r8", u32::MAX, at(-339_000_000, -1_790_000_000), Shape::Scattered, &[("route", "bus"), ("ref", "13A")]),
        object("n9", 1, at(900_000_000, 1_800_000_000), Shape::Point, &[]),
    ];
    village.extend((1..=60).map(|number| {
        let place = at(481_200_100 + number * 120, 161_200_000 + number * 170);
        let tags = [("addr:housenumber", &*number.to_string()), ("building", "yes")];
        object(&format!("n{}", 1_000 + number), 1, place, Shape::Point, &tags)
    }));
    village
}

#[test]
fn format_1_stays_readable() {
    let map = Map::open(&fixture()).expect("format 1 is read for ever");
    map.verify().expect("whole");
    let (meta, village) = (map.meta(), village());
    assert_eq!((meta.source.as_str(), meta.source_bytes), ("village.osm.pbf", 1234));
    assert_eq!(meta.extract_date.as_deref(), Some("2024-02-29T12:00:00Z"));
    assert_eq!(meta.counts["nodes-read"], 62);
    assert_eq!(meta.skipped["no-nodes"], 1);
    assert_eq!(meta.attribution, ATTRIBUTION);
    let b = meta.bounds().expect("objects");
    assert_eq!((b.south, b.west, b.north, b.east), (-339_005_000, -1_790_007_000, 900_000_000, 1_800_000_000));
    assert_eq!(map.len() as usize, village.len());
    for object in &village {
        let row = map.find(object.id).expect("it is there");
        let item = map.object(row);
        assert_eq!(
            (item.id, item.version, item.at, item.bounds),
            (object.id, object.version, object.at, object.bounds)
        );
        assert_eq!(map.shape(row), object.shape);
        let tags: Vec<_> = map.tags(row).collect();
        assert_eq!(tags.len(), object.tags.len());
        assert!(object.tags.iter().all(|(key, value)| tags.contains(&(key, value))));
    }
    let row = |id: &str| map.find(id.parse::<OsmId>().expect("an id")).expect("it is there");
    assert_eq!(map.with_tag("building", None).len(), 60);
    assert_eq!(map.with_tag("building", Some("yes")).count(), 60);
    assert_eq!(map.with_tag("addr:housenumber", Some("13")).collect::<Vec<_>>(), [row("n1013")]);
    assert_eq!(map.with_tag("name", None).len(), 3);
    assert_eq!(map.values("highway").collect::<Vec<_>>(), [("residential", 1)]);
    assert_eq!(map.areas_at(at(481_200_000, 161_200_000)), [(9, row("r7"))]);
    assert_eq!(map.areas_at(at(481_550_000, 161_550_000)), []);
    assert_eq!(map.in_box(BoxE7::from(at(900_000_000, 1_800_000_000))).collect::<Vec<_>>(), [row("n9")]);
    let near: Vec<_> = map.near(at(481_201_000, 161_201_000), 1.0).map(|(row, _)| row).collect();
    assert!(near.contains(&row("n-5")) && near.contains(&row("r7")));
    let names = map.names();
    let named = |text, how| names.find(text, how, 3).first().map(|hit| hit.text.clone());
    assert_eq!(named("Café Nirgendwo", NameHow::Exact).as_deref(), Some("Café Nirgendwo"));
    assert_eq!(named("Invented Stret", NameHow::Read).as_deref(), Some("Invented Street"));
}

#[test]
#[ignore = "writes the fixture anew"]
fn write_fixture() {
    if std::env::var_os("NAVIG_TEST_WRITE_FIXTURE").is_none() {
        return;
    }
    let mut writer = Writer::create(&fixture(), &WriterOptions::default()).expect("a folder");
    village().iter().for_each(|object| writer.push(object).expect("room"));
    let meta = Meta {
        source: "village.osm.pbf".to_owned(),
        source_sha256: "00".repeat(32),
        source_bytes: 1234,
        extract_date: Some("2024-02-29T12:00:00Z".to_owned()),
        writing_program: Some("invented".to_owned()),
        counts: [("nodes-read".to_owned(), 62)].into(),
        skipped: [("no-nodes".to_owned(), 1)].into(),
        attribution: ATTRIBUTION.to_owned(),
        ..Meta::default()
    };
    writer.finish(meta).expect("room");
}

//! What is written reads back.

use super::*;
use crate::osm::names::NameHow;
use crate::osm::object::{BoxE7, Object, OsmId, OsmKind, PointE7, Polygon, Shape};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::path::Path;

fn point() -> impl Strategy<Value = PointE7> {
    // Mostly near each other, as objects of an extract are.
    prop_oneof![
        (-900_000_000..=900_000_000i32, -1_800_000_000..=1_800_000_000i32),
        (480_000_000..480_100_000i32, 160_000_000..160_100_000i32),
    ]
    .prop_map(|(lat, lon)| PointE7 { lat, lon })
}

fn ring() -> impl Strategy<Value = Vec<PointE7>> {
    prop::collection::vec(point(), 3..8).prop_map(|mut ring| {
        ring.push(ring[0]);
        ring
    })
}

fn shape() -> impl Strategy<Value = Shape> {
    let polygon = (ring(), prop::collection::vec(ring(), 0..3)).prop_map(|(outer, holes)| Polygon { outer, holes });
    prop_oneof![
        2 => Just(Shape::Point),
        2 => prop::collection::vec(point(), 2..10).prop_map(Shape::Line),
        1 => prop::collection::vec(polygon, 1..3).prop_map(Shape::Area),
        1 => Just(Shape::Scattered),
    ]
}

fn tags() -> impl Strategy<Value = Vec<(String, String)>> {
    let key =
        prop_oneof!["[a-d]", Just("boundary".to_owned()), Just("admin_level".to_owned()), Just("name".to_owned())];
    let value = prop_oneof![Just("yes".to_owned()), Just("administrative".to_owned()), "[0-9]", "\\PC{0,6}"];
    prop::collection::btree_map(key, value, 0..6).prop_map(|tags| tags.into_iter().collect())
}

/// Objects of different ids.
pub(super) fn objects(most: usize) -> impl Strategy<Value = Vec<Object>> {
    let id = (0u64..3, prop_oneof![-1000..1000i64, -(1i64 << 60)..(1i64 << 60)]);
    let object = (id, any::<u32>(), point(), point(), shape(), tags());
    prop::collection::vec(object, 0..most).prop_map(|all| {
        let mut seen = BTreeSet::new();
        let object = |((kind, number), version, at, other, shape, tags)| Object {
            id: OsmId::from_bits((number as u64) << 2 | kind).expect("a kind"),
            version,
            at,
            bounds: BoxE7::from(at).union(if matches!(shape, Shape::Point) { at } else { other }.into()),
            shape,
            tags,
        };
        all.into_iter().map(object).filter(|object| seen.insert(object.id)).collect()
    })
}

fn write(path: &Path, objects: &[Object], memory_bytes: usize) -> Summary {
    let options = WriterOptions { memory_bytes, temp_dir: None };
    let mut writer = Writer::create(path, &options).expect("a folder");
    objects.iter().for_each(|object| writer.push(object).expect("room"));
    let meta = Meta { source: "invented.osm.pbf".to_owned(), attribution: ATTRIBUTION.to_owned(), ..Meta::default() };
    writer.finish(meta).expect("room")
}

/// The bytes of an index.
pub(super) fn index(objects: &[Object], memory_bytes: usize) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.navosm");
    write(&path, objects, memory_bytes);
    assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 1, "nothing else is left");
    std::fs::read(&path).expect("readable")
}

fn meets(a: BoxE7, b: BoxE7) -> bool {
    a.south <= b.north && b.south <= a.north && a.west <= b.east && b.west <= a.east
}

/// Several threads may ask one index.
const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<Map>();
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn objects_come_back(objects in objects(150), corner in point(), other in point(), memory in 0usize..100_000) {
        let map = Map::from_bytes("test", &index(&objects, memory)).expect("sound");
        map.verify().expect("sound");
        prop_assert_eq!(map.len() as usize, objects.len());
        let mut rows_of: BTreeMap<(&str, Option<&str>), Vec<Row>> = BTreeMap::new();
        let mut by_id = BTreeMap::new();
        for row in (0..map.len()).map(Row) {
            by_id.insert(map.id(row), row);
        }
        let mut met = BTreeSet::new();
        let within = BoxE7::from(corner).union(other.into());
        for object in &objects {
            let row = by_id[&object.id];
            prop_assert_eq!(map.find(object.id), Some(row));
            let item = map.object(row);
            prop_assert_eq!((item.id, item.version, item.at, item.bounds), (object.id, object.version, object.at, object.bounds));
            prop_assert_eq!(&map.shape(row), &object.shape);
            let mut tags: Vec<(&str, &str)> = object.tags.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            tags.sort_unstable();
            prop_assert_eq!(map.tags(row).collect::<Vec<_>>(), tags.clone());
            for (key, value) in tags {
                prop_assert_eq!(map.tag(row, key), Some(value));
                rows_of.entry((key, None)).or_default().push(row);
                rows_of.entry((key, Some(value))).or_default().push(row);
            }
            if meets(object.bounds, within) {
                met.insert(row);
            }
        }
        prop_assert_eq!(map.in_box(within).collect::<Vec<_>>(), met.into_iter().collect::<Vec<_>>());
        for ((key, value), rows) in &mut rows_of {
            rows.sort_unstable();
            let found = map.with_tag(key, *value);
            prop_assert_eq!(found.len(), rows.len());
            prop_assert_eq!(&found.collect::<Vec<_>>(), rows);
        }
        let keys: Vec<(&str, u32)> =
            rows_of.iter().filter(|((_, value), _)| value.is_none()).map(|((key, _), rows)| (*key, rows.len() as u32)).collect();
        prop_assert_eq!(map.keys().collect::<Vec<_>>(), keys.clone());
        for (key, _) in keys {
            let values: Vec<(&str, u32)> = rows_of.iter()
                .filter_map(|((k, value), rows)| (*k == key).then_some(((*value)?, rows.len() as u32))).collect();
            prop_assert_eq!(map.values(key).collect::<Vec<_>>(), values);
        }
        prop_assert_eq!(map.with_tag("no such key", None).count(), 0);
        prop_assert_eq!(map.with_tag("a", Some("no such value")).count(), 0);
    }

    #[test]
    fn the_order_and_the_memory_change_nothing(mut objects in objects(100), memory in 0usize..50_000) {
        let bytes = index(&objects, 1 << 30);
        objects.reverse();
        prop_assert!(index(&objects, memory) == bytes);
    }
}

/// Asks an index everything.
fn ask_all(map: &Map, at: PointE7) {
    let rows = (0..map.len().min(1_000)).chain([map.len(), u32::MAX]);
    for row in rows.map(Row) {
        let item = map.object(row);
        assert_eq!((item.id, item.at, item.bounds), (map.id(row), map.at(row), map.bounds(row)));
        black_box((map.shape(row), map.metres(row, at), map.holds(row, at)));
        map.tags(row)
            .for_each(|(key, _)| assert!(black_box(map.tag(row, key)).is_none_or(|value| value.len() < 1 << 20)));
    }
    for (key, _) in map.keys() {
        assert!(map.with_tag(key, None).all(|row| row.0 < map.len()));
        for (value, _) in map.values(key).take(1_000) {
            assert!(map.with_tag(key, Some(value)).all(|row| row.0 < map.len()));
        }
    }
    let world = BoxE7 { south: i32::MIN, west: i32::MIN, north: i32::MAX, east: i32::MAX };
    assert!(map.in_box(world).all(|row| row.0 < map.len()));
    assert!(map.near(at, 1e5).all(|(row, metres)| row.0 < map.len() && metres <= 1e5));
    black_box(map.areas_at(at));
    map.areas().for_each(|(_, row)| drop(map.shape(row)));
    let names = map.names();
    for how in [NameHow::Exact, NameHow::Prefix, NameHow::Part, NameHow::Read] {
        black_box(names.find("abc", how, 5));
    }
    black_box(map.find(OsmId { kind: OsmKind::Node, number: 1 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_damaged_file_gives_an_error_or_answers(
        objects in objects(60),
        at in point(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 1..12),
    ) {
        let sound = index(&objects, 1 << 30);
        let mut bytes = sound.clone();
        for (place, value, in_columns) in flips {
            // Half of the damage lies behind the header, whose checksum else hides the columns from the test.
            let from = if in_columns { layout::HEADER_BYTES } else { 0 };
            let place = from + place.index(bytes.len() - from);
            bytes[place] = value;
        }
        match Map::from_bytes("test", &bytes) {
            Ok(map) => {
                prop_assert!(bytes == sound || map.verify().is_err() || only_padding(&map, &bytes, &sound));
                ask_all(&map, at);
            }
            Err(error) => prop_assert!(error.to_string().starts_with("test: ")),
        }
    }

    #[test]
    fn columns_may_hold_anything(objects in objects(60), at in point(), seed in any::<u64>()) {
        // Every byte behind the header and before the metadata's end may be wrong; the columns come after it.
        let mut bytes = index(&objects, 1 << 30);
        let map = Map::from_bytes("test", &bytes).expect("sound");
        let from = map.layout().range(Section::Tree).start;
        let mut state = seed | 1;
        for byte in &mut bytes[from..] {
            // Xorshift (Marsaglia, 2003): one in sixteen bytes changes.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            if state & 15 == 0 {
                *byte = (state >> 8) as u8;
            }
        }
        ask_all(&Map::from_bytes("test", &bytes).expect("header and metadata are whole"), at);
    }

    #[test]
    fn what_is_near_is_what_lies_in_reach(objects in objects(80), at in point(), metres in 0.0..30_000.0f64) {
        let map = Map::from_bytes("test", &index(&objects, 1 << 30)).expect("sound");
        let mut near: Vec<_> = map.near(at, metres).collect();
        near.sort_by_key(|&(row, _)| row);
        let all: Vec<_> = (0..map.len()).map(|row| (Row(row), map.metres(Row(row), at))).filter(|&(_, far)| far <= metres).collect();
        // Shapes that leave their boxes, which no extract has, are found by the part inside.
        prop_assert!(near.iter().all(|hit| all.contains(hit)));
        for (row, far) in all {
            let honest = match map.shape(row) {
                Shape::Point | Shape::Scattered => true,
                Shape::Line(line) => line.iter().all(|&p| map.bounds(row).contains(p)),
                Shape::Area(parts) => {
                    let rings = parts.iter().flat_map(|part| part.holes.iter().chain([&part.outer]));
                    rings.flatten().all(|&p| map.bounds(row).contains(p))
                }
            };
            prop_assert!(!honest || near.contains(&(row, far)), "row {:?} at {} m", row, far);
        }
    }
}

/// Whether all differences lie between sections.
fn only_padding(map: &Map, bytes: &[u8], sound: &[u8]) -> bool {
    let within = |at: usize| {
        let inside = |entry: &layout::Entry| map.layout().range(entry.section).contains(&at);
        at < layout::HEADER_BYTES - 8 || map.layout().entries.iter().any(inside)
    };
    (0..bytes.len()).all(|at| bytes[at] == sound[at] || !within(at))
}

fn square(lat: i32, lon: i32, half: i32) -> Vec<PointE7> {
    let corner = |y, x| PointE7 { lat: lat + y * half, lon: lon + x * half };
    vec![corner(-1, -1), corner(-1, 1), corner(1, 1), corner(1, -1), corner(-1, -1)]
}

fn area(number: i64, level: &str, polygons: Vec<Polygon>) -> Object {
    let bounds = BoxE7::around(polygons.iter().flat_map(|p| p.outer.iter().copied())).expect("a ring");
    let tags = [("boundary", "administrative"), ("admin_level", level)];
    Object {
        id: OsmId { kind: OsmKind::Relation, number },
        version: 1,
        at: polygons[0].outer[0],
        bounds,
        shape: Shape::Area(polygons),
        tags: tags.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec(),
    }
}

#[test]
fn areas_hold_what_lies_in_them_but_not_in_their_holes() {
    let (lat, lon) = (480_000_000, 160_000_000);
    let whole = |half| vec![Polygon { outer: square(lat, lon, half), holes: Vec::new() }];
    let holed = Polygon { outer: square(lat, lon, 30_000), holes: vec![square(lat, lon, 10_000)] };
    let far = Polygon { outer: square(lat + 50_000, lon, 5_000), holes: Vec::new() };
    let mut road = area(9, "2", whole(40_000));
    road.tags.remove(0);
    let objects = [
        area(1, "8", vec![holed, far]),
        area(2, "2", whole(100_000)),
        area(3, "8", whole(50_000)),
        road,
        area(4, "x", whole(9)),
    ];
    let map = Map::from_bytes("test", &index(&objects, 1 << 30)).expect("sound");
    let at = |north: i32| {
        let holding = map.areas_at(PointE7 { lat: lat + north, lon });
        holding.into_iter().map(|(level, row)| (level, map.id(row).number)).collect::<Vec<_>>()
    };
    assert_eq!(map.areas().count(), 3);
    assert_eq!(at(0), [(2, 2), (8, 3)], "in the hole");
    assert_eq!(at(20_000), [(2, 2), (8, 3), (8, 1)], "the widest first");
    assert_eq!(at(30_000), [(2, 2), (8, 3), (8, 1)], "on the edge");
    assert_eq!(at(10_000), [(2, 2), (8, 3), (8, 1)], "on the edge of the hole");
    assert_eq!(at(51_000), [(2, 2), (8, 1)], "the other part");
    assert_eq!(at(300_000), []);
    let row = map.find(OsmId { kind: OsmKind::Relation, number: 1 }).expect("it is there");
    assert_eq!(map.metres(row, PointE7 { lat: lat + 20_000, lon }), 0.0);
    // The hole's edge is 10,000 units of 1e-7 degrees away, about 111 m.
    let to_edge = map.metres(row, PointE7 { lat, lon });
    assert!((to_edge - 74.4).abs() < 0.2, "{to_edge} m to the nearer edge, which is west or east");
}

#[test]
fn distances_go_across_the_antimeridian() {
    let point = |number, lon| Object {
        id: OsmId { kind: OsmKind::Node, number },
        version: 0,
        at: PointE7 { lat: -170_000_000, lon },
        bounds: PointE7 { lat: -170_000_000, lon }.into(),
        shape: Shape::Point,
        tags: Vec::new(),
    };
    let objects = [point(1, 1_799_990_000), point(2, -1_799_990_000), point(3, 0), point(4, 1_800_000_000)];
    let map = Map::from_bytes("test", &index(&objects, 1 << 30)).expect("sound");
    let mut near: Vec<_> =
        map.near(objects[0].at, 300.0).map(|(row, metres)| (map.id(row).number, metres.round())).collect();
    near.sort_by_key(|hit| hit.0);
    assert_eq!(near, [(1, 0.0), (2, 213.0), (4, 106.0)]);
}

#[test]
fn an_index_of_nothing_answers_nothing() {
    let map = Map::from_bytes("test", &index(&[], 1 << 30)).expect("sound");
    map.verify().expect("sound");
    assert!(map.is_empty() && map.meta().bounds().is_none());
    ask_all(&map, PointE7 { lat: 0, lon: 0 });
}

pub(super) fn node(number: i64) -> Object {
    Object {
        id: OsmId { kind: OsmKind::Node, number },
        version: 1,
        at: PointE7 { lat: 0, lon: number as i32 },
        bounds: PointE7 { lat: 0, lon: number as i32 }.into(),
        shape: Shape::Point,
        tags: vec![("name".to_owned(), format!("Place {number}"))],
    }
}

#[test]
fn what_is_no_index_is_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.navosm");
    let bytes = index(&[node(1)], 1 << 30);
    let open = |bytes: &[u8]| {
        std::fs::write(&path, bytes).expect("written");
        Map::open(&path).map(|map| map.len()).map_err(|error| {
            assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
            error
        })
    };
    assert!(matches!(open(&bytes), Ok(1)));
    assert!(matches!(open(&[]), Err(MapError::NotAMap { .. })));
    assert!(matches!(open(b"navosm\r\n"), Err(MapError::Damaged { .. })));
    assert!(matches!(open(&[b'x'; 5_000]), Err(MapError::NotAMap { .. })));
    assert!(matches!(open(&[0; 5_000]), Err(MapError::NotAMap { .. })), "as a killed process leaves it");
    assert!(matches!(open(&bytes[..bytes.len() - 1]), Err(MapError::Length { .. })));
    assert!(matches!(open(&bytes[..100]), Err(MapError::Damaged { .. })));
    let mut other = bytes.clone();
    other[8] = 2;
    assert!(matches!(open(&other), Err(MapError::Version { found: 2, .. })));
    other[8] = 0;
    let error = open(&other).expect_err("format 0").to_string();
    assert!(error.contains("navig index osm"), "{error}");
    let mut other = bytes.clone();
    other[40] ^= 1;
    assert!(matches!(open(&other), Err(MapError::Damaged { section, .. }) if section == "header"));
    let mut other = bytes.clone();
    let meta = Map::from_bytes("test", &bytes).expect("sound").layout().range(Section::Meta);
    other[meta.start + 3] ^= 1;
    assert!(matches!(open(&other), Err(MapError::Damaged { section, .. }) if section == "Meta"));
    assert!(matches!(Map::open(folder.path()), Err(MapError::Folder { .. })));
    assert!(matches!(Map::open(&folder.path().join("b.navosm")), Err(MapError::Unreadable { .. })));
}

#[test]
fn one_process_writes_an_index_and_leftovers_go() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.navosm");
    std::fs::write(folder.path().join("old.navosm.part"), "left by a killed process").expect("written");
    std::fs::write(folder.path().join("mine.part"), "not of navig").expect("written");
    let options = WriterOptions::default();
    let writer = Writer::create(&path, &options).expect("a folder");
    assert!(matches!(Writer::create(&path, &options), Err(MapError::Busy { .. })));
    // Another index may grow beside it.
    drop(Writer::create(&folder.path().join("b.navosm"), &options).expect("a folder"));
    let files = || {
        let names = std::fs::read_dir(folder.path()).expect("readable").map(|file| file.expect("a file").file_name());
        names.map(|name| name.into_string().expect("a name")).collect::<BTreeSet<_>>()
    };
    assert_eq!(files(), ["a.navosm.part", "mine.part"].map(str::to_owned).into());
    assert!(matches!(Map::open(&folder.path().join("a.navosm.part")), Err(MapError::NotAMap { .. })));
    drop(writer);
    assert_eq!(files(), ["mine.part"].map(str::to_owned).into());
    assert!(matches!(Writer::create(folder.path(), &options), Err(MapError::Folder { .. })));
    let nowhere = Writer::create(&folder.path().join("no/such/folder/a.navosm"), &options);
    assert!(matches!(nowhere, Err(MapError::Unwritable { .. })));
}

#[test]
fn an_open_index_outlives_its_replacement() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.navosm");
    write(&path, &[node(1)], 1 << 30);
    let before = Map::open(&path).expect("sound");
    write(&path, &[node(2), node(3)], 1 << 30);
    assert_eq!((before.len(), before.id(Row(0)).number), (1, 1));
    before.verify().expect("sound");
    assert_eq!(Map::open(&path).expect("sound").len(), 2);
}

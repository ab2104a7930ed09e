//! What is written reads back.

use super::*;
use crate::osm::object::{BoxE7, Object, OsmId, PointE7, Polygon, Shape};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
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

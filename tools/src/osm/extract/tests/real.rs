//! Real extracts, where they are there, against the crate `osmpbf`.

use super::{Options, read_file};
use crate::osm::features;
use crate::osm::object::{OsmId, OsmKind, Shape};
use osmpbf::{Element, ElementReader};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The folder of real extracts; nothing, and a remark, where there is none.
fn extracts() -> Option<PathBuf> {
    let data = std::env::var_os("NAVIG_TEST_DATA").map(PathBuf::from);
    let data = data.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"));
    let folder = data.join("osm");
    if folder.is_dir() {
        return Some(folder);
    }
    let _ = std::io::Write::write_all(&mut std::io::stderr(), b"skipped: no folder of real extracts\n");
    None
}

/// Ids and versions of what is kept, as another reader sees it.
fn peer(path: &Path) -> BTreeSet<OsmId> {
    let mut ids = BTreeSet::new();
    let mut add = |kind, number, keep| {
        if keep {
            ids.insert(OsmId { kind, number });
        }
    };
    let reader = ElementReader::from_path(path).expect("readable");
    let read = reader.for_each(|element| match element {
        Element::Node(node) => add(OsmKind::Node, node.id(), features::keep(OsmKind::Node, node.tags())),
        Element::DenseNode(node) => add(OsmKind::Node, node.id(), features::keep(OsmKind::Node, node.tags())),
        Element::Way(way) => add(OsmKind::Way, way.id(), features::keep(OsmKind::Way, way.tags())),
        Element::Relation(relation) => {
            add(OsmKind::Relation, relation.id(), features::keep(OsmKind::Relation, relation.tags()));
        }
    });
    read.expect("a good extract");
    ids
}

#[test]
fn another_reader_keeps_the_same_objects() {
    let Some(folder) = extracts() else { return };
    for name in ["original/monaco_2026", "original/baltimore", "original/almaty_2012", "converted/moscow_north_2013"] {
        let path = folder.join(format!("{name}.osm.pbf"));
        let (objects, report) = read_file(&path, &Options::default()).expect("a good extract");
        let mut ids: BTreeSet<OsmId> = objects.iter().map(|object| object.id).collect();
        assert_eq!(ids.len(), objects.len(), "{name}: each once");
        let left_out = report.tallies.iter().filter(|tally| tally.reason.left_out());
        ids.extend(left_out.flat_map(|tally| &tally.ids));
        assert_eq!(ids, peer(&path), "{name}");
    }
}

#[test]
fn lz4_wrong_boxes_and_huge_ids_are_read() {
    let Some(folder) = extracts() else { return };
    let read = |name: &str| read_file(&folder.join("original").join(name), &Options::default()).expect("readable");
    let (objects, report) = read("monaco_2021_lz4.osm.pbf");
    assert!(objects.len() > 4000 && report.administrative.0 > 0);
    let (_, report) = read("heidelberg.osm.pbf");
    assert!(report.header_bounds_wrong);
    let (objects, report) = read("bahamas_2015.osm.pbf");
    assert!(report.sorted && objects.iter().any(|object| object.id.number > 3_000_000_000_000_000));
    let (objects, _) = read("tokyo_nodes_only.osm.pbf");
    assert!(objects.len() > 5000 && objects.iter().all(|object| object.shape == Shape::Point));
}

#[test]
fn every_boundary_of_a_whole_country_closes() {
    let Some(folder) = extracts() else { return };
    for (name, boundaries) in [("malta_2018", 73), ("maldives_2023", 29)] {
        let path = folder.join(format!("original/{name}.osm.pbf"));
        let (_, report) = read_file(&path, &Options::default()).expect("readable");
        assert_eq!(report.administrative, (boundaries, boundaries), "{name}");
    }
}

//! Which objects and which of their tags go into the index.

use super::table::Table;
use crate::osm::object::OsmKind;

/// Whether an object is worth a row of the index: something that a camera can see or that a sign can name.
///
/// Plain buildings, service roads, paths, woods and fields are not, unless they have a name, a number or a number on a
/// door. Bookkeeping of mappers never keeps an object.
#[must_use]
pub fn keep<'t>(kind: OsmKind, tags: impl Iterator<Item = (&'t str, &'t str)> + Clone) -> bool {
    let table = Table::embedded();
    for (key, value) in tags.clone() {
        let Some(facts) = table.key(key) else {
            if table.by_language(key).is_some() {
                return true;
            }
            continue;
        };
        if facts.keeps || facts.names.is_some() {
            return true;
        }
        let stands_beside = |other: &String| tags.clone().any(|(key, value)| key == other && value != "no");
        let mut holding = facts.when.iter().filter(|when| when.holds(kind, value));
        if holding.any(|when| when.beside.as_ref().is_none_or(stands_beside)) {
            return true;
        }
    }
    false
}

/// Whether a tag of a kept object goes into the index; bookkeeping does not (`source`, `created_by`, `tiger:*`, notes).
#[must_use]
pub fn keep_tag(key: &str) -> bool {
    let table = Table::embedded();
    match table.key(key) {
        Some(facts) => !facts.dropped,
        None => !table.is_bookkeeping(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osm::object::OsmKind::{Node, Relation, Way};
    use proptest::prelude::*;

    fn kept(kind: OsmKind, tags: &[(&'static str, &'static str)]) -> bool {
        keep(kind, tags.iter().copied())
    }

    #[test]
    fn what_a_camera_sees_or_a_sign_names_is_kept() {
        for (kind, tags) in [
            (Node, &[("shop", "no")][..]),
            (Node, &[("natural", "tree"), ("name:ast", "Carbayón")]),
            (Node, &[("highway", "traffic_signals")]),
            (Node, &[("addr:housenumber", "7a")]),
            (Node, &[("highway", "residential;crossing")]),
            (Way, &[("highway", "service"), ("name", "")]),
            (Way, &[("highway", "tertiary_link")]),
            (Way, &[("highway", "track"), ("bridge", "yes")]),
            (Way, &[("building:levels", "9"), ("building", "yes")]),
            (Way, &[("building", "church")]),
            (Way, &[("landuse", "vineyard")]),
            (Relation, &[("type", "boundary")]),
            (Relation, &[("ref", "12"), ("type", "restriction")]),
            (Node, &[("natural", "tree"), ("leaf_type", "palm")]),
        ] {
            assert!(kept(kind, tags), "{tags:?}");
        }
    }

    #[test]
    fn what_looks_like_everything_else_is_not() {
        for (kind, tags) in [
            (Way, &[][..]),
            (Way, &[("building", "yes")]),
            (Way, &[("building", "yes"), ("roof:shape", "gabled")]),
            (Way, &[("building:part", "yes"), ("building:levels", "9")]),
            (Way, &[("highway", "service")]),
            (Way, &[("highway", "residential"), ("surface", "asphalt"), ("bridge", "no")]),
            (Way, &[("highway", "crossing")]),
            (Way, &[("landuse", "forest")]),
            (Node, &[("natural", "tree"), ("source", "survey")]),
            (Node, &[("created_by", "JOSM")]),
            (Way, &[("tiger:name_base", "Main")]),
            (Way, &[("name:etymology:wikidata", "Q1")]),
            (Relation, &[("type", "multipolygon"), ("building", "yes")]),
            (Node, &[("tunnel", "yes")]),
        ] {
            assert!(!kept(kind, tags), "{tags:?}");
        }
    }

    #[test]
    fn bookkeeping_stays_outside() {
        for key in [
            "source",
            "source:name",
            "name:source",
            "created_by",
            "tiger:county",
            "note",
            "note:de",
            "fixme",
            "check_date:opening_hours",
        ] {
            assert!(!keep_tag(key), "{key}");
        }
        for key in
            ["name", "name:de", "maxspeed", "addr:street", "brand:wikidata", "surface", "ref:FR:FANTOIR", "", ":"]
        {
            assert!(keep_tag(key), "{key}");
        }
    }

    proptest! {
        #[test]
        fn an_object_with_a_main_key_is_kept_whatever_else(
            main in prop::sample::select(vec!["shop", "amenity", "tourism", "office", "craft", "historic", "power", "railway",
                "public_transport", "man_made", "place", "boundary", "aeroway", "name", "ref"]),
            value in "\\PC{0,6}",
            others in prop::collection::vec(("[a-z:_]{0,12}", "\\PC{0,6}"), 0..5),
            at in 0usize..6,
        ) {
            let mut tags: Vec<(&str, &str)> = others.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            tags.insert(at.min(tags.len()), (main, &value));
            for kind in [Node, Way, Relation] {
                prop_assert!(keep(kind, tags.iter().copied()));
            }
            prop_assert!(keep_tag(main));
        }

        #[test]
        fn the_order_of_tags_does_not_matter(
            tags in prop::collection::vec((prop::sample::select(vec!["building", "building:levels", "height", "highway", "bridge",
                "natural", "leaf_type", "source", "junction"]), prop::sample::select(vec!["yes", "no", "5", "tree", "palm", "service"])), 0..5)
        ) {
            let mut backwards = tags.clone();
            backwards.reverse();
            prop_assert_eq!(keep(Way, tags.iter().copied()), keep(Way, backwards.iter().copied()));
        }
    }
}

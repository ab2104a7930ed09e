//! Relations: rings in every state, and sets of other things.

use super::pbf::{Element, node, relation, usual, way};
use super::{find, objects};
use crate::osm::extract::Reason;
use crate::osm::object::OsmKind::{Node, Relation, Way};
use crate::osm::object::{Object, OsmKind, PointE7, Polygon, Shape};
use proptest::prelude::*;

type Member = (OsmKind, i64, &'static str);

const BORDER: [(&str, &str); 3] = [("type", "boundary"), ("boundary", "administrative"), ("name", "A")];
const LAKE: [(&str, &str); 3] = [("type", "multipolygon"), ("natural", "water"), ("name", "A")];

/// A node for each point of a lattice of 20 by 20, 0.01 degrees apart: number 100 · row + column.
fn lattice() -> Vec<Element> {
    let steps = || 0..20i64;
    let points = steps().flat_map(|row| steps().map(move |column| (row, column)));
    points.map(|(row, column)| node(100 * row + column, row * 100_000, column * 100_000, &[])).collect()
}

/// The corners of a square of the lattice.
fn square(row: i64, column: i64, side: i64) -> [i64; 5] {
    let corner = |up: i64, right: i64| 100 * (row + up * side) + column + right * side;
    [corner(0, 0), corner(0, 1), corner(1, 1), corner(1, 0), corner(0, 0)]
}

fn assemble(ways: &[&[i64]], members: &[Member], tags: &[(&str, &str)]) -> (Vec<Object>, crate::osm::extract::Report) {
    let mut elements = lattice();
    elements.extend(ways.iter().zip(1..).map(|(refs, id)| way(id, refs, &[])));
    elements.push(relation(1, members, tags));
    objects(&usual(&elements))
}

fn area(object: &Object) -> &[Polygon] {
    let Shape::Area(polygons) = &object.shape else { unreachable!("{} is no area: {:?}", object.id, object.shape) };
    polygons
}

#[test]
fn ways_in_any_direction_close_to_rings() {
    let [a, b, c, d, _] = square(0, 0, 10);
    for (first, second, third) in
        [([a, b], [b, c], [c, d, a]), ([b, a], [b, c], [a, d, c]), ([a, b], [c, b], [a, d, c])]
    {
        let ways: [&[i64]; 3] = [&first, &third, &second];
        let (objects, report) = assemble(&ways, &[(Way, 1, "outer"), (Way, 2, ""), (Way, 3, "foo")], &BORDER);
        let polygons = area(&objects[0]);
        assert_eq!((polygons.len(), polygons[0].outer.len(), polygons[0].holes.len()), (1, 5, 0));
        assert_eq!(polygons[0].outer.first(), polygons[0].outer.last());
        assert_eq!(objects[0].at, PointE7 { lat: 500_000, lon: 500_000 });
        assert_eq!((report.administrative, report.tallies.len()), ((1, 1), 0));
    }
}

#[test]
fn holes_go_to_the_outline_around_them_whatever_the_roles() {
    let ways: [&[i64]; 5] =
        [&square(0, 0, 8), &square(0, 10, 8), &square(1, 1, 5), &square(2, 2, 2), &square(3, 12, 2)];
    for roles in [["outer", "outer", "inner", "outer", "inner"], [""; 5], ["inner", "outer", "outer", "inner", "outer"]]
    {
        let members: Vec<Member> = roles.into_iter().zip(1..).map(|(role, id)| (Way, id, role)).collect();
        let (objects, _) = assemble(&ways, &members, &BORDER);
        let mut holes: Vec<_> =
            area(&objects[0]).iter().map(|polygon| (polygon.outer[0].lon, polygon.holes.len())).collect();
        holes.sort_unstable();
        assert_eq!(holes, [(0, 1), (200_000, 0), (1_000_000, 1)], "{roles:?}");
    }
}

#[test]
fn rings_may_touch() {
    // Two squares that share a corner, in two ways that both pass it.
    let (a, b) = (square(0, 0, 5), square(5, 5, 5));
    let first = [a[1], a[2], b[1]];
    let second = [b[1], b[2], b[3], b[0], a[3], a[0], a[1]];
    let (objects, report) = assemble(&[&first, &second], &[(Way, 1, "outer"), (Way, 2, "outer")], &BORDER);
    // Only the shared corner is a node of both; the ways end elsewhere, so this is one ring that touches itself.
    assert_eq!((area(&objects[0]).len(), report.tallies.len()), (1, 0));
    // The same with ways that end where the rings touch: two rings.
    let ways: [&[i64]; 4] = [&[a[2], a[3], a[0]], &[a[0], a[1], a[2]], &[b[0], b[1], b[2]], &[b[2], b[3], b[0]]];
    let members: Vec<Member> = (1..=4).map(|id| (Way, id, "outer")).collect();
    let (objects, report) = assemble(&ways, &members, &BORDER);
    assert_eq!((area(&objects[0]).len(), report.tallies.len()), (2, 0));
    // A hole that touches its outline from inside along an edge and a corner.
    let ways: [&[i64]; 2] = [&[0, 1, 2, 3, 4, 5, 505, 500, 0], &[1, 2, 102, 101, 1]];
    let (objects, _) = assemble(&ways, &[(Way, 1, "outer"), (Way, 2, "inner")], &BORDER);
    assert_eq!((area(&objects[0]).len(), area(&objects[0])[0].holes.len()), (1, 1));
}

#[test]
fn a_ring_that_does_not_close_is_still_found_by_name() {
    let [a, b, c, d, _] = square(0, 0, 10);
    let members = [(Way, 1, "outer"), (Way, 2, "outer"), (Way, 3, "outer"), (Node, 505, "admin_centre")];
    // The third way is not in the extract.
    let (objects, report) = assemble(&[&[a, b], &[b, c, d]], &members, &BORDER);
    assert_eq!((&objects[0].shape, objects[0].at), (&Shape::Scattered, PointE7 { lat: 500_000, lon: 500_000 }));
    assert_eq!((report.count(Reason::RingOpen), report.administrative), (1, (0, 1)));
    // One outline closes, one does not, and the hole of the open one is no outline.
    let ways: [&[i64]; 4] = [&square(0, 0, 5), &[1010, 1015], &[1015, 1515], &square(11, 11, 2)];
    let members = [(Way, 1, "outer"), (Way, 2, "outer"), (Way, 3, "outer"), (Way, 4, "inner")];
    let (objects, report) = assemble(&ways, &members, &BORDER);
    assert_eq!((area(&objects[0]).len(), report.count(Reason::RingsPartly)), (1, 1));
}

#[test]
fn a_ring_that_was_drawn_twice_counts_once() {
    let [a, b, c, d, _] = square(2, 2, 3);
    let ways: [&[i64]; 4] = [&square(0, 0, 10), &[a, b, c, d, a], &[c, b, a, d, c], &square(0, 0, 10)];
    let members: Vec<Member> = (1..=4).map(|id| (Way, id, "")).collect();
    let (objects, _) = assemble(&ways, &members, &BORDER);
    assert_eq!((area(&objects[0]).len(), area(&objects[0])[0].holes.len()), (1, 1));
}

#[test]
fn loose_ends_and_repeated_ways_do_no_harm() {
    let [a, b, c, d, _] = square(0, 0, 10);
    let ways: [&[i64]; 6] = [&[1919, c], &[a, b], &[b, c], &[c, d, a], &[a], &[]];
    let members: Vec<Member> = [1, 2, 3, 4, 2, 5, 6, 4, 2].map(|id| (Way, id, "outer")).into();
    let (objects, report) = assemble(&ways, &members, &LAKE);
    assert_eq!((area(&objects[0]).len(), report.count(Reason::RingsPartly)), (1, 1));
}

#[test]
fn other_relations_are_scattered_around_a_member() {
    let members = [(Way, 1, ""), (Node, 1919, "stop"), (Way, 99, ""), (Node, 1, "")];
    let tags = [("type", "route"), ("route", "tram"), ("ref", "5")];
    let (objects, report) = assemble(&[&[0, 1, 2]], &members, &tags);
    let route = &objects[0];
    assert_eq!((&route.shape, route.at), (&Shape::Scattered, PointE7 { lat: 0, lon: 100_000 }));
    assert_eq!((route.bounds.south, route.bounds.north, route.bounds.west), (0, 1_900_000, 0));
    assert!(report.tallies.is_empty());
}

#[test]
fn relations_of_relations_end() {
    let named = |id, members: &[Member]| relation(id, members, &[("type", "route_master"), ("name", "A")]);
    let (objects, report) = objects(&usual(&[
        node(1, 5, 5, &[]),
        named(1, &[(Relation, 1, "")]),
        named(2, &[(Relation, 3, "")]),
        named(3, &[(Relation, 2, "")]),
        named(4, &[(Relation, 5, ""), (Relation, 4, "")]),
        named(5, &[(Relation, 6, ""), (Relation, 77, "")]),
        named(6, &[(Node, 1, "")]),
        named(7, &[]),
    ]));
    assert_eq!(objects.iter().map(|object| object.id.number).collect::<Vec<_>>(), [6, 5, 4]);
    assert_eq!(find(&objects, "r4").at, PointE7 { lat: 5, lon: 5 });
    assert_eq!(report.count(Reason::NoMembers), 4);
}

#[test]
fn borders_keep_every_point_and_lakes_do_not() {
    let round: Vec<i64> = (0..20).chain((1..20).map(|row| 100 * row + 19)).chain([0]).collect();
    let count = |tags: &[(&str, &str)]| area(&assemble(&[&round], &[(Way, 1, "outer")], tags).0[0])[0].outer.len();
    assert_eq!((count(&BORDER), count(&LAKE)), (round.len(), 4));
}

proptest! {
    #[test]
    fn cut_at_random_and_shuffled_the_squares_come_back(
        cuts in proptest::collection::vec(0usize..5, 4),
        turned in proptest::collection::vec(any::<bool>(), 20),
        order in Just((0..20usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        // Four squares apart from each other, each cut into up to two ways; every way may be turned around.
        let squares = [square(0, 0, 4), square(0, 6, 3), square(8, 0, 5), square(9, 9, 2)];
        let mut ways: Vec<Vec<i64>> = Vec::new();
        for (ring, cut) in squares.iter().zip(&cuts) {
            let (left, right) = (&ring[..=*cut], &ring[*cut..]);
            ways.extend([left, right].into_iter().filter(|way| way.len() > 1).map(<[i64]>::to_vec));
        }
        for (way, turned) in ways.iter_mut().zip(turned) {
            if turned { way.reverse(); }
        }
        let order: Vec<usize> = order.into_iter().filter(|i| *i < ways.len()).collect();
        let shuffled: Vec<&[i64]> = order.iter().map(|i| ways[*i].as_slice()).collect();
        let members: Vec<Member> = (1..=ways.len() as i64).map(|id| (Way, id, "outer")).collect();
        let (objects, report) = assemble(&shuffled, &members, &BORDER);
        let mut corners: Vec<_> = area(&objects[0]).iter().map(|polygon| {
            polygon.outer.iter().map(|point| (point.lat / 100_000, point.lon / 100_000)).min()
        }).collect();
        corners.sort_unstable();
        prop_assert_eq!(corners, [Some((0, 0)), Some((0, 6)), Some((8, 0)), Some((9, 9))]);
        prop_assert!(report.tallies.is_empty());
    }
}

//! The third pass: relations.

use super::super::object::{BoxE7, Object, OsmId, OsmKind, PointE7, Shape};
use super::blob::BlobAt;
use super::block::{Block, Body, Info, Member};
use super::error::BlobProblem;
use super::members::MemberWays;
use super::node_table::NodeTable;
use super::order::Repeated;
use super::plane::{self, Plane};
use super::report::{Reason, Tallies};
use super::rings::{self, Piece};
use super::{MAX_ID, kept, outline, simplify, tags};
use std::collections::{HashMap, HashSet};
use std::io;
use std::ops::Range;

/// Relations of relations are followed this deep; no more are known, and those that refer to themselves end here.
const MAX_DEPTH: usize = 8;

/// What the third pass knows.
pub(super) struct Sets<'a> {
    pub(super) nodes: &'a NodeTable,
    pub(super) ways: &'a MemberWays,
    pub(super) repeated: &'a Repeated,
}

/// What a blob of relations gives.
#[derive(Debug, Default)]
pub(super) struct Related {
    pub(super) objects: Vec<Object>,
    /// Relations of which only members that are relations may be there.
    pub(super) pending: Vec<Pending>,
    pub(super) tallies: Tallies,
    /// Administrative boundaries that became areas, and all.
    pub(super) administrative: (u64, u64),
}

/// A relation without a place of its own.
#[derive(Debug)]
pub(super) struct Pending {
    id: OsmId,
    version: u32,
    tags: Vec<(String, String)>,
    members: Vec<i64>,
}

/// A relation that waits for the positions of its nodes.
struct Waiting {
    id: OsmId,
    info: Info,
    tags: Range<usize>,
    members: Range<usize>,
}

/// Where a member is.
#[derive(Debug, Clone, Copy)]
struct Spot {
    at: PointE7,
    bounds: BoxE7,
}

/// What is known of the members of a relation.
struct Known {
    spots: Vec<Spot>,
    pieces: Vec<Piece>,
    /// Whether every way is there with every node.
    whole: bool,
}

impl Sets<'_> {
    /// The objects of a blob.
    pub(super) fn relate(&self, at: &BlobAt, bytes: &[u8]) -> Result<Related, BlobProblem> {
        let block = Block::parse(bytes)?;
        let (mut waiting, mut pairs, mut members) = (Vec::new(), Vec::new(), Vec::new());
        let mut number = 0;
        block.visit(
            |kind| kind == OsmKind::Relation,
            |element| {
                let id = OsmId { kind: OsmKind::Relation, number: element.id };
                let place = (at.offset, number);
                number += 1;
                let counts = element.info.visible && element.id.unsigned_abs() < MAX_ID;
                let Body::Relation(relation) = element.body else {
                    return Ok(());
                };
                if counts && self.repeated.is_current(id, place) && kept(id.kind, &block, element.tags) {
                    let (tags, first) = (pairs.len(), members.len());
                    pairs.extend_from_slice(element.tags);
                    block.members_of(&relation, &mut members)?;
                    let (tags, members) = (tags..pairs.len(), first..members.len());
                    waiting.push(Waiting { id, info: element.info, tags, members });
                }
                Ok(())
            },
        )?;
        let nodes = self.find_nodes(&members).map_err(BlobProblem::Read)?;
        let mut related = Related::default();
        for relation in waiting {
            let range = relation.members.clone();
            let (members, nodes) = (&members[range.clone()], &nodes[range]);
            let assembles = outline::assembles(block.tags(&pairs[relation.tags.clone()]));
            let known = self.known(members, nodes, assembles).map_err(BlobProblem::Read)?;
            finish(&block, &relation, &pairs[relation.tags.clone()], members, known, &mut related);
        }
        Ok(related)
    }

    /// For each member its position, if it is a node that is there.
    fn find_nodes(&self, members: &[Member]) -> io::Result<Vec<Option<PointE7>>> {
        let nodes = members.iter().zip(0u32..).filter(|(member, _)| member.kind == OsmKind::Node);
        let mut questions: Vec<_> = nodes.map(|(member, slot)| (member.id, slot)).collect();
        let mut positions = vec![None; members.len()];
        self.nodes.resolve(&mut questions, &mut positions)?;
        Ok(positions)
    }

    fn known(&self, members: &[Member], nodes: &[Option<PointE7>], assembles: bool) -> io::Result<Known> {
        let mut known = Known { spots: Vec::new(), pieces: Vec::new(), whole: true };
        let (mut buffer, mut taken) = (Vec::new(), HashSet::new());
        for (member, node) in members.iter().zip(nodes) {
            match member.kind {
                OsmKind::Node => {
                    known.spots.extend(node.map(|at| Spot { at, bounds: at.into() }));
                }
                // A way that is listed twice bounds nothing more than one that is listed once.
                OsmKind::Way if taken.insert(member.id) => match self.ways.get(member.id, &mut buffer)? {
                    Some(way) => {
                        known.spots.push(Spot { at: way.at, bounds: way.bounds });
                        known.whole &= !way.points.is_empty();
                        if assembles && !way.points.is_empty() {
                            known.pieces.push(Piece { points: way.points, inner: member.inner });
                        }
                    }
                    None => known.whole = false,
                },
                OsmKind::Way | OsmKind::Relation => {}
            }
        }
        Ok(known)
    }
}

/// Makes an object of a relation, or says why not.
fn finish(
    block: &Block,
    relation: &Waiting,
    pairs: &[(u32, u32)],
    members: &[Member],
    known: Known,
    related: &mut Related,
) {
    let (id, version) = (relation.id, relation.info.version);
    let assembles = outline::assembles(block.tags(pairs));
    let exact = outline::is_exact(block.tags(pairs));
    let tags = tags::owned(block, pairs, id, &mut related.tallies);
    related.administrative.1 += u64::from(exact);
    let scattered = scattered(&known.spots);
    let area = if assembles { area(known, exact, id, &mut related.tallies) } else { None };
    related.administrative.0 += u64::from(exact && area.is_some());
    match area.or(scattered) {
        Some((at, bounds, shape)) => related.objects.push(Object { id, version, at, bounds, shape, tags }),
        None => {
            let relations = members.iter().filter(|member| member.kind == OsmKind::Relation);
            let members = relations.map(|member| member.id).collect();
            related.pending.push(Pending { id, version, tags, members });
        }
    }
}

/// The area of a relation whose ways close; else it is tallied why there is none.
fn area(known: Known, exact: bool, id: OsmId, tallies: &mut Tallies) -> Option<(PointE7, BoxE7, Shape)> {
    if known.spots.is_empty() {
        return None;
    }
    let whole = known.whole;
    let mut assembly = rings::assemble(known.pieces, whole);
    let bounds = BoxE7::around(assembly.polygons.iter().flat_map(|polygon| polygon.outer.iter().copied()));
    let at = plane::point_inside(&assembly.polygons);
    let (Some(bounds), Some(at)) = (bounds, at) else {
        tallies.add(if assembly.too_many { Reason::TooManyRings } else { Reason::RingOpen }, id);
        return None;
    };
    if !whole || assembly.loose > 0 {
        tallies.add(Reason::RingsPartly, id);
    }
    if !exact {
        assembly.polygons.iter_mut().for_each(simplify::polygon);
    }
    Some((at, bounds, Shape::Area(assembly.polygons)))
}

/// The box around some members, and the one of them that is nearest its middle.
fn scattered(spots: &[Spot]) -> Option<(PointE7, BoxE7, Shape)> {
    let bounds = spots.iter().map(|spot| spot.bounds).reduce(BoxE7::union)?;
    let half = |low: i32, high: i32| ((i64::from(low) + i64::from(high)) / 2) as i32;
    let middle = PointE7 { lat: half(bounds.south, bounds.north), lon: half(bounds.west, bounds.east) };
    let plane = Plane::at(middle);
    let distance = |spot: &&Spot| plane.metres(middle, spot.at);
    let nearest = spots.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
    Some((nearest.at, bounds, Shape::Scattered))
}

/// Relations of relations, settled when all others are known.
#[derive(Debug)]
pub(super) struct Nested<'a> {
    /// Relations whose place is needed, sorted.
    wanted: &'a [i64],
    places: HashMap<i64, Spot>,
    pending: Vec<Pending>,
}

impl<'a> Nested<'a> {
    pub(super) fn new(wanted: &'a [i64]) -> Self {
        Self { wanted, places: HashMap::new(), pending: Vec::new() }
    }

    /// Takes note of an object that other relations may need.
    pub(super) fn note(&mut self, object: &Object) {
        if self.wanted.binary_search(&object.id.number).is_ok() {
            self.places.insert(object.id.number, Spot { at: object.at, bounds: object.bounds });
        }
    }

    pub(super) fn push(&mut self, pending: Vec<Pending>) {
        self.pending.extend(pending);
    }

    /// Gives a place to each relation some member of which has one, level by level, and tallies the rest.
    pub(super) fn finish(mut self, tallies: &mut Tallies) -> Vec<Object> {
        let mut objects = Vec::new();
        for _ in 0..MAX_DEPTH {
            let mut found = Vec::new();
            let still = std::mem::take(&mut self.pending);
            for pending in still {
                let spots: Vec<Spot> = pending.members.iter().filter_map(|id| self.places.get(id)).copied().collect();
                match scattered(&spots) {
                    Some((at, bounds, shape)) => {
                        let Pending { id, version, tags, .. } = pending;
                        found.push(Object { id, version, at, bounds, shape, tags });
                    }
                    None => self.pending.push(pending),
                }
            }
            if found.is_empty() {
                break;
            }
            found.iter().for_each(|object| self.note(object));
            objects.extend(found);
        }
        for pending in &self.pending {
            tallies.add(Reason::NoMembers, pending.id);
        }
        objects
    }
}

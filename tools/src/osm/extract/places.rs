//! The second pass: nodes and ways, and the ways that relations will need.

use super::super::object::{BoxE7, Object, OsmId, OsmKind, PointE7, Polygon, Shape};
use super::blob::{BlobAt, Source};
use super::block::{Block, Body, Element, Info};
use super::error::{BlobProblem, ExtractError};
use super::members::MemberWay;
use super::node_table::NodeTable;
use super::order::Repeated;
use super::parallel::Feed;
use super::report::{Reason, Tallies};
use super::survey::Wanted;
use super::{Kinds, MAX_ID, SIMPLIFY_M, kept, outline, plane, simplify, tags};
use std::ops::Range;

/// Hands out the blobs that a later pass needs.
pub(super) struct Again<'a> {
    pub(super) source: &'a mut Source,
    pub(super) blobs: std::vec::IntoIter<BlobAt>,
}

impl Feed for Again<'_> {
    fn next(&mut self, message: &mut Vec<u8>) -> Result<Option<BlobAt>, ExtractError> {
        match self.blobs.next() {
            Some(at) => self.source.read_again(&at, message).map(|()| Some(at)),
            None => Ok(None),
        }
    }

    fn problem(&self, offset: u64, problem: BlobProblem) -> ExtractError {
        self.source.problem(offset, problem)
    }
}

/// What a blob of nodes and ways gives.
#[derive(Debug, Default)]
pub(super) struct Placed {
    pub(super) objects: Vec<Object>,
    pub(super) members: Vec<(i64, MemberWay)>,
    pub(super) tallies: Tallies,
}

/// What the second pass knows.
pub(super) struct Places<'a> {
    pub(super) nodes: &'a NodeTable,
    pub(super) wanted: &'a Wanted,
    pub(super) repeated: &'a Repeated,
}

/// What relations need of a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Nothing,
    Place,
    Outline,
}

/// A way that waits for the positions of its nodes.
struct Waiting {
    id: OsmId,
    info: Info,
    kept: bool,
    need: Need,
    tags: Range<usize>,
    nodes: Range<usize>,
}

/// The ways of a blob, with their lists end to end.
#[derive(Default)]
struct Batch {
    ways: Vec<Waiting>,
    tags: Vec<(u32, u32)>,
    nodes: Vec<i64>,
    positions: Vec<Option<PointE7>>,
}

impl Places<'_> {
    /// The objects of a blob: nodes at once, then ways when all nodes of the blob's ways have been looked up together.
    pub(super) fn place(&self, at: &BlobAt, bytes: &[u8]) -> Result<Placed, BlobProblem> {
        let block = Block::parse(bytes)?;
        let (mut placed, mut batch, mut numbers) = (Placed::default(), Batch::default(), [0; 3]);
        block.visit(
            |kind| kind != OsmKind::Relation,
            |element| {
                let kind = element.body.kind();
                let id = OsmId { kind, number: element.id };
                let place = (at.offset, numbers[kind as usize]);
                numbers[kind as usize] += 1;
                let counts = element.info.visible && element.id.unsigned_abs() < MAX_ID;
                if !counts || !self.repeated.is_current(id, place) {
                    return Ok(());
                }
                match element.body {
                    Body::Node(Some(point)) if kept(kind, &block, element.tags) => {
                        placed.objects.push(Object {
                            id,
                            version: element.info.version,
                            at: point,
                            bounds: point.into(),
                            shape: Shape::Point,
                            tags: tags::owned(&block, element.tags, id, &mut placed.tallies),
                        });
                    }
                    Body::Way(_) => self.put_aside(&block, id, &element, &mut batch)?,
                    Body::Node(_) | Body::Relation(_) => {}
                }
                Ok(())
            },
        )?;
        self.find_nodes(&mut batch).map_err(BlobProblem::Read)?;
        for way in &batch.ways {
            finish_way(&block, way, &batch, &mut placed);
        }
        Ok(placed)
    }

    fn put_aside(
        &self,
        block: &Block,
        id: OsmId,
        element: &Element,
        batch: &mut Batch,
    ) -> Result<(), super::wire::Malformed> {
        let Body::Way(way) = element.body else {
            return Ok(());
        };
        let wants = |ids: &[i64]| ids.binary_search(&id.number).is_ok();
        let need = match () {
            () if wants(&self.wanted.outlines) => Need::Outline,
            () if wants(&self.wanted.places) => Need::Place,
            () => Need::Nothing,
        };
        let kept = kept(OsmKind::Way, block, element.tags);
        if kept || need != Need::Nothing {
            let (tags, nodes) = (batch.tags.len(), batch.nodes.len());
            batch.tags.extend_from_slice(element.tags);
            block.nodes_of(&way, &mut batch.nodes, &mut batch.positions)?;
            let (tags, nodes) = (tags..batch.tags.len(), nodes..batch.nodes.len());
            batch.ways.push(Waiting { id, info: element.info, kept, need, tags, nodes });
        }
        Ok(())
    }

    /// Looks up the nodes whose ways do not say where they are.
    fn find_nodes(&self, batch: &mut Batch) -> std::io::Result<()> {
        let all = batch.nodes.iter().zip(&batch.positions).zip(0u32..);
        let mut questions: Vec<_> =
            all.filter(|((_, position), _)| position.is_none()).map(|((id, _), slot)| (*id, slot)).collect();
        self.nodes.resolve(&mut questions, &mut batch.positions)
    }
}

fn finish_way(block: &Block, way: &Waiting, batch: &Batch, placed: &mut Placed) {
    let nodes = &batch.nodes[way.nodes.clone()];
    let points: Vec<PointE7> = batch.positions[way.nodes.clone()].iter().flatten().copied().collect();
    let whole = points.len() == nodes.len();
    if way.need != Need::Nothing {
        let member = MemberWay::of(&points, way.need == Need::Outline && whole);
        placed.members.extend(member.map(|member| (way.id.number, member)));
    }
    if !way.kept {
        return;
    }
    let pairs = &batch.tags[way.tags.clone()];
    // A way that says itself where its nodes are may give one node two positions.
    let closed = whole && nodes.len() >= 4 && nodes.first() == nodes.last() && points.first() == points.last();
    let area = closed && outline::is_area(block.tags(pairs));
    let Some((at, bounds, shape)) = shape_of(points, area, outline::is_exact(block.tags(pairs))) else {
        placed.tallies.add(Reason::NoNodes, way.id);
        return;
    };
    if !whole {
        placed.tallies.add(Reason::NodesMissing, way.id);
    }
    let tags = tags::owned(block, pairs, way.id, &mut placed.tallies);
    placed.objects.push(Object { id: way.id, version: way.info.version, at, bounds, shape, tags });
}

/// A point on a way, the box around it, and its shape; nothing where no point is known.
fn shape_of(points: Vec<PointE7>, area: bool, exact: bool) -> Option<(PointE7, BoxE7, Shape)> {
    let bounds = BoxE7::around(points.iter().copied())?;
    if area {
        let mut polygons = vec![Polygon { outer: points, holes: Vec::new() }];
        let at = plane::point_inside(&polygons)?;
        if !exact {
            polygons.iter_mut().for_each(simplify::polygon);
        }
        return Some((at, bounds, Shape::Area(polygons)));
    }
    let at = plane::middle(&points)?;
    let shape = if points.len() < 2 { Shape::Point } else { Shape::Line(simplify::line(&points, SIMPLIFY_M)) };
    Some((at, bounds, shape))
}

/// The blobs in which there is something of some kinds.
pub(super) fn blobs_with(
    blobs: &[super::survey::Contents],
    has: impl Fn(&super::survey::Contents) -> Kinds,
    kinds: Kinds,
) -> std::vec::IntoIter<BlobAt> {
    let chosen: Vec<BlobAt> = blobs.iter().filter(|blob| has(blob).meets(kinds)).map(|blob| blob.at).collect();
    chosen.into_iter()
}

//! The first pass: what is in which blob, where the nodes are, and what relations need.

use super::super::object::{BoxE7, OsmId, OsmKind};
use super::blob::{BlobAt, BlobKind, Source};
use super::block::{Block, Body, Member};
use super::error::{BlobProblem, ExtractError};
use super::node_table::{Chunks, NodeTable};
use super::parallel::Feed;
use super::report::{Counts, Reason, Tallies};
use super::wire::Malformed;
use super::{Kinds, MAX_ID, kept, outline};
use sha2::Sha256;

/// Hands out every data blob of a file, and hashes every byte on the way.
pub(super) struct Whole {
    pub(super) source: Source,
    pub(super) offset: u64,
    pub(super) hash: Sha256,
}

impl Feed for Whole {
    fn next(&mut self, message: &mut Vec<u8>) -> Result<Option<BlobAt>, ExtractError> {
        while let Some(at) = self.source.read_next(self.offset, message, &mut self.hash)? {
            self.offset = at.end();
            if at.kind == BlobKind::Data {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    fn problem(&self, offset: u64, problem: BlobProblem) -> ExtractError {
        self.source.problem(offset, problem)
    }
}

/// Whether ids only go up.
#[derive(Debug, Clone, Copy, Default)]
struct Ascent {
    ends: Option<(i64, i64)>,
    broken: bool,
}

impl Ascent {
    fn push(&mut self, id: i64) {
        let (first, last) = self.ends.unwrap_or((id, id));
        self.broken |= self.ends.is_some() && id <= last;
        self.ends = Some((first, id));
    }

    fn append(&mut self, next: Self) {
        self.broken |= next.broken;
        match (self.ends, next.ends) {
            (Some((first, last)), Some((next_first, next_last))) => {
                self.broken |= next_first <= last;
                self.ends = Some((first, next_last));
            }
            (None, ends) => self.ends = ends,
            (Some(_), None) => {}
        }
    }
}

/// The kinds in the order in which they come.
#[derive(Debug, Clone, Copy, Default)]
struct KindOrder {
    ends: Option<(OsmKind, OsmKind)>,
    broken: bool,
}

impl KindOrder {
    fn push(&mut self, kind: OsmKind) {
        self.append(Self { ends: Some((kind, kind)), broken: false });
    }

    fn append(&mut self, next: Self) {
        self.broken |= next.broken;
        match (self.ends, next.ends) {
            (Some((first, last)), Some((next_first, next_last))) => {
                self.broken |= next_first < last;
                self.ends = Some((first, next_last));
            }
            (None, ends) => self.ends = ends,
            (Some(_), None) => {}
        }
    }
}

/// What a blob has, or all blobs so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) seen: Counts,
    pub(super) bounds: Option<BoxE7>,
    /// Milliseconds since 1970; 0 where no element says when it was changed.
    pub(super) newest_ms: i64,
    pub(super) tallies: Tallies,
    pub(super) wanted: Wanted,
    ascents: [Ascent; 3],
    kinds: KindOrder,
}

impl Found {
    fn append(&mut self, next: Self) {
        self.seen.merge(next.seen);
        self.bounds = [self.bounds, next.bounds].into_iter().flatten().reduce(BoxE7::union);
        self.newest_ms = self.newest_ms.max(next.newest_ms);
        self.tallies.merge(next.tallies);
        self.wanted.append(next.wanted);
        self.kinds.append(next.kinds);
        for (ascent, next) in self.ascents.iter_mut().zip(next.ascents) {
            ascent.append(next);
        }
    }

    /// Whether nodes come before ways before relations, each by ascending id.
    pub(super) fn sorted(&self) -> bool {
        !self.kinds.broken && self.unordered() == Kinds::default()
    }

    /// The kinds whose ids do not only go up.
    pub(super) fn unordered(&self) -> Kinds {
        let kinds = [OsmKind::Node, OsmKind::Way, OsmKind::Relation];
        kinds.into_iter().filter(|kind| self.ascents[*kind as usize].broken).collect()
    }
}

/// What the relations that are kept need; sorted, each once, after [`Wanted::finish`].
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Ways whose every point is needed.
    pub(super) outlines: Vec<i64>,
    /// Ways whose place is needed.
    pub(super) places: Vec<i64>,
    /// Relations whose place is needed.
    pub(super) relations: Vec<i64>,
}

impl Wanted {
    fn append(&mut self, next: Self) {
        self.outlines.extend(next.outlines);
        self.places.extend(next.places);
        self.relations.extend(next.relations);
    }

    fn finish(&mut self) {
        for ids in [&mut self.outlines, &mut self.places, &mut self.relations] {
            ids.sort_unstable();
            ids.dedup();
            ids.shrink_to_fit();
        }
    }

    fn add(&mut self, members: &[Member], assembles: bool) {
        for member in members {
            match member.kind {
                OsmKind::Node => {}
                OsmKind::Way if assembles => self.outlines.push(member.id),
                OsmKind::Way => self.places.push(member.id),
                OsmKind::Relation => self.relations.push(member.id),
            }
        }
    }
}

/// What is in a blob.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contents {
    pub(super) at: BlobAt,
    /// What is there.
    pub(super) has: Kinds,
    /// What is there and kept; all ways count, since relations may need them.
    pub(super) keeps: Kinds,
}

/// A blob, surveyed.
pub(super) struct Surveyed {
    contents: Contents,
    found: Found,
    nodes: Chunks,
}

/// Surveys a blob.
pub(super) fn survey(at: &BlobAt, bytes: &[u8]) -> Result<Surveyed, BlobProblem> {
    let block = Block::parse(bytes)?;
    let contents = Contents { at: *at, has: Kinds::default(), keeps: Kinds::default() };
    let mut surveyed = Surveyed { contents, found: Found::default(), nodes: Chunks::default() };
    let mut members = Vec::new();
    block.visit(
        |_| true,
        |element| {
            let Surveyed { contents, found, nodes } = &mut surveyed;
            let kind = element.body.kind();
            found.seen.add(kind);
            found.newest_ms = found.newest_ms.max(element.info.changed_ms);
            contents.has.add(kind);
            let id = OsmId { kind, number: element.id };
            if element.id.unsigned_abs() >= MAX_ID {
                found.tallies.add(Reason::IdOutOfRange, id);
                return Ok(());
            }
            found.kinds.push(kind);
            let ascent = &mut found.ascents[kind as usize];
            ascent.push(element.id);
            let ascending = !ascent.broken;
            if !element.info.visible {
                found.tallies.add(Reason::Deleted, id);
                return Ok(());
            }
            match &element.body {
                Body::Node(Some(point)) => {
                    found.bounds = Some(found.bounds.map_or((*point).into(), |bounds| bounds.union((*point).into())));
                    if ascending {
                        nodes.push(element.id, *point);
                    }
                    if !contents.keeps.has(kind) && kept(kind, &block, element.tags) {
                        contents.keeps.add(kind);
                    }
                }
                Body::Node(None) => found.tallies.add(Reason::OutOfRange, id),
                Body::Way(_) => contents.keeps.add(kind),
                Body::Relation(relation) => {
                    if kept(kind, &block, element.tags) {
                        contents.keeps.add(kind);
                        members.clear();
                        block.members_of(relation, &mut members)?;
                        found.wanted.add(&members, outline::assembles(block.tags(element.tags)));
                    }
                }
            }
            Ok::<(), Malformed>(())
        },
    )?;
    Ok(surveyed)
}

/// The survey of a whole extract, as it grows.
pub(super) struct Survey {
    pub(super) blobs: Vec<Contents>,
    pub(super) found: Found,
    pub(super) nodes: NodeTable,
}

impl Survey {
    pub(super) fn new(nodes: NodeTable) -> Self {
        Self { blobs: Vec::new(), found: Found::default(), nodes }
    }

    /// Takes in the next blob of the file.
    pub(super) fn push(&mut self, blob: Surveyed) -> Result<(), ExtractError> {
        self.blobs.push(blob.contents);
        self.found.append(blob.found);
        // A table of unsorted nodes is of no use; it will be made anew.
        if self.found.unordered().has(OsmKind::Node) {
            return Ok(());
        }
        self.nodes.push(&blob.nodes).map_err(ExtractError::Temporary)
    }

    pub(super) fn finish(&mut self) {
        self.found.wanted.finish();
    }
}

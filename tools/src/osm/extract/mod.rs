//! Objects out of an `.osm.pbf` extract.
//!
//! The extract is read three times, each time only the blobs that matter, unpacked and decoded on all cores:
//!
//! 1. *Survey*: facts and hash of the file, positions of all nodes (a table sorted by id, on disk where it is large), and
//!    which ways the relations need. An extract that is not sorted, or has an element twice, costs one more pass here.
//! 2. *Places*: nodes and ways become objects; ways that relations need are put aside.
//! 3. *Sets*: relations become objects; the ways of multipolygons and boundaries are joined to rings.
//!
//! Memory beyond [`Options::memory_bytes`] hardly grows with the extract: 8 bytes for each member of a relation that is kept,
//! 24 for each way among them, 40 for each blob, and one bit for each node.
//!
//! The protobuf messages are read by own code: the crate `osmpbf` knows no LZ4, and it panics on
//! indices outside the table of strings. It is the peer of the tests.

mod blob;
mod block;
mod error;
mod header;
mod members;
mod node_table;
mod order;
mod outline;
mod parallel;
mod places;
mod plane;
mod report;
mod rings;
mod sets;
mod simplify;
mod spool;
mod survey;
mod tags;
#[cfg(test)]
mod tests;
mod wire;

pub use error::{BlobProblem, ExtractError, MAX_BLOB_BYTES, MAX_HEADER_BYTES};
pub use report::{Counts, ExtractDate, LISTED_IDS, Reason, Report, Tally};
pub use tags::MAX_TEXT_BYTES;

use super::features;
use super::file::sort::Sorter;
use super::object::{BoxE7, Object, OsmKind};
use blob::{Source, Unpacker};
use block::Block;
use header::Header;
use members::MemberWays;
use node_table::NodeTable;
use order::Repeated;
use places::{Again, Places, blobs_with};
use sets::{Nested, Sets};
use sha2::{Digest, Sha256};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use survey::{Survey, Whole};

/// Points of lines and outlines that are nearer than this to what stays are left out, metres.
pub const SIMPLIFY_M: f64 = 1.5;
/// Ids of elements are below this, and above its negative.
const MAX_ID: u64 = 1 << 61;

/// How an extract is read.
#[derive(Debug, Clone)]
pub struct Options {
    /// Memory for what is put aside between the passes, bytes; what is more goes to temporary files.
    pub memory_bytes: usize,
    /// The folder of temporary files.
    pub temporary: PathBuf,
    /// Threads that unpack and decode.
    pub threads: NonZeroUsize,
}

impl Default for Options {
    /// A quarter of a gibibyte, the folder of the system, all cores.
    fn default() -> Self {
        let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self { memory_bytes: 256 << 20, temporary: std::env::temp_dir(), threads }
    }
}

/// The passes over an extract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// What is in the extract, and where its nodes are.
    Survey,
    /// Which version of an element counts; only for extracts that are not sorted or have elements twice.
    Order,
    /// Nodes and ways.
    Places,
    /// Relations.
    Sets,
}

/// How far reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The pass.
    pub stage: Stage,
    /// Where in the extract the pass is, bytes.
    pub at_bytes: u64,
    /// Size of the extract, bytes.
    pub of_bytes: u64,
}

/// Reads an extract and gives every object worth a row of the index to `sink`: nodes, then ways, then relations, where
/// the extract has this order. `progress` is called after each blob.
///
/// # Errors
/// [`ExtractError`] for a file that is no extract, is damaged or needs unknown features, for a full disk, and for
/// whatever the sink returns. Elements that cannot be used do not end the reading; the report counts them.
pub fn read<E: std::error::Error + Send + Sync + 'static>(
    path: &Path,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
    sink: &mut dyn FnMut(Object) -> Result<(), E>,
) -> Result<Report, ExtractError> {
    let mut sink = |object| sink(object).map_err(|error| ExtractError::Sink(Box::new(error)));
    Reading::open(path, options, progress)?.run(&mut sink)
}

/// An extract between its passes.
struct Reading<'a> {
    options: &'a Options,
    progress: &'a mut dyn FnMut(Progress),
    source: Source,
    header: Header,
    survey: Survey,
    sha256: String,
    repeated: Repeated,
    kept: Counts,
    administrative: (u64, u64),
}

impl<'a> Reading<'a> {
    /// Opens an extract and makes the first pass.
    fn open(path: &Path, options: &'a Options, progress: &'a mut dyn FnMut(Progress)) -> Result<Self, ExtractError> {
        let mut source = Source::open(path)?;
        let (mut message, mut hash) = (Vec::new(), Sha256::new());
        let offset = source.read_next(0, &mut message, &mut hash)?.map_or(0, |at| at.end());
        let header = Unpacker::new().unpack(&message).and_then(|bytes| Ok(Header::parse(bytes)?));
        let header = header.map_err(|problem| source.problem(0, problem))?;
        if let Some(feature) = header.unknown_feature {
            return Err(ExtractError::Feature { path: path.to_owned(), feature });
        }
        let of_bytes = source.bytes();
        let mut survey = Survey::new(empty_table(options));
        let mut whole = Whole { source, offset, hash };
        let take = |at: &blob::BlobAt, found| {
            progress(Progress { stage: Stage::Survey, at_bytes: at.end(), of_bytes });
            survey.push(found)
        };
        parallel::in_order(options.threads.get(), &mut whole, survey::survey, take)?;
        survey.finish();
        let Whole { source, hash, .. } = whole;
        let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let (repeated, kept, administrative) = (Repeated::default(), Counts::default(), (0, 0));
        Ok(Self { options, progress, source, header, survey, sha256, repeated, kept, administrative })
    }

    fn run(mut self, sink: &mut dyn FnMut(Object) -> Result<(), ExtractError>) -> Result<Report, ExtractError> {
        let unordered = self.survey.found.unordered();
        if unordered != Kinds::default() {
            self.put_in_order(unordered)?;
        }
        self.survey.nodes.finish().map_err(ExtractError::Temporary)?;
        let ways = self.places(sink)?;
        self.sets(&ways, sink)?;
        Ok(self.report())
    }

    fn put_in_order(&mut self, kinds: Kinds) -> Result<(), ExtractError> {
        let mut sorter = Sorter::new(&self.options.temporary, self.options.memory_bytes / 2);
        if kinds.has(OsmKind::Node) {
            self.survey.nodes = empty_table(self.options);
        }
        let (of_bytes, progress) = (self.source.bytes(), &mut *self.progress);
        let blobs = blobs_with(&self.survey.blobs, |blob| blob.has, kinds);
        let mut feed = Again { source: &mut self.source, blobs };
        parallel::in_order(
            self.options.threads.get(),
            &mut feed,
            |at, bytes| order::occurrences(at, bytes, kinds),
            |at, found| {
                progress(Progress { stage: Stage::Order, at_bytes: at.end(), of_bytes });
                Ok(found.into_iter().try_for_each(|occurrence| sorter.push(occurrence))?)
            },
        )?;
        self.repeated = order::settle(sorter, &mut self.survey.nodes, &mut self.survey.found.tallies)?;
        Ok(())
    }

    fn places(&mut self, sink: &mut dyn FnMut(Object) -> Result<(), ExtractError>) -> Result<MemberWays, ExtractError> {
        let Survey { blobs, found, nodes } = &mut self.survey;
        let mut ways = MemberWays::new(self.options.temporary.clone(), self.options.memory_bytes / 4);
        let (of_bytes, progress, kept) = (self.source.bytes(), &mut *self.progress, &mut self.kept);
        let kinds = [OsmKind::Node, OsmKind::Way].into_iter().collect();
        let mut feed = Again { blobs: blobs_with(blobs, |blob| blob.keeps, kinds), source: &mut self.source };
        let places = Places { nodes, wanted: &found.wanted, repeated: &self.repeated };
        let (tallies, bounds) = (&mut found.tallies, &mut found.bounds);
        parallel::in_order(
            self.options.threads.get(),
            &mut feed,
            |at, bytes| places.place(at, bytes),
            |at, placed| {
                progress(Progress { stage: Stage::Places, at_bytes: at.end(), of_bytes });
                tallies.merge(placed.tallies);
                for (id, way) in placed.members {
                    ways.push(id, &way).map_err(ExtractError::Temporary)?;
                }
                placed.objects.into_iter().try_for_each(|object| {
                    // Where ways have the positions, the extract may have left the nodes out.
                    *bounds = [*bounds, Some(object.bounds)].into_iter().flatten().reduce(BoxE7::union);
                    kept.add(object.id.kind);
                    sink(object)
                })
            },
        )?;
        ways.finish().map_err(ExtractError::Temporary)?;
        Ok(ways)
    }

    fn sets(
        &mut self,
        ways: &MemberWays,
        sink: &mut dyn FnMut(Object) -> Result<(), ExtractError>,
    ) -> Result<(), ExtractError> {
        let Survey { blobs, found, nodes } = &mut self.survey;
        let (of_bytes, progress, kept) = (self.source.bytes(), &mut *self.progress, &mut self.kept);
        let kinds = [OsmKind::Relation].into_iter().collect();
        let mut feed = Again { blobs: blobs_with(blobs, |blob| blob.keeps, kinds), source: &mut self.source };
        let sets = Sets { nodes, ways, repeated: &self.repeated };
        let mut nested = Nested::new(&found.wanted.relations);
        let (tallies, administrative) = (&mut found.tallies, &mut self.administrative);
        let mut give = |object: Object| {
            kept.add(object.id.kind);
            sink(object)
        };
        parallel::in_order(
            self.options.threads.get(),
            &mut feed,
            |at, bytes| sets.relate(at, bytes),
            |at, related| {
                progress(Progress { stage: Stage::Sets, at_bytes: at.end(), of_bytes });
                tallies.merge(related.tallies);
                administrative.0 += related.administrative.0;
                administrative.1 += related.administrative.1;
                nested.push(related.pending);
                related.objects.into_iter().try_for_each(|object| {
                    nested.note(&object);
                    give(object)
                })
            },
        )?;
        nested.finish(tallies).into_iter().try_for_each(give)
    }

    fn report(self) -> Report {
        let found = self.survey.found;
        let newest = (found.newest_ms > 0).then_some((found.newest_ms.div_euclid(1000), true));
        let date = self.header.replication_s.filter(|time| *time > 0).map(|time| (time, false)).or(newest);
        Report {
            bytes: self.source.bytes(),
            sha256: self.sha256,
            writer: self.header.writer,
            header_bounds: self.header.bounds,
            bounds: found.bounds,
            header_bounds_wrong: self.header.bounds_broken || is_far(self.header.bounds, found.bounds),
            date: date.map(|(unix_s, of_newest_object)| ExtractDate { unix_s, of_newest_object }),
            sorted: found.sorted(),
            seen: found.seen,
            kept: self.kept,
            administrative: self.administrative,
            tallies: found.tallies.finish(),
        }
    }
}

fn empty_table(options: &Options) -> NodeTable {
    NodeTable::new(options.temporary.clone(), options.memory_bytes / 2)
}

/// Whether an element is worth a row. Most have no tags, which needs no look at any table.
fn kept(kind: OsmKind, block: &Block, pairs: &[(u32, u32)]) -> bool {
    !pairs.is_empty() && features::keep(kind, block.tags(pairs))
}

/// Whether a box that is claimed lies off the nodes that are there, or is more than twenty times as large.
fn is_far(claimed: Option<BoxE7>, real: Option<BoxE7>) -> bool {
    let (Some(claimed), Some(real)) = (claimed, real) else {
        return false;
    };
    let apart = claimed.north < real.south
        || claimed.south > real.north
        || claimed.east < real.west
        || claimed.west > real.east;
    let side = |low: i32, high: i32| (f64::from(high) - f64::from(low)).max(1.0);
    let area = |b: BoxE7| side(b.south, b.north) * side(b.west, b.east);
    apart || area(claimed) > 20.0 * area(real)
}

/// Some of the three kinds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Kinds([bool; 3]);

impl Kinds {
    fn add(&mut self, kind: OsmKind) {
        self.0[kind as usize] = true;
    }

    fn has(self, kind: OsmKind) -> bool {
        self.0[kind as usize]
    }

    fn meets(self, other: Self) -> bool {
        self.0.iter().zip(other.0).any(|(mine, theirs)| *mine && theirs)
    }
}

impl FromIterator<OsmKind> for Kinds {
    fn from_iter<I: IntoIterator<Item = OsmKind>>(kinds: I) -> Self {
        let mut all = Self::default();
        kinds.into_iter().for_each(|kind| all.add(kind));
        all
    }
}

//! What reading an extract found out.

use super::super::object::{BoxE7, OsmId, OsmKind};
use serde::{Deserialize, Serialize};

/// Ids that are listed for each reason.
pub const LISTED_IDS: usize = 1000;

/// Facts about an extract, and what became of what is in it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// Size of the extract, bytes.
    pub bytes: u64,
    /// SHA-256 of the extract, lower-case hexadecimal.
    pub sha256: String,
    /// The program that wrote it, as its header says.
    pub writer: Option<String>,
    /// The box that the header claims; nothing where it claims none, or one that is no box on the globe.
    pub header_bounds: Option<BoxE7>,
    /// The box around the nodes that are there, and around the ways that say where theirs are; nothing where there is none.
    pub bounds: Option<BoxE7>,
    /// Whether the box of the header is far from the truth: no box, off the nodes, or more than twenty times as large.
    pub header_bounds_wrong: bool,
    /// When the data was current, and how that is known.
    pub date: Option<ExtractDate>,
    /// Whether nodes come before ways and ways before relations, each by ascending id.
    pub sorted: bool,
    /// Elements in the extract, each version counted.
    pub seen: Counts,
    /// Objects that were given on.
    pub kept: Counts,
    /// Boundaries with `boundary=administrative` that became areas, and all that were kept.
    pub administrative: (u64, u64),
    /// What was left out or mended, in the order of [`Reason::ALL`]; reasons that did not occur are not there.
    pub tallies: Vec<Tally>,
}

impl Report {
    /// How often something was left out or mended for a reason.
    #[must_use]
    pub fn count(&self, reason: Reason) -> u64 {
        self.tallies.iter().find(|tally| tally.reason == reason).map_or(0, |tally| tally.count)
    }
}

/// When the data of an extract was current.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtractDate {
    /// Seconds since 1970.
    pub unix_s: i64,
    /// Whether it is the time of the newest object; else it is what the header says.
    pub of_newest_object: bool,
}

/// Numbers of elements by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Nodes.
    pub nodes: u64,
    /// Ways.
    pub ways: u64,
    /// Relations.
    pub relations: u64,
}

impl Counts {
    pub(super) fn add(&mut self, kind: OsmKind) {
        match kind {
            OsmKind::Node => self.nodes += 1,
            OsmKind::Way => self.ways += 1,
            OsmKind::Relation => self.relations += 1,
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.nodes += other.nodes;
        self.ways += other.ways;
        self.relations += other.relations;
    }

    /// All of them.
    #[must_use]
    pub fn total(self) -> u64 {
        self.nodes + self.ways + self.relations
    }
}

/// Why something was left out, or had to be mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// Left out: a node outside ±90° or ±180°.
    OutOfRange,
    /// Left out: an id beyond ±2^61.
    IdOutOfRange,
    /// Left out: a version that deletes the element.
    Deleted,
    /// Left out: an older version of an element that is there again, or the same one.
    Superseded,
    /// Left out: a way of which no node is in the extract.
    NoNodes,
    /// Left out: a relation of which no member is in the extract.
    NoMembers,
    /// Kept: a way of which some nodes are not in the extract; it has those that are.
    NodesMissing,
    /// Kept as scattered members: a multipolygon or boundary of which no ring closes.
    RingOpen,
    /// Kept as the rings that close: a multipolygon or boundary of which some ring does not.
    RingsPartly,
    /// Kept as scattered members: a multipolygon with more rings than are sorted into each other.
    TooManyRings,
    /// Kept: a tag value that was cut at 4096 bytes.
    ValueCut,
    /// Kept: an element with a key twice; it has the first.
    KeyTwice,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 12] = [
        Self::OutOfRange,
        Self::IdOutOfRange,
        Self::Deleted,
        Self::Superseded,
        Self::NoNodes,
        Self::NoMembers,
        Self::NodesMissing,
        Self::RingOpen,
        Self::RingsPartly,
        Self::TooManyRings,
        Self::ValueCut,
        Self::KeyTwice,
    ];

    /// Whether the element is not in the index because of it.
    #[must_use]
    pub fn left_out(self) -> bool {
        matches!(
            self,
            Self::OutOfRange | Self::IdOutOfRange | Self::Deleted | Self::Superseded | Self::NoNodes | Self::NoMembers
        )
    }
}

/// How often something was left out or mended for a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Why.
    pub reason: Reason,
    /// How often.
    pub count: u64,
    /// The first [`LISTED_IDS`] elements.
    pub ids: Vec<OsmId>,
}

/// Tallies that grow.
#[derive(Debug, Clone, Default)]
pub(super) struct Tallies(Vec<Tally>);

impl Tallies {
    pub(super) fn add(&mut self, reason: Reason, id: OsmId) {
        let tally = self.of(reason);
        tally.count += 1;
        if tally.ids.len() < LISTED_IDS {
            tally.ids.push(id);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        for tally in other.0 {
            let mine = self.of(tally.reason);
            mine.count += tally.count;
            let room = LISTED_IDS.saturating_sub(mine.ids.len());
            mine.ids.extend(tally.ids.into_iter().take(room));
        }
    }

    pub(super) fn finish(mut self) -> Vec<Tally> {
        self.0.sort_by_key(|tally| tally.reason);
        self.0
    }

    fn of(&mut self, reason: Reason) -> &mut Tally {
        let at = self.0.iter().position(|tally| tally.reason == reason).unwrap_or_else(|| {
            self.0.push(Tally { reason, count: 0, ids: Vec::new() });
            self.0.len() - 1
        });
        &mut self.0[at]
    }
}

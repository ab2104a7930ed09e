//! What a search asks for: clauses, the relations between them, and where to look.

use super::QueryError;
use crate::geo::{BoundingBox, LatLon};
use crate::osm::object::OsmId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::mem::{Discriminant, discriminant};
use std::str::FromStr;

/// The `schema` of a [`Query`].
pub const QUERY_SCHEMA: &str = "navig.search-query/1";
/// Most bytes of a query's text, and of one name or value in it.
pub const MAX_BYTES: usize = 4096;
/// Most clauses of a query.
pub const MAX_CLAUSES: usize = 16;
/// Most tests of a clause, relations of a group and regions of a query.
pub const MAX_TESTS: usize = 8;
/// Greatest distance of a relation, metres.
pub const MAX_DISTANCE_M: f64 = 50_000.0;
/// Greatest radius of `near`, metres.
pub const MAX_NEAR_M: f64 = 1_000_000.0;
/// Most hits that a query may ask for.
pub const MAX_LIMIT: usize = 1000;
/// Hits that a query gives when it names no `limit`.
pub const DEFAULT_LIMIT: usize = 10;

fn query_schema() -> String {
    QUERY_SCHEMA.to_owned()
}

fn default_limit() -> usize {
    DEFAULT_LIMIT
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_default_limit(limit: &usize) -> bool {
    *limit == DEFAULT_LIMIT
}

/// A question to the map (`navig.search-query/1`): one object, and others that stand in relations to it.
///
/// Text and JSON say the same: [`Query::parse`] reads what [`fmt::Display`] writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// `navig.search-query/1`.
    #[serde(default = "query_schema")]
    pub schema: String,
    /// The first clause: the relations of all groups lead to it.
    pub find: Clause,
    /// The other clauses, each group with the relations that it stands in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// Regions to look in; a hit lies in all of them.
    #[serde(default, rename = "in", skip_serializing_if = "Vec::is_empty")]
    pub inside: Vec<Inside>,
    /// How many clauses, the first included, a hit must have; all of them when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<usize>,
    /// Most hits to return, 1 to 1000; 10 when left out.
    #[serde(default = "default_limit", skip_serializing_if = "is_default_limit")]
    pub limit: usize,
}

/// Clauses that stand in the same relations to the first clause of the query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// One to eight relations, all of which hold.
    pub relations: Vec<Relation>,
    /// At least one clause.
    pub clauses: Vec<Clause>,
}

/// One object: all its tests hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Clause {
    /// One to eight tests.
    pub tests: Vec<Test>,
}

/// Something that an object has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Test {
    /// Any of its names, in any language, short or old, its brand, operator or reference.
    Name {
        /// How the name is compared.
        how: NameMatch,
        /// The name, or what was read of it.
        text: String,
    },
    /// A tag of exactly this value, or of the same amount in another unit.
    Tag {
        /// Key of the tag.
        key: String,
        /// Its value.
        value: String,
    },
    /// A tag of any value.
    Key {
        /// Key of the tag.
        key: String,
    },
    /// A tag whose amount lies in a range.
    Amount {
        /// Key of the tag.
        key: String,
        /// The range; amounts carry their unit, such as `30mph`.
        range: AmountRange,
    },
    /// A visual class, such as `power pylon`.
    Class {
        /// Name of the class or one of its aliases.
        class: String,
    },
    /// One element of OpenStreetMap.
    Element {
        /// Its id.
        id: OsmId,
    },
}

/// How a name is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NameMatch {
    /// `name="..."`: the same after folding.
    Exact,
    /// `name~"..."`: as a reader of pictures gives it, with letters confused, lost, split or joined.
    Read,
    /// `name^"..."`: the beginning.
    Prefix,
    /// `name*"..."`: any part.
    Part,
}

impl NameMatch {
    /// The sign of the language.
    #[must_use]
    pub fn sign(self) -> char {
        match self {
            Self::Exact => '=',
            Self::Read => '~',
            Self::Prefix => '^',
            Self::Part => '*',
        }
    }
}

/// A range of amounts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "kebab-case", deny_unknown_fields)]
pub enum AmountRange {
    /// `>=`
    AtLeast {
        /// Number with a unit.
        amount: String,
    },
    /// `<=`
    AtMost {
        /// Number with a unit.
        amount: String,
    },
    /// `>`
    Above {
        /// Number with a unit.
        amount: String,
    },
    /// `<`
    Below {
        /// Number with a unit.
        amount: String,
    },
    /// `=a..b`, both included.
    Between {
        /// Lower end.
        from: String,
        /// Upper end.
        to: String,
    },
}

/// How an object stands to the first one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Relation {
    /// The shortest distance between the two geometries lies in a range.
    Within {
        /// Least distance, metres; 0 for none.
        #[serde(default)]
        from_m: f64,
        /// Greatest distance, metres.
        to_m: f64,
        /// Whether the clauses of the group also lie within that range of each other.
        #[serde(default)]
        together: bool,
    },
    /// Both lie on one street, or carry its name in their address.
    SameStreet,
    /// The two streets meet.
    Crossing,
    /// This object lies in that direction of the first, within 45° to either side.
    Towards {
        /// The direction.
        direction: Compass,
    },
    /// The first object lies in that direction of this one, within 45° to either side.
    TowardsFirst {
        /// The direction.
        direction: Compass,
    },
    /// The direction from the first object to this one, degrees clockwise from north; `from > to` passes north.
    Bearing {
        /// Least, 0 to 360.
        from_deg: f64,
        /// Greatest, 0 to 360.
        to_deg: f64,
    },
    /// The acute angle between the directions of two lines, degrees.
    Angle {
        /// Least, 0 to 90.
        from_deg: f64,
        /// Greatest, 0 to 90.
        to_deg: f64,
    },
}

impl Relation {
    /// Which kind it is: a group has each kind once.
    pub(super) fn kind(&self) -> Discriminant<Self> {
        discriminant(self)
    }
}

/// A direction of the compass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Compass {
    /// 0°
    North,
    /// 45°
    Northeast,
    /// 90°
    East,
    /// 135°
    Southeast,
    /// 180°
    South,
    /// 225°
    Southwest,
    /// 270°
    West,
    /// 315°
    Northwest,
}

impl Compass {
    /// All eight, clockwise from north.
    pub const ALL: [Self; 8] = [
        Self::North,
        Self::Northeast,
        Self::East,
        Self::Southeast,
        Self::South,
        Self::Southwest,
        Self::West,
        Self::Northwest,
    ];

    /// The word of the language.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::North => "north",
            Self::Northeast => "northeast",
            Self::East => "east",
            Self::Southeast => "southeast",
            Self::South => "south",
            Self::Southwest => "southwest",
            Self::West => "west",
            Self::Northwest => "northwest",
        }
    }

    /// Degrees clockwise from north.
    #[must_use]
    pub fn degrees(self) -> f64 {
        f64::from(self as u8) * 45.0
    }
}

/// Where to look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Inside {
    /// An administrative area of the map that bears this name, compared after folding.
    Area {
        /// Its name in any language.
        name: String,
    },
    /// A country, by the outlines that navig carries with it.
    Country {
        /// ISO 3166-1 alpha-2, capitals.
        code: String,
    },
    /// Between two latitudes and two longitudes, across 180° where west is greater than east.
    Box {
        /// The box.
        bounds: BoundingBox,
    },
    /// Within a distance of a point.
    Near {
        /// The point.
        at: LatLon,
        /// The distance, metres.
        radius_m: f64,
    },
}

impl Query {
    /// A query for one object.
    #[must_use]
    pub fn of(find: Clause) -> Self {
        Self {
            schema: query_schema(),
            find,
            groups: Vec::new(),
            inside: Vec::new(),
            at_least: None,
            limit: DEFAULT_LIMIT,
        }
    }

    /// All clauses: the first, then those of the groups in order. Their places are the numbers that results use.
    pub fn clauses(&self) -> impl Iterator<Item = &Clause> {
        std::iter::once(&self.find).chain(self.groups.iter().flat_map(|g| &g.clauses))
    }

    /// How many clauses a hit must have.
    #[must_use]
    pub fn required(&self) -> usize {
        self.at_least.unwrap_or_else(|| self.clauses().count())
    }
}

impl FromStr for Query {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        Self::parse(text)
    }
}

impl Clause {
    /// A clause of one test.
    #[must_use]
    pub fn of(test: Test) -> Self {
        Self { tests: vec![test] }
    }

    /// A clause that compares a name.
    #[must_use]
    pub fn name(how: NameMatch, text: impl Into<String>) -> Self {
        Self::of(Test::Name { how, text: text.into() })
    }
}

impl fmt::Display for Query {
    /// As [`Query::parse`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.find)?;
        for group in &self.groups {
            write!(f, " & {group}")?;
        }
        for inside in &self.inside {
            write!(f, " & {inside}")?;
        }
        if let Some(at_least) = self.at_least {
            write!(f, " & at least {at_least}")?;
        }
        if self.limit != DEFAULT_LIMIT {
            write!(f, " & limit {}", self.limit)?;
        }
        Ok(())
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, relation) in self.relations.iter().enumerate() {
            write!(f, "{}{relation}", if i == 0 { "" } else { " " })?;
        }
        for (i, clause) in self.clauses.iter().enumerate() {
            write!(f, "{} {clause}", if i == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, test) in self.tests.iter().enumerate() {
            write!(f, "{}{test}", if i == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { how, text } => write!(f, "name{}{}", how.sign(), Quoted(text)),
            Self::Tag { key, value } if is_bare(value) => write!(f, "{key}={value}"),
            // The keys `name` and `osm` mean more than a tag; the tag itself is written in quotes.
            Self::Tag { key, value } => write!(f, "{key}={}", Quoted(value)),
            Self::Key { key } => write!(f, "{key}=*"),
            Self::Amount { key, range } => write!(f, "{key}{range}"),
            Self::Class { class } => write!(f, "{}", Quoted(class)),
            Self::Element { id } => write!(f, "osm={id}"),
        }
    }
}

impl fmt::Display for AmountRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast { amount } => write!(f, ">={amount}"),
            Self::AtMost { amount } => write!(f, "<={amount}"),
            Self::Above { amount } => write!(f, ">{amount}"),
            Self::Below { amount } => write!(f, "<{amount}"),
            Self::Between { from, to } => write!(f, "={from}..{to}"),
        }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Within { from_m, to_m, together } => {
                match *from_m > 0.0 {
                    true => write!(f, "within {from_m}..{to_m}m")?,
                    false => write!(f, "within {to_m}m")?,
                }
                f.write_str(if *together { " together" } else { "" })
            }
            Self::SameStreet => f.write_str("same street"),
            Self::Crossing => f.write_str("crossing"),
            Self::Towards { direction } => f.write_str(direction.name()),
            Self::TowardsFirst { direction } => write!(f, "{} of", direction.name()),
            Self::Bearing { from_deg, to_deg } => write!(f, "bearing {from_deg}..{to_deg}"),
            Self::Angle { from_deg, to_deg } => write!(f, "angle {from_deg}..{to_deg}"),
        }
    }
}

impl fmt::Display for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Area { name } => write!(f, "in {}", Quoted(name)),
            Self::Country { code } => write!(f, "in {code}"),
            Self::Box { bounds } => write!(f, "in {bounds}"),
            Self::Near { at, radius_m } => write!(f, "near {},{} {radius_m}m", at.lat(), at.lon()),
        }
    }
}

/// A text in quotation marks; `\` stands before `"` and `\`.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for c in self.0.chars() {
            if matches!(c, '"' | '\\') {
                f.write_str("\\")?;
            }
            write!(f, "{c}")?;
        }
        f.write_str("\"")
    }
}

/// Whether a value is read back without quotation marks, and not as a range or as any value.
pub(super) fn is_bare(value: &str) -> bool {
    !value.is_empty() && !value.contains("..") && value.chars().all(is_word_char)
}

/// Letters of words, keys, amounts and bare values.
pub(super) fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | ':' | '.' | '-' | '/' | ';' | '+' | '\'')
}

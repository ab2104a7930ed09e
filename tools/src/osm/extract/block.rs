//! The elements in an unpacked data blob, read in place.

use super::super::object::{OsmKind, PointE7};
use super::wire::{Fields, Malformed, Varints};
use std::borrow::Cow;

/// Where a list of tags leads outside the table of strings.
const NO_STRING: Malformed = Malformed("an element names a string that the blob does not have");

/// What every element has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Info {
    /// 0 where the extract has none.
    pub(super) version: u32,
    /// When it was changed, milliseconds since 1970; 0 where the extract has none.
    pub(super) changed_ms: i64,
    /// False for a version that deletes the element, in a history file.
    pub(super) visible: bool,
}

impl Default for Info {
    fn default() -> Self {
        Self { version: 0, changed_ms: 0, visible: true }
    }
}

/// An element of a blob. `tags` are pairs of indices into the blob's strings, all in range.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'b, 'a> {
    pub(super) id: i64,
    pub(super) info: Info,
    pub(super) tags: &'b [(u32, u32)],
    pub(super) body: Body<'a>,
}

/// What only one kind of element has.
#[derive(Debug, Clone, Copy)]
pub(super) enum Body<'a> {
    /// A node; nothing where its coordinates are outside ±90° and ±180°.
    Node(Option<PointE7>),
    Way(WayBody<'a>),
    Relation(RelationBody<'a>),
}

impl Body<'_> {
    pub(super) fn kind(&self) -> OsmKind {
        match self {
            Self::Node(_) => OsmKind::Node,
            Self::Way(_) => OsmKind::Way,
            Self::Relation(_) => OsmKind::Relation,
        }
    }
}

/// The packed nodes of a way, and their positions where the file is one of LocationsOnWays.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct WayBody<'a> {
    refs: Varints<'a>,
    lats: Varints<'a>,
    lons: Varints<'a>,
}

/// The packed members of a relation.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RelationBody<'a> {
    roles: Varints<'a>,
    ids: Varints<'a>,
    kinds: Varints<'a>,
}

/// A member of a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) kind: OsmKind,
    pub(super) id: i64,
    /// Whether its role is `inner`.
    pub(super) inner: bool,
}

/// An unpacked data blob.
pub(super) struct Block<'a> {
    pub(super) strings: Vec<Cow<'a, str>>,
    groups: Vec<&'a [u8]>,
    granularity: i64,
    date_granularity: i64,
    lat_offset: i64,
    lon_offset: i64,
}

impl<'a> Block<'a> {
    pub(super) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut block = Self {
            strings: Vec::new(),
            groups: Vec::new(),
            granularity: 100,
            date_granularity: 1000,
            lat_offset: 0,
            lon_offset: 0,
        };
        let mut fields = Fields::of(message);
        while let Some((number, value)) = fields.next()? {
            match number {
                1 => {
                    let mut strings = Fields::of(value.bytes()?);
                    while let Some((number, value)) = strings.next()? {
                        if number == 1 {
                            block.strings.push(String::from_utf8_lossy(value.bytes()?));
                        }
                    }
                }
                2 => block.groups.push(value.bytes()?),
                17 => block.granularity = value.number()? as i64,
                18 => block.date_granularity = value.number()? as i64,
                19 => block.lat_offset = value.number()? as i64,
                20 => block.lon_offset = value.number()? as i64,
                _ => {}
            }
        }
        Ok(block)
    }

    /// Every element in its order, of the kinds that `wanted` asks for.
    pub(super) fn visit<'b>(
        &'b self,
        wanted: impl Fn(OsmKind) -> bool,
        mut each: impl FnMut(Element<'_, 'a>) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        let mut tags = Vec::new();
        for group in &self.groups {
            let mut fields = Fields::of(group);
            while let Some((number, value)) = fields.next()? {
                match number {
                    1 if wanted(OsmKind::Node) => each(self.plain_node(value.bytes()?, &mut tags)?)?,
                    2 if wanted(OsmKind::Node) => self.dense_nodes(value.bytes()?, &mut tags, &mut each)?,
                    3 if wanted(OsmKind::Way) => each(self.way(value.bytes()?, &mut tags)?)?,
                    4 if wanted(OsmKind::Relation) => each(self.relation(value.bytes()?, &mut tags)?)?,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// The position of packed coordinates; nothing outside ±90° and ±180°.
    fn point(&self, lat: i64, lon: i64) -> Option<PointE7> {
        let e7 = |offset: i64, value: i64| {
            let nanodegrees = value.checked_mul(self.granularity)?.checked_add(offset)?;
            Some(nanodegrees.checked_add(50)?.div_euclid(100))
        };
        PointE7::new(e7(self.lat_offset, lat)?, e7(self.lon_offset, lon)?)
    }

    fn pair(&self, key: u64, value: u64) -> Result<(u32, u32), Malformed> {
        let count = self.strings.len() as u64;
        if key < count && value < count { Ok((key as u32, value as u32)) } else { Err(NO_STRING) }
    }

    fn pairs(&self, mut keys: Varints, mut values: Varints, tags: &mut Vec<(u32, u32)>) -> Result<(), Malformed> {
        tags.clear();
        while let Some(key) = keys.next()? {
            let value = values.next()?.ok_or(Malformed("an element has more keys than values"))?;
            tags.push(self.pair(key, value)?);
        }
        Ok(())
    }

    fn info(&self, message: &[u8]) -> Result<Info, Malformed> {
        let mut info = Info::default();
        let mut fields = Fields::of(message);
        while let Some((number, value)) = fields.next()? {
            match number {
                1 => info.version = version(value.number()?),
                2 => info.changed_ms = (value.number()? as i64).saturating_mul(self.date_granularity),
                6 => info.visible = value.number()? != 0,
                _ => {}
            }
        }
        Ok(info)
    }

    fn plain_node<'b>(&self, message: &'a [u8], tags: &'b mut Vec<(u32, u32)>) -> Result<Element<'b, 'a>, Malformed> {
        let (mut id, mut info, mut lat, mut lon) = (None, Info::default(), None, None);
        let (mut keys, mut values) = (Varints::default(), Varints::default());
        let mut fields = Fields::of(message);
        while let Some((number, value)) = fields.next()? {
            match number {
                1 => id = Some(value.signed()?),
                2 => keys = Varints(value.bytes()?),
                3 => values = Varints(value.bytes()?),
                4 => info = self.info(value.bytes()?)?,
                8 => lat = Some(value.signed()?),
                9 => lon = Some(value.signed()?),
                _ => {}
            }
        }
        let (Some(id), Some(lat), Some(lon)) = (id, lat, lon) else {
            return Err(Malformed("a node has no id or no position"));
        };
        self.pairs(keys, values, tags)?;
        Ok(Element { id, info, tags, body: Body::Node(self.point(lat, lon)) })
    }

    fn dense_nodes(
        &self,
        message: &'a [u8],
        tags: &mut Vec<(u32, u32)>,
        each: &mut impl FnMut(Element<'_, 'a>) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        let mut lists = DenseLists::parse(message)?;
        let (mut id, mut lat, mut lon, mut date) = (0i64, 0i64, 0i64, 0i64);
        while let Some(step) = lists.ids.next_signed()? {
            id = id.wrapping_add(step);
            lat = lat.wrapping_add(lists.lats.expect_signed()?);
            lon = lon.wrapping_add(lists.lons.expect_signed()?);
            let mut info = Info::default();
            if let Some(number) = lists.versions.next()? {
                info.version = version(number);
            }
            if let Some(step) = lists.dates.next_signed()? {
                date = date.wrapping_add(step);
                info.changed_ms = date.saturating_mul(self.date_granularity);
            }
            if let Some(visible) = lists.visibles.next()? {
                info.visible = visible != 0;
            }
            tags.clear();
            // A list without any tag is left out altogether.
            while let Some(key) = lists.keys_values.next()?.filter(|key| *key != 0) {
                let value = lists.keys_values.next()?.ok_or(Malformed("a node has more keys than values"))?;
                tags.push(self.pair(key, value)?);
            }
            each(Element { id, info, tags, body: Body::Node(self.point(lat, lon)) })?;
        }
        Ok(())
    }

    fn way<'b>(&self, message: &'a [u8], tags: &'b mut Vec<(u32, u32)>) -> Result<Element<'b, 'a>, Malformed> {
        let (mut id, mut info, mut body) = (None, Info::default(), WayBody::default());
        let (mut keys, mut values) = (Varints::default(), Varints::default());
        let mut fields = Fields::of(message);
        while let Some((number, value)) = fields.next()? {
            match number {
                1 => id = Some(value.number()? as i64),
                2 => keys = Varints(value.bytes()?),
                3 => values = Varints(value.bytes()?),
                4 => info = self.info(value.bytes()?)?,
                8 => body.refs = Varints(value.bytes()?),
                9 => body.lats = Varints(value.bytes()?),
                10 => body.lons = Varints(value.bytes()?),
                _ => {}
            }
        }
        self.pairs(keys, values, tags)?;
        Ok(Element { id: id.ok_or(Malformed("a way has no id"))?, info, tags, body: Body::Way(body) })
    }

    fn relation<'b>(&self, message: &'a [u8], tags: &'b mut Vec<(u32, u32)>) -> Result<Element<'b, 'a>, Malformed> {
        let (mut id, mut info, mut body) = (None, Info::default(), RelationBody::default());
        let (mut keys, mut values) = (Varints::default(), Varints::default());
        let mut fields = Fields::of(message);
        while let Some((number, value)) = fields.next()? {
            match number {
                1 => id = Some(value.number()? as i64),
                2 => keys = Varints(value.bytes()?),
                3 => values = Varints(value.bytes()?),
                4 => info = self.info(value.bytes()?)?,
                8 => body.roles = Varints(value.bytes()?),
                9 => body.ids = Varints(value.bytes()?),
                10 => body.kinds = Varints(value.bytes()?),
                _ => {}
            }
        }
        self.pairs(keys, values, tags)?;
        Ok(Element { id: id.ok_or(Malformed("a relation has no id"))?, info, tags, body: Body::Relation(body) })
    }

    /// Appends the ids of a way's nodes, and for each its position where the way itself has it.
    pub(super) fn nodes_of(
        &self,
        way: &WayBody,
        ids: &mut Vec<i64>,
        positions: &mut Vec<Option<PointE7>>,
    ) -> Result<(), Malformed> {
        let WayBody { mut refs, mut lats, mut lons } = *way;
        let (mut id, mut lat, mut lon) = (0i64, 0i64, 0i64);
        while let Some(step) = refs.next_signed()? {
            id = id.wrapping_add(step);
            ids.push(id);
            positions.push(match (lats.next_signed()?, lons.next_signed()?) {
                (Some(lat_step), Some(lon_step)) => {
                    (lat, lon) = (lat.wrapping_add(lat_step), lon.wrapping_add(lon_step));
                    self.point(lat, lon)
                }
                _ => None,
            });
        }
        Ok(())
    }

    /// Appends the members of a relation.
    pub(super) fn members_of(&self, relation: &RelationBody, members: &mut Vec<Member>) -> Result<(), Malformed> {
        let RelationBody { mut roles, mut ids, mut kinds } = *relation;
        let mut id = 0i64;
        while let Some(step) = ids.next_signed()? {
            id = id.wrapping_add(step);
            let kind = match kinds.next()? {
                Some(0) => OsmKind::Node,
                Some(1) => OsmKind::Way,
                Some(2) => OsmKind::Relation,
                _ => return Err(Malformed("a member of a relation has no kind")),
            };
            let role = roles.next()?.and_then(|role| self.strings.get(usize::try_from(role).ok()?));
            members.push(Member { kind, id, inner: role.ok_or(NO_STRING)? == "inner" });
        }
        Ok(())
    }

    /// The tags behind pairs of indices.
    pub(super) fn tags<'b>(&'b self, pairs: &'b [(u32, u32)]) -> impl Iterator<Item = (&'b str, &'b str)> + Clone {
        let text = |index: u32| self.strings.get(index as usize).map_or("", |text| text.as_ref());
        pairs.iter().map(move |(key, value)| (text(*key), text(*value)))
    }
}

/// The parallel lists of a group of dense nodes.
#[derive(Default)]
struct DenseLists<'a> {
    ids: Varints<'a>,
    lats: Varints<'a>,
    lons: Varints<'a>,
    keys_values: Varints<'a>,
    versions: Varints<'a>,
    dates: Varints<'a>,
    visibles: Varints<'a>,
}

impl<'a> DenseLists<'a> {
    fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut lists = Self::default();
        let mut fields = Fields::of(message);
        while let Some((number, value)) = fields.next()? {
            match number {
                1 => lists.ids = Varints(value.bytes()?),
                5 => {
                    let mut infos = Fields::of(value.bytes()?);
                    while let Some((number, value)) = infos.next()? {
                        match number {
                            1 => lists.versions = Varints(value.bytes()?),
                            2 => lists.dates = Varints(value.bytes()?),
                            6 => lists.visibles = Varints(value.bytes()?),
                            _ => {}
                        }
                    }
                }
                8 => lists.lats = Varints(value.bytes()?),
                9 => lists.lons = Varints(value.bytes()?),
                10 => lists.keys_values = Varints(value.bytes()?),
                _ => {}
            }
        }
        Ok(lists)
    }
}

/// A version as the format has it: a signed number that is -1 where there is none.
fn version(number: u64) -> u32 {
    u32::try_from(number as i64).unwrap_or(0)
}

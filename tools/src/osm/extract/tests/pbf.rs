//! A small writer of `.osm.pbf` files, so that every test says what is in its extract.

use crate::osm::extract::wire::{push_varint, zigzag};
use crate::osm::object::OsmKind;
use flate2::{Compression, write::ZlibEncoder};
use std::io::Write as _;

/// An element of a test's extract.
#[derive(Debug, Clone)]
pub(super) struct Element {
    pub(super) kind: OsmKind,
    pub(super) id: i64,
    pub(super) version: i64,
    pub(super) visible: bool,
    pub(super) changed_s: i64,
    pub(super) tags: Vec<(String, String)>,
    /// Latitude and longitude of a node, 1e-7 degrees.
    pub(super) at: (i64, i64),
    pub(super) refs: Vec<i64>,
    pub(super) members: Vec<(OsmKind, i64, &'static str)>,
}

fn element(kind: OsmKind, id: i64, tags: &[(&str, &str)]) -> Element {
    let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Element { kind, id, version: 1, visible: true, changed_s: 0, tags, at: (0, 0), refs: vec![], members: vec![] }
}

pub(super) fn node(id: i64, lat: i64, lon: i64, tags: &[(&str, &str)]) -> Element {
    Element { at: (lat, lon), ..element(OsmKind::Node, id, tags) }
}

pub(super) fn way(id: i64, refs: &[i64], tags: &[(&str, &str)]) -> Element {
    Element { refs: refs.to_vec(), ..element(OsmKind::Way, id, tags) }
}

pub(super) fn relation(id: i64, members: &[(OsmKind, i64, &'static str)], tags: &[(&str, &str)]) -> Element {
    Element { members: members.to_vec(), ..element(OsmKind::Relation, id, tags) }
}

/// A protobuf message that grows.
#[derive(Debug, Clone, Default)]
pub(super) struct Message(pub(super) Vec<u8>);

impl Message {
    pub(super) fn number(mut self, field: u64, value: i64) -> Self {
        push_varint(&mut self.0, field << 3);
        push_varint(&mut self.0, value as u64);
        self
    }

    pub(super) fn bytes(mut self, field: u64, bytes: &[u8]) -> Self {
        push_varint(&mut self.0, field << 3 | 2);
        push_varint(&mut self.0, bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    fn packed(self, field: u64, numbers: impl IntoIterator<Item = i64>) -> Self {
        let mut bytes = Vec::new();
        numbers.into_iter().for_each(|number| push_varint(&mut bytes, number as u64));
        if bytes.is_empty() { self } else { self.bytes(field, &bytes) }
    }

    /// Numbers as steps, in zigzag form.
    fn steps(self, field: u64, numbers: impl IntoIterator<Item = i64>) -> Self {
        let mut last = 0i64;
        let steps = numbers.into_iter().map(|number| {
            let step = number.wrapping_sub(last);
            last = number;
            zigzag(step) as i64
        });
        let steps: Vec<_> = steps.collect();
        self.packed(field, steps)
    }
}

/// How a blob is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Raw,
    Zlib,
    Lz4,
}

/// How a file is written.
#[derive(Debug, Clone)]
pub(super) struct Style {
    pub(super) packing: Packing,
    pub(super) dense: bool,
    /// Whether ways say where their nodes are.
    pub(super) locations: bool,
    /// 1e-9 degrees in a unit of coordinates.
    pub(super) granularity: i64,
    /// Where coordinates begin, 1e-9 degrees.
    pub(super) offset: (i64, i64),
}

impl Default for Style {
    fn default() -> Self {
        Self { packing: Packing::Zlib, dense: true, locations: false, granularity: 100, offset: (0, 0) }
    }
}

/// A blob in its frame.
pub(super) fn frame(kind: &str, blob: &[u8]) -> Vec<u8> {
    let header = Message::default().bytes(1, kind.as_bytes()).number(3, blob.len() as i64).0;
    [&(header.len() as u32).to_be_bytes()[..], &header, blob].concat()
}

/// Bytes packed to the message of a blob.
pub(super) fn blob(packing: Packing, bytes: &[u8]) -> Vec<u8> {
    let size = Message::default().number(2, bytes.len() as i64);
    match packing {
        Packing::Raw => Message::default().bytes(1, bytes).0,
        Packing::Zlib => {
            let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
            zlib.write_all(bytes).expect("to memory");
            size.bytes(3, &zlib.finish().expect("to memory")).0
        }
        Packing::Lz4 => size.bytes(6, &lz4_flex::block::compress(bytes)).0,
    }
}

/// The header blob of a file that needs some features.
pub(super) fn header(features: &[&str]) -> Vec<u8> {
    let message = features.iter().fold(Message::default(), |message, feature| message.bytes(4, feature.as_bytes()));
    frame("OSMHeader", &blob(Packing::Zlib, &message.bytes(16, b"a test").0))
}

/// The header blob of a file with a box (west, east, north, south, 1e-9 degrees) and a time, seconds since 1970.
pub(super) fn dated_header(bounds: [i64; 4], replication_s: i64) -> Vec<u8> {
    let bounds = bounds
        .iter()
        .zip(1..)
        .fold(Message::default(), |message, (edge, field)| message.number(field, zigzag(*edge) as i64));
    frame("OSMHeader", &blob(Packing::Zlib, &Message::default().bytes(1, &bounds.0).number(32, replication_s).0))
}

/// A file with elements in blobs.
pub(super) fn file(style: &Style, blobs: &[Vec<Element>]) -> Vec<u8> {
    let mut bytes = header(&["OsmSchema-V0.6", "DenseNodes"]);
    for elements in blobs {
        bytes.extend(frame("OSMData", &blob(style.packing, &block(style, elements, blobs))));
    }
    bytes
}

/// A file of one blob for each kind, in the usual style.
pub(super) fn usual(elements: &[Element]) -> Vec<u8> {
    let kinds = [OsmKind::Node, OsmKind::Way, OsmKind::Relation];
    let blobs = kinds.map(|kind| elements.iter().filter(|element| element.kind == kind).cloned().collect());
    file(&Style::default(), &blobs)
}

/// The table of strings of a blob.
#[derive(Default)]
struct Strings(Vec<String>);

impl Strings {
    fn index(&mut self, text: &str) -> i64 {
        let known = self.0.iter().position(|known| known == text);
        known.unwrap_or_else(|| {
            self.0.push(text.to_owned());
            self.0.len() - 1
        }) as i64
    }
}

/// An unpacked data blob; `all` are the nodes whose positions its ways may repeat.
pub(super) fn block(style: &Style, elements: &[Element], all: &[Vec<Element>]) -> Vec<u8> {
    let mut strings = Strings(vec![String::new()]);
    let raw = |nanodegrees: i64, offset: i64| (nanodegrees - offset).div_euclid(style.granularity);
    let coordinates = |(lat, lon): (i64, i64)| (raw(lat * 100, style.offset.0), raw(lon * 100, style.offset.1));
    let mut groups = Vec::new();
    let nodes: Vec<_> = elements.iter().filter(|element| element.kind == OsmKind::Node && style.dense).collect();
    if !nodes.is_empty() {
        let at: Vec<_> = nodes.iter().map(|node| coordinates(node.at)).collect();
        let mut keys_values = Vec::new();
        for node in &nodes {
            for (key, value) in &node.tags {
                keys_values.extend([strings.index(key), strings.index(value)]);
            }
            keys_values.push(0);
        }
        let info = Message::default()
            .packed(1, nodes.iter().map(|node| node.version))
            .steps(2, nodes.iter().map(|node| node.changed_s))
            .packed(6, nodes.iter().map(|node| i64::from(node.visible)));
        let dense = Message::default()
            .steps(1, nodes.iter().map(|node| node.id))
            .bytes(5, &info.0)
            .steps(8, at.iter().map(|at| at.0))
            .steps(9, at.iter().map(|at| at.1))
            .packed(10, keys_values);
        groups.push(Message::default().bytes(2, &dense.0).0);
    }
    for element in elements.iter().filter(|element| element.kind != OsmKind::Node || !style.dense) {
        let keys: Vec<_> = element.tags.iter().map(|(key, _)| strings.index(key)).collect();
        let values: Vec<_> = element.tags.iter().map(|(_, value)| strings.index(value)).collect();
        let info = Message::default()
            .number(1, element.version)
            .number(2, element.changed_s)
            .number(6, i64::from(element.visible));
        let common = |id: i64| Message::default().number(1, id).packed(2, keys).packed(3, values).bytes(4, &info.0);
        groups.push(match element.kind {
            OsmKind::Node => {
                let (lat, lon) = coordinates(element.at);
                let node =
                    common(zigzag(element.id) as i64).number(8, zigzag(lat) as i64).number(9, zigzag(lon) as i64);
                Message::default().bytes(1, &node.0).0
            }
            OsmKind::Way => {
                let mut way = common(element.id).steps(8, element.refs.iter().copied());
                if style.locations {
                    let nodes = || all.iter().flatten().filter(|element| element.kind == OsmKind::Node);
                    let at = element.refs.iter().map(|id| nodes().find(|node| node.id == *id).expect("is there").at);
                    let at: Vec<_> = at.map(coordinates).collect();
                    way = way.steps(9, at.iter().map(|at| at.0)).steps(10, at.iter().map(|at| at.1));
                }
                Message::default().bytes(3, &way.0).0
            }
            OsmKind::Relation => {
                let roles: Vec<_> = element.members.iter().map(|(.., role)| strings.index(role)).collect();
                let relation = common(element.id)
                    .packed(8, roles)
                    .steps(9, element.members.iter().map(|(_, id, _)| *id))
                    .packed(10, element.members.iter().map(|(kind, ..)| *kind as i64));
                Message::default().bytes(4, &relation.0).0
            }
        });
    }
    let table = strings.0.iter().fold(Message::default(), |table, text| table.bytes(1, text.as_bytes()));
    let start = Message::default().bytes(1, &table.0);
    let with_groups = groups.iter().fold(start, |message, group| message.bytes(2, group));
    let (lat, lon) = style.offset;
    with_groups.number(17, style.granularity).number(19, lat).number(20, lon).0
}

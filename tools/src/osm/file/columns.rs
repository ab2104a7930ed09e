//! The columns of where and what rows are, while they are written.

use super::blocks;
use super::bytes::put_varint;
use super::placed::PlacedParts;
use super::sections::{SectionFile, SectionSink};
use super::{MapError, Row, Section, places, tree};
use crate::osm::object::{BoxE7, PointE7};
use std::io::Write;

/// A column in blocks that is being written.
pub(super) struct BlockWriter {
    file: SectionFile,
    offsets: Vec<u8>,
}

impl BlockWriter {
    pub(super) fn begin(sink: &SectionSink, section: Section) -> Result<Self, MapError> {
        Ok(Self { file: sink.begin(section)?, offsets: Vec::new() })
    }

    pub(super) fn put(&mut self, sink: &SectionSink, block: &[u8]) -> Result<(), MapError> {
        self.offsets.extend_from_slice(&self.file.written().to_le_bytes());
        self.file.write_all(block).map_err(|e| sink.temporary(e))
    }

    pub(super) fn end(mut self, sink: &mut SectionSink) -> Result<(), MapError> {
        self.file.write_all(&self.offsets).map_err(|e| sink.temporary(e))?;
        sink.end(self.file)
    }
}

/// Gathers the rows of a block.
pub(super) struct Columns {
    points: SectionFile,
    boxes: BlockWriter,
    ids: BlockWriter,
    shapes: BlockWriter,
    areas: SectionFile,
    places_block: Vec<(PointE7, BoxE7)>,
    ids_block: Vec<(u64, u32)>,
    shapes_block: Vec<u8>,
    tree: Vec<BoxE7>,
}

impl Columns {
    pub(super) fn begin(sink: &SectionSink) -> Result<Self, MapError> {
        Ok(Self {
            points: sink.begin(Section::Points)?,
            boxes: BlockWriter::begin(sink, Section::Boxes)?,
            ids: BlockWriter::begin(sink, Section::Ids)?,
            shapes: BlockWriter::begin(sink, Section::Shapes)?,
            areas: sink.begin(Section::Areas)?,
            places_block: Vec::new(),
            ids_block: Vec::new(),
            shapes_block: Vec::new(),
            tree: Vec::new(),
        })
    }

    pub(super) fn row(&mut self, sink: &SectionSink, row: Row, parts: &PlacedParts) -> Result<(), MapError> {
        if self.places_block.len() == blocks::ROWS {
            self.end_block(sink)?;
        }
        self.places_block.push((parts.at, parts.bounds));
        self.ids_block.push((parts.id, parts.version));
        put_varint(&mut self.shapes_block, parts.shape.len() as u64);
        self.shapes_block.extend_from_slice(parts.shape);
        if let Some(level) = parts.level {
            let record = [row.0.to_le_bytes(), u32::from(level).to_le_bytes()];
            self.areas.write_all(record.as_flattened()).map_err(|e| sink.temporary(e))?;
        }
        Ok(())
    }

    fn end_block(&mut self, sink: &SectionSink) -> Result<(), MapError> {
        let mut points = Vec::with_capacity(8 * blocks::ROWS);
        self.places_block.iter().for_each(|&(at, _)| places::put_point(&mut points, at));
        self.points.write_all(&points).map_err(|e| sink.temporary(e))?;
        self.boxes.put(sink, &places::boxes_block(&self.places_block))?;
        self.ids.put(sink, &places::ids_block(&self.ids_block))?;
        self.shapes.put(sink, &self.shapes_block)?;
        self.tree.extend(self.places_block.iter().map(|&(_, bounds)| bounds).reduce(BoxE7::union));
        self.places_block.clear();
        self.ids_block.clear();
        self.shapes_block.clear();
        Ok(())
    }

    pub(super) fn end(mut self, sink: &mut SectionSink) -> Result<(), MapError> {
        if !self.places_block.is_empty() {
            self.end_block(sink)?;
        }
        sink.end(self.points)?;
        self.boxes.end(sink)?;
        self.ids.end(sink)?;
        self.shapes.end(sink)?;
        sink.end(self.areas)?;
        sink.put(Section::Tree, &tree::build(&self.tree))
    }
}

//! Checking a whole index.

use super::{Map, MapError, Row, Section};

impl Map {
    /// Reads the whole file and compares the checksums of all sections.
    ///
    /// # Errors
    /// [`MapError::Damaged`] names the first section that is not what was written.
    pub fn verify(&self) -> Result<(), MapError> {
        for entry in &self.layout().entries {
            if crc32fast::hash(self.section(entry.section)) != entry.crc {
                return Err(MapError::damaged(self.path(), entry.section, "its checksum is wrong"));
            }
        }
        self.verify_columns()
    }

    /// Checks what would be silently wrong in a file whose checksums are right: that of a faulty writer.
    fn verify_columns(&self) -> Result<(), MapError> {
        let damaged = |section: Section, what: String| Err(MapError::damaged(self.path(), section, what));
        if self.section(Section::Points).len() != 8 * self.len() as usize {
            return damaged(Section::Points, format!("it does not hold {} rows", self.len()));
        }
        for row in (0..self.len()).map(Row) {
            if super::shapes::shape(self.stored_shape(row), self.at(row)).is_none() {
                return damaged(Section::Shapes, format!("row {}", row.0));
            }
        }
        Ok(())
    }
}

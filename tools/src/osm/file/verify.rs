//! Checking a whole index.

use super::blocks::{self, Blocks};
use super::rows::Rows;
use super::{Map, MapError, Row, Section, places, shapes};

/// Every so many rows one is looked for in the tree.
const TREE_STEP: u32 = 64;

impl Map {
    /// Reads the whole file: compares the checksums of all sections, and then checks that the columns say the same of
    /// each other, so that not even a file with right checksums, written by a faulty program, is taken for whole.
    ///
    /// # Errors
    /// [`MapError::Damaged`] names the first section that is wrong.
    pub fn verify(&self) -> Result<(), MapError> {
        for entry in &self.layout().entries {
            if crc32fast::hash(self.section(entry.section)) != entry.crc {
                return Err(MapError::damaged(self.path(), entry.section, "its checksum is wrong"));
            }
        }
        self.verify_rows()?;
        self.verify_tags()
    }

    fn wrong<T>(&self, section: Section, what: impl Into<String>) -> Result<T, MapError> {
        Err(MapError::damaged(self.path(), section, what))
    }

    /// Checks what stands at each row.
    fn verify_rows(&self) -> Result<(), MapError> {
        if self.section(Section::Points).len() != 8 * self.len() as usize {
            return self.wrong(Section::Points, format!("it does not hold {} rows", self.len()));
        }
        let id_blocks = Blocks::new(self.section(Section::Ids), self.row_blocks());
        for block in 0..self.row_blocks() {
            let rows = blocks::ROWS.min(self.len() as usize - block * blocks::ROWS);
            if places::ids(id_blocks.get(block)).count() != rows {
                return self.wrong(Section::Ids, format!("block {block}"));
            }
        }
        let tags = self.layout().tags;
        for row in (0..self.len()).map(Row) {
            let (at, bounds) = (self.at(row), self.bounds(row));
            if !bounds.contains(at) || at.lat_lon().is_err() {
                return self.wrong(Section::Boxes, format!("row {}", row.0));
            }
            if shapes::shape(self.stored_shape(row), at).is_none() {
                return self.wrong(Section::Shapes, format!("row {}", row.0));
            }
            if !self.tag_numbers(row).is_sorted_by(|a, b| a < b) || self.tag_numbers(row).any(|tag| tag >= tags) {
                return self.wrong(Section::RowTags, format!("row {}", row.0));
            }
            if row.0.is_multiple_of(TREE_STEP) && !self.in_box(at.into()).any(|found| found == row) {
                return self.wrong(Section::Tree, format!("row {} is not found", row.0));
            }
        }
        let areas = self.areas().map(|(_, row)| row);
        if !areas.clone().is_sorted_by(|a, b| a < b) || areas.clone().any(|row| row.0 >= self.len()) {
            return self.wrong(Section::Areas, "its rows are out of order");
        }
        Ok(())
    }

    /// Checks the dictionary, and that it has as many rows for its tags as rows have tags.
    fn verify_tags(&self) -> Result<(), MapError> {
        let (dictionary, mut next, mut tagged) = (self.dictionary(), 0, 0);
        for number in 0..dictionary.keys() {
            let Some(key) = dictionary.key(number) else { return self.wrong(Section::Keys, format!("key {number}")) };
            let ascending = number == 0 || dictionary.key(number - 1).is_some_and(|before| before.name < key.name);
            if !ascending || key.tags.start != next || key.tags.is_empty() {
                return self.wrong(Section::Keys, format!("key '{}'", key.name));
            }
            next = key.tags.end;
            if !dictionary.values(key.tags.clone()).is_sorted_by(|a, b| a.1 < b.1) {
                return self.wrong(Section::Values, format!("those of '{}' are out of order", key.name));
            }
            let mut of_tags = 0;
            for rows in self.rows_of_tags(key.tags.clone()) {
                of_tags +=
                    whole(rows).map_or_else(|| self.wrong(Section::TagRows, format!("key '{}'", key.name)), Ok)?;
            }
            let of_key = self.key_rows(&key).and_then(whole);
            // Keys are unique at an object.
            if of_key != Some(u64::from(key.rows)) || of_tags != u64::from(key.rows) {
                return self.wrong(Section::KeyRows, format!("key '{}'", key.name));
            }
            tagged += of_tags;
        }
        if next != self.layout().tags {
            return self.wrong(Section::Keys, "some tags have no key");
        }
        let tags: u64 = (0..self.len()).map(|row| self.tag_numbers(Row(row)).count() as u64).sum();
        if tags == tagged {
            Ok(())
        } else {
            self.wrong(Section::RowTags, format!("{tags} tags, of which {tagged} are found"))
        }
    }
}

/// The length of a list; nothing when it is not what it says.
fn whole(rows: Rows) -> Option<u64> {
    let said = rows.len();
    let mut found = 0;
    let ascending = rows.inspect(|_| found += 1).is_sorted_by(|a, b| a < b);
    (ascending && found == said).then_some(said as u64)
}

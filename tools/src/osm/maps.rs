//! Several indexes at once, asked as one map.

use super::chain::{self, Holding};
use super::file::{Map, MapError, Row};
use super::object::PointE7;
use super::search::AreaName;
use crate::geo::LatLon;
use crate::geo::gazetteer::{ChainIds, Gazetteer};
use std::path::Path;

/// The indexes that a run may ask: the installed ones, or those that the user named.
#[derive(Debug, Default)]
pub struct Maps(Vec<Map>);

impl From<Vec<Map>> for Maps {
    fn from(maps: Vec<Map>) -> Self {
        Self(maps)
    }
}

impl Maps {
    /// Opens index files; none of them is read beyond its header yet.
    ///
    /// # Errors
    /// [`MapError`] of the first file that is no index of this version.
    pub fn open<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Result<Self, MapError> {
        paths.into_iter().map(|path| Map::open(path.as_ref())).collect::<Result<_, _>>().map(Self)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The indexes, in the order in which they were opened.
    pub fn iter(&self) -> impl Iterator<Item = &Map> {
        self.0.iter()
    }

    /// What an answer depends on: the path of each index and the hash of the extract that it was made from.
    #[must_use]
    pub fn identity(&self) -> Vec<(String, String)> {
        self.0.iter().map(|map| (map.path().display().to_string(), map.meta().source_sha256.clone())).collect()
    }

    /// The administrative areas that hold a point, the widest first; one that two indexes share is listed once.
    #[must_use]
    pub fn areas_at(&self, at: LatLon) -> Vec<AreaName> {
        let mut areas: Vec<AreaName> = Vec::new();
        for (map, level, row) in self.holding(at) {
            let Some(name) = map.tag(row, "name") else { continue };
            if !areas.iter().any(|area| area.osm == map.id(row) || area.level == level && area.name == name) {
                areas.push(AreaName { level, name: name.to_owned(), osm: map.id(row) });
            }
        }
        areas.sort_by_key(|area| area.level);
        areas
    }

    /// The Chain of Region of a point by the boundaries of the maps, in the ids of the gazetteer; where no map has
    /// boundaries, [`Gazetteer::chain_ids`].
    #[must_use]
    pub fn chain_ids(&self, at: LatLon) -> ChainIds {
        let areas: Vec<Holding<'_>> = self
            .holding(at)
            .map(|(map, level, row)| Holding {
                level,
                names: names(map, row),
                country: map.tag(row, "ISO3166-1:alpha2").or_else(|| map.tag(row, "ISO3166-1")),
            })
            .collect();
        if areas.is_empty() { Gazetteer::embedded().chain_ids(at) } else { chain::chain_ids(at, &areas) }
    }

    fn holding(&self, at: LatLon) -> impl Iterator<Item = (&Map, u8, Row)> {
        let at = PointE7::of(at);
        self.0.iter().flat_map(move |map| map.areas_at(at).into_iter().map(move |(level, row)| (map, level, row)))
    }
}

/// The names of an area, the main one first, then the English one, which the gazetteer knows best.
fn names(map: &Map, row: Row) -> Vec<&str> {
    let mut names: Vec<&str> = ["name", "name:en"].into_iter().filter_map(|key| map.tag(row, key)).collect();
    names.extend(map.tags(row).filter(|(key, _)| key.starts_with("name:") && *key != "name:en").map(|(_, name)| name));
    names
}

//! One name, and the places that bear it.

use super::answer::areas_at;
use super::namesakes::{NameBook, PLACE_KM};
use super::probe::name_how;
use super::results::{AreaName, Namesakes};
use super::sheets::{Candidate, Sheets, lat_lon};
use super::{NameMatch, QueryError};
use crate::geo::LatLon;
use crate::geo::fold::fold;
use crate::osm::features::classes_of;
use crate::osm::file::{Map, Row};
use crate::osm::object::{OsmId, PointE7};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Names of each map that a text may stand for.
const MAX_NAMES: usize = 100;
/// Objects that are grouped into places.
const MAX_OBJECTS: usize = 20_000;

/// The places that bear a name, or one that it may have been read from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NamePlaces {
    /// What was asked for.
    pub text: String,
    /// How it was compared.
    pub how: NameMatch,
    /// The best places, the most alike first.
    pub places: Vec<NamePlace>,
    /// Places that were found in all.
    pub found: usize,
}

/// A place that bears a name: its objects of that name lie within 2 km of the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NamePlace {
    /// The name as the map writes it.
    pub name: String,
    /// How well it fits the text, 0 to 1.
    pub likeness: f64,
    /// Where the first object stands.
    pub at: LatLon,
    /// Name of the map.
    pub map: String,
    /// The first object.
    pub osm: OsmId,
    /// Objects of the name there.
    pub objects: usize,
    /// Visual classes of the first object.
    pub classes: Vec<String>,
    /// Administrative areas that hold it, the widest first.
    pub areas: Vec<AreaName>,
    /// Who else bears the name.
    pub namesakes: Namesakes,
}

/// Objects of one name that lie together.
struct Group {
    name: String,
    likeness: f64,
    first: Candidate,
    at: LatLon,
    objects: usize,
}

/// Finds a name on all maps, grouped into places; `limit` at most.
///
/// # Errors
/// [`QueryError::Limit`] for a text without a letter or digit, or longer than a query may be.
pub fn name_places(maps: &[&Map], text: &str, how: NameMatch, limit: usize) -> Result<NamePlaces, QueryError> {
    super::Query::of(super::Clause::name(how, text)).check()?;
    let sheets = Sheets::new(maps);
    let mut groups = groups(&sheets, text, how);
    groups.sort_by(|a, b| {
        let key = |g: &Group| (std::cmp::Reverse(g.objects), g.first.key());
        b.likeness.total_cmp(&a.likeness).then_with(|| key(a).cmp(&key(b)))
    });
    let found = groups.len();
    groups.truncate(limit);
    let mut book = NameBook::new(&sheets);
    let places = groups.into_iter().map(|group| place(group, &sheets, &mut book)).collect();
    Ok(NamePlaces { text: text.to_owned(), how, places, found })
}

fn groups(sheets: &Sheets<'_>, text: &str, how: NameMatch) -> Vec<Group> {
    let mut by_name: BTreeMap<String, Vec<Group>> = BTreeMap::new();
    let mut left = MAX_OBJECTS;
    for (sheet, s) in sheets.maps.iter().enumerate() {
        for hit in s.names.find(text, name_how(how), MAX_NAMES) {
            let groups = by_name.entry(fold(&hit.text)).or_default();
            for row in s.names.rows(hit.name).take(left) {
                left -= 1;
                let first = Candidate { sheet: sheet as u32, row: Row(row), likeness: hit.likeness as f32 };
                let at = lat_lon(sheets.at(first));
                match groups.iter_mut().find(|g| g.at.distance_km(at) <= PLACE_KM) {
                    Some(group) => group.objects += 1,
                    None => {
                        let (name, likeness) = (hit.text.clone(), hit.likeness);
                        groups.push(Group { name, likeness, first, at, objects: 1 });
                    }
                }
            }
        }
    }
    by_name.into_values().flatten().collect()
}

fn place(group: Group, sheets: &Sheets<'_>, book: &mut NameBook<'_, '_>) -> NamePlace {
    let Group { name, likeness, first, at, objects } = group;
    let map = sheets.map(first);
    NamePlace {
        likeness,
        at,
        map: sheets.sheet(first).name.clone(),
        osm: map.id(first.row),
        objects,
        classes: classes_of(map.tags(first.row)).map(|class| class.name().to_owned()).collect(),
        areas: areas_at(sheets, PointE7::of(at)),
        namesakes: book.namesakes(first, &name, at),
        name,
    }
}

//! What stands around a point: what a photo taken there should show.

use super::QueryError;
use super::answer::areas_at;
use super::results::AreaName;
use super::sheets::Sheets;
use crate::geo::LatLon;
use crate::geo::fold::fold;
use crate::osm::features::{Class, classes_of};
use crate::osm::file::Map;
use crate::osm::object::{OsmId, PointE7};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};

/// Greatest radius of [`around`], metres.
pub const MAX_AROUND_M: f64 = 5000.0;
/// Most streets, and most other names, that are listed.
const MAX_LISTED: usize = 200;

/// What stands around a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Around {
    /// The point.
    pub at: LatLon,
    /// How far was looked, metres.
    pub radius_m: f64,
    /// Objects within the radius, over all maps.
    pub objects: usize,
    /// Administrative areas that hold the point, the widest first.
    pub areas: Vec<AreaName>,
    /// Visual classes, the nearest first.
    pub classes: Vec<ClassNear>,
    /// Named streets, the nearest first; at most 200.
    pub streets: Vec<NameNear>,
    /// Everything else that has a name, the nearest first; at most 200.
    pub named: Vec<NameNear>,
}

/// A visual class near a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClassNear {
    /// Id of the class.
    pub class: String,
    /// Objects of it.
    pub count: usize,
    /// Distance of the nearest, metres.
    pub nearest_m: f64,
    /// The nearest.
    pub osm: OsmId,
}

/// A name near a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NameNear {
    /// The name.
    pub name: String,
    /// Distance of the nearest object that bears it, metres.
    pub metres: f64,
    /// That object.
    pub osm: OsmId,
    /// Its visual classes.
    pub classes: Vec<String>,
    /// Whether it has a brand: the name is then that of a chain.
    pub chain: bool,
}

/// Lists what stands within `radius_m` metres of a point.
///
/// # Errors
/// [`QueryError::Limit`] for a radius that is not between 1 m and [`MAX_AROUND_M`].
pub fn around(maps: &[&Map], at: LatLon, radius_m: f64) -> Result<Around, QueryError> {
    if !(1.0..=MAX_AROUND_M).contains(&radius_m) {
        return Err(QueryError::Limit {
            column: None,
            what: "the radius".to_owned(),
            value: format!("{radius_m}m"),
            range: format!("between 1m and {MAX_AROUND_M}m"),
            example: "shop=* & near 48.2082,16.3738 500m",
        });
    }
    let sheets = Sheets::new(maps);
    let point = PointE7::of(at);
    let mut seen = HashSet::new();
    let mut classes: BTreeMap<&'static str, ClassNear> = BTreeMap::new();
    let (mut streets, mut named): (BTreeMap<String, NameNear>, BTreeMap<String, NameNear>) = Default::default();
    for sheet in &sheets.maps {
        for (row, metres) in sheet.map.near(point, radius_m) {
            let osm = sheet.map.id(row);
            // Maps may overlap: each element counts once.
            if !seen.insert(osm) {
                continue;
            }
            let of: Vec<&'static Class> = classes_of(sheet.map.tags(row)).collect();
            for class in &of {
                let new = || ClassNear { class: class.id().to_owned(), count: 0, nearest_m: f64::INFINITY, osm };
                let near = classes.entry(class.id()).or_insert_with(new);
                near.count += 1;
                if metres < near.nearest_m {
                    (near.nearest_m, near.osm) = (metres, osm);
                }
            }
            let Some(name) = sheet.map.tag(row, "name") else { continue };
            let names = if sheet.is_street(row) { &mut streets } else { &mut named };
            let known = names.get(&fold(name)).map_or(f64::INFINITY, |n| n.metres);
            if metres < known {
                let tag = |key| sheet.map.tag(row, key).is_some();
                let near = NameNear {
                    name: name.to_owned(),
                    metres,
                    osm,
                    classes: of.iter().map(|class| class.id().to_owned()).collect(),
                    chain: tag("brand") || tag("brand:wikidata"),
                };
                names.insert(fold(name), near);
            }
        }
    }
    let mut classes: Vec<_> = classes.into_values().collect();
    classes.sort_by(|a, b| a.nearest_m.total_cmp(&b.nearest_m).then_with(|| a.class.cmp(&b.class)));
    Ok(Around {
        at,
        radius_m,
        objects: seen.len(),
        areas: areas_at(&sheets, point),
        classes,
        streets: nearest(streets),
        named: nearest(named),
    })
}

fn nearest(names: BTreeMap<String, NameNear>) -> Vec<NameNear> {
    let mut names: Vec<_> = names.into_values().collect();
    names.sort_by(|a, b| a.metres.total_cmp(&b.metres).then_with(|| a.name.cmp(&b.name)));
    names.truncate(MAX_LISTED);
    names
}

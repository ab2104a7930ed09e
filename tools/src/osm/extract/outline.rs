//! Which closed ways are areas, and which relations.

/// Keys whose closed ways are areas, save for some values: what renderers agree on, after the list `osm-polygon-features`
/// of the community. A key that is not here says nothing.
const AREAS: [(&str, &[&str]); 34] = [
    ("aeroway", &["taxiway", "runway", "parking_position", "taxilane", "jet_bridge", "no"]),
    ("allotments", &["no"]),
    ("amenity", &["bench", "no"]),
    ("area:highway", &["no"]),
    ("boundary", &["no"]),
    ("building", &["no"]),
    ("building:part", &["no"]),
    ("club", &["no"]),
    ("craft", &["no"]),
    ("education", &["no"]),
    ("emergency", &["no", "yes", "designated"]),
    ("golf", &["hole", "path", "cartpath", "no"]),
    ("healthcare", &["no"]),
    ("historic", &["citywalls", "no"]),
    ("indoor", &["wall", "door", "no"]),
    ("industrial", &["no"]),
    ("landcover", &["tree_row", "no"]),
    ("landuse", &["no"]),
    ("leisure", &["track", "slipway", "picnic_table", "no"]),
    ("man_made", &["cutline", "embankment", "pipeline", "breakwater", "groyne", "dyke", "goods_conveyor", "yes", "no"]),
    ("military", &["trench", "no"]),
    ("natural", &["coastline", "cliff", "ridge", "arete", "tree_row", "valley", "gully", "earth_bank", "no"]),
    ("office", &["no"]),
    ("parking", &["no"]),
    ("place", &["no"]),
    ("playground", &["no"]),
    ("police", &["no"]),
    ("public_transport", &["no"]),
    ("residential", &["no"]),
    ("ruins", &["no"]),
    ("shop", &["no"]),
    ("telecom", &["no"]),
    ("tourism", &["artwork", "attraction", "yes", "no"]),
    ("water", &["no"]),
];

/// Keys whose closed ways are lines, save for some values.
const LINES: [(&str, &[&str]); 9] = [
    ("addr:interpolation", &[]),
    ("aerialway", &["station"]),
    ("barrier", &[]),
    ("cycleway", &[]),
    ("highway", &["services", "rest_area", "platform", "elevator"]),
    ("power", &["plant", "substation", "generator", "transformer", "station"]),
    ("railway", &["station", "platform", "turntable", "roundhouse", "traverser", "wash"]),
    ("route", &[]),
    ("waterway", &["riverbank", "dock", "boatyard", "dam", "fuel"]),
];

/// Whether a closed way with these tags is an area: as `area` says; else when some tag speaks for one; else when none
/// speaks for a line.
pub(super) fn is_area<'t>(tags: impl Iterator<Item = (&'t str, &'t str)> + Clone) -> bool {
    if let Some((_, value)) = tags.clone().find(|(key, _)| *key == "area") {
        return value != "no";
    }
    let value_in = |table: &[(&str, &[&str])], key: &str, value: &str| {
        table.iter().find(|(known, _)| *known == key).map(|(_, excepted)| !excepted.contains(&value))
    };
    // A border that is one closed way carries the tags of the border; what it encloses has a name, there or elsewhere.
    let nameless = !tags.clone().any(|(key, _)| key == "name");
    let mut line = false;
    for (key, value) in tags {
        if nameless && (key, value) == ("boundary", "administrative") {
            line = true;
            continue;
        }
        if value_in(&AREAS, key, value) == Some(true) {
            return true;
        }
        match value_in(&LINES, key, value) {
            Some(true) => line = true,
            Some(false) => return true,
            None => line |= value_in(&AREAS, key, value) == Some(false) && value != "no",
        }
    }
    !line
}

/// Whether the ways of a relation with these tags are meant to close to rings.
pub(super) fn assembles<'t>(mut tags: impl Iterator<Item = (&'t str, &'t str)>) -> bool {
    tags.any(|tag| matches!(tag, ("type", "multipolygon" | "boundary") | ("boundary", "administrative")))
}

/// Whether the outline of an object with these tags is kept to the last point.
pub(super) fn is_exact<'t>(mut tags: impl Iterator<Item = (&'t str, &'t str)>) -> bool {
    tags.any(|tag| tag == ("boundary", "administrative"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_ways_are_areas_where_mappers_mean_areas() {
        let area = |tags: &[(&'static str, &'static str)]| is_area(tags.iter().copied());
        for tags in [
            &[("building", "yes")][..],
            &[("landuse", "meadow"), ("barrier", "fence")],
            &[("highway", "pedestrian"), ("area", "yes")],
            &[("highway", "services"), ("name", "A")],
            &[("railway", "station")],
            &[("addr:housenumber", "7")],
            &[("name", "A")],
            &[("natural", "water")],
            &[("boundary", "administrative"), ("name", "A")],
            &[("boundary", "administrative"), ("place", "islet")],
        ] {
            assert!(area(tags), "{tags:?}");
        }
        for tags in [
            &[("highway", "residential"), ("junction", "roundabout")][..],
            &[("barrier", "wall"), ("name", "A")],
            &[("waterway", "ditch")],
            &[("natural", "coastline"), ("name", "A")],
            &[("leisure", "track"), ("sport", "running"), ("area", "no")],
            &[("leisure", "track"), ("name", "A")],
            &[("railway", "tram"), ("building", "no")],
            &[("boundary", "administrative"), ("admin_level", "2")],
        ] {
            assert!(!area(tags), "{tags:?}");
        }
    }
}

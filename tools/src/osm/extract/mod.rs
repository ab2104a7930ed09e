//! Objects out of an `.osm.pbf` extract.

//! What an extract says about itself.

use super::super::object::{BoxE7, PointE7};
use super::wire::{Fields, Malformed};

/// Features that a reader must know, and that this one knows. `HistoricalInformation` marks files with deleted versions.
const KNOWN_FEATURES: [&str; 3] = ["OsmSchema-V0.6", "DenseNodes", "HistoricalInformation"];

/// The header of an extract.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// The box that it claims; nothing where it claims none, or one that is no box.
    pub(super) bounds: Option<BoxE7>,
    /// Whether it claims a box that is no box on the globe.
    pub(super) bounds_broken: bool,
    pub(super) writer: Option<String>,
    pub(super) replication_s: Option<i64>,
    /// The first feature that it needs and that is not known here.
    pub(super) unknown_feature: Option<String>,
}

impl Header {
    pub(super) fn parse(message: &[u8]) -> Result<Self, Malformed> {
        let mut header = Self::default();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut fields = Fields::of(message);
        while let Some((number, value)) = fields.next()? {
            match number {
                1 => {
                    header.bounds = parse_bounds(value.bytes()?)?;
                    header.bounds_broken = header.bounds.is_none();
                }
                4 => {
                    let feature = text(value.bytes()?);
                    if header.unknown_feature.is_none() && !KNOWN_FEATURES.contains(&feature.as_str()) {
                        header.unknown_feature = Some(feature);
                    }
                }
                16 => header.writer = Some(text(value.bytes()?)),
                32 => header.replication_s = Some(value.number()? as i64),
                _ => {}
            }
        }
        Ok(header)
    }
}

/// A box in 1e-9 degrees; nothing where it is upside down or leaves the globe.
fn parse_bounds(message: &[u8]) -> Result<Option<BoxE7>, Malformed> {
    let [mut west, mut east, mut north, mut south] = [0i64; 4];
    let mut fields = Fields::of(message);
    while let Some((number, value)) = fields.next()? {
        match number {
            1 => west = value.signed()?,
            2 => east = value.signed()?,
            3 => north = value.signed()?,
            4 => south = value.signed()?,
            _ => {}
        }
    }
    let corner = |lat: i64, lon: i64| PointE7::new(lat.div_euclid(100), lon.div_euclid(100));
    Ok(match (corner(south, west), corner(north, east)) {
        (Some(low), Some(high)) if low.lat <= high.lat && low.lon <= high.lon => {
            Some(BoxE7 { south: low.lat, west: low.lon, north: high.lat, east: high.lon })
        }
        _ => None,
    })
}

//! Where things are: points, areas, regions, and the world that navig carries with it.

mod area;
pub mod boundaries;
pub mod fold;
pub mod gazetteer;
pub mod mention;
mod point;
mod region;

pub use area::{Area, BoundingBox};
pub use gazetteer::Gazetteer;
pub use point::{EARTH_RADIUS_KM, GeoError, LatLon};
pub use region::{Chain, Level, Region, RegionCode};

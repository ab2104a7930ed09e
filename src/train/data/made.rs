//! Examples for tests.

use super::Example;
use super::hash::{fraction, hash};
use navig_tools::geo::Gazetteer;
use navig_tools::geo::LatLon;
use navig_tools::geo::gazetteer::PlaceId;
use std::path::PathBuf;

pub(super) fn at(lat: f64, lon: f64) -> LatLon {
    LatLon::new(lat, lon).expect("on the globe")
}

pub(super) fn example(line: u64, at: LatLon) -> Example {
    Example { picture: PathBuf::from(format!("pictures/{line}.jpg")), at, words: None, line }
}

/// Examples at the places of a gazetteer: every `step`-th, so that all countries are there in the measure of their places.
pub(super) fn at_places(step: usize) -> Vec<Example> {
    let gazetteer = Gazetteer::embedded();
    let places = (0..gazetteer.len() as u32).step_by(step).map(|id| gazetteer.position(PlaceId(id)));
    places.zip(1..).map(|(at, line)| example(line, at)).collect()
}

/// Points that lie evenly on the globe.
pub(super) fn anywhere(seed: u64) -> impl Iterator<Item = LatLon> {
    (0u64..).map(move |i| {
        let number = |which: u8| fraction(hash(seed, i.to_le_bytes().into_iter().chain([which])));
        at((2.0 * number(0) - 1.0).asin().to_degrees(), 360.0 * number(1) - 180.0)
    })
}

//! Import as a whole.

mod claims;
mod formats;
mod hostile;
mod real;
mod samples;

use super::*;
use navig_tools::geo::LatLon;

const SMALL: Limits = Limits { max_bytes: 4_000_000, max_pixels: 1_000_000 };

fn import(bytes: Vec<u8>) -> Result<Photo, PhotoError> {
    Photo::from_bytes("-", bytes, &SMALL)
}

fn position(photo: &Photo) -> Option<LatLon> {
    photo.claims.iter().find_map(|claim| match claim.kind {
        ClaimKind::Position { at, .. } => Some(at),
        _ => None,
    })
}

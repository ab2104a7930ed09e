//! Whether a training set shares pictures or places with a benchmark: what a model has seen it need not locate, so its
//! figures on such a benchmark say too much.

//!
//! Pictures and places are looked at apart: a copy of a picture is one wherever it is said to be, and another picture of the same corner
//! shows a model the same shop signs.

mod picture;
mod places;

pub use picture::{MOST_BITS, NearPicture, PictureHash, near_pictures};
pub use places::{NearPlace, near_places};

use super::samples::Sample;
use crate::locate::Input;
use crate::photo::Limits;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The value of [`Leaks::schema`].
pub const LEAKS_SCHEMA: &str = "navig.leaks/1";

/// What a training set shares with a benchmark (`navig.leaks/1`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Leaks {
    /// Always `navig.leaks/1`.
    pub schema: String,
    /// Samples of the training set and of the benchmark.
    pub samples: [usize; 2],
    /// Places nearer than this are shared, km.
    pub radius_km: f64,
    /// Samples of the benchmark with one of the training set nearby.
    pub places: Vec<SharedPlace>,
    /// Pictures that were looked at, of both; none where no photos were named.
    pub pictures_of: [usize; 2],
    /// Pictures that do not open, or are too plain to be told from others, of both.
    pub pictures_without: [usize; 2],
    /// Pictures that are copies as far as their hashes say.
    pub pictures: Vec<SharedPicture>,
}

/// A place in both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SharedPlace {
    /// Id in the benchmark.
    pub test: String,
    /// Id of the nearest in the training set.
    pub train: String,
    /// How far they are apart, km.
    pub distance_km: f64,
}

/// A picture in both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SharedPicture {
    /// Id in the benchmark.
    pub test: String,
    /// Id in the training set.
    pub train: String,
    /// Bits of 63 in which their hashes differ.
    pub bits: u32,
    /// Whether one is the other's mirror image.
    pub mirrored: bool,
}

/// Places that are shared within a radius.
#[must_use]
pub fn leaked_places(train: &[Sample], test: &[Sample], radius_km: f64) -> Leaks {
    let places = |samples: &[Sample]| samples.iter().map(|sample| sample.at).collect::<Vec<_>>();
    let near = near_places(&places(train), &places(test), radius_km);
    let shared = |near: NearPlace| SharedPlace {
        test: test[near.test].id.clone(),
        train: train[near.train].id.clone(),
        distance_km: near.distance_km,
    };
    Leaks {
        schema: LEAKS_SCHEMA.to_owned(),
        samples: [train.len(), test.len()],
        radius_km,
        places: near.into_iter().map(shared).collect(),
        pictures_of: [0, 0],
        pictures_without: [0, 0],
        pictures: Vec::new(),
    }
}

/// Pictures by their samples' ids; `progress` hears of each.
#[must_use]
pub fn hashes(photos: &[Input], limits: &Limits, progress: &(dyn Fn() + Sync)) -> Vec<Option<PictureHash>> {
    let hash = |input: &Input| {
        let photo = input.open(limits).ok();
        progress();
        PictureHash::of(&photo?.pixels?)
    };
    photos.par_iter().map(hash).collect()
}

impl Leaks {
    /// Adds the pictures that are shared, by their hashes in the order of the samples.
    pub fn add_pictures(
        &mut self,
        train: (&[Sample], &[Option<PictureHash>]),
        test: (&[Sample], &[Option<PictureHash>]),
        most_bits: u32,
    ) {
        let without = |hashes: &[Option<PictureHash>]| hashes.iter().filter(|hash| hash.is_none()).count();
        self.pictures_of = [train.1.len(), test.1.len()];
        self.pictures_without = [without(train.1), without(test.1)];
        let shared = |near: NearPicture| SharedPicture {
            test: test.0[near.test].id.clone(),
            train: train.0[near.train].id.clone(),
            bits: near.bits,
            mirrored: near.mirrored,
        };
        self.pictures = near_pictures(train.1, test.1, most_bits).into_iter().map(shared).collect();
    }
}

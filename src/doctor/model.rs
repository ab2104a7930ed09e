//! The vision model: which one looks at photos, whether it fits, and what this build can load.

use super::Piece;
use crate::model::choice::{Absence, Choice, advice, room_mb};
use crate::model::{Device, ModelFolder, Quant};
use crate::settings::Settings;

const NAME: &str = "model";

pub(super) fn piece(settings: &Settings) -> Piece {
    match Choice::of(settings) {
        Ok(Choice::Server(server)) => {
            Piece::ok(NAME, format!("asked at {}; pictures are sent there (`navig model check` tries it)", server.url))
        }
        Ok(Choice::Local { folder, quant, device }) => local(&folder, quant, device),
        Ok(Choice::Nobody(Absence { why, mend: None })) => Piece::ok(NAME, why),
        Ok(Choice::Nobody(Absence { why, mend: Some(mend) })) => {
            Piece::absent(NAME, format!("no vision model looks at photos: {why}"), mend)
        }
        Err(e) => Piece::missing(NAME, e.to_string(), advice(room_mb(Device::Auto))),
    }
}

fn local(folder: &ModelFolder, quant: Quant, device: Device) -> Piece {
    if !cfg!(feature = "local-vlm") {
        return Piece::missing(
            NAME,
            "one is named, and this navig was built without a local model",
            advice(room_mb(Device::Auto)),
        );
    }
    let needed = folder.memory_mb(quant);
    let detail = format!("{} with {quant}, about {needed} MB", folder.name());
    match room_mb(device) {
        Some(free) if needed > free => Piece::missing(
            NAME,
            format!("{detail}, and {free} MB are free"),
            "close other programs, or take a smaller one",
        ),
        Some(free) if quant != Quant::None && folder.uqff(quant).is_none() => Piece::absent(
            NAME,
            format!("{detail} of {free} MB free; it is quantised anew at each start"),
            format!("navig model quantize {} --quant {quant}", folder.name()),
        ),
        Some(free) => Piece::ok(NAME, format!("{detail} of {free} MB free")),
        None => Piece::ok(NAME, detail),
    }
}

/// What this build can do beyond the least.
pub(super) fn build() -> Piece {
    let features = [
        ("local-vlm", cfg!(feature = "local-vlm")),
        ("cuda", cfg!(feature = "cuda")),
        ("cudnn", cfg!(feature = "cudnn")),
        ("flash-attn", cfg!(feature = "flash-attn")),
        ("metal", cfg!(feature = "metal")),
        ("accelerate", cfg!(feature = "accelerate")),
        ("mkl", cfg!(feature = "mkl")),
    ];
    let on: Vec<&str> = features.into_iter().filter(|(_, on)| *on).map(|(name, _)| name).collect();
    let with = if on.is_empty() { "no feature".to_owned() } else { on.join(", ") };
    let speed = if cfg!(debug_assertions) { "; a build for tests: slow" } else { "" };
    Piece::ok("build", format!("navig {} with {with}{speed}", env!("CARGO_PKG_VERSION")))
}

//! Pixels and the vision tower against transformers: `fixtures/tower.py` wrote what it says of the same picture.

use crate::{picture, tiny, weights_sha256};
use candle_core::{DType, Device, Tensor, safetensors};
use navig::train::qwen3vl::{Config, Grid, Preprocessor, Seen, Tower};
use std::collections::HashMap;
use std::path::Path;

/// Rows that the fixture keeps whole.
const WHOLE_ROWS: [u32; 4] = [0, 3, 77, 319];

fn fixture() -> HashMap<String, Tensor> {
    safetensors::load_buffer(include_bytes!("fixtures/tower.safetensors"), &Device::Cpu).expect("a fixture")
}

/// A fixture from other weights compares nothing.
fn same_weights(folder: &Path) {
    let sha256 = weights_sha256(folder);
    let bytes = include_bytes!("fixtures/tower.safetensors");
    let made_from = bytes.windows(sha256.len()).take(4096).any(|window| window == sha256.as_bytes());
    assert!(made_from, "the generator changed: run fixtures/tower.py again");
}

fn tower(folder: &Path) -> Tower {
    let weights = safetensors::load(folder.join("model.safetensors"), &Device::Cpu).expect("weights");
    let get = |name: &str| match weights.get(name) {
        Some(tensor) => tensor.to_dtype(DType::F32),
        None => candle_core::bail!("no {name}"),
    };
    Tower::load(&Config::read(folder).expect("a config").vision, &get).expect("a tower")
}

/// Length of the difference over length of the reference.
fn relative_error(reference: &Tensor, values: &Tensor) -> f64 {
    assert_eq!(reference.dims(), values.dims());
    let length = |t: &Tensor| t.sqr().and_then(|t| t.sum_all()?.to_scalar::<f32>()).expect("computes");
    let difference = (reference - values).expect("computes");
    f64::from(length(&difference) / length(reference)).sqrt()
}

fn look(folder: &Path, kind: u32) -> Seen {
    let prepared = Preprocessor::read(folder).expect("a preprocessor").patches(&picture(320, 256, kind));
    let (patches, grid) = prepared.expect("a legal picture");
    tower(folder).forward(&patches, grid).expect("computes")
}

#[test]
fn pixels_are_those_of_transformers() {
    let (folder, fixture) = (tiny(), fixture());
    let preprocessor = Preprocessor::read(folder.path()).expect("a preprocessor");
    let (patches, grid) = preprocessor.patches(&picture(320, 256, 1)).expect("a legal picture");
    assert_eq!((grid, patches.dims()), (Grid { height: 16, width: 20 }, &[320, 1536][..]));
    let rows = Tensor::new(&WHOLE_ROWS, &Device::Cpu).and_then(|rows| patches.index_select(&rows, 0)).expect("rows");
    let most =
        |difference: Tensor| difference.abs().and_then(|d| d.max_all()?.to_dtype(DType::F64)?.to_scalar::<f64>());
    // Torch multiplies where the engine divides: the last bit differs.
    let apart = most((rows - &fixture["pixels.rows"]).expect("computes")).expect("computes");
    assert!(apart < 1e-6, "{apart:e}");
    let sums = patches.to_dtype(DType::F64).and_then(|p| p.sum(1)).expect("computes");
    let apart = most((sums - &fixture["pixels.sums"]).expect("computes")).expect("computes");
    assert!(apart < 1e-3, "{apart:e}");
}

#[test]
fn the_tower_sees_what_transformers_see() {
    let (folder, fixture) = (tiny(), fixture());
    same_weights(folder.path());
    let seen = look(folder.path(), 1);
    assert_eq!(seen.deepstack.len(), 1);
    for (name, values) in [("embeds", &seen.embeds), ("deepstack.0", &seen.deepstack[0])] {
        let error = relative_error(&fixture[name], values);
        assert!(error < 1e-5, "{name}: {error:e}");
    }
    // Another picture is far away: the test could fail.
    assert!(relative_error(&fixture["embeds"], &look(folder.path(), 2).embeds) > 0.1);
}

#[test]
fn patches_of_another_size_are_refused() {
    let folder = tiny();
    let tower = tower(folder.path());
    let patches = Tensor::zeros((16, 1536), DType::F32, &Device::Cpu).expect("fits");
    assert!(tower.forward(&patches, Grid { height: 4, width: 4 }).is_ok());
    for grid in [Grid { height: 4, width: 8 }, Grid { height: 1, width: 16 }] {
        assert!(tower.forward(&patches, grid).is_err(), "{grid:?}");
    }
    let narrow = Tensor::zeros((16, 1176), DType::F32, &Device::Cpu).expect("fits");
    assert!(tower.forward(&narrow, Grid { height: 4, width: 4 }).is_err());
}

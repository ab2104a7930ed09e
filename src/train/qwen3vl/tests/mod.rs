//! Against torch and peft, on the same tiny random model and adapter (`tests/train/fixtures/make.py`).

mod composed;
mod ops;

#[path = "../../../../tests/support/random_model.rs"]
pub(in crate::train) mod random_model;

use super::*;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Most that a value may differ from torch's, relative to the largest of its tensor.
pub(in crate::train) const CLOSE: f64 = 1e-4;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/train/fixtures")
}

pub(in crate::train) fn load(file: &str) -> HashMap<String, Tensor> {
    candle_core::safetensors::load(fixtures().join(file), &Device::Cpu).expect("a fixture")
}

/// The decoder of the tiny random model that the fixtures were made with, with the adapter that peft made learning.
pub(in crate::train) fn decoder(base: Base) -> Decoder {
    let folder = tempfile::tempdir().expect("a folder");
    random_model::write(&"tiny".parse().expect("a shape"), 2, folder.path()).expect("a writable folder");
    let config = Config::read(folder.path()).expect("a configuration");
    let weights = Weights::open(folder.path()).expect("weights");
    let mut decoder = Decoder::load(&config, &weights, base, &Device::Cpu).expect("loads");
    decoder.begin(4, 2.0, 0).expect("begins");
    let adapter = load("adapter/adapter_model.safetensors");
    for (name, var) in decoder.learning() {
        var.set(&adapter[&format!("base_model.model.{name}.weight")]).expect("fits");
    }
    decoder
}

/// Sequences of a fixture, packed; `made` is which of the pictures each shows.
pub(in crate::train) fn packed(
    decoder: &Decoder,
    from: &HashMap<String, Tensor>,
    made: &[(String, String)],
    flat: bool,
) -> Packed {
    let sft = load("sft.safetensors");
    let whole = |t: &Tensor| t.to_dtype(DType::I64).and_then(|t| t.to_vec1::<i64>()).expect("numbers");
    let (mut ids, mut positions, mut sequences) = (Vec::new(), [vec![], vec![], vec![]], Vec::new());
    let (mut pictures, mut foretold) = (Vec::new(), Vec::new());
    for (sequence, picture) in made {
        let start = ids.len();
        ids.extend(whole(&from[&format!("{sequence}.ids")]).iter().map(|&id| id as u32));
        let tokens = ids.len() - start;
        for (axis, all) in positions.iter_mut().enumerate() {
            let given = whole(&from[&format!("{sequence}.positions")].get(axis).expect("an axis"));
            all.extend(given.iter().enumerate().map(|(i, &p)| if flat { i as u32 } else { p as u32 }));
        }
        let pad = 256 + 480 + 12;
        let first = start + ids[start..].iter().position(|&id| id == pad).expect("a picture");
        let embeds = sft[&format!("{picture}.embeds")].clone();
        let range = first..first + embeds.dim(0).expect("rows");
        pictures.push((range, Seen { embeds, deepstack: vec![sft[&format!("{picture}.deepstack0")].clone()] }));
        let answer = whole(&from[&format!("{sequence}.answer")]);
        foretold.push(start + answer[0] as usize..start + answer[1] as usize);
        sequences.push(start..start + tokens);
    }
    let (dtype, device) = decoder.place();
    let layout = Layout::new(sequences, &positions, decoder.config(), dtype, device).expect("a layout");
    Packed { ids, layout, pictures, foretold }
}

fn examples(decoder: &Decoder, which: &[usize]) -> Packed {
    let made: Vec<_> = which.iter().map(|i| (i.to_string(), i.to_string())).collect();
    packed(decoder, &load("sft.safetensors"), &made, false)
}

/// A list of one range.
fn one(range: std::ops::Range<usize>) -> Vec<std::ops::Range<usize>> {
    std::iter::once(range).collect()
}

/// Largest difference over the largest value.
pub(in crate::train) fn error(reference: &Tensor, value: &Tensor) -> f64 {
    let most = |t: &Tensor| t.abs().and_then(|t| t.flatten_all()?.max(0)?.to_scalar::<f32>()).expect("a number");
    let reference = reference.reshape(value.shape()).expect("one shape");
    f64::from(most(&(&reference - value).expect("one shape"))) / f64::from(most(&reference))
}

fn mean_loss(logs: &Tensor) -> Result<(f32, Tensor)> {
    let count = logs.dim(0)? as f64;
    Ok(((logs.sum_all()? / -count)?.to_scalar()?, (logs.ones_like()? / -count)?))
}

pub(in crate::train) fn worst(gradients: &Gradients, fixture: &HashMap<String, Tensor>, prefix: &str) -> f64 {
    let of = |name: &str| &fixture[&format!("{prefix}.base_model.model.{name}.weight")];
    assert_eq!(gradients.0.len(), fixture.keys().filter(|k| k.starts_with(&format!("{prefix}."))).count());
    gradients.0.iter().map(|(name, gradient)| error(of(name), gradient)).fold(0.0, f64::max)
}

#[test]
fn logits_are_those_of_torch() {
    let (decoder, fixture) = (decoder(Base::Dense(DType::F32)), load("sft.safetensors"));
    for i in [0, 1] {
        let logits = decoder.logits(&examples(&decoder, &[i]), Pass::Whole).expect("logits");
        let error = error(&fixture[&format!("{i}.logits")], &logits);
        assert!(error < CLOSE, "{error}");
    }
}

#[test]
fn every_gradient_is_that_of_torch() {
    let (decoder, fixture) = (decoder(Base::Dense(DType::F32)), load("sft.safetensors"));
    for (which, prefix, loss_of) in [(&[0, 1][..], "grad", "loss"), (&[0], "grad0", "loss0")] {
        for memory in [Memory::Recompute, Memory::Keep] {
            let batch = examples(&decoder, which);
            let (loss, gradients) = decoder.gradients(&batch, memory, None, 1.0, mean_loss).expect("gradients");
            let expected: f32 = fixture[loss_of].flatten_all().and_then(|t| t.to_vec1()).expect("a number")[0];
            let worst = worst(&gradients, &fixture, prefix);
            assert!((loss - expected).abs() < 1e-4 && worst < CLOSE, "{loss} {expected} {worst}");
        }
    }
}

#[test]
fn positions_in_a_line_are_told_from_those_in_a_picture() {
    let (decoder, fixture) = (decoder(Base::Dense(DType::F32)), load("sft.safetensors"));
    let made: Vec<_> = [0, 1].map(|i| (i.to_string(), i.to_string())).into();
    let flat = packed(&decoder, &fixture, &made, true);
    let (loss, gradients) = decoder.gradients(&flat, Memory::Recompute, None, 1.0, mean_loss).expect("gradients");
    let expected: f32 = fixture["onedim_loss"].flatten_all().and_then(|t| t.to_vec1()).expect("a number")[0];
    assert!((loss - expected).abs() < 1e-4, "{loss} {expected}");
    assert!(worst(&gradients, &fixture, "grad") > 100.0 * CLOSE);
}

#[test]
fn computing_again_is_what_keeping_would_have_been() {
    let decoder = decoder(Base::Dense(DType::F32));
    let batch = examples(&decoder, &[0, 1]);
    for dropout in [None, Some(Dropout { share: 0.3, seed: 5 })] {
        let of = |memory| decoder.gradients(&batch, memory, dropout, 1.0, mean_loss).expect("gradients").1;
        let (again, kept) = (of(Memory::Recompute), of(Memory::Keep));
        for (name, gradient) in &again.0 {
            assert_eq!(error(&kept.0[name], gradient), 0.0, "{name}");
        }
    }
}

#[test]
fn dropout_goes_back_through_what_it_left() {
    let decoder = decoder(Base::Dense(DType::F32));
    let batch = examples(&decoder, &[0]);
    let dropout = Some(Dropout { share: 0.5, seed: 9 });
    let (_, gradients) = decoder.gradients(&batch, Memory::Recompute, dropout, 1.0, mean_loss).expect("gradients");
    let loss = || decoder.gradients(&batch, Memory::Recompute, dropout, 1.0, mean_loss).expect("a loss").0;
    for (name, var) in decoder.learning().into_iter().step_by(5) {
        let (at, g) = (var.as_detached_tensor().copy().expect("a copy"), &gradients.0[&name]);
        let length = g.sqr().and_then(|t| t.sum_all()?.to_scalar::<f32>()).expect("a number").sqrt();
        let moved = |by: f64| {
            var.set(&(&at + (g * (by / f64::from(length))).expect("scales")).expect("adds")).expect("fits");
            loss()
        };
        let difference = (moved(5e-3) - moved(-5e-3)) / 1e-2;
        var.set(&at).expect("fits");
        assert!((difference - length).abs() < 0.02 * length, "{name}: {difference} {length}");
    }
}

#[test]
fn a_packed_base_learns_as_the_dense_one_that_it_unpacks_to() {
    use candle_core::quantized::{GgmlDType, QTensor};
    let packed = decoder(Base::Packed(GgmlDType::Q4_0, DType::F32));
    let mut dense = decoder(Base::Dense(DType::F32));
    let first = dense.blocks.iter_mut().flat_map(|block| block.linears.all_mut());
    for linear in first {
        let linear::Weight::Dense(matrix) = &linear.weight else { continue };
        let unpacked = QTensor::quantize(matrix, GgmlDType::Q4_0).and_then(|q| q.dequantize(&Device::Cpu));
        linear.weight = linear::Weight::Dense(unpacked.expect("unpacks"));
    }
    let batch = examples(&dense, &[0, 1]);
    let of = |d: &Decoder| d.gradients(&batch, Memory::Recompute, None, 1.0, mean_loss).expect("gradients");
    let ((loss, gradients), (dense_loss, dense_gradients)) = (of(&packed), of(&dense));
    assert!((loss - dense_loss).abs() < 1e-5);
    for (name, gradient) in &gradients.0 {
        assert!(error(&dense_gradients.0[name], gradient) < 1e-5, "{name}");
    }
    let (unquantised, _) = of(&decoder(Base::Dense(DType::F32)));
    assert!((loss - unquantised).abs() > 1e-3, "quantised weights are others");
}

#[test]
fn completions_are_drawn_with_the_probabilities_that_the_learner_counts_with() {
    let decoder = decoder(Base::Dense(DType::F32));
    let whole = examples(&decoder, &[1]);
    let answer = whole.foretold[0].start;
    let fixture = load("sft.safetensors");
    let positions: Vec<Vec<i64>> = fixture["1.positions"].to_vec2().expect("positions");
    let next = positions[0][answer] as u32;
    let cut = |ids: Vec<u32>, foretold| {
        let row = |axis: &Vec<i64>| {
            let drawn = (0..ids.len() - answer).map(|i| next + i as u32);
            axis[..answer].iter().map(|&p| p as u32).chain(drawn).collect()
        };
        let positions = [row(&positions[0]), row(&positions[1]), row(&positions[2])];
        let layout = Layout::new(one(0..ids.len()), &positions, decoder.config(), DType::F32, &Device::Cpu);
        Packed { ids, layout: layout.expect("a layout"), pictures: whole.pictures.clone(), foretold }
    };
    let prompt = cut(whole.ids[..answer].to_vec(), Vec::new());
    for temperature in [0.7, 1.0] {
        let drawing = Drawing { count: 3, longest: 9, temperature, ends: vec![738], seed: 3 };
        let drawn = decoder.draw(&prompt, next, &drawing, Pass::Whole).expect("draws");
        assert_eq!(drawn, decoder.draw(&prompt, next, &drawing, Pass::Whole).expect("draws"), "one seed, one draw");
        assert!(drawn[0].ids != drawn[1].ids || drawn[1].ids != drawn[2].ids);
        for one in &drawn {
            let ids = [&whole.ids[..answer], &one.ids].concat();
            let foretold = answer..ids.len();
            let scored = cut(ids, vec![foretold]);
            let again = decoder.log_probabilities(&scored, Pass::Whole, temperature).expect("scores");
            let again: Vec<f32> = again.to_vec1().expect("numbers");
            for (a, b) in again.iter().zip(&one.log_probabilities) {
                assert!((a - b).abs() < 1e-4, "{a} {b}");
            }
        }
    }
    let greedy = Drawing { count: 1, longest: 5, temperature: 0.0, ends: vec![], seed: 0 };
    let drawn = decoder.draw(&prompt, next, &greedy, Pass::Whole).expect("draws");
    let logits =
        decoder.logits(&cut([&whole.ids[..answer], &drawn[0].ids].concat(), one(answer..answer + 5)), Pass::Whole);
    let best = logits.and_then(|t| t.argmax(1)?.to_vec1::<u32>()).expect("the best");
    assert_eq!(drawn[0].ids, best);
}

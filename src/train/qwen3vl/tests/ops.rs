//! Each operation's way back against differences of its way forth.

use crate::train::qwen3vl::ops::{self, Heads};
use candle_core::{DType, Device, Result, Tensor};

/// Step of a difference; 32 bits allow no smaller one.
const STEP: f64 = 1e-2;
/// Most that a difference and a gradient may be apart, relative to what the gradient can say at most.
const CLOSE: f64 = 2e-3;

fn random(shape: &[usize], seed: u64) -> Tensor {
    let mut random = fastrand::Rng::with_seed(seed);
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| 2.0 * random.f32() - 1.0).collect();
    Tensor::from_vec(values, shape, &Device::Cpu).expect("a tensor")
}

fn dot(a: &Tensor, b: &Tensor) -> f64 {
    let both = (a.to_dtype(DType::F64), b.to_dtype(DType::F64));
    let (a, b) = (both.0.expect("wide"), both.1.expect("wide"));
    (a * b).and_then(|t| t.sum_all()?.to_scalar()).expect("a number")
}

/// Compares, for each input and a random direction, how `forth` changes along it with what `back` says. What comes out is
/// weighed by random numbers, which are the gradient that goes in.
fn agree(
    inputs: &[Tensor],
    forth: impl Fn(&[Tensor]) -> Result<Tensor>,
    back: impl Fn(&[Tensor], &Tensor) -> Result<Vec<Tensor>>,
) {
    let y = forth(inputs).expect("computes");
    let g = random(y.dims(), 77);
    let gradients = back(inputs, &g).expect("goes back");
    assert_eq!(gradients.len(), inputs.len());
    for (i, gradient) in gradients.iter().enumerate() {
        assert_eq!(gradient.shape(), inputs[i].shape());
        for seed in 0..3 {
            let direction = random(inputs[i].dims(), 100 + seed);
            let moved = |by: f64| {
                let mut inputs = inputs.to_vec();
                inputs[i] = (&inputs[i] + (&direction * by).expect("scales")).expect("adds");
                dot(&forth(&inputs).expect("computes"), &g)
            };
            let difference = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
            let told = dot(gradient, &direction);
            let most = dot(gradient, gradient).sqrt() * dot(&direction, &direction).sqrt();
            assert!((difference - told).abs() < CLOSE * most, "input {i}: {difference} {told} of {most}");
            assert!(most > 0.0);
        }
    }
}

#[test]
fn the_norm_goes_back() {
    let weight = random(&[24], 1);
    agree(
        &[random(&[5, 3, 24], 2)],
        |x| ops::rms_norm(&x[0], &weight, 1e-6),
        |x, g| Ok(vec![ops::rms_norm_back(&x[0], &weight, 1e-6, g)?]),
    );
}

#[test]
fn turning_goes_back() {
    let angles = random(&[7, 8], 3);
    let (cos, sin) = (angles.cos().expect("cos"), angles.sin().expect("sin"));
    agree(
        &[random(&[7, 3, 16], 4)],
        |x| ops::rotate(&x[0], &cos, &sin),
        |_, g| Ok(vec![ops::rotate_back(g, &cos, &sin)?]),
    );
}

#[test]
fn the_gate_goes_back() {
    agree(
        &[random(&[9, 31], 5), random(&[9, 31], 6)],
        |x| ops::swiglu(&x[0], &x[1]),
        |x, g| ops::swiglu_back(&x[0], &x[1], g).map(|(gate, up)| vec![gate, up]),
    );
}

#[test]
fn attention_goes_back_whatever_the_lengths() {
    // Two sequences, one of them longer than what is taken at once, and queries that share keys.
    let sequences = [0..11, 11..11 + 150];
    let heads = |x: &'_ [Tensor]| (x[0].clone(), x[1].clone(), x[2].clone());
    agree(
        &[random(&[161, 4, 8], 7), random(&[161, 2, 8], 8), random(&[161, 2, 8], 9)],
        |x| {
            let (queries, keys, values) = heads(x);
            ops::attention(&Heads { queries: &queries, keys: &keys, values: &values }, &sequences)
        },
        |x, g| {
            let (queries, keys, values) = heads(x);
            let heads = Heads { queries: &queries, keys: &keys, values: &values };
            let out = ops::attention(&heads, &sequences)?;
            Ok(ops::attention_back(&heads, &out, g, &sequences)?.into())
        },
    );
}

#[test]
fn attention_sees_its_own_sequence_and_nothing_that_comes_later() {
    let x = [random(&[20, 4, 8], 1), random(&[20, 2, 8], 2), random(&[20, 2, 8], 3)];
    let attend = |keys: &Tensor| {
        let heads = Heads { queries: &x[0], keys, values: &x[2] };
        ops::attention(&heads, &[0..12, 12..20]).and_then(|t| t.flatten_from(1)?.to_vec2::<f32>()).expect("attends")
    };
    let before = attend(&x[1]);
    for changed in 0..20usize {
        let row = Tensor::ones((1, 2, 8), DType::F32, &Device::Cpu).expect("ones");
        let parts = [x[1].narrow(0, 0, changed), Ok(row), x[1].narrow(0, changed + 1, 19 - changed)];
        let parts: Vec<Tensor> = parts.into_iter().map(|t| t.expect("a part")).filter(|t| t.dims()[0] > 0).collect();
        let after = attend(&Tensor::cat(&parts, 0).expect("whole"));
        let end = if changed < 12 { 12 } else { 20 };
        let moved: Vec<usize> = (0..20).filter(|&row| before[row] != after[row]).collect();
        // A first token sees nothing but itself, so that its key does not matter to it.
        assert!(moved.iter().all(|row| (changed..end).contains(row)), "{changed}: {moved:?}");
        assert!(moved.len() + 1 >= end - changed, "{changed}: {moved:?}");
    }
}

/// The one-pass forms are for 32 bits in memory; what is computed in 64 goes by expressions of tensors.
#[test]
fn one_pass_is_what_the_expression_says() {
    let wide = |t: &Tensor| t.to_dtype(DType::F64).expect("wide");
    let near = |a: &Tensor, b: &Tensor| {
        let difference = (wide(a) - wide(b)).expect("one shape");
        assert!(dot(&difference, &difference).sqrt() < 1e-5 * dot(b, b).sqrt());
    };
    let (x, weight, g) = (random(&[6, 40], 1), random(&[40], 2), random(&[6, 40], 3));
    let one = ops::rms_norm_back(&x, &weight, 1e-6, &g).expect("one pass");
    near(&one, &ops::rms_norm_back(&wide(&x), &wide(&weight), 1e-6, &wide(&g)).expect("an expression"));
    near(&ops::swiglu(&x, &g).expect("one pass"), &ops::swiglu(&wide(&x), &wide(&g)).expect("an expression"));
    let one = ops::swiglu_back(&x, &g, &x).expect("one pass");
    let other = ops::swiglu_back(&wide(&x), &wide(&g), &wide(&x)).expect("an expression");
    near(&one.0, &other.0);
    near(&one.1, &other.1);
}

//! The local engine answers as Python's transformers do, from the same weights, conversation and picture.
//!
//! `golden/make.py` wrote `golden/golden.json` from the tiny random model that `random_model` writes here again. Equal prompt
//! tokens prove the chat template and the sizes of pictures; equal logits prove pixels, vision tower, position encoding and
//! language model; equal words after that prove the cache. Quantised forms are then held against the unquantised one.

#![expect(clippy::print_stdout, reason = "the figures are worth reading when a bound is moved")]

use std::path::Path;
use std::sync::{Arc, Mutex};

use image::{DynamicImage, RgbImage};
use mistralrs::{
    CustomLogitsProcessor, IsqType, Model, ModelDType, MultimodalModelBuilder, RequestBuilder, SamplingParams, Tensor,
    TextMessageRole, UqffMultimodalModelBuilder,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::random_model;

#[derive(Deserialize)]
struct Golden {
    seed: u64,
    weights_sha256: String,
    system: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    turns: Vec<Turn>,
    prompt: Vec<u32>,
    logits: Vec<f32>,
    greedy: Vec<u32>,
}

/// Who speaks, pictures as width, height and kind, text.
#[derive(Deserialize, Clone)]
struct Turn(String, Vec<(u32, u32, u32)>, String);

impl Golden {
    fn read() -> Self {
        serde_json::from_str(include_str!("golden/golden.json")).expect("a fixture that make.py wrote")
    }

    /// The model that the fixture was made with.
    fn model(&self) -> TempDir {
        let folder = TempDir::new().expect("a temporary folder");
        random_model::write(&"tiny".parse().expect("a shape"), self.seed, folder.path()).expect("a writable folder");
        let weights = std::fs::read(folder.path().join("model.safetensors")).expect("weights");
        let sha256: String = Sha256::digest(weights).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(sha256, self.weights_sha256, "the generator changed: run golden/make.py again");
        folder
    }
}

/// Two ramps and a chequered board, as in `make.py`.
fn picture(width: u32, height: u32, kind: u32) -> DynamicImage {
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| {
        let board = if (x / 24 + y / 40 + kind) % 2 == 1 { 220 } else { 20 + 40 * kind };
        image::Rgb([x * 255 / (width - 1), y * 255 / (height - 1), board].map(|level| level as u8))
    }))
}

/// What the engine had before it and what it said, as the sampler sees it.
#[derive(Clone, Default)]
struct Heard {
    prompt: Vec<u32>,
    /// After the last token of the prompt.
    logits: Vec<f32>,
    greedy: Vec<u32>,
}

/// Listens to the sampler and lets it choose among the first tokens, `!` to `@`, as `make.py` does. To find positions the
/// engine reads its own reply anew at each step, and goes astray after a picture where it would read other tokens: half a
/// letter, or two letters that are a word. These 32 are read as they were written.
struct Listener(Mutex<Heard>);

const WORDS: usize = 32;

impl CustomLogitsProcessor for Listener {
    fn apply(&self, logits: &Tensor, context: &[u32]) -> mistralrs::Result<Tensor> {
        let mut values = logits.to_vec1::<f32>()?;
        let mut heard = self.0.lock().expect("nobody panics while listening");
        if heard.prompt.is_empty() {
            heard.prompt = context.to_vec();
            heard.logits = values.clone();
        }
        values[WORDS..].fill(f32::NEG_INFINITY);
        let best = (0..values.len()).max_by(|a, b| values[*a].total_cmp(&values[*b])).expect("logits");
        heard.greedy.push(best as u32);
        Tensor::from_vec(values, logits.dims(), logits.device())
    }
}

async fn ask(model: &Model, system: &str, turns: &[Turn]) -> Heard {
    let mut request = RequestBuilder::new().add_message(TextMessageRole::System, system);
    for Turn(role, pictures, text) in turns {
        let role = if role == "user" { TextMessageRole::User } else { TextMessageRole::Assistant };
        let pictures: Vec<_> = pictures.iter().map(|(width, height, kind)| picture(*width, *height, *kind)).collect();
        request = match pictures.is_empty() {
            true => request.add_message(role, text),
            false => request.add_image_message(role, text, pictures),
        };
    }
    let listener = Arc::new(Listener(Mutex::default()));
    let request = request
        .set_sampling(SamplingParams { max_len: Some(16), ..SamplingParams::deterministic() })
        .add_logits_processor(listener.clone());
    let response = model.send_chat_request(request).await.expect("a reply");
    let heard = listener.0.lock().expect("nobody panics while listening").clone();
    assert_eq!(response.usage.prompt_tokens, heard.prompt.len());
    assert_eq!(response.usage.completion_tokens, heard.greedy.len());
    heard
}

fn builder(folder: &Path) -> MultimodalModelBuilder {
    MultimodalModelBuilder::new(folder.display()).with_force_cpu().with_dtype(ModelDType::F32)
}

async fn load(folder: &Path) -> Model {
    builder(folder).build().await.expect("a model that loads")
}

/// Length of the difference over length of the reference.
fn relative_error(reference: &[f32], values: &[f32]) -> f64 {
    assert_eq!(reference.len(), values.len());
    let length = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    let difference = length(&mut reference.iter().zip(values).map(|(r, v)| f64::from(r - v)));
    difference / length(&mut reference.iter().map(|r| f64::from(*r)))
}

/// Kullback-Leibler divergence of what the values say of the next token from what the reference says, nats.
fn divergence(reference: &[f32], values: &[f32]) -> f64 {
    let log_softmax = |values: &[f32]| -> Vec<f64> {
        let top = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = values.iter().map(|v| f64::from(v - top).exp()).sum();
        values.iter().map(|v| f64::from(v - top) - sum.ln()).collect()
    };
    let (p, q) = (log_softmax(reference), log_softmax(values));
    p.iter().zip(&q).map(|(p, q)| p.exp() * (p - q)).sum()
}

#[tokio::test]
async fn the_engine_answers_as_transformers_do() {
    let golden = Golden::read();
    let folder = golden.model();
    let model = load(folder.path()).await;
    for case in &golden.cases {
        let heard = ask(&model, &golden.system, &case.turns).await;
        let error = relative_error(&case.logits, &heard.logits);
        println!("{}: {} tokens, relative error {error:.2e}", case.name, heard.prompt.len());
        assert_eq!(heard.prompt, case.prompt, "{}", case.name);
        assert!(error < 1e-3, "{}: {error}", case.name);
        assert_eq!(heard.greedy, case.greedy, "{}", case.name);
    }
}

#[tokio::test]
async fn another_picture_gives_other_logits() {
    let golden = Golden::read();
    let folder = golden.model();
    let model = load(folder.path()).await;
    let case = &golden.cases[0];
    let mut swapped = case.turns.clone();
    for (_, _, kind) in &mut swapped[0].1 {
        *kind += 1;
    }
    let heard = ask(&model, &golden.system, &swapped).await;
    let error = relative_error(&case.logits, &heard.logits);
    println!("another picture: relative difference {error:.3}");
    assert_eq!(heard.prompt, case.prompt, "only the pixels differ");
    assert!(error > 0.05, "{error}");
    // The first picture again: nothing of the second is left behind.
    let again = ask(&model, &golden.system, &case.turns).await;
    assert!(relative_error(&case.logits, &again.logits) < 1e-3);
}

/// Asks every case and returns the worst relative error and the mean divergence from the fixture.
async fn distance(model: &Model, golden: &Golden) -> (f64, f64) {
    let (mut worst, mut sum) = (0f64, 0.0);
    for case in &golden.cases {
        let heard = ask(model, &golden.system, &case.turns).await;
        assert_eq!(heard.prompt, case.prompt, "{}", case.name);
        worst = worst.max(relative_error(&case.logits, &heard.logits));
        sum += divergence(&case.logits, &heard.logits);
    }
    (worst, sum / golden.cases.len() as f64)
}

#[tokio::test]
async fn quantised_weights_stay_near() {
    let golden = Golden::read();
    let folder = golden.model();
    for (quant, most_error, most_divergence) in [(IsqType::Q8_0, 0.1, 0.05), (IsqType::Q4K, 0.6, 1.0)] {
        let model = builder(folder.path()).with_isq(quant).build().await.expect("a model that loads");
        let (error, divergence) = distance(&model, &golden).await;
        println!("{quant:?}: relative error {error:.4}, divergence {divergence:.5}");
        assert!(error < most_error && divergence < most_divergence, "{quant:?}: {error} {divergence}");
    }
}

#[tokio::test]
async fn a_quantised_file_answers_as_what_it_was_made_from() {
    let golden = Golden::read();
    let folder = golden.model();
    let kept = TempDir::new().expect("a temporary folder");
    let case = &golden.cases[0];
    let made = builder(folder.path())
        .with_isq(IsqType::Q4K)
        .write_uqff(kept.path().join("q4k.uqff"))
        .build()
        .await
        .expect("a model that loads");
    let before = ask(&made, &golden.system, &case.turns).await;
    let read = UqffMultimodalModelBuilder::new(kept.path().display(), vec!["q4k-0.uqff".into()])
        .into_inner()
        .with_force_cpu()
        .with_dtype(ModelDType::F32)
        .build()
        .await
        .expect("a model that loads");
    let after = ask(&read, &golden.system, &case.turns).await;
    let error = relative_error(&before.logits, &after.logits);
    println!("read back: relative error {error:.2e}");
    assert_eq!(before.prompt, after.prompt);
    assert!(error < 1e-5, "{error}");
    assert_eq!(before.greedy, after.greedy);
}

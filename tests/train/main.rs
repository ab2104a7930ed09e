//! Training: what goes into the model is what transformers and the serving engine put into it.

mod chat;
mod commands;
mod config;
#[expect(dead_code, reason = "it can do more than is asked of it here")]
#[path = "../cli/dir.rs"]
mod dir;
#[cfg(feature = "local-vlm")]
mod seam;
mod tower;

#[path = "../support/random_model.rs"]
mod random_model;

use image::RgbImage;
use navig::train::qwen3vl::{Chat, ChatError, Config};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::Path;
use tempfile::TempDir;

/// The fixture of the engine's parity tests: conversations and the tokens that transformers makes of them.
#[derive(Deserialize)]
struct Golden {
    seed: u64,
    system: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    turns: Vec<Turn>,
    prompt: Vec<u32>,
}

/// Who speaks, pictures as width, height and kind, text.
#[derive(Deserialize)]
struct Turn(String, Vec<(u32, u32, u32)>, String);

impl Golden {
    fn read() -> Self {
        serde_json::from_str(include_str!("../model/golden/golden.json")).expect("a fixture that make.py wrote")
    }
}

/// The tiny model that the fixtures were made with.
fn tiny() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    let seed = Golden::read().seed;
    random_model::write(&"tiny".parse().expect("a shape"), seed, folder.path()).expect("a writable folder");
    folder
}

fn weights_sha256(folder: &Path) -> String {
    let weights = std::fs::read(folder.join("model.safetensors")).expect("weights");
    Sha256::digest(weights).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read_chat(folder: &Path) -> Result<Chat, ChatError> {
    Chat::read(folder, &Config::read(folder).expect("a config"))
}

/// Changes a JSON file of a model.
fn edit(folder: &Path, file: &str, change: impl FnOnce(&mut Value)) {
    let path = folder.join(file);
    let mut value = serde_json::from_slice(&std::fs::read(&path).expect("a file")).expect("JSON");
    change(&mut value);
    std::fs::write(path, value.to_string()).expect("a writable folder");
}

/// Two ramps and a chequered board, as in `make.py`.
fn picture(width: u32, height: u32, kind: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let board = if (x / 24 + y / 40 + kind) % 2 == 1 { 220 } else { 20 + 40 * kind };
        image::Rgb([x * 255 / (width - 1), y * 255 / (height - 1), board].map(|level| level as u8))
    })
}

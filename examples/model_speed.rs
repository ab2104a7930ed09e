//! How fast a local model answers and what it takes, for `evals/bench/cuda/check.sh`.
//!
//! ```text
//! cargo run --release --example model_speed -- FOLDER --quant q4k --device auto --side 448
//! ```
//!
//! One question is asked three times about one made picture: the first answer has the picture to look at, the others show
//! what it costs when it was looked at before. It prints one line of JSON, with the probabilities that the model gave five
//! colours, so that two devices can be compared.

use anyhow::{Context, Result};
use clap::Parser;
use image::RgbImage;
use navig::model::{
    Ask, Device, Local, LocalOptions, ModelFolder, Picture, Probe, PromptStamp, Quant, Reply, Sampling, Stage, Turn,
    VisionModel, memory,
};
use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

#[derive(Parser)]
struct Arguments {
    /// The model
    folder: PathBuf,
    /// q4k, q5k, q6k, q8_0 or none
    #[arg(long, default_value_t)]
    quant: Quant,
    /// auto or cpu
    #[arg(long, default_value_t)]
    device: Device,
    /// Side of the square picture, px
    #[arg(long, default_value_t = 448)]
    side: u32,
    /// Letters of the reply
    #[arg(long, default_value_t = 200)]
    letters: usize,
}

const COLOURS: [&str; 5] = ["red", "green", "blue", "white", "black"];

fn question(side: u32, letters: usize) -> Ask {
    let board = RgbImage::from_fn(side, side, |x, y| {
        let dark = (x / 24 + y / 40) % 2 == 1;
        image::Rgb([x * 255 / side, y * 255 / side, if dark { 20 } else { 220 }].map(|level| level as u8))
    });
    Ask {
        stage: Stage::Check,
        prompt: PromptStamp { id: "speed".to_owned(), version: "1".to_owned(), sha256: String::new() },
        system: "You describe pictures.".to_owned(),
        turns: vec![Turn::user(
            vec![Picture::fit("made", &board, side * side)],
            "Name the colour, then say what you see.",
        )],
        schema: json!({
            "type": "object",
            "properties": {
                "colour": { "enum": COLOURS },
                "seen": { "type": "string", "minLength": letters, "maxLength": letters }
            },
            "required": ["colour", "seen"],
            "additionalProperties": false
        }),
        sampling: Sampling { max_tokens: 4 * letters + 64, temperature: 0.0 },
        probes: vec![Probe::of_key("colour", COLOURS.map(str::to_owned).to_vec())],
    }
}

fn line(reply: &Reply) -> Value {
    let cost = reply.cost;
    json!({
        "prompt_tokens": cost.prompt_tokens,
        "prompt_s": cost.prompt_ms / 1e3,
        "prompt_tokens_per_s": cost.prompt_tokens as f64 / (cost.prompt_ms / 1e3).max(1e-9),
        "reply_tokens": cost.completion_tokens,
        "reply_tokens_per_s": cost.completion_tokens as f64 / ((cost.total_ms - cost.prompt_ms) / 1e3).max(1e-9),
        "total_s": cost.total_ms / 1e3,
    })
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let folder = ModelFolder::open(&arguments.folder)?;
    let started = Instant::now();
    let options = LocalOptions { quant: arguments.quant, device: arguments.device };
    let model = Local::load(&folder, &options).await?;
    let load_s = started.elapsed().as_secs_f64();
    let ask = question(arguments.side, arguments.letters);
    let first = model.ask(&ask).await?;
    let again = [model.ask(&ask).await?, model.ask(&ask).await?];
    let scores = first.scores[0].as_ref().context("the reply never came to the colour")?;
    let found = json!({
        "model": model.card().name,
        "runs_on": model.card().runs_on,
        "load_s": load_s,
        "first": line(&first),
        "again": again.each_ref().map(line),
        "same_reply": again.iter().all(|reply| reply.text == first.text),
        "p": scores.options,
        "peak_mb": memory::peak_mb(),
    });
    writeln!(std::io::stdout(), "{found}")?;
    Ok(())
}

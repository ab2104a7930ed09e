//! Asks a local vision model a few times about one picture and says what each call cost, for `evals/bench/model/`.
//!
//! ```text
//! cargo run --release --example ask_model -- FOLDER --side 320 --quant q4k --calls 400:200,500:40,450:100
//! ```
//!
//! A call is a picture, so many tokens of text, and so many tokens of reply. It prints one line of JSON for loading, one
//! for each call and one for the peak of memory. It speaks to the engine directly, so that what the engine costs can be told
//! from what navig adds, and can be profiled.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use clap::{Parser, ValueEnum};
use image::{DynamicImage, RgbImage};
use mistralrs::{
    CustomLogitsProcessor, Device, Model, ModelDType, MultimodalModelBuilder, RequestBuilder, SamplingParams, Tensor,
    TextMessageRole, UqffMultimodalModelBuilder, parse_isq_value,
};
use serde_json::{Value, json};
use std::io::Write;

#[derive(Parser)]
struct Arguments {
    /// A model, or a folder of quantised files
    folder: PathBuf,
    /// Side of the square picture, px
    #[arg(long, default_value_t = 320)]
    side: u32,
    /// Tokens of text and of reply, for each call
    #[arg(long, value_delimiter = ',', default_value = "400:200,500:40,450:100")]
    calls: Vec<Call>,
    /// What the engine computes in where nothing is quantised
    #[arg(long, value_enum, default_value = "auto")]
    dtype: DType,
    /// Quantise while loading, such as q4k or q8_0
    #[arg(long)]
    quant: Option<String>,
    /// Also keep the quantised weights here
    #[arg(long, requires = "quant")]
    keep: Option<PathBuf>,
    /// Read this quantised file of the folder
    #[arg(long, conflicts_with = "quant")]
    uqff: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum DType {
    Auto,
    F32,
    F16,
}

#[derive(Clone, Copy)]
struct Call {
    text: usize,
    reply: usize,
}

impl std::str::FromStr for Call {
    type Err = anyhow::Error;

    fn from_str(call: &str) -> Result<Self> {
        let (text, reply) = call.split_once(':').context("a call is TEXT:REPLY, in tokens")?;
        Ok(Self { text: text.parse()?, reply: reply.parse()? })
    }
}

/// Notes when the first token is drawn, and never lets a turn end before its time.
struct Stopwatch {
    started: Instant,
    first: Mutex<Option<Duration>>,
    added_from: usize,
}

impl CustomLogitsProcessor for Stopwatch {
    fn apply(&self, logits: &Tensor, _context: &[u32]) -> mistralrs::Result<Tensor> {
        self.first.lock().expect("nobody panics in here").get_or_insert_with(|| self.started.elapsed());
        let mut values = logits.to_vec1::<f32>()?;
        values[self.added_from..].fill(f32::NEG_INFINITY);
        Tensor::from_vec(values, logits.dims(), logits.device())
    }
}

/// Two ramps and a chequered board.
fn picture(side: u32) -> DynamicImage {
    DynamicImage::ImageRgb8(RgbImage::from_fn(side, side, |x, y| {
        let board = if (x / 24 + y / 40) % 2 == 1 { 220 } else { 20 };
        image::Rgb([x * 255 / (side - 1), y * 255 / (side - 1), board].map(|level| level as u8))
    }))
}

async fn load(arguments: &Arguments) -> Result<Model> {
    let folder = arguments.folder.display();
    let mut builder = match &arguments.uqff {
        Some(file) => UqffMultimodalModelBuilder::new(folder, vec![file.clone()]).into_inner(),
        None => MultimodalModelBuilder::new(folder),
    };
    builder = builder.with_force_cpu().with_dtype(match arguments.dtype {
        DType::Auto => ModelDType::Auto,
        DType::F32 => ModelDType::F32,
        DType::F16 => ModelDType::F16,
    });
    if let Some(quant) = &arguments.quant {
        builder = builder.with_isq(parse_isq_value(quant, Some(&Device::Cpu)).map_err(|e| anyhow!("{quant}: {e}"))?);
    }
    if let Some(keep) = &arguments.keep {
        builder = builder.write_uqff(keep.clone());
    }
    builder.build().await
}

async fn ask(model: &Model, picture: &DynamicImage, call: Call, added_from: usize) -> Result<Value> {
    let stopwatch = Arc::new(Stopwatch { started: Instant::now(), first: Mutex::default(), added_from });
    let request = RequestBuilder::new()
        // A digit is a token of its own.
        .add_image_message(TextMessageRole::User, "7".repeat(call.text), vec![picture.clone()])
        .set_sampling(SamplingParams { max_len: Some(call.reply), ..SamplingParams::deterministic() })
        .add_logits_processor(stopwatch.clone());
    let response = model.send_chat_request(request).await.map_err(|e| anyhow!("{e}"))?;
    let total = stopwatch.started.elapsed();
    let first = stopwatch.first.lock().expect("nobody panics in there").context("no token was drawn")?;
    Ok(json!({
        "prompt_tokens": response.usage.prompt_tokens, "reply_tokens": response.usage.completion_tokens,
        "first_s": first.as_secs_f64(), "total_s": total.as_secs_f64(),
    }))
}

/// Most memory that this process ever had, MB, where the system says.
fn peak_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? / 1024)
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let config: Value = serde_json::from_slice(&std::fs::read(arguments.folder.join("config.json"))?)?;
    let added_from = config["text_config"]["bos_token_id"].as_u64().context("bos_token_id")? as usize;
    let mut out = std::io::stdout();
    let started = Instant::now();
    let model = load(&arguments).await?;
    writeln!(out, "{}", json!({"load_s": started.elapsed().as_secs_f64(), "peak_mb": peak_mb()}))?;
    let picture = picture(arguments.side);
    for call in &arguments.calls {
        writeln!(out, "{}", ask(&model, &picture, *call, added_from).await?)?;
    }
    writeln!(out, "{}", json!({"peak_mb": peak_mb()}))?;
    Ok(())
}

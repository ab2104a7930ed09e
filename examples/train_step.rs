//! What a step of training costs: time and memory, on random tokens.
//!
//! ```text
//! cargo run --release --example random_model -- 25m FOLDER --seed 2
//! cargo run --release --example train_step -- FOLDER SEQUENCES TOKENS plain|checkpointing STEPS [BASE [DEVICE]]
//! cargo run --release --example train_step -- FOLDER SEQUENCES TOKENS cosine 0 BASE [DEVICE]
//! ```
//!
//! BASE is f32 (unless named), bf16, f16, q8_0 or q4k, DEVICE cpu or cuda. `cosine` makes no step: it compares the gradients with those of
//! f32 on the processor.
//!
//! Prints one JSON line. As in `evals/bench/train/torch_peer.py`: plain text, every token of which but the first is learnt, rank 8
//! on all seven linears, AdamW, clipped at 1.0; a step is forward, backward, clip, update; the first is not timed. Memory is
//! the peak over all steps above what was resident after loading and reading eight tokens. Linux.

#![expect(clippy::print_stdout, reason = "a program that prints its figures")]

use anyhow::{Context, Result};
use candle_core::quantized::GgmlDType;
use candle_core::{DType, Device, Tensor};
use navig::train::optim::{AdamW, Settings};
use navig::train::plan;
use navig::train::qwen3vl::{Base, Config, Decoder, Layout, Memory, Packed, Pass, Weights};
use navig::train::recipe::Shape;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

/// Tokens before those that were added.
const WORDS: u32 = 736;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [folder, sequences, tokens, way, steps, how @ ..] = words.as_slice() else {
        anyhow::bail!("FOLDER SEQUENCES TOKENS plain|checkpointing|cosine STEPS [BASE [DEVICE]]")
    };
    let device = match how.get(1).map(String::as_str) {
        None | Some("cpu") => Device::Cpu,
        Some("cuda") => Device::new_cuda(0)?,
        Some(other) => anyhow::bail!("no device '{other}': cpu or cuda"),
    };
    let base = base(how.first().map_or("f32", String::as_str), &device)?;
    let (sequences, tokens, steps): (usize, usize, usize) = (sequences.parse()?, tokens.parse()?, steps.parse()?);
    let memory = if way == "plain" { Memory::Keep } else { Memory::Recompute };
    let folder = Path::new(folder);
    let config = Config::read(folder)?;
    let weights = Weights::open(folder)?;
    let mut decoder = Decoder::load(&config, &weights, base, &device)?;
    decoder.begin(8, 2.0, 1)?;
    if way == "cosine" {
        let of_base = gradients(&decoder, sequences, tokens)?;
        drop(decoder);
        let mut reference = Decoder::load(&config, &weights, Base::Dense(DType::F32), &Device::Cpu)?;
        reference.begin(8, 2.0, 1)?;
        println!("{}", cosines(&gradients(&reference, sequences, tokens)?, &of_base)?);
        return Ok(());
    }
    let batch = packed(&decoder, sequences, tokens)?;
    decoder.log_probabilities(&packed(&decoder, 1, 8)?, Pass::Whole, 1.0)?;

    let before = status("VmRSS")?;
    std::fs::write("/proc/self/clear_refs", "5").context("/proc/self/clear_refs")?;
    let learning = decoder.learning();
    let mut optimiser = AdamW::new(Settings::default())?;
    let (mut wall, mut processor, mut losses) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..=steps {
        let (begun, spent) = (Instant::now(), processor_s()?);
        let (loss, gradients) = decoder.gradients(&batch, memory, None, 1.0, mean)?;
        optimiser.step(&learning, &gradients.0, 1e-4, Some(1.0))?;
        wall.push(begun.elapsed().as_secs_f64() * 1e3);
        processor.push(processor_s()? - spent);
        losses.push(loss);
    }
    let peak = status("VmHWM")?;
    let mut timed = wall.split_off(1);
    timed.sort_by(f64::total_cmp);
    let mut spent = processor.split_off(1);
    spent.sort_by(f64::total_cmp);
    // What `navig train plan` says, which trains with recomputing.
    let shape = Shape { rank: 8, alpha: 16.0, dropout: 0.0 };
    let planned = plan::memory(&config.text, weights.parameters(), base, shape, (sequences * tokens) as u64);
    println!(
        "{}",
        serde_json::json!({
            "model": folder.file_name().map(|name| name.to_string_lossy().into_owned()), "batch": sequences,
            "tokens": tokens, "base": how.first(), "device": how.get(1), "checkpointing": memory == Memory::Recompute, "step_ms_median": timed[steps / 2],
            "step_ms_min": timed[0], "step_cpu_s": spent[steps / 2], "peak_rss_delta_mib": peak - before,
            "planned_mib": (planned.total() - planned.base) as f64 / f64::from(1 << 20),
            "loss_first": losses[0], "loss_last": losses[steps],
        })
    );
    Ok(())
}

/// Mean loss of some tokens, and its gradient for each.
fn mean(logs: &Tensor) -> candle_core::Result<(f32, Tensor)> {
    let count = logs.dim(0)? as f64;
    Ok(((logs.sum_all()? / -count)?.to_scalar::<f32>()?, (logs.ones_like()? / -count)?))
}

fn base(name: &str, device: &Device) -> Result<Base> {
    let own = if device.is_cpu() { DType::F32 } else { DType::BF16 };
    Ok(match name {
        "f32" => Base::Dense(DType::F32),
        "bf16" => Base::Dense(DType::BF16),
        "f16" => Base::Dense(DType::F16),
        "q8_0" => Base::Packed(GgmlDType::Q8_0, own),
        "q4k" => Base::Packed(GgmlDType::Q4K, own),
        other => anyhow::bail!("no base '{other}': f32, bf16, f16, q8_0 or q4k"),
    })
}

/// Gradients of an adapter whose B is not zero, or A would have none.
fn gradients(decoder: &Decoder, sequences: usize, tokens: usize) -> Result<BTreeMap<String, Vec<f64>>> {
    let mut random = random();
    for (_, b) in decoder.learning().into_iter().filter(|(name, _)| name.ends_with("lora_B")) {
        let values: Vec<f32> = (0..b.elem_count()).map(|_| (random() % 2001) as f32 / 1e5 - 0.01).collect();
        b.set(&Tensor::from_vec(values, b.shape(), b.device())?)?;
    }
    let (_, gradients) = decoder.gradients(&packed(decoder, sequences, tokens)?, Memory::Recompute, None, 1.0, mean)?;
    let numbers = |t: &Tensor| t.flatten_all()?.to_dtype(DType::F64)?.to_device(&Device::Cpu)?.to_vec1::<f64>();
    gradients.0.iter().map(|(name, gradient)| Ok((name.clone(), numbers(gradient)?))).collect()
}

/// Cosines of the angles between two sets of gradients: of all as one vector, and the least of any tensor's.
fn cosines(a: &BTreeMap<String, Vec<f64>>, b: &BTreeMap<String, Vec<f64>>) -> Result<serde_json::Value> {
    let (mut whole, mut least) = ([0.0; 3], (1.0, ""));
    for (name, a) in a {
        let b = b.get(name).context("a gradient is missing")?;
        let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        let sums = [dot(a, b), dot(a, a), dot(b, b)];
        whole.iter_mut().zip(sums).for_each(|(whole, sum)| *whole += sum);
        let cosine = sums[0] / (sums[1] * sums[2]).sqrt();
        if cosine < least.0 {
            least = (cosine, name);
        }
    }
    let cosine = whole[0] / (whole[1] * whole[2]).sqrt();
    Ok(serde_json::json!({ "cosine": cosine, "least": least.0, "of": least.1, "tensors": a.len() }))
}

/// Numbers that look random, the same at every call.
fn random() -> impl FnMut() -> u32 {
    let mut seed = 3u64;
    move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as u32
    }
}

/// Sequences of random tokens, the same at every call.
fn packed(decoder: &Decoder, sequences: usize, tokens: usize) -> Result<Packed> {
    let mut random = random();
    let ids: Vec<u32> = (0..sequences * tokens).map(|_| random() % WORDS).collect();
    let line: Vec<u32> = (0..sequences).flat_map(|_| 0..tokens as u32).collect();
    let each = |from: usize| (0..sequences).map(move |i| i * tokens + from..(i + 1) * tokens).collect();
    let (dtype, device) = decoder.place();
    let layout = Layout::new(each(0), &[line.clone(), line.clone(), line], decoder.config(), dtype, device)?;
    Ok(Packed { ids, layout, pictures: Vec::new(), foretold: each(1) })
}

/// Of this process, MiB.
fn status(key: &str) -> Result<f64> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find(|line| line.starts_with(key)).context("no such line")?;
    Ok(line.split_whitespace().nth(1).context("no number")?.parse::<f64>()? / 1024.0)
}

/// Processor time of this process, s.
fn processor_s() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = text.rsplit(')').next().context("no fields")?.split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
    Ok(ticks / 100.0)
}

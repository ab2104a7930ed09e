//! `navig train plan`, and the same check before every training.

use super::failure::TrainFailure;
use super::school::{DataFlags, ModelFlags};
use super::sft::StageFlag;
use crate::cli::{Call, Exit, Failure, output};
use crate::model::store::Store;
use crate::model::{Picture, memory};
use crate::photo::{Limits, Photo};
use crate::report::grouped;
use crate::train::course::Pace;
use crate::train::lessons::Stage;
use crate::train::plan::{self, Memory};
use crate::train::qwen3vl::{Base, Chat, Config, Preprocessor, Weights};
use crate::train::recipe::Recipe;
use candle_core::quantized::QTensor;
use candle_core::{DType, Device, Tensor};
use clap::Parser;
use std::time::Instant;

/// Say what a training would need: memory, tokens, steps, time
#[derive(Debug, Parser)]
#[command(after_long_help = "\
Sizes are added up, lengths are read from up to 32 of the examples, and the time is worked out from how
fast this machine multiplies and unpacks matrices now. Training itself refuses what does not fit.

Exit code: 0 when it fits, 2 when it does not.

Examples:
  navig train plan --model Qwen3-VL-4B-Instruct --data photos.csv
  navig train plan --model Qwen3-VL-4B-Instruct --data clues.jsonl --stage reasoning --base q4k")]
pub(in crate::cli) struct Typed {
    #[command(flatten)]
    model: ModelFlags,
    #[command(flatten)]
    data: DataFlags,
    /// What is learnt
    #[arg(long, value_enum, default_value_t)]
    stage: StageFlag,
    /// How: a recipe by its name ('navig train recipes'), or a file
    #[arg(long, value_name = "NAME|FILE", default_value = "navig")]
    recipe: String,
}

/// Examples whose lengths are read.
const READ: usize = 32;
/// Side of the matrices that are multiplied to see how fast that goes.
const SIDE: usize = 1024;

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let settings = call.settings(Vec::new())?;
        let recipe = Recipe::find(&self.recipe)?;
        let device = self.model.device()?;
        let base = self.model.base(&device)?;
        let folder = Store::open(&settings).find(&self.model.model)?;
        let config = Config::read(folder.path()).map_err(crate::train::student::StudentError::from)?;
        let chat = Chat::read(folder.path(), &config).map_err(crate::train::student::StudentError::from)?;
        let preprocessor = Preprocessor::read(folder.path()).map_err(crate::train::student::StudentError::from)?;
        let examples = self.data.examples()?;
        let stage = Stage::from(self.stage);
        let mut lengths = Vec::new();
        let spread = examples.list.len().div_ceil(READ).max(1);
        for example in examples.list.iter().step_by(spread) {
            let Ok(photo) = Photo::open(&example.picture, &Limits::default()) else { continue };
            let Some(pixels) = photo.pixels else { continue };
            let picture = Picture::fit("photo", &pixels, recipe.input.picture_px);
            let Ok(grid) = preprocessor.grid(picture.width, picture.height) else { continue };
            let Ok((system, user, answer)) = stage.conversation(example, &recipe.input) else { continue };
            let Ok(sequence) = chat.sequence(&system, &[grid], &user, Some(&answer)) else { continue };
            lengths.push((sequence.len(), sequence.answer.len()));
        }
        if lengths.is_empty() {
            let reason = "none of the examples that were looked at can be used; 'navig train sft' says why";
            return Err(Failure::Train(TrainFailure::Examples(format!("{}: {reason}", self.data.data.display()))));
        }
        let count = lengths.len() as f64;
        let mean = |of: fn(&(usize, usize)) -> usize| lengths.iter().map(of).sum::<usize>() as f64 / count;
        let (tokens, learnt) = (mean(|l| l.0), mean(|l| l.1));
        let longest = lengths.iter().map(|l| l.0).max().unwrap_or_default() as u64;
        let all = examples.list.len();
        let steps = Pace::new(&recipe.learning, all, recipe.learning.batch, recipe.learning.rate).steps();
        let at_once = (recipe.learning.batch as u64 * longest).min(recipe.input.window as u64).max(longest);
        let weights = Weights::open(folder.path()).map_err(crate::train::student::StudentError::from)?;
        let memory = plan::memory(&config.text, weights.parameters(), base, recipe.adapter, at_once);
        let operations = plan::operations(&config.text, tokens as u64, tokens as u64) * all as f64;
        let parts = (recipe.learning.batch as f64 * tokens / recipe.input.window as f64).ceil();
        let parts = parts * (all as f64 / recipe.learning.batch as f64).ceil();
        let Speed { multiplied, unpacked } = Speed::measure(base, &device)?;
        let seconds = operations / multiplied + parts * plan::unpacked(&config.text) as f64 / unpacked;
        output::print(|out| {
            let mb = |bytes: u64| grouped(bytes / 1_000_000);
            writeln!(
                out,
                "Examples   {}, {} tokens each, of which {} are learnt",
                grouped(all as u64),
                tokens.round(),
                learnt.round()
            )?;
            writeln!(out, "Steps      {} of {} examples", grouped(steps), recipe.learning.batch)?;
            writeln!(out, "Learnt     {} numbers", grouped(plan::learnt(&config.text, recipe.adapter)))?;
            writeln!(out, "Memory     {} MB", mb(memory.total()))?;
            for (name, bytes) in [
                ("the model's own weights", memory.base),
                ("what learns, four times", memory.learnt),
                ("what goes into each block", memory.inputs),
                ("the block in work", memory.block),
                ("logits", memory.logits),
            ] {
                writeln!(out, "  {:>9} MB  {name}", mb(bytes))?;
            }
            writeln!(out, "Time       {} an epoch, pictures not counted", span(seconds))
        })?;
        fits(&memory, &device)?;
        Ok(Exit::Answered)
    }
}

/// Refuses what does not fit into the memory that is free; of several graphics cards in that of the one that has most.
pub(super) fn fits(memory: &Memory, device: &Device) -> Result<(), Failure> {
    let needed_mb = memory.total() / 1_000_000;
    let free_mb = match device {
        Device::Cpu => memory::available_mb(),
        Device::Cuda(_) => memory::cards().iter().map(|card| card.free_mb).max(),
        Device::Metal(_) => None,
    };
    match free_mb {
        Some(free_mb) if free_mb < needed_mb => Err(Failure::Train(TrainFailure::Memory {
            needed_mb,
            free_mb,
            mend: "keep the base packed (--base q4k), take a smaller model, or a recipe with a smaller window or rank",
        })),
        _ => Ok(()),
    }
}

/// How fast a machine is at what takes the time.
struct Speed {
    /// Products and sums of a matrix product, a second.
    multiplied: f64,
    /// Numbers that are unpacked a second; without end where nothing is packed.
    unpacked: f64,
}

impl Speed {
    fn measure(base: Base, device: &Device) -> Result<Self, Failure> {
        let (dtype, packed) = match base {
            Base::Dense(dtype) => (dtype, None),
            Base::Packed(kind, dtype) => (dtype, Some(kind)),
        };
        let measured = || -> candle_core::Result<Self> {
            let numbers = Tensor::rand(-1f32, 1f32, (SIDE, SIDE), device)?;
            let matrix = numbers.to_dtype(dtype)?;
            let multiplied = 2.0 * (SIDE as f64).powi(3) / fastest(|| matrix.matmul(&matrix))?;
            let unpacked = match packed.map(|kind| QTensor::quantize(&numbers, kind)).transpose()? {
                Some(packed) => (SIDE * SIDE) as f64 / fastest(|| packed.dequantize(device))?,
                None => f64::INFINITY,
            };
            Ok(Self { multiplied, unpacked })
        };
        Ok(measured().map_err(crate::train::student::StudentError::from)?)
    }
}

/// The least of three times, s.
fn fastest(work: impl Fn() -> candle_core::Result<Tensor>) -> candle_core::Result<f64> {
    let mut best = f64::INFINITY;
    for _ in 0..3 {
        let begun = Instant::now();
        // Reading the result waits for a graphics card.
        work()?.to_dtype(DType::F32)?.sum_all()?.to_scalar::<f32>()?;
        best = best.min(begun.elapsed().as_secs_f64());
    }
    Ok(best)
}

fn span(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

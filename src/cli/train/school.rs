//! What every way of training is told, and what it opens: the model, the adapters, the examples.

use super::failure::TrainFailure;
use crate::cli::exit::with_causes;
use crate::cli::progress::{Bar, Unit};
use crate::cli::{Call, Failure, output};
use crate::digest::hex;
use crate::model::store::Store;
use crate::settings::Settings;
use crate::train::adapter::Adapter;
use crate::train::data::Examples;
use crate::train::lessons::{Lesson, Stage, Teacher};
use crate::train::plan;
use crate::train::qwen3vl::{Base, Config, Weights};
use crate::train::recipe::Recipe;
use crate::train::sight::Sight;
use crate::train::student::{Student, StudentError};
use candle_core::quantized::GgmlDType;
use candle_core::{DType, Device};
use clap::{Args, ValueEnum};
use sha2::{Digest, Sha256};
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// The model and the adapters on it.
#[derive(Debug, Args)]
pub(super) struct ModelFlags {
    /// The model: an installed one by its name, or a folder
    #[arg(long, value_name = "NAME|DIR")]
    pub(super) model: String,
    /// An adapter of an earlier stage, which stays as it is; several are put on in this order
    #[arg(long, value_name = "DIR")]
    pub(super) adapter: Vec<PathBuf>,
    /// How the model's own weights are kept while training: auto takes 32 bits on a processor and bf16 elsewhere
    #[arg(long, value_enum, default_value_t)]
    pub(super) base: BaseFlag,
    /// Where to compute: auto takes a graphics card where there is one
    #[arg(long, value_enum, default_value_t)]
    pub(super) device: DeviceFlag,
}

/// How the frozen weights are kept.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum BaseFlag {
    /// 32 bits on a processor, bf16 elsewhere
    #[default]
    Auto,
    /// 32 bits
    F32,
    /// 16 bits, on a graphics card only
    Bf16,
    /// Packed in 8 bits
    #[value(name = "q8_0")]
    Q8_0,
    /// Packed in 4 bits
    #[value(name = "q4_0")]
    Q4_0,
    /// Packed in 4 bits, by K-quants
    Q4k,
}

/// Where to compute.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum DeviceFlag {
    /// A graphics card where there is one
    #[default]
    Auto,
    /// The processor
    Cpu,
}

impl ModelFlags {
    pub(super) fn device(&self) -> Result<Device, Failure> {
        match self.device {
            DeviceFlag::Cpu => Ok(Device::Cpu),
            DeviceFlag::Auto => Device::cuda_if_available(0).map_err(|e| {
                Failure::Usage(format!("the graphics card does not answer: {e}; --device cpu does without"))
            }),
        }
    }

    pub(super) fn base(&self, device: &Device) -> Result<Base, Failure> {
        let own = if device.is_cpu() { DType::F32 } else { DType::BF16 };
        Ok(match self.base {
            BaseFlag::Auto => Base::Dense(own),
            BaseFlag::F32 => Base::Dense(DType::F32),
            BaseFlag::Bf16 if device.is_cpu() => {
                return Err(Failure::Usage(
                    "--base bf16: a processor multiplies no bf16; take f32 or a packed one".to_owned(),
                ));
            }
            BaseFlag::Bf16 => Base::Dense(DType::BF16),
            BaseFlag::Q8_0 => Base::Packed(GgmlDType::Q8_0, own),
            BaseFlag::Q4_0 => Base::Packed(GgmlDType::Q4_0, own),
            BaseFlag::Q4k => Base::Packed(GgmlDType::Q4K, own),
        })
    }

    /// Loads the model and puts the earlier adapters on, unless a step by the recipe would not fit into memory.
    pub(super) fn open(
        &self,
        recipe: &Recipe,
        settings: &Settings,
        call: Call,
    ) -> Result<(Student, Vec<String>), Failure> {
        let device = self.device()?;
        let base = self.base(&device)?;
        let folder = Store::open(settings).find(&self.model)?;
        let config = Config::read(folder.path()).map_err(StudentError::from)?;
        let parameters = Weights::open(folder.path()).map_err(StudentError::from)?.parameters();
        let window = recipe.input.window as u64;
        super::plan::fits(&plan::memory(&config.text, parameters, base, recipe.adapter, window), &device)?;
        let bar = (!call.quiet).then(|| Bar::new(Unit::Seconds, 0));
        if let Some(bar) = &bar {
            bar.message(format!("loading {}", folder.name()));
        }
        let mut student = Student::open(folder.path(), base, &device)?;
        let mut sums = Vec::new();
        for path in &self.adapter {
            let adapter = Adapter::read(path)?;
            sums.push(adapter.sha256()?);
            student.wear(&adapter)?;
        }
        Ok((student, sums))
    }
}

/// The examples.
#[derive(Debug, Args)]
pub(super) struct DataFlags {
    /// Photos and their places: CSV or JSONL; for the stage 'reasoning' JSONL with clue texts
    #[arg(long, value_name = "FILE")]
    pub(super) data: PathBuf,
    /// The folder that the list's pictures are named from; that of the list unless set
    #[arg(long, value_name = "DIR")]
    pub(super) pictures: Option<PathBuf>,
    /// Leave out examples that cannot be used, and say how many
    #[arg(long)]
    pub(super) skip_bad: bool,
}

/// Faults that a message tells; all are counted.
pub(super) const TOLD: usize = 5;

impl DataFlags {
    pub(super) fn examples(&self) -> Result<Examples, Failure> {
        let pictures = self.pictures.clone().or_else(|| self.data.parent().map(PathBuf::from)).unwrap_or_default();
        Ok(Examples::read(&self.data, &pictures)?)
    }

    /// Reads the list, looks at all pictures, and writes the conversations.
    pub(super) fn lessons(
        &self,
        student: &Student,
        sight: &Sight,
        stage: Stage,
        recipe: &Recipe,
        call: Call,
    ) -> Result<Vec<Lesson>, Failure> {
        let examples = self.examples()?;
        let teacher = Teacher { chat: &student.chat, sight, stage, input: &recipe.input };
        let bar = (!call.quiet).then(|| Bar::new(Unit::Photos, examples.list.len() as u64));
        if let Some(bar) = &bar {
            bar.message("looking at pictures,");
        }
        let mut faults: Vec<String> = examples.faults.iter().map(|f| told(f.line, &f.reason)).collect();
        let mut lessons = Vec::with_capacity(examples.list.len());
        for (i, example) in examples.list.iter().enumerate() {
            match teacher.lesson(example) {
                Ok(lesson) => lessons.push(lesson),
                Err(error) => faults.push(told(example.line, with_causes(&error))),
            }
            if let Some(bar) = &bar {
                bar.position(i as u64 + 1);
            }
        }
        drop(bar);
        faults_told(&self.data, faults, self.skip_bad, call)?;
        match lessons.is_empty() {
            true => Err(Failure::Train(TrainFailure::Examples(format!(
                "{}: it has no example that can be used",
                self.data.display()
            )))),
            false => Ok(lessons),
        }
    }
}

/// Refuses examples with faults, or says that they are left out.
pub(super) fn faults_told(list: &Path, mut faults: Vec<String>, skip_bad: bool, call: Call) -> Result<(), Failure> {
    let count = faults.len();
    if count > 0 && !skip_bad {
        faults.truncate(TOLD);
        return Err(Failure::Train(TrainFailure::Examples(format!(
            "{}: {count} of its examples cannot be used; --skip-bad leaves them out: {}",
            list.display(),
            faults.join("; ")
        ))));
    }
    if count > 0 && !call.quiet {
        output::say(format_args!("{}: {count} examples are left out; the first: {}", list.display(), faults[0]));
    }
    Ok(())
}

/// A fault of a list whose name is told already.
pub(super) fn told(line: u64, reason: impl Display) -> String {
    format!("line {line}: {reason}")
}

/// SHA-256 of everything that lessons hold.
pub(super) fn sum_of(lessons: &[Lesson]) -> String {
    let mut digest = Sha256::new();
    for lesson in lessons {
        for id in &lesson.sequence.ids {
            digest.update(id.to_le_bytes());
        }
        lesson.looked.iter().for_each(|looked| digest.update(looked.key()));
    }
    hex(&digest.finalize())
}

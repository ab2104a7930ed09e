//! The vision model of a call: which one, with which prompts and budgets.

use crate::cli::model::engine;
use crate::cli::progress::{Bar, Unit};
use crate::cli::{Call, Failure, output};
use crate::model::choice::Choice;
use crate::model::{Recorder, Replay, VisionModel};
use crate::prompt::Prompts;
use crate::settings::{Flag, Key, Settings};
use crate::vision::{Answerer, PriorCache, Vision, VisionOptions};
use clap::{Args, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, Args)]
#[command(next_help_heading = "Vision model")]
pub(super) struct VisionFlags {
    /// Look with this model: an installed one by name, or a folder; auto takes the best installed one that fits, off none
    #[arg(long, value_name = "NAME|DIR")]
    model: Option<OsString>,
    /// Merge this adapter of 'navig train' or of PEFT into the model; the merged model is kept and found again
    #[cfg(feature = "train")]
    #[arg(long, value_name = "DIR", conflicts_with_all = ["model_url", "replay"])]
    adapter: Vec<PathBuf>,
    /// Ask a server that speaks the OpenAI protocol; pictures are sent there
    #[arg(long, value_name = "URL")]
    model_url: Option<OsString>,
    /// Which of the server's models, when it has several
    #[arg(long, value_name = "NAME")]
    model_name: Option<OsString>,
    /// How a local model's weights are kept: q4k, q5k, q6k, q8_0, none
    #[arg(long, value_name = "QUANT")]
    quant: Option<OsString>,
    /// Where a local model computes: auto, cpu
    #[arg(long, value_name = "DEVICE")]
    model_device: Option<OsString>,
    /// Whose answer is given: the weighed evidence, or the model's own for comparison
    #[arg(long, value_enum, default_value_t)]
    guesser: Guesser,
    /// Do without the Reasoner's list of what is seen
    #[arg(long)]
    no_reasoner: bool,
    /// Let the model ask no tool, cut nothing and check nothing
    #[arg(long)]
    no_tools: bool,
    /// Things that the Reasoner may list
    #[arg(long, value_name = "N", default_value_t = VisionOptions::default().clues, value_parser = between(1, 12))]
    clues: usize,
    /// Rounds of looking closer and asking tools; the last checks the candidates
    #[arg(long, value_name = "N", default_value_t = VisionOptions::default().rounds, value_parser = between(0, 20))]
    rounds: usize,
    /// Answers that are drawn and averaged
    #[arg(long, value_name = "N", default_value_t = VisionOptions::default().votes, value_parser = between(1, 32))]
    votes: usize,
    /// Tokens that a photo may cost, prompts and replies
    #[arg(long, value_name = "N", default_value_t = VisionOptions::default().tokens, value_parser = between(1, 100_000_000))]
    max_tokens: usize,
    /// Seconds after which the model is asked no more about a photo
    #[arg(long, value_name = "S", default_value_t = VisionOptions::default().seconds)]
    max_seconds: u64,
    /// Side of the square that a picture is fitted into, px; by the model and the machine unless set
    #[arg(long, value_name = "PX", value_parser = clap::value_parser!(u32).range(256..=4096))]
    picture_side: Option<u32>,
    /// Take prompts of the same name from this folder
    #[arg(long, value_name = "DIR")]
    prompts: Option<PathBuf>,
    /// Record the conversation
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Answer from a recorded conversation instead of a model
    #[arg(long, value_name = "FILE", conflicts_with_all = ["model", "model_url", "record"])]
    replay: Option<PathBuf>,
}

/// Whose answer is given.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Guesser {
    /// All evidence, weighed; the model's word is a part of it
    #[default]
    Posterior,
    /// The model's own answer, raw
    Model,
}

fn between(least: u64, most: u64) -> impl clap::builder::TypedValueParser<Value = usize> {
    use clap::builder::TypedValueParser;
    clap::value_parser!(u64).range(least..=most).map(|n| usize::try_from(n).unwrap_or(usize::MAX))
}

impl VisionFlags {
    /// The flags that are settings.
    pub(super) fn settings(&self) -> impl Iterator<Item = Flag> {
        let given = [
            (Key::Model, "--model", &self.model),
            (Key::ModelUrl, "--model-url", &self.model_url),
            (Key::ModelName, "--model-name", &self.model_name),
            (Key::Quant, "--quant", &self.quant),
            (Key::ModelDevice, "--model-device", &self.model_device),
        ];
        given.into_iter().filter_map(|(key, name, value)| Some(Flag { key, name, value: value.clone()? }))
    }

    /// Whether the conversation is to be recorded.
    pub(super) fn records(&self) -> bool {
        self.record.is_some()
    }

    fn options(&self) -> VisionOptions {
        VisionOptions {
            reasoner: !self.no_reasoner,
            tools: !self.no_tools,
            answerer: match self.guesser {
                Guesser::Posterior => Answerer::Posterior,
                Guesser::Model => Answerer::Model,
            },
            clues: self.clues,
            rounds: self.rounds,
            votes: self.votes,
            tokens: self.max_tokens,
            seconds: self.max_seconds,
            picture_px: self.picture_side.map(|side| side * side),
        }
    }

    /// Opens the model; `None` when nobody is to look.
    pub(super) fn open(&self, settings: &Settings, call: Call) -> Result<Option<Vision>, Failure> {
        let prompts = match &self.prompts {
            Some(folder) => Prompts::with_folder(folder)?,
            None => Prompts::embedded(),
        };
        // Before a model is loaded in vain.
        if let Some(file) = self.record.as_ref().filter(|file| file.exists()) {
            return Err(Failure::Usage(format!("--record: {} is there already; name a new file", file.display())));
        }
        let runtime = Arc::new(engine::runtime()?);
        let model: Option<Arc<dyn VisionModel>> = match &self.replay {
            Some(file) => Some(Arc::new(Replay::open(file)?)),
            None => match Choice::of(settings)? {
                Choice::Nobody(absence) => {
                    tracing::debug!(%absence, "no vision model");
                    None
                }
                choice => {
                    #[cfg(feature = "train")]
                    let choice = adapted(choice, &self.adapter, settings, call)?;
                    let bar = Bar::new(Unit::Seconds, 0);
                    bar.message("loading the vision model");
                    Some(runtime.block_on(engine::load(choice))?.into())
                }
            },
        };
        let Some(mut model) = model else {
            return match self.guesser {
                Guesser::Posterior => Ok(None),
                Guesser::Model => {
                    Err(Failure::Usage("--guesser model: there is no model to ask; see 'navig doctor'".to_owned()))
                }
            };
        };
        if !call.quiet {
            output::say(format_args!("looking with {}, on {}", model.card().name, model.card().runs_on));
        }
        if let Some(note) = model.card().note.as_deref().filter(|_| !call.quiet) {
            output::say(format_args!("{}: {note}", model.card().name));
        }
        if let Some(file) = &self.record {
            model = Arc::new(Recorder::create(file, model)?);
        }
        // A recording is whole only with the model's answer to a blank picture in it.
        let recorded = self.record.is_some() || self.replay.is_some();
        let priors = (!recorded).then(|| PriorCache::in_folder(&settings.cache_dir));
        Ok(Some(Vision::new(model, prompts, self.options(), priors, runtime)))
    }
}

/// The model with adapters merged into it, from the cache folder if that was done before.
#[cfg(feature = "train")]
fn adapted(choice: Choice, adapters: &[PathBuf], settings: &Settings, call: Call) -> Result<Choice, Failure> {
    use crate::model::ModelFolder;
    use crate::train::adapter::{Adapter, merged_into_cache, stack};
    let Choice::Local { folder, quant, device } = choice else {
        return match adapters.is_empty() {
            true => Ok(choice),
            false => Err(Failure::Usage(
                "--adapter: only a model of this program takes one; name it with --model".to_owned(),
            )),
        };
    };
    if adapters.is_empty() {
        return Ok(Choice::Local { folder, quant, device });
    }
    let adapters: Vec<Adapter> = adapters.iter().map(|path| Adapter::read(path)).collect::<Result<_, _>>()?;
    let bar = Bar::new(Unit::Bytes, 0);
    bar.message("merging the adapter");
    let cache = settings.cache_dir.join("merged");
    let mut anew = false;
    let merged = merged_into_cache(folder.path(), &stack(&adapters)?, &cache, &mut |done, total| {
        anew = true;
        bar.total(total);
        bar.position(done);
    })?;
    drop(bar);
    if anew && !call.quiet {
        let place = merged.display();
        output::say(format_args!("the merged model is kept as {place}; remove it when it is of no more use"));
    }
    Ok(Choice::Local { folder: Box::new(ModelFolder::open(&merged)?), quant, device })
}

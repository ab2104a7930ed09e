//! `navig train sft`.

use super::school::{DataFlags, ModelFlags, sum_of};
use crate::cli::interrupt::Interrupt;
use crate::cli::progress::{Bar, Unit};
use crate::cli::{Call, Exit, Failure, output};
use crate::report;
use crate::train::adapter::Adapter;
use crate::train::folder::Folder;
use crate::train::lessons::Stage;
use crate::train::recipe::Recipe;
use crate::train::sft::{Course, Ended, Step};
use crate::whole::write_atomically;
use clap::{Parser, ValueEnum};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Train an adapter on examples
#[derive(Debug, Parser)]
#[command(after_long_help = "\
Of each example the model learns the answer: in the stage 'reasoning' the expert's words about the
photo, in the stage 'location' the Chain of Region of its place, asked for as 'navig locate' asks.
Stages follow each other with --adapter, which puts the adapter of an earlier stage below the new
one, or with --continue, which goes on with it.

The folder of --out has train.jsonl with a line a step, curves.svg, and the adapter in PEFT's format.
The same command goes on where it was stopped; with another model, list or recipe it refuses.

Exit code: 0 when all steps are done, 130 when interrupted.

Examples:
  navig train sft --model Qwen3-VL-4B-Instruct --data clues.jsonl --stage reasoning --out reasoning
  navig train sft --model Qwen3-VL-4B-Instruct --data photos.csv --adapter reasoning --out location
  navig train merge --model Qwen3-VL-4B-Instruct --adapter reasoning --adapter location --out trained")]
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
    /// Go on with this adapter instead of a new one; the folder stays as it is
    #[arg(long = "continue", value_name = "DIR")]
    go_on: Option<PathBuf>,
    /// The folder of the training
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// What is learnt.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum StageFlag {
    /// The expert's words
    Reasoning,
    /// The Chain of Region
    #[default]
    Location,
}

impl From<StageFlag> for Stage {
    fn from(flag: StageFlag) -> Self {
        match flag {
            StageFlag::Reasoning => Self::Reasoning,
            StageFlag::Location => Self::Location,
        }
    }
}

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let settings = call.settings(Vec::new())?;
        let recipe = Recipe::find(&self.recipe)?;
        let stage = Stage::from(self.stage);
        let (mut student, earlier) = self.model.open(&recipe, &settings, call)?;
        let continued = match &self.go_on {
            Some(path) => {
                let adapter = Adapter::read(path)?;
                student.go_on(&adapter)?;
                Some(adapter.sha256()?)
            }
            None => {
                student.begin(recipe.adapter, recipe.learning.seed)?;
                None
            }
        };
        let sight = student.sight(recipe.input.picture_px, &settings.cache_dir.join("train"))?;
        let lessons = self.data.lessons(&student, &sight, stage, &recipe, call)?;
        let facts = json!({
            "way": "sft", "stage": stage, "base": student.facts(), "earlier": earlier, "continued": continued,
            "recipe": recipe, "examples": lessons.len(), "examples_sha256": sum_of(&lessons),
        });
        let (mut folder, state) = Folder::open(&self.out, &facts)?;
        let course = Course { student: &student, sight: &sight, lessons: &lessons, recipe: &recipe };
        let done = state.as_ref().map_or(0, |state| state.counters.steps);
        let bar = progress(done, course.steps(), call);
        let interrupt = Interrupt::watch("stopping after the step in hand; press Ctrl-C again to stop at once");
        let ended = course.train(&mut folder, state, interrupt.flag(), &mut |step: &Step| {
            let Some(bar) = &bar else { return };
            match (step.loss, step.norm) {
                (Some(loss), Some(_)) => bar.message(format!("loss {loss:.4},")),
                _ => bar.say(format_args!(
                    "step {} had a loss or a gradient that is no number; it changed nothing",
                    step.step
                )),
            }
            bar.position(step.step);
        });
        drop(bar);
        // Curves are worth most when something went wrong.
        draw(&folder, &[("loss", "loss, nats a token"), ("rate", "learning rate"), ("norm", "norm of gradients")])?;
        finish(ended?, &folder, &student.adapter(recipe.adapter.dropout)?, call)
    }
}

/// A bar over steps.
pub(super) fn progress(done: u64, all: u64, call: Call) -> Option<Bar> {
    let bar = (!call.quiet).then(|| Bar::new(Unit::Steps, all))?;
    if done > 0 {
        bar.say(format_args!("{done} of {all} steps are done already"));
        bar.begin_at(done);
    }
    Some(bar)
}

/// Writes `curves.svg` from the record of steps: values by their key and name.
pub(super) fn draw(folder: &Folder, values: &[(&str, &str)]) -> Result<(), Failure> {
    let steps = folder.logged()?;
    let curve = |key: &str| -> Vec<(f64, f64)> {
        let point = |step: &Value| Some((step["step"].as_f64()?, step[key].as_f64()?));
        steps.iter().filter_map(point).collect()
    };
    let charts: Vec<(&str, Vec<(f64, f64)>)> = values.iter().map(|(key, name)| (*name, curve(key))).collect();
    Ok(write_atomically(&folder.path().join("curves.svg"), report::training(&charts).as_bytes())?)
}

/// Writes the adapter, and says how it ended.
pub(super) fn finish(ended: Ended, folder: &Folder, adapter: &Adapter, call: Call) -> Result<Exit, Failure> {
    adapter.write(folder.path())?;
    let path: &Path = folder.path();
    match ended {
        Ended::Done => {
            output::print(|out| writeln!(out, "{}", path.display()))?;
            Ok(Exit::Answered)
        }
        Ended::Stopped => {
            if !call.quiet {
                output::say(format_args!(
                    "stopped; {} has the adapter as it is, and the same command goes on from there",
                    path.display()
                ));
            }
            Ok(Exit::Interrupted)
        }
    }
}

//! `navig train sft`.

use super::training::{Running, TrainingFlags};
use crate::cli::{Call, Exit, Failure};
use crate::train::lessons::Stage;
use crate::train::recipe::Recipe;
use crate::train::sft;
use clap::{Parser, ValueEnum};

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
    training: TrainingFlags,
    /// What is learnt
    #[arg(long, value_enum, default_value_t)]
    stage: StageFlag,
    /// How: a recipe by its name ('navig train recipes'), or a file
    #[arg(long, value_name = "NAME|FILE", default_value = "navig")]
    recipe: String,
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
        let recipe = Recipe::find(&self.recipe)?;
        let (school, work) = self.training.begin("sft", self.stage.into(), recipe, call)?;
        let course = school.course();
        let curves = [("loss", "loss, nats a token"), ("rate", "learning rate"), ("norm", "norm of gradients")];
        work.run(&school, sft::pace(&course).steps(), &curves, |Running { folder, state, stop, bar }| {
            sft::train(&course, folder, state, stop, &mut |step| {
                let Some(bar) = bar else { return };
                match (step.loss, step.norm) {
                    (Some(loss), Some(_)) => bar.message(format!("loss {loss:.4},")),
                    _ => bar.say(format_args!(
                        "step {} had a loss or a gradient that is no number; it changed nothing",
                        step.step
                    )),
                }
                bar.position(step.step);
            })
        })
    }
}

//! `navig train grpo`.

use super::school::{DataFlags, ModelFlags, sum_of};
use super::sft::{draw, finish, progress};
use crate::cli::interrupt::Interrupt;
use crate::cli::{Call, Exit, Failure};
use crate::train::adapter::Adapter;
use crate::train::folder::Folder;
use crate::train::grpo::reward::Reward;
use crate::train::grpo::{Practice, Step, judge};
use crate::train::lessons::Stage;
use crate::train::recipe::{Recipe, RecipeError};
use clap::Parser;
use serde_json::json;
use std::path::PathBuf;

/// Reward the nearer of several answers to a photo
#[derive(Debug, Parser)]
#[command(after_long_help = "\
Group-relative policy optimisation: of each photo the model draws several Chains of Region, each gets
a reward from the true place, and those above the mean of their group become more probable. A recipe
names the terms of the reward: haversine-geo-r, exp200 and steps pay closeness, format an answer that
reads, chain regions that hold the stated point and the true one. What the model is not to forget is
the model with the adapters of --adapter. Begin with an adapter that answers in the right form
(--continue), or nothing is rewarded.

Examples:
  navig train grpo --model Qwen3-VL-4B-Instruct --data hard.csv --continue location --out practised
  navig train grpo --model Qwen3-VL-4B-Instruct --data hard.csv --adapter location --recipe mine.toml --out practised")]
pub(in crate::cli) struct Typed {
    #[command(flatten)]
    model: ModelFlags,
    #[command(flatten)]
    data: DataFlags,
    /// How: a recipe with a part [reward], by its name or as a file
    #[arg(long, value_name = "NAME|FILE", default_value = "geo-r")]
    recipe: String,
    /// Go on with this adapter instead of a new one; the folder stays as it is
    #[arg(long = "continue", value_name = "DIR")]
    go_on: Option<PathBuf>,
    /// The folder of the training
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let settings = call.settings(Vec::new())?;
        let recipe = Recipe::find(&self.recipe)?;
        let rewarding = recipe.reward.as_ref().ok_or_else(|| {
            Failure::Usage(format!("--recipe {}: it has no part [reward]; 'geo-r' has one", self.recipe))
        })?;
        let reward = Reward::parse(&rewarding.terms).map_err(|e| RecipeError::Form {
            path: self.recipe.clone().into(),
            reason: format!("reward.terms: {e}"),
        })?;
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
        let lessons = self.data.lessons(&student, &sight, Stage::Location, &recipe, call)?;
        let facts = json!({
            "way": "grpo", "base": student.facts(), "earlier": earlier, "continued": continued,
            "recipe": recipe, "examples": lessons.len(), "examples_sha256": sum_of(&lessons),
        });
        let (mut folder, state) = Folder::open(&self.out, &facts)?;
        let practice = Practice { student: &student, sight: &sight, lessons: &lessons, recipe: &recipe, rewarding };
        let done = state.as_ref().map_or(0, |state| state.counters.steps);
        let bar = progress(done, practice.steps(), call);
        let interrupt = Interrupt::watch("stopping after the step in hand; press Ctrl-C again to stop at once");
        let judge = judge(&student, &reward);
        let ended = practice.train(&mut folder, state, judge.as_ref(), interrupt.flag(), &mut |step: &Step| {
            let Some(bar) = &bar else { return };
            bar.message(format!("reward {:.3}, {:.0} % read,", step.reward, 100.0 * step.read));
            bar.position(step.step);
        });
        drop(bar);
        draw(
            &folder,
            &[
                ("reward", "mean reward"),
                ("read", "share of answers that read"),
                ("dropped", "share of groups that teach nothing"),
                ("entropy", "entropy, nats a token"),
                ("kl", "divergence from the reference, nats a token"),
                ("rate", "learning rate"),
            ],
        )?;
        finish(ended?, &folder, &student.adapter(recipe.adapter.dropout)?, call)
    }
}

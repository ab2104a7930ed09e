//! `navig train grpo`.

use super::training::{Running, TrainingFlags};
use crate::cli::{Call, Exit, Failure, output};
use crate::train::grpo::reward::Reward;
use crate::train::grpo::{Practice, judge};
use crate::train::lessons::Stage;
use crate::train::recipe::{Recipe, RecipeError};
use clap::Parser;

/// Reward the nearer of several answers to a photo
#[derive(Debug, Parser)]
#[command(after_long_help = "\
Group-relative policy optimisation: of each photo the model draws several Chains of Region, each gets
a reward from the true place, and those above the mean of their group become more probable. A recipe
names the terms of the reward: haversine-geo-r, exp200 and steps pay closeness, format an answer that
reads, chain regions that hold the stated point and the true one. Begin with an adapter that answers
in the right form, or nothing is rewarded: with --adapter it stays as it is, a new one is trained on
top of it, and the model with it is what must not be forgotten; with --continue it is trained itself,
and what must not be forgotten is the model without it.

Examples:
  navig train grpo --model Qwen3-VL-4B-Instruct --data hard.csv --adapter location --out practised
  navig train merge --model Qwen3-VL-4B-Instruct --adapter location --adapter practised --out trained")]
pub(in crate::cli) struct Typed {
    #[command(flatten)]
    training: TrainingFlags,
    /// How: a recipe with a part [reward], by its name or as a file
    #[arg(long, value_name = "NAME|FILE", default_value = "geo-r")]
    recipe: String,
}

/// Values of the record that are drawn, and their names.
const CURVES: [(&str, &str); 6] = [
    ("reward", "mean reward"),
    ("read", "share of answers that read"),
    ("dropped", "share of groups that teach nothing"),
    ("entropy", "entropy, nats a token"),
    ("kl", "divergence, nats a token"),
    ("rate", "learning rate"),
];

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let recipe = Recipe::find(&self.recipe)?;
        let rewarding = recipe.reward.clone().ok_or_else(|| {
            Failure::Usage(format!("--recipe {}: it has no part [reward]; 'geo-r' has one", self.recipe))
        })?;
        let reward = Reward::parse(&rewarding.terms).map_err(|e| RecipeError::Form {
            path: self.recipe.clone().into(),
            reason: format!("reward.terms: {e}"),
        })?;
        let (school, work) = self.training.begin("grpo", Stage::Location, recipe, call)?;
        let judge = judge(&school.student, &reward);
        let practice = Practice { course: school.course(), rewarding: &rewarding, judge: judge.as_ref() };
        let (mut steps, mut learnt) = (0, false);
        let ended = work.run(&school, practice.pace().steps(), &CURVES, |Running { folder, state, stop, bar }| {
            practice.train(folder, state, stop, &mut |step| {
                steps += 1;
                learnt |= step.norm.is_some();
                let Some(bar) = bar else { return };
                bar.message(format!("reward {:.3}, {:.0} % read,", step.reward, 100.0 * step.read));
                bar.position(step.step);
            })
        })?;
        if steps > 0 && !learnt && !call.quiet {
            output::say(format_args!(
                "nothing was learnt in {steps} steps: all answers to a photo were worth the same each time; begin with an adapter \
                 that answers in the right form (--adapter)"
            ));
        }
        Ok(ended)
    }
}

//! How a model is trained, as a file: the numbers that papers publish, under names of their own.

use super::optim;
use crate::train::grpo::reward::Reward;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Its name.
    pub name: String,
    /// What it does, in a line.
    pub about: String,
    /// Where its numbers come from.
    pub source: String,
    /// The adapter.
    pub adapter: Shape,
    /// How it learns.
    pub learning: Learning,
    /// What it is shown.
    #[serde(default)]
    pub input: Input,
    /// How it is rewarded; needed by `navig train grpo` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<Rewarding>,
}

/// The shape of an adapter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Rank of every matrix, 1 to 1024.
    pub rank: usize,
    /// What it adds counts `alpha / rank`.
    pub alpha: f64,
    /// Share of its inputs that it does not see at a step, in [0, 1).
    #[serde(default)]
    pub dropout: f64,
}

impl Shape {
    /// What an adapter adds counts so many times.
    #[must_use]
    pub fn scale(self) -> f64 {
        self.alpha / self.rank as f64
    }
}

/// How an adapter learns from examples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Learning {
    /// Learning rate at its highest.
    pub rate: f64,
    /// Its way down.
    pub schedule: optim::ScheduleKind,
    /// Share of the steps in which it rises, in [0, 1).
    #[serde(default)]
    pub warmup: f64,
    /// How often each example is seen.
    pub epochs: f64,
    /// Examples of a step.
    pub batch: usize,
    /// Share of itself that a weight loses a step, times the learning rate.
    #[serde(default)]
    pub weight_decay: f64,
    /// Decay of the mean of gradients.
    #[serde(default = "beta1")]
    pub beta1: f64,
    /// Decay of the mean of their squares.
    #[serde(default = "beta2")]
    pub beta2: f64,
    /// Gradients are scaled down to this norm.
    #[serde(default = "one")]
    pub clip: f64,
    /// Of everything that is drawn.
    #[serde(default = "seed")]
    pub seed: u64,
    /// Steps from one save to the next.
    #[serde(default = "save_every")]
    pub save_every: u64,
}

/// What a model is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// Longest conversation with its answer, tokens.
    pub window: usize,
    /// Most pixels of a picture.
    pub picture_px: u32,
    /// What is asked in the stage of reasoning, whose answer is the expert's words.
    pub reasoning: Question,
}

impl Default for Input {
    fn default() -> Self {
        Self { window: 2048, picture_px: 448 * 448, reasoning: Question::default() }
    }
}

/// What is asked about a photo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The system text.
    pub system: String,
    /// The user's text, behind the photo.
    pub user: String,
}

impl Default for Question {
    fn default() -> Self {
        Self {
            system: "You read photos for the marks of places.".to_owned(),
            user: "What in this photo tells where it was taken? Reason from what is seen to the place.".to_owned(),
        }
    }
}

/// How completions are rewarded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rewarding {
    /// Terms and their weights, such as `haversine-geo-r + 0.2 format`.
    pub terms: String,
    /// Completions of one photo.
    pub completions: usize,
    /// Photos of a step.
    pub prompts: usize,
    /// Learning rate at its highest.
    pub rate: f64,
    /// Logits are divided by it, above 0.
    pub temperature: f64,
    /// What leaving the reference costs.
    pub beta: f64,
    /// How far the ratio of probabilities may go from 1 before it is clipped.
    pub clip: f64,
    /// Updates on the same completions.
    #[serde(default = "updates")]
    pub updates: usize,
    /// Longest completion, tokens.
    #[serde(default = "longest")]
    pub longest: usize,
}

fn beta1() -> f64 {
    0.9
}

fn beta2() -> f64 {
    0.95
}

fn one() -> f64 {
    1.0
}

fn seed() -> u64 {
    1
}

fn save_every() -> u64 {
    50
}

fn updates() -> usize {
    1
}

fn longest() -> usize {
    160
}

/// Why there is no recipe.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecipeError {
    /// Neither a file nor one that navig knows.
    #[error("no recipe '{name}': it is neither a file nor one of {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// Those that navig knows.
        known: String,
    },
    /// A file that cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file that is no recipe.
    #[error("{}: not a recipe: {reason}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line.
        reason: String,
    },
}

/// Nobody waits for more.
const MOST_EPOCHS: f64 = 10_000.0;

const KNOWN: [(&str, &str); 3] = [
    ("navig", include_str!("../../data/recipes/navig.toml")),
    ("georeasoner", include_str!("../../data/recipes/georeasoner.toml")),
    ("geo-r", include_str!("../../data/recipes/geo-r.toml")),
];

impl Recipe {
    /// The recipes that navig knows, and those of files.
    ///
    /// # Errors
    /// [`RecipeError`] when there is none of this name, or the file does not read or asks for what cannot be.
    pub fn find(name: &str) -> Result<Self, RecipeError> {
        let path = Path::new(name);
        if let Some((_, text)) = KNOWN.iter().find(|(known, _)| *known == name) {
            return Self::parse(path, text);
        }
        if !path.is_file() {
            return Err(Self::unknown(name));
        }
        let text =
            std::fs::read_to_string(path).map_err(|source| RecipeError::Read { path: path.to_owned(), source })?;
        Self::parse(path, &text)
    }

    /// The recipes that navig knows.
    pub fn known() -> impl Iterator<Item = Self> {
        KNOWN.into_iter().filter_map(|(name, _)| Self::find(name).ok())
    }

    /// The file of a recipe that navig knows.
    ///
    /// # Errors
    /// [`RecipeError::Unknown`].
    pub fn text(name: &str) -> Result<&'static str, RecipeError> {
        let found = KNOWN.iter().find(|(known, _)| *known == name);
        found.map(|(_, text)| *text).ok_or_else(|| Self::unknown(name))
    }

    fn unknown(name: &str) -> RecipeError {
        RecipeError::Unknown { name: name.to_owned(), known: KNOWN.map(|(known, _)| known).join(", ") }
    }

    fn parse(path: &Path, text: &str) -> Result<Self, RecipeError> {
        let form = |reason: String| RecipeError::Form { path: path.to_owned(), reason };
        let recipe: Self = toml::from_str(text).map_err(|e| form(e.to_string().trim().to_owned()))?;
        match recipe.fault() {
            Some(fault) => Err(form(fault)),
            None => Ok(recipe),
        }
    }

    /// The first number that cannot be.
    fn fault(&self) -> Option<String> {
        let Self { adapter, learning, input, reward, .. } = self;
        let range = |name: &str, value: f64, fits: bool, range: &str| {
            (!fits).then(|| format!("{name} is {value}; it has to be {range}"))
        };
        let positive = |name, value: f64| range(name, value, value.is_finite() && value > 0.0, "above 0");
        let share = |name, value: f64| range(name, value, (0.0..1.0).contains(&value), "at least 0 and below 1");
        let count = |name, value: usize, most: usize| {
            range(name, value as f64, (1..=most).contains(&value), &format!("between 1 and {most}"))
        };
        let mut faults = vec![
            count("adapter.rank", adapter.rank, 1024),
            positive("adapter.alpha", adapter.alpha),
            share("adapter.dropout", adapter.dropout),
            positive("learning.rate", learning.rate),
            share("learning.warmup", learning.warmup),
            range(
                "learning.epochs",
                learning.epochs,
                learning.epochs > 0.0 && learning.epochs <= MOST_EPOCHS,
                &format!("above 0 and at most {MOST_EPOCHS}"),
            ),
            count("learning.batch", learning.batch, 1 << 20),
            range("learning.weight_decay", learning.weight_decay, learning.weight_decay >= 0.0, "0 or more"),
            share("learning.beta1", learning.beta1),
            share("learning.beta2", learning.beta2),
            positive("learning.clip", learning.clip),
            range("learning.save_every", learning.save_every as f64, learning.save_every > 0, "above 0"),
            count("input.window", input.window, 1 << 20),
            range("input.picture_px", f64::from(input.picture_px), input.picture_px >= 65_536, "65536 or more"),
        ];
        if let Some(reward) = reward {
            faults.extend([
                Reward::parse(&reward.terms).err().map(|e| format!("reward.terms: {e}")),
                range(
                    "reward.completions",
                    reward.completions as f64,
                    (2..=256).contains(&reward.completions),
                    "between 2 and 256",
                ),
                count("reward.prompts", reward.prompts, 1 << 16),
                positive("reward.rate", reward.rate),
                positive("reward.temperature", reward.temperature),
                range("reward.beta", reward.beta, reward.beta >= 0.0, "0 or more"),
                range("reward.clip", reward.clip, reward.clip > 0.0 && reward.clip < 1.0, "above 0 and below 1"),
                count("reward.updates", reward.updates, 64),
                count("reward.longest", reward.longest, 4096),
            ]);
        }
        faults.into_iter().flatten().next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recipe_that_navig_knows_reads() {
        for (name, _) in KNOWN {
            let recipe = Recipe::find(name).expect(name);
            assert_eq!(recipe.name, name);
            assert!(!recipe.source.is_empty());
        }
    }

    #[test]
    fn what_cannot_be_is_named() {
        let text = KNOWN[2].1;
        for (from, to, wanted) in [
            ("rank = 8", "rank = 0", "adapter.rank is 0"),
            ("rank = 8", "rang = 8", "unknown field `rang`"),
            ("rate = 1e-5", "rate = nan", "learning.rate is NaN"),
            ("warmup = 0.05", "warmup = 1.0", "learning.warmup is 1"),
            ("epochs = 1.0", "epochs = 1e300", "at most 10000"),
            ("schedule = \"cosine\"", "schedule = \"sine\"", "unknown variant `sine`"),
            ("0.3 chain", "0.3 train", "train"),
            ("clip = 0.2", "clip = 1.5", "reward.clip is 1.5"),
            ("completions = 4", "completions = 1", "reward.completions is 1"),
        ] {
            let changed = text.replace(from, to);
            assert_ne!(changed, text, "{from}");
            let error = Recipe::parse(Path::new("mine.toml"), &changed).expect_err(to).to_string();
            assert!(error.contains(wanted) && error.contains("mine.toml"), "{error}");
        }
    }

    #[test]
    fn a_name_of_nothing_is_told_what_there_is() {
        let error = Recipe::find("no-such").expect_err("none").to_string();
        assert!(error.contains("navig, georeasoner, geo-r"), "{error}");
    }
}

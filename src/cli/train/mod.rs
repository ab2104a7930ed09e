//! `navig train`.

mod adapters;
mod data;
mod evaluate;
mod failure;
mod grpo;
mod locatability;
mod plan;
mod school;
mod sft;
mod training;

pub use failure::TrainFailure;

use super::output;
use super::{Call, Exit, Failure};
use crate::train::recipe::Recipe;
use clap::{Parser, Subcommand};

/// Train adapters for the vision model on photos whose places are known
#[derive(Debug, Subcommand)]
pub(super) enum Typed {
    #[command(subcommand)]
    Data(data::Typed),
    Locatability(Box<locatability::Typed>),
    Recipes(Recipes),
    Plan(plan::Typed),
    Sft(Box<sft::Typed>),
    Grpo(Box<grpo::Typed>),
    Merge(adapters::Merge),
    Inspect(adapters::Inspect),
    Evaluate(evaluate::Typed),
}

/// List the recipes that navig knows, or print one to change it
#[derive(Debug, Parser)]
#[command(after_long_help = "\
A recipe is a TOML file; --recipe takes one that navig knows by its name, or a file of your own.

Examples:
  navig train recipes
  navig train recipes navig > mine.toml")]
pub(super) struct Recipes {
    /// The recipe to print
    name: Option<String>,
}

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        match self {
            Self::Data(typed) => typed.run(call),
            Self::Locatability(typed) => typed.run(call),
            Self::Recipes(typed) => typed.run(),
            Self::Plan(typed) => typed.run(call),
            Self::Sft(typed) => typed.run(call),
            Self::Grpo(typed) => typed.run(call),
            Self::Merge(typed) => typed.run(call),
            Self::Inspect(typed) => typed.run(call),
            Self::Evaluate(typed) => typed.run(call),
        }
    }
}

impl Recipes {
    fn run(self) -> Result<Exit, Failure> {
        let Some(name) = self.name else {
            output::print(|out| {
                for (i, recipe) in Recipe::known().enumerate() {
                    let gap = if i > 0 { "\n" } else { "" };
                    writeln!(out, "{gap}{}\n  {}\n  {}", recipe.name, recipe.about, recipe.source)?;
                }
                Ok(())
            })?;
            return Ok(Exit::Answered);
        };
        let text = Recipe::text(&name)?;
        output::print(|out| write!(out, "{text}"))?;
        Ok(Exit::Answered)
    }
}

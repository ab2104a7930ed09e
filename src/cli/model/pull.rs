//! `navig model pull`.

use super::super::output;
use super::super::progress::{Bar, Unit};
use super::super::{Call, Failure};
use super::watch;
use crate::model::store::{Store, Wanted};
use clap::Parser;
use std::path::PathBuf;

/// Fetch a model from the hub, or bring one from a folder
#[derive(Debug, Parser)]
#[command(after_long_help = "\
NAME is one of `navig model list`; OWNER/NAME is any model of the Hugging Face hub. Only what navig needs is fetched:
the configuration, the tokenizer and the weights (safetensors), and each file is used only if it has the sum that the
hub lists for it. What a broken transfer leaves is gone on with by the same command. Models that are not Qwen3-VL may
load; nobody has tried them.

Variables: HF_TOKEN is sent to the hub, for models whose terms must be accepted; HF_ENDPOINT names another hub.

With --from nothing is fetched: the files are linked, or copied where that cannot be, and NAME is what the model shall
be called.

Examples:
  navig model pull Qwen3-VL-2B-Instruct
  navig model pull Qwen/Qwen3-VL-4B-Instruct --revision main --name four
  navig model pull Qwen3-VL-2B-Instruct --from /media/stick/Qwen3-VL-2B-Instruct")]
pub(in crate::cli) struct Typed {
    /// The model
    #[arg(value_name = "NAME|OWNER/NAME")]
    model: String,
    /// A branch, a tag or a commit
    #[arg(long, value_name = "REVISION", conflicts_with = "from")]
    revision: Option<String>,
    /// What it shall be called here
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Take it from this folder instead
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
}

impl Typed {
    pub(super) fn run(self, store: &Store, call: Call) -> Result<(), Failure> {
        let bar = Bar::new(Unit::Bytes, 0);
        let mut watch = watch(&bar, call.quiet);
        let model = match &self.from {
            Some(folder) => {
                let given = self.model.rsplit('/').next().unwrap_or_default();
                store.pull_from(self.name.as_deref().unwrap_or(given), folder, &mut watch)?
            }
            None => {
                let wanted = Wanted::new(&self.model, self.revision.as_deref(), self.name.as_deref())?;
                store.pull(&wanted, &mut watch)?
            }
        };
        if let Some(note) = model.note().filter(|_| !call.quiet) {
            bar.say(note);
        }
        bar.aside(|| output::print(|out| writeln!(out, "{}", model.path().display())))
    }
}

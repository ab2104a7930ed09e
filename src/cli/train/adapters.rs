//! `navig train merge` and `navig train inspect`.

use crate::cli::output::{self, Form};
use crate::cli::progress::{Bar, Unit};
use crate::cli::{Call, Exit, Failure};
use crate::model::store::Store;
use crate::report::grouped;
use crate::train::adapter::{Adapter, Report, inspect, merge, stack};
use clap::Parser;
use std::path::PathBuf;

/// Write a model that has adapters merged into it
#[derive(Debug, Parser)]
#[command(after_long_help = "\
The result is a model folder like any other: 'navig locate --model DIR' serves it, and 'navig model
pull --from DIR' installs it. Weights are written part by part in the type that they have, so that
little memory is needed; how much of each adapter rounding has left is said. An adapter of another
base is refused. Several adapters are merged as they were trained, one on the other.

Any adapter in PEFT's format will do, whoever trained it.

Examples:
  navig train merge --model Qwen3-VL-4B-Instruct --adapter location --out trained
  navig train merge --model Qwen3-VL-4B-Instruct --adapter reasoning --adapter location --out trained")]
pub(in crate::cli) struct Merge {
    /// The model: an installed one by its name, or a folder
    #[arg(long, value_name = "NAME|DIR")]
    model: String,
    /// The adapter; several in the order of their stages
    #[arg(long, value_name = "DIR", required = true)]
    adapter: Vec<PathBuf>,
    /// The folder of the merged model, which is made
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Say what is in an adapter
#[derive(Debug, Parser)]
#[command(after_long_help = "\
Exit code: 0 when it can be read and fits the model, if one is named; 1 when it does not fit.

Examples:
  navig train inspect location
  navig train inspect location --model Qwen3-VL-4B-Instruct --format json")]
pub(in crate::cli) struct Inspect {
    /// The adapter
    #[arg(value_name = "DIR")]
    adapter: PathBuf,
    /// A model that it may be for: an installed one by its name, or a folder
    #[arg(long, value_name = "NAME|DIR")]
    model: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Form,
}

impl Merge {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let settings = call.settings(Vec::new())?;
        let folder = Store::open(&settings).find(&self.model)?;
        let adapters: Vec<Adapter> = self.adapter.iter().map(|path| Adapter::read(path)).collect::<Result<_, _>>()?;
        let adapter = stack(&adapters)?;
        let bar = (!call.quiet).then(|| Bar::new(Unit::Bytes, 0));
        let report = merge(folder.path(), &adapter, &self.out, &mut |done, total| {
            if let Some(bar) = &bar {
                bar.total(total);
                bar.position(done);
            }
        })?;
        drop(bar);
        if !call.quiet {
            if let Some(kept) = report.total.kept() {
                let kept = 100.0 * kept;
                output::say(format_args!(
                    "{} matrices changed; after rounding {kept:.1} % of the change is left",
                    report.modules.len()
                ));
            }
            if !report.base_known {
                output::say(
                    "the adapter does not say which weights it was trained on; whether these are they is for you to know",
                );
            }
        }
        output::print(|out| writeln!(out, "{}", self.out.display()))?;
        Ok(Exit::Answered)
    }
}

impl Inspect {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let settings = call.settings(Vec::new())?;
        let folder = self.model.as_deref().map(|model| Store::open(&settings).find(model)).transpose()?;
        let report = inspect(&self.adapter, folder.as_ref().map(|folder| folder.path()))?;
        match self.format {
            Form::Json => output::print(|out| output::json(out, &report))?,
            Form::Text => show(&report)?,
        }
        let fits = report.misfits.as_ref().is_none_or(Vec::is_empty);
        Ok(if fits { Exit::Answered } else { Exit::Abstained })
    }
}

fn show(report: &Report) -> Result<(), Failure> {
    let list = |values: Vec<String>| values.join(", ");
    output::print(|out| {
        writeln!(out, "Matrices    {}", report.modules.len())?;
        writeln!(out, "Ranks       {}", list(report.ranks.iter().map(ToString::to_string).collect()))?;
        writeln!(out, "Scales      {}", list(report.scales.iter().map(ToString::to_string).collect()))?;
        writeln!(out, "Numbers     {}", grouped(report.parameters as u64))?;
        match &report.base {
            Some(base) => writeln!(out, "Trained on  {} weights {}", base.kind, base.sha256)?,
            None => writeln!(out, "Trained on  weights that it does not name")?,
        }
        match &report.misfits {
            Some(misfits) if misfits.is_empty() => writeln!(out, "Model       it fits")?,
            Some(misfits) => misfits.iter().try_for_each(|misfit| writeln!(out, "Model       {misfit}"))?,
            None => {}
        }
        writeln!(out, "\nSize of the change, by layer")?;
        report.layers.iter().try_for_each(|(layer, norm)| writeln!(out, "  {layer:40} {norm:.4}"))
    })
}

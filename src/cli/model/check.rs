//! `navig model check`.

use super::super::Failure;
use super::super::output::{self, Form};
use super::super::progress::{Bar, Unit};
use super::engine;
use crate::model::check::{Checked, check};
use crate::model::choice::Choice;
use crate::model::memory;
use crate::model::store::Store;
use crate::settings::{ModelServer, Settings};
use clap::Parser;
use serde::Serialize;
use std::io::{self, Write};
use std::time::Instant;

/// Ask a model one tiny question, and say how fast it answers and what it takes
#[derive(Debug, Parser)]
#[command(after_long_help = "\
A picture made for this is shown, and the model must name its colour, one of five. Without a name the model is asked
that `navig locate` would ask.

Examples:
  navig model check
  navig model check Qwen3-VL-2B-Instruct
  navig model check --url http://127.0.0.1:8000")]
pub(in crate::cli) struct Typed {
    /// An installed model by its name, or a folder
    #[arg(value_name = "NAME|DIR", conflicts_with = "url")]
    model: Option<String>,
    /// Ask a server that speaks the OpenAI protocol instead; the made picture is sent there
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Form,
}

/// What is printed.
#[derive(Serialize)]
struct Report {
    model: String,
    runs_on: String,
    load_s: f64,
    #[serde(flatten)]
    checked: Checked,
    /// Of this process; a server's own memory is not in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_mb: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl Typed {
    pub(super) fn run(self, settings: &Settings, store: &Store) -> Result<(), Failure> {
        let choice = match (self.model, self.url) {
            (Some(given), _) => Choice::Local {
                folder: Box::new(store.find(&given)?),
                quant: settings.quant,
                device: settings.model_device,
            },
            (None, Some(url)) => Choice::Server(ModelServer { url, name: settings.model_name.clone() }),
            (None, None) => Choice::of(settings)?,
        };
        let bar = Bar::new(Unit::Seconds, 0);
        bar.message("loading the model");
        let report = engine::block_on(async {
            let begun = Instant::now();
            let model = engine::load(choice).await?;
            let load_s = begun.elapsed().as_secs_f64();
            bar.message("asking the model");
            let checked = check(model.as_ref()).await?;
            let card = model.card();
            Ok(Report {
                model: card.name.clone(),
                runs_on: card.runs_on.clone(),
                load_s,
                checked,
                peak_mb: memory::peak_mb(),
                note: card.note.clone(),
            })
        })?;
        drop(bar);
        output::print(|out| match self.format {
            Form::Json => output::json(out, &report),
            Form::Text => text(out, &report),
        })
    }
}

fn text(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let visible = crate::report::visible;
    let found = &report.checked;
    let cost = found.cost;
    writeln!(out, "{}", visible(&report.model))?;
    writeln!(out, "  runs on  {}", visible(&report.runs_on))?;
    writeln!(out, "  loaded   in {:.1} s", report.load_s)?;
    let prompt = found.prompt_tokens_per_s.map_or(String::new(), |speed| format!(", {speed:.1} tokens a second"));
    writeln!(out, "  prompt   {} tokens{prompt}", cost.prompt_tokens)?;
    writeln!(out, "  reply    {} tokens, {:.1} tokens a second", cost.completion_tokens, found.reply_tokens_per_s)?;
    let p = found.p_shown.map_or(String::new(), |p| format!(", with a probability of {p:.2} for {}", found.shown));
    writeln!(out, "  said     {} to a picture that is {}{p}", visible(&found.said), found.shown)?;
    if let Some(mb) = report.peak_mb {
        writeln!(out, "  memory   {mb} MB at most")?;
    }
    report.note.iter().try_for_each(|note| writeln!(out, "  note     {}", visible(note)))
}

//! `navig model pull`, `list`, `info`, `quantize`, `verify`, `check` and `remove`.

mod check;
pub(in crate::cli) mod engine;
mod info;
mod list;
mod pull;

use super::output::{self, Form};
use super::progress::{Bar, Unit};
use super::{Call, Exit, Failure};
use crate::fetch::Event;
use crate::model::Quant;
use crate::model::store::{Store, StoreError};
use clap::Subcommand;
use std::io::IsTerminal;

/// Get and keep the vision models that look at photos
#[derive(Debug, Subcommand)]
pub(super) enum Typed {
    Pull(pull::Typed),
    /// List the installed models, and those that navig is made for
    List {
        /// How to print
        #[arg(long, value_enum, default_value_t)]
        format: Form,
    },
    /// Say what a model is, where it comes from, and what it needs
    Info {
        /// An installed model by its name, or a folder
        #[arg(value_name = "NAME|DIR")]
        model: String,
        /// How to print
        #[arg(long, value_enum, default_value_t)]
        format: Form,
    },
    /// Write a quantised form of a model beside its weights, so that it starts fast
    #[command(after_long_help = "\
Without it a model is quantised anew at each start, which takes longer than anything else of the start. The form is
written once, takes as much disk as its memory, and appears whole or not at all.")]
    Quantize {
        /// An installed model by its name, or a folder
        #[arg(value_name = "NAME|DIR")]
        model: String,
        /// q4k, q5k, q6k or q8_0
        #[arg(long, default_value_t)]
        quant: Quant,
    },
    /// Read every byte of a model, or of all, and compare the SHA-256 with its record
    Verify {
        /// The model; every installed one when none is named
        name: Option<String>,
    },
    Check(check::Typed),
    /// Remove a model with its quantised forms
    Remove {
        /// Its name, as `navig model list` says it
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let settings = call.settings(vec![])?;
        let store = Store::open(&settings);
        match self {
            Self::Pull(typed) => typed.run(&store, call)?,
            Self::List { format } => list::show(&store, format)?,
            Self::Info { model, format } => info::show(&store, &model, format)?,
            Self::Quantize { model, quant } => {
                let folder = store.find(&model)?;
                if quant == Quant::None {
                    return Err(Failure::Usage(
                        "nothing is to be written for 'none': the weights are that form".to_owned(),
                    ));
                }
                let bar = Bar::new(Unit::Seconds, 0);
                bar.message(format!("quantising {} as {quant}", folder.name()));
                let form = engine::quantize(&folder, quant)?;
                drop(bar);
                output::print(|out| writeln!(out, "{}", form.display()))?;
            }
            Self::Verify { name } => verify(&store, name, call.quiet)?,
            Self::Check(typed) => typed.run(&settings, &store)?,
            Self::Remove { name, yes } => remove(&store, &name, yes)?,
        }
        Ok(Exit::Answered)
    }
}

/// Shows what happens while a model is fetched or read.
fn watch(bar: &Bar, quiet: bool) -> impl FnMut(Event<'_>) {
    move |event| match event {
        Event::Bytes { done, total } => {
            bar.total(total);
            bar.position(done);
        }
        Event::Trying(file) => bar.message(file),
        Event::Waiting if !quiet => bar.say("another navig is at work on models; waiting for it"),
        Event::Failed(why) if !quiet => bar.say(format_args!("{why}; going on from there")),
        _ => {}
    }
}

/// Without a name, what was brought without a record is passed over.
fn verify(store: &Store, name: Option<String>, quiet: bool) -> Result<(), Failure> {
    let all = name.is_none();
    let names = name.map_or_else(|| store.models().iter().map(|m| m.name().to_owned()).collect(), |name| vec![name]);
    for name in names {
        let bar = Bar::new(Unit::Bytes, 0);
        match store.verify(&name, &mut watch(&bar, quiet)) {
            Ok(model) => output::print(|out| writeln!(out, "{} ok {}", model.name(), model.path().display()))?,
            Err(e @ StoreError::Record { .. }) if all => bar.say(e),
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}

fn remove(store: &Store, name: &str, yes: bool) -> Result<(), Failure> {
    let folders = store.folders_of(name);
    if !folders.is_empty() && !yes {
        if !std::io::stdin().is_terminal() {
            return Err(Failure::Usage(format!("to remove {name}, say so: navig model remove {name} --yes")));
        }
        let paths: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
        output::say(format_args!("remove {}? [y/N]", paths.join(" and ")));
        let mut answer = String::new();
        std::io::stdin()
            .read_line(&mut answer)
            .map_err(|source| Failure::Input { what: "standard input".to_owned(), source })?;
        if !matches!(answer.trim(), "y" | "Y" | "yes") {
            return Ok(());
        }
    }
    let bytes = store.remove(name)?;
    output::print(|out| writeln!(out, "removed {name}, {}", size(bytes)))
}

/// Bytes with a decimal prefix.
fn size(bytes: u64) -> String {
    super::index::size(bytes)
}

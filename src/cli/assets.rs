//! `navig assets list`, `pull`, `verify` and `path`.

use super::output::{self, Form};
use super::progress::{Bar, Unit};
use super::{Call, Exit, Failure};
use crate::assets::{Asset, AssetError, Event, State, Store};
use clap::Subcommand;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Get and check the large files that navig does not carry
#[derive(Debug, Subcommand)]
pub(super) enum Typed {
    /// List the assets and what is there of them
    List {
        /// How to print
        #[arg(long, value_enum, default_value_t)]
        format: Form,
    },
    /// Fetch an asset and check it; nothing happens when it is there and sound
    #[command(after_long_help = "\
Tried in order, until one answers: the Python package that carries the files, by `python3 -m pip download` (with your
own mirrors and proxies; nothing of the package is installed or run), then the files' own addresses. Whatever comes is
used only if its SHA-256 is the pinned one.

Examples:
  navig assets pull reader
  navig assets pull reader --from rapidocr_onnxruntime-1.4.4-py3-none-any.whl
  navig assets pull reader --from /media/stick/models")]
    Pull {
        /// The asset, as `navig assets list` names it
        name: String,
        /// Take it from a local wheel or folder instead
        #[arg(long, value_name = "FILE|DIR")]
        from: Option<PathBuf>,
    },
    /// Read every byte of an asset, or of all that are there, and compare the SHA-256
    Verify {
        /// The asset
        name: Option<String>,
    },
    /// Print the folder of an asset that is there
    Path {
        /// The asset
        name: String,
    },
}

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let store = Store::open(&call.settings(vec![])?);
        match self {
            Self::List { format } => list(&store, format)?,
            Self::Pull { name, from } => {
                let folder = pull(&store, &name, from.as_deref(), call.quiet)?;
                output::print(|out| writeln!(out, "{}", folder.display()))?;
            }
            Self::Verify { name } => return verify(&store, name.as_deref()),
            Self::Path { name } => {
                let folder = store.folder(&name)?;
                output::print(|out| writeln!(out, "{}", folder.display()))?;
            }
        }
        Ok(Exit::Answered)
    }
}

/// Fetches an asset, with a bar and messages on standard error.
pub(super) fn pull(store: &Store, name: &str, from: Option<&Path>, quiet: bool) -> Result<PathBuf, AssetError> {
    let bar = Bar::new(Unit::Bytes, store.asset(name)?.bytes());
    let mut progress = |event: Event<'_>| match event {
        Event::Bytes { done, .. } => bar.position(done),
        Event::Trying(way) => bar.message(way),
        Event::Waiting if !quiet => bar.say("another navig is fetching assets; waiting for it"),
        Event::Failed(why) if !quiet => bar.say(format_args!("{why}; trying the next way")),
        _ => {}
    };
    match from {
        Some(source) => store.pull_from(name, source, &mut progress),
        None => store.pull(name, &mut progress),
    }
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    bytes: u64,
    licence: &'a str,
    about: &'a str,
    source: &'a str,
    package: String,
    path: PathBuf,
}

fn row<'a>(store: &Store, asset: &'a Asset) -> Result<Row<'a>, AssetError> {
    let (state, reason) = match store.state(&asset.name)? {
        State::Installed => ("installed", None),
        State::Missing => ("missing", None),
        State::Corrupt(reason) => ("corrupt", Some(reason)),
    };
    Ok(Row {
        name: &asset.name,
        state,
        reason,
        bytes: asset.bytes(),
        licence: &asset.licence,
        about: &asset.about,
        source: &asset.source,
        package: format!("{} {}", asset.package.name, asset.package.version),
        path: store.place(&asset.name)?,
    })
}

fn list(store: &Store, format: Form) -> Result<(), Failure> {
    let rows = store.assets().map(|asset| row(store, asset)).collect::<Result<Vec<_>, _>>()?;
    output::print(|out| match format {
        Form::Json => output::json(out, &rows),
        Form::Text => rows.iter().try_for_each(|r| {
            writeln!(
                out,
                "{:<10} {:<9} {:>6.1} MB  {}  {}",
                r.name,
                r.state,
                r.bytes as f64 / 1e6,
                r.licence,
                r.about
            )?;
            writeln!(out, "{:<10} {}; Python package {}", "", r.source, r.package)?;
            writeln!(out, "{:<10} {}", "", r.path.display())?;
            r.reason.iter().try_for_each(|reason| writeln!(out, "{:<10} {reason}", ""))
        }),
    })
}

/// Without a name, what was never fetched is passed over.
fn verify(store: &Store, name: Option<&str>) -> Result<Exit, Failure> {
    let names: Vec<&str> = match name {
        Some(name) => vec![name],
        None => {
            let there = |a: &&Asset| !matches!(store.state(&a.name), Ok(State::Missing));
            store.assets().filter(there).map(|a| a.name.as_str()).collect()
        }
    };
    for name in names {
        let folder = store.verify(name)?;
        output::print(|out| writeln!(out, "{name} ok {}", folder.display()))?;
    }
    Ok(Exit::Answered)
}

//! What photos are located with: the text reader, maps, guidebooks and a vision model, as flags and settings name them. The verbs that
//! locate photos share it.

mod vision;

use super::{Call, Failure, assets, output};
use crate::assets::Store;
use crate::guesser::Weights;
use crate::guidebooks;
use crate::locate::{Locator, Plan};
use crate::maps::Shelf;
use crate::reader::{Reader, ReaderModels, Tesseract};
use crate::settings::{self, Flag, Key, Settings};
use clap::Args;
use navig_tools::guidebook::Library;
use std::ffi::OsString;
use std::sync::Arc;

/// The asset that holds the models of the text reader.
const READER: &str = "reader";

/// The flags.
#[derive(Debug, Args)]
pub(super) struct Equipment {
    #[command(flatten)]
    vision: vision::VisionFlags,
    #[command(flatten)]
    work: WorkFlags,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Work")]
struct WorkFlags {
    /// Read no text in the picture
    #[arg(long)]
    no_reader: bool,
    /// Ask this map, an installed one by name or a file; every installed one unless set
    #[arg(short, long = "map", value_name = "FILE|NAME")]
    maps: Vec<String>,
    /// Weigh evidence by this table; 'navig eval calibrate' makes one
    #[arg(long, value_name = "FILE.toml")]
    weights: Option<OsString>,
    /// Photos in hand at one time
    #[arg(long, visible_alias = "workers", value_name = "N")]
    jobs: Option<OsString>,
    /// Largest file, such as 100MB
    #[arg(long, value_name = "BYTES")]
    max_bytes: Option<OsString>,
    /// Largest picture, such as 200MP
    #[arg(long, value_name = "PIXELS")]
    max_pixels: Option<OsString>,
}

/// What counts as seen, and where it is kept.
#[derive(Debug, Args)]
#[command(next_help_heading = "Work")]
pub(super) struct LedgerFlags {
    /// Use the picture alone, not what its metadata claims
    #[arg(long)]
    pub(super) ignore_metadata: bool,
    /// Case folder for ledgers
    #[arg(long, value_name = "DIR", conflicts_with = "no_ledger")]
    ledger: Option<OsString>,
    /// Keep no ledger
    #[arg(long)]
    no_ledger: bool,
    /// Do every photo again, whatever ledgers are there
    #[arg(long)]
    pub(super) fresh: bool,
}

impl LedgerFlags {
    /// The flags that are settings.
    pub(super) fn settings(&self) -> impl Iterator<Item = Flag> {
        let folder = self.ledger.clone().map(|value| ("--ledger", value));
        let off = self.no_ledger.then(|| ("--no-ledger", "off".into()));
        folder.or(off).into_iter().map(|(name, value)| Flag { key: Key::LedgerDir, name, value })
    }
}

impl Equipment {
    /// The flags that are settings.
    pub(super) fn settings(&self) -> impl Iterator<Item = Flag> {
        let work = &self.work;
        let given = [
            (Key::Weights, "--weights", work.weights.clone()),
            (Key::Jobs, "--jobs", work.jobs.clone()),
            (Key::MaxBytes, "--max-bytes", work.max_bytes.clone()),
            (Key::MaxPixels, "--max-pixels", work.max_pixels.clone()),
            (Key::Reader, "--no-reader", work.no_reader.then(|| "off".into())),
        ];
        let given = given.into_iter().filter_map(|(key, name, value)| Some(Flag { key, name, value: value? }));
        given.chain(self.vision.settings())
    }

    /// Loads all of it. What is missing is said, in the results too, and gone without.
    pub(super) fn locator(&self, mut plan: Plan, settings: &Settings, call: Call) -> Result<Locator, Failure> {
        let reader = reader(settings, call)?;
        if reader.is_none() && settings.reader {
            plan.warnings.push("no text was read: the text reader is not installed, and 'offline' is set".to_owned());
        }
        let (maps, failures) = Shelf::of(settings).for_tools(&self.work.maps)?;
        failures.iter().for_each(output::say);
        // A photo whose finished ledger is used again has no conversation to record.
        plan.fresh |= self.vision.records();
        let vision = self.vision.open(settings, call)?;
        let library = library(settings, vision.is_some())?;
        let weights = weights(settings)?;
        Ok(Locator::new(plan, weights, reader, Arc::new(maps), Arc::new(library), vision)?)
    }
}

/// The table of weights that the settings name.
pub(super) fn weights(settings: &Settings) -> Result<Weights, Failure> {
    let Some(path) = &settings.weights else { return Ok(Weights::embedded()) };
    let wrong = |e: &dyn std::fmt::Display| Failure::Usage(format!("weights: {}: {e}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|e| wrong(&e))?;
    Weights::parse(&text).map_err(|e| wrong(&e))
}

/// The guidebooks; nobody asks them when nobody looks, and then none is opened.
fn library(settings: &Settings, looked: bool) -> Result<Library, Failure> {
    if !looked {
        return Ok(Library::default());
    }
    let (library, said) = guidebooks::library(settings)?;
    said.iter().for_each(output::say);
    Ok(library)
}

/// The text reader, fetched on first use; `None` when the settings do without, or refuse the network.
fn reader(settings: &Settings, call: Call) -> Result<Option<Reader>, Failure> {
    if !settings.reader {
        return Ok(None);
    }
    let store = Store::open(settings);
    let folder = match store.folder(READER) {
        Ok(folder) => folder,
        Err(_) if settings.offline => {
            output::say("no text will be read: the text reader is not installed, and 'offline' is set");
            return Ok(None);
        }
        Err(_) => {
            let megabytes = store.asset(READER)?.bytes() as f64 / 1e6;
            if !call.quiet {
                output::say(format_args!("fetching the text reader, {megabytes:.0} MB, once"));
            }
            assets::pull(&store, READER, None, call.quiet)?
        }
    };
    let reader = Reader::load(&ReaderModels::in_folder(&folder))?;
    Ok(Some(match second_reader(&settings.tesseract) {
        Some(tesseract) => reader.with_tesseract(tesseract),
        None => reader,
    }))
}

/// Tesseract, unless it is switched off or not there; one that was named and is not there is worth a word.
fn second_reader(setting: &settings::Tesseract) -> Option<Tesseract> {
    match setting {
        settings::Tesseract::Off => None,
        settings::Tesseract::Auto => Tesseract::installed(),
        settings::Tesseract::At(program) => {
            let found = Tesseract::at(program);
            if found.is_none() {
                output::say(format_args!(
                    "{}: not Tesseract, or without languages; going on without it",
                    program.display()
                ));
            }
            found
        }
    }
}

//! `navig index osm EXTRACT.osm.pbf`.

use super::super::interrupt::Interrupt;
use super::super::output::{self, Form};
use super::super::progress::{Bar, Unit};
use super::super::{Call, Exit, Failure};
use super::info::{self, size};
use crate::maps::{Shelf, name_for, name_of};
use crate::report::grouped;
use clap::Parser;
use navig_tools::osm::extract::{Progress, Stage, Tally};
use navig_tools::osm::file::{BuildError, BuildOptions, BuildProgress, Built, Map, Meta, build};
use serde::Serialize;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// How often Ctrl-C is looked for while an index is made.
const GLANCE: Duration = Duration::from_millis(50);
/// Ids that a text lists for each reason.
const LISTED: usize = 3;
/// Reading passes over the extract, and writing counts as one more.
const PASSES: u64 = 4;

/// Make a map of an OpenStreetMap extract
#[derive(Debug, Parser)]
#[command(after_long_help = "\
An extract is a file .osm.pbf of the area that you look into. Several sites offer them, for continents, countries and
cities; navig fetches none by itself. The map keeps what a camera can see or a sign can name, and is installed under
the name of the extract unless -o or --name says otherwise. An extract that has not changed is not read again.

Nothing bears the name of the map before it is whole: Ctrl-C, a full disk or a power cut leave what was there before.

Examples:
  navig index osm monaco-latest.osm.pbf
  navig index osm austria.osm.pbf --name at --memory-mb 2000
  navig index osm wien.osm.pbf -o wien.navosm")]
pub(in crate::cli) struct Typed {
    /// The extract
    #[arg(value_name = "EXTRACT.osm.pbf")]
    extract: PathBuf,
    /// Write the map to this file instead of installing it
    #[arg(short, long, value_name = "FILE", conflicts_with = "name")]
    output: Option<PathBuf>,
    /// Install it under this name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Make it even if the extract has not changed
    #[arg(long)]
    force: bool,
    /// About how much memory to take for data, in MB; what is more goes to temporary files
    #[arg(long, value_name = "MB", default_value_t = 768, value_parser = clap::value_parser!(u32).range(64..=1_000_000))]
    memory_mb: u32,
    /// Folder for temporary files; beside the map unless set
    #[arg(long, value_name = "FOLDER")]
    temp_dir: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Form,
}

/// What was made.
#[derive(Serialize)]
struct Summary<'a> {
    name: String,
    path: &'a Path,
    /// False when the map was there already, of the same extract.
    made: bool,
    objects: u32,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    /// Nothing for a map that was there already.
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<&'a [Tally]>,
    #[serde(flatten)]
    meta: &'a Meta,
}

impl Typed {
    pub(super) fn run(self, shelf: &Shelf, call: Call) -> Result<Exit, Failure> {
        let dest = match &self.output {
            Some(path) => path.clone(),
            None => {
                let name = self.name.clone().unwrap_or_else(|| name_for(&self.extract));
                let path = shelf.place(&name)?;
                std::fs::create_dir_all(shelf.folder())
                    .map_err(|source| Failure::Output { path: shelf.folder().to_owned(), source })?;
                path
            }
        };
        if !self.force
            && let Some(map) = self.unchanged(&dest)
        {
            let same = "the extract has not changed since it was made: nothing to do; --force makes it anew";
            output::say(format_args!("{}: {same}", dest.display()));
            self.print(&map, None, None)?;
            return Ok(Exit::Answered);
        }
        let begun = Instant::now();
        let Some(built) = self.build(&dest, call)? else { return Ok(Exit::Interrupted) };
        let seconds = begun.elapsed().as_secs_f64();
        let map = Map::open(&dest).map_err(BuildError::Map)?;
        self.print(&map, Some(&built), Some(seconds))?;
        Ok(Exit::Answered)
    }

    /// The map that is there, if this navig made it of the same extract.
    fn unchanged(&self, dest: &Path) -> Option<Map> {
        let map = Map::open(dest).ok()?;
        let meta = map.meta();
        let same_size = std::fs::metadata(&self.extract).ok()?.len() == meta.source_bytes;
        if !same_size || meta.navig_version != env!("CARGO_PKG_VERSION") {
            return None;
        }
        let bar = Bar::new(Unit::Seconds, 0);
        bar.message("comparing the extract with the one of the map");
        (crate::digest::sha256_of(&self.extract).ok()? == meta.source_sha256).then_some(map)
    }

    /// Makes the map in a thread of its own; nothing when Ctrl-C ended it.
    fn build(&self, dest: &Path, call: Call) -> Result<Option<Built>, Failure> {
        let interrupt = Interrupt::watch("stopping; no map was made");
        let options = BuildOptions {
            memory_bytes: self.memory_mb as usize * 1_000_000,
            temp_dir: self.temp_dir.clone(),
            ..BuildOptions::default()
        };
        let (said, hear) = mpsc::channel();
        let (extract, to) = (self.extract.clone(), dest.to_owned());
        let worker = thread::Builder::new().name("index".to_owned()).spawn(move || {
            // Nobody hears the last words of a build that Ctrl-C has ended.
            build(&extract, &to, &options, &mut |progress| {
                let _ = said.send(progress);
            })
        });
        let worker = worker.map_err(|source| Failure::Output { path: dest.to_owned(), source })?;
        let bar = Bar::new(Unit::Bytes, 0);
        let mut stage = None;
        loop {
            if interrupt.flag().load(Ordering::Relaxed) {
                remove_unfinished(dest);
                return Ok(None);
            }
            match hear.recv_timeout(GLANCE) {
                Ok(progress) => show(&bar, progress, &mut stage, call),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        match worker.join() {
            Ok(built) => Ok(Some(built?)),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    fn print(&self, map: &Map, built: Option<&Built>, seconds: Option<f64>) -> Result<(), Failure> {
        let summary = Summary {
            name: name_of(map.path()),
            path: map.path(),
            made: built.is_some(),
            objects: map.len(),
            bytes: map.file_bytes(),
            seconds,
            reasons: built.map(|built| built.extract.tallies.as_slice()),
            meta: map.meta(),
        };
        output::print(|out| match self.format {
            Form::Json => output::json(out, &summary),
            Form::Text => text(out, &summary, &self.extract),
        })
    }
}

fn show(bar: &Bar, progress: BuildProgress, stage: &mut Option<&'static str>, call: Call) {
    let words = match progress {
        BuildProgress::Reading(Progress { stage, at_bytes, of_bytes }) => {
            let (pass, words) = match stage {
                Stage::Survey => (0, "looking through the extract"),
                Stage::Order => (0, "putting its elements in order"),
                Stage::Places => (1, "reading nodes and ways"),
                Stage::Sets => (2, "reading relations"),
            };
            bar.total(PASSES * of_bytes);
            bar.position(pass * of_bytes + at_bytes.min(of_bytes));
            words
        }
        BuildProgress::Writing => "writing the map",
    };
    if *stage != Some(words) {
        bar.message(words);
        if call.verbose {
            bar.say(words);
        }
        *stage = Some(words);
    }
}

/// The writer removes its unfinished file when it ends in good order; a thread that ends with the process does not.
fn remove_unfinished(dest: &Path) {
    let mut name: OsString = dest.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let _ = std::fs::remove_file(dest.with_file_name(name));
}

fn text(out: &mut dyn Write, summary: &Summary<'_>, extract: &Path) -> io::Result<()> {
    let objects = grouped(u64::from(summary.objects));
    let extract = extract.display().to_string();
    let visible = crate::report::visible;
    writeln!(out, "{}: {objects} objects of {}", visible(&summary.name), visible(&extract))?;
    writeln!(out, "  map        {} ({})", summary.path.display(), size(summary.bytes))?;
    info::origin(out, summary.meta)?;
    for tally in summary.reasons.unwrap_or_default() {
        let ids: Vec<String> = tally.ids.iter().take(LISTED).map(ToString::to_string).collect();
        let more = if tally.count > ids.len() as u64 { ", …" } else { "" };
        let what = info::reason(tally.reason);
        writeln!(out, "  {:<10} {} {what} ({}{more})", info::fate(tally.reason), grouped(tally.count), ids.join(", "))?;
    }
    summary.seconds.map_or(Ok(()), |seconds| writeln!(out, "  took       {seconds:.1} s"))
}

//! `navig index guidebook SRC…` and `navig index traces FILE.jsonl`.

use super::super::interrupt::Interrupt;
use super::super::output::{self, Form};
use super::super::progress::{Bar, Unit};
use super::super::{Call, Exit, Failure};
use super::info::size;
use crate::guidebooks::{self, Building, Built, ENDING, GuidebooksError, Shelf, Step};
use crate::maps::name_of;
use crate::report::{grouped, visible};
use crate::settings::Settings;
use clap::Parser;
use navig_tools::guidebook::book::{Book, Kind, Meta};
use serde::Serialize;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// Index guidebooks: pages that say how places look
#[derive(Debug, Parser)]
#[command(after_long_help = "\
A source is a file or a folder of web pages, Markdown, text or JSONL (a line {\"text\", \"regions\", \"image\", \"url\"}), or with
--online an address: its page and the pages beneath it, one a second, as the site's robots.txt allows. Pages are cut into passages of one idea;
their regions come from headings, file names and the names in the text. Remarks about the camera car are left out.

A guidebook that is there is added to: a source that has changed takes the place of the old one, --remove takes one out, and
only new texts go to the embedder. What was left out is counted, and 'navig index info' says it again.

Examples:
  navig index guidebook my-notes/ -o notes
  navig index guidebook clues.jsonl more-clues.md -o notes
  navig index guidebook --online https://example.org/guide/ -o guide
  navig index guidebook -o notes --remove more-clues.md")]
pub(in crate::cli) struct GuidebookTyped {
    /// Files, folders, and with --online addresses
    #[arg(value_name = "SRC", required_unless_present = "remove")]
    sources: Vec<String>,
    /// Install it under this name, or write it to a file that ends in .navguide
    #[arg(short, long, value_name = "NAME|FILE.navguide")]
    output: Option<PathBuf>,
    /// Take a source out, by the name under which it was put in
    #[arg(long, value_name = "SRC")]
    remove: Vec<String>,
    /// Fetch addresses
    #[arg(long)]
    online: bool,
    /// Make it anew, of these sources alone
    #[arg(long, conflicts_with = "remove")]
    force: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Form,
}

/// Index what experts said of pictures whose place is known
#[derive(Debug, Parser)]
#[command(after_long_help = "\
A line of the file is a record: an object with a text ('clues' or 'text') and coordinates ('location': {'lat', 'lng'}, or 'lat'
and 'lon'). Its sentences are neighbours that vote for the regions of their place. A picture that is asked about never
finds itself: a record that holds a clue word for word is passed over, and records of one place have one vote.

Examples:
  navig index traces naviclues.jsonl
  navig index traces naviclues.jsonl -o experts
  navig index traces -o experts --remove naviclues.jsonl")]
pub(in crate::cli) struct TracesTyped {
    /// Files of records
    #[arg(value_name = "FILE.jsonl", required_unless_present = "remove")]
    sources: Vec<String>,
    /// Install it under this name, or write it to a file that ends in .navguide
    #[arg(short, long, value_name = "NAME|FILE.navguide")]
    output: Option<PathBuf>,
    /// Take a file out, by the name under which it was put in
    #[arg(long, value_name = "FILE")]
    remove: Vec<String>,
    /// Make it anew, of these files alone
    #[arg(long, conflicts_with = "remove")]
    force: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Form,
}

/// What both have in common.
struct Order {
    kind: Kind,
    sources: Vec<String>,
    output: Option<PathBuf>,
    remove: Vec<String>,
    online: bool,
    force: bool,
    format: Form,
}

impl GuidebookTyped {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let Self { sources, output, remove, online, force, format } = self;
        if online && call.offline {
            return Err(Failure::Usage("--online and --offline contradict each other".to_owned()));
        }
        Order { kind: Kind::Guidebook, sources, output, remove, online, force, format }.run(call)
    }
}

impl TracesTyped {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let Self { sources, output, remove, force, format } = self;
        Order { kind: Kind::Traces, sources, output, remove, online: false, force, format }.run(call)
    }
}

impl Order {
    fn run(self, call: Call) -> Result<Exit, Failure> {
        let settings = call.settings(vec![])?;
        if self.online && settings.offline {
            return Err(Failure::Usage("--online: the setting 'offline' refuses the network".to_owned()));
        }
        let dest = self.dest(&settings)?;
        let embedder = guidebooks::embedder(&settings)?;
        if embedder.is_none() && !call.quiet {
            output::say(
                "no embedder: the guidebook will be searched by its words; 'navig assets pull embedder' gets one",
            );
        }
        let interrupt = Interrupt::watch("stopping; the guidebook stays as it was");
        let building = Building {
            dest: &dest,
            sources: &self.sources,
            remove: &self.remove,
            online: self.online,
            cache: settings.cache_dir.join("pages"),
            force: self.force,
            embedder: embedder.as_deref(),
            stop: &|| interrupt.flag().load(Ordering::Relaxed),
        };
        let bar = Bar::new(Unit::Texts, 0);
        let mut step = |step: Step<'_>| show(&bar, step);
        let built = match self.kind {
            Kind::Guidebook => guidebooks::build_guidebook(&building, &mut step),
            Kind::Traces => guidebooks::build_traces(&building, &mut step),
        };
        drop(bar);
        match built {
            Ok(built) => self.print(&dest, &built)?,
            Err(GuidebooksError::Stopped) => return Ok(Exit::Interrupted),
            Err(e) => return Err(e.into()),
        }
        Ok(Exit::Answered)
    }

    /// The file: what -o says, or under the name of the first source.
    fn dest(&self, settings: &Settings) -> Result<PathBuf, Failure> {
        let shelf = Shelf::of(settings);
        let name = match &self.output {
            Some(path) if path.extension().is_some_and(|e| e == ENDING) => return Ok(path.clone()),
            Some(path) => path.to_string_lossy().into_owned(),
            None => match self.sources.first() {
                Some(first) => name_for(first),
                None => return Err(Failure::Usage("-o says which guidebook to take it out of".to_owned())),
            },
        };
        let path = shelf.place(&name)?;
        let folder = shelf.folder().to_owned();
        std::fs::create_dir_all(&folder).map_err(|source| GuidebooksError::Folder { folder, source })?;
        Ok(path)
    }

    fn print(&self, dest: &Path, built: &Built) -> Result<(), Failure> {
        let book = Book::open(dest).map_err(GuidebooksError::from)?;
        if !built.written {
            output::say(format_args!("{}: its sources have not changed: nothing to do", dest.display()));
        }
        show_book(&book, self.format)
    }
}

/// The name that a source gives its guidebook.
fn name_for(source: &str) -> String {
    let stem = Path::new(source.trim_end_matches('/')).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let plain: String =
        stem.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' }).collect();
    let plain = plain.trim_start_matches(['.', '-']);
    if plain.is_empty() { "guidebook".to_owned() } else { plain.to_owned() }
}

fn show(bar: &Bar, step: Step<'_>) {
    match step {
        Step::Reading(what) => bar.message(format!("reading {}", visible(what))),
        Step::Embedding(done, total) => {
            bar.message("embedding");
            bar.total(total as u64);
            bar.position(done as u64);
        }
        Step::Said(words) => bar.say(visible(words)),
    }
}

/// A guidebook in words or as JSON.
#[derive(Serialize)]
struct Info<'a> {
    name: String,
    path: &'a Path,
    passages: usize,
    bytes: u64,
    countries: usize,
    #[serde(flatten)]
    meta: &'a Meta,
}

/// Prints what is in a guidebook, and where it comes from.
pub(super) fn show_book(book: &Book, format: Form) -> Result<(), Failure> {
    let meta = book.meta();
    let countries = meta.mass.keys().filter(|key| key.starts_with("country:")).count();
    let info = Info {
        name: name_of(book.path()),
        path: book.path(),
        passages: book.len(),
        bytes: book.bytes(),
        countries,
        meta,
    };
    output::print(|out| match format {
        Form::Json => output::json(out, &info),
        Form::Text => text(out, &info),
    })
}

fn text(out: &mut dyn Write, info: &Info<'_>) -> io::Result<()> {
    let what = match info.meta.kind {
        Kind::Guidebook => "passages",
        Kind::Traces => "sentences and descriptions of experts",
    };
    let passages = grouped(info.passages as u64);
    writeln!(out, "{}: {passages} {what} on {} countries", visible(&info.name), info.countries)?;
    writeln!(out, "  file       {} ({})", info.path.display(), size(info.bytes))?;
    writeln!(out, "  embedder   {}", visible(info.meta.embedder.as_deref().unwrap_or("none: searched by its words")))?;
    for source in &info.meta.sources {
        let pages = grouped(source.pages);
        writeln!(out, "  source     {}: {pages} pages, {} passages", visible(&source.name), grouped(source.passages))?;
        let dropped: Vec<String> = source.dropped.iter().map(|(why, n)| format!("{} {why}", grouped(*n))).collect();
        if !dropped.is_empty() {
            writeln!(out, "  left out   {}", visible(&dropped.join(", ")))?;
        }
    }
    Ok(())
}

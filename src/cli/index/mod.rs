//! `navig index osm`, `guidebook`, `traces`, `list`, `info`, `check` and `remove`.

mod guidebook;
mod info;
mod osm;

pub(super) use info::size;

use super::output::{self, Form};
use super::progress::{Bar, Unit};
use super::{Call, Exit, Failure};
use crate::guidebooks::{self, GuidebooksError};
use crate::maps::{Shelf, name_of};
use crate::report::grouped;
use clap::Subcommand;
use navig_tools::guidebook::book::{Book, Kind};
use navig_tools::osm::file::Map;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Make and keep the maps and guidebooks that navig asks
#[derive(Debug, Subcommand)]
pub(super) enum Typed {
    Osm(osm::Typed),
    Guidebook(guidebook::GuidebookTyped),
    Traces(guidebook::TracesTyped),
    /// List the installed maps and guidebooks
    List {
        /// How to print
        #[arg(long, value_enum, default_value_t)]
        format: Form,
    },
    /// Say what is in a map or a guidebook, and where it comes from
    Info {
        /// An installed one by its name, or a file
        #[arg(value_name = "MAP")]
        map: String,
        /// How to print
        #[arg(long, value_enum, default_value_t)]
        format: Form,
    },
    /// Read every byte of maps and guidebooks and compare the checksums
    #[command(after_long_help = "Ends with 0 when all are sound, and with 1 when one is damaged.")]
    Check {
        /// Installed ones by name, or files; every installed one when none is named
        #[arg(value_name = "MAP")]
        maps: Vec<String>,
    },
    /// Remove an installed map or guidebook
    Remove {
        /// Its name, as `navig index list` says it
        name: String,
    },
}

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let settings = call.settings(vec![])?;
        let (shelf, books) = (Shelf::of(&settings), guidebooks::Shelf::of(&settings));
        match self {
            Self::Osm(typed) => return typed.run(&shelf, call),
            Self::Guidebook(typed) => return typed.run(call),
            Self::Traces(typed) => return typed.run(call),
            Self::List { format } => list(&shelf, &books, format)?,
            Self::Info { map, format } => match books.find(&map) {
                Some(path) => guidebook::show_book(&open(&path)?, format)?,
                None => info::show(&shelf.find(&map)?, format, call.verbose)?,
            },
            Self::Check { maps } => return check(&shelf, &books, &maps),
            Self::Remove { name } => remove(&shelf, &books, &name)?,
        }
        Ok(Exit::Answered)
    }
}

/// One line of `list`.
#[derive(Serialize)]
struct Row {
    name: String,
    path: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    objects: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    passages: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extract_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Row {
    fn of(path: PathBuf) -> Self {
        let name = name_of(&path);
        match Map::open(&path) {
            Ok(map) => Self {
                bytes: Some(map.file_bytes()),
                objects: Some(map.len()),
                passages: None,
                extract_date: map.meta().extract_date.clone(),
                source: Some(map.meta().source.clone()),
                error: None,
                name,
                path,
            },
            Err(e) => Self {
                bytes: None,
                objects: None,
                passages: None,
                extract_date: None,
                source: None,
                error: Some(e.to_string()),
                name,
                path,
            },
        }
    }
}

impl Row {
    fn of_book(path: PathBuf) -> Self {
        let name = name_of(&path);
        let empty = Self {
            name,
            path,
            bytes: None,
            objects: None,
            passages: None,
            extract_date: None,
            source: None,
            error: None,
        };
        match Book::open(&empty.path) {
            Ok(book) => {
                let what = if book.meta().kind == Kind::Traces { "traces of " } else { "" };
                let sources: Vec<&str> = book.meta().sources.iter().map(|s| s.name.as_str()).collect();
                let source = Some(format!("{what}{}", sources.join(", ")));
                Self { bytes: Some(book.bytes()), passages: Some(book.len()), source, ..empty }
            }
            Err(e) => Self { error: Some(e.to_string()), ..empty },
        }
    }
}

fn list(shelf: &Shelf, books: &guidebooks::Shelf, format: Form) -> Result<(), Failure> {
    let maps = shelf.installed()?.into_iter().map(Row::of);
    let rows: Vec<Row> = maps.chain(books.installed()?.into_iter().map(Row::of_book)).collect();
    if rows.is_empty() && format == Form::Text {
        let folder = shelf.folder().display();
        output::say(format_args!(
            "no map in {folder}, and no guidebook: 'navig index osm EXTRACT.osm.pbf' and 'navig index guidebook SRC' make them"
        ));
    }
    output::print(|out| match format {
        Form::Json => output::json(out, &rows),
        Form::Text => rows.iter().try_for_each(|row| {
            let name = crate::report::visible(&row.name);
            if let Some(error) = &row.error {
                return writeln!(out, "{name:<24} damaged: {}", crate::report::visible(error));
            }
            if let Some(passages) = row.passages {
                let (passages, bytes) = (grouped(passages as u64), info::size(row.bytes.unwrap_or(0)));
                let source = crate::report::visible(row.source.as_deref().unwrap_or_default());
                return writeln!(out, "{name:<24} {passages:>10} passages {bytes:>9}              {source}");
            }
            let date = row.extract_date.as_deref().map_or("no date", |date| date.get(..10).unwrap_or(date));
            writeln!(
                out,
                "{name:<24} {:>11} objects {:>9}  {:<10}  {}",
                grouped(u64::from(row.objects.unwrap_or(0))),
                info::size(row.bytes.unwrap_or(0)),
                crate::report::visible(date),
                crate::report::visible(row.source.as_deref().unwrap_or_default()),
            )
        }),
    })
}

fn check(shelf: &Shelf, books: &guidebooks::Shelf, given: &[String]) -> Result<Exit, Failure> {
    let found = |text: &String| books.find(text).map_or_else(|| shelf.find(text), Ok);
    let paths = match given {
        [] => shelf.installed()?.into_iter().chain(books.installed()?).collect(),
        given => given.iter().map(found).collect::<Result<Vec<_>, _>>()?,
    };
    let bar = Bar::new(Unit::Seconds, 0);
    let mut exit = Exit::Answered;
    for path in paths {
        bar.message(format!("checking {}", path.display()));
        match verify(&path) {
            Ok(()) => bar.aside(|| output::print(|out| writeln!(out, "{} ok", path.display())))?,
            Err(e) => {
                exit = Exit::Abstained;
                bar.say(e);
            }
        }
    }
    Ok(exit)
}

/// Reads every byte of a map or a guidebook.
fn verify(path: &Path) -> Result<(), String> {
    if path.extension().is_some_and(|ending| ending == guidebooks::ENDING) {
        return Book::open(path).and_then(|book| book.verify()).map_err(|e| e.to_string());
    }
    Map::open(path).and_then(|map| map.verify()).map_err(|e| super::exit::with_causes(&e))
}

fn open(path: &Path) -> Result<Book, Failure> {
    Book::open(path).map_err(|e| GuidebooksError::from(e).into())
}

fn remove(shelf: &Shelf, books: &guidebooks::Shelf, name: &str) -> Result<(), Failure> {
    let installed = [shelf.place(name)?, books.place(name)?].into_iter().find(|path| path.exists());
    let path = installed.map_or_else(|| shelf.place(name), Ok)?;
    if !path.exists() {
        // The error lists the maps that are there.
        shelf.find(name)?;
        return Err(Failure::Usage(format!(
            "'{name}' is a file outside {}: remove it yourself",
            shelf.folder().display()
        )));
    }
    std::fs::remove_file(&path).map_err(|source| Failure::Output { path: path.clone(), source })?;
    output::print(|out| writeln!(out, "removed {}", path.display()))
}

//! `navig index osm`, `list`, `info`, `check` and `remove`.

mod info;
mod osm;

pub(super) use info::size;

use super::output::{self, Form};
use super::progress::{Bar, Unit};
use super::{Call, Exit, Failure};
use crate::maps::{Shelf, name_of};
use crate::report::grouped;
use clap::Subcommand;
use navig_tools::osm::file::Map;
use serde::Serialize;
use std::path::PathBuf;

/// Make and keep the maps that `navig search` asks
#[derive(Debug, Subcommand)]
pub(super) enum Typed {
    Osm(osm::Typed),
    /// List the installed maps
    List {
        /// How to print
        #[arg(long, value_enum, default_value_t)]
        format: Form,
    },
    /// Say what is in a map, and where it comes from
    Info {
        /// An installed map by its name, or a file
        #[arg(value_name = "MAP")]
        map: String,
        /// How to print
        #[arg(long, value_enum, default_value_t)]
        format: Form,
    },
    /// Read every byte of maps and compare the checksums
    #[command(after_long_help = "Ends with 0 when all are sound, and with 1 when one is damaged.")]
    Check {
        /// Installed maps by name, or files; every installed one when none is named
        #[arg(value_name = "MAP")]
        maps: Vec<String>,
    },
    /// Remove an installed map
    Remove {
        /// Its name, as `navig index list` says it
        name: String,
    },
}

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let shelf = Shelf::of(&call.settings(vec![])?);
        match self {
            Self::Osm(typed) => return typed.run(&shelf, call),
            Self::List { format } => list(&shelf, format)?,
            Self::Info { map, format } => info::show(&shelf.find(&map)?, format, call.verbose)?,
            Self::Check { maps } => return check(&shelf, &maps),
            Self::Remove { name } => remove(&shelf, &name)?,
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
                extract_date: map.meta().extract_date.clone(),
                source: Some(map.meta().source.clone()),
                error: None,
                name,
                path,
            },
            Err(e) => Self {
                bytes: None,
                objects: None,
                extract_date: None,
                source: None,
                error: Some(e.to_string()),
                name,
                path,
            },
        }
    }
}

fn list(shelf: &Shelf, format: Form) -> Result<(), Failure> {
    let rows: Vec<Row> = shelf.installed()?.into_iter().map(Row::of).collect();
    if rows.is_empty() && format == Form::Text {
        let folder = shelf.folder().display();
        output::say(format_args!("no map in {folder}: 'navig index osm EXTRACT.osm.pbf' makes one"));
    }
    output::print(|out| match format {
        Form::Json => output::json(out, &rows),
        Form::Text => rows.iter().try_for_each(|row| {
            let name = crate::report::visible(&row.name);
            if let Some(error) = &row.error {
                return writeln!(out, "{name:<24} damaged: {}", crate::report::visible(error));
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

fn check(shelf: &Shelf, given: &[String]) -> Result<Exit, Failure> {
    let paths = match given {
        [] => shelf.installed()?,
        given => given.iter().map(|text| shelf.find(text)).collect::<Result<_, _>>()?,
    };
    let bar = Bar::new(Unit::Seconds, 0);
    let mut exit = Exit::Answered;
    for path in paths {
        bar.message(format!("checking {}", path.display()));
        match Map::open(&path).and_then(|map| map.verify()) {
            Ok(()) => bar.aside(|| output::print(|out| writeln!(out, "{} ok", path.display())))?,
            Err(e) => {
                exit = Exit::Abstained;
                bar.say(e);
            }
        }
    }
    Ok(exit)
}

fn remove(shelf: &Shelf, name: &str) -> Result<(), Failure> {
    let path = shelf.place(name)?;
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

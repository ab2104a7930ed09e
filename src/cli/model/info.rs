//! `navig model info NAME|DIR`.

use super::super::Failure;
use super::super::output::{self, Form};
use super::size;
use crate::model::store::{Record, Store, named};
use crate::model::{ModelFolder, Quant, memory};
use serde::Serialize;
use std::io::{self, Write};
use std::path::Path;

/// What is known of a model.
#[derive(Serialize)]
struct Info<'a> {
    name: &'a str,
    path: &'a Path,
    architecture: &'a str,
    tested: bool,
    shape: crate::model::folder::Shape,
    parameters: u64,
    bytes: u64,
    dtype: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    licence: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    free_mb: Option<u64>,
    kept: Vec<Kept>,
}

/// One way to keep the weights.
#[derive(Serialize)]
struct Kept {
    quant: &'static str,
    identity: String,
    /// On a processor.
    about_memory_mb: u64,
    /// Size of the form that is written on disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    written_bytes: Option<u64>,
}

pub(super) fn show(store: &Store, given: &str, format: Form) -> Result<(), Failure> {
    let model = store.find(given)?;
    let record = store.record(&model);
    let info = Info::of(&model, record.as_ref());
    output::print(|out| match format {
        Form::Json => output::json(out, &info),
        Form::Text => text(out, &info),
    })
}

impl<'a> Info<'a> {
    fn of(model: &'a ModelFolder, record: Option<&Record>) -> Self {
        let written = model.quantised();
        let kept = Quant::ALL.into_iter().map(|quant| Kept {
            quant: quant.name(),
            identity: model.identity(quant),
            about_memory_mb: model.memory_mb(quant),
            written_bytes: written.iter().find(|(form, _)| *form == quant).map(|(_, bytes)| *bytes),
        });
        Self {
            name: model.name(),
            path: model.path(),
            architecture: model.architecture(),
            tested: model.tested(),
            shape: model.shape(),
            parameters: model.parameters(),
            bytes: model.bytes(),
            dtype: model.dtype(),
            source: record.map(Record::origin),
            revision: record.and_then(|record| record.revision.clone()),
            licence: named(model.name()).map(|known| known.licence.as_str()),
            free_mb: memory::available_mb(),
            kept: kept.collect(),
        }
    }
}

fn text(out: &mut dyn Write, info: &Info<'_>) -> io::Result<()> {
    let visible = crate::report::visible;
    writeln!(out, "{}", visible(info.name))?;
    writeln!(out, "  folder      {}", info.path.display())?;
    if let Some(source) = &info.source {
        let licence = info.licence.map_or(String::new(), |licence| format!(", {licence}"));
        writeln!(out, "  from        {}{licence}", visible(source))?;
    }
    let tested = if info.tested { "" } else { ", which nobody has tried with navig" };
    writeln!(out, "  kind        {}{tested}", visible(info.architecture))?;
    let shape = info.shape;
    let parameters = match info.parameters {
        n if n < 1_000_000_000 => format!("{:.1} million", n as f64 / 1e6),
        n => format!("{:.2} billion", n as f64 / 1e9),
    };
    writeln!(
        out,
        "  parameters  {parameters}; {} layers of width {}, {} tokens",
        shape.layers, shape.hidden, shape.vocabulary
    )?;
    writeln!(out, "  weights     {} as {}", size(info.bytes), visible(info.dtype))?;
    for (i, kept) in info.kept.iter().enumerate() {
        let label = if i == 0 { "memory" } else { "" };
        let fits = match info.free_mb {
            Some(free) if kept.about_memory_mb > free => format!(", more than the {free} MB that are free"),
            _ => String::new(),
        };
        let written = kept.written_bytes.map_or(String::new(), |bytes| format!("; written on disk, {}", size(bytes)));
        writeln!(out, "  {label:<11} {:<5} about {} MB{fits}{written}", kept.quant, kept.about_memory_mb)?;
    }
    Ok(())
}

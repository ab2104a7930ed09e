//! `navig model list`.

use super::super::Failure;
use super::super::output::{self, Form};
use super::size;
use crate::model::store::{Entry, State, Store, named};
use serde::Serialize;
use std::path::PathBuf;

/// One line.
#[derive(Serialize)]
struct Row {
    name: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Of what is there, or about what would be fetched.
    bytes: u64,
    quantised: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    licence: Option<&'static str>,
    path: PathBuf,
}

impl Row {
    fn of(entry: Entry) -> Self {
        let known = named(&entry.name);
        let (state, reason, bytes, quantised) = match entry.state {
            State::Installed(model) => {
                let forms = model.quantised();
                let bytes = model.bytes() + forms.iter().map(|(_, bytes)| bytes).sum::<u64>();
                ("installed", None, bytes, forms.iter().map(|(quant, _)| quant.to_string()).collect())
            }
            State::Damaged(reason) => ("damaged", Some(reason), 0, Vec::new()),
            State::Partial(bytes) => ("partial", None, bytes, Vec::new()),
            State::Missing => ("missing", None, known.map_or(0, |model| model.about_bytes), Vec::new()),
        };
        Self {
            name: entry.name,
            state,
            reason,
            bytes,
            quantised,
            about: known.map(|model| model.about.as_str()),
            licence: known.map(|model| model.licence.as_str()),
            path: entry.path,
        }
    }
}

pub(super) fn show(store: &Store, format: Form) -> Result<(), Failure> {
    let rows: Vec<Row> = store.entries().into_iter().map(Row::of).collect();
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    output::print(|out| match format {
        Form::Json => output::json(out, &rows),
        Form::Text => rows.iter().try_for_each(|row| {
            let bytes = size(row.bytes);
            let about = row.about.unwrap_or("brought by you");
            writeln!(
                out,
                "{:<width$}  {:<9}  {bytes:>8}  {:<10}  {about}",
                row.name,
                row.state,
                row.quantised.join(" ")
            )?;
            let reason = row.reason.iter();
            reason.clone().try_for_each(|reason| writeln!(out, "{:<width$}  {}", "", crate::report::visible(reason)))
        }),
    })
}

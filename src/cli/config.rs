//! `navig config show`.

use super::output::{self, Form};
use super::{Call, Exit, Failure};
use crate::settings::{Key, Settings};
use clap::Subcommand;
use serde::Serialize;

/// Show the settings
#[derive(Debug, Subcommand)]
pub(super) enum Typed {
    /// Print each setting with where it came from
    Show {
        /// How to print
        #[arg(long, value_enum, default_value_t)]
        format: Form,
    },
}

#[derive(Serialize)]
struct Row {
    key: &'static str,
    value: String,
    origin: String,
    variable: &'static str,
}

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let Self::Show { format } = self;
        let settings = call.settings(vec![])?;
        let rows: Vec<Row> = Key::ALL.into_iter().map(|key| row(&settings, key)).collect();
        output::print(|out| match format {
            Form::Json => output::json(out, &rows),
            Form::Text => {
                let width = rows.iter().map(|r| r.value.chars().count()).max().unwrap_or(0);
                rows.iter().try_for_each(|r| writeln!(out, "{:<12}  {:<width$}  {}", r.key, r.value, r.origin))
            }
        })?;
        Ok(Exit::Answered)
    }
}

fn row(settings: &Settings, key: Key) -> Row {
    Row {
        key: key.name(),
        value: settings.value(key),
        origin: settings.origin(key).to_string(),
        variable: key.variable(),
    }
}

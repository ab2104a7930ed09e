//! `navig tools list` and `navig tools call`.

use super::output::{self, Form};
use super::{Call, Exit, Failure};
use crate::guidebooks;
use crate::maps::Shelf;
use crate::report::visible;
use crate::settings::Settings;
use clap::Subcommand;
use navig_tools::guidebook::Library;
use navig_tools::tool::{Answer, Description, Registry, ToolError};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;

/// Arguments above this are not a question but a mistake.
const MAX_ARGUMENTS_BYTES: u64 = 10_000_000;

/// List the built-in tools, or ask one
#[derive(Debug, Subcommand)]
pub(super) enum Typed {
    /// List the tools
    List {
        /// How to print; JSON has the schema of each tool's arguments
        #[arg(long, value_enum, default_value_t)]
        format: Form,
    },
    /// Ask one tool a question
    #[command(after_long_help = "\
Examples:
  navig tools call NAME '{\"text\": \"Wien\"}'
  navig tools call NAME @question.json
  echo '{\"text\": \"Wien\"}' | navig tools call NAME -")]
    Call {
        /// The tool, as `navig tools list` names it
        name: String,
        /// Its arguments as a JSON object, @FILE that holds them, or - for standard input
        #[arg(value_name = "JSON|@FILE|-", default_value = "{}")]
        arguments: String,
        /// Ask this map, an installed one by name or a file; every installed one unless set
        #[arg(short, long = "map", value_name = "FILE|NAME")]
        maps: Vec<String>,
        /// How to print; JSON has the findings as they would be weighed
        #[arg(long, value_enum, default_value_t)]
        format: Form,
    },
}

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let given = match &self {
            Self::Call { maps, .. } => maps.as_slice(),
            Self::List { .. } => &[],
        };
        let settings = call.settings(vec![])?;
        let (maps, failures) = Shelf::of(&settings).for_tools(given)?;
        failures.iter().for_each(output::say);
        let registry = navig_tools::builtin(Arc::new(maps), Arc::new(self.library(&settings)?))?;
        match self {
            Self::List { format: Form::Json } => output::print(|out| output::json(out, &registry.list()))?,
            Self::List { format: Form::Text } => output::print(|out| list(out, &registry.list()))?,
            Self::Call { name, arguments, format, .. } => {
                // An unknown name is reported before standard input is waited for.
                registry.spec(&name)?;
                let arguments = parse(&name, &text_of(&arguments)?)?;
                let answer = ask(&registry, &name, arguments)?;
                output::print(|out| match format {
                    Form::Json => output::json(out, &answer),
                    Form::Text => show(out, &answer),
                })?;
            }
        }
        Ok(Exit::Answered)
    }
}

impl Typed {
    /// The guidebooks, for the tools that ask them: an embedder takes a moment to load.
    fn library(&self, settings: &Settings) -> Result<Library, Failure> {
        match self {
            Self::Call { name, .. } if name.starts_with("guidebook.") || name.starts_with("traces.") => {
                let (library, said) = guidebooks::library(settings)?;
                said.iter().for_each(output::say);
                Ok(library)
            }
            _ => Ok(Library::default()),
        }
    }
}

fn ask(registry: &Registry, name: &str, arguments: serde_json::Value) -> Result<Answer, Failure> {
    let failed = |e: std::io::Error| ToolError::Failed { tool: name.to_owned(), reason: e.to_string() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    Ok(runtime.block_on(registry.call(name, arguments))?)
}

/// The JSON text behind `JSON`, `@FILE` or `-`.
fn text_of(argument: &str) -> Result<String, Failure> {
    let (what, source): (String, Box<dyn Read>) = match argument.strip_prefix('@') {
        Some(path) => {
            let file = std::fs::File::open(Path::new(path));
            (path.to_owned(), Box::new(file.map_err(|source| Failure::Input { what: path.to_owned(), source })?))
        }
        None if argument == "-" => ("standard input".to_owned(), Box::new(std::io::stdin())),
        None => return Ok(argument.to_owned()),
    };
    let mut text = String::new();
    let read = source.take(MAX_ARGUMENTS_BYTES + 1).read_to_string(&mut text);
    read.map_err(|source| Failure::Input { what: what.clone(), source })?;
    if text.len() as u64 > MAX_ARGUMENTS_BYTES {
        return Err(Failure::Usage(format!("{what}: arguments are limited to {MAX_ARGUMENTS_BYTES} bytes")));
    }
    Ok(text)
}

fn parse(tool: &str, text: &str) -> Result<serde_json::Value, ToolError> {
    let wrong = |reason| ToolError::Arguments { tool: tool.to_owned(), reason };
    let value: serde_json::Value = serde_json::from_str(text).map_err(|e| wrong(e.to_string()))?;
    if value.is_object() { Ok(value) } else { Err(wrong("they are not a JSON object".to_owned())) }
}

fn list(out: &mut dyn Write, tools: &[Description]) -> std::io::Result<()> {
    let width = tools.iter().map(|t| t.spec.name.len()).max().unwrap_or(0);
    tools.iter().try_for_each(|t| writeln!(out, "{:<width$}  {}  {}", t.spec.name, t.spec.version, t.spec.about))
}

fn show(out: &mut dyn Write, answer: &Answer) -> std::io::Result<()> {
    // Names of a map are data from outside.
    answer.text.lines().try_for_each(|line| writeln!(out, "{}", visible(line)))?;
    answer.findings.iter().try_for_each(|f| writeln!(out, "- {}: {}", f.kind, visible(&f.claim)))
}

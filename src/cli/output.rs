//! Printing results.

use super::Failure;
use clap::ValueEnum;
use serde::Serialize;
use std::io::{self, BufWriter, Write};

/// How a small result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Form {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// Lets `write` print on standard output. Colours are stripped where they do not belong: no terminal, or `NO_COLOR`.
pub(super) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::new(anstream::stdout().lock());
    write(&mut out).and_then(|()| out.flush()).map_err(Failure::Stdout)
}

/// One indented JSON value and a line feed.
pub(super) fn json(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    out.write_all(b"\n")
}

/// One JSON value on one line.
pub(super) fn json_line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// Says something on standard error that is no result. If nobody listens there, nothing is lost. What it quotes may be
/// the name of somebody else's file, so that control characters are made visible.
pub(super) fn say(words: impl std::fmt::Display) {
    let words = words.to_string();
    let lines: Vec<_> = words.lines().map(crate::report::visible).collect();
    let _ = writeln!(anstream::stderr(), "navig: {}", lines.join("\n"));
}

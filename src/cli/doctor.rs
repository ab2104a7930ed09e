//! `navig doctor`.

use super::output::{self, Form};
use super::{Call, Exit, Failure};
use crate::doctor::{self, Health, Piece};
use clap::Parser;
use std::io::Write;

/// Name each missing piece and the command that mends it
#[derive(Debug, Parser)]
#[command(after_long_help = "\
Ends with 0 when navig can do its work, and with 4 when a piece is missing that it needs.")]
pub(super) struct Typed {
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Form,
}

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let pieces = doctor::examine(&call.settings(vec![])?);
        output::print(|out| match self.format {
            Form::Json => output::json(out, &pieces),
            Form::Text => pieces.iter().try_for_each(|piece| show(out, piece)),
        })?;
        Ok(match pieces.iter().any(|p| p.health == Health::Missing) {
            true => Exit::AssetMissing,
            false => Exit::Answered,
        })
    }
}

fn show(out: &mut dyn Write, piece: &Piece) -> std::io::Result<()> {
    use anstyle::AnsiColor::{Green, Red, Yellow};
    let (word, colour) = match piece.health {
        Health::Ok => ("ok", Green),
        Health::Absent => ("absent", Yellow),
        Health::Missing => ("missing", Red),
    };
    let style = colour.on_default();
    writeln!(out, "{style}{word:<8}{style:#}{:<13}{}", piece.name, piece.detail)?;
    piece.mend.iter().try_for_each(|mend| writeln!(out, "{:<21}mend: {mend}", ""))
}

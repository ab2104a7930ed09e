//! `navig audit verify`.

use super::output;
use super::{Exit, Failure};
use crate::ledger::{self, LedgerError};
use clap::Subcommand;
use std::path::PathBuf;

/// Check ledgers
#[derive(Debug, Subcommand)]
pub(super) enum Typed {
    /// Check the hash chain of each ledger; ends with 1 when one is broken
    #[command(after_long_help = "\
The last hash of a ledger stands for all of it: whoever has noted it elsewhere can tell whether the whole file was
replaced.

Examples:
  navig audit verify ~/.local/share/navig/ledgers/*.jsonl")]
    Verify {
        /// Ledgers
        #[arg(required = true, value_name = "LEDGER")]
        ledgers: Vec<PathBuf>,
    },
}

impl Typed {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let Self::Verify { ledgers } = self;
        let mut exit = Exit::Answered;
        for path in ledgers {
            match ledger::verify_file(&path) {
                Ok(records) => {
                    output::print(|out| writeln!(out, "{}: whole, {} records", path.display(), records.len()))?;
                }
                Err(e @ LedgerError::Broken { .. }) => {
                    output::print(|out| writeln!(out, "{e}"))?;
                    exit = exit.max(Exit::Abstained);
                }
                Err(e) => {
                    output::say(&e);
                    exit = Exit::SomeFailed;
                }
            }
        }
        Ok(exit)
    }
}

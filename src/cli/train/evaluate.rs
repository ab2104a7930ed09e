//! `navig train evaluate`.

use crate::cli::{Call, Exit, Failure, eval};
use clap::Parser;
use std::ffi::OsString;
use std::path::PathBuf;

/// Answer a benchmark before and after, and compare
#[derive(Debug, Parser)]
#[command(after_long_help = "\
Two runs of 'navig eval run' with the same flags, the second with the adapter, in the folders before and
after of --out, and then 'navig eval compare' on them. The same command goes on where it was
stopped. What stands behind -- are flags of 'navig eval run' for both.

Exit code: 0 when all is done, 130 when interrupted.

Examples:
  navig train evaluate im2gps3k --data im2gps3k --model Qwen3-VL-4B-Instruct --adapter location --out judged
  navig train evaluate photos --data photos --model tiny --adapter adapter --out judged -- --limit 20 --guesser model")]
pub(in crate::cli) struct Typed {
    /// A benchmark by name ('navig eval tasks'), or a file that describes one
    #[arg(value_name = "TASK")]
    task: OsString,
    /// The folder that holds the benchmark's list and photos
    #[arg(long, value_name = "DIR", default_value = ".")]
    data: PathBuf,
    /// The model: an installed one by its name, or a folder
    #[arg(long, value_name = "NAME|DIR")]
    model: OsString,
    /// The adapter; several in the order of their stages
    #[arg(long, value_name = "DIR", required = true)]
    adapter: Vec<PathBuf>,
    /// The folder of both runs
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Draws of the bootstrap, at most 100,000
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(..=100_000))]
    draws: u32,
    /// Flags of 'navig eval run' for both
    #[arg(last = true, value_name = "FLAGS")]
    flags: Vec<OsString>,
}

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let mut flags = vec!["--data".into(), self.data.into(), "--model".into(), self.model];
        flags.extend(self.flags);
        flags.push(self.task);
        let adapters = self.adapter.into_iter().flat_map(|path| ["--adapter".into(), path.into()]);
        eval::before_and_after(&flags, &adapters.collect::<Vec<OsString>>(), &self.out, self.draws, call)
    }
}

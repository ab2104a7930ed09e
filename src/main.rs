//! The `navig` binary: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    let ended = navig::cli::Args::read(std::env::args_os()).and_then(navig::cli::Args::run);
    navig::cli::exit_code(ended)
}

//! `navig man [DIR]`.

use super::{Args, Exit, Failure, output};
use clap::{CommandFactory, Parser};
use std::path::PathBuf;

/// Print the manual page, or write the pages of all commands into a folder
#[derive(Debug, Parser)]
#[command(after_long_help = "\
Examples:
  navig man | man -l -
  navig man ~/.local/share/man/man1")]
pub(super) struct Typed {
    /// Folder for navig.1, navig-locate.1 and so on; made when absent
    dir: Option<PathBuf>,
}

impl Typed {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        match self.dir {
            None => {
                let page = clap_mangen::Man::new(Args::command());
                output::print(|mut out| page.render(&mut out))?;
            }
            Some(dir) => {
                let written = std::fs::create_dir_all(&dir)
                    .and_then(|()| clap_mangen::generate_to(Args::command().disable_help_subcommand(true), &dir));
                written.map_err(|source| Failure::Output { path: dir, source })?;
            }
        }
        Ok(Exit::Answered)
    }
}

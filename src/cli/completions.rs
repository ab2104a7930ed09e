//! `navig completions SHELL`.

use super::{Args, Exit, Failure, output};
use clap::{CommandFactory, Parser};
use clap_complete::Shell;

/// Print a completion script for a shell
#[derive(Debug, Parser)]
#[command(after_long_help = "\
Examples:
  navig completions bash > ~/.local/share/bash-completion/completions/navig
  navig completions zsh > ~/.zfunc/_navig
  navig completions fish > ~/.config/fish/completions/navig.fish")]
pub(super) struct Typed {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Typed {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        // The generator expects a writer that cannot fail, so it gets memory.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Args::command(), "navig", &mut script);
        output::print(|out| out.write_all(&script))?;
        Ok(Exit::Answered)
    }
}

//! `navig ask WORDS`.

use super::output::{self, Form};
use super::progress::{Bar, Unit};
use super::{Call, Exit, Failure, equipment};
use crate::guidebooks;
use crate::ledger::VerdictKind;
use crate::locate::{AskResult, Asker, HintError, Hints};
use crate::report;
use clap::Parser;
use std::io::{BufRead, Read};
use std::sync::Arc;

/// A description longer than this is a mistake, bytes.
const LONGEST: u64 = 1 << 20;

/// Say where a description in words fits, how sure that is, and why
#[derive(Debug, Parser)]
#[command(after_long_help = "\
Each sentence, or each part of a list, is a clue. Guidebooks say where such a thing is usual: the clue book inside navig,
and those that you have indexed ('navig index guidebook', 'navig index traces'). What the words say outright counts as well:
regions, languages and scripts, the side of the road, and, in quotation marks, what stands on signs.

Guidebooks are searched by meaning when the embedder is installed ('navig assets pull embedder', 91 MB), and by their words
otherwise.

Exit code: 0 when the description fits a region well enough, 1 when none.

Examples:
  navig ask 'white front plates, yellow rear plates, English signs, dry flat land'
  navig ask 'Red soil. The signs are in Portuguese and traffic keeps left.' --not Brazil
  navig ask 'a sign says \"Rruga\"' --format json
  navig ask - --format json < descriptions.txt")]
pub(super) struct Typed {
    /// What is to be seen, in words; - reads a description a line from standard input
    #[arg(required = true, value_name = "WORDS|-")]
    words: Vec<String>,
    /// It is in this country, by name or code; of several, in one of them
    #[arg(long, value_name = "REGION")]
    country: Vec<String>,
    /// It is not in this country, continent, state or province, by name or code (Texas, US.TX)
    #[arg(long, value_name = "REGION")]
    not: Vec<String>,
    /// How to print; JSON is navig.ask/1, one object a line
    #[arg(long, value_enum, default_value_t)]
    format: Form,
}

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let settings = call.settings(vec![])?;
        let mut hints = Hints::new(false);
        let wrong = |flag: &str| {
            let flag = flag.to_owned();
            move |e: HintError| Failure::Usage(format!("{flag}: {e}"))
        };
        hints.countries(&self.country).map_err(wrong("--country"))?;
        for text in &self.not {
            hints.not(text).map_err(wrong("--not"))?;
        }
        let words = self.words.join(" ");
        if words.trim().is_empty() {
            return Err(Failure::Usage("the description is empty".to_owned()));
        }
        let (library, said) = guidebooks::library(&settings)?;
        said.iter().for_each(output::say);
        if library.embedder().is_none() && !call.quiet {
            output::say(
                "guidebooks are searched by their words alone; 'navig assets pull embedder' adds their meaning",
            );
        }
        let asker = Asker::new(Arc::new(library), hints.into_vec(), equipment::weights(&settings)?)?;
        if words == "-" { self.lines(&asker, call) } else { self.one(&asker, &words, call) }
    }

    fn one(&self, asker: &Asker, words: &str, call: Call) -> Result<Exit, Failure> {
        let result = asker.ask(words);
        self.print(&result, call)?;
        Ok(exit(&result))
    }

    /// A description a line; an empty line is passed over.
    fn lines(&self, asker: &Asker, call: Call) -> Result<Exit, Failure> {
        let unreadable = |source| Failure::Input { what: "standard input".to_owned(), source };
        let bar = Bar::new(Unit::Seconds, 0);
        let mut located = false;
        let mut input = std::io::stdin().lock();
        for number in 1.. {
            let mut line = String::new();
            if input.by_ref().take(LONGEST).read_line(&mut line).map_err(unreadable)? == 0 {
                break;
            }
            if line.trim().is_empty() {
                continue;
            }
            bar.message(format!("description {number}"));
            let result = asker.ask(line.trim());
            located |= result.verdict.kind == VerdictKind::Located;
            bar.aside(|| self.print(&result, call))?;
        }
        Ok(if located { Exit::Answered } else { Exit::Abstained })
    }

    fn print(&self, result: &AskResult, call: Call) -> Result<(), Failure> {
        output::print(|out| match self.format {
            Form::Json => {
                serde_json::to_writer(&mut *out, result)?;
                writeln!(out)
            }
            Form::Text => {
                let width = terminal_size::terminal_size().map_or(100, |(w, _)| usize::from(w.0));
                write!(out, "{}", report::ask(result, width, call.verbose))
            }
        })
    }
}

fn exit(result: &AskResult) -> Exit {
    match result.verdict.kind {
        VerdictKind::Located => Exit::Answered,
        VerdictKind::Abstained => Exit::Abstained,
    }
}

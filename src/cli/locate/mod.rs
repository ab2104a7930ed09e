//! `navig locate`: what was typed, and what it means.

mod destination;
mod run;

use super::equipment::{Equipment, LedgerFlags};
use super::{Call, Exit, Failure};
use crate::locate::{HintError, Hints, Inputs, Plan};
use crate::report::Format;
use crate::settings::Settings;
use clap::{Args, Parser, ValueEnum};
use std::path::{Path, PathBuf};

/// Say where photos were taken, how sure that is, and why
#[derive(Debug, Parser)]
#[command(after_long_help = "\
Ledgers: everything that was seen, asked and answered for a photo goes into one hash-chained JSONL file in the case
folder (--ledger, or the setting 'ledger_dir'; 'ledgers' in the data folder unless set). A photo whose finished ledger
is there is not done again unless the photo, the hints, the settings or navig itself have changed: so an interrupted
batch goes on where it stopped. --no-ledger keeps none.

Text in the picture is read with a model of 16 MB that is fetched once, on first use; with --offline or --no-reader navig
goes on without.

Maps: with an index of a local OpenStreetMap extract ('navig index osm'), names on signs are looked up on it, pairs of names
first, and the answer can be a spot rather than a town.

Vision model: with a model installed ('navig model pull') or a server named (--model-url), a Reasoner lists what is seen, a
Searcher looks closer and asks tools, and a Guesser answers; what they say is evidence beside the rest. Without one
navig works from metadata, text and rules, and says that no vision model looked.

Exit code: 0 when a photo was located, 1 when none was, 3 when some inputs failed, 130 when interrupted.

Examples:
  navig locate photo.jpg
  navig locate photo.jpg --report photo.html
  navig locate holiday/ 'scans/*.tif' --format jsonl -o answers.jsonl
  navig locate - --format json < photo.jpg
  navig locate photo.jpg --country Spain --not Catalonia --text 'Farmacia'
  navig locate photo.jpg --map wien
  navig locate photo.jpg --near -33.86,151.2,50 --strict
  navig locate photo.jpg --ignore-metadata
  navig locate photo.jpg --model Qwen3-VL-2B-Instruct --record talk.jsonl
  navig locate photo.jpg --model-url http://127.0.0.1:8000")]
pub(super) struct Typed {
    /// Photos: files, folders (every picture in them), patterns; - reads one photo from standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    output: OutputFlags,
    #[command(flatten)]
    hints: HintFlags,
    #[command(flatten)]
    equipment: Equipment,
    #[command(flatten)]
    ledgers: LedgerFlags,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
struct OutputFlags {
    /// How to print; without it, as the name of --output ends, or else as text
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write to a file, which appears when all is done
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write an HTML page as well: of one photo with crops, evidence and a map; of several, a table
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
}

/// What the user knows. It is kept apart from what the photo says.
#[derive(Debug, Args)]
#[command(next_help_heading = "Hints: what you know about the place")]
struct HintFlags {
    /// It is in this country, by name or code; of several, in one of them
    #[arg(long, value_name = "REGION")]
    country: Vec<String>,
    /// It is in this box, in degrees; the box may cross the 180° meridian
    #[arg(long, value_name = "S,W,N,E")]
    bbox: Option<String>,
    /// It is at most so far from this point
    #[arg(long, value_name = "LAT,LON,KM")]
    near: Option<String>,
    /// It is not in this country, continent, state or province, by name or code (Texas, US.TX)
    #[arg(long, value_name = "REGION")]
    not: Vec<String>,
    /// Rule out what contradicts a hint, instead of weighing the hint
    #[arg(long)]
    strict: bool,
    /// Words that you read in the photo
    #[arg(long, value_name = "WORDS")]
    text: Vec<String>,
}

/// What one call asks for, checked.
struct Request {
    inputs: Inputs,
    plan: Plan,
    format: Format,
    output: Option<PathBuf>,
    report: Option<PathBuf>,
    equipment: Equipment,
    settings: Settings,
}

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        run::run(self.meaning(call)?, call)
    }

    fn meaning(self, call: Call) -> Result<Request, Failure> {
        let settings = call.settings(self.ledgers.settings().chain(self.equipment.settings()).collect())?;
        let OutputFlags { format, output, report } = self.output;
        let plan = Plan {
            ignore_metadata: self.ledgers.ignore_metadata,
            hints: self.hints.meaning()?,
            user_text: self.hints.text,
            limits: settings.limits,
            ledger_dir: settings.ledger_dir.clone(),
            fresh: self.ledgers.fresh,
            warnings: Vec::new(),
        };
        if output.is_some() && output == report {
            return Err(Failure::Usage("--output and --report name the same file".to_owned()));
        }
        // Last, because it may wait for standard input.
        let inputs = Inputs::expand(&self.paths, std::io::stdin().lock(), &settings.limits);
        let format = format.or_else(|| output.as_deref().and_then(format_of_name)).unwrap_or(Format::Text);
        Ok(Request { inputs, plan, format, output, report, equipment: self.equipment, settings })
    }
}

impl HintFlags {
    fn meaning(&self) -> Result<Vec<crate::ledger::Hint>, Failure> {
        let mut hints = Hints::new(self.strict);
        let wrong = |flag: &str| {
            let flag = flag.to_owned();
            move |e: HintError| Failure::Usage(format!("{flag}: {e}"))
        };
        hints.countries(&self.country).map_err(wrong("--country"))?;
        if let Some(text) = &self.bbox {
            hints.bbox(text.trim()).map_err(wrong("--bbox"))?;
        }
        if let Some(text) = &self.near {
            hints.near(text.trim()).map_err(wrong("--near"))?;
        }
        for text in &self.not {
            hints.not(text).map_err(wrong("--not"))?;
        }
        match self.text.iter().any(|text| text.trim().is_empty()) {
            true => Err(Failure::Usage("--text: is empty".to_owned())),
            false => Ok(hints.into_vec()),
        }
    }
}

/// The format that a file's extension stands for.
fn format_of_name(path: &Path) -> Option<Format> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "txt" => Some(Format::Text),
        "htm" => Some(Format::Html),
        extension => Format::from_str(extension, true).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Flag, Key};

    #[test]
    fn the_name_of_the_output_says_its_format() {
        for (name, format) in [
            ("a.json", Some(Format::Json)),
            ("a.b.JSONL", Some(Format::Jsonl)),
            ("a.geojson", Some(Format::Geojson)),
            ("a.htm", Some(Format::Html)),
            ("a.txt", Some(Format::Text)),
            ("a.dat", None),
            ("csv", None),
        ] {
            assert_eq!(format_of_name(Path::new(name)), format, "{name}");
        }
    }

    #[test]
    fn flags_that_are_settings_say_so() {
        let typed = Typed::try_parse_from(["locate", "a.jpg", "--jobs", "3", "--no-ledger", "--no-reader"]);
        let typed = typed.expect("parses");
        let flags: Vec<Flag> = typed.equipment.settings().chain(typed.ledgers.settings()).collect();
        let names: Vec<_> = flags.iter().map(|f| (f.key, f.name)).collect();
        let expected = [(Key::Jobs, "--jobs"), (Key::Reader, "--no-reader"), (Key::LedgerDir, "--no-ledger")];
        assert_eq!(names, expected);
    }
}

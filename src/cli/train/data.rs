//! `navig train data label`, `split`, `balance`, `hard` and `export`.

use super::school::{faults_told, told};
use super::sft::StageFlag;
use crate::cli::{Call, Exit, Failure, output};
use crate::train::data::{
    BalancePlan, Example, Examples, ExportKind, Fault, NEAR_RIGHT_KM, SplitPlan, Turn, balance, export, hard, judged,
    label_all, split,
};
use crate::train::lessons::Stage;
use crate::train::recipe::Recipe;
use crate::whole::{AtomicFile, WholeError};
use clap::{Args, Parser, Subcommand, ValueEnum};
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Make, part and choose lists of photos to learn from
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Typed {
    Label(Label),
    Split(SplitTyped),
    Balance(BalanceTyped),
    Hard(HardTyped),
    Export(ExportTyped),
}

/// A list that is read.
#[derive(Debug, Args)]
struct ListFlags {
    /// Photos and their places: CSV, or JSONL such as NaviClues's, with clue texts
    #[arg(value_name = "LIST")]
    list: PathBuf,
    /// The folder that the list's pictures are named from; that of the list unless set
    #[arg(long, value_name = "DIR")]
    pictures: Option<PathBuf>,
    /// Leave out records that cannot be used, and say how many
    #[arg(long)]
    skip_bad: bool,
}

/// Write the Chain of Region of every place, by rule
#[derive(Debug, Parser)]
#[command(after_long_help = "\
Each line has the picture, its place and the answer that the Guesser would have to give: continent,
country, region, city and position, from the gazetteer alone. Places at sea take the nearest country
within 200 km. A second is enough for millions.

Examples:
  navig train data label photos.csv > labels.jsonl
  navig train data label clues.jsonl --out labels.jsonl")]
pub(in crate::cli) struct Label {
    #[command(flatten)]
    list: ListFlags,
    /// The file to write; standard output unless set
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Part a list by place, so that no part has neighbours in another
#[derive(Debug, Parser)]
#[command(after_long_help = "\
Cells of the globe go to a part as a whole, by a hash of the cell and the seed: records that are added
later move none. What then lies nearer to another part than --gap-km is dropped. Writes train.jsonl,
dev.jsonl and test.jsonl, with absolute paths of pictures.

Examples:
  navig train data split photos.csv --out parts
  navig train data split clues.jsonl --out parts --shares 0.8,0.1,0.1 --cell-km 50 --gap-km 10")]
pub(in crate::cli) struct SplitTyped {
    #[command(flatten)]
    list: ListFlags,
    /// The folder to write to, which is made
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// Shares of training, development and test
    #[arg(long, value_name = "A,B,C", value_delimiter = ',', default_value = "0.9,0.05,0.05")]
    shares: Vec<f64>,
    /// Side of a cell, km
    #[arg(long, value_name = "KM", default_value_t = 25.0)]
    cell_km: f64,
    /// Parts are at least this far from each other, km
    #[arg(long, value_name = "KM", default_value_t = 5.0)]
    gap_km: f64,
    /// Another seed gives other parts
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// Choose so many, by country and population
#[derive(Debug, Parser)]
#[command(after_long_help = "\
A country's share grows with its population to the power of --alpha: 0 gives all countries the same, 1
follows the population. A country that runs out leaves its share to the others.

Examples:
  navig train data balance photos.csv --count 5000 --out chosen.jsonl
  navig train data balance photos.csv --count 5000 --alpha 0.3 --cap 50 --out chosen.jsonl")]
pub(in crate::cli) struct BalanceTyped {
    #[command(flatten)]
    list: ListFlags,
    /// How many
    #[arg(long, value_name = "N")]
    count: usize,
    /// Power of the population
    #[arg(long, value_name = "X", default_value_t = 0.5)]
    alpha: f64,
    /// Most of one admin-1 unit
    #[arg(long, value_name = "N")]
    cap: Option<usize>,
    /// Another seed makes another choice
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The file to write; standard output unless set
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Keep what a run got wrong, far from what it got right
#[derive(Debug, Parser)]
#[command(after_long_help = "\
The run is a folder of 'navig eval run' over the training photos. What was answered farther away than
--wrong-km, or not at all, is kept, unless a photo that was answered right was taken within --near-km.

Examples:
  navig train data hard runs/train-1a2b3c4d --pictures photos --out hard.jsonl")]
pub(in crate::cli) struct HardTyped {
    /// The folder of the run
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// The folder that the run's photos are named from
    #[arg(long, value_name = "DIR", default_value = ".")]
    pictures: PathBuf,
    /// An answer farther away is wrong, km
    #[arg(long, value_name = "KM", default_value_t = 750.0)]
    wrong_km: f64,
    /// What lies as near to a right answer is known, km
    #[arg(long, value_name = "KM", default_value_t = NEAR_RIGHT_KM)]
    near_km: f64,
    /// The file to write; standard output unless set
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Write conversations for a trainer in Python
#[derive(Debug, Parser)]
#[command(after_long_help = "\
For whoever trains on many graphics cards: the same questions and answers as 'navig train sft', in the
files of LLaMA-Factory, ms-swift or TRL. Any adapter in PEFT's format comes back by 'navig train merge'.

Examples:
  navig train data export photos.csv --to llamafactory --out exported
  navig train data export clues.jsonl --stage reasoning --to swift --out exported")]
pub(in crate::cli) struct ExportTyped {
    #[command(flatten)]
    list: ListFlags,
    /// Whose files
    #[arg(long, value_enum)]
    to: To,
    /// What is learnt
    #[arg(long, value_enum, default_value_t)]
    stage: StageFlag,
    /// Whose questions: a recipe by its name, or a file
    #[arg(long, value_name = "NAME|FILE", default_value = "navig")]
    recipe: String,
    /// The folder to write to, which is made
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
}

/// Trainers.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum To {
    /// LLaMA-Factory: data.json and dataset_info.json
    Llamafactory,
    /// ms-swift: JSONL
    Swift,
    /// TRL: JSONL of prompts and completions
    Trl,
}

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        match self {
            Self::Label(typed) => typed.run(call),
            Self::Split(typed) => typed.run(call),
            Self::Balance(typed) => typed.run(call),
            Self::Hard(typed) => typed.run(call),
            Self::Export(typed) => typed.run(call),
        }
    }
}

impl ListFlags {
    fn read(&self, call: Call) -> Result<Vec<Example>, Failure> {
        let pictures = self.pictures.clone().or_else(|| self.list.parent().map(PathBuf::from)).unwrap_or_default();
        let Examples { list, faults } = Examples::read(&self.list, &pictures)?;
        self.settle(&faults, call)?;
        Ok(list)
    }

    /// Refuses records with faults, or says that they are left out.
    fn settle(&self, faults: &[Fault], call: Call) -> Result<(), Failure> {
        let of = |fault: &Fault| match fault.path == self.list {
            true => told(fault.line, &fault.reason),
            false => fault.to_string(),
        };
        let told = faults.iter().map(of).collect();
        faults_told(&self.list, told, self.skip_bad, call)
    }
}

impl Label {
    fn run(self, call: Call) -> Result<Exit, Failure> {
        let examples = self.list.read(call)?;
        let points: Vec<_> = examples.iter().map(|example| example.at).collect();
        let (mut lines, mut faults) = (Vec::with_capacity(examples.len()), Vec::new());
        for (example, label) in examples.iter().zip(label_all(&points)) {
            match label {
                Ok(label) => lines.push(line(example, Some(label.to_json()))?),
                Err(error) => {
                    let reason = error.to_string();
                    faults.push(Fault { path: self.list.list.clone(), line: example.line, reason });
                }
            }
        }
        self.list.settle(&faults, call)?;
        write(self.out.as_deref(), &lines)?;
        Ok(Exit::Answered)
    }
}

impl SplitTyped {
    fn run(self, call: Call) -> Result<Exit, Failure> {
        let examples = self.list.read(call)?;
        let &[train, dev, test] = self.shares.as_slice() else {
            return Err(Failure::Usage(format!(
                "--shares: {} numbers; three are needed, as in 0.9,0.05,0.05",
                self.shares.len()
            )));
        };
        let plan =
            SplitPlan { shares: [train, dev, test], cell_km: self.cell_km, gap_km: self.gap_km, seed: self.seed };
        let parted = split(&examples, &plan)?;
        std::fs::create_dir_all(&self.out).map_err(|source| Failure::Output { path: self.out.clone(), source })?;
        for (name, part) in ["train", "dev", "test"].iter().zip(&parted.parts) {
            let lines: Vec<String> = part.iter().map(|i| line(&examples[*i], None)).collect::<Result<_, _>>()?;
            write(Some(&self.out.join(format!("{name}.jsonl"))), &lines)?;
        }
        output::print(|out| {
            for (name, part) in ["train", "dev", "test"].iter().zip(&parted.parts) {
                writeln!(out, "{name:9} {}", part.len())?;
            }
            writeln!(out, "{:9} {} too near to another part", "dropped", parted.dropped.len())?;
            match parted.nearest_km {
                Some(km) => writeln!(out, "Parts are {km:.1} km from each other at least."),
                None => writeln!(out, "There is one part only, and nothing to be near to."),
            }
        })?;
        Ok(Exit::Answered)
    }
}

impl BalanceTyped {
    fn run(self, call: Call) -> Result<Exit, Failure> {
        let examples = self.list.read(call)?;
        let plan = BalancePlan { count: self.count, alpha: self.alpha, cap_per_admin1: self.cap, seed: self.seed };
        let balanced = balance(&examples, &plan)?;
        let lines: Vec<String> = balanced.chosen.iter().map(|i| line(&examples[*i], None)).collect::<Result<_, _>>()?;
        write(self.out.as_deref(), &lines)?;
        if !call.quiet {
            let short: Vec<String> = balanced
                .countries
                .iter()
                .filter(|(_, chosen, wanted)| chosen < wanted)
                .map(|(code, chosen, wanted)| format!("{code} {chosen} of {wanted}"))
                .collect();
            let (count, all) = (balanced.chosen.len(), balanced.countries.len());
            output::say(format_args!("{count} chosen from {all} countries"));
            if !short.is_empty() {
                output::say(format_args!("these ran out: {}", short.join(", ")));
            }
        }
        Ok(Exit::Answered)
    }
}

impl HardTyped {
    fn run(self, call: Call) -> Result<Exit, Failure> {
        let samples = judged(&self.run, &self.pictures)?;
        let kept = hard(&samples, self.wrong_km, self.near_km);
        let examples: Vec<Example> = kept.iter().map(|i| samples[*i].clone().into()).collect();
        let lines: Vec<String> = examples.iter().map(|example| line(example, None)).collect::<Result<_, _>>()?;
        write(self.out.as_deref(), &lines)?;
        if !call.quiet {
            output::say(format_args!("{} of {} photos are kept", kept.len(), samples.len()));
        }
        Ok(Exit::Answered)
    }
}

impl ExportTyped {
    fn run(self, call: Call) -> Result<Exit, Failure> {
        let examples = self.list.read(call)?;
        let recipe = Recipe::find(&self.recipe)?;
        let stage = Stage::from(self.stage);
        let kind = match self.to {
            To::Llamafactory => ExportKind::LlamaFactory,
            To::Swift => ExportKind::Swift,
            To::Trl => ExportKind::Trl,
        };
        let turn = |example: &Example| {
            stage.conversation(example, &recipe.input).map(|(system, user, answer)| Turn { system, user, answer })
        };
        let exported = export(kind, &examples, &turn, &self.out)?;
        let missing = examples.iter().filter(|example| !example.picture.is_file()).count();
        if missing > 0 && !call.quiet {
            output::say(format_args!("{missing} of the pictures are not there; the trainer will miss them"));
        }
        self.list.settle(&exported.faults, call)?;
        output::print(|out| exported.files.iter().try_for_each(|file| writeln!(out, "{}", file.display())))?;
        Ok(Exit::Answered)
    }
}

/// An example as a line that [`Examples::read`] reads, wherever it lies.
fn line(example: &Example, answer: Option<String>) -> Result<String, Failure> {
    let picture = std::path::absolute(&example.picture)
        .map_err(|source| Failure::Output { path: example.picture.clone(), source })?;
    let mut line = json!({ "image_path": picture, "lat": example.at.lat(), "lon": example.at.lon() });
    if let Some(words) = &example.words {
        line["clues"] = json!(words);
    }
    if let Some(answer) = answer {
        line["answer"] = json!(answer);
    }
    Ok(line.to_string())
}

fn write(path: Option<&Path>, lines: &[String]) -> Result<(), Failure> {
    let Some(path) = path else {
        return output::print(|out| lines.iter().try_for_each(|line| writeln!(out, "{line}")));
    };
    let mut file = AtomicFile::create(path)?;
    let written = lines.iter().try_for_each(|line| writeln!(file, "{line}"));
    written.map_err(|source| WholeError { path: path.to_owned(), source })?;
    Ok(file.commit()?)
}

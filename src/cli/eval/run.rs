//! `navig eval run` and `navig eval merge`.

use super::{DrawFlags, scores_of};
use crate::cli::equipment::Equipment;
use crate::cli::interrupt::Interrupt;
use crate::cli::progress::{Bar, Unit};
use crate::cli::{Call, Exit, Failure, output};
use crate::eval::run::{self, Answerer, Facts, Folder, Photos, Progress, Run, Shard};
use crate::eval::samples::{Columns, Sample, predictions};
use crate::eval::scores::answers;
use crate::eval::task::{Task, TaskError};
use crate::locate::{Input, Plan};
use crate::report;
use crate::whole::write_atomically;
use clap::Parser;
use std::path::{Path, PathBuf};

/// Answer a benchmark, and keep every answer with its reasons
#[derive(Debug, Parser)]
#[command(after_long_help = "\
A run is a folder: run.json says what its answers depend on, samples.jsonl has a line a sample with
the whole answer, ledgers/ the ledger of each photo, report.{json,md,html} what it comes to. The
same command goes on where it was stopped, by whatever; under other settings it begins a folder of
its own, or with --out refuses and names what differs. What the files' metadata claims is ignored,
since a benchmark is about pictures.

Parts (--shard) can be run at the same time on many machines with one folder; 'navig eval merge'
puts them together. evals/scale has drivers for Ray, SLURM and Kubernetes.

Exit code: 0 when all is done, 3 when some photos failed, 130 when interrupted.

Examples:
  navig eval run photos --data ../shared/data/photos
  navig eval run im2gps3k --data im2gps3k --limit 100
  navig eval run mine.toml --data mine --out runs/mine --shard 1/4
  navig eval run im2gps3k --data im2gps3k --predictions theirs.csv --out runs/theirs")]
pub(in crate::cli) struct Typed {
    /// A benchmark by name ('navig eval tasks'), or a file that describes one
    #[arg(value_name = "TASK")]
    task: String,
    /// The folder that holds the benchmark's list and photos
    #[arg(long, value_name = "DIR", default_value = ".")]
    data: PathBuf,
    /// The folder of the run; runs/TASK-KEY unless set, where KEY changes with the settings
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The first N samples of the list alone
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// The I-th of N parts alone
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Photos that may fail before the run stops
    #[arg(long, value_name = "N", default_value_t = 10)]
    max_failures: usize,
    /// Let what the files' metadata claims count as evidence
    #[arg(long)]
    use_metadata: bool,
    /// Take the answers of another system from a CSV or JSONL file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["shard", "limit", "use_metadata"])]
    predictions: Option<PathBuf>,
    #[command(flatten)]
    draws: DrawFlags,
    #[command(flatten)]
    equipment: Equipment,
}

/// Put the finished parts of a run together
#[derive(Debug, Parser)]
#[command(after_long_help = "\
The parts are folders shard-I-of-N within the run, as 'navig eval run --shard' makes them; all of
them must be finished, and agree on what answers depend on. They stay as they are.

Examples:
  navig eval merge runs/im2gps3k-1a2b3c4d")]
pub(in crate::cli) struct Merge {
    /// The folder that holds the parts
    #[arg(value_name = "RUN")]
    run: PathBuf,
    #[command(flatten)]
    draws: DrawFlags,
}

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let task = Task::open(&self.task)?;
        let samples = task.samples(&self.data)?;
        match &self.predictions {
            Some(file) => self.take(&task, &samples, file),
            None => self.locate(&task, &samples, call),
        }
    }

    /// Where the run lies.
    fn folder(&self, facts: &Facts) -> PathBuf {
        let whole = self.out.clone().unwrap_or_else(|| {
            let key = facts.key();
            // A name from somebody's file is no path.
            let name: String = facts
                .task
                .name
                .chars()
                .map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' })
                .collect();
            Path::new("runs").join(format!("{name}-{key}"))
        });
        facts.shard.map_or(whole.clone(), |shard| whole.join(shard.folder()))
    }

    fn facts(&self, task: &Task, samples: &[Sample], answerer: Answerer) -> Result<Facts, Failure> {
        let facts = Facts::of(task, &self.data, samples.len(), answerer);
        let mut facts = facts.map_err(|source| TaskError::Read { path: self.data.join(&task.list.file), source })?;
        facts.shard = self.shard;
        Ok(facts)
    }

    /// Answers of another system.
    fn take(&self, task: &Task, samples: &[Sample], file: &Path) -> Result<Exit, Failure> {
        if let Some(flag) = self.equipment.settings().next() {
            return Err(Failure::Usage(format!("{}: with --predictions nothing is located", flag.name)));
        }
        let given = predictions(file, &Columns::default())?;
        let name = file.display().to_string();
        let answers = answers(&task.name, samples, &name, &given)?;
        let sha256 = crate::digest::sha256_of(file).map_err(|source| Failure::Input { what: name.clone(), source })?;
        let facts = self.facts(task, samples, Answerer::Other { file: name, sha256 })?;
        let path = self.folder(&facts);
        let mut folder = Folder::open(&path, &facts, &|_| None)?;
        for line in answers.lines.iter() {
            if !folder.has(line.index) {
                folder.add(line)?;
            }
        }
        folder.finish()?;
        answers.warnings.iter().for_each(output::say);
        conclude(&path, self.draws)?;
        Ok(Exit::Answered)
    }

    fn locate(&self, task: &Task, samples: &[Sample], call: Call) -> Result<Exit, Failure> {
        let settings = call.settings(self.equipment.settings().collect())?;
        let plan =
            Plan { ignore_metadata: !(task.metadata || self.use_metadata), limits: settings.limits, ..Plan::default() };
        let locator = self.equipment.locator(plan, &settings, call)?;
        let facts = self.facts(task, samples, Answerer::navig(locator.basis()))?;
        let path = self.folder(&facts);
        let photos = Photos::of(task, &self.data);
        let limit = self.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let wanted: Vec<(usize, &Sample, Input)> = samples
            .iter()
            .enumerate()
            .take(limit)
            .filter(|(index, _)| self.shard.is_none_or(|shard| shard.has(*index)))
            .map(|(index, sample)| (index, sample, photos.find(&sample.id)))
            .collect();
        let photo_sha256 = |index: usize| {
            let at = wanted.binary_search_by_key(&index, |(index, ..)| *index).ok()?;
            wanted[at].2.sha256(&settings.limits)
        };
        let mut folder = Folder::open(&path, &facts, &photo_sha256)?;
        let locator = locator.with_ledgers(run::ledgers(&path))?;
        let interrupt = Interrupt::watch("stopping after the photo in hand; press Ctrl-C again to stop at once");
        let bar = (!call.quiet).then(|| Bar::new(Unit::Photos, wanted.len() as u64));
        let show = |progress: Progress, failure: Option<&str>| {
            let Some(bar) = &bar else { return };
            if progress.before > 0 && progress.done == progress.before && failure.is_none() {
                bar.say(format_args!("{} of {} are done already", progress.before, progress.wanted));
                bar.begin_at(progress.before as u64);
            }
            failure.into_iter().for_each(|failure| bar.say(failure));
            if progress.failed > 0 {
                bar.message(format!("{} failed,", progress.failed));
            }
            bar.position(progress.done as u64);
        };
        let jobs = settings.jobs.get();
        let ended = run::locate(&mut folder, &locator, &wanted, jobs, self.max_failures, interrupt.flag(), show)?;
        drop(bar);
        if ended.done < ended.wanted {
            if !call.quiet {
                let (done, wanted) = (ended.done, ended.wanted);
                output::say(format_args!(
                    "{done} of {wanted} done in {}; the same command goes on from there",
                    path.display()
                ));
            }
            return Ok(Exit::Interrupted);
        }
        folder.finish()?;
        let exit = if ended.failed > 0 { Exit::SomeFailed } else { Exit::Answered };
        match self.shard {
            Some(shard) => {
                if !call.quiet {
                    let whole = path.parent().unwrap_or(&path).display();
                    output::say(format_args!("part {shard} is done; when all are: navig eval merge {whole}"));
                }
            }
            None => conclude(&path, self.draws)?,
        }
        Ok(exit)
    }
}

impl Merge {
    pub(super) fn run(self, _: Call) -> Result<Exit, Failure> {
        run::merge(&self.run)?;
        conclude(&self.run, self.draws)?;
        Ok(Exit::Answered)
    }
}

/// Scores a finished run, writes its reports, and prints the one for people.
fn conclude(path: &Path, draws: DrawFlags) -> Result<(), Failure> {
    let run: Run = run::read(path)?;
    let scores = scores_of(&run, draws.draws())?;
    let text = report::scores(&scores);
    let json = serde_json::to_string_pretty(&scores).expect("plain fields") + "\n";
    let markdown = format!("{}\n```text\n{text}```\n", report::scores_row(&scores));
    let page = report::run_html(&run, &scores);
    for (name, text) in [("report.json", &json), ("report.md", &markdown), ("report.html", &page)] {
        write_atomically(&path.join(name), text.as_bytes())?;
    }
    output::print(|out| write!(out, "{text}\n{}\n", path.display()))
}

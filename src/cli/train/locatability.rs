//! `navig train locatability`.

use super::school::TOLD;
use crate::cli::exit::with_causes;
use crate::cli::model::engine;
use crate::cli::progress::{Bar, Unit};
use crate::cli::{Call, Exit, Failure, output};
use crate::model::choice::Choice;
use crate::model::{Picture, VisionModel};
use crate::photo::{Limits, Photo};
use crate::settings::{Flag, Key, Settings};
use crate::train::data::{Examples, judged};
use crate::train::locatability::{
    Answered, DigitWay, LocatabilityError, Score, Scores, Segmenter, Statistics, THRESHOLD, Way, Weights, auc, is_kept,
    join, sweep,
};
use clap::{Parser, ValueEnum};
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;

/// Score how much photos tell about their place
#[derive(Debug, Parser)]
#[command(after_long_help = "\
Three ways, none of which looks at where a photo was taken. 'segments' adds up what is seen, by a SegFormer
for ADE20K that you fetch (--segmenter), each class with its weight; 'digit' asks the vision model and takes
the expectation of its answer; 'picture' is a heuristic on the pixels that nobody has validated. Scores
are kept in --out, a line a photo, and the same command goes on there.

With --run, a run of 'navig eval run' over the same photos, it says how well the scores tell answers within
750 km from others (the area under the curve, 0.5 for a coin), and --sweep what each threshold
would keep. Judge a way before you filter by it.

Exit code: 0 when all are scored, 3 when some photos failed.

Examples:
  navig train locatability photos.csv --way picture --out scores.jsonl
  navig train locatability photos.csv --way segments --segmenter segformer-b0 --out scores.jsonl --kept kept.txt
  navig train locatability photos.csv --way digit --model Qwen3-VL-4B-Instruct --out scores.jsonl --run runs/train-1a2b3c4d --sweep")]
pub(in crate::cli) struct Typed {
    /// Photos and their places, CSV or JSONL
    #[arg(value_name = "LIST")]
    list: PathBuf,
    /// The folder that the list's pictures, and those of --run, are named from; that of the list unless set
    #[arg(long, value_name = "DIR")]
    pictures: Option<PathBuf>,
    /// How to score
    #[arg(long, value_enum)]
    way: WayFlag,
    /// The segmenter: a folder with config.json and model.safetensors of a SegFormer for ADE20K
    #[arg(long, value_name = "DIR", required_if_eq("way", "segments"))]
    segmenter: Option<PathBuf>,
    /// What each class tells: a table of your own
    #[arg(long, value_name = "FILE")]
    class_weights: Option<PathBuf>,
    /// The model that is asked: an installed one by its name, or a folder
    #[arg(long, value_name = "NAME|DIR", required_if_eq("way", "digit"))]
    model: Option<OsString>,
    /// The file of scores
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// Photos of a lower score are left out of --kept
    #[arg(long, value_name = "X", default_value_t = THRESHOLD)]
    threshold: f64,
    /// Write the names of the photos that are kept, a line each
    #[arg(long, value_name = "FILE")]
    kept: Option<PathBuf>,
    /// Judge the scores by this run
    #[arg(long, value_name = "RUN")]
    run: Option<PathBuf>,
    /// Show what each threshold would keep
    #[arg(long, requires = "run")]
    sweep: bool,
}

/// How to score.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum WayFlag {
    /// Areas of what is seen, weighted
    Segments,
    /// The vision model's estimate
    Digit,
    /// Statistics of the pixels; not validated
    Picture,
}

/// What scores.
enum Scorer {
    Segments { segmenter: Box<Segmenter>, weights: Weights },
    Digit { way: DigitWay, model: Box<dyn VisionModel>, runtime: Runtime },
    Picture,
}

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let given = self.model.iter().map(|value| Flag { key: Key::Model, name: "--model", value: value.clone() });
        let settings = call.settings(given.collect())?;
        let folder = self.pictures.clone().or_else(|| self.list.parent().map(PathBuf::from)).unwrap_or_default();
        let Examples { list, faults } = Examples::read(&self.list, &folder)?;
        let scorer = self.scorer(&settings)?;
        let (way, by) = scorer.id();
        if !call.quiet {
            output::say(format_args!("scoring by {}", way.note()));
        }
        let mut scores = Scores::open(&self.out)?;
        let bar = (!call.quiet).then(|| Bar::new(Unit::Photos, list.len() as u64));
        let mut looked: Vec<(&Path, String)> = Vec::with_capacity(list.len());
        let mut failed: Vec<String> = faults.iter().map(ToString::to_string).collect();
        for (i, example) in list.iter().enumerate() {
            match Photo::open(&example.picture, &Limits::default()) {
                Ok(photo) if scores.has(&photo.sha256, way, &by) => looked.push((&example.picture, photo.sha256)),
                Ok(photo) => match scorer.score(&example.picture, &photo) {
                    Ok(Some(score)) => {
                        scores.add(&score)?;
                        looked.push((&example.picture, photo.sha256));
                    }
                    Ok(None) => failed.push(format!("{}: its pixels cannot be read", example.picture.display())),
                    Err(error) => failed.push(format!("{}: {}", example.picture.display(), with_causes(&error))),
                },
                Err(error) => failed.push(with_causes(&error)),
            }
            if let Some(bar) = &bar {
                bar.position(i as u64 + 1);
            }
        }
        drop(bar);
        // The file may hold other lists' photos, and one score stands for all copies of a photo.
        let kept = Scores::read(&self.out)?.into_iter().filter(|score| score.way() == way && score.by == by);
        let kept: HashMap<String, Score> = kept.map(|score| (score.sha256.clone(), score)).collect();
        let of = |(picture, sha256): &(&Path, String)| {
            kept.get(sha256).map(|score| Score { picture: picture.to_path_buf(), ..score.clone() })
        };
        let scored: Vec<Score> = looked.iter().filter_map(of).collect();
        if let Some(path) = &self.kept {
            let kept = scored.iter().filter(|score| is_kept(score.value, self.threshold));
            let names: String = kept.map(|score| format!("{}\n", score.picture.display())).collect();
            crate::whole::write_atomically(path, names.as_bytes())?;
        }
        let kept = scored.iter().filter(|score| is_kept(score.value, self.threshold)).count();
        output::print(|out| writeln!(out, "{} of {} photos have {} or more", kept, scored.len(), self.threshold))?;
        if let Some(run) = &self.run {
            self.judge(run, &folder, &scored)?;
        }
        if failed.is_empty() {
            return Ok(Exit::Answered);
        }
        let told = failed.iter().take(TOLD).cloned().collect::<Vec<_>>().join("; ");
        output::say(format_args!("{} photos have no score: {told}", failed.len()));
        Ok(Exit::SomeFailed)
    }

    fn scorer(&self, settings: &Settings) -> Result<Scorer, Failure> {
        match (self.way, &self.segmenter) {
            (WayFlag::Segments, Some(folder)) => {
                let weights = self.class_weights.as_deref().map_or_else(|| Ok(Weights::embedded()), Weights::read)?;
                Ok(Scorer::Segments { segmenter: Box::new(Segmenter::load(folder)?), weights })
            }
            (WayFlag::Segments, None) => Err(Failure::Usage("--way segments needs --segmenter".to_owned())),
            (WayFlag::Digit, _) => {
                let runtime = engine::runtime()?;
                let bar = Bar::new(Unit::Seconds, 0);
                bar.message("loading the vision model");
                let model = runtime.block_on(engine::load(Choice::of(settings)?))?;
                Ok(Scorer::Digit { way: DigitWay::new(None, Some(&settings.cache_dir))?, model, runtime })
            }
            (WayFlag::Picture, _) => Ok(Scorer::Picture),
        }
    }

    fn judge(&self, run: &Path, folder: &Path, scored: &[Score]) -> Result<(), Failure> {
        let samples = judged(run, folder)?;
        let answered: Vec<Answered<'_>> = samples
            .iter()
            .map(|sample| Answered {
                picture: &sample.picture,
                distance_km: sample.answered.map(|point| point.distance_km(sample.at)),
            })
            .collect();
        let joined = join(scored, &answered);
        let found = auc(&joined.outcomes);
        output::print(|out| {
            match found {
                Some(auc) => writeln!(
                    out,
                    "Area under the curve {:.3} ({:.3} to {:.3}) over {} photos",
                    auc.value,
                    auc.low,
                    auc.high,
                    joined.outcomes.len()
                )?,
                None => writeln!(out, "All answers of the run are alike within 750 km, so that nothing can be judged")?,
            }
            if joined.unscored > 0 {
                writeln!(out, "{} photos of the run have no score", joined.unscored)?;
            }
            if self.sweep {
                writeln!(out, "\nThreshold  kept   of these within 750 km")?;
                for at in sweep(&joined.outcomes) {
                    let near = at.near.map_or_else(|| "-".to_owned(), |share| format!("{:.0} %", 100.0 * share));
                    writeln!(out, "{:9.2} {:4.0} %  {near}", at.threshold, 100.0 * at.kept)?;
                }
            }
            Ok(())
        })
    }
}

impl Scorer {
    /// The way, and what tells its scores from those of other models and weights.
    fn id(&self) -> (Way, String) {
        match self {
            Self::Segments { segmenter, weights } => (Way::Segments, Score::by_segments(segmenter, weights)),
            Self::Digit { way, model, .. } => (Way::Digit, way.id(model.card())),
            Self::Picture => (Way::Picture, Score::by_picture()),
        }
    }

    /// None where the pixels cannot be read.
    fn score(&self, path: &Path, photo: &Photo) -> Result<Option<Score>, LocatabilityError> {
        let Some(pixels) = &photo.pixels else { return Ok(None) };
        let (path, sha256, by) = (path.to_owned(), photo.sha256.clone(), self.id().1);
        Ok(Some(match self {
            Self::Segments { segmenter, weights } => {
                Score::segments(path, sha256, by, weights, &segmenter.shares(pixels)?)
            }
            Self::Digit { way, model, runtime } => {
                let picture = Picture::fit("photo", pixels, model.card().picture_px);
                let digit = way.estimate(model.card(), &picture, |ask| runtime.block_on(model.ask(ask)))?;
                Score::digit(path, sha256, by, digit)
            }
            Self::Picture => Score::picture(path, sha256, Statistics::of(pixels)),
        }))
    }
}

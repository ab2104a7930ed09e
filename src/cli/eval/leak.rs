//! `navig eval leak`.

use crate::cli::output::{self, Form};
use crate::cli::progress::{Bar, Unit};
use crate::cli::{Call, Exit, Failure};
use crate::eval::leak::{MOST_BITS, hashes, leaked_places};
use crate::eval::run::Photos;
use crate::eval::samples::{Columns, Sample, samples};
use crate::eval::task::{PhotoFiles, Task};
use crate::locate::Input;
use crate::report;
use clap::Parser;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

/// Look for places and pictures that a training set shares with a benchmark
#[derive(Debug, Parser)]
#[command(after_long_help = "\
What a model has been trained on it need not locate: its figures on such photos say too much. Places
within --km of one another are shared. With --train-photos, so are pictures that are copies: at
another size, re-encoded, brightened, trimmed a little or mirrored. Very plain pictures are left
out. Look at the pairs: some are little but a skyline under a clear sky.

Exit code: 0 when nothing is shared, 1 when something is.

Examples:
  navig eval leak train.csv im2gps3k --data im2gps3k
  navig eval leak train.jsonl im2gps3k --data im2gps3k --train-photos train --km 1 --format json")]
pub(in crate::cli) struct Typed {
    /// The training set: CSV or JSONL with an id, a latitude and a longitude
    #[arg(value_name = "TRAIN")]
    train: PathBuf,
    /// The benchmark by name ('navig eval tasks'), or a file that describes one
    #[arg(value_name = "TASK")]
    task: String,
    /// The folder that holds the benchmark's list and photos
    #[arg(long, value_name = "DIR", default_value = ".")]
    data: PathBuf,
    /// The folder of the training set's photos, which are named by their ids
    #[arg(long, value_name = "DIR")]
    train_photos: Option<PathBuf>,
    /// Places within this distance are one
    #[arg(long, value_name = "KM", default_value_t = 0.1)]
    km: f64,
    /// Bits of 63 in which the hashes of copies may differ, at most 15
    #[arg(long, value_name = "N", default_value_t = MOST_BITS, value_parser = clap::value_parser!(u32).range(..=15))]
    bits: u32,
    /// How to print; JSON is navig.leaks/1
    #[arg(long, value_enum, default_value_t)]
    format: Form,
}

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        if !(0.0..=20_100.0).contains(&self.km) {
            return Err(Failure::Usage(format!("--km: {} is no distance between 0 and 20,100 km", self.km)));
        }
        let settings = call.settings(Vec::new())?;
        let task = Task::open(&self.task)?;
        let test = task.samples(&self.data)?;
        let train = samples(&self.train, &Columns::default())?;
        let mut leaks = leaked_places(&train, &test, self.km);
        if let Some(folder) = &self.train_photos {
            let of = |photos: &Photos, samples: &[Sample]| -> Vec<Input> {
                samples.iter().map(|sample| photos.find(&sample.id)).collect()
            };
            let test_photos = of(&Photos::of(&task, &self.data), &test);
            let train_photos = of(&Photos::in_folder(folder.clone(), &PhotoFiles::default()), &train);
            let bar = (!call.quiet).then(|| Bar::new(Unit::Photos, (test.len() + train.len()) as u64));
            let done = AtomicU64::new(0);
            let progress = || {
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                bar.iter().for_each(|bar| bar.position(done));
            };
            let train_hashes = hashes(&train_photos, &settings.limits, &progress);
            let test_hashes = hashes(&test_photos, &settings.limits, &progress);
            drop(bar);
            leaks.add_pictures((&train, &train_hashes), (&test, &test_hashes), self.bits);
        }
        output::print(|out| match self.format {
            Form::Text => write!(out, "{}", report::leaks(&leaks)),
            Form::Json => output::json(out, &leaks),
        })?;
        let clean = leaks.places.is_empty() && leaks.pictures.is_empty();
        Ok(if clean { Exit::Answered } else { Exit::Abstained })
    }
}

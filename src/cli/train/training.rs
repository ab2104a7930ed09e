//! What `sft` and `grpo` do alike: begin or go on, show how it goes, stop when told to, leave curves and the adapter behind.

use super::school::{DataFlags, ModelFlags, sum_of};
use crate::cli::interrupt::Interrupt;
use crate::cli::progress::{Bar, Unit};
use crate::cli::{Call, Exit, Failure, output};
use crate::report;
use crate::train::adapter::Adapter;
use crate::train::course::{Course, Ended};
use crate::train::folder::{Folder, State};
use crate::train::lessons::{Lesson, Stage};
use crate::train::recipe::Recipe;
use crate::train::sight::Sight;
use crate::train::student::Student;
use crate::whole::write_atomically;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

/// Which model learns from what, and where that is kept.
#[derive(Debug, Args)]
pub(super) struct TrainingFlags {
    #[command(flatten)]
    model: ModelFlags,
    #[command(flatten)]
    data: DataFlags,
    /// Go on with this adapter instead of a new one; the folder stays as it is
    #[arg(long = "continue", value_name = "DIR")]
    go_on: Option<PathBuf>,
    /// The folder of the training
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// A model with its examples, ready to learn.
pub(super) struct School {
    pub(super) student: Student,
    sight: Sight,
    lessons: Vec<Lesson>,
    recipe: Recipe,
}

/// Where a training is kept, and how far it is.
pub(super) struct Work {
    folder: Folder,
    state: Option<State>,
    call: Call,
}

/// What a training is given between its steps.
pub(super) struct Running<'a> {
    pub(super) folder: &'a mut Folder,
    pub(super) state: Option<State>,
    pub(super) stop: &'a AtomicBool,
    pub(super) bar: Option<&'a Bar>,
}

impl TrainingFlags {
    /// Loads the model, looks at the pictures, and opens the folder of a training that is new or was stopped.
    pub(super) fn begin(&self, way: &str, stage: Stage, recipe: Recipe, call: Call) -> Result<(School, Work), Failure> {
        let settings = call.settings(Vec::new())?;
        let (mut student, earlier) = self.model.open(&recipe, &settings, call)?;
        let continued = match &self.go_on {
            Some(path) => {
                let adapter = Adapter::read(path)?;
                student.go_on(&adapter)?;
                Some(adapter.sha256()?)
            }
            None => {
                student.begin(recipe.adapter, recipe.learning.seed)?;
                None
            }
        };
        let sight = student.sight(recipe.input.picture_px, &settings.cache_dir.join("train"))?;
        let lessons = self.data.lessons(&student, &sight, stage, &recipe, call)?;
        let facts = json!({
            "way": way, "stage": stage, "base": student.facts(), "earlier": earlier, "continued": continued,
            "recipe": recipe, "examples": lessons.len(), "examples_sha256": sum_of(&lessons),
        });
        let (folder, state) = Folder::open(&self.out, &facts)?;
        Ok((School { student, sight, lessons, recipe }, Work { folder, state, call }))
    }
}

impl School {
    pub(super) fn course(&self) -> Course<'_> {
        let Self { student, sight, lessons, recipe } = self;
        Course { student, sight, lessons, recipe }
    }
}

impl Work {
    /// Trains so many steps behind a bar, until Ctrl-C. Curves are drawn of values of the record, by their key and name.
    pub(super) fn run<E>(
        mut self,
        school: &School,
        steps: u64,
        curves: &[(&str, &str)],
        train: impl FnOnce(Running<'_>) -> Result<Ended, E>,
    ) -> Result<Exit, Failure>
    where
        Failure: From<E>,
    {
        let done = self.state.as_ref().map_or(0, |state| state.counters.steps);
        let bar = (!self.call.quiet).then(|| Bar::new(Unit::Steps, steps));
        if let Some(bar) = bar.as_ref().filter(|_| done > 0) {
            bar.say(format_args!("{done} of {steps} steps are done already"));
            bar.begin_at(done);
        }
        let interrupt = Interrupt::watch("stopping after the step in hand; press Ctrl-C again to stop at once");
        let state = self.state.take();
        let running = Running { folder: &mut self.folder, state, stop: interrupt.flag(), bar: bar.as_ref() };
        let ended = train(running);
        drop(bar);
        // Curves are worth most when something went wrong.
        self.draw(curves)?;
        let ended = ended?;
        school.student.adapter(school.recipe.adapter.dropout)?.write(self.folder.path())?;
        let path = self.folder.path().display();
        match ended {
            Ended::Done => {
                output::print(|out| writeln!(out, "{path}"))?;
                Ok(Exit::Answered)
            }
            Ended::Stopped => {
                if !self.call.quiet {
                    output::say(format_args!(
                        "stopped; {path} has the adapter as it is, and the same command goes on from there"
                    ));
                }
                Ok(Exit::Interrupted)
            }
        }
    }

    /// Writes `curves.svg` from the record of steps.
    fn draw(&self, curves: &[(&str, &str)]) -> Result<(), Failure> {
        let steps = self.folder.logged()?;
        let curve = |key: &str| -> Vec<(f64, f64)> {
            let point = |step: &Value| Some((step["step"].as_f64()?, step[key].as_f64()?));
            steps.iter().filter_map(point).collect()
        };
        let charts: Vec<(&str, Vec<(f64, f64)>)> = curves.iter().map(|(key, name)| (*name, curve(key))).collect();
        Ok(write_atomically(&self.folder.path().join("curves.svg"), report::training(&charts).as_bytes())?)
    }
}

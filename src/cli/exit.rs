//! How a call ends: the exit codes, and the failures that lead to them.

use super::output;
use crate::assets::AssetError;
use crate::eval::calibrate::{CalibrateError, WriteError};
use crate::eval::compare::CompareError;
use crate::eval::run::RunError;
use crate::eval::samples::SamplesError;
use crate::eval::scores::ScoresError;
use crate::eval::task::TaskError;
use crate::guesser::WeightsError;
use crate::guidebooks::GuidebooksError;
use crate::locate::LocateError;
use crate::maps::MapsError;
use crate::model::ModelError;
use crate::model::store::StoreError;
use crate::prompt::PromptError;
use crate::reader::ReaderError;
use crate::report::ReportError;
use crate::settings::SettingsError;
use crate::whole::WholeError;
use navig_tools::geo::GeoError;
use navig_tools::osm::file::BuildError;
use navig_tools::osm::search::QueryError;
use navig_tools::tool::ToolError;
use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

/// An exit code of navig.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Everything was answered.
    Answered = 0,
    /// The photo supports no answer, or a check found something wrong.
    Abstained = 1,
    /// The command line or the settings are wrong.
    Usage = 2,
    /// Some inputs or outputs failed.
    SomeFailed = 3,
    /// A needed asset is missing.
    AssetMissing = 4,
    /// Stopped by Ctrl-C.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a call has nothing to show.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The command line does not parse, or asks for help.
    #[error(transparent)]
    Arguments(clap::Error),
    /// The command line parses and means nothing.
    #[error("{0}")]
    Usage(String),
    /// An argument that should be a place and is none.
    #[error("{argument}: {source}")]
    Place {
        /// The argument, or `line 7 of standard input`.
        argument: String,
        /// What is wrong with it.
        source: GeoError,
    },
    /// The settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// An asset.
    #[error(transparent)]
    Asset(#[from] AssetError),
    /// A tool.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// The text reader does not load.
    #[error(transparent)]
    Reader(#[from] ReaderError),
    /// A prompt that cannot be used.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// The work cannot begin.
    #[error(transparent)]
    Locate(#[from] LocateError),
    /// A report cannot be written.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A file cannot be written as a whole.
    #[error(transparent)]
    Whole(#[from] WholeError),
    /// A map that is not there or does not open.
    #[error(transparent)]
    Maps(#[from] MapsError),
    /// A guidebook that is not there or cannot be made.
    #[error(transparent)]
    Guidebooks(#[from] GuidebooksError),
    /// A map that cannot be made.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A model that cannot be had or gives no answer.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A model that the store does not have.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No model looks at photos.
    #[error("no vision model: {0}")]
    NoModel(String),
    /// A benchmark that cannot be used.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// Answers that cannot be read.
    #[error(transparent)]
    Answers(#[from] SamplesError),
    /// Answers that cannot be scored.
    #[error(transparent)]
    Scores(#[from] ScoresError),
    /// A run of a benchmark that cannot go on.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Runs that cannot be compared.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// A table of weights that does not read.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// Runs that nothing can be fitted on.
    #[error(transparent)]
    Calibrate(#[from] CalibrateError),
    /// A fitted table that cannot be written.
    #[error(transparent)]
    Fitted(#[from] WriteError),
    /// A search that cannot be made.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// A training that cannot be done.
    #[cfg(feature = "train")]
    #[error(transparent)]
    Train(super::TrainFailure),
    /// An input that cannot be read.
    #[error("{what}: cannot be read")]
    Input {
        /// The file, or `standard input`.
        what: String,
        /// What the system says.
        source: io::Error,
    },
    /// Standard output cannot be written to.
    #[error("standard output cannot be written to")]
    Stdout(#[source] io::Error),
    /// A file cannot be written.
    #[error("{}: cannot be written", path.display())]
    Output {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Failure {
    /// The exit code that stands for it.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Arguments(e) if !e.use_stderr() => Exit::Answered,
            // The reader of the pipe has seen enough, as in `navig ... | head`.
            Self::Stdout(e) if e.kind() == io::ErrorKind::BrokenPipe => Exit::Answered,
            Self::Arguments(_)
            | Self::Usage(_)
            | Self::Place { .. }
            | Self::Settings(_)
            | Self::Prompt(_)
            | Self::Weights(_) => Exit::Usage,
            Self::Task(TaskError::Unknown { .. }) | Self::Run(RunError::Changed { .. }) => Exit::Usage,
            Self::Tool(ToolError::Unknown { .. } | ToolError::Arguments { .. }) => Exit::Usage,
            Self::Asset(AssetError::Unknown { .. }) | Self::Query(_) | Self::Maps(MapsError::Name { .. }) => {
                Exit::Usage
            }
            Self::Store(
                StoreError::Unknown { .. }
                | StoreError::Name { .. }
                | StoreError::Revision { .. }
                | StoreError::Taken { .. },
            ) => Exit::Usage,
            Self::Guidebooks(
                GuidebooksError::Name { .. }
                | GuidebooksError::NoSource { .. }
                | GuidebooksError::Kind { .. }
                | GuidebooksError::NotOnline { .. },
            ) => Exit::Usage,
            Self::Guidebooks(GuidebooksError::Embedder(_)) => Exit::AssetMissing,
            Self::Store(StoreError::Io { doing: "write" | "remove", .. }) => Exit::SomeFailed,
            Self::Store(_) | Self::NoModel(_) => Exit::AssetMissing,
            Self::Model(
                ModelError::FileMissing { .. }
                | ModelError::File { .. }
                | ModelError::Architecture { .. }
                | ModelError::BlindTemplate { .. }
                | ModelError::Memory { .. }
                | ModelError::Load { .. },
            ) => Exit::AssetMissing,
            Self::Asset(_) | Self::Reader(_) | Self::Maps(_) | Self::Tool(ToolError::Missing { .. }) => {
                Exit::AssetMissing
            }
            #[cfg(feature = "train")]
            Self::Train(failure) => failure.exit(),
            Self::Model(_)
            | Self::Guidebooks(_)
            | Self::Task(_)
            | Self::Answers(_)
            | Self::Scores(_)
            | Self::Run(_)
            | Self::Compare(_)
            | Self::Calibrate(_)
            | Self::Fitted(_)
            | Self::Tool(_)
            | Self::Locate(_)
            | Self::Report(_)
            | Self::Whole(_)
            | Self::Build(_)
            | Self::Input { .. }
            | Self::Stdout(_)
            | Self::Output { .. } => Exit::SomeFailed,
        }
    }
}

/// Says on standard error what went wrong, if anything did, and returns the exit code.
#[must_use]
pub fn exit_code(ended: Result<Exit, Failure>) -> ExitCode {
    let exit = match &ended {
        Ok(exit) => *exit,
        Err(failure) => {
            complain(failure);
            failure.exit()
        }
    };
    exit.into()
}

/// The failure and its causes, on standard error, unless it is none to the user. A standard error that is closed
/// cannot be complained about.
fn complain(failure: &Failure) {
    if let Failure::Arguments(e) = failure {
        let _ = e.print();
    } else if failure.exit() != Exit::Answered {
        output::say(with_causes(failure));
    }
}

/// An error and its causes on one line; a cause that an outer message repeats is left out.
pub(super) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(e) = cause {
        let words = e.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = e.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_no_failure_and_a_full_disk_is_one() {
        assert_eq!(Failure::Stdout(io::ErrorKind::BrokenPipe.into()).exit(), Exit::Answered);
        assert_eq!(Failure::Stdout(io::ErrorKind::StorageFull.into()).exit(), Exit::SomeFailed);
    }

    #[test]
    fn causes_follow_and_repeat_nothing() {
        let cause = io::Error::other("disk on fire");
        let failure = Failure::Output { path: "a.json".into(), source: cause };
        assert_eq!(with_causes(&failure), "a.json: cannot be written: disk on fire");
        let source = "91,0".parse::<navig_tools::geo::LatLon>().expect_err("no place");
        let place = Failure::Place { argument: "91,0".to_owned(), source };
        assert_eq!(with_causes(&place), "91,0: latitude 91 is not between -90 and 90 degrees");
    }
}

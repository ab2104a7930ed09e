//! Where results go: standard output, or a file that appears whole, in any format.

use crate::cli::Failure;
use crate::ledger::LocateResult;
use crate::locate::Input;
use crate::photo::Limits;
use crate::report::{self, Format, ReportError, TextStyle, Writer};
use crate::whole::AtomicFile;
use std::io::{self, IsTerminal, Stdout, Write};
use std::path::{Path, PathBuf};

/// Columns of a text that is not for a terminal.
const WIDTH: usize = 80;

/// An open place for results.
pub(super) struct Destination {
    form: Form,
    /// The file; `None` is standard output.
    path: Option<PathBuf>,
    /// Whether there is something worth a file: a batch has its header, one photo may have failed.
    filled: bool,
}

enum Form {
    /// Any number of results.
    List(Writer<Stream>),
    /// One result in a form of its own: a JSON object instead of an array, a page instead of a table.
    Alone(Format, Stream),
}

enum Stream {
    Stdout(anstream::AutoStream<Stdout>),
    File(AtomicFile),
}

impl Destination {
    /// Opens a file, or standard output without one, before any work is done. `batch` says whether several results may
    /// come.
    pub(super) fn open(path: Option<&Path>, format: Format, batch: bool, verbose: bool) -> Result<Self, Failure> {
        let (stream, style) = match path {
            Some(path) => (Stream::File(AtomicFile::create(path)?), TextStyle { colour: false, width: WIDTH, verbose }),
            None => (Stream::Stdout(anstream::stdout()), terminal(verbose)),
        };
        let form = match format {
            Format::Json | Format::Html if !batch => Form::Alone(format, stream),
            _ => Form::List(Writer::new(format, stream, style)),
        };
        let mut destination = Self { form, path: path.map(Path::to_owned), filled: batch };
        if let Form::List(writer) = &mut destination.form {
            let begun = writer.begin();
            destination.checked(begun)?;
        }
        Ok(destination)
    }

    /// Writes one result; its photo is opened again where a page shows it.
    pub(super) fn add(&mut self, result: &LocateResult, input: &Input, limits: &Limits) -> Result<(), Failure> {
        self.filled = true;
        let written = match &mut self.form {
            Form::List(writer) => writer.add(result),
            Form::Alone(format, stream) => {
                stream.write_all(alone(*format, result, input, limits).as_bytes()).map_err(ReportError::Stream)
            }
        };
        self.checked(written)
    }

    /// Ends the output and puts a file in its place.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let Self { form, path, filled } = self;
        let stream = match form {
            Form::List(writer) => writer.finish().map_err(|e| failure(path.as_deref(), e))?,
            Form::Alone(_, stream) => stream,
        };
        match stream {
            Stream::File(file) if filled => Ok(file.commit()?),
            Stream::File(_) => Ok(()),
            Stream::Stdout(mut out) => out.flush().map_err(Failure::Stdout),
        }
    }

    fn checked(&self, written: Result<(), ReportError>) -> Result<(), Failure> {
        written.map_err(|e| failure(self.path.as_deref(), e))
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(bytes),
            Self::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::File(file) => file.flush(),
        }
    }
}

/// A stream does not know its name.
fn failure(path: Option<&Path>, error: ReportError) -> Failure {
    match (error, path) {
        (ReportError::Stream(source), Some(path)) => Failure::Output { path: path.to_owned(), source },
        (ReportError::Stream(source), None) => Failure::Stdout(source),
    }
}

fn alone(format: Format, result: &LocateResult, input: &Input, limits: &Limits) -> String {
    match format {
        Format::Html => {
            // A page without its photo still shows the answer; the import has succeeded a moment ago.
            let pixels = input.open(limits).ok().and_then(|photo| photo.pixels);
            report::html(result, pixels.as_ref())
        }
        _ => report::json(result),
    }
}

fn terminal(verbose: bool) -> TextStyle {
    let colour = anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
    let width = match io::stdout().is_terminal() {
        true => terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0)),
        false => WIDTH,
    };
    TextStyle { colour, width, verbose }
}

//! What navig finds on this machine, and what mends what it does not find.

mod gpu;
mod model;

use crate::assets::{self, AssetError, Store};
use crate::embedder::Embedder;
use crate::guidebooks;
use crate::maps::{Shelf, name_of};
use crate::settings::{EmbedderSetting, Settings, Tesseract};
use navig_tools::geo::Gazetteer;
use navig_tools::guidebook::book::Book;
use navig_tools::guidebook::clues;
use serde::Serialize;
use std::io::IsTerminal;
use std::path::Path;
use std::process::{Command, Stdio};

/// The state of one piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// It is there and works.
    Ok,
    /// It is not there, and navig works without it.
    Absent,
    /// It is not there, and navig needs it for what the settings ask.
    Missing,
}

/// One piece that navig uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// A short name.
    pub name: &'static str,
    /// Whether it is there.
    pub health: Health,
    /// What was found, or what is lost without it.
    pub detail: String,
    /// The command that mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
}

impl Piece {
    fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, health: Health::Ok, detail: detail.into(), mend: None }
    }

    fn absent(name: &'static str, detail: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { name, health: Health::Absent, detail: detail.into(), mend: Some(mend.into()) }
    }

    fn missing(name: &'static str, detail: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { name, health: Health::Missing, detail: detail.into(), mend: Some(mend.into()) }
    }
}

/// Looks at every piece. Runs `tesseract`, `heif-convert`, `pip` and `nvidia-smi` only to ask what they are; changes nothing
/// but an empty file that it removes again.
#[must_use]
pub fn examine(settings: &Settings) -> Vec<Piece> {
    let store = Store::open(settings);
    vec![
        model::build(),
        model::piece(settings),
        reader(settings, &store),
        tesseract(settings),
        gazetteer(),
        maps(settings),
        guidebooks(settings),
        embedder(settings, &store),
        heif_convert(),
        pip(settings, &store),
        folder("data folder", &settings.data_dir, "NAVIG_DATA_DIR"),
        cache(settings),
        processor(),
        gpu::piece(),
        terminal(),
    ]
}

fn reader(settings: &Settings, store: &Store) -> Piece {
    const NAME: &str = "reader";
    let mend = "navig assets pull reader";
    match store.verify(NAME) {
        Ok(folder) => Piece::ok(NAME, format!("text in the picture is read with {}", folder.display())),
        Err(AssetError::Missing { .. }) if !settings.reader => {
            Piece::absent(NAME, "not fetched, and switched off by the settings", mend)
        }
        Err(AssetError::Missing { folder, .. }) => {
            Piece::missing(NAME, format!("not in {}; no text in the picture can be read", folder.display()), mend)
        }
        Err(e) => Piece::missing(NAME, e.to_string(), mend),
    }
}

fn gazetteer() -> Piece {
    const NAME: &str = "gazetteer";
    let gazetteer = Gazetteer::embedded();
    match gazetteer.verify() {
        Ok(()) => Piece::ok(NAME, format!("{} places inside the program", gazetteer.len())),
        Err(e) => Piece::missing(NAME, e.to_string(), "install navig anew: its own file is damaged"),
    }
}

/// Wanted by whoever looks for a street; navig works without.
fn maps(settings: &Settings) -> Piece {
    const NAME: &str = "maps";
    const MEND: &str = "download an extract of OpenStreetMap (.osm.pbf), then: navig index osm EXTRACT.osm.pbf";
    let shelf = Shelf::of(settings);
    match shelf.open_all() {
        Ok((maps, failures)) => {
            let names: Vec<String> = maps
                .iter()
                .map(|map| {
                    let date = map.meta().extract_date.as_deref().and_then(|date| date.get(..10)).unwrap_or("no date");
                    format!("{} ({date})", name_of(map.path()))
                })
                .collect();
            let detail = format!("{} in {}", names.join(", "), shelf.folder().display());
            match failures.first() {
                None => Piece::ok(NAME, detail),
                Some(failure) => Piece::absent(NAME, format!("{detail}; {failure}"), MEND),
            }
        }
        Err(crate::maps::MapsError::None { folder }) => {
            Piece::absent(NAME, format!("none in {}; no street or shop is looked up", folder.display()), MEND)
        }
        Err(failure) => Piece::absent(NAME, failure.to_string(), MEND),
    }
}

/// The clue book is always there; what else is, the user has indexed.
fn guidebooks(settings: &Settings) -> Piece {
    const NAME: &str = "guidebooks";
    const MEND: &str =
        "make what does not open anew with 'navig index guidebook --force', or remove it with 'navig index remove'";
    let clue_book = clues::book();
    let shelf = guidebooks::Shelf::of(settings);
    let (mut there, mut broken) = (vec![format!("the clue book ({} sentences)", clue_book.len())], Vec::new());
    match shelf.installed() {
        Ok(paths) => paths.iter().for_each(|path| match Book::open(path) {
            Ok(book) => there.push(format!("{} ({} passages)", name_of(path), book.len())),
            Err(e) => broken.push(e.to_string()),
        }),
        Err(e) => broken.push(e.to_string()),
    }
    match broken.is_empty() {
        true => Piece::ok(NAME, there.join(", ")),
        false => Piece::absent(NAME, format!("{}; {}", there.join(", "), broken.join("; ")), MEND),
    }
}

fn embedder(settings: &Settings, store: &Store) -> Piece {
    const NAME: &str = "embedder";
    let mend = "navig assets pull embedder";
    match &settings.embedder {
        EmbedderSetting::Off => Piece::ok(NAME, "switched off by the settings; guidebooks are searched by their words"),
        EmbedderSetting::At(folder) => match Embedder::load(folder) {
            Ok(_) => Piece::ok(NAME, format!("guidebooks are searched by meaning with {}", folder.display())),
            Err(e) => Piece::missing(NAME, e.to_string(), "set 'embedder' to auto, off, or the folder of a model"),
        },
        EmbedderSetting::Auto => match store.verify(NAME) {
            Ok(folder) => Piece::ok(NAME, format!("guidebooks are searched by meaning with {}", folder.display())),
            Err(AssetError::Missing { folder, .. }) => {
                let detail = format!("not in {}; guidebooks are searched by their words alone", folder.display());
                Piece::absent(NAME, detail, mend)
            }
            Err(e) => Piece::absent(NAME, e.to_string(), mend),
        },
    }
}

fn tesseract(settings: &Settings) -> Piece {
    const NAME: &str = "tesseract";
    const INSTALL: &str = "sudo apt-get install tesseract-ocr tesseract-ocr-all";
    let (program, needed) = match &settings.tesseract {
        Tesseract::Off => return Piece::ok(NAME, "switched off by the settings"),
        Tesseract::Auto => (Path::new("tesseract"), false),
        Tesseract::At(path) => (path.as_path(), true),
    };
    match first_line(program, "--version") {
        Some(version) => match languages(program) {
            n if n > 1 => Piece::ok(NAME, format!("{version} with {n} languages")),
            _ => Piece::absent(NAME, format!("{version} with no language but English"), INSTALL),
        },
        None if needed => Piece::missing(
            NAME,
            format!("{} does not run", program.display()),
            "set 'tesseract' to auto, off, or the path of the program",
        ),
        None => Piece::absent(NAME, "not installed; scripts beyond Latin and Chinese are not read", INSTALL),
    }
}

/// The number of languages that Tesseract has data for; its data for page layout does not count.
fn languages(program: &Path) -> usize {
    let output = Command::new(program).arg("--list-langs").stdin(Stdio::null()).output();
    let Ok(output) = output else { return 0 };
    String::from_utf8_lossy(&output.stdout).lines().skip(1).filter(|l| !matches!(l.trim(), "" | "osd" | "equ")).count()
}

fn heif_convert() -> Piece {
    const NAME: &str = "heif-convert";
    match first_line(Path::new(NAME), "--help") {
        Some(_) => Piece::ok(NAME, "HEIC and AVIF photos are decoded with it"),
        None => Piece::absent(
            NAME,
            "not installed; of HEIC and AVIF photos only the metadata is read",
            "sudo apt-get install libheif-examples",
        ),
    }
}

/// Wanted only as long as there is something to fetch.
fn pip(settings: &Settings, store: &Store) -> Piece {
    const NAME: &str = "pip";
    match assets::pip_version() {
        Some(version) => Piece::ok(NAME, version),
        None if settings.offline || store.folder("reader").is_ok() => {
            Piece::ok(NAME, "not installed, and nothing is left to fetch with it")
        }
        None => Piece::absent(
            NAME,
            "not installed; assets are fetched from their own addresses",
            "sudo apt-get install python3-pip",
        ),
    }
}

/// A folder counts as writable when a file can be made in it, or in the nearest folder above that is there.
fn folder(name: &'static str, path: &Path, variable: &str) -> Piece {
    let there = path.ancestors().find(|p| p.exists()).unwrap_or(Path::new("."));
    match tempfile::Builder::new().prefix(".navig-doctor-").tempfile_in(there) {
        Ok(_) => Piece::ok(name, path.display().to_string()),
        Err(e) => Piece::missing(
            name,
            format!("{} is not writable: {}", there.display(), e.kind()),
            format!("{variable}=FOLDER navig ..., or give yourself the right to write there"),
        ),
    }
}

/// What is in it grows: priors, what a tower saw, merged models.
fn cache(settings: &Settings) -> Piece {
    let path = &settings.cache_dir;
    let mut piece = folder("cache folder", path, "NAVIG_CACHE_DIR");
    let files = walkdir::WalkDir::new(path).into_iter().filter_map(Result::ok);
    let bytes: u64 = files.filter_map(|file| file.metadata().ok()).filter(|m| m.is_file()).map(|m| m.len()).sum();
    if piece.health == Health::Ok && bytes >= 1_000_000 {
        let mb = bytes / 1_000_000;
        piece.detail = format!("{}, {mb} MB, which may be removed: it is made again when needed", piece.detail);
    }
    piece
}

fn processor() -> Piece {
    const NAME: &str = "processor";
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    #[cfg(target_arch = "x86_64")]
    {
        let fast = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let detail = format!("{cores} cores, AVX2 and FMA {}", if fast { "used" } else { "lacking: slow reader" });
        Piece::ok(NAME, detail)
    }
    #[cfg(not(target_arch = "x86_64"))]
    Piece::ok(NAME, format!("{cores} cores, {}", std::env::consts::ARCH))
}

fn terminal() -> Piece {
    let colour = anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never;
    let kind = if std::io::stdout().is_terminal() { "a terminal" } else { "no terminal" };
    Piece::ok("terminal", format!("{kind}, {}", if colour { "colour" } else { "no colour" }))
}

/// The first line that a program prints, wherever it prints it; `None` when it does not run.
fn first_line(program: &Path, argument: &str) -> Option<String> {
    let output = Command::new(program).arg(argument).stdin(Stdio::null()).output().ok()?;
    let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    let line = String::from_utf8_lossy(&text).lines().next().unwrap_or_default().trim().to_owned();
    Some(line)
}

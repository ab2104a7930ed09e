//! Reading a file or a folder: which files are pages, in which order, and within which limits.

mod encoding;
mod html;
mod json;
mod jsonl;
mod markdown;
mod sites;
mod text;

use super::Passage;
use super::chunk;
use super::dropped::{Dropped, Reason};
use super::page::{Media, Page, drop_duplicates, finish};
use crate::evidence::RegionShare;
use rayon::prelude::*;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// The file whose lines name the pictures of the lines of a text beside it.
const IMAGES_OF_LINES: &str = "image_paths.txt";
/// Files that are read at once, so that memory holds few.
const BATCH: usize = 64;

/// What a source may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// A larger file is left out and counted, bytes.
    pub page_bytes: u64,
    /// A folder of more files is refused.
    pub pages: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { page_bytes: 16 << 20, pages: 100_000 }
    }
}

/// What came of a source.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Read {
    /// In the order of the files and within them.
    pub passages: Vec<Passage>,
    /// Files that were read as pages.
    pub pages: usize,
    /// What became no passage.
    pub dropped: Dropped,
}

/// Why a source cannot be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The file or folder is absent, or may not be read.
    #[error("{}: {error}; give a file or a folder of web pages, Markdown, text or JSONL", path.display())]
    Open {
        /// What was asked for.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// A folder holds too many files.
    #[error("{} holds more than {limit} files; give its parts one by one", path.display())]
    TooMany {
        /// The folder.
        path: PathBuf,
        /// The limit.
        limit: usize,
    },
}

/// A page before it is cut: texts with their headings.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) title: Option<String>,
    pub(super) blocks: Vec<Block>,
    pub(super) dropped: Dropped,
}

/// A paragraph, an item, a caption.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    pub(super) headings: Vec<String>,
    pub(super) text: String,
    pub(super) image: Option<String>,
    /// Regions, where the source states them.
    pub(super) regions: Option<Vec<RegionShare>>,
    /// Address, where the source states one.
    pub(super) page: Option<String>,
    /// A caption or a line of its own: nothing goes on with it.
    pub(super) alone: bool,
}

impl Block {
    fn new(headings: Vec<String>, text: String) -> Self {
        Self { headings, text, ..Self::default() }
    }
}

impl Document {
    /// Adds a block with a text, of which so many characters are links: what is hardly more than links is a menu.
    fn push(&mut self, mut block: Block, linked: usize) {
        block.text = chunk::collapse(&block.text);
        let size = block.text.chars().count();
        if size == 0 {
            return;
        }
        if linked * 10 >= size * 8 && chunk::count_words(&block.text) < 12 {
            self.dropped.add(Reason::Boilerplate, &block.text);
            return;
        }
        self.blocks.push(block);
    }

    /// Adds what a picture is said to show, if that is more than the name of a file.
    fn push_caption(&mut self, block: Block, linked: usize) {
        let file = !block.text.trim().contains(' ') || block.text.trim().ends_with(|c: char| c.is_ascii_digit());
        if !file {
            self.push(block, linked);
        }
    }
}

/// Whether an address is that of a picture, by its ending.
fn is_picture(address: &str) -> bool {
    const ENDINGS: [&str; 7] = [".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".svg"];
    let path = address.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    ENDINGS.iter().any(|ending| path.ends_with(ending))
}

/// The headings above a block, by level.
#[derive(Debug, Clone, Default)]
struct Headings {
    above: Vec<String>,
    open: Vec<(usize, String)>,
}

impl Headings {
    /// Below other headings.
    fn under(above: Vec<String>) -> Self {
        Self { above, open: Vec::new() }
    }

    /// Begins a section, which ends those of its level and below.
    fn open(&mut self, level: usize, heading: &str) {
        let heading = chunk::collapse(heading);
        self.open.retain(|(other, _)| *other < level);
        if !heading.is_empty() {
            self.open.push((level, heading.chars().take(200).collect()));
        }
    }

    fn path(&self) -> Vec<String> {
        self.above.iter().chain(self.open.iter().map(|(_, heading)| heading)).cloned().collect()
    }
}

/// Reads a file or a folder (HTML, Markdown, text, JSONL, JSON), in the order of paths, on all cores; `progress` is
/// called with each file.
///
/// In a folder, hidden files and links are passed over, and files of other kinds are counted. Lines of a text are passages
/// of their own where they are sentences; where a file `image_paths.txt` beside it has as many lines, these are the
/// pictures of the lines.
///
/// # Errors
/// [`SourceError`] when the path itself cannot be read or holds too many files. A single bad file in a folder is counted.
pub fn read_source(path: &Path, limits: &Limits, progress: &mut dyn FnMut(&Path)) -> Result<Read, SourceError> {
    let files = files(path, limits)?;
    let mut read = Read::default();
    for batch in files.chunks(BATCH) {
        let pages: Vec<Result<Page, (Reason, String)>> =
            batch.par_iter().map(|file| read_file(path, file, limits)).collect();
        for (file, page) in batch.iter().zip(pages) {
            progress(file);
            match page {
                Ok(page) => {
                    read.pages += 1;
                    read.passages.extend(page.passages);
                    read.dropped.merge(page.dropped);
                }
                Err((reason, example)) => read.dropped.add(reason, &example),
            }
        }
    }
    drop_duplicates(&mut read.passages, &mut read.dropped);
    Ok(read)
}

/// The files of a source, sorted by path.
fn files(path: &Path, limits: &Limits) -> Result<Vec<PathBuf>, SourceError> {
    let open = |error| SourceError::Open { path: path.to_owned(), error };
    if !std::fs::metadata(path).map_err(open)?.is_dir() {
        std::fs::File::open(path).map_err(open)?;
        return Ok(vec![path.to_owned()]);
    }
    let visible = |entry: &DirEntry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.');
    let mut found = Vec::new();
    for entry in WalkDir::new(path).sort_by_file_name().into_iter().filter_entry(visible) {
        match entry {
            Ok(entry) if entry.file_type().is_file() && entry.file_name() != IMAGES_OF_LINES => {
                found.push(entry.into_path());
            }
            Ok(_) => {}
            Err(error) if error.depth() == 0 => return Err(open(error.into())),
            // A folder below that may not be read is told like a file that may not.
            Err(error) => found.extend(error.path().map(Path::to_owned)),
        }
        if found.len() > limits.pages {
            return Err(SourceError::TooMany { path: path.to_owned(), limit: limits.pages });
        }
    }
    Ok(found)
}

/// One file of a source, or why it is no page.
fn read_file(root: &Path, file: &Path, limits: &Limits) -> Result<Page, (Reason, String)> {
    let relative = file.strip_prefix(root).ok().filter(|rest| !rest.as_os_str().is_empty());
    let relative = relative.or_else(|| file.file_name().map(Path::new)).unwrap_or(file);
    let name = relative.to_string_lossy().replace('\\', "/");
    let bytes = read_bytes(file, &name, limits.page_bytes)?;
    let images = images_beside(file, &bytes, limits.page_bytes);
    let document = document(&name, &bytes, None, images.as_deref()).map_err(|reason| (reason, name.clone()))?;
    Ok(finish(&name, document))
}

fn read_bytes(file: &Path, name: &str, limit: u64) -> Result<Vec<u8>, (Reason, String)> {
    let unreadable = |error: std::io::Error| (Reason::Unreadable, format!("{name}: {error}"));
    let opened = std::fs::File::open(file).map_err(unreadable)?;
    let too_large = |bytes| (Reason::TooLarge, format!("{name}: {bytes} bytes, and the limit is {limit}"));
    let bytes = opened.metadata().map_err(unreadable)?.len();
    if bytes > limit {
        return Err(too_large(bytes));
    }
    // A file may grow, and some have no size beforehand.
    let mut content = Vec::with_capacity(usize::try_from(bytes).unwrap_or_default());
    opened.take(limit + 1).read_to_end(&mut content).map_err(unreadable)?;
    match content.len() as u64 {
        size if size > limit => Err(too_large(size)),
        _ => Ok(content),
    }
}

/// The pictures of the lines of a text, when a list beside it has as many lines.
fn images_beside(file: &Path, bytes: &[u8], limit: u64) -> Option<Vec<String>> {
    let name = file.file_name()?;
    if name == IMAGES_OF_LINES || Media::of_name(&name.to_string_lossy()) != Some(Media::Text) {
        return None;
    }
    let list = read_bytes(&file.with_file_name(IMAGES_OF_LINES), IMAGES_OF_LINES, limit).ok()?;
    let list = encoding::decode(&list, Some(Media::Text)).ok()?;
    let images: Vec<String> = list.lines().map(|line| line.trim().to_owned()).collect();
    let text = encoding::decode(bytes, Some(Media::Text)).ok()?;
    (text.lines().count() == images.len()).then_some(images)
}

/// The blocks of a page, or why it is none.
pub(super) fn document(
    name: &str,
    bytes: &[u8],
    media: Option<Media>,
    images: Option<&[String]>,
) -> Result<Document, Reason> {
    let media = media.or_else(|| Media::of_name(name));
    let text = encoding::decode(bytes, media)?;
    let media = match media {
        Some(media) => media,
        None if is_other_file(name) && Media::of_text(&text) != Media::Html => return Err(Reason::NotText),
        None => Media::of_text(&text),
    };
    Ok(match media {
        Media::Html => html::read(&text),
        Media::Markdown => markdown::read(&text),
        Media::Text => text::read(&text, images),
        Media::Jsonl => jsonl::read(name, &text),
        Media::Json => json::read(name, &text),
    })
}

/// Files that stand beside saved pages, by their ending.
fn is_other_file(name: &str) -> bool {
    const OTHERS: [&str; 12] = ["css", "js", "mjs", "map", "xml", "svg", "csv", "tsv", "yml", "yaml", "toml", "ini"];
    name.rsplit_once('.').is_some_and(|(_, ending)| OTHERS.contains(&ending.to_ascii_lowercase().as_str()))
}

//! HEIC and AVIF: the structure is read here, the pixels by the program `heif-convert` when it is installed.
//!
//! Boxes follow ISO/IEC 14496-12, image items ISO/IEC 23008-12.

use super::container::Structure;
use super::exif::{clean, utf8_or_latin1};
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The program that decodes HEIF, of the Debian package `libheif-examples`.
const PROGRAM: &str = "heif-convert";

/// How long it may take. A 48-megapixel photo takes about 3 s.
const TIME_OUT: Duration = Duration::from_secs(60);

/// Boxes one after the other; stops at the first that does not fit.
struct Boxes<'a>(&'a [u8]);

/// The four-letter name of a box, and what it holds.
type NamedBox<'a> = (&'a [u8; 4], &'a [u8]);

impl<'a> Iterator for Boxes<'a> {
    type Item = NamedBox<'a>;

    fn next(&mut self) -> Option<NamedBox<'a>> {
        let size = u64::from(u32::from_be_bytes(*self.0.first_chunk()?));
        let name = self.0.get(4..)?.first_chunk()?;
        let (head, size) = match size {
            0 => (8, self.0.len() as u64),
            1 => (16, u64::from_be_bytes(*self.0.get(8..)?.first_chunk()?)),
            size => (8, size),
        };
        let size = usize::try_from(size).ok()?;
        let body = self.0.get(head..size)?;
        self.0 = self.0.get(size..)?;
        Some((name, body))
    }
}

fn find<'a>(bytes: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    Boxes(bytes).find(|(found, _)| *found == name).map(|(_, body)| body)
}

/// Size of the upright picture, and whether a box runs over the end.
pub(super) fn structure(bytes: &[u8]) -> Structure<'_> {
    let meta = find(bytes, b"meta").and_then(|full| full.get(4..)).unwrap_or_default();
    let properties = find(meta, b"iprp").and_then(|iprp| find(iprp, b"ipco")).unwrap_or_default();
    Structure { size: upright_size(properties), ends_early: overrun(bytes), ..Structure::default() }
}

/// Whether the last top-level box wants more bytes than there are.
fn overrun(bytes: &[u8]) -> bool {
    let mut boxes = Boxes(bytes);
    boxes.by_ref().for_each(drop);
    !boxes.0.is_empty()
}

/// The largest `ispe`, exchanged when an `irot` turns it by a quarter. A tiled photo has an `ispe` for the tiles and one for the whole.
fn upright_size(properties: &[u8]) -> Option<(u32, u32)> {
    let side = |body: &[u8], at| Some(u32::from_be_bytes(*body.get(at..)?.first_chunk()?));
    let (width, height) = Boxes(properties)
        .filter(|(name, _)| *name == b"ispe")
        .filter_map(|(_, body)| side(body, 4).zip(side(body, 8)))
        .max_by_key(|(width, height)| u64::from(*width) * u64::from(*height))?;
    let quarter_turn = find(properties, b"irot").and_then(<[u8]>::first).is_some_and(|turns| turns % 2 == 1);
    Some(if quarter_turn { (height, width) } else { (width, height) })
}

/// Why `heif-convert` gave no picture.
#[derive(Debug)]
pub(super) enum ConvertError {
    /// It is not installed.
    Absent,
    /// It was there, and failed.
    Failed(String),
}

/// Puts a failure of the system into words, with the thing that it happened to.
fn failed(what: &str) -> impl Fn(io::Error) -> ConvertError {
    move |error| ConvertError::Failed(format!("{what}: {error}"))
}

/// Lets `heif-convert` decode a HEIF file, and returns the picture as PNG, upright already.
pub(super) fn convert(bytes: &[u8]) -> Result<Vec<u8>, ConvertError> {
    let folder = tempfile::tempdir().map_err(failed("no temporary folder"))?;
    let (input, output) = (folder.path().join("in.heif"), folder.path().join("out.png"));
    std::fs::write(&input, bytes).map_err(failed("temporary file"))?;
    let complaints = folder.path().join("stderr");
    let stderr = std::fs::File::create(&complaints).map_err(failed("temporary file"))?;
    let mut child = Command::new(PROGRAM)
        .args([&input, &output])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(stderr)
        .spawn()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => ConvertError::Absent,
            _ => ConvertError::Failed(format!("{PROGRAM}: {error}")),
        })?;
    let start = Instant::now();
    let status = loop {
        match child.try_wait().map_err(failed(PROGRAM))? {
            Some(status) => break status,
            None if start.elapsed() > TIME_OUT => {
                // It may have ended in between; either way it is gone after the wait.
                let _ = child.kill();
                child.wait().map_err(failed(PROGRAM))?;
                return Err(ConvertError::Failed(format!("{PROGRAM} took more than {} s", TIME_OUT.as_secs())));
            }
            None => thread::sleep(Duration::from_millis(10)),
        }
    };
    if !status.success() {
        let said = std::fs::read(&complaints).ok().and_then(|text| clean(&utf8_or_latin1(&text))).unwrap_or_default();
        return Err(ConvertError::Failed(format!("{PROGRAM} ended with {status}: {said}")));
    }
    // A file with several pictures gives out-1.png, out-2.png and so on; the first is the primary one.
    let first: PathBuf = if output.exists() { output } else { folder.path().join("out-1.png") };
    std::fs::read(first).map_err(failed("the picture it wrote"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let size = u32::try_from(body.len() + 8).expect("small");
        [&size.to_be_bytes(), &name[..], body].concat()
    }

    #[test]
    fn the_largest_item_counts_and_a_quarter_turn_exchanges_its_sides() {
        let ispe = |w: u32, h: u32| boxed(b"ispe", &[&[0; 4], &w.to_be_bytes()[..], &h.to_be_bytes()].concat());
        let properties = [ispe(512, 512), ispe(4032, 3024), boxed(b"irot", &[3])].concat();
        assert_eq!(upright_size(&properties), Some((3024, 4032)));
        assert_eq!(upright_size(&ispe(10, 20)), Some((10, 20)));
    }

    #[test]
    fn a_box_of_size_zero_takes_the_rest_and_one_of_size_four_ends_the_walk() {
        assert_eq!(Boxes(b"\0\0\0\0mdatxyz").collect::<Vec<_>>(), [(b"mdat", &b"xyz"[..])]);
        assert_eq!(Boxes(b"\0\0\0\x04mdatxyz").count(), 0);
        assert!(overrun(b"\0\0\0\x40mdatxyz"));
    }
}

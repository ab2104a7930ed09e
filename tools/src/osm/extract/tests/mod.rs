//! Small extracts, written by the tests themselves, and what becomes of them.

mod damage;
mod kinds;
mod outlines;
mod pbf;
mod real;

use super::{ExtractError, Options, Report, read};
use crate::osm::object::{Object, OsmId};
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::path::Path;

/// Options under which everything that can go to a file does.
fn tight() -> Options {
    Options { memory_bytes: 0, threads: NonZeroUsize::MIN, ..Options::default() }
}

fn read_file(path: &Path, options: &Options) -> Result<(Vec<Object>, Report), ExtractError> {
    let mut objects = Vec::new();
    let report = read(path, options, &mut |_| {}, &mut |object| {
        objects.push(object);
        Ok::<(), Infallible>(())
    })?;
    Ok((objects, report))
}

fn read_bytes(bytes: &[u8], options: &Options) -> Result<(Vec<Object>, Report), ExtractError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("test.osm.pbf");
    std::fs::write(&path, bytes).expect("room");
    read_file(&path, options)
}

/// The objects of a good extract, the same whatever the options.
fn objects(bytes: &[u8]) -> (Vec<Object>, Report) {
    let read = read_bytes(bytes, &Options::default()).expect("a good extract");
    let again = read_bytes(bytes, &tight()).expect("a good extract");
    assert_eq!(read, again, "memory and threads change nothing");
    read
}

fn find<'o>(objects: &'o [Object], id: &str) -> &'o Object {
    let id: OsmId = id.parse().expect("an id");
    objects.iter().find(|object| object.id == id).expect("it was kept")
}

fn message(bytes: &[u8]) -> String {
    read_bytes(bytes, &tight()).expect_err("a bad extract").to_string()
}

//! Any bytes are an extract whose objects are on the globe, or an error that names the file.
//!
//! The input is the message of one data blob, unpacked, so that what is changed in it reaches the elements; an empty
//! header goes before it. With a first byte of 255 the rest is a whole file, frames and all.

#![no_main]

use libfuzzer_sys::fuzz_target;
use navig_tools::osm::extract::{ExtractError, Options, read};
use navig_tools::osm::object::{Object, PointE7, Shape};
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::LazyLock;

static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("navig-fuzz-{}.osm.pbf", std::process::id())));

fuzz_target!(|bytes: &[u8]| {
    let whole = match bytes {
        [255, rest @ ..] => rest.to_vec(),
        _ => [frame(b"OSMHeader", &[]), frame(b"OSMData", bytes)].concat(),
    };
    std::fs::write(&*FILE, whole).expect("room for a temporary file");
    let options = Options { memory_bytes: 1 << 20, threads: NonZeroUsize::MIN, ..Options::default() };
    let mut given = 0;
    let report = read(&FILE, &options, &mut |_| {}, &mut |object| {
        check(&object);
        given += 1;
        Ok::<(), Infallible>(())
    });
    match report {
        Ok(report) => assert_eq!(report.kept.total(), given),
        Err(ExtractError::Temporary(error)) => panic!("{error}"),
        Err(error) => assert!(error.to_string().contains("navig-fuzz")),
    }
});

fn check(object: &Object) {
    let on_globe = |p: &PointE7| PointE7::new(p.lat.into(), p.lon.into()).is_some();
    assert!(on_globe(&object.at) && object.bounds.contains(object.at), "{object:?}");
    match &object.shape {
        Shape::Point | Shape::Scattered => {}
        Shape::Line(points) => assert!(points.len() >= 2 && points.iter().all(on_globe), "{object:?}"),
        Shape::Area(polygons) => {
            for ring in polygons.iter().flat_map(|polygon| polygon.holes.iter().chain([&polygon.outer])) {
                assert!(ring.len() >= 4 && ring.first() == ring.last() && ring.iter().all(on_globe), "{object:?}");
            }
        }
    }
}

/// A blob that is not packed, in its frame.
fn frame(kind: &[u8], bytes: &[u8]) -> Vec<u8> {
    let blob = [&[10][..], &varint(bytes.len()), bytes].concat();
    let header = [&[10, kind.len() as u8][..], kind, &[24], &varint(blob.len())].concat();
    [&(header.len() as u32).to_be_bytes()[..], &header, &blob].concat()
}

fn varint(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 128 {
        bytes.push(number as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

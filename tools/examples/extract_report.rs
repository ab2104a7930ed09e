//! What an extract holds: reads `.osm.pbf` files, and prints for each what was found, kept, left out and mended.
//!
//! ```text
//! cargo run --release -p navig-tools --example extract_report -- EXTRACT.osm.pbf... [--objects DIR]
//! ```
//!
//! With `--objects`, each object goes to `DIR/NAME.tsv`: id, kind of shape, point, tags. Scripts compare these with other readers.

#![expect(clippy::print_stdout, reason = "the table is what the example is for")]

use navig_tools::osm::extract::{Options, Report, read};
use navig_tools::osm::object::{Object, Polygon, Shape};
use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = match arguments.iter().position(|argument| argument == "--objects") {
        Some(at) if at + 1 < arguments.len() => {
            Some(PathBuf::from(arguments.drain(at..=at + 1).nth(1).unwrap_or_default()))
        }
        Some(_) => return Err("--objects needs a folder".into()),
        None => None,
    };
    for path in arguments.iter().map(Path::new) {
        let name = path.file_name().map(|name| name.to_string_lossy().replace(".osm.pbf", "")).unwrap_or_default();
        let mut out: Box<dyn Write> = match &folder {
            Some(folder) => Box::new(BufWriter::new(File::create(folder.join(format!("{name}.tsv")))?)),
            None => Box::new(io::sink()),
        };
        let began = Instant::now();
        let report = read(path, &Options::default(), &mut |_| {}, &mut |object| match folder {
            Some(_) => write_object(&mut out, &object),
            None => Ok(()),
        });
        match report {
            Ok(report) => print_report(&name, began.elapsed().as_secs_f64(), &report),
            Err(error) => println!("{name}\tERROR {error}"),
        }
        out.flush()?;
    }
    Ok(())
}

fn print_report(name: &str, seconds: f64, report: &Report) {
    let (seen, kept) = (report.seen, report.kept);
    let (closed, administrative) = report.administrative;
    let notes: Vec<String> = report.tallies.iter().map(|tally| format!("{:?} {}", tally.reason, tally.count)).collect();
    println!(
        "{name}\t{seconds:.3} s\tsorted {}\tseen {}/{}/{}\tkept {}/{}/{}\tadmin {closed}/{administrative}\tbox wrong {}\t{}",
        report.sorted,
        seen.nodes,
        seen.ways,
        seen.relations,
        kept.nodes,
        kept.ways,
        kept.relations,
        report.header_bounds_wrong,
        notes.join(", ")
    );
}

fn write_object(out: &mut dyn Write, object: &Object) -> io::Result<()> {
    let shape = match &object.shape {
        Shape::Point => "point".to_owned(),
        Shape::Line(points) => format!("line {}", points.len()),
        Shape::Area(polygons) => format!("area {} {}", polygons.len(), square_degrees(polygons)),
        Shape::Scattered => "scattered".to_owned(),
    };
    write!(out, "{}\t{shape}\t{}\t{}\t", object.id, object.at.lat, object.at.lon)?;
    for (key, value) in &object.tags {
        write!(out, "{key}={}|", value.replace(['\t', '\n', '|'], " "))?;
    }
    writeln!(out)
}

/// Area of polygons less their holes, squared degrees.
fn square_degrees(polygons: &[Polygon]) -> f64 {
    let ring = |ring: &Vec<_>| -> f64 {
        let twice: f64 = ring
            .windows(2)
            .map(|pair: &[navig_tools::osm::object::PointE7]| {
                let [(ax, ay), (bx, by)] = [pair[0], pair[1]].map(|p| (f64::from(p.lon) / 1e7, f64::from(p.lat) / 1e7));
                ax * by - bx * ay
            })
            .sum();
        (twice / 2.0).abs()
    };
    polygons.iter().map(|polygon| ring(&polygon.outer) - polygon.holes.iter().map(ring).sum::<f64>()).sum()
}

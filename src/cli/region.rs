//! `navig region LAT,LON`.

use super::output::{self, Form};
use super::{Call, Exit, Failure};
use crate::maps::Shelf;
use crate::report::visible;
use clap::Parser;
use navig_tools::geo::gazetteer::Gazetteer;
use navig_tools::geo::{Chain, LatLon};
use navig_tools::osm::Maps;
use navig_tools::osm::search::AreaName;
use serde::Serialize;
use std::io::{self, BufRead, BufReader, Read, Write};

/// Standard input is read in blocks of this size, bytes; all points of a block are looked up together, on all cores.
const BLOCK_BYTES: usize = 1 << 18;

/// Print the regions that hold a point, from the continent down
#[derive(Debug, Parser)]
#[command(after_long_help = "\
One line a point: its position, then its regions with their codes. A point out at sea has none. Where a map is installed
('navig index osm'), its boundaries say which regions hold the point, and its own areas are shown behind a bar.

Examples:
  navig region 48.2082,16.3738
  navig region -33.86,151.2 --format json
  navig region - < points.txt")]
pub(super) struct Typed {
    /// Points in decimal degrees; - reads one a line from standard input
    #[arg(required = true, value_name = "LAT,LON|-")]
    points: Vec<String>,
    /// How to print; JSON is one object a line
    #[arg(long, value_enum, default_value_t)]
    format: Form,
    /// Ask this map, an installed one by name or a file; every installed one unless set
    #[arg(short, long = "map", value_name = "FILE|NAME")]
    maps: Vec<String>,
}

/// What one argument means.
enum Source {
    Point(LatLon),
    Stdin,
}

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        // All arguments are checked before the first is answered.
        let source = |text: &String| match text.as_str() {
            "-" => Ok(Source::Stdin),
            text => point(text.trim(), || text.trim().to_owned()).map(Source::Point),
        };
        let sources = self.points.iter().map(source).collect::<Result<Vec<_>, _>>()?;
        let (maps, failures) = Shelf::of(&call.settings(vec![])?).for_tools(&self.maps)?;
        failures.iter().for_each(output::say);
        for source in sources {
            match source {
                Source::Point(point) => show(&[point], &maps, self.format)?,
                Source::Stdin => show_lines(io::stdin().lock(), &maps, self.format)?,
            }
        }
        Ok(Exit::Answered)
    }
}

fn point(text: &str, argument: impl FnOnce() -> String) -> Result<LatLon, Failure> {
    text.parse().map_err(|source| Failure::Place { argument: argument(), source })
}

/// Answers lines as they come: a block ends where the input pauses, so that a program can ask and wait.
fn show_lines(input: impl Read, maps: &Maps, form: Form) -> Result<(), Failure> {
    let unreadable = |source| Failure::Input { what: "standard input".to_owned(), source };
    let mut input = BufReader::with_capacity(BLOCK_BYTES, input);
    let (mut line, mut number, mut block) = (String::new(), 0usize, Vec::new());
    loop {
        line.clear();
        let end = input.read_line(&mut line).map_err(unreadable)? == 0;
        number += 1;
        let point = match line.trim() {
            "" => Ok(None),
            text => point(text, || format!("line {number} of standard input")).map(Some),
        };
        // What came before a bad line is answered before it is reported.
        if end || point.is_err() || !input.buffer().contains(&b'\n') {
            block.extend(point.as_ref().ok().copied().flatten());
            show(&block, maps, form)?;
            block.clear();
            point?;
        } else {
            block.extend(point?);
        }
        if end {
            return Ok(());
        }
    }
}

#[derive(Serialize)]
struct Answer {
    point: LatLon,
    chain: Chain,
    /// Administrative areas of the maps, the widest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    areas: Vec<AreaName>,
}

fn show(points: &[LatLon], maps: &Maps, form: Form) -> Result<(), Failure> {
    let gazetteer = Gazetteer::embedded();
    let chains: Vec<Chain> = match points {
        [point] => vec![gazetteer.chain(*point)],
        _ => gazetteer.chains(points).into_iter().map(|ids| gazetteer.describe(ids)).collect(),
    };
    output::print(|out| {
        points.iter().zip(chains).try_for_each(|(&point, chain)| {
            let areas = maps.areas_at(point);
            let chain = if areas.is_empty() { chain } else { gazetteer.describe(maps.chain_ids(point)) };
            match form {
                Form::Json => output::json_line(out, &Answer { point, chain, areas }),
                Form::Text => show_line(out, point, &chain, &areas),
            }
        })
    })
}

fn show_line(out: &mut dyn Write, point: LatLon, chain: &Chain, areas: &[AreaName]) -> io::Result<()> {
    write!(out, "{point}")?;
    if chain.0.is_empty() {
        write!(out, "  (no region: open sea)")?;
    }
    for (i, region) in chain.0.iter().enumerate() {
        write!(out, "{}{} ({})", if i == 0 { "  " } else { " > " }, region.name, region.code)?;
    }
    for (i, area) in areas.iter().enumerate() {
        write!(out, "{}{} ({})", if i == 0 { " | " } else { " > " }, visible(&area.name), area.level)?;
    }
    writeln!(out)
}

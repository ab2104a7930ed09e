//! `navig search QUERY`.

mod batch;

use super::output;
use super::{Call, Exit, Failure};
use crate::maps::Shelf;
use crate::report::TextStyle;
use crate::report::search::{self as report, SearchFormat};
use crate::whole::write_atomically;
use clap::Parser;
use navig_tools::osm::file::Map;
use navig_tools::osm::search::{Query, QueryError, Results, SearchOptions, search};
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

/// Columns of a text that is not for a terminal.
const WIDTH: usize = 100;
/// A longer query file is none, bytes.
const MAX_QUERY_FILE: u64 = 1 << 20;

/// Find spots on the maps by half-read names, things seen, and how they stand to each other
///
/// Asks the maps that 'navig index osm' made. Names may be misread: wrong and missing letters, O for 0, rn for m, words
/// split or joined, other scripts and languages. A rare combination finds a spot that no single name would.
#[derive(Debug, Parser)]
#[command(after_long_help = HELP)]
pub(super) struct Typed {
    /// What to look for, in the language described below
    #[arg(value_name = "QUERY", required_unless_present_any = ["query", "batch"])]
    text: Option<String>,
    /// Search this map, an installed one by name or a file; every installed one unless set
    #[arg(short, long = "map", value_name = "FILE|NAME")]
    maps: Vec<String>,
    /// Read the query from a JSON file (navig.search-query/1), or from standard input
    #[arg(long, value_name = "FILE|-", conflicts_with_all = ["text", "batch"])]
    query: Option<PathBuf>,
    /// Answer one query a line, as text or as JSON, each with one JSON line; a bad line does not end the batch
    #[arg(long, value_name = "FILE|-", conflicts_with_all = ["text", "report", "explain"])]
    batch: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: SearchFormat,
    /// Also write a page with maps of the spots, for a browser without network
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Show what each clause and each distance adds to the score
    #[arg(long)]
    explain: bool,
    /// Most spots to show; overrides the limit of the query
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Candidates to examine before the search says that a clause is too common
    #[arg(long, value_name = "N")]
    budget: Option<u64>,
}

const HELP: &str = r#"The language:
  A clause is one object, with all of its tests side by side:
    name="Exact name"  name~"half rade nane"  name^"Beginning"  name*"part"
    railway=station  shop=*  maxspeed>=30mph  building:levels=5..9  osm=w4518137
    power_pylon  "building of 5 to 9 levels"     (visual classes, by their English names)
  After '&' come relations to the first clause, a colon, and one or more clauses with commas between them:
    within 400m  within 200..1000m  within 300m together (all of them of each other)  same street  crossing
    north  southwest of  bearing 60..70  angle 60..70 (between two lines, in degrees)
  And where to look, and how much must fit:
    in "Wien"  in AT  in 48.1,16.2,48.3,16.6 (south, west, north, east)  near 48.2,16.37 5km  at least 2  limit 20

Examples:
  navig search 'name~"Messe Wien" & within 400m: railway=station, name~"Prater"'
  navig search 'name~"Apotheke zum Löwen"' --explain
  navig search 'name~"Cafe Centrai" & same street: shop=bakery'
  navig search 'crossing: name~"Rue Grimaldi", name~"Rue Suffren Reymond"'
  navig search 'power_pylon & within 2km: wind_turbine, name*"kirchen"'
  navig search 'bridge=yes & within 200..1000m angle 60..70: bridge=yes' --report bridges.html
  navig search 'amenity=place_of_worship & northeast within 300m: tram_stop' --map wien
  navig search 'name~"Spar" & within 100m: name~"Gruber", shop=bakery, amenity=bank & at least 3 & in AT'
  navig search 'building:levels>=20 & within 150m: amenity=fuel brand~"Shell"' --format geojson
  navig search --batch queries.jsonl --map monaco.navosm > answers.jsonl

Ends with 0 when spots were found, with 1 when none was, and with 4 when no map is installed. A score counts bans: +3
means a thousand times less likely by accident. © OpenStreetMap contributors, ODbL 1.0."#;

impl Typed {
    pub(super) fn run(self, call: Call) -> Result<Exit, Failure> {
        let options = self.budget.map_or_else(SearchOptions::default, SearchOptions::with_budget);
        if let Some(batch) = &self.batch {
            let maps = self.open(call)?;
            return batch::run(batch, &maps, options, self.limit);
        }
        // A query that is wrong is said to be so before any map is opened.
        let query = self.asked()?;
        let maps = self.open(call)?;
        let results = search(&maps.iter().collect::<Vec<_>>(), &query, options)?;
        if let Some(path) = &self.report {
            write_atomically(path, report::html(&results, &maps).as_bytes())?;
        }
        self.print(&results)?;
        Ok(if results.hits.is_empty() { Exit::Abstained } else { Exit::Answered })
    }

    fn asked(&self) -> Result<Query, Failure> {
        let query = match (&self.query, &self.text) {
            (Some(path), _) => Query::from_json(&read(path)?)?,
            (None, text) => Query::parse(text.as_deref().unwrap_or_default())?,
        };
        Ok(limited(query, self.limit)?)
    }

    fn open(&self, call: Call) -> Result<Vec<Map>, Failure> {
        let shelf = Shelf::of(&call.settings(vec![])?);
        if !self.maps.is_empty() {
            return Ok(shelf.open(&self.maps)?);
        }
        let (maps, failures) = shelf.open_all()?;
        failures.iter().for_each(output::say);
        Ok(maps)
    }

    fn print(&self, results: &Results) -> Result<(), Failure> {
        let page = match self.format {
            SearchFormat::Text => report::text(results, self.style(), self.explain),
            SearchFormat::Json => report::json(results),
            SearchFormat::Jsonl => report::jsonl(results),
            SearchFormat::Geojson => report::geojson(results),
            SearchFormat::Kml => report::kml(results),
        };
        output::print(|out| out.write_all(page.as_bytes()))
    }

    fn style(&self) -> TextStyle {
        let width = match terminal_size::terminal_size() {
            Some((width, _)) if io::stdout().is_terminal() => usize::from(width.0),
            _ => WIDTH,
        };
        // What does not belong on this output is stripped on the way.
        TextStyle { colour: true, width, verbose: false }
    }
}

/// A query with the limit of the command line, if there is one.
fn limited(mut query: Query, limit: Option<usize>) -> Result<Query, QueryError> {
    if let Some(limit) = limit {
        query.limit = limit;
        query.check()?;
    }
    Ok(query)
}

/// A query file, or standard input.
fn read(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let (what, read) = if path == Path::new("-") {
        ("standard input".to_owned(), io::stdin().lock().take(MAX_QUERY_FILE).read_to_string(&mut text))
    } else {
        let open = std::fs::File::open(path);
        (path.display().to_string(), open.and_then(|file| file.take(MAX_QUERY_FILE).read_to_string(&mut text)))
    };
    match read {
        Ok(_) => Ok(text),
        Err(source) => Err(Failure::Input { what, source }),
    }
}

//! Many queries in one process: a line asks, a line answers.

use super::super::interrupt::Interrupt;
use super::super::output;
use super::super::{Exit, Failure};
use super::limited;
use navig_tools::osm::file::Map;
use navig_tools::osm::search::{Query, QueryError, Results, SearchOptions, search};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// One line of the output.
#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Found {
        /// The line that asked, from 1.
        line: usize,
        /// Time that the search took, ms.
        took_ms: f64,
        #[serde(flatten)]
        results: Box<Results>,
    },
    Failed {
        line: usize,
        error: String,
    },
}

/// Forms of a line that are JSON; anything else is text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Text(String),
    Wrapped { query: String },
}

/// Answers the lines of a file as they come; empty lines are passed over.
pub(super) fn run(path: &Path, maps: &[Map], options: SearchOptions, limit: Option<usize>) -> Result<Exit, Failure> {
    let stdin = path == Path::new("-");
    let what = if stdin { "standard input".to_owned() } else { path.display().to_string() };
    let unreadable = |source| Failure::Input { what: what.clone(), source };
    let input: Box<dyn BufRead> = match stdin {
        true => Box::new(io::stdin().lock()),
        false => Box::new(BufReader::new(File::open(path).map_err(unreadable)?)),
    };
    let interrupt = Interrupt::watch("stopping after the query in hand; press Ctrl-C again to stop at once");
    let maps: Vec<&Map> = maps.iter().collect();
    let mut out = BufWriter::new(anstream::stdout().lock());
    let mut exit = Exit::Answered;
    for (number, line) in (1..).zip(input.lines()) {
        let line = line.map_err(unreadable)?;
        if interrupt.flag().load(Ordering::Relaxed) {
            exit = Exit::Interrupted;
            break;
        }
        if line.trim().is_empty() {
            continue;
        }
        let begun = Instant::now();
        let found = query(line.trim()).and_then(|query| search(&maps, &limited(query, limit)?, options));
        let took_ms = begun.elapsed().as_secs_f64() * 1e3;
        let answer = match found {
            Ok(results) => Answer::Found { line: number, took_ms, results: Box::new(results) },
            Err(error) => {
                exit = Exit::SomeFailed;
                output::say(format_args!("{what}, line {number}: {error}"));
                Answer::Failed { line: number, error: error.to_string() }
            }
        };
        output::json_line(&mut out, &answer).map_err(Failure::Stdout)?;
        // Whoever asks through a pipe waits for the answer.
        if stdin {
            out.flush().map_err(Failure::Stdout)?;
        }
    }
    out.flush().map_err(Failure::Stdout)?;
    Ok(exit)
}

/// A query as text, as a JSON text, as `{"query": "text"}`, or as `navig.search-query/1`.
fn query(line: &str) -> Result<Query, QueryError> {
    if line.starts_with(['{', '"']) {
        return match serde_json::from_str(line) {
            Ok(Line::Text(text) | Line::Wrapped { query: text }) => Query::parse(&text),
            Err(_) => Query::from_json(line),
        };
    }
    Query::parse(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_may_be_text_or_json() {
        let same = Query::parse("shop=bakery").expect("a query");
        for line in [
            "shop=bakery",
            r#""shop=bakery""#,
            r#"{"query": "shop=bakery"}"#,
            r#"{"find":[{"type":"tag","key":"shop","value":"bakery"}]}"#,
        ] {
            assert_eq!(query(line), Ok(same.clone()), "{line}");
        }
        assert!(query(r#"{"find":1}"#).is_err() && query("\"open").is_err());
    }
}

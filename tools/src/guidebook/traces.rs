//! What experts said who then saw where a picture was taken: one JSON object a line, with a text and coordinates.
//!
//! The sentences of a record, and the record as a whole, become passages of the regions that hold its place. Records of one
//! place are one record, so that a picture that was described twice has one vote.

use super::Passage;
use super::book::{Entry, SourceMeta};
use crate::described::clauses;
use crate::evidence::RegionShare;
use crate::geo::gazetteer::ChainIds;
use crate::geo::{Gazetteer, LatLon, Level};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Records nearer than this are of one place, km.
const SAME_PLACE_KM: f64 = 0.2;
/// Lines that did not read and are told; all are counted.
const TOLD: usize = 5;
/// A line longer than this is no record, bytes.
const LONGEST_LINE: usize = 1 << 20;

/// Why traces were not read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TracesError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// No line is a record.
    #[error("{}: no line is a record ({first}); a record is an object with a text ('clues' or 'text') and coordinates \
             ('location': {{'lat', 'lng'}}, or 'lat' and 'lon')", path.display())]
    None {
        /// The file.
        path: PathBuf,
        /// What is wrong with the first line.
        first: String,
    },
}

/// Records of a file, as entries of a guidebook.
#[derive(Debug, Clone)]
pub struct Traces {
    /// The file, as a source.
    pub source: SourceMeta,
    /// Sentences and whole descriptions.
    pub entries: Vec<Entry>,
    /// The first lines that did not read, with their number and the reason.
    pub told: Vec<String>,
}

/// A record as people write it: NaviClues has `clues` and `location`, others may have it plainer.
#[derive(Debug, Deserialize)]
struct Written {
    #[serde(alias = "text")]
    clues: String,
    #[serde(default)]
    location: Option<Location>,
    #[serde(default)]
    lat: Option<f64>,
    #[serde(default, alias = "lng")]
    lon: Option<f64>,
    #[serde(default, alias = "image_path")]
    image: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Location {
    lat: f64,
    #[serde(alias = "lon")]
    lng: f64,
}

/// Reads a file of records. A line that does not read is counted, and the others go on.
///
/// # Errors
/// [`TracesError`] when the file cannot be read, or no line is a record.
pub fn read_traces(path: &Path) -> Result<Traces, TracesError> {
    let bytes = std::fs::read(path).map_err(|source| TracesError::Read { path: path.to_owned(), source })?;
    let name = path.display().to_string();
    let traces = of_bytes(&name, &bytes);
    match traces.source.pages {
        0 => {
            let first = traces.told.into_iter().next().unwrap_or_else(|| "it is empty".to_owned());
            Err(TracesError::None { path: path.to_owned(), first })
        }
        _ => Ok(traces),
    }
}

/// Reads records from memory; `name` is what the source is called.
#[must_use]
pub fn of_bytes(name: &str, bytes: &[u8]) -> Traces {
    let sha256 = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
    let mut source = SourceMeta { name: name.to_owned(), sha256, ..SourceMeta::default() };
    let (mut entries, mut told) = (Vec::new(), Vec::new());
    let mut places: Vec<(LatLon, String)> = Vec::new();
    for (number, line) in bytes.split(|b| *b == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match record(line) {
            Ok((text, at, image)) => {
                let known = places.iter().find(|(place, _)| place.distance_km(at) <= SAME_PLACE_KM);
                let page = match known {
                    Some((_, page)) => page.clone(),
                    None => {
                        let page = image.unwrap_or_else(|| format!("line {}", number + 1));
                        places.push((at, page.clone()));
                        page
                    }
                };
                source.pages += 1;
                entries.extend(passages(&text, at, &page));
            }
            Err(reason) => {
                *source.dropped.entry("broken lines".to_owned()).or_default() += 1;
                if told.len() < TOLD {
                    told.push(format!("{name}: line {}: {reason}", number + 1));
                }
            }
        }
    }
    Traces { source, entries, told }
}

fn record(line: &[u8]) -> Result<(String, LatLon, Option<String>), String> {
    if line.len() > LONGEST_LINE {
        return Err(format!("longer than {LONGEST_LINE} bytes"));
    }
    let written: Written = serde_json::from_slice(line).map_err(|e| e.to_string())?;
    let place = written.location.map(|l| (l.lat, l.lng)).or(written.lat.zip(written.lon));
    let (lat, lon) = place.ok_or("it has no coordinates")?;
    let at = LatLon::new(lat, lon).map_err(|e| e.to_string())?;
    if written.clues.trim().is_empty() {
        return Err("its text is empty".to_owned());
    }
    Ok((written.clues, at, written.image))
}

/// The sentences of a record, and all of it.
fn passages(text: &str, at: LatLon, page: &str) -> Vec<Entry> {
    let regions = regions(at);
    let entry = |text: String, whole: bool| Entry {
        source: 0,
        passage: Passage { text, headings: Vec::new(), regions: regions.clone(), image: None, page: page.to_owned() },
        at: Some(at),
        whole,
        sure: 1.0,
        vector: None,
    };
    let mut entries: Vec<Entry> = clauses(text).into_iter().map(|clause| entry(clause, false)).collect();
    entries.push(entry(text.split_whitespace().collect::<Vec<_>>().join(" "), true));
    entries
}

/// The country and the admin-1 unit of a place.
fn regions(at: LatLon) -> Vec<RegionShare> {
    let gazetteer = Gazetteer::embedded();
    let ids: ChainIds = gazetteer.chain_ids(at);
    let chain = gazetteer.describe(ids);
    let share = |region: &crate::geo::Region| RegionShare { region: region.region_code(), share: 1.0 };
    [Level::Country, Level::Admin1].iter().filter_map(|level| chain.at(*level)).map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        r#"{"clues":"Red soil. Yellow rear plates.","location":{"lat":-24.65,"lng":25.91},"image_path":"a.jpg"}"#;

    #[test]
    fn a_record_gives_its_sentences_and_itself_with_the_regions_of_its_place() {
        let traces = of_bytes("t", GOOD.as_bytes());
        let texts: Vec<&str> = traces.entries.iter().map(|e| e.passage.text.as_str()).collect();
        assert_eq!(texts, ["Red soil.", "Yellow rear plates.", "Red soil. Yellow rear plates."]);
        assert!(traces.entries[2].whole && traces.entries[0].passage.regions[0].region.code == "BW");
    }

    #[test]
    fn a_bad_line_is_told_with_its_number_and_the_others_go_on() {
        let text = format!(
            "{GOOD}\n\nnot json\n{{\"clues\":\"x\",\"lat\":99,\"lon\":0}}\n{{\"text\":\"Snow.\",\"lat\":60,\"lon\":25}}"
        );
        let traces = of_bytes("t.jsonl", text.as_bytes());
        assert_eq!(traces.source.pages, 2);
        assert_eq!(traces.source.dropped["broken lines"], 2);
        assert!(
            traces.told[0].starts_with("t.jsonl: line 3:") && traces.told[1].contains("line 4"),
            "{:?}",
            traces.told
        );
    }

    #[test]
    fn records_of_one_place_are_one_page() {
        let other = GOOD.replace("a.jpg", "b.jpg").replace("25.91", "25.9101");
        let traces = of_bytes("t", format!("{GOOD}\n{other}").as_bytes());
        assert!(traces.entries.iter().all(|e| e.passage.page == "a.jpg"));
    }
}

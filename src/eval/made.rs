//! Runs that tests make.

use super::run::{Answer, Answerer, Facts, Line, RUN_SCHEMA, Run, TaskFacts};
use super::samples::Sample;
use crate::ledger::abstained;
use navig_tools::evidence::{Evidence, Finding, Likelihood, RegionShare, Source};
use navig_tools::geo::{LatLon, RegionCode};

/// What a tool finds: its name, a kind, the country that the finding speaks for, and its background.
pub(super) struct Found(pub(super) &'static str, pub(super) &'static str, pub(super) &'static str, pub(super) f64);

/// Places in some countries.
pub(super) const PLACES: [(&str, f64, f64); 4] =
    [("AT", 48.21, 16.37), ("KE", -1.29, 36.82), ("JP", 35.68, 139.69), ("BR", -23.55, -46.63)];

/// A sample that was taken in a country of [`PLACES`], with what was found in it.
pub(super) fn line(index: usize, country: &str, found: &[Found]) -> Line {
    let (_, lat, lon) = PLACES.into_iter().find(|(code, ..)| *code == country).expect("a place");
    let at = LatLon::new(lat, lon).expect("valid");
    let sample = Sample { id: format!("{index}.jpg"), at, country: Some(country.to_owned()), cluster: None };
    let mut result = abstained(&sample.id, "00");
    result.evidence = found.iter().enumerate().map(evidence).collect();
    Line::of(index, &sample, 0.5, Answer::Located(Box::new(result)))
}

fn evidence((i, Found(tool, kind, country, background)): (usize, &Found)) -> Evidence {
    let region = RegionCode::country(country);
    Evidence {
        id: format!("e{}", i + 1),
        source: Source { tool: (*tool).to_owned(), version: "1".to_owned() },
        finding: Finding {
            group: format!("text:t{i}"),
            kind: (*kind).to_owned(),
            clues: Vec::new(),
            claim: format!("says {country}"),
            likelihood: Likelihood::Regions {
                shares: vec![RegionShare { region, share: 1.0 }],
                background: *background,
            },
        },
    }
}

/// A finished run of navig.
pub(super) fn run(lines: Vec<Line>) -> Run {
    let task = TaskFacts {
        name: "made".to_owned(),
        version: "1".to_owned(),
        list_sha256: "0123456789".to_owned(),
        samples: lines.len(),
    };
    let answerer = Answerer::navig(&serde_json::Map::new());
    Run {
        path: "made".into(),
        facts: Facts { schema: RUN_SCHEMA.to_owned(), task, answerer, shard: None },
        lines,
        unfinished: false,
    }
}

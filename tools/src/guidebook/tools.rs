//! The tools that ask guidebooks and traces.

use super::book::Kind;
use super::find::{Found, Hit, Library};
use crate::described::{SeenClue, SeenClues};
use crate::evidence::{Finding, Likelihood};
use crate::signs::facts::Facts;
use crate::tool::{Answer, Spec, Tool, ToolError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Words of a passage that are quoted: enough to check it, and little enough to be a quotation.
const QUOTED_WORDS: usize = 25;
/// Passages that an answer cites per clue.
const CITED: usize = 3;
/// Clues from which on a description is also compared as a whole.
const WHOLE_FROM: usize = 3;
/// Kinds of finding: rows of `data/weights.toml`.
const GUIDEBOOK: &str = "guidebook";
const TRACES: &str = "traces";
const TRACES_WHOLE: &str = "traces-whole";

/// The background of a clue whose best passage is as near as can be, and of one at the gate.
const NEAR_BACKGROUND: f64 = 0.25;
const FAR_BACKGROUND: f64 = 0.8;
/// Similarities that count as the gate and as near.
const FAR: f64 = 0.35;
const NEAR: f64 = 0.8;

/// A passage that an answer cites.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cited {
    /// Id of the clue.
    pub clue: String,
    /// At most 25 words of it.
    pub quote: String,
    /// Headings above it, the outermost first.
    pub headings: Vec<String>,
    /// Name of the guidebook.
    pub guidebook: String,
    /// Path or address of the page, within the source.
    pub page: String,
    /// Cosine of the sentence vectors, or share of the words without an embedder: 0 to 1.
    pub score: f64,
    /// The regions that the passage is about: code and share.
    pub regions: Vec<(String, f64)>,
    /// How many countries the clue fits about equally, by all passages near it.
    pub fits_countries: f64,
}

/// `guidebook.find`: where guidebooks say that such a thing is usual.
#[derive(Debug, Clone)]
pub struct FindGuidebook(pub Arc<Library>);

/// `traces.find`: where pictures were taken of which experts said such a thing.
#[derive(Debug, Clone)]
pub struct FindTraces(pub Arc<Library>);

impl Tool for FindGuidebook {
    type Args = SeenClues;

    fn spec(&self) -> Spec {
        Spec {
            name: "guidebook.find",
            version: "1",
            about: "Looks up in guidebooks where things like these are usual, and cites the passages.",
            kinds: &[GUIDEBOOK],
        }
    }

    async fn call(&self, args: SeenClues) -> Result<Answer, ToolError> {
        let found = find(&self.0, Kind::Guidebook, false, &args.clues, "guidebook.find")?;
        Ok(answer(&self.0, GUIDEBOOK, "no guidebook has a passage like it", args.clues.iter().zip(&found)))
    }
}

impl Tool for FindTraces {
    type Args = SeenClues;

    fn spec(&self) -> Spec {
        Spec {
            name: "traces.find",
            version: "1",
            about: "Looks up where pictures were taken of which experts said things like these.",
            kinds: &[TRACES, TRACES_WHOLE],
        }
    }

    async fn call(&self, args: SeenClues) -> Result<Answer, ToolError> {
        if !self.0.has(Kind::Traces) {
            return Err(ToolError::Missing {
                tool: "traces.find".to_owned(),
                what: "no traces are indexed",
                mend: "'navig index traces FILE.jsonl' makes an index of what experts said",
            });
        }
        let found = find(&self.0, Kind::Traces, false, &args.clues, "traces.find")?;
        let mut all = answer(&self.0, TRACES, "no expert said anything like it", args.clues.iter().zip(&found));
        if args.clues.len() >= WHOLE_FROM {
            let text = args.clues.iter().map(|c| c.text.as_str()).collect::<Vec<_>>().join(" ");
            let whole = SeenClue { id: "all".to_owned(), text };
            let found = find(&self.0, Kind::Traces, true, std::slice::from_ref(&whole), "traces.find")?;
            let mut of_all = answer(&self.0, TRACES_WHOLE, "", std::iter::once(&whole).zip(&found));
            for finding in &mut of_all.findings {
                finding.clues = args.clues.iter().map(|c| c.id.clone()).collect();
            }
            all.findings.extend(of_all.findings);
        }
        Ok(all)
    }
}

fn find(library: &Library, kind: Kind, whole: bool, clues: &[SeenClue], tool: &str) -> Result<Vec<Found>, ToolError> {
    let texts: Vec<&str> = clues.iter().map(|c| c.text.as_str()).collect();
    let failed = |e: super::book::EmbedError| ToolError::Failed { tool: tool.to_owned(), reason: e.to_string() };
    library.find(kind, whole, &texts).map_err(failed)
}

fn answer<'c>(
    library: &Library,
    kind: &str,
    nothing: &str,
    found: impl Iterator<Item = (&'c SeenClue, &'c Found)>,
) -> Answer {
    let (mut lines, mut findings, mut cited) = (Vec::new(), Vec::new(), Vec::new());
    for (clue, found) in found {
        let Some(best) = found.hits.first() else {
            lines.push(format!("{}: {nothing}.", clue.id));
            continue;
        };
        let citations = citations(library, clue, found);
        for c in &citations {
            lines.push(format!("{}: \"{}\" ({}, {:.2})", clue.id, c.quote, place_in_words(c), c.score));
        }
        findings.extend(finding(kind, clue, best, found, &citations));
        cited.extend(citations);
    }
    let data = serde_json::to_value(&cited).unwrap_or_default();
    Answer { text: lines.join("\n"), findings, data }
}

fn finding(kind: &str, clue: &SeenClue, best: &Hit, found: &Found, citations: &[Cited]) -> Option<Finding> {
    if found.votes.shares.is_empty() {
        return None;
    }
    let cited = citations.first()?;
    let who = match kind {
        GUIDEBOOK => "A guidebook",
        _ => "An expert",
    };
    let fits = match found.votes.spread {
        s if s < 1.5 => "fits one country".to_owned(),
        s => format!("fits about {s:.0} countries"),
    };
    let quote = format!("{who} says: \"{}\" ({}).", cited.quote, place_in_words(cited));
    Some(Finding {
        group: clue.group(),
        kind: kind.to_owned(),
        clues: vec![clue.id.clone()],
        claim: format!("{quote} By all passages like it the clue {fits}, {} first.", leading(found)),
        likelihood: Likelihood::Regions { shares: found.votes.shares.clone(), background: background(best) },
    })
}

/// A passage that is far from the clue may be about something else.
fn background(best: &Hit) -> f64 {
    let score = best.cosine.unwrap_or(best.words);
    let near = ((score - FAR) / (NEAR - FAR)).clamp(0.0, 1.0);
    FAR_BACKGROUND + (NEAR_BACKGROUND - FAR_BACKGROUND) * near
}

/// The countries that fit best, in words.
fn leading(found: &Found) -> String {
    let facts = Facts::embedded();
    let names = found.votes.shares.iter().filter_map(|s| {
        let code = s.region.code.split('.').next()?;
        (s.share >= 0.5).then(|| facts.name(code))
    });
    let mut unique: Vec<&str> = Vec::new();
    for name in names {
        if !unique.contains(&name) && unique.len() < 3 {
            unique.push(name);
        }
    }
    unique.join(", ")
}

fn citations(library: &Library, clue: &SeenClue, found: &Found) -> Vec<Cited> {
    found.hits.iter().take(CITED).map(|hit| cited(library, clue, hit, found)).collect()
}

fn cited(library: &Library, clue: &SeenClue, hit: &Hit, found: &Found) -> Cited {
    let book = &library.books()[hit.book];
    let guidebook = book.path().file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let score = hit.cosine.unwrap_or(hit.words);
    Cited {
        clue: clue.id.clone(),
        quote: quote(&hit.record.text),
        headings: hit.record.headings.clone(),
        guidebook,
        page: hit.record.page.clone(),
        score: (score * 1000.0).round() / 1000.0,
        regions: hit.record.regions().map(|s| (s.region.code, s.share)).collect(),
        fits_countries: (found.votes.spread * 10.0).round() / 10.0,
    }
}

fn place_in_words(cited: &Cited) -> String {
    match cited.headings.is_empty() {
        true => format!("{}, {}", cited.guidebook, cited.page),
        false => format!("{}, {}", cited.guidebook, cited.headings.join(" > ")),
    }
}

/// The first words of a text, and whether there are more.
fn quote(text: &str) -> String {
    let mut words = text.split_whitespace();
    let first: Vec<&str> = words.by_ref().take(QUOTED_WORDS).collect();
    let more = if words.next().is_some() { " …" } else { "" };
    format!("{}{more}", first.join(" "))
}

//! What the templates print: a result in words, with nothing left to compute.

use super::{map, picture};
use crate::ledger::{Candidate, ChainLink, LocateResult, Reason, VerdictKind};
use crate::report::reasons::{Citations, Cited, Spot};
use crate::report::words;
use image::RgbImage;
use minijinja::Value;
use navig_tools::clue::{Clue, ClueKind};
use navig_tools::evidence::Evidence;
use navig_tools::geo::Chain;
use serde::Serialize;
use std::collections::HashSet;

/// Limits on what one page shows, so that a hostile photo makes no page that a browser cannot open.
const CLUES: usize = 120;
const EVIDENCE: usize = 300;
const BOXES: usize = 400;
/// Candidates that get a column of weights, and reasons under each candidate.
const COLUMNS: usize = 5;
const REASONS: usize = 3;

#[derive(Serialize)]
pub(super) struct Page {
    path: String,
    located: bool,
    headline: String,
    position: String,
    geo_uri: String,
    radius: String,
    chain: Vec<Link>,
    map_areas: String,
    photo: Option<Photo>,
    world: Value,
    local: Option<Value>,
    pro: Vec<Fact>,
    contra: Vec<Fact>,
    candidates: Vec<Rival>,
    clues: Vec<Seen>,
    clues_left_out: usize,
    ranks: Vec<usize>,
    evidence: Vec<Line>,
    evidence_left_out: usize,
    hints: Vec<(String, String)>,
    warnings: Vec<String>,
    origin: Vec<(&'static str, String)>,
    timings: Vec<(String, String)>,
}

#[derive(Serialize)]
struct Link {
    level: &'static str,
    name: String,
    code: String,
    percent: String,
    bar: f64,
}

#[derive(Serialize)]
struct Photo {
    uri: Value,
    width: u32,
    height: u32,
    font: u32,
    boxes: Vec<Frame>,
}

#[derive(Serialize)]
struct Frame {
    id: String,
    clue: String,
    text: String,
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

#[derive(Serialize)]
struct Fact {
    id: String,
    claim: String,
    spots: Vec<Spot>,
    factor: String,
}

#[derive(Serialize)]
struct Rival {
    rank: usize,
    percent: String,
    bar: f64,
    names: Vec<String>,
    position: String,
    geo_uri: String,
    away: String,
    pro: Vec<Fact>,
    contra: Vec<Fact>,
}

#[derive(Serialize)]
struct Seen {
    id: String,
    kind: &'static str,
    text: String,
    confidence: String,
    crop: Option<String>,
    place: Option<String>,
    picture: Option<Value>,
}

#[derive(Serialize)]
struct Line {
    id: String,
    kind: String,
    claim: String,
    tool: String,
    version: String,
    clues: Vec<String>,
    likelihood: String,
    weights: Vec<(String, &'static str)>,
}

/// A row of the list of many photos.
#[derive(Serialize)]
pub(super) struct Row {
    path: String,
    located: bool,
    headline: String,
    chain: Vec<Link>,
    position: String,
    geo_uri: String,
    radius: String,
    reasons: Vec<Fact>,
}

pub(super) fn page(result: &LocateResult, photo: Option<&RgbImage>) -> Page {
    let citations = Citations::new(result);
    let best = result.candidates.first();
    let facts = |reasons: Option<&Vec<Reason>>| facts(&citations, reasons.map_or(&[], Vec::as_slice));
    let shown = shown_clues(result);
    Page {
        path: words::path(result).to_owned(),
        located: result.verdict.kind == VerdictKind::Located,
        headline: words::headline(result),
        position: words::position(result.point, result.radius_km.p50),
        geo_uri: geo_uri(result.point),
        radius: words::radius(result),
        chain: links(&result.chain),
        map_areas: words::map_areas(result),
        photo: photo.and_then(|pixels| self::photo(result, &shown, pixels)),
        world: Value::from_safe_string(map::world(result)),
        local: map::local(result).map(Value::from_safe_string),
        pro: facts(best.map(|c| &c.evidence_for)),
        contra: facts(best.map(|c| &c.evidence_against)),
        candidates: result.candidates.iter().map(|c| rival(result, c, &citations)).collect(),
        clues: shown.iter().map(|clue| seen(result, clue, photo)).collect(),
        clues_left_out: result.clues.len() - shown.len(),
        ranks: result.candidates.iter().take(COLUMNS).map(|c| c.rank).collect(),
        evidence: result.evidence.iter().take(EVIDENCE).map(|e| line(result, e)).collect(),
        evidence_left_out: result.evidence.len().saturating_sub(EVIDENCE),
        hints: result.hints.iter().map(|h| (h.id.clone(), words::hint(h))).collect(),
        warnings: result.warnings.clone(),
        origin: origin(result),
        timings: result.timings_ms.iter().map(|(stage, ms)| (stage.clone(), format!("{ms:.1} ms"))).collect(),
    }
}

pub(super) fn row(result: &LocateResult) -> Row {
    let reasons = result.candidates.first().map(|c| c.evidence_for.as_slice()).unwrap_or_default();
    Row {
        path: words::path(result).to_owned(),
        located: result.verdict.kind == VerdictKind::Located,
        headline: words::headline(result),
        chain: links(&result.chain),
        position: words::position(result.point, result.radius_km.p50),
        geo_uri: geo_uri(result.point),
        radius: words::radius(result),
        reasons: facts(&Citations::new(result), &reasons[..reasons.len().min(REASONS)]),
    }
}

/// RFC 5870, which opens the map program that the reader has chosen; no web address is built into a report.
fn geo_uri(point: navig_tools::geo::LatLon) -> String {
    format!("geo:{point}")
}

fn links(chain: &[ChainLink]) -> Vec<Link> {
    let link = |link: &ChainLink| Link {
        level: words::level(link.level),
        name: link.name.clone(),
        code: link.code.clone(),
        percent: words::percent(link.probability),
        bar: bar(link.probability),
    };
    chain.iter().map(link).collect()
}

/// Length of a bar, per cent with one decimal.
fn bar(probability: f64) -> f64 {
    (probability.clamp(0.0, 1.0) * 1000.0).round() / 10.0
}

fn facts(citations: &Citations<'_>, reasons: &[Reason]) -> Vec<Fact> {
    let fact = |reason| {
        let Cited { id, claim, spots, bans } = citations.cite(reason);
        Fact { id, claim, spots, factor: words::factor(bans) }
    };
    reasons.iter().map(fact).collect()
}

/// Clues that evidence rests on come first, since those are the ones to check.
fn shown_clues(result: &LocateResult) -> Vec<&Clue> {
    let cited: HashSet<&str> =
        result.evidence.iter().flat_map(|e| e.finding.clues.iter().map(String::as_str)).collect();
    let (used, unused): (Vec<&Clue>, Vec<&Clue>) = result.clues.iter().partition(|c| cited.contains(c.id.as_str()));
    used.into_iter().chain(unused).take(CLUES).collect()
}

fn photo(result: &LocateResult, shown: &[&Clue], pixels: &RgbImage) -> Option<Photo> {
    let uri = Value::from_safe_string(picture::photo(pixels)?);
    let linked: HashSet<&str> = shown.iter().map(|clue| clue.id.as_str()).collect();
    let frame = |clue: &Clue| {
        let crop = clue.crop.as_ref()?;
        Some(Frame {
            id: crop.id.clone(),
            // A box whose clue is not on the page leads nowhere.
            clue: if linked.contains(clue.id.as_str()) { clue.id.clone() } else { String::new() },
            text: clue.text.clone(),
            x: crop.x,
            y: crop.y,
            width: crop.width,
            height: crop.height,
        })
    };
    let (width, height) = (result.photo.width.max(1), result.photo.height.max(1));
    let boxes = result.clues.iter().filter_map(frame).take(BOXES).collect();
    Some(Photo { uri, width, height, font: (width.max(height) / 36).max(6), boxes })
}

fn rival(result: &LocateResult, candidate: &Candidate, citations: &Citations<'_>) -> Rival {
    let Candidate { rank, probability, point, chain: Chain(regions), evidence_for, evidence_against } = candidate;
    let away = words::distance(result.point.distance_km(*point));
    let top = |reasons: &[Reason]| facts(citations, &reasons[..reasons.len().min(REASONS)]);
    Rival {
        rank: *rank,
        percent: words::percent(*probability),
        bar: bar(*probability),
        names: regions.iter().map(|region| region.name.clone()).collect(),
        position: words::position(*point, result.radius_km.p50.min(10.0)),
        geo_uri: geo_uri(*point),
        away: if *point == result.point { "the point above".to_owned() } else { format!("{away} away") },
        pro: top(evidence_for),
        contra: top(evidence_against),
    }
}

fn seen(result: &LocateResult, clue: &Clue, photo: Option<&RgbImage>) -> Seen {
    let size = (result.photo.width, result.photo.height);
    let cut = photo.zip(clue.crop.as_ref()).and_then(|(photo, crop)| picture::crop(photo, size, crop));
    Seen {
        id: clue.id.clone(),
        kind: match clue.kind {
            ClueKind::Text => "text in the photo",
            ClueKind::UserText => "text you gave",
            ClueKind::Described => "described by you",
            ClueKind::Metadata => "metadata of the file",
            ClueKind::ModelText => "text read by the vision model",
            ClueKind::Vegetation => "plants, seen by the vision model",
            ClueKind::Architecture => "building, seen by the vision model",
            ClueKind::RoadMarking => "road marking, seen by the vision model",
            ClueKind::Sign => "sign, seen by the vision model",
            ClueKind::Plate => "plate, seen by the vision model",
            ClueKind::Vehicle => "vehicle, seen by the vision model",
            ClueKind::Pole => "pole, seen by the vision model",
            ClueKind::Landmark => "landmark, seen by the vision model",
            ClueKind::Script => "script, seen by the vision model",
            ClueKind::Climate => "climate, seen by the vision model",
            ClueKind::Sun => "light, seen by the vision model",
            ClueKind::Dress => "clothes, seen by the vision model",
            ClueKind::Other => "seen by the vision model",
            _ => "clue",
        },
        text: clue.text.clone(),
        confidence: words::percent(clue.confidence),
        crop: clue.crop.as_ref().map(|c| c.id.clone()),
        place: clue.crop.as_ref().map(|c| format!("at {}, {} ({} × {} px)", c.x, c.y, c.width, c.height)),
        picture: cut.map(Value::from_safe_string),
    }
}

fn line(result: &LocateResult, evidence: &Evidence) -> Line {
    let finding = &evidence.finding;
    let weight = |candidate: &Candidate| {
        let mut reasons = candidate.evidence_for.iter().chain(&candidate.evidence_against);
        match reasons.find(|r| r.evidence == evidence.id).map(|r| r.bans) {
            Some(bans) if bans > 0.0 => (format!("+{bans:.1}"), "pro"),
            Some(bans) if bans < 0.0 => (format!("−{:.1}", -bans), "contra"),
            Some(_) => ("0.0".to_owned(), ""),
            None => (String::new(), ""),
        }
    };
    Line {
        id: evidence.id.clone(),
        kind: finding.kind.clone(),
        claim: finding.claim.clone(),
        tool: evidence.source.tool.clone(),
        version: evidence.source.version.clone(),
        clues: finding.clues.clone(),
        likelihood: words::likelihood(&finding.likelihood),
        weights: result.candidates.iter().take(COLUMNS).map(weight).collect(),
    }
}

fn origin(result: &LocateResult) -> Vec<(&'static str, String)> {
    let photo = &result.photo;
    let mut facts = vec![
        ("File", words::path(result).to_owned()),
        ("SHA-256", photo.sha256.clone()),
        ("Size", format!("{} × {} px, upright", photo.width, photo.height)),
        ("Made by", format!("navig {} ({})", result.navig, result.schema)),
        ("Vision model", result.model.clone().unwrap_or_else(|| "none looked at the photo".to_owned())),
    ];
    facts.extend(result.ledger.clone().map(|ledger| ("Ledger", ledger)));
    facts
}

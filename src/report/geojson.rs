//! GeoJSON (RFC 7946): one feature for the answer, one for each candidate, and the 50 % and 90 % circles.

use super::reasons::Citations;
use super::ring::{self, Vertex};
use super::words;
use crate::ledger::{Candidate, LocateResult};
use navig_tools::geo::LatLon;
use serde_json::{Value, json};

/// What opens a collection: to be followed by features with commas between them and `]}`.
pub(super) fn header() -> String {
    // RFC 7946, 6.1, allows members of one's own.
    format!(r#"{{"type":"FeatureCollection","attribution":{},"features":["#, json!(words::ATTRIBUTION))
}

/// Features of one photo, the widest first, so that a viewer paints the answer on top.
pub(super) fn features(result: &LocateResult) -> Vec<Value> {
    let circle = |role: &str, km: f64, share: f64| {
        let properties = json!({ "role": role, "path": result.photo.path, "probability": share, "radius_km": km });
        feature(disc(result.point, km), properties)
    };
    let mut features =
        vec![circle("radius-90", result.radius_km.p90, 0.9), circle("radius-50", result.radius_km.p50, 0.5)];
    let citations = Citations::new(result);
    features.extend(result.candidates.iter().rev().map(|candidate| rival(result, candidate, &citations)));
    features.push(answer(result));
    features
}

fn answer(result: &LocateResult) -> Value {
    let properties = json!({
        "role": "answer",
        "path": result.photo.path,
        "sha256": result.photo.sha256,
        "verdict": result.verdict.kind,
        "level": result.verdict.level,
        "name": words::headline(result),
        "chain": result.chain,
        "p_country": words::country_probability(result),
        "radius_km": result.radius_km,
    });
    feature(point(result.point), properties)
}

fn rival(result: &LocateResult, candidate: &Candidate, citations: &Citations<'_>) -> Value {
    let reasons: Vec<String> = candidate.evidence_for.iter().map(|r| citations.cite(r).claim).collect();
    let against: Vec<String> = candidate.evidence_against.iter().map(|r| citations.cite(r).claim).collect();
    let properties = json!({
        "role": "candidate",
        "path": result.photo.path,
        "rank": candidate.rank,
        "probability": candidate.probability,
        "name": candidate.chain.to_string(),
        "chain": candidate.chain,
        "evidence_for": reasons,
        "evidence_against": against,
    });
    feature(point(candidate.point), properties)
}

fn feature(geometry: Value, properties: Value) -> Value {
    json!({ "type": "Feature", "geometry": geometry, "properties": properties })
}

fn point(p: LatLon) -> Value {
    json!({ "type": "Point", "coordinates": position(p.into()) })
}

/// Longitude, then latitude, to a tenth of a metre.
fn position(v: Vertex) -> [f64; 2] {
    [v.lon, v.lat].map(|degrees| (degrees * 1e6).round() / 1e6)
}

/// A circle; null geometry, which RFC 7946 has for features without a place, when the radius is not above 0.
fn disc(centre: LatLon, radius_km: f64) -> Value {
    let mut rings: Vec<Vec<[f64; 2]>> =
        ring::disc(centre, radius_km).into_iter().map(|ring| ring.into_iter().map(position).collect()).collect();
    match rings.len() {
        0 => Value::Null,
        1 => json!({ "type": "Polygon", "coordinates": [rings.swap_remove(0)] }),
        _ => json!({ "type": "MultiPolygon", "coordinates": rings.into_iter().map(|r| [r]).collect::<Vec<_>>() }),
    }
}

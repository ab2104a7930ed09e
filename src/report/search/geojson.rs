//! GeoJSON (RFC 7946) of a search: one feature for each spot, and one for each of its objects.

use super::things;
use navig_tools::geo::LatLon;
use navig_tools::osm::file::ATTRIBUTION;
use navig_tools::osm::search::Results;
use serde_json::{Value, json};

/// The spots and their objects as a FeatureCollection with a line feed at its end.
#[must_use]
pub fn geojson(results: &Results) -> String {
    let mut features = Vec::new();
    for (rank, hit) in (1..).zip(&results.hits) {
        let properties = json!({
            "role": "spot",
            "rank": rank,
            "name": things::title(hit),
            "score_bans": hit.score,
            "matched": hit.matched,
            "of": hit.of,
            "extent_m": hit.extent_m,
            "areas": hit.areas,
            "reason": hit.reason,
        });
        features.push(feature(hit.at, properties));
        features.extend(hit.objects.iter().map(|found| {
            let properties = json!({
                "role": "object",
                "rank": rank,
                "clause": found.clause + 1,
                "name": found.name,
                "matched_name": found.matched_name,
                "likeness": found.likeness,
                "osm": found.osm,
                "url": found.osm.url(),
                "map": found.map,
                "classes": found.classes,
                "tags": found.tags,
                "namesakes": found.namesakes,
            });
            feature(found.at, properties)
        }));
    }
    // RFC 7946, 6.1, allows members of one's own.
    let collection = json!({
        "type": "FeatureCollection",
        "attribution": ATTRIBUTION,
        "query": results.text,
        "verdict": results.verdict,
        "features": features,
    });
    collection.to_string() + "\n"
}

fn feature(at: LatLon, properties: Value) -> Value {
    // OpenStreetMap has seven decimals.
    let place = [at.lon(), at.lat()].map(|degrees| (degrees * 1e7).round() / 1e7);
    json!({ "type": "Feature", "geometry": { "type": "Point", "coordinates": place }, "properties": properties })
}

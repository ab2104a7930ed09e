//! CSV (RFC 4180), one row a photo, for spreadsheets.

use super::reasons::Citations;
use super::untrusted::cell;
use crate::ledger::{LocateResult, VerdictKind};
use crate::report::words;
use navig_tools::geo::Level;

/// Names of the columns. Region columns hold names down to the verdict's level, or to the country when abstaining.
pub(super) const HEADER: [&str; 14] = [
    "path",
    "sha256",
    "verdict",
    "level",
    "country",
    "admin1",
    "admin2",
    "city",
    "lat",
    "lon",
    "p_country",
    "radius_km_50",
    "radius_km_90",
    "reasons",
];

/// Reasons in the last column.
const REASONS: usize = 3;

/// The cells of one photo, in the order of [`HEADER`].
pub(super) fn row(result: &LocateResult) -> [String; 14] {
    let name = |level: Level| {
        let link = result.chain.iter().find(|link| link.level == level);
        link.map_or_else(String::new, |link| cell(&link.name).into_owned())
    };
    let verdict = match result.verdict.kind {
        VerdictKind::Located => "located",
        VerdictKind::Abstained => "abstained",
    };
    let citations = Citations::new(result);
    let best = result.candidates.first().map(|c| c.evidence_for.as_slice()).unwrap_or_default();
    let reasons: Vec<String> = best.iter().take(REASONS).map(|reason| citations.cite(reason).claim).collect();
    [
        cell(&result.photo.path).into_owned(),
        cell(&result.photo.sha256).into_owned(),
        verdict.to_owned(),
        result.verdict.level.map_or_else(String::new, |level| level.name().to_owned()),
        name(Level::Country),
        name(Level::Admin1),
        name(Level::Admin2),
        name(Level::City),
        format!("{:.6}", result.point.lat()),
        format!("{:.6}", result.point.lon()),
        words::country_probability(result).map_or_else(String::new, |p| format!("{p:.4}")),
        format!("{:.3}", result.radius_km.p50),
        format!("{:.3}", result.radius_km.p90),
        cell(&reasons.join(" | ")).into_owned(),
    ]
}

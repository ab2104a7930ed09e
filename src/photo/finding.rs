//! How claims weigh.

use super::claim::{Claim, ClaimKind};
use super::moment::Moment;
use super::suspicion::{Suspicion, SuspicionKind};
use navig_tools::evidence::{Finding, Likelihood, PointShare};
use navig_tools::geo::{Area, BoundingBox, LatLon};

/// Spread of a position without an error estimate, km: the error of a telephone between houses.
const DEFAULT_SIGMA_KM: f64 = 0.03;

/// No receiver is believed to better than this, km.
const MIN_SIGMA_KM: f64 = 0.02;

/// Spread of a position in whole degrees, km: half a degree of latitude.
const WHOLE_DEGREES_SIGMA_KM: f64 = 55.0;

/// Share of positions that are wrong with nothing odd about them: edited, copied, or of another photo.
const CLEAN_BACKGROUND: f64 = 0.02;

/// However odd a position is, it may be right.
const MAX_BACKGROUND: f64 = 0.9;

/// Farthest that civil time runs behind and ahead of solar time, h, with room at both ends: the extremes are about
/// 0.9 (the east of a wide zone in winter) and 3.1 (western China).
const BEHIND_H: f64 = 1.2;
const AHEAD_H: f64 = 3.2;

/// How much likelier a clock shows the zone it is in than any other: travellers forget to set it.
const OFFSET_ODDS: f64 = 8.0;

/// The same for UTC+00:00, which programs also write when they know no zone.
const UTC_ODDS: f64 = 2.0;

/// What the claims say about the place: positions (kind `exif-position`, group `metadata:position`) and the clock's offset
/// (kind `utc-offset`, group `metadata:time`).
#[must_use]
pub fn findings(claims: &[Claim]) -> Vec<Finding> {
    claims.iter().filter_map(finding).collect()
}

fn finding(claim: &Claim) -> Option<Finding> {
    let (topic, kind, text, likelihood) = match &claim.kind {
        ClaimKind::Position { at, error_m, .. } => {
            let doubts = claim.suspicions.iter().map(|s| s.text.as_str());
            let text = std::iter::once(claim.text.as_str()).chain(doubts).collect::<Vec<_>>().join(" ");
            ("position", "exif-position", text, position(*at, *error_m, &claim.suspicions))
        }
        ClaimKind::Time(moment) => {
            let (text, likelihood) = offset(moment)?;
            ("time", "utc-offset", text, likelihood)
        }
        _ => return None,
    };
    Some(Finding {
        group: format!("metadata:{topic}"),
        kind: kind.to_owned(),
        clues: vec![claim.id.clone()],
        claim: text,
        likelihood,
    })
}

/// The claimed place, and with half its weight each place that the same numbers may have meant.
fn position(at: LatLon, error_m: Option<f64>, suspicions: &[Suspicion]) -> Likelihood {
    let sigma_km = if suspicions.iter().any(|s| s.kind == SuspicionKind::WholeDegrees) {
        WHOLE_DEGREES_SIGMA_KM
    } else {
        error_m.map_or(DEFAULT_SIGMA_KM, |m| m / 1000.0).clamp(MIN_SIGMA_KM, 1000.0)
    };
    let other = |at: &LatLon| PointShare { at: *at, sigma_km, share: 0.5, label: format!("{at}, by another reading") };
    let mut points = vec![PointShare { at, sigma_km, share: 1.0, label: format!("{at}, of the metadata") }];
    points.extend(suspicions.iter().flat_map(|s| &s.instead).map(other));
    let trust: f64 = suspicions.iter().map(|s| 1.0 - doubt(s.kind)).product();
    Likelihood::Points { points, background: (1.0 - (1.0 - CLEAN_BACKGROUND) * trust).min(MAX_BACKGROUND) }
}

/// The probability that a position with this one oddity has nothing to do with the place. Reasoned, not fitted.
fn doubt(kind: SuspicionKind) -> f64 {
    match kind {
        SuspicionKind::NullIsland | SuspicionKind::OutOfRange => 0.9,
        SuspicionKind::EqualCoordinates => 0.7,
        SuspicionKind::StalePosition => 0.4,
        SuspicionKind::WholeDegrees
        | SuspicionKind::SwappedCoordinates
        | SuspicionKind::OffsetMismatch
        | SuspicionKind::MissingHemisphere
        | SuspicionKind::AbsurdAltitude => 0.3,
    }
}

/// The meridians between which civil time may differ from UTC by the clock's offset.
fn offset(moment: &Moment) -> Option<(String, Likelihood)> {
    let offset = moment.civil_offset()?;
    let hours = f64::from(offset.seconds()) / 3600.0;
    let (west, east) = ((hours - AHEAD_H) * 15.0, (hours + BEHIND_H) * 15.0);
    let fold = |lon: f64| (lon + 180.0).rem_euclid(360.0) - 180.0;
    let area = Area::Box(BoundingBox::new(-90.0, fold(west), 90.0, fold(east)).ok()?);
    let source = if moment.offset.is_some() { "states" } else { "keeps against the satellites' clock" };
    let text = format!(
        "The camera's clock {source} the offset UTC{offset}, which places between {} and {} keep.",
        meridian(fold(west)),
        meridian(fold(east))
    );
    Some((text, Likelihood::Area { area, odds: if hours == 0.0 { UTC_ODDS } else { OFFSET_ODDS } }))
}

/// `18° W`.
fn meridian(lon_deg: f64) -> String {
    format!("{:.0}° {}", lon_deg.abs(), if lon_deg < 0.0 { 'W' } else { 'E' })
}

#[cfg(test)]
mod tests {
    use super::super::moment;
    use super::*;
    use proptest::prelude::*;

    fn inside(text: &str, lat: f64, lon: f64) -> bool {
        let moment = Moment { offset: moment::offset(text), ..Moment::default() };
        let Some((_, Likelihood::Area { area: Area::Box(area), .. })) = offset(&moment) else {
            unreachable!("an offset gives an area")
        };
        area.contains(LatLon::new(lat, lon).expect("valid"))
    }

    #[test]
    fn places_lie_in_the_band_of_the_offset_that_they_keep() {
        for (lat, lon, offset) in [
            (39.47, 75.99, "+08:00"),
            (42.88, -8.54, "+02:00"),
            (1.87, -157.43, "+14:00"),
            (64.15, -21.94, "+00:00"),
            (27.7, 85.3, "+05:45"),
            (52.1, 23.7, "+01:00"),
            (21.3, -157.86, "-10:00"),
        ] {
            assert!(inside(offset, lat, lon), "{lat},{lon} {offset}");
        }
        assert!(!inside("+09:00", 48.2, 16.4) && !inside("+02:00", 35.7, 139.7));
    }

    #[test]
    fn the_odder_a_position_the_less_it_weighs() {
        let at = LatLon::new(0.0, 0.0).expect("valid");
        let odd = |kind| Suspicion { kind, text: String::new(), instead: Vec::new() };
        let background = |kinds: &[SuspicionKind]| {
            let suspicions: Vec<_> = kinds.iter().map(|kind| odd(*kind)).collect();
            match position(at, None, &suspicions) {
                Likelihood::Points { background, .. } => background,
                _ => f64::NAN,
            }
        };
        assert!((background(&[]) - CLEAN_BACKGROUND).abs() < 1e-12);
        let stale = background(&[SuspicionKind::StalePosition]);
        assert!(background(&[SuspicionKind::StalePosition, SuspicionKind::OffsetMismatch]) > stale && stale > 0.3);
        assert!(background(&[SuspicionKind::NullIsland]) <= MAX_BACKGROUND);
    }

    proptest! {
        #[test]
        fn every_position_can_be_weighed(lat in -90.0..=90.0f64, lon in -180.0..180.0f64, error in proptest::option::of(any::<f64>())) {
            let at = LatLon::new(lat, lon).expect("in range");
            let error = error.filter(|m| *m > 0.0);
            prop_assert_eq!(position(at, error, &[]).check(), Ok(()));
        }
    }
}

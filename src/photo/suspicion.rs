//! Signs that a position in metadata is not where the camera stood.

use super::moment::Moment;
use jiff::tz::Offset;
use navig_tools::geo::LatLon;
use std::fmt;

/// What is wrong with a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SuspicionKind {
    /// Exactly 0° 0°: a receiver without a fix.
    NullIsland,
    /// Latitude and longitude are the same number.
    EqualCoordinates,
    /// No fraction of a degree in either number.
    WholeDegrees,
    /// Not on the globe.
    OutOfRange,
    /// The clock's offset fits the position only with latitude and longitude exchanged.
    SwappedCoordinates,
    /// The clock's offset does not fit the longitude.
    OffsetMismatch,
    /// The satellites' stamp is more than a day away from the capture.
    StalePosition,
    /// North or south, or east or west, is not said.
    MissingHemisphere,
    /// Deeper than any shore, or higher than any airliner.
    AbsurdAltitude,
}

impl SuspicionKind {
    /// The word that reports use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NullIsland => "null-island",
            Self::EqualCoordinates => "equal-coordinates",
            Self::WholeDegrees => "whole-degrees",
            Self::OutOfRange => "out-of-range",
            Self::SwappedCoordinates => "swapped-coordinates",
            Self::OffsetMismatch => "offset-mismatch",
            Self::StalePosition => "stale-position",
            Self::MissingHemisphere => "missing-hemisphere",
            Self::AbsurdAltitude => "absurd-altitude",
        }
    }
}

impl fmt::Display for SuspicionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One reason to doubt a position.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspicion {
    /// What is wrong.
    pub kind: SuspicionKind,
    /// One sentence.
    pub text: String,
    /// Places that the same numbers may have meant.
    pub instead: Vec<LatLon>,
}

/// Latitude and longitude as a file writes them, degrees, before anybody has judged them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reading {
    pub(super) lat: f64,
    pub(super) lon: f64,
    /// Whether the file says north or south.
    pub(super) says_north_or_south: bool,
    /// Whether the file says east or west.
    pub(super) says_east_or_west: bool,
    pub(super) altitude_m: Option<f64>,
}

/// Civil time strays this far from solar time, h; western China comes to 3.1.
const MAX_STRAY_H: f64 = 4.0;

/// Meridians crowd together here, and stations keep the time of their home.
const POLAR_LAT_DEG: f64 = 75.0;

impl Reading {
    /// The place, when it is on the globe; longitudes beyond ±180° are not folded.
    pub(super) fn point(&self) -> Option<LatLon> {
        (self.lon.abs() <= 180.0).then(|| LatLon::new(self.lat, self.lon).ok())?
    }

    /// Everything that is odd about it.
    pub(super) fn suspicions(&self, moment: &Moment) -> Vec<Suspicion> {
        let found = [self.null_island(), self.equal(), self.whole(), self.out_of_range(), self.hemisphere()];
        let found = found.into_iter().chain([self.zone(moment), stale(moment), self.altitude()]);
        found.flatten().collect()
    }

    fn null_island(&self) -> Option<Suspicion> {
        (self.lat == 0.0 && self.lon == 0.0)
            .then(|| doubt(SuspicionKind::NullIsland, "The position is exactly 0° 0°, as of a receiver without a fix."))
    }

    fn equal(&self) -> Option<Suspicion> {
        (self.lat == self.lon && self.lat != 0.0)
            .then(|| doubt(SuspicionKind::EqualCoordinates, "Latitude and longitude are the same number."))
    }

    fn whole(&self) -> Option<Suspicion> {
        let whole = self.lat.fract() == 0.0 && self.lon.fract() == 0.0 && (self.lat, self.lon) != (0.0, 0.0);
        whole.then(|| {
            doubt(SuspicionKind::WholeDegrees, "Both numbers are whole degrees, so the place may be 100 km away.")
        })
    }

    fn out_of_range(&self) -> Option<Suspicion> {
        self.point().is_none().then(|| {
            let text = format!("Latitude {} and longitude {} are not on the globe.", self.lat, self.lon);
            doubt(SuspicionKind::OutOfRange, text)
        })
    }

    fn hemisphere(&self) -> Option<Suspicion> {
        let here = self.point()?;
        let lats: &[f64] = if self.says_north_or_south { &[1.0] } else { &[1.0, -1.0] };
        let lons: &[f64] = if self.says_east_or_west { &[1.0] } else { &[1.0, -1.0] };
        let mirrored = lats.iter().flat_map(|a| lons.iter().map(move |b| (a * self.lat, b * self.lon)));
        let instead: Vec<LatLon> =
            mirrored.filter_map(|(lat, lon)| LatLon::new(lat, lon).ok()).filter(|p| *p != here).collect();
        let missing = match (self.says_north_or_south, self.says_east_or_west) {
            (true, true) => return None,
            (false, true) => "north or south",
            (true, false) => "east or west",
            (false, false) => "north or south, east or west",
        };
        let text = format!("The file does not say {missing}; the sign of the number was taken.");
        Some(Suspicion { kind: SuspicionKind::MissingHemisphere, text, instead })
    }

    fn zone(&self, moment: &Moment) -> Option<Suspicion> {
        let here = self.point().filter(|p| p.lat().abs() < POLAR_LAT_DEG && (p.lat(), p.lon()) != (0.0, 0.0))?;
        let offset = moment.civil_offset()?;
        let stray = stray_h(offset, here.lon());
        if stray <= MAX_STRAY_H {
            return None;
        }
        let exchanged = LatLon::new(self.lon, self.lat)
            .ok()
            .filter(|p| p.lat().abs() < POLAR_LAT_DEG && stray_h(offset, p.lon()) <= MAX_STRAY_H);
        let (kind, rest) = match exchanged {
            Some(_) => (SuspicionKind::SwappedCoordinates, "and fits it with latitude and longitude exchanged"),
            None => (SuspicionKind::OffsetMismatch, "as of a clock set elsewhere, or of a position put in later"),
        };
        let text = format!(
            "The clock's offset UTC{offset} is {stray:.1} h away from the solar time of longitude {:.2}°, {rest}.",
            here.lon()
        );
        Some(Suspicion { kind, text, instead: exchanged.into_iter().collect() })
    }

    fn altitude(&self) -> Option<Suspicion> {
        let altitude = self.altitude_m.filter(|m| !(-450.0..=15_000.0).contains(m))?;
        Some(doubt(SuspicionKind::AbsurdAltitude, format!("The altitude is {altitude:.0} m.")))
    }
}

fn doubt(kind: SuspicionKind, text: impl Into<String>) -> Suspicion {
    Suspicion { kind, text: text.into(), instead: Vec::new() }
}

fn stale(moment: &Moment) -> Option<Suspicion> {
    let hours = moment.staleness().map(|age| age.as_hours()).filter(|hours| *hours >= 24)?;
    let text =
        format!("The satellites' stamp lies {hours} h away from the capture, so the position may be an old one.");
    Some(doubt(SuspicionKind::StalePosition, text))
}

/// How far an offset is from the solar time of a longitude, h, on a clock of 24.
fn stray_h(offset: Offset, lon_deg: f64) -> f64 {
    let apart = (f64::from(offset.seconds()) / 3600.0 - lon_deg / 15.0).rem_euclid(24.0);
    apart.min(24.0 - apart)
}

#[cfg(test)]
mod tests {
    use super::super::moment;
    use super::*;

    fn reading(lat: f64, lon: f64) -> Reading {
        Reading { lat, lon, says_north_or_south: true, says_east_or_west: true, altitude_m: None }
    }

    fn kinds(reading: Reading, moment: &Moment) -> Vec<SuspicionKind> {
        reading.suspicions(moment).into_iter().map(|s| s.kind).collect()
    }

    fn zone(text: &str) -> Moment {
        Moment { offset: moment::offset(text), ..Moment::default() }
    }

    #[test]
    fn odd_numbers_are_named() {
        let never = Moment::default();
        assert_eq!(kinds(reading(0.0, 0.0), &never), [SuspicionKind::NullIsland]);
        assert_eq!(kinds(reading(48.25, 48.25), &never), [SuspicionKind::EqualCoordinates]);
        assert_eq!(kinds(reading(48.0, 16.0), &never), [SuspicionKind::WholeDegrees]);
        assert_eq!(kinds(reading(95.5, 16.0), &never), [SuspicionKind::OutOfRange]);
        assert_eq!(kinds(reading(45.5, 200.5), &never), [SuspicionKind::OutOfRange]);
        assert_eq!(kinds(reading(f64::NAN, 1.0), &never), [SuspicionKind::OutOfRange]);
        assert_eq!(
            kinds(Reading { altitude_m: Some(90_000.0), ..reading(1.5, 2.5) }, &never),
            [SuspicionKind::AbsurdAltitude]
        );
        assert_eq!(kinds(reading(48.25, 16.5), &never), []);
    }

    #[test]
    fn real_zones_that_stray_far_are_not_suspected() {
        for (lat, lon, offset) in [
            (39.47, 75.99, "+08:00"),    // Kashgar
            (42.88, -8.54, "+02:00"),    // Santiago de Compostela in summer
            (1.87, -157.43, "+14:00"),   // Kiritimati
            (-13.83, -171.77, "+13:00"), // Apia
            (-51.7, -57.85, "-03:00"),   // Stanley
            (64.15, -21.94, "+00:00"),   // Reykjavik
        ] {
            assert_eq!(kinds(reading(lat, lon), &zone(offset)), [], "{lat},{lon} {offset}");
        }
    }

    #[test]
    fn exchanged_numbers_are_caught_by_the_clock() {
        // Tokyo is 35.68 N, 139.69 E; written the other way round the latitude is out of range, so take Delhi.
        let delhi = reading(77.21, 28.61).suspicions(&zone("+05:30"));
        assert!(delhi.iter().all(|s| s.kind != SuspicionKind::OffsetMismatch), "polar latitudes are not judged");
        let nairobi = reading(36.82, -1.29).suspicions(&zone("+08:00"));
        assert_eq!(nairobi.first().map(|s| s.kind), Some(SuspicionKind::OffsetMismatch));
        let karachi = reading(67.01, 24.86).suspicions(&zone("-05:00"));
        assert_eq!(karachi.first().map(|s| s.kind), Some(SuspicionKind::OffsetMismatch));
        let mumbai = reading(72.88, 10.08).suspicions(&zone("+05:30"));
        let [swap] = mumbai.as_slice() else { unreachable!("one suspicion: {mumbai:?}") };
        assert_eq!(swap.kind, SuspicionKind::SwappedCoordinates);
        assert_eq!(swap.instead, [LatLon::new(10.08, 72.88).expect("valid")]);
    }

    #[test]
    fn a_missing_reference_proposes_the_mirrored_places() {
        let rio = Reading { says_north_or_south: false, says_east_or_west: false, ..reading(22.9, 43.2) };
        let found = rio.suspicions(&Moment::default());
        assert_eq!(found.first().map(|s| (s.kind, s.instead.len())), Some((SuspicionKind::MissingHemisphere, 3)));
        assert!(found.iter().any(|s| s.instead.contains(&LatLon::new(-22.9, -43.2).expect("valid"))));
    }
}

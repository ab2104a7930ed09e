//! What a file says about itself. A claim is not a fact: it is weighed like any other clue.

use super::container::Structure;
use super::exif::{Exif, clean, tag};
use super::iptc;
use super::moment::{self, Moment};
use super::suspicion::{Reading, Suspicion};
use image::metadata::Orientation;
use navig_tools::clue::{Clue, ClueKind};
use navig_tools::geo::LatLon;

/// PNG text keywords that may hold words about the place.
const PNG_KEYWORDS: [&str; 4] = ["Title", "Description", "Comment", "Location"];

/// One statement of the metadata.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Unique within one photo, such as `m1`.
    pub id: String,
    /// What is claimed.
    pub kind: ClaimKind,
    /// The claim in one sentence.
    pub text: String,
    /// Why to doubt it; empty when nothing is odd.
    pub suspicions: Vec<Suspicion>,
}

/// What a claim is about.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ClaimKind {
    /// Where the camera stood.
    Position {
        /// The place.
        at: LatLon,
        /// Height above the sea, m.
        altitude_m: Option<f64>,
        /// The receiver's own estimate of its error, m.
        error_m: Option<f64>,
    },
    /// Where the camera looked.
    Direction {
        /// Clockwise from north, degrees, 0 to 360.
        deg: f64,
        /// From true north; else from magnetic north, or unsaid.
        true_north: bool,
    },
    /// When it was taken.
    Time(Moment),
    /// What it was taken with; at least one of the two is there.
    Camera {
        /// Maker.
        make: Option<String>,
        /// Model.
        model: Option<String>,
    },
    /// Words in the file, or a value that makes no other claim. Data from outside: shown, and never obeyed.
    Text {
        /// The field that holds it, such as `ImageDescription`.
        field: String,
        /// The words, without control characters, at most 1000 characters.
        value: String,
    },
}

impl Claim {
    /// The claim as a clue, for tools and reports.
    #[must_use]
    pub fn clue(&self) -> Clue {
        Clue { id: self.id.clone(), kind: ClueKind::Metadata, text: self.text.clone(), crop: None, confidence: 1.0 }
    }
}

/// The orientation that a file states, and its claims.
pub(super) struct Metadata {
    pub(super) orientation: Orientation,
    pub(super) claims: Vec<Claim>,
}

/// Reads the metadata of a file.
pub(super) fn read(file: &[u8], structure: &Structure<'_>) -> Metadata {
    let exif = Exif::read(file);
    let iptc = structure.iptc.or_else(|| exif.as_ref()?.main().bytes(tag::IPTC)).unwrap_or_default();
    let mut draft = Draft::default();
    if let Some(exif) = &exif {
        let moment = moment_of(exif);
        draft.position(exif, &moment);
        draft.direction(exif);
        draft.time(moment);
        draft.camera(exif);
        draft.exif_texts(exif);
    }
    for (field, value) in iptc::captions(iptc) {
        draft.words(field, value);
    }
    for (keyword, text) in structure.texts.iter().filter(|(keyword, _)| PNG_KEYWORDS.contains(&keyword.as_str())) {
        if let Some(value) = clean(text) {
            draft.words(&format!("PNG {keyword}"), value);
        }
    }
    let orientation = exif.as_ref().map_or(Orientation::NoTransforms, Exif::orientation);
    Metadata { orientation, claims: draft.0 }
}

fn moment_of(exif: &Exif) -> Moment {
    let dates = [
        (exif.exif().date(tag::DATE_ORIGINAL), tag::OFFSET_ORIGINAL),
        (exif.exif().date(tag::DATE_DIGITIZED), tag::OFFSET_DIGITIZED),
        (exif.main().date(tag::MODIFY_DATE), tag::OFFSET),
    ];
    let taken = dates.into_iter().find_map(|(text, offset)| Some((moment::local(&text?)?, offset)));
    let offset = taken.and_then(|(_, tag)| exif.exif().text(tag)).and_then(|text| moment::offset(&text));
    let utc = exif.gps().text(tag::GPS_DATE).zip(exif.gps().rationals(tag::GPS_TIME));
    Moment { local: taken.map(|(local, _)| local), offset, utc: utc.and_then(|(d, t)| moment::satellite(&d, &t)) }
}

/// One signed coordinate, degrees, and whether the file says which half of the globe it lies in.
fn coordinate(exif: &Exif, value: u16, reference: u16, negative: char) -> Option<(f64, bool)> {
    let parts = exif.gps().rationals(value)?;
    let magnitude: f64 = parts.iter().zip([1.0, 60.0, 3600.0]).map(|(part, unit)| part.abs() / unit).sum();
    let half = exif.gps().text(reference).and_then(|text| text.chars().next()).map(|c| c.to_ascii_uppercase());
    let half = half.filter(|c| ['N', 'S', 'E', 'W'].contains(c));
    // EXIF wants unsigned numbers; a minus sign, where a writer puts one, says as much as a letter.
    let minus = parts.iter().any(|part| *part < 0.0);
    let sign = if minus || half == Some(negative) { -1.0 } else { 1.0 };
    Some((sign * magnitude, minus || half.is_some()))
}

/// Claims in the making, in the order in which they get their ids.
#[derive(Default)]
struct Draft(Vec<Claim>);

impl Draft {
    fn push(&mut self, kind: ClaimKind, text: String, suspicions: Vec<Suspicion>) {
        self.0.push(Claim { id: format!("m{}", self.0.len() + 1), kind, text, suspicions });
    }

    fn words(&mut self, field: &str, value: String) {
        let known = |claim: &Claim| matches!(&claim.kind, ClaimKind::Text { value: known, .. } if *known == value);
        if !self.0.iter().any(known) {
            let text = format!("The field {field} says \u{201C}{value}\u{201D}.");
            self.push(ClaimKind::Text { field: field.to_owned(), value }, text, Vec::new());
        }
    }

    fn position(&mut self, exif: &Exif, moment: &Moment) {
        let lat = coordinate(exif, tag::GPS_LATITUDE, tag::GPS_LATITUDE_REF, 'S');
        let lon = coordinate(exif, tag::GPS_LONGITUDE, tag::GPS_LONGITUDE_REF, 'W');
        let Some(((lat, says_north_or_south), (lon, says_east_or_west))) = lat.zip(lon) else { return };
        let below = exif.gps().unsigned(tag::GPS_ALTITUDE_REF) == Some(1);
        let first = |tag| exif.gps().rationals(tag).and_then(|values| values.first().copied());
        let altitude_m = first(tag::GPS_ALTITUDE).map(|m| if below { -m.abs() } else { m });
        let error_m = first(tag::GPS_ERROR).filter(|m| *m > 0.0);
        let reading = Reading { lat, lon, says_north_or_south, says_east_or_west, altitude_m };
        let suspicions = reading.suspicions(moment);
        let Some(at) = reading.point() else {
            let text = format!("The file claims the position {lat}, {lon}, which is not on the globe.");
            self.push(
                ClaimKind::Text { field: "GPSLatitude, GPSLongitude".into(), value: format!("{lat}, {lon}") },
                text,
                suspicions,
            );
            return;
        };
        let mut text = format!("The file claims that the camera stood at {at}");
        if let Some(error) = error_m {
            text += &format!(", to within {error:.0} m");
        }
        if let Some(altitude) = altitude_m {
            text += &format!(", {altitude:.0} m above the sea");
        }
        text.push('.');
        self.push(ClaimKind::Position { at, altitude_m, error_m }, text, suspicions);
    }

    fn direction(&mut self, exif: &Exif) {
        let deg = exif.gps().rationals(tag::GPS_DIRECTION).and_then(|values| values.first().copied());
        let Some(deg) = deg.filter(|deg| (0.0..=360.0).contains(deg)) else { return };
        let true_north = exif.gps().text(tag::GPS_DIRECTION_REF).is_some_and(|text| text.eq_ignore_ascii_case("T"));
        let north = if true_north { "true" } else { "magnetic" };
        let text = format!("The file claims that the camera looked towards {deg:.0}° from {north} north.");
        self.push(ClaimKind::Direction { deg, true_north }, text, Vec::new());
    }

    fn time(&mut self, moment: Moment) {
        let text = match (moment.local, moment.offset, moment.utc) {
            (Some(local), Some(offset), _) => {
                format!("The camera's clock said {} (UTC{offset}).", local.strftime("%F %T"))
            }
            (Some(local), None, Some(utc)) => {
                format!(
                    "The camera's clock said {}, the satellites' {} UTC.",
                    local.strftime("%F %T"),
                    utc.strftime("%F %T")
                )
            }
            (Some(local), None, None) => {
                format!("The camera's clock said {}, in a time zone that it does not state.", local.strftime("%F %T"))
            }
            (None, _, Some(utc)) => format!("The satellites' clock said {} UTC.", utc.strftime("%F %T")),
            (None, _, None) => return,
        };
        self.push(ClaimKind::Time(moment), text, Vec::new());
    }

    fn camera(&mut self, exif: &Exif) {
        let (make, model) = (exif.main().text(tag::MAKE), exif.main().text(tag::MODEL));
        let name: Vec<&str> = [&make, &model].into_iter().flatten().map(String::as_str).collect();
        if !name.is_empty() {
            let text = format!("The file claims that it was taken with {}.", name.join(" "));
            self.push(ClaimKind::Camera { make, model }, text, Vec::new());
        }
    }

    fn exif_texts(&mut self, exif: &Exif) {
        let fields = [
            ("ImageDescription", exif.main().text(tag::IMAGE_DESCRIPTION)),
            ("UserComment", exif.exif().comment(tag::USER_COMMENT)),
            ("XPTitle", exif.main().utf16(tag::XP_TITLE)),
            ("XPComment", exif.main().utf16(tag::XP_COMMENT)),
            ("XPKeywords", exif.main().utf16(tag::XP_KEYWORDS)),
            ("XPSubject", exif.main().utf16(tag::XP_SUBJECT)),
        ];
        for (field, value) in fields {
            if let Some(value) = value {
                self.words(field, value);
            }
        }
    }
}

//! Full Open Location Codes ("plus codes"), such as `8FVC9G8F+6X`, by the published specification (Google, Apache-2.0).

use crate::geo::LatLon;

const DIGITS: &str = "23456789CFGHJMPQRVWX";

/// The centre of a full code of 10 or 11 digits; none for anything else. Short codes need a place to refer to.
pub(crate) fn decode(text: &str) -> Option<LatLon> {
    let code = text.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let (area, rest) = code.split_once('+')?;
    if area.len() != 8 || !(2..=3).contains(&rest.len()) {
        return None;
    }
    let digits: Option<Vec<u32>> =
        area.chars().chain(rest.chars()).map(|c| DIGITS.find(c.to_ascii_uppercase()).map(|i| i as u32)).collect();
    let digits = digits?;
    let (mut lat, mut lon, mut step) = (-90.0, -180.0, 20.0);
    for pair in digits[..10].chunks_exact(2) {
        lat += f64::from(pair[0]) * step;
        lon += f64::from(pair[1]) * step;
        step /= 20.0;
    }
    // `step` is now a twentieth of the last one; the centre is half of the last one further on.
    LatLon::new(lat + step * 10.0, lon + step * 10.0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification() {
        let at = decode("8FVC9G8F+6X").expect("a full code");
        assert!((at.lat() - 47.365_562_5).abs() < 1e-6 && (at.lon() - 8.524_937_5).abs() < 1e-6, "{at}");
    }

    #[test]
    fn sums_and_short_codes_are_refused() {
        assert!(["9G8F+6X", "12345678+90", "A+B", "++", "ÄÄÄÄ+99"].iter().all(|t| decode(t).is_none()));
    }
}

//! Coordinates printed in the picture: camera stamps, survey marks, plus codes.

use super::plus_code;
use super::reading::{Line, Reading};
use crate::evidence::{Finding, Likelihood, PointShare};
use crate::geo::LatLon;

/// A camera's fix, a survey mark's rounding, and the way from the mark to the camera, km.
const SIGMA_KM: f64 = 0.5;

/// One finding per line that holds a pair of coordinates or a full plus code.
pub(crate) fn find(reading: &Reading) -> Vec<Finding> {
    let mut out = Vec::new();
    for line in &reading.lines {
        let Some(read) = on(line) else { continue };
        let claim = format!("'{}' reads as the position {}, {}.", read.shown, read.at, read.form);
        let points =
            vec![PointShare { at: read.at, sigma_km: SIGMA_KM, share: 1.0, label: "printed coordinates".to_owned() }];
        let likelihood = Likelihood::Points { points, background: line.background(read.background) };
        out.extend(line.finding("coordinates", claim, likelihood));
    }
    out
}

struct Read {
    at: LatLon,
    shown: String,
    form: &'static str,
    background: f64,
}

fn on(line: &Line) -> Option<Read> {
    let codes = line.text.split_whitespace().find_map(|w| Some((w, plus_code::decode(w)?)));
    if let Some((word, at)) = codes {
        return Some(Read { at, shown: word.to_owned(), form: "as a plus code", background: 0.06 });
    }
    degrees(&line.text).or_else(|| decimals(&line.text))
}

/// What the reader of coordinates sees.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Token {
    Number { value: f64, decimals: usize },
    Degree,
    Minute,
    Second,
    Pole(char),
    Other,
}

fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        if c.is_ascii_digit() {
            let start = at;
            let mut dot = None;
            while at < chars.len() && (chars[at].is_ascii_digit() || (chars[at] == '.' && dot.is_none())) {
                if chars[at] == '.' {
                    dot = Some(at);
                }
                at += 1;
            }
            let number: String = chars[start..at].iter().collect();
            let decimals = dot.map_or(0, |d| at - d - 1);
            out.push(number.parse().map_or(Token::Other, |value| Token::Number { value, decimals }));
            continue;
        }
        let worded = |i: Option<&char>| i.is_some_and(|c| c.is_alphabetic());
        let alone = !worded(at.checked_sub(1).and_then(|i| chars.get(i))) && !worded(chars.get(at + 1));
        match c {
            '°' | 'º' | '˚' => out.push(Token::Degree),
            '\'' | '′' | '’' | '‘' | '`' if chars.get(at + 1) == Some(&c) => {
                out.push(Token::Second);
                at += 1;
            }
            '\'' | '′' | '’' | '‘' | '`' => out.push(Token::Minute),
            '"' | '″' | '”' | '“' => out.push(Token::Second),
            'N' | 'S' | 'E' | 'W' | 'O' if alone => out.push(Token::Pole(c)),
            ' ' => {}
            _ => out.push(Token::Other),
        }
        at += 1;
    }
    out
}

/// One angle, and its pole if it has one.
#[derive(Debug, Clone, Copy)]
struct Angle {
    degrees: f64,
    minutes: bool,
    pole: Option<char>,
}

/// `S 05° 48.641' E 013° 28.881'`, `47°03'52"N 15°26'10"E`; the reader may have lost the minute marks.
fn degrees(text: &str) -> Option<Read> {
    if !text.contains(['°', 'º', '˚']) {
        return None;
    }
    let tokens = tokens(text);
    let mut angles: Vec<Angle> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match angle(&tokens, at) {
            Some((angle, next)) => {
                angles.push(angle);
                at = next;
            }
            None => at += 1,
        }
    }
    let (lat, lon) = match angles[..] {
        [a, b, ..] => (a, b),
        _ => return None,
    };
    let south = matches!(lat.pole, Some('S'));
    let west = matches!(lon.pole, Some('W' | 'O'));
    let poles = matches!(lat.pole, Some('N' | 'S')) && matches!(lon.pole, Some('E' | 'W' | 'O'));
    let contradiction = matches!(lat.pole, Some('E' | 'W' | 'O')) || matches!(lon.pole, Some('N' | 'S'));
    // "21° 15°" is a forecast, unless minutes or poles say otherwise.
    let marked = poles || (lat.minutes && lon.minutes);
    if contradiction || !marked || lon.degrees > 180.0 {
        return None;
    }
    let sign = |minus: bool| if minus { -1.0 } else { 1.0 };
    let place = LatLon::new(lat.degrees * sign(south), lon.degrees * sign(west)).ok()?;
    // O is west in Romance languages and east in German.
    let background = match (poles, lon.pole) {
        (true, Some('O')) => 0.3,
        (true, _) => 0.05,
        _ => 0.4,
    };
    Some(Read { at: place, shown: text.trim().to_owned(), form: "in degrees and minutes", background })
}

/// An angle that begins at a token, and where it ends.
fn angle(tokens: &[Token], start: usize) -> Option<(Angle, usize)> {
    let mut at = start;
    let mut pole = None;
    if let Some(Token::Pole(p)) = tokens.get(at) {
        pole = Some(*p);
        at += 1;
    }
    let Some(Token::Number { value: mut degrees, .. }) = tokens.get(at).copied() else { return None };
    if tokens.get(at + 1) != Some(&Token::Degree) {
        return None;
    }
    at += 2;
    let mut minutes = false;
    for (unit, mark) in [(60.0, Token::Minute), (3600.0, Token::Second)] {
        let Some(Token::Number { value, .. }) = tokens.get(at).copied() else { break };
        // The next angle's degrees are no minutes of this one.
        if value >= 60.0 || tokens.get(at + 1) == Some(&Token::Degree) {
            break;
        }
        degrees += value / unit;
        minutes = true;
        at += 1 + usize::from(tokens.get(at + 1) == Some(&mark) || tokens.get(at + 1) == Some(&Token::Second));
    }
    if let (None, Some(Token::Pole(p))) = (pole, tokens.get(at)) {
        pole = Some(*p);
        at += 1;
    }
    Some((Angle { degrees, minutes, pole }, at))
}

/// `48.20820, 16.37380` or `N48.2082 E16.3738`: two numbers with three or more decimals each.
fn decimals(text: &str) -> Option<Read> {
    let mut found: Vec<(f64, usize, Option<char>)> = Vec::new();
    let bytes: Vec<char> = text.chars().collect();
    for (index, token) in tokens(text).into_iter().enumerate() {
        match token {
            Token::Number { value, decimals } if decimals >= 3 => {
                let pole = index.checked_sub(1).and_then(|i| tokens(text).get(i).copied());
                found.push((value, decimals, if let Some(Token::Pole(p)) = pole { Some(p) } else { None }));
            }
            Token::Number { .. } if found.len() < 2 => return None,
            _ => {}
        }
    }
    let [(a, places_a, pole_a), (b, places_b, pole_b)] = found[..] else { return None };
    let minus = |value: f64| text.contains(&format!("-{value}")) && value > 0.0;
    let lat = if minus(a) || pole_a == Some('S') { -a } else { a };
    let lon = if minus(b) || pole_b == Some('W') { -b } else { b };
    if b > 180.0 || places_a.abs_diff(places_b) > 3 || bytes.iter().filter(|c| c.is_alphabetic()).count() > 12 {
        return None;
    }
    let background = if pole_a.is_some() && pole_b.is_some() { 0.08 } else { 0.3 };
    Some(Read {
        at: LatLon::new(lat, lon).ok()?,
        shown: text.trim().to_owned(),
        form: "in decimal degrees",
        background,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::reading::{background_of, reading_of};

    fn point(text: &str) -> Option<(f64, f64)> {
        let found = find(&reading_of(&[text]));
        match &found.first()?.likelihood {
            Likelihood::Points { points, .. } => Some((points[0].at.lat(), points[0].at.lon())),
            _ => None,
        }
    }

    fn near(a: Option<(f64, f64)>, lat: f64, lon: f64) -> bool {
        a.is_some_and(|(x, y)| (x - lat).abs() < 0.002 && (y - lon).abs() < 0.002)
    }

    #[test]
    fn degrees_in_all_usual_ways() {
        assert!(near(point("S 05° 48.641' E 013° 28.881' 220 ft"), -5.81068, 13.48135));
        assert!(
            near(point("S05°48.641E013°28.881220ft71°"), -5.81068, 13.48135),
            "{:?}",
            point("S05°48.641E013°28.881220ft71°")
        );
        assert!(near(point("47°03'52.1\"N 15°26'10.5\"E"), 47.0645, 15.4363));
        assert!(near(point("33°27′ S  70°40′ W"), -33.45, -70.6667));
        assert!(near(point("48.20820, 16.37380"), 48.2082, 16.3738));
        assert!(near(point("-33.8568, 151.2153"), -33.8568, 151.2153));
        assert!(near(point("8FVC9G8F+6X"), 47.3656, 8.5249));
    }

    #[test]
    fn temperatures_prices_and_dates_are_no_coordinates() {
        for text in ["21° 15°C", "2.50, 3.75", "12.05.2019", "N 45°", "1.234.567", "S 99° 10' E 200° 11'"] {
            assert_eq!(point(text), None, "{text}");
        }
        assert!(background_of(&find(&reading_of(&["48.20820, 16.37380"]))[0]) > 0.2);
    }
}

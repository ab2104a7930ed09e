//! Postal codes in the forms of their countries.

use super::facts::Facts;
use super::reading::{Line, Reading};
use super::shares::Shares;
use super::template::has_form;
use crate::evidence::Finding;

const US_STATES: &str = "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR";

/// One finding per line with a code whose form few countries have, or that stands beside the name of a town.
pub(crate) fn find(reading: &Reading) -> Vec<Finding> {
    reading.lines.iter().filter_map(on_line).collect()
}

fn on_line(line: &Line) -> Option<Finding> {
    let pieces: Vec<&str> = line.text.split_whitespace().map(|p| p.trim_matches([',', ';', ':', '(', ')'])).collect();
    for size in (1..=2).rev() {
        for (at, window) in pieces.windows(size).enumerate() {
            let code = window.join(" ");
            if !code.is_ascii() || code.len() > 12 || !code.bytes().any(|b| b.is_ascii_digit()) {
                continue;
            }
            let mut shares = Shares::default();
            for (iso, country) in Facts::embedded().countries() {
                if country.postal.iter().any(|form| has_form(&code, form, false)) {
                    shares.raise(iso, 1.0);
                }
            }
            let town = [at.checked_sub(1), Some(at + size)]
                .into_iter()
                .flatten()
                .filter_map(|i| pieces.get(i))
                .any(|p| named(p));
            let before_town = pieces.get(at + size).is_some_and(|p| named(p));
            // Four digits behind a word are a room or a house.
            let town = if code.len() == 4 { before_town } else { town };
            let Some(background) = background(&code, &mut shares, town) else { continue };
            let claim = format!("'{code}' has the form of a postal code in {}.", shares.in_words(4));
            return line.finding("postal-code", claim, shares.likelihood(line.background(background)));
        }
    }
    None
}

/// A capitalised word of at least three letters.
fn named(piece: &str) -> bool {
    piece.chars().next().is_some_and(char::is_uppercase) && piece.chars().filter(|c| c.is_alphabetic()).count() >= 3
}

/// How little a code says; none when it is no code at all.
fn background(code: &str, shares: &mut Shares, town: bool) -> Option<f64> {
    let letters = code.bytes().filter(u8::is_ascii_uppercase).count();
    let digits = code.bytes().filter(u8::is_ascii_digit).count();
    if shares.is_empty() {
        return None;
    }
    if code.split([' ', '-']).any(likely_year) {
        return None;
    }
    let state = code.split(' ').next().filter(|s| s.len() == 2 && letters == 2 && digits >= 5);
    if let Some(state) = state {
        if !US_STATES.split(' ').any(|s| s == state) {
            return None;
        }
        *shares = Shares::equal(["US"]);
        return Some(0.25);
    }
    let few = shares.len() <= 3;
    match (letters, code.contains(['-', ' ']), few) {
        // Letters and digits mixed in the way of Britain, Canada, the Netherlands; glued ones are part numbers, too.
        (2.., true, true) => Some(if town { 0.2 } else { 0.4 }),
        (2.., true, false) => Some(if town { 0.4 } else { 0.6 }),
        (1.., true, _) if town => Some(0.25),
        (0, true, true) => Some(if town { 0.35 } else { 0.75 }),
        (0, true, false) if town => Some(0.6),
        (0, false, _) if town && (digits >= 5 || !likely_year(code)) => Some(if digits == 4 { 0.8 } else { 0.72 }),
        _ => None,
    }
}

fn likely_year(code: &str) -> bool {
    code.parse::<u32>().is_ok_and(|n| (1400..=2050).contains(&n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::reading::{background_of, reading_of, share_of};

    #[test]
    fn distinctive_forms_name_their_country() {
        let found =
            find(&reading_of(&["00-950 Warszawa", "London SW1A 1AA", "Madison, WI 53703", "1012 AB Amsterdam"]));
        for (f, code) in found.iter().zip(["PL", "GB", "US", "NL"]) {
            assert!(share_of(f, code) >= 1.0 && background_of(f) < 0.5, "{f:?}");
        }
        assert_eq!(found.len(), 4);
    }

    #[test]
    fn five_digits_are_shared_by_many_and_years_are_none() {
        let found = find(&reading_of(&["80331 München"]));
        assert!(share_of(&found[0], "DE") > 0.0 && share_of(&found[0], "FR") > 0.0 && background_of(&found[0]) > 0.6);
        assert!(find(&reading_of(&["1998 Village", "12345", "Room 1210"])).is_empty());
    }
}

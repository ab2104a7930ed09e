//! Road numbers: A 25, IP 3, DN1, I-94, SS 16.

use super::facts::Facts;
use super::reading::{Line, Reading};
use super::shares::Shares;
use super::template::RoadFamily;
use crate::evidence::Finding;

/// European countries with green E-numbers on signs.
const E_ROADS: &str = "AL AM AT AZ BA BE BG BY CH CZ DE DK EE ES FI FR GE GR HR HU IT KG KZ LT LU LV MD ME MK NL NO PL PT RO RS RU SE SI SK TJ TM TR UA UZ XK";

/// A road number on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoadNumber {
    pub(crate) prefix: String,
    pub(crate) number: u32,
    /// As it was read.
    pub(crate) shown: String,
    /// In brackets or by itself on the line, as signs have it.
    marked: bool,
}

/// The first road number of a line.
pub(crate) fn number_on(line: &Line) -> Option<RoadNumber> {
    let text: Vec<char> = line.text.chars().collect();
    let mut at = 0;
    while at < text.len() {
        let start = at;
        while at < text.len() && text[at].is_ascii_uppercase() {
            at += 1;
        }
        let prefix: String = text[start..at].iter().collect();
        let fresh = start == 0 || !text[start - 1].is_alphanumeric();
        if prefix.is_empty() || prefix.len() > 4 || !fresh {
            at = at.max(start + 1);
            continue;
        }
        let digits_from = at + usize::from(matches!(text.get(at), Some(' ' | '-' | '.')));
        let digits: String = text[digits_from.min(text.len())..].iter().take_while(|c| c.is_ascii_digit()).collect();
        let end = digits_from + digits.len();
        let ends = text.get(end).is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '.' | ',' | ':' | '/' | '°'));
        if (1..=4).contains(&digits.len()) && ends && !digits.starts_with('0') {
            let number = digits.parse().ok()?;
            let brackets = start > 0 && text[start - 1] == '(' && text.get(end) == Some(&')');
            let marked = brackets || end - start == text.len();
            return Some(RoadNumber { prefix, number, shown: text[start..end].iter().collect(), marked });
        }
    }
    None
}

/// One finding per line with a road number that some country uses.
pub(crate) fn find(reading: &Reading) -> Vec<Finding> {
    let mut out = Vec::new();
    for line in &reading.lines {
        let Some(road) = number_on(line) else { continue };
        let shares = countries(&road);
        if shares.is_empty() {
            continue;
        }
        // One letter and a small number is also a gate, a floor, a paper size or a phone.
        let code_like = road.prefix.len() == 1 && road.number < 20;
        let background: f64 = match (shares.len(), road.prefix.len()) {
            (1, 2..) => 0.35,
            (1..=3, _) => 0.5,
            (4..=12, _) => 0.62,
            _ => 0.72,
        };
        let background = match (road.marked, code_like) {
            (true, false) => background,
            (true, true) => background + 0.15,
            (false, false) => background + 0.1,
            (false, true) => 0.93,
        };
        let claim = format!("'{}' has the form of a road number in {}.", road.shown, shares.in_words(4));
        out.extend(line.finding("road-number", claim, shares.likelihood(line.background(background.min(0.95)))));
    }
    out
}

fn countries(road: &RoadNumber) -> Shares {
    let mut shares = Shares::default();
    for (code, country) in Facts::embedded().countries() {
        let holds = |f: &String| RoadFamily::parse(f).is_some_and(|f| f.holds(&road.prefix, road.number));
        if country.roads.iter().any(holds) {
            shares.raise(code, 1.0);
        }
    }
    if road.prefix == "E" && (1..=999).contains(&road.number) {
        for code in E_ROADS.split(' ') {
            shares.raise(code, 0.6);
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::reading::{background_of, reading_of, share_of};

    #[test]
    fn families_tell_countries_apart() {
        let found = find(&reading_of(&["(IP 3) Coimbra", "DN1 Ploiesti", "I-94", "SS16 Adriatica"]));
        let best = ["PT", "RO", "US", "IT"];
        assert_eq!(found.len(), 4);
        for (f, code) in found.iter().zip(best) {
            assert!(share_of(f, code) >= 1.0 && background_of(f) < 0.6, "{f:?}");
        }
    }

    #[test]
    fn a_motorway_number_of_many_countries_is_weak() {
        let found = find(&reading_of(&["A 25"]));
        assert!(share_of(&found[0], "PT") > 0.0 && share_of(&found[0], "FR") > 0.0 && background_of(&found[0]) > 0.5);
    }

    #[test]
    fn floors_and_phones_are_hardly_roads() {
        assert!(find(&reading_of(&["LEVEL P2 EXIT", "Galaxy S10+", "S05°48"])).iter().all(|f| background_of(f) > 0.9));
    }
}

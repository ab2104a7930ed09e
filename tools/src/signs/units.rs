//! Miles, feet and yards, which few countries put on signs.

use super::facts::Facts;
use super::reading::Reading;
use super::shares::Shares;
use crate::evidence::Finding;

/// One finding per line with a unit beside a number.
pub(crate) fn find(reading: &Reading) -> Vec<Finding> {
    let mut out = Vec::new();
    for line in &reading.lines {
        let after_number = |units: &[&str]| {
            line.words.windows(2).any(|w| {
                let (number, unit) = (&w[0].folded, &w[1].folded);
                number.chars().all(|c| c.is_ascii_digit()) && units.contains(&unit.as_str())
            })
        };
        let (what, background) = if line.has(&["mph"]) {
            ("miles per hour", 0.4)
        } else if after_number(&["miles", "mile", "mi", "yards", "yds", "yd"]) {
            ("miles or yards", 0.45)
        } else if after_number(&["ft", "feet"]) && line.has(&["elev", "elevation", "clearance", "headroom", "alt"]) {
            ("feet", 0.55)
        } else {
            continue;
        };
        let facts = Facts::embedded();
        let shares = Shares::equal(facts.countries().filter(|(_, c)| c.miles).map(|(code, _)| code));
        let claim = format!("It counts in {what}, as signs do in {}.", shares.in_words(3));
        out.extend(line.finding("units", claim, shares.likelihood(line.background(background))));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::reading::{reading_of, share_of};

    #[test]
    fn miles_stand_in_few_countries() {
        let found = find(&reading_of(&["SPEED LIMIT 35 MPH", "Keswick 12 miles", "Graz 12 km"]));
        assert_eq!(found.len(), 2);
        assert!(share_of(&found[1], "GB") >= 1.0 && share_of(&found[1], "FR") == 0.0);
    }
}

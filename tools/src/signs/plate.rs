//! Registration plates. Cars travel, but most of them are at home.

use super::facts::Facts;
use super::reading::Reading;
use super::shares::Shares;
use super::template::has_form;
use crate::evidence::Finding;

/// One finding per line that is a plate and nothing else.
pub(crate) fn find(reading: &Reading) -> Vec<Finding> {
    let mut out = Vec::new();
    for line in &reading.lines {
        let text = line.text.trim();
        let letters = text.bytes().filter(u8::is_ascii_uppercase).count();
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        if !text.is_ascii() || !(5..=12).contains(&text.len()) || letters < 2 || digits < 2 || letters + digits < 6 {
            continue;
        }
        let mut shares = Shares::default();
        for (code, country) in Facts::embedded().countries() {
            if country.plates.iter().any(|form| has_form(text, form, true)) {
                shares.raise(code, 1.0);
            }
        }
        let background = match shares.len() {
            0 => continue,
            1..=2 => 0.6,
            3..=6 => 0.75,
            _ => 0.85,
        };
        let claim = format!("'{text}' has the form of a registration plate in {}; cars travel.", shares.in_words(4));
        out.extend(line.finding("plate", claim, shares.likelihood(line.background(background))));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::reading::{background_of, reading_of, share_of};

    #[test]
    fn a_plate_is_weak_and_fits_all_countries_of_its_form() {
        let found = find(&reading_of(&["1234 BCD", "AB-123-CD"]));
        assert!(share_of(&found[0], "ES") >= 1.0 && background_of(&found[0]) >= 0.6);
        assert!(share_of(&found[1], "FR") >= 1.0 && share_of(&found[1], "IT") >= 1.0);
    }

    #[test]
    fn words_are_no_plates() {
        assert!(find(&reading_of(&["EXIT", "ROUTE 66", "abc-123", "2005"])).is_empty());
    }
}

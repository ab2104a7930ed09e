//! All rules together.

use super::reading::reading_of;
use super::{ReadSigns, Reading};
use crate::clue::ClueKind;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_gives_findings_that_can_be_weighed(lines in prop::collection::vec("\\PC{0,80}", 0..6)) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        for f in ReadSigns::read(&reading_of(&lines)) {
            prop_assert!(f.likelihood.check().is_ok(), "{:?}", f);
            prop_assert!(!f.claim.is_empty() && !f.clues.is_empty());
        }
    }

    #[test]
    fn text_made_of_signs_and_numbers_too(text in "[A-Z0-9°'\".+()/ €£$kmNSEWa-zäöл路-]{0,60}") {
        for f in ReadSigns::read(&reading_of(&[&text])) {
            prop_assert!(f.likelihood.check().is_ok(), "{:?}", f);
        }
    }
}

#[test]
fn a_line_of_a_hundred_thousand_characters_is_cut_and_read() {
    for unit in ["a", "ёж ", "1", "+1", "路", "° ", "bahnhof", "ab1C"] {
        let long = unit.repeat(100_000 / unit.chars().count());
        let lines = (0..40).map(|i| (format!("t{i}"), long.clone(), 0.9, None, ClueKind::Text));
        for f in ReadSigns::read(&Reading::new(lines)) {
            assert!(f.likelihood.check().is_ok() && f.claim.len() < 2_000, "{f:?}");
        }
    }
}

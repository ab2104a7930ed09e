//! All rules together.

use super::facts::Facts;
use super::reading::reading_of;
use super::{ReadSigns, Reading};
use crate::clue::ClueKind;
use crate::evidence::{Finding, Likelihood};
use crate::tool::Tool;
use proptest::prelude::*;
use std::collections::BTreeMap;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_gives_findings_that_can_be_weighed(lines in prop::collection::vec("\\PC{0,80}", 0..6)) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        for f in ReadSigns::read(&reading_of(&lines)) {
            prop_assert!(f.likelihood.check().is_ok(), "{:?}", f);
            prop_assert!(!f.claim.is_empty() && !f.clues.is_empty());
            prop_assert!(ReadSigns.spec().kinds.contains(&f.kind.as_str()), "{}", f.kind);
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

/// The fit of every country by one finding, and its background.
fn fits(finding: &Finding) -> Option<(BTreeMap<String, f64>, f64)> {
    let mut fits = BTreeMap::new();
    let background = match &finding.likelihood {
        Likelihood::Regions { shares, background } => {
            for s in shares {
                *fits.entry(s.region.code[..2].to_owned()).or_default() += s.share;
            }
            *background
        }
        Likelihood::Points { points, background } => {
            for p in points.iter().filter(|p| !p.label.starts_with("around ")) {
                *fits.entry(p.label[p.label.len() - 2..].to_owned()).or_default() += p.share;
            }
            *background
        }
        _ => return None,
    };
    Some((fits, background))
}

/// Countries by posterior under a uniform prior, each group counted once by its strongest finding.
fn countries(findings: &[Finding]) -> Vec<(String, f64)> {
    let mut groups: BTreeMap<&str, (BTreeMap<String, f64>, f64)> = BTreeMap::new();
    for (group, found) in findings.iter().filter_map(|f| Some((f.group.as_str(), fits(f)?))) {
        let best = groups.entry(group).or_insert_with(|| found.clone());
        if found.1 < best.1 {
            *best = found;
        }
    }
    let facts = Facts::embedded();
    let count = facts.countries().count() as f64;
    let mut posterior: Vec<(String, f64)> = facts
        .countries()
        .map(|(code, _)| {
            let weight = groups.values().map(|(fits, background)| {
                let mean = fits.values().sum::<f64>() / count;
                (1.0 - background) * fits.get(code).copied().unwrap_or(0.0) / mean + background
            });
            (code.to_owned(), weight.product())
        })
        .collect();
    posterior.sort_by(|a, b| b.1.total_cmp(&a.1));
    posterior
}

#[test]
fn a_second_clue_moves_the_mass_between_namesakes() {
    let posterior = |lines: &[&str]| -> BTreeMap<String, f64> {
        countries(&ReadSigns::read(&reading_of(lines))).into_iter().collect()
    };
    let alone = posterior(&["LONDON"]);
    assert!(["GB", "CA", "US"].iter().all(|c| alone[*c] > 5.0 * alone["FR"]), "every namesake is a candidate");
    for (clue, country) in [("www.londonpolice.ca", "CA"), ("Tel. +44 20 7525 2000", "GB"), ("UNINCORPORATED", "US")] {
        let both = posterior(&["LONDON", clue]);
        let others = ["GB", "CA", "US"].into_iter().filter(|c| *c != country);
        assert!(others.into_iter().all(|c| both[country] > 2.0 * both[c]), "{clue} {both:?}");
    }
}

#[test]
fn invented_signs_of_many_countries_are_placed() {
    let (mut right, mut all, mut wrong) = (0, 0, Vec::new());
    let mut of = std::collections::BTreeSet::new();
    for row in include_str!("examples.tsv").lines().filter(|l| !l.starts_with('#')) {
        let (country, lines) = row.split_once('\t').expect("a country and lines");
        let lines: Vec<&str> = lines.split('\t').collect();
        let findings = ReadSigns::read(&reading_of(&lines));
        let ranked = countries(&findings);
        let best = ranked[0].1;
        // Countries of one language may tie: the prior parts them.
        let placed = ranked.iter().any(|(code, p)| code == country && *p >= 0.85 * best) && best > 1.0;
        all += 1;
        of.insert(country);
        right += usize::from(placed);
        if !placed {
            let top: Vec<_> = ranked.iter().take(4).map(|(c, p)| format!("{c} {p:.2}")).collect();
            let why: Vec<_> = findings.iter().map(|f| format!("\n      {} {}: {}", f.kind, f.group, f.claim)).collect();
            wrong.push(format!("{country}: {lines:?} -> {top:?}{}", why.concat()));
        }
    }
    assert!(all >= 60 && of.len() >= 40);
    assert!(right * 100 >= all * 93, "{right} of {all}\n{}", wrong.join("\n"));
}

//! What the Guesser must hold to, on evidence that is made here.

use super::*;
use crate::ledger::{HintKind, VerdictKind};
use navig_tools::evidence::{Finding, PointShare, RegionShare, STRICT_ODDS, Source};
use navig_tools::geo::gazetteer::{NameMatch, Named};
use navig_tools::geo::{Area, Gazetteer, Level, RegionCode};
use std::sync::{Arc, LazyLock};

/// The rules are tested under numbers that no fit moves.
const HAND_SET: &str = include_str!("../../evals/calibrate/hand-set.toml");
static WEIGHTS: LazyLock<Weights> = LazyLock::new(|| Weights::parse(HAND_SET).expect("a table"));
static PLACES: LazyLock<Places> = LazyLock::new(|| Places::new(Gazetteer::embedded(), Arc::default(), &WEIGHTS));

fn evidence(n: usize, group: &str, kind: &str, likelihood: Likelihood) -> Evidence {
    let finding = Finding {
        group: group.to_owned(),
        kind: kind.to_owned(),
        clues: vec!["t1".to_owned()],
        claim: format!("claim {n}"),
        likelihood,
    };
    Evidence { id: format!("e{n}"), source: Source { tool: "test".to_owned(), version: "1".to_owned() }, finding }
}

fn countries(codes: &[&str], background: f64) -> Likelihood {
    let shares = codes.iter().map(|c| RegionShare { region: RegionCode::country(c), share: 1.0 }).collect();
    Likelihood::Regions { shares, background }
}

/// Every place of a name, all alike.
fn named(name: &str, background: f64) -> Likelihood {
    let gazetteer = Gazetteer::embedded();
    let points = gazetteer
        .find(name, NameMatch::Exact, 1000)
        .into_iter()
        .filter_map(|hit| match hit.target {
            Named::Place(id) => Some(gazetteer.place(id)),
            _ => None,
        })
        .map(|p| PointShare { at: p.at, sigma_km: 5.0, share: 1.0, label: p.name.to_owned() })
        .collect();
    Likelihood::Points { points, background }
}

fn point(lat: f64, lon: f64, sigma_km: f64, background: f64) -> Likelihood {
    let at = LatLon::new(lat, lon).expect("valid");
    Likelihood::Points { points: vec![PointShare { at, sigma_km, share: 1.0, label: String::new() }], background }
}

fn weigh(evidence: &[Evidence]) -> Guess {
    guess(&PLACES, evidence, &[], &WEIGHTS)
}

/// Mass of the candidates in a country.
fn mass_in(guess: &Guess, country: &str) -> f64 {
    let code = RegionCode::country(country);
    guess.candidates.iter().filter(|c| c.chain.passes(&code)).map(|c| c.probability).sum()
}

#[test]
fn nothing_to_weigh_is_an_abstention_with_a_wide_radius() {
    let guess = weigh(&[]);
    assert_eq!(guess.verdict, Verdict { kind: VerdictKind::Abstained, level: None });
    assert!(guess.radius_km.p90 > 5000.0, "{:?}", guess.radius_km);
    assert!(guess.radius_km.p50 <= guess.radius_km.p90);
}

#[test]
fn a_clean_position_is_located_to_the_spot() {
    let guess = weigh(&[evidence(1, "metadata:position", "exif-position", point(48.20849, 16.37208, 0.03, 0.02))]);
    assert_eq!(guess.verdict.kind, VerdictKind::Located);
    assert!(guess.point.distance_km(LatLon::new(48.20849, 16.37208).expect("valid")) < 0.05, "{}", guess.point);
    assert!(guess.radius_km.p50 < 0.1, "{:?}", guess.radius_km);
    assert_eq!(guess.chain.iter().find(|l| l.level == Level::Country).map(|l| l.code.as_str()), Some("AT"));
}

#[test]
fn namesakes_are_all_candidates_and_a_second_clue_moves_the_mass() {
    let name = evidence(1, "text:t1", "place-name", named("Valencia", 0.3));
    let alone = weigh(std::slice::from_ref(&name));
    for country in ["ES", "VE", "PH"] {
        assert!(mass_in(&alone, country) > 0.001, "{country}: {:?}", alone.candidates);
    }
    assert!(mass_in(&alone, "ES") > mass_in(&alone, "VE") * 0.5);
    let domain = evidence(2, "text:t2", "web-domain", countries(&["VE"], 0.05));
    let both = weigh(&[name, domain]);
    assert!(mass_in(&both, "VE") > 0.8, "{:?}", both.candidates);
    let venezuelan = both.candidates.first().expect("a candidate");
    let reasons: Vec<&str> = venezuelan.evidence_for.iter().map(|r| r.evidence.as_str()).collect();
    assert!(reasons.contains(&"e1") && reasons.contains(&"e2"), "{reasons:?}");
    let spanish = both.candidates.iter().find(|c| c.chain.passes(&RegionCode::country("ES"))).expect("still shown");
    assert_eq!(spanish.evidence_against.iter().map(|r| r.evidence.as_str()).collect::<Vec<_>>(), ["e2"]);
}

#[test]
fn a_background_is_what_the_prior_keeps() {
    let guess = weigh(&[evidence(1, "g", "country-name", countries(&["IS"], 0.25))]);
    let iceland = guess.chain.iter().find(|l| l.level == Level::Country).expect("a country");
    assert_eq!(iceland.code, "IS");
    assert!((iceland.probability - 0.75).abs() < 0.01, "{iceland:?}");
}

#[test]
fn one_text_counts_once() {
    let item = |n, group: &str| evidence(n, group, "country-name", countries(&["IS", "NO"], 0.5));
    let once = mass_in(&weigh(&[item(1, "a")]), "NO");
    let echoed = mass_in(&weigh(&[item(1, "a"), item(2, "a"), item(3, "a")]), "NO");
    let apart = mass_in(&weigh(&[item(1, "a"), item(2, "b"), item(3, "c")]), "NO");
    assert!(once < echoed && echoed < apart, "{once} {echoed} {apart}");
    assert!(apart > 0.9 && echoed < 0.9, "{once} {echoed} {apart}");
}

#[test]
fn a_hint_is_weighed_and_a_strict_one_rules_out() {
    let position = evidence(1, "metadata:position", "exif-position", point(48.20849, 16.37208, 0.03, 0.02));
    let hint = |odds| Hint {
        id: "h1".to_owned(),
        kind: HintKind::Country,
        text: "Spain".to_owned(),
        likelihood: Likelihood::Area { area: Area::Regions { regions: vec![RegionCode::country("ES")] }, odds },
    };
    let soft = guess(&PLACES, std::slice::from_ref(&position), &[hint(1000.0)], &WEIGHTS);
    assert!(mass_in(&soft, "AT") > 0.0, "{:?}", soft.candidates);
    let strict = guess(&PLACES, &[position], &[hint(STRICT_ODDS)], &WEIGHTS);
    assert!(mass_in(&strict, "ES") > 0.99, "{:?}", strict.candidates);
}

#[test]
fn a_position_in_the_ocean_is_a_hypothesis_and_names_no_country() {
    let guess = weigh(&[evidence(1, "metadata:position", "exif-position", point(-48.9, -123.4, 0.03, 0.02))]);
    assert!(guess.point.distance_km(LatLon::new(-48.9, -123.4).expect("valid")) < 0.05);
    assert!(guess.chain.iter().all(|l| l.probability < 0.5), "{:?}", guess.chain);
}

#[test]
fn regions_and_points_that_nobody_knows_say_nothing() {
    let unknown = Likelihood::Regions {
        shares: vec![RegionShare { region: RegionCode::country("ZZ"), share: 1.0 }],
        background: 0.1,
    };
    assert_eq!(weigh(&[evidence(1, "g", "country-name", unknown)]), weigh(&[]));
    assert_eq!(weigh(&[evidence(1, "g", "country-name", Likelihood::Note)]), weigh(&[]));
}

#[test]
fn the_point_lies_in_every_named_region() {
    // Towns on borders, where simplified outlines and town records disagree most.
    for name in ["Konstanz", "Strasbourg", "Niagara Falls", "Tijuana", "Kehl", "Tornio", "Gorizia"] {
        let guess = weigh(&[evidence(1, "g", "place-name", named(name, 0.05))]);
        let at_point = Gazetteer::embedded().chain(guess.point);
        for link in guess.chain.iter().filter(|_| guess.verdict.kind == VerdictKind::Located) {
            let code = RegionCode { level: link.level, code: link.code.clone() };
            assert!(at_point.passes(&code), "{name}: {} not in {at_point}", link.name);
        }
    }
}

//! Fits on samples whose right answer is known.

use super::*;
use crate::eval::made::{Found, PLACES, line, run};
use crate::guesser::EMBEDDED_WEIGHTS;

/// Samples on which `language` is always right, and `plate` is right by chance.
fn honest_and_noisy(n: usize) -> Run {
    let sample = |i: usize| {
        let country = PLACES[i % 4].0;
        let noise = PLACES[i * 7 % 11 % 4].0;
        line(i, country, &[Found("signs.read", "language", country, 0.3), Found("signs.read", "plate", noise, 0.05)])
    };
    run((0..n).map(sample).collect())
}

fn fitted(runs: &[Run]) -> Calibrated {
    calibrate(runs, &Weights::embedded(), 4, &|_| {}).expect("fits")
}

#[test]
fn noise_loses_its_power_and_held_out_samples_show_it() {
    let runs = [honest_and_noisy(48)];
    let base = Weights::embedded();
    let Calibrated { changes, counts, judged } = fitted(&runs);
    let power = |kind: &str| changes.lambda.get(kind).copied().unwrap_or_else(|| base.lambda(kind));
    assert!(power("plate") < base.lambda("plate") - 0.1, "{:?}", changes.lambda);
    assert!(power("language") > 0.8);
    let background = changes.background.get("language").copied().unwrap_or(1.0);
    assert!(background < 0.7, "it is never wrong: {background}");
    assert_eq!((counts["language"], counts["plate"]), (48, 48));
    assert!(judged.saves[0].low > 0.0, "{:?}", judged.saves);
    assert!(judged.after[0].nats < judged.before[0].nats);
    assert_eq!(judged.after[0].n, 48);
    assert!((0.8..=1.0).contains(&judged.after[0].p90_holds), "{:?}", judged.after);
}

#[test]
fn the_same_runs_give_the_same_table_whose_comments_stay() {
    let runs = [honest_and_noisy(24)];
    let table = |calibrated: &Calibrated| written(EMBEDDED_WEIGHTS, calibrated, &runs, "2026-01-02").expect("a table");
    let text = table(&fitted(&runs));
    assert_eq!(text, table(&fitted(&runs)));
    let read = Weights::parse(&text).expect("reads");
    assert_eq!(read.version, "2026-01-02");
    assert!(
        text.contains("# Fitted by `navig eval calibrate` on 2026-01-02, 4 folds, on:\n#   made 1 (list 01234567), 24")
    );
    for comment in
        EMBEDDED_WEIGHTS.lines().filter(|line| line.starts_with("# Power of") || line.contains("misread more"))
    {
        assert!(text.contains(comment), "{comment}");
    }
    // Fitted once more, the block is replaced and not added to.
    let again = written(&text, &fitted(&runs), &runs, "2026-01-03").expect("a table");
    assert_eq!(again.matches("Fitted by `navig eval calibrate`").count(), 1);
}

#[test]
fn nothing_to_fit_on_is_said() {
    let empty = run((0..8).map(|i| line(i, "AT", &[])).collect());
    let refused = |runs: &[Run]| calibrate(runs, &Weights::embedded(), 5, &|_| {}).expect_err("refused").to_string();
    assert!(refused(&[empty]).contains("no evidence"));
    assert!(refused(&[honest_and_noisy(3)]).contains("3 samples or clusters"));
}

#[test]
fn conformal_factors_hold_what_they_say() {
    let runs = [honest_and_noisy(40)];
    let samples = samples(&runs, 5);
    let answers = answers(&samples, &Weights::embedded(), &|_| true);
    let base = Weights::embedded();
    let radius = radius(&samples, &answers, &base, None);
    let table = base.clone().with(&Changes { radius: Some(radius), ..Changes::default() });
    let judged = judge(&samples, &answers, &base, &|_| &table);
    assert!(judged[0].p90_holds >= 0.9 && judged[0].p50_holds >= 0.5, "{judged:?}");
}

//! The metrics against a plain computation of the same draws.

use super::*;

fn outcome(distance_km: Option<f64>, cluster: u32) -> Outcome {
    Outcome { distance_km, cluster }
}

/// Some outcomes with ties, missing ones, and answers farther than a missing one counts.
fn outcomes(n: usize, clusters: u32) -> Vec<Outcome> {
    let mut state = 7u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    (0..n)
        .map(|_| {
            let distance = match next() % 10 {
                0 => None,
                1 => Some(25.0),
                2 => Some(MISSING_KM),
                _ => Some((next() % 20_000) as f64 + 0.25),
            };
            outcome(distance, (next() as u32) % clusters)
        })
        .collect()
}

/// The metrics of a sample, by the book.
fn plainly(sample: &[f64]) -> Vec<f64> {
    let mut km = sample.to_vec();
    km.sort_by(f64::total_cmp);
    let n = km.len() as f64;
    let quantile = |q: f64| {
        let rank = q * (n - 1.0);
        let (low, high) = (km[rank.floor() as usize], km[rank.ceil() as usize]);
        low + (high - low) * (rank - rank.floor())
    };
    let within = THRESHOLDS_KM.iter().map(|(_, limit)| km.iter().filter(|d| *d <= limit).count() as f64 / n);
    let sums = [km.iter().map(|d| score(*d)).sum::<f64>() / n, km.iter().sum::<f64>() / n];
    within.chain(sums).chain(QUANTILES.map(quantile)).collect()
}

fn values(accuracy: &Accuracy, of: impl Fn(&Estimate) -> f64) -> Vec<f64> {
    let sums = [&accuracy.score, &accuracy.mean_km];
    accuracy.within.iter().chain(sums).chain(&accuracy.quantiles_km).map(of).collect()
}

fn close(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-9 * b.abs().max(1.0))
}

#[test]
fn published_scores_of_distances() {
    for (km, points) in
        [(0.0, 5000.0), (1.0, 4996.7), (25.0, 4917.0), (200.0, 4373.0), (750.0, 3025.0), (2500.0, 937.0)]
    {
        assert!((score(km) - points).abs() < 0.6, "{km}");
    }
}

#[test]
fn both_readings_are_what_the_book_says() {
    let outcomes = outcomes(997, 50);
    let got = distances(&outcomes, Draws { count: 0, seed: 0 }).expect("outcomes");
    let compatible: Vec<f64> = outcomes.iter().map(|o| o.distance_km.unwrap_or(MISSING_KM)).collect();
    let answered: Vec<f64> = outcomes.iter().filter_map(|o| o.distance_km).collect();
    assert!(close(&values(&got.compatible, |e| e.value), &plainly(&compatible)));
    let of_answers = got.answered.expect("answers");
    assert!(close(&values(&of_answers, |e| e.value), &plainly(&answered)));
    assert_eq!((got.compatible.n, of_answers.n), (997, answered.len()));
    assert!((got.missing.value - (997 - answered.len()) as f64 / 997.0).abs() < 1e-12);
    assert_eq!(got.compatible.score.low, got.compatible.score.value, "without draws an interval is its value");
}

#[test]
fn a_draw_is_the_sample_that_its_random_numbers_name() {
    let outcomes = outcomes(300, 40);
    let draws = Draws { count: 200, seed: 11 };
    let got = distances(&outcomes, draws).expect("outcomes");
    // Clusters in the order of their first outcome.
    let mut clusters: Vec<u32> = Vec::new();
    outcomes.iter().for_each(|o| {
        if !clusters.contains(&o.cluster) {
            clusters.push(o.cluster)
        }
    });
    let splitmix = |index: u64| {
        let mut state = draws.seed.wrapping_add((index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^ (state >> 31)
    };
    let mut drawn: Vec<Vec<f64>> = Vec::new();
    for draw in 0..draws.count {
        let taken = (0..clusters.len()).map(|i| {
            let random = splitmix((draw * clusters.len() + i) as u64);
            clusters[(((random >> 32) * clusters.len() as u64) >> 32) as usize]
        });
        let sample = taken.flat_map(|c| outcomes.iter().filter(move |o| o.cluster == c));
        drawn.push(plainly(&sample.map(|o| o.distance_km.unwrap_or(MISSING_KM)).collect::<Vec<_>>()));
    }
    let quantile = |metric: usize, q: f64| {
        let mut of: Vec<f64> = drawn.iter().map(|d| d[metric]).collect();
        of.sort_by(f64::total_cmp);
        let rank = q * (of.len() - 1) as f64;
        of[rank.floor() as usize] + (of[rank.ceil() as usize] - of[rank.floor() as usize]) * rank.fract()
    };
    let count = drawn[0].len();
    let low: Vec<f64> = (0..count).map(|m| quantile(m, 0.025)).collect();
    let high: Vec<f64> = (0..count).map(|m| quantile(m, 0.975)).collect();
    assert!(close(&values(&got.compatible, |e| e.low), &low));
    assert!(close(&values(&got.compatible, |e| e.high), &high));
}

#[test]
fn intervals_hold_the_value_and_are_the_same_each_time() {
    let outcomes = outcomes(500, 500);
    let got = distances(&outcomes, Draws::default()).expect("outcomes");
    for (value, low, high) in values(&got.compatible, |e| e.value)
        .iter()
        .zip(values(&got.compatible, |e| e.low))
        .zip(values(&got.compatible, |e| e.high))
        .map(|((v, l), h)| (*v, l, h))
    {
        assert!(low <= value && value <= high, "{low} {value} {high}");
    }
    assert_eq!(distances(&outcomes, Draws::default()), Some(got));
}

#[test]
fn the_edges_have_answers() {
    assert_eq!(distances(&[], Draws::default()), None);
    let one = distances(&[outcome(Some(1.0), 9)], Draws::default()).expect("an outcome");
    assert_eq!(one.compatible.within[0], Estimate { value: 1.0, low: 1.0, high: 1.0 }, "the limit counts");
    assert_eq!(one.compatible.quantiles_km[3].value, 1.0);
    let none = distances(&[outcome(None, 0), outcome(None, 1)], Draws::default()).expect("outcomes");
    assert_eq!((none.missing.value, none.answered), (1.0, None));
    assert_eq!(none.compatible.mean_km.value, MISSING_KM);
}

#[test]
fn shares_are_drawn_with_the_outcomes_that_they_are_of() {
    let outcomes = outcomes(400, 37);
    // Within 750 km, over the answers: once as a metric, once as a ratio.
    let within = |o: &Outcome| o.distance_km.map(|km| km <= 750.0);
    let ratio = Ratio(outcomes.iter().map(within).collect());
    let nothing = Ratio(vec![None; outcomes.len()]);
    let (distances, shares) = scored(&outcomes, &[ratio, nothing], Draws { count: 200, seed: 3 }).expect("outcomes");
    let answered = distances.answered.expect("answers").within[3];
    assert!(close(&[shares[0].value, shares[0].low, shares[0].high], &[answered.value, answered.low, answered.high]));
    assert!(shares[0].low < shares[0].value && shares[0].value < shares[0].high);
    assert_eq!(shares[1], Estimate::default());
}

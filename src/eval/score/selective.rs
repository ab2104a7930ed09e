//! Risk against coverage (El-Yaniv and Wiener 2010, "On the Foundations of Noise-free Selective Classification"): how often the answers
//! are wrong when only the surest share of them is given.

use super::calibration::Said;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A point of the curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    /// Share of the samples that are answered: the surest ones.
    pub coverage: f64,
    /// Share of these that are wrong.
    pub risk: f64,
}

/// The curve, by growing coverage, a point for each probability that was said: answers that are equally sure are given together.
/// Its last point has all.
#[must_use]
pub fn risk_coverage(said: &[Said]) -> Vec<Point> {
    let mut order: Vec<&Said> = said.iter().collect();
    order.sort_by(|a, b| b.p.total_cmp(&a.p));
    let (n, mut given, mut wrong) = (order.len() as f64, 0usize, 0usize);
    let mut curve = Vec::new();
    for equally_sure in order.chunk_by(|a, b| a.p.total_cmp(&b.p).is_eq()) {
        given += equally_sure.len();
        wrong += equally_sure.iter().filter(|s| !s.right).count();
        curve.push(Point { coverage: given as f64 / n, risk: wrong as f64 / given as f64 });
    }
    curve
}

/// The area under the curve: the mean risk over all coverages, each point's risk holding since the one before. 0 for no points.
#[must_use]
pub fn area(curve: &[Point]) -> f64 {
    let mut from = 0.0;
    let mut area = 0.0;
    for point in curve {
        area += (point.coverage - from) * point.risk;
        from = point.coverage;
    }
    area
}

/// The largest share that can be answered with a risk of at most `risk`; 0 when none can.
#[must_use]
pub fn coverage_at(curve: &[Point], risk: f64) -> f64 {
    curve.iter().filter(|point| point.risk <= risk).map(|point| point.coverage).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(of: &[(f64, bool)]) -> Vec<Said> {
        of.iter().map(|&(p, right)| Said { p, right }).collect()
    }

    #[test]
    fn the_surest_answers_come_first_and_equals_come_together() {
        let curve = risk_coverage(&said(&[(0.5, false), (0.9, true), (0.5, true), (0.8, true)]));
        let points: Vec<(f64, f64)> = curve.iter().map(|p| (p.coverage, p.risk)).collect();
        assert_eq!(points, [(0.25, 0.0), (0.5, 0.0), (1.0, 0.25)]);
        assert!((area(&curve) - 0.125).abs() < 1e-12);
        assert_eq!(coverage_at(&curve, 0.0), 0.5);
        assert_eq!(coverage_at(&curve, 0.25), 1.0);
    }

    #[test]
    fn nothing_and_all_wrong_are_no_division_by_zero() {
        assert!(risk_coverage(&[]).is_empty());
        assert_eq!(area(&[]), 0.0);
        assert_eq!(coverage_at(&risk_coverage(&said(&[(0.9, false)])), 0.1), 0.0);
    }
}

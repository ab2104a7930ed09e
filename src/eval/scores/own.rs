//! What can be said of answers that come with regions, probabilities and radii: those of navig.

use super::truth::Truth;
use crate::eval::run::{Given, Line};
use crate::eval::score::calibration::{Calibration, Said};
use crate::eval::score::selective::{self, Point};
use crate::eval::score::{Estimate, Outcome, Ratio, THRESHOLDS_KM};
use crate::ledger::VerdictKind;
use navig_tools::geo::{EARTH_RADIUS_KM, Level};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Candidates of which the nearest is looked at.
pub const FIRST: [usize; 4] = [1, 3, 5, 10];
/// Ranges of probability in which calibration is judged.
const BINS: usize = 10;
/// Risks at which the coverage is given.
const RISKS: [f64; 3] = [0.05, 0.1, 0.2];

/// What only navig's answers have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Own {
    /// Answers that navig itself gave.
    pub n: usize,
    /// Share of them that abstain.
    pub abstained: Estimate,
    /// Per level, the widest first.
    pub named: Vec<Named>,
    /// Share that names a region, down to its verdict, in which the photo was not taken.
    pub over_claimed: Estimate,
    /// Share whose point lies in the right region one level below the verdict, which could have been named.
    pub under_claimed: Estimate,
    /// The radius that is said to hold half.
    pub p50: Radius,
    /// The radius that is said to hold nine tenths.
    pub p90: Radius,
    /// Area that must be searched until the photo's place is in it, quartiles, km²: discs of one size around the first candidates, of
    /// as many as make the area least.
    pub search_area_km2: [f64; 3],
    /// Were the best of the first candidates the answer.
    pub oracle: Vec<Oracle>,
    /// Risk of a wrong country against the share of photos whose country is named, the surest first.
    pub risk_coverage: Vec<Point>,
    /// Area under that curve.
    pub risk_area: f64,
    /// Share that can be answered at a risk of 5, 10 and 20 %.
    pub coverage_at: [f64; RISKS.len()],
    /// What an answer costs.
    pub cost: CostOf,
}

/// The names of a level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Named {
    /// Which level.
    pub level: Level,
    /// Share of the photos taken in a region of this level whose verdict names one.
    pub named: Estimate,
    /// Share of those that are the right one, by code.
    pub right: Estimate,
    /// Whether the probabilities of this level's regions, named or not, are honest; absent when there are none.
    pub calibration: Option<Calibration>,
}

/// A radius that is said to hold a share of the truth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Radius {
    /// Share of photos that it holds.
    pub holds: Estimate,
    /// Median, km.
    pub median_km: f64,
}

/// The best of the first candidates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Oracle {
    /// How many are looked at.
    pub first: usize,
    /// Share of photos for which one lies within each of the thresholds.
    pub within: [f64; THRESHOLDS_KM.len()],
}

/// What an answer costs.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct CostOf {
    /// Mean time, s.
    pub mean_seconds: f64,
    /// Time that nine of ten answers stay below, s.
    pub p90_seconds: f64,
    /// Tokens of prompts, mean; 0 when no model was asked.
    pub prompt_tokens: f64,
    /// Tokens of replies, mean.
    pub reply_tokens: f64,
}

/// What is counted of each answer, over all lines; none where navig did not answer.
pub(super) struct Columns<'a> {
    given: Vec<Option<Given<'a>>>,
    lines: &'a [Line],
    truths: &'a [Truth],
    outcomes: &'a [Outcome],
}

impl<'a> Columns<'a> {
    pub(super) fn of(lines: &'a [Line], truths: &'a [Truth], outcomes: &'a [Outcome]) -> Option<Self> {
        let given: Vec<Option<Given<'_>>> = lines.iter().map(Line::given).collect();
        given.iter().any(Option::is_some).then_some(Self { given, lines, truths, outcomes })
    }

    /// The shares that are drawn: first those that are said of all answers, then two for each level.
    pub(super) fn ratios(&self) -> Vec<Ratio> {
        let mut ratios = vec![
            self.ratio(|_, given| Some(given.verdict.kind == VerdictKind::Abstained)),
            self.ratio(|i, given| Some(self.over_claims(i, given))),
            self.ratio(|i, given| Some(self.under_claims(i, given))),
            self.ratio(|i, given| self.outcomes[i].distance_km.map(|km| km <= given.radius_km.p50)),
            self.ratio(|i, given| self.outcomes[i].distance_km.map(|km| km <= given.radius_km.p90)),
        ];
        for level in Level::ALL {
            let is_named = |given: &Given<'_>| given.verdict.level.is_some_and(|deepest| level <= deepest);
            ratios.push(self.ratio(|i, given| self.truths[i].has(level).then(|| is_named(given))));
            ratios.push(self.ratio(|i, given| if is_named(given) { self.is_right(i, given, level) } else { None }));
        }
        ratios
    }

    fn ratio(&self, of: impl Fn(usize, &Given<'_>) -> Option<bool>) -> Ratio {
        Ratio(self.given.iter().enumerate().map(|(i, given)| given.as_ref().and_then(|given| of(i, given))).collect())
    }

    /// Whether the region that an answer has at a level is the one where the photo was taken; none when either has none there.
    fn is_right(&self, i: usize, given: &Given<'_>, level: Level) -> Option<bool> {
        let link = given.chain.iter().find(|link| link.level == level)?;
        self.truths[i].is(level, &link.code)
    }

    fn over_claims(&self, i: usize, given: &Given<'_>) -> bool {
        let named = Level::ALL.into_iter().filter(|level| given.verdict.level.is_some_and(|deepest| *level <= deepest));
        named.into_iter().any(|level| self.is_right(i, given, level) == Some(false))
    }

    fn under_claims(&self, i: usize, given: &Given<'_>) -> bool {
        let below = Level::ALL.into_iter().find(|level| given.verdict.level.is_none_or(|deepest| *level > deepest));
        below.is_some_and(|level| self.truths[i].holds_answer(level))
    }

    /// Of the shares of [`Self::ratios`], in their order.
    pub(super) fn own(&self, shares: &[Estimate]) -> Own {
        let given = || self.given.iter().enumerate().filter_map(|(i, given)| given.as_ref().map(|given| (i, given)));
        let said = |level: Level| -> Vec<Said> {
            let of = |(i, given): (usize, &Given<'_>)| {
                let link = given.chain.iter().find(|link| link.level == level)?;
                Some(Said { p: link.probability, right: self.is_right(i, given, level)? })
            };
            given().filter_map(of).collect()
        };
        let level = |(place, level): (usize, Level)| Named {
            level,
            named: shares[5 + 2 * place],
            right: shares[6 + 2 * place],
            calibration: Calibration::of(&said(level), BINS),
        };
        let curve = selective::risk_coverage(&said(Level::Country));
        let radius = |holds: Estimate, of: &dyn Fn(&Given<'_>) -> f64| Radius {
            holds,
            median_km: quantile(0.5, given().map(|(_, given)| of(given)).collect()),
        };
        let areas: Vec<f64> = given().map(|(i, given)| search_area_km2(&self.lines[i], given)).collect();
        Own {
            n: given().count(),
            abstained: shares[0],
            named: Level::ALL.into_iter().enumerate().map(level).collect(),
            over_claimed: shares[1],
            under_claimed: shares[2],
            p50: radius(shares[3], &|given| given.radius_km.p50),
            p90: radius(shares[4], &|given| given.radius_km.p90),
            search_area_km2: [0.25, 0.5, 0.75].map(|q| quantile(q, areas.clone())),
            oracle: FIRST.map(|first| self.oracle(first)).to_vec(),
            risk_area: selective::area(&curve),
            coverage_at: RISKS.map(|risk| selective::coverage_at(&curve, risk)),
            risk_coverage: curve,
            cost: self.cost(),
        }
    }

    fn oracle(&self, first: usize) -> Oracle {
        let nearest: Vec<f64> = self
            .given
            .iter()
            .zip(self.lines)
            .filter_map(|(given, line)| {
                let given = given.as_ref()?;
                // The answer's own point is the first candidate's, or as near as makes no difference, and is there without candidates.
                let others = given.candidates.iter().take(first).skip(1).map(|candidate| candidate.point);
                let km = std::iter::once(given.point).chain(others).map(|point| point.distance_km(line.at));
                Some(km.fold(f64::INFINITY, f64::min))
            })
            .collect();
        let share = |limit: f64| nearest.iter().filter(|km| **km <= limit).count() as f64 / nearest.len().max(1) as f64;
        Oracle { first, within: THRESHOLDS_KM.map(|(_, limit)| share(limit)) }
    }

    fn cost(&self) -> CostOf {
        let lines = || self.given.iter().zip(self.lines).filter(|(given, _)| given.is_some()).map(|(_, line)| line);
        let n = lines().count().max(1) as f64;
        let tokens = |of: fn(&crate::model::Cost) -> usize| {
            lines().filter_map(|line| line.model_cost()).map(|cost| of(&cost) as f64).sum::<f64>() / n
        };
        CostOf {
            mean_seconds: lines().map(|line| line.seconds).sum::<f64>() / n,
            p90_seconds: quantile(0.9, lines().map(|line| line.seconds).collect()),
            prompt_tokens: tokens(|cost| cost.prompt_tokens),
            reply_tokens: tokens(|cost| cost.completion_tokens),
        }
    }
}

/// The least area of discs of one size around the first candidates that holds the place, over how many candidates are looked at.
fn search_area_km2(line: &Line, given: &Given<'_>) -> f64 {
    let candidates = given.candidates.iter().skip(1).map(|candidate| candidate.point);
    let mut nearest = f64::INFINITY;
    let areas = std::iter::once(given.point).chain(candidates).zip(1..).map(|(point, discs)| {
        nearest = nearest.min(point.distance_km(line.at));
        f64::from(discs) * cap_km2(nearest)
    });
    let whole = cap_km2(std::f64::consts::PI * EARTH_RADIUS_KM);
    areas.fold(whole, f64::min)
}

/// Area of a spherical cap by its radius along the surface, km².
fn cap_km2(radius_km: f64) -> f64 {
    2.0 * std::f64::consts::PI * EARTH_RADIUS_KM.powi(2) * (1.0 - (radius_km / EARTH_RADIUS_KM).cos())
}

/// A quantile, between the nearest ranks; 0 of nothing.
pub(super) fn quantile(q: f64, mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = q * values.len().saturating_sub(1) as f64;
    let at = |rank: f64| values.get(rank as usize).copied().unwrap_or(0.0);
    let (low, high) = (at(rank.floor()), at(rank.ceil()));
    low + (high - low) * (rank - rank.floor())
}

//! What a tool says about the location because of a clue, in a form that can be weighed.
//!
//! Every [`Likelihood`] but [`Likelihood::Note`] carries a `background`: the probability that the evidence has
//! nothing to do with where the camera stood (a brand, a travelling lorry, a misread word, another place of the
//! same name). The Guesser turns it into
//!
//! ```text
//! L(h) = (1 - background) * fit(h) / E_prior[fit] + background
//! ```
//!
//! so that one piece of evidence alone leaves a share `background` of the posterior where the prior had it. It is
//! never 0 and never 1: no single hit can decide, and none can veto.

use crate::geo::{Area, LatLon, RegionCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The lowest background that a piece of evidence may claim.
pub const MIN_BACKGROUND: f64 = 1e-4;

/// A region and how well the evidence fits it, relative to the other regions of the same evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RegionShare {
    /// The region: a country, a continent or an admin-1 unit.
    pub region: RegionCode,
    /// Relative fit, above 0: `P(clue | region)` up to a constant. It is *not* weighted by population: the prior does that.
    pub share: f64,
}

/// A point and how well the evidence fits places near it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PointShare {
    /// Centre.
    pub at: LatLon,
    /// Standard deviation of the fit around the centre, km; above 0.
    pub sigma_km: f64,
    /// Relative fit, above 0: `P(clue | near this point)` up to a constant.
    pub share: f64,
    /// What is there, for the report; such as `London, Wisconsin, US`.
    pub label: String,
}

/// How much better a piece of evidence fits one place than another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Likelihood {
    /// The fit is constant within regions; regions that are not named fit not at all.
    Regions {
        /// At least one.
        shares: Vec<RegionShare>,
        /// Probability that the evidence is unrelated to the place.
        background: f64,
    },
    /// The fit falls off as a Gaussian around points.
    Points {
        /// At least one. All namesakes belong in here, not only the best.
        points: Vec<PointShare>,
        /// Probability that the evidence is unrelated to the place.
        background: f64,
    },
    /// The fit is constant inside an area and constant outside it.
    Area {
        /// The area.
        area: Area,
        /// Fit inside divided by fit outside, above 0. [`STRICT_ODDS`], or 1 over it, is kept for strict hints of the user.
        odds: f64,
    },
    /// Shown, not weighed.
    Note,
}

/// Odds that stand for "the user insists": what lies outside is as good as ruled out.
pub const STRICT_ODDS: f64 = 1e12;

/// A finding of a tool: evidence before the ledger has given it an id and a source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Evidence from one text or one crop shares a group, and a group counts once. Such as `text:t3`.
    pub group: String,
    /// The row of `data/weights.toml` that weighs it, such as `place-name`.
    pub kind: String,
    /// Ids of the clues it rests on.
    pub clues: Vec<String>,
    /// One sentence: what was seen, and why it counts.
    pub claim: String,
    /// How it weighs.
    pub likelihood: Likelihood,
}

/// Which tool said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// Registered name, such as `signs.read`.
    pub tool: String,
    /// Version of the tool.
    pub version: String,
}

/// A finding with its id and its source, as it stands in the ledger (`navig.evidence/1`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// Unique within one photo, such as `e7`.
    pub id: String,
    /// Who said so.
    pub source: Source,
    /// What was said.
    #[serde(flatten)]
    pub finding: Finding,
}

/// Why a likelihood cannot be weighed.
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum LikelihoodError {
    /// A list of shares is empty.
    #[error("a likelihood names no region or point")]
    Empty,
    /// A number is out of its range.
    #[error("{what} is {value}, and must be {range}")]
    OutOfRange {
        /// The name of the number.
        what: &'static str,
        /// What it is.
        value: f64,
        /// What it must be.
        range: &'static str,
    },
}

impl Likelihood {
    /// Checks the ranges that the fields promise.
    ///
    /// # Errors
    /// [`LikelihoodError`] names the first number that is out of range.
    pub fn check(&self) -> Result<(), LikelihoodError> {
        match self {
            Self::Regions { shares, background } => {
                check_background(*background)?;
                check_shares(shares.iter().map(|s| s.share))
            }
            Self::Points { points, background } => {
                check_background(*background)?;
                for p in points {
                    if !(p.sigma_km > 0.0 && p.sigma_km.is_finite()) {
                        return Err(LikelihoodError::OutOfRange {
                            what: "sigma_km",
                            value: p.sigma_km,
                            range: "above 0",
                        });
                    }
                }
                check_shares(points.iter().map(|p| p.share))
            }
            Self::Area { odds, .. } if !(*odds > 0.0 && odds.is_finite()) => {
                Err(LikelihoodError::OutOfRange { what: "odds", value: *odds, range: "above 0, and finite" })
            }
            Self::Area { .. } | Self::Note => Ok(()),
        }
    }
}

fn check_background(value: f64) -> Result<(), LikelihoodError> {
    if (MIN_BACKGROUND..1.0).contains(&value) {
        Ok(())
    } else {
        Err(LikelihoodError::OutOfRange { what: "background", value, range: "at least 0.0001 and below 1" })
    }
}

fn check_shares(shares: impl Iterator<Item = f64>) -> Result<(), LikelihoodError> {
    let mut any = false;
    for value in shares {
        any = true;
        if !(value > 0.0 && value.is_finite()) {
            return Err(LikelihoodError::OutOfRange { what: "share", value, range: "above 0" });
        }
    }
    if any { Ok(()) } else { Err(LikelihoodError::Empty) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_background_of_zero_is_refused_because_it_would_be_a_veto() {
        let l = Likelihood::Regions {
            shares: vec![RegionShare { region: RegionCode::country("DK"), share: 1.0 }],
            background: 0.0,
        };
        assert!(matches!(l.check(), Err(LikelihoodError::OutOfRange { what: "background", .. })));
    }

    #[test]
    fn an_empty_list_is_refused() {
        assert_eq!(Likelihood::Points { points: vec![], background: 0.5 }.check(), Err(LikelihoodError::Empty));
    }
}

//! `data/weights.toml`: the numbers by which evidence is weighed.

use crate::digest::hex;
use navig_tools::geo::Level;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};

/// The text of the table that navig carries with it.
pub const EMBEDDED: &str = include_str!("../../data/weights.toml");

/// Why a table of weights cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// Not TOML, or not the expected keys.
    #[error("the table of weights does not read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A number out of its range.
    #[error("{key} is {value} in the table of weights, and must be {range}")]
    OutOfRange {
        /// Dotted key.
        key: String,
        /// What it is.
        value: f64,
        /// What it must be.
        range: &'static str,
    },
}

/// Per kind of evidence, the kinds whose items repeat it, with an exponent each. See [`Weights::power`].
pub type Crowd = BTreeMap<String, BTreeMap<String, f64>>;

/// The table of weights. `data/weights.toml` gives the reason for each number.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Name of this set of numbers.
    pub version: String,
    /// The prior over places.
    pub prior: PriorWeights,
    /// How far from its centre one may be and still be in a place.
    pub spread: SpreadWeights,
    /// Evidence from one source.
    pub group: GroupWeights,
    /// Power per kind of evidence.
    lambda: BTreeMap<String, f64>,
    /// Factor on the odds of a finding's background, per kind of evidence; kinds that are not named have 1.
    #[serde(default)]
    background: BTreeMap<String, f64>,
    /// Per kind of evidence, which other items repeat it, and how much.
    crowd: Crowd,
    /// Probability from which a level is named.
    levels: BTreeMap<Level, f64>,
    /// The choice of the answer's point.
    pub point: PointWeights,
    /// The radii of an answer.
    pub radius: RadiusWeights,
    /// The listing of candidates.
    pub candidates: CandidateWeights,
    /// SHA-256 of the text that this table was read from, lower-case hex.
    #[serde(skip)]
    pub sha256: String,
}

/// Numbers of a table that are replaced.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// Powers by kind.
    pub lambda: BTreeMap<String, f64>,
    /// Factors on the odds of backgrounds by kind.
    pub background: BTreeMap<String, f64>,
    /// Exponents of the crowding.
    pub crowd: Crowd,
    /// Thresholds of levels.
    pub levels: BTreeMap<Level, f64>,
    /// `prior.exponent`
    pub exponent: Option<f64>,
    /// `prior.described`
    pub described: Option<f64>,
    /// `group.echo`
    pub echo: Option<f64>,
    /// Factors on radii.
    pub radius: Option<RadiusWeights>,
}

/// `[prior]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorWeights {
    /// Power of the population, 0 to 1.
    pub exponent: f64,
    /// Power of a country's prior where only a description is asked, 0 to 1.
    pub described: f64,
    /// Inhabitants added to every place.
    pub floor_population: f64,
    /// Factor per country, by ISO 3166-1 alpha-2 code; countries that are not named have 1.
    pub countries: BTreeMap<String, f64>,
}

/// `[spread]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpreadWeights {
    /// Smallest standard deviation, km.
    pub min_km: f64,
    /// Standard deviation per square root of an inhabitant, km.
    pub km_per_sqrt_inhabitant: f64,
}

/// `[group]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupWeights {
    /// Power of all but the strongest item of a group, 0 to 1.
    pub echo: f64,
}

/// `[point]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointWeights {
    /// Distance beyond which hypotheses no longer pull, km.
    pub cap_km: f64,
}

/// `[radius]`
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RadiusWeights {
    /// Factor on the radius that holds half of the posterior.
    pub p50: f64,
    /// Factor on the radius that holds nine tenths of it.
    pub p90: f64,
}

/// `[candidates]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CandidateWeights {
    /// Radius of a cluster, km.
    pub cluster_km: f64,
    /// Smallest listed probability.
    pub min_probability: f64,
    /// Longest list.
    pub max: usize,
}

impl Weights {
    /// The table that navig carries with it.
    #[must_use]
    pub fn embedded() -> Self {
        Self::parse(EMBEDDED).expect("a test reads the embedded table")
    }

    /// Reads a table.
    ///
    /// # Errors
    /// [`WeightsError`] when it is not TOML, has unknown or missing keys, or a number is out of range.
    pub fn parse(text: &str) -> Result<Self, WeightsError> {
        let mut weights: Self = toml::from_str(text)?;
        weights.sha256 = hex(&Sha256::digest(text.as_bytes()));
        weights.check()?;
        Ok(weights)
    }

    /// The same weights with some of the numbers replaced, for whoever fits them.
    #[must_use]
    pub fn with(mut self, changes: &Changes) -> Self {
        let Changes { lambda, background, crowd, levels, .. } = changes.clone();
        self.lambda.extend(lambda);
        self.background.extend(background);
        self.crowd.extend(crowd);
        self.levels.extend(levels);
        self.prior.exponent = changes.exponent.unwrap_or(self.prior.exponent);
        self.prior.described = changes.described.unwrap_or(self.prior.described);
        self.group.echo = changes.echo.unwrap_or(self.group.echo);
        self.radius = changes.radius.unwrap_or(self.radius);
        self
    }

    /// The factor on the odds of a kind's background.
    #[must_use]
    pub fn background(&self, kind: &str) -> f64 {
        self.background.get(kind).copied().unwrap_or(1.0)
    }

    /// Which other kinds repeat what each kind says.
    #[must_use]
    pub fn crowd(&self) -> &Crowd {
        &self.crowd
    }

    /// The power of a kind of evidence by itself; kinds that the table does not know get `default`.
    #[must_use]
    pub fn lambda(&self, kind: &str) -> f64 {
        self.lambda.get(kind).or_else(|| self.lambda.get("default")).copied().unwrap_or(0.0)
    }

    /// The power of an item of a kind among others: `lambda * Π (1 + others)^-exponent` over the rows of its kind in
    /// `[crowd]`, where `others` is how many other items there are of the kind that the row names, or of the kinds that begin
    /// with that name and a hyphen. `counts` has how many items there are of each kind, this one included.
    pub(super) fn power(&self, kind: &str, counts: &HashMap<&str, usize>) -> f64 {
        let crowd = self.crowd.get(kind).into_iter().flatten();
        let shared = crowd.map(|(of, exponent)| {
            let all: usize = counts.iter().filter(|(kind, _)| is_of(kind, of)).map(|(_, n)| n).sum();
            let others = all.saturating_sub(usize::from(is_of(kind, of)));
            (1.0 + others as f64).powf(-exponent)
        });
        self.lambda(kind) * shared.product::<f64>()
    }

    /// The probability from which a level is named.
    #[must_use]
    pub fn threshold(&self, level: Level) -> f64 {
        self.levels.get(&level).copied().unwrap_or(1.0)
    }

    fn check(&self) -> Result<(), WeightsError> {
        let unit = |key: &str, value: f64| match (0.0..=1.0).contains(&value) {
            true => Ok(()),
            false => Err(WeightsError::OutOfRange { key: key.to_owned(), value, range: "between 0 and 1" }),
        };
        let above = |key: &str, value: f64| match value > 0.0 && value.is_finite() {
            true => Ok(()),
            false => Err(WeightsError::OutOfRange { key: key.to_owned(), value, range: "above 0" }),
        };
        unit("prior.exponent", self.prior.exponent)?;
        unit("prior.described", self.prior.described)?;
        unit("group.echo", self.group.echo)?;
        unit("candidates.min_probability", self.candidates.min_probability)?;
        above("prior.floor_population", self.prior.floor_population)?;
        above("spread.min_km", self.spread.min_km)?;
        above("spread.km_per_sqrt_inhabitant", self.spread.km_per_sqrt_inhabitant)?;
        above("point.cap_km", self.point.cap_km)?;
        above("candidates.cluster_km", self.candidates.cluster_km)?;
        above("radius.p50", self.radius.p50)?;
        above("radius.p90", self.radius.p90)?;
        self.background.iter().try_for_each(|(kind, &value)| above(&format!("background.{kind}"), value))?;
        self.prior.countries.iter().try_for_each(|(code, &value)| above(&format!("prior.countries.{code}"), value))?;
        self.lambda.iter().try_for_each(|(kind, &value)| unit(&format!("lambda.{kind}"), value))?;
        for (kind, others) in &self.crowd {
            others.iter().try_for_each(|(of, &value)| unit(&format!("crowd.{kind}.{of}"), value))?;
        }
        self.levels.iter().try_for_each(|(level, &value)| unit(&format!("levels.{level}"), value))
    }
}

/// Whether a kind is the one of that name, or one of its sorts: `described-script` of `described`.
#[must_use]
pub fn is_of(kind: &str, name: &str) -> bool {
    kind.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_power_of_an_item_falls_with_the_others_that_repeat_it() {
        let weights = Weights::embedded().with(&Changes {
            lambda: [("guidebook".to_owned(), 0.8)].into(),
            crowd: [("guidebook".to_owned(), [("guidebook".to_owned(), 0.5), ("described".to_owned(), 1.0)].into())]
                .into(),
            ..Changes::default()
        });
        let power = |counts: &[(&'static str, usize)]| weights.power("guidebook", &counts.iter().copied().collect());
        assert!((power(&[("guidebook", 1)]) - 0.8).abs() < 1e-12, "alone it has all");
        assert!((power(&[("guidebook", 4)]) - 0.4).abs() < 1e-12);
        let with_regions = power(&[("guidebook", 4), ("described-region", 2), ("described-script", 1)]);
        assert!((with_regions - 0.1).abs() < 1e-12, "{with_regions}");
        assert!((power(&[("guidebook", 1), ("guidebooks", 9), ("traces", 9)]) - 0.8).abs() < 1e-12, "not related");
    }

    #[test]
    fn the_embedded_table_reads_and_names_every_level() {
        let weights = Weights::parse(EMBEDDED).expect("reads");
        assert!(Level::ALL.iter().all(|&level| weights.threshold(level) < 1.0));
        assert_eq!(weights.lambda("no-such-kind"), weights.lambda("default"));
        assert_eq!(weights.sha256.len(), 64);
    }

    #[test]
    fn every_kind_that_a_stage_finds_has_a_row() {
        let tools = navig_tools::builtin(Default::default(), Default::default()).expect("registers").list();
        let kinds = tools.iter().flat_map(|tool| tool.spec.kinds).chain(crate::searcher::METADATA.kinds);
        let seen = navig_tools::clue::ClueKind::SEEN.map(crate::reasoner::kind_row);
        let said = crate::guesser::said::KINDS.iter().chain([&crate::searcher::CHECK]);
        let kinds = kinds.copied().chain(said.copied()).chain(seen.iter().map(String::as_str));
        let weights = Weights::embedded();
        let missing: Vec<_> = kinds.filter(|kind| !weights.lambda.contains_key(*kind)).collect();
        assert!(missing.is_empty(), "without a row in data/weights.toml: {missing:?}");
    }

    #[test]
    fn unknown_keys_and_absurd_numbers_are_refused() {
        assert!(matches!(Weights::parse(&format!("colour = 1\n{EMBEDDED}")), Err(WeightsError::Syntax(_))));
        let negative = EMBEDDED.replace("echo = ", "echo = -");
        assert!(matches!(Weights::parse(&negative), Err(WeightsError::OutOfRange { .. })));
    }
}

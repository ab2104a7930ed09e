//! What answers are worth on a benchmark.

mod answers;
mod income;
mod own;
pub(super) mod truth;

pub use answers::{Answers, answers};
pub use own::{CostOf, FIRST, Named, Oracle, Own, Radius};

use super::run::{Line, clusters};
use super::score::{self, Distances, Draws, Estimate, Outcome, Ratio};
use navig_tools::geo::{Gazetteer, Level, RegionCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use truth::Truth;

/// The value of [`Scores::schema`].
pub const SCORES_SCHEMA: &str = "navig.scores/1";

/// The group of samples that lie on no continent.
const AT_SEA: &str = "at sea";

/// What answers are worth on a benchmark (`navig.scores/1`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scores {
    /// Always `navig.scores/1`.
    pub schema: String,
    /// Version of navig that wrote it.
    pub navig: String,
    /// Name of the benchmark.
    pub task: String,
    /// Its version.
    pub version: String,
    /// Where the answers come from, as the user wrote it.
    pub predictions: String,
    /// Samples that are drawn independently: clusters, where the task has them.
    pub clusters: usize,
    /// Answers to samples that the benchmark does not have; they do not count.
    pub strangers: usize,
    /// How the intervals were made.
    pub draws: Draws,
    /// Over all samples.
    pub distances: Distances,
    /// Share of points in the very region where the photo was taken, by code and per level, of the photos taken in one.
    pub regions: BTreeMap<Level, Estimate>,
    /// Over the samples of each continent, by its English name, and those at sea.
    pub continents: BTreeMap<String, Distances>,
    /// Over the samples of each income class of the World Bank, those of countries without one left out.
    pub income: BTreeMap<String, Distances>,
    /// What only answers with regions, probabilities and radii have; absent for points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Own>,
    /// Answers that do not read, and what else is odd.
    pub warnings: Vec<String>,
}

/// Why answers cannot be scored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScoresError {
    /// No answer is to a sample.
    #[error(
        "{predictions}: none of its {count} answers is to a sample of '{task}': it has '{theirs}' where the list has '{ours}'"
    )]
    Strangers {
        /// Where the answers come from.
        predictions: String,
        /// How many there are.
        count: usize,
        /// The benchmark.
        task: String,
        /// An id among the answers.
        theirs: String,
        /// An id among the samples.
        ours: String,
    },
    /// Two answers are to one sample.
    #[error("{predictions}: '{one}' and '{other}' answer one sample; which of them counts is not for navig to choose")]
    Twice {
        /// Where the answers come from.
        predictions: String,
        /// An id.
        one: String,
        /// Another one.
        other: String,
    },
    /// There is nothing to score.
    #[error("{predictions}: it has no answers")]
    Empty {
        /// Where the answers come from.
        predictions: String,
    },
}

/// Scores answers. `from` says where they come from.
///
/// # Errors
/// [`ScoresError::Empty`] when there is none.
pub fn scores(
    task: &str,
    version: &str,
    from: &str,
    answers: &Answers<'_>,
    draws: Draws,
) -> Result<Scores, ScoresError> {
    let Answers { lines, strangers, warnings } = answers;
    let clusters = clusters(lines.iter());
    let outcome = |(line, cluster): (&Line, &usize)| Outcome {
        distance_km: line.point().map(|at| at.distance_km(line.at)),
        cluster: *cluster as u32,
    };
    let outcomes: Vec<Outcome> = lines.iter().zip(&clusters).map(outcome).collect();
    let truths = truth::truths(lines);
    let columns = own::Columns::of(lines, &truths, &outcomes);
    let mut ratios: Vec<Ratio> = Level::ALL.map(|level| in_region(lines, &truths, level)).to_vec();
    ratios.extend(columns.iter().flat_map(own::Columns::ratios));
    let Some((distances, shares)) = score::scored(&outcomes, &ratios, draws) else {
        return Err(ScoresError::Empty { predictions: from.to_owned() });
    };
    let regions = Level::ALL.into_iter().zip(shares.iter().copied()).collect();
    let continents = continents();
    let continent =
        |truth: &Truth| truth.continent().map_or(AT_SEA, |code| continents.get(code).map_or(code, String::as_str));
    Ok(Scores {
        schema: SCORES_SCHEMA.to_owned(),
        navig: env!("CARGO_PKG_VERSION").to_owned(),
        task: task.to_owned(),
        version: version.to_owned(),
        predictions: from.to_owned(),
        clusters: clusters.iter().max().map_or(0, |last| last + 1),
        strangers: *strangers,
        draws,
        distances,
        regions,
        continents: groups(&outcomes, truths.iter().map(|truth| Some(continent(truth))), draws),
        income: groups(&outcomes, truths.iter().map(|truth| income::class(truth.country()?)), draws),
        own: columns.map(|columns| columns.own(&shares[Level::ALL.len()..])),
        warnings: warnings.clone(),
    })
}

/// English names of the continents by code.
fn continents() -> BTreeMap<&'static str, String> {
    let gazetteer = Gazetteer::embedded();
    let code = |code: &str| RegionCode { level: Level::Continent, code: code.to_owned() };
    let named = |of: &'static str| Some((of, gazetteer.region(&code(of))?.name));
    gazetteer.countries().filter_map(|(_, country)| named(country.continent)).collect()
}

/// Whether the point lies in the region of a level in which the photo was taken; a missing answer lies in none.
fn in_region(lines: &[Line], truths: &[Truth], level: Level) -> Ratio {
    let of = |(_, truth): (&Line, &Truth)| truth.has(level).then(|| truth.holds_answer(level));
    Ratio(lines.iter().zip(truths).map(of).collect())
}

/// Distances by group; what has none is left out.
fn groups<'a>(
    outcomes: &[Outcome],
    names: impl Iterator<Item = Option<&'a str>>,
    draws: Draws,
) -> BTreeMap<String, Distances> {
    let mut groups: BTreeMap<&str, Vec<Outcome>> = BTreeMap::new();
    for (name, outcome) in names.zip(outcomes) {
        name.into_iter().for_each(|name| groups.entry(name).or_default().push(*outcome));
    }
    groups
        .into_iter()
        .filter_map(|(name, outcomes)| Some((name.to_owned(), score::distances(&outcomes, draws)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{AT_SEA, Draws, Scores, ScoresError, scores};
    use crate::eval::samples::{Predictions, Sample};
    use navig_tools::geo::LatLon;

    fn scored(samples: &[Sample], given: &Predictions) -> Result<Scores, ScoresError> {
        scores("photos", "1", "x.csv", &super::answers("photos", samples, "x.csv", given)?, DRAWS)
    }

    fn sample(id: &str, lat: f64, lon: f64, cluster: Option<&str>) -> Sample {
        let at = LatLon::new(lat, lon).expect("valid");
        Sample { id: id.to_owned(), at, country: None, cluster: cluster.map(str::to_owned) }
    }

    fn answers(of: &[(&str, Option<(f64, f64)>)]) -> Predictions {
        let point = |p: &Option<(f64, f64)>| p.map(|(lat, lon)| LatLon::new(lat, lon).expect("valid"));
        let points = of.iter().map(|(id, p)| ((*id).to_owned(), point(p))).collect();
        Predictions { points, told: vec!["line 9: its latitude 'x' is no number".to_owned()] }
    }

    const DRAWS: Draws = Draws { count: 20, seed: 0 };

    #[test]
    fn every_sample_counts_once_whoever_answered() {
        let samples = [
            sample("a.jpg", 48.21, 16.37, Some("ann")),
            sample("b.jpg", -1.29, 36.82, Some("ann")),
            sample("c.jpg", 0.0, -30.0, None),
        ];
        let given = answers(&[("images/a.jpg", Some((48.21, 16.37))), ("b.jpg", None), ("z.jpg", Some((0.0, 0.0)))]);
        let scores = scored(&samples, &given).expect("scores");
        assert_eq!((scores.distances.compatible.n, scores.clusters, scores.strangers), (3, 2, 1));
        assert!((scores.distances.compatible.within[0].value - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(scores.distances.answered.as_ref().map(|a| a.n), Some(1));
        let groups: Vec<&str> = scores.continents.keys().map(String::as_str).collect();
        assert_eq!(groups, ["Africa", "Europe", AT_SEA]);
        assert_eq!(scores.warnings.len(), 2, "{:?}", scores.warnings);
    }

    #[test]
    fn folders_count_where_the_names_alone_are_not_unique() {
        let samples = [sample("1/a.jpg", 10.0, 10.0, None), sample("2/a.jpg", 20.0, 20.0, None)];
        let given = answers(&[("1/a.jpg", Some((10.0, 10.0))), ("2/a.jpg", Some((20.0, 20.0)))]);
        let scores = scored(&samples, &given).expect("scores");
        assert_eq!(scores.distances.compatible.within[0].value, 1.0);
    }

    #[test]
    fn answers_to_another_list_are_refused() {
        let samples = [sample("a.jpg", 10.0, 10.0, None)];
        let error = scored(&samples, &answers(&[("17", None)])).expect_err("refused").to_string();
        assert!(
            error.contains("none of its 1 answers") && error.contains("'17' where the list has 'a.jpg'"),
            "{error}"
        );
        let twice = answers(&[("x/a.jpg", None), ("y/a.jpg", Some((5.0, 5.0)))]);
        let error = scored(&samples, &twice).expect_err("refused").to_string();
        assert!(error.contains("'x/a.jpg' and 'y/a.jpg' answer one sample"), "{error}");
        let error = scored(&samples, &answers(&[])).expect_err("refused").to_string();
        assert!(error.contains("no answers"), "{error}");
    }
}

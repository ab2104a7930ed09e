//! What answers are worth on a benchmark.

use super::samples::{Predictions, Sample};
use super::score::{Distances, Draws, Outcome, distances};
use super::task::Task;
use navig_tools::geo::{Gazetteer, LatLon, Level};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

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
    /// Over the samples of each continent, by its English name, and those at sea.
    pub continents: BTreeMap<String, Distances>,
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

/// Scores answers against the samples of a task. A sample without an answer counts as one whose answer does not read.
///
/// Ids are compared by the last part of their path where these are unique: `images/a.jpg` answers `a.jpg`.
///
/// # Errors
/// [`ScoresError`] when there is no answer, or none to any sample.
pub fn scores(
    task: &Task,
    samples: &[Sample],
    from: &str,
    answers: &Predictions,
    draws: Draws,
) -> Result<Scores, ScoresError> {
    let unique = samples.iter().map(|s| last(&s.id)).collect::<HashSet<_>>().len() == samples.len();
    let key = |id: &'_ str| if unique { last(id).to_owned() } else { id.to_owned() };
    let mut answered: HashMap<String, (&str, Option<LatLon>)> = HashMap::with_capacity(answers.points.len());
    for (id, point) in &answers.points {
        if let Some((other, _)) = answered.insert(key(id), (id, *point)) {
            let (one, other) = (id.min(&other.to_owned()).clone(), id.max(&other.to_owned()).clone());
            return Err(ScoresError::Twice { predictions: from.to_owned(), one, other });
        }
    }
    let known: HashSet<String> = samples.iter().map(|s| key(&s.id)).collect();
    let strangers = answered.keys().filter(|id| !known.contains(*id)).count();
    if strangers == answers.points.len() {
        // The first by name, so that the message is the same each time.
        let predictions = from.to_owned();
        return Err(match (answers.points.keys().min(), samples.first()) {
            (Some(theirs), Some(ours)) => ScoresError::Strangers {
                predictions,
                count: strangers,
                task: task.name.clone(),
                theirs: theirs.clone(),
                ours: ours.id.clone(),
            },
            _ => ScoresError::Empty { predictions },
        });
    }
    let mut warnings = answers.told.clone();
    if strangers > 0 {
        warnings.push(format!("answers to samples that the list does not have, which do not count: {strangers}"));
    }
    let mut numbers: HashMap<(bool, &str), u32> = HashMap::new();
    let outcomes: Vec<Outcome> = samples
        .iter()
        .map(|sample| {
            let next = numbers.len() as u32;
            // A sample that names no cluster is one by itself.
            let own = sample.cluster.as_deref().map_or((false, sample.id.as_str()), |cluster| (true, cluster));
            let cluster = *numbers.entry(own).or_insert(next);
            let answer = answered.get(&key(&sample.id)).and_then(|(_, point)| *point);
            Outcome { distance_km: answer.map(|at| at.distance_km(sample.at)), cluster }
        })
        .collect();
    let gazetteer = Gazetteer::embedded();
    let continent = |sample: &Sample| {
        gazetteer.chain(sample.at).at(Level::Continent).map_or_else(|| AT_SEA.to_owned(), |region| region.name.clone())
    };
    let continents: Vec<String> = samples.par_iter().map(continent).collect();
    let mut by_continent: BTreeMap<String, Vec<Outcome>> = BTreeMap::new();
    for (continent, outcome) in continents.into_iter().zip(&outcomes) {
        by_continent.entry(continent).or_default().push(*outcome);
    }
    let of = |(continent, outcomes): (String, Vec<Outcome>)| Some((continent, distances(&outcomes, draws)?));
    let Some(distances) = distances(&outcomes, draws) else {
        return Err(ScoresError::Empty { predictions: from.to_owned() });
    };
    Ok(Scores {
        schema: SCORES_SCHEMA.to_owned(),
        navig: env!("CARGO_PKG_VERSION").to_owned(),
        task: task.name.clone(),
        version: task.version.clone(),
        predictions: from.to_owned(),
        clusters: numbers.len(),
        strangers,
        draws,
        distances,
        continents: by_continent.into_iter().filter_map(of).collect(),
        warnings,
    })
}

/// The last part of a path, of any system.
fn last(id: &str) -> &str {
    id.rsplit(['/', '\\']).next().unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task() -> Task {
        Task::embedded().into_iter().find(|task| task.name == "photos").expect("a task")
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
        let scores = scores(&task(), &samples, "x.csv", &given, DRAWS).expect("scores");
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
        let scores = scores(&task(), &samples, "x.csv", &given, DRAWS).expect("scores");
        assert_eq!(scores.distances.compatible.within[0].value, 1.0);
    }

    #[test]
    fn answers_to_another_list_are_refused() {
        let samples = [sample("a.jpg", 10.0, 10.0, None)];
        let error =
            scores(&task(), &samples, "x.csv", &answers(&[("17", None)]), DRAWS).expect_err("refused").to_string();
        assert!(
            error.contains("none of its 1 answers") && error.contains("'17' where the list has 'a.jpg'"),
            "{error}"
        );
        let twice = answers(&[("x/a.jpg", None), ("y/a.jpg", Some((5.0, 5.0)))]);
        let error = scores(&task(), &samples, "x.csv", &twice, DRAWS).expect_err("refused").to_string();
        assert!(error.contains("'x/a.jpg' and 'y/a.jpg' answer one sample"), "{error}");
        let error = scores(&task(), &samples, "x.csv", &answers(&[]), DRAWS).expect_err("refused").to_string();
        assert!(error.contains("no answers"), "{error}");
    }
}

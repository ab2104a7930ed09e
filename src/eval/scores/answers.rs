//! Which answer is to which sample.

use super::ScoresError;
use crate::eval::run::{Answer, Line};
use crate::eval::samples::{Predictions, Sample};
use navig_tools::geo::LatLon;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Somebody's answers, each beside its sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers<'a> {
    /// A line per sample.
    pub lines: Cow<'a, [Line]>,
    /// Answers to samples that the benchmark does not have; they do not count.
    pub strangers: usize,
    /// What is odd.
    pub warnings: Vec<String>,
}

/// Puts answers beside the samples of a task. A sample without an answer counts as one whose answer does not read.
///
/// Ids are compared by the last part of their path where these are unique: `images/a.jpg` answers `a.jpg`.
///
/// # Errors
/// [`ScoresError`] when there is no answer, none to any sample, or two to one.
pub fn answers(
    task: &str,
    samples: &[Sample],
    from: &str,
    given: &Predictions,
) -> Result<Answers<'static>, ScoresError> {
    // Whole ids are unique already.
    let flat = samples.iter().all(|s| last(&s.id).len() == s.id.len());
    let unique = flat || samples.iter().map(|s| last(&s.id)).collect::<HashSet<_>>().len() == samples.len();
    let key = |id: &'_ str| -> usize { if unique { id.len() - last(id).len() } else { 0 } };
    let mut answered: HashMap<&str, (&str, Option<LatLon>)> = HashMap::with_capacity(given.points.len());
    for (id, point) in &given.points {
        if let Some((other, _)) = answered.insert(&id[key(id)..], (id, *point)) {
            let (one, other) = (id.as_str().min(other).to_owned(), id.as_str().max(other).to_owned());
            return Err(ScoresError::Twice { predictions: from.to_owned(), one, other });
        }
    }
    let mut to_a_sample = 0;
    let line = |(index, sample): (usize, &Sample)| {
        let found = answered.get(&sample.id[key(&sample.id)..]);
        to_a_sample += usize::from(found.is_some());
        let answer = match found {
            Some((_, Some(point))) => Answer::Point(*point),
            Some((_, None)) => Answer::Failed("the answer does not read".to_owned()),
            None => Answer::Failed("there is no answer".to_owned()),
        };
        Line::of(index, sample, 0.0, answer)
    };
    let lines: Vec<Line> = samples.iter().enumerate().map(line).collect();
    let strangers = answered.len() - to_a_sample;
    if to_a_sample == 0 {
        // The first by name, so that the message is the same each time.
        let predictions = from.to_owned();
        return Err(match (given.points.keys().min(), samples.first()) {
            (Some(theirs), Some(ours)) => ScoresError::Strangers {
                predictions,
                count: strangers,
                task: task.to_owned(),
                theirs: theirs.clone(),
                ours: ours.id.clone(),
            },
            _ => ScoresError::Empty { predictions },
        });
    }
    let mut warnings = given.told.clone();
    if strangers > 0 {
        warnings.push(format!("answers to samples that the list does not have, which do not count: {strangers}"));
    }
    Ok(Answers { lines: Cow::Owned(lines), strangers, warnings })
}

/// The last part of a path, of any system.
fn last(id: &str) -> &str {
    id.rsplit(['/', '\\']).next().unwrap_or(id)
}

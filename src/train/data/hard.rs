//! What a model does not know yet: the samples that a run answered wrongly, and nothing near those that it answered right, where more
//! of the same teaches little.

use super::{DataError, Example};
use crate::eval::leak::near_places;
use crate::eval::run;
use navig_tools::geo::LatLon;
use std::path::{Path, PathBuf};

/// How near a right answer what it covers lies, km.
pub const NEAR_RIGHT_KM: f64 = 200.0;

/// A sample of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Its picture.
    pub picture: PathBuf,
    /// Where it was taken.
    pub at: LatLon,
    /// What was answered; none for no answer.
    pub answered: Option<LatLon>,
    /// Its place in the list of the benchmark, from 1.
    pub line: u64,
}

impl From<Judged> for Example {
    fn from(Judged { picture, at, line, .. }: Judged) -> Self {
        Self { picture, at, words: None, line }
    }
}

/// Reads the samples of a run, finished or not, whose pictures go by their ids from the folder `pictures`.
///
/// # Errors
/// [`DataError`] when the run does not read or has no samples.
pub fn judged(run: &Path, pictures: &Path) -> Result<Vec<Judged>, DataError> {
    let lines = run::read(run)?.lines;
    if lines.is_empty() {
        return Err(DataError::empty(run.to_owned(), &[] as &[String]));
    }
    let judged = |line: run::Line| Judged {
        picture: pictures.join(&line.id),
        at: line.at,
        answered: line.point(),
        line: line.index as u64 + 1,
    };
    Ok(lines.into_iter().map(judged).collect())
}

/// Indices of the samples whose answer lies farther than `wrong_km` from the truth, or that have none, and that were taken farther than
/// `near_km` from every sample that was answered right.
#[must_use]
pub fn hard(samples: &[Judged], wrong_km: f64, near_km: f64) -> Vec<usize> {
    let right = |sample: &Judged| sample.answered.is_some_and(|answered| answered.distance_km(sample.at) <= wrong_km);
    let (right, wrong): (Vec<usize>, Vec<usize>) = (0..samples.len()).partition(|&i| right(&samples[i]));
    let places = |of: &[usize]| of.iter().map(|&i| samples[i].at).collect::<Vec<_>>();
    let mut near = near_places(&places(&right), &places(&wrong), near_km).into_iter().map(|near| near.test).peekable();
    let apart = wrong.into_iter().enumerate().filter(|(nth, _)| near.next_if_eq(nth).is_none());
    apart.map(|(_, i)| i).collect()
}

#[cfg(test)]
mod tests {
    use super::super::made::at;
    use super::*;
    use proptest::prelude::*;

    fn sample(line: u64, at: LatLon, answered: Option<LatLon>) -> Judged {
        Judged { picture: PathBuf::from(format!("{line}.jpg")), at, answered, line }
    }

    #[test]
    fn what_was_answered_wrongly_far_from_right_answers_is_kept() {
        let (vienna, graz, tokyo, suva) = (at(48.2, 16.37), at(47.07, 15.44), at(35.68, 139.69), at(-18.1, 178.44));
        let samples = [
            sample(1, vienna, Some(at(48.1, 16.3))),
            // Wrong, but 145 km from Vienna, which is known.
            sample(2, graz, Some(tokyo)),
            sample(3, tokyo, Some(vienna)),
            sample(4, suva, None),
            // Right, on the other side of the 180th meridian, 560 km from Suva.
            sample(5, at(-18.1, -176.3), Some(at(-18.1, -176.3))),
        ];
        assert_eq!(hard(&samples, 25.0, NEAR_RIGHT_KM), [2, 3]);
        assert_eq!(hard(&samples, 25.0, 100.0), [1, 2, 3]);
        assert_eq!(hard(&samples, 25.0, 600.0), [2]);
        // The first answer lies 12.3 km off.
        assert_eq!(hard(&samples, 12.5, NEAR_RIGHT_KM), [2, 3]);
        assert_eq!(hard(&samples, 12.0, NEAR_RIGHT_KM), [0, 1, 2, 3]);
    }

    #[test]
    fn samples_of_a_run_become_examples() {
        let run = tempfile::tempdir().expect("a folder");
        let facts = r#"{"schema":"navig.run/1","task":{"name":"t","version":"1","list_sha256":"0","samples":2},
            "answerer":{"other":{"file":"a","sha256":"1"}}}"#;
        let lines = [
            r#"{"index":0,"id":"a/b.jpg","at":{"lat":1.5,"lon":2.5},"answer":{"point":{"lat":3.0,"lon":4.0}}}"#,
            r#"{"index":4,"id":"c.jpg","at":{"lat":5.0,"lon":6.0},"answer":{"failed":"no such file"}}"#,
        ];
        std::fs::write(run.path().join("run.json"), facts).expect("writes");
        std::fs::write(run.path().join("samples.jsonl"), lines.join("\n") + "\n").expect("writes");
        let samples = judged(run.path(), Path::new("pictures")).expect("reads");
        assert_eq!(samples.iter().map(|s| s.answered).collect::<Vec<_>>(), [Some(at(3.0, 4.0)), None]);
        let first = Example::from(samples[0].clone());
        let picture = PathBuf::from("pictures/a/b.jpg");
        assert_eq!(first, Example { picture, at: at(1.5, 2.5), words: None, line: 1 });
        assert_eq!((samples[1].line, samples[1].at), (5, at(5.0, 6.0)));

        std::fs::write(run.path().join("samples.jsonl"), "").expect("writes");
        let error = judged(run.path(), Path::new("pictures")).expect_err("nothing is there").to_string();
        assert!(error.contains("no example"), "{error}");
        assert!(judged(&run.path().join("missing"), Path::new("pictures")).is_err());
    }

    proptest! {
        #[test]
        fn the_choice_is_that_of_looking_at_all(
            each in prop::collection::vec((-90.0..90.0f64, -180.0..180.0f64, 0u8..3), 0..40), near_km in 0.0..4000.0,
        ) {
            let sample = |((lat, lon, kind), line): (&(f64, f64, u8), u64)| {
                let place = at(*lat, *lon);
                sample(line, place, [None, Some(place), Some(at(-lat, lon + 90.0))][usize::from(*kind)])
            };
            let samples: Vec<Judged> = each.iter().zip(1..).map(sample).collect();
            let right = |s: &Judged| s.answered.is_some_and(|a| a.distance_km(s.at) <= 25.0);
            let kept = |s: &Judged| !right(s) && samples.iter().all(|o| !right(o) || o.at.distance_km(s.at) > near_km);
            let wanted: Vec<usize> = (0..samples.len()).filter(|i| kept(&samples[*i])).collect();
            prop_assert_eq!(hard(&samples, 25.0, near_km), wanted);
        }
    }
}

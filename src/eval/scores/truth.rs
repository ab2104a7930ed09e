//! The regions in which a sample was taken, and those of the answer's point.

use crate::eval::run::Line;
use navig_tools::geo::gazetteer::ChainIds;
use navig_tools::geo::{Gazetteer, LatLon, Level};

/// The codes of the regions that hold a sample's place, and whether they hold the answer's point.
#[derive(Debug, Clone, Default)]
pub(in crate::eval) struct Truth {
    codes: [Option<String>; Level::ALL.len()],
    holds: [bool; Level::ALL.len()],
}

impl Truth {
    /// The code of the region of a level that holds the place; none at sea.
    pub(in crate::eval) fn at(&self, level: Level) -> Option<&str> {
        self.codes[level as usize].as_deref()
    }

    /// Whether the answer's point lies in the same region of a level.
    pub(in crate::eval) fn holds_answer(&self, level: Level) -> bool {
        self.holds[level as usize]
    }
}

/// Of each line. Which regions hold a place is for the gazetteer to say, in the same way for the truth as for an answer; only the country is
/// taken from the list where it has a code of one: borders are simplified, and the list knows better.
pub(in crate::eval) fn truths(lines: &[Line]) -> Vec<Truth> {
    let gazetteer = Gazetteer::embedded();
    let places: Vec<LatLon> = lines.iter().map(|line| line.at).collect();
    let answers: Vec<LatLon> = lines.iter().map(|line| line.point().unwrap_or(line.at)).collect();
    let (places, answers) = (gazetteer.chains(&places), gazetteer.chains(&answers));
    let of = |((line, place), answer): ((&Line, ChainIds), ChainIds)| {
        let (place, answer) = (gazetteer.describe(place), gazetteer.describe(answer));
        let listed = line.country.as_deref().and_then(|name| gazetteer.country_by_code(&name.to_uppercase()));
        let mut truth = Truth::default();
        for level in Level::ALL {
            let code = match (level, listed) {
                (Level::Country, Some(country)) => Some(gazetteer.country(country).code.to_owned()),
                _ => place.at(level).map(|region| region.code.clone()),
            };
            let theirs = answer.at(level).map(|region| region.code.as_str());
            truth.holds[level as usize] = line.point().is_some() && code.is_some() && code.as_deref() == theirs;
            truth.codes[level as usize] = code;
        }
        truth
    };
    lines.iter().zip(places).zip(answers).map(of).collect()
}

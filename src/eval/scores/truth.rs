//! The regions in which a sample was taken, and those of the answer's point.

use crate::eval::run::Line;
use navig_tools::geo::gazetteer::{ChainIds, CountryIndex};
use navig_tools::geo::{Gazetteer, LatLon, Level};

/// The regions that hold a sample's place, and those that hold the answer's point; in numbers of the gazetteer, of which a million are little.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::eval) struct Truth {
    place: ChainIds,
    country: Option<CountryIndex>,
    answer: Option<ChainIds>,
}

impl Truth {
    /// The country in which it was taken, its ISO 3166-1 code; none at sea.
    pub(in crate::eval) fn country(&self) -> Option<&'static str> {
        self.country.map(|country| Gazetteer::embedded().country(country).code)
    }

    /// The continent's code.
    pub(in crate::eval) fn continent(&self) -> Option<&'static str> {
        self.country.map(continent)
    }

    /// Whether a region of this level holds the place.
    pub(in crate::eval) fn has(&self, level: Level) -> bool {
        match level {
            Level::Continent | Level::Country => self.country.is_some(),
            Level::Admin1 => self.place.admin1.is_some(),
            Level::Admin2 => self.place.admin2.is_some(),
            Level::City => self.place.city.is_some(),
        }
    }

    /// Whether a region of this level, by its code, is the one that holds the place; none when no region of the level does.
    pub(in crate::eval) fn is(&self, level: Level, code: &str) -> Option<bool> {
        let gazetteer = Gazetteer::embedded();
        match level {
            Level::Continent => self.continent().map(|own| own == code),
            Level::Country => self.country().map(|own| own == code),
            Level::Admin1 => self.place.admin1.map(|unit| gazetteer.admin1(unit).code == code),
            Level::Admin2 => self.place.admin2.map(|unit| gazetteer.admin2(unit).code == code),
            Level::City => self.place.city.map(|id| gazetteer.place(id).geoname_id.to_string() == code),
        }
    }

    /// Whether the answer's point lies in the region of this level that holds the place.
    pub(in crate::eval) fn holds_answer(&self, level: Level) -> bool {
        let Some(answer) = self.answer else { return false };
        let same = match level {
            Level::Continent => answer.country.map(continent) == self.continent(),
            Level::Country => answer.country == self.country,
            Level::Admin1 => answer.admin1 == self.place.admin1,
            Level::Admin2 => answer.admin2 == self.place.admin2,
            Level::City => answer.city == self.place.city,
        };
        same && self.has(level)
    }
}

fn continent(country: CountryIndex) -> &'static str {
    Gazetteer::embedded().country(country).continent
}

/// Of each line. Which regions hold a place is for the gazetteer to say, in the same way for the truth as for an answer; only the country is
/// taken from the list where it has a code of one: borders are simplified, and the list knows better.
pub(in crate::eval) fn truths(lines: &[Line]) -> Vec<Truth> {
    let gazetteer = Gazetteer::embedded();
    let places: Vec<LatLon> = lines.iter().map(|line| line.at).collect();
    let answers: Vec<LatLon> = lines.iter().map(|line| line.point().unwrap_or(line.at)).collect();
    let (places, answers) = (gazetteer.chains(&places), gazetteer.chains(&answers));
    let of = |((line, place), answer): ((&Line, ChainIds), ChainIds)| {
        let listed = line.country.as_deref().and_then(|name| gazetteer.country_by_code(&name.to_uppercase()));
        Truth { place, country: listed.or(place.country), answer: line.point().map(|_| answer) }
    };
    lines.iter().zip(places).zip(answers).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::run::Answer;
    use crate::eval::samples::Sample;

    fn truth(country: Option<&str>, answer: Option<(f64, f64)>) -> Truth {
        let point = |(lat, lon)| LatLon::new(lat, lon).expect("valid");
        let at = point((48.21, 16.37));
        let sample = Sample { id: "a".to_owned(), at, country: country.map(str::to_owned), cluster: None };
        let answer = answer.map_or_else(|| Answer::Failed("none".to_owned()), |at| Answer::Point(point(at)));
        truths(&[Line::of(0, &sample, 0.0, answer)])[0]
    }

    #[test]
    fn regions_are_compared_by_code_and_a_missing_answer_is_in_none() {
        let vienna = truth(None, Some((48.2101, 16.3701)));
        assert!(Level::ALL.into_iter().all(|level| vienna.has(level) && vienna.holds_answer(level)), "{vienna:?}");
        let salzburg = truth(None, Some((47.80, 13.04)));
        assert!(salzburg.holds_answer(Level::Country) && !salzburg.holds_answer(Level::Admin1));
        assert_eq!((salzburg.is(Level::Country, "AT"), salzburg.is(Level::Country, "DE")), (Some(true), Some(false)));
        let city = Gazetteer::embedded().chain(LatLon::new(48.21, 16.37).expect("valid"));
        let code = city.at(Level::City).map(|city| city.code.as_str()).expect("a town");
        assert_eq!((salzburg.is(Level::City, code), salzburg.is(Level::City, "1")), (Some(true), Some(false)));
        assert!(!truth(None, None).holds_answer(Level::Continent));
        // The list knows better where a border runs.
        let listed = truth(Some("de"), Some((48.20, 16.36)));
        assert_eq!((listed.country(), listed.holds_answer(Level::Country)), (Some("DE"), false));
        assert_eq!(truth(Some("nowhere"), None).country(), Some("AT"));
    }
}

//! What an answer is worth: a sum of terms, written as text such as `haversine-geo-r + 0.2 format + 0.3 chain`.
//!
//! All terms are computed from the answer and the truth by code and our own gazetteer, none by a model. A text that is no answer gets
//! nothing from any term: a policy that is paid for half an answer learns to write halves.

use super::completion::{Answer, Stated, Unread};
use navig_tools::geo::gazetteer::CITY_REACH_KM;
use navig_tools::geo::{Gazetteer, LatLon, Level, RegionCode};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Distances up to which a step reward is paid, km, and what is paid.
const STEPS: [(f64, f64); 6] = [(0.5, 1.0), (2.0, 0.8), (10.0, 0.6), (25.0, 0.4), (200.0, 0.2), (750.0, 0.1)];

/// One thing that is rewarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Term {
    /// The distance reward of Geo-R, with d in km: `1 - 0.5 d/750` to 750 km, `0.5 - 0.3 (d - 750)/1750` to 2500 km and
    /// `0.2 - 0.2 (d - 2500)/17500` beyond, never below 0. Almost flat within a city.
    HaversineGeoR,
    /// `1.5 exp(-d/200)`, with d in km.
    Exp200,
    /// 1, 0.8, 0.6, 0.4, 0.2, 0.1 within 0.5, 2, 10, 25, 200, 750 km, and 0 beyond.
    Steps,
    /// 1 for an answer that reads.
    Format,
    /// Half the share of the stated regions that hold the stated point, and half the share of those that hold the truth.
    Chain,
}

impl Term {
    /// All terms.
    pub const ALL: [Self; 5] = [Self::HaversineGeoR, Self::Exp200, Self::Steps, Self::Format, Self::Chain];

    /// The word for it in a text.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HaversineGeoR => "haversine-geo-r",
            Self::Exp200 => "exp200",
            Self::Steps => "steps",
            Self::Format => "format",
            Self::Chain => "chain",
        }
    }

    /// What it pays for an answer, without its weight.
    fn value(self, answer: &Answer, truth: LatLon) -> f64 {
        let km = answer.at.distance_km(truth);
        match self {
            Self::HaversineGeoR => haversine_geo_r(km),
            Self::Exp200 => 1.5 * (-km / 200.0).exp(),
            Self::Steps => steps(km),
            Self::Format => 1.0,
            Self::Chain => 0.5 * share_holding(&answer.chain, answer.at) + 0.5 * share_holding(&answer.chain, truth),
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a text is no reward.
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum RewardError {
    /// Neither `TERM` nor `WEIGHT TERM` between two plus signs.
    #[error(
        "'{written}' is no term of a reward; write terms with weights before them, such as `steps + 0.2 format`, from {}",
        known()
    )]
    Syntax {
        /// What stands there.
        written: String,
    },
    /// A term that does not exist.
    #[error("'{term}' is no term of a reward; there are {}", known())]
    Unknown {
        /// What was written.
        term: String,
    },
    /// A term that is there already.
    #[error("'{term}' comes twice in the reward; add the weights (terms are {})", known())]
    Twice {
        /// Which.
        term: Term,
    },
    /// A weight that is no number, negative, or not finite.
    #[error("the weight '{weight}' of '{term}' is no number of 0 or more (terms are {})", known())]
    Weight {
        /// Of which term.
        term: Term,
        /// What was written.
        weight: String,
    },
}

fn known() -> String {
    Term::ALL.map(Term::name).join(", ")
}

/// Terms and their weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Reward {
    terms: Vec<(Term, f64)>,
}

/// What a completion got.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// The weighted sum.
    pub total: f64,
    /// What each term paid, without its weight, in the order of the text.
    pub terms: Vec<(Term, f64)>,
}

impl Reward {
    /// Reads terms, each with a weight before it that is 1 where there is none: `steps + 0.2 format`.
    ///
    /// # Errors
    /// [`RewardError`] when a term is not known or comes twice, or a weight is negative or no finite number.
    pub fn parse(text: &str) -> Result<Self, RewardError> {
        let mut terms: Vec<(Term, f64)> = Vec::new();
        for part in text.split('+') {
            let words: Vec<&str> = part.split_whitespace().collect();
            let (weight, name) = match words.as_slice() {
                [name] => ("1", *name),
                [weight, name] => (*weight, *name),
                _ => return Err(RewardError::Syntax { written: part.trim().to_owned() }),
            };
            let term = Term::ALL.into_iter().find(|term| term.name() == name);
            let term = term.ok_or_else(|| RewardError::Unknown { term: name.to_owned() })?;
            let number = weight.parse::<f64>().ok().filter(|w| w.is_finite() && w.is_sign_positive());
            let number = number.ok_or_else(|| RewardError::Weight { term, weight: weight.to_owned() })?;
            if terms.iter().any(|(known, _)| *known == term) {
                return Err(RewardError::Twice { term });
            }
            terms.push((term, number));
        }
        Ok(Self { terms })
    }

    /// What a completion gets for the truth that it had to find; every term of one that does not read is 0.
    #[must_use]
    pub fn of(&self, completion: &Result<Answer, Unread>, truth: LatLon) -> Scored {
        let value = |term: Term| completion.as_ref().map_or(0.0, |answer| term.value(answer, truth));
        let terms: Vec<(Term, f64)> = self.terms.iter().map(|(term, _)| (*term, value(*term))).collect();
        let total = self.terms.iter().zip(&terms).map(|((_, weight), (_, value))| weight * value).sum();
        Scored { total, terms }
    }
}

impl fmt::Display for Reward {
    /// The text that [`Reward::parse`] reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (term, weight)) in self.terms.iter().enumerate() {
            let plus = if i == 0 { "" } else { " + " };
            if *weight == 1.0 { write!(f, "{plus}{term}")? } else { write!(f, "{plus}{weight} {term}")? }
        }
        Ok(())
    }
}

fn haversine_geo_r(km: f64) -> f64 {
    let reward = match km {
        _ if km <= 750.0 => 1.0 - 0.5 * km / 750.0,
        _ if km <= 2500.0 => 0.5 - 0.3 * (km - 750.0) / 1750.0,
        _ => 0.2 - 0.2 * (km - 2500.0) / 17_500.0,
    };
    reward.max(0.0)
}

fn steps(km: f64) -> f64 {
    STEPS.iter().find(|(within_km, _)| km <= *within_km).map_or(0.0, |(_, paid)| *paid)
}

/// The share of the stated regions that hold a point, by the gazetteer. A name that is empty or names nothing holds nothing; only
/// where the point lies in no admin-1 unit or city is it right to state none, and the level is not counted.
///
/// A city holds what lies within [`CITY_REACH_KM`] of it. The city of a chain is the nearest place, which inside Vienna is one of its
/// quarters, and a policy is not to be taught to name quarters.
fn share_holding(stated: &[Stated], at: LatLon) -> f64 {
    let gazetteer = Gazetteer::embedded();
    let chain = gazetteer.chain(at);
    let holds = |region: &RegionCode| match (region.level, region.code.parse::<u32>()) {
        (Level::City, Ok(geoname_id)) => {
            gazetteer.within(at, CITY_REACH_KM).iter().any(|(id, _)| gazetteer.place(*id).geoname_id == geoname_id)
        }
        _ => chain.passes(region),
    };
    let rightly_empty = |stated: &Stated| {
        matches!(stated.level, Level::Admin1 | Level::City)
            && stated.name.trim().is_empty()
            && chain.at(stated.level).is_none()
    };
    let (mut counted, mut holding) = (0usize, 0usize);
    for stated in stated.iter().filter(|stated| !rightly_empty(stated)) {
        counted += 1;
        holding += usize::from(stated.region.as_ref().is_some_and(holds));
    }
    if counted == 0 { 0.0 } else { holding as f64 / counted as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point(lat: f64, lon: f64) -> LatLon {
        LatLon::new(lat, lon).expect("a place")
    }

    fn written(names: [&str; 4], lat: f64, lon: f64) -> String {
        let [continent, country, admin1, city] = names;
        serde_json::json!({ "continent": continent, "country": country, "admin1": admin1, "city": city, "lat": lat, "lon": lon })
            .to_string()
    }

    fn paid(reward: &str, text: &str, truth: LatLon) -> Vec<f64> {
        let scored = Reward::parse(reward).expect(reward).of(&Answer::read(text), truth);
        scored.terms.into_iter().map(|(_, value)| value).collect()
    }

    /// What the distance terms pay for a distance along a meridian, which is exact but for rounding.
    fn paid_at(km: f64) -> Vec<f64> {
        let truth = point(0.0, 0.0).towards(0.0, km);
        let answer = Answer { at: point(0.0, 0.0), chain: vec![] };
        [Term::HaversineGeoR, Term::Exp200, Term::Steps].map(|term| term.value(&answer, truth)).to_vec()
    }

    #[test]
    fn golden_distances() {
        for (km, geo_r, exp200, steps) in [
            (0.0, 1.0, 1.5, 1.0),
            (0.4999, 0.999_666_73, 1.496_255_43, 1.0),
            (0.5001, 0.999_666_60, 1.496_253_93, 0.8),
            (1.9999, 0.998_666_73, 1.485_075_49, 0.8),
            (2.0001, 0.998_666_60, 1.485_074_01, 0.6),
            (9.9999, 0.993_333_40, 1.426_844_85, 0.6),
            (10.0001, 0.993_333_27, 1.426_843_42, 0.4),
            (24.9999, 0.983_333_40, 1.323_746_02, 0.4),
            (25.0001, 0.983_333_27, 1.323_744_69, 0.2),
            (199.9999, 0.866_666_73, 0.551_819_44, 0.2),
            (200.0001, 0.866_666_60, 0.551_818_89, 0.1),
            (749.9999, 0.500_000_07, 0.035_276_63, 0.1),
            (750.0001, 0.499_999_98, 0.035_276_60, 0.0),
            (2500.0, 0.2, 5.589_98e-6, 0.0),
            (20_000.0, 0.0, 0.0, 0.0),
            (20_015.0, 0.0, 0.0, 0.0),
        ] {
            let paid = paid_at(km);
            let near = paid.iter().zip([geo_r, exp200, steps]).all(|(a, b): (&f64, f64)| (a - b).abs() < 1e-7);
            assert!(near, "{km} km: {paid:?}");
        }
    }

    #[test]
    fn a_threshold_belongs_to_the_nearer_side() {
        let at = [0.0, 0.5, 2.0, 10.0, 25.0, 200.0, 750.0, 750.1, 2500.0, 20_015.0].map(steps);
        assert_eq!(at, [1.0, 1.0, 0.8, 0.6, 0.4, 0.2, 0.1, 0.0, 0.0, 0.0]);
        assert_eq!((haversine_geo_r(750.0), haversine_geo_r(2500.0), haversine_geo_r(20_000.0)), (0.5, 0.2, 0.0));
        assert!(haversine_geo_r(20_015.0) == 0.0 && haversine_geo_r(19_999.0) > 0.0);
    }

    #[test]
    fn the_poles_and_the_antimeridian_are_near_themselves() {
        let none = ["", "", "", ""];
        for (text, truth) in [
            (written(none, 90.0, 12.0), point(90.0, -151.0)),
            (written(none, -90.0, 0.0), point(-90.0, 90.0)),
            (written(none, -17.0, 180.001), point(-17.0, 179.999)),
            (written(none, -17.0, -540.0), point(-17.0, 180.0)),
        ] {
            assert_eq!(paid("steps", &text, truth), [1.0], "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_answer_gets_nothing_of_anything() {
        let truth = point(48.21, 16.37);
        let good = written(["Europe", "Austria", "Vienna", "Vienna"], 48.21, 16.37);
        let all = "haversine-geo-r + exp200 + steps + format + chain";
        assert_eq!(paid(all, &good, truth), [1.0, 1.5, 1.0, 1.0, 1.0]);
        for text in [
            format!("{good} {good}"),
            format!("{good} I am sure."),
            good.replace("48.21", "NaN"),
            good.replace("48.21", "98.21"),
            good.replace("48.21", "\"48.21\""),
            String::new(),
        ] {
            let scored = Reward::parse(all).expect("reads").of(&Answer::read(&text), truth);
            assert!(scored.total == 0.0 && scored.terms.iter().all(|(_, value)| *value == 0.0), "{text}");
        }
    }

    #[test]
    fn regions_are_paid_where_they_hold_the_point_and_the_truth() {
        let (graz, vienna) = (point(47.0707, 15.4395), point(48.2082, 16.3738));
        let chain = |names, at: LatLon, truth| paid("chain", &written(names, at.lat(), at.lon()), truth)[0];
        let of_graz = ["Europe", "Austria", "Styria", "Graz"];
        assert_eq!(chain(of_graz, graz, graz), 1.0);
        // Consistent, and right down to the country.
        assert_eq!(chain(of_graz, graz, vienna), 0.5 + 0.5 * 0.5);
        // A point that its own regions do not hold.
        assert_eq!(chain(of_graz, vienna, graz), 0.5 * 0.5 + 0.5);
        // Names that are empty or exist nowhere are regions that hold nothing.
        assert_eq!(chain(["Europe", "Austria", "", ""], graz, graz), 0.5);
        assert_eq!(chain(["Europe", "Austria", "Styria", "Gratz an der Mur"], graz, graz), 0.75);
        assert_eq!(chain(["", "", "", ""], graz, graz), 0.0);
        // Near enough for the city, and too far.
        assert_eq!(chain(of_graz, graz.towards(90.0, 20.0), graz), 1.0);
        assert_eq!(chain(of_graz, graz.towards(90.0, 30.0), graz), 0.875);
        // "Niger" is inside "Nigeria" by its letters only.
        let niamey = point(13.5137, 2.1098);
        assert_eq!(chain(["Africa", "Nigeria", "Niamey", "Niamey"], niamey, niamey), 0.25);
    }

    #[test]
    fn a_level_that_does_not_exist_there_need_not_be_stated() {
        let plateau = point(-82.0, 60.0);
        let found = Gazetteer::embedded().chain(plateau);
        assert!(found.at(Level::Country).is_some() && found.at(Level::City).is_none(), "{found}");
        let chain = |names, truth| paid("chain", &written(names, -82.0, 60.0), truth)[0];
        assert_eq!(chain(["Antarctica", "Antarctica", "", ""], plateau), 1.0);
        assert_eq!(chain(["Antarctica", "Antarctica", "", "Graz"], plateau), 2.0 / 3.0);
        // The truth has these levels: for its half they are due.
        assert_eq!(chain(["Antarctica", "Antarctica", "", ""], point(47.0707, 15.4395)), 0.5);
    }

    #[test]
    fn weights_are_read_and_add_up() {
        let text = "haversine-geo-r + 0.2 format + 0.3 chain";
        let reward = Reward::parse(&format!("  {}", text.replace(' ', "  "))).expect("reads");
        assert_eq!(reward.to_string(), text);
        let at = point(47.0707, 15.4395);
        let answer = Answer::read(&written(["Europe", "Austria", "Styria", "Graz"], at.lat(), at.lon()));
        assert!((reward.of(&answer, at).total - 1.5).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_reward_is_named_with_the_terms_that_exist() {
        for (text, named) in [
            ("", "'' is no term"),
            ("steps +", "'' is no term"),
            ("steps format", "weight 'steps' of 'format'"),
            ("1 2 steps", "'1 2 steps' is no term"),
            ("geo-r", "'geo-r' is no term"),
            ("Steps", "'Steps' is no term"),
            ("-1 steps", "weight '-1' of 'steps'"),
            ("-0 steps", "weight '-0' of 'steps'"),
            ("NaN steps", "weight 'NaN' of 'steps'"),
            ("inf steps", "weight 'inf' of 'steps'"),
            ("steps + 2 steps", "'steps' comes twice"),
        ] {
            let error = Reward::parse(text).expect_err(text).to_string();
            assert!(
                error.contains(named) && error.contains("haversine-geo-r, exp200, steps, format, chain"),
                "{error}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_reward_is_what_its_text_says(weights in prop::collection::vec(0.0..1e9f64, 5), count in 1..5usize) {
            let reward = Reward { terms: Term::ALL.into_iter().zip(weights).take(count).collect() };
            prop_assert_eq!(Reward::parse(&reward.to_string()), Ok(reward));
        }

        #[test]
        fn nearer_is_never_worse(a in 0.0..20_000.0f64, b in 0.0..20_000.0f64) {
            let (near, far) = (paid_at(a.min(b)), paid_at(a.max(b)));
            prop_assert!(near.iter().zip(&far).all(|(near, far)| *near >= *far - 1e-12));
        }
    }
}

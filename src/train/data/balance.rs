//! A choice of examples that follows where people live. Photos on the web come from where their takers travel, and a model that learns
//! from all of them learns to answer with those countries.

use super::hash::hash;
use super::label::chains_ashore;
use super::{DataError, Example};
use navig_tools::geo::gazetteer::{Admin1Index, CountryIndex, PlaceId};
use navig_tools::geo::{Gazetteer, LatLon};
use std::collections::{BTreeMap, HashMap};

/// How to choose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BalancePlan {
    /// Examples wanted.
    pub count: usize,
    /// A country's share goes as its population to this power: 0 gives all countries the same, 1 all people.
    pub alpha: f64,
    /// Most examples of one admin-1 unit; none for no limit.
    pub cap_per_admin1: Option<usize>,
    /// Another seed chooses other examples of a country.
    pub seed: u64,
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balanced {
    /// Indices of examples, in the order of the list.
    pub chosen: Vec<usize>,
    /// For each country with examples, in the order of codes: ISO 3166-1 alpha-2, how many were chosen, and how many its share is.
    pub countries: Vec<(String, usize, usize)>,
}

/// Chooses examples by country and, within one, by a hash of the record, which knows neither the folder of the pictures nor the order
/// of the list. What one country lacks the others get in the measure of their shares; examples far out at sea are not chosen.
///
/// # Errors
/// [`DataError::Plan`] when the power is not from 0 to 10.
pub fn balance(examples: &[Example], plan: &BalancePlan) -> Result<Balanced, DataError> {
    if !(0.0..=10.0).contains(&plan.alpha) {
        return Err(DataError::Plan {
            name: "the power of populations",
            value: plan.alpha.to_string(),
            bounds: "0 to 10",
        });
    }
    let places: Vec<LatLon> = examples.iter().map(|example| example.at).collect();
    let mut by_country: BTreeMap<u16, Vec<(Option<Admin1Index>, usize)>> = BTreeMap::new();
    for (i, ids) in chains_ashore(&places).into_iter().enumerate() {
        let Ok(ids) = ids else { continue };
        let Some(country) = ids.country else { continue };
        by_country.entry(country.0).or_default().push((ids.admin1, i));
    }
    let cap = plan.cap_per_admin1.unwrap_or(usize::MAX);
    // Those that the cap leaves, in the order in which they are chosen.
    let offered: Vec<Vec<usize>> = by_country.values().map(|own| offer(examples, own, cap, plan.seed)).collect();
    let countries: Vec<CountryIndex> = by_country.keys().copied().map(CountryIndex).collect();
    let weights = weights(&countries, plan.alpha);
    let wanted = apportion(plan.count, &weights, &vec![usize::MAX; countries.len()]);
    let taken = apportion(plan.count, &weights, &offered.iter().map(Vec::len).collect::<Vec<_>>());
    let mut chosen: Vec<usize> = offered.iter().zip(&taken).flat_map(|(own, n)| own.iter().take(*n).copied()).collect();
    chosen.sort_unstable();
    let code = |country: &CountryIndex| Gazetteer::embedded().country(*country).code.to_owned();
    let told = countries.iter().zip(taken).zip(wanted).map(|((country, taken), wanted)| (code(country), taken, wanted));
    Ok(Balanced { chosen, countries: told.collect() })
}

/// A country's examples by their hashes, of each admin-1 unit no more than the cap.
fn offer(examples: &[Example], own: &[(Option<Admin1Index>, usize)], cap: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<(u64, Option<Admin1Index>, usize)> =
        own.iter().map(|(unit, i)| (record_hash(&examples[*i], seed), *unit, *i)).collect();
    order.sort_unstable_by_key(|(hash, _, i)| (*hash, *i));
    let mut of_unit: HashMap<Option<Admin1Index>, usize> = HashMap::new();
    order.retain(|(_, unit, _)| {
        let count = of_unit.entry(*unit).or_default();
        *count = count.saturating_add(1);
        *count <= cap
    });
    order.into_iter().map(|(_, _, i)| i).collect()
}

fn record_hash(example: &Example, seed: u64) -> u64 {
    let place = [example.at.lat(), example.at.lon()].map(|degrees| (degrees + 0.0).to_bits());
    let name = example.picture.file_name().unwrap_or_default().as_encoded_bytes();
    let words = example.words.as_deref().unwrap_or_default().bytes();
    hash(seed, place.into_iter().flat_map(u64::to_le_bytes).chain(name.iter().copied()).chain(words))
}

/// Populations to a power, the largest 1. A country without inhabitants in the gazetteer has one.
fn weights(countries: &[CountryIndex], alpha: f64) -> Vec<f64> {
    let gazetteer = Gazetteer::embedded();
    let inhabitants = |country: &CountryIndex| {
        let towns = gazetteer.places_of(*country).map(|id| u64::from(gazetteer.inhabitants(PlaceId(id))));
        towns.sum::<u64>().max(1) as f64
    };
    let populations: Vec<f64> = countries.iter().map(inhabitants).collect();
    let largest = populations.iter().copied().fold(1.0, f64::max);
    populations.into_iter().map(|population| (population / largest).powf(alpha)).collect()
}

/// Parts a count by weights, no more to any than is available; what one lacks goes to the others. Rests go to the largest remainders
/// (Hamilton's method), of equal ones to the first.
fn apportion(count: usize, weights: &[f64], available: &[usize]) -> Vec<usize> {
    let mut given = vec![0; weights.len()];
    let mut open: Vec<usize> = (0..weights.len()).collect();
    let mut left = count;
    while !open.is_empty() {
        let total: f64 = open.iter().map(|&i| weights[i]).sum();
        let share = |i: usize| left as f64 * weights[i] / total;
        let (exhausted, rest): (Vec<usize>, Vec<usize>) = open.iter().partition(|&&i| available[i] as f64 <= share(i));
        if exhausted.is_empty() {
            let mut rests: Vec<(f64, usize)> = Vec::with_capacity(rest.len());
            for &i in &rest {
                given[i] = share(i).floor() as usize;
                rests.push((share(i).fract(), i));
            }
            let over = left.saturating_sub(rest.iter().map(|&i| given[i]).sum());
            rests.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            rests.iter().take(over).for_each(|(_, i)| given[*i] += 1);
            break;
        }
        for i in exhausted {
            given[i] = available[i].min(left);
            left -= given[i];
        }
        open = rest;
    }
    given
}

#[cfg(test)]
mod tests {
    use super::super::made::{at, at_places, example};
    use super::*;
    use proptest::prelude::*;

    const PLAN: BalancePlan = BalancePlan { count: 500, alpha: 0.5, cap_per_admin1: None, seed: 1 };

    proptest! {
        #[test]
        fn a_count_is_parted_whole_and_fairly(
            each in prop::collection::vec((0.001..1.0f64, 0usize..200), 1..30), count in 0usize..3000,
        ) {
            let (weights, available): (Vec<f64>, Vec<usize>) = each.into_iter().unzip();
            let given = apportion(count, &weights, &available);
            prop_assert_eq!(given.iter().sum::<usize>(), count.min(available.iter().sum()));
            prop_assert!(given.iter().zip(&available).all(|(given, available)| given <= available));
            // Whoever has some left got no less for its weight than anybody else.
            let open = |i: usize| given[i] < available[i];
            for i in (0..given.len()).filter(|i| open(*i)) {
                for j in 0..given.len() {
                    let due = given[j] as f64 / weights[j] * weights[i];
                    prop_assert!(given[i] as f64 + 1.0 + weights[i] / weights[j] >= due - 1e-6, "{:?}", given);
                }
            }
        }
    }

    #[test]
    fn known_shares_are_met() {
        assert_eq!(apportion(10, &[1.0, 1.0, 2.0], &[usize::MAX; 3]), [3, 2, 5]);
        assert_eq!(apportion(10, &[1.0, 1.0, 2.0], &[9, 9, 1]), [5, 4, 1]);
        assert_eq!(apportion(10, &[1.0, 1.0], &[3, 2]), [3, 2]);
        assert_eq!(apportion(10, &[], &[]), [0usize; 0]);
    }

    #[test]
    fn countries_follow_their_people() {
        let examples = at_places(11);
        let balanced = balance(&examples, &PLAN).expect("a plan");
        assert_eq!(balanced.chosen.len(), 500);
        assert_eq!(balanced.countries.iter().map(|(_, taken, _)| taken).sum::<usize>(), 500);
        assert_eq!(balanced.countries.iter().map(|(_, _, wanted)| wanted).sum::<usize>(), 500);
        let wanted = |code: &str| balanced.countries.iter().find(|(c, ..)| c == code).expect("it has examples").2;
        assert!(wanted("IN") > wanted("DE") && wanted("DE") > wanted("AT"), "{:?}", balanced.countries);
        let even = balance(&examples, &BalancePlan { alpha: 0.0, ..PLAN }).expect("a plan");
        let wanted: Vec<usize> = even.countries.iter().map(|(_, _, wanted)| *wanted).collect();
        assert!(wanted.iter().max().zip(wanted.iter().min()).is_some_and(|(most, least)| most - least <= 1));
    }

    #[test]
    fn no_unit_gets_more_than_its_cap() {
        let examples = at_places(23);
        let plan = BalancePlan { count: usize::MAX, cap_per_admin1: Some(2), ..PLAN };
        let balanced = balance(&examples, &plan).expect("a plan");
        let mut units: HashMap<(u16, Option<u16>), usize> = HashMap::new();
        for i in &balanced.chosen {
            let ids = Gazetteer::embedded().chain_ids(examples[*i].at);
            *units.entry((ids.country.map_or(u16::MAX, |c| c.0), ids.admin1.map(|u| u.0))).or_default() += 1;
        }
        assert!(units.len() > 1000 && units.values().all(|count| *count <= 2), "{}", units.len());
        assert!(units.values().filter(|count| **count == 2).count() > 500);
        let none = balance(&examples, &BalancePlan { cap_per_admin1: Some(0), ..PLAN }).expect("a plan");
        assert!(none.chosen.is_empty());
    }

    #[test]
    fn the_choice_depends_on_records_and_seed_alone() {
        let examples = at_places(101);
        let names = |examples: &[Example], plan: &BalancePlan| {
            let chosen = balance(examples, plan).expect("a plan").chosen;
            let mut names: Vec<u64> = chosen.into_iter().map(|i| examples[i].line).collect();
            names.sort_unstable();
            names
        };
        let moved = |example: &Example| Example { picture: "elsewhere".into(), ..example.clone() };
        let backwards: Vec<Example> = examples
            .iter()
            .rev()
            .map(|example| Example {
                picture: moved(example).picture.join(example.picture.file_name().unwrap_or_default()),
                ..example.clone()
            })
            .collect();
        assert_eq!(names(&examples, &PLAN), names(&backwards, &PLAN));
        assert_ne!(names(&examples, &PLAN), names(&examples, &BalancePlan { seed: 2, ..PLAN }));
    }

    #[test]
    fn what_lies_far_out_at_sea_is_not_chosen() {
        let examples = [example(1, at(-48.9, -123.4)), example(2, at(48.2, 16.37))];
        let balanced = balance(&examples, &PLAN).expect("a plan");
        assert_eq!((balanced.chosen, balanced.countries), (vec![1], vec![("AT".to_owned(), 1, 500)]));
        assert!(balance(&[], &PLAN).expect("a plan").chosen.is_empty());
        let error = balance(&examples, &BalancePlan { alpha: f64::NAN, ..PLAN }).expect_err("refused");
        assert!(error.to_string().contains("the power of populations is NaN"), "{error}");
    }
}

//! What the passages near a clue say together.

use super::Hit;
use crate::evidence::RegionShare;
use crate::geo::{Level, RegionCode};
use crate::guidebook::book::{Book, region_of};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Passages' worth of the mean that every region has on top of its own, so that a region of which one thing is written is
/// not all that it says.
const SMOOTHING: f64 = 4.0;
/// How much more a part of a country fits that a passage names itself.
const PART: f64 = 3.0;
/// Regions below this share of the best one are left out: the background says as much.
const LEAST: f64 = 0.02;
/// More regions than this are not told apart.
const MOST_REGIONS: usize = 40;

/// How much is written about each region in one guidebook, a country's parts included: in passages of one idea, and in
/// whole descriptions.
#[derive(Debug, Default)]
pub(super) struct Written {
    ideas: Mass,
    whole: Mass,
}

/// How much is written about each region, and about all countries.
#[derive(Debug, Default)]
struct Mass {
    of: HashMap<RegionCode, f64>,
    countries: f64,
}

impl Written {
    pub(super) fn new(book: &Book) -> Self {
        Self { ideas: Mass::new(&book.meta().mass), whole: Mass::new(&book.meta().mass_whole) }
    }

    fn mass(&self, whole: bool) -> &Mass {
        if whole { &self.whole } else { &self.ideas }
    }
}

impl Mass {
    /// Of masses by `level:code`.
    fn new(by_key: &BTreeMap<String, f64>) -> Self {
        let mut mass = Self::default();
        for (region, amount) in by_key.iter().filter_map(|(key, amount)| Some((region_of(key)?, amount))) {
            if let Some(country) = country_of(&region) {
                *mass.of.entry(country).or_default() += amount;
                mass.countries += amount;
            }
            if region.level != Level::Country {
                *mass.of.entry(region).or_default() += amount;
            }
        }
        mass
    }
}

/// Votes of passages for regions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Votes {
    /// `P(clue | region)` up to a constant, the best first; the best has 1.
    pub shares: Vec<RegionShare>,
    /// How many countries it fits about equally: `exp` of the entropy of the votes. 1 is one country.
    pub spread: f64,
}

impl Votes {
    /// Counts the votes of hits. Of traces, one place has one vote.
    pub(super) fn count(written: &[Written], hits: &[Hit], weights: &[f64], whole: bool) -> Self {
        let mut votes: BTreeMap<RegionCode, f64> = BTreeMap::new();
        let mut places: HashSet<(usize, &str)> = HashSet::new();
        let mut voted: BTreeSet<usize> = BTreeSet::new();
        for (hit, weight) in hits.iter().zip(weights) {
            if hit.record.at.is_some() && !places.insert((hit.book, &hit.record.page)) {
                continue;
            }
            voted.insert(hit.book);
            for share in hit.record.regions() {
                let vote = weight * hit.record.sure * share.share;
                if let Some(country) = country_of(&share.region) {
                    *votes.entry(country).or_default() += vote;
                }
                if share.region.level != Level::Country {
                    *votes.entry(share.region).or_default() += vote;
                }
            }
        }
        let masses: Vec<&Mass> = voted.into_iter().map(|book| written[book].mass(whole)).collect();
        Self::of(&votes, &masses)
    }

    fn of(votes: &BTreeMap<RegionCode, f64>, masses: &[&Mass]) -> Self {
        let countries = || votes.iter().filter(|(region, _)| region.level == Level::Country);
        let cast: f64 = countries().map(|(_, v)| v).sum();
        let written: f64 = masses.iter().map(|mass| mass.countries).sum();
        if cast <= 0.0 || written <= 0.0 {
            return Self::default();
        }
        let mean = cast / written;
        let density = |region: &RegionCode, vote: f64| {
            let mass: f64 = masses.iter().filter_map(|mass| mass.of.get(region)).sum();
            (vote + SMOOTHING * mean) / (mass + SMOOTHING)
        };
        let mut shares: Vec<RegionShare> = Vec::new();
        for (region, vote) in votes {
            let share = match country_of(region).filter(|_| region.level != Level::Country) {
                // A part fits as its country does, and better by what is said of itself.
                Some(country) => {
                    let of_country = votes.get(&country).copied().unwrap_or(0.0);
                    density(&country, of_country) * (1.0 + (PART - 1.0) * vote / of_country.max(*vote))
                }
                None => density(region, *vote),
            };
            shares.push(RegionShare { region: region.clone(), share });
        }
        shares.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.region.cmp(&b.region)));
        let best = shares.first().map_or(1.0, |s| s.share);
        shares.iter_mut().for_each(|s| s.share /= best);
        shares.retain(|s| s.share >= LEAST);
        shares.truncate(MOST_REGIONS);
        Self { spread: spread(&shares), shares }
    }
}

/// `exp` of the entropy of the countries' shares.
fn spread(shares: &[RegionShare]) -> f64 {
    let countries = || shares.iter().filter(|s| s.region.level == Level::Country).map(|s| s.share);
    let sum: f64 = countries().sum();
    let entropy: f64 = countries().map(|s| s / sum).map(|p| -p * p.ln()).sum();
    if sum > 0.0 { entropy.exp() } else { 1.0 }
}

/// The country of a region: itself, or the one that an admin-1 code begins with.
fn country_of(region: &RegionCode) -> Option<RegionCode> {
    match region.level {
        Level::Country => Some(region.clone()),
        Level::Admin1 | Level::Admin2 => region.code.split('.').next().map(RegionCode::country),
        Level::Continent | Level::City => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn votes(of: &[(&str, f64)]) -> BTreeMap<RegionCode, f64> {
        of.iter().map(|(key, v)| (region_of(key).expect("a region"), *v)).collect()
    }

    fn mass(of: &[(&str, f64)]) -> Mass {
        Mass::new(&of.iter().map(|(key, v)| ((*key).to_owned(), *v)).collect())
    }

    #[test]
    fn a_country_of_which_little_is_written_needs_fewer_votes() {
        let mass = mass(&[("country:US", 400.0), ("country:BW", 40.0)]);
        let counted = Votes::of(&votes(&[("country:US", 2.0), ("country:BW", 1.0)]), &[&mass]);
        assert_eq!(counted.shares[0].region.code, "BW");
        assert!(counted.shares[1].share < 0.5);
    }

    #[test]
    fn one_passage_of_a_country_with_one_passage_is_not_everything() {
        let mass = mass(&[("country:US", 100.0), ("country:PN", 1.0)]);
        let counted = Votes::of(&votes(&[("country:US", 20.0), ("country:PN", 0.5)]), &[&mass]);
        assert!(counted.shares.iter().all(|s| s.share > 0.5), "{counted:?}");
        assert!(counted.spread > 1.8);
    }

    #[test]
    fn a_part_fits_better_than_its_country() {
        let mass = mass(&[("country:BR", 100.0), ("admin1:BR.18", 10.0)]);
        let counted = Votes::of(&votes(&[("country:BR", 5.0), ("admin1:BR.18", 5.0)]), &[&mass]);
        assert_eq!(counted.shares[0].region.code, "BR.18");
        assert!((counted.spread - 1.0).abs() < 1e-9);
    }
}

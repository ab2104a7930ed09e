//! One likelihood, evaluated on every hypothesis.

use super::hypotheses::{Hypotheses, Hypothesis};
use super::region::{Continents, RegionKey};
use navig_tools::evidence::{Likelihood, PointShare, RegionShare};
use navig_tools::geo::gazetteer::ChainIds;
use navig_tools::geo::{Area, Level, RegionCode};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// Beyond this many standard deviations a point fits not at all.
const REACH_SIGMAS: f64 = 4.0;
/// The spread of a town of a million, km: how far from a point places are looked for besides its own sigma.
const TYPICAL_SPREAD_KM: f64 = 6.0;

/// `ln L` over the hypotheses; see the module documentation of the Guesser for `L`.
pub(super) struct Field {
    /// `ln L` where nothing matches.
    elsewhere: f64,
    matches: Matches,
    /// Information gained over the prior by this likelihood alone (Kullback-Leibler divergence), nats.
    pub(super) information: f64,
}

/// Where the likelihood differs from `elsewhere`.
enum Matches {
    /// `ln L` per share, and the share of each region.
    Regions { regions: RegionTable, ln: Vec<f64> },
    /// `ln L` per hypothesis index, sorted by index.
    Near(Vec<(usize, f64)>),
    /// `ln L` inside.
    Inside { area: AreaTest, ln: f64 },
}

impl Field {
    /// Evaluates a likelihood, the odds of its background times `factor`; `None` for a note, or when no hypothesis fits it at all.
    pub(super) fn new(likelihood: &Likelihood, factor: f64, hypotheses: &Hypotheses<'_>) -> Option<Self> {
        let background = |own: f64| own * factor / (1.0 - own + own * factor);
        match likelihood {
            Likelihood::Regions { shares, background: own } => Self::regions(shares, background(*own), hypotheses),
            Likelihood::Points { points, background: own } => Self::points(points, background(*own), hypotheses),
            Likelihood::Area { area, odds } => Self::area(area, *odds, hypotheses),
            Likelihood::Note => None,
        }
    }

    fn regions(shares: &[RegionShare], background: f64, hypotheses: &Hypotheses<'_>) -> Option<Self> {
        let regions = RegionTable::new(shares.iter().map(|s| &s.region), hypotheses);
        let mut mass = vec![0.0; shares.len()];
        for (chain, prior) in regions.masses(hypotheses) {
            if let Some(i) = regions.find(&chain, hypotheses.continents()) {
                mass[i] += prior;
            }
        }
        let mean: f64 = mass.iter().zip(shares).map(|(m, s)| m * s.share).sum();
        if mean <= 0.0 {
            return None;
        }
        let ratio: Vec<f64> = shares.iter().map(|s| mix(s.share / mean, background)).collect();
        let information = information(mass.iter().copied().zip(ratio.iter().copied()), background);
        let ln = ratio.into_iter().map(f64::ln).collect();
        Some(Self { elsewhere: background.ln(), matches: Matches::Regions { regions, ln }, information })
    }

    fn points(points: &[PointShare], background: f64, hypotheses: &Hypotheses<'_>) -> Option<Self> {
        let mut fit: HashMap<usize, f64> = HashMap::new();
        for point in points {
            for (index, km) in hypotheses.within(point.at, REACH_SIGMAS * point.sigma_km.hypot(TYPICAL_SPREAD_KM)) {
                let spread_km = hypotheses.get(index).spread_km;
                *fit.entry(index).or_default() += point.share * overlap(km, point.sigma_km, spread_km);
            }
        }
        let mut fit: Vec<(usize, f64)> = fit.into_iter().collect();
        fit.sort_unstable_by_key(|&(index, _)| index);
        let mean: f64 = fit.iter().map(|&(index, f)| hypotheses.get(index).prior * f).sum();
        if mean <= 0.0 {
            return None;
        }
        for (_, f) in &mut fit {
            *f = mix(*f / mean, background);
        }
        let masses = fit.iter().map(|&(index, ratio)| (hypotheses.get(index).prior, ratio));
        let information = information(masses, background);
        let near = fit.into_iter().map(|(index, ratio)| (index, ratio.ln())).collect();
        Some(Self { elsewhere: background.ln(), matches: Matches::Near(near), information })
    }

    fn area(area: &Area, odds: f64, hypotheses: &Hypotheses<'_>) -> Option<Self> {
        let area = AreaTest::new(area, hypotheses);
        let inside: f64 = match &area {
            AreaTest::Regions(table) => {
                let masses = table.masses(hypotheses).into_iter();
                masses.filter(|(chain, _)| table.find(chain, hypotheses.continents()).is_some()).map(|(_, p)| p).sum()
            }
            AreaTest::Shape(_) => hypotheses.iter().filter(|h| area.holds(h, hypotheses)).map(|h| h.prior).sum(),
        };
        let outside = 1.0 - inside;
        let mean = inside * odds + outside;
        let (ratio_in, ratio_out) = (odds / mean, 1.0 / mean);
        let information = inside * ratio_in * ratio_in.ln() + outside * ratio_out * ratio_out.ln();
        let matches = Matches::Inside { area, ln: ratio_in.ln() };
        Some(Self { elsewhere: ratio_out.ln(), matches, information })
    }

    /// `ln L` of one hypothesis.
    pub(super) fn ln(&self, index: usize, hypotheses: &Hypotheses<'_>) -> f64 {
        match &self.matches {
            Matches::Regions { regions, ln } => {
                regions.find(&hypotheses.get(index).chain, hypotheses.continents()).map_or(self.elsewhere, |i| ln[i])
            }
            Matches::Near(near) => {
                near.binary_search_by_key(&index, |&(i, _)| i).map_or(self.elsewhere, |found| near[found].1)
            }
            Matches::Inside { area, ln } => {
                if area.holds(hypotheses.get(index), hypotheses) {
                    *ln
                } else {
                    self.elsewhere
                }
            }
        }
    }

    /// Adds `power * ln L` to the totals, up to a constant that is the same for all.
    pub(super) fn add_to(&self, total: &mut Totals, power: f64, hypotheses: &Hypotheses<'_>) {
        let continents = hypotheses.continents();
        let places = hypotheses.place_count();
        match &self.matches {
            Matches::Regions { regions, ln } if regions.is_coarse() => {
                total.add_cells(hypotheses, |chain| {
                    regions.find(chain, continents).map(|i| power * (ln[i] - self.elsewhere))
                });
            }
            Matches::Regions { regions, ln } => {
                total.add_singles(hypotheses, |h| {
                    regions.find(&h.chain, continents).map(|i| power * (ln[i] - self.elsewhere))
                });
            }
            Matches::Near(near) => {
                let singles = total.singles.get_or_insert_with(|| vec![0.0; places]);
                let near = near.iter().take_while(|&&(i, _)| i < places);
                near.for_each(|&(i, ln)| singles[i] += power * (ln - self.elsewhere));
            }
            Matches::Inside { area: AreaTest::Regions(table), ln } if table.is_coarse() => {
                total.add_cells(hypotheses, |chain| {
                    table.find(chain, continents).map(|_| power * (ln - self.elsewhere))
                });
            }
            Matches::Inside { area, ln } => {
                total.add_singles(hypotheses, |h| area.holds(h, hypotheses).then(|| power * (ln - self.elsewhere)));
            }
        }
        for (i, own) in total.proposed.iter_mut().enumerate() {
            *own += power * (self.ln(places + i, hypotheses) - self.elsewhere);
        }
    }
}

/// Sums of logarithms of likelihoods: of what is the same for a cell of places once, of what is not for each place.
pub(super) struct Totals {
    cells: Vec<f64>,
    /// Besides that of its cell, per place; absent while nothing tells places of a cell apart.
    singles: Option<Vec<f64>>,
    /// Per proposed point.
    proposed: Vec<f64>,
}

impl Totals {
    pub(super) fn new(hypotheses: &Hypotheses<'_>) -> Self {
        let (cells, proposed) = (hypotheses.cells().len(), hypotheses.proposed().len());
        Self { cells: vec![0.0; cells], singles: None, proposed: vec![0.0; proposed] }
    }

    fn add_cells(&mut self, hypotheses: &Hypotheses<'_>, of: impl Fn(&ChainIds) -> Option<f64>) {
        for (total, cell) in self.cells.iter_mut().zip(hypotheses.cells()) {
            *total += of(&cell.chain).unwrap_or(0.0);
        }
    }

    fn add_singles(&mut self, hypotheses: &Hypotheses<'_>, of: impl Fn(&Hypothesis) -> Option<f64>) {
        let places = hypotheses.place_count();
        let singles = self.singles.get_or_insert_with(|| vec![0.0; places]);
        for (total, h) in singles.iter_mut().zip(hypotheses.iter()) {
            *total += of(h).unwrap_or(0.0);
        }
    }

    /// Prior times likelihoods of each hypothesis, up to a common factor.
    pub(super) fn products(&self, hypotheses: &Hypotheses<'_>) -> Vec<f64> {
        let of_places = match &self.singles {
            None => self.cells.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            Some(singles) => {
                let totals = hypotheses.places().zip(singles).map(|((_, cell), single)| self.cells[cell] + single);
                totals.fold(f64::NEG_INFINITY, f64::max)
            }
        };
        let peak = self.proposed.iter().copied().fold(of_places, f64::max);
        let cells: Vec<f64> = self.cells.iter().map(|total| (total - peak).exp()).collect();
        let mut products: Vec<f64> = Vec::with_capacity(hypotheses.len());
        match &self.singles {
            None => products.extend(hypotheses.places().map(|(prior, cell)| prior * cells[cell])),
            Some(singles) => products.extend(hypotheses.places().zip(singles).map(|((prior, cell), single)| {
                let likelihood = if *single == 0.0 { cells[cell] } else { (self.cells[cell] + single - peak).exp() };
                prior * likelihood
            })),
        }
        let proposed = hypotheses.proposed().iter().zip(&self.proposed);
        products.extend(proposed.map(|(h, total)| h.prior * (total - peak).exp()));
        products
    }
}

/// Mean of `exp(-x^2 / 2 sigma^2)` over a camera that stands around a place with a spread, `km` from the point: a fix
/// of a few metres says little for the middle of a city, and a lot for the spot itself.
fn overlap(km: f64, sigma_km: f64, spread_km: f64) -> f64 {
    let variance = sigma_km * sigma_km + spread_km * spread_km;
    sigma_km * sigma_km / variance * (-0.5 * km * km / variance).exp()
}

fn mix(ratio: f64, background: f64) -> f64 {
    (1.0 - background) * ratio + background
}

/// `sum prior * L * ln L` over the masses that match, and the rest at `background`.
fn information(matching: impl Iterator<Item = (f64, f64)>, background: f64) -> f64 {
    let mut rest = 1.0;
    let matched: f64 = matching
        .map(|(mass, ratio)| {
            rest -= mass;
            mass * ratio * ratio.ln()
        })
        .sum();
    matched + rest.max(0.0) * background * background.ln()
}

/// Which of a list of regions holds a hypothesis; the deepest when several do.
struct RegionTable {
    /// By country index: looked up for every hypothesis, so no hash map.
    countries: Vec<Option<usize>>,
    /// By admin-1 index, for the same reason; empty when none is named.
    admin1: Vec<Option<usize>>,
    /// Regions of the other levels that are named, the deepest level first.
    others: Vec<(Level, HashMap<RegionKey, usize>)>,
}

impl RegionTable {
    /// Codes that the gazetteer does not know are left out: they hold no hypothesis.
    fn new<'r>(regions: impl Iterator<Item = &'r RegionCode>, hypotheses: &Hypotheses<'_>) -> Self {
        let continents = hypotheses.continents();
        let mut countries = vec![None; continents.countries()];
        let mut admin1 = Vec::new();
        let mut others: BTreeMap<Reverse<Level>, HashMap<RegionKey, usize>> = BTreeMap::new();
        for (i, region) in regions.enumerate() {
            match RegionKey::of_code(region, continents, hypotheses.gazetteer()) {
                Some(RegionKey::Country(index)) => countries[usize::from(index.0)] = Some(i),
                Some(RegionKey::Admin1(index)) => {
                    admin1.resize(hypotheses.gazetteer().admin1_units().len(), None);
                    admin1[usize::from(index.0)] = Some(i);
                }
                Some(key) => drop(others.entry(Reverse(key.level())).or_default().insert(key, i)),
                None => {}
            }
        }
        Self {
            countries,
            admin1,
            others: others.into_iter().map(|(Reverse(level), regions)| (level, regions)).collect(),
        }
    }

    /// Whether no region is smaller than an admin-1 unit, so that a cell lies in one or outside it as a whole.
    fn is_coarse(&self) -> bool {
        self.others.iter().all(|(level, _)| *level <= Level::Admin1)
    }

    /// Chains with priors that sum up to that of all hypotheses: of cells where these suffice.
    fn masses(&self, hypotheses: &Hypotheses<'_>) -> Vec<(ChainIds, f64)> {
        let of = |h: &Hypothesis| (h.chain, h.prior);
        if self.is_coarse() {
            let cells = hypotheses.cells().iter().map(|cell| (cell.chain, cell.prior));
            cells.chain(hypotheses.proposed().iter().map(of)).collect()
        } else {
            hypotheses.iter().map(of).collect()
        }
    }

    fn find(&self, chain: &ChainIds, continents: &Continents) -> Option<usize> {
        let country = || chain.country.and_then(|country| self.countries[usize::from(country.0)]);
        let other = |(level, regions): &(Level, HashMap<RegionKey, usize>)| {
            RegionKey::of_chain(chain, *level, continents).and_then(|key| regions.get(&key)).copied()
        };
        let admin1 = || chain.admin1.and_then(|unit| self.admin1.get(usize::from(unit.0)).copied().flatten());
        let deep = self.others.iter().take_while(|(level, _)| *level > Level::Country).find_map(other);
        deep.or_else(admin1).or_else(country).or_else(|| self.others.last().and_then(other))
    }
}

/// Whether an area holds a hypothesis.
enum AreaTest {
    Shape(Area),
    Regions(RegionTable),
}

impl AreaTest {
    fn new(area: &Area, hypotheses: &Hypotheses<'_>) -> Self {
        match area {
            Area::Regions { regions } => Self::Regions(RegionTable::new(regions.iter(), hypotheses)),
            shape => Self::Shape(shape.clone()),
        }
    }

    fn holds(&self, h: &Hypothesis, hypotheses: &Hypotheses<'_>) -> bool {
        match self {
            Self::Regions(table) => table.find(&h.chain, hypotheses.continents()).is_some(),
            Self::Shape(Area::Box(bounds)) => bounds.contains(h.at),
            Self::Shape(Area::Disc { centre, radius_km }) => h.at.distance_km(*centre) <= *radius_km,
            Self::Shape(_) => false,
        }
    }
}

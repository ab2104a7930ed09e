//! The places that could be the answer, and how likely each is before the photo is looked at.

use super::region::Continents;
use super::weights::Weights;
use navig_tools::evidence::Likelihood;
use navig_tools::geo::gazetteer::{ChainIds, CountryIndex, PlaceId};
use navig_tools::geo::{Area, EARTH_RADIUS_KM, Gazetteer, LatLon};
use navig_tools::osm::Maps;
use rayon::prelude::*;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// One place that could be the answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hypothesis {
    /// Its centre.
    pub(super) at: LatLon,
    /// The centre as a unit vector, for distances to many.
    unit: [f32; 3],
    /// The regions that hold it.
    pub(super) chain: ChainIds,
    /// Prior probability.
    pub(super) prior: f64,
    /// Standard deviation of the camera around the centre, if this is the place, km.
    pub(super) spread_km: f64,
}

impl Hypothesis {
    fn new(at: LatLon, chain: ChainIds, prior: f64, spread_km: f64) -> Self {
        Self { at, unit: at.unit_vector().map(|x| x as f32), chain, prior, spread_km }
    }

    /// A bare point, to measure distances from.
    pub(super) fn point(at: LatLon) -> Self {
        Self::new(at, ChainIds::default(), 0.0, 0.0)
    }

    /// How far apart two centres are; to about 0.5 m near and 1 km at the antipode.
    pub(super) fn chord2(&self, other: &Self) -> Chord2 {
        Chord2(self.unit.iter().zip(other.unit).map(|(a, b)| (a - b) * (a - b)).sum())
    }
}

impl Hypothesis {
    /// Its centre as a unit vector.
    pub(super) fn unit(&self) -> [f32; 3] {
        self.unit
    }

    /// How far apart its centre and some others are, all at once, as processors compute.
    pub(super) fn chords2(&self, others: &[[f32; 3]], out: &mut [Chord2]) {
        let [x, y, z] = self.unit;
        for (out, [a, b, c]) in out.iter_mut().zip(others) {
            *out = Chord2((x - a) * (x - a) + (y - b) * (y - b) + (z - c) * (z - c));
        }
    }
}

/// The square of the straight distance between two points of a sphere of radius 1: it grows with the arc, and costs three products.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(super) struct Chord2(pub(super) f32);

impl Chord2 {
    /// Of an arc, km.
    pub(super) fn of_km(km: f64) -> Self {
        let half = (km / (2.0 * EARTH_RADIUS_KM)).min(std::f64::consts::FRAC_PI_2).sin();
        Self((4.0 * half * half) as f32)
    }

    /// The arc, km.
    pub(super) fn km(self) -> f64 {
        2.0 * EARTH_RADIUS_KM * f64::from(self.0.sqrt() / 2.0).min(1.0).asin()
    }
}

/// Every gazetteer place with its prior: built once, used for every photo.
pub struct Places {
    gazetteer: &'static Gazetteer,
    /// Maps whose boundaries say which regions hold a proposed point.
    maps: Arc<Maps>,
    continents: Continents,
    rows: Vec<Hypothesis>,
    /// The prior of each once more, by itself: sums over all read nothing else.
    priors: Vec<f64>,
    /// What is the same for many places.
    cells: Vec<Cell>,
    /// The cell of each place.
    cell_of: Vec<u32>,
    /// Prior of each country.
    country_priors: Vec<f64>,
    /// Where the places of each country lie; places are sorted by country, and those of another one between them are passed over.
    of_country: Vec<Range<usize>>,
    /// Prior of a point that no listed place covers.
    floor_prior: f64,
}

impl Places {
    /// The places of a gazetteer under a prior of `(population + floor) ^ exponent` times the factor of their country,
    /// normalised to 1; points that evidence proposes get their regions from the boundaries of maps, where there are any.
    #[must_use]
    pub fn new(gazetteer: &'static Gazetteer, maps: Arc<Maps>, weights: &Weights) -> Self {
        let weigh = |population: f64| (population + weights.prior.floor_population).powf(weights.prior.exponent);
        let factor = |code: &str| weights.prior.countries.get(code).copied().unwrap_or(1.0);
        let factors: Vec<f64> = gazetteer.countries().map(|(_, country)| factor(country.code)).collect();
        let row = |id: PlaceId| {
            let population = f64::from(gazetteer.inhabitants(id));
            let spread = weights.spread.km_per_sqrt_inhabitant * population.sqrt();
            let spread = spread.max(weights.spread.min_km);
            let chain = gazetteer.chain_ids_of(id);
            let factor = chain.country.map_or(1.0, |country| factors[usize::from(country.0)]);
            Hypothesis::new(gazetteer.position(id), chain, factor * weigh(population), spread)
        };
        let ids = 0..gazetteer.len() as u32;
        let mut rows: Vec<Hypothesis> = ids.into_par_iter().map(|id| row(PlaceId(id))).collect();
        let total: f64 = rows.iter().map(|r| r.prior).sum();
        for row in &mut rows {
            row.prior /= total;
        }
        let continents = Continents::new(gazetteer);
        let mut of_country = vec![0..0; continents.countries()];
        for (i, row) in rows.iter().enumerate() {
            let Some(country) = row.chain.country else { continue };
            let range: &mut Range<usize> = &mut of_country[usize::from(country.0)];
            *range = if range.start == range.end { i..i + 1 } else { range.start..i + 1 };
        }
        let priors = rows.iter().map(|row| row.prior).collect();
        let (cells, cell_of) = cells(&rows);
        let country_priors = country_priors(&rows, continents.countries());
        Self {
            gazetteer,
            maps,
            continents,
            rows,
            priors,
            cells,
            cell_of,
            country_priors,
            of_country,
            floor_prior: weigh(0.0) / total,
        }
    }

    /// The same places where only a description is asked: the prior of each country to the power `prior.described`, with its
    /// places in the same proportions.
    #[must_use]
    pub fn described(mut self, weights: &Weights) -> Self {
        let countries = &self.country_priors;
        let country_of = |row: &Hypothesis| row.chain.country.map(|country| usize::from(country.0));
        let factor =
            |row: &Hypothesis| country_of(row).map_or(1.0, |c| countries[c].powf(weights.prior.described - 1.0));
        let total: f64 = self.rows.iter().map(|row| row.prior * factor(row)).sum();
        for row in &mut self.rows {
            row.prior *= factor(row) / total;
        }
        self.country_priors = country_priors(&self.rows, self.country_priors.len());
        self.priors = self.rows.iter().map(|row| row.prior).collect();
        (self.cells, self.cell_of) = cells(&self.rows);
        self.floor_prior /= total;
        self
    }
}

/// Places of one admin-1 unit, or of a country and no unit: what speaks of countries and units says the same of all of them, and there are a few
/// thousand of these where there are 235,000 places.
pub(super) struct Cell {
    /// Country and admin-1 unit.
    pub(super) chain: ChainIds,
    /// Prior of its places together.
    pub(super) prior: f64,
}

fn cells(rows: &[Hypothesis]) -> (Vec<Cell>, Vec<u32>) {
    let mut numbers: HashMap<ChainIds, u32> = HashMap::new();
    let mut cells: Vec<Cell> = Vec::new();
    let cell_of = rows.iter().map(|row| {
        let chain = ChainIds { country: row.chain.country, admin1: row.chain.admin1, ..ChainIds::default() };
        let cell = *numbers.entry(chain).or_insert_with(|| {
            cells.push(Cell { chain, prior: 0.0 });
            cells.len() as u32 - 1
        });
        cells[cell as usize].prior += row.prior;
        cell
    });
    let cell_of = cell_of.collect();
    (cells, cell_of)
}

/// The prior of each country, by number.
fn country_priors(rows: &[Hypothesis], countries: usize) -> Vec<f64> {
    let mut priors = vec![0.0; countries];
    for row in rows {
        row.chain.country.into_iter().for_each(|country| priors[usize::from(country.0)] += row.prior);
    }
    priors
}

/// The hypotheses for one photo: all places, then the points that its evidence proposes.
pub(super) struct Hypotheses<'a> {
    places: &'a Places,
    proposed: Vec<Hypothesis>,
}

impl<'a> Hypotheses<'a> {
    /// All places, and each point that is finer than a place, or farther than its sigma from every place.
    pub(super) fn new<'l>(
        places: &'a Places,
        likelihoods: impl Iterator<Item = &'l Likelihood>,
        weights: &Weights,
    ) -> Self {
        let mut hypotheses = Self { places, proposed: Vec::new() };
        for likelihood in likelihoods {
            match likelihood {
                Likelihood::Points { points, .. } => {
                    for point in points {
                        hypotheses.propose(point.at, point.sigma_km, weights);
                    }
                }
                // A hint at open sea or wilderness would otherwise hold no hypothesis at all and say nothing.
                Likelihood::Area { area: Area::Disc { centre, radius_km }, .. } => {
                    hypotheses.propose(*centre, *radius_km, weights);
                }
                Likelihood::Area { area: Area::Box(bounds), .. } => {
                    if !hypotheses.iter().any(|h| bounds.contains(h.at)) {
                        hypotheses.propose(bounds.centre(), weights.spread.min_km, weights);
                    }
                }
                Likelihood::Area { .. } | Likelihood::Regions { .. } | Likelihood::Note => {}
            }
        }
        hypotheses
    }

    /// Adds a point, unless an earlier proposal lies within `sigma_km` of it, or a place does that is no wider.
    fn propose(&mut self, at: LatLon, sigma_km: f64, weights: &Weights) {
        let known = self.proposed.iter().any(|h| h.at.distance_km(at) <= sigma_km.min(h.spread_km));
        let finer = sigma_km < weights.spread.min_km;
        let covered = || self.places.gazetteer.nearest(at).is_some_and(|(_, km)| km <= sigma_km);
        if known || (!finer && covered()) {
            return;
        }
        let chain = self.places.maps.chain_ids(at);
        let spread = sigma_km.min(weights.spread.min_km);
        self.proposed.push(Hypothesis::new(at, chain, self.places.floor_prior, spread));
    }

    pub(super) fn gazetteer(&self) -> &'static Gazetteer {
        self.places.gazetteer
    }

    pub(super) fn len(&self) -> usize {
        self.places.rows.len() + self.proposed.len()
    }

    pub(super) fn get(&self, index: usize) -> &Hypothesis {
        match self.places.rows.get(index) {
            Some(row) => row,
            None => &self.proposed[index - self.places.rows.len()],
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Hypothesis> {
        self.places.rows.iter().chain(&self.proposed)
    }

    /// The cells of the places.
    pub(super) fn cells(&self) -> &[Cell] {
        &self.places.cells
    }

    /// Prior and cell of each place; proposed points have none, and come behind all places.
    pub(super) fn places(&self) -> impl Iterator<Item = (f64, usize)> {
        self.places.priors.iter().zip(&self.places.cell_of).map(|(prior, cell)| (*prior, *cell as usize))
    }

    /// How many places there are, without the proposed points.
    pub(super) fn place_count(&self) -> usize {
        self.places.rows.len()
    }

    /// The proposed points, which come behind all places.
    pub(super) fn proposed(&self) -> &[Hypothesis] {
        &self.proposed
    }

    /// The prior of a country.
    pub(super) fn prior_of(&self, country: CountryIndex) -> f64 {
        let proposed = self.proposed.iter().filter(|h| h.chain.country == Some(country)).map(|h| h.prior);
        self.places.country_priors[usize::from(country.0)] + proposed.sum::<f64>()
    }

    /// Indices of the hypotheses in a country.
    pub(super) fn of_country(&self, country: CountryIndex) -> impl Iterator<Item = usize> {
        let rows = self.places.of_country[usize::from(country.0)].clone();
        let all = rows.chain(self.places.rows.len()..self.len());
        all.filter(move |&i| self.get(i).chain.country == Some(country))
    }

    /// Indices of the hypotheses within a distance of a point, with that distance, km.
    pub(super) fn within(&self, at: LatLon, radius_km: f64) -> Vec<(usize, f64)> {
        let places = self.places.gazetteer.within(at, radius_km);
        let proposed = self.proposed.iter().enumerate().filter_map(|(i, h)| {
            let km = h.at.distance_km(at);
            (km <= radius_km).then_some((self.places.rows.len() + i, km))
        });
        places.into_iter().map(|(PlaceId(i), km)| (i as usize, km)).chain(proposed).collect()
    }

    pub(super) fn continents(&self) -> &Continents {
        &self.places.continents
    }
}

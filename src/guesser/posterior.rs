//! All likelihoods together.

use super::Item;
use super::field::{Field, Totals};
use super::hypotheses::Hypotheses;
use super::region::RegionKey;
use super::weights::Weights;
use crate::ledger::ChainLink;
use navig_tools::geo::Level;
use navig_tools::geo::gazetteer::CountryIndex;
use std::cell::OnceCell;
use std::collections::BTreeMap;

/// The posterior over the hypotheses, and what each item contributed.
pub(super) struct Posterior<'a> {
    pub(super) hypotheses: &'a Hypotheses<'a>,
    /// Probability per hypothesis; sums to 1.
    pub(super) p: Vec<f64>,
    /// Probability per country, by number.
    countries: Vec<f64>,
    /// The most probable hypotheses, the most probable first, once they are asked for.
    leaders: OnceCell<Vec<usize>>,
    terms: Vec<Term<'a>>,
}

/// How many of the most probable hypotheses are kept in order.
pub(super) const LEADERS: usize = 2000;

/// An item with the power that it was given.
struct Term<'a> {
    id: &'a str,
    power: f64,
    field: Field,
}

impl<'a> Posterior<'a> {
    pub(super) fn new(hypotheses: &'a Hypotheses<'a>, items: &[Item<'a>], weights: &Weights) -> Self {
        let terms = terms(hypotheses, items, weights);
        let mut total = Totals::new(hypotheses);
        terms.iter().for_each(|term| term.field.add_to(&mut total, term.power, hypotheses));
        let mut p = total.products(hypotheses);
        // Below e^-40 of the peak even 200,000 hypotheses together weigh nothing.
        let least = (-40f64).exp() * p.iter().copied().fold(0.0, f64::max);
        let mut sum = 0.0;
        for p in &mut p {
            *p = if *p < least { 0.0 } else { *p };
            sum += *p;
        }
        p.iter_mut().for_each(|p| *p /= sum);
        let countries = countries(hypotheses, &p);
        Self { hypotheses, p, countries, leaders: OnceCell::new(), terms }
    }

    /// The most probable hypotheses of all, at most [`LEADERS`], the most probable first.
    pub(super) fn leaders(&self) -> &[usize] {
        self.leaders.get_or_init(|| top(&self.p, 0..self.p.len(), LEADERS))
    }

    /// The probability of each country, by number.
    pub(super) fn countries(&self) -> &[f64] {
        &self.countries
    }

    /// The probability of a country.
    pub(super) fn country(&self, country: CountryIndex) -> f64 {
        self.countries[usize::from(country.0)]
    }

    /// Countries with at least so much of the posterior, the most probable first.
    pub(super) fn leading_countries(&self, least: f64) -> Vec<ChainLink> {
        let gazetteer = self.hypotheses.gazetteer();
        let mut links: Vec<ChainLink> = gazetteer
            .countries()
            .map(|(index, country)| ChainLink {
                level: Level::Country,
                code: country.code.to_owned(),
                name: country.name.to_owned(),
                probability: self.country(index).min(1.0),
            })
            .filter(|link| link.probability >= least)
            .collect();
        links.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.code.cmp(&b.code)));
        links
    }

    /// Whether a region holds a hypothesis.
    pub(super) fn inside(&self, region: RegionKey, index: usize) -> bool {
        region.holds(&self.hypotheses.get(index).chain, self.hypotheses.continents())
    }

    /// How each item weighs on one hypothesis, in bans, the strongest first; items that say next to nothing are left out.
    pub(super) fn reasons(&self, index: usize) -> Vec<(&'a str, f64)> {
        let mut reasons: Vec<(&str, f64)> = self
            .terms
            .iter()
            .map(|t| (t.id, t.power * t.field.ln(index, self.hypotheses) / std::f64::consts::LN_10))
            .filter(|(_, bans)| bans.abs() >= 0.005)
            .collect();
        reasons.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        reasons
    }

    /// The indices of the `count` most probable hypotheses of a subset, the most probable first.
    pub(super) fn top(&self, subset: impl Iterator<Item = usize>, count: usize) -> Vec<usize> {
        top(&self.p, subset, count)
    }
}

/// The probability of each country, by number.
fn countries(hypotheses: &Hypotheses<'_>, p: &[f64]) -> Vec<f64> {
    let mut cells = vec![0.0; hypotheses.cells().len()];
    hypotheses.places().zip(p).for_each(|((_, cell), p)| cells[cell] += p);
    let of_cells = hypotheses.cells().iter().map(|cell| cell.chain.country).zip(cells);
    let proposed = hypotheses.proposed().iter().map(|h| h.chain.country);
    let of_proposed = proposed.zip(p[hypotheses.place_count()..].iter().copied());
    let mut countries = vec![0.0; hypotheses.continents().countries()];
    for (country, p) in of_cells.chain(of_proposed) {
        country.into_iter().for_each(|country| countries[usize::from(country.0)] += p);
    }
    countries
}

fn top(p: &[f64], subset: impl Iterator<Item = usize>, count: usize) -> Vec<usize> {
    let order = |&a: &usize, &b: &usize| p[b].total_cmp(&p[a]).then(a.cmp(&b));
    let mut top: Vec<usize> = Vec::with_capacity(2 * count);
    // What lies below the last of `count` others is not among them, and most does: the list is cut whenever it is twice as long.
    let mut least = 0.0;
    for i in subset {
        if p[i] > least {
            top.push(i);
            if top.len() == 2 * count {
                top.select_nth_unstable_by(count - 1, order);
                top.truncate(count);
                // One that is as probable as the last comes behind it by its number.
                least = p[top[count - 1]];
            }
        }
    }
    top.sort_unstable_by(order);
    top.truncate(count);
    top
}

/// Gives each item its power, times the echo unless it speaks for its group.
fn terms<'a>(hypotheses: &Hypotheses<'_>, items: &[Item<'a>], weights: &Weights) -> Vec<Term<'a>> {
    let mut groups: BTreeMap<&str, Vec<Term<'a>>> = BTreeMap::new();
    for item in items {
        let Some(field) = Field::new(item.likelihood, item.background, hypotheses) else { continue };
        groups.entry(item.group).or_default().push(Term { id: item.id, power: item.power, field });
    }
    for group in groups.values_mut() {
        group.sort_by(|a, b| (b.power * b.field.information).total_cmp(&(a.power * a.field.information)));
        group.iter_mut().skip(1).for_each(|echo| echo.power *= weights.group.echo);
    }
    groups.into_values().flatten().collect()
}

//! Collecting relative fits of regions into a likelihood.

use super::facts::Facts;
use crate::evidence::{Likelihood, RegionShare};
use crate::geo::RegionCode;
use std::collections::BTreeMap;

/// Fits below this part of the best one are left to the background.
const LEAST: f64 = 0.004;

/// Country code → relative fit.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Shares(BTreeMap<String, f64>);

impl Shares {
    /// Countries that fit equally well.
    pub(crate) fn equal<S: AsRef<str>>(codes: impl IntoIterator<Item = S>) -> Self {
        let mut out = Self::default();
        for code in codes {
            out.raise(code.as_ref(), 1.0);
        }
        out
    }

    /// Countries whose signs carry a language.
    pub(crate) fn of_language(language: &str) -> Self {
        let mut out = Self::default();
        out.add_language(language, 1.0);
        out
    }

    /// Adds a language's countries, weighed.
    pub(crate) fn add_language(&mut self, language: &str, weight: f64) {
        for (code, share) in Facts::embedded().where_signs_are_in(language) {
            *self.0.entry(code.to_owned()).or_default() += share * weight;
        }
    }

    /// The fits of two languages on one sign: half of each, and more where both are at home.
    pub(crate) fn beside(&self, other: &Self) -> Self {
        let mut out = Self::default();
        for code in self.0.keys().chain(other.0.keys()) {
            let fit = |s: &Self| s.0.get(code).copied().unwrap_or(0.0);
            let (a, b) = (fit(self), fit(other));
            out.raise(code, 0.5 * (a + b) + 2.0 * a * b);
        }
        out
    }

    /// Sets the fit of a country, unless a better one is there.
    pub(crate) fn raise(&mut self, code: &str, share: f64) {
        let slot = self.0.entry(code.to_owned()).or_default();
        *slot = slot.max(share);
    }

    /// Multiplies the fit of a country, if it has one.
    pub(crate) fn scale(&mut self, code: &str, factor: f64) {
        if let Some(share) = self.0.get_mut(code) {
            *share *= factor;
        }
    }

    /// All countries with their fits.
    pub(crate) fn codes(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(code, share)| (code.as_str(), *share))
    }

    /// No country at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many countries.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The best codes, the best first, as words for a claim: `Denmark, Norway and 3 more`.
    pub(crate) fn in_words(&self, most: usize) -> String {
        let facts = Facts::embedded();
        let mut rows: Vec<_> = self.0.iter().collect();
        // Fits that are nearly alike are named by population, for the reader's sake.
        let step = |share: &f64| (share * 5.0).round();
        rows.sort_by(|a, b| {
            step(b.1).total_cmp(&step(a.1)).then_with(|| population(facts, b.0).cmp(&population(facts, a.0)))
        });
        let best = rows.iter().map(|(_, share)| **share).fold(0.0, f64::max);
        rows.retain(|(_, share)| **share >= 0.1 * best);
        let names: Vec<_> = rows.iter().take(most).map(|(code, _)| facts.name(code)).collect();
        match rows.len().saturating_sub(most) {
            0 => names.join(", "),
            more => format!("{} and {more} more", names.join(", ")),
        }
    }

    /// The likelihood with this background.
    pub(crate) fn likelihood(&self, background: f64) -> Likelihood {
        let best = self.0.values().copied().fold(0.0, f64::max);
        let shares = self
            .0
            .iter()
            .filter(|(_, share)| **share > 0.0 && **share >= best * LEAST)
            .map(|(code, share)| RegionShare { region: RegionCode::country(code), share: *share })
            .collect();
        Likelihood::Regions { shares, background }
    }
}

/// Where signs carry a language, with the leading countries in words; `None` when they do nowhere.
pub(crate) fn countries_of_language(code: &str, background: f64) -> Option<(Likelihood, String)> {
    let shares = Shares::of_language(code);
    (!shares.is_empty()).then(|| (shares.likelihood(background), shares.in_words(3)))
}

fn population(facts: &Facts, code: &str) -> u64 {
    facts.country(code).map_or(0, |c| c.population)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_fits_are_named_by_population() {
        assert_eq!(Shares::equal(["DK", "NO", "DE", "FO"]).in_words(2), "Germany, Denmark and 2 more");
    }
}

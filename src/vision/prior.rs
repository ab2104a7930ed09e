//! What a model says without looking: its answer to a blank picture.
//!
//! Vision models answer capitals and the best-known country when they see nothing. The distribution over countries that
//! the Guesser's question gives on a grey picture is measured once per model and prompt, kept in the cache folder, and
//! divided out of what the model says of a photo.

use navig_tools::geo::{Level, RegionCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A country that the model never names on a blank picture still gets this share, so that one odd answer is not
/// multiplied without bound.
const FLOOR: f64 = 1e-3;
/// How much of the prior is divided out: a grey picture is no photo, and the model's bias on photos is smaller.
const POWER: f64 = 0.5;

/// A model's answer to a blank picture.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Prior {
    /// Probability by ISO 3166-1 alpha-2 code; empty when it was not measured, and nothing is divided out.
    pub countries: BTreeMap<String, f64>,
}

impl Prior {
    /// By what a share of a country is to be divided: 1 on average.
    #[must_use]
    pub fn of_country(&self, code: &str) -> f64 {
        let Some(first) = self.countries.len().checked_sub(1) else { return 1.0 };
        let even = 1.0 / (first + 1) as f64;
        let p = self.countries.get(code).copied().unwrap_or(0.0);
        ((p + FLOOR) / (even + FLOOR)).powf(POWER)
    }

    /// The same for a region of any level; a part of a country has its country's, a continent has none.
    #[must_use]
    pub fn of_region(&self, region: &RegionCode) -> f64 {
        match region.level {
            Level::Continent | Level::City => 1.0,
            Level::Country => self.of_country(&region.code),
            Level::Admin1 | Level::Admin2 => self.of_country(region.code.split('.').next().unwrap_or_default()),
        }
    }
}

/// Where priors are kept.
#[derive(Debug, Clone)]
pub struct PriorCache(PathBuf);

impl PriorCache {
    /// The priors below a cache folder.
    #[must_use]
    pub fn in_folder(cache: &Path) -> Self {
        Self(cache.join("model-priors"))
    }

    /// The prior of a model and a prompt; a damaged file counts as none.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Prior> {
        let text = std::fs::read_to_string(self.file(key)).ok()?;
        let prior: Prior = serde_json::from_str(&text).ok()?;
        let sound = prior.countries.values().all(|p| (0.0..=1.0).contains(p)) && !prior.countries.is_empty();
        sound.then_some(prior)
    }

    /// Keeps a prior.
    ///
    /// # Errors
    /// What the system says when it cannot be written.
    pub fn put(&self, key: &str, prior: &Prior) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.0)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.0)?;
        serde_json::to_writer(&mut file, prior)?;
        file.persist(self.file(key)).map_err(|e| e.error)?;
        Ok(())
    }

    fn file(&self, key: &str) -> PathBuf {
        self.0.join(format!("{key}.json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prior() -> Prior {
        let p = |(code, p): (&str, f64)| (code.to_owned(), p);
        Prior { countries: [("US", 0.6), ("FR", 0.39), ("LA", 0.01)].map(p).into() }
    }

    #[test]
    fn the_favourite_is_divided_by_more_and_no_prior_divides_by_one() {
        let prior = prior();
        assert!(prior.of_country("US") > 1.0 && prior.of_country("LA") < 1.0);
        assert!(prior.of_country("ZZ") > 0.0, "never by nothing");
        let texas = RegionCode { level: Level::Admin1, code: "US.TX".to_owned() };
        assert_eq!(prior.of_region(&texas), prior.of_country("US"));
        assert_eq!(Prior::default().of_country("US"), 1.0);
    }

    #[test]
    fn what_is_kept_is_found_again_and_damage_counts_as_nothing() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let cache = PriorCache::in_folder(dir.path());
        assert_eq!(cache.get("k"), None);
        cache.put("k", &prior()).expect("writes");
        assert_eq!(cache.get("k"), Some(prior()));
        for bad in ["", "{\"countries\":{}}", "{\"countries\":{\"US\":7}}"] {
            std::fs::write(dir.path().join("model-priors/k.json"), bad).expect("writes");
            assert_eq!(cache.get("k"), None, "{bad}");
        }
    }
}

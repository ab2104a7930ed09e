//! `data/models.toml`: the models that navig is made for.

use super::HubId;
use serde::Deserialize;
use std::sync::OnceLock;

const EMBEDDED: &str = include_str!("../../../data/models.toml");

/// A model that navig is made for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Its name here.
    pub name: String,
    /// Where it is published.
    pub hub: HubId,
    /// SPDX expression.
    pub licence: String,
    /// What it is, in one line.
    pub about: String,
    /// About how much is downloaded, bytes.
    pub about_bytes: u64,
    /// About how much memory it takes with q4k on a processor, MB.
    pub about_memory_mb: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    model: Vec<Known>,
}

/// The models that navig is made for, the smallest first.
#[must_use]
pub fn known() -> &'static [Known] {
    static MODELS: OnceLock<Vec<Known>> = OnceLock::new();
    MODELS.get_or_init(|| toml::from_str::<File>(EMBEDDED).expect("data/models.toml is parsed by a test").model)
}

/// The known model of that name, in whatever case.
#[must_use]
pub fn named(name: &str) -> Option<&'static Known> {
    known().iter().find(|model| model.name.eq_ignore_ascii_case(name))
}

/// The largest known model that fits into so much memory.
#[must_use]
pub fn advised(memory_mb: u64) -> Option<&'static Known> {
    known().iter().rev().find(|model| model.about_memory_mb <= memory_mb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_models_are_sound() {
        assert_eq!(known().len(), 3);
        for model in known() {
            assert!(super::super::is_plain(&model.name) && model.hub.to_string().ends_with(&model.name));
            assert!(model.about_bytes > 1 << 30 && !model.about.is_empty() && model.licence == "Apache-2.0");
        }
        assert!(known().windows(2).all(|pair| pair[0].about_memory_mb < pair[1].about_memory_mb));
    }

    #[test]
    fn the_advised_model_is_the_largest_that_fits() {
        assert_eq!(advised(4_000).map(|m| m.name.as_str()), None);
        assert_eq!(advised(8_000).map(|m| m.name.as_str()), Some("Qwen3-VL-4B-Instruct"));
        assert_eq!(advised(64_000).map(|m| m.name.as_str()), Some("Qwen3-VL-8B-Instruct"));
        assert_eq!(named("qwen3-vl-2b-instruct").map(|m| m.name.as_str()), Some("Qwen3-VL-2B-Instruct"));
    }
}

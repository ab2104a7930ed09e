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

/// The known model that a machine should begin with: on a processor, which has so much memory to give, the smallest, since
/// each billion of parameters costs a minute a photo there; on an accelerator, whose memory is not known before it is used
/// (`None`), the middle one.
#[must_use]
pub fn advised(on_a_processor_mb: Option<u64>) -> Option<&'static Known> {
    match on_a_processor_mb {
        Some(memory_mb) => known().first().filter(|model| model.about_memory_mb <= memory_mb),
        None => known().get(known().len() / 2),
    }
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
    fn the_advised_model_is_one_that_answers_in_time() {
        let name = |model: Option<&Known>| model.map(|m| m.name.clone());
        assert_eq!(advised(Some(3_000)).map(|m| m.name.as_str()), None);
        assert_eq!(name(advised(Some(64_000))).as_deref(), Some("Qwen3-VL-2B-Instruct"));
        assert_eq!(name(advised(None)).as_deref(), Some("Qwen3-VL-4B-Instruct"));
        assert_eq!(name(named("qwen3-vl-2b-instruct")).as_deref(), Some("Qwen3-VL-2B-Instruct"));
    }
}

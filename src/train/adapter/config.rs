//! `adapter_config.json`: what PEFT says of an adapter beside its numbers.
//!
//! PEFT has many variants under the one name LoRA, and the matrices of most of them look alike. One that is read as if it were
//! plain would give a wrong model without a word, so whatever is not plain is refused by its name.

use super::{Adapter, AdapterError, names};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Keys that must be off: null, false or empty.
const MUST_BE_OFF: [(&str, &str); 14] = [
    ("use_dora", "DoRA scales whole columns besides; merge it with PEFT"),
    ("modules_to_save", "whole modules were trained besides; merge it with PEFT"),
    ("lora_bias", "a bias was trained besides; merge it with PEFT"),
    ("fan_in_fan_out", "its matrices are stored the other way round; merge it with PEFT"),
    ("trainable_token_indices", "embeddings were trained besides; merge it with PEFT"),
    ("target_parameters", "it adapts parameters that are no linear layers; merge it with PEFT"),
    ("layer_replication", "it belongs to a model with repeated layers"),
    ("alora_invocation_tokens", "it acts on some tokens only and cannot be merged"),
    ("use_qalora", "its inputs are pooled; merge it with PEFT"),
    ("use_bdlora", "its matrices are block-diagonal; merge it with PEFT"),
    ("arrow_config", "it is a router between adapters and cannot be merged"),
    ("kasa_config", "it has a third matrix and changes the base; merge it with PEFT"),
    ("monteclora_config", "its weights are drawn at random; merge it with PEFT"),
    ("velora_config", "it is of a kind that navig does not know; merge it with PEFT"),
];

/// Ways to begin that leave the base as it is; others subtract something from it first.
const HARMLESS_BEGINNINGS: [&str; 3] = ["gaussian", "eva", "orthogonal"];

/// What navig reads of it.
pub(super) struct Config {
    rank: usize,
    alpha: f64,
    rslora: bool,
    /// Exceptions, in the order of the file; the first that fits is taken.
    ranks: Vec<(String, f64)>,
    alphas: Vec<(String, f64)>,
    pub(super) dropout: f64,
    pub(super) base_name: Option<String>,
}

#[derive(Deserialize)]
struct Fields {
    r: usize,
    lora_alpha: f64,
    #[serde(default)]
    lora_dropout: Option<f64>,
    #[serde(default)]
    use_rslora: Option<bool>,
    #[serde(default)]
    rank_pattern: Option<Map<String, Value>>,
    #[serde(default)]
    alpha_pattern: Option<Map<String, Value>>,
    #[serde(default)]
    base_model_name_or_path: Option<String>,
}

impl Config {
    /// Reads it and refuses what is not plain LoRA.
    pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Self, AdapterError> {
        let value: Value =
            serde_json::from_slice(bytes).map_err(|e| AdapterError::file(path, format!("not JSON: {e}")))?;
        only_plain(path, &value)?;
        let fields = Fields::deserialize(value)
            .map_err(|e| AdapterError::file(path, format!("no configuration of LoRA: {e}")))?;
        let dropout = fields.lora_dropout.unwrap_or(0.0);
        if fields.r == 0 || !fields.lora_alpha.is_finite() || !(0.0..1.0).contains(&dropout) {
            let reason = "'r' must be at least 1, 'lora_alpha' a number, and 'lora_dropout' from 0 to below 1";
            return Err(AdapterError::file(path, reason));
        }
        Ok(Self {
            rank: fields.r,
            alpha: fields.lora_alpha,
            rslora: fields.use_rslora.unwrap_or(false),
            ranks: pattern(path, "rank_pattern", fields.rank_pattern)?,
            alphas: pattern(path, "alpha_pattern", fields.alpha_pattern)?,
            dropout,
            base_name: fields.base_model_name_or_path,
        })
    }

    /// The rank of a module, named as in the adapter's file.
    pub(super) fn rank_of(&self, module: &str) -> usize {
        // Ranks are small whole numbers; anything else differs from the matrices and is told.
        first_match(&self.ranks, module).map_or(self.rank, |rank| rank as usize)
    }

    /// The scale of a module: alpha / rank, or alpha / √rank where `use_rslora` is on (Kalajdzievski 2023, arXiv 2312.03732).
    pub(super) fn scale_of(&self, module: &str) -> f64 {
        let alpha = first_match(&self.alphas, module).unwrap_or(self.alpha);
        let rank = self.rank_of(module) as f64;
        alpha / if self.rslora { rank.sqrt() } else { rank }
    }
}

fn only_plain(path: &Path, value: &Value) -> Result<(), AdapterError> {
    let refuse = |key: &str, reason: &'static str| {
        let found = value[key].to_string().chars().take(80).collect();
        Err(AdapterError::Unsupported { path: path.to_owned(), key: key.to_owned(), found, reason })
    };
    if value["peft_type"] != "LORA" {
        return refuse("peft_type", "it must be \"LORA\"");
    }
    if let Some((key, reason)) = MUST_BE_OFF.into_iter().find(|(key, _)| !is_off(&value[key])) {
        return refuse(key, reason);
    }
    if !(value["bias"].is_null() || value["bias"] == "none") {
        return refuse("bias", "biases were trained besides; merge it with PEFT");
    }
    match &value["init_lora_weights"] {
        Value::Null | Value::Bool(_) => Ok(()),
        Value::String(kind) if HARMLESS_BEGINNINGS.contains(&kind.as_str()) => Ok(()),
        _ => refuse("init_lora_weights", "it changed the base before training; save it converted to plain LoRA"),
    }
}

fn is_off(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(on) => !on,
        Value::Array(values) => values.is_empty(),
        Value::Object(values) => values.is_empty(),
        _ => false,
    }
}

/// Exceptions by name. PEFT takes each key for a regular expression; what is written in practice are names, and an expression
/// that was taken for a name would match nothing and give a wrong scale, so it is refused.
fn pattern(path: &Path, key: &str, map: Option<Map<String, Value>>) -> Result<Vec<(String, f64)>, AdapterError> {
    let entries = map.unwrap_or_default().into_iter().map(|(name, value)| {
        let plain = name.replace(r"\.", ".");
        let is_name =
            plain.strip_prefix('^').unwrap_or(&plain).chars().all(|c| c.is_alphanumeric() || "._-".contains(c));
        let number = value.as_f64().filter(|number| number.is_finite() && *number > 0.0);
        match number {
            Some(number) if is_name && !plain.is_empty() => Ok((plain, number)),
            Some(_) => Err(AdapterError::Unsupported {
                path: path.to_owned(),
                key: key.to_owned(),
                found: format!("an expression, '{name}'"),
                reason: "write the full names of the modules instead",
            }),
            None => Err(AdapterError::file(path, format!("'{key}' gives '{name}' the value {value}, not above 0"))),
        }
    });
    entries.collect()
}

/// PEFT's rule: the whole name, or the end of it from a dot on; with `^`, the whole name only.
fn first_match(pattern: &[(String, f64)], module: &str) -> Option<f64> {
    let fits = |name: &str| match name.strip_prefix('^') {
        Some(whole) => module == whole,
        None => module.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('.')),
    };
    pattern.iter().find(|(name, _)| fits(name)).map(|&(_, value)| value)
}

/// The configuration of an adapter, as PEFT reads it.
pub(super) fn written(adapter: &Adapter) -> Result<Value, AdapterError> {
    let mut ranks = BTreeMap::new();
    let mut alphas = BTreeMap::new();
    for (module, low) in &adapter.modules {
        let (_, _, rank) = low.shape(module)?;
        ranks.insert(module, rank as f64);
        alphas.insert(module, alpha(low.scale, rank as f64));
    }
    let rank = most_frequent(ranks.values().copied()).unwrap_or(1.0);
    let usual_alpha = most_frequent(alphas.values().copied()).unwrap_or(1.0);
    let exceptions = |values: &BTreeMap<&String, f64>, usual: f64| -> Map<String, Value> {
        let others = values.iter().filter(|(_, value)| **value != usual);
        others.map(|(module, &value)| ((*module).clone(), number(value))).collect()
    };
    Ok(json!({
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": adapter.base_name,
        "r": number(rank), "lora_alpha": number(usual_alpha), "lora_dropout": adapter.dropout, "use_rslora": false,
        "rank_pattern": exceptions(&ranks, rank), "alpha_pattern": exceptions(&alphas, usual_alpha),
        "target_modules": names::targets(adapter.modules.keys()),
        "bias": "none", "fan_in_fan_out": false, "modules_to_save": null, "use_dora": false,
        "init_lora_weights": true, "inference_mode": true,
    }))
}

/// The alpha whose quotient by the rank is the scale, to the last bit where there is one.
fn alpha(scale: f64, rank: f64) -> f64 {
    let near = scale * rank;
    [near.round(), near, near.next_up(), near.next_down()].into_iter().find(|a| a / rank == scale).unwrap_or(near)
}

/// The value that comes most often; of several, the smallest.
fn most_frequent(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let runs: Vec<&[f64]> = sorted.chunk_by(|one, next| one == next).collect();
    let longest = runs.iter().map(|run| run.len()).max()?;
    runs.into_iter().find(|run| run.len() == longest).map(|run| run[0])
}

/// Whole numbers are written as such: PEFT's own types are whole.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && (0.0..1e15).contains(&value) { json!(value as u64) } else { json!(value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(value: &Value) -> Result<Config, AdapterError> {
        Config::parse(Path::new("adapter_config.json"), value.to_string().as_bytes())
    }

    fn plain() -> Value {
        json!({"peft_type": "LORA", "r": 4, "lora_alpha": 8, "bias": "none", "use_dora": false, "modules_to_save": null})
    }

    #[test]
    fn variants_are_refused_by_name() {
        for (key, value) in [
            ("peft_type", json!("LOHA")),
            ("use_dora", json!(true)),
            ("modules_to_save", json!(["lm_head"])),
            ("bias", json!("lora_only")),
            ("fan_in_fan_out", json!(true)),
            ("lora_bias", json!(true)),
            ("init_lora_weights", json!("pissa_niter_4")),
            ("alpha_pattern", json!({ r".*\.q_proj": 3 })),
            ("kasa_config", json!({"beta": 1.0})),
        ] {
            let mut changed = plain();
            changed[key] = value;
            let Err(error) = parse(&changed) else { unreachable!("{key} was read") };
            assert!(error.to_string().contains(key), "{error}");
        }
        assert!(parse(&plain()).is_ok());
    }

    #[test]
    fn exceptions_match_whole_names_and_ends_from_a_dot_on() {
        let mut value = plain();
        value["rank_pattern"] = json!({"up_proj": 2});
        value["alpha_pattern"] = json!({r"^model\.q_proj": 1, "q_proj": 16, "proj": 100});
        let config = parse(&value).expect("reads");
        assert_eq!(config.scale_of("model.q_proj"), 1.0 / 4.0);
        assert_eq!(config.scale_of("model.layers.0.q_proj"), 16.0 / 4.0);
        assert_eq!(config.scale_of("model.layers.0.up_proj"), 8.0 / 2.0, "'proj' is no end from a dot on");
        value["use_rslora"] = json!(true);
        assert_eq!(parse(&value).expect("reads").scale_of("v_proj"), 8.0 / 2.0);
    }

    proptest! {
        #[test]
        fn a_scale_comes_back_through_alpha(alpha in 1u32..512, rank in 1u32..257) {
            let scale = f64::from(alpha) / f64::from(rank);
            prop_assert_eq!(super::alpha(scale, f64::from(rank)) / f64::from(rank), scale);
            prop_assert_eq!(super::alpha(scale, f64::from(rank)), f64::from(alpha), "and is a whole number");
        }
    }
}

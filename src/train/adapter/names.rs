//! What one and the same module is called in different places.
//!
//! Checkpoints of Qwen3-VL say `model.language_model.layers.0…` and `model.visual…`. Those of Qwen2.5-VL, and adapters saved
//! with older versions of transformers, say `model.layers.0…` and `visual…`; other wrappers double `model`. Inside, the
//! first form is used.

const LANGUAGE: &str = "model.language_model.";
const LANGUAGE_ELSEWHERE: [&str; 5] =
    ["model.model.language_model.", "model.model.", "language_model.model.", "language_model.", "model."];
const VISION: &str = "model.visual.";
const VISION_ELSEWHERE: [&str; 2] = ["model.model.visual.", "visual."];

/// The name that is used inside.
pub(super) fn canonical(name: &str) -> String {
    if let Some(rest) = VISION_ELSEWHERE.iter().find_map(|prefix| name.strip_prefix(prefix)) {
        return format!("{VISION}{rest}");
    }
    let layers = |prefix: &&str| name.strip_prefix(*prefix).filter(|rest| rest.starts_with("layers."));
    match LANGUAGE_ELSEWHERE.iter().find_map(layers) {
        Some(rest) => format!("{LANGUAGE}{rest}"),
        None => name.to_owned(),
    }
}

/// The same module's name among those of a checkpoint.
pub(super) fn among(name: &str, is_there: impl Fn(&str) -> bool) -> Option<String> {
    let elsewhere = |own: &str, others: &[&str]| -> Vec<String> {
        let rest = name.strip_prefix(own);
        rest.map(|rest| others.iter().map(|other| format!("{other}{rest}")).collect()).unwrap_or_default()
    };
    let mut candidates = vec![name.to_owned()];
    candidates.extend(elsewhere(LANGUAGE, &LANGUAGE_ELSEWHERE));
    candidates.extend(elsewhere(VISION, &VISION_ELSEWHERE));
    candidates.into_iter().find(|candidate| is_there(candidate))
}

/// The layer that a module belongs to, such as `model.language_model.layers.3`, and its number; modules of no layer stand
/// for themselves.
pub(super) fn layer_of(module: &str) -> (String, Option<u32>) {
    for list in [".layers.", ".blocks."] {
        let Some((before, after)) = module.split_once(list) else { continue };
        let digits = after.split('.').next().unwrap_or_default();
        if let Ok(number) = digits.parse() {
            return (format!("{before}{list}{digits}"), Some(number));
        }
    }
    (module.to_owned(), None)
}

/// PEFT's `target_modules` for exactly these modules: one expression where every layer of the language model, from the
/// first on, has the same ones, and else the list of all.
///
/// A bare list of last parts would hit the vision tower as well, which has linear layers of the same names in some models.
pub(super) fn targets<'a>(modules: impl Iterator<Item = &'a String> + Clone) -> serde_json::Value {
    let mut of_layers: std::collections::BTreeMap<u32, Vec<&str>> = std::collections::BTreeMap::new();
    for module in modules.clone() {
        let part = module.strip_prefix(LANGUAGE).and_then(|rest| rest.strip_prefix("layers.")?.split_once('.'));
        match part.and_then(|(number, rest)| Some((number.parse().ok()?, rest))) {
            Some((number, rest)) => of_layers.entry(number).or_default().push(rest),
            None => return modules.cloned().collect(),
        }
    }
    let same = of_layers.values().all(|parts| Some(parts) == of_layers.get(&0));
    if of_layers.is_empty() || !same || of_layers.keys().zip(0..).any(|(&number, expected)| number != expected) {
        return modules.cloned().collect();
    }
    let parts = of_layers.values().next().into_iter().flatten().map(|part| part.rsplit('.').next().unwrap_or(part));
    let parts: Vec<&str> = parts.collect();
    format!(r".*language_model.*\.({})", parts.join("|")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_and_newer_names_are_one_module() {
        let inside = "model.language_model.layers.3.mlp.up_proj";
        for name in [
            inside,
            "model.layers.3.mlp.up_proj",
            "model.model.layers.3.mlp.up_proj",
            "model.model.language_model.layers.3.mlp.up_proj",
            "language_model.model.layers.3.mlp.up_proj",
        ] {
            assert_eq!(canonical(name), inside, "{name}");
            assert_eq!(among(inside, |candidate| candidate == name).as_deref(), Some(name));
        }
        assert_eq!(canonical("visual.blocks.0.attn.qkv"), "model.visual.blocks.0.attn.qkv");
        assert_eq!(canonical("lm_head"), "lm_head");
        assert_eq!(among(inside, |candidate| candidate == "model.layers.4.mlp.up_proj"), None);
    }

    #[test]
    fn targets_are_one_expression_only_where_it_says_no_more_than_the_modules() {
        let name = |layer: u32, part: &str| format!("model.language_model.layers.{layer}.{part}");
        let mut modules = vec![name(0, "mlp.up_proj"), name(0, "self_attn.q_proj"), name(1, "mlp.up_proj")];
        assert_eq!(targets(modules.iter()), serde_json::json!(modules), "layer 1 has fewer");
        modules.push(name(1, "self_attn.q_proj"));
        assert_eq!(targets(modules.iter()), r".*language_model.*\.(up_proj|q_proj)");
        assert_eq!(targets(modules[2..].iter()), serde_json::json!(modules[2..]), "layer 0 has none");
        modules.push("model.visual.blocks.0.attn.qkv".to_owned());
        assert_eq!(targets(modules.iter()), serde_json::json!(modules), "not of the language model");
    }

    #[test]
    fn a_layer_is_told_from_a_module_of_none() {
        assert_eq!(layer_of("model.language_model.layers.12.mlp.up_proj").1, Some(12));
        assert_eq!(layer_of("model.visual.blocks.2.attn.qkv"), ("model.visual.blocks.2".to_owned(), Some(2)));
        assert_eq!(layer_of("lm_head"), ("lm_head".to_owned(), None));
    }
}

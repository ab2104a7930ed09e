//! `config.json`: what is read, and what is refused by name.

use crate::{edit, tiny};
use navig::train::qwen3vl::{Config, ConfigError};
use serde_json::{Value, json};

fn of(change: impl FnOnce(&mut Value)) -> Result<Config, ConfigError> {
    let folder = tiny();
    edit(folder.path(), "config.json", change);
    Config::read(folder.path())
}

#[test]
fn the_tiny_model_reads() {
    let config = of(|_| ()).expect("fits");
    assert_eq!((config.text.hidden, config.text.layers, config.text.vocab), (256, 2, 768));
    assert_eq!((config.text.heads, config.text.kv_heads, config.text.head_dim), (4, 2, 64));
    assert_eq!((config.text.mrope_section, config.text.rope_theta), ([12, 10, 10], 5e6));
    assert_eq!((config.vision.side(), config.vision.patch_width()), (8, 1536));
    assert_eq!(config.vision.deepstack, [0]);
    assert!(config.tie_word_embeddings);
}

#[test]
fn newer_files_keep_their_frequencies_elsewhere() {
    let old = of(|_| ()).expect("fits");
    let new = of(|config| {
        let text = config["text_config"].as_object_mut().expect("an object");
        let mut rope = text.remove("rope_scaling").expect("there");
        rope["rope_theta"] = text.remove("rope_theta").expect("there");
        text.insert("rope_parameters".to_owned(), rope);
    });
    assert_eq!(new.expect("fits"), old);
}

#[test]
fn another_architecture_is_named() {
    let error =
        of(|config| config["architectures"] = json!(["Qwen2_5_VLForConditionalGeneration"])).expect_err("refused");
    assert!(matches!(error, ConfigError::Architecture { .. }));
    let error = error.to_string();
    assert!(error.contains("config.json") && error.contains("Qwen2_5_VL") && error.contains("Qwen3VLFor"), "{error}");
    assert!(of(|config| config["architectures"] = json!([])).expect_err("refused").to_string().contains("not named"));
}

#[test]
fn sizes_that_do_not_fit_are_named() {
    for (place, value, said) in [
        ("/text_config/num_key_value_heads", json!(3), "num_key_value_heads does not divide"),
        ("/text_config/num_key_value_heads", json!(0), "is 0"),
        ("/text_config/rope_scaling/mrope_section", json!([12, 10, 11]), "sum of mrope_section"),
        ("/text_config/rope_scaling/rope_type", json!("yarn"), "rope_type"),
        ("/text_config/rope_scaling/mrope_interleaved", json!(false), "mrope_interleaved"),
        ("/text_config/rope_theta", json!(null), "rope_theta is missing"),
        ("/text_config/hidden_act", json!("gelu"), "silu"),
        ("/text_config/attention_bias", json!(true), "attention_bias"),
        ("/text_config/hidden_size", json!(null), "invalid type: null"),
        ("/vision_config/num_position_embeddings", json!(63), "square"),
        ("/vision_config/num_heads", json!(3), "num_heads of the tower"),
        ("/vision_config/num_heads", json!(0), "is 0"),
        ("/vision_config/deepstack_visual_indexes", json!([2]), "beyond depth"),
        ("/vision_config/deepstack_visual_indexes", json!([1, 0]), "ascend"),
        ("/vision_config/out_hidden_size", json!(128), "out_hidden_size"),
    ] {
        let error = of(|config| *config.pointer_mut(place).expect("there") = value).expect_err(place).to_string();
        assert!(error.contains("config.json") && error.contains(said), "{place}: {error}");
    }
}

#[test]
fn a_folder_without_it_says_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert!(Config::read(folder.path()).expect_err("refused").to_string().contains("config.json is missing"));
}

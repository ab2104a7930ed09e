//! A tiny checkpoint of the real architecture, made here; and the real one, where the asset is installed.

use super::*;
use candle_core::Tensor;
use std::collections::HashMap;
use std::fs;

const HIDDEN: usize = 12;
const INNER: usize = 20;
const LAYERS: usize = 2;
const WORDS: [&str; 9] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "red", "bollard", "palm", "tree", "##s"];

/// Weights that follow from their names, so that every run has the same.
fn weights() -> HashMap<String, Tensor> {
    let mut shapes: Vec<(String, Vec<usize>)> = vec![
        ("embeddings.word_embeddings.weight".into(), vec![WORDS.len(), HIDDEN]),
        ("embeddings.position_embeddings.weight".into(), vec![16, HIDDEN]),
        ("embeddings.token_type_embeddings.weight".into(), vec![2, HIDDEN]),
        ("embeddings.LayerNorm.weight".into(), vec![HIDDEN]),
        ("embeddings.LayerNorm.bias".into(), vec![HIDDEN]),
    ];
    for layer in 0..LAYERS {
        let dense = [
            ("attention.self.query", HIDDEN, HIDDEN),
            ("attention.self.key", HIDDEN, HIDDEN),
            ("attention.self.value", HIDDEN, HIDDEN),
            ("attention.output.dense", HIDDEN, HIDDEN),
            ("intermediate.dense", INNER, HIDDEN),
            ("output.dense", HIDDEN, INNER),
        ];
        for (name, out, into) in dense {
            shapes.push((format!("encoder.layer.{layer}.{name}.weight"), vec![out, into]));
            shapes.push((format!("encoder.layer.{layer}.{name}.bias"), vec![out]));
        }
        for norm in ["attention.output.LayerNorm", "output.LayerNorm"] {
            shapes.push((format!("encoder.layer.{layer}.{norm}.weight"), vec![HIDDEN]));
            shapes.push((format!("encoder.layer.{layer}.{norm}.bias"), vec![HIDDEN]));
        }
    }
    let tensor = |(name, shape): (String, Vec<usize>)| {
        let seed = name.bytes().fold(7u32, |sum, b| sum.wrapping_mul(31).wrapping_add(u32::from(b)));
        let value =
            |i: usize| ((seed.wrapping_add(i as u32 * 2_654_435_761) >> 8) as f32 / (1 << 24) as f32 - 0.5) * 0.8;
        let values: Vec<f32> = (0..shape.iter().product()).map(value).collect();
        let tensor = Tensor::from_vec(values, shape, &Device::Cpu).expect("the shape fits");
        (name, tensor)
    };
    shapes.into_iter().map(tensor).collect()
}

fn checkpoint() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let config = serde_json::json!({
        "model_type": "bert", "vocab_size": WORDS.len(), "hidden_size": HIDDEN, "num_hidden_layers": LAYERS,
        "num_attention_heads": 3, "intermediate_size": INNER, "max_position_embeddings": 16, "type_vocab_size": 2,
        "layer_norm_eps": 1e-12
    });
    fs::write(at(CONFIG), config.to_string()).expect("writes");
    let vocabulary: serde_json::Map<String, serde_json::Value> =
        WORDS.iter().enumerate().map(|(i, word)| ((*word).to_owned(), i.into())).collect();
    let special = |id: usize| {
        serde_json::json!({
            "id": id, "content": WORDS[id], "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
            "special": true
        })
    };
    let tokenizer = serde_json::json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [special(0), special(1), special(2), special(3)],
        "normalizer": { "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": { "type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2] },
        "decoder": { "type": "WordPiece", "prefix": "##", "cleanup": true },
        "model": { "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocabulary }
    });
    fs::write(at(TOKENIZER), tokenizer.to_string()).expect("writes");
    candle_core::safetensors::save(&weights(), at(WEIGHTS)).expect("writes");
    folder
}

fn near(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5)
}

#[test]
fn a_text_has_the_same_unit_vector_alone_and_among_others() {
    let folder = checkpoint();
    let embedder = Embedder::load(folder.path()).expect("loads");
    let texts = ["red bollards", "palm", "", "a red palm tree", "bollard bollard bollard red red", "palm trees"];
    let together = embedder.embed(&texts).expect("embeds");
    for (text, vector) in texts.iter().zip(&together) {
        let length: f32 = vector.iter().map(|v| v * v).sum();
        assert!((length - 1.0).abs() < 1e-5, "{text}: {length}");
        assert!(near(vector, &embedder.embed(&[text]).expect("embeds")[0]), "{text}");
    }
    assert!(!near(&together[0], &together[1]));
    assert!(embedder.embed(&[]).expect("embeds").is_empty());
}

#[test]
fn a_text_of_any_length_is_cut_to_what_the_model_takes() {
    let folder = checkpoint();
    let embedder = Embedder::load(folder.path()).expect("loads");
    let (long, longer) = ("red palm ".repeat(40), "red palm ".repeat(80));
    let made = embedder.embed(&[&long, &longer]).expect("embeds");
    assert!(near(&made[0], &made[1]));
}

#[test]
fn other_weights_have_another_identity() {
    let (one, other) = (checkpoint(), checkpoint());
    let mut changed = weights();
    let name = "encoder.layer.0.output.dense.weight".to_owned();
    let tensor = (changed[&name].clone() * 2.0).expect("multiplies");
    changed.insert(name, tensor);
    candle_core::safetensors::save(&changed, other.path().join(WEIGHTS)).expect("writes");
    let id = |folder: &tempfile::TempDir| {
        let embedder = Embedder::load(folder.path()).expect("loads");
        embedder.id().rsplit(':').next().unwrap_or_default().to_owned()
    };
    assert_ne!(id(&one), id(&other));
    assert_eq!(id(&one), id(&checkpoint()));
}

#[test]
fn what_is_absent_foreign_or_damaged_is_named_with_its_mend() {
    let absent = Embedder::load(Path::new("/nowhere/at/all")).expect_err("is absent").to_string();
    assert!(absent.contains("config.json") && absent.contains("navig assets pull embedder"), "{absent}");

    let folder = checkpoint();
    fs::write(folder.path().join(CONFIG), r#"{"model_type":"xlm-roberta"}"#).expect("writes");
    let foreign = Embedder::load(folder.path()).expect_err("is foreign").to_string();
    assert!(foreign.contains("'xlm-roberta'") && foreign.contains("'bert'"), "{foreign}");

    for name in [CONFIG, TOKENIZER, WEIGHTS] {
        let folder = checkpoint();
        fs::write(folder.path().join(name), b"{\"model_type\":\"bert\"").expect("writes");
        let error = Embedder::load(folder.path()).expect_err("is damaged").to_string();
        assert!(error.contains(name) && error.contains("get the model again"), "{error}");
    }
}

/// The first numbers of the vectors that sentence-transformers 5 makes with the asset.
const KNOWN: &str = include_str!("../../tests/data/embedder/known.json");

#[test]
#[expect(clippy::print_stderr, reason = "a test that skips says so")]
fn the_real_model_makes_the_vectors_that_python_makes() {
    let settings = crate::settings::Settings::load(Vec::new()).expect("settings");
    let Ok(folder) = crate::assets::Store::open(&settings).folder("embedder") else {
        eprintln!("skipped: the asset 'embedder' is not installed; 'navig assets pull embedder' gets it");
        return;
    };
    let known: Vec<(String, Vec<f32>)> = serde_json::from_str(KNOWN).expect("is JSON");
    let embedder = Embedder::load(&folder).expect("loads");
    let texts: Vec<&str> = known.iter().map(|(text, _)| text.as_str()).collect();
    for ((text, expected), made) in known.iter().zip(embedder.embed(&texts).expect("embeds")) {
        let far = expected.iter().zip(&made).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(far < 1e-4, "{text}: {far}");
    }
}

//! A folder with everything that a model has, but for weights that mean anything. The engine would not answer with it;
//! for that there are random checkpoints.

use serde_json::{Map, Value, json};
use std::fs;
use std::path::Path;

/// Qwen3-VL's way with pictures, in one line.
pub(crate) const TEMPLATE: &str = "{%- for message in messages %}<|im_start|>{{ message.role }}\n\
    {%- for part in message.content %}{%- if part.type == 'image' %}<|vision_start|><|image_pad|><|vision_end|>\
    {%- elif part.type == 'text' %}{{ part.text }}{%- endif %}{%- endfor %}<|im_end|>\n{%- endfor %}";

/// Writes a whole model of the tested architecture into `folder`, which is made.
pub(crate) fn write_model(folder: &Path) {
    fs::create_dir_all(folder).expect("creates");
    let write = |name: &str, text: String| fs::write(folder.join(name), text).expect("writes");
    write("config.json", config().to_string());
    write("tokenizer.json", json!({ "model": { "vocab": { "a": 0 } }, "added_tokens": [] }).to_string());
    write("tokenizer_config.json", json!({ "chat_template": TEMPLATE, "eos_token": "<|im_end|>" }).to_string());
    write("preprocessor_config.json", json!({ "patch_size": 16, "merge_size": 2 }).to_string());
    fs::write(folder.join("model.safetensors"), weights(&tensors())).expect("writes");
}

/// `config.json` of a very small Qwen3-VL.
pub(crate) fn config() -> Value {
    json!({
        "architectures": ["Qwen3VLForConditionalGeneration"],
        "image_token_id": 7, "video_token_id": 8, "vision_start_token_id": 5, "vision_end_token_id": 6,
        "tie_word_embeddings": true,
        "text_config": {
            "head_dim": 64, "vocab_size": 576, "hidden_size": 256, "intermediate_size": 512, "num_hidden_layers": 2,
            "num_attention_heads": 4, "num_key_value_heads": 2, "hidden_act": "silu", "max_position_embeddings": 8192,
            "rms_norm_eps": 1e-6, "rope_theta": 5e6, "rope_scaling": { "mrope_section": [12, 10, 10] }
        },
        "vision_config": { "depth": 2 }
    })
}

/// Names and shapes: 576 × 256 embeddings, one matrix of 512 × 256 that is quantised, and one of vision that is not.
pub(crate) fn tensors() -> Vec<(&'static str, [u64; 2])> {
    vec![
        ("model.language_model.embed_tokens.weight", [576, 256]),
        ("model.language_model.layers.0.mlp.up_proj.weight", [512, 256]),
        ("model.visual.blocks.0.attn.q_proj.weight", [64, 64]),
    ]
}

/// A safetensors file of zeros in 16 bits.
pub(crate) fn weights(tensors: &[(&str, [u64; 2])]) -> Vec<u8> {
    let mut header = Map::new();
    let mut end = 0;
    for (name, shape) in tensors {
        let begin = end;
        end += 2 * shape[0] * shape[1];
        let entry = json!({ "dtype": "BF16", "shape": shape, "data_offsets": [begin, end] });
        header.insert((*name).to_owned(), entry);
    }
    let header = Value::Object(header).to_string();
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.resize(bytes.len() + usize::try_from(end).expect("small"), 0);
    bytes
}

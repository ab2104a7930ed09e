//! Random Qwen3-VL checkpoints: the real architecture and file layout, with weights drawn from a seed.
//!
//! Nobody can ship a vision model with a test, so tests make one. It says nothing true about a photo, but every part of the
//! way to it is the real one: files, tokenizer, chat template, picture sizes, vision tower, quantisation. Weights are drawn
//! with a standard deviation of one over the root of their inputs, so that values keep their size through the layers and
//! both the picture and the text move the logits. The same shape and seed give the same bytes everywhere.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::str::FromStr;

use serde_json::{Map, Value, json};

/// Sizes of a checkpoint. [`FromStr`] knows `tiny` and `25m`, and `2b` and `4b` as published.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// Entries of the tokenizer before the added tokens.
    words: usize,
    /// Rows of the embedding, which also is the output head.
    vocabulary: usize,
    layers: usize,
    hidden: usize,
    inner: usize,
    heads: usize,
    key_heads: usize,
    head: usize,
    context: usize,
    tower_layers: usize,
    tower_hidden: usize,
    tower_inner: usize,
    tower_heads: usize,
    /// Positions that the tower learnt, a square number.
    tower_places: usize,
    /// Tower layers whose output also enters the first language layers.
    deepstack: &'static [usize],
}

impl FromStr for Shape {
    type Err = io::Error;

    fn from_str(name: &str) -> Result<Self, io::Error> {
        let published = Self {
            words: 151_643,
            vocabulary: 151_936,
            layers: 28,
            hidden: 2048,
            inner: 6144,
            heads: 16,
            key_heads: 8,
            head: 128,
            context: 262_144,
            tower_layers: 24,
            tower_hidden: 1024,
            tower_inner: 4096,
            tower_heads: 16,
            tower_places: 2304,
            deepstack: &[5, 11, 17],
        };
        match name {
            "tiny" => Ok(Self {
                words: 256 + SYLLABLES,
                vocabulary: 768,
                layers: 2,
                hidden: 256,
                inner: 512,
                heads: 4,
                key_heads: 2,
                head: 64,
                context: 8192,
                tower_layers: 2,
                tower_hidden: 64,
                tower_inner: 128,
                tower_heads: 2,
                tower_places: 64,
                deepstack: &[0],
            }),
            "25m" => Ok(Self {
                words: 256 + SYLLABLES,
                vocabulary: 768,
                layers: 8,
                hidden: 512,
                inner: 1536,
                heads: 8,
                key_heads: 2,
                head: 64,
                context: 8192,
                tower_layers: 2,
                tower_hidden: 64,
                tower_inner: 128,
                tower_heads: 2,
                tower_places: 64,
                deepstack: &[0],
            }),
            "2b" => Ok(published),
            "4b" => Ok(Self { layers: 36, hidden: 2560, inner: 9728, heads: 32, ..published }),
            _ => Err(io::Error::new(io::ErrorKind::InvalidInput, format!("no shape {name:?}: tiny, 25m, 2b or 4b"))),
        }
    }
}

/// Writes a checkpoint into a folder, which is made.
///
/// # Errors
/// [`io::Error`] when a file cannot be written.
pub(crate) fn write(shape: &Shape, seed: u64, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let ends = json!({"eos_token_id": [shape.added("<|im_end|>"), shape.added("<|endoftext|>")]});
    for (name, value) in [
        ("config.json", config(shape)),
        ("tokenizer.json", tokenizer(shape.words)),
        ("tokenizer_config.json", tokenizer_config(shape)),
        ("preprocessor_config.json", preprocessor()),
        ("generation_config.json", ends),
    ] {
        fs::write(folder.join(name), sorted(value))?;
    }
    write_weights(&tensors(shape), seed, &folder.join("model.safetensors"))
}

/// JSON that is the same whether or not some crate asks serde_json to keep the order of keys.
fn sorted(mut value: Value) -> String {
    value.sort_all_objects();
    value.to_string()
}

// ---- Tokenizer ----

/// What Qwen adds to its vocabulary, in order; those in bars are special.
const ADDED: [&str; 26] = [
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|object_ref_start|>",
    "<|object_ref_end|>",
    "<|box_start|>",
    "<|box_end|>",
    "<|quad_start|>",
    "<|quad_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
    "<tool_call>",
    "</tool_call>",
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
    "<tool_response>",
    "</tool_response>",
    "<think>",
    "</think>",
];

/// Qwen's rule for cutting text before pairs are merged.
const CUT: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

const ONSETS: &str = "bcdfghjklmnpqrstvwxzBCDFGHJKLMNPQRSTVWXZ";
const VOWELS: &str = "aeiouyAEIOUY";
const SYLLABLES: usize = ONSETS.len() * VOWELS.len();

impl Shape {
    /// Id of an added token.
    fn added(&self, name: &str) -> usize {
        self.words + ADDED.iter().position(|a| *a == name).expect("a name of the list")
    }
}

/// Byte-level pair encoding whose words are bytes, syllables, and pairs of syllables until there are enough: every word can
/// come out of a text, whatever the size of the vocabulary.
fn tokenizer(words: usize) -> Value {
    let mut vocabulary: Vec<String> = byte_letters().iter().map(char::to_string).collect();
    let mut merges = Vec::new();
    let mut merge = |vocabulary: &mut Vec<String>, first: &str, second: &str| {
        merges.push(json!([first, second]));
        vocabulary.push(format!("{first}{second}"));
    };
    for onset in ONSETS.chars() {
        for vowel in VOWELS.chars() {
            merge(&mut vocabulary, &onset.to_string(), &vowel.to_string());
        }
    }
    let syllables = vocabulary[256..].to_vec();
    let pairs = syllables.iter().flat_map(|first| syllables.iter().map(move |second| (first, second)));
    for (first, second) in pairs.take(words - vocabulary.len()) {
        merge(&mut vocabulary, first, second);
    }
    let ids: Map<String, Value> = vocabulary.into_iter().enumerate().map(|(id, word)| (word, json!(id))).collect();
    let added: Vec<Value> = ADDED
        .iter()
        .enumerate()
        .map(|(i, name)| {
            json!({"id": words + i, "content": name, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": name.starts_with("<|")})
        })
        .collect();
    let bytes = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false});
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added,
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": CUT}, "behavior": "Isolated", "invert": false}, bytes]},
        "post_processor": bytes, "decoder": bytes,
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "",
            "end_of_word_suffix": "", "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
            "vocab": ids, "merges": merges},
    })
}

/// The letter that stands for each byte: itself where it can be seen, else one from U+0100 on.
fn byte_letters() -> Vec<char> {
    let mut unseen = 0x100..;
    (0u8..=255)
        .map(|byte| match byte {
            b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff => char::from(byte),
            _ => unseen.next().and_then(char::from_u32).expect("68 letters from U+0100 on"),
        })
        .collect()
}

/// Renders as the published template does, without tools and video, which navig does not use.
const TEMPLATE: &str = r"{%- macro said(content) %}
    {%- if content is string %}
        {{- content }}
    {%- else %}
        {%- for item in content %}
            {%- if item.type == 'image' %}
                {{- '<|vision_start|><|image_pad|><|vision_end|>' }}
            {%- elif 'text' in item %}
                {{- item.text }}
            {%- endif %}
        {%- endfor %}
    {%- endif %}
{%- endmacro %}
{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\n' }}
    {{- said(message.content) }}
    {{- '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
{%- endif %}";

fn tokenizer_config(shape: &Shape) -> Value {
    json!({"tokenizer_class": "Qwen2Tokenizer", "chat_template": TEMPLATE, "model_max_length": shape.context,
        "add_bos_token": false, "add_prefix_space": false, "bos_token": null, "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>", "unk_token": null, "errors": "replace", "clean_up_tokenization_spaces": false})
}

// ---- Settings ----

const PATCH: usize = 16;
const MERGE: usize = 2;
/// A video patch spans two frames; a picture is shown twice.
const FRAMES: usize = 2;

fn preprocessor() -> Value {
    json!({"size": {"longest_edge": 16_777_216, "shortest_edge": 65_536}, "patch_size": PATCH,
        "temporal_patch_size": FRAMES, "merge_size": MERGE, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
        "processor_class": "Qwen3VLProcessor", "image_processor_type": "Qwen2VLImageProcessorFast"})
}

fn config(shape: &Shape) -> Value {
    // Of the pairs of a head that turn with the position, so many turn with time, height and width.
    let side = shape.head * 5 / 32;
    let turns = [shape.head / 2 - 2 * side, side, side];
    json!({
        "architectures": ["Qwen3VLForConditionalGeneration"], "model_type": "qwen3_vl", "tie_word_embeddings": true,
        "image_token_id": shape.added("<|image_pad|>"), "video_token_id": shape.added("<|video_pad|>"),
        "vision_start_token_id": shape.added("<|vision_start|>"), "vision_end_token_id": shape.added("<|vision_end|>"),
        "text_config": {
            "model_type": "qwen3_vl_text", "dtype": "bfloat16", "attention_bias": false, "attention_dropout": 0.0,
            "bos_token_id": shape.added("<|endoftext|>"), "eos_token_id": shape.added("<|im_end|>"),
            "head_dim": shape.head, "hidden_act": "silu", "hidden_size": shape.hidden, "intermediate_size": shape.inner,
            "max_position_embeddings": shape.context, "num_attention_heads": shape.heads,
            "num_hidden_layers": shape.layers, "num_key_value_heads": shape.key_heads, "rms_norm_eps": 1e-6,
            "rope_scaling": {"mrope_interleaved": true, "mrope_section": turns, "rope_type": "default"},
            "rope_theta": 5_000_000, "tie_word_embeddings": true, "vocab_size": shape.vocabulary},
        "vision_config": {
            "model_type": "qwen3_vl", "deepstack_visual_indexes": shape.deepstack, "depth": shape.tower_layers,
            "hidden_act": "gelu_pytorch_tanh", "hidden_size": shape.tower_hidden, "in_channels": 3,
            "intermediate_size": shape.tower_inner, "num_heads": shape.tower_heads,
            "num_position_embeddings": shape.tower_places, "out_hidden_size": shape.hidden, "patch_size": PATCH,
            "spatial_merge_size": MERGE, "temporal_patch_size": FRAMES},
    })
}

// ---- Weights ----

/// One tensor: values spread around a mean.
struct Tensor {
    name: String,
    dims: Vec<usize>,
    mean: f32,
    spread: f32,
}

/// Every tensor of a checkpoint, in the order in which they are drawn.
fn tensors(shape: &Shape) -> Vec<Tensor> {
    let mut all = Vec::new();
    let mut draw = |name: String, dims: &[usize], mean: f32, spread: f32| {
        all.push(Tensor { name, dims: dims.to_vec(), mean, spread });
    };
    let root = |inputs: usize| 1.0 / (inputs as f32).sqrt();

    // As the head, rows of length 3 give logits whose standard deviation is 3.
    let language = "model.language_model";
    draw(format!("{language}.embed_tokens.weight"), &[shape.vocabulary, shape.hidden], 0.0, 3.0 * root(shape.hidden));
    for layer in 0..shape.layers {
        let block = format!("{language}.layers.{layer}");
        let (queries, keys) = (shape.heads * shape.head, shape.key_heads * shape.head);
        draw(format!("{block}.input_layernorm.weight"), &[shape.hidden], 1.0, 0.1);
        for (name, outputs, inputs) in [
            ("self_attn.q_proj", queries, shape.hidden),
            ("self_attn.k_proj", keys, shape.hidden),
            ("self_attn.v_proj", keys, shape.hidden),
            ("self_attn.o_proj", shape.hidden, queries),
            ("mlp.gate_proj", shape.inner, shape.hidden),
            ("mlp.up_proj", shape.inner, shape.hidden),
            ("mlp.down_proj", shape.hidden, shape.inner),
        ] {
            draw(format!("{block}.{name}.weight"), &[outputs, inputs], 0.0, root(inputs));
        }
        // Above 1, so that attention picks a few tokens: the mean of all would hide the picture.
        draw(format!("{block}.self_attn.q_norm.weight"), &[shape.head], 1.5, 0.1);
        draw(format!("{block}.self_attn.k_norm.weight"), &[shape.head], 1.5, 0.1);
        draw(format!("{block}.post_attention_layernorm.weight"), &[shape.hidden], 1.0, 0.1);
    }
    draw(format!("{language}.norm.weight"), &[shape.hidden], 1.0, 0.1);

    let tower = "model.visual";
    let wide = shape.tower_hidden * MERGE * MERGE;
    let mut linear = |name: String, dims: &[usize]| {
        draw(format!("{name}.weight"), dims, 0.0, root(dims[1..].iter().product()));
        draw(format!("{name}.bias"), &dims[..1], 0.0, 0.02);
    };
    linear(format!("{tower}.patch_embed.proj"), &[shape.tower_hidden, 3, FRAMES, PATCH, PATCH]);
    for layer in 0..shape.tower_layers {
        let block = format!("{tower}.blocks.{layer}");
        linear(format!("{block}.attn.qkv"), &[3 * shape.tower_hidden, shape.tower_hidden]);
        linear(format!("{block}.attn.proj"), &[shape.tower_hidden, shape.tower_hidden]);
        linear(format!("{block}.mlp.linear_fc1"), &[shape.tower_inner, shape.tower_hidden]);
        linear(format!("{block}.mlp.linear_fc2"), &[shape.tower_hidden, shape.tower_inner]);
    }
    let deepstack = (0..shape.deepstack.len()).map(|i| (format!("{tower}.deepstack_merger_list.{i}"), wide));
    let mergers: Vec<_> = deepstack.chain([(format!("{tower}.merger"), shape.tower_hidden)]).collect();
    for (merger, _) in &mergers {
        linear(format!("{merger}.linear_fc1"), &[wide, wide]);
        linear(format!("{merger}.linear_fc2"), &[shape.hidden, wide]);
    }
    let block_norms = (0..shape.tower_layers).flat_map(|layer| {
        ["norm1", "norm2"].map(|norm| (format!("{tower}.blocks.{layer}.{norm}"), shape.tower_hidden))
    });
    for (name, width) in block_norms.chain(mergers.iter().map(|(merger, width)| (format!("{merger}.norm"), *width))) {
        draw(format!("{name}.weight"), &[width], 1.0, 0.1);
        draw(format!("{name}.bias"), &[width], 0.0, 0.02);
    }
    draw(format!("{tower}.pos_embed.weight"), &[shape.tower_places, shape.tower_hidden], 0.0, 0.5);
    all
}

/// Writes the safetensors format: the length of a header, the header, the values.
fn write_weights(tensors: &[Tensor], seed: u64, path: &Path) -> io::Result<()> {
    let mut header = Map::from_iter([("__metadata__".to_owned(), json!({"format": "pt"}))]);
    let mut end = 0;
    for tensor in tensors {
        let start = end;
        end += 2 * tensor.dims.iter().product::<usize>();
        let entry = json!({"dtype": "BF16", "shape": tensor.dims, "data_offsets": [start, end]});
        header.insert(tensor.name.clone(), entry);
    }
    let mut header = sorted(Value::Object(header));
    header.push_str(&" ".repeat(header.len().next_multiple_of(8) - header.len()));

    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    let mut state = seed;
    for tensor in tensors {
        let values = Bell::around(tensor.mean, tensor.spread);
        let mut left = tensor.dims.iter().product::<usize>();
        while left > 0 {
            let drawn = next(&mut state).to_le_bytes();
            for four in drawn.chunks_exact(4).take(left) {
                file.write_all(&values.at(four))?;
                left -= 1;
            }
        }
    }
    file.flush()
}

/// A bell curve by the sum of four random bytes: no logarithm, so no difference between machines.
struct Bell(Vec<[u8; 2]>);

impl Bell {
    fn around(mean: f32, spread: f32) -> Self {
        // Four bytes have the mean 510 and the variance 4 (256² - 1) / 12.
        let value = |sum: u16| bf16(mean + (f32::from(sum) - 510.0) / 147.801 * spread);
        Self((0..=1020).map(|sum| value(sum).to_le_bytes()).collect())
    }

    fn at(&self, four: &[u8]) -> [u8; 2] {
        self.0[four.iter().map(|byte| usize::from(*byte)).sum::<usize>()]
    }
}

/// The upper half of a float, rounded.
fn bf16(value: f32) -> u16 {
    ((value.to_bits() + 0x8000) >> 16) as u16
}

/// The next random number, by SplitMix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

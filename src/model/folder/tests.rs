use super::fixture::{TEMPLATE, config, tensors, weights, write_model};
use super::*;
use serde_json::{Value, json};

/// A whole model in a temporary folder.
fn whole() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    write_model(dir.path());
    dir
}

fn put(dir: &tempfile::TempDir, name: &str, bytes: impl AsRef<[u8]>) {
    fs::write(dir.path().join(name), bytes).expect("writes");
}

/// What opening says after one change.
fn refused(change: impl FnOnce(&tempfile::TempDir)) -> ModelError {
    let dir = whole();
    change(&dir);
    ModelFolder::open(dir.path()).expect_err("is refused")
}

#[test]
fn a_whole_model_says_what_it_is() {
    let dir = whole();
    let model = ModelFolder::open(dir.path()).expect("opens");
    assert_eq!(model.name(), dir.path().file_name().expect("a name").to_string_lossy());
    assert!(model.tested() && model.note().is_none());
    assert_eq!((model.shape().layers, model.shape().hidden, model.shape().vocabulary), (2, 256, 576));
    assert_eq!(model.parameters(), 576 * 256 + 512 * 256 + 64 * 64);
    assert_eq!((model.dtype(), model.picture_tokens()), ("BF16", vec![5, 6, 7, 8]));
    assert_eq!(model.bytes(), fs::metadata(dir.path().join("model.safetensors")).expect("is there").len());
    assert_eq!(
        model.files(),
        ["config.json", "model.safetensors", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json"]
    );
}

#[test]
fn each_missing_file_is_named_with_what_helps() {
    for (file, words) in [
        ("config.json", "config.json is missing"),
        ("tokenizer.json", "tokenizer.json is missing"),
        ("tokenizer_config.json", "a chat template"),
        ("preprocessor_config.json", "patches of 14 px"),
        ("model.safetensors", "model.safetensors is missing"),
    ] {
        let error = refused(|dir| fs::remove_file(dir.path().join(file)).expect("removes"));
        assert!(matches!(error, ModelError::FileMissing { .. }), "{file}: {error}");
        assert!(error.to_string().contains(words), "{file}: {error}");
    }
    assert!(matches!(ModelFolder::open(Path::new("/no/such/folder")), Err(ModelError::FileMissing { .. })));
}

#[test]
fn other_architectures_are_untested_or_refused() {
    let with = |name: &str| {
        let dir = whole();
        let mut changed = config();
        changed["architectures"] = json!([name]);
        put(&dir, "config.json", changed.to_string());
        ModelFolder::open(dir.path())
    };
    let gemma = with("Gemma3ForConditionalGeneration").expect("the engine loads it");
    assert!(!gemma.tested() && gemma.note().is_some_and(|note| note.contains("Gemma3ForConditionalGeneration")));
    for strange in ["BertModel", "", "Qwen3VLForConditionalGeneration\u{1b}[2J"] {
        let error = with(strange).expect_err("is refused");
        assert!(matches!(error, ModelError::Architecture { .. }), "{error}");
        assert!(!error.to_string().contains('\u{1b}'));
    }
}

#[test]
fn a_configuration_without_a_key_that_the_engine_needs_is_refused_with_the_key() {
    for (table, key) in [("", "image_token_id"), ("text_config", "rope_theta")] {
        let error = refused(|dir| {
            let mut changed = config();
            let table = if table.is_empty() { &mut changed } else { &mut changed[table] };
            table.as_object_mut().expect("a table").remove(key);
            put(dir, "config.json", changed.to_string());
        });
        assert!(error.to_string().contains(&format!("'{key}' is missing")), "{error}");
    }
    let error = refused(|dir| put(dir, "config.json", "{"));
    assert!(error.to_string().contains("config.json: not JSON"), "{error}");
    let error = refused(|dir| {
        let mut changed = config();
        changed["text_config"]["num_hidden_layers"] = json!(-1);
        put(dir, "config.json", changed.to_string());
    });
    assert!(error.to_string().contains("a size that is none"), "{error}");
}

#[test]
fn a_template_must_let_pictures_through() {
    let with = |template: &str| {
        let dir = whole();
        put(&dir, "tokenizer_config.json", json!({ "chat_template": template }).to_string());
        ModelFolder::open(dir.path())
    };
    let blind = "{% for m in messages %}{% for c in m.content %}{% if c.type == 'text' %}{{ c.text }}{% endif %}{% endfor %}{% endfor %}";
    assert!(matches!(with(blind), Err(ModelError::BlindTemplate { .. })));
    assert!(matches!(with("the same whatever is said"), Err(ModelError::BlindTemplate { .. })));
    // Methods of Python strings are unknown here, so the words of the template decide.
    let python = |word: &str| format!("{{{{ messages[0].role.swapcase() }}}} {word}");
    assert!(matches!(with(&python("nothing")), Err(ModelError::BlindTemplate { .. })));
    with(&python("<|vision_start|>")).expect("may be shown pictures");
    let error = with("{% for").expect_err("is no template");
    assert!(error.to_string().contains("not a template"), "{error}");
    let endless = "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{{ c }}{% endfor %}{% endfor %}{% endfor %}";
    assert!(matches!(with(endless), Err(ModelError::BlindTemplate { .. })), "ends, and says nothing of pictures");
}

/// What the published templates use beyond loops: a namespace, tests of types, a filter in a branch that is not taken.
#[test]
fn templates_as_they_are_published_are_rendered_and_not_guessed_at() {
    let with = |picture: &str| {
        let template = [
            "{%- if tools %}{%- for tool in tools %}{{ tool | tojson }}{%- endfor %}{%- endif %}",
            "{%- set count = namespace(value=0) %}{%- for message in messages %}<|im_start|>{{ message.role }}\n",
            "{%- if message.content is string %}{{ message.content }}{%- else %}{%- for part in message.content %}",
            "{%- if part.type == 'image' or 'image' in part or 'image_url' in part %}",
            "{%- set count.value = count.value + 1 %}{%- if add_vision_id %}Picture {{ count.value }}: {% endif -%}",
            picture,
            "{%- elif 'text' in part %}{{ part.text }}{%- endif %}{%- endfor %}{%- endif %}<|im_end|>\n{%- endfor %}",
            "{%- if add_generation_prompt %}<|im_start|>assistant\n{%- endif %}",
        ];
        let dir = whole();
        put(&dir, "chat_template.jinja", template.concat());
        ModelFolder::open(dir.path())
    };
    with("<|vision_start|><|image_pad|><|vision_end|>").expect("shows pictures");
    // It speaks of images all the same, so only rendering can tell.
    assert!(matches!(with(""), Err(ModelError::BlindTemplate { .. })));
}

#[test]
fn the_template_is_found_where_the_engine_finds_it() {
    let dir = whole();
    put(&dir, "chat_template.jinja", "blind");
    assert!(matches!(ModelFolder::open(dir.path()), Err(ModelError::BlindTemplate { .. })), "the file comes first");
    put(&dir, "chat_template.jinja", TEMPLATE);
    put(&dir, "tokenizer_config.json", "{}");
    ModelFolder::open(dir.path()).expect("opens");
    fs::remove_file(dir.path().join("chat_template.jinja")).expect("removes");
    put(&dir, "chat_template.json", json!({ "chat_template": TEMPLATE }).to_string());
    ModelFolder::open(dir.path()).expect("opens");
    let named =
        json!({ "chat_template": [{ "name": "tools", "template": "x" }, { "name": "default", "template": TEMPLATE }] });
    put(&dir, "tokenizer_config.json", named.to_string());
    ModelFolder::open(dir.path()).expect("opens");
}

#[test]
fn a_cut_weights_file_is_refused_with_both_lengths() {
    let all = weights(&tensors());
    let length = all.len();
    for cut in [length - 1, 1000, 100, 8, 7, 0] {
        let error = refused(|dir| put(dir, "model.safetensors", &all[..cut])).to_string();
        assert!(error.contains("cut off") && error.contains(&format!("{cut} bytes")), "{cut}: {error}");
    }
    let error = refused(|dir| put(dir, "model.safetensors", &all[..length - 1])).to_string();
    assert!(error.contains("model.safetensors") && error.contains(&format!("should have {length}")), "{error}");
    let error = refused(|dir| put(dir, "model.safetensors", [&all[..], b"x"].concat())).to_string();
    assert!(error.contains("something was added"), "{error}");
}

#[test]
fn a_header_that_lies_is_refused_without_taking_memory() {
    let lie = |header: Value| {
        let text = header.to_string();
        let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(text.as_bytes());
        refused(|dir| put(dir, "model.safetensors", bytes)).to_string()
    };
    let tensor = |from: u64, to: u64, side: u64| json!({ "a": { "dtype": "F32", "shape": [side, side], "data_offsets": [from, to] } });
    assert!(lie(tensor(8, 4, 1)).contains("not a safetensors file"));
    assert!(lie(tensor(0, u64::MAX, u64::MAX)).contains("not a safetensors file"));
    assert!(lie(tensor(0, 1 << 42, 1 << 20)).contains("cut off"));
    assert!(lie(json!({ "a": { "dtype": "F32" } })).contains("missing field `shape`"));
    assert!(lie(json!([1])).contains("not a safetensors file"));
    let error = refused(|dir| put(dir, "model.safetensors", [&u64::MAX.to_le_bytes()[..], b"{}"].concat())).to_string();
    assert!(error.contains("a header of"), "{error}");
}

#[test]
fn parts_must_be_of_one_set_and_all_there() {
    let parts = |names: &[&str]| {
        let dir = whole();
        fs::remove_file(dir.path().join("model.safetensors")).expect("removes");
        names.iter().for_each(|name| put(&dir, name, weights(&tensors())));
        ModelFolder::open(dir.path())
    };
    let (one, two) = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors");
    assert_eq!(parts(&[one, two]).expect("opens").parameters(), 2 * (576 * 256 + 512 * 256 + 64 * 64));
    let error = parts(&[two]).expect_err("half").to_string();
    assert!(error.contains(&format!("{one} is missing")), "{error}");
    assert!(parts(&[one, two, "model.safetensors"]).expect_err("twice").to_string().contains("there twice"));
    for strange in ["model-00001-of-00003.safetensors", "model-00000-of-00002.safetensors"] {
        assert!(parts(&[one, two, strange]).expect_err("mixed").to_string().contains("different sets"), "{strange}");
    }
    assert!(
        parts(&["weights.safetensors"]).expect_err("misnamed").to_string().contains("model.safetensors is missing")
    );
}

#[test]
fn whatever_an_answer_depends_on_changes_the_identity() {
    let dir = whole();
    let identity = || ModelFolder::open(dir.path()).expect("opens").identity(Quant::Q4k);
    let first = identity();
    assert_eq!(first, identity());
    assert_ne!(first, ModelFolder::open(dir.path()).expect("opens").identity(Quant::Q8_0));
    let mut seen = vec![first];
    let mut other = config();
    other["text_config"]["rope_theta"] = json!(1e6);
    put(&dir, "config.json", other.to_string());
    seen.push(identity());
    put(&dir, "tokenizer.json", "{}");
    seen.push(identity());
    put(&dir, "chat_template.jinja", format!("{TEMPLATE} "));
    seen.push(identity());
    put(&dir, "preprocessor_config.json", "{}");
    seen.push(identity());
    put(&dir, "model.safetensors", weights(&tensors()[..2]));
    seen.push(identity());
    // Tuned: the same sizes, and other numbers in one matrix.
    let mut tuned = weights(&tensors()[..2]);
    let end = tuned.len();
    tuned[end - 512 * 256 * 2..].fill(1);
    put(&dir, "model.safetensors", tuned);
    seen.push(identity());
    let different: std::collections::BTreeSet<_> = seen.iter().collect();
    assert_eq!(different.len(), seen.len(), "{seen:?}");
}

#[test]
fn memory_counts_what_is_quantised_by_its_bits() {
    let dir = whole();
    // Embeddings of 250 million numbers, a matrix of 1000 million, of which only headers are written.
    let tensors =
        [("model.language_model.embed_tokens.weight", [250_000, 1000]), ("a.up_proj.weight", [1_000_000, 1000])];
    let mut other = config();
    other["text_config"]["vocab_size"] = json!(250_000);
    other["text_config"]["hidden_size"] = json!(1000);
    put(&dir, "config.json", other.to_string());
    sparse(&dir.path().join("model.safetensors"), &tensors);
    let model = ModelFolder::open(dir.path()).expect("opens");
    // 2 layers of 2 heads of 64 keys and values, for 2048 tokens of 4 bytes.
    let cache = 2 * 2 * 2 * 64 * 2048 * 4 / 1_000_000;
    let none = model.memory_mb(Quant::None);
    assert!(none.abs_diff((1000 + 4000 + cache + 300) * 6 / 5) <= 2, "{none}");
    // 4.5 bits of the matrix and of the output head; the embeddings and the conversation take 16.
    let q4k = model.memory_mb(Quant::Q4k);
    assert!(q4k.abs_diff((500 + 1250 * 9 / 16 + cache / 2 + 300) * 6 / 5) <= 3, "{q4k}");
    assert!(Quant::ALL.windows(2).all(|pair| model.memory_mb(pair[0]) < model.memory_mb(pair[1])));
}

/// A weights file whose numbers are a hole in the file system.
fn sparse(path: &Path, tensors: &[(&str, [u64; 2])]) {
    let mut header = serde_json::Map::new();
    let mut end = 0;
    for (name, shape) in tensors {
        let begin = end;
        end += 2 * shape[0] * shape[1];
        header.insert((*name).to_owned(), json!({ "dtype": "BF16", "shape": shape, "data_offsets": [begin, end] }));
    }
    let header = Value::Object(header).to_string();
    fs::write(path, [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat()).expect("writes");
    let file = fs::OpenOptions::new().write(true).open(path).expect("opens");
    file.set_len(8 + header.len() as u64 + end).expect("grows");
}

#[test]
fn a_quantised_form_counts_when_it_is_whole_and_not_older_than_the_weights() {
    let dir = whole();
    let open = || ModelFolder::open(dir.path()).expect("opens");
    assert_eq!((open().uqff(Quant::Q4k), open().quantised()), (None, vec![]));
    let folder = open().uqff_folder(Quant::Q4k);
    assert_eq!(folder, dir.path().join("uqff-q4k"));
    write_model(&folder);
    fs::rename(folder.join("model.safetensors"), folder.join("residual.safetensors")).expect("renames");
    assert_eq!(open().uqff(Quant::Q4k), None, "no quantised weights");
    fs::write(folder.join("q4k-0.uqff"), "weights").expect("writes");
    assert_eq!(open().uqff(Quant::Q4k), Some(folder.join("q4k-0.uqff")));
    assert_eq!(open().quantised().len(), 1);
    assert_eq!(open().uqff(Quant::Q8_0), None);
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
    let weights = fs::OpenOptions::new().write(true).open(dir.path().join("model.safetensors")).expect("opens");
    weights.set_modified(later).expect("touches");
    assert_eq!(open().uqff(Quant::Q4k), None, "the weights are newer");
    fs::File::options()
        .write(true)
        .open(folder.join("q4k-0.uqff"))
        .and_then(|f| f.set_modified(later))
        .expect("touches");
    assert!(open().uqff(Quant::Q4k).is_some());
    fs::write(folder.join("residual.safetensors"), "cut").expect("writes");
    assert_eq!(open().uqff(Quant::Q4k), None, "a file is cut");
}

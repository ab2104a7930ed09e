//! Against PEFT's own files (`fixtures/make.py`), and against small files that are made here.

use super::*;
use candle_core::quantized::{GgmlDType, QTensor};
use half::bf16;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

const MODULE: &str = "model.language_model.layers.0.mlp.up_proj";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/train/adapter/fixtures").join(name)
}

fn temporary() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn load(path: &Path) -> HashMap<String, Tensor> {
    candle_core::safetensors::load(path, &Device::Cpu).expect("reads")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("readable");
    let mut names: Vec<String> =
        entries.map(|e| e.expect("readable").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn dense(low: &LowRank) -> Tensor {
    (low.b.matmul(&low.a).expect("multiplies") * low.scale).expect("multiplies")
}

fn largest_difference(one: &Tensor, other: &Tensor) -> f32 {
    let difference = one.sub(other).and_then(|d| d.abs()).and_then(|d| d.flatten_all()?.max(0)?.to_scalar::<f32>());
    difference.expect("the same shapes")
}

fn quietly(_: u64, _: u64) {}

/// Numbers that look drawn, between -1 and 1.
fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..count).map(|_| random.f32() * 2.0 - 1.0).collect()
}

fn low(outputs: usize, inputs: usize, rank: usize, scale: f64, seed: u64) -> LowRank {
    let matrix = |rows, columns, seed| Tensor::from_vec(numbers(rows * columns, seed), (rows, columns), &Device::Cpu);
    LowRank {
        a: matrix(rank, inputs, seed).expect("a matrix"),
        b: matrix(outputs, rank, seed + 1).expect("a matrix"),
        scale,
    }
}

fn adapter(module: &str, low: LowRank) -> Adapter {
    Adapter { modules: BTreeMap::from([(module.to_owned(), low)]), ..Adapter::default() }
}

/// A safetensors file whose header is not as the library would write it, of brain floats.
fn write_shard(path: &Path, tensors: &[(&str, &[usize])], seed: u64) {
    let mut header = Map::from_iter([("__metadata__".to_owned(), json!({"format": "pt", "note": "ours"}))]);
    let mut bytes = Vec::new();
    for (i, (name, shape)) in tensors.iter().enumerate() {
        let from = bytes.len();
        for number in numbers(shape.iter().product(), seed + i as u64) {
            bytes.extend(bf16::from_f32(number).to_le_bytes());
        }
        let entry = json!({"shape": shape, "data_offsets": [from, bytes.len()], "dtype": "BF16"});
        header.insert((*name).to_owned(), entry);
    }
    let header = format!("{}   ", Value::Object(header));
    let whole = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &bytes].concat();
    fs::write(path, whole).expect("writes");
}

/// A base in two parts, with the older names, and files of many kinds around.
fn write_base(folder: &Path) {
    fs::create_dir_all(folder).expect("creates");
    let up = ("model.layers.0.mlp.up_proj.weight", &[48, 32][..]);
    write_shard(&folder.join("model-00001-of-00002.safetensors"), &[("z", &[7]), up, ("a", &[3, 1, 2])], 10);
    write_shard(&folder.join("model-00002-of-00002.safetensors"), &[("visual.qkv.weight", &[6, 32])], 20);
    for name in ["config.json", "model.safetensors.index.json", "chat_template.jinja"] {
        fs::write(folder.join(name), "{}").expect("writes");
    }
    for name in [".hidden", "q4k-0.uqff", "residual.safetensors", "pytorch_model.bin", "navig-model.json"] {
        fs::write(folder.join(name), "x").expect("writes");
    }
    fs::create_dir(folder.join("uqff-q4k")).expect("creates");
}

#[test]
fn peft_s_adapters_merge_to_what_peft_merges() {
    let folder = temporary();
    for name in ["plain", "mixed"] {
        let adapter = Adapter::read(&fixture(name)).expect("reads");
        let out = folder.path().join(name);
        let report = merge(&fixture("base"), &adapter, &out, &mut quietly).expect("merges");
        let (ours, base) = (load(&out.join("model.safetensors")), load(&fixture("base/model.safetensors")));
        let theirs = load(&fixture(&format!("merged_{name}.safetensors")));
        assert_eq!(theirs.len(), adapter.modules.len());
        for (tensor, merged) in &theirs {
            assert!(largest_difference(&ours[tensor], merged) <= 1e-6, "{name}: {tensor}");
            assert!(largest_difference(&base[tensor], merged) > 0.1, "the fixture does something: {tensor}");
        }
        for (tensor, ours) in ours.iter().filter(|(tensor, _)| !theirs.contains_key(*tensor)) {
            assert_eq!(largest_difference(ours, &base[tensor]), 0.0, "{name}: {tensor}");
        }
        assert!(!report.base_known, "PEFT does not write it down");
        assert!(report.total.kept().is_some_and(|kept| (kept - 1.0).abs() < 1e-5), "{report:?}");
    }
}

#[test]
fn what_is_written_has_peft_s_keys_and_reads_back_the_same() {
    let folder = temporary();
    for name in ["plain", "mixed"] {
        let mut adapter = Adapter::read(&fixture(name)).expect("reads");
        adapter.base = Some(BaseStamp { kind: BaseKind::Bf16, sha256: "00ff".to_owned() });
        let path = folder.path().join(name);
        adapter.write(&path).expect("writes");
        assert_eq!(names(&path), ["adapter_config.json", "adapter_model.safetensors", "navig_train.json"]);
        let (ours, theirs) =
            (load(&path.join("adapter_model.safetensors")), fixture(name).join("adapter_model.safetensors"));
        let theirs = load(&theirs);
        assert!(ours.keys().all(|key| theirs.contains_key(key)) && ours.len() == theirs.len(), "{name}");
        let again = Adapter::read(&path).expect("reads");
        assert_eq!(again.sha256().expect("hashes"), adapter.sha256().expect("hashes"), "{name}");
        assert_eq!((again.dropout, again.base_name, again.base), (adapter.dropout, adapter.base_name, adapter.base));
    }
    let config = |path: PathBuf| -> Value { serde_json::from_slice(&fs::read(path).expect("reads")).expect("JSON") };
    let (ours, theirs) = (folder.path().join("plain/adapter_config.json"), fixture("plain/adapter_config.json"));
    let (ours, theirs) = (config(ours), config(theirs));
    for key in ["r", "lora_alpha", "lora_dropout", "bias", "rank_pattern", "alpha_pattern", "task_type", "peft_type"] {
        assert_eq!(ours[key], theirs[key], "{key}");
    }
}

#[test]
fn a_stack_does_what_its_adapters_do_together() {
    let plain = Adapter::read(&fixture("plain")).expect("reads");
    let mixed = Adapter::read(&fixture("mixed")).expect("reads");
    let stacked = stack(&[plain.clone(), mixed.clone()]).expect("stacks");
    let count = plain.modules.keys().chain(mixed.modules.keys()).collect::<std::collections::BTreeSet<_>>().len();
    assert_eq!(stacked.modules.len(), count);
    for (module, low) in &stacked.modules {
        let parts: Vec<&LowRank> = [&plain, &mixed].iter().filter_map(|adapter| adapter.modules.get(module)).collect();
        let ranks = parts.iter().map(|low| low.shape(module).expect("fits").2).sum::<usize>();
        assert_eq!(low.shape(module).expect("fits").2, ranks);
        let sum = parts.iter().map(|low| dense(low)).reduce(|sum, next| (sum + next).expect("adds")).expect("one");
        assert!(largest_difference(&dense(low), &sum) < 1e-6, "{module}");
    }
    let folder = temporary();
    stacked.write(folder.path()).expect("writes");
    let again = Adapter::read(folder.path()).expect("is one adapter of PEFT's kind");
    assert_eq!(again.sha256().expect("hashes"), stacked.sha256().expect("hashes"));
}

#[test]
fn adapters_that_do_not_go_together_are_not_stacked() {
    let stamped = |sha256: &str| Adapter {
        base: Some(BaseStamp { kind: BaseKind::F32, sha256: sha256.to_owned() }),
        ..adapter(MODULE, low(48, 32, 2, 1.0, 0))
    };
    let error = stack(&[stamped("aa"), Adapter::default(), stamped("bb")]).expect_err("two bases").to_string();
    assert!(error.contains("aa") && error.contains("bb"), "{error}");
    let error = stack(&[stamped("aa"), adapter(MODULE, low(48, 16, 2, 1.0, 0))]).expect_err("two shapes");
    assert!(matches!(error, AdapterError::Shape { .. }), "{error}");
    assert!(matches!(stack(&[]), Err(AdapterError::Stack { .. })));
}

#[test]
fn an_adapter_that_does_nothing_leaves_files_as_they_are() {
    let folder = temporary();
    let (base, out) = (folder.path().join("base"), folder.path().join("deep/out"));
    write_base(&base);
    let mut nothing = low(48, 32, 4, 2.0, 1);
    nothing.b = nothing.b.zeros_like().expect("zeros");
    let report = merge(&base, &adapter(MODULE, nothing), &out, &mut quietly).expect("merges");
    assert_eq!(report.modules[MODULE].kept(), None);
    let weights = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
    let small = ["chat_template.jinja", "config.json", "model.safetensors.index.json"];
    assert_eq!(names(&out), [&small[..1], &small[1..2], &weights, &small[2..]].concat());
    for name in weights.iter().chain(&small) {
        assert_eq!(fs::read(out.join(name)).expect("reads"), fs::read(base.join(name)).expect("reads"), "{name}");
    }
}

#[test]
fn older_names_and_16_bits_are_merged_into_and_what_rounding_does_is_told() {
    let folder = temporary();
    let base = folder.path().join("base");
    write_base(&base);
    let stored = "model.layers.0.mlp.up_proj.weight";
    let part = "model-00001-of-00002.safetensors";
    for (scale, arrives) in [(1.0, true), (1e-5, false)] {
        let low = low(48, 32, 2, scale, 1);
        let out = folder.path().join(format!("{scale}"));
        let report = merge(&base, &adapter(MODULE, low.clone()), &out, &mut quietly).expect("merges");
        let old = load(&base.join(part))[stored].to_dtype(DType::F32).expect("floats");
        let wanted = (old + dense(&low)).and_then(|w| w.to_dtype(DType::BF16)?.to_dtype(DType::F32)).expect("adds");
        let new = load(&out.join(part))[stored].to_dtype(DType::F32).expect("floats");
        assert_eq!(largest_difference(&new, &wanted), 0.0);
        let kept = report.total.kept().expect("a delta");
        assert!(if arrives { (kept - 1.0).abs() < 0.01 } else { kept < 0.5 }, "{scale}: {kept}");
        assert_eq!(report.modules[MODULE], report.total);
    }
}

#[test]
fn a_quantised_base_is_quantised_before_it_is_merged_into() {
    let folder = temporary();
    let base = fixture("base");
    let mut adapter = adapter(MODULE, low(48, 32, 2, 0.5, 1));
    let stamp = |kind| BaseStamp::of(&base, BaseKind::Dequantised(kind)).expect("hashes");
    adapter.base = Some(stamp(GgmlDType::Q4_0));
    let out = folder.path().join("out");
    assert!(merge(&base, &adapter, &out, &mut quietly).expect("merges").base_known);
    let tensor = format!("{MODULE}.weight");
    let old = &load(&base.join("model.safetensors"))[&tensor];
    let coarse = QTensor::quantize(old, GgmlDType::Q4_0).and_then(|q| q.dequantize(&Device::Cpu)).expect("quantises");
    let wanted = (&coarse + dense(&adapter.modules[MODULE])).expect("adds");
    assert!(largest_difference(&coarse, old) > 0.01, "quantising does something");
    assert!(largest_difference(&load(&out.join("model.safetensors"))[&tensor], &wanted) <= 1e-6);
    adapter.base = Some(stamp(GgmlDType::Q4K));
    let error = merge(&base, &adapter, &folder.path().join("no"), &mut quietly).expect_err("32 is no multiple of 256");
    assert!(error.to_string().contains("blocks of 256"), "{error}");
}

#[test]
fn other_weights_than_those_of_the_training_are_refused() {
    let folder = temporary();
    let base = folder.path().join("base");
    write_base(&base);
    let stamp = BaseStamp::of(&base, BaseKind::Bf16).expect("hashes");
    let adapter = Adapter { base: Some(stamp.clone()), ..adapter(MODULE, low(48, 32, 2, 1.0, 1)) };
    let path = base.join("model-00002-of-00002.safetensors");
    let mut bytes = fs::read(&path).expect("reads");
    *bytes.last_mut().expect("bytes") ^= 1;
    fs::write(&path, bytes).expect("writes");
    let out = folder.path().join("out");
    let error = merge(&base, &adapter, &out, &mut quietly).expect_err("one bit differs").to_string();
    let found = base_sha256(&base).expect("hashes");
    assert!(error.contains(&stamp.sha256) && error.contains(&found) && error.contains("trained"), "{error}");
    assert_eq!(names(folder.path()), ["base"]);
}

#[test]
fn what_does_not_fit_the_base_is_refused_with_its_name() {
    let folder = temporary();
    let base = folder.path().join("base");
    write_base(&base);
    let out = folder.path().join("out");
    let refused = |module: &str, low: LowRank| {
        let error = merge(&base, &adapter(module, low), &out, &mut quietly).expect_err("it does not fit");
        (error.to_string(), error)
    };
    let (text, error) = refused("model.language_model.layers.9.mlp.up_proj", low(48, 32, 2, 1.0, 1));
    assert!(matches!(error, AdapterError::Unmatched { count: 1, .. }) && text.contains("layers.9"), "{text}");
    let (text, error) = refused(MODULE, low(48, 16, 2, 1.0, 1));
    assert!(matches!(error, AdapterError::BaseTensor { .. }) && text.contains("[48, 32]"), "{text}");
    fs::write(base.join("config.json"), r#"{"tie_word_embeddings": true}"#).expect("writes");
    write_shard(&base.join("model-00002-of-00002.safetensors"), &[("lm_head.weight", &[6, 32]), ("n.weight", &[6])], 1);
    assert!(refused("lm_head", low(6, 32, 2, 1.0, 1)).0.contains("lm_head"));
    let (text, _) = refused("n", low(6, 1, 1, 1.0, 1));
    assert!(text.contains("n.weight is [6]"), "{text}");
    assert_eq!(names(folder.path()), ["base"]);
}

#[test]
fn a_merge_that_breaks_off_leaves_nothing_and_what_is_there_stays() {
    let folder = temporary();
    let (base, out) = (folder.path().join("base"), folder.path().join("out"));
    write_base(&base);
    let adapter = adapter(MODULE, low(48, 32, 2, 1.0, 1));
    let mut half_way = |done: u64, all: u64| assert!(done < all / 2, "broken off");
    let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| merge(&base, &adapter, &out, &mut half_way)));
    assert!(broken.is_err());
    assert_eq!(names(folder.path()), ["base"]);
    fs::create_dir(&out).expect("creates");
    assert!(matches!(merge(&base, &adapter, &out, &mut quietly), Err(AdapterError::Exists { .. })));
    assert_eq!(names(&out), [""; 0]);
}

#[test]
fn progress_ends_at_the_size_of_the_weights() {
    let folder = temporary();
    let mut seen = Vec::new();
    let adapter = Adapter::read(&fixture("plain")).expect("reads");
    merge(&fixture("base"), &adapter, &folder.path().join("out"), &mut |done, all| seen.push((done, all)))
        .expect("merges");
    let bytes = fs::metadata(fixture("base/model.safetensors")).expect("there").len();
    assert_eq!(seen.last(), Some(&(bytes, bytes)));
    assert!(seen.is_sorted());
}

#[test]
fn a_merge_for_one_run_is_made_once_also_by_two_at_a_time() {
    let folder = temporary();
    let adapter = Adapter::read(&fixture("plain")).expect("reads");
    let make = || merged_into_cache(&fixture("base"), &adapter, folder.path(), &mut quietly).expect("merges");
    let (one, two) = std::thread::scope(|scope| {
        let threads = (scope.spawn(make), scope.spawn(make));
        (threads.0.join().expect("ends"), threads.1.join().expect("ends"))
    });
    assert_eq!(one, two);
    assert_eq!(names(folder.path()), [one.file_name().expect("a name").to_string_lossy()]);
    let mut never = |_: u64, _: u64| assert!(one.as_os_str().is_empty(), "merged again");
    assert_eq!(merged_into_cache(&fixture("base"), &adapter, folder.path(), &mut never).expect("is there"), one);
    let mixed = Adapter::read(&fixture("mixed")).expect("reads");
    assert_ne!(merged_into_cache(&fixture("base"), &mixed, folder.path(), &mut quietly).expect("merges"), one);
    let base = folder.path().join("base");
    fs::create_dir(&base).expect("creates");
    fs::copy(fixture("base/model.safetensors"), base.join("model.safetensors")).expect("copies");
    fs::write(base.join("config.json"), "{}").expect("writes");
    let other = merged_into_cache(&base, &adapter, folder.path(), &mut quietly).expect("merges");
    assert_ne!(other, one, "the same weights with another configuration are another model");
}

/// Writes PEFT's files with these tensors, of ones.
fn write_peft(folder: &Path, tensors: &[(&str, (usize, usize))]) {
    let config = json!({"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": ["up_proj"]});
    fs::write(folder.join("adapter_config.json"), config.to_string()).expect("writes");
    let ones =
        |&(key, shape): &(&str, _)| (key.to_owned(), Tensor::ones(shape, DType::F32, &Device::Cpu).expect("ones"));
    let tensors: HashMap<String, Tensor> = tensors.iter().map(ones).collect();
    candle_core::safetensors::save(&tensors, folder.join("adapter_model.safetensors")).expect("writes");
}

#[test]
fn adapters_that_are_not_whole_or_not_plain_are_refused_by_name() {
    let folder = temporary();
    let a = ("base_model.model.model.layers.0.mlp.up_proj.lora_A.weight", (2, 32));
    let b = ("base_model.model.model.layers.0.mlp.up_proj.lora_B.default.weight", (48, 2));
    write_peft(folder.path(), &[a, b]);
    let read = Adapter::read(folder.path()).expect("'.default' and older names are read");
    assert_eq!(read.modules.keys().collect::<Vec<_>>(), [MODULE]);
    assert_eq!((read.modules[MODULE].scale, read.base), (2.0, None));
    let magnitude = "base_model.model.model.layers.0.mlp.up_proj.lora_magnitude_vector.weight";
    let newer = "base_model.model.model.language_model.layers.0.mlp.up_proj.lora_A.weight";
    for (tensors, wanted) in [
        (vec![a, b, (magnitude, (1, 48))], magnitude),
        (vec![a, b, ("lm_head.lora_A.weight", (2, 32))], "'lm_head.lora_A.weight'"),
        (vec![a], "has no lora_B"),
        (vec![b], "has no lora_A"),
        (vec![(a.0, (3, 32)), (b.0, (48, 3))], "rank 3, and adapter_config.json says 2"),
        (vec![(a.0, (3, 32)), b], "A is [3, 32] and B is [48, 2]"),
        (vec![a, b, (newer, (2, 32))], "there twice"),
        (vec![], "adapts no module"),
    ] {
        write_peft(folder.path(), &tensors);
        let error = Adapter::read(folder.path()).expect_err(wanted).to_string();
        assert!(error.contains(wanted), "{error}");
    }
    let path = folder.path().join("adapter_model.safetensors");
    write_peft(folder.path(), &[a, b]);
    let bytes = fs::read(&path).expect("reads");
    for cut in [4, 40, bytes.len() - 1] {
        fs::write(&path, &bytes[..cut]).expect("writes");
        let error = Adapter::read(folder.path()).expect_err("it is cut off").to_string();
        assert!(error.contains("adapter_model.safetensors"), "{error}");
    }
}

#[test]
fn writing_that_fails_leaves_the_adapter_that_was_there_and_a_mixture_is_noticed() {
    let folder = temporary();
    let old = adapter(MODULE, low(48, 32, 2, 1.0, 1));
    old.write(folder.path()).expect("writes");
    let mut wrong = adapter(MODULE, low(48, 32, 2, 1.0, 5));
    let new = wrong.clone();
    wrong.modules.get_mut(MODULE).expect("there").b = Tensor::full(f32::NAN, (48, 2), &Device::Cpu).expect("a tensor");
    assert!(matches!(wrong.write(folder.path()), Err(AdapterError::NotFinite { .. })));
    let train = folder.path().join("navig_train.json");
    let kept = fs::read(&train).expect("reads");
    fs::remove_file(&train).and_then(|()| fs::create_dir(&train)).expect("a folder where the file should be");
    assert!(matches!(new.write(folder.path()), Err(AdapterError::Write(_))));
    fs::remove_dir(&train).and_then(|()| fs::write(&train, kept)).expect("as before");
    let again = Adapter::read(folder.path()).expect("the old one is whole");
    assert_eq!(again.sha256().expect("hashes"), old.sha256().expect("hashes"));
    assert_eq!(names(folder.path()).len(), 3);
    let other = temporary();
    new.write(other.path()).expect("writes");
    fs::copy(other.path().join("adapter_model.safetensors"), folder.path().join("adapter_model.safetensors"))
        .expect("copies");
    let error = Adapter::read(folder.path()).expect_err("weights of another").to_string();
    assert!(error.contains("navig_train.json") && error.contains("other weights"), "{error}");
}

#[test]
fn a_report_tells_sizes_norms_and_whether_it_fits() {
    let report = inspect(&fixture("mixed"), Some(&fixture("base"))).expect("reads");
    let adapter = Adapter::read(&fixture("mixed")).expect("reads");
    assert_eq!((report.ranks, report.modules.len()), (vec![2, 3, 4], 5));
    assert_eq!(report.parameters, 2 * 2 * 64 + 4 * 80 + 3 * 80 + 4 * 64);
    let square = |module: &str| dense(&adapter.modules[module]).sqr().and_then(|s| s.sum_all()?.to_scalar::<f32>());
    for (module, told) in &report.modules {
        let norm = f64::from(square(module).expect("sums").sqrt());
        assert!((told.delta_norm - norm).abs() < 1e-5 * norm, "{module}: {} and {norm}", told.delta_norm);
    }
    let layers: Vec<&str> = report.layers.iter().map(|(layer, _)| layer.as_str()).collect();
    let language = "model.language_model.layers";
    assert_eq!(layers, [&format!("{language}.0"), &format!("{language}.1"), "model.visual.blocks.0"]);
    assert_eq!(report.misfits, Some(vec![]));
    let folder = temporary();
    write_base(&folder.path().join("base"));
    let report = inspect(&fixture("mixed"), Some(&folder.path().join("base"))).expect("reads");
    assert!(report.misfits.is_some_and(|misfits| misfits.len() == 1 && misfits[0].contains("have no weights there")));
}

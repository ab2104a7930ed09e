//! `navig train` as people use it: what it prints, what it refuses, and what it leaves behind.

use crate::dir::Dir;
use crate::{edit, picture, random_model};
use serde_json::Value;

const RECIPE: &str = r#"
name = "short"
about = "A few steps"
source = "this test"
[adapter]
rank = 4
alpha = 8.0
dropout = 0.1
[learning]
rate = 1e-3
schedule = "cosine"
epochs = 2.0
batch = 2
save_every = 2
[input]
picture_px = 65536
[reward]
terms = "haversine-geo-r + 0.2 format"
completions = 2
prompts = 1
rate = 1e-3
temperature = 1.0
beta = 0.04
clip = 0.2
longest = 6
"#;

/// A folder with a tiny model, four photos with places and words, and a recipe.
fn school() -> Dir {
    let dir = Dir::new();
    random_model::write(&"tiny".parse().expect("a shape"), 2, &dir.at("tiny")).expect("a model");
    let mut list = String::new();
    for (i, (lat, lon)) in [(48.86, 2.35), (40.71, -74.0), (-33.87, 151.21), (35.68, 139.69)].iter().enumerate() {
        picture(256, 256, i as u32).save(dir.at(&format!("{i}.png"))).expect("a picture");
        list += &format!(
            "{{\"image_path\": \"{i}.png\", \"location\": {{\"lat\": {lat}, \"lng\": \"{lon}\"}}, \"clues\": \"Clue {i}.\"}}\n"
        );
    }
    dir.create("clues.jsonl", list);
    dir.create("short.toml", RECIPE);
    dir
}

fn sft<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let usual = ["train", "sft", "--model", "tiny", "--data", "clues.jsonl", "--recipe", "short.toml", "--out", "out"];
    [&usual, more].concat()
}

#[test]
fn stages_follow_each_other_and_the_same_call_goes_on() {
    let dir = school();
    let before = std::fs::read(dir.at("tiny/model.safetensors")).expect("weights");
    assert_eq!(dir.run(&sft(&["--stage", "reasoning"])).answers(), "out\n");
    let steps: Vec<Value> =
        dir.read("out/train.jsonl").lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    assert_eq!(steps.len(), 4);
    assert!(steps.iter().all(|step| step["loss"].is_number() && step["norm"].is_number()));
    assert!(dir.read("out/curves.svg").starts_with("<svg xmlns"));
    let adapter = std::fs::read(dir.at("out/adapter_model.safetensors")).expect("an adapter");
    let again = dir.run(&sft(&["--stage", "reasoning"]));
    again.answers();
    assert!(again.stderr.contains("4 of 4 steps are done already"), "{again:?}");
    assert_eq!(std::fs::read(dir.at("out/adapter_model.safetensors")).expect("an adapter"), adapter);

    let refused = dir.run(&sft(&["--stage", "location"]));
    refused.fails(2, &["begun as another one", "stage: \"reasoning\" before, \"location\" now"]);

    let second =
        ["train", "sft", "--model", "tiny", "--data", "clues.jsonl", "--recipe", "short.toml", "--adapter", "out"];
    dir.run(&[&second[..], &["--out", "second"]].concat()).answers();
    let merged = ["train", "merge", "--model", "tiny", "--adapter", "out", "--adapter", "second", "--out", "merged"];
    dir.run(&merged).answers();
    dir.run(&merged).fails(2, &["merged", "is there already"]);
    assert_eq!(std::fs::read(dir.at("tiny/model.safetensors")).expect("weights"), before, "the base stays as it is");
    let inspected = dir.run(&["train", "inspect", "second", "--model", "tiny", "--format", "json"]);
    assert_eq!(inspected.json()["ranks"], serde_json::json!([4]));

    // Rewards go on from the adapter that answers.
    let grpo =
        ["train", "grpo", "--model", "tiny", "--data", "clues.jsonl", "--recipe", "short.toml", "--adapter", "out"];
    let practised = dir.run(&[&grpo[..], &["--continue", "second", "--out", "practised"]].concat());
    practised.answers();
    assert!(practised.stderr.contains("nothing was learnt in 8 steps"), "{practised:?}");
    let step: Value =
        serde_json::from_str(dir.read("practised/train.jsonl").lines().next().expect("a step")).expect("JSON");
    assert!(step["reward"].is_number() && step["terms"]["format"] == 0.0 && step["dropped"] == 1.0, "{step}");
}

#[test]
fn a_base_that_has_changed_is_refused() {
    let dir = school();
    dir.run(&sft(&[])).answers();
    random_model::write(&"tiny".parse().expect("a shape"), 3, &dir.at("tiny")).expect("a model");
    dir.run(&sft(&[])).fails(2, &["base.sha256", "before"]);
    dir.run(&["train", "merge", "--model", "tiny", "--adapter", "out", "--out", "merged"]).fails(2, &["trained on"]);
    assert!(!dir.at("merged").exists());
}

#[test]
fn what_cannot_be_learnt_is_named_with_its_line() {
    let dir = school();
    dir.create("broken.png", "no picture");
    let list = dir.read("clues.jsonl")
        + "{\"image_path\": \"gone.png\", \"lat\": 48.1, \"lon\": 11.6, \"clues\": \"x\"}\n"
        + "{\"image_path\": \"broken.png\", \"lat\": 48.1, \"lon\": 11.6, \"clues\": \"x\"}\n"
        + "{\"image_path\": \"0.png\", \"lat\": 148.1, \"lon\": 11.6, \"clues\": \"x\"}\n"
        + "{\"image_path\": \"1.png\", \"lat\": 48.1, \"lon\": 11.6}\n"
        + "{\"image_path\": \"2.png\", \"lat\": 48.1, \"lo";
    dir.create("clues.jsonl", list);
    let refused = dir.run(&sft(&["--stage", "reasoning"]));
    refused.fails(3, &["5 of its examples", "line 5", "gone.png", "line 6", "line 7", "148.1", "line 8", "line 9"]);
    assert!(!dir.at("out").exists(), "nothing is begun");
    let skipped = dir.run(&sft(&["--stage", "reasoning", "--skip-bad"]));
    skipped.answers();
    assert!(skipped.stderr.contains("5 examples are left out"), "{skipped:?}");
}

#[test]
fn recipes_and_windows_have_limits() {
    let dir = school();
    dir.create("short.toml", RECIPE.replace("rank = 4", "rang = 4"));
    dir.run(&sft(&[])).fails(2, &["short.toml", "unknown field `rang`"]);
    dir.create("short.toml", RECIPE.replace("[input]", "[input]\nwindow = 100"));
    dir.run(&sft(&[])).fails(3, &["0.png", "100"]);
    dir.run(&["train", "sft", "--model", "tiny", "--data", "clues.jsonl", "--recipe", "none", "--out", "o"])
        .fails(2, &["no recipe 'none'", "navig, georeasoner, geo-r"]);
    dir.create("empty.csv", "file,lat,lon\n");
    dir.run(&["train", "sft", "--model", "tiny", "--data", "empty.csv", "--out", "o"])
        .fails(3, &["empty.csv", "it has no examples"]);
    dir.run(&sft(&["--adapter", "tiny"])).fails(3, &["tiny", "no adapter is there"]);
    assert!(dir.run(&["train", "recipes"]).answers().contains("GeoReasoner"));
    assert!(dir.run(&["train", "recipes", "geo-r"]).answers().contains("[reward]"));
}

#[test]
fn a_plan_says_what_is_needed() {
    let dir = school();
    let plan = ["train", "plan", "--model", "tiny", "--data", "clues.jsonl", "--recipe", "short.toml"];
    let told = dir.run(&plan).answers().to_owned();
    for word in ["Examples   4", "Steps      4", "Memory", "Time"] {
        assert!(told.contains(word), "{word}: {told}");
    }
    edit(&dir.at("tiny"), "config.json", |config| config["text_config"]["intermediate_size"] = 2_000_000_000u64.into());
    dir.run(&plan).fails(2, &["MB are needed", "--base q4k"]);
    dir.run(&sft(&[])).fails(2, &["MB are needed"]);
    assert!(!dir.at("out").exists(), "nothing is begun");
}

#[test]
fn lists_are_parted_chosen_and_exported() {
    let dir = school();
    let parted = dir.run(&["train", "data", "split", "clues.jsonl", "--out", "parts", "--shares", "0.5,0.25,0.25"]);
    parted.answers();
    let count = |name: &str| dir.read(&format!("parts/{name}.jsonl")).lines().count();
    assert_eq!(count("train") + count("dev") + count("test"), 4);
    dir.run(&["train", "data", "split", "clues.jsonl", "--out", "p", "--shares", "0.5,0.5"]).fails(2, &["--shares"]);
    let chosen = dir.run(&["train", "data", "balance", "clues.jsonl", "--count", "2"]);
    assert_eq!(chosen.answers().lines().count(), 2);
    for (to, stage) in [("llamafactory", "reasoning"), ("swift", "location"), ("trl", "location")] {
        let out = format!("for-{to}");
        let exported =
            dir.run(&["train", "data", "export", "clues.jsonl", "--to", to, "--stage", stage, "--out", &out]);
        assert!(exported.answers().lines().count() >= 1, "{to}");
    }
    assert!(dir.read("for-llamafactory/dataset_info.json").contains("sharegpt"));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_130_and_the_same_call_goes_on_to_the_same_adapter() {
    let dir = school();
    dir.create("short.toml", RECIPE.replace("epochs = 2.0", "epochs = 30.0"));
    let straight = sft(&[]).iter().map(|word| if *word == "out" { "straight" } else { word }).collect::<Vec<_>>();
    dir.run(&straight).answers();
    let mut training = dir.raw_navig().args(sft(&[])).spawn().expect("runs");
    let begun = std::time::Instant::now();
    let steps = || std::fs::read_to_string(dir.at("out/train.jsonl")).map_or(0, |text| text.lines().count());
    while steps() < 5 && begun.elapsed().as_secs() < 120 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let id = i32::try_from(training.id()).expect("an id").to_string();
    let told = std::process::Command::new("kill").args(["-INT", &id]).status().expect("runs");
    assert!(told.success());
    assert_eq!(training.wait().expect("ends").code(), Some(130));
    assert!(steps() < 60, "it was stopped");
    assert!(dir.at("out/adapter_model.safetensors").exists());
    dir.run(&sft(&[])).answers();
    assert_eq!(steps(), 60);
    let adapter = |folder: &str| std::fs::read(dir.at(folder).join("adapter_model.safetensors")).expect("an adapter");
    assert!(adapter("out") == adapter("straight"), "bit by bit");
}

#[cfg(feature = "local-vlm")]
#[test]
fn a_benchmark_is_answered_before_and_after() {
    let dir = school();
    dir.run(&sft(&[])).answers();
    let smoke = concat!(env!("CARGO_MANIFEST_DIR"), "/evals/tasks/smoke");
    let judged = dir.run(&[
        "train",
        "evaluate",
        "smoke",
        "--data",
        smoke,
        "--model",
        "tiny",
        "--adapter",
        "out",
        "--out",
        "judged",
        "--draws",
        "50",
        "--",
        "--limit",
        "2",
        "--no-reader",
        "--no-tools",
        "--no-reasoner",
        "--quant",
        "none",
    ]);
    let told = judged.answers();
    assert!(told.contains("judged/before") && told.contains("judged/after"), "{told}");
    let facts =
        |name: &str| serde_json::from_str::<Value>(&dir.read(&format!("judged/{name}/run.json"))).expect("JSON");
    assert_ne!(facts("before")["answerer"], facts("after")["answerer"], "another model answers");
}

#[test]
fn photos_are_scored_once_and_judged_by_a_run() {
    let dir = school();
    let score =
        ["train", "locatability", "clues.jsonl", "--way", "picture", "--out", "scores.jsonl", "--kept", "kept.txt"];
    let told = dir.run(&[&score[..], &["--threshold", "0"]].concat());
    assert!(told.answers().contains("4 of 4 photos") && told.stderr.contains("not validated"), "{told:?}");
    assert_eq!(dir.read("kept.txt").lines().count(), 4);
    let lines = dir.read("scores.jsonl");
    dir.run(&score).answers();
    assert_eq!(dir.read("scores.jsonl"), lines, "nothing is scored twice");
    // Another list goes on in the same file: a copy has the score of its photo, and only what this list names is kept.
    std::fs::copy(dir.at("0.png"), dir.at("copy.png")).expect("copies");
    dir.create("copies.csv", "file,lat,lon\ncopy.png,48.86,2.35\n");
    let copies =
        ["train", "locatability", "copies.csv", "--way", "picture", "--out", "scores.jsonl", "--kept", "copies.txt"];
    assert!(dir.run(&[&copies[..], &["--threshold", "0"]].concat()).answers().contains("1 of 1 photos"));
    assert!(dir.read("copies.txt").trim().ends_with("copy.png"), "{}", dir.read("copies.txt"));
    dir.run(&["train", "locatability", "clues.jsonl", "--way", "segments", "--out", "s.jsonl"]).fails(2, &[]);
    dir.run(&["train", "locatability", "clues.jsonl", "--way", "segments", "--segmenter", "tiny", "--out", "s.jsonl"])
        .fails(3, &["tiny"]);
    dir.create("broken.png", "no picture");
    let more = lines_with(&dir, "{\"image_path\": \"broken.png\", \"lat\": 48.1, \"lon\": 11.6}\n");
    dir.create("clues.jsonl", more);
    dir.run(&score).fails(3, &["1 photos have no score", "broken.png"]);

    // A run over the same photos, two of them answered right.
    dir.create(
        "photos.csv",
        "id,lat,lon\n0.png,48.86,2.35\n1.png,40.71,-74\n2.png,-33.87,151.21\n3.png,35.68,139.69\n",
    );
    dir.create("theirs.csv", "id,lat,lon\n0.png,48.9,2.4\n1.png,40.7,-74\n2.png,0,0\n3.png,0,0\n");
    dir.create(
        "task.toml",
        "name = \"four\"\nversion = \"1\"\nabout = \"Four\"\nlicence = \"ours\"\npictures = \"here\"\n[list]\nfile = \"photos.csv\"\n",
    );
    dir.run(&["eval", "run", "task.toml", "--predictions", "theirs.csv", "--out", "run"]).answers();
    let judged = dir.run(&[&score[..], &["--run", "run", "--sweep"]].concat());
    assert!(judged.stdout.contains("over 4 photos") && judged.stdout.contains("Threshold"), "{judged:?}");
}

fn lines_with(dir: &Dir, more: &str) -> String {
    dir.read("clues.jsonl") + more
}

/// The traces of experts next to the workspace, or where `NAVIG_TEST_DATA` says; none when they are not there.
fn traces() -> Option<String> {
    let beside = || concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data").into();
    let folder = std::env::var_os("NAVIG_TEST_DATA").map_or_else(beside, std::path::PathBuf::from);
    let traces = std::fs::read_to_string(folder.join("naviclues/quality_clues.jsonl")).ok();
    if traces.is_none() {
        let _ =
            std::io::Write::write_all(&mut std::io::stderr(), b"skipped: no traces of experts (set NAVIG_TEST_DATA)\n");
    }
    traces
}

#[test]
fn both_stages_learn_from_what_experts_wrote() {
    let Some(traces) = traces() else { return };
    let dir = school();
    let lines: Vec<&str> = traces.lines().take(16).collect();
    for (i, line) in lines.iter().enumerate() {
        let record: Value = serde_json::from_str(line).expect("a record");
        let path = dir.at(record["image_path"].as_str().expect("a path"));
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        picture(320, 192, i as u32).save(path).expect("a picture");
    }
    dir.create("experts.jsonl", lines.join("\n"));
    dir.create("short.toml", RECIPE.replace("epochs = 2.0", "epochs = 4.0").replace("rate = 1e-3", "rate = 5e-3"));
    let train = |more: &[&str]| {
        let usual = ["train", "sft", "--model", "tiny", "--data", "experts.jsonl", "--recipe", "short.toml"];
        dir.run(&[&usual[..], more].concat()).answers();
    };
    train(&["--stage", "reasoning", "--out", "reasoning"]);
    train(&["--stage", "location", "--adapter", "reasoning", "--out", "location"]);
    for out in ["reasoning", "location"] {
        let losses = dir.read(&format!("{out}/train.jsonl"));
        let loss = |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["loss"].as_f64().expect("a number");
        let losses: Vec<f64> = losses.lines().map(loss).collect();
        let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
        assert_eq!(losses.len(), 32);
        assert!(mean(&losses[24..]) < mean(&losses[..8]) - 0.1, "{out}: {losses:.2?}");
        let curves = dir.read(&format!("{out}/curves.svg"));
        for name in ["loss, nats a token", "learning rate", "norm of gradients"] {
            assert!(curves.contains(name), "{out}: {name}");
        }
    }
}

//! Training meets serving: what an adapter has learnt is what the engine then says, and what `navig locate` answers.

use crate::dir::Dir;
use crate::random_model;
use image::{Rgb, RgbImage};
use serde_json::Value;

/// Places far apart, each with a picture of its own.
const PLACES: [(f64, f64); 8] = [
    (48.86, 2.35),
    (40.71, -74.0),
    (-33.87, 151.21),
    (35.68, 139.69),
    (-22.91, -43.2),
    (30.04, 31.24),
    (55.75, 37.62),
    (-1.29, 36.82),
];

const RECIPE: &str = r#"
name = "by-heart"
about = "Eight answers by heart"
source = "this test"
[adapter]
rank = 8
alpha = 16.0
[learning]
rate = 5e-3
schedule = "cosine"
warmup = 0.1
epochs = 90.0
batch = 8
[input]
picture_px = 65536
"#;

/// Flags with which the model answers alone.
const BLIND: [&str; 8] =
    ["--quant", "none", "--guesser", "model", "--ignore-metadata", "--no-reader", "--no-reasoner", "--no-tools"];

fn picture(i: u32) -> RgbImage {
    let ground = Rgb([37 * i, 91 * i + 60, 151 * i + 20].map(|level| (level % 256) as u8));
    let bar = Rgb([255 - 30 * i, 30 * i, 120].map(|level| level as u8));
    RgbImage::from_fn(256, 256, |x, _| if (30 * i..=30 * i + 40).contains(&x) { bar } else { ground })
}

#[test]
fn what_was_learnt_is_what_is_served() {
    let dir = Dir::new();
    random_model::write(&"tiny".parse().expect("a shape"), 2, &dir.at("tiny")).expect("a model");
    let mut list = String::from("image,lat,lon\n");
    for (i, (lat, lon)) in PLACES.iter().enumerate() {
        picture(i as u32).save(dir.at(&format!("{i}.png"))).expect("a picture");
        list += &format!("{i}.png,{lat},{lon}\n");
    }
    dir.create("photos.csv", list);
    dir.create("by-heart.toml", RECIPE);
    let labels = dir.run(&["train", "data", "label", "photos.csv"]);
    let answers: Vec<String> = labels
        .answers()
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).expect("JSON")["answer"].as_str().expect("an answer").to_owned()
        })
        .collect();
    assert_eq!(answers.len(), PLACES.len());

    let train =
        ["train", "sft", "--model", "tiny", "--data", "photos.csv", "--recipe", "by-heart.toml", "--out", "adapter"];
    dir.run(&train).answers();
    assert!(dir.names("adapter").iter().any(|name| name == "curves.svg"));
    let steps = dir.read("adapter/train.jsonl");
    let last: Value = serde_json::from_str(steps.lines().last().expect("steps")).expect("JSON");
    assert!(last["loss"].as_f64().expect("a loss") < 0.05, "{last}");
    dir.run(&["train", "merge", "--model", "tiny", "--adapter", "adapter", "--out", "merged"]).answers();

    for (i, answer) in answers.iter().enumerate() {
        let (photo, talk) = (format!("{i}.png"), format!("talk{i}.jsonl"));
        let located = dir.run(
            &[&["locate", &photo, "--model", "merged", "--record", &talk, "--format", "json"], &BLIND[..]].concat(),
        );
        let result: Value = serde_json::from_str(located.answers()).expect("JSON");
        let talked = dir.read(&talk);
        let said = talked.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let said = said.filter(|line| line["ask"]["stage"] == "guesser").map(|line| line["reply"]["text"].clone());
        assert_eq!(said.collect::<Vec<_>>(), [Value::from(answer.as_str())], "{photo}");
        let answer: Value = serde_json::from_str(answer).expect("JSON");
        let near = |of: &Value, key: &str| {
            (of[key].as_f64().expect("a number") - answer[key].as_f64().expect("a number")).abs() < 1e-9
        };
        let point = &result["point"];
        assert!(near(point, "lat") && near(point, "lon"), "{photo}: {result}");
    }

    // An adapter that is put on by the call does the same, and the second call finds the merged model.
    for _ in 0..2 {
        let located = dir.run(&[&["locate", "3.png", "--model", "tiny", "--adapter", "adapter"], &BLIND[..]].concat());
        assert!(located.answers().contains("Japan"), "{located:?}");
    }
}

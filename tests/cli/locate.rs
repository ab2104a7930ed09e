use crate::dir::{Dir, Ended, png};

/// A hint that no photo without clues can resist.
const VIENNA: [&str; 3] = ["--near", "48.2082,16.3738,5", "--strict"];

#[test]
fn a_photo_without_clues_is_abstained_on_with_1() {
    let dir = Dir::new();
    dir.photo("a.png", 1);
    let ended = dir.run(&["locate", "a.png"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.stdout.starts_with("a.png\n"), "{}", ended.stdout);
    assert!(ended.stderr.contains("no text will be read") && ended.stderr.contains("'offline'"), "{}", ended.stderr);
}

#[test]
fn a_photo_that_is_located_ends_with_0_and_the_hint_is_in_the_result() {
    let dir = Dir::new();
    dir.photo("a.png", 1);
    let ended = dir.run(&[&["locate", "a.png", "--format", "json"], &VIENNA[..]].concat());
    ended.answers();
    let result = ended.json();
    assert_eq!(result["schema"], "navig.result/1");
    assert_eq!((&result["verdict"]["kind"], &result["chain"][1]["code"]), (&"located".into(), &"AT".into()));
    assert_eq!((&result["hints"][0]["kind"], &result["photo"]["width"]), (&"near".into(), &64.into()));
    assert!(result["warnings"].to_string().contains("no text was read"), "{}", result["warnings"]);
}

#[test]
fn without_a_reader_nothing_is_said_about_one() {
    let dir = Dir::new();
    dir.photo("a.png", 1);
    let ended = dir.run(&["locate", "a.png", "--no-reader", "--format", "json"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (1, ""), "{ended:?}");
    assert_eq!(ended.json()["warnings"], serde_json::json!([]));
}

#[test]
fn standard_input_is_a_photo_called_hyphen() {
    let dir = Dir::new();
    let ended = Ended::of(dir.navig().args(["-q", "locate", "-", "--format", "json"]).write_stdin(png(1)));
    assert_eq!(ended.code, 1, "{ended:?}");
    assert_eq!(ended.json()["photo"]["path"], "-");
    let long = Ended::of(dir.navig().args(["locate", "-", "--max-bytes", "20"]).write_stdin(png(1)));
    long.fails(3, &["-: ", "the limit is 20"]);
}

#[test]
fn each_format_is_written_and_the_name_of_a_file_chooses_it() {
    let dir = Dir::new();
    dir.photo("a.png", 1);
    for (name, start) in [
        ("a.txt", "a.png\n"),
        ("a.json", "{"),
        ("a.jsonl", "{\"schema\""),
        ("a.geojson", "{\"type\":\"FeatureCollection\""),
        ("a.kml", "<?xml"),
        ("a.csv", "path,"),
        ("a.html", "<!"),
    ] {
        let ended = dir.run(&["-q", "locate", "a.png", "-o", name]);
        assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{name}: {ended:?}");
        assert!(dir.read(name).starts_with(start), "{name}: {}", dir.read(name));
    }
    dir.run(&["locate", "a.png", "--format", "csv", "-o", "b.json"]);
    assert!(dir.read("b.json").starts_with("path,"), "a format that is given wins");
    dir.run(&["locate", "a.png", "--format", "docx"]).fails(2, &["docx", "geojson"]);
}

#[test]
fn a_report_is_one_page_with_the_photo() {
    let dir = Dir::new();
    dir.photo("a.png", 1);
    let ended = dir.run(&["locate", "a.png", "--report", "a.html"]);
    assert!(ended.code == 1 && ended.stdout.starts_with("a.png"), "{ended:?}");
    assert!(dir.read("a.html").contains("data:image/"), "the photo is in the page");
    dir.run(&["locate", "a.png", "--report", "x", "-o", "x"]).fails(2, &["same file"]);
    dir.run(&["locate", "a.png", "--report", "no/such/folder/a.html"]).fails(3, &["no/such/folder/a.html"]);
}

#[test]
fn hints_that_mean_nothing_are_wrong_usage() {
    let dir = Dir::new();
    dir.photo("a.png", 1);
    for (flag, value) in [
        ("--country", "Atlantis"),
        ("--not", "Nowhere At All"),
        ("--bbox", "1,2,3"),
        ("--bbox", "10,0,5,1"),
        ("--near", "48,16"),
        ("--near", "-95,16,1"),
        ("--near", "48,16,-1"),
        ("--text", " "),
    ] {
        dir.run(&["locate", "a.png", flag, value]).fails(2, &[flag]);
    }
    let south = dir.run(&["-q", "locate", "a.png", "--format", "json", "--near", "-33.86,151.2,5", "--strict"]);
    assert_eq!(south.json()["chain"][1]["code"], "AU", "{south:?}");
    let box_in_the_south =
        dir.run(&["-q", "locate", "a.png", "--bbox", "-21,176,-12,-178", "--strict", "--format", "json"]);
    assert_eq!(box_in_the_south.json()["hints"][0]["kind"], "bbox");
}

#[test]
fn what_is_no_photo_is_named_with_3_and_leaves_no_output() {
    let dir = Dir::new();
    dir.create("letter.jpg", "Dear reader,");
    dir.create("empty.png", "");
    dir.create("cut.png", &png(1)[..40]);
    for name in ["letter.jpg", "empty.png", "cut.png", "absent.jpg"] {
        let ended = dir.run(&["-q", "locate", name, "-o", "out.json"]);
        ended.fails(3, &[name]);
        assert!(!dir.at("out.json").exists(), "{name}");
    }
    dir.photo("a.png", 1);
    dir.run(&["locate", "a.png", "--max-pixels", "1k"]).fails(3, &["a.png", "--max-pixels"]);
}

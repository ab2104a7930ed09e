//! Maps through the binary: an invented town is indexed and searched.

use crate::dir::{Dir, Ended};
use serde_json::Value;
use std::path::Path;

/// The extract of the invented town.
fn town() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/samples/town.osm.pbf").to_string_lossy().into_owned()
}

/// A folder in which the town is installed.
fn with_town() -> Dir {
    let dir = Dir::new();
    dir.run(&["index", "osm", &town()]).answers();
    dir
}

/// Names of the objects of the first spot.
fn first_names(results: &Value) -> Vec<String> {
    let objects = results["hits"][0]["objects"].as_array().expect("objects");
    objects.iter().map(|o| o["name"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn an_extract_is_installed_once_and_again_only_when_told_to() {
    let dir = Dir::new();
    let first = dir.run(&["index", "osm", &town(), "--format", "json"]);
    first.answers();
    let made = first.json();
    assert_eq!((&made["name"], &made["made"]), (&"town".into(), &true.into()));
    assert_eq!(made["skipped"]["no-members"], 1, "{made}");
    assert_eq!(dir.names("home/data/navig/maps"), ["town.navosm"]);

    let again = dir.run(&["index", "osm", &town()]);
    again.answers();
    assert!(again.stderr.contains("has not changed"), "{}", again.stderr);
    let forced = dir.run(&["index", "osm", &town(), "--force"]);
    assert!(forced.answers().contains("took") && !forced.stderr.contains("has not changed"));

    let list = dir.run(&["index", "list", "--format", "json"]).json();
    assert_eq!((&list[0]["name"], &list[0]["source"]), (&"town".into(), &"town.osm.pbf".into()));
    let info = dir.run(&["index", "info", "town", "--format", "json"]).json();
    assert_eq!(info["objects"], made["objects"]);
    assert!(info["attribution"].as_str().expect("text").contains("OpenStreetMap"), "{info}");
    assert!(dir.run(&["index", "info", "town"]).answers().contains("wind turbine"));
    assert!(dir.run(&["index", "check"]).answers().contains("town.navosm ok"));

    dir.run(&["index", "remove", "town"]).answers();
    assert_eq!(dir.names("home/data/navig/maps"), Vec::<String>::new());
    dir.run(&["index", "remove", "town"]).fails(4, &["no map 'town'"]);
}

#[test]
fn a_name_or_a_file_says_where_the_map_goes() {
    let dir = Dir::new();
    dir.run(&["index", "osm", &town(), "--name", "ebenholm"]).answers();
    dir.run(&["index", "osm", &town(), "-o", "here.navosm"]).answers();
    assert_eq!(dir.names("home/data/navig/maps"), ["ebenholm.navosm"]);
    for map in ["ebenholm", "here.navosm"] {
        dir.run(&["search", "shop=books", "--map", map]).answers();
    }
    dir.run(&["index", "osm", &town(), "--name", "../up"]).fails(2, &["'../up' is no name"]);
    dir.run(&["search", "shop=books", "--map", "graz"]).fails(4, &["no map 'graz'", "ebenholm"]);
}

#[test]
fn what_is_no_extract_leaves_no_map() {
    let dir = Dir::new();
    dir.create("text.osm.pbf", "not a map");
    dir.create("empty.osm.pbf", "");
    for name in ["text.osm.pbf", "empty.osm.pbf", "absent.osm.pbf"] {
        dir.run(&["index", "osm", name]).fails(3, &[name]);
    }
    assert_eq!(dir.names("home/data/navig/maps"), Vec::<String>::new());
}

#[test]
fn a_damaged_map_is_found_and_named() {
    let dir = with_town();
    let path = dir.at("home/data/navig/maps/town.navosm");
    let mut bytes = std::fs::read(&path).expect("reads");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    std::fs::write(&path, &bytes).expect("writes");
    dir.run(&["index", "check", "town"]).fails(1, &["town.navosm", "navig index osm"]);
    std::fs::write(&path, &bytes[..middle]).expect("writes");
    dir.run(&["search", "shop=*"]).fails(4, &["town.navosm", "navig index osm"]);
    assert!(dir.run(&["index", "list"]).answers().contains("damaged"));
    assert!(dir.run(&["doctor"]).stdout.contains("town.navosm"));
}

#[test]
fn without_a_map_the_command_that_makes_one_is_named() {
    let dir = Dir::new();
    dir.run(&["search", "shop=*"]).fails(4, &["no map is installed", "navig index osm EXTRACT.osm.pbf"]);
    assert!(dir.run(&["doctor"]).stdout.contains("navig index osm EXTRACT.osm.pbf"));
    assert!(dir.run(&["index", "list"]).stderr.contains("navig index osm"));
}

#[test]
fn half_read_names_that_stand_together_find_the_spot() {
    let dir = with_town();
    let ended = dir.run(&["search", r#"name~"Backerei Quende1" & within 100m: name~"Cafe Luna""#, "--format", "json"]);
    ended.answers();
    let results = ended.json();
    assert_eq!(results["schema"], "navig.search/1");
    assert_eq!(first_names(&results), ["Bäckerei Quendel", "Café Luna"]);
    let lat = results["hits"][0]["at"]["lat"].as_f64().expect("a number");
    assert!((lat - 30.0).abs() < 0.002, "{lat}");

    let crossing = dir.run(&["search", r#"crossing: name~"Lantem Street", name~"Rue du Heron""#, "--format", "jsonl"]);
    assert_eq!(crossing.answers().lines().count(), 1);
    assert_eq!(first_names(&crossing.json()).len(), 2);
}

#[test]
fn things_that_are_only_seen_find_it_too() {
    let dir = with_town();
    let bridges = dir.run(&["search", "bridge=yes & within 200..1000m angle 60..70: bridge=yes", "--format", "json"]);
    bridges.answers();
    let mut names = first_names(&bridges.json());
    names.sort();
    assert_eq!(names, ["Iron Bridge", "Old Bridge"]);
    dir.run(&["search", "wind_turbine & within 2km: power_pylon"]).answers();
    dir.run(&["search", r#""building of 5 to 9 levels" & within 100m: shop=bakery"#]).answers();
    dir.run(&["search", "maxspeed<=50 highway=secondary"]).answers();
}

#[test]
fn nothing_found_is_an_answer_of_its_own() {
    let dir = with_town();
    let ended = dir.run(&["search", "shop=diamonds"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.stdout.contains("Nothing found"), "{}", ended.stdout);
}

#[test]
fn a_wrong_query_is_wrong_usage_with_its_column() {
    let dir = Dir::new();
    dir.run(&["search", "shop=bakery & within 400: shop=butcher"]).fails(2, &["column 22", "a distance"]);
    dir.run(&["search", "shop=bakery", "--limit", "0"]).fails(2, &["limit"]);
    dir.run(&["search"]).fails(2, &["QUERY"]);
    dir.create("query.json", "{}");
    dir.run(&["search", "--query", "query.json"]).fails(2, &["navig.search-query/1"]);
    dir.run(&["search", "--query", "absent.json"]).fails(3, &["absent.json"]);
}

#[test]
fn a_query_may_be_a_file_or_a_batch_of_lines() {
    let dir = with_town();
    let query = r#"{"find":[{"type":"tag","key":"shop","value":"bakery"}]}"#;
    let path = dir.create("query.json", query);
    dir.run(&["search", "--query", path.to_str().expect("UTF-8")]).answers();

    let lines = format!("shop=bakery\n\nshop=\n{query}\n{{\"query\":\"name~\\\"Krämer\\\"\"}}\n");
    let ended = Ended::of(dir.navig().args(["search", "--batch", "-"]).write_stdin(lines));
    ended.fails(3, &["line 3", "column 6"]);
    let answers: Vec<Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(answers.iter().map(|a| a["line"].as_u64()).collect::<Vec<_>>(), [Some(1), Some(3), Some(4), Some(5)]);
    assert!(answers[1]["error"].is_string() && answers[0]["took_ms"].is_number());
    assert_eq!(answers[0]["hits"], answers[2]["hits"]);
    assert!(answers[3]["hits"].as_array().expect("a list").len() >= 3, "{}", answers[3]);
}

#[test]
fn the_other_formats_hold_the_spots_and_whose_data_they_are() {
    let dir = with_town();
    let query = r#"name~"Saint Odile" & within 50m: bell_tower"#;
    let geojson = dir.run(&["search", query, "--format", "geojson"]).json();
    assert_eq!(
        (&geojson["type"], &geojson["features"][0]["properties"]["role"]),
        (&"FeatureCollection".into(), &"spot".into())
    );
    assert!(geojson["attribution"].as_str().expect("text").contains("OpenStreetMap contributors"));
    let kml = dir.run(&["search", query, "--format", "kml"]);
    assert!(kml.answers().contains("<name>1. Saint Odile") && kml.stdout.contains("OpenStreetMap contributors"));
    let text = dir.run(&["search", query, "--explain"]);
    assert!(text.answers().contains("Saint Odile") && text.stdout.contains("Clauses"), "{}", text.stdout);
    assert!(text.stdout.contains("© OpenStreetMap contributors"));
}

#[test]
fn the_page_draws_the_surroundings_and_fetches_nothing() {
    let dir = with_town();
    dir.run(&["search", r#"name~"Bäckerei Quendel" & within 100m: name~"Café Luna""#, "--report", "spot.html"])
        .answers();
    let page = dir.read("spot.html");
    for part in [
        "<svg class=\"m\"",
        "Lantern Street",
        "Saint Odile",
        "m-pin",
        "© OpenStreetMap contributors",
        "class=\"reasons\"",
    ] {
        assert!(page.contains(part), "{part}");
    }
    for fetches in ["<script", "<link", "src=\"http", "url(", "@import"] {
        assert!(!page.contains(fetches), "{fetches}");
    }
}

/// A tag of a map is as hostile as the words of a photo: one object of the town has markup and an override in its name.
#[test]
fn tags_cannot_act_on_a_terminal_a_page_or_a_map() {
    let dir = with_town();
    let query = "amenity=drinking_water";
    let text = dir.run(&["search", query, "--explain", "--report", "page.html"]);
    assert!(text.answers().contains("Well") && !text.stdout.contains('\u{202e}'), "{}", text.stdout);
    let kml = dir.run(&["search", query, "--format", "kml"]);
    let page = dir.read("page.html");
    for out in [kml.answers(), page.as_str()] {
        assert!(out.contains("Well") && !out.contains("<b>Well") && !out.contains('\u{202e}'));
    }
}

#[test]
fn locate_looks_the_words_of_a_photo_up_on_the_map_and_region_takes_its_boundaries() {
    let dir = with_town();
    let photo = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/samples/nothing.jpg");
    let photo = photo.to_str().expect("a path of this repository");
    let words = ["--text", "Baeckerei Quende1", "--text", "Moth & Cand1e Books"];
    let asked = [&["locate", photo, "--no-reader", "--no-ledger", "--format", "json"][..], &words].concat();
    let result = dir.run(&asked).json();
    let evidence = result["evidence"].as_array().expect("a list");
    let pair = evidence.iter().find(|e| e["kind"] == "map-names").expect("the two names stand together on the map");
    assert_eq!(pair["clues"], serde_json::json!(["u1", "u2"]));
    assert!(
        evidence.iter().all(|e| e["kind"] != "map-name"),
        "a line of a pair is not asked about again: {evidence:?}"
    );
    let (lat, lon) = (&result["point"]["lat"], &result["point"]["lon"]);
    let near = |value: &Value, wanted: f64| (value.as_f64().expect("degrees") - wanted).abs() < 1e-3;
    assert!(near(lat, 30.0) && near(lon, -37.9995), "{lat} {lon}");

    assert!(dir.run(&["region", "30.0,-38.0"]).answers().contains("| Ebenholm (8)"));
    assert!(dir.run(&["region", "48.2,16.4", "--map", "nowhere"]).stderr.contains("no map 'nowhere'"));
    let find = r#"{"lines": [{"id": "t1", "text": "Quay of the Heron5"}]}"#;
    assert!(dir.run(&["tools", "call", "osm.find", find]).answers().contains("Quay of the Herons"));
    let around = r#"{"at": {"lat": 30.0, "lon": -38.0}, "lines": [{"id": "t1", "text": "Lantern Street"}]}"#;
    let answer = dir.run(&["tools", "call", "osm.around", around, "--format", "json"]).json();
    assert!(answer["findings"][0]["likelihood"]["odds"].as_f64().expect("odds") > 10.0, "{answer}");
    let crossing = r#"{"a": "Lantern Stret", "b": "Old Bridge", "clues": ["t1"]}"#;
    dir.run(&["tools", "call", "osm.crossing", crossing]).answers();
    Dir::new().run(&["tools", "call", "osm.find", find]).fails(4, &["no map is installed", "navig index osm"]);
}

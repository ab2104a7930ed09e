use crate::dir::{Dir, Ended};

#[test]
fn each_value_is_shown_with_where_it_came_from() {
    let dir = Dir::new();
    dir.create("home/config/navig/config.toml", "max_bytes = \"5MB\"\njobs = 7\n");
    dir.create("navig.toml", "\njobs = 2\n");
    let ended = Ended::of(dir.navig().args(["config", "show", "--format", "json"]).env("NAVIG_READER", "off"));
    ended.answers();
    let rows = ended.json();
    let row = |key: &str| {
        let row = rows.as_array().expect("a list").iter().find(|r| r["key"] == key).expect("is there");
        (row["value"].as_str().expect("text").to_owned(), row["origin"].as_str().expect("text").to_owned())
    };
    assert_eq!(row("jobs"), ("2".to_owned(), "navig.toml:2".to_owned()));
    assert_eq!(row("reader"), ("false".to_owned(), "NAVIG_READER".to_owned()));
    assert_eq!(row("max_pixels"), ("200000000".to_owned(), "default".to_owned()));
    let (bytes, origin) = row("max_bytes");
    assert!(bytes == "5000000" && origin.ends_with("navig/config.toml:1"), "{bytes} {origin}");
}

#[test]
fn a_flag_wins_and_says_so() {
    let dir = Dir::new();
    let ended = Ended::of(dir.navig().args(["--offline", "config", "show"]).env("NAVIG_OFFLINE", "false"));
    let line = ended.answers().lines().find(|l| l.starts_with("offline")).expect("is there").to_owned();
    assert!(line.contains("true") && line.ends_with("--offline"), "{line}");
}

#[test]
fn an_unknown_key_stops_every_verb_that_reads_settings() {
    let dir = Dir::new();
    dir.photo("a.png", 1);
    dir.create("navig.toml", "# ours\nmax_pixel = 5\n");
    for arguments in [&["config", "show"][..], &["locate", "a.png"], &["assets", "list"], &["doctor"]] {
        dir.run(arguments).fails(2, &["navig.toml:2", "'max_pixel'", "'max_pixels'"]);
    }
    dir.run(&["completions", "bash"]).answers();
}

#[test]
fn bad_values_name_their_place() {
    let dir = Dir::new();
    let ended = Ended::of(dir.navig().args(["config", "show"]).env("NAVIG_JOBS", "many"));
    ended.fails(2, &["NAVIG_JOBS", "'many'", "a whole number from 1"]);
    dir.photo("a.png", 1);
    dir.run(&["locate", "a.png", "--max-bytes", "much"]).fails(2, &["--max-bytes", "'much'"]);
    dir.create("navig.toml", "jobs = \"\n");
    dir.run(&["config", "show"]).fails(2, &["navig.toml:1", "TOML"]);
}

#[test]
fn a_folder_of_somebody_else_cannot_name_a_program() {
    let dir = Dir::new();
    dir.create("navig.toml", "tesseract = \"./evil\"\n");
    dir.run(&["doctor"]).fails(2, &["navig.toml:1", "NAVIG_TESSERACT"]);
}

#[test]
fn a_table_of_weights_of_ones_own_weighs() {
    let dir = Dir::new();
    dir.photo("a.png", 1);
    let own = include_str!("../../data/weights.toml").replace("p90 = ", "p90 = 0.0001 # ");
    dir.create("own.toml", own);
    let radius = |arguments: &[&str]| {
        let ended =
            dir.run(&[&["locate", "a.png", "--no-reader", "--no-ledger", "--format", "json"], arguments].concat());
        ended.json()["radius_km"]["p90"].as_f64().expect("a number")
    };
    assert!(radius(&["--weights", "own.toml"]) < radius(&[]) / 100.0);
    dir.create("navig.toml", "weights = \"own.toml\"\n");
    assert!(radius(&[]) < 100.0);
    assert!(radius(&["--weights", "built-in"]) > 1000.0);
    dir.run(&["locate", "a.png", "--weights", "none.toml"]).fails(2, &["weights", "none.toml"]);
    dir.create("bad.toml", "version = 'x'\n");
    dir.run(&["locate", "a.png", "--weights", "bad.toml"]).fails(2, &["bad.toml", "does not read"]);
}

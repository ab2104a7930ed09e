use crate::dir::{Dir, Ended};

#[test]
fn a_point_has_a_chain_in_one_line() {
    let dir = Dir::new();
    let ended = dir.run(&["region", "48.2082,16.3738"]);
    let line = ended.answers();
    assert!(line.starts_with("48.20820,16.37380  Europe (EU) > Austria (AT) > "), "{line}");
    assert_eq!(line.lines().count(), 1);
    assert_eq!(ended.stderr, "");
}

#[test]
fn the_south_and_the_west_need_no_quotes_and_flags_still_follow() {
    let dir = Dir::new();
    let ended = dir.run(&["region", "-33.86,151.2", "-34.6,-58.4", "--format", "json"]);
    let codes: Vec<String> = ended
        .answers()
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).expect("one object a line")["chain"][1]["code"].to_string()
        })
        .collect();
    assert_eq!(codes, ["\"AU\"", "\"AR\""]);
}

#[test]
fn lines_of_standard_input_are_answered_up_to_the_first_bad_one() {
    let dir = Dir::new();
    let ended = Ended::of(dir.navig().args(["region", "-"]).write_stdin("47.07,15.44\n\n 0,0 \n91,0\n1,1\n"));
    ended.fails(2, &["line 4 of standard input", "latitude 91"]);
    assert_eq!(ended.stdout.lines().count(), 2);
    assert!(ended.stdout.contains("Austria") && ended.stdout.contains("open sea"), "{}", ended.stdout);
}

#[test]
fn a_batch_says_what_single_points_say() {
    let dir = Dir::new();
    let points = ["48.2,16.37", "35.68,139.69", "-1.29,36.82", "64.15,-21.94"];
    let batch = Ended::of(dir.navig().args(["region", "-"]).write_stdin(points.join("\n")));
    let singles: String = points.iter().map(|p| dir.run(&["region", p]).answers().to_owned()).collect();
    assert_eq!(batch.answers(), singles);
}

#[test]
fn what_is_no_point_is_wrong_usage_before_anything_is_printed() {
    let dir = Dir::new();
    for (argument, words) in
        [("48.2", "LAT,LON"), ("Vienna", "LAT,LON"), ("-95,10", "latitude -95"), ("1,inf", "longitude")]
    {
        let ended = dir.run(&["region", "48.2,16.37", argument]);
        ended.fails(2, &[argument, words]);
        assert_eq!(ended.stdout, "");
    }
    dir.run(&["region"]).fails(2, &["LAT,LON"]);
}

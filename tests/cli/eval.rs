use crate::dir::Dir;

const TASK: &str = "name = 'mine'\nversion = '2'\nabout = 'a'\nlicence = 'l'\npictures = 'p'\n\
                    [list]\nfile = 'list.csv'\ncolumns = { cluster = 'author' }\n";
const LIST: &str = "path,lat,lon,author\na.jpg,48.21,16.37,ann\nb.jpg,-1.29,36.82,ann\nc.jpg,35.68,139.69,bob\n";

fn bench(answers: &str) -> Dir {
    let dir = Dir::new();
    dir.create("mine.toml", TASK);
    dir.create("data/list.csv", LIST);
    dir.create("answers.csv", answers);
    dir
}

#[test]
fn answers_are_scored_with_intervals_and_the_missing_beside() {
    let dir = bench("image,lat,lon\nx/a.jpg,48.21,16.37\nb.jpg,?,?\nq.jpg,1,1\n");
    let ended = dir.run(&["eval", "score", "mine.toml", "answers.csv", "--data", "data"]);
    let text = ended.answers();
    for line in [
        "mine 2: 3 samples, answered 1, missing 66.7 %",
        "street, 1 km            33.3 %",
        "from 1,000 bootstrap draws of 2 clusters",
        "! line 3: its latitude '?' is no number",
        "! answers to samples that the list does not have, which do not count: 1",
    ] {
        assert!(text.contains(line), "'{line}' is not in\n{text}");
    }
    assert!(text.contains("Africa") && text.contains("Asia") && text.contains("Europe"), "{text}");
}

#[test]
fn scores_are_json_and_a_row_and_the_same_each_time() {
    let dir = bench("id,lat,lon\na.jpg,48.21,16.37\nb.jpg,-1.3,36.8\nc.jpg,35,139\n");
    let run = |format: &str| {
        let ended = dir.run(&["eval", "score", "mine.toml", "answers.csv", "--data", "data", "--format", format]);
        ended.answers().to_owned()
    };
    let json: serde_json::Value = serde_json::from_str(&run("json")).expect("JSON");
    assert_eq!(json["schema"], "navig.scores/1");
    assert_eq!(json["distances"]["compatible"]["n"], 3);
    assert_eq!(json["distances"]["missing"]["value"], 0.0);
    assert_eq!(run("json"), run("json"));
    let row = run("markdown");
    assert_eq!(row.lines().count(), 3);
    assert!(row.lines().all(|line| line.matches('|').count() == 12), "{row}");
}

#[test]
fn what_cannot_be_scored_is_refused_with_the_reason() {
    let score = |dir: &Dir, arguments: &[&str], code: i32, words: &[&str]| {
        dir.run(&[&["eval", "score"], arguments].concat()).fails(code, words);
    };
    let dir = bench("id,lat,lon\n1,2,3\n");
    score(&dir, &["im2gps4k", "answers.csv"], 2, &["no task is called 'im2gps4k'", "im2gps3k"]);
    score(&dir, &["im2gps3k", "answers.csv", "--data", "data"], 3, &["im2gps3k_places365.csv"]);
    score(&dir, &["mine.toml", "none.csv", "--data", "data"], 3, &["none.csv", "cannot be read"]);
    score(&dir, &["mine.toml", "answers.csv", "--data", "data"], 3, &["'1' where the list has 'a.jpg'"]);
    dir.create("data/im2gps3k_places365.csv", LIST);
    score(&dir, &["im2gps3k", "answers.csv", "--data", "data"], 3, &["another list than that of the task 'im2gps3k'"]);
    dir.create("answers.csv", "id,lat\na.jpg,2\n");
    score(
        &dir,
        &["mine.toml", "answers.csv", "--data", "data"],
        3,
        &["no column has the longitude", "the file has 'id', 'lat'"],
    );
}

#[test]
fn every_benchmark_is_listed_with_where_to_get_it() {
    let ended = Dir::new().run(&["eval", "tasks"]);
    for words in ["im2gps3k 1", "yfcc4k 1", "List: gws15k.csv", "Photos:"] {
        assert!(ended.answers().contains(words), "{words}");
    }
}

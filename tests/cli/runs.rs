//! Runs of benchmarks from outside: resumed, killed, put together, compared.

use crate::dir::{Dir, Ended, png};
#[cfg(unix)]
use std::io::{BufRead, BufReader, Write};
#[cfg(unix)]
use std::process::Command;
use std::process::Stdio;

const TASK: &str = "name = 'mine'\nversion = '2'\nabout = 'a'\nlicence = 'l'\npictures = 'p'\n\
                    [list]\nfile = 'list.csv'\n[photos]\nfolder = 'photos'\nsuffix = '.png'\n";

/// A benchmark of some photos that say nothing.
fn bench(photos: u8) -> Dir {
    let dir = Dir::new();
    dir.create("mine.toml", TASK);
    let rows: String = (0..photos).map(|i| format!("p{i},{},{}\n", f64::from(i) - 20.0, 10.0)).collect();
    dir.create("data/list.csv", format!("id,lat,lon\n{rows}"));
    (0..photos).for_each(|i| drop(dir.create(&format!("data/photos/p{i}.png"), png(i))));
    dir
}

fn run(dir: &Dir, more: &[&str]) -> Ended {
    let arguments = ["eval", "run", "mine.toml", "--data", "data", "--out", "run", "--no-reader", "--draws", "20"];
    dir.run(&[&arguments, more].concat())
}

/// The lines of a run without what differs from call to call.
fn lines(dir: &Dir, run: &str) -> Vec<serde_json::Value> {
    let text = dir.read(&format!("{run}/samples.jsonl"));
    let line = |line: &str| {
        let mut line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        line["seconds"] = 0.into();
        line["answer"]["located"]["timings_ms"] = 0.into();
        line["answer"]["located"]["ledger"] = 0.into();
        line
    };
    text.lines().map(line).collect()
}

#[test]
fn a_run_keeps_every_answer_with_its_ledger_and_reports() {
    let dir = bench(4);
    let ended = run(&dir, &[]);
    assert!(ended.answers().contains("mine 2: 4 samples, answered 4"), "{ended:?}");
    assert_eq!(dir.names("run/ledgers").len(), 4);
    let names = ["ledgers", "report.html", "report.json", "report.md", "run.json", "samples.jsonl"];
    assert!(names.iter().all(|name| dir.names("run").iter().any(|n| n == name)), "{:?}", dir.names("run"));
    let line = &lines(&dir, "run")[0];
    assert_eq!(line["answer"]["located"]["schema"], "navig.result/1");
    let report: serde_json::Value = serde_json::from_str(&dir.read("run/report.json")).expect("JSON");
    assert_eq!(report["own"]["abstained"]["value"], 1.0);
    let page = dir.read("run/report.html");
    assert!(page.contains("Share within a distance") && !page.contains("<script"));

    // Again: nothing is done, and nothing changes.
    let before = dir.read("run/samples.jsonl");
    run(&dir, &[]).answers();
    assert_eq!(dir.read("run/samples.jsonl"), before);
    // Scored again from the folder alone.
    std::fs::remove_dir_all(dir.at("data")).expect("removes");
    let scored = dir.run(&["eval", "score", "run", "--draws", "20"]);
    assert_eq!(format!("{}\nrun\n", scored.answers()), ended.stdout);
}

#[test]
fn a_run_goes_on_after_a_kill_and_with_more_samples() {
    let dir = bench(30);
    let whole = bench(30);
    run(&whole, &[]).answers();
    let mut child = dir
        .raw_navig()
        .args(["eval", "run", "mine.toml", "--data", "data", "--out", "run", "--no-reader", "--jobs", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    // As soon as there is a line.
    while std::fs::metadata(dir.at("run/samples.jsonl.part")).map_or(0, |m| m.len()) == 0 {
        assert!(child.try_wait().expect("a state").is_none() || dir.at("run/samples.jsonl").exists());
        if dir.at("run/samples.jsonl").exists() {
            break;
        }
        std::thread::yield_now();
    }
    child.kill().expect("kills");
    child.wait().expect("ends");
    run(&dir, &["--limit", "20"]);
    assert!(lines(&dir, "run").len() >= 20, "as many as are wanted, and those that were there");
    run(&dir, &[]).answers();
    let strip = |mut lines: Vec<serde_json::Value>| {
        lines.iter_mut().for_each(|line| line["answer"]["located"]["photo"]["path"] = 0.into());
        lines
    };
    assert_eq!(strip(lines(&dir, "run")), strip(lines(&whole, "run")));
}

#[test]
fn parts_are_put_together_to_the_same_run() {
    let dir = bench(7);
    run(&dir, &[]).answers();
    let whole = lines(&dir, "run");
    let part = |part: &str| {
        let arguments =
            ["eval", "run", "mine.toml", "--data", "data", "--out", "parts", "--no-reader", "--shard", part];
        dir.run(&arguments)
    };
    assert!(part("1/3").stderr.contains("part 1/3 is done"));
    dir.run(&["eval", "merge", "parts"]).fails(3, &["of 3 parts, these are missing: 2, 3"]);
    part("3/3");
    part("2/3");
    let merged = dir.run(&["eval", "merge", "parts", "--draws", "20"]);
    assert!(merged.answers().contains("7 samples, answered 7"), "{merged:?}");
    assert_eq!(lines(&dir, "parts"), whole);
    assert_eq!(dir.names("parts/ledgers").len(), 7);
    part("4/3").fails(2, &["a part is written I/N"]);
}

#[test]
fn failures_have_a_budget_and_are_tried_again() {
    let dir = bench(6);
    for i in [1, 4] {
        std::fs::remove_file(dir.at(&format!("data/photos/p{i}.png"))).expect("removes");
    }
    run(&dir, &["--max-failures", "1", "--jobs", "1"])
        .fails(3, &["2 photos failed, which is more than --max-failures 1 allows"]);
    let ended = run(&dir, &[]);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.stdout.contains("answered 4, missing 33.3 %"), "{}", ended.stdout);
    assert!(ended.stdout.contains("! p1: ") && ended.stdout.contains("there is no such file"), "{}", ended.stdout);
    for i in [1, 4] {
        dir.create(&format!("data/photos/p{i}.png"), png(i));
    }
    assert!(run(&dir, &[]).answers().contains("answered 6, missing 0.0 %"));
    assert_eq!(lines(&dir, "run").len(), 6);
}

#[test]
fn other_settings_are_refused_with_the_difference_and_a_folder_of_their_own() {
    let dir = bench(2);
    run(&dir, &[]).answers();
    run(&dir, &["--use-metadata"])
        .fails(2, &["ignore_metadata: true before, false now", "name another folder with --out"]);
    let arguments = ["eval", "run", "mine.toml", "--data", "data", "--no-reader", "--draws", "5"];
    dir.run(&arguments).answers();
    dir.run(&[&arguments[..], &["--use-metadata"]].concat()).answers();
    assert_eq!(dir.names("runs").len(), 2);
    dir.create("file", "in the way");
    dir.run(&[&arguments[..], &["--out", "file/run"]].concat()).fails(3, &["file/run", "cannot be made"]);
    dir.run(&["eval", "score", "data"]).fails(3, &["run.json"]);
    dir.run(&["eval", "score", "nowhere"]).fails(2, &["no folder of a run"]);
}

#[test]
fn answers_of_others_are_runs_that_can_be_compared() {
    let dir = bench(3);
    dir.create("theirs.csv", "id,lat,lon\np0,-20,10\np1,-19,10.1\n");
    run(&dir, &[]).answers();
    let theirs = ["eval", "run", "mine.toml", "--data", "data", "--predictions", "theirs.csv", "--out", "theirs"];
    assert!(dir.run(&theirs).answers().contains("answered 2, missing 33.3 %"));
    dir.run(&[&theirs[..], &["--no-reader"]].concat())
        .fails(2, &["--no-reader: with --predictions nothing is located"]);
    let ended = dir.run(&["eval", "compare", "run", "theirs"]);
    for words in
        ["2 won, 0 lost", "the best constant point", "the prior, no photo seen", "theirs.csv in theirs", "p0 at -20"]
    {
        assert!(ended.answers().contains(words), "'{words}' is not in\n{}", ended.stdout);
    }
    assert_eq!(dir.run(&["eval", "compare", "run", "theirs", "--format", "json"]).json()["n"], 3);
    dir.run(&["eval", "ablate", "theirs"]).fails(2, &["come without evidence"]);
    assert!(dir.run(&["eval", "ablate", "run"]).answers().contains("3 samples, 0 with evidence"));
    dir.run(&["eval", "calibrate", "run"]).fails(3, &["no evidence"]);
    let row = dir.run(&["eval", "score", "run", "--leaderboard"]);
    assert!(row.answers().lines().nth(2).is_some_and(|row| row.starts_with("| mine 2 | navig ")), "{row:?}");
}

#[test]
fn what_a_training_set_shares_with_a_benchmark_is_found() {
    let dir = bench(3);
    dir.create("train.csv", "id,lat,lon\nfar.png,60,100\nnear.png,-19.0001,10\n");
    let ended = dir.run(&["eval", "leak", "train.csv", "mine.toml", "--data", "data"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        ended.stdout.contains("1 of 3 samples (33.3 %)") && ended.stdout.contains("p1  near.png"),
        "{}",
        ended.stdout
    );
    let photos = ["eval", "leak", "train.csv", "mine.toml", "--data", "data", "--train-photos", "train", "--km", "0"];
    dir.create("train/near.png", png(3));
    let ended = dir.run(&photos);
    assert!(ended.stdout.contains("0 of 3 pictures") && ended.stdout.contains("too plain"), "{ended:?}");
    dir.run(&["eval", "leak", "train.csv", "mine.toml", "--data", "data", "--km=-1"]).fails(2, &["--km"]);
}

#[cfg(unix)]
#[test]
fn a_worker_answers_line_by_line_in_order() {
    let dir = bench(3);
    let mut child = dir
        .raw_navig()
        .args(["worker", "--jsonl", "--no-reader", "--no-ledger", "--jobs", "2"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut ask = |line: &str| {
        writeln!(stdin, "{line}").expect("writes");
        let mut answer = String::new();
        stdout.read_line(&mut answer).expect("reads");
        serde_json::from_str::<serde_json::Value>(&answer).expect("JSON")
    };
    let answer = ask(r#"{"path": "data/photos/p1.png"}"#);
    assert_eq!((&answer["schema"], &answer["photo"]["path"]), (&"navig.result/1".into(), &"data/photos/p1.png".into()));
    let answer = ask(r#"{"path": "none.png"}"#);
    assert_eq!((&answer["schema"], &answer["path"]), (&"navig.error/1".into(), &"none.png".into()));
    assert!(ask("{").to_string().contains("line 3 is no object with a path"));
    // Told to end while it waits for a line, it ends.
    let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill runs");
    assert!(told.success());
    assert_eq!(child.wait().expect("ends").code(), Some(0));
    dir.run(&["worker"]).fails(2, &["--jsonl"]);
}

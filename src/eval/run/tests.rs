//! Runs that are killed, resumed, changed and put together.

use super::*;
use crate::eval::samples::Sample;
use navig_tools::geo::LatLon;

fn facts(file: &str, shard: Option<Shard>) -> Facts {
    let task = TaskFacts { name: "t".to_owned(), version: "1".to_owned(), list_sha256: "0".to_owned(), samples: 6 };
    let answerer = Answerer::Other { file: file.to_owned(), sha256: "1".to_owned() };
    Facts { schema: RUN_SCHEMA.to_owned(), task, answerer, shard }
}

fn line(index: usize, answer: Answer) -> Line {
    let at = LatLon::new(index as f64, 10.0).expect("valid");
    let sample = Sample { id: format!("{index}.jpg"), at, country: None, cluster: None };
    Line::of(index, &sample, 0.5, answer)
}

fn point(index: usize) -> Line {
    line(index, Answer::Point(LatLon::new(1.0, 2.0).expect("valid")))
}

fn indices(run: &Path) -> Vec<usize> {
    read(run).expect("reads").lines.iter().map(|line| line.index).collect()
}

fn open(run: &Path) -> Result<Folder, RunError> {
    Folder::open(run, &facts("a", None), &|_| None)
}

#[test]
fn a_line_that_was_cut_is_dropped_and_failures_are_tried_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    let mut work = open(&run).expect("opens");
    work.add(&point(0)).expect("writes");
    work.add(&line(1, Answer::Failed("no such file".to_owned()))).expect("writes");
    work.add(&point(2)).expect("writes");
    drop(work);
    // As a kill in the middle of a write leaves it.
    let part = run.join(PART);
    let whole = fs::read(&part).expect("reads");
    fs::write(&part, &whole[..whole.len() - 7]).expect("writes");
    assert!(read(&run).expect("reads").unfinished);
    assert_eq!(indices(&run), [0, 1]);

    let mut work = open(&run).expect("opens");
    assert!(work.has(0) && !work.has(1) && !work.has(2));
    work.add(&point(2)).expect("writes");
    work.add(&point(1)).expect("writes");
    work.finish().expect("finishes");
    let done = read(&run).expect("reads");
    assert!(!done.unfinished && done.lines.iter().all(|line| line.failure().is_none()));
    assert_eq!(indices(&run), [0, 1, 2], "in the order of the list");
    assert!(!part.exists());

    // A finished run is taken up whole, and finishing it again changes no byte.
    let before = fs::read(run.join(DONE)).expect("reads");
    let work = open(&run).expect("opens");
    assert_eq!(work.count(), 3);
    work.finish().expect("finishes");
    assert_eq!(fs::read(run.join(DONE)).expect("reads"), before);
}

#[test]
fn a_kill_at_any_byte_loses_at_most_the_line_in_hand() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    let mut work = open(&run).expect("opens");
    (0..3).for_each(|i| work.add(&point(i)).expect("writes"));
    drop(work);
    let whole = fs::read(run.join(PART)).expect("reads");
    for cut in 0..=whole.len() {
        fs::write(run.join(PART), &whole[..cut]).expect("writes");
        let lines = whole[..cut].iter().filter(|b| **b == b'\n').count();
        let work = open(&run).expect("opens");
        assert_eq!(work.count(), lines, "cut at {cut}");
    }
}

#[test]
fn a_kill_between_the_files_leaves_each_line_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    let mut work = open(&run).expect("opens");
    (0..3).for_each(|i| work.add(&point(i)).expect("writes"));
    work.finish().expect("finishes");
    fs::copy(run.join(DONE), run.join(PART)).expect("copies");
    assert_eq!(indices(&run), [0, 1, 2]);
    assert_eq!(open(&run).expect("opens").count(), 3);
}

#[test]
fn other_settings_another_program_and_a_changed_file_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    let mut work = open(&run).expect("opens");
    (0..2).for_each(|i| work.add(&point(i)).expect("writes"));
    assert!(matches!(open(&run), Err(RunError::InUse { .. })));
    drop(work);
    let error = Folder::open(&run, &facts("b", None), &|_| None).expect_err("refused").to_string();
    assert!(error.contains("answerer.other.file: \"a\" before, \"b\" now"), "{error}");
    let text = fs::read_to_string(run.join(PART)).expect("reads").replacen("index", "Index", 1);
    fs::write(run.join(PART), text).expect("writes");
    let error = open(&run).expect_err("refused").to_string();
    assert!(error.contains("line 1 does not read"), "{error}");
    fs::write(run.join(FACTS), "{}").expect("writes");
    assert!(read(&run).expect_err("refused").to_string().contains("it is not that of a run"));
    assert!(read(folder.path()).expect_err("refused").to_string().contains(FACTS));
}

#[test]
fn parts_make_the_whole_and_a_missing_one_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path();
    let part = |index: usize, file: &str, finished: bool| {
        let shard = Shard { index, of: 3 };
        let mut work = Folder::open(&run.join(shard.folder()), &facts(file, Some(shard)), &|_| None).expect("opens");
        (0..6)
            .filter(|&i| shard.has(i) && !work.has(i))
            .collect::<Vec<_>>()
            .into_iter()
            .for_each(|i| work.add(&point(i)).expect("writes"));
        fs::create_dir_all(ledgers(&run.join(shard.folder()))).expect("makes");
        fs::write(ledgers(&run.join(shard.folder())).join(format!("{index}.jsonl")), "x").expect("writes");
        if finished {
            work.finish().expect("finishes");
        }
    };
    let refused = || merge(run).expect_err("refused").to_string();
    assert!(refused().contains("it has no parts"));
    part(1, "a", true);
    part(3, "a", false);
    assert!(refused().contains("of 3 parts, these are missing: 2"));
    part(2, "a", true);
    assert!(refused().contains("part 3/3 is not finished"));
    part(3, "a", true);
    assert_eq!(merge(run).expect("merges"), 6);
    assert_eq!(indices(run), [0, 1, 2, 3, 4, 5]);
    assert_eq!(fs::read_dir(ledgers(run)).expect("a folder").count(), 3);
    let before = fs::read(run.join(DONE)).expect("reads");
    assert_eq!(merge(run).expect("merges"), 6, "as often as one likes");
    assert_eq!(fs::read(run.join(DONE)).expect("reads"), before);
    fs::remove_dir_all(run.join("shard-2-of-3")).expect("removes");
    part(2, "b", true);
    assert!(refused().contains("parts 1/3 and 2/3 were made under other settings"));
}

#[cfg(unix)]
#[test]
fn a_photo_that_is_another_now_is_answered_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    let mut work = open(&run).expect("opens");
    work.add(&line(0, Answer::Located(Box::new(crate::ledger::abstained("0.jpg", "aa"))))).expect("writes");
    drop(work);
    let again =
        |sha256: &str| Folder::open(&run, &facts("a", None), &|_| Some(sha256.to_owned())).expect("opens").has(0);
    assert!(again("aa"));
    assert!(!again("bb"));
}

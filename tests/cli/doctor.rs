use crate::dir::{Dir, Ended};

#[test]
fn a_missing_reader_is_named_with_its_mend() {
    let dir = Dir::new();
    let ended = dir.run(&["doctor"]);
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.stdout.contains("mend: navig assets pull reader"), "{}", ended.stdout);
}

#[test]
fn without_the_reader_navig_can_work_when_told_so() {
    let dir = Dir::new();
    let ended = Ended::of(dir.navig().args(["doctor", "--format", "json"]).env("NAVIG_READER", "false"));
    ended.answers();
    let pieces = ended.json();
    let health = |name: &str| {
        let piece = pieces.as_array().expect("a list").iter().find(|p| p["name"] == name);
        piece.expect(name)["health"].as_str().expect("text").to_owned()
    };
    assert_eq!((health("reader"), health("gazetteer")), ("absent".to_owned(), "ok".to_owned()));
    for name in [
        "tesseract",
        "heif-convert",
        "pip",
        "data folder",
        "cache folder",
        "processor",
        "gpu",
        "terminal",
        "model",
        "build",
    ] {
        health(name);
    }
}

#[test]
fn a_program_that_is_not_there_and_a_folder_that_cannot_be_are_missing() {
    let dir = Dir::new();
    let file = dir.create("file", "in the way");
    let ended = Ended::of(
        dir.navig().args(["doctor"]).env("NAVIG_TESSERACT", "/no/such/tesseract").env("NAVIG_DATA_DIR", file.join("x")),
    );
    assert_eq!(ended.code, 4);
    assert!(ended.stdout.contains("/no/such/tesseract does not run"), "{}", ended.stdout);
    assert!(ended.stdout.contains("NAVIG_DATA_DIR=FOLDER"), "{}", ended.stdout);
}

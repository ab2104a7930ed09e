use crate::dir::Dir;

#[test]
fn a_bad_file_does_not_stop_the_rest_and_order_is_kept() {
    let dir = Dir::new();
    for (i, name) in ["p/1.png", "p/2.png", "p/deep/3.png", "p/4.png"].into_iter().enumerate() {
        dir.photo(name, i as u8);
    }
    dir.create("p/2b.png", "not a picture");
    dir.create("p/notes.txt", "text");
    let ended = dir.run(&["locate", "p", "absent.jpg", "*.gif", "--format", "jsonl", "--jobs", "3"]);
    ended.fails(3, &["p/2b.png", "absent.jpg", "*.gif: no file fits", "0 located, 4 abstained, 3 failed"]);
    let paths: Vec<String> = ended
        .stdout
        .lines()
        .map(|l| serde_json::from_str::<serde_json::Value>(l).expect("a result a line")["photo"]["path"].to_string())
        .collect();
    assert_eq!(paths, ["\"p/1.png\"", "\"p/2.png\"", "\"p/4.png\"", "\"p/deep/3.png\""]);
}

#[test]
fn a_batch_of_one_is_a_list() {
    let dir = Dir::new();
    dir.photo("p/1.png", 1);
    let ended = dir.run(&["-q", "locate", "p", "--format", "json"]);
    assert_eq!(ended.code, 1);
    assert_eq!(ended.json().as_array().map(Vec::len), Some(1));
}

#[test]
fn a_finished_photo_is_not_done_again_unless_something_changed() {
    let dir = Dir::new();
    dir.photo("p/1.png", 1);
    dir.photo("p/2.png", 2);
    let batch = |more: &[&str]| {
        let ended = dir.run(&[&["locate", "p", "--no-reader", "--ledger", "case", "-o", "out.jsonl"], more].concat());
        assert_eq!(ended.code, 1, "{ended:?}");
        ended.stderr
    };
    assert!(!batch(&[]).contains("taken from"), "nothing is finished yet");
    let first = dir.read("out.jsonl");
    dir.photo("p/3.png", 3);
    assert!(batch(&[]).contains("; 2 taken from finished ledgers"));
    assert!(dir.read("out.jsonl").starts_with(&first), "what is taken from a ledger is what was written");
    dir.photo("p/2.png", 22);
    assert!(batch(&[]).contains("; 2 taken from"), "one photo has changed");
    assert!(!batch(&["--fresh"]).contains("taken from"));
    assert!(!batch(&["--not", "Texas"]).contains("taken from"), "a hint has changed");
    let ledgers = dir.names("case");
    let broken = dir.read(&format!("case/{}", ledgers[0])).replacen("navig.ledger/1", "navig.ledger/2", 1);
    dir.create(&format!("case/{}", ledgers[0]), broken);
    let both = batch(&[]) + &batch(&["--not", "Texas"]);
    assert!(both.contains("; 2 taken from") || both.contains("; 1 taken from") || ledgers.len() > 6, "{both}");
}

#[test]
fn ledgers_are_kept_with_the_data_and_can_be_refused() {
    let dir = Dir::new();
    dir.photo("a.png", 1);
    dir.run(&["-q", "locate", "a.png", "--no-ledger"]);
    assert_eq!(dir.names("home/data/navig/ledgers"), Vec::<String>::new());
    dir.run(&["-q", "locate", "a.png"]);
    assert_eq!(dir.names("home/data/navig/ledgers").len(), 1);
    dir.create("file", "in the way");
    dir.run(&["-q", "locate", "a.png", "--ledger", "file"]).fails(3, &["the ledger could not be kept", "file"]);
    dir.run(&["locate", "a.png", "--ledger", "x", "--no-ledger"]).fails(2, &["--no-ledger"]);
}

#[test]
fn an_empty_folder_is_a_failed_input() {
    let dir = Dir::new();
    dir.create("p/notes.txt", "text");
    dir.run(&["locate", "p"]).fails(3, &["p: holds no picture"]);
}

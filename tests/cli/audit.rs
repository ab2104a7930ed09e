use crate::dir::Dir;

#[test]
fn a_ledger_is_whole_until_somebody_touches_it() {
    let dir = Dir::new();
    dir.photo("a.png", 1);
    dir.run(&["-q", "locate", "a.png", "--ledger", "case"]);
    let ledger = format!("case/{}", dir.names("case")[0]);
    assert!(dir.run(&["audit", "verify", &ledger]).answers().contains("whole"));

    let text = dir.read(&ledger);
    dir.create("changed.jsonl", text.replacen("\"width\":64", "\"width\":65", 1));
    dir.create("cut.jsonl", &text[..text.trim_end().rfind('\n').expect("two lines") + 1]);
    let ended = dir.run(&["audit", "verify", "changed.jsonl", &ledger, "cut.jsonl"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert!(lines[0].contains("changed.jsonl: line 1 was changed") && lines[1].contains("whole"), "{lines:?}");
    assert!(lines[2].contains("cut.jsonl") && lines[2].contains("missing at the end"), "{lines:?}");
    dir.run(&["audit", "verify", "absent.jsonl"]).fails(3, &["absent.jsonl"]);
}

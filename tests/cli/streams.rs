use crate::dir::{Dir, Ended};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

#[test]
fn wrong_usage_goes_to_standard_error_with_2() {
    let dir = Dir::new();
    for arguments in
        [&[][..], &["fly"], &["region", "--fly"], &["tools", "fly"], &["completions", "csh"], &["-v", "-q", "doctor"]]
    {
        let ended = dir.run(arguments);
        ended.fails(2, &["--help"]);
        assert_eq!(ended.stdout, "", "{arguments:?}");
    }
}

#[test]
fn help_and_version_go_to_standard_output_with_0() {
    let dir = Dir::new();
    assert_eq!(dir.run(&["--version"]).answers(), concat!("navig ", env!("CARGO_PKG_VERSION"), "\n"));
    assert!(dir.run(&["help", "locate"]).answers().contains("Usage: navig locate"));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let dir = Dir::new();
    let mut child = dir
        .raw_navig()
        .args(["region", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    stdin.write_all(b"48.2,16.37\n").and_then(|()| stdin.flush()).expect("asks");
    let mut line = String::new();
    stdout.read_line(&mut line).expect("is answered before the input ends");
    assert!(line.contains("Austria"), "{line}");
    drop(stdout);
    // Whether this still arrives depends on when the other side notices.
    let _ = stdin.write_all(&b"48.2,16.37\n".repeat(1000));
    drop(stdin);
    let output = child.wait_with_output().expect("ends");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let dir = Dir::new();
    let full = std::fs::File::create("/dev/full").expect("opens");
    let output = dir.raw_navig().args(["region", "48.2,16.37"]).stdout(full).output().expect("runs");
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("standard output cannot be written to"));
    dir.photo("a.png", 1);
    dir.run(&["locate", "a.png", "-o", "/dev/full"]).fails(3, &["/dev/full"]);
}

#[test]
fn colour_is_only_for_terminals_and_can_be_forbidden() {
    let dir = Dir::new();
    for command in [&mut dir.navig(), dir.navig().env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1")] {
        let ended = Ended::of(command.args(["doctor"]));
        assert!(!ended.stdout.contains('\u{1b}'), "{}", ended.stdout);
    }
}

#[test]
fn the_name_of_a_file_cannot_steer_the_terminal() {
    let dir = Dir::new();
    dir.create("a\u{1b}[2J.jpg", "no picture");
    let ended = dir.run(&["locate", "a\u{1b}[2J.jpg", "--no-reader"]);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(!ended.stderr.contains('\u{1b}') && ended.stderr.contains("[2J.jpg"), "{ended:?}");
}

//! Ctrl-C. The run is held still by a pipe that nobody empties, so no clock is needed.

#![cfg(unix)]

use crate::dir::Dir;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

/// More than a pipe and the batch's own queue can hold.
const PHOTOS: u16 = 150;

#[test]
fn the_first_ctrl_c_finishes_the_photo_in_hand_and_the_same_command_goes_on() {
    let dir = Dir::new();
    for i in 0..PHOTOS {
        dir.photo(&format!("p/{i:03}.png"), i as u8);
    }
    let arguments = ["locate", "p", "--no-reader", "--jobs", "1", "--format", "jsonl"];
    let mut child =
        dir.raw_navig().args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut first = String::new();
    stdout.read_line(&mut first).expect("the first result");
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(killed.success());
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut notice = String::new();
    stderr.read_line(&mut notice).expect("the notice, before the pipe is emptied");
    assert!(notice.contains("stopping after the photo in hand"), "{notice}");
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("what was in hand");
    assert_eq!(child.wait().expect("ends").code(), Some(130));
    let done = 1 + rest.lines().count();
    assert!(done < usize::from(PHOTOS));
    assert!(rest.ends_with('\n'), "no half line");

    let again = dir.run(&arguments);
    assert_eq!(again.code, 1, "{}", again.stderr);
    assert!(again.stderr.contains(&format!("; {done} taken from finished ledgers")), "{done}: {}", again.stderr);
    assert_eq!(again.stdout.lines().count(), usize::from(PHOTOS));
}
